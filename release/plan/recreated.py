"""What a script drops and creates anew: grants, owner, policies and the like that others gave it do not come back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Direction, Object
from release.plan.name_resolution import in_schema, qualify
from release.plan.prior_relations import Relations, created_relations
from release.sql.facts.removals import ROUTINES, DepartureKind, departures_of
from release.sql.read.quote import literal, name_literal
from release.sql.read.types import routine_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model import Name, Plan, Statement

_RELATIONS = frozenset({"table", "view", "materialized view", "foreign table", "sequence"})
_KINDS = _RELATIONS | ROUTINES | frozenset({"type", "domain", "column"})


@dataclass(frozen=True, slots=True)
class Recreated:
    """A thing that was there before the release, and comes back without what others gave it.

    Attributes:
        relation: its name, or its table's, as an SQL literal for to_regclass and the like.
        name: of a column.
        segment: of the upgrade, where it is dropped.
        by: the script that creates it anew.
        remade: triggers and policies that this script puts on it.
    """

    thing: Object
    relation: str
    segment: int
    by: Direction
    remade: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.thing.name.name if self.thing.parent else ""


def recreated_by(statements: Iterable[Statement], schema: str) -> tuple[Object, ...]:
    """What one script drops and creates anew under its old name.

    Args:
        schema: schema of unqualified names.
    """
    statements = tuple(statements)
    relations = Relations(schema)
    there = created_relations(statements, schema)
    dropped: dict[Object, None] = {}
    again: dict[Object, None] = {}
    for statement in statements:
        for gone in statement.facts.drops:
            thing = qualify(gone, schema)
            if thing.kind in _RELATIONS and not relations.is_new(thing.name):
                before = relations.former(thing.name)
                dropped[Object(thing.kind, before)] = None
                if before in there:  # made under another name, which it has given up since
                    again[Object(thing.kind, before)] = None
            elif thing.kind in _KINDS:
                dropped[thing] = None
        for made in statement.facts.creates:
            if qualify(made, schema) in dropped:
                again[qualify(made, schema)] = None
        relations.follow(statement)
    return tuple(again)


def find_recreated(upgrade: Plan, rollback: Plan, schema: str) -> tuple[Recreated, ...]:
    """What preflight.sql has to look at, while it is still there: what the upgrade drops, and either script creates.

    Args:
        schema: schema of unqualified names.
    """
    at_once = set(recreated_by(upgrade.statements, schema))
    later = {qualify(made, schema) for each in rollback.statements for made in each.facts.creates}
    relations = Relations(schema)
    found: dict[tuple[Object, str], Recreated] = {}
    for segment in upgrade.segments:
        for statement in segment.statements:
            departures = departures_of(statement.syntax) if statement.facts.drops else ()
            for each in departures:
                thing = qualify(each.thing, schema)
                owner = thing.parent or thing.name
                if each.way is not DepartureKind.DROP or thing.kind not in _KINDS or relations.is_new(owner):
                    continue
                former = relations.former(owner)
                whole = Object(thing.kind, thing.name, former) if thing.parent else Object(thing.kind, former)
                by = Direction.UPGRADE if {whole, thing} & at_once else Direction.ROLLBACK
                if by is Direction.ROLLBACK and thing not in later and whole not in later:
                    continue
                relation = name_literal(former)
                if each.arguments is not None:
                    relation = literal(routine_text(former, each.arguments))
                script = upgrade if by is Direction.UPGRADE else rollback
                found[whole, relation] = Recreated(whole, relation, segment.number, by, _remade(script, former, schema))
            relations.follow(statement)
    return tuple(found.values())


def _remade(script: Plan, table: Name, schema: str) -> tuple[str, ...]:
    return tuple(
        f"{made.kind} {made.name.name}"
        for statement in script.statements
        for made in statement.facts.creates
        if made.kind in {"trigger", "policy"} and made.parent and in_schema(made.parent, schema) == table
    )
