"""What an upgrade expects to find, and what must not be there yet, before each of its segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import LockMode, Name, Object
from release.model.syntax import CreateIndex
from release.plan.name_resolution import is_system
from release.sql.facts.columns import IndexShape, columns_of, index_shape, tolerates_absence, tolerates_presence

if TYPE_CHECKING:
    from release.plan.ledger import Ledger, LedgerStep

_RELATIONS = frozenset({"table", "index", "sequence", "view", "materialized view", "foreign table"})
_NAMED_COLUMNS = frozenset({"ALTER TABLE", "CREATE INDEX", "INSERT", "UPDATE"})


@dataclass(frozen=True, slots=True)
class ExpectedObject:
    """An object under its name before the upgrade, and the segment from which on it need no longer be as it was.

    Attributes:
        thing: a table or a column; for what must be absent also an index or a type.
    """

    thing: Object
    until: int


@dataclass(frozen=True, slots=True)
class Concurrent:
    """An index that is built outside a transaction, and may be there from an earlier try."""

    name: Name
    table: Name
    shape: IndexShape
    segment: int


@dataclass(frozen=True, slots=True)
class Expectations:
    """What must be there and what must not, each in the order of the statements that say so."""

    present: tuple[ExpectedObject, ...] = ()
    absent: tuple[ExpectedObject, ...] = ()
    indexes: tuple[Concurrent, ...] = ()


def find_expectations(ledger: Ledger) -> Expectations:
    """Read off an upgrade what it takes for granted."""
    present: dict[Object, int] = {}
    absent: dict[Object, ExpectedObject] = {}
    changed: set[Object] = set()
    built: list[Concurrent] = []
    for step in ledger.steps:
        facts, number = step.statement.facts, step.segment.number
        for thing in _wanted(step):
            if thing not in changed:
                present.setdefault(thing, number)
        for made in facts.creates:
            thing = _now(made, step)
            free = step.finds_free(made) or any(each in changed or each in absent for each in (_bare(thing), thing))
            if _countable(thing, step) and not free:
                index = step.statement.syntax
                if isinstance(index, CreateIndex) and thing.parent and not step.segment.transactional:
                    built.append(Concurrent(thing.name, thing.parent, index_shape(index), number))
                elif not tolerates_presence(step.statement.syntax):
                    absent[thing] = ExpectedObject(thing, number)
            changed.add(_bare(thing))
        for gone in (*facts.drops, *(old for old, _ in facts.renames)):
            changed.add(_bare(_now(gone, step)))
            before = _before(gone, step)
            if before in present:
                present[before] = min(present[before], number)
        for _, new in facts.renames:
            changed.add(_bare(_now(new, step)))
    wanted = tuple(ExpectedObject(thing, until) for thing, until in present.items())
    return Expectations(wanted, tuple(absent.values()), tuple(built))


def _wanted(step: LedgerStep) -> tuple[Object, ...]:
    statement, indexes = step.statement, step.ledger.indexes
    if tolerates_absence(statement.syntax):
        return ()
    found = [
        Object("table", step.former(effect.relation))
        for effect in statement.facts.effects
        if effect.lock > LockMode.ACCESS_SHARE
        and not step.may_be_new(effect.relation)
        and step.at(effect.relation) not in indexes
        and step.former(effect.relation) not in indexes
        and not is_system(effect.relation)
    ]
    if found and statement.facts.tag in _NAMED_COLUMNS:
        for table, column in columns_of(statement.syntax):
            former = step.former_column(table, column)
            if former is not None:
                found.append(Object("column", Name(former), step.former(table)))
    return tuple(found)


def _now(thing: Object, step: LedgerStep) -> Object:
    """A thing under its name now; a column in its table's name before the upgrade."""
    if thing.kind == "column" and thing.parent:
        return Object(thing.kind, thing.name, step.former(thing.parent))
    return step.whole(thing)


def _before(thing: Object, step: LedgerStep) -> Object:
    """A thing under its name before the upgrade; one that the upgrade has made, under its name now."""
    if thing.kind == "column" and thing.parent:
        name = step.former_column(thing.parent, thing.name.name) or thing.name.name
        return Object(thing.kind, Name(name), step.former(thing.parent))
    if thing.kind == "table":
        return Object(thing.kind, step.former(thing.name))
    return _bare(step.whole(thing))


def _countable(thing: Object, step: LedgerStep) -> bool:
    """Whether its presence is looked for: not what comes and goes with a table that the release makes."""
    if not thing.name.name:
        return False
    if thing.kind in {"column", "index"}:
        return thing.parent is not None and not step.is_new(thing.parent)
    return thing.kind in _RELATIONS or thing.kind in {"type", "domain"}


def _bare(thing: Object) -> Object:
    return Object(thing.kind, thing.name) if thing.kind == "index" else thing
