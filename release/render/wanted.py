"""The relations that must be there, and belong to the role, before a script starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.plan.existing import Relations
from release.plan.names import in_schema
from release.plan.prerequisites import owned_relations

if TYPE_CHECKING:
    from release.model import Name, Plan
    from release.plan.undo import Undo


@dataclass(frozen=True, slots=True)
class Wanted:
    """A relation under its name before the script.

    Attributes:
        until: the segment that renames or drops it, the last one where none does.
        since: in a rollback: the upgrade segment from which on it goes by this name and something is done to it.
    """

    name: Name
    until: int
    since: int


def wanted_relations(plan: Plan, undo: Undo | None, schema: str) -> tuple[Wanted, ...]:
    """Relations that the role must own.

    Args:
        undo: for a rollback that may start in the middle of its upgrade.
    """
    owned = owned_relations(plan.statements, schema)
    until = dict.fromkeys(owned, len(plan.segments))
    for segment in plan.segments:
        for statement in segment.statements:
            for thing in (*statement.facts.drops, *(old for old, _ in statement.facts.renames)):
                name = in_schema(thing.name, schema)
                if name in until:
                    until[name] = min(until[name], segment.number)
    since = _since(plan, undo, schema) if undo else {}
    return tuple(Wanted(name, until[name], since.get(name, 1)) for name in owned)


def _since(plan: Plan, undo: Undo, schema: str) -> dict[Name, int]:
    """Per relation, by its name before the rollback: the first upgrade segment that leaves work on it."""
    relations = Relations(schema)
    renamed: dict[Name, int] = {}
    since: dict[Name, int] = {}
    for statement, number in zip(plan.statements, undo.since, strict=True):
        for effect in statement.facts.effects[:1]:
            former = relations.former(effect.relation)
            first = max(number, renamed.get(former, 1))
            since[former] = min(since.get(former, first), first)
        for old, _ in statement.facts.renames:
            renamed.setdefault(relations.former(old.name), number)
            former = relations.former(old.name)
            since[former] = max(since.get(former, number), number)
        relations.follow(statement)
    return since
