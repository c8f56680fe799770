"""The two states that verify.sql asserts: after the upgrade, and after the rollback."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.model import Object
from release.plan.end_state import ObjectOutcome, find_outcomes
from release.plan.inventory import CONTAINERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from release.plan.ledger import Ledger


def find_states(upgrade: Ledger, rollback: Ledger) -> tuple[tuple[ObjectOutcome, ...], tuple[ObjectOutcome, ...]]:
    """What is there after the upgrade, and after the rollback, for verify.sql to look at.

    What lies in a relation that is gone is left out, and what nobody can tell.
    """
    up = find_outcomes(upgrade)
    restored = {_named(each): each for each in find_outcomes(rollback)}
    back: dict[tuple[Object, tuple[str, ...] | None], ObjectOutcome] = {}
    for each in up:
        if each.thing.kind == "extension":
            continue  # a rollback leaves it
        thing = replace(each.thing, parent=each.parent_before) if each.inside and each.parent_before else each.thing
        before = replace(each, thing=thing, after=each.before, facts=())
        again = restored.get(_named(before))
        back[_named(before)] = replace(before, facts=again.facts if again and again.after and before.after else ())
    for key, each in restored.items():
        if key not in back and each.after:
            back[key] = each
    return tuple(_tellable(up)), tuple(_tellable(back.values()))


def _tellable(outcomes: Iterable[ObjectOutcome]) -> Iterator[ObjectOutcome]:
    known = tuple(outcomes)
    gone = {each.thing.name for each in known if each.thing.kind in CONTAINERS and each.after is False}
    for each in known:
        if each.after is not None and not (each.thing.parent in gone and each.after is False):
            yield each


def _named(each: ObjectOutcome) -> tuple[Object, tuple[str, ...] | None]:
    thing = each.thing
    return (Object("index", thing.name) if thing.kind == "index" else thing), each.arguments
