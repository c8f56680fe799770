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


def parser_findings(script: Script) -> Iterator[Finding]:
    """What PostgreSQL cannot parse, and a last statement that nothing ends."""
    sources = sources_by_line(script)
    for piece in cut(script.text):
        if piece.kind is not Kind.STATEMENT:
            continue
        complaint = verdict(piece.text) if piece.terminated else "the statement has no end"
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
