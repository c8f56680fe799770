"""`release build`: write a bundle."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.build import Built
    from release.model import Finding


@click.command("build")
@click.argument("version")
@click.option(
    "--from", "start", metavar="REV", help="Start from this revision [default: where the release before ended]."
)
@click.option("--to", "end", metavar="REV", help="End at this revision [default: the heads].")
@click.option("--title", help="What the release is about, for the header.")
@click.option("--date", metavar="YYYY-MM-DD", help="Date of the release [default: today, or SOURCE_DATE_EPOCH].")
@click.option(
    "--output", type=click.Path(path_type=Path), help="Folder for bundles [default: scripts/ beside alembic.ini]."
)
@click.option(
    "--regenerate", is_flag=True, help="Write the bundle anew with today's templates, though its plan is the same."
)
@click.option("--lint/--no-lint", default=True, help="Lint the scripts with sqlfluff before writing [default: lint].")
@click.pass_context
def command(  # one parameter per option
    ctx: click.Context,
    version: str,
    start: str | None,
    end: str | None,
    title: str | None,
    date: str | None,
    output: Path | None,
    *,
    regenerate: bool,
    lint: bool,
) -> None:
    """Write the bundle of release VERSION: preflight, upgrade, verify and rollback.sql, manifest.json, SHA256SUMS.

    An existing release keeps its range, title and date; it is left alone when it does the same as its migrations.
    """
    from release.build import Outcome, Wish, build
    from release.clock import release_date
    from release.pipeline import open_project

    project = open_project(ctx.obj, output)
    wish = Wish(version, start, end, title, release_date(date) if date else None, regenerate=regenerate, lint=lint)
    built = build(project, wish, release_date(None))
    for note in built.release.notes:
        click.echo(f"note: {note}", err=True)
    _say_findings(built.findings)
    click.echo(_summary(built))
    ctx.exit(1 if built.outcome is Outcome.REFUSED else 0)


def _say_findings(findings: Sequence[Finding]) -> None:
    for finding in findings:
        origin = f" (from {finding.source})" if finding.source else ""
        place = f"{finding.file}:{finding.line}:{finding.column}"
        click.echo(f"{place}: {finding.severity} {finding.code}: {finding.message}{origin}", err=True)


def _summary(built: Built) -> str:
    release = built.release
    begin, end = (", ".join(rows) or "base" for rows in (release.range.start, release.range.end))
    folder = _shown(built.folder)
    counts = (
        f"{len(release.range.revisions)} revisions, {len(release.upgrade.statements)} statements up and "
        f"{len(release.rollback.statements)} down"
    )
    if built.outcome == "refused":
        return f"{folder}: not written, see the errors above"
    return f"{folder}: {built.outcome} ({begin} -> {end}; {counts}; plan {release.digest[:12]})"


def _shown(folder: Path) -> Path:
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder
