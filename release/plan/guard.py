"""What a script asks before it changes anything, and preflight.sql before the upgrade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Direction, spell_rows
from release.plan.expectations import find_expectations
from release.plan.owned_objects import find_owned_objects
from release.plan.prerequisites import makes_owned
from release.plan.required_classes import find_required_classes
from release.plan.required_names import find_required_names
from release.plan.required_relations import wanted_relations
from release.plan.rollback_entry import chain_of, chain_places
from release.plan.row_limits import find_row_limits

if TYPE_CHECKING:
    from release.config import Settings
    from release.model import Name, Needed, Plan, Spatial
    from release.plan import Planned
    from release.plan.expectations import Concurrent, ExpectedObject
    from release.plan.required_classes import RequiredClass
    from release.plan.required_names import RequiredName
    from release.plan.required_relations import TouchedRelation
    from release.plan.rows import Row

# how spatial_ref_sys begins to define the SRIDs that everybody uses, in every version of PostGIS
_SRIDS = {
    4326: "+proj=longlat +datum=WGS84",
    3857: "+proj=merc +a=6378137 +b=6378137",
    4258: "+proj=longlat +ellps=GRS80",
}


@dataclass(frozen=True, slots=True)
class Servers:
    """Which servers a script suits.

    Attributes:
        lowest: the oldest major version that takes every statement.
        needed: what statements use that the oldest version of the project's does not have.
        later: the same of bodies, which an older server takes.
        back: of an upgrade: what its rollback needs a newer server for than the upgrade itself.
    """

    lowest: int
    needed: tuple[Needed, ...]
    later: tuple[Needed, ...]
    back: Needed | None


@dataclass(frozen=True, slots=True)
class PostgisPart:
    """What a release needs of PostGIS.

    Attributes:
        creates: this script creates the extension where it is missing.
        types, functions: that statements name.
        srids: that must be there before, each with how PostGIS begins to define it; "" where versions differ.
        others: further extensions that it creates.
    """

    creates: bool
    types: tuple[str, ...]
    functions: tuple[str, ...]
    srids: tuple[tuple[int, str], ...]
    others: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WayEnd:
    """Where a rollback ends, by how far its upgrade got.

    Attributes:
        since: the upgrade segment from which on it ends there.
        before, last: the segments of the rollback before the first that it runs, and the last one.
        floor: how many revisions are still there then.
        settled: after this upgrade segment it is there already; 0: after none.
        why: what to do then; "" at the start of the release.
    """

    since: int
    before: int
    last: int
    floor: int
    settled: int
    why: str


@dataclass(frozen=True, slots=True)
class Guard:
    """What must be so before a script starts, or goes on.

    Attributes:
        checking: it is asked by preflight.sql, which notes what it cannot know.
        simple: the release is one transaction in both directions: it is done, or it is not.
        todo: the SQL condition that something is left to do.
        segments, upgrade_segments, rollback_segments: how many this script has, the upgrade, and the rollback.
        expected: the version rows before the first segment and after each.
        partial: a rollback that may start in the middle of its upgrade; what follows is for that.
        chain: version rows from the start of the upgrade to its end.
        upgrade_places, rollback_places: before the first segment of both and after each: how many revisions are there.
        stuck, stuck_begun: segments of the upgrade after which, and within which, it cannot start.
        goal: the version rows at which nothing is left to be done.
        ways: where the way back ends, the lowest first, where it does not always lead to the start.
        resumes: of an upgrade: version rows to which its rollback may have gone back, and the segments done by then.
        asked: what the server is asked for.
        postgis: None where the release needs none.
        owned: relations that must belong to the role; owners: these and all else, as the fixed text is told.
        limits: how many rows tables may have, for what lint was asked to let through.
        create_in: schemas in which it needs CREATE.
        makes: something is made that will belong to the role.
        present, absent: objects that must be there, and must not.
        names: what statements call and name by other kinds.
        classes: default operator classes that indexes need.
        indexes: that an earlier try may have built.
    """

    checking: bool
    simple: bool
    todo: str
    segments: int
    upgrade_segments: int
    rollback_segments: int
    expected: tuple[str, ...]
    partial: bool
    chain: tuple[str, ...]
    upgrade_places: tuple[int, ...]
    rollback_places: tuple[int, ...]
    stuck: tuple[int, ...]
    stuck_begun: tuple[int, ...]
    goal: str
    ways: tuple[WayEnd, ...]
    resumes: tuple[tuple[str, int], ...]
    servers: Servers
    asked: tuple[Needed, ...]
    postgis: PostgisPart | None
    owned: tuple[TouchedRelation, ...]
    owners: tuple[Row, ...]
    limits: tuple[Row, ...]
    create_in: tuple[str, ...]
    makes: bool
    present: tuple[ExpectedObject, ...]
    absent: tuple[ExpectedObject, ...]
    names: tuple[RequiredName, ...]
    classes: tuple[RequiredClass, ...]
    indexes: tuple[Concurrent, ...]


def guard_of(planned: Planned, plan: Plan, settings: Settings, history_table: Name) -> Guard:
    """The guard of one of the two scripts of a release."""
    release, stretches = planned.release, planned.stretches
    upgrade, rollback = release.upgrade, release.rollback
    up = plan.direction is Direction.UPGRADE
    ledger = planned.ledger_of(plan)
    partial = stretches[0].undo.partial and not up
    simple = upgrade.is_one_transaction and rollback.is_one_transaction
    servers = _servers(plan, rollback, settings.postgresql)
    # what half an upgrade leaves is not asked for, so that only the first stretch of a rollback is
    asked = ledger if up else stretches[0].ledgers[1]
    expectations = find_expectations(asked)
    own_schema = {history_table.schema} if settings.history else set()
    if up:
        owned = wanted_relations(ledger, len(plan.segments), None)
        owners = find_owned_objects(ledger, owned, None)
        limits = find_row_limits(ledger, release.waivers, release.date, None)
    else:
        parts = [
            (each.ledgers[1], each.undo if partial else None, each.last) for each in stretches if each.ledgers[1].steps
        ]
        each_owned = [wanted_relations(back, last, undo) for back, undo, last in parts]
        owned = tuple(relation for found in each_owned for relation in found)
        owners = tuple(
            row
            for (back, undo, _), found in zip(parts, each_owned, strict=True)
            for row in find_owned_objects(back, found, undo)
        )
        limits = tuple(
            row for back, undo, _ in parts for row in find_row_limits(back, release.waivers, release.date, undo)
        )
    return Guard(
        checking=False,
        simple=simple,
        todo="NOT done" if simple else "progress < segments",
        segments=len(plan.segments),
        upgrade_segments=len(upgrade.segments),
        rollback_segments=len(rollback.segments),
        expected=(spell_rows(plan.before), *(spell_rows(segment.after) for segment in plan.segments)),
        partial=partial,
        chain=tuple(spell_rows(rows) for rows in chain_of(upgrade)),
        upgrade_places=chain_places(upgrade, upgrade),
        rollback_places=chain_places(upgrade, rollback),
        stuck=tuple(number for number, _ in planned.stuck.after),
        stuck_begun=tuple(number for number, _ in planned.stuck.within),
        goal=spell_rows(upgrade.after if up else upgrade.before),
        ways=() if up else way_ends(planned),
        resumes=_resumes(planned) if up else (),
        servers=servers,
        asked=servers.needed,
        postgis=_postgis(release.prerequisites.spatial, creates=up),
        owned=owned,
        owners=owners,
        limits=limits,
        create_in=tuple(sorted({*release.prerequisites.create_in, *own_schema})),
        makes=makes_owned(plan.statements),
        present=expectations.present,
        absent=expectations.absent,
        names=find_required_names(asked),
        classes=find_required_classes(asked),
        indexes=expectations.indexes if up else (),
    )


def way_ends(planned: Planned) -> tuple[WayEnd, ...]:
    """The ends of the way back; none where it always leads to the start."""
    stretches, chain = planned.stretches, chain_of(planned.release.upgrade)
    if len(stretches) == 1 and not stretches[0].wall:
        return ()
    start, version = spell_rows(chain[0]), planned.release.version
    return tuple(
        WayEnd(
            each.since,
            each.before,
            each.last,
            each.floor,
            each.settled,
            f"{each.wall.text}. The way back from {spell_rows(chain[each.floor])} to {start} is to restore the backup "
            f"that was made before the upgrade (RUNBOOK.md of release {version})"
            if each.wall
            else "",
        )
        for each in reversed(stretches)
    )


def _resumes(planned: Planned) -> tuple[tuple[str, int], ...]:
    """Where an upgrade goes on that was taken back to an irreversible revision: a segment must begin there."""
    chain = chain_of(planned.release.upgrade)
    return tuple(
        (spell_rows(chain[each.floor]), each.settled) for each in planned.stretches if each.wall and each.goes_on
    )


def _servers(plan: Plan, rollback: Plan, floor: int) -> Servers:
    lowest = plan.lowest_server(floor)
    needed = [each for each in plan.needed if each.since > floor]
    back = next((each for each in rollback.needed if not each.need.later and each.since > lowest), None)
    return Servers(
        lowest,
        tuple(each for each in needed if not each.need.later),
        tuple(each for each in needed if each.need.later),
        back if plan.direction is Direction.UPGRADE else None,
    )


def _postgis(spatial: Spatial, *, creates: bool) -> PostgisPart | None:
    if not spatial:
        return None
    return PostgisPart(
        creates and "postgis" in spatial.extensions,
        spatial.types,
        spatial.functions,
        tuple((srid, _SRIDS.get(srid, "")) for srid in spatial.srids),
        tuple(each for each in spatial.extensions if each != "postgis"),
    )
