"""What each statement does to a database in use."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.model import Below, Danger, Hazard, LockMode, Work
from release.plan.spared import spares_scan

if TYPE_CHECKING:
    from release.model import Effect
    from release.plan.ledger import Ledger, LedgerStep

_WORK_DANGER = {Work.REWRITE: Danger.REWRITE, Work.SCAN: Danger.SCAN}


_NOTHING = Below()


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
