"""Which migration line a line of a script comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.model import Script, Source


def sources_by_line(script: Script) -> tuple[Source | None, ...]:
    """Per line of the script, the migration line of the author's statement on it; None for our own text."""
    sources: list[Source | None] = []
    for part in script.parts:
        sources += [part.source] * part.text.count("\n")
    return tuple(sources)
