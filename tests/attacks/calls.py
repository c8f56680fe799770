"""What the text of scripts calls: functions, operators, types and relations, by the names that they are looked up by.

Read from the trees of all their statements, of the bodies in them and of the queries that these put together. Whose
text a statement is cannot be seen in a file; what calls are the authors' own, a test has to know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import postgast
from google.protobuf.message import Message
from postgast import nodes
from postgast import pg_query_pb2 as pb

from release.psql.interpolation import variables_in
from release.psql.pieces import Kind, cut
from release.sql.read.bodies import body_text

# Of syntax that is looked up as an operator (transformAExprOp and its like in PostgreSQL's parser/parse_expr.c).
_BETWEEN = (">=", "<=")
_PLACEHOLDER = re.compile(r"%(?:\d+\$)?[-\d]*([sIL%])")  # of format(), manual 9.4.1
_PUT = {"s": "x", "I": "x", "L": "'x'", "%": "%"}


@dataclass(slots=True)
class Calls:
    """Names that are called.

    Attributes:
        functions: with how many arguments.
        relations: as written, unqualified or in pg_catalog.
    """

    functions: set[tuple[str, int]] = field(default_factory=set)
    operators: set[str] = field(default_factory=set)
    types: set[str] = field(default_factory=set)
    relations: set[str] = field(default_factory=set)


def read_calls(scripts: Iterable[Path | str]) -> Calls:
    """Read files of scripts, or their text."""
    calls = Calls()
    for script in scripts:
        text = script.read_text(encoding="utf-8") if isinstance(script, Path) else script
        for piece in cut(text):
            if piece.kind is Kind.STATEMENT:
                _read(_interpolated(piece.text), calls)
    return calls


def _interpolated(text: str) -> str:
    for name, _ in variables_in(text):
        text = text.replace(f":'{name}'", "'x'").replace(f':"{name}"', "x").replace(f":{name}", "'x'")
    return text


def _read(text: str, calls: Calls) -> None:
    try:
        tree = postgast.parse(text)
    except postgast.PgQueryError as error:
        raise AssertionError(f"{error}: {text}") from error
    for _, node in postgast.walk(tree):
        _note(node, calls)
        for query in _inside(node):
            _read(query, calls)


def _note(node: Message, calls: Calls) -> None:
    if isinstance(node, pb.FuncCall):
        calls.functions.add((_words(node.funcname)[-1], len(node.args)))
    elif isinstance(node, pb.A_Expr):
        between = node.kind in {
            pb.AEXPR_BETWEEN,
            pb.AEXPR_NOT_BETWEEN,
            pb.AEXPR_BETWEEN_SYM,
            pb.AEXPR_NOT_BETWEEN_SYM,
        }
        calls.operators.update(_BETWEEN if between else _words(node.name)[-1:])
    elif isinstance(node, pb.SubLink) and node.HasField("testexpr"):
        calls.operators.update(_words(node.oper_name)[-1:] or ("=",))
    elif (isinstance(node, pb.CaseExpr) and node.HasField("arg")) or (
        isinstance(node, pb.JoinExpr) and node.using_clause
    ):
        calls.operators.add("=")
    elif isinstance(node, pb.TypeName):
        words = _words(node.names)
        if len(words) == 1:
            calls.types.add(words[0])
        calls.functions.add((words[-1], 1))  # a cast written as a call
    elif isinstance(node, pb.RangeVar) and node.schemaname in {"", "pg_catalog"}:
        calls.relations.add(node.relname)


def _inside(node: Message) -> Iterator[str]:
    """The queries in a body, and in a text that looks like one."""
    if isinstance(node, pb.DoStmt | pb.CreateFunctionStmt):
        typed = nodes.wrap(node)
        assert isinstance(typed, nodes.DoStmt | nodes.CreateFunctionStmt)
        body = body_text(typed)
        assert not body.opaque, body.opaque
        yield from body.queries
    elif isinstance(node, pb.A_Const) and " " in node.sval.sval.strip():
        text = _PLACEHOLDER.sub(lambda match: _PUT[match[1]], node.sval.sval)
        try:
            postgast.parse(text)
        except postgast.PgQueryError:
            return  # a message
        yield text


def _words(names: Iterable[Message]) -> tuple[str, ...]:
    return tuple(each.string.sval for each in names if isinstance(each, pb.Node))
