"""`release plan`: what a release would do, without writing anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from release.cli.irreversible import irreversible_option
from release.cli.scratch import scratch_options, scratch_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from release.model import Plan, Release


@click.command("plan")
@click.option(
    "--from", "start", metavar="REV", help="Start from this revision [default: where the newest release ended]."
)
@click.option("--to", "end", metavar="REV", help="End at this revision [default: the heads].")
@click.option("--rollback", is_flag=True, help="Show the way back too.")
@click.option("--scratch", is_flag=True, help="Record what cannot be rendered offline on a scratch database.")
@scratch_options
@irreversible_option
@click.pass_obj
def command(
    config: Path,
    start: str | None,
    end: str | None,
    conninfo: str | None,
    schema: Path | None,
    irreversible: tuple[str, ...],
    *,
    rollback: bool,
    scratch: bool,
) -> None:
    """Print revisions, segments and statements of a range; write nothing."""
    from release.pipeline.plan import open_project, plan_range

    project = open_project(config)
    with scratch_place(conninfo, schema, wanted=scratch) as record:
        release = plan_range(project, start, end, record, irreversible)
    for note in release.notes:
        click.echo(f"note: {note}", err=True)
    for wall in release.irreversible:
        click.echo(f"the way back ends: {wall.text}", err=True)
    for line in _lines(release, rollback=rollback):
        click.echo(line)


def _lines(release: Release, *, rollback: bool) -> Iterator[str]:
    from release.model import spell_rows

    yield f"{spell_rows(release.range.start)} -> {spell_rows(release.range.end)}, plan {release.digest[:12]}"
    for revision in release.range.revisions:
        yield f"  {revision.id}  {revision.message}  ({revision.file})"
    for plan in (release.upgrade, release.rollback) if rollback else (release.upgrade,):
        yield from _plan(plan)


def _plan(plan: Plan) -> Iterator[str]:
    from release.model import spell_rows

    yield ""
    yield f"{plan.direction}: {len(plan.segments)} segments, {len(plan.statements)} statements"
    for statement in plan.opening:
        yield f"  session: {' '.join(statement.text.split())}  {statement.source}"
    for segment in plan.segments:
        kind = "one transaction" if segment.transactional else "outside a transaction"
        rows = spell_rows(segment.after)
        yield f"  segment {segment.number}: {kind}, leaves the database at {rows}" + (
            f"  ({segment.reason})" if segment.reason else ""
        )
        for statement in segment.statements:
            yield f"    {statement.facts.called:<24} {statement.facts.subject:<48} {statement.source}"
