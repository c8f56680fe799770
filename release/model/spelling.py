"""How counts and version rows are spelled, whoever tells of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_PLURAL = {"index": "indexes", "policy": "policies", "statistics": "statistics", "foreign table": "foreign tables"}


def counted(number: int, word: str) -> str:
    """A number of things: "1 table", "2 indexes"."""
    return f"{number} {word}" if number == 1 else f"{number} {_PLURAL.get(word, word + 's')}"


def spell_rows(rows: Iterable[str]) -> str:
    """Version rows, "base" for none."""
    return ", ".join(rows) or "base"
