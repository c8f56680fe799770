"""What the matching code finds in a statement: rows of the table, and who plays which part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.sql.locks.forms import RelationPart

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from release.model import Name
    from release.model.syntax import RelationName, RelationUse


@dataclass(frozen=True, slots=True)
class FormHit:
    """A row of the table that a statement matches.

    Attributes:
        key: the row's key.
        parts: the relations that the statement names, with the part that each plays.
        idle: the statement only parses or plans this piece (a view's query, a function's body): it takes the locks,
            and does none of the work.
        only: it says ONLY, or is of a kind that stays with the table that it names.
        sparing: what it does to tables below, it need not do to every one.
    """

    key: str
    parts: tuple[tuple[RelationPart, Name], ...] = ()
    idle: bool = False
    only: bool = False
    sparing: bool = False


def hit(key: str, subject: Name | None = None, **parts: Name) -> FormHit:
    """A hit on `key`; keywords are parts in lower case, e.g. `referenced=Name("rooms")`."""
    own = ((RelationPart.SUBJECT, subject),) if subject else ()
    return FormHit(key, own + tuple((RelationPart[part.upper()], name) for part, name in parts.items()))


def at(found: FormHit, relation: RelationName | RelationUse) -> FormHit:
    """The hit, with what is said of ONLY where its subject is named."""
    return replace(found, only=True) if relation.only else found


def rest(hits: Iterable[FormHit]) -> Iterator[FormHit]:
    """The same hits, doing no work."""
    return (replace(found, idle=True) for found in hits)
