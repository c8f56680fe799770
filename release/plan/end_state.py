"""What a script leaves behind, object by object, and what was there before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.model import Name, Object
from release.model.syntax import AlterTable, ConstraintSpec, CreateIndex
from release.plan.enum_labels import Labels
from release.plan.inventory import INSIDE, ROUTINES
from release.sql.facts.catalog_facts import promises_of
from release.sql.facts.column_facts import constraint_facts, default_fact
from release.sql.facts.columns import index_shape
from release.sql.read.quote import spelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.plan.inventory import Thing
    from release.plan.ledger import Ledger, LedgerStep
    from release.sql.facts.catalog_facts import Promise

_KINDS = INSIDE | frozenset(
    {
        *("table", "view", "materialized view", "foreign table", "index", "sequence", "type", "domain"),
        *("schema", "extension", "function", "procedure", "statistics"),
    }
)


@dataclass(frozen=True, slots=True)
class ObjectOutcome:
    """An object that a script creates, changes or drops.

    Attributes:
        thing: under its name after the script, or its last one.
        before, after: whether it is there before and after the script; None where nobody can tell.
        parent_before: the name that its table had before.
        facts: what is true of it afterwards, by what it is about, as far as the script says
            (`release.sql.facts.catalog_facts`).
        arguments: types of a routine's arguments.
    """

    thing: Object
    before: bool | None
    after: bool | None
    parent_before: Name | None = None
    facts: tuple[tuple[str, str], ...] = ()
    arguments: tuple[str, ...] | None = None

    @property
    def inside(self) -> bool:
        """It has its name inside a table."""
        return self.thing.kind in INSIDE

    @property
    def told(self) -> tuple[str, ...]:
        """The facts themselves."""
        return tuple(fact for _, fact in self.facts if fact)


def find_outcomes(ledger: Ledger) -> tuple[ObjectOutcome, ...]:
    """Objects of a script in the order in which it first names them."""
    told = _Facts()
    for step in ledger.steps:
        told.take(step)
    return tuple(each for each in _outcomes(ledger, told) if each.told or each.before is not each.after)


class _Facts:
    """What statements say of things, and the order in which they name them."""

    def __init__(self) -> None:
        self.of: dict[Thing, dict[str, str]] = {}
        self._labels = Labels()

    def take(self, step: LedgerStep) -> None:
        events = step.ledger.inventory.events.get(step.moment + 1, ())
        for thing, old in events:
            if old is not None or thing.until == step.moment + 1:
                self.of.setdefault(thing, {})
            if old is not None:
                self._respell(thing, old)
        for made in step.statement.facts.creates:
            if made.kind not in ROUTINES and (new := step.made(made)):  # a promise knows their arguments
                self._add(new)
        for promise in promises_of(step.statement.syntax, step.statement.schema or step.ledger.schema):
            self._keep(promise, step)
        for thing, _ in events:
            self._add(thing, _chosen_facts(thing, step) if thing.free else ())

    def _keep(self, promise: Promise, step: LedgerStep) -> None:
        if promise.every_column:
            for column in step.thing(Object("table", promise.every_column)).holds:
                if column.kind == "column" and column in self.of:
                    self._add(column, (("null", ""),))
            return
        if promise.taken or promise.moved or not promise.thing.name.name:
            return
        thing = step.thing(promise.thing, promise.arguments)
        facts = (*promise.facts, *self._labels.facts_of(promise, step.at(promise.thing.name)))
        if promise.default is not None:
            facts = (("default", default_fact(promise.default, self.of.get(thing, {}).get("type", ""))),)
        self._add(thing, facts)

    def _add(self, thing: Thing, facts: tuple[tuple[str, str], ...] = ()) -> None:
        self.of.setdefault(thing, {}).update(facts)

    def _respell(self, thing: Thing, old: Name) -> None:
        """Forget what the catalog now spells with another name."""
        if thing.kind == "column" and thing.table:
            for each in thing.table.holds:
                if thing.name.name in each.columns:
                    self._forget(each, "definition", "shape")
            for key in thing.table.referrers:
                if thing.name.name in key.target_columns:
                    self._forget(key, definition="FOREIGN KEY")
        for key in thing.referrers:
            self._forget(key, definition="FOREIGN KEY")
        if thing.kind in {"type", "domain"}:
            words = {spelled(old), spelled(Name(old.name))}
            for each, facts in self.of.items():
                if facts.get("type", "").removesuffix("[]") in words:
                    self._forget(each, "type", "default")
        elif thing.kind in ROUTINES:
            for each, facts in self.of.items():
                if "calls" in facts:
                    self._forget(each, "calls")

    def _forget(self, thing: Thing, *about: str, **instead: str) -> None:
        if thing in self.of:
            self.of[thing].update(dict.fromkeys(about, "") | instead)


def _chosen_facts(thing: Thing, step: LedgerStep) -> tuple[tuple[str, str], ...]:
    """What is true of something that its statement gives no name."""
    match thing.made_by:
        case CreateIndex() as index:
            return (("shape", index_shape(index).text),)
        case ConstraintSpec() as constraint if thing.kind == "constraint":
            facts = constraint_facts(constraint, step.statement.schema or step.ledger.schema)
            # in a column, what stands beside it may be about it
            syntax = step.statement.syntax
            alone = isinstance(syntax, AlterTable) and constraint in [each.constraint for each in syntax.actions]
            return facts if alone else tuple(each for each in facts if each[0] != "definition")
        case _:
            return ()


def _outcomes(ledger: Ledger, told: _Facts) -> Iterator[ObjectOutcome]:
    found: dict[tuple[object, ...], ObjectOutcome] = {}
    certain: set[tuple[object, ...]] = set()
    for thing, facts in told.of.items():
        if thing.temporary or thing.key or thing.kind not in _KINDS:
            continue
        # which of several routines of one name it is, the types of its arguments would tell
        blurred = thing.kind in ROUTINES and thing.arguments is None and thing.since > ledger.start
        for told_of in _of_thing(thing, () if blurred else tuple(facts.items()), ledger):
            each = told_of
            if blurred:
                each = replace(each, before=each.before or None, after=each.after or None)
            table = thing.table if each.inside else None
            key = (thing.kind, each.thing.name, table, each.arguments)
            known = found.get(key)
            if known is None:
                found[key] = each
            elif known.after is False:  # made anew
                found[key] = replace(known, thing=each.thing, after=each.after, facts=each.facts)
            elif each.before is not False:
                found[key] = replace(known, before=each.before)
            if thing.parts is None or thing.free:
                certain.add(key)
    return (each for key, each in found.items() if key in certain)


def _of_thing(thing: Thing, facts: tuple[tuple[str, str], ...], ledger: Ledger) -> Iterator[ObjectOutcome]:
    """A thing under its name before the script, and under the one after it, where it has been there."""
    table = thing.table
    parent = None
    if table:
        parent = table.name_at(ledger.start) if table.since <= ledger.start else table.name_at(ledger.end)
    was, stays = thing.is_there(ledger.start), thing.is_there(ledger.end)
    first, last = thing.name_at(ledger.start), thing.name_at(ledger.end)
    seen = thing.out_of_sight is None or thing.out_of_sight > ledger.end
    whole = thing.object_at(ledger.end)
    if was:
        before, after = None if thing.doubtful else True, stays and first == last
        kept = facts if after else ()
        old = replace(whole, name=first)
        yield ObjectOutcome(old, before, None if after and not seen else after, parent, kept, thing.arguments)
    if stays and (not was or first != last):
        before = None if thing.doubtful and not was else False
        yield ObjectOutcome(whole, before, True if seen else None, parent, facts, thing.arguments)
