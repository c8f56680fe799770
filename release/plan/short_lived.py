"""Objects that an upgrade makes for a while: made in one segment, dropped in a later one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.model import Object
    from release.plan.inventory import Thing
    from release.plan.ledger import Ledger, LedgerStep

# kinds that are dropped by their name alone
_DROPPED_BY_NAME = frozenset(
    {"constraint", "column", "index", "table", "view", "materialized view", "sequence", "type", "trigger"}
)


@dataclass(frozen=True, slots=True)
class Leftover:
    """An object that is there from the end of one upgrade segment to that of another.

    Attributes:
        made, dropped: the segments.
    """

    thing: Object
    made: int
    dropped: int


def find_leftovers(ledger: Ledger) -> tuple[tuple[Leftover, ...], dict[int, str]]:
    """What an interrupted upgrade leaves that its rollback does not know, last made first.

    Returns:
        The objects, and the segments after which there is one that cannot be dropped by its name, with its revision.
    """
    found: list[Leftover] = []
    lost: dict[int, str] = {}
    for thing, until, step in _passing(ledger):
        made, dropped = step.segment.number, ledger.steps[until - 1 - ledger.start].segment.number
        if made == dropped:
            continue
        if thing.kind in _DROPPED_BY_NAME and _keeps_its_name(thing, until):
            found.append(Leftover(thing.object_at(until - 1), made, dropped))
        else:
            lost |= dict.fromkeys(range(made, dropped), step.revision)
    return tuple(sorted(found, key=lambda each: -each.made)), lost


def _passing(ledger: Ledger) -> list[tuple[Thing, int, LedgerStep]]:
    """What statements make, and what goes before the script ends: when, and the statement that has made it."""
    made = {}
    for step in ledger.steps:
        for each in step.statement.facts.creates:
            if (thing := step.made(each)) and thing.since == step.moment + 1:
                made[thing] = step
    found = [(thing, thing.until, step) for thing, step in made.items() if thing.until and thing.until <= ledger.end]
    return sorted(
        ((thing, until, step) for thing, until, step in found if not _goes_along(thing, made)), key=lambda each: each[1]
    )


def _goes_along(thing: Thing, made: dict[Thing, LedgerStep]) -> bool:
    """Whether it goes with a table or a column that the script makes as well."""
    table = thing.table
    if table is None:
        return False
    return (table in made and table.until == thing.until) or any(
        each.kind == "column" and each.until == thing.until and each.name.name in thing.columns
        for each in table.holds
        if each in made and each is not thing
    )


def _keeps_its_name(thing: Thing, until: int) -> bool:
    named = (thing, thing.table) if thing.table else (thing,)
    return all(each.name_at(thing.since) == each.name_at(until - 1) for each in named)
