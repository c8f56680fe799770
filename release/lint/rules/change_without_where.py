"""RL205: UPDATE or DELETE without WHERE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        used = {case.at(effect.relation) for effect in item.effects}
        for sweep in item.definitions.sweeps:
            if case.at(sweep.table) in used:
                yield Violation(f"{sweep.tag} of every row of {sweep.table}", item)


RULE = Rule(
    "RL205",
    "UPDATE or DELETE without WHERE",
    Severity.WARNING,
    "It changes every row: run again it does so again, it doubles the size of the table until the next vacuum, and "
    "holds a lock on each row until the commit.",
    "Change only the rows that need it: `… WHERE status IS DISTINCT FROM 'open'`. A value for all rows may be the "
    "column's default instead, which costs nothing.",
    Example(
        "op.execute(\"UPDATE rooms SET status = 'open'\")  # here", head="# release: loses rooms.status all are open"
    ),
    Example(
        "op.execute(\"UPDATE rooms SET status = 'open' WHERE status IS NULL\")",
        head="# release: loses rooms.status unknown becomes open",
    ),
    _check,
)
