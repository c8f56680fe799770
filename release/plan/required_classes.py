"""Which default operator classes an upgrade's indexes need: a type without one cannot be indexed (manual, 11.10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Name, Object
from release.model.syntax import ConstraintKind, CreateIndex
from release.sql.read.types import SERIAL, SPATIAL, argument_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model.syntax import ConstraintSpec, TypeName
    from release.plan.inventory import Thing
    from release.plan.ledger import Ledger, LedgerStep

_SORTED = frozenset(
    {
        *("bool", "bpchar", "bytea", "cidr", "date", "float4", "float8", "inet", "int2", "int4", "int8", "interval"),
        *(
            "jsonb",
            "macaddr",
            "numeric",
            "oid",
            "text",
            "time",
            "timestamp",
            "timestamptz",
            "timetz",
            "uuid",
            "varchar",
        ),
    }
)
_RANGES = frozenset({"daterange", "int4range", "int8range", "numrange", "tsrange", "tstzrange"})
DEFAULTS = {
    "btree": _SORTED | _RANGES | SERIAL,
    "hash": _SORTED | _RANGES | SERIAL,
    "gin": frozenset({"jsonb", "tsvector"}),
    "gist": frozenset({"box", "circle", "point", "polygon", "tsquery", "tsvector"}) | _RANGES,
    "spgist": frozenset({"box", "inet", "point", "polygon", "text", "varchar"}) | _RANGES,
    "brin": (_SORTED - {"bool", "jsonb"}) | _RANGES | SERIAL,
}
"""Types that have one on every server, by access method: nobody asks for these."""
_OF_ARRAYS = frozenset({"btree", "hash", "gin"})


@dataclass(frozen=True, slots=True)
class RequiredClass:
    """An access method, and a type that it must have a default operator class for.

    Attributes:
        table, column: the column that is of the type, by their names before the script; none where a statement says it.
        type: as a statement says it, or "".
        until: the last segment that needs it.
    """

    method: str
    table: Name | None
    column: str
    type: str
    until: int


def find_required_classes(ledger: Ledger) -> tuple[RequiredClass, ...]:
    """What must be there, in the order of the statements.

    Nothing is asked for behind a statement that may make operator classes or types which its text does not tell.
    """
    found: dict[tuple[str, Name | None, str, str], int] = {}
    for step in ledger.steps:
        if step.brings_unknown():
            break
        built = [thing for thing, _ in step.ledger.inventory.events.get(step.moment + 1, ()) if _is_built(thing, step)]
        in_parts = {below for index in built for below in index.below}
        for index in built:
            for method, column in () if index in in_parts else _keys(index.made_by):
                of = _type_of(column, index.table, step) if index.table else None
                if of is None:
                    continue
                table, name, kind = of
                if kind is None or (not _is_known(method, kind) and argument_text(kind)):
                    found[method, table, name, argument_text(kind) if kind else ""] = step.segment.number
    return tuple(RequiredClass(*key, until) for key, until in found.items())


def _is_built(thing: Thing, step: LedgerStep) -> bool:
    return thing.kind == "index" and thing.since == step.moment + 1 and not thing.doubtful


def _keys(made_by: CreateIndex | ConstraintSpec | None) -> Iterator[tuple[str, str]]:
    """The method and name of each column that an index has as its key, without an operator class of its own."""
    if made_by is None:
        return
    if isinstance(made_by, CreateIndex) or made_by.kind is ConstraintKind.EXCLUSION:
        keys = made_by.keys if isinstance(made_by, CreateIndex) else [key for key, _ in made_by.exclusions]
        yield from ((made_by.method, key.name) for key in keys if key.name and not key.opclass)
    else:
        yield from (("gist" if made_by.without_overlaps else "btree", column) for column in made_by.columns)


def _type_of(column: str, table: Thing, step: LedgerStep) -> tuple[Name | None, str, TypeName | None] | None:
    """The column that was there before, or the type that the script has given it; None where nobody can tell."""
    after, start = step.moment + 1, step.ledger.start
    found = step.ledger.inventory.find(Object("column", Name(column), table.name_at(after)), after)
    kind = found.type_at(after) if found else None
    if kind is not None:
        own = step.has_touched("type", kind.name) or step.is_elsewhere(kind.name)
        return None if own or kind.of_column else (None, "", kind)
    if table.since > start or (found and found.since > start):
        return None
    return table.name_at(start), found.name_at(start).name if found else column, None


def _is_known(method: str, kind: TypeName) -> bool:
    if kind.array:
        return method in _OF_ARRAYS
    # the guard asks for PostGIS elsewhere
    return kind.name.name in SPATIAL | DEFAULTS.get(method, frozenset())
