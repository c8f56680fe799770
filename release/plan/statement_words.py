"""What statements do, in a few words for each: for a cell of the table of segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Mark, Name
from release.model.syntax import (
    ActionKind,
    AlterTable,
    ConstraintKind,
    CreateIndex,
    CreateTableAs,
    DropObjects,
    ObjectKind,
    Select,
    SetSchema,
)
from release.plan.wording import numbers, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from release.model.syntax import AlterAction
    from release.plan.ledger import LedgerStep

CONSTRAINTS = {
    ConstraintKind.CHECK: "CHECK",
    ConstraintKind.EXCLUSION: "EXCLUDE",
    ConstraintKind.FOREIGN: "FOREIGN KEY",
    ConstraintKind.NOTNULL: "NOT NULL",
    ConstraintKind.PRIMARY: "PRIMARY KEY",
    ConstraintKind.UNIQUE: "UNIQUE",
}
# what is switched on and off at a table
SWITCHES = {
    kind: word
    for part, word in (("Trig", "triggers"), ("Rule", "rules"), ("RowSecurity", "row security"))
    for kind in ActionKind
    if part in kind.value
}
# what else is changed of a table as a whole
OF_TABLE = SWITCHES | {
    ActionKind.CHANGE_OWNER: "owner",
    ActionKind.SET_REL_OPTIONS: "options",
    ActionKind.RESET_REL_OPTIONS: "options",
    ActionKind.REPLICA_IDENTITY: "replica identity",
}
FEW = 3
"""Texts that stand in one cell, each for itself."""


def what_is_done(steps: Sequence[LedgerStep]) -> str:
    """What statements do, each for itself, or all of them in numbers."""
    texts = list(dict.fromkeys(text for step in steps for text in _texts(step)))
    if not texts:
        return "version row only"
    if len(texts) <= FEW:
        return "; ".join(texts)
    return f"{len(steps)} statements: {numbers(steps)}" if len(steps) > 1 else "; ".join(texts)


def _texts(step: LedgerStep) -> Iterator[str]:
    """What a statement does, in a few words for each of its parts."""
    syntax, facts = step.statement.syntax, step.statement.facts
    if facts.renames:
        for old, new in facts.renames:
            parent = f"{shown(step, step.at(old.parent))}." if old.parent and old.kind != "index" else ""
            kind = "" if old.kind in {"table", "column"} else f"{old.kind} "
            yield f"rename {kind}{parent}{shown(step, old.name)} to {shown(step, new.name)}"
        return
    match syntax:
        case CreateIndex(name=name, unique=unique, concurrently=concurrently):
            told = name and not step.is_new(syntax.table)
            on = "" if told else f"on {shown(step, step.at(syntax.table))}"
            words = ("CIC" if concurrently else "index", "UNIQUE" if unique else "", word(name), on)
            yield " ".join(word for word in words if word)
        case DropObjects(kind=ObjectKind.INDEX, concurrently=concurrently):
            for gone in facts.drops:
                yield f"{'DIC' if concurrently else 'drop index'} {word(gone.name.name)}"
        case AlterTable(relation=relation, actions=actions):
            table = shown(step, step.at(relation.name))
            for action in actions:
                yield _action(step, table, action)
        case CreateTableAs() | Select() if facts.creates:
            yield f"CREATE {facts.creates[0].kind.upper()} {shown(step, facts.creates[0].name)}"
        case SetSchema(schema=schema) if schema:
            yield f"move {facts.subject} to schema {word(schema)}"
        case _:
            yield f"{facts.called} {facts.subject}".strip()


def _action(step: LedgerStep, table: str, action: AlterAction) -> str:
    column, constraint = f"{table}.{word(action.name)}", action.constraint
    match action.kind:
        case ActionKind.ADD_COLUMN if action.column:
            generated = any(each.mark is Mark.GENERATED for each in step.statement.facts.marks)
            return f"add {table}.{word(action.column.name)}{' GENERATED' if generated else ''}"
        case ActionKind.DROP_COLUMN:
            return f"drop {column}"
        case ActionKind.ADD_CONSTRAINT if constraint and constraint.kind in CONSTRAINTS:
            words = (
                CONSTRAINTS[constraint.kind],
                word(constraint.name) or f"on {table}",
                "NOT VALID" * constraint.not_valid,
            )
            return " ".join(word for word in words if word)
        case ActionKind.VALIDATE_CONSTRAINT:
            return f"validate {word(action.name)}"
        case ActionKind.DROP_CONSTRAINT:
            return f"drop constraint {word(action.name)}"
        case ActionKind.ATTACH_PARTITION | ActionKind.DETACH_PARTITION if action.relation:
            attached = action.kind is ActionKind.ATTACH_PARTITION
            part = shown(step, step.at(action.relation))
            return f"attach {part} to {table}" if attached else f"detach {part} from {table}"
        case ActionKind.SET_NOT_NULL:
            return f"{column} NOT NULL"
        case ActionKind.DROP_NOT_NULL:
            return f"{column} may be NULL"
        case ActionKind.ALTER_COLUMN_TYPE:
            return f"type of {column}"
        case ActionKind.COLUMN_DEFAULT:
            return f"default of {column}"
        case kind if kind in OF_TABLE:
            return f"{OF_TABLE[kind]} of {table}"
        case _:
            return f"{step.statement.facts.called} {table}"


def shown(step: LedgerStep, name: Name) -> str:
    """A name without its schema where that is the script's own."""
    return short(name, step.ledger.schema)


def word(name: str) -> str:
    """A name as a reader takes it; "" for none."""
    return str(Name(name)) if name else ""
