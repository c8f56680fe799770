"""What a statement promises of the objects that it makes or changes, in words that the catalog can be asked for.

A fact is spelled as verify.sql spells what it reads from the catalog: type as format_type does, constraints as
pg_get_constraintdef does (manual 9.26.4), the rest in SQL's own words. What only a server can tell is no fact.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Name, Object
from release.model.syntax import (
    ActionKind,
    AlterDomain,
    AlterEnum,
    AlterTable,
    ColumnSpec,
    CommentOn,
    ConstraintKind,
    CreateComposite,
    CreateDomain,
    CreateEnum,
    CreateIndex,
    CreateRoutine,
    CreateTable,
    CreateTableAs,
    CreateTrigger,
    ObjectKind,
    PolicyStatement,
    RefreshView,
    Select,
    SetSchema,
)
from release.sql.facts.changes import KINDS
from release.sql.facts.column_facts import (
    Facts,
    column_facts,
    constraint_facts,
    default_fact,
    geometry_facts,
    identity_fact,
    type_facts,
)
from release.sql.facts.columns import index_shape
from release.sql.read.types import input_types, type_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model.syntax import AlterAction, ConstraintSpec, Expression, Syntax

_EVENTS = ((4, "INSERT"), (8, "DELETE"), (16, "UPDATE"), (32, "TRUNCATE"))  # pg_trigger.h
_BEFORE, _INSTEAD = 2, 64
_ROW_SECURITY = {
    ActionKind.ENABLE_ROW_SECURITY: ("row security", "row security"),
    ActionKind.DISABLE_ROW_SECURITY: ("row security", "no row security"),
    ActionKind.FORCE_ROW_SECURITY: ("forced", "row security for the owner too"),
    ActionKind.NO_FORCE_ROW_SECURITY: ("forced", "no row security for the owner"),
    ActionKind.SET_LOGGED: ("logged", "logged"),
    ActionKind.SET_UN_LOGGED: ("logged", "unlogged"),
}
_DOMAIN_NULL = {"O": "NOT NULL", "N": "NULL"}  # parsenodes.h, AlterDomainStmt
_TRIGGER = {ActionKind.ENABLE_TRIG: "enabled", ActionKind.DISABLE_TRIG: "disabled"}


@dataclass(frozen=True, slots=True)
class Promise:
    """What is true of one object after a statement.

    Attributes:
        facts: by what they are about; a later fact takes the place of an earlier one, "" leaves nothing known.
        new: the statement creates it.
        arguments: types of a routine's arguments; None where it is none, or none are named.
        labels: of an enum type, all in order; `label` and `beside`: the one that comes and its neighbour, with
            "before" or "after" it; `renamed`: the one that gives way.
        columns: of its table, that an index or constraint goes with.
        target, target_columns: what a foreign key refers to, as written.
        every_column: a table, of whose columns some are NOT NULL now.
        default: the expression of a default, where the statement does not say the column's type.
        taken: an index that goes by the name of a constraint from now on.
        moved: the schema that it is put into.
        temporary: it goes with the session.
    """

    thing: Object
    facts: Facts = ()
    new: bool = False
    arguments: tuple[str, ...] | None = None
    labels: tuple[str, ...] | None = None
    label: str = ""
    beside: tuple[str, str] | None = None
    renamed: str = ""
    columns: tuple[str, ...] = ()
    target: Name | None = None
    target_columns: tuple[str, ...] = ()
    every_column: Name | None = None
    default: Expression | None = None
    taken: bool = False
    moved: str = ""
    temporary: bool = False


def promises_of(syntax: Syntax, schema: str) -> tuple[Promise, ...]:
    """What one statement promises; names come as written.

    Args:
        schema: schema of unqualified names, which the catalog leaves out when it spells names.
    """
    match syntax:
        case CreateTable():
            return tuple(_of_table(syntax, schema))
        case AlterTable():
            return tuple(_of_alter(syntax, schema))
        case CreateIndex(table=table):
            facts = (("shape", index_shape(syntax).text),)
            made = Object("index", Name(syntax.name, table.schema), table)
            return (Promise(made, facts, new=True, columns=syntax.named_columns),)
        case CommentOn(label=False):
            return _of_comment(syntax)
        case CreateRoutine():
            return (_of_routine(syntax),)
        case Select(into=Name() as name):
            return (Promise(Object("table", name), new=True, temporary=syntax.into_persistence == "t"),)
        case Select():
            return tuple(Promise(column, facts, new=True) for column, facts in geometry_facts(syntax))
        case _:
            return tuple(_of_type(syntax)) or tuple(_of_other(syntax))


def temporary_of(syntax: Syntax) -> tuple[Name, ...]:
    """Tables that a statement makes and that go with the session."""
    return tuple(each.thing.name for each in promises_of(syntax, "") if each.temporary)


def _of_type(syntax: Syntax) -> Iterator[Promise]:
    match syntax:
        case CreateEnum(name=name, labels=labels):
            yield Promise(Object("type", name), new=True, labels=labels)
        case AlterEnum(name=name, neighbor=neighbor):
            beside = ("after" if syntax.after else "before", neighbor) if neighbor else None
            yield Promise(Object("type", name), label=syntax.new, beside=beside, renamed=syntax.old)
        case CreateDomain(name=name, constraints=constraints):
            null = "NOT NULL" if any(each.kind is ConstraintKind.NOTNULL for each in constraints) else "NULL"
            yield Promise(Object("domain", name), (("type", type_text(syntax.type)), ("null", null)), new=True)
        case AlterDomain(name=name, action=action) if action in _DOMAIN_NULL:
            yield Promise(Object("domain", name), (("null", _DOMAIN_NULL[action]),))
        case CreateComposite(name=name, fields=fields):
            written = [(each.name, type_text(each.type)) for each in fields if each.type]
            named = tuple((f"field {field}", f"{field} {text}") for field, text in written if text)
            yield Promise(Object("type", name), named, new=True)


def _of_other(syntax: Syntax) -> Iterator[Promise]:
    match syntax:
        case RefreshView(name=name, with_data=with_data):
            yield Promise(Object("materialized view", name), (_filled(with_data=with_data),))
        case CreateTableAs(name=name, with_data=with_data, materialized_view=matview):
            thing = Object("materialized view" if matview else "table", name)
            facts = (_filled(with_data=with_data),) if matview else ()
            yield Promise(thing, facts, new=True, temporary=syntax.persistence == "t")
        case CreateTrigger():
            yield _of_trigger(syntax)
        case PolicyStatement(node="CreatePolicyStmt"):
            yield _of_policy(syntax)
        case PolicyStatement(name=word, table=table):
            yield Promise(Object("policy", Name(word), table), (("roles", ""),))
        case SetSchema(kind=kind, relation=Name() as name, schema=schema) if schema and kind in KINDS:
            yield Promise(Object(KINDS[kind], name), moved=schema)


def _filled(*, with_data: bool) -> tuple[str, str]:
    return "filled", "populated" if with_data else "not populated"


def _of_table(syntax: CreateTable, schema: str) -> Iterator[Promise]:
    table = syntax.name
    logged = (("logged", "unlogged" if syntax.persistence == "u" else ""),)
    yield Promise(Object("table", table), logged, new=True, temporary=syntax.persistence == "t")
    keys = {key for each in syntax.constraints if each.kind is ConstraintKind.PRIMARY for key in each.columns}
    for element in syntax.elements:
        if isinstance(element, ColumnSpec):
            yield from _of_column(element, table, keys, schema)
            if syntax.parents:  # its parent may say NOT NULL
                yield Promise(Object("column", Name(element.name), table), (("null", ""),))
        else:
            yield from _of_constraint(element, table, schema)


def _of_column(column: ColumnSpec, table: Name, keys: set[str], schema: str) -> Iterator[Promise]:
    thing = Object("column", Name(column.name), table)
    yield Promise(thing, column_facts(column, key=column.name in keys), new=True)
    for constraint in column.constraints:
        if constraint.name:
            yield from _of_constraint(constraint, table, schema, column)


def _of_constraint(
    constraint: ConstraintSpec, table: Name, schema: str, column: ColumnSpec | None = None
) -> Iterator[Promise]:
    facts = constraint_facts(constraint, schema, column)
    if constraint.index:
        yield Promise(Object("index", Name(constraint.index, table.schema), table), taken=True)
    if constraint.name and facts:
        own = (column.name,) if column else constraint.named_columns
        yield Promise(
            Object("constraint", Name(constraint.name), table),
            facts,
            new=True,
            columns=own,
            target=constraint.target,
            target_columns=constraint.target_columns,
        )
    if column is None and constraint.kind is ConstraintKind.PRIMARY:
        if constraint.index:
            yield Promise(Object("table", table), every_column=table)
        for key in constraint.columns:
            yield Promise(Object("column", Name(key), table), (("null", "NOT NULL"),))


def _of_alter(syntax: AlterTable, schema: str) -> Iterator[Promise]:
    table = syntax.relation.name
    for action in syntax.actions:
        if syntax.kind is ObjectKind.TYPE:
            name = action.name or (action.column.name if action.column else "")
            yield Promise(Object("type", table), ((f"field {name}", ""),))
        elif action.column or action.constraint:
            yield from _of_definition(action, table, schema)
        else:
            yield from _of_action(action, table)


def _of_definition(action: AlterAction, table: Name, schema: str) -> Iterator[Promise]:
    column = Object("column", Name(action.name), table)
    match action.kind:
        case ActionKind.ADD_COLUMN if action.column:
            yield from _of_column(action.column, table, set(), schema)
        case ActionKind.ALTER_COLUMN_TYPE if action.column:
            yield Promise(column, (*type_facts(action.column.type), ("default", "")))
        case ActionKind.ADD_IDENTITY if action.constraint:
            yield Promise(column, (("default", identity_fact(action.constraint)),))
        case ActionKind.ADD_CONSTRAINT if action.constraint:
            yield from _of_constraint(action.constraint, table, schema)


def _of_action(action: AlterAction, table: Name) -> Iterator[Promise]:
    column = Object("column", Name(action.name), table)
    match action.kind:
        case ActionKind.SET_NOT_NULL:
            yield Promise(column, (("null", "NOT NULL"),))
        case ActionKind.DROP_NOT_NULL:
            yield Promise(column, (("null", "NULL"),))
        case ActionKind.COLUMN_DEFAULT:
            fact = default_fact(action.expression, "") if action.expression else "no default"
            yield Promise(column, (("default", fact),), default=action.expression)
        case ActionKind.DROP_IDENTITY | ActionKind.DROP_EXPRESSION:
            yield Promise(column, (("default", "no default"),))
        case ActionKind.SET_IDENTITY | ActionKind.SET_EXPRESSION:
            yield Promise(column, (("default", ""),))
        case ActionKind.VALIDATE_CONSTRAINT:
            yield Promise(Object("constraint", Name(action.name), table), (("valid", "valid"),))
        case ActionKind.ALTER_CONSTRAINT:
            yield Promise(Object("constraint", Name(action.name), table), (("definition", ""),))
        case ActionKind.ENABLE_TRIG | ActionKind.DISABLE_TRIG:
            yield Promise(Object("trigger", Name(action.name), table), (("enabled", _TRIGGER[action.kind]),))
        case _ if action.kind in _ROW_SECURITY:
            yield Promise(Object("table", table), (_ROW_SECURITY[action.kind],))


def _of_comment(syntax: CommentOn) -> tuple[Promise, ...]:
    target = syntax.target
    facts = (("comment", f"COMMENT {syntax.text}" if syntax.text else "no comment"),)
    thing = Object(KINDS.get(syntax.kind, ""), target.name, target.parent)
    return (Promise(thing, facts, arguments=target.arguments),) if target.name.name else ()


def _of_routine(syntax: CreateRoutine) -> Promise:
    language = syntax.body.language
    facts = [("language", f"LANGUAGE {language}")]
    if syntax.returns:
        written = type_text(syntax.returns)
        facts.append(("returns", f"RETURNS {written}" if written else ""))
    if len(syntax.texts) == 1 and language not in {"c", "internal"}:
        digest = hashlib.sha256(syntax.texts[0].encode()).hexdigest()
        facts.append(("body", f"body with SHA-256 {digest[:16]}..."))
    thing = Object("procedure" if syntax.procedure else "function", syntax.name)
    return Promise(thing, tuple(facts), new=True, arguments=input_types(syntax.parameters))


def _of_trigger(syntax: CreateTrigger) -> Promise:
    timing = {_BEFORE: "BEFORE", _INSTEAD: "INSTEAD OF"}.get(syntax.timing, "AFTER")
    events = " OR ".join(word for bit, word in _EVENTS if syntax.events & bit)
    facts = (
        ("when", f"{timing} {events} FOR EACH {'ROW' if syntax.row else 'STATEMENT'}"),
        ("calls", f"EXECUTE {syntax.function.name}"),
        ("enabled", "enabled"),
    )
    return Promise(Object("trigger", Name(syntax.name), syntax.table), facts, new=True)


def _of_policy(syntax: PolicyStatement) -> Promise:
    facts = (
        ("permissive", "PERMISSIVE" if syntax.permissive else "RESTRICTIVE"),
        ("command", f"FOR {syntax.command.upper()}"),
        ("roles", f"TO {', '.join(syntax.roles)}" if syntax.roles else ""),
    )
    return Promise(Object("policy", Name(syntax.name), syntax.table), facts, new=True)
