"""What of a statement came with a major version later than 13, from the table in `release.sql.facts.version_rows`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Need
from release.model.syntax import CreateRoutine, DoBlock
from release.sql.facts.version_rows import ROWS
from release.sql.locks.forms import FIRST, FORMS
from release.sql.locks.matching import match_statement
from release.sql.read.features import RETURNING_OLD, features_of_type

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from release.model.syntax import BodyPiece, Syntax
    from release.sql.locks.hit import FormHit
    from release.sql.versions import ServerFeature


def needs_of(syntax: Syntax, hits: Sequence[FormHit] = ()) -> tuple[Need, ...]:
    """What a statement needs that PostgreSQL 13 does not have; of its body too, as far as that can be read.

    Args:
        hits: the rows of the table of forms that it matches, where they are known already.
    """
    found = dict.fromkeys(_needs(rows_of(syntax, hits), later=False))
    match syntax:
        case CreateRoutine(body=body) | DoBlock(body=body):
            for piece in body.pieces:
                found.update(dict.fromkeys(_needs(_rows_of_piece(piece, body.checked), later=not body.checked)))
            types = [(ROWS[each.key], 0) for kind in body.types for each in features_of_type(kind)]
            found.update(dict.fromkeys(_needs(types, later=False)))
        case _:
            pass
    return tuple(found)


def rows_of(syntax: Syntax, hits: Sequence[FormHit] = ()) -> list[tuple[ServerFeature, int]]:
    """The rows of the table that a statement uses outside its body, each with how many arguments a function gets."""
    forms = dict.fromkeys(each.key for each in hits or match_statement(syntax) if FORMS[each.key].since > FIRST)
    found = [(ROWS[f"form {key}"], 0) for key in forms]
    return found + [(ROWS[each.key], each.arguments) for each in syntax.contents.features]


def _rows_of_piece(piece: BodyPiece, checked: bool) -> Iterator[tuple[ServerFeature, int]]:
    for row, count in rows_of(piece.syntax):
        if checked or row.key != RETURNING_OLD.key:  # in PL/pgSQL, old and new may be variables
            yield row, count


def _needs(rows: Iterable[tuple[ServerFeature, int]], *, later: bool) -> Iterator[Need]:
    for row, count in rows:
        kind, _, name = row.key.partition(" ")
        function = name.partition("/")[0] if kind == "function" and not row.parsed else ""
        yield Need(row.title, row.since, function, count, later and not row.parsed)
