"""What a statement defines, in more detail than `Facts`: columns, keys, constraints, indexes, functions called.

Read off the parse tree when somebody asks (lint does); the line of the release itself has no use for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import postgast
from postgast import pg_query_pb2 as pb

from release.model import Name
from release.sql.read.enums import CONSTRAINT, VARIABLE
from release.sql.read.nested import Sweep, body_calls, calls_in, sweeps_in, texts_in
from release.sql.read.nodes import name_of
from release.sql.read.splitting import split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_KEYS = frozenset({"CONSTR_PRIMARY", "CONSTR_UNIQUE"})
_LONGEST = 63  # NAMEDATALEN - 1 (manual, 4.1.1)
_NAMED = frozenset({*_KEYS, "CONSTR_FOREIGN", "CONSTR_CHECK", "CONSTR_EXCLUSION"})


@dataclass(frozen=True, slots=True)
class ColumnDefinition:
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
    """An index; "" stands for an expression among its columns.

    Attributes:
        partial: it leaves out rows, others than those where its column is NULL.
    """

    name: str
    table: Name
    method: str
    columns: tuple[str, ...]
    calls: tuple[Name, ...]
    partial: bool = False


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
        sweeps: an UPDATE or DELETE of every row.
        reads: an INSERT takes its rows from a query, not from VALUES.
        rows: how many an INSERT writes down.
        calls: functions it calls anywhere, as written; those of a DO block, too.
        texts: the values of its string literals.
        options: what stands in its list of options, by name; the texts of strings, "" for all else.
        file: the program or server file of a COPY; a leading "|" marks a program.
        extension: that ALTER EXTENSION … UPDATE names.
        setting: what SET, or set_config in a SELECT, changes; `local` where only for the transaction.
        system_triggers: it disables triggers of the system's own, which check foreign keys.
    """

    kind: str
    columns: tuple[ColumnDefinition, ...] = ()
    retyped: tuple[ColumnDefinition, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    indexes: tuple[Index, ...] = ()
    routine: Routine | None = None
    cascade: bool = False
    lenient: bool = False
    sweeps: tuple[Sweep, ...] = ()
    reads: bool = False
    rows: int = 0
    calls: tuple[Name, ...] = ()
    texts: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    file: str = ""
    extension: str = ""
    setting: str = ""
    local: bool = False
    system_triggers: bool = False


def definitions_in(text: str) -> Definitions:
    """What the one statement of a text defines.

    Raises:
        SqlError: PostgreSQL cannot parse it.
    """
    pieces = split(text)
    return definitions_of(pieces[0].node) if pieces else Definitions("")


def long_names_in(text: str) -> tuple[str, ...]:
    """Identifiers of a statement that are too long; the parser cuts them, so they are read off its tokens."""
    if not any(len(word.encode()) > _LONGEST for word in text.split()):
        return ()
    data = text.encode()
    words = (data[token.start : token.end] for token in postgast.scan(text).tokens if token.token == pb.IDENT)
    names = (word.strip(b'"').replace(b'""', b'"') for word in words)
    return tuple(dict.fromkeys(name.decode() for name in names if len(name) > _LONGEST))


def definitions_of(node: Any) -> Definitions:
    """What a statement defines, from its node as postgast gives it, unwrapped."""
    kind = type(node).__name__
    columns, retyped, constraints = _of_table(node, kind)
    if kind == "SelectStmt":
        columns = tuple(_geometry_columns(node))
    return Definitions(
        kind,
        columns,
        retyped,
        constraints,
        (_index(node),) if kind == "IndexStmt" else (),
        _routine(node) if kind == "CreateFunctionStmt" else None,
        _cascades(node, kind),
        _is_lenient(node, kind),
        sweeps_in(node),
        kind == "InsertStmt" and not node.select_stmt.select_stmt.values_lists,
        len(node.select_stmt.select_stmt.values_lists) if kind == "InsertStmt" else 0,
        (*calls_in(node), *_calls_of_block(node, kind)),
        (*texts_in(node), *([node.conninfo] if kind == "CreateSubscriptionStmt" else ())),
        _options(node),
        ("|" if node.is_program else "") + node.filename if kind == "CopyStmt" else "",
        node.extname if kind == "AlterExtensionStmt" else "",
        *_setting(node, kind),
        kind == "AlterTableStmt" and any(item.alter_table_cmd.subtype == pb.AT_DisableTrigAll for item in node.cmds),
    )


def _of_table(
    node: Any, kind: str
) -> tuple[tuple[ColumnDefinition, ...], tuple[ColumnDefinition, ...], tuple[Constraint, ...]]:
    columns: list[ColumnDefinition] = []
    retyped: list[ColumnDefinition] = []
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


def _column(node: Any, table: Name, name: str = "", *, added: bool = False) -> ColumnDefinition:
    words = [item.string.sval for item in node.type_name.names]
    kind = Name(words[-1], words[-2] if len(words) > 1 else "") if words else Name("")
    return ColumnDefinition(
        table, name or node.colname, kind, tuple(_modifier(item) for item in node.type_name.typmods), added
    )


def _geometry_columns(node: Any) -> Iterator[ColumnDefinition]:
    """Columns that AddGeometryColumn makes (PostGIS reference): table, column, SRID, type, and more before or after."""
    for call in postgast.find_nodes(node, pb.FuncCall):
        if call.funcname[-1].string.sval.lower() != "addgeometrycolumn":
            continue
        args = [item.a_const for item in call.args]
        at = next((place for place, each in enumerate(args) if each.WhichOneof("val") == "ival"), 0)
        if 2 <= at < len(args) - 1 and all(each.WhichOneof("val") == "sval" for each in (*args[:at], args[at + 1])):
            words = [each.sval.sval for each in args[:at]]
            table = Name(words[-2], words[-3] if at > 2 else "")
            modifiers = (args[at + 1].sval.sval, str(args[at].ival.ival))
            yield ColumnDefinition(table, words[-1], Name("geometry"), modifiers, added=True)


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
        tuple(call for item in (*node.index_params, node.where_clause) for call in calls_in(item)),
        node.HasField("where_clause") and _proven(node.where_clause) not in {each.name for each in elements},
    )


def _routine(node: Any) -> Routine:
    options = {item.def_elem.defname: item.def_elem.arg for item in node.options}
    language = options["language"].string.sval.lower() if "language" in options else "sql"
    calls: list[Name] = []  # those of a body in SQL (RETURN, BEGIN ATOMIC) are bound when it is created
    for item in options["as"].list.items if "as" in options else ():
        calls += body_calls(item.string.sval, language)
    words = [item.string.sval for item in node.funcname]
    fixed = any(
        item.def_elem.defname == "set" and item.def_elem.arg.variable_set_stmt.name == "search_path"
        for item in node.options
    )
    return Routine(Name(words[-1], words[-2] if len(words) > 1 else ""), language, fixed, tuple(calls))


def _calls_of_block(node: Any, kind: str) -> Iterable[Name]:
    bodies = [item.def_elem.arg.string.sval for item in node.args] if kind == "DoStmt" else []
    return [call for body in bodies for call in body_calls(body, "plpgsql")]


def _setting(node: Any, kind: str) -> tuple[str, bool]:
    """What a statement sets, and whether only for its transaction (manual, SET and 9.28.1)."""
    if kind == "VariableSetStmt":
        sets = VARIABLE(node.kind) in {"VAR_SET_VALUE", "VAR_SET_CURRENT"} or node.name == "SESSION CHARACTERISTICS"
        return (node.name if sets else ""), node.is_local
    for call in postgast.find_nodes(node, pb.FuncCall) if kind == "SelectStmt" else ():
        args: list[Any] = list(call.args)
        if call.funcname[-1].string.sval == "set_config" and len(args) == 3:
            return args[0].a_const.sval.sval, args[2].a_const.boolval.boolval
    return "", False


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
