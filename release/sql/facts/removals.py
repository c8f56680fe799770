"""What a statement takes away from under others: what it drops or renames, and columns whose type it changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from release.model import Name, Object
from release.model.syntax import ActionKind, AlterTable, DropObjects, RenameObject
from release.sql.facts.changes import KINDS, changes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model.syntax import Syntax

ROUTINES = frozenset({"function", "procedure", "routine", "aggregate"})


@unique
class DepartureKind(StrEnum):
    """How a thing stops being what others rely on."""

    DROP = "drops"
    RETYPE = "gives another type"
    RENAME = "renames"


@dataclass(frozen=True, slots=True)
class Departure:
    """A thing that is not there afterwards as it was.

    Attributes:
        arguments: types of a routine's arguments; None where the statement names none, or it is no routine.
        cascade: it says CASCADE.
    """

    thing: Object
    way: DepartureKind
    arguments: tuple[str, ...] | None = None
    cascade: bool = False


def departures_of(syntax: Syntax) -> tuple[Departure, ...]:
    """What a statement drops, retypes or renames, a column's default among it; names come as written."""
    match syntax:
        case DropObjects(targets=targets, cascade=cascade):
            kind = KINDS.get(syntax.kind, "")
            return tuple(
                Departure(Object(kind, each.name, each.parent), DepartureKind.DROP, each.arguments, cascade)
                for each in targets
            )
        case AlterTable():
            return tuple(_of_table(syntax))
        case RenameObject():
            return tuple(Departure(old, DepartureKind.RENAME) for old, _ in changes_of(syntax).renames)
        case _:
            return ()


def _of_table(syntax: AlterTable) -> Iterator[Departure]:
    table = syntax.relation.name
    for action in syntax.actions:
        match action.kind:
            case ActionKind.DROP_COLUMN:
                thing = Object("column", Name(action.name), table)
                yield Departure(thing, DepartureKind.DROP, cascade=action.cascade)
            case ActionKind.DROP_CONSTRAINT:
                thing = Object("constraint", Name(action.name), table)
                yield Departure(thing, DepartureKind.DROP, cascade=action.cascade)
            case ActionKind.COLUMN_DEFAULT | ActionKind.DROP_EXPRESSION:
                yield Departure(Object("default", Name(action.name), table), DepartureKind.DROP)
            case ActionKind.ALTER_COLUMN_TYPE:
                yield Departure(Object("column", Name(action.name), table), DepartureKind.RETYPE)
