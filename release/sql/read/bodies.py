"""The SQL inside bodies: of LANGUAGE sql functions, and of PL/pgSQL functions and DO blocks.

PL/pgSQL is read by its own parser (libpg_query's `pg_query_parse_plpgsql`), which gives the text of every statement and
expression. It does not take everything: what it refuses has no statements here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import postgast
from postgast import pg_query_pb2 as pb

from release.errors import SqlError
from release.sql.read import quote
from release.sql.read.splitting import split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.sql.read.splitting import ParsedStatement

# What a trigger function knows without declaring it (manual, 41.10); its own parser writes JSON that is none of them.
_TRIGGER = (
    "DECLARE new record; old record; tg_name text; tg_when text; tg_level text; tg_op text; tg_relid oid;"
    " tg_relname text; tg_table_name text; tg_table_schema text; tg_nargs integer; tg_argv text[]; tg_event text;"
    " tg_tag text; BEGIN {} END"
)
_TRIGGERS = frozenset({"trigger", "event_trigger"})
# How the text of an expression is to be read: RawParseMode in PostgreSQL's parser/parser.h.
_STATEMENT, _EXPRESSION = 0, 2
_ASSIGNMENTS = frozenset({3, 4, 5})
_OPENING, _CLOSING = frozenset({pb.ASCII_40, pb.ASCII_91}), frozenset({pb.ASCII_41, pb.ASCII_93})
_ASSIGNS = frozenset({pb.COLON_EQUALS, pb.ASCII_61})


@dataclass(frozen=True, slots=True)
class Body:
    """What a statement holds in a text of its own.

    Attributes:
        pieces: its statements; an expression is one that selects it.
        types: the types of its variables, as written.
        checked: names in it are looked up when the statement runs; else only its syntax is.
    """

    pieces: tuple[ParsedStatement, ...] = ()
    types: tuple[str, ...] = ()
    checked: bool = False


def body_of(node: Any, text: str) -> Body:
    """The body of CREATE FUNCTION, CREATE PROCEDURE or DO; an empty one of any other statement.

    Args:
        node: statement node as postgast gives it, unwrapped.
        text: the statement.
    """
    if not isinstance(node, pb.CreateFunctionStmt | pb.DoStmt):
        return Body()
    language, body = _language_and_body(node)
    try:
        if language == "sql":
            return Body(split(body), checked=True)
        if language == "plpgsql":
            return _plpgsql(node, text, body)
    except (postgast.PgQueryError, SqlError, ValueError):
        pass
    return Body()


def _language_and_body(node: Any) -> tuple[str, str]:
    language, body = ("plpgsql", "") if isinstance(node, pb.DoStmt) else ("sql", "")
    for item in node.args if isinstance(node, pb.DoStmt) else node.options:
        option = item.def_elem
        if option.defname == "language":
            language = option.arg.string.sval.lower()
        elif option.defname == "as":
            words = [option.arg.string.sval, *(each.string.sval for each in option.arg.list.items)]
            body = next((word for word in words if word), "")
    return language, body


def _plpgsql(node: Any, text: str, body: str) -> Body:
    if isinstance(node, pb.CreateFunctionStmt) and node.return_type.names[-1:] and _returns(node) in _TRIGGERS:
        found = _parse_trigger(body)
    else:
        found = postgast.parse_plpgsql(text)
    pieces: list[ParsedStatement] = []
    types: dict[str, None] = {}
    for each in _objects(found):
        if "query" in each and "parseMode" in each:
            pieces += _pieces(each["query"], each["parseMode"])
        if "typname" in each:
            types[each["typname"]] = None
    return Body(tuple(pieces), tuple(types))


def _returns(node: Any) -> str:
    return str(node.return_type.names[-1].string.sval)


def _parse_trigger(body: str) -> Any:
    """The block of a trigger function, inside one that declares what it knows."""
    head = "CREATE FUNCTION f() RETURNS record LANGUAGE plpgsql AS "
    for end in (";", ""):  # a block inside another one ends in a semicolon
        try:
            return postgast.parse_plpgsql(head + quote.literal(_TRIGGER.format(f"{body}\n{end}")))
        except postgast.PgQueryError:
            if not end:
                raise
    return ()


def _objects(found: Any) -> Iterator[dict[str, Any]]:
    if isinstance(found, dict):
        yield found
        found = tuple(found.values())
    if isinstance(found, list | tuple):
        for each in found:
            yield from _objects(each)


def _pieces(query: str, mode: int) -> tuple[ParsedStatement, ...]:
    if mode in _ASSIGNMENTS:
        query, mode = _assigned(query), _EXPRESSION
    if mode == _EXPRESSION:
        query = f"SELECT {query}"
    elif mode != _STATEMENT:
        return ()
    try:
        return split(query)
    except SqlError:
        return ()


def _assigned(text: str) -> str:
    """The value of an assignment: what follows its sign, which brackets of a subscript do not hide."""
    depth = 0
    for token in postgast.scan(text).tokens:
        depth += (token.token in _OPENING) - (token.token in _CLOSING)
        if not depth and token.token in _ASSIGNS:
            return text.encode()[token.end :].decode()
    return "NULL"
