"""What an upgrade and its rollback, run one after the other, leave different: objects too many, and objects missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Direction, Name, Object

if TYPE_CHECKING:
    from release.lint.subject import Case, Item

Left = tuple[tuple[Object, "Item"], ...]

_KEPT = frozenset({"extension", "schema"})
"""What a rollback may leave on purpose."""

_OPAQUE = frozenset({"DO", "CALL", "SELECT"})
_ALIKE = (frozenset({"type", "domain"}), frozenset({"function", "procedure", "routine", "aggregate"}))
_SERVER_NAMED = frozenset({"index", "constraint", "sequence"})


def left_over(case: Case) -> tuple[Left, Left]:
    """Objects that the rollback leaves, and those missing after it, with the statement that made or dropped them.

    Nothing is said of revisions that run what cannot be read off their text (DO, CALL, functions, CASCADE).
    """
    unclear = {item.revision for item in case.items if item.facts.tag in _OPAQUE or item.definitions.cascade}
    ledger = _MadeAndGone(case)
    for item in case.items:
        ledger.follow(item)
    left = [pair for pair in ledger.made.items() if pair[1].direction is Direction.UPGRADE]
    return _clear(left, unclear), _clear(list(ledger.gone.items()), unclear)


def _clear(found: list[tuple[Object, Item]], unclear: set[str]) -> Left:
    return tuple(
        (thing, item)
        for thing, item in found
        if item.revision not in unclear and thing.kind not in _KEPT and thing.name.name
    )


class _MadeAndGone:
    """What is there that was not, and what was there and is not, as the statements go by."""

    def __init__(self, case: Case) -> None:
        self.made: dict[Object, Item] = {}
        self.gone: dict[Object, Item] = {}
        self._covers: dict[Object, set[str]] = {}
        self._unnamed = any(
            "" in {each.name for each in item.definitions.constraints}
            or "" in {each.name for each in item.definitions.indexes}
            for item in case.upgrade
        )

    def follow(self, item: Item) -> None:
        for created in item.facts.creates:
            thing = item.whole(created)
            if self.gone.pop(thing, None) is None:
                self.made[thing] = item
        self._note_columns(item)
        for dropped in item.facts.drops:
            self._drop(item.whole(dropped), item)
        for old, new in item.facts.renames:
            self._rename(item.whole(old), item.whole(new), item)

    def _note_columns(self, item: Item) -> None:
        """Indexes and constraints go with a column of theirs."""
        for index in item.definitions.indexes:
            thing = item.whole(Object("index", Name(index.name, index.table.schema), index.table))
            self._covers[thing] = set(index.columns)
        for constraint in item.definitions.constraints:
            thing = item.whole(Object("constraint", Name(constraint.name), constraint.table))
            self._covers[thing] = {*constraint.columns, constraint.proves}
            if constraint.index:
                used = Object("index", Name(constraint.index, constraint.table.schema))
                found = self._find(item.whole(used))
                if found:
                    del self.made[found]

    def _drop(self, thing: Object, item: Item) -> None:
        found = self._find(thing)
        if found:
            del self.made[found]
        elif not item.definitions.lenient and not self._may_be_unnamed(thing, item):
            self.gone[thing] = item
        if thing.kind == "table":
            for ledger in (self.made, self.gone):
                for other in [each for each in ledger if each.parent == thing.name]:
                    del ledger[other]
        elif thing.kind == "column":
            for other in [each for each in self.made if each.parent == thing.parent]:
                if thing.name.name in self._covers.get(other, ()):
                    del self.made[other]

    def _may_be_unnamed(self, thing: Object, item: Item) -> bool:
        return item.direction is Direction.ROLLBACK and thing.kind in _SERVER_NAMED and self._unnamed

    def _rename(self, old: Object, new: Object, item: Item) -> None:
        found = self._find(old)
        if found:
            del self.made[found]
        else:
            self.gone[old] = item
        if self.gone.pop(new, None) is None:
            self.made[new] = item
        if old.kind == "table":
            for ledger in (self.made, self.gone):
                for other in [each for each in ledger if each.parent == old.name]:
                    ledger[Object(other.kind, other.name, new.name)] = ledger.pop(other)

    def _find(self, thing: Object) -> Object | None:
        """The object made before; DROP INDEX and the like do not say the table, DROP ROUTINE not the kind."""
        if thing in self.made:
            return thing
        for other in self.made if thing.parent is None else ():
            alike = other.kind == thing.kind or any({other.kind, thing.kind} <= kinds for kinds in _ALIKE)
            if alike and other.name == thing.name:
                return other
        return None
