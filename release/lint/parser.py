"""PG001: PostgreSQL's own parser on every statement of a script, cut as psql cuts it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.lint.notices import CANNOT_PARSE, CARRIED_UNREAD, TOO_DEEP_TO_JUDGE
from release.lint.origin import parts_by_line
from release.model import ScriptPart
from release.psql.pieces import Kind, cut
from release.sql.read.splitting import TOO_DEEP, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from release.model import Finding, Script


# psql puts values in their places; PostgreSQL's parser never sees them
_VARIABLES = (
    *("HOST", "PORT", "VERSION_NUM"),
    *(
        "characters",
        "direction",
        "lock_timeout",
        "lose_rows",
        "old_transaction",
        "other_plan",
        "session",
        "statement_timeout",
    ),
)


def _interpolated(text: str) -> str:
    for name in _VARIABLES:
        text = text.replace(f":'{name}'", f"'{name}'")
    return text


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement of a script, and PostgreSQL's complaint about it, "" when it parses."""

    line: int
    last: int
    column: int
    complaint: str


class Verdicts:
    """PostgreSQL's verdict on every statement of some scripts."""

    def __init__(self, scripts: Sequence[Script]) -> None:
        self._scripts = scripts
        self._judged = {script.name: _judge(script.own_text) for script in scripts}

    def on(self, file: str, line: int) -> str | None:
        """The complaint about the statement on a line; "" when it parses, None when no statement is there."""
        judged = self._judged[file]
        at = bisect_right([each.line for each in judged], line) - 1
        for each in judged[max(at, 0) : at + 1]:
            if each.line <= line <= each.last:
                return "" if each.complaint == TOO_DEEP else each.complaint
            return None
        return None

    def findings(self) -> Iterator[Finding]:
        """What PostgreSQL cannot parse, and a last statement that nothing ends."""
        for script in self._scripts:
            parts = parts_by_line(script)
            for each in self._judged[script.name]:
                part = parts[min(each.line, len(parts)) - 1] if parts else ScriptPart("")
                source = part.source
                if part.unread and each.complaint:
                    message = f"this statement is carried unread ({part.unread}): {each.complaint}"
                    yield CARRIED_UNREAD.finding(message, script.name, each.line, source)
                elif each.complaint == TOO_DEEP:
                    message = "PostgreSQL can parse this statement, but our rules cannot: " + TOO_DEEP
                    yield TOO_DEEP_TO_JUDGE.finding(message, script.name, each.line, source)
                elif each.complaint:
                    message = f"PostgreSQL cannot parse this statement: {each.complaint}"
                    yield CANNOT_PARSE.finding(message, script.name, each.line, source)


def _judge(text: str) -> tuple[Judged, ...]:
    found = []
    for piece in cut(text):
        if piece.kind is Kind.STATEMENT:
            complaint = verdict(_interpolated(piece.text)) if piece.terminated else "the statement has no end"
            found.append(Judged(piece.line, piece.line + piece.text.count("\n"), piece.column, complaint))
    return tuple(found)
