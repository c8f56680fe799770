"""What an upgrade expects to find, and what must not be there yet, before each of its segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import LockMode, Name, Object
from release.model.syntax import CreateIndex
from release.plan.name_resolution import in_schema, index_names, is_system, qualify
from release.plan.prior_relations import Relations
from release.sql.facts.columns import IndexShape, columns_of, index_shape, tolerates_absence, tolerates_presence

if TYPE_CHECKING:
    from release.model import Plan, Statement

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


def find_expectations(plan: Plan, schema: str) -> Expectations:
    """Read off an upgrade what it takes for granted.

    Args:
        schema: schema of unqualified names.
    """
    relations = Relations(schema)
    indexes = index_names(plan.statements, schema)
    present: dict[Object, int] = {}
    absent: dict[Object, ExpectedObject] = {}
    changed: set[Object] = set()
    built: list[Concurrent] = []
    for segment in plan.segments:
        for statement in segment.statements:
            for thing in _wanted(statement, relations, indexes, schema):
                if thing not in changed:
                    present.setdefault(thing, segment.number)
            for made in statement.facts.creates:
                thing = qualify(made, schema)
                if _countable(thing, relations) and not {_bare(thing), thing} & {*changed, *absent}:
                    index = statement.syntax
                    if isinstance(index, CreateIndex) and thing.parent and not segment.transactional:
                        built.append(Concurrent(thing.name, thing.parent, index_shape(index), segment.number))
                    elif not tolerates_presence(statement.syntax):
                        absent[thing] = ExpectedObject(thing, segment.number)
                changed.add(_bare(thing))
            for gone in (*statement.facts.drops, *(old for old, _ in statement.facts.renames)):
                thing = _bare(qualify(gone, schema))
                changed.add(thing)
                if thing in present:
                    present[thing] = min(present[thing], segment.number)
            for _, new in statement.facts.renames:
                changed.add(_bare(qualify(new, schema)))
            relations.follow(statement)
    wanted = tuple(ExpectedObject(thing, until) for thing, until in present.items())
    return Expectations(wanted, tuple(absent.values()), tuple(built))


def _wanted(statement: Statement, relations: Relations, indexes: frozenset[Name], schema: str) -> tuple[Object, ...]:
    if tolerates_absence(statement.syntax):
        return ()
    found = [
        Object("table", relations.former(effect.relation))
        for effect in statement.facts.effects
        if effect.lock > LockMode.ACCESS_SHARE
        and not relations.is_new(effect.relation)
        and in_schema(effect.relation, schema) not in indexes
        and relations.former(effect.relation) not in indexes
        and not is_system(effect.relation)
    ]
    if found and statement.facts.tag in _NAMED_COLUMNS:
        for table, column in columns_of(statement.syntax):
            if not relations.is_new(table):
                found.append(_column(relations.former(table), column))
    return tuple(found)


def _column(table: Name, column: str) -> Object:
    return Object("column", Name(column), table)


def _countable(thing: Object, relations: Relations) -> bool:
    """Whether its presence is looked for: not what comes and goes with a table that the release makes."""
    if not thing.name.name:
        return False
    if thing.kind in {"column", "index"}:
        return thing.parent is not None and not relations.is_new(thing.parent)
    return thing.kind in _RELATIONS or thing.kind in {"type", "domain"}


def _bare(thing: Object) -> Object:
    return Object(thing.kind, thing.name) if thing.kind == "index" else thing
