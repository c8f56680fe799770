"""The stretches of the way back: the revisions between two that nothing undoes.

A revision that its author calls irreversible stands like a wall in the way back. What came after it can be undone down
to it; what came before it only while the upgrade has not begun it. So one run of rollback.sql undoes one stretch, as
far as it is there, and each is planned like the rollback of a release that has its revisions alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.model import Direction, Plan, VersionWrite
from release.plan.ledger import Ledger
from release.plan.rollback_entry import chain_of, match_undo, written_in
from release.plan.search_path import with_paths
from release.plan.segments import arrange, provisional

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from release.model import Irreversible, Migration, Segment
    from release.plan.env_statements import Around
    from release.plan.rollback_entry import Undo


@dataclass(frozen=True, slots=True)
class Stretch:
    """What rollback.sql undoes once the upgrade has got into a segment, and not into that of the next stretch.

    Attributes:
        plan: what undoes it; its segments are numbered through rollback.sql.
        ledgers: of what its revisions do, up and down.
        since: the upgrade segment from which on this stretch is the one.
        walled: the upgrade segments from there on that the wall below it takes; nothing undoes them.
        settled: after this one nothing of it is there to be undone; 0: there is none such.
        floor: how many revisions of the release are still there where it ends.
        before, last: how many segments rollback.sql has above it, and the number of its last one.
        wall: what stands below it; None where the release begins there.
    """

    plan: Plan
    ledgers: tuple[Ledger, Ledger]
    undo: Undo
    since: int
    walled: range
    settled: int
    floor: int
    before: int
    last: int
    wall: Irreversible | None

    @property
    def undoes(self) -> bool:
        """It has anything to undo."""
        return self.before < self.last

    @property
    def goes_on(self) -> bool:
        """Where it has been undone the upgrade can be run again: one of its segments begins there."""
        return self.wall is None or (self.undoes and self.settled > 0)


@dataclass(frozen=True, slots=True)
class Stuck:
    """Where an upgrade must be finished before anything can be undone: segments, each with what is half done.

    Attributes:
        after: segments after which it has stopped.
        within: segments outside a transaction in which it has.
    """

    after: tuple[tuple[int, str], ...]
    within: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Unused:
    """A downgrade of an irreversible revision.

    Attributes:
        ledgers: of what the revision does up, and of what it would do down.
    """

    wall: Irreversible
    ledgers: tuple[Ledger, Ledger]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a stretch lies.

    Attributes:
        top: how many revisions are there before it is undone.
    """

    since: int
    top: int
    floor: int


def find_stretches(
    upgrade: Plan,
    forth: Ledger,
    rollback: Sequence[Migration],
    irreversible: Sequence[Irreversible],
    around: Around,
    path: tuple[str, ...],
    *,
    apart: bool,
) -> tuple[Stretch, ...]:
    """Plan the way back; the stretch that a finished upgrade leaves comes first.

    Args:
        forth: of the upgrade.
        rollback: what each revision of the release does on the way back, in the order they run.
        around: what env.py executes around them.
        apart: commits may stand for the sake of those who wait alone.

    Raises:
        PlanError: a statement cannot be part of a script.
    """
    walls = {each.revision: each for each in irreversible}
    order = [each.revision for each in reversed(rollback)]
    begins = _begins(upgrade.segments)
    noted = [segment.number for segment in upgrade.segments for _ in written_in(segment)]
    rows = chain_of(upgrade)
    found: list[Stretch] = []
    for place in _places(noted, begins, [at for at, each in enumerate(order, 1) if each in walls]):
        up = forth
        if (place.floor, place.top) != (0, len(order)):
            below = Ledger(_part(upgrade.segments, 0, place.floor), path[0]) if place.floor else None
            up = Ledger(_part(upgrade.segments, place.floor, place.top), path[0], below)
        work = rollback[len(order) - place.top : len(order) - place.floor]
        wall = noted[place.floor - 1] if place.floor else 0
        settled = begins[place.floor] - 1 if place.floor < len(order) else len(upgrade.segments)
        before = found[-1].last if found else 0
        segments, down = arrange_segments(work, around, path, up, before, apart=apart)
        above = found[-1] if found else None
        if segments and above and above.wall:
            why = f"what follows is for an upgrade that stopped before its segment {above.since}; {above.wall.text}"
            segments = (replace(segments[0], reason=why), *segments[1:])
            down.place(segments)
        plan = Plan(Direction.ROLLBACK, segments, (), around.opening, around.closing, at=rows[place.floor])
        found.append(
            Stretch(
                plan,
                (up, down),
                match_undo(upgrade, plan, (up, down)),
                place.since,
                range(place.since, wall + 1),
                settled if settled >= wall else 0,
                place.floor,
                before,
                before + len(segments),
                walls[order[place.floor - 1]] if place.floor else None,
            )
        )
    return tuple(found)


def find_stuck(upgrade: Plan, stretches: Sequence[Stretch]) -> Stuck:
    """Where nothing leads back from: within what can only be undone whole, and within a wall."""
    alone = [segment.number for segment in upgrade.segments if not segment.transactional]
    after: dict[int, str] = {}
    within: dict[int, str] = {}
    for each in stretches:
        after |= dict(each.undo.stuck)
        within |= dict(each.undo.stuck_begun)
        if each.wall:
            after |= dict.fromkeys(each.walled[:-1], each.wall.revision)
            within |= dict.fromkeys((at for at in alone if at in each.walled), each.wall.revision)
    return Stuck(tuple(sorted(after.items())), tuple(sorted(within.items())))


def find_unused(
    upgrade: Plan, rollback: Sequence[Migration], irreversible: Sequence[Irreversible], path: tuple[str, ...]
) -> tuple[Unused, ...]:
    """The downgrades that irreversible revisions have, though nobody will run them."""
    found = []
    for place, each in enumerate(reversed(rollback)):
        wall = next((wall for wall in irreversible if wall.revision == each.revision), None)
        if wall and each.statements:
            below = Ledger(_part(upgrade.segments, 0, place), path[0])
            up = Ledger(_part(upgrade.segments, place, place + 1), path[0], below)
            down = Ledger(provisional(with_paths([each], (), path)), path[0], up)
            found.append(Unused(wall, (up, down)))
    return tuple(found)


def _places(noted: Sequence[int], begins: Sequence[int], walls: Sequence[int]) -> Iterator[_Place]:
    """From the last to the first; those of which an upgrade never leaves anything are left out.

    Args:
        noted, begins: for each revision, the segment that ends it, and the one in which it begins.
        walls: how many revisions are there after each wall.
    """
    top, until = len(noted), noted[-1] + 1
    for wall in reversed(walls):
        since, complete = begins[wall - 1], wall - 1
        # an upgrade never stops between revisions that share a segment
        while complete and noted[complete - 1] >= since:
            since, complete = begins[complete - 1], complete - 1
        if since < until:
            yield _Place(since, top, wall)
            top, until = complete, since
    if until > 1:
        yield _Place(0, top, 0)


def arrange_segments(
    migrations: Sequence[Migration],
    around: Around,
    path: tuple[str, ...],
    after: Ledger | None = None,
    before: int = 0,
    *,
    apart: bool,
) -> tuple[tuple[Segment, ...], Ledger]:
    """The segments of some revisions, and what they make of the database.

    Args:
        around: what env.py executes around them.
        after: what was made of it before.
        before: how many segments there are before; theirs are numbered on.

    Raises:
        PlanError: a statement cannot be part of a script.
    """
    work = with_paths(around.surround(migrations), around.opening, path) if migrations else ()
    ledger = Ledger(provisional(work), path[0], after)
    arranged = arrange(work, ledger, apart=apart) if work else ()
    segments = tuple(replace(each, number=each.number + before) for each in arranged) if before else arranged
    ledger.place(segments)
    return segments, ledger


def _part(segments: Sequence[Segment], floor: int, top: int) -> tuple[Segment, ...]:
    """What segments do for some revisions, by how many come before them and after the last."""
    found, at = [], 0
    for segment in segments:
        steps = []
        for step in segment.steps:
            if floor <= at < top:
                steps.append(step)
            at += isinstance(step, VersionWrite)
        if steps:
            found.append(replace(segment, steps=tuple(steps)))
    return tuple(found)


def _begins(segments: Sequence[Segment]) -> list[int]:
    found: list[int] = []
    fresh = True
    for segment in segments:
        for step in segment.steps:
            if fresh:
                found.append(segment.number)
            fresh = isinstance(step, VersionWrite)
    return found
