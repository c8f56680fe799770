"""The rows that an INSERT is given, as a query that gives the same ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import postgast
from postgast import nodes
from postgast import pg_query_pb2 as pb

from release.model.syntax import ConstantKind, InsertedRows
from release.sql.read.internals import message_of
from release.sql.read.names import constant_of
from release.sql.read.numbers import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST = 1000  # rows: what is asked is text in a script that somebody reads
_IGNORED = number_of("OVERRIDING_USER_VALUE")


def inserted_rows(node: nodes.InsertStmt) -> InsertedRows | None:
    """None where they are no query by themselves, or what an INSERT makes of their values is not what a query does."""
    select = node.select_stmt
    if not isinstance(select, nodes.SelectStmt) or node.with_clause or node.override == _IGNORED:
        return None
    if any(not isinstance(item, nodes.ResTarget) or item.indirection for item in node.cols):
        return None
    rows = [each.items for each in select.values_lists if isinstance(each, nodes.List)]
    width = len(rows[0]) if rows else _width(select, len(node.cols))
    if not width or len(rows) > _MOST or not all(map(_is_of_one_kind, zip(*rows, strict=False))):
        return None
    tree = pb.ParseResult()
    tree.stmts.add().stmt.select_stmt.CopyFrom(message_of(select))
    try:
        query = postgast.deparse(tree)
    except postgast.PgQueryError:
        return None
    return InsertedRows(query, width, node.on_conflict_clause is not None)


def _width(select: nodes.SelectStmt, named: int) -> int:
    """How many columns a query has; 0 where only a server can tell."""
    while select.larg:
        select = select.larg
    values = [item.val for item in select.target_list if isinstance(item, nodes.ResTarget)]
    starred = any(isinstance(each, nodes.ColumnRef) and isinstance(each.fields[-1], nodes.A_Star) for each in values)
    return named if starred else len(values)


def _is_of_one_kind(values: Sequence[nodes.AstNode]) -> bool:
    """Whether a column of VALUES gets the same values in a query: an INSERT reads each literal as of its own column."""
    if any(isinstance(each, nodes.SetToDefault) for each in values):
        return False
    kinds = {found.kind if (found := constant_of(each)) and not found.cast else None for each in values}
    return ConstantKind.STRING not in kinds or kinds <= {ConstantKind.STRING, ConstantKind.NULL}
