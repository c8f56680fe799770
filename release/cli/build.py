"""`release build`: write a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from release.cli.bundles import output_option
from release.cli.irreversible import irreversible_option
from release.cli.lint_options import lint_options, make_choice
from release.cli.scratch import scratch_options, scratch_place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.pipeline.build import Built


@click.command("build")
@click.argument("version")
@click.option(
    "--from", "start", metavar="REV", help="Start from this revision [default: where the release before ended]."
)
@click.option("--to", "end", metavar="REV", help="End at this revision [default: the heads].")
@click.option("--title", help="What the release is about, for the header.")
@click.option("--date", metavar="YYYY-MM-DD", help="Date of the release [default: today, or SOURCE_DATE_EPOCH].")
@output_option
@click.option(
    "--regenerate", is_flag=True, help="Write the bundle anew with today's templates, though its plan is the same."
)
@click.option(
    "--plain/--no-plain",
    default=None,
    help="Write scripts without psql's own commands, for pgAdmin or DBeaver: only of a release that is one transaction "
    "[default: as the bundle is, or as configured].",
)
@click.option("--lint/--no-lint", default=True, help="Lint before writing, as `release lint` does [default: lint].")
@click.option("--scratch", is_flag=True, help="Record what cannot be rendered offline on a scratch database.")
@scratch_options
@click.option(
    "--allow-data-dependent",
    "allowed",
    metavar="REV",
    multiple=True,
    help="Ship this revision though what was recorded of it depends on rows [repeatable].",
)
@irreversible_option
@lint_options
@click.pass_context
def command(  # one parameter per option
    ctx: click.Context,
    version: str,
    start: str | None,
    end: str | None,
    title: str | None,
    date: str | None,
    output: Path | None,
    conninfo: str | None,
    schema: Path | None,
    allowed: tuple[str, ...],
    irreversible: tuple[str, ...],
    fail_on: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    *,
    no_cache: bool,
    regenerate: bool,
    lint: bool,
    plain: bool | None,
    scratch: bool,
) -> None:
    """Write the bundle of release VERSION: preflight, upgrade, verify and rollback.sql, manifest.json, SHA256SUMS.

    An existing release keeps its range, title, date and kind; it is left alone when it does the same as its migrations.
    """
    from release.pipeline.build import BuildOutcome, BuildRequest, build
    from release.pipeline.clock import release_date
    from release.pipeline.plan import open_project

    project = open_project(ctx.obj, output)
    choice = make_choice(fail_on, select, ignore, ctx.obj, no_cache=no_cache) if lint else None
    day = release_date(date) if date else None
    with scratch_place(conninfo, schema, wanted=scratch) as record:
        wish = BuildRequest(
            version,
            start,
            end,
            title,
            day,
            regenerate=regenerate,
            lint=choice,
            plain=plain,
            record=record,
            allowed=allowed,
            irreversible=irreversible,
        )
        built = build(project, wish, release_date(None))
    for note in built.release.notes:
        click.echo(f"note: {note}", err=True)
    if built.report and (built.report.findings or built.report.waived):
        from release.lint.formats import formatted

        click.echo(formatted(built.report, "text"), nl=False, err=True)
    for line in _recorded(built):
        click.echo(line)
    click.echo(_summary(built))
    ctx.exit(1 if built.outcome is BuildOutcome.REFUSED else 0)


def _summary(built: Built) -> str:
    from release.model import spell_rows

    release = built.release
    begin, end = map(spell_rows, (release.range.start, release.range.end))
    folder = _shown(built.folder)
    counts = (
        f"{len(release.range.revisions)} revisions, {len(release.upgrade.statements)} statements up and "
        f"{len(release.rollback.statements)} down"
    )
    if built.outcome == "refused":
        return f"{folder}: not written, see the findings above"
    return f"{folder}: {built.outcome} ({begin} -> {end}; {counts}; plan {release.digest[:12]})"


def _recorded(built: Built) -> Iterator[str]:
    from release.model import counted

    recording = built.release.recording
    for each in recording.revisions if recording else ():
        depends = f"; DATA-DEPENDENT: {'; '.join(map(str, each.depends))}" if each.depends else ""
        yield f"recorded: {each.direction} of {each.revision}, {counted(len(each.taken), 'statement')}{depends}"


def _shown(folder: Path) -> Path:
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder
