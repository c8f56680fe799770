"""What is otherwise for an application once a segment has run: what it no longer finds, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.model import Name, Object
from release.model.syntax import (
    ActionKind,
    AlterTable,
    ConstraintKind,
    CreateIndex,
    CreateRoutine,
    SetSchema,
)
from release.plan.spared import holds_not_null
from release.plan.statement_words import CONSTRAINTS, OF_TABLE, SWITCHES, shown, word
from release.plan.wording import shortened
from release.sql.read.types import SERIAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from release.model.syntax import AlterAction, ColumnSpec
    from release.plan.ledger import LedgerStep

# a column of these is filled without a word from the application
_FILLED = (ConstraintKind.DEFAULT, ConstraintKind.IDENTITY, ConstraintKind.GENERATED)
# what an application calls by its name
_CALLED = frozenset(
    {"table", "view", "materialized view", "foreign table", "sequence", "column"}
    | {"function", "procedure", "aggregate", "routine", "type", "domain", "schema", "extension"}
)
# what acts otherwise from then on, by the end of the tag
_OTHERWISE = {"POLICY": "row security", "TRIGGER": "triggers", "RULE": "rules"}


def changed_from_here(steps: Sequence[LedgerStep]) -> tuple[str, ...]:
    """What is otherwise after the statements of a segment, in words."""
    return tuple(dict.fromkeys((*_gone(steps), *(text for step in steps for text in _changed(step)))))


def _gone(steps: Sequence[LedgerStep]) -> Iterator[str]:
    """What an application does not find any more after a segment."""
    found: dict[Object, str] = {}
    for step in steps:
        facts = step.statement.facts
        for thing in (*facts.drops, *(old for old, _ in facts.renames)):
            if thing.kind not in _CALLED:
                continue
            whole, inventory = step.whole(thing), step.ledger.inventory
            before = inventory.find(whole, step.moment)
            if before and before.since > step.ledger.start:
                continue
            # by the name that an application knows
            name = whole.name if thing.parent or before is None else before.name_at(_begin(step))
            if inventory.find(replace(whole, name=name), _end(step)) is None:
                parent = f"{shown(step, step.at_start(thing.parent))}." if thing.parent else ""
                found[whole] = parent + shown(step, name)
    tables = {each.name for each in found if not each.parent}
    names = [name for each, name in found.items() if each.parent not in tables]
    if names:
        yield f"what uses {shortened(list(dict.fromkeys(names)))} fails"


def _changed(step: LedgerStep) -> Iterator[str]:
    """What a statement lets an application no longer do, or lets it see otherwise."""
    syntax, tag = step.statement.syntax, step.statement.facts.tag
    match syntax:
        case AlterTable(relation=relation, actions=actions) if not step.is_new(relation.name):
            table = shown(step, step.at_start(relation.name))
            for action in actions:
                yield from _acts(step, relation.name, table, action)
        case CreateIndex(unique=True, table=relation) if not step.is_new(relation):
            yield f"{word(syntax.name) or 'its index'} refuses duplicates"
        case CreateRoutine(if_not_exists=True):
            yield f"{shown(step, step.at(syntax.name))}() may be another"
        case SetSchema(schema=schema) if schema:
            yield f"{step.statement.facts.subject} is in schema {word(schema)}"
        case _ if tag == "REVOKE":
            yield "others have fewer rights"
        case _ if tag.rpartition(" ")[2] in _OTHERWISE:
            tables = [each.relation for each in step.statement.facts.effects if not step.is_new(each.relation)]
            for each in tables:
                yield f"{shown(step, step.at_start(each))} has other {_OTHERWISE[tag.rpartition(' ')[2]]}"


def _acts(step: LedgerStep, relation: Name, table: str, action: AlterAction) -> Iterator[str]:
    constraint, column = action.constraint, action.column
    match action.kind:
        case ActionKind.ADD_CONSTRAINT if constraint and constraint.kind in CONSTRAINTS:
            named = Object("constraint", Name(constraint.name), relation)
            stays = not constraint.name or step.ledger.inventory.find(step.whole(named), _end(step))
            if stays and constraint.enforced and not constraint.index:
                yield f"{word(constraint.name) or f'{CONSTRAINTS[constraint.kind]} of {table}'} refuses rows"
        case ActionKind.ADD_COLUMN if column and _must_be_given(column) and not _is_filled_later(step, column.name):
            yield f"an INSERT without {table}.{word(column.name)} fails"
        case ActionKind.SET_NOT_NULL if not holds_not_null(step, relation, action.name):
            yield f"{table}.{word(action.name)} must not be NULL"
        case ActionKind.COLUMN_DEFAULT if action.expression is None and not _is_filled_later(step, action.name):
            yield f"{table}.{word(action.name)} has no default"
        case ActionKind.ALTER_COLUMN_TYPE:
            yield f"{table}.{word(action.name)} is of another type"
        case kind if kind is ActionKind.CHANGE_OWNER or kind in SWITCHES:
            yield f"{table} may have {'another' if kind is ActionKind.CHANGE_OWNER else 'other'} {OF_TABLE[kind]}"


def _must_be_given(column: ColumnSpec) -> bool:
    needed = column.constraint(ConstraintKind.NOTNULL) or column.constraint(ConstraintKind.PRIMARY)
    serial = column.type is not None and column.type.name.name in SERIAL
    return needed is not None and not serial and not any(column.constraint(each) for each in _FILLED)


def _is_filled_later(step: LedgerStep, column: str) -> bool:
    """Whether the same segment still gives a column a default, or lets it be NULL."""
    return any(
        action.name == column
        and (
            action.kind is ActionKind.DROP_NOT_NULL or (action.kind is ActionKind.COLUMN_DEFAULT and action.expression)
        )
        for each in step.segment.statements
        if isinstance(each.syntax, AlterTable)
        for action in each.syntax.actions
    )


def _begin(step: LedgerStep) -> int:
    """The moment before a statement's segment."""
    return step.ledger.start + step.ledger.first_of(step.segment)


def _end(step: LedgerStep) -> int:
    return _begin(step) + len(step.segment.statements)
