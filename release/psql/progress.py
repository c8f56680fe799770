"""The line that tells a person how far a run is, and what it waits for."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Self

import psycopg

if TYPE_CHECKING:
    from release.psql.run_state import Execution
    from release.psql.session import Session
    from release.psql.transcript import Transcript

_PATIENCE = 2.0  # seconds after which we ask what a statement waits for
_SEGMENT = re.compile(r"segment \d+ of \d+")
_CLEAR = b"\r\x1b[K"
# Who holds what the session waits for (manual 9.26.1 pg_blocking_pids, 28.2.3 pg_stat_activity).
_WAITING = """
    SELECT a.wait_event, (
        SELECT string_agg(format('%%s (%%s, %%s%%s)', b.pid, b.usename, b.state, ': ' || left(b.query, 40)), '; ')
        FROM pg_stat_activity AS b WHERE b.pid = ANY (pg_blocking_pids(a.pid))
    )
    FROM pg_stat_activity AS a WHERE a.pid = %s AND a.wait_event_type = 'Lock'
"""


class Progress:
    """A reporter that keeps one line on a terminal up to date, below what is printed.

    Args:
        statements: how many statements the scripts have; 0 when that is not known.
    """

    def __init__(self, session: Session, transcript: Transcript, statements: int) -> None:
        self._session = session
        self._transcript = transcript
        self._statements = statements
        self._number = 0
        self._segment = ""
        self._what = ""
        self._begun = monotonic()
        self._statement_begun = self._begun
        self._asked = 0.0
        self._waiting = ""
        self._shown = False
        self._observer: psycopg.Connection | None = None

    def __enter__(self) -> Self:
        self._transcript.before = self._clear
        self._session.tick = self._tick
        return self

    def __exit__(self, *_: object) -> None:
        self._clear()
        self._transcript.before = None
        self._session.tick = None
        if self._observer:
            self._observer.close()

    def started(self, file: str, line: int, query: bytes) -> None:
        self._number += 1
        self._statement_begun = monotonic()
        self._waiting = ""
        self._what = f"{file}:{line} {' '.join(query[:200].decode(errors='replace').split())}"
        if self._statement_begun - self._asked > 0.1:  # a terminal is slow: not for each of many quick statements
            self._asked = self._statement_begun
            self._show()

    def echoed(self, text: bytes) -> None:
        found = _SEGMENT.search(text.decode(errors="replace"))
        if found:
            self._segment = f", {found[0]}"

    def finished(self, execution: Execution) -> None:
        pass

    def _tick(self) -> None:
        if monotonic() - self._statement_begun >= _PATIENCE:
            self._waiting = self._ask()
        self._show()

    def _ask(self) -> str:
        """Ask the server, on a connection of its own, what the session waits for."""
        pgconn = self._session.pgconn
        try:
            if self._observer is None or self._observer.closed:
                self._observer = _connect_like(self._session)
            row = self._observer.execute(_WAITING, (pgconn.backend_pid,)).fetchone()
        except psycopg.Error:
            return ""
        return f" | waits for a lock ({row[0]}) held by {row[1] or 'nobody now'}" if row else ""

    def _show(self) -> None:
        now = monotonic()
        total = f" of {self._statements}" if self._statements else ""
        text = (
            f"statement {self._number}{total}{self._segment} | {now - self._statement_begun:.0f} s, "
            f"all {now - self._begun:.0f} s{self._waiting} | {self._what}"
        )
        self._transcript.draw(_CLEAR + text[: shutil.get_terminal_size().columns - 1].encode(errors="replace"))
        self._shown = True

    def _clear(self) -> None:
        if self._shown:
            self._shown = False
            with suppress(OSError):
                self._transcript.draw(_CLEAR)


def _connect_like(session: Session) -> psycopg.Connection:
    """Open a second connection to the same database, which leaves nothing open on the server."""
    settings = {
        option.keyword.decode(): option.val.decode() for option in session.pgconn.info if option.val and option.keyword
    }
    return psycopg.connect(**{**settings, "connect_timeout": "2"}, autocommit=True)  # type: ignore[arg-type]
