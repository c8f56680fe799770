"""What each statement does to a database in use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.model import Below, Danger, Hazard, LockMode, Work
from release.plan.spared import spares_scan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model import Effect, Name, Segment
    from release.plan.ledger import Ledger, LedgerStep

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


def locks_of(ledger: Ledger, segments: Iterable[Segment]) -> dict[int, tuple[RelationLock, ...]]:
    """Locks per segment number, strongest first.

    Left out: relations that the script itself creates (nobody can be using them), plain reads, and the catalog changes
    of indexes that nobody waits for (a rename).
    """
    found: dict[int, tuple[RelationLock, ...]] = {}
    for segment in segments:
        strongest: dict[Name, RelationLock] = {}
        for step in ledger.steps_of(segment):
            for effect in step.statement.facts.effects:
                if _matters(effect, step):
                    name = step.former(effect.relation)
                    if name in ledger.indexes and effect.lock <= LockMode.SHARE_UPDATE_EXCLUSIVE:
                        continue
                    strongest[name] = _stronger(strongest.get(name), name, _as_told(effect, step))
        ordered = sorted(strongest.values(), key=lambda each: (-each.lock.value, str(each.relation)))
        found[segment.number] = tuple(ordered)
    return found


def effects_that_matter(ledger: Ledger) -> tuple[tuple[Effect, ...], ...]:
    """Per statement of the script, in order: what it does to relations that others may be using.

    What it does to the tables below one is left out where the script does not tell that there are any.
    """
    return tuple(
        tuple(_as_told(effect, step) for effect in step.statement.facts.effects if _matters(effect, step))
        for step in ledger.steps
    )


def find_hazards(ledger: Ledger) -> tuple[Hazard, ...]:
    """Hazards of one script, in the order of its statements."""
    return tuple(
        Hazard(danger, text, step.segment.number, index)
        for index, (step, effects) in enumerate(zip(ledger.steps, effects_that_matter(ledger), strict=True))
        for effect in effects
        for danger, text in _dangers(effect)
    )


def _dangers(effect: Effect) -> list[tuple[Danger, str]]:
    heavy = [
        (_WORK_DANGER[work], f"{effect.relation}: {work} under {effect.lock}")
        for work in effect.work
        if work in _WORK_DANGER
    ]
    if effect.lock >= LockMode.SHARE:
        return [*heavy, (Danger.LOCK, f"{effect.relation}: {effect.lock}")]
    return heavy


def _matters(effect: Effect, step: LedgerStep) -> bool:
    return effect.lock > LockMode.ROW_SHARE and not step.is_new(effect.relation)


def _as_told(effect: Effect, step: LedgerStep) -> Effect:
    if Work.SCAN in effect.work and spares_scan(step):
        work = tuple(each for each in effect.work if each is not Work.SCAN)
        effect = replace(effect, work=work or (Work.CATALOG,), note="")
    return effect if step.at(effect.relation) in step.ledger.partitioned else replace(effect, below=_NOTHING)


def _stronger(known: RelationLock | None, name: Name, effect: Effect) -> RelationLock:
    if known is None:
        return RelationLock(name, effect.lock, effect.work, effect.below)
    both = {*known.work, *effect.work}
    work = tuple(kind for kind in Work if kind in both and (kind is not Work.CATALOG or len(both) == 1))
    lock = max(known.lock, effect.lock)
    return RelationLock(known.relation, lock, work, known.below | effect.below)
