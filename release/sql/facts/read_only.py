"""Statements that only read: leaving them out of a script changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from release.model.syntax import (
    ChangeRows,
    CopyRows,
    CreateTableAs,
    ExplainQuery,
    NamedQuery,
    RelationUse,
    Select,
    ShowVariable,
    Use,
)
from release.sql.locks.volatility import STEADY

if TYPE_CHECKING:
    from release.model import Name
    from release.model.syntax import Syntax

_AGGREGATES = frozenset(
    {"count", "sum", "min", "max", "avg", "array_agg", "string_agg", "bool_and", "bool_or", "json_agg", "jsonb_agg"}
    | {"coalesce", "row_number", "rank", "exists", "unnest", "generate_series", "to_regclass", "version"}
)


def only_reads(syntax: Syntax) -> bool:
    """Whether a statement is a SELECT or SHOW that changes nothing, locks no row and calls no unknown function."""
    if isinstance(syntax, ShowVariable):
        return True
    if not isinstance(syntax, Select) or syntax.locks or _changes(syntax):
        return False
    return all(call.name.name in STEADY | _AGGREGATES for call in syntax.contents.calls)


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


_NEITHER = frozenset({"VariableShowStmt", "FetchStmt", "ClosePortalStmt", "DeallocateStmt"})


def reading_of(syntax: Syntax) -> Reading:
    """What a statement reads and whether it may change something; functions are for the server to judge."""
    if syntax.node in _NEITHER:
        return Reading(RowUse.NEITHER)
    if isinstance(syntax, Select | ChangeRows | CreateTableAs | ExplainQuery | NamedQuery):
        uses = [each for each in syntax.contents.uses if isinstance(each, RelationUse)]
        relations = dict.fromkeys(each.relation for each in uses if each.use in (Use.READ, Use.LOCK))
    else:  # what it is done to may hold rows that are read by another name from then on (a partition)
        relations = dict.fromkeys(syntax.contents.relations)
    functions = dict.fromkeys(call.name for call in syntax.contents.calls)
    return Reading(RowUse.READS if _is_query(syntax) else RowUse.CHANGES, tuple(relations), tuple(functions))


def _is_query(syntax: Syntax) -> bool:
    match syntax:
        case ExplainQuery():
            return syntax.option("analyze") is None
        case CopyRows(reads=into):
            return not into and not _changes(syntax)
        case Select() | NamedQuery(cursor=True):
            return not _changes(syntax)
        case _:
            return False


def _changes(syntax: Syntax) -> bool:
    """Whether rows are written in a WITH, or a table is made with INTO; FOR UPDATE only locks."""
    if isinstance(syntax, Select) and syntax.into:
        return True
    return any(isinstance(each, RelationUse) and each.use not in (Use.READ, Use.LOCK) for each in syntax.contents.uses)
