"""Routines as a query before a release can look for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.sql.read.quote import dotted, literal, name_literal
from release.sql.read.types import argument_text, routine_text
from release.sql.versions.own import TYPES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.model import Name
    from release.plan.ledger import LedgerStep


def signature_before(step: LedgerStep, name: Name, arguments: Sequence[str]) -> str:
    """A routine that a statement names, under the names before the script, as an SQL expression for to_regprocedure.

    Up to PostgreSQL 15 to_regprocedure fails on a type that is not there: the expression is NULL then.

    Args:
        name: before the script.
        arguments: as in `Target`.

    Returns:
        "" where it cannot have been there: one of its types is the script's own; or where only a server can tell.
    """
    types = {argument_text(each): each for each in step.statement.syntax.contents.types}
    found, doubtful = [], []
    for text in arguments:
        kind = types.get(text)
        if kind is None:
            return ""
        whole = step.at(kind.name)
        former = step.former(kind.name)
        if step.has_touched("type", kind.name):
            if step.is_new(kind.name):
                return ""
            if former != whole:
                text = dotted(former) + "[]" * kind.array
                doubtful.append(former)
        elif kind.name.schema or kind.name.name not in TYPES:
            doubtful.append(kind.name)
        found.append(text)
    signature = literal(routine_text(name, found))
    if not doubtful:
        return signature
    there = " AND ".join(f"to_regtype({name_literal(each)}) IS NOT NULL" for each in dict.fromkeys(doubtful))
    return f"CASE WHEN {there} THEN {signature} END"
