"""What of a statement is otherwise on a newer server, from the table in `release.sql.versions.changed`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model.syntax import CreateRoutine, DoBlock
from release.sql.versions.changed import CHANGES, VersionChange

if TYPE_CHECKING:
    from release.model.syntax import Syntax

BY_KEY = {change.key: change for change in CHANGES}
INDEX_PATH, VIEW_PATH = BY_KEY["unsafe path in an index"], BY_KEY["unsafe path in a materialized view"]
"""What only the functions that a statement calls can tell: lint, which knows them, asks for these."""


def changes_met(syntax: Syntax) -> tuple[VersionChange, ...]:
    """The rows of the table that a statement meets, those of its body too."""
    found = dict.fromkeys(syntax.contents.changes)
    match syntax:
        case CreateRoutine(body=body) | DoBlock(body=body):
            for piece in body.pieces:
                found.update(dict.fromkeys(piece.syntax.contents.changes))
        case _:
            pass
    return tuple(BY_KEY[key] for key in found)
