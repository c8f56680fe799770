"""Columns of a table that must be there for a statement to run, as far as it names them outside expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Name
from release.model.syntax import (
    ActionKind,
    AlterTable,
    ChangeRows,
    ConstraintKind,
    CreateIndex,
    ObjectKind,
    RenameObject,
)
from release.sql.read.quote import spelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model.syntax import AlterAction, Syntax

_ON_COLUMN = frozenset(
    {
        ActionKind.COLUMN_DEFAULT,
        ActionKind.SET_NOT_NULL,
        ActionKind.DROP_NOT_NULL,
        ActionKind.ALTER_COLUMN_TYPE,
        ActionKind.SET_STATISTICS,
        ActionKind.SET_STORAGE,
        ActionKind.DROP_COLUMN,
        ActionKind.ADD_IDENTITY,
        ActionKind.SET_IDENTITY,
        ActionKind.DROP_IDENTITY,
    }
)


def columns_of(syntax: Syntax) -> tuple[tuple[Name, str], ...]:
    """Pairs of a table, as written, and a column of it that a statement expects; what it adds itself is left out."""
    found = dict.fromkeys(_columns(syntax))
    if isinstance(syntax, AlterTable):
        added = {
            (syntax.relation.name, each.column.name)
            for each in syntax.actions
            if each.kind is ActionKind.ADD_COLUMN and each.column
        }
        return tuple(pair for pair in found if pair not in added)
    return tuple(found)


def _columns(syntax: Syntax) -> Iterator[tuple[Name, str]]:
    match syntax:
        case CreateIndex(table=table, keys=keys, including=including):
            yield from ((table, name) for name in (*(key.name for key in keys), *including) if name)
        case AlterTable(kind=ObjectKind.TABLE, relation=relation, actions=actions):
            for action in actions:
                yield from _of_action(action, relation.name)
        case RenameObject(kind=ObjectKind.COLUMN, relation=relation, old=old) if relation:
            yield relation.name, old
        case ChangeRows(relation=relation, columns=columns):
            yield from ((relation.name, column) for column in columns)


def _of_action(action: AlterAction, table: Name) -> Iterator[tuple[Name, str]]:
    if action.kind in _ON_COLUMN and not (action.kind is ActionKind.DROP_COLUMN and action.missing_ok):
        yield table, action.name
    elif action.kind is ActionKind.ADD_CONSTRAINT and action.constraint:
        yield from ((table, column) for column in action.constraint.columns)
        if action.constraint.target:
            target = action.constraint.target
            yield from ((target, column) for column in action.constraint.target_columns)


def tolerates_presence(syntax: Syntax) -> bool:
    """True for CREATE … IF NOT EXISTS, CREATE OR REPLACE and ADD COLUMN IF NOT EXISTS."""
    if isinstance(syntax, AlterTable):
        return any(each.kind is ActionKind.ADD_COLUMN and each.missing_ok for each in syntax.actions)
    return syntax.if_not_exists


def tolerates_absence(syntax: Syntax) -> bool:
    """True for DROP … IF EXISTS and ALTER … IF EXISTS."""
    return syntax.if_exists


@dataclass(frozen=True, slots=True)
class IndexShape:
    """What of an index the catalog can be compared with.

    Attributes:
        columns: key columns, then included ones; "" for an expression.
        keys: how many of them are key columns.
        opaque: it has a condition, an expression or an option, which the catalog writes its own way.
    """

    method: str
    unique: bool
    columns: tuple[str, ...]
    keys: int
    opaque: bool
    partial: bool = False

    @property
    def text(self) -> str:
        """As verify.sql words it: what of it the catalog writes as its author did."""
        names = [spelled(Name(name)) if name else "expression" for name in self.columns]
        more = f" INCLUDE ({', '.join(names[self.keys :])})" if names[self.keys :] else ""
        where = " WHERE" if self.partial else ""
        return f"{'UNIQUE ' * self.unique}{self.method} ({', '.join(names[: self.keys])}){more}{where}"


def index_shape(index: CreateIndex) -> IndexShape:
    """The shape of the index that a CREATE INDEX makes."""
    names = (*(key.name for key in index.keys), *index.including)
    options = any(key.collation or key.opclass or key.ordered for key in index.keys)
    partial = index.where is not None
    opaque = partial or "" in names or options or bool(index.options)
    return IndexShape(index.method, index.unique, names, len(index.keys), opaque, partial)


def keys_of(syntax: Syntax) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Method and named columns of each index that a statement builds for its table."""
    match syntax:
        case CreateIndex():
            shape = index_shape(syntax)
            return ((shape.method, tuple(name for name in shape.columns if name)),)
        case AlterTable(actions=actions):
            added = [each.constraint for each in actions if each.kind is ActionKind.ADD_CONSTRAINT and each.constraint]
            return tuple(
                ("btree", constraint.columns)
                for constraint in added
                if constraint.kind in (ConstraintKind.UNIQUE, ConstraintKind.PRIMARY) and not constraint.index
            )
        case _:
            return ()
