"""Which revisions of a history can be part of an offline release, and how to make the others so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from pathlib import Path
from typing import TYPE_CHECKING

from release.errors import MigrationError, NeedsDatabaseError, NoDowngradeError, SqlError
from release.model import Direction
from release.pipeline.irreversible import find_irreversible, without_failures
from release.pipeline.plan import reason_to_carry, vouches_of
from release.record.completion import complete
from release.source import IRREVERSIBLE, WITHOUT_A_RESULT, changing, render
from release.sql.read.splitting import cut

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from release.errors import ReleaseError
    from release.model import Note, Vouch
    from release.pipeline.plan import Project
    from release.record.recording import Record
    from release.source import Rendering, RevisionWork


@unique
class CheckOutcome(StrEnum):
    """What becomes of one direction of a revision; `stops` says whether a release can hold it."""

    OFFLINE = "offline"
    CHANGING = "changing"
    EMPTY = "empty"
    IRREVERSIBLE = "irreversible"
    NO_DOWNGRADE = "no downgrade"
    RECORDABLE = "recordable"
    DATA_DEPENDENT = "data-dependent"
    NEEDS_DATABASE = "needs a database"
    REFUSED = "refused"
    RAISES = "raises"

    @property
    def stops(self) -> bool:
        return self not in _FINE


_FINE = frozenset(
    {
        CheckOutcome.OFFLINE,
        CheckOutcome.CHANGING,
        CheckOutcome.EMPTY,
        CheckOutcome.IRREVERSIBLE,
        CheckOutcome.RECORDABLE,
    }
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One direction of one revision.

    Attributes:
        line: 1-based line of the revision's file; 0 where there is none to show.
        reason: one line; "" when all is well.
        remedy: how to make it offline-safe.
        statements: how many it gives.
    """

    outcome: CheckOutcome
    line: int = 0
    reason: str = ""
    remedy: str = ""
    statements: int = 0


@dataclass(frozen=True, slots=True)
class Checked:
    """A revision with both its verdicts."""

    revision: str
    message: str
    file: str
    upgrade: Verdict
    downgrade: Verdict

    @property
    def stops(self) -> bool:
        return self.upgrade.outcome.stops or self.downgrade.outcome.stops


def check_revisions(
    project: Project,
    start: Sequence[str],
    end: Sequence[str],
    days: Sequence[str],
    progress: Callable[[], None] | None = None,
    record: Record | None = None,
    irreversible: Sequence[str] = (),
) -> tuple[Checked, ...]:
    """Check every revision of a range, in upgrade order.

    Args:
        start, end: full revision ids around the range; empty is base.
        days: today's ISO dates, to find values that come from the clock.
        progress: called `RUNS` times for each revision.
        record: records on a scratch database; None: what needs one is said to.
        irreversible: revisions that may be shipped though nothing undoes them, beside those whose migrations say so.

    Raises:
        ReleaseError: the history or env.py itself does not work.
    """
    history = project.history
    scripts = history.between(start, end)
    texts = {script.revision: Path(script.path).read_text(encoding="utf-8") for script in scripts}

    def run(direction: Direction, end: Sequence[str], before: Rendering | None = None) -> Rendering:
        return render(history, scripts, start, end, direction, collect=True, progress=progress, before=before)

    up = run(Direction.UPGRADE, end)
    reached = up.works[-1].after
    down = run(Direction.ROLLBACK, reached)
    changes = [
        tuple(changing(one, other, texts, days))
        for one, other in ((up, run(Direction.UPGRADE, end, up)), (down, run(Direction.ROLLBACK, reached, down)))
    ]
    walls, _ = find_irreversible(history, scripts, texts, irreversible)
    completed = complete(history, scripts, start, up, without_failures(down, walls), texts, record)
    vouches = vouches_of(history, scripts, texts)
    verdicts = [
        _verdicts(rendering, filled, (*notes, *filled.notes[len(rendering.notes) :]), vouches)
        for rendering, filled, notes in zip((up, down), (completed.done, completed.undone), changes, strict=True)
    ]
    found = []
    ends = {each.revision: each for each in walls}
    for script in scripts:
        revision = history.describe(script)
        upgrade, downgrade = (each[script.revision] for each in verdicts)
        if script.revision in ends:
            wall = ends[script.revision]
            remedy = "the way back ends there: rollback.sql goes no farther, only a backup leads behind it"
            line = wall.source.line if wall.source else 0
            downgrade = Verdict(CheckOutcome.IRREVERSIBLE, line, wall.reason, remedy, downgrade.statements)
        elif not downgrade.statements and downgrade.outcome is CheckOutcome.OFFLINE and upgrade.statements:
            downgrade = Verdict(
                CheckOutcome.EMPTY,
                0,
                "the downgrade does nothing",
                f"write it, or the rollback leaves what the upgrade did; where nothing can undo it: {IRREVERSIBLE} why",
            )
        found.append(Checked(revision.id, revision.message, revision.file, upgrade, downgrade))
    return tuple(found)


RUNS = 4  # twice in each direction: what differs between two runs has no place in a script


def _verdicts(
    offline: Rendering, filled: Rendering, notes: Sequence[Note], vouches: Sequence[Vouch]
) -> Mapping[str, Verdict]:
    """Verdicts by revision.

    Args:
        offline: with the reasons why something could not be rendered.
        filled: with what was recorded in its place.
    """
    changed = {note.source.revision: note for note in reversed(notes)}
    reasons = {work.revision: work.failure for work in offline.works}
    return {
        work.revision: _verdict(work, changed.get(work.revision), reasons[work.revision], vouches)
        for work in filled.works
    }


def _verdict(work: RevisionWork, change: Note | None, reason: ReleaseError | None, vouches: Sequence[Vouch]) -> Verdict:
    if work.failure is not None:
        return _failed(work.failure)
    count = 0
    for emission in work.emissions:
        try:
            carried = bool(reason_to_carry(emission, vouches))
            read = cut(emission.text, unread=carried) if emission.read is None else emission.read
            count += len(read)
        except SqlError as error:
            return Verdict(
                CheckOutcome.REFUSED, emission.source.line, error.message, error.hint or "mend the SQL in the migration"
            )
    if change is not None:
        remedy = "write the value down, or let the server make it: now(), gen_random_uuid()"
        return Verdict(CheckOutcome.CHANGING, change.source.line, change.text, remedy, count)
    if work.recorded:
        line, texts = work.recorded[0].source.line, "; ".join(dict.fromkeys(note.text for note in work.recorded))
        remedy = f"{WITHOUT_A_RESULT}; or, where the rows are known to be the same: --allow-data-dependent"
        return Verdict(CheckOutcome.DATA_DEPENDENT, line, texts, remedy, count)
    if work.recorded is not None and reason is not None:
        found = _failed(reason)
        return Verdict(
            CheckOutcome.RECORDABLE, found.line, found.reason, f"build it with --scratch; or {found.remedy}", count
        )
    return Verdict(CheckOutcome.OFFLINE, statements=count)


def _failed(failure: ReleaseError) -> Verdict:
    if not isinstance(failure, MigrationError):
        return Verdict(CheckOutcome.REFUSED, 0, failure.message, failure.hint)
    outcome = CheckOutcome.RAISES if failure.raised else CheckOutcome.REFUSED
    if isinstance(failure, NeedsDatabaseError):
        outcome = CheckOutcome.NEEDS_DATABASE
    elif isinstance(failure, NoDowngradeError):
        outcome = CheckOutcome.NO_DOWNGRADE
    return Verdict(outcome, failure.line, failure.reason or failure.message, failure.hint)
