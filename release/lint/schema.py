"""What is there at the end of an upgrade of what its statements have told: columns, foreign keys and indexes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Name, Object
from release.model.syntax import ConstraintKind, ConstraintSpec, CreateIndex

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.lint.subject import Case, Item
    from release.plan.inventory import Thing
    from release.plan.ledger import Ledger
    from release.sql.facts.definitions import ColumnDefinition

GEOMETRY = frozenset({"geometry", "geography"})
_EXACT = frozenset({"btree", "hash"})
_SPATIAL = frozenset({"gist", "spgist", "brin"})
_KEYS = frozenset({ConstraintKind.PRIMARY, ConstraintKind.UNIQUE})


@dataclass(frozen=True, slots=True)
class LastingColumn:
    """A column that the upgrade makes or gives another type, under its name at the end.

    Attributes:
        definition: what was said last of its type, by `item`.
        new: the upgrade makes it.
    """

    table: Name
    name: str
    definition: ColumnDefinition
    item: Item
    new: bool


@dataclass(frozen=True, slots=True)
class LastingReference:
    """A foreign key that the upgrade adds, under the names at the end.

    Attributes:
        old: those of its columns that were there before.
        target: the table that it refers to, as written.
    """

    table: Name
    columns: tuple[str, ...]
    old: tuple[str, ...]
    target: Name
    item: Item


def lasting_columns(case: Case) -> Iterator[LastingColumn]:
    ledger = case.ledgers[0]
    for thing, table in _lasting(case, "column"):
        moment = thing.types[-1][0] if thing.types else thing.since
        if not ledger.start < moment <= ledger.end:
            continue
        index = moment - ledger.start - 1
        item, step, named = case.upgrade[index], ledger.steps[index], thing.name_at(moment).name
        for each in (*item.definitions.columns, *item.definitions.retyped):
            if each.name == named and step.at(each.table) == table.name_at(moment):
                name = thing.name_at(ledger.end).name
                yield LastingColumn(table.name_at(ledger.end), name, each, item, thing.since > ledger.start)


def lasting_references(case: Case) -> Iterator[LastingReference]:
    ledger = case.ledgers[0]
    for thing, table in _lasting(case, "constraint"):
        if isinstance(thing.made_by, ConstraintSpec) and thing.made_by.target and thing.since > ledger.start:
            name, new = table.name_at(ledger.end), _made(table, ledger)
            old = () if table.since > ledger.start else tuple(each for each in thing.columns if each not in new)
            item = case.upgrade[thing.since - ledger.start - 1]
            yield LastingReference(name, thing.columns, old, thing.made_by.target, item)


def is_ordered(case: Case, table: Name, columns: tuple[str, ...]) -> bool:
    """Whether an index finds rows by exactly these columns: they come first, and no row is left out."""
    return any(
        set(keys[: len(columns)]) == set(columns) and method in _EXACT and not partial
        for method, keys, partial in _indexes(case, table)
    )


def is_spatial(case: Case, table: Name, column: str) -> bool:
    """Whether an index finds rows by what lies near or within this column."""
    return any(column in keys and method in _SPATIAL for method, keys, _ in _indexes(case, table))


def _made(table: Thing, ledger: Ledger) -> frozenset[str]:
    """Columns of a table that the upgrade makes."""
    columns = (each for each in table.holds if each.kind == "column" and each.since > ledger.start)
    return frozenset(each.name_at(ledger.end).name for each in columns)


def _lasting(case: Case, kind: str) -> Iterator[tuple[Thing, Thing]]:
    """Things of a kind that are there at the end, each with its table."""
    ledger = case.ledgers[0]
    for thing in ledger.inventory.things:
        if thing.kind == kind and thing.table and thing.is_there(ledger.end):
            yield thing, thing.table


def _indexes(case: Case, table: Name) -> Iterator[tuple[str, tuple[str, ...], bool]]:
    """Method and key columns of the indexes of a table, "" for an expression, and whether rows are left out."""
    end = case.ledgers[0].end
    found = case.ledgers[0].inventory.find(Object("table", table), end)
    for thing in found.holds if found else ():
        if thing.kind != "index" or not thing.is_there(end):
            continue
        match thing.made_by:
            case CreateIndex(method=method, keys=keys, where=where) as made:
                now = dict(zip(made.named_columns, thing.columns, strict=True))
                names = tuple(key.name for key in keys)
                yield method, tuple(now.get(name, "") for name in names), bool(where and where.not_null not in names)
            case ConstraintSpec(kind=kind) if kind in _KEYS:
                yield "btree", thing.columns, False
