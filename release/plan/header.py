"""What stands above a script: what a DBA reads before running it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Direction, LockMode, Name
from release.plan.losses import changes_unasked
from release.plan.recreated import recreated_lines
from release.plan.required_relations import touched_tables
from release.plan.rollback_entry import written_in
from release.plan.segment_table import segment_rows, table_notes
from release.plan.wording import (
    cut,
    leaves,
    losses,
    lost_lines,
    numbers,
    recorded,
    short,
    stop_lines,
    stuck_lines,
    wall_lines,
    waved_through,
)

if TYPE_CHECKING:
    from release.config import Settings
    from release.model import Plan, Revision
    from release.plan import Planned
    from release.plan.guard import Guard, PostgisPart
    from release.plan.segment_table import SegmentRow
    from release.plan.wording import RecordedLine

_REVISIONS = 12  # that are listed; the others stand in manifest.json, and above their statements


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of upgrade.sql or rollback.sql tells, a text for each line where nothing else is said.

    Attributes:
        date: ISO date.
        revisions: in the order in which this script runs them, or undoes them.
        listed: those of them that the header names; unlisted: how many more there are.
        statements: how many.
        numbers: what the script changes.
        postgis: what must be there of PostGIS, a line each; none where the release needs nothing of it.
        owned: the relations whose owner the role must be, as far as there is room.
        create_in: schemas in which it creates something.
        superuser: what a superuser is needed for.
        dump: the beginning of the names of files in the commands for a backup.
        touched: tables that were there before the script, whose rows may need a copy.
        table: a row for each segment.
        notes: what else is to be told of them.
        exclusive: some segment takes an ACCESS EXCLUSIVE lock that a standby's readers may meet.
        concurrently: some segment builds or drops an index CONCURRENTLY.
        recreated: what it creates anew that was there before the release.
        stops: what is there when it stops.
        stuck: where an upgrade that has stopped must be finished, for nothing leads back.
        walls: how far the rollback goes, where it does not go back to the start.
        recorded: revisions that were taken down on a scratch database.
        scratch: the major version of its server; 0 where nothing was recorded.
        waved_through: what lint was asked to let through.
        lost: of an upgrade: what its rollback does not bring back.
        rollback_losses: what was written since the upgrade and the rollback loses.
        kept_losses: of a rollback: what the upgrade took and does not come back.
        unasked: statements of the rollback that may change values written since, beside the losses.
        declared: an author has declared a loss, which may be one of the rollback that its statements do not show.
        leaves: what a rollback never removes.
    """

    date: str
    revisions: tuple[Revision, ...]
    listed: tuple[Revision, ...]
    unlisted: int
    statements: int
    numbers: str
    postgis: tuple[str, ...]
    owned: str
    create_in: tuple[str, ...]
    superuser: tuple[str, ...]
    dump: str
    touched: tuple[Name, ...]
    table: tuple[SegmentRow, ...]
    notes: tuple[str, ...]
    exclusive: bool
    concurrently: bool
    recreated: tuple[str, ...]
    stops: tuple[str, ...]
    stuck: tuple[str, ...]
    walls: tuple[str, ...]
    recorded: tuple[RecordedLine, ...]
    scratch: int
    waved_through: tuple[str, ...]
    lost: tuple[str, ...]
    rollback_losses: tuple[str, ...]
    kept_losses: tuple[str, ...]
    unasked: str
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
    revisions = tuple(each for each in release.range.revisions[:: 1 if up else -1] if each.id in written)
    table = segment_rows(ledger, plan)
    return Header(
        date=release.date,
        revisions=revisions,
        listed=revisions[:_REVISIONS],
        unlisted=len(revisions[_REVISIONS:]),
        statements=len(plan.statements),
        numbers=numbers(ledger.steps),
        postgis=_postgis(guard.postgis, settings, up=up),
        owned=cut(list(dict.fromkeys(short(each.name, settings.schema) for each in guard.owned))),
        create_in=tuple(str(Name(each)) for each in guard.create_in),
        superuser=release.prerequisites.superuser,
        dump=f"{'before' if up else 'before-rollback'}-{release.version}",
        touched=touched_tables(ledger, forth.indexes | back.indexes),
        table=table,
        notes=table_notes(ledger, plan),
        exclusive=any(hold.lock is LockMode.ACCESS_EXCLUSIVE for row in table for hold in row.holds),
        concurrently=any(not segment.transactional for segment in plan.segments),
        recreated=recreated_lines(forth, back, plan.direction),
        stops=stop_lines(plan.ways),
        stuck=stuck_lines(planned.stuck) if up else (),
        walls=wall_lines(planned.stretches, guard.chain),
        recorded=recorded(release, plan.direction),
        scratch=release.recording.server if release.recording else 0,
        waved_through=waved_through(release, plan.direction),
        lost=lost_lines(plan.ways) if up else (),
        rollback_losses=losses(release.losses, Direction.ROLLBACK),
        kept_losses=() if up else losses(release.losses, Direction.UPGRADE),
        unasked=cut(changes_unasked(back), 100),
        declared=any(each.declared for each in release.losses),
        leaves=leaves(extensions, version_table, history_table if settings.history else None),
    )


def _postgis(part: PostgisPart | None, settings: Settings, *, up: bool) -> tuple[str, ...]:
    """What must be there of PostGIS."""
    if part is None:
        return ()
    where = f"its schema on the search path of this script: {', '.join(map(str, map(Name, settings.search_path)))}"
    first = f"3.0 or later, the extension present in this database, {where}"
    if part.creates:
        first = (
            "3.0 or later: its packages on the server; this release creates the extension where it is missing, which "
            f"needs a superuser; {where}"
        )
    named = (
        ("types", part.types),
        ("functions", part.functions),
        ("SRIDs, as in spatial_ref_sys", tuple(str(srid) for srid, _ in part.srids)),
        ("also creates", part.others if up else ()),
    )
    return (first, *(f"{word}: {cut(names, 200)}" for word, names in named if names))
