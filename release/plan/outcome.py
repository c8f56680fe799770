"""What an upgrade leaves behind, object by object, and what was there before it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.model import Mark, Name, Object
from release.plan.existing import Relations
from release.plan.names import in_schema, qualify
from release.sql.column_definitions import column_definitions_in
from release.sql.columns import tolerates_presence

if TYPE_CHECKING:
    from release.model import Plan, Statement

_KINDS = frozenset(
    {
        "table",
        "index",
        "sequence",
        "view",
        "materialized view",
        "foreign table",
        "type",
        "domain",
        "schema",
        "extension",
    }
    | {"function", "procedure", "column", "constraint", "trigger", "policy"}
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """An object that the upgrade creates, changes or drops.

    Attributes:
        before, after: whether it is there before and after the upgrade; None where nobody can tell.
        parent_before: the name that its table had before.
        type, not_null: of a column, as far as the upgrade says; "" and None where it does not.
        validated: False for a constraint that stays NOT VALID.
    """

    thing: Object
    before: bool | None
    after: bool | None
    parent_before: Name | None = None
    type: str = ""
    not_null: bool | None = None
    validated: bool = True

    @property
    def inside(self) -> bool:
        """It has its name inside a table."""
        return self.thing.kind in {"column", "constraint", "trigger", "policy"}


def find_outcomes(plan: Plan, schema: str) -> tuple[Outcome, ...]:
    """Objects of an upgrade in the order in which it first names them.

    Args:
        schema: schema of unqualified names.
    """
    ledger = _Ledger(schema)
    for statement in plan.statements:
        ledger.take(statement)
    return tuple(each for each in ledger.found.values() if each.thing.kind in _KINDS and each.thing.name.name)


class _Ledger:
    def __init__(self, schema: str) -> None:
        self.schema = schema
        self.relations = Relations(schema)
        self.found: dict[Object, Outcome] = {}

    def take(self, statement: Statement) -> None:
        facts = statement.facts
        certain = not facts.creates or not tolerates_presence(statement.text)
        for made in facts.creates:
            self._set(made, before=False if certain else None, after=True)
        for gone in facts.drops:
            self._drop(gone)
        for old, new in facts.renames:
            self._rename(qualify(old, self.schema), qualify(new, self.schema))
        if facts.tag in {"CREATE TABLE", "ALTER TABLE"}:
            for each in column_definitions_in(statement.text):
                self._set(Object("column", Name(each.column), each.table), before=not each.new, after=True)
                key = self._key(Object("column", Name(each.column), each.table))
                known = self.found[key]
                not_null = known.not_null if each.not_null is None else each.not_null
                self.found[key] = replace(known, type=each.type or known.type, not_null=not_null)
        for mark in facts.marks:
            if mark.mark in {Mark.NOT_VALID, Mark.VALIDATES} and mark.object.name.name:
                valid = mark.mark is Mark.VALIDATES
                self._set(mark.object, before=valid, after=True)
                key = self._key(mark.object)
                self.found[key] = replace(self.found[key], validated=valid)
        self.relations.follow(statement)

    def _set(self, thing: Object, *, before: bool | None, after: bool | None) -> None:
        key = self._key(thing)
        whole = qualify(thing, self.schema)
        parent = self.relations.former(thing.parent) if thing.parent else None
        known = self.found.get(key)
        self.found[key] = replace(known, thing=whole, after=after) if known else Outcome(whole, before, after, parent)

    def _drop(self, gone: Object) -> None:
        key = self._key(gone)
        if gone.kind in {"table", "view", "materialized view", "foreign table"}:
            # what lies in it goes with it
            for inner in [each for each in self.found if self.found[each].thing.parent == key.name]:
                if self.found[inner].before is False:
                    del self.found[inner]
                else:
                    self.found[inner] = replace(self.found[inner], after=False)
        self._set(gone, before=True, after=False)
        if self.found[key].before is False:
            del self.found[key]

    def _rename(self, old: Object, new: Object) -> None:
        known = self.found.get(self._key(old))
        if known is None or known.before is not False:
            self._set(old, before=True, after=False)
        else:
            del self.found[self._key(old)]
        kept = known or Outcome(new, before=False, after=True)
        parent = self.relations.former(new.parent) if new.parent else None
        self.found[self._key(new)] = replace(kept, thing=new, before=False, after=True, parent_before=parent)
        if old.kind == "table":
            for key in [each for each in self.found if self.found[each].thing.parent == old.name]:
                each = self.found.pop(key)
                moved = replace(each.thing, parent=new.name)
                self.found[self._key(moved)] = replace(each, thing=moved)

    def _key(self, thing: Object) -> Object:
        whole = qualify(thing, self.schema)
        if whole.kind == "index":
            return Object("index", whole.name)
        if whole.parent:
            return replace(whole, parent=in_schema(whole.parent, self.schema))
        return whole
