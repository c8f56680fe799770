"""ALTER TABLE and its kin: which rows of the table each subcommand matches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.model.syntax import ActionKind, ConstraintKind, ObjectKind
from release.sql.locks.forms import FORMS, RelationPart
from release.sql.locks.hit import FormHit, at, hit
from release.sql.locks.volatility import is_volatile
from release.sql.read.types import SERIAL, SPATIAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model import Name
    from release.model.syntax import AlterAction, AlterTable, ColumnSpec, ConstraintSpec

PREFIXES = {ObjectKind.INDEX: "INDEX ", ObjectKind.VIEW: "VIEW "}

WEAK_OPTIONS = frozenset({"fillfactor", "toast_tuple_target", "parallel_workers", "deduplicate_items"})
WEAK_PREFIXES = ("autovacuum_", "vacuum_", "log_autovacuum_")
"""Storage parameters that take SHARE UPDATE EXCLUSIVE (manual, ALTER TABLE, SET (…)); all others ACCESS EXCLUSIVE."""

_NOT_NULL = frozenset({ConstraintKind.NOTNULL, ConstraintKind.PRIMARY})
_INDEXED = frozenset({ConstraintKind.UNIQUE, ConstraintKind.PRIMARY})


def match_alter(syntax: AlterTable) -> Iterator[FormHit]:
    """Yield the hits of an ALTER TABLE, subcommand by subcommand."""
    subject = syntax.relation.name
    for action in syntax.actions:
        if syntax.kind is ObjectKind.TYPE:
            yield hit("TYPE AT_AddColumn", subject)
            continue
        for found in _match_action(action, subject):
            special = PREFIXES.get(syntax.kind, "") + found.key
            key = next((key for key in (special, found.key) if key in FORMS), "unknown AlterTableCmd")
            own = ((RelationPart.INDEX, subject),) if syntax.kind is ObjectKind.INDEX else ()
            yield at(FormHit(key, found.parts + own, sparing=found.sparing), syntax.relation)


def _match_action(action: AlterAction, subject: Name) -> Iterator[FormHit]:
    key = str(action.kind)
    match action.kind:
        case ActionKind.ADD_COLUMN if action.column:
            yield from match_column(action.column, subject)
        case ActionKind.ADD_CONSTRAINT if action.constraint:
            yield _match_constraint(action.constraint, subject)
        case ActionKind.ALTER_COLUMN_TYPE:
            yield hit(f"{key} geometry" if _is_spatial(action.column) else key, subject)
        case ActionKind.ALTER_CONSTRAINT if action.enforceability:
            yield hit(f"{key} ENFORCED", subject)
        case ActionKind.SET_REL_OPTIONS | ActionKind.RESET_REL_OPTIONS:
            names = [option.name for option in action.options]
            weak = all(name in WEAK_OPTIONS or name.startswith(WEAK_PREFIXES) for name in names)
            yield hit(key if weak else f"{key} strong", subject)
        case ActionKind.ADD_INHERIT | ActionKind.DROP_INHERIT if action.relation:
            yield hit(key, subject, parent=action.relation)
        case ActionKind.ATTACH_PARTITION | ActionKind.DETACH_PARTITION | ActionKind.DETACH_PARTITION_FINALIZE if (
            action.relation
        ):
            yield hit(f"{key} CONCURRENTLY" if action.concurrently else key, subject, child=action.relation)
        case _:
            yield hit(key, subject)


def _is_spatial(column: ColumnSpec | None) -> bool:
    return column is not None and column.type is not None and column.type.name.name in SPATIAL


def match_column(column: ColumnSpec, subject: Name) -> Iterator[FormHit]:
    """Yield the hits of ADD COLUMN: one for the column, one for each constraint that adds work."""
    kinds = {each.kind for each in column.constraints}
    default = column.constraint(ConstraintKind.DEFAULT)
    generated = column.constraint(ConstraintKind.GENERATED)
    foreign = column.constraint(ConstraintKind.FOREIGN)
    serial = column.type is not None and column.type.name.name in SERIAL
    filled = default is not None or serial or ConstraintKind.IDENTITY in kinds or generated is not None
    yield hit("AT_AddColumn", subject)
    if serial:
        yield hit("AT_AddColumn serial", subject)
    if default is not None and default.expression is not None and is_volatile(default.expression):
        yield hit("AT_AddColumn volatile", subject)
    if ConstraintKind.IDENTITY in kinds:
        yield hit("AT_AddColumn IDENTITY", subject)
    if generated is not None:
        stored = generated.generated_kind == "s"
        yield hit("AT_AddColumn STORED" if stored else "AT_AddColumn VIRTUAL", subject)
    if not filled and kinds & _NOT_NULL:
        yield hit("AT_AddColumn NOT NULL", subject)
    if ConstraintKind.CHECK in kinds:
        yield hit("AT_AddColumn CHECK", subject)
    if kinds & _INDEXED:
        yield hit("AT_AddColumn UNIQUE", subject)
    if foreign is not None and foreign.target is not None:
        key = "AT_AddColumn REFERENCES DEFAULT" if filled else "AT_AddColumn REFERENCES"
        yield hit(key, subject, referenced=foreign.target)


def _match_constraint(constraint: ConstraintSpec, subject: Name) -> FormHit:
    key = f"AT_AddConstraint {constraint.kind}"
    if constraint.not_valid or not constraint.enforced:
        key += " NOT VALID"
    if constraint.index:
        key += " USING INDEX"
    if constraint.target is not None:
        return hit(key, subject, referenced=constraint.target)
    return replace(hit(key, subject), sparing=constraint.no_inherit)
