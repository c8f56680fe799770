"""A rendered file, and what lint says of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.model.statement import Source


FIXED = ("-- >>> machinery", "-- <<< machinery")
"""How the lines begin between which stands what is the same in every release."""


@dataclass(frozen=True, slots=True)
class ScriptPart:
    """A piece of a script that starts and ends between statements.

    Attributes:
        text: what stands in the script.
        source: the migration line of an author's statement; None for our own text.
        generated: SQLAlchemy wrote the statement.
        unread: why its author wants a statement carried that no parser here reads; "" of all others.
        fixed: it is the same in every release, and was judged when it was written.
    """

    text: str
    source: Source | None = None
    generated: bool = False
    unread: str = ""
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """One rendered file, as parts in order."""

    name: str
    parts: tuple[ScriptPart, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)

    @property
    def read_text(self) -> str:
        """Its text for who parses it: empty lines where a statement is carried unread, and where text is fixed."""
        return "".join(_emptied(part.text) if part.unread or part.fixed else part.text for part in self.parts)

    @property
    def own_text(self) -> str:
        """Its text without what is the same in every release, for which there are empty lines."""
        return "".join(_emptied(part.text) if part.fixed else part.text for part in self.parts)


def without_fixed(text: str) -> str:
    """A script with empty lines for what stands between the marks of fixed text, whatever it is."""
    lines: list[str] = []
    inside = False
    for line in text.splitlines(keepends=True):
        inside = inside or line.startswith(FIXED[0])
        lines.append(_emptied(line) if inside else line)
        inside = inside and not line.startswith(FIXED[1])
    return "".join(lines)


def _emptied(text: str) -> str:
    return "\n" * text.count("\n")


@unique
class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something lint found.

    Attributes:
        code: stable rule code, e.g. "RL208", "LT05", "PG001" or "squawk:ban-drop-table".
        file: the script's name, "" where the finding is on no script; line and column are 1-based in it.
        source: the migration line that caused it; None for our own text.
        why: what is wrong with it, for a reader who has not met the rule before.
        fix: what to do instead; may hold a snippet of several lines.
    """

    code: str
    severity: Severity
    message: str
    file: str
    line: int
    column: int
    source: Source | None = None
    why: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """An author's `# release: ignore[CODE] until=DATE REASON`: findings that are to be let through.

    Attributes:
        codes: rule codes, or starts of them.
        until: ISO date of the last release that it holds for; "" is for ever.
        source: the comment's own place.
        lines: first and last line of the migration that it covers; None: the whole revision.
        complaint: why it cannot be used, "" when it can.
        limit: how many rows a table may have for that; 0: as many as it likes.
    """

    codes: tuple[str, ...]
    until: str
    reason: str
    source: Source
    lines: tuple[int, int] | None = None
    complaint: str = ""
    limit: int = 0

    def holds_on(self, date: str) -> bool:
        """Whether it is in force for a release of that ISO date."""
        return not self.complaint and (not self.until or date <= self.until)
