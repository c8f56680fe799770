"""Sequences that PostgreSQL makes by itself, for serial and identity columns (manual 8.1.4, CREATE TABLE)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postgast import pg_query_pb2 as pb

from release.model import Mark, Marked, Name, Object
from release.sql.read.types import SERIAL, type_name_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_LONGEST = 63  # bytes of a name (NAMEDATALEN - 1)
_SUFFIX = "seq"


def sequences_of(table: Name, columns: Iterable[Any]) -> tuple[Marked, ...]:
    """The sequences that columns bring with them.

    Args:
        columns: ColumnDef nodes of a parse tree.
    """
    found = []
    for column in columns:
        identity = [each.constraint for each in column.constraints if each.constraint.contype == pb.CONSTR_IDENTITY]
        if identity or type_name_of(column.type_name).name in SERIAL:
            found.append(sequence_of(table, column.colname, identity[0].options if identity else ()))
    return tuple(found)


def sequence_of(table: Name, column: str, options: Iterable[Any]) -> Marked:
    """The sequence of one column; an identity column may name it (SEQUENCE NAME)."""
    named = next((each.def_elem.arg.list.items for each in options if each.def_elem.defname == "sequence_name"), None)
    if named:
        words = [item.string.sval for item in named]
        name = Name(words[-1], words[-2] if len(words) > 1 else table.schema)
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
