"""COPY data between a script and the server, as psql does (`src/bin/psql/copy.c`, PostgreSQL 18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
from psycopg.pq import ExecStatus

from release.psql.pieces import count_inline_copies

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

    from release.psql.run_state import ScriptRun

_END_MARKERS = (b"\\.\n", b"\\.\r\n")


def copy_in(run: ScriptRun) -> tuple[bool, PGresult | None]:
    r"""Send the lines that follow in the script, up to `\.` or its end; give success and the statement's result."""
    session, pgconn, lines, well = run.session, run.session.pgconn, run.lines, True
    assert lines is not None  # noqa: S101 - statements come from scripts
    # Only without blocking can a signal, or an early error of the server, be seen while data is sent.
    pgconn.nonblocking = 1
    try:
        for block in lines.read_data():
            run.transcript.line = lines.number
            if not session.put(block if pgconn.server_version < 180000 else _without_marker(block)):
                well = False
                break
        if not session.end_copy(None if well else b"aborted because of read failure"):
            well = False
    finally:
        pgconn.nonblocking = 0
    while (result := session.result()) is not None and result.status == ExecStatus.COPY_IN:
        well = False
        session.end_copy(b"trying to exit copy mode")
    if result is None or result.status != ExecStatus.COMMAND_OK:
        run.transcript.report(pgconn.error_message)
        well = False
    return well, result


def discard_refused(run: ScriptRun, query: bytes, taken: int) -> None:
    r"""Skip the rows that stand in the script for each COPY … FROM STDIN that the server refused to start.

    Otherwise they would run as SQL, which psql did before 17.11 and 15.19, and the minor versions of that day.

    Args:
        run: the run.
        query: the string that was sent, with one statement or several.
        taken: how many of its COPYs have read their rows.
    """
    lines = run.lines
    assert lines is not None  # noqa: S101 - statements come from scripts
    for _ in range(count_inline_copies(query) - taken):
        for _block in lines.read_data():
            run.transcript.line = lines.number


def copy_out(run: ScriptRun) -> tuple[bool, PGresult | None]:
    """Print the rows that the server sends; give success and the statement's result."""
    session, well = run.session, True
    try:
        while (row := session.take()) is not None:
            run.transcript.write(row)
    except psycopg.Error:
        run.transcript.error(b"COPY data transfer failed: %s" % session.pgconn.error_message)
        well = False
    result = session.result()
    if result is None or result.status != ExecStatus.COMMAND_OK:
        run.transcript.report(session.pgconn.error_message)
        well = False
    return well, result


def _without_marker(block: bytes) -> bytes:
    r"""Drop the end marker: from version 18 on, the server takes `\.` for data in CSV format."""
    for marker in _END_MARKERS:
        if block == marker or block.endswith(b"\n" + marker):
            return block.removesuffix(marker)
    return block
