"""Which rows of the table a statement matches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import postgast

from release.sql.locks.alter import match_alter
from release.sql.locks.forms import FORMS
from release.sql.locks.hit import FormHit, at, hit, rest
from release.sql.locks.objects import match_comment, match_drop, match_label, match_move, match_rename
from release.sql.locks.queries import find_queries
from release.sql.read.enums import CONSTRAINT, REINDEX
from release.sql.read.nodes import is_on, name_from, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def match_statement(node: Any) -> Iterator[FormHit]:
    """Yield every row that a statement matches; none for a statement that the table does not know.

    Args:
        node: statement node as postgast gives it, unwrapped.
    """
    kind = type(node).__name__
    special = MATCHERS.get(kind)
    if special:
        yield from special(node)
    elif kind in {"SelectStmt", "InsertStmt", "UpdateStmt", "DeleteStmt", "MergeStmt"}:
        yield from find_queries(node)
    elif kind in FORMS:
        yield hit(kind)


def _create_table(node: Any) -> Iterator[FormHit]:
    yield hit("CreateStmt")
    if node.HasField("partbound"):
        yield from (hit("CreateStmt PARTITION OF", parent=name_of(item.range_var)) for item in node.inh_relations)
    else:
        yield from (hit("CreateStmt INHERITS", parent=name_of(item.range_var)) for item in node.inh_relations)
    if node.HasField("of_typename"):
        yield hit("CreateStmt OF")
    constraints = [item.constraint for item in (*node.table_elts, *node.constraints)]
    for item in node.table_elts:
        constraints += [own.constraint for own in item.column_def.constraints]
        if item.WhichOneof("node") == "table_like_clause":
            yield hit("CreateStmt LIKE", source=name_of(item.table_like_clause.relation))
    for constraint in constraints:
        if CONSTRAINT(constraint.contype) == "CONSTR_FOREIGN" and name_of(constraint.pktable) != name_of(node.relation):
            yield hit("CreateStmt REFERENCES", referenced=name_of(constraint.pktable))


def _create_table_as(node: Any) -> Iterator[FormHit]:
    yield hit("CreateTableAsStmt")
    query = postgast.unwrap_node(node.query)
    found = find_queries(query) if type(query).__name__ == "SelectStmt" else match_statement(query)
    yield from rest(found) if node.into.skip_data else found


def _create_view(node: Any) -> Iterator[FormHit]:
    yield hit("ViewStmt REPLACE", name_of(node.view)) if node.replace else hit("ViewStmt")
    yield from rest(find_queries(node.query))


def _refresh(node: Any) -> Iterator[FormHit]:
    yield hit("RefreshMatViewStmt CONCURRENTLY" if node.concurrent else "RefreshMatViewStmt", name_of(node.relation))


def _sequence(node: Any) -> Iterator[FormHit]:
    kind = type(node).__name__
    subject = name_of(node.sequence) if kind == "AlterSeqStmt" else None
    owners = [name_from(item.def_elem.arg, -1) for item in node.options if item.def_elem.defname == "owned_by"]
    if owners and owners[0].name:  # OWNED BY NONE has no table
        yield hit(f"{kind} OWNED BY", subject, referenced=owners[0])
    else:
        yield hit(kind, subject)


def _trigger(node: Any) -> Iterator[FormHit]:
    if node.constrrel.relname:
        yield hit("CreateTrigStmt FROM", name_of(node.relation), referenced=name_of(node.constrrel))
    else:
        # a trigger FOR EACH STATEMENT stays with its table (manual, CREATE TRIGGER)
        yield replace(hit("CreateTrigStmt", name_of(node.relation)), only=not node.row)


def _rule(node: Any) -> Iterator[FormHit]:
    yield hit("RuleStmt", name_of(node.relation))
    for action in node.actions:
        yield from rest(find_queries(action))


def _policy(node: Any) -> Iterator[FormHit]:
    yield hit(type(node).__name__, name_of(node.table))
    yield from rest(find_queries(node.qual))
    yield from rest(find_queries(node.with_check))


def _publication(node: Any) -> Iterator[FormHit]:
    tables = [item.publication_obj_spec.pubtable.relation for item in node.pubobjects]
    named = [table for table in tables if table.relname]
    if not named and not node.pubobjects:
        yield hit("CreatePublicationStmt ALL")
    yield from (at(hit(type(node).__name__, name_of(table)), table) for table in named)


def _schema(node: Any) -> Iterator[FormHit]:
    yield hit("CreateSchemaStmt")
    for element in node.schema_elts:
        yield from match_statement(postgast.unwrap_node(element))


def _function(node: Any) -> Iterator[FormHit]:
    """A function; an SQL body, as a string or as statements, locks what it names when it is checked."""
    yield hit("CreateFunctionStmt")
    yield from rest(find_queries(node.sql_body))
    options = {item.def_elem.defname: item.def_elem.arg for item in node.options}
    if "as" in options and "language" in options and options["language"].string.sval.lower() == "sql":
        try:
            body = postgast.parse(options["as"].list.items[0].string.sval)
        except postgast.PgQueryError:  # PostgreSQL will say so itself
            return
        for statement in body.stmts:
            yield from rest(match_statement(postgast.unwrap_node(statement.stmt)))


def _index(node: Any) -> Iterator[FormHit]:
    key = "IndexStmt CONCURRENTLY" if node.concurrent else "IndexStmt" if node.relation.inh else "IndexStmt ONLY"
    yield hit(key, name_of(node.relation))


def _reindex(node: Any) -> Iterator[FormHit]:
    kind = REINDEX(node.kind).removeprefix("REINDEX_OBJECT_")
    if kind not in {"INDEX", "TABLE"}:
        yield hit("ReindexStmt")
        return
    key = f"ReindexStmt {kind}" + (" CONCURRENTLY" if is_on(node.params, "concurrently") else "")
    name = name_of(node.relation)
    yield hit(key, index=name) if kind == "INDEX" else hit(key, name)


def _cluster(node: Any) -> Iterator[FormHit]:
    yield hit("ClusterStmt", name_of(node.relation)) if node.relation.relname else hit("ClusterStmt all")


def _copy(node: Any) -> Iterator[FormHit]:
    if node.relation.relname:
        yield hit("CopyStmt FROM" if node.is_from else "CopyStmt TO", name_of(node.relation))
    else:
        yield hit("CopyStmt query")
        yield from find_queries(node.query)


def _explain(node: Any) -> Iterator[FormHit]:
    yield hit("ExplainStmt")
    inner = match_statement(postgast.unwrap_node(node.query))
    yield from inner if is_on(node.options, "analyze") else rest(inner)


def _prepare(node: Any) -> Iterator[FormHit]:
    yield from rest(match_statement(postgast.unwrap_node(node.query)))


def _cursor(node: Any) -> Iterator[FormHit]:
    yield from match_statement(postgast.unwrap_node(node.query))


def _vacuum(node: Any) -> Iterator[FormHit]:
    keys = []
    if node.is_vacuumcmd:
        keys.append("VacuumStmt FULL" if is_on(node.options, "full") else "VacuumStmt")
    if not node.is_vacuumcmd or is_on(node.options, "analyze"):
        keys.append("VacuumStmt ANALYZE")
    tables = [item.vacuum_relation.relation for item in node.rels]
    yield from (at(hit(key, name_of(table)), table) for table in tables for key in keys)
    yield from (hit(key) for key in keys if not tables)


def _grant(node: Any) -> Iterator[FormHit]:
    tables = [item.range_var for item in node.objects if item.WhichOneof("node") == "range_var"]
    yield from (hit("GrantStmt", name_of(table)) for table in tables)
    if not tables:
        yield hit("GrantStmt")


def _each(key: str) -> Callable[[Any], Iterator[FormHit]]:
    """A matcher for a statement that does the same to each of its `relations`."""
    return lambda node: (
        at(hit(key.format(node=node), name_of(item.range_var)), item.range_var) for item in node.relations
    )


MATCHERS: dict[str, Callable[[Any], Iterator[FormHit]]] = {
    "AlterObjectDependsStmt": match_move,
    "AlterObjectSchemaStmt": match_move,
    "AlterPolicyStmt": _policy,
    "AlterPublicationStmt": _publication,
    "AlterSeqStmt": _sequence,
    "AlterTableStmt": match_alter,
    "ClusterStmt": _cluster,
    "CommentStmt": match_comment,
    "CopyStmt": _copy,
    "CreateFunctionStmt": _function,
    "CreatePolicyStmt": _policy,
    "CreatePublicationStmt": _publication,
    "CreateSchemaStmt": _schema,
    "CreateSeqStmt": _sequence,
    "CreateStatsStmt": _each("CreateStatsStmt"),
    "CreateStmt": _create_table,
    "CreateTableAsStmt": _create_table_as,
    "CreateTrigStmt": _trigger,
    "DeclareCursorStmt": _cursor,
    "DropStmt": match_drop,
    "ExplainStmt": _explain,
    "GrantStmt": _grant,
    "IndexStmt": _index,
    "LockStmt": _each("LockStmt {node.mode}"),
    "PrepareStmt": _prepare,
    "RefreshMatViewStmt": _refresh,
    "ReindexStmt": _reindex,
    "RenameStmt": match_rename,
    "RuleStmt": _rule,
    "SecLabelStmt": match_label,
    "TruncateStmt": _each("TruncateStmt"),
    "VacuumStmt": _vacuum,
    "ViewStmt": _create_view,
}
