"""What an upgrade takes away from under others: views, policies, functions and foreign keys may be relying on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.plan.routines import signature_before
from release.sql.facts.removals import ROUTINES, DepartureKind, departures_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model import Name
    from release.plan.ledger import Ledger, LedgerStep
    from release.sql.facts.removals import Departure

_TAGS = ("DROP ", "ALTER ")
_RELATIONS = frozenset({"table", "view", "materialized view", "foreign table", "sequence", "index"})
# an extension takes a review, not a query
_KINDS = (
    _RELATIONS
    | ROUTINES
    | frozenset({"type", "domain", "column", "constraint", "trigger", "policy", "schema", "default"})
)
_IN_DEFAULTS = ROUTINES | frozenset({"sequence", "type", "domain"})
_NOT_CALLED = frozenset({"index", "constraint", "trigger", "policy"})  # no body calls them by their name


@dataclass(frozen=True, slots=True)
class Departing:
    """A thing that was there before the upgrade, and what becomes of it.

    Attributes:
        step: number of the statement; what goes in one statement goes together.
        segment: where it goes.
        relation: its name, or its table's; a routine with its types as to_regprocedure reads it.
        name: its name in the table, else "".
    """

    step: int
    segment: int
    way: DepartureKind
    kind: str
    relation: Name | str
    name: str
    cascade: bool


def find_departing(ledger: Ledger) -> tuple[Departing, ...]:
    """What an upgrade drops, retypes or renames of what was there before it, in its order."""
    made: set[tuple[str, Name, str]] = set()
    found: list[Departing] = []
    for step in ledger.steps:
        for each in departures_of(step.statement.syntax):
            thing = each.thing
            owner = thing.parent or thing.name
            if (thing.kind, step.former(owner), thing.name.name if thing.parent else "") in made:
                continue
            if each.way is DepartureKind.RENAME and thing.kind in _NOT_CALLED:
                continue
            if thing.kind in _KINDS and not step.is_new(owner):
                found += _departing(each, step)
        for thing in step.statement.facts.creates:
            owner = step.former(thing.parent or thing.name)
            made.add((thing.kind, owner, thing.name.name if thing.parent else ""))
    used = max((each.step for each in found if each.kind in _IN_DEFAULTS), default=0)
    return tuple(each for each in found if each.kind != "default" or each.step < used)


def _departing(each: Departure, step: LedgerStep) -> Iterator[Departing]:
    thing = each.thing
    relation: Name | str = thing.name.name
    if thing.kind == "schema":
        pass
    elif each.arguments is not None:
        relation = signature_before(step, step.former(thing.name), each.arguments)
        if not relation:
            return
    else:
        relation = step.former(thing.parent or thing.name)
    name = thing.name.name if thing.parent else ""
    yield Departing(step.index + 1, step.segment.number, each.way, thing.kind, relation, name, each.cascade)
