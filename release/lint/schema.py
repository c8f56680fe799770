"""What is known of the tables at the end of an upgrade: columns, keys and indexes that its statements have made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from release.sql.facts.definitions import Index

if TYPE_CHECKING:
    from release.lint.subject import Case, Item
    from release.model import Name
    from release.sql.facts.definitions import ColumnDefinition, Constraint

GEOMETRY = frozenset({"geometry", "geography"})
_EXACT = frozenset({"btree", "hash", ""})  # "" is CREATE INDEX without USING
_SPATIAL = frozenset({"gist", "spgist", "brin"})


@dataclass(slots=True)
class Schema:
    """Tables by their qualified name at the end.

    Attributes:
        new: tables that the upgrade creates.
        columns: columns that it creates or retypes, each with the statement that had the last word on its type.
        references: foreign keys that it adds.
        indexes: per table and name, what its indexes, primary keys and unique constraints cover.
    """

    new: set[Name] = field(default_factory=set)
    columns: dict[tuple[Name, str], tuple[ColumnDefinition, Item]] = field(default_factory=dict)
    references: list[tuple[Constraint, Item]] = field(default_factory=list)
    indexes: dict[tuple[Name, str], Index] = field(default_factory=dict)

    def is_ordered(self, table: Name, columns: tuple[str, ...]) -> bool:
        """Whether an index finds rows by exactly these columns: they come first, and no row is left out."""
        return any(
            set(index.columns[: len(columns)]) == set(columns) and index.method in _EXACT and not index.partial
            for (of, _), index in self.indexes.items()
            if of == table
        )

    def is_spatial(self, table: Name, column: str) -> bool:
        """Whether an index finds rows by what lies near or within this column."""
        return any(
            column in index.columns and index.method in _SPATIAL
            for (of, _), index in self.indexes.items()
            if of == table
        )


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
            elif old.kind == "index":
                for key in [key for key in schema.indexes if key[1] == old.name.name]:
                    schema.indexes[key[0], new.name.name] = schema.indexes.pop(key)
    return schema


def _create(schema: Schema, case: Case, item: Item) -> None:
    for made in item.facts.creates:
        if made.kind == "table":
            schema.new.add(case.at(made.name))
    for column in (*item.definitions.columns, *item.definitions.retyped):
        schema.columns[case.at(column.table), column.name] = (column, item)
    for constraint in item.definitions.constraints:
        table = case.at(constraint.table)
        name = constraint.name or f"{constraint.kind} {constraint.columns}"
        if constraint.kind == "FOREIGN":
            schema.references.append((replace(constraint, table=table), item))
        elif constraint.kind in {"PRIMARY", "UNIQUE"} and constraint.columns:
            schema.indexes[table, name] = Index(name, table, "btree", constraint.columns, ())
    for index in item.definitions.indexes:
        table = case.at(index.table)
        schema.indexes[table, index.name or f"{index.method} {index.columns}"] = index


def _drop(schema: Schema, case: Case, item: Item) -> None:
    for gone in item.facts.drops:
        name = gone.name.name
        if gone.kind == "column" and gone.parent:
            table = case.at(gone.parent)
            schema.columns.pop((table, name), None)
            schema.indexes = {
                key: index for key, index in schema.indexes.items() if key[0] != table or name not in index.columns
            }
            schema.references = [
                each for each in schema.references if each[0].table != table or name not in each[0].columns
            ]
        elif gone.kind == "constraint" and gone.parent:
            table = case.at(gone.parent)
            schema.indexes.pop((table, name), None)
            schema.references = [each for each in schema.references if (each[0].table, each[0].name) != (table, name)]
        elif gone.kind == "index":
            schema.indexes = {key: index for key, index in schema.indexes.items() if index.name != name}
        elif gone.kind == "table":
            table = case.at(gone.name)
            schema.new.discard(table)
            for key in [key for key in schema.columns if key[0] == table]:
                del schema.columns[key]
            schema.references = [each for each in schema.references if each[0].table != table]
            schema.indexes = {key: index for key, index in schema.indexes.items() if key[0] != table}


def _rename_table(schema: Schema, old: Name, new: Name) -> None:
    if old in schema.new:
        schema.new.remove(old)
        schema.new.add(new)
    schema.columns = {(new if key[0] == old else key[0], key[1]): value for key, value in schema.columns.items()}
    schema.references = [
        (replace(each, table=new) if each.table == old else each, item) for each, item in schema.references
    ]
    schema.indexes = {
        (new if key[0] == old else key[0], key[1]): replace(index, table=new) if key[0] == old else index
        for key, index in schema.indexes.items()
    }
