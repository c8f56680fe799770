"""The way back from each segment: what undoing it brings back, and what to do when the script stops in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import UNREAD, Direction, Mark, Reversibility, WayBack, Work
from release.plan.rollback_entry import written_in
from release.sql.facts.columns import columns_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from release.model import Irreversible, Loss, Name, Plan, Segment, Statement
    from release.plan.ledger import Ledger, LedgerStep
    from release.plan.stretches import Stretch, Stuck

# what they do is decided when they run
_OPAQUE = frozenset({"DO", "CALL", "SELECT", UNREAD})
_ROWS = frozenset({"INSERT", "UPDATE", "MERGE"})
_KEPT = frozenset({"extension", "schema"})


def upgrade_ways(
    upgrade: Plan,
    ledger: Ledger,
    stretches: Sequence[Stretch],
    irreversible: Sequence[Irreversible],
    losses: Iterable[Loss],
    stuck: Stuck,
) -> tuple[WayBack, ...]:
    """The way back from each segment of an upgrade, by its rollback.

    Told of the statements alone: what a rollback leaves different without a trace in them, only a rehearsal shows.

    Args:
        ledger: of the upgrade.
        losses: of both directions.
    """
    lost = _placed([each for each in losses if each.when is Direction.UPGRADE], upgrade.segments, ledger)
    covered = {each.relation for each in losses if each.when is Direction.UPGRADE}
    kept = {segment.number: _walls_in(segment, ledger, irreversible) for segment in upgrade.segments}
    for each in stretches:
        if each.wall:
            for number in each.walled:
                kept[number] = kept[number] or [each.wall.text]
        for number, words in stays(*each.ledgers, covered).items():
            kept[number] += words
    settled = {each.settled for each in stretches}
    after, begun = dict(stuck.after), dict(stuck.within)
    ways = []
    for segment in upgrade.segments:
        number = segment.number
        opaque = [
            f"{each.facts.called} ({each.source}) decides when it runs"
            for each in segment.statements
            if decides_when_it_runs(each)
        ]
        way = Reversibility.REVERSIBLE
        for candidate, told in ((Reversibility.IRREVERSIBLE, kept), (Reversibility.LOSSY, lost)):
            if told.get(number):
                way = candidate
                break
        else:
            way = Reversibility.UNKNOWN if opaque else way
        finish = "run upgrade.sql again to finish"
        if len(upgrade.segments) == 1 and segment.transactional:
            advice = "run upgrade.sql again when the cause is mended"
        elif number in begun or number - 1 in after or (number > 1 and number - 1 in settled):
            advice = f"{finish}; rollback.sql refuses until then"
        else:
            advice = f"{finish}, or go back with rollback.sql"
        lines = (*kept[number], *lost.get(number, ()), *opaque)
        ways.append(WayBack(number, way, lines, stopped_in(segment, len(upgrade.segments)), advice))
    return tuple(ways)


def rollback_ways(rollback: Plan, ledger: Ledger, losses: Iterable[Loss]) -> tuple[WayBack, ...]:
    """The way back from each segment of a rollback: the upgrade, run again, which does not bring back values."""
    lost = _placed([each for each in losses if each.when is Direction.ROLLBACK], rollback.segments, ledger)
    return tuple(
        WayBack(
            segment.number,
            Reversibility.LOSSY if lost.get(segment.number) else Reversibility.REVERSIBLE,
            tuple(lost.get(segment.number, ())),
            stopped_in(segment, len(rollback.segments)),
            "run rollback.sql again to finish; then upgrade.sql may be run again",
        )
        for segment in rollback.segments
    )


def stopped_in(segment: Segment, total: int) -> str:
    """What is there when the script stops in a segment."""
    if segment.transactional:
        return "nothing has changed" if total == 1 else "nothing of that segment is there"
    facts = segment.statements[0].facts
    if facts.tag == "CREATE INDEX":
        return f"an INVALID index {facts.subject} may be left; running again removes and rebuilds it"
    if facts.tag == "DROP INDEX":
        return f"the index {facts.subject} may be left INVALID, or be gone; running again finishes the drop"
    told = f"{facts.tag} may have taken effect without being noted; running again repeats it"
    return f"{told}: where it cannot be repeated, undo it first" if facts.tag in _OPAQUE else told


def _walls_in(segment: Segment, ledger: Ledger, irreversible: Iterable[Irreversible]) -> list[str]:
    """What is told of the irreversible revisions that a segment does something of."""
    here = {*(each.revision for each in written_in(segment)), *(each.revision for each in ledger.steps_of(segment))}
    return [each.text for each in irreversible if each.revision in here]


def decides_when_it_runs(statement: Statement) -> bool:
    """Whether its text does not tell what a migration's statement does."""
    return statement.facts.tag in _OPAQUE and bool(statement.source.revision)


def _placed(losses: Sequence[Loss], segments: Sequence[Segment], ledger: Ledger) -> dict[int, list[str]]:
    """Losses in words, by the segment that causes them, which is told by what its revision does to the table."""
    found: dict[int, list[str]] = {}
    for loss, number in zip(losses, _segments_of(losses, segments, ledger), strict=True):
        reason = f"{loss.text} (declared in {loss.source.name})" if loss.declared else loss.text
        found.setdefault(number, []).append(f"{loss.what}: {reason}")
    return found


def _segments_of(losses: Sequence[Loss], segments: Sequence[Segment], ledger: Ledger) -> list[int]:
    """The number of the segment that causes each loss; the last one's where no statement looks like it."""
    if len(segments) <= 1 or not losses:
        return [segment.number for segment in segments] * len(losses)
    of_revision: dict[str, list[int]] = {}
    for place, loss in enumerate(losses):
        of_revision.setdefault(loss.source.revision, []).append(place)
    best = [(0, segments[-1].number)] * len(losses)
    for step in ledger.steps:
        for place in of_revision.get(step.statement.source.revision, ()):
            weight = _weight(losses[place], step)
            if weight > best[place][0]:
                best[place] = (weight, step.segment.number)
    return [number for _, number in best]


def _weight(loss: Loss, step: LedgerStep) -> int:
    """How likely a statement is what causes a loss: it drops, or changes rows, or touches."""
    dropped = {
        (step.former(each.parent or each.name), each.name.name if each.parent else "")
        for each in step.statement.facts.drops
    }
    if any(table == loss.relation and column in {"", *loss.columns} for table, column in dropped):
        return 3
    for effect in step.statement.facts.effects:
        if step.former(effect.relation) == loss.relation:
            return 2 if {Work.WRITE, Work.EMPTY, Work.REWRITE} & set(effect.work) else 1
    return 0


def stays(upgrade: Ledger, rollback: Ledger, covered: set[Name]) -> dict[int, list[str]]:
    """What no statement of the rollback undoes, in words, by the segment that does it.

    Args:
        covered: tables of which a loss is told already.
    """
    undoing = [step.statement for step in rollback.steps]
    back = {(each.kind, each.name.name) for statement in undoing for each in statement.facts.creates}
    gone = {(each.kind, each.name.name) for statement in undoing for each in statement.facts.drops}
    renamed = {(new.kind, new.name.name) for each in undoing for _, new in each.facts.renames}
    rows = {
        (step.statement.source.revision, step.at(effect.relation))
        for step in rollback.steps
        if step.statement.facts.tag in _ROWS | {"DELETE", "TRUNCATE TABLE"}
        for effect in step.statement.facts.effects
    }
    free = {each.source.revision for each in undoing if each.facts.tag in _OPAQUE}
    made: set[tuple[str, str]] = set()
    found: dict[int, list[str]] = {}
    for step in upgrade.steps:
        statement = step.statement
        if statement.source.revision in free:
            continue
        told = found.setdefault(step.segment.number, [])
        for each in statement.facts.drops:
            key = (each.kind, each.name.name)
            if each.name.name and each.kind not in _KEPT and key not in {*made, *back, *renamed}:
                told.append(f"{each.kind} {step.whole(each).name}: dropped, and not created again")
        for mark in statement.facts.marks:
            if mark.mark is Mark.ENUM_VALUE and ("type", mark.object.name.name) not in gone:
                told.append(f"type {mark.object.name}: keeps the value {mark.value}, harmless to what does not use it")
        told += _changed_rows(step, rows, covered, (made, gone))
        made |= {(each.kind, each.name.name) for each in statement.facts.creates}
    return found


def _changed_rows(
    step: LedgerStep,
    rows: set[tuple[str, Name]],
    covered: set[Name],
    passing: tuple[set[tuple[str, str]], ...],
) -> Iterator[str]:
    """Rows of a table that was there before, and that the rollback neither changes back nor drops."""
    statement, facts = step.statement, step.statement.facts
    if facts.tag not in _ROWS or not facts.effects:
        return
    table = step.at(facts.effects[0].relation)
    before = step.former(table)
    if (
        table in step.ledger.made
        or before in covered
        or {(statement.source.revision, each) for each in (table, before)} & rows
    ):
        return
    if facts.tag == "UPDATE" and all(
        any(("column", column) in each for each in passing) for _, column in columns_of(statement.syntax)
    ):
        return
    verb = "inserted" if facts.tag == "INSERT" else "changed"
    yield f"{before}: rows {verb} ({statement.source}) stay as they are"
