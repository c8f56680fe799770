"""`release rehearse`: prove a bundle on a scratch server."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


@click.command("rehearse")
@click.argument("version")
@click.option(
    "--server",
    "conninfo",
    metavar="CONNINFO",
    envvar="RELEASE_SCRATCH_SERVER",
    help="Server to make databases on [default: RELEASE_SCRATCH_SERVER, else one started from local binaries, else a"
    " container].",
)
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
    from release.database.container import any_scratch_server
    from release.rehearse import DRIFT, EVIDENCE, Wish, rehearse, to_evidence, to_table, write_drift, written

    ini = context.obj
    bundles = list_bundles(output or find_bundles(ini))
    bundle = find_bundle(bundles, version)
    require_writable(bundle)
    with ExitStack() as stack:
        stack.enter_context(_ending_on_sigterm())
        server = stack.enter_context(any_scratch_server(conninfo))
        say = stack.enter_context(_Line()).say
        found = rehearse(
            ini.resolve(),
            load_settings(ini.resolve().parent),
            bundle,
            bundles,
            server,
            Wish(rows, data, schema, faults),
            say,
        )
    evidence = written(to_evidence(found, bundle.manifest))
    set_evidence(bundle, {EVIDENCE: evidence.encode(), DRIFT: write_drift(found).encode()})
    click.echo(evidence if shape == "json" else to_table(found, bundle.manifest), nl=False)
    context.exit(0 if found.passed else 1)


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """Let SIGTERM, by which CI ends a job, end the rehearsal as Ctrl-C does: with all its databases dropped."""

    def end(number: int, _frame: FrameType | None) -> None:
        sys.exit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    previous = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


class _Line:
    """The line that says what is being done, on a terminal."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty() and not os.environ.get("CI")
        self._started = monotonic()

    def __enter__(self) -> _Line:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")

    @property
    def say(self) -> Callable[[str], None]:
        return self._say

    def _say(self, text: str) -> None:
        if self._shown:
            sys.stderr.write(f"\r\x1b[K{monotonic() - self._started:4.0f} s  {text}"[:110])
            sys.stderr.flush()
