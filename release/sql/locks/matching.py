"""Which rows of the table a statement matches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.model.syntax import (
    AlterTable,
    ChangeRows,
    ClusterTable,
    CommentOn,
    ConstraintKind,
    CopyRows,
    CreateIndex,
    CreateRoutine,
    CreateRule,
    CreateSchema,
    CreateStatistics,
    CreateTable,
    CreateTableAs,
    CreateTrigger,
    CreateView,
    DropObjects,
    ExplainQuery,
    GrantPrivileges,
    LockTables,
    NamedQuery,
    PolicyStatement,
    PublicationStatement,
    RefreshView,
    ReindexKind,
    ReindexObject,
    RenameObject,
    Select,
    SequenceStatement,
    SetSchema,
    TruncateTables,
    VacuumTables,
)
from release.sql.locks.alter import match_alter
from release.sql.locks.forms import FORMS
from release.sql.locks.hit import FormHit, at, hit, rest
from release.sql.locks.objects import match_comment, match_drop, match_move, match_rename
from release.sql.locks.queries import match_uses

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from release.model.syntax import RelationName, Syntax


def match_statement(syntax: Syntax) -> Iterator[FormHit]:
    """Yield every row that a statement matches; none for a statement that the table does not know."""
    match syntax:
        case Select() | ChangeRows():
            yield from match_uses(syntax.contents.uses)
        case AlterTable():
            yield from match_alter(syntax)
        case DropObjects():
            yield from match_drop(syntax)
        case RenameObject():
            yield from match_rename(syntax)
        case SetSchema():
            yield from match_move(syntax)
        case CommentOn():
            yield from match_comment(syntax)
        case CreateTable():
            yield from _create_table(syntax)
        case CreateTableAs(query=query, with_data=with_data):
            yield hit("CreateTableAsStmt")
            found = match_statement(query)
            yield from found if with_data else rest(found)
        case CreateView(name=name, replace=over):
            yield hit("ViewStmt REPLACE", name) if over else hit("ViewStmt")
            yield from rest(match_uses(syntax.contents.uses))
        case CreateIndex(table=table):
            key = "IndexStmt ONLY" if syntax.only else "IndexStmt"
            yield hit("IndexStmt CONCURRENTLY" if syntax.concurrently else key, table)
        case RefreshView(name=name):
            yield hit("RefreshMatViewStmt CONCURRENTLY" if syntax.concurrently else "RefreshMatViewStmt", name)
        case ReindexObject():
            yield _reindex(syntax)
        case SequenceStatement():
            yield _sequence(syntax)
        case CreateStatistics(relations=relations) | TruncateTables(relations=relations):
            yield from _each(syntax.node, relations)
        case LockTables(relations=relations, mode=mode):
            yield from _each(f"LockStmt {mode}", relations)
        case VacuumTables():
            yield from _vacuum(syntax)
        case ClusterTable(relation=relation):
            yield hit("ClusterStmt", relation) if relation else hit("ClusterStmt all")
        case CreateTrigger():
            yield _trigger(syntax)
        case CreateRule(table=table) | PolicyStatement(table=table):
            yield hit(syntax.node, table)
            yield from rest(match_uses(syntax.contents.uses))
        case PublicationStatement(relations=relations):
            if syntax.everything:
                yield hit("CreatePublicationStmt ALL")
            yield from _each(syntax.node, relations)
        case CreateSchema(elements=elements):
            yield hit("CreateSchemaStmt")
            for element in elements:
                yield from match_statement(element)
        case CreateRoutine():
            yield from _routine(syntax)
        case CopyRows():
            yield from _copy(syntax)
        case ExplainQuery(query=query, analyze=analyze):
            yield hit("ExplainStmt")
            yield from match_statement(query) if analyze else rest(match_statement(query))
        case NamedQuery(query=query, cursor=cursor):
            yield from match_statement(query) if cursor else rest(match_statement(query))
        case GrantPrivileges(relations=names):
            yield from (hit("GrantStmt", name) for name in names or (None,))
        case _ if syntax.node in FORMS:
            yield hit(syntax.node)


def _each(key: str, relations: Iterable[RelationName]) -> Iterator[FormHit]:
    """The hits of a statement that does the same to each of its relations."""
    return (at(hit(key, relation.name), relation) for relation in relations)


def _create_table(syntax: CreateTable) -> Iterator[FormHit]:
    yield hit("CreateStmt")
    key = "CreateStmt PARTITION OF" if syntax.partition else "CreateStmt INHERITS"
    yield from (hit(key, parent=parent) for parent in syntax.parents)
    if syntax.typed:
        yield hit("CreateStmt OF")
    yield from (hit("CreateStmt LIKE", source=source) for source in syntax.likes)
    constraints = syntax.constraints + tuple(own for column in syntax.columns for own in column.constraints)
    yield from (
        hit("CreateStmt REFERENCES", referenced=each.target)
        for each in constraints
        if each.kind is ConstraintKind.FOREIGN and each.target is not None and each.target != syntax.name
    )


def _sequence(syntax: SequenceStatement) -> FormHit:
    subject = syntax.name if syntax.node == "AlterSeqStmt" else None
    if syntax.owner is None:
        return hit(syntax.node, subject)
    return hit(f"{syntax.node} OWNED BY", subject, referenced=syntax.owner)


def _trigger(syntax: CreateTrigger) -> FormHit:
    if syntax.constrained is not None:
        return hit("CreateTrigStmt FROM", syntax.table, referenced=syntax.constrained)
    # a trigger FOR EACH STATEMENT stays with its table (manual, CREATE TRIGGER)
    return replace(hit("CreateTrigStmt", syntax.table), only=not syntax.row)


def _routine(syntax: CreateRoutine) -> Iterator[FormHit]:
    """A function; an SQL body, as a string or as statements, locks what it names when it is checked."""
    yield hit("CreateFunctionStmt")
    yield from rest(match_uses(syntax.contents.uses))
    if syntax.body.checked:
        for piece in syntax.body.pieces:
            yield from rest(match_statement(piece.syntax))


def _reindex(syntax: ReindexObject) -> FormHit:
    if syntax.relation is None or syntax.kind not in {ReindexKind.INDEX, ReindexKind.TABLE}:
        return hit("ReindexStmt")
    key = f"ReindexStmt {syntax.kind.name}" + (" CONCURRENTLY" if syntax.concurrently else "")
    return hit(key, index=syntax.relation) if syntax.kind is ReindexKind.INDEX else hit(key, syntax.relation)


def _copy(syntax: CopyRows) -> Iterator[FormHit]:
    if syntax.relation is None:
        yield hit("CopyStmt query")
        yield from match_uses(syntax.contents.uses)
    else:
        yield hit("CopyStmt FROM" if syntax.reads else "CopyStmt TO", syntax.relation)


def _vacuum(syntax: VacuumTables) -> Iterator[FormHit]:
    keys = []
    if syntax.vacuum:
        keys.append("VacuumStmt FULL" if _is_on(syntax, "full") else "VacuumStmt")
    if not syntax.vacuum or _is_on(syntax, "analyze"):
        keys.append("VacuumStmt ANALYZE")
    yield from (at(hit(key, table.name), table) for table in syntax.relations for key in keys)
    yield from (hit(key) for key in keys if not syntax.relations)


def _is_on(syntax: Syntax, name: str) -> bool:
    option = syntax.option(name)
    return option is not None and option.on
