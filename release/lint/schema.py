"""What is known of the tables at the end of an upgrade: columns, keys and indexes that its statements have made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.lint.case import Case, Item
    from release.model import Name
    from release.sql.definitions import Column, Constraint, Index

GEOMETRY = frozenset({"geometry", "geography"})


@dataclass(slots=True)
class Schema:
    """Tables by their qualified name at the end.

    Attributes:
        new: tables that the upgrade creates.
        columns: columns that it creates or retypes, each with the statement that had the last word on its type.
        references: foreign keys that it adds.
        indexed: per table, the column lists of its indexes, primary keys and unique constraints.
    """

    new: set[Name] = field(default_factory=set)
    columns: dict[tuple[Name, str], tuple[Column, Item]] = field(default_factory=dict)
    references: list[tuple[Constraint, Item]] = field(default_factory=list)
    indexed: dict[Name, list[tuple[str, ...]]] = field(default_factory=dict)
    spatial: set[tuple[Name, str]] = field(default_factory=set)


def schema_after(case: Case) -> Schema:
    """Follow the upgrade's statements."""
    schema = Schema()
    for item in case.upgrade:
        _create(schema, case, item)
        _drop(schema, case, item)
        for old, new in item.facts.renames:
            if old.kind == "table":
                _rename_table(schema, case.at(old.name), case.at(new.name))
            elif old.kind == "column" and old.parent:
                known = schema.columns.pop((case.at(old.parent), old.name.name), None)
                if known:
                    schema.columns[case.at(old.parent), new.name.name] = known
    return schema


def _create(schema: Schema, case: Case, item: Item) -> None:
    for made in item.facts.creates:
        if made.kind == "table":
            schema.new.add(case.at(made.name))
    for column in (*item.definitions.columns, *item.definitions.retyped):
        schema.columns[case.at(column.table), column.name] = (column, item)
    for constraint in item.definitions.constraints:
        table = case.at(constraint.table)
        if constraint.kind == "FOREIGN":
            schema.references.append((replace(constraint, table=table), item))
        elif constraint.kind in {"PRIMARY", "UNIQUE"}:
            schema.indexed.setdefault(table, []).append(constraint.columns)
    for index in item.definitions.indexes:
        _index(schema, case.at(index.table), index)


def _index(schema: Schema, table: Name, index: Index) -> None:
    schema.indexed.setdefault(table, []).append(index.columns)
    if index.method in {"gist", "spgist", "brin"} and index.columns:
        schema.spatial.add((table, index.columns[0]))


def _drop(schema: Schema, case: Case, item: Item) -> None:
    for gone in item.facts.drops:
        if gone.kind == "column" and gone.parent:
            schema.columns.pop((case.at(gone.parent), gone.name.name), None)
        elif gone.kind == "table":
            table = case.at(gone.name)
            schema.new.discard(table)
            for key in [key for key in schema.columns if key[0] == table]:
                del schema.columns[key]
            schema.references = [each for each in schema.references if each[0].table != table]


def _rename_table(schema: Schema, old: Name, new: Name) -> None:
    if old in schema.new:
        schema.new.remove(old)
        schema.new.add(new)
    schema.columns = {(new if key[0] == old else key[0], key[1]): value for key, value in schema.columns.items()}
    schema.references = [
        (replace(each, table=new) if each.table == old else each, item) for each, item in schema.references
    ]
    schema.indexed[new] = schema.indexed.pop(old, [])
    schema.spatial = {(new if table == old else table, column) for table, column in schema.spatial}
