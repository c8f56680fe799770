"""The SQL inside bodies: of LANGUAGE sql functions, and of PL/pgSQL functions, procedures and DO blocks.

PL/pgSQL is read by its own parser (libpg_query's `pg_query_parse_plpgsql`), which gives the text of every statement and
expression. It fails at headers that a server takes (a column's type, an array of a type that it does not know,
VARIADIC), and writes JSON that is none for triggers; so it always gets a header of ours, with the same names in it.
What it does not take is opaque, and why is said; nothing is taken for empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import postgast
from postgast import nodes
from postgast import pg_query_pb2 as pb

from release.model.syntax import ParameterMode, TypeName
from release.sql.read import quote
from release.sql.read.declarations import PlainBody, plain_body
from release.sql.read.names import options_of, type_of, words_of
from release.sql.read.numbers import parameter_mode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# What trigger functions know without declaring it (manual, 41.10).
_TRIGGER = (
    "new record, old record, tg_name text, tg_when text, tg_level text, tg_op text, tg_relid text, tg_relname text,"
    " tg_table_name text, tg_table_schema text, tg_nargs text, tg_argv text"
)
_EVENT_TRIGGER = "tg_event text, tg_tag text"
# How the text of an expression is to be read: RawParseMode in PostgreSQL's parser/parser.h.
_STATEMENT, _EXPRESSION = 0, 2
_ASSIGNMENTS = frozenset({3, 4, 5})
_OPENING, _CLOSING = frozenset({pb.ASCII_40, pb.ASCII_91}), frozenset({pb.ASCII_41, pb.ASCII_93})
_SUBSCRIPT = pb.ASCII_91
_ASSIGNS = frozenset({pb.COLON_EQUALS, pb.ASCII_61})
_DYNAMIC = frozenset({"PLpgSQL_stmt_dynexecute", "PLpgSQL_stmt_dynfors", "dynquery"})
_ENDS = frozenset({"PLpgSQL_stmt_commit", "PLpgSQL_stmt_rollback"})
_PLACES = {"body": 1, "exceptions": 2}  # what a loop goes over stands before its body
_MODES = {ParameterMode.OUT: "OUT ", ParameterMode.INOUT: "INOUT "}


@dataclass(frozen=True, slots=True)
class BodyText:
    """The SQL of a body, as text.

    Attributes:
        language: lower case.
        queries: its statements, and its expressions as the SELECT of them; of LANGUAGE sql all of them in one text.
        types, dynamic, commits, opaque: see `release.model.syntax.Body`.
    """

    language: str
    queries: tuple[str, ...] = ()
    types: tuple[TypeName, ...] = ()
    dynamic: bool = False
    commits: bool = False
    opaque: str = ""


def body_text(node: nodes.CreateFunctionStmt | nodes.DoStmt) -> BodyText:
    """The body of CREATE FUNCTION, CREATE PROCEDURE or DO."""
    language, body = _language_and_body(node)
    if language == "sql":
        return BodyText(language, (body,) if body else ())
    if language != "plpgsql":
        return BodyText(language, opaque=f"it is written in {language}")
    try:
        plain = plain_body(body)
        found = postgast.parse_plpgsql(_header(node, plain) + quote.literal(plain.text))
        objects = list(_objects(found))
        queries = [f"SELECT {default}" for default in plain.defaults]
        for each in objects:
            query, mode = each.get("query"), each.get("parseMode")
            if isinstance(query, str) and isinstance(mode, int):
                queries += _as_statements(query, mode)
        types = _types(plain.types)
    except postgast.PgQueryError as error:
        return BodyText(language, opaque=f"the parser of PL/pgSQL says: {error.message}")
    except ValueError as error:  # JSON that is none
        return BodyText(language, opaque=f"the parser of PL/pgSQL gives no tree: {error}")
    except RecursionError:
        return BodyText(language, opaque="it is nested too deeply")
    keys = {key for each in objects for key in each}
    if "action" not in keys:
        return BodyText(language, opaque="the parser of PL/pgSQL gives no tree")
    return BodyText(language, tuple(queries), types, bool(keys & _DYNAMIC), bool(keys & _ENDS))


def _language_and_body(node: nodes.CreateFunctionStmt | nodes.DoStmt) -> tuple[str, str]:
    block = isinstance(node, nodes.DoStmt)
    language, body = ("plpgsql", "") if block else ("sql", "")
    for option in options_of(node.args if isinstance(node, nodes.DoStmt) else node.options):
        if option.name == "language":
            language = (option.value or "").lower()
        elif option.name == "as":
            words = option.words or (option.value or "",)
            body = next((word for word in words if word), "")
    return language, body


def _header(node: nodes.CreateFunctionStmt | nodes.DoStmt, plain: PlainBody) -> str:
    """What stands before the text of a body: the names that are known in it, with types that the parser takes."""
    if isinstance(node, nodes.DoStmt):
        return "DO LANGUAGE plpgsql "
    name = quote.identifier((words_of(node.funcname) or ("f",))[-1])
    returned = type_of(node.return_type)
    result = returned.name.name if returned else ""
    if result in {"trigger", "event_trigger"}:
        known, given = (_TRIGGER, "record") if result == "trigger" else (_EVENT_TRIGGER, "void")
        return f"CREATE FUNCTION {name}({known}) RETURNS {given} LANGUAGE plpgsql AS "
    parameters = [item for item in node.parameters if isinstance(item, nodes.FunctionParameter)]
    modes = [parameter_mode(each.mode) for each in parameters]
    types = [_stand_in(each, plain) for each in parameters]
    told = [
        f"{_MODES.get(mode, '')}{quote.identifier(each.name)} {given}" if each.name else given
        for each, mode, given in zip(parameters, modes, types, strict=True)
    ]
    table = [text for text, mode in zip(told, modes, strict=True) if mode is ParameterMode.TABLE]
    listed = ", ".join(text for text, mode in zip(told, modes, strict=True) if mode is not ParameterMode.TABLE)
    if node.is_procedure:
        return f"CREATE PROCEDURE {name}({listed}) LANGUAGE plpgsql AS "
    several = "SETOF " if returned and returned.setof else ""
    if table:
        gives = f"RETURNS TABLE ({', '.join(table)})"
    elif outputs := [given for given, mode in zip(types, modes, strict=True) if mode in _MODES]:
        gives = f"RETURNS SETOF {outputs[0] if len(outputs) == 1 else 'record'}" if several else ""
    else:
        gives = f"RETURNS {several}{'void' if result == 'void' else 'text'}"
    return f"CREATE FUNCTION {name}({listed}) {gives} LANGUAGE plpgsql AS "


def _stand_in(node: nodes.FunctionParameter, plain: PlainBody) -> str:
    found = type_of(node.arg_type)
    return plain.stand_in(node.name, found.name.name if found and not found.array else "")


def _types(written: Iterable[str]) -> tuple[TypeName, ...]:
    """Types as they are read in the header of a function, where those of columns may stand; a row type is its table."""
    names = [_without_rowtype(each) for each in written]
    if not names:
        return ()
    tree = nodes.wrap(postgast.parse(f"CREATE FUNCTION f({', '.join(names)})"))
    match tree:
        case nodes.ParseResult(stmts=[nodes.RawStmt(stmt=nodes.CreateFunctionStmt(parameters=parameters))]):
            types = [type_of(item.arg_type) for item in parameters if isinstance(item, nodes.FunctionParameter)]
            return tuple(dict.fromkeys(each for each in types if each))
        case _:
            return ()


def _without_rowtype(written: str) -> str:
    """A type as written, without %ROWTYPE."""
    head, sign, word = written.rpartition("%")
    return head if sign and word.strip().lower() == "rowtype" else written


def _objects(found: object) -> Iterator[dict[str, object]]:
    if isinstance(found, dict):
        yield found
        inside = sorted(found, key=_place) if "body" in found else found
        found = [found[key] for key in inside]
    if isinstance(found, list):
        for each in found:
            if isinstance(each, dict | list):
                yield from _objects(each)


def _place(key: str) -> int:
    return _PLACES.get(key, 0)


def _as_statements(query: str, mode: int) -> tuple[str, ...]:
    """The text of an expression, as the statements that it can be read as."""
    if mode in _ASSIGNMENTS:
        return tuple(f"SELECT {each}" for each in _assigned(query))
    if mode == _EXPRESSION:
        return (f"SELECT {query}",)
    return (query,) if mode == _STATEMENT else ()


def _assigned(text: str) -> tuple[str, ...]:
    """The value of an assignment: what follows its sign, which brackets do not hide; its target, if it has brackets."""
    depth, subscripts, data = 0, False, text.encode()
    for token in postgast.scan(text).tokens:
        depth += (token.token in _OPENING) - (token.token in _CLOSING)
        subscripts = subscripts or token.token == _SUBSCRIPT
        if not depth and token.token in _ASSIGNS:
            target = data[: token.start].decode().strip()
            return (data[token.end :].decode().strip(), *((target,) if subscripts else ()))
    return ()
