"""PG001: PostgreSQL's own parser on every statement of a script, cut as psql cuts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.place import sources_by_line
from release.model import Finding, Severity
from release.sql.scanner import Kind, cut
from release.sql.split import verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model import Script


# psql puts values in their places; PostgreSQL's parser never sees them
_VARIABLES = ("direction", "lock_timeout", "statement_timeout")


def _interpolated(text: str) -> str:
    for name in _VARIABLES:
        text = text.replace(f":'{name}'", f"'{name}'")
    return text


def parser_findings(script: Script) -> Iterator[Finding]:
    """What PostgreSQL cannot parse, and a last statement that nothing ends."""
    sources = sources_by_line(script)
    for piece in cut(script.text):
        if piece.kind is not Kind.STATEMENT:
            continue
        complaint = verdict(_interpolated(piece.text)) if piece.terminated else "the statement has no end"
        if complaint:
            source = sources[piece.line - 1] if piece.line <= len(sources) else None
            yield Finding(
                "PG001",
                Severity.ERROR,
                f"PostgreSQL cannot parse this statement: {complaint}",
                script.name,
                piece.line,
                piece.column,
                source,
            )
