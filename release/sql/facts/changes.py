"""Which objects a statement creates, drops and renames, and what a reader would call its subject."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from postgast import pg_query_pb2 as pb

from release.model import Mark, Marked, Name, Object
from release.sql.facts.sequences import sequence_of, sequences_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

# DROP/RENAME/COMMENT name an object's kind by number; these are the kinds whose names we understand.
KINDS: dict[int, str] = {
    pb.OBJECT_TABLE: "table",
    pb.OBJECT_INDEX: "index",
    pb.OBJECT_SEQUENCE: "sequence",
    pb.OBJECT_VIEW: "view",
    pb.OBJECT_MATVIEW: "materialized view",
    pb.OBJECT_FOREIGN_TABLE: "foreign table",
    pb.OBJECT_TYPE: "type",
    pb.OBJECT_DOMAIN: "domain",
    pb.OBJECT_SCHEMA: "schema",
    pb.OBJECT_EXTENSION: "extension",
    pb.OBJECT_FUNCTION: "function",
    pb.OBJECT_PROCEDURE: "procedure",
    pb.OBJECT_ROUTINE: "routine",
    pb.OBJECT_AGGREGATE: "aggregate",
    pb.OBJECT_TRIGGER: "trigger",
    pb.OBJECT_POLICY: "policy",
    pb.OBJECT_RULE: "rule",
    pb.OBJECT_COLUMN: "column",
    pb.OBJECT_TABCONSTRAINT: "constraint",
    pb.OBJECT_STATISTIC_EXT: "statistics",
    pb.OBJECT_COLLATION: "collation",
    pb.OBJECT_PUBLICATION: "publication",
    pb.OBJECT_SUBSCRIPTION: "subscription",
    pb.OBJECT_ROLE: "role",
}
RELATION_KINDS = frozenset({"table", "index", "sequence", "view", "materialized view", "foreign table"})
_INSIDE = frozenset({"column", "constraint", "trigger", "policy", "rule"})


@dataclass(frozen=True, slots=True)
class Changes:
    """What a statement creates, drops, and renames, and its subject."""

    subject: str = ""
    creates: tuple[Object, ...] = ()
    drops: tuple[Object, ...] = ()
    renames: tuple[tuple[Object, Object], ...] = ()
    marks: tuple[Marked, ...] = ()


def name_of(range_var: Any) -> Name:
    return Name(range_var.relname, range_var.schemaname)


def name_from(strings: Iterable[Any]) -> Name:
    """A dotted name from a list of String nodes."""
    words = [item.string.sval for item in strings]
    return Name(words[-1], words[-2]) if len(words) > 1 else Name(words[-1] if words else "")


def changes_of(node: Any) -> Changes:
    """Changes that one statement creates and drops; nothing for a statement that does neither."""
    read = _READERS.get(type(node).__name__)
    return read(node) if read else Changes()


def _one(kind: str, name: Name, parent: Name | None = None) -> Changes:
    subject = f"{name} on {parent}" if parent else str(name)
    return Changes(subject, (Object(kind, name, parent),))


def _create_table(node: Any) -> Changes:
    table = name_of(node.relation)
    columns = [item.column_def for item in node.table_elts if item.HasField("column_def")]
    marks = sequences_of(table, columns)
    if node.HasField("partspec"):
        marks += (_partitioned(table),)
    if node.HasField("partbound"):
        marks += tuple(_partitioned(name_of(item.range_var)) for item in node.inh_relations)
    return replace(_one("table", table), marks=marks)


def _partitioned(table: Name) -> Marked:
    return Marked(Mark.PARTITIONED, Object("table", table))


def _create_as(node: Any) -> Changes:
    kind = "materialized view" if node.objtype == pb.OBJECT_MATVIEW else "table"
    return _one(kind, name_of(node.into.rel))


def _select(node: Any) -> Changes:
    return _one("table", name_of(node.into_clause.rel)) if node.HasField("into_clause") else Changes()


def _index(node: Any) -> Changes:
    table = name_of(node.relation)
    # an index lives in the schema of its table
    return _one("index", Name(node.idxname, table.schema), table)


def _trigger(node: Any) -> Changes:
    return _one("trigger", Name(node.trigname), name_of(node.relation))


def _policy(node: Any) -> Changes:
    return _one("policy", Name(node.policy_name), name_of(node.table))


def _rule(node: Any) -> Changes:
    return _one("rule", Name(node.rulename), name_of(node.relation))


def _function(node: Any) -> Changes:
    return _one("procedure" if node.is_procedure else "function", name_from(node.funcname))


def _alter_table(node: Any) -> Changes:
    table = name_of(node.relation)
    creates: list[Object] = []
    drops: list[Object] = []
    marks: list[Marked] = []
    for item in node.cmds:
        command = item.alter_table_cmd
        named = Name(command.name)
        match command.subtype:
            case pb.AT_AddColumn:
                definition = _definition(command).column_def
                column = Object("column", Name(definition.colname), table)
                creates.append(column)
                if any(each.constraint.contype == pb.CONSTR_GENERATED for each in definition.constraints):
                    marks.append(Marked(Mark.GENERATED, column))
                marks += sequences_of(table, [definition])
            case pb.AT_AddIdentity:
                marks.append(sequence_of(table, command.name, _definition(command).constraint.options))
            case pb.AT_DropColumn:
                drops.append(Object("column", named, table))
            case pb.AT_AddConstraint:
                constraint = _definition(command).constraint
                added = Object("constraint", Name(constraint.conname), table)
                if constraint.conname:
                    creates.append(added)
                if constraint.skip_validation:
                    marks.append(Marked(Mark.NOT_VALID, added))
            case pb.AT_ValidateConstraint:
                marks.append(Marked(Mark.VALIDATES, Object("constraint", named, table)))
            case pb.AT_SetNotNull:
                marks.append(Marked(Mark.NOT_NULL, Object("column", named, table)))
            case pb.AT_AttachPartition | pb.AT_DetachPartition | pb.AT_DetachPartitionFinalize:
                if node.objtype == pb.OBJECT_TABLE:
                    marks.append(_partitioned(table))
            case pb.AT_DropConstraint:
                drops.append(Object("constraint", named, table))
    return Changes(str(table), tuple(creates), tuple(drops), marks=tuple(marks))


def _definition(command: Any) -> Any:
    """AlterTableCmd.def, a Python keyword."""
    return getattr(command, "def")


def _drop(node: Any) -> Changes:
    kind = KINDS.get(node.remove_type, "")
    dropped: list[Object] = []
    for item in node.objects:
        which = item.WhichOneof("node")
        if which == "list":
            names = item.list.items
            if kind in _INSIDE:
                dropped.append(Object(kind, Name(names[-1].string.sval), name_from(names[:-1])))
            else:
                dropped.append(Object(kind, name_from(names)))
        elif which == "type_name":
            dropped.append(Object(kind, name_from(item.type_name.names)))
        elif which == "object_with_args":
            dropped.append(Object(kind, name_from(item.object_with_args.objname)))
        elif which == "string":
            dropped.append(Object(kind, Name(item.string.sval)))
    subject = ", ".join(f"{each.name} on {each.parent}" if each.parent else str(each.name) for each in dropped)
    return Changes(subject, (), tuple(dropped))


def _rename(node: Any) -> Changes:
    kind = KINDS.get(node.rename_type, "")
    parent: Name | None = None
    if kind in RELATION_KINDS:
        old = name_of(node.relation)
    elif kind in _INSIDE:
        parent, old = name_of(node.relation), Name(node.subname)
    else:
        old = _object_name(node.object)
    subject = str(parent or old) if old.name else node.subname
    pair = (Object(kind, old, parent), Object(kind, Name(node.newname, old.schema), parent))
    return Changes(subject, renames=(pair,) if kind and old.name else ())


def _alter_enum(node: Any) -> Changes:
    name = name_from(node.type_name)
    # RENAME VALUE has an old value; only ADD VALUE makes a label that the same transaction must not use
    added = () if node.old_val else (Marked(Mark.ENUM_VALUE, Object("type", name), node.new_val),)
    return Changes(str(name), marks=added)


def _copy(node: Any) -> Changes:
    table = name_of(node.relation)
    inline = node.is_from and not node.filename and not node.is_program
    return Changes(str(table), marks=(Marked(Mark.INLINE_DATA, Object("table", table)),) if inline else ())


def _object_name(item: Any) -> Name:
    which = item.WhichOneof("node")
    if which == "list":
        return name_from(item.list.items)
    if which == "type_name":
        return name_from(item.type_name.names)
    if which == "object_with_args":
        return name_from(item.object_with_args.objname)
    return Name(item.string.sval) if which == "string" else Name("")


def _comment(node: Any) -> Changes:
    return Changes(str(_object_name(node.object)))


def _relation(field: str) -> Callable[[Any], Changes]:
    return lambda node: Changes(str(name_of(getattr(node, field))))


def _relations(field: str) -> Callable[[Any], Changes]:
    def read(node: Any) -> Changes:
        return Changes(", ".join(str(name_of(item.range_var)) for item in getattr(node, field)))

    return read


def _vacuum(node: Any) -> Changes:
    return Changes(", ".join(str(name_of(item.vacuum_relation.relation)) for item in node.rels))


def _grant(node: Any) -> Changes:
    names: Sequence[Name] = [name_of(item.range_var) for item in node.objects if item.WhichOneof("node") == "range_var"]
    return Changes(", ".join(map(str, names)))


_READERS: dict[str, Callable[[Any], Changes]] = {
    "CreateStmt": _create_table,
    "CreateForeignTableStmt": lambda node: _one("foreign table", name_of(node.base_stmt.relation)),
    "CreateTableAsStmt": _create_as,
    "SelectStmt": _select,
    "IndexStmt": _index,
    "CreateSeqStmt": lambda node: _one("sequence", name_of(node.sequence)),
    "ViewStmt": lambda node: _one("view", name_of(node.view)),
    "CreateEnumStmt": lambda node: _one("type", name_from(node.type_name)),
    "CompositeTypeStmt": lambda node: _one("type", name_of(node.typevar)),
    "CreateRangeStmt": lambda node: _one("type", name_from(node.type_name)),
    "CreateDomainStmt": lambda node: _one("domain", name_from(node.domainname)),
    "CreateExtensionStmt": lambda node: _one("extension", Name(node.extname)),
    "CreateSchemaStmt": lambda node: _one("schema", Name(node.schemaname)),
    "CreateFunctionStmt": _function,
    "CreateTrigStmt": _trigger,
    "CreatePolicyStmt": _policy,
    "RuleStmt": _rule,
    "CreateStatsStmt": lambda node: _one("statistics", name_from(node.defnames)),
    "CreatePublicationStmt": lambda node: _one("publication", Name(node.pubname)),
    "CreateSubscriptionStmt": lambda node: _one("subscription", Name(node.subname)),
    "CreateRoleStmt": lambda node: _one("role", Name(node.role)),
    "AlterTableStmt": _alter_table,
    "DropStmt": _drop,
    "RenameStmt": _rename,
    "CommentStmt": _comment,
    "InsertStmt": _relation("relation"),
    "UpdateStmt": _relation("relation"),
    "DeleteStmt": _relation("relation"),
    "MergeStmt": _relation("relation"),
    "CopyStmt": _copy,
    "RefreshMatViewStmt": _relation("relation"),
    "ReindexStmt": _relation("relation"),
    "ClusterStmt": _relation("relation"),
    "AlterSeqStmt": _relation("sequence"),
    "AlterObjectSchemaStmt": _relation("relation"),
    "TruncateStmt": _relations("relations"),
    "LockStmt": _relations("relations"),
    "VacuumStmt": _vacuum,
    "GrantStmt": _grant,
    "AlterEnumStmt": _alter_enum,
    "VariableSetStmt": lambda node: Changes(node.name),
}
