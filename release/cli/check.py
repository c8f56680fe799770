"""`release check`: which revisions can be part of an offline release."""

from __future__ import annotations

import contextlib
import functools
import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from release.cli.irreversible import irreversible_option
from release.cli.output import TEXT_OR_JSON
from release.cli.scratch import scratch_options, scratch_place
from release.cli.table import columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from release.pipeline.check import Checked, Verdict


@click.command("check")
@click.option("--from", "start", metavar="REV", default="base", show_default=True, help="Start from this revision.")
@click.option("--to", "end", metavar="REV", default="heads", show_default=True, help="End at this revision.")
@click.option("--format", "form", type=TEXT_OR_JSON, default="text", help="json: for CI.")
@click.option("--scratch", is_flag=True, help="Try on a scratch database what cannot be rendered offline.")
@scratch_options
@irreversible_option
@click.option("--all", "everything", is_flag=True, help="List the revisions without a finding, too.")
@click.pass_context
def command(  # one parameter per option
    ctx: click.Context,
    start: str,
    end: str,
    form: str,
    conninfo: str | None,
    schema: Path | None,
    irreversible: tuple[str, ...],
    *,
    scratch: bool,
    everything: bool,
) -> None:
    """Say of every revision whether it can be rendered offline, there and back, and what to do where it cannot.

    Exit status 1 when a release could not hold one of them. With --scratch those that need a database are recorded.
    """
    from release.pipeline.check import RUNS, check_revisions
    from release.pipeline.clock import today
    from release.pipeline.plan import open_project

    project = open_project(ctx.obj)
    begin = project.history.resolve(start)
    rows = project.history.resolve(end, begin)
    with contextlib.ExitStack() as stack:
        progress = None
        if sys.stderr.isatty():
            length = RUNS * len(project.history.between(begin, rows))
            bar = stack.enter_context(click.progressbar(length=length, label="checking", file=sys.stderr))
            progress = functools.partial(bar.update, 1)
        record = stack.enter_context(scratch_place(conninfo, schema, wanted=scratch))
        found = check_revisions(project, begin, rows, today(), progress, record, irreversible)
    if form == "json":
        click.echo(json.dumps([_as_json(each) for each in found], indent=2, ensure_ascii=False))
    else:
        for line in _table(found, everything=everything):
            click.echo(line)
    ctx.exit(1 if any(each.stops for each in found) else 0)


def _as_json(checked: Checked) -> dict[str, object]:
    return {**asdict(checked), "stops": checked.stops}


def _table(found: Sequence[Checked], *, everything: bool) -> Iterator[str]:
    rows = [
        (each, word, verdict)
        for each in found
        for word, verdict in (("upgrade", each.upgrade), ("downgrade", each.downgrade))
        if everything or verdict.reason
    ]
    cells = [(each.revision, word, str(verdict.outcome), _place(each, verdict)) for each, word, verdict in rows]
    head, *lines = columns([("revision", "direction", "outcome", "place"), *cells])
    if rows:
        yield head
    for line, (_, _, verdict) in zip(lines, rows, strict=True):
        yield line
        if verdict.reason:
            yield f"    {verdict.reason}"
        if verdict.remedy:
            yield f"    -> {verdict.remedy}"
    stopped = sum(each.stops for each in found)
    told = sum(1 for each in found if not each.stops and (each.upgrade.reason or each.downgrade.reason))
    yield f"{len(found)} revisions: {len(found) - stopped - told} fine, {told} to look at, {stopped} to mend"


def _place(checked: Checked, verdict: Verdict) -> str:
    return f"{checked.file}:{verdict.line}" if verdict.line else checked.file
