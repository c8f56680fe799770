"""What RUNBOOK.md tells: a release from the preflight to its backup's restore, for who runs it at night."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Direction, LockMode
from release.plan.hazards import effects_that_matter
from release.plan.recreated import recreated_lines
from release.plan.required_relations import touched_tables
from release.plan.wording import leaves, losses, recorded, stop_lines, stuck_lines, wall_lines, way_lines

if TYPE_CHECKING:
    from release.config import Settings
    from release.model import Name, Plan, Revision
    from release.plan import Planned
    from release.plan.guard import Guard
    from release.plan.pages import About, ScriptPage
    from release.plan.wording import RecordedLine, WayLine


@dataclass(frozen=True, slots=True)
class RunbookScript:
    """What the runbook tells of upgrade.sql or rollback.sql.

    Attributes:
        segments: how many it has.
        machinery: it is more than one transaction.
        exclusive: tables that it locks so that a hot standby cancels who reads them.
        stops: what is there when it stops.
        recreated: what it creates anew that was there before the release.
        recorded: its revisions that were taken down on a scratch database.
        analyze: tables of which the planner knows too little afterwards.
    """

    guard: Guard
    segments: int
    machinery: bool
    exclusive: tuple[Name, ...]
    stops: tuple[str, ...]
    recreated: tuple[str, ...]
    recorded: tuple[RecordedLine, ...]
    analyze: tuple[Name, ...]


@dataclass(frozen=True, slots=True)
class RunbookPage:
    """RUNBOOK.md.

    Attributes:
        revisions: in the order of the upgrade.
        superuser: what a superuser is needed for.
        touched: tables that were there before one of the scripts, whose rows may need a copy.
        side: a name for the database that takes what is restored.
        stuck: where an upgrade that has stopped must be finished, for nothing leads back.
        walls: how far the rollback goes, where it does not go back to the start.
        ways: the way back from each segment of the upgrade.
        rollback_losses: what was written since the upgrade and the rollback loses.
        kept_losses: what the upgrade takes and the rollback does not bring back.
        leaves: what a rollback never removes.
        scratch: the major version of the server that revisions were taken down on; 0 where none were.
    """

    settings: Settings
    about: About
    upgrade: RunbookScript
    rollback: RunbookScript
    revisions: tuple[Revision, ...]
    superuser: tuple[str, ...]
    touched: tuple[Name, ...]
    side: str
    stuck: tuple[str, ...]
    walls: tuple[str, ...]
    ways: tuple[WayLine, ...]
    rollback_losses: tuple[str, ...]
    kept_losses: tuple[str, ...]
    leaves: str
    scratch: int


def runbook_of(planned: Planned, settings: Settings, upgrade: ScriptPage, rollback: ScriptPage) -> RunbookPage:
    """The runbook of a release, beside the pages of its scripts."""
    release, (forth, back) = planned.release, planned.ledgers
    indexes = forth.indexes | back.indexes
    about = upgrade.about
    return RunbookPage(
        settings=settings,
        about=about,
        upgrade=_script(planned, release.upgrade, upgrade, indexes),
        rollback=_script(planned, release.rollback, rollback, indexes),
        revisions=release.range.revisions,
        superuser=release.prerequisites.superuser,
        touched=tuple(sorted({*touched_tables(forth, indexes), *touched_tables(back, indexes)})),
        side=f"before_{re.sub('[^0-9a-z]', '_', about.version)}",
        stuck=stuck_lines(planned.stuck),
        walls=wall_lines(planned.stretches, upgrade.guard.chain),
        ways=way_lines(release.upgrade.ways),
        rollback_losses=losses(release.losses, Direction.ROLLBACK),
        kept_losses=losses(release.losses, Direction.UPGRADE),
        leaves=leaves(
            release.prerequisites.spatial.extensions,
            about.version_table,
            about.history_table if settings.history else None,
        ),
        scratch=release.recording.server if release.recording else 0,
    )


def _script(planned: Planned, plan: Plan, page: ScriptPage, indexes: frozenset[Name]) -> RunbookScript:
    ledger = planned.ledger_of(plan)
    exclusive = {
        step.at_start(each.relation)
        for step, effects in zip(ledger.steps, effects_that_matter(ledger), strict=True)
        for each in effects
        if each.lock is LockMode.ACCESS_EXCLUSIVE
    }
    return RunbookScript(
        guard=page.guard,
        segments=len(plan.segments),
        machinery=page.machinery,
        exclusive=tuple(sorted(exclusive - indexes)),
        stops=stop_lines(plan.ways),
        recreated=recreated_lines(*planned.ledgers, plan.direction),
        recorded=recorded(planned.release, plan.direction),
        analyze=page.analyze,
    )
