"""What a statement promises of the objects that it makes or changes, in words that the catalog can be asked for.

A fact is spelled as verify.sql spells what it reads from the catalog: type as format_type does, constraints as
pg_get_constraintdef does (manual 9.26.4), the rest in SQL's own words. What only a server can tell is no fact.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from release.model import Name, Object
from release.sql.facts.changes import KINDS, name_from, name_of
from release.sql.facts.column_facts import (
    Facts,
    column_facts,
    columns_of,
    constraint_facts,
    default_fact,
    geometry_facts,
    identity_fact,
    keys_of,
    type_facts,
)
from release.sql.facts.columns import index_shape
from release.sql.read.enums import CONSTRAINT, SUBCOMMAND
from release.sql.read.splitting import tree
from release.sql.read.types import arguments_of, parameters_of, type_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_EVENTS = ((4, "INSERT"), (8, "DELETE"), (16, "UPDATE"), (32, "TRUNCATE"))  # pg_trigger.h
_BEFORE, _INSTEAD = 2, 64
_INSIDE = frozenset({"column", "constraint", "trigger", "policy", "rule"})
_ROW_SECURITY = {
    "AT_EnableRowSecurity": ("row security", "row security"),
    "AT_DisableRowSecurity": ("row security", "no row security"),
    "AT_ForceRowSecurity": ("forced", "row security for the owner too"),
    "AT_NoForceRowSecurity": ("forced", "no row security for the owner"),
    "AT_SetLogged": ("logged", "logged"),
    "AT_SetUnLogged": ("logged", "unlogged"),
}
_DOMAIN_NULL = {"O": "NOT NULL", "N": "NULL"}  # parsenodes.h, AlterDomainStmt
_TRIGGER = {"AT_EnableTrig": "enabled", "AT_DisableTrig": "disabled"}


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
    every_column: Name | None = None
    default: Any = None
    taken: bool = False
    moved: str = ""
    temporary: bool = False


def promises_in(text: str, schema: str) -> tuple[Promise, ...]:
    """What one statement promises; names come as written.

    Args:
        schema: schema of unqualified names, which the catalog leaves out when it spells names.
    """
    node: Any = tree(text)
    match type(node).__name__:
        case "CreateStmt":
            return tuple(_of_table(node, schema))
        case "AlterTableStmt":
            return tuple(_of_alter(node, schema))
        case "IndexStmt":
            facts = (("shape", index_shape(text).text),)
            table = name_of(node.relation)
            made = Object("index", Name(node.idxname, table.schema), table)
            return (Promise(made, facts, new=True, columns=columns_of(node)),)
        case "CommentStmt":
            return tuple(_of_comment(node))
        case "CreateFunctionStmt":
            return (_of_routine(node),)
        case "SelectStmt" if node.HasField("into_clause"):
            made = node.into_clause.rel
            return (Promise(Object("table", name_of(made)), new=True, temporary=made.relpersistence == "t"),)
        case "SelectStmt":
            return tuple(Promise(column, facts, new=True) for column, facts in geometry_facts(node))
        case kind:
            return tuple(_of_other(node, kind))


def temporary_in(text: str) -> tuple[Name, ...]:
    """Tables that a statement makes and that go with the session."""
    if "temp" not in text.lower():  # spares most statements a parse
        return ()
    return tuple(each.thing.name for each in promises_in(text, "") if each.temporary)


def _of_other(node: Any, kind: str) -> Iterator[Promise]:
    match kind:
        case "CreateEnumStmt":
            labels = tuple(item.string.sval for item in node.vals)
            yield Promise(Object("type", name_from(node.type_name)), new=True, labels=labels)
        case "AlterEnumStmt":
            thing = Object("type", name_from(node.type_name))
            beside = ("after" if node.new_val_is_after else "before", node.new_val_neighbor)
            yield Promise(
                thing, label=node.new_val, beside=beside if node.new_val_neighbor else None, renamed=node.old_val
            )
        case "CreateDomainStmt":
            kinds = {CONSTRAINT(item.constraint.contype) for item in node.constraints}
            null = "NOT NULL" if "CONSTR_NOTNULL" in kinds else "NULL"
            facts = (("type", type_text(node.type_name)), ("null", null))
            yield Promise(Object("domain", name_from(node.domainname)), facts, new=True)
        case "AlterDomainStmt" if node.subtype in _DOMAIN_NULL:
            yield Promise(Object("domain", name_from(node.type_name)), (("null", _DOMAIN_NULL[node.subtype]),))
        case "RefreshMatViewStmt":
            filled = "not populated" if node.skip_data else "populated"
            yield Promise(Object("materialized view", name_of(node.relation)), (("filled", filled),))
        case "CompositeTypeStmt":
            fields = [(item.column_def.colname, type_text(item.column_def.type_name)) for item in node.coldeflist]
            named = tuple((f"field {name}", f"{name} {written}") for name, written in fields if written)
            yield Promise(Object("type", name_of(node.typevar)), named, new=True)
        case "CreateTableAsStmt":
            filled = "not populated" if node.into.skip_data else "populated"
            matview = KINDS.get(node.objtype) == "materialized view"
            thing = Object("materialized view" if matview else "table", name_of(node.into.rel))
            temporary = node.into.rel.relpersistence == "t"
            yield Promise(thing, (("filled", filled),) if matview else (), new=True, temporary=temporary)
        case "CreateTrigStmt":
            yield _of_trigger(node)
        case "CreatePolicyStmt":
            yield _of_policy(node)
        case "AlterObjectSchemaStmt" if node.relation.relname and node.object_type in KINDS:
            yield Promise(Object(KINDS[node.object_type], name_of(node.relation)), moved=node.newschema)
        case "AlterPolicyStmt":
            yield Promise(Object("policy", Name(node.policy_name), name_of(node.table)), (("roles", ""),))


def _of_table(node: Any, schema: str) -> Iterator[Promise]:
    table = name_of(node.relation)
    persistence = "unlogged" if node.relation.relpersistence == "u" else ""
    yield Promise(
        Object("table", table), (("logged", persistence),), new=True, temporary=node.relation.relpersistence == "t"
    )
    keys = {
        key
        for item in node.table_elts
        if item.WhichOneof("node") == "constraint" and CONSTRAINT(item.constraint.contype) == "CONSTR_PRIMARY"
        for key in keys_of(item.constraint)
    }
    for item in node.table_elts:
        if item.WhichOneof("node") == "column_def":
            yield from _of_column(item.column_def, table, keys, schema)
            if node.inh_relations:  # its parent may say NOT NULL
                yield Promise(Object("column", Name(item.column_def.colname), table), (("null", ""),))
        elif item.WhichOneof("node") == "constraint":
            yield from _of_constraint(item.constraint, table, schema)


def _of_column(column: Any, table: Name, keys: set[str], schema: str) -> Iterator[Promise]:
    thing = Object("column", Name(column.colname), table)
    yield Promise(thing, column_facts(column, key=column.colname in keys), new=True)
    for item in column.constraints:
        if item.constraint.conname:
            yield from _of_constraint(item.constraint, table, schema, column)


def _of_constraint(constraint: Any, table: Name, schema: str, column: Any = None) -> Iterator[Promise]:
    facts = constraint_facts(constraint, schema, column)
    if constraint.indexname:
        yield Promise(Object("index", Name(constraint.indexname, table.schema), table), taken=True)
    if constraint.conname and facts:
        own = (column.colname,) if column is not None else columns_of(constraint)
        yield Promise(Object("constraint", Name(constraint.conname), table), facts, new=True, columns=own)
    if column is None and CONSTRAINT(constraint.contype) == "CONSTR_PRIMARY":
        if constraint.indexname:
            yield Promise(Object("table", table), every_column=table)
        for key in keys_of(constraint):
            yield Promise(Object("column", Name(key), table), (("null", "NOT NULL"),))


def _of_alter(node: Any, schema: str) -> Iterator[Promise]:
    table = name_of(node.relation)
    for item in node.cmds:
        command = item.alter_table_cmd
        key = SUBCOMMAND(command.subtype)
        definition = getattr(command, "def")
        if KINDS.get(node.objtype) == "type":
            name = command.name or definition.column_def.colname
            yield Promise(Object("type", table), ((f"field {name}", ""),))
            continue
        column = Object("column", Name(command.name), table)
        match key:
            case "AT_AddColumn":
                yield from _of_column(definition.column_def, table, set(), schema)
            case "AT_AlterColumnType":
                yield Promise(column, (*type_facts(definition.column_def), ("default", "")))
            case "AT_SetNotNull" | "AT_DropNotNull":
                yield Promise(column, (("null", "NOT NULL" if key == "AT_SetNotNull" else "NULL"),))
            case "AT_ColumnDefault":
                is_set = command.HasField("def")
                facts = (("default", default_fact(definition, "") if is_set else "no default"),)
                yield Promise(column, facts, default=definition if is_set else None)
            case "AT_AddIdentity":
                yield Promise(column, (("default", identity_fact(definition.constraint)),))
            case "AT_DropIdentity" | "AT_DropExpression":
                yield Promise(column, (("default", "no default"),))
            case "AT_SetIdentity" | "AT_SetExpression":
                yield Promise(column, (("default", ""),))
            case "AT_AddConstraint":
                yield from _of_constraint(definition.constraint, table, schema)
            case "AT_ValidateConstraint":
                yield Promise(Object("constraint", Name(command.name), table), (("valid", "valid"),))
            case "AT_AlterConstraint":
                changed = Object("constraint", Name(definition.constraint.conname), table)
                yield Promise(changed, (("definition", ""),))
            case "AT_EnableTrig" | "AT_DisableTrig":
                yield Promise(Object("trigger", Name(command.name), table), (("enabled", _TRIGGER[key]),))
            case _ if key in _ROW_SECURITY:
                yield Promise(Object("table", table), (_ROW_SECURITY[key],))


def _of_comment(node: Any) -> Iterator[Promise]:
    kind = KINDS.get(node.objtype, "")
    facts = (("comment", f"COMMENT {node.comment}" if node.comment else "no comment"),)
    item = node.object
    match item.WhichOneof("node"):
        case "list" if kind in _INSIDE:
            names = item.list.items
            yield Promise(Object(kind, Name(names[-1].string.sval), name_from(names[:-1])), facts)
        case "list":
            yield Promise(Object(kind, name_from(item.list.items)), facts)
        case "type_name":
            yield Promise(Object(kind, name_from(item.type_name.names)), facts)
        case "object_with_args":
            routine = item.object_with_args
            yield Promise(Object(kind, name_from(routine.objname)), facts, arguments=arguments_of(routine))
        case "string":
            yield Promise(Object(kind, Name(item.string.sval)), facts)


def _of_routine(node: Any) -> Promise:
    options = {item.def_elem.defname: item.def_elem.arg for item in node.options}
    language = options["language"].string.sval.lower() if "language" in options else "sql"
    facts = [("language", f"LANGUAGE {language}")]
    if node.HasField("return_type"):
        written = type_text(node.return_type)
        facts.append(("returns", f"RETURNS {written}" if written else ""))
    bodies = [item.string.sval for item in options["as"].list.items] if "as" in options else []
    if len(bodies) == 1 and language not in {"c", "internal"}:
        digest = hashlib.sha256(bodies[0].encode()).hexdigest()
        facts.append(("body", f"body with SHA-256 {digest[:16]}…"))
    kind = "procedure" if node.is_procedure else "function"
    thing = Object(kind, name_from(node.funcname))
    return Promise(thing, tuple(facts), new=True, arguments=parameters_of(node.parameters))


def _of_trigger(node: Any) -> Promise:
    timing = {_BEFORE: "BEFORE", _INSTEAD: "INSTEAD OF"}.get(node.timing, "AFTER")
    events = " OR ".join(word for bit, word in _EVENTS if node.events & bit)
    facts = (
        ("when", f"{timing} {events} FOR EACH {'ROW' if node.row else 'STATEMENT'}"),
        ("calls", f"EXECUTE {name_from(node.funcname).name}"),
        ("enabled", "enabled"),
    )
    return Promise(Object("trigger", Name(node.trigname), name_of(node.relation)), facts, new=True)


def _of_policy(node: Any) -> Promise:
    roles = [item.role_spec for item in node.roles]
    named = sorted(role.rolename for role in roles if role.rolename)
    known = len(named) == len(roles)
    facts = (
        ("permissive", "PERMISSIVE" if node.permissive else "RESTRICTIVE"),
        ("command", f"FOR {node.cmd_name.upper()}"),
        ("roles", f"TO {', '.join(named)}" if named and known else ""),
    )
    return Promise(Object("policy", Name(node.policy_name), name_of(node.table)), facts, new=True)
