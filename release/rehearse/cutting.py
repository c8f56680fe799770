"""Cut the connection of a running script, as a failing network or an administrator would."""

from __future__ import annotations

from time import monotonic, sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.psql.run_state import Execution
    from release.psql.session import Session
    from release.scratch.server import Server

_PATIENCE = 30


class Cutter:
    """A reporter that terminates the script's backend when a statement has ended.

    Args:
        at: after which statement, from 1; 0 only counts.

    Attributes:
        count: statements that have ended.
        cut: the connection was cut.
        line: line of the last statement.
    """

    def __init__(self, server: Server, at: int) -> None:
        self.count, self.cut, self.line = 0, False, 0
        self._server, self._at, self._pid = server, at, 0

    def attach(self, session: Session) -> None:
        self._pid = session.pgconn.backend_pid

    def started(self, file: str, line: int, query: bytes) -> None:
        pass

    def echoed(self, text: bytes) -> None:
        pass

    def finished(self, execution: Execution) -> None:
        self.count += 1
        self.line = execution.line
        if self.count != self._at:
            return
        with self._server.connect(self._server.maintenance) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", [self._pid])
            until = monotonic() + _PATIENCE
            while connection.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [self._pid]).fetchone():
                if monotonic() > until:
                    return
                sleep(0.002)
        self.cut = True
