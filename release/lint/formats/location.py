"""The place that an author can act on: the migration's line where there is one, else the script's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.model import Finding


def place_of(finding: Finding, prefix: str) -> tuple[str, int, int]:
    """File, and 1-based line and column to point at; "" and 1 where nothing is known."""
    if finding.source:
        return prefix + finding.source.file, max(finding.source.line, 1), 1
    return finding.file, max(finding.line, 1), max(finding.column, 1)


def script_place(finding: Finding) -> str:
    return f"{finding.file}:{finding.line}:{finding.column}" if finding.file else ""


def printable(text: str) -> str:
    """One line without control characters, so that a message can command no terminal and end no field."""
    return "".join(letter if letter.isprintable() else " " for letter in text).strip()
