r"""The state of a run that its scripts share: connection, variables, what is printed, who is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from release.psql.lines import Lines
    from release.psql.session import Session
    from release.psql.transcript import Transcript
    from release.psql.variables import Variables


@dataclass(frozen=True, slots=True)
class Message:
    """A notice or error of the server; absent fields are ""."""

    severity: str
    sqlstate: str
    message: str
    detail: str = ""
    hint: str = ""
    context: str = ""


@dataclass(frozen=True, slots=True)
class Execution:
    r"""One string that was sent to the server: a statement, or several joined with `\;`.

    Attributes:
        file: the script as its path was given.
        line: 1-based line on which it starts.
        tags: command tags, one for each statement that succeeded.
        rows: rows that the last statement gave or touched, None when that says nothing.
    """

    file: str
    line: int
    tags: tuple[str, ...]
    rows: int | None
    milliseconds: float
    notices: tuple[Message, ...] = ()
    error: Message | None = None


class Reporter(Protocol):
    """Who wants to know how a run goes on."""

    def started(self, file: str, line: int, query: bytes) -> None:
        """Take note that a statement is being sent."""

    def echoed(self, text: bytes) -> None:
        r"""Take note of what `\echo` printed."""

    def finished(self, execution: Execution) -> None:
        """Take note of how it went."""


@dataclass(slots=True)
class ScriptRun:
    r"""What a run has at hand.

    Attributes:
        lines: the script being read.
        timing: `\timing` is on.
        key: what `\restrict` was given, None when any command may be done.
        prefix: what the variables of a `\gset` in progress start with, None without one.
        executes: what the statement in progress gives is to be executed: a `\gexec`.
        line: on which the statement in progress starts.
        tags, notices, rows, error: of the statement in progress, kept when there is a reporter.
    """

    session: Session
    variables: Variables
    transcript: Transcript
    lines: Lines | None = None
    reporter: Reporter | None = None
    timing: bool = False
    key: bytes | None = None
    prefix: bytes | None = None
    executes: bool = False
    line: int = 0
    tags: list[str] = field(default_factory=list)
    notices: list[Message] = field(default_factory=list)
    rows: int | None = None
    error: Message | None = None


class ConnectionLostError(Exception):
    """The connection is gone, which ends a run with status 2 at once."""
