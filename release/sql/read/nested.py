"""What stands anywhere inside a statement: texts, calls, and changes of rows in a WITH clause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import postgast
from postgast import pg_query_pb2 as pb

from release.errors import SqlError
from release.model import Name
from release.sql.read.nodes import name_of
from release.sql.read.splitting import split

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAGS = {"UpdateStmt": "UPDATE", "DeleteStmt": "DELETE"}


@dataclass(frozen=True, slots=True)
class Sweep:
    """An UPDATE or DELETE of every row."""

    tag: str
    table: Name


def calls_in(node: Any) -> tuple[Name, ...]:
    """Functions called anywhere, as written."""
    found = []
    for call in postgast.find_nodes(node, pb.FuncCall):
        words = [item.string.sval for item in call.funcname]
        found.append(Name(words[-1], words[-2] if len(words) > 1 else ""))
    return tuple(dict.fromkeys(found))


def body_calls(body: str, language: str) -> Iterable[Name]:
    """Functions that a body calls; of PL/pgSQL, words before a parenthesis, since its statements are no SQL."""
    try:
        if language == "sql":
            return [call for piece in split(body) for call in calls_in(piece.node)]
        tokens = list(postgast.scan(body).tokens)
    except (postgast.PgQueryError, SqlError, ValueError):
        return []
    data = body.encode()
    words = [data[token.start : token.end].decode() for token in tokens] + [""]
    return [
        Name(word.lower(), words[at - 2].lower() if at > 1 and words[at - 1] == "." else "")
        for at, word in enumerate(words[:-1])
        if words[at + 1] == "("
    ]


def texts_in(node: Any) -> tuple[str, ...]:
    """The value of every string literal."""
    constants = postgast.find_nodes(node, pb.A_Const)
    return tuple(dict.fromkeys(each.sval.sval for each in constants if each.WhichOneof("val") == "sval"))


def sweeps_in(node: Any) -> tuple[Sweep, ...]:
    """Changes of every row: no WHERE, or one that is always true; those of a WITH clause, too."""
    found = []
    for kind in (pb.UpdateStmt, pb.DeleteStmt):
        for each in postgast.find_nodes(node, kind):
            change: Any = each
            if not change.HasField("where_clause") or _is_always_true(change.where_clause):
                found.append(Sweep(_TAGS[kind.__name__], name_of(change.relation)))
    return tuple(found)


def _is_always_true(condition: Any) -> bool:
    """`true`, or two constants of which both are the same: `1 = 1`."""
    kind = condition.WhichOneof("node")
    if kind == "a_const":
        return bool(condition.a_const.boolval.boolval)
    if kind != "a_expr" or [word.string.sval for word in condition.a_expr.name] != ["="]:
        return False
    sides = (condition.a_expr.lexpr, condition.a_expr.rexpr)
    return all(side.WhichOneof("node") == "a_const" for side in sides) and _value(sides[0]) == _value(sides[1])


def _value(side: Any) -> tuple[str | None, int, str]:
    constant = side.a_const
    return constant.WhichOneof("val"), constant.ival.ival, constant.sval.sval
