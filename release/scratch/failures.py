"""What fails in a script that goes on after errors, and of which kind each statement is."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.errors import SqlError
from release.sql.read.statements import statement_in

if TYPE_CHECKING:
    from release.psql.run_state import Execution
    from release.psql.session import Session


@dataclass(frozen=True, slots=True)
class Failure:
    """A statement that failed.

    Attributes:
        kind: of its parse tree, e.g. "GrantStmt"; "" for what cannot be parsed.
        roles: that it names.
    """

    line: int
    message: str
    sqlstate: str
    kind: str = ""
    roles: tuple[str, ...] = ()


class FailureCollector:
    """A reporter that keeps what fails."""

    def __init__(self) -> None:
        self.failures: list[Failure] = []
        self._query = b""

    def attach(self, session: Session) -> None:
        pass

    def started(self, file: str, line: int, query: bytes) -> None:  # noqa: ARG002 - the protocol's
        self._query = query

    def echoed(self, text: bytes) -> None:
        pass

    def finished(self, execution: Execution) -> None:
        if not (error := execution.error):
            return
        kind, roles = "", tuple[str, ...]()
        with suppress(SqlError, UnicodeDecodeError):
            syntax = statement_in(self._query.decode())
            kind, roles = syntax.node, syntax.contents.roles
        self.failures.append(Failure(execution.line, error.message, error.sqlstate, kind, roles))
