"""The ends of ranges that a statement makes out of columns: the first may not lie behind the second (manual 8.17.6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import postgast
from postgast import nodes
from postgast import pg_query_pb2 as pb

from release.model import Name
from release.sql.read.expressions import walk
from release.sql.read.names import words_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAKERS = frozenset({"int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"})


@dataclass(frozen=True, slots=True)
class RangeEnds:
    """What a row must fulfil so that a range can be made of it.

    Attributes:
        tables: those that the statement names; the columns are of some of them.
        check: expression over the columns, by their names alone.
    """

    tables: tuple[Name, ...]
    check: str


def range_ends(sql: str) -> Iterator[RangeEnds]:
    """The ends of every range of a statement; none where it cannot be parsed: it then does not run either."""
    try:
        tree = postgast.parse(sql)
    except postgast.PgQueryError:
        return
    messages = list(walk(tree))
    tables = tuple(Name(each.relname, each.schemaname) for each in messages if isinstance(each, pb.RangeVar))
    for each in messages:
        if isinstance(each, pb.FuncCall) and len(each.args) >= 2:
            name = words_of(nodes.FuncCall(each).funcname)
            if name and name[-1] in _MAKERS:
                ends = [_expression(argument) for argument in each.args[:2]]
                yield RangeEnds(tables, f"({ends[0]}) <= ({ends[1]})")


def _expression(argument: pb.Node) -> str:
    """An argument as written, with columns by their names alone."""
    query = postgast.parse("SELECT 1")
    target = query.stmts[0].stmt.select_stmt.target_list[0].res_target.val
    target.CopyFrom(argument)
    for each in walk(query):
        if isinstance(each, pb.ColumnRef):
            del each.fields[:-1]
    return str(postgast.deparse(query)).removeprefix("SELECT ")
