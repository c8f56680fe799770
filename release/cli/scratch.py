"""The options that say where a scratch database may be made, for the commands that record."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from release.cli.progress import ProgressLine
from release.cli.signals import ending_on_sigterm

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from release.record.recording import Record

server_option = click.option(
    "--server",
    "conninfo",
    metavar="CONNINFO",
    envvar="RELEASE_SCRATCH_SERVER",
    help="Server to make databases on [default: RELEASE_SCRATCH_SERVER, else one started from local binaries, else a"
    " container].",
)


def scratch_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --server and --schema to a command."""
    schema = click.option(
        "--schema",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        metavar="DUMP",
        help="With --scratch: start from a pg_dump, plain or custom, instead of running the earlier revisions.",
    )
    return server_option(schema(command))


@contextmanager
def scratch_place(conninfo: str | None, schema: Path | None, *, wanted: bool) -> Iterator[Record | None]:
    """What records on a scratch server, which is started when the first recording is asked for; None if not wanted."""
    if not wanted:
        if schema is not None:
            raise click.UsageError("--schema goes with --scratch")
        yield None
        return
    from release.record.scratch import recorder_on

    with ending_on_sigterm(), ProgressLine() as line, recorder_on(conninfo, schema, line.say) as record:
        yield record
