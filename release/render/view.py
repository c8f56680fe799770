"""What the templates show: a plan, put into the words and the order of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from release.config import TRIED_SERVERS
from release.errors import PlanError
from release.model import Direction, Name, spell_rows
from release.plan.expectations import find_expectations
from release.plan.inspections import recreated_lines
from release.plan.name_resolution import history_name, in_schema
from release.plan.prerequisites import makes_owned
from release.plan.required_names import find_required_names
from release.plan.required_relations import touched_tables, wanted_relations
from release.plan.rollback_entry import chain_of, chain_places, match_undo
from release.plan.statistics import tables_to_analyze
from release.render.segments import segment_views
from release.render.wording import leaves, lock_lines, losses, numbers, recorded, stop_lines, waved_through, way_lines

if TYPE_CHECKING:
    from release.config import Settings
    from release.model import Plan, Release
    from release.plan.ledger import Ledger

# how spatial_ref_sys begins to define the SRIDs that everybody uses, in every version of PostGIS
_SRIDS = {
    4326: "+proj=longlat +datum=WGS84",
    3857: "+proj=merc +a=6378137 +b=6378137",
    4258: "+proj=longlat +ellps=GRS80",
}


def view_of(release: Release, plan: Plan, ledgers: tuple[Ledger, Ledger], settings: Settings) -> dict[str, Any]:
    """Everything that `script.sql.j2` uses, for one direction of a release.

    Args:
        ledgers: of the upgrade and of the rollback.
    """
    schema = settings.schema
    version_table = in_schema(release.range.version_table, schema)
    history_table = history_name(settings.history_table, version_table)
    spatial = release.prerequisites.spatial
    revisions = release.range.revisions if plan.direction is Direction.UPGRADE else release.range.revisions[::-1]
    up = plan.direction is Direction.UPGRADE
    forth, back = ledgers
    ledger = forth if up else back
    undo = match_undo(release.upgrade, release.rollback, (forth, back))
    partial = undo.partial and not up
    segments = segment_views(plan, ledger, revisions, undo if partial else None)
    simple = _one_transaction(release.upgrade) and _one_transaction(release.rollback)
    touched = touched_tables(ledger, forth.indexes | back.indexes)
    expected = find_expectations(ledger)
    floor = settings.postgresql
    needed = [each for each in plan.needed if each.since > floor]
    return {
        "release": release,
        "plan": plan,
        "settings": settings,
        "tried": TRIED_SERVERS,
        "needed": [each for each in needed if not each.need.later],
        "needed_later": [each for each in needed if each.need.later],
        "lowest": plan.lowest_server(floor),
        "lowest_back": release.rollback.lowest_server(floor),
        "needed_back": next((each for each in release.rollback.needed if not each.need.later), None),
        "up": up,
        "partial": partial,
        "machinery": not _one_transaction(plan),
        "create_in_told": [str(Name(each)) for each in _create_in(release, history_table, settings)],
        "create_in": _create_in(release, history_table, settings),
        "simple": simple,
        "todo": "NOT done" if simple else "progress < segments",
        "undo": undo,
        "upgrade_segments": len(release.upgrade.segments),
        "chain": [spell_rows(rows) for rows in chain_of(release.upgrade)],
        "upgrade_places": chain_places(release.upgrade, release.upgrade),
        "rollback_places": chain_places(release.upgrade, release.rollback),
        "conditions": sorted({step.condition for segment in segments for step in segment.steps if step.condition}),
        "digest": release.digest[:12],
        "revisions": revisions,
        "version_table": version_table,
        "lock_name": f"release:{version_table}",
        "history_table": history_table,
        "expected": [spell_rows(plan.before), *(spell_rows(segment.after) for segment in plan.segments)],
        "start": spell_rows(plan.before),
        "end": spell_rows(plan.after),
        "statement_count": len(plan.statements),
        "numbers": numbers(ledger),
        "locks": lock_lines(ledger, plan.segments),
        "segments": segments,
        "stops": stop_lines(plan.ways),
        "ways": way_lines(plan.ways),
        "building": any("INDEX CONCURRENTLY" in each.needs for segment in segments for each in segment.waits),
        "analyze": tables_to_analyze(ledger),
        "touched": touched,
        "owned": wanted_relations(ledger, plan, undo if partial else None),
        "makes": makes_owned(plan.statements),
        "expected_there": expected.present,
        "expected_absent": expected.absent,
        "expected_names": find_required_names(ledger) if up else (),
        "expected_indexes": expected.indexes if up else (),
        "srids": _SRIDS,
        "checking": False,
        "creates_postgis": plan.direction is Direction.UPGRADE and "postgis" in spatial.extensions,
        "leaves": leaves(spatial.extensions, version_table, history_table if settings.history else None),
        "needs_postgis": bool(spatial),
        "kept_losses": losses(release.losses, Direction.UPGRADE),
        "waved_through": waved_through(release, plan.direction),
        "recorded": recorded(release, plan.direction),
        "scratch": release.recording.server if release.recording else 0,
        "rollback_losses": losses(release.losses, Direction.ROLLBACK),
        "recreated_here": recreated_lines(forth, back, plan.direction),
    }


def refuse_segments(release: Release, settings: Settings) -> None:
    """Refuse what is more than one transaction, where the settings ask for that.

    Raises:
        PlanError: it is, in one of its directions.
    """
    for plan in (release.upgrade, release.rollback):
        if _one_transaction(plan):
            continue
        first = next((each for each in plan.segments if each.reason), plan.segments[0])
        many = f"the {plan.direction} of release {release.version} is more than one transaction ({first.reason})"
        if settings.plain:
            raise PlanError(
                f"{many}; plain scripts are one transaction, for only psql can go on after a failure",
                "build it with --no-plain, for psql; or put what needs segments into a release of its own",
            )
        if not settings.history:
            raise PlanError(
                f"{many}; without a history nobody knows where it stopped",
                "remove history = false under [tool.release]; history_table names another table or schema",
            )


def _one_transaction(plan: Plan) -> bool:
    return len(plan.segments) == 1 and plan.segments[0].transactional


def _create_in(release: Release, history_table: Name, settings: Settings) -> tuple[str, ...]:
    """Schemas in which the scripts create something."""
    own = {history_table.schema} if settings.history else set()
    return tuple(sorted({*release.prerequisites.create_in, *own}))
