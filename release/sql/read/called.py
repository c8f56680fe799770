"""What the server calls the column of an expression (FigureIndexColname in PostgreSQL's parser/parse_target.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import nodes

from release.sql.read.names import words_of
from release.sql.read.numbers import number_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_NULLIF = number_of("AEXPR_NULLIF")
_GREATEST = number_of("IS_GREATEST")
_OTHERWISE_BEFORE = frozenset({"extract"})  # date_part before PostgreSQL 14


def called(node: nodes.AstNode) -> str:
    """The name of an index's column that is an expression; "" where it depends on the version of the server."""
    name, _ = _figure(node)
    return "" if name in _OTHERWISE_BEFORE else name or "expr"


def _figure(node: nodes.AstNode | None) -> tuple[str, int]:
    """A name, and how good it is: 0 none, 1 what gives way to a better one, 2 good."""
    match node:
        case nodes.ColumnRef(fields=fields):
            return _last(words_of(fields))
        case nodes.A_Indirection(arg=inner, indirection=words):
            return _last(words_of(words)) if words_of(words) else _figure(inner)
        case nodes.FuncCall(funcname=words):
            return _last(words_of(words))
        case nodes.A_Expr(kind=kind) if kind == _NULLIF:
            return "nullif", 2
        case nodes.TypeCast(arg=inner, type_name=kind):
            found = _figure(inner)
            return found if found[1] > 1 or kind is None else ((words_of(kind.names) or ("",))[-1], 1)
        case nodes.CollateClause(arg=inner):
            return _figure(inner)
        case nodes.CaseExpr(defresult=inner):
            found = _figure(inner)
            return found if found[1] > 1 else ("case", 1)
        case nodes.A_ArrayExpr():
            return "array", 2
        case nodes.RowExpr():
            return "row", 2
        case nodes.CoalesceExpr():
            return "coalesce", 2
        case nodes.MinMaxExpr(op=kind):
            return "greatest" if kind == _GREATEST else "least", 2
        case nodes.XmlSerialize():
            return "xmlserialize", 2
        case _:
            return "", 0


def _last(words: Sequence[str]) -> tuple[str, int]:
    return (words[-1], 2) if words else ("", 0)
