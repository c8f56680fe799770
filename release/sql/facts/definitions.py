"""What a statement defines, in more detail than `Facts`: columns, keys, constraints, indexes, functions called.

Read off the parse tree when somebody asks (lint does); the line of the release itself has no use for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Name
from release.model.syntax import (
    ActionKind,
    AlterTable,
    ChangeRows,
    ColumnSpec,
    ConstantKind,
    ConstraintKind,
    CopyRows,
    CreateIndex,
    CreateRoutine,
    CreateTable,
    DoBlock,
    DropObjects,
    DropOwned,
    NamedObject,
    RelationUse,
    Select,
    SetVariable,
    SubscriptionStatement,
    TruncateTables,
    Use,
    VariableKind,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model.syntax import ConstraintSpec, Syntax

_NAMED = frozenset(
    {
        ConstraintKind.CHECK,
        ConstraintKind.EXCLUSION,
        ConstraintKind.FOREIGN,
        ConstraintKind.PRIMARY,
        ConstraintKind.UNIQUE,
    }
)
_TAGS = {Use.UPDATE: "UPDATE", Use.DELETE: "DELETE"}


@dataclass(frozen=True, slots=True)
class Sweep:
    """An UPDATE or DELETE of every row."""

    tag: str
    table: Name


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


def definitions_of(syntax: Syntax) -> Definitions:
    """What a statement defines."""
    columns, retyped, constraints = _of_table(syntax)
    setting, local = _setting(syntax)
    change = syntax if isinstance(syntax, ChangeRows) else None
    return Definitions(
        kind=syntax.node,
        columns=tuple(_geometry_columns(syntax)) if isinstance(syntax, Select) else columns,
        retyped=retyped,
        constraints=constraints,
        indexes=(_index(syntax),) if isinstance(syntax, CreateIndex) else (),
        routine=_routine(syntax) if isinstance(syntax, CreateRoutine) else None,
        cascade=_cascades(syntax),
        lenient=_is_lenient(syntax),
        sweeps=tuple(_sweeps(syntax)),
        reads=change is not None and change.from_query,
        rows=change.rows if change else 0,
        calls=tuple(dict.fromkeys((*_calls(syntax), *_calls_of_block(syntax)))),
        texts=(*syntax.contents.strings, *_conninfo(syntax)),
        options=tuple((each.name, each.value or "" if each.string else "") for each in syntax.options),
        file=syntax.file if isinstance(syntax, CopyRows) else "",
        extension=syntax.name if isinstance(syntax, NamedObject) and syntax.node == "AlterExtensionStmt" else "",
        setting=setting,
        local=local,
        system_triggers=isinstance(syntax, AlterTable)
        and any(each.kind is ActionKind.DISABLE_TRIG_ALL for each in syntax.actions),
    )


def _calls(syntax: Syntax) -> tuple[Name, ...]:
    return tuple(dict.fromkeys(call.name for call in syntax.contents.calls))


def _conninfo(syntax: Syntax) -> tuple[str, ...]:
    return (syntax.conninfo,) if isinstance(syntax, SubscriptionStatement) and syntax.conninfo else ()


def _sweeps(syntax: Syntax) -> Iterator[Sweep]:
    for each in syntax.contents.uses:
        if isinstance(each, RelationUse) and each.every:
            yield Sweep(_TAGS[each.use], each.relation)


def _of_table(
    syntax: Syntax,
) -> tuple[tuple[ColumnDefinition, ...], tuple[ColumnDefinition, ...], tuple[Constraint, ...]]:
    columns: list[ColumnDefinition] = []
    retyped: list[ColumnDefinition] = []
    constraints: list[Constraint] = []
    if isinstance(syntax, CreateTable):
        for element in syntax.elements:
            if isinstance(element, ColumnSpec):
                columns.append(_column(element, syntax.name, element.name))
                constraints += _own_constraints(element, syntax.name)
            else:
                constraints.append(_constraint(element, syntax.name))
    elif isinstance(syntax, AlterTable):
        table = syntax.relation.name
        for action in syntax.actions:
            if action.kind is ActionKind.ADD_COLUMN and action.column:
                columns.append(_column(action.column, table, action.column.name, added=True))
                constraints += _own_constraints(action.column, table)
            elif action.kind is ActionKind.ALTER_COLUMN_TYPE and action.column:
                retyped.append(_column(action.column, table, action.name))
            elif action.kind is ActionKind.ADD_CONSTRAINT and action.constraint:
                constraints.append(_constraint(action.constraint, table))
    return tuple(columns), tuple(retyped), tuple(constraints)


def _column(column: ColumnSpec, table: Name, name: str, *, added: bool = False) -> ColumnDefinition:
    if column.type is None:
        return ColumnDefinition(table, name, Name(""), (), added)
    kind = Name(column.type.name.name, "pg_catalog") if column.type.builtin else column.type.name
    return ColumnDefinition(table, name, kind, column.type.modifiers, added)


def _geometry_columns(syntax: Syntax) -> Iterator[ColumnDefinition]:
    """Columns that AddGeometryColumn makes (PostGIS reference): table, column, SRID, type, and more before or after."""
    for call in syntax.contents.calls:
        if call.name.name.lower() != "addgeometrycolumn":
            continue
        constants = [each.constant for each in call.arguments]
        kinds = [each.kind if each else ConstantKind.NULL for each in constants]
        texts = [each.text if each else "" for each in constants]
        at = kinds.index(ConstantKind.INTEGER) if ConstantKind.INTEGER in kinds else 0
        if 2 <= at < len(kinds) - 1 and {*kinds[:at], kinds[at + 1]} == {ConstantKind.STRING}:
            table = Name(texts[at - 2], texts[at - 3] if at > 2 else "")
            yield ColumnDefinition(table, texts[at - 1], Name("geometry"), (texts[at + 1], texts[at]), added=True)


def _own_constraints(column: ColumnSpec, table: Name) -> Iterator[Constraint]:
    return (_constraint(each, table, column.name) for each in column.constraints if each.kind in _NAMED)


def _constraint(constraint: ConstraintSpec, table: Name, column: str = "") -> Constraint:
    check = constraint.expression if constraint.kind is ConstraintKind.CHECK else None
    return Constraint(
        table,
        constraint.kind.name,
        constraint.name,
        (column,) if column else constraint.columns,
        constraint.target,
        check.not_null if check else "",
        constraint.index,
    )


def _index(index: CreateIndex) -> Index:
    names = tuple(key.name for key in index.keys)
    parts = [*(key.expression for key in index.keys), index.where]
    calls = tuple(call.name for part in parts if part for call in part.calls)
    partial = index.where is not None and index.where.not_null not in names
    return Index(index.name, index.table, index.method, names, calls, partial)


def _routine(routine: CreateRoutine) -> Routine:
    calls = tuple(name for piece in routine.body.pieces for name in _calls(piece.syntax))
    return Routine(routine.name, routine.body.language, routine.fixed_path, calls)


def _calls_of_block(syntax: Syntax) -> tuple[Name, ...]:
    if not isinstance(syntax, DoBlock):
        return ()
    return tuple(name for piece in syntax.body.pieces for name in _calls(piece.syntax))


def _setting(syntax: Syntax) -> tuple[str, bool]:
    """What a statement sets, and whether only for its transaction (manual, SET and 9.28.1)."""
    if isinstance(syntax, SetVariable):
        sets = syntax.kind in (VariableKind.SET_VALUE, VariableKind.SET_CURRENT)
        return (syntax.name if sets or syntax.name == "SESSION CHARACTERISTICS" else ""), syntax.local
    for call in syntax.contents.calls if isinstance(syntax, Select) else ():
        if call.name.name == "set_config" and len(call.arguments) == 3:
            local = call.arguments[2].constant
            return call.arguments[0].string, local is not None and local.text == "true"
    return "", False


def _cascades(syntax: Syntax) -> bool:
    match syntax:
        case AlterTable(actions=actions):
            return any(each.cascade for each in actions)
        case DropObjects(cascade=cascade) | DropOwned(cascade=cascade) | TruncateTables(cascade=cascade):
            return cascade
        case _:
            return False


def _is_lenient(syntax: Syntax) -> bool:
    if isinstance(syntax, AlterTable):
        return any(each.missing_ok for each in syntax.actions)
    return isinstance(syntax, DropObjects) and syntax.if_exists
