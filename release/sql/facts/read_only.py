"""Statements that only read: leaving them out of a script changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Any

import postgast
from postgast import pg_query_pb2 as pb

from release.model import Name
from release.sql.locks.forms import RelationPart
from release.sql.locks.queries import find_queries
from release.sql.locks.volatility import STEADY

if TYPE_CHECKING:
    from google.protobuf.message import Message

_AGGREGATES = frozenset(
    {"count", "sum", "min", "max", "avg", "array_agg", "string_agg", "bool_and", "bool_or", "json_agg", "jsonb_agg"}
    | {"coalesce", "row_number", "rank", "exists", "unnest", "generate_series", "to_regclass", "version"}
)
_WRITING = (pb.InsertStmt, pb.UpdateStmt, pb.DeleteStmt, pb.MergeStmt, pb.IntoClause)
_CHANGING = (*_WRITING, pb.LockingClause)


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


@unique
class RowUse(StrEnum):
    READS = "reads"
    CHANGES = "changes"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a statement asks of the database, as far as its text tells.

    Attributes:
        form: READS: it can change something only through a function that it calls; CHANGES: it may change something
            whatever is called; NEITHER: it does nothing to the database that outlives it.
        relations: tables and views whose rows it reads.
        functions: functions that it calls, in lower case; the schema is "" where none is written.
    """

    form: RowUse
    relations: tuple[Name, ...] = ()
    functions: tuple[Name, ...] = ()


_NEITHER = (pb.VariableShowStmt, pb.FetchStmt, pb.ClosePortalStmt, pb.DeallocateStmt)


def reading_of(node: Message) -> Reading:
    """What a statement reads and whether it may change something; functions are for the server to judge."""
    if isinstance(node, _NEITHER):
        return Reading(RowUse.NEITHER)
    relations = dict.fromkeys(
        name
        for found in find_queries(node)
        for part, name in found.parts
        if part in (RelationPart.READ, RelationPart.LOCKED)
    )
    calls: Any = postgast.find_nodes(node, pb.FuncCall)
    functions = dict.fromkeys(_name([word.string.sval for word in call.funcname]) for call in calls)
    return Reading(RowUse.READS if _is_query(node) else RowUse.CHANGES, tuple(relations), tuple(functions))


def _is_query(node: Any) -> bool:
    if isinstance(node, pb.ExplainStmt):
        return not any(option.def_elem.defname == "analyze" for option in node.options)
    if isinstance(node, pb.CopyStmt):
        return not node.is_from and not _changes(node)
    return isinstance(node, pb.SelectStmt | pb.DeclareCursorStmt) and not _changes(node)


def _changes(node: Message) -> bool:
    """Whether rows are written in a WITH, or a table is made with INTO; FOR UPDATE only locks."""
    return any(next(iter(postgast.find_nodes(node, kind)), None) is not None for kind in _WRITING)


def _name(words: list[str]) -> Name:
    return Name(words[-1], words[-2] if len(words) > 1 else "")
