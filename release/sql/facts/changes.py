"""Which objects a statement creates, drops and renames, and what a reader would call its subject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Mark, Marked, Name, Object
from release.model.syntax import (
    ActionKind,
    AlterEnum,
    AlterTable,
    ChangeRows,
    ClusterTable,
    CommentOn,
    ConstraintKind,
    CopyRows,
    CreateComposite,
    CreateDomain,
    CreateEnum,
    CreateForeignTable,
    CreateIndex,
    CreateRange,
    CreateRoutine,
    CreateRule,
    CreateSchema,
    CreateStatistics,
    CreateTable,
    CreateTableAs,
    CreateTrigger,
    CreateView,
    DropObjects,
    GrantPrivileges,
    LockTables,
    NamedObject,
    ObjectKind,
    PolicyStatement,
    PublicationStatement,
    RefreshView,
    ReindexObject,
    RenameObject,
    Select,
    SequenceStatement,
    SetSchema,
    SetVariable,
    SubscriptionStatement,
    TruncateTables,
    VacuumTables,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from release.model.syntax import AlterAction, Syntax

# The kinds whose names we understand.
KINDS: dict[ObjectKind, str] = {
    ObjectKind.TABLE: "table",
    ObjectKind.INDEX: "index",
    ObjectKind.SEQUENCE: "sequence",
    ObjectKind.VIEW: "view",
    ObjectKind.MATVIEW: "materialized view",
    ObjectKind.FOREIGN_TABLE: "foreign table",
    ObjectKind.TYPE: "type",
    ObjectKind.DOMAIN: "domain",
    ObjectKind.SCHEMA: "schema",
    ObjectKind.EXTENSION: "extension",
    ObjectKind.FUNCTION: "function",
    ObjectKind.PROCEDURE: "procedure",
    ObjectKind.ROUTINE: "routine",
    ObjectKind.AGGREGATE: "aggregate",
    ObjectKind.TRIGGER: "trigger",
    ObjectKind.POLICY: "policy",
    ObjectKind.RULE: "rule",
    ObjectKind.COLUMN: "column",
    ObjectKind.TABCONSTRAINT: "constraint",
    ObjectKind.STATISTIC_EXT: "statistics",
    ObjectKind.COLLATION: "collation",
    ObjectKind.PUBLICATION: "publication",
    ObjectKind.SUBSCRIPTION: "subscription",
    ObjectKind.ROLE: "role",
}
_PARTITIONING = frozenset(
    {ActionKind.ATTACH_PARTITION, ActionKind.DETACH_PARTITION, ActionKind.DETACH_PARTITION_FINALIZE}
)


@dataclass(frozen=True, slots=True)
class Changes:
    """What a statement creates, drops, and renames, and its subject."""

    subject: str = ""
    creates: tuple[Object, ...] = ()
    drops: tuple[Object, ...] = ()
    renames: tuple[tuple[Object, Object], ...] = ()
    marks: tuple[Marked, ...] = ()


def changes_of(syntax: Syntax) -> Changes:
    """Changes that one statement creates and drops; nothing for a statement that does neither."""
    return _of_relation(syntax) or _of_object(syntax) or _of_change(syntax) or Changes(_subject(syntax))


def _one(kind: str, name: Name, parent: Name | None = None, marks: tuple[Marked, ...] = ()) -> Changes:
    subject = f"{name} on {parent}" if parent else str(name)
    return Changes(subject, (Object(kind, name, parent),), marks=marks)


def _of_relation(syntax: Syntax) -> Changes | None:
    match syntax:
        case CreateTable():
            return _one("table", syntax.name, marks=tuple(_table_marks(syntax)))
        case CreateForeignTable(table=table):
            return _one("foreign table", table.name)
        case CreateTableAs(name=name, materialized_view=matview):
            return _one("materialized view" if matview else "table", name)
        case Select(into=Name() as name):
            return _one("table", name)
        case CreateIndex(name=name, table=table):
            # an index lives in the schema of its table
            return _one("index", Name(name, table.schema), table)
        case SequenceStatement(node="CreateSeqStmt", name=name):
            return _one("sequence", name)
        case CreateView(name=name):
            return _one("view", name)
        case CreateStatistics(name=name):
            return _one("statistics", name)
        case _:
            return None


def _of_object(syntax: Syntax) -> Changes | None:
    match syntax:
        case CreateEnum(name=name) | CreateComposite(name=name) | CreateRange(name=name):
            return _one("type", name)
        case CreateDomain(name=name):
            return _one("domain", name)
        case CreateSchema(name=word):
            return _one("schema", Name(word))
        case CreateRoutine(name=name, procedure=procedure):
            return _one("procedure" if procedure else "function", name)
        case CreateTrigger(name=word, table=table):
            return _one("trigger", Name(word), table)
        case PolicyStatement(node="CreatePolicyStmt", name=word, table=table):
            return _one("policy", Name(word), table)
        case CreateRule(name=word, table=table):
            return _one("rule", Name(word), table)
        case PublicationStatement(node="CreatePublicationStmt", name=word):
            return _one("publication", Name(word))
        case SubscriptionStatement(kind=None, name=word):
            return _one("subscription", Name(word))
        case NamedObject(node="CreateExtensionStmt" | "CreateRoleStmt", word=kind, name=word):
            return _one(kind, Name(word))
        case _:
            return None


def _of_change(syntax: Syntax) -> Changes | None:
    match syntax:
        case AlterTable():
            return _alter_table(syntax)
        case DropObjects():
            kind = KINDS.get(syntax.kind, "")
            dropped = tuple(Object(kind, each.name, each.parent) for each in syntax.targets)
            subject = ", ".join(f"{each.name} on {each.parent}" if each.parent else str(each.name) for each in dropped)
            return Changes(subject, (), dropped)
        case RenameObject():
            return _rename(syntax)
        case AlterEnum(name=name, old=old, new=new):
            # RENAME VALUE has an old value; only ADD VALUE makes a label that the same transaction must not use
            added = () if old else (Marked(Mark.ENUM_VALUE, Object("type", name), new),)
            return Changes(str(name), marks=added)
        case CopyRows(relation=relation, reads=reads, file=file):
            table = relation or Name("")
            inline = reads and not file
            return Changes(str(table), marks=(Marked(Mark.INLINE_DATA, Object("table", table)),) if inline else ())
        case _:
            return None


def _subject(syntax: Syntax) -> str:
    """What a reader would name first of a statement that neither creates nor drops."""
    match syntax:
        case CommentOn(label=False, target=target):
            # a column is told with its table
            return ".".join(filter(None, (str(target.parent or ""), str(target.name))))
        case ChangeRows(relation=relation):
            return str(relation.name)
        case RefreshView(name=name) | SequenceStatement(name=name):
            return str(name)
        case ReindexObject(relation=name) | ClusterTable(relation=name) | SetSchema(relation=name, schema=str()):
            return str(name or "")
        case TruncateTables(relations=relations) | LockTables(relations=relations) | VacuumTables(relations=relations):
            return _listed(each.name for each in relations)
        case GrantPrivileges(relations=names):
            return _listed(names)
        case SetVariable(name=word):
            return word
        case _:
            return ""


def _listed(names: Iterable[Name]) -> str:
    return ", ".join(map(str, names))


def _table_marks(syntax: CreateTable) -> Iterator[Marked]:
    if syntax.partitioned:
        yield _partitioned(syntax.name)
    if syntax.partition:
        yield from (_partitioned(parent) for parent in syntax.parents)


def _partitioned(table: Name) -> Marked:
    return Marked(Mark.PARTITIONED, Object("table", table))


def _alter_table(syntax: AlterTable) -> Changes:
    table = syntax.relation.name
    creates: list[Object] = []
    drops: list[Object] = []
    marks: list[Marked] = []
    for action in syntax.actions:
        match action.kind:
            case ActionKind.ADD_COLUMN if action.column:
                creates.append(Object("column", Name(action.column.name), table))
            case ActionKind.ADD_CONSTRAINT if action.constraint and action.constraint.name:
                creates.append(Object("constraint", Name(action.constraint.name), table))
            case ActionKind.DROP_COLUMN:
                drops.append(Object("column", Name(action.name), table))
            case ActionKind.DROP_CONSTRAINT:
                drops.append(Object("constraint", Name(action.name), table))
        marks += _action_marks(action, table)
        if action.kind in _PARTITIONING and syntax.kind is ObjectKind.TABLE:
            marks.append(_partitioned(table))
    return Changes(str(table), tuple(creates), tuple(drops), marks=tuple(marks))


def _action_marks(action: AlterAction, table: Name) -> Iterator[Marked]:
    match action.kind:
        case ActionKind.ADD_COLUMN if action.column:
            if action.column.constraint(ConstraintKind.GENERATED):
                yield Marked(Mark.GENERATED, Object("column", Name(action.column.name), table))
        case ActionKind.ADD_CONSTRAINT if action.constraint and action.constraint.not_valid:
            yield Marked(Mark.NOT_VALID, Object("constraint", Name(action.constraint.name), table))
        case ActionKind.VALIDATE_CONSTRAINT:
            yield Marked(Mark.VALIDATES, Object("constraint", Name(action.name), table))
        case ActionKind.SET_NOT_NULL:
            yield Marked(Mark.NOT_NULL, Object("column", Name(action.name), table))


def _rename(syntax: RenameObject) -> Changes:
    kind = KINDS.get(syntax.kind, "")
    relation = syntax.relation.name if syntax.relation else None
    if relation and syntax.old:
        parent, old = relation, Name(syntax.old)
    else:
        parent, old = None, relation or (syntax.target.name if syntax.target else Name(""))
    subject = str(parent or old) if old.name else syntax.old
    pair = (Object(kind, old, parent), Object(kind, Name(syntax.new, old.schema), parent))
    return Changes(subject, renames=(pair,) if kind and old.name else ())
