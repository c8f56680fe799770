"""`release lint`: findings on a release or on SQL files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from release.cli.irreversible import irreversible_option
from release.cli.lint_options import lint_options, make_choice
from release.lint.formats import FORMATS, formatted

if TYPE_CHECKING:
    from release.lint.run import Choice, Report


@click.command("lint")
@click.argument("targets", nargs=-1, metavar="[VERSION|FILE]...")
@click.option("--from", "start", metavar="REV", help="Lint the revisions after this one, bundled or not.")
@click.option("--to", "end", metavar="REV", help="Up to this revision [default: the heads].")
@click.option("--date", metavar="YYYY-MM-DD", help="Date by which ignores of such a range expire [default: today].")
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default="text",
    show_default=True,
    help="How to write the findings, on standard output.",
)
@irreversible_option
@lint_options
@click.pass_context
def command(  # one parameter per option
    ctx: click.Context,
    targets: tuple[str, ...],
    start: str | None,
    end: str | None,
    date: str | None,
    form: str,
    irreversible: tuple[str, ...],
    fail_on: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    *,
    no_cache: bool,
) -> None:
    """Lint a release's bundle, a range of revisions, or SQL files [default: the newest bundle].

    Each finding names the migration line that caused it. Exit status 1: there are findings as severe as --fail-on.
    """
    from release.lint.sqlfluff.workers import warm_up

    if start or end:
        warm_up()  # nothing of a range is likely to be known: sqlfluff is loaded beside what follows
    files = [Path(target) for target in targets if _is_file(target)]
    versions = [target for target in targets if Path(target) not in files]
    if (files and (versions or start or end)) or len(versions) > 1 or (versions and (start or end)):
        raise click.UsageError("name one VERSION, or a range with --from and --to, or SQL files")
    if date and not (start or end):
        raise click.UsageError("--date goes with a range: name it with --from or --to; a bundle has a date of its own")
    config: Path = ctx.obj
    if files:
        from release.lint.sql_files import lint_files

        report = lint_files(files, make_choice(fail_on, select, ignore, no_cache=no_cache))
        prefix = ""
    else:
        choice = make_choice(fail_on, select, ignore, config, no_cache=no_cache)
        report = _lint_project(config, versions, start, end, date, choice, irreversible)
        prefix = _prefix(config)
    click.echo(formatted(report, form, prefix), nl=False)
    ctx.exit(1 if report.failed else 0)


def _lint_project(
    config: Path,
    versions: list[str],
    start: str | None,
    end: str | None,
    date: str | None,
    choice: Choice,
    irreversible: tuple[str, ...],
) -> Report:
    from release.pipeline.clock import release_date
    from release.pipeline.lint import lint_bundle, lint_range

    if not (start or end):
        return lint_bundle(config, versions[0] if versions else None, choice, irreversible=irreversible)
    from release.pipeline.plan import open_project

    return lint_range(open_project(config), start, end, release_date(date), choice, irreversible)


def _is_file(target: str) -> bool:
    return target.lower().endswith(".sql") or "/" in target or Path(target).is_file()


def _prefix(config: Path) -> str:
    """The project's folder as CI sees it, which starts at the top of the repository."""
    from release.config import find_configuration, project_root

    root, here = project_root(find_configuration(config)), Path.cwd()
    if root == here or not root.is_relative_to(here):
        return ""
    return root.relative_to(here).as_posix() + "/"
