"""Objects that an upgrade makes for a while: made in one segment, dropped in a later one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.model import Object
    from release.plan.ledger import Ledger

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


def find_leftovers(ledger: Ledger) -> tuple[tuple[Leftover, ...], dict[int, str]]:
    """What an interrupted upgrade leaves that its rollback does not know, last made first.

    Returns:
        The objects, and the segments after which there is one that cannot be dropped by its name, with its revision.
    """
    alive: dict[tuple[str, str, str], tuple[int, Object, str]] = {}
    renamed: set[str] = set()
    found: list[Leftover] = []
    lost: dict[int, str] = {}
    for step in ledger.steps:
        facts, number = step.statement.facts, step.segment.number
        for thing in facts.drops:
            known = alive.pop(_key(step.whole(thing)), None)
            if known is None or known[0] == number:
                continue
            made, whole, revision = known
            if whole.kind in _DROPPED_BY_NAME and not renamed & _names(whole):
                found.append(Leftover(whole, made, number))
            else:
                lost |= dict.fromkeys(range(made, number), revision)
        for thing in facts.creates:
            whole = step.whole(thing)
            alive[_key(whole)] = (number, whole, step.revision)
        for old, new in ((step.whole(old), step.whole(new)) for old, new in facts.renames):
            renamed |= _names(old) | _names(new)
            if (known := alive.pop(_key(old), None)) is not None:
                alive[_key(new)] = known
            if old.kind == "table":
                _move(alive, old, new)
    return tuple(sorted(found, key=lambda each: -each.made)), lost


def _move(alive: dict[tuple[str, str, str], tuple[int, Object, str]], old: Object, new: Object) -> None:
    """Let what lies in a renamed table be found under its new name."""
    for kind, name, parent in [key for key in alive if key[2] == str(old.name)]:
        alive[(kind, name, str(new.name))] = alive.pop((kind, name, parent))


def _names(thing: Object) -> set[str]:
    return {str(thing.name), str(thing.parent)} if thing.parent else {str(thing.name)}


def _key(whole: Object) -> tuple[str, str, str]:
    return whole.kind, str(whole.name), "" if whole.kind == "index" else str(whole.parent or "")
