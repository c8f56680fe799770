"""Apply a script with somebody looking on who may hold its connection, too."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol

from release.psql.apply import apply_scripts
from release.psql.run_state import Reporter

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from release.psql.session import Session


class Watcher(Reporter, Protocol):
    """A reporter that wants the script's connection, too."""

    def attach(self, session: Session) -> None:
        """Take the connection, before anything is sent on it."""


def execute(
    file: Path,
    conninfo: str,
    reporter: Watcher | None = None,
    variables: Mapping[str, str] | None = None,
    *,
    out: BinaryIO,
    err: BinaryIO,
) -> int:
    """Run a script as psql would; give psql's exit status.

    Args:
        variables: of psql; it stops at the first error, which a plain script cannot say itself.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed, which ends the rehearsal and not only the script.
    """
    sessions: list[Session] = []

    def attach(session: Session) -> None:
        sessions.append(session)
        if reporter:
            reporter.attach(session)

    stopping = {"ON_ERROR_STOP": "on", **(variables or {})}
    status = apply_scripts([str(file)], conninfo, stopping, out=out, err=err, reporter=reporter, attach=attach)
    if any(session.cancelled for session in sessions):
        raise KeyboardInterrupt
    return status
