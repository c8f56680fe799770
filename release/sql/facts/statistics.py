"""Statements that leave the planner knowing too little of a table (manual 25.1.3; ALTER TABLE, "Notes")."""

from __future__ import annotations

from typing import Any

from release.sql.read.enums import OBJECT, SUBCOMMAND
from release.sql.read.splitting import tree

_ROWS = frozenset({"UpdateStmt", "MergeStmt"})
_FILLED = frozenset({"CreateTableAsStmt", "RefreshMatViewStmt"})


def outdates_statistics(text: str) -> bool:
    """Whether a statement changes many rows, or makes something whose distribution nobody has counted.

    Those are: an UPDATE, MERGE or INSERT of a query, a table filled by a query, a column of another type, extended
    statistics, an index on an expression. An INSERT of rows that stand in the statement is left to autovacuum.
    """
    node: Any = tree(text)
    kind = type(node).__name__
    if kind in _ROWS or kind == "CreateStatsStmt":
        return True
    if kind == "InsertStmt":
        return bool(node.HasField("select_stmt") and not node.select_stmt.select_stmt.values_lists)
    if kind in _FILLED:
        return not (node.skip_data if kind == "RefreshMatViewStmt" else node.into.skip_data)
    if kind == "IndexStmt":
        return any(item.index_elem.HasField("expr") for item in node.index_params)
    if kind == "AlterTableStmt" and OBJECT(node.objtype) == "OBJECT_TABLE":
        return any(SUBCOMMAND(item.alter_table_cmd.subtype) == "AT_AlterColumnType" for item in node.cmds)
    return False
