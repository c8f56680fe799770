"""What a statement is spared, and what need not be said of it, by what the ledger knows of columns and constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Name, Object
from release.model.syntax import ActionKind, AlterTable, ConstraintKind, ConstraintSpec, CreateIndex
from release.sql.locks.effects import note_of

if TYPE_CHECKING:
    from release.model.syntax import AlterAction
    from release.plan.inventory import Thing
    from release.plan.ledger import LedgerStep

_ON_CONSTRAINT = frozenset({ActionKind.VALIDATE_CONSTRAINT, ActionKind.DROP_CONSTRAINT, ActionKind.ALTER_CONSTRAINT})
_ON_COLUMN = frozenset({ActionKind.DROP_COLUMN, ActionKind.ALTER_COLUMN_TYPE})
_NO_KEYS = frozenset({ConstraintKind.CHECK, ConstraintKind.EXCLUSION})
# what scans a table whatever else is known
_SCANS = frozenset(
    {ActionKind.ADD_COLUMN, ActionKind.VALIDATE_CONSTRAINT, ActionKind.ATTACH_PARTITION, ActionKind.ALTER_COLUMN_TYPE}
)


def spares_scan(step: LedgerStep) -> bool:
    """Whether a statement that would scan its table for NULL need not: its columns are NOT NULL, or proven to be.

    A validated CHECK (column IS NOT NULL) proves it (manual, ALTER TABLE, SET NOT NULL).
    """
    syntax = step.statement.syntax
    if not isinstance(syntax, AlterTable) or any(each.kind in _SCANS for each in syntax.actions):
        return False
    table = syntax.relation.name
    columns: list[str] = []
    for action in syntax.actions:
        constraint = action.constraint
        if action.kind is ActionKind.SET_NOT_NULL:
            columns.append(action.name)
        elif action.kind is ActionKind.ADD_CONSTRAINT and constraint and constraint.kind is ConstraintKind.PRIMARY:
            columns += _of_key(step, table, constraint) or [""]
        elif action.kind is ActionKind.ADD_CONSTRAINT and not (constraint and constraint.not_valid):
            return False
    return bool(columns) and all(_is_not_null(step, table, each) for each in columns)


def note_on(step: LedgerStep) -> str:
    """What a reader should know of a statement's form, without what is said of foreign keys where there are none."""
    syntax = step.statement.syntax
    if not step.statement.facts.note or not isinstance(syntax, AlterTable):
        return step.statement.facts.note
    keys = any(may_be_of_keys(step, syntax.relation.name, each) for each in syntax.actions)
    return note_of(syntax, keys=keys)


def _of_key(step: LedgerStep, table: Name, constraint: ConstraintSpec) -> list[str]:
    if not constraint.index:
        return list(constraint.columns)
    index = _find(step, Object("index", Name(constraint.index, step.at(table).schema)))
    made_by = index.made_by if index else None
    return [each.name for each in made_by.keys] if isinstance(made_by, CreateIndex) else []


def holds_not_null(step: LedgerStep, table: Name, column: str) -> bool:
    """Whether no new row of a table has NULL in a column; old ones may (CHECK … NOT VALID)."""
    return _is_not_null(step, table, column, proven=False)


def _is_not_null(step: LedgerStep, table: Name, column: str, *, proven: bool = True) -> bool:
    found = _find(step, Object("column", Name(column), table))
    if found and found.is_firm(step.moment):
        return True
    owner = found.table if found else None
    return owner is not None and any(
        isinstance(each.made_by, ConstraintSpec)
        and each.made_by.expression is not None
        and each.made_by.expression.not_null
        and each.made_by.enforced
        and each.columns == (column,)
        and not each.made_by.no_inherit
        and each.is_there(step.moment)
        and (each.is_firm(step.moment) or not proven)
        for each in owner.holds
        if each.kind == "constraint"
    )


def may_be_of_keys(step: LedgerStep, table: Name, action: AlterAction) -> bool:
    """Whether an action may have to do with a foreign key, and so with another table."""
    if action.kind in _ON_CONSTRAINT:
        found = _find(step, Object("constraint", Name(action.name), table))
        return not (found and isinstance(found.made_by, ConstraintSpec) and found.made_by.kind in _NO_KEYS)
    if action.kind in _ON_COLUMN:
        column = _find(step, Object("column", Name(action.name), table))
        if column is None or column.table is None or column.since < 0:
            return True
        name, moment = column.name.name, step.moment
        own = any(each.target and name in each.columns and each.is_there(moment) for each in column.table.holds)
        return own or any(name in each.target_columns and each.is_there(moment) for each in column.table.referrers)
    return False


def _find(step: LedgerStep, thing: Object) -> Thing | None:
    return step.ledger.inventory.find(step.whole(thing), step.moment)
