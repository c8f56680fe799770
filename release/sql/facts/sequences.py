"""Sequences that PostgreSQL makes by itself, for serial and identity columns (manual 8.1.4, CREATE TABLE)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Mark, Marked, Name, Object
from release.model.syntax import ConstraintKind
from release.sql.read.types import SERIAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model.syntax import ColumnSpec, ConstraintSpec

_LONGEST = 63  # bytes of a name (NAMEDATALEN - 1)
_SUFFIX = "seq"


def sequences_of(table: Name, columns: Iterable[ColumnSpec]) -> tuple[Marked, ...]:
    """The sequences that columns bring with them."""
    found = []
    for column in columns:
        identity = column.constraint(ConstraintKind.IDENTITY)
        if identity or (column.type and column.type.name.name in SERIAL):
            found.append(sequence_of(table, column.name, identity))
    return tuple(found)


def sequence_of(table: Name, column: str, identity: ConstraintSpec | None) -> Marked:
    """The sequence of one column; an identity column may name it (SEQUENCE NAME)."""
    if identity and identity.sequence:
        name = Name(identity.sequence.name, identity.sequence.schema or table.schema)
    else:
        name = Name(_composed(table.name, column), table.schema)
    return Marked(Mark.SEQUENCE, Object("sequence", name, table))


def _composed(table: str, column: str) -> str:
    """The name that is free in most cases: the longer part is cut (makeObjectName in PostgreSQL's indexcmds.c)."""
    first, second = table.encode(), column.encode()
    lengths = [len(first), len(second)]
    while sum(lengths) + len(_SUFFIX) + 2 > _LONGEST:
        lengths[0 if lengths[0] > lengths[1] else 1] -= 1
    cut = (part[:length].decode(errors="ignore") for part, length in zip((first, second), lengths, strict=True))
    return "_".join((*cut, _SUFFIX))
