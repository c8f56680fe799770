"""The server version that a script needs, and which statements need it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Needed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model import Need, Plan, Source, Statement

# What a statement can make that a call may mean instead of a built-in function.
_ROUTINES = frozenset({"function", "aggregate"})


def find_needed(plan: Plan, own: frozenset[str]) -> tuple[Needed, ...]:
    """What a script uses that came later than PostgreSQL 13, newest first; what fails only later, last.

    Args:
        own: functions that the release itself makes, in either direction; they are none of the built-in ones.
    """
    found: dict[Need, dict[Source, None]] = {}
    for statement in (*plan.opening, *plan.statements, *plan.closing):
        for need in statement.facts.needs:
            if need.function not in own:
                found.setdefault(need, {})[statement.source] = None
    needed = (Needed(need, tuple(sources)) for need, sources in found.items())
    return tuple(sorted(needed, key=lambda each: (each.need.later, -each.since)))


def own_functions(statements: Iterable[Statement]) -> frozenset[str]:
    """Names of the functions that statements make or drop."""
    return frozenset(
        thing.name.name
        for each in statements
        for thing in (*each.facts.creates, *each.facts.drops)
        if thing.kind in _ROUTINES
    )
