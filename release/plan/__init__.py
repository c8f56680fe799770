"""Statements become segments, and segments plans: what they need, what they endanger, what they lose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.model import Direction, Plan, Release
from release.plan.digest import digest_of
from release.plan.env_statements import Around
from release.plan.hazards import find_hazards
from release.plan.ledger import Ledger
from release.plan.losses import find_losses
from release.plan.prerequisites import find_prerequisites
from release.plan.reversibility import rollback_ways, upgrade_ways
from release.plan.rollback_entry import match_undo
from release.plan.search_path import with_paths
from release.plan.segments import arrange, provisional
from release.plan.server_version import find_needed, own_functions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from release.model import Migration, RevisionRange
    from release.plan.losses import Declaration
    from release.plan.rollback_entry import Undo


@dataclass(frozen=True, slots=True)
class Planned:
    """A release, and what its scripts make of a database: found once, for whoever asks.

    Attributes:
        ledgers: of the upgrade and of the rollback.
        undo: how the rollback follows the upgrade.
    """

    release: Release
    ledgers: tuple[Ledger, Ledger]
    undo: Undo

    def ledger_of(self, plan: Plan) -> Ledger:
        return self.ledgers[plan.direction is Direction.ROLLBACK]


def plan_release(
    version: str,
    title: str,
    date: str,
    revisions: RevisionRange,
    upgrade: Sequence[Migration],
    rollback: Sequence[Migration],
    declarations: Iterable[Declaration],
    path: tuple[str, ...],
    around: tuple[Around, Around] = (Around(), Around()),
    *,
    apart: bool = True,
) -> Planned:
    """Plan both directions of a release.

    Args:
        upgrade, rollback: what each revision does, in the order they run.
        declarations: losses that the migrations' authors declared.
        path: schemas of unqualified names, as configured.
        around: what env.py executes around them, in each direction.
        apart: commits may stand for the sake of those who wait alone.

    Raises:
        PlanError: a statement cannot be part of a script.
    """
    up, forth = _plan(Direction.UPGRADE, around[0], upgrade, path, apart=apart)
    down, back = _plan(Direction.ROLLBACK, around[1], rollback, path, forth, apart=apart)
    plans = up, down
    own = own_functions(statement for plan in plans for statement in plan.statements)
    up, down = (replace(plan, needed=find_needed(plan, own)) for plan in plans)
    losses = find_losses(forth, back, declarations)
    undo = match_undo(up, down, (forth, back))
    release = Release(
        version=version,
        title=title,
        date=date,
        range=revisions,
        upgrade=replace(up, ways=upgrade_ways(up, (forth, back), losses, undo)),
        rollback=replace(down, ways=rollback_ways(down, back, losses)),
        prerequisites=find_prerequisites(forth, back, revisions.version_table.schema or path[0]),
        losses=losses,
        digest=digest_of(revisions.version_table, plans),
    )
    return Planned(release, (forth, back), undo)


def _plan(
    direction: Direction,
    around: Around,
    migrations: Sequence[Migration],
    path: tuple[str, ...],
    after: Ledger | None = None,
    *,
    apart: bool,
) -> tuple[Plan, Ledger]:
    work = with_paths(around.surround(migrations), around.opening, path)
    ledger = Ledger(provisional(work), path[0], after)
    segments = arrange(work, ledger, apart=apart)
    ledger.place(segments)
    return Plan(direction, segments, find_hazards(ledger), around.opening, around.closing), ledger
