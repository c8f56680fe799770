"""Statements become segments, and segments plans: what they need, what they endanger, what they lose."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.model import Direction, Plan, Release
from release.plan.digest import digest_of
from release.plan.env_statements import Around
from release.plan.hazards import find_hazards
from release.plan.ledger import JoinedLedger
from release.plan.losses import find_losses
from release.plan.prerequisites import find_prerequisites
from release.plan.reversibility import rollback_ways, upgrade_ways
from release.plan.server_version import find_needed, own_functions
from release.plan.stretches import arrange_segments, find_stretches, find_stuck, find_unused

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from release.model import Irreversible, Migration, RevisionRange
    from release.plan.ledger import Ledger
    from release.plan.losses import Declaration
    from release.plan.stretches import Stretch, Stuck, Unused


@dataclass(frozen=True, slots=True)
class Planned:
    """A release, and what its scripts make of a database: found once, for whoever asks.

    Attributes:
        ledgers: of the upgrade and of the rollback.
        stretches: of the way back; one where all can be undone.
        stuck: where there is no way but forward.
        unused: downgrades of irreversible revisions, which are part of no script.
    """

    release: Release
    ledgers: tuple[Ledger, Ledger]
    stretches: tuple[Stretch, ...]
    stuck: Stuck
    unused: tuple[Unused, ...] = ()

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
    irreversible: Sequence[Irreversible] = (),
    *,
    apart: bool = True,
) -> Planned:
    """Plan both directions of a release.

    Args:
        upgrade, rollback: what each revision does, in the order they run.
        declarations: losses that the migrations' authors declared.
        path: schemas of unqualified names, as configured.
        around: what env.py executes around them, in each direction.
        irreversible: revisions that nothing undoes, in the order of the upgrade.
        apart: commits may stand for the sake of those who wait alone.

    Raises:
        PlanError: a statement cannot be part of a script.
    """
    segments, forth = arrange_segments(upgrade, around[0], path, apart=apart)
    up = Plan(Direction.UPGRADE, segments, find_hazards(forth), around[0].opening, around[0].closing)
    stretches = find_stretches(up, forth, rollback, irreversible, around[1], path, apart=apart)
    parts = [each.ledgers[1] for each in stretches]
    back = JoinedLedger(parts) if len(parts) > 1 else parts[0]
    down = replace(
        stretches[0].plan,
        segments=tuple(segment for each in stretches for segment in each.plan.segments),
        hazards=find_hazards(back),
    )
    back.place(down.segments)
    plans = up, down
    own = own_functions(statement for plan in plans for statement in plan.statements)
    up, down = (replace(plan, needed=find_needed(plan, own)) for plan in plans)
    losses = find_losses(forth, [each.ledgers for each in stretches], declarations, irreversible)
    stuck = find_stuck(up, stretches)
    release = Release(
        version=version,
        title=title,
        date=date,
        range=revisions,
        upgrade=replace(up, ways=upgrade_ways(up, forth, stretches, irreversible, losses, stuck)),
        rollback=replace(down, ways=rollback_ways(down, back, losses)),
        prerequisites=find_prerequisites(forth, back, revisions.version_table.schema or path[0]),
        losses=losses,
        digest=digest_of(revisions.version_table, plans),
        irreversible=tuple(irreversible),
        undone_to=stretches[0].plan.after,
        goes_on=stretches[0].goes_on,
    )
    unused = find_unused(up, rollback, irreversible, path)
    return Planned(release, (forth, back), stretches, stuck, unused)
