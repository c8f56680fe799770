"""Which migration line a line of a script comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.model import Script, ScriptPart


def parts_by_line(script: Script) -> tuple[ScriptPart, ...]:
    """Per line of the script, its part: an author's statement with its migration line, or our own text."""
    parts: list[ScriptPart] = []
    for part in script.parts:
        parts += [part] * part.text.count("\n")
    return tuple(parts)
