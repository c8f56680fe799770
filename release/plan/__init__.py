"""Statements become segments, and segments plans: what they need, what they endanger, what they lose."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Direction, Plan, Release
from release.plan.digest import digest_of
from release.plan.hazards import find_hazards
from release.plan.losses import find_losses
from release.plan.prerequisites import find_prerequisites
from release.plan.segments import arrange

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model import Migration, RevisionRange
    from release.plan.losses import Declaration


def plan_release(
    version: str,
    title: str,
    date: str,
    revisions: RevisionRange,
    upgrade: Iterable[Migration],
    rollback: Iterable[Migration],
    declarations: Iterable[Declaration],
    schema: str,
) -> Release:
    """Plan both directions of a release.

    Args:
        upgrade, rollback: what each revision does, in the order they run.
        declarations: losses that the migrations' authors declared.
        schema: schema of unqualified names (the first of the search path).

    Raises:
        PlanError: a statement cannot be part of a script.
    """
    plans = tuple(
        Plan(direction, segments, find_hazards(segments, schema))
        for direction, segments in (
            (Direction.UPGRADE, arrange(upgrade, schema)),
            (Direction.ROLLBACK, arrange(rollback, schema)),
        )
    )
    up, down = plans
    return Release(
        version=version,
        title=title,
        date=date,
        range=revisions,
        upgrade=up,
        rollback=down,
        prerequisites=find_prerequisites(
            up.statements, down.statements, schema, revisions.version_table.schema or schema
        ),
        losses=find_losses(up.statements, down.statements, declarations, schema),
        digest=digest_of(revisions.version_table, up.segments, down.segments),
    )
