"""What a statement has to do with rows that others may write at the same time.

Two statements of one transaction may rely on each other through the rows of a table: the second one counts on what the
first one has read, written, locked or switched off. A commit between them lets others' writes in (manual, chapter 13).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from release.model.syntax import (
    ActionKind,
    AlterDomain,
    AlterTable,
    Call,
    ChangeRows,
    ConstraintKind,
    CopyRows,
    CreateIndex,
    CreateRule,
    CreateTable,
    CreateTableAs,
    CreateTrigger,
    DoBlock,
    DropObjects,
    ExplainQuery,
    ObjectKind,
    PolicyStatement,
    RenameObject,
    Select,
    TruncateTables,
    Use,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model import Name
    from release.model.syntax import AlterAction, ConstraintSpec, Contents, Syntax


@unique
class Stake(StrEnum):
    """What the outcome of a statement has to do with the rows of a table, or the outcome of others' writes with it."""

    READS = "reads rows of"
    ADDS = "adds rows to"
    WRITES = "changes rows of"
    RELIES = "relies on the rows of"
    DESTROYS = "takes away values of"
    RENAMES = "takes the name of"
    LIFTS = "takes away what holds new rows of"
    HOLDS = "holds new rows of"
    ALTERS = "alters what others' writes make of values of"
    CONVERTS = "computes values from themselves in"


@dataclass(frozen=True, slots=True)
class RowStake:
    """A stake of a statement in a table.

    Attributes:
        relation: as written.
        columns: those that it is about; none: it may be about all of them.
        aspect: of LIFTS and HOLDS: what it is that holds new rows, e.g. "trigger".
        alone: of READS and WRITES: the statement has to do with the rows of no other table.
        firm: of RELIES: what it needs of a column is NOT NULL, which something may hold new rows to already.
    """

    stake: Stake
    relation: Name
    columns: frozenset[str] = frozenset()
    aspect: str = ""
    alone: bool = False
    firm: bool = False


_DATA = {
    Use.READ: Stake.READS,
    Use.LOCK: Stake.READS,
    Use.INSERT: Stake.WRITES,
    Use.UPDATE: Stake.WRITES,
    Use.DELETE: Stake.WRITES,
    Use.MERGE: Stake.WRITES,
}
_LIFTING = {
    ActionKind.DROP_NOT_NULL: "NOT NULL",
    ActionKind.DROP_CONSTRAINT: "constraint",
    ActionKind.DROP_EXPRESSION: "generated column",
    ActionKind.DROP_IDENTITY: "identity",
    ActionKind.DISABLE_TRIG: "trigger",
    ActionKind.DISABLE_TRIG_ALL: "trigger",
    ActionKind.DISABLE_TRIG_USER: "trigger",
    ActionKind.DISABLE_RULE: "rule",
    ActionKind.DISABLE_ROW_SECURITY: "row security",
    ActionKind.NO_FORCE_ROW_SECURITY: "row security",
    ActionKind.DROP_INHERIT: "parent",
    ActionKind.DETACH_PARTITION: "partition",
    # another session than one of replication no longer fires them
    ActionKind.ENABLE_REPLICA_TRIG: "trigger",
    ActionKind.ENABLE_REPLICA_RULE: "rule",
}
_HOLDING = {
    ActionKind.SET_EXPRESSION: "generated column",
    ActionKind.ADD_IDENTITY: "identity",
    ActionKind.SET_IDENTITY: "identity",
    ActionKind.ENABLE_TRIG: "trigger",
    ActionKind.ENABLE_ALWAYS_TRIG: "trigger",
    ActionKind.ENABLE_TRIG_ALL: "trigger",
    ActionKind.ENABLE_TRIG_USER: "trigger",
    ActionKind.ENABLE_RULE: "rule",
    ActionKind.ENABLE_ALWAYS_RULE: "rule",
    ActionKind.ENABLE_ROW_SECURITY: "row security",
    ActionKind.FORCE_ROW_SECURITY: "row security",
    ActionKind.ADD_INHERIT: "parent",
}
_DROPPED = {ObjectKind.TRIGGER: "trigger", ObjectKind.RULE: "rule", ObjectKind.POLICY: "row security"}
_OF_DOMAIN = {"C": "constraint", "X": "constraint", "N": "NOT NULL", "O": "NOT NULL"}
_WITH_INDEX = frozenset({ConstraintKind.PRIMARY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUSION})
_FILLED = frozenset({ConstraintKind.DEFAULT, ConstraintKind.GENERATED, ConstraintKind.IDENTITY})


def stakes_of(syntax: Syntax) -> tuple[RowStake, ...]:
    """The stakes of a statement in the tables that it names; of what a function or dynamic SQL does nothing is known.

    Validating a constraint has none: it has held all new rows since it was added NOT VALID.
    """
    return tuple(_stakes(syntax))


def _stakes(syntax: Syntax) -> Iterator[RowStake]:
    match syntax:
        case ChangeRows():
            yield from _of_change(syntax)
        case Select(contents=contents):
            yield from _of_uses(contents)
        case CreateTableAs(query=query, with_data=True) | ExplainQuery(query=query, analyze=True):
            yield from _stakes(query)
        case CopyRows(relation=relation, reads=reads):
            if relation is None:
                yield from _of_uses(syntax.contents)
            else:
                yield RowStake(Stake.ADDS if reads else Stake.READS, relation)
        case TruncateTables(relations=relations):
            for each in relations:
                yield RowStake(Stake.WRITES, each.name)
                yield RowStake(Stake.DESTROYS, each.name)
        case DoBlock(body=body):
            for piece in body.pieces:
                yield from _stakes(piece.syntax)
        case AlterTable(relation=relation, actions=actions):
            for action in actions:
                yield from _of_action(action, relation.name)
        case CreateIndex(unique=True, table=table, named_columns=columns):
            yield RowStake(Stake.RELIES, table, frozenset(columns))
            yield RowStake(Stake.HOLDS, table, frozenset(columns), "unique index")
        case CreateTrigger(table=table):
            yield RowStake(Stake.HOLDS, table, aspect="trigger")
        case CreateRule(table=table):
            yield RowStake(Stake.HOLDS, table, aspect="rule")
        case PolicyStatement(table=table):
            yield RowStake(Stake.HOLDS, table, aspect="row security")
        case RenameObject(kind=ObjectKind.COLUMN, relation=relation, new=new) if relation:
            yield RowStake(Stake.ALTERS, relation.name, frozenset({new}))
        case AlterDomain(name=name, action="C" | "N" as action):
            yield RowStake(Stake.HOLDS, name, aspect=_OF_DOMAIN[action])
        case AlterDomain(name=name, action="X" | "O" as action):
            yield RowStake(Stake.LIFTS, name, aspect=_OF_DOMAIN[action])
        case CreateTable(partition=True, parents=parents):
            yield from (RowStake(Stake.HOLDS, each, aspect="partition") for each in parents)
        case RenameObject(kind=ObjectKind.TABLE, relation=relation) if relation:
            yield RowStake(Stake.RENAMES, relation.name)
        case DropObjects(kind=ObjectKind.TABLE, targets=targets):
            yield from (RowStake(Stake.DESTROYS, each.name) for each in targets)
        case DropObjects(kind=kind, targets=targets) if kind in _DROPPED:
            yield from (RowStake(Stake.LIFTS, each.parent, aspect=_DROPPED[kind]) for each in targets if each.parent)


def _of_change(change: ChangeRows) -> Iterator[RowStake]:
    own = change.relation.name
    others = {name for name in change.contents.relations if name != own}
    if change.use is Use.INSERT and not change.from_query and not others:
        yield RowStake(Stake.ADDS, own)
        return
    columns: frozenset[str] = frozenset()
    if change.assigned:  # of all others it is not known which columns they read
        parts = [*(value for _, value in change.assigned), *([change.where] if change.where else [])]
        columns = frozenset({*change.columns, *(each for part in parts for each in part.columns)})
    yield RowStake(Stake.WRITES, own, columns, alone=not others)
    converted = frozenset(name for name, value in change.assigned if name in value.columns)
    if converted or (change.use is Use.UPDATE and not change.assigned):
        yield RowStake(Stake.CONVERTS, own, converted)
    yield from (each for each in _of_uses(change.contents) if each.relation != own)


def _of_uses(contents: Contents) -> Iterator[RowStake]:
    uses = [each for each in contents.uses if not isinstance(each, Call)]
    alone = len({each.relation for each in uses}) == 1
    yield from (RowStake(_DATA[each.use], each.relation, alone=alone) for each in dict.fromkeys(uses))


def _of_action(action: AlterAction, table: Name) -> Iterator[RowStake]:
    kind = action.kind
    if kind in _LIFTING:
        yield RowStake(Stake.LIFTS, table, _columns(action), _LIFTING[kind])
    elif kind in _HOLDING:
        yield RowStake(Stake.HOLDS, table, _columns(action), _HOLDING[kind])
    match kind:
        case ActionKind.COLUMN_DEFAULT:
            yield RowStake(
                Stake.HOLDS if action.expression else Stake.LIFTS, table, frozenset({action.name}), "default"
            )
            yield RowStake(Stake.ALTERS, table, frozenset({action.name}))
        case ActionKind.SET_NOT_NULL:
            yield RowStake(Stake.RELIES, table, frozenset({action.name}), firm=True)
            yield RowStake(Stake.HOLDS, table, frozenset({action.name}), "NOT NULL")
        case ActionKind.ALTER_COLUMN_TYPE:
            yield RowStake(Stake.RELIES, table, frozenset({action.name}))
            yield RowStake(Stake.ALTERS, table, frozenset({action.name}))
        case ActionKind.DROP_COLUMN:
            yield RowStake(Stake.DESTROYS, table, frozenset({action.name}))
        case ActionKind.ADD_COLUMN if action.column:
            kinds = {each.kind for each in action.column.constraints}
            if ConstraintKind.NOTNULL in kinds and not kinds & _FILLED:
                yield RowStake(Stake.RELIES, table)
        case ActionKind.ADD_CONSTRAINT if action.constraint:
            yield from _of_constraint(action.constraint, table)
        case ActionKind.ATTACH_PARTITION if action.relation:
            yield RowStake(Stake.RELIES, action.relation)
            yield RowStake(Stake.HOLDS, table, aspect="partition")


def _columns(action: AlterAction) -> frozenset[str]:
    """Of an action on a column."""
    on_column = action.kind in {
        ActionKind.DROP_NOT_NULL,
        ActionKind.DROP_EXPRESSION,
        ActionKind.DROP_IDENTITY,
        ActionKind.SET_EXPRESSION,
        ActionKind.ADD_IDENTITY,
        ActionKind.SET_IDENTITY,
    }
    return frozenset({action.name}) if on_column else frozenset()


def _of_constraint(constraint: ConstraintSpec, table: Name) -> Iterator[RowStake]:
    columns = frozenset(constraint.named_columns)
    aspect = "unique index" if constraint.kind in _WITH_INDEX else "constraint"
    yield RowStake(Stake.HOLDS, table, columns, aspect)
    if constraint.target is not None:
        yield RowStake(Stake.HOLDS, constraint.target, frozenset(constraint.target_columns), "constraint")
    if constraint.not_valid or constraint.index:
        return
    yield RowStake(Stake.RELIES, table, columns)
    if constraint.target is not None:
        yield RowStake(Stake.RELIES, constraint.target, frozenset(constraint.target_columns))
