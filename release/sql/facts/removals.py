"""What a statement takes away from under others: what it drops or renames, and columns whose type it changes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Any

from postgast import pg_query_pb2 as pb

from release.model import Name, Object
from release.sql.facts.changes import KINDS, changes_of, name_from, name_of
from release.sql.read.enums import SUBCOMMAND
from release.sql.read.splitting import tree
from release.sql.read.types import arguments_of

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def departures_in(text: str) -> tuple[Departure, ...]:
    """What a statement drops, retypes or renames; names come as written."""
    node: Any = tree(text)
    match type(node).__name__:
        case "DropStmt":
            return tuple(_of_drop(node))
        case "AlterTableStmt":
            return tuple(_of_table(node))
        case "RenameStmt":
            return tuple(Departure(old, DepartureKind.RENAME) for old, _ in changes_of(node).renames)
        case _:
            return ()


def _of_drop(node: Any) -> Iterator[Departure]:
    cascade = node.behavior == pb.DROP_CASCADE
    if KINDS.get(node.remove_type, "") in ROUTINES:
        for item in node.objects:
            routine = item.object_with_args
            thing = Object(KINDS[node.remove_type], name_from(routine.objname))
            yield Departure(thing, DepartureKind.DROP, arguments_of(routine), cascade)
    else:
        for thing in changes_of(node).drops:
            yield Departure(thing, DepartureKind.DROP, cascade=cascade)


def _of_table(node: Any) -> Iterator[Departure]:
    table = name_of(node.relation)
    for item in node.cmds:
        command = item.alter_table_cmd
        cascade = command.behavior == pb.DROP_CASCADE
        match SUBCOMMAND(command.subtype):
            case "AT_DropColumn":
                yield Departure(Object("column", Name(command.name), table), DepartureKind.DROP, cascade=cascade)
            case "AT_DropConstraint":
                yield Departure(Object("constraint", Name(command.name), table), DepartureKind.DROP, cascade=cascade)
            case "AT_AlterColumnType":
                yield Departure(Object("column", Name(command.name), table), DepartureKind.RETYPE)
