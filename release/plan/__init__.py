"""Statements become segments, and segments plans: what they need, what they endanger, what they lose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.model import Direction, Plan, Release
from release.plan.digest import digest_of
from release.plan.env_statements import Around
from release.plan.hazards import find_hazards
from release.plan.losses import find_losses
from release.plan.prerequisites import find_prerequisites
from release.plan.reversibility import rollback_ways, upgrade_ways
from release.plan.rollback_entry import match_undo
from release.plan.segments import arrange
from release.plan.server_version import find_needed, own_functions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from release.model import Migration, RevisionRange
    from release.plan.losses import Declaration


def plan_release(
    version: str,
    title: str,
    date: str,
    revisions: RevisionRange,
    upgrade: Sequence[Migration],
    rollback: Sequence[Migration],
    declarations: Iterable[Declaration],
    schema: str,
    around: tuple[Around, Around] = (Around(), Around()),
) -> Release:
    """Plan both directions of a release.

    Args:
        upgrade, rollback: what each revision does, in the order they run.
        declarations: losses that the migrations' authors declared.
        schema: schema of unqualified names (the first of the search path).
        around: what env.py executes around them, in each direction.

    Raises:
        PlanError: a statement cannot be part of a script.
    """
    plans = tuple(
        Plan(direction, segments, find_hazards(segments, schema), each.opening, each.closing)
        for direction, segments, each in (
            (Direction.UPGRADE, arrange(around[0].surround(upgrade), schema), around[0]),
            (Direction.ROLLBACK, arrange(around[1].surround(rollback), schema), around[1]),
        )
    )
    own = own_functions(statement for plan in plans for statement in plan.statements)
    up, down = (replace(plan, needed=find_needed(plan, own)) for plan in plans)
    losses = find_losses(up.statements, down.statements, declarations, schema)
    undo = match_undo(up, down, schema)
    return Release(
        version=version,
        title=title,
        date=date,
        range=revisions,
        upgrade=replace(up, ways=upgrade_ways(up, down, losses, undo, schema)),
        rollback=replace(down, ways=rollback_ways(down, losses, schema)),
        prerequisites=find_prerequisites(
            up.statements, down.statements, schema, revisions.version_table.schema or schema
        ),
        losses=losses,
        digest=digest_of(revisions.version_table, plans),
    )
