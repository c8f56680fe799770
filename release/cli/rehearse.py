"""`release rehearse`: prove a bundle on a scratch server."""

from __future__ import annotations

from pathlib import Path

import click

from release.cli.bundles import output_option
from release.cli.output import TEXT_OR_JSON
from release.cli.progress import ProgressLine
from release.cli.scratch import server_option
from release.cli.signals import ending_on_sigterm


@click.command("rehearse")
@click.argument("version")
@server_option
@click.option("--rows", type=click.IntRange(0), default=100, show_default=True, help="Rows to make for each table.")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A script that puts rows into the starting state, instead of made ones.",
)
@click.option(
    "--schema",
    type=click.Path(path_type=Path, exists=True),
    metavar="DUMP",
    help="Start from a pg_dump --schema-only of production, of any format, and report drift.",
)
@click.option("--faults", is_flag=True, help="Cut the connection after every statement, and run the script again.")
@output_option
@click.option("--format", "shape", type=TEXT_OR_JSON, default="text", help="What to print at the end.")
@click.pass_context
def command(  # one parameter per option
    context: click.Context,
    version: str,
    conninfo: str | None,
    rows: int,
    data: Path | None,
    schema: Path | None,
    output: Path | None,
    shape: str,
    *,
    faults: bool,
) -> None:
    """Run the bundle of release VERSION on a scratch database and back, compare, and keep the evidence in the bundle.

    Every database is made for the purpose and dropped at the end; no other is touched.
    """
    from release.bundle import written
    from release.config import find_configuration, load_settings, output_folder, project_root
    from release.rehearse import RehearsalRequest, rehearse_and_keep, to_evidence, to_table

    ini = context.obj
    root = project_root(find_configuration(ini))
    settings = load_settings(root)
    folder = output or output_folder(root, settings)
    wish = RehearsalRequest(rows, data, schema, faults)
    with ending_on_sigterm(), ProgressLine() as line:
        found, bundle = rehearse_and_keep(ini.resolve(), settings, folder, version, wish, conninfo, line.say)
    as_json = shape == "json"
    click.echo(written(to_evidence(found, bundle.manifest)) if as_json else to_table(found, bundle.manifest), nl=False)
    context.exit(0 if found.passed else 1)
