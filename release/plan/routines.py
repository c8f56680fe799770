"""Routines as a query before a release can look for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.sql.read.quote import dotted
from release.sql.read.types import argument_text, routine_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.model import Name
    from release.plan.ledger import LedgerStep


def signature_before(step: LedgerStep, name: Name, arguments: Sequence[str]) -> str:
    """A routine that a statement names, under the names before the script, as to_regprocedure reads it.

    Args:
        name: before the script.
        arguments: as in `Target`.

    Returns:
        "" where it cannot have been there: one of its types is the script's own; or where only a server can tell.
    """
    types = {argument_text(each): each for each in step.statement.syntax.contents.types}
    found = []
    for text in arguments:
        kind = types.get(text)
        if kind is None:
            return ""
        if step.has_touched("type", kind.name):
            if step.is_new(kind.name):
                return ""
            former = step.former(kind.name)
            if former != step.at(kind.name):
                text = dotted(former) + "[]" * kind.array
        found.append(text)
    return routine_text(name, found)
