"""`release rehearse`: prove a bundle on a scratch server."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import click

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
@click.option(
    "--output", type=click.Path(path_type=Path), help="Folder for bundles [default: scripts/ beside alembic.ini]."
)
@click.option(
    "--format", "shape", type=click.Choice(["text", "json"]), default="text", help="What to print at the end."
)
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
    from release.bundle import find_bundle, list_bundles, require_writable, set_evidence
    from release.config import find_bundles, load_settings
    from release.rehearse import (
        DRIFT,
        EVIDENCE,
        RehearsalRequest,
        rehearse,
        to_evidence,
        to_table,
        write_drift,
        written,
    )
    from release.scratch.container import any_scratch_server

    ini = context.obj
    bundles = list_bundles(output or find_bundles(ini))
    bundle = find_bundle(bundles, version)
    require_writable(bundle)
    with ExitStack() as stack:
        stack.enter_context(ending_on_sigterm())
        server = stack.enter_context(any_scratch_server(conninfo))
        say = stack.enter_context(ProgressLine()).say
        found = rehearse(
            ini.resolve(),
            load_settings(ini.resolve().parent),
            bundle,
            bundles,
            server,
            RehearsalRequest(rows, data, schema, faults),
            say,
        )
    evidence = written(to_evidence(found, bundle.manifest))
    set_evidence(bundle, {EVIDENCE: evidence.encode(), DRIFT: write_drift(found).encode()})
    click.echo(evidence if shape == "json" else to_table(found, bundle.manifest), nl=False)
    context.exit(0 if found.passed else 1)
