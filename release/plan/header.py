"""What stands above a script: what a DBA reads before running it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Direction, Name
from release.plan.recreated import recreated_lines
from release.plan.required_relations import touched_tables
from release.plan.rollback_entry import written_in
from release.plan.wording import (
    leaves,
    lock_lines,
    losses,
    numbers,
    recorded,
    stop_lines,
    stuck_lines,
    wall_lines,
    waved_through,
    way_lines,
)

if TYPE_CHECKING:
    from release.config import Settings
    from release.model import Plan, Revision
    from release.plan import Planned
    from release.plan.guard import Guard
    from release.plan.wording import LockLine, RecordedLine, WayLine


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of upgrade.sql or rollback.sql tells, a text for each line where nothing else is said.

    Attributes:
        date: ISO date.
        revisions: in the order in which this script runs them, or undoes them.
        statements: how many.
        numbers: what the script changes.
        create_in: schemas in which it creates something.
        superuser: what a superuser is needed for.
        dump: the beginning of the names of files in the commands for a backup.
        touched: tables that were there before the script, whose rows may need a copy.
        locks: what it locks so that somebody waits.
        recreated: what it creates anew that was there before the release.
        stops: what is there when it stops.
        stuck: where an upgrade that has stopped must be finished, for nothing leads back.
        walls: how far the rollback goes, where it does not go back to the start.
        recorded: revisions that were taken down on a scratch database.
        scratch: the major version of its server; 0 where nothing was recorded.
        waved_through: what lint was asked to let through.
        ways: the way back from each segment.
        rollback_losses: what was written since the upgrade and the rollback loses.
        kept_losses: of a rollback: what the upgrade took and does not come back.
        declared: an author has declared a loss, which may be one of the rollback that its statements do not show.
        leaves: what a rollback never removes.
    """

    date: str
    revisions: tuple[Revision, ...]
    statements: int
    numbers: str
    create_in: tuple[str, ...]
    superuser: tuple[str, ...]
    dump: str
    touched: tuple[Name, ...]
    locks: tuple[LockLine, ...]
    recreated: tuple[str, ...]
    stops: tuple[str, ...]
    stuck: tuple[str, ...]
    walls: tuple[str, ...]
    recorded: tuple[RecordedLine, ...]
    scratch: int
    waved_through: tuple[str, ...]
    ways: tuple[WayLine, ...]
    rollback_losses: tuple[str, ...]
    kept_losses: tuple[str, ...]
    declared: bool
    leaves: str


def header_of(
    planned: Planned, plan: Plan, settings: Settings, guard: Guard, version_table: Name, history_table: Name
) -> Header:
    """The header of one of the two scripts of a release."""
    release, (forth, back) = planned.release, planned.ledgers
    up = plan.direction is Direction.UPGRADE
    ledger = planned.ledger_of(plan)
    written = {each.revision for segment in plan.segments for each in written_in(segment)}
    extensions = release.prerequisites.spatial.extensions
    return Header(
        date=release.date,
        revisions=tuple(each for each in release.range.revisions[:: 1 if up else -1] if each.id in written),
        statements=len(plan.statements),
        numbers=numbers(ledger),
        create_in=tuple(str(Name(each)) for each in guard.create_in),
        superuser=release.prerequisites.superuser,
        dump=f"{'before' if up else 'before-rollback'}-{release.version}",
        touched=touched_tables(ledger, forth.indexes | back.indexes),
        locks=lock_lines(ledger, plan.segments),
        recreated=recreated_lines(forth, back, plan.direction),
        stops=stop_lines(plan.ways),
        stuck=stuck_lines(planned.stuck) if up else (),
        walls=wall_lines(planned.stretches, guard.chain),
        recorded=recorded(release, plan.direction),
        scratch=release.recording.server if release.recording else 0,
        waved_through=waved_through(release, plan.direction),
        ways=way_lines(plan.ways),
        rollback_losses=losses(release.losses, Direction.ROLLBACK),
        kept_losses=() if up else losses(release.losses, Direction.UPGRADE),
        declared=any(each.declared for each in release.losses),
        leaves=leaves(extensions, version_table, history_table if settings.history else None),
    )
