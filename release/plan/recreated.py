"""What a script drops and creates anew: grants, owner, policies and the like that others gave it do not come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Direction, Object
from release.plan.name_resolution import qualify
from release.plan.routines import signature_before
from release.sql.facts.removals import ROUTINES, DepartureKind, departures_of

if TYPE_CHECKING:
    from release.model import Name
    from release.plan.ledger import Ledger

_RELATIONS = frozenset({"table", "view", "materialized view", "foreign table", "sequence"})
_KINDS = _RELATIONS | ROUTINES | frozenset({"type", "domain", "column"})


@dataclass(frozen=True, slots=True)
class Recreated:
    """A thing that was there before the release, and comes back without what others gave it.

    Attributes:
        relation: its name, or its table's; a routine with its types as to_regprocedure reads it.
        name: of a column.
        segment: of the upgrade, where it is dropped.
        by: the script that creates it anew.
        remade: triggers and policies that this script puts on it.
    """

    thing: Object
    relation: Name | str
    segment: int
    by: Direction
    remade: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.thing.name.name if self.thing.parent else ""


def recreated_by(ledger: Ledger) -> tuple[Object, ...]:
    """What one script drops and creates anew under its old name."""
    dropped: dict[Object, None] = {}
    again: dict[Object, None] = {}
    for step in ledger.steps:
        for gone in step.statement.facts.drops:
            thing = step.whole(gone)
            if thing.kind in _RELATIONS and not step.is_new(thing.name):
                before = step.former(thing.name)
                dropped[Object(thing.kind, before)] = None
                if before in ledger.made:  # made under another name, which it has given up since
                    again[Object(thing.kind, before)] = None
            elif thing.kind in _KINDS:
                dropped[thing] = None
        for made in step.statement.facts.creates:
            if step.whole(made) in dropped:
                again[step.whole(made)] = None
    return tuple(again)


def find_recreated(upgrade: Ledger, rollback: Ledger) -> tuple[Recreated, ...]:
    """What preflight.sql has to look at, while it is still there: what the upgrade drops, and either script creates."""
    at_once = set(recreated_by(upgrade))
    later = {step.whole(made) for step in rollback.steps for made in step.statement.facts.creates}
    found: dict[tuple[Object, Name | str], Recreated] = {}
    for step in upgrade.steps:
        for each in departures_of(step.statement.syntax):
            thing = step.whole(each.thing)
            owner = thing.parent or thing.name
            if each.way is not DepartureKind.DROP or thing.kind not in _KINDS or step.is_new(owner):
                continue
            former = step.former(owner)
            whole = Object(thing.kind, thing.name, former) if thing.parent else Object(thing.kind, former)
            by = Direction.UPGRADE if {whole, thing} & at_once else Direction.ROLLBACK
            if by is Direction.ROLLBACK and thing not in later and whole not in later:
                continue
            relation: Name | str = former
            if each.arguments is not None:
                relation = signature_before(step, former, each.arguments)
                if not relation:
                    continue
            remade = _remade(upgrade if by is Direction.UPGRADE else rollback, former)
            found[whole, relation] = Recreated(whole, relation, step.segment.number, by, remade)
    return tuple(found.values())


def _remade(script: Ledger, table: Name) -> tuple[str, ...]:
    return tuple(
        f"{made.kind} {made.name.name}"
        for step in script.steps
        for made in step.statement.facts.creates
        if made.kind in {"trigger", "policy"} and made.parent and step.at(made.parent) == table
    )


def recreated_lines(upgrade: Ledger, rollback: Ledger, direction: Direction) -> tuple[str, ...]:
    """What a script creates anew that was there before the release, for its header."""
    if direction is Direction.UPGRADE:
        again = recreated_by(upgrade)
    else:
        found = find_recreated(upgrade, rollback)
        later = [each.thing for each in found if each.by is direction]
        again = tuple(dict.fromkeys((*later, *recreated_by(rollback))))
    made = {qualify(each, upgrade.schema) for each in again}
    return tuple(_line(each) for each in again if not each.parent or Object("table", each.parent) not in made)


def _line(thing: Object) -> str:
    return f"{thing.kind} {f'{thing.parent}.' if thing.parent else ''}{thing.name}"
