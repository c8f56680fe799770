"""What a script leaves behind, object by object, and what was there before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.model import Name, Object
from release.plan.enum_labels import Labels
from release.sql.facts.catalog_facts import promises_of
from release.sql.facts.column_facts import default_fact
from release.sql.facts.columns import tolerates_presence
from release.sql.facts.removals import ROUTINES, DepartureKind, departures_of
from release.sql.read.quote import spelled

if TYPE_CHECKING:
    from release.model import Statement
    from release.plan.ledger import Ledger, LedgerStep
    from release.sql.facts.catalog_facts import Promise

CONTAINERS = frozenset({"table", "view", "materialized view", "foreign table"})
INSIDE = frozenset({"column", "constraint", "trigger", "policy", "rule"})
_KINDS = (
    CONTAINERS
    | INSIDE
    | frozenset({"index", "sequence", "type", "domain", "schema", "extension", "function", "procedure", "statistics"})
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
        columns: of its table, that an index or constraint goes with.
        target, target_columns: what a foreign key refers to, under its last name.
    """

    thing: Object
    before: bool | None
    after: bool | None
    parent_before: Name | None = None
    facts: tuple[tuple[str, str], ...] = ()
    arguments: tuple[str, ...] | None = None
    columns: tuple[str, ...] = ()
    target: Name | None = None
    target_columns: tuple[str, ...] = ()

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
    objects = _Objects()
    for step in ledger.steps:
        objects.take(step)
    return tuple(
        each
        for each in objects.found.values()
        if each.thing.kind in _KINDS and each.thing.name.name and (each.told or each.before is not each.after)
    )


Key = tuple[Object, tuple[str, ...] | None]


class _Objects:
    step: LedgerStep  # the statement that is taken in

    def __init__(self) -> None:
        self.found: dict[Key, ObjectOutcome] = {}
        self.places: dict[Name, dict[Key, None]] = {}  # what lies, or has lain, in a table
        self.labels = Labels()
        self.temporary: set[Name] = set()

    def take(self, step: LedgerStep) -> None:
        self.step, statement, facts = step, step.statement, step.statement.facts
        promises = promises_of(statement.syntax, statement.schema or step.ledger.schema)
        self.temporary |= {step.at(each.thing.name) for each in promises if each.temporary}
        certain = not facts.creates or not tolerates_presence(statement.syntax)
        before = False if certain else None
        composite = {each.thing.name for each in promises if each.thing.kind == "type"}
        if facts.drops:
            for thing, arguments in _dropped(statement):
                if thing.parent not in composite:
                    self._drop(thing, arguments)
        for old, new in facts.renames:
            self._rename(step.whole(old), step.whole(new))
        for made in facts.creates:
            if made.kind not in ROUTINES and made.parent not in composite:  # a promise knows their arguments
                self._set(made, before=before)
        for promise in promises:
            if promise.moved:
                old = step.whole(promise.thing)
                self._rename(old, replace(old, name=Name(old.name.name, promise.moved)))
            else:
                self._keep(promise, before if promise.new else True)

    def _keep(self, promise: Promise, before: bool | None) -> None:
        if promise.every_column:
            for key in self._inside(self.step.at(promise.every_column)):
                if key[0].kind == "column":
                    self.found[key] = _with(self.found[key], (("null", ""),))
            return
        if promise.taken:
            self.found.pop(self._key(promise.thing), None)
            return
        promise = replace(
            promise, facts=(*promise.facts, *self.labels.facts_of(promise, self.step.at(promise.thing.name)))
        )
        place = self._set(promise.thing, before=before, arguments=promise.arguments)
        if place is not None:
            known = self.found[place]
            facts = promise.facts
            if promise.default is not None:
                facts = (("default", default_fact(promise.default, dict(known.facts).get("type", ""))),)
            self.found[place] = replace(
                _with(known, facts),
                columns=promise.columns or known.columns,
                target=self.step.at(promise.target) if promise.target else known.target,
                target_columns=promise.target_columns or known.target_columns,
            )

    def _set(
        self, thing: Object, *, before: bool | None, after: bool | None = True, arguments: tuple[str, ...] | None = None
    ) -> Key | None:
        key = self._key(thing, arguments)
        whole = self.step.whole(thing)
        if {whole.name, whole.parent} & self.temporary:
            return None
        known = self.found.get(key)
        parent = self.step.former(thing.parent) if thing.parent else None
        if known:
            facts = known.facts if known.after and after else ()
            self._put(key, replace(known, thing=whole, after=after, facts=facts))
        else:
            self._put(key, ObjectOutcome(whole, before, after, parent, arguments=arguments))
        return key

    def _drop(self, gone: Object, arguments: tuple[str, ...] | None) -> None:
        key = self._key(gone, arguments)
        if gone.kind in ROUTINES and key not in self.found:
            known = [each for each in self.found if each[0].name == key[0].name and each[0].kind in ROUTINES]
            if arguments is None and known:
                key = known[0]
        whole = key[0]
        if gone.kind in CONTAINERS:
            self._forget(self._inside(whole.name))
        elif gone.kind == "schema":
            self._forget([each for each in self.found if each[0].name.schema == gone.name.name])
            self._forget([each for each in self.found if (each[0].parent or gone.name).schema == gone.name.name])
        elif gone.kind == "column" and whole.parent:
            self._forget([each for each in self._inside(whole.parent) if gone.name.name in self.found[each].columns])
        kind = "function" if gone.kind == "routine" else gone.kind
        if self._set(replace(gone, kind=kind), before=True, after=False, arguments=key[1]) is not None:
            self._forget([self._key(replace(gone, kind=kind), key[1])])

    def _forget(self, keys: list[Key]) -> None:
        """What goes with something else; what the script itself has made is as if it had never been."""
        for key in keys:
            if self.found[key].before is False:
                del self.found[key]
            else:
                self.found[key] = replace(self.found[key], after=False, facts=())

    def _rename(self, old: Object, new: Object) -> None:
        if {old.name, old.parent} & self.temporary:
            self.temporary |= {new.name} if not new.parent else set()
            return
        old, new = self._as_known(old, new)
        if old.kind == "index":
            # the constraint of that name, which it serves, is renamed with it
            served = [each for each in self.found if (each[0].kind, each[0].name.name) == ("constraint", old.name.name)]
            for key in served:
                thing = self.found[key].thing
                self._rename(thing, replace(thing, name=Name(new.name.name)))
            if served:
                return
        plain = self._key(old)
        named = [each for each in self.found if each[0] == plain[0]] if old.kind in ROUTINES else []
        for key in named or [plain]:
            known = self.found.get(key)
            if known is None or known.before is not False:
                self._set(old, before=True, after=False, arguments=key[1])
            else:
                del self.found[key]
            parent = self.step.former(new.parent) if new.parent else None
            kept = known or ObjectOutcome(new, before=False, after=True)
            after = replace(kept, thing=new, before=False, after=True, parent_before=parent, arguments=key[1])
            self._put(self._key(new, key[1]), after)
        if old.kind in CONTAINERS:
            for key in self._inside(old.name):
                each = self.found.pop(key)
                moved = replace(each.thing, parent=new.name)
                self._put(self._key(moved), replace(each, thing=moved))
        self._respell(old, new)

    def _as_known(self, old: Object, new: Object) -> tuple[Object, Object]:
        """ALTER TABLE renames views, indexes and sequences too."""
        if old.kind == "table" and self._key(old) not in self.found:
            for kind in ("view", "materialized view", "foreign table", "sequence", "index"):
                if self._key(replace(old, kind=kind)) in self.found:
                    return replace(old, kind=kind), replace(new, kind=kind)
        return old, new

    def _respell(self, old: Object, new: Object) -> None:
        """Forget what the catalog now spells with the new name."""
        words = {spelled(old.name), spelled(Name(old.name.name))}
        for key, each in self.found.items():
            facts = dict(each.facts)
            inside = old.parent is not None and self.step.at(old.parent) == each.thing.parent
            if old.kind == "column" and inside and old.name.name in each.columns:
                columns = tuple(new.name.name if name == old.name.name else name for name in each.columns)
                self.found[key] = replace(_with(each, (("definition", ""), ("shape", ""))), columns=columns)
            elif old.kind in {"table", "column"} and self._refers(each, old):
                self.found[key] = _with(_retargeted(each, old, new), (("definition", "FOREIGN KEY"),))
            elif old.kind in {"type", "domain"} and facts.get("type", "").removesuffix("[]") in words:
                self.found[key] = _with(each, (("type", ""), ("default", "")))
            elif old.kind in ROUTINES and "calls" in facts:
                self.found[key] = _with(each, (("calls", ""),))

    def _refers(self, outcome: ObjectOutcome, old: Object) -> bool:
        """Whether a foreign key names a table, or a column of it, as the other side."""
        if outcome.target is None or outcome.target != self.step.at(old.parent or old.name):
            return False
        return old.parent is None or old.name.name in outcome.target_columns

    def _inside(self, table: Name) -> list[Key]:
        keys = self.places.get(table, {})
        return [each for each in keys if each in self.found and self.found[each].thing.parent == table]

    def _put(self, key: Key, outcome: ObjectOutcome) -> None:
        self.found[key] = outcome
        if outcome.thing.parent:
            self.places.setdefault(outcome.thing.parent, {})[key] = None

    def _key(self, thing: Object, arguments: tuple[str, ...] | None = None) -> Key:
        whole = self.step.whole(thing)
        if whole.kind == "index":
            return Object("index", whole.name), None
        if whole.parent:
            return replace(whole, parent=self.step.at(whole.parent)), None
        return whole, arguments


def _dropped(statement: Statement) -> tuple[tuple[Object, tuple[str, ...] | None], ...]:
    """What a statement drops; of a routine with the types of its arguments, which only its text tells."""
    if all(gone.kind not in ROUTINES for gone in statement.facts.drops):
        return tuple((gone, None) for gone in statement.facts.drops)
    departures = departures_of(statement.syntax)
    return tuple((each.thing, each.arguments) for each in departures if each.way is DepartureKind.DROP)


def _retargeted(outcome: ObjectOutcome, old: Object, new: Object) -> ObjectOutcome:
    """A foreign key whose other side has another name."""
    if old.parent is None:
        return replace(outcome, target=new.name)
    columns = tuple(new.name.name if each == old.name.name else each for each in outcome.target_columns)
    return replace(outcome, target_columns=columns)


def _with(known: ObjectOutcome, facts: tuple[tuple[str, str], ...]) -> ObjectOutcome:
    return replace(known, facts=tuple((dict(known.facts) | dict(facts)).items()))
