"""Columns, constraints, indexes, and what ALTER TABLE does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from postgast import nodes
from postgast import pg_query_pb2 as pb

from release.model.syntax import (
    ActionKind,
    AlterAction,
    AlterTable,
    ColumnSpec,
    ConstraintKind,
    ConstraintSpec,
    CreateIndex,
    CreateTable,
    IndexKey,
)
from release.sql.read.called import called
from release.sql.read.expressions import conversion_of, expression_of
from release.sql.read.internals import message_of
from release.sql.read.names import (
    listed_words,
    name_of_relation,
    name_of_words,
    named_relation,
    options_of,
    relation_name,
    type_of,
    words_of,
)
from release.sql.read.numbers import action_kind, constraint_kind, number_of, object_kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model import Name
    from release.sql.read.common import Common

_CASCADE = number_of("DROP_CASCADE")
_DEFAULT_ORDER = number_of("SORTBY_DEFAULT")
_ENFORCEABLE = frozenset({ConstraintKind.CHECK, ConstraintKind.FOREIGN})


def create_table(node: nodes.CreateStmt, common: Common) -> CreateTable:
    elements: list[ColumnSpec | ConstraintSpec] = []
    likes = []
    for item in node.table_elts:
        if isinstance(item, nodes.ColumnDef):
            elements.append(column_of(item))
        elif isinstance(item, nodes.Constraint):
            elements.append(constraint_of(item))
        elif isinstance(item, nodes.TableLikeClause):
            likes.append(name_of_relation(item.relation))
    elements += [constraint_of(item) for item in node.constraints if isinstance(item, nodes.Constraint)]
    return CreateTable(
        **common,
        name=name_of_relation(node.relation),
        elements=tuple(elements),
        likes=tuple(likes),
        parents=tuple(name_of_relation(item) for item in node.inh_relations if isinstance(item, nodes.RangeVar)),
        partition=node.partbound is not None,
        partitioned=node.partspec is not None,
        typed=node.of_typename is not None,
        persistence=node.relation.relpersistence if node.relation else "p",
    )


def column_of(node: nodes.ColumnDef) -> ColumnSpec:
    return ColumnSpec(
        node.colname, type_of(node.type_name), constraints_of(node.constraints), expression_of(node.raw_default)
    )


def constraints_of(items: Iterable[nodes.AstNode]) -> tuple[ConstraintSpec, ...]:
    return tuple(constraint_of(item) for item in items if isinstance(item, nodes.Constraint))


def constraint_of(node: nodes.Constraint) -> ConstraintSpec:
    kind = constraint_kind(node.contype)
    foreign = kind is ConstraintKind.FOREIGN
    message: pb.Constraint = message_of(node)
    return ConstraintSpec(
        kind,
        node.conname,
        listed_words(message.fk_attrs if foreign else message.keys),
        named_relation(node.pktable),
        listed_words(message.pk_attrs),
        expression_of(node.raw_expr),
        node.deferrable,
        node.initdeferred,
        node.is_enforced or kind not in _ENFORCEABLE,  # the parser sets it of few kinds
        node.skip_validation,
        node.is_no_inherit,
        node.generated_when,
        node.generated_kind,
        node.nulls_not_distinct,
        node.without_overlaps,
        listed_words(message.including),
        tuple(_exclusion(item) for item in node.exclusions if isinstance(item, nodes.List)),
        node.indexname,
        expression_of(node.where_clause),
        node.fk_matchtype,
        node.fk_upd_action,
        node.fk_del_action,
        listed_words(message.fk_del_set_cols),
        node.fk_with_period,
        _sequence(node.options) if kind is ConstraintKind.IDENTITY else None,
        node.access_method,
    )


def _sequence(options: Iterable[nodes.AstNode]) -> Name | None:
    named = next((each.words for each in options_of(options) if each.name == "sequence_name"), None)
    return name_of_words(named) if named else None


def _exclusion(node: nodes.List) -> tuple[IndexKey, tuple[str, ...]]:
    match node.items:
        case [nodes.IndexElem() as element, nodes.List(items=words)]:
            return key_of(element), words_of(words)
        case _:
            return IndexKey(""), ()


def key_of(node: nodes.IndexElem) -> IndexKey:
    message: pb.IndexElem = message_of(node)
    return IndexKey(
        node.name,
        expression_of(node.expr),
        listed_words(message.collation),
        listed_words(message.opclass),
        node.ordering > _DEFAULT_ORDER or node.nulls_ordering > _DEFAULT_ORDER,
        called(node.expr) if node.expr else "",
    )


def create_index(node: nodes.IndexStmt, common: Common) -> CreateIndex:
    return CreateIndex(
        **common,
        name=node.idxname,
        table=name_of_relation(node.relation),
        only=node.relation is not None and not node.relation.inh,
        method=node.access_method or "btree",
        unique=node.unique,
        keys=tuple(key_of(item) for item in node.index_params if isinstance(item, nodes.IndexElem)),
        including=tuple(item.name for item in node.index_including_params if isinstance(item, nodes.IndexElem)),
        where=expression_of(node.where_clause),
        concurrently=node.concurrent,
        nulls_not_distinct=node.nulls_not_distinct,
    )


def alter_table(node: nodes.AlterTableStmt, common: Common) -> AlterTable:
    return AlterTable(
        **common,
        kind=object_kind(node.objtype),
        relation=relation_name(node.relation),
        actions=tuple(_action(item) for item in node.cmds if isinstance(item, nodes.AlterTableCmd)),
    )


def _action(node: nodes.AlterTableCmd) -> AlterAction:
    kind, name = action_kind(node.subtype), node.name
    cascade, missing_ok = node.behavior == _CASCADE, node.missing_ok
    match node.def_:
        case nodes.ColumnDef() as column:
            spec = column_of(column)
            if kind is ActionKind.ALTER_COLUMN_TYPE:
                value, converted, uncast = conversion_of(column, name)
                spec = replace(spec, value=value, converted=converted, uncast=uncast)
            return AlterAction(kind, name, spec, missing_ok=missing_ok, cascade=cascade)
        case nodes.Constraint() as constraint:
            return AlterAction(kind, name, constraint=constraint_of(constraint), missing_ok=missing_ok)
        case nodes.ATAlterConstraint() as altered:
            return AlterAction(kind, altered.conname, enforceability=altered.alter_enforceability)
        case nodes.RangeVar() as parent:
            return AlterAction(kind, name, relation=name_of_relation(parent))
        case nodes.PartitionCmd() as partition:
            return AlterAction(kind, name, relation=name_of_relation(partition.name), concurrently=partition.concurrent)
        case nodes.List(items=items):
            return AlterAction(kind, name, options=options_of(items), missing_ok=missing_ok)
        case other if kind in (ActionKind.COLUMN_DEFAULT, ActionKind.SET_EXPRESSION):
            return AlterAction(kind, name, expression=expression_of(other))
        case _:
            return AlterAction(kind, name, missing_ok=missing_ok, cascade=cascade)
