"""What each statement does to a database in use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.model import Below, Danger, Hazard, LockMode, Work
from release.plan.name_resolution import in_schema, index_names
from release.plan.prior_relations import Relations, partitioned_tables

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model import Effect, Name, Segment

_WORK_DANGER = {Work.REWRITE: Danger.REWRITE, Work.SCAN: Danger.SCAN}


_NOTHING = Below()


@dataclass(frozen=True, slots=True)
class RelationLock:
    """The strongest lock that a segment takes on a relation that others may be using, and the work done under it.

    Attributes:
        below: the same for its partitions, where the script tells that it has any.
    """

    relation: Name
    lock: LockMode
    work: tuple[Work, ...]
    below: Below = _NOTHING


def locks_of(segments: Iterable[Segment], schema: str) -> dict[int, tuple[RelationLock, ...]]:
    """Locks per segment number, strongest first.

    Left out: relations that the script itself creates (nobody can be using them), plain reads, and the catalog changes
    of indexes that nobody waits for (a rename).
    """
    segments = tuple(segments)
    partitioned = partitioned_tables((each for segment in segments for each in segment.statements), schema)
    indexes = index_names((statement for segment in segments for statement in segment.statements), schema)
    relations = Relations(schema)
    found: dict[int, tuple[RelationLock, ...]] = {}
    for segment in segments:
        strongest: dict[Name, RelationLock] = {}
        for statement in segment.statements:
            for effect in statement.facts.effects:
                if _matters(effect, relations):
                    name = relations.former(effect.relation)
                    if name in indexes and effect.lock <= LockMode.SHARE_UPDATE_EXCLUSIVE:
                        continue
                    told = _as_told(effect, partitioned, schema)
                    strongest[name] = _stronger(strongest.get(name), name, told)
            relations.follow(statement)
        ordered = sorted(strongest.values(), key=lambda each: (-each.lock.value, str(each.relation)))
        found[segment.number] = tuple(ordered)
    return found


def effects_that_matter(segments: Iterable[Segment], schema: str) -> tuple[tuple[Effect, ...], ...]:
    """Per statement of the script, in order: what it does to relations that others may be using.

    What it does to the tables below one is left out where the script does not tell that there are any.
    """
    segments = tuple(segments)
    partitioned = partitioned_tables((each for segment in segments for each in segment.statements), schema)
    relations = Relations(schema)
    found: list[tuple[Effect, ...]] = []
    for segment in segments:
        for statement in segment.statements:
            effects = (effect for effect in statement.facts.effects if _matters(effect, relations))
            found.append(tuple(_as_told(effect, partitioned, schema) for effect in effects))
            relations.follow(statement)
    return tuple(found)


def find_hazards(segments: Iterable[Segment], schema: str) -> tuple[Hazard, ...]:
    """Hazards of one script, in the order of its statements."""
    segments = tuple(segments)
    effects = iter(effects_that_matter(segments, schema))
    hazards: list[Hazard] = []
    index = 0
    for segment in segments:
        for _ in segment.statements:
            for effect in next(effects):
                hazards += [Hazard(danger, text, segment.number, index) for danger, text in _dangers(effect)]
            index += 1
    return tuple(hazards)


def _dangers(effect: Effect) -> list[tuple[Danger, str]]:
    heavy = [
        (_WORK_DANGER[work], f"{effect.relation}: {work} under {effect.lock}")
        for work in effect.work
        if work in _WORK_DANGER
    ]
    if effect.lock >= LockMode.SHARE:
        return [*heavy, (Danger.LOCK, f"{effect.relation}: {effect.lock}")]
    return heavy


def _matters(effect: Effect, relations: Relations) -> bool:
    return effect.lock > LockMode.ROW_SHARE and not relations.is_new(effect.relation)


def _as_told(effect: Effect, partitioned: frozenset[Name], schema: str) -> Effect:
    return effect if in_schema(effect.relation, schema) in partitioned else replace(effect, below=_NOTHING)


def _stronger(known: RelationLock | None, name: Name, effect: Effect) -> RelationLock:
    if known is None:
        return RelationLock(name, effect.lock, effect.work, effect.below)
    both = {*known.work, *effect.work}
    work = tuple(kind for kind in Work if kind in both and (kind is not Work.CATALOG or len(both) == 1))
    lock = max(known.lock, effect.lock)
    return RelationLock(known.relation, lock, work, known.below | effect.below)
