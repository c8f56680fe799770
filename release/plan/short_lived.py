"""Objects that an upgrade makes for a while: made in one segment, dropped in a later one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.plan.name_resolution import qualify

if TYPE_CHECKING:
    from release.model import Object, Plan

# kinds that are dropped by their name alone
_DROPPED_BY_NAME = frozenset(
    {"constraint", "column", "index", "table", "view", "materialized view", "sequence", "type", "trigger"}
)


@dataclass(frozen=True, slots=True)
class Leftover:
    """An object that is there from the end of one upgrade segment to that of another.

    Attributes:
        made, dropped: the segments.
    """

    thing: Object
    made: int
    dropped: int


def find_leftovers(upgrade: Plan, schema: str) -> tuple[tuple[Leftover, ...], dict[int, str]]:
    """What an interrupted upgrade leaves that its rollback does not know, last made first.

    Returns:
        The objects, and the segments after which there is one that cannot be dropped by its name, with its revision.
    """
    alive: dict[tuple[str, str, str], tuple[int, Object, str]] = {}
    renamed: set[str] = set()
    found: list[Leftover] = []
    lost: dict[int, str] = {}
    for segment in upgrade.segments:
        for statement in segment.statements:
            facts = statement.facts
            for thing in facts.drops:
                known = alive.pop(_key(thing, schema), None)
                if known is None or known[0] == segment.number:
                    continue
                made, whole, revision = known
                if whole.kind in _DROPPED_BY_NAME and not renamed & _names(whole):
                    found.append(Leftover(whole, made, segment.number))
                else:
                    lost |= dict.fromkeys(range(made, segment.number), revision)
            for thing in facts.creates:
                alive[_key(thing, schema)] = (segment.number, qualify(thing, schema), statement.source.revision)
            for old, new in facts.renames:
                renamed |= _names(qualify(old, schema)) | _names(qualify(new, schema))
                if (known := alive.pop(_key(old, schema), None)) is not None:
                    alive[_key(new, schema)] = known
                if old.kind == "table":
                    _move(alive, qualify(old, schema), qualify(new, schema))
    return tuple(sorted(found, key=lambda each: -each.made)), lost


def _move(alive: dict[tuple[str, str, str], tuple[int, Object, str]], old: Object, new: Object) -> None:
    """Let what lies in a renamed table be found under its new name."""
    for kind, name, parent in [key for key in alive if key[2] == str(old.name)]:
        alive[(kind, name, str(new.name))] = alive.pop((kind, name, parent))


def _names(thing: Object) -> set[str]:
    return {str(thing.name), str(thing.parent)} if thing.parent else {str(thing.name)}


def _key(thing: Object, schema: str) -> tuple[str, str, str]:
    whole = qualify(thing, schema)
    return whole.kind, str(whole.name), "" if whole.kind == "index" else str(whole.parent or "")
