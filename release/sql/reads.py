"""Statements that only read: leaving them out of a script changes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import postgast
from postgast import pg_query_pb2 as pb

from release.sql.volatility import STEADY

if TYPE_CHECKING:
    from google.protobuf.message import Message

_AGGREGATES = frozenset(
    {"count", "sum", "min", "max", "avg", "array_agg", "string_agg", "bool_and", "bool_or", "json_agg", "jsonb_agg"}
    | {"coalesce", "row_number", "rank", "exists", "unnest", "generate_series", "to_regclass", "version"}
)
_CHANGING = (pb.InsertStmt, pb.UpdateStmt, pb.DeleteStmt, pb.MergeStmt, pb.IntoClause, pb.LockingClause)


def only_reads(node: Message) -> bool:
    """Whether a statement is a SELECT or SHOW that changes nothing, locks no row and calls no unknown function."""
    if isinstance(node, pb.VariableShowStmt):
        return True
    if not isinstance(node, pb.SelectStmt):
        return False
    if any(next(iter(postgast.find_nodes(node, kind)), None) is not None for kind in _CHANGING):
        return False
    calls: Any = postgast.find_nodes(node, pb.FuncCall)
    return all(call.funcname[-1].string.sval in STEADY | _AGGREGATES for call in calls)
