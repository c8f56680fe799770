"""Objects in words, for tables of cases."""

from __future__ import annotations

from release.model import Object


def told(thing: Object) -> str:
    return f"{thing.kind} {thing.name}" + (f" of {thing.parent}" if thing.parent else "")
