"""The states that verify.sql asserts: after the upgrade, and after the rollback."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.model import Object, spell_rows
from release.plan.end_state import ObjectOutcome, find_outcomes
from release.plan.inventory import CONTAINERS
from release.plan.rollback_entry import chain_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from release.model import Plan
    from release.plan.ledger import Ledger
    from release.plan.stretches import Stretch


@dataclass(frozen=True, slots=True)
class State:
    """What is there, and what is gone, at a moment that verify.sql may be asked about.

    Attributes:
        back: after the rollback.
        rows: the version rows there.
        wall: for a rollback that ends before it gets to the start: why; else "".
    """

    back: bool
    rows: str
    wall: str
    outcomes: tuple[ObjectOutcome, ...]


def find_states(upgrade: Plan, forth: Ledger, stretches: Sequence[Stretch]) -> tuple[State, ...]:
    """The state after the upgrade, at the start of the release, and wherever else its rollback may end.

    What lies in a relation that is gone is left out, and what nobody can tell.
    """
    lowest = stretches[-1]
    ends = [(each.wall.text, each.floor, *each.ledgers) for each in stretches if each.wall and each.undoes]
    rows = chain_of(upgrade)
    return (
        State(back=False, rows=spell_rows(upgrade.after), wall="", outcomes=tuple(_tellable(find_outcomes(forth)))),
        State(
            back=True,
            rows=spell_rows(upgrade.before),
            wall="",
            outcomes=_restored(forth, None if lowest.wall else lowest.ledgers[1]),
        ),
        *(
            State(back=True, rows=spell_rows(rows[at]), wall=wall, outcomes=_restored(*both))
            for wall, at, *both in ends
        ),
    )


def _restored(upgrade: Ledger, rollback: Ledger | None) -> tuple[ObjectOutcome, ...]:
    """What was there before an upgrade, with what its rollback says of it."""
    again = {_named(each): each for each in find_outcomes(rollback)} if rollback else {}
    back: dict[tuple[Object, tuple[str, ...] | None], ObjectOutcome] = {}
    for each in find_outcomes(upgrade):
        if each.thing.kind == "extension":
            continue  # a rollback leaves it
        thing = replace(each.thing, parent=each.parent_before) if each.inside and each.parent_before else each.thing
        before = replace(each, thing=thing, after=each.before, facts=())
        made = again.get(_named(before))
        back[_named(before)] = replace(before, facts=made.facts if made and made.after and before.after else ())
    for key, each in again.items():
        if key not in back and each.after:
            back[key] = each
    return tuple(_tellable(back.values()))


def _tellable(outcomes: Iterable[ObjectOutcome]) -> Iterator[ObjectOutcome]:
    known = tuple(outcomes)
    gone = {each.thing.name for each in known if each.thing.kind in CONTAINERS and each.after is False}
    for each in known:
        if each.after is not None and not (each.thing.parent in gone and each.after is False):
            yield each


def _named(each: ObjectOutcome) -> tuple[Object, tuple[str, ...] | None]:
    thing = each.thing
    return (Object("index", thing.name) if thing.kind == "index" else thing), each.arguments
