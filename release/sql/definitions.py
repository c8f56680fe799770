"""What a statement defines, in more detail than `Facts`: columns, keys, constraints, indexes, functions called.

Read off the parse tree when somebody asks (lint does); the line of the release itself has no use for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import postgast
from postgast import pg_query_pb2 as pb

from release.model import Name
from release.sql.hit import name_of
from release.sql.names import CONSTRAINT, VARIABLE
from release.sql.split import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_KEYS = frozenset({"CONSTR_PRIMARY", "CONSTR_UNIQUE"})
_LONGEST = 63  # NAMEDATALEN - 1 (manual, 4.1.1)
_NAMED = frozenset({*_KEYS, "CONSTR_FOREIGN", "CONSTR_CHECK", "CONSTR_EXCLUSION"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column that a statement creates, or whose type it changes."""

    table: Name
    name: str
    type: Name
    modifiers: tuple[str, ...] = ()
    added: bool = False
    """By ALTER TABLE … ADD COLUMN."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """A table constraint.

    Attributes:
        kind: PostgreSQL's word for it, e.g. "FOREIGN", "PRIMARY", "UNIQUE", "CHECK".
        name: "" where the author leaves the name to the server.
        target: the table that a foreign key refers to.
        proves: the column that a CHECK (column IS NOT NULL) keeps from being NULL.
        index: the index that USING INDEX makes its own.
    """

    table: Name
    kind: str
    name: str
    columns: tuple[str, ...]
    target: Name | None = None
    proves: str = ""
    index: str = ""


@dataclass(frozen=True, slots=True)
class Index:
    """An index; "" stands for an expression among its columns."""

    name: str
    table: Name
    method: str
    columns: tuple[str, ...]
    calls: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Routine:
    """A function or procedure, and what its SQL body calls where that can be told."""

    name: Name
    language: str
    fixed_path: bool
    calls: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class Definitions:
    """What one statement defines.

    Attributes:
        kind: name of its node type, e.g. "AlterRoleStmt".
        retyped: columns whose type it changes.
        cascade, lenient: it says CASCADE, IF EXISTS.
        narrowed: an UPDATE or DELETE has a WHERE clause.
        reads: an INSERT takes its rows from a query, not from VALUES.
        calls: functions it calls anywhere, as written.
        options: what stands in its list of options, by name; the texts of strings, "" for all else.
        file: the program or server file of a COPY; a leading "|" marks a program.
        extension: that ALTER EXTENSION … UPDATE names.
        setting: what SET changes; `local` where SET LOCAL.
    """

    kind: str
    columns: tuple[Column, ...] = ()
    retyped: tuple[Column, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    routine: Routine | None = None
    cascade: bool = False
    lenient: bool = False
    narrowed: bool = True
    reads: bool = False
    calls: tuple[Name, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    file: str = ""
    extension: str = ""
    setting: str = ""
    local: bool = False


def definitions_in(text: str) -> Definitions:
    """What the one statement of a text defines.

    Raises:
        SqlError: PostgreSQL cannot parse it.
    """
    pieces = split(text)
    return definitions_of(pieces[0].node) if pieces else Definitions("")


def long_names_in(text: str) -> tuple[str, ...]:
    """Identifiers of a statement that are too long; the parser cuts them, so they are read off its tokens."""
    if not any(len(word) > _LONGEST for word in text.split()):
        return ()
    data = text.encode()
    words = (data[token.start : token.end] for token in postgast.scan(text).tokens if token.token == pb.IDENT)
    names = (word.strip(b'"').replace(b'""', b'"') for word in words)
    return tuple(dict.fromkeys(name.decode() for name in names if len(name) > _LONGEST))


def definitions_of(node: Any) -> Definitions:
    """What a statement defines, from its node as postgast gives it, unwrapped."""
    kind = type(node).__name__
    columns, retyped, constraints = _of_table(node, kind)
    return Definitions(
        kind,
        columns,
        retyped,
        constraints,
        (_index(node),) if kind == "IndexStmt" else (),
        _routine(node) if kind == "CreateFunctionStmt" else None,
        _cascades(node, kind),
        _is_lenient(node, kind),
        kind not in {"UpdateStmt", "DeleteStmt"} or node.HasField("where_clause"),
        kind == "InsertStmt" and not node.select_stmt.select_stmt.values_lists,
        _calls(node),
        _options(node),
        ("|" if node.is_program else "") + node.filename if kind == "CopyStmt" else "",
        node.extname if kind == "AlterExtensionStmt" else "",
        node.name if kind == "VariableSetStmt" and _sets(node) else "",
        kind == "VariableSetStmt" and node.is_local,
    )


def _of_table(node: Any, kind: str) -> tuple[tuple[Column, ...], tuple[Column, ...], tuple[Constraint, ...]]:
    columns: list[Column] = []
    retyped: list[Column] = []
    constraints: list[Constraint] = []
    if kind == "CreateStmt":
        table = name_of(node.relation)
        for item in node.table_elts:
            if item.WhichOneof("node") == "column_def":
                columns.append(_column(item.column_def, table))
                constraints += _own_constraints(item.column_def, table)
            elif item.WhichOneof("node") == "constraint":
                constraints.append(_constraint(item.constraint, table))
    elif kind == "AlterTableStmt":
        table = name_of(node.relation)
        for item in node.cmds:
            command = item.alter_table_cmd
            definition = getattr(command, "def")
            if command.subtype == pb.AT_AddColumn:
                columns.append(_column(definition.column_def, table, added=True))
                constraints += _own_constraints(definition.column_def, table)
            elif command.subtype == pb.AT_AlterColumnType:
                retyped.append(_column(definition.column_def, table, command.name))
            elif command.subtype == pb.AT_AddConstraint:
                constraints.append(_constraint(definition.constraint, table))
    return tuple(columns), tuple(retyped), tuple(constraints)


def _column(node: Any, table: Name, name: str = "", *, added: bool = False) -> Column:
    words = [item.string.sval for item in node.type_name.names]
    kind = Name(words[-1], words[-2] if len(words) > 1 else "") if words else Name("")
    return Column(table, name or node.colname, kind, tuple(_modifier(item) for item in node.type_name.typmods), added)


def _modifier(item: Any) -> str:
    if item.WhichOneof("node") == "column_ref":
        return ".".join(field.string.sval for field in item.column_ref.fields)
    constant = item.a_const
    return str(constant.ival.ival) if constant.WhichOneof("val") == "ival" else constant.sval.sval


def _own_constraints(column: Any, table: Name) -> Iterator[Constraint]:
    for item in column.constraints:
        if CONSTRAINT(item.constraint.contype) in _NAMED:
            yield _constraint(item.constraint, table, column.colname)


def _constraint(node: Any, table: Name, column: str = "") -> Constraint:
    kind = CONSTRAINT(node.contype)
    names = node.fk_attrs if kind == "CONSTR_FOREIGN" else node.keys
    return Constraint(
        table,
        kind.removeprefix("CONSTR_"),
        node.conname,
        (column,) if column else tuple(item.string.sval for item in names),
        name_of(node.pktable) if kind == "CONSTR_FOREIGN" else None,
        _proven(node.raw_expr) if kind == "CONSTR_CHECK" else "",
        node.indexname,
    )


def _proven(expression: Any) -> str:
    test = expression.null_test
    if expression.WhichOneof("node") == "null_test" and test.nulltesttype == pb.IS_NOT_NULL:
        fields = test.arg.column_ref.fields
        return str(fields[-1].string.sval) if fields else ""
    return ""


def _index(node: Any) -> Index:
    elements = [item.index_elem for item in node.index_params]
    return Index(
        node.idxname,
        name_of(node.relation),
        node.access_method,
        tuple(element.name for element in elements),
        tuple(call for item in (*node.index_params, node.where_clause) for call in _calls(item)),
    )


def _routine(node: Any) -> Routine:
    options = {item.def_elem.defname: item.def_elem.arg for item in node.options}
    language = options["language"].string.sval.lower() if "language" in options else "sql"
    calls = list(_calls(node.sql_body))
    for item in options["as"].list.items if "as" in options else ():
        calls += _body_calls(item.string.sval, language)
    words = [item.string.sval for item in node.funcname]
    fixed = any(
        item.def_elem.defname == "set" and item.def_elem.arg.variable_set_stmt.name == "search_path"
        for item in node.options
    )
    return Routine(Name(words[-1], words[-2] if len(words) > 1 else ""), language, fixed, tuple(calls))


def _body_calls(body: str, language: str) -> Iterable[Name]:
    """Functions that a body calls; of PL/pgSQL, words before a parenthesis, since its statements are no SQL."""
    try:
        if language == "sql":
            return [call for piece in split(body) for call in _calls(piece.node)]
        tokens = list(postgast.scan(body).tokens)
    except (postgast.PgQueryError, ValueError):
        return []
    data = body.encode()
    words = [data[token.start : token.end].decode() for token in tokens] + [""]
    return [
        Name(word.lower(), words[at - 2].lower() if at > 1 and words[at - 1] == "." else "")
        for at, word in enumerate(words[:-1])
        if words[at + 1] == "("
    ]


def _calls(node: Any) -> tuple[Name, ...]:
    found = []
    for call in postgast.find_nodes(node, pb.FuncCall):
        words = [item.string.sval for item in call.funcname]
        found.append(Name(words[-1], words[-2] if len(words) > 1 else ""))
    return tuple(dict.fromkeys(found))


def _sets(node: Any) -> bool:
    kind = VARIABLE(node.kind)
    return kind in {"VAR_SET_VALUE", "VAR_SET_CURRENT"} or node.name == "SESSION CHARACTERISTICS"


def _cascades(node: Any, kind: str) -> bool:
    if kind == "AlterTableStmt":
        return any(item.alter_table_cmd.behavior == pb.DROP_CASCADE for item in node.cmds)
    return kind in {"DropStmt", "DropOwnedStmt", "TruncateStmt"} and node.behavior == pb.DROP_CASCADE


def _is_lenient(node: Any, kind: str) -> bool:
    if kind == "AlterTableStmt":
        return any(item.alter_table_cmd.missing_ok for item in node.cmds)
    return kind == "DropStmt" and node.missing_ok


def _options(node: Any) -> tuple[tuple[str, str], ...]:
    fields = {field.name: field for field, _ in node.ListFields()}
    if "options" not in fields or not fields["options"].is_repeated:
        return ()  # of LIKE and others it is a number
    found = []
    for item in node.options:
        if item.WhichOneof("node") == "def_elem":
            arg = item.def_elem.arg
            found.append((item.def_elem.defname, arg.string.sval if arg.WhichOneof("node") == "string" else ""))
    return tuple(found)
