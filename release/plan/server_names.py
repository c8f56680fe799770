"""Names that the server chooses for what its author leaves without one.

As ChooseRelationName, ChooseIndexName and makeObjectName do in PostgreSQL's commands/indexcmds.c, and
ChooseConstraintName in catalog/pg_constraint.c; for a database in UTF-8, which decides where a long name is cut.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from release.model.syntax import ConstraintKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from release.model.syntax import ConstraintSpec, IndexKey

_LONGEST = 63  # bytes of a name (NAMEDATALEN - 1)
_LABELS = {
    ConstraintKind.PRIMARY: "pkey",
    ConstraintKind.UNIQUE: "key",
    ConstraintKind.EXCLUSION: "excl",
    ConstraintKind.FOREIGN: "fkey",
    ConstraintKind.CHECK: "check",
}
_SEVERAL = 9


class Parts(NamedTuple):
    """What a name is composed of: of a table's name, of others such as columns or "", and a label."""

    table: str
    addition: str
    label: str

    def composed(self, number: int = 0) -> str:
        """The name, with a number behind it but for 0; the longer of the first two is cut (makeObjectName)."""
        first, second = self.table.encode(), self.addition.encode()
        label = f"{self.label}{number or ''}"
        lengths = [len(first), len(second)]
        while sum(lengths) > _LONGEST - len(label) - 1 - bool(second):
            lengths[0 if lengths[0] > lengths[1] else 1] -= 1
        parts = [_cut(first, lengths[0]), *([_cut(second, lengths[1])] if second else []), label]
        return "_".join(parts)

    def chosen(self, taken: Callable[[str], bool]) -> str:
        """The first name that is free."""
        return next(name for name in map(self.composed, count()) if not taken(name))

    def may_be(self, name: str) -> bool:
        """Whether the server may have chosen this name, because there were others."""
        return name in map(self.composed, range(_SEVERAL))


def sequence_parts(table: str, column: str) -> Parts:
    """Of the sequence of a serial or identity column."""
    return Parts(table, column, "seq")


def index_parts(table: str, keys: Iterable[IndexKey], including: Iterable[str]) -> Parts | None:
    """Of an index that is no constraint's; None where only the server can tell."""
    return _of_keys(table, keys, including, "idx")


def constraint_parts(
    constraint: ConstraintSpec, table: str, column: str, is_column: Callable[[str], bool]
) -> Parts | None:
    """Of a constraint; None where only the server can tell, or where it has none.

    Args:
        column: that it is written in, else "".
        is_column: whether the table is known to have a column; its own name stands for a row where it has none.
    """
    columns = (column,) if column else constraint.columns
    label = _LABELS.get(constraint.kind)
    if label is None:
        return None
    match constraint.kind:
        case ConstraintKind.PRIMARY:
            return Parts(table, "", label)
        case ConstraintKind.UNIQUE:
            return Parts(table, _addition(_distinct((*columns, *constraint.including))), label)
        case ConstraintKind.EXCLUSION:
            return _of_keys(table, (key for key, _ in constraint.exclusions), constraint.including, label)
        case ConstraintKind.FOREIGN:
            return Parts(table, _addition(columns), label)
        case _:
            named = constraint.expression.columns if constraint.expression else ()
            one = len(named) == 1 and named[0] != "*" and (named[0] != table or is_column(table))
            return Parts(table, named[0] if one else "", label)


def _of_keys(table: str, keys: Iterable[IndexKey], including: Iterable[str], label: str) -> Parts | None:
    names = [key.name or key.called for key in keys]
    return Parts(table, _addition(_distinct((*names, *including))), label) if all(names) else None


def _distinct(names: Iterable[str]) -> list[str]:
    """Names of an index's columns: one that is there already gets a number (ChooseIndexColumnNames)."""
    found: list[str] = []
    for name in names:
        numbers = ("", *map(str, range(1, 100)))
        tries = (_cut(name.encode(), _LONGEST - len(number)) + number for number in numbers)
        found.append(next(each for each in tries if each not in found))
    return found


def _addition(names: Iterable[str]) -> str:
    """Names in a row, as many as begin within the length of a name (ChooseIndexNameAddition)."""
    text = ""
    for name in names:
        text = f"{text}_{name}" if text else name
        if len(text.encode()) > _LONGEST:
            break
    return text


def _cut(text: bytes, length: int) -> str:
    return text[:length].decode(errors="ignore")
