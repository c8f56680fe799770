"""Statements that leave the planner knowing too little of a table (manual 25.1.3; ALTER TABLE, "Notes")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model.syntax import (
    ActionKind,
    AlterTable,
    ChangeRows,
    CreateIndex,
    CreateStatistics,
    CreateTableAs,
    ObjectKind,
    RefreshView,
    Use,
)

if TYPE_CHECKING:
    from release.model.syntax import Syntax


def outdates_statistics(syntax: Syntax) -> bool:
    """Whether a statement changes many rows, or makes something whose distribution nobody has counted.

    Those are: an UPDATE, MERGE or INSERT of a query, a table filled by a query, a column of another type, extended
    statistics, an index on an expression. An INSERT of rows that stand in the statement is left to autovacuum.
    """
    match syntax:
        case ChangeRows(use=Use.UPDATE | Use.MERGE) | CreateStatistics():
            return True
        case ChangeRows(use=Use.INSERT, from_query=from_query):
            return from_query
        case CreateTableAs(with_data=with_data) | RefreshView(with_data=with_data):
            return with_data
        case CreateIndex(keys=keys):
            return any(key.expression for key in keys)
        case AlterTable(kind=ObjectKind.TABLE, actions=actions):
            return any(action.kind is ActionKind.ALTER_COLUMN_TYPE for action in actions)
        case _:
            return False
