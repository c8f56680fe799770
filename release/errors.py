"""What can go wrong, as a user should read it.

Every error that a user can cause or mend is a `ReleaseError`: one message (what, where, why) and one
hint (what to do next). Any other exception is a bug and keeps its traceback.
"""

from __future__ import annotations


class ReleaseError(Exception):
    """An error with a message, a hint, and the exit status of the process.

    Args:
        message: what happened, where and why; a sentence or a few lines, no trailing period needed.
        hint: what to do next; empty when the message says it all.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class ConfigError(ReleaseError):
    """A configuration file is missing, or says something we cannot work with."""


class RevisionError(ReleaseError):
    """A revision is unknown or ambiguous, or a range is empty or swapped."""


class MigrationError(ReleaseError):
    """A migration cannot be rendered offline, or raised while it was.

    Attributes:
        line: 1-based line of the revision's file; 0 when unknown.
        reason: why, in one line, without the place; "" when only the message says it.
        raised: the migration itself raised an exception.
    """

    def __init__(self, message: str, hint: str = "", *, line: int = 0, reason: str = "", raised: bool = False) -> None:
        super().__init__(message, hint)
        self.raised = raised
        self.line = line
        self.reason = reason


class NeedsDatabaseError(MigrationError):
    """A migration uses an answer that only a database can give."""


class NoDowngradeError(MigrationError):
    """A revision's author wrote that it cannot be undone."""


class RecordingError(ReleaseError):
    """What was recorded on a scratch database cannot be shipped as it is."""


class SqlError(ReleaseError):
    """PostgreSQL's own parser does not accept a statement."""


class PlanError(ReleaseError):
    """The statements cannot be arranged into a release that is safe to hand over."""


class BundleError(ReleaseError):
    """A bundle is missing, was edited, or does not match its migrations."""


class ToolError(ReleaseError):
    """A program that is needed is not installed."""

    exit_code = 2


class DatabaseError(ReleaseError):
    """The database refused a script (psql's exit status 3)."""

    exit_code = 3


class ConnectionFailedError(ReleaseError):
    """The database could not be reached (psql's exit status 2)."""

    exit_code = 2
