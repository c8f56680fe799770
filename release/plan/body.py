"""The body of a script: its segments, each with its steps, and what is told beside them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.model import LockMode, Name, VersionWrite, Work
from release.plan.hazards import effects_that_matter
from release.plan.spared import note_on
from release.plan.waits import changes_rows, find_lock_phase, find_waits
from release.plan.wording import with_partitions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from release.model import Effect, Plan, Revision, Segment, Statement
    from release.plan.ledger import Ledger, LedgerStep
    from release.plan.rollback_entry import Undo
    from release.plan.short_lived import Leftover
    from release.plan.waits import PhaseLock, Wait
    from release.plan.wording import RecordedLine

_FEW = 6  # places that a heading tells


@dataclass(frozen=True, slots=True)
class Condition:
    """What half an upgrade must have done for a step of its rollback to have something to undo; 0: it does not matter.

    Attributes:
        reached: the upgrade has got into this segment.
        done: it has finished this one.
        undone: it has not finished this one.
    """

    reached: int = 0
    done: int = 0
    undone: int = 0

    @property
    def name(self) -> str:
        """Of the psql variable that says whether it holds."""
        if self.undone:
            return f"left_{self.reached}_{self.undone}"
        return f"noted_{self.done}" if self.done else f"undo_{self.reached}"


@dataclass(frozen=True, slots=True)
class BodyStep:
    """A statement or a version write, as the body shows it.

    Attributes:
        revision: set on the first step of a revision.
        recorded: then, what it read of rows where it was recorded on a scratch database; None where it was rendered.
        index: the statement's number in the plan; -1 for a version write.
        notes: comment lines above a statement.
        write: instead of a statement: a change to the version table.
        makes, table: the index that CREATE INDEX CONCURRENTLY makes, and its table.
        takes: the indexes that DROP INDEX CONCURRENTLY drops.
        leftover: instead of a statement: what half an upgrade leaves and its rollback does not know.
        condition: in a rollback that may start in the middle of its upgrade; None: there always is something to undo.
        opens, closes: the first and the last of the steps that share their condition.
        broken: the upgrade segment that a plain CREATE or DROP INDEX undoes, when that ran outside a transaction.
        asks: before it, under its lock, what would be lost with what it drops.
    """

    revision: Revision | None
    recorded: tuple[str, ...] | None = None
    index: int = -1
    notes: tuple[str, ...] = ()
    write: VersionWrite | None = None
    makes: Name | None = None
    table: Name | None = None
    takes: tuple[Name, ...] = ()
    leftover: Leftover | None = None
    condition: Condition | None = None
    opens: bool = False
    closes: bool = False
    broken: int = 0
    asks: bool = False


@dataclass(frozen=True, slots=True)
class SegmentPart:
    """A segment, as the header and the body show it.

    Attributes:
        waits: what is said before it: the tables that it may have to wait for.
        phase: the locks that it takes together, before its first statement.
        changes_rows: of tables that others may be using.
        again: the numbers of the settings that it starts with.
        role: it ends under a role that its author has taken.
        told: what others have to put up with, by where commits stand and where none does.
        asks: once it has its locks, what would be lost with what it drops.
    """

    number: int
    transactional: bool
    reason: str
    title: str
    steps: tuple[BodyStep, ...]
    waits: tuple[Wait, ...] = ()
    phase: tuple[PhaseLock, ...] = ()
    changes_rows: bool = False
    again: tuple[int, ...] = ()
    role: bool = False
    told: tuple[str, ...] = ()
    asks: bool = False

    @property
    def final(self) -> VersionWrite | None:
        """The version rows that it ends with, where that depends on nothing."""
        last = self.steps[-1] if self.steps else None
        return last.write if last and not last.condition else None

    @property
    def work(self) -> tuple[BodyStep, ...]:
        """What it does before it ends."""
        return self.steps[:-1] if self.final else self.steps

    @property
    def statements(self) -> tuple[BodyStep, ...]:
        return grouped(step for step in self.work if step.index >= 0)

    @property
    def endings(self) -> tuple[BodyStep, ...]:
        """What follows a statement outside a transaction, in one of its own."""
        return grouped(step for step in self.work if step.index < 0)


def grouped(steps: Iterable[BodyStep]) -> tuple[BodyStep, ...]:
    """Steps with `opens` and `closes` set."""
    run = tuple(steps)
    around = (None, *(step.condition for step in run), None)
    return tuple(
        replace(step, opens=step.condition != before, closes=step.condition != after) if step.condition else step
        for step, before, after in zip(run, around, around[2:], strict=False)
    )


def conditions_of(segments: Iterable[SegmentPart]) -> tuple[Condition, ...]:
    """All that the steps of a rollback ask for, by their names."""
    found = {step.condition for segment in segments for step in segment.steps if step.condition}
    return tuple(sorted(found, key=lambda each: each.name))


def segments_of(
    plan: Plan,
    ledger: Ledger,
    revisions: Sequence[Revision],
    recorded: Iterable[RecordedLine],
    undo: Undo | None,
    before: int,
    again: int,
    lost: frozenset[int],
    *,
    retries: bool,
) -> tuple[SegmentPart, ...]:
    """The segments of a plan.

    Args:
        revisions: of the release.
        undo: for a rollback that may start in the middle of its upgrade.
        before: how many statements of the script come before.
        again: the number of the first setting that is made again.
        lost: statements that drop what may hold something, by their index in the ledger.
        retries: transactions of one statement ask again for their locks.
    """
    by_id = {revision.id: revision for revision in revisions}
    depends = {each.revision: each.depends for each in recorded}
    effects = effects_that_matter(ledger)
    waits = find_waits(ledger, plan)
    found: list[SegmentPart] = []
    index = 0
    seen: set[str] = set()
    told: set[str] = set()
    leftovers = list(undo.leftovers) if undo else []
    alone = False
    for segment in plan.segments:
        steps: list[BodyStep] = []
        places = [_place(each, by_id) for each in segment.statements]
        # a few are told in the heading; neighbours from one line of a migration need their place only once
        few = len(plan.segments) > 1 and len(dict.fromkeys(places)) <= _FEW
        place = ""
        phase = find_lock_phase(ledger, segment, retries=retries)
        dropping = [each for each in range(index, index + len(segment.statements)) if each in lost]
        for step in segment.steps:
            current = step.revision if isinstance(step, VersionWrite) else step.source.revision
            revision = None if current in seen else by_id.get(current)
            seen.add(current)
            while leftovers and leftovers[0][0] <= index:
                leftover = leftovers.pop(0)[1]
                half = Condition(reached=leftover.made, undone=leftover.dropped)
                steps.append(BodyStep(revision, depends.get(current), leftover=leftover, condition=half))
                revision = None
            if isinstance(step, VersionWrite):
                condition = Condition(done=undo.noted[step.revision]) if undo else None
                steps.append(BodyStep(revision, depends.get(current), write=step, condition=condition))
                place = ""
            else:
                notes = _notes(note_on(ledger.steps[index]), effects[index], told)
                if step.unread:
                    notes = (f"{step.facts.note}; its author says: {step.unread}",)
                here = _place(step, by_id)
                if not few and here != place:
                    notes = (here, *notes)
                made = BodyStep(revision, depends.get(current), before + index, notes)
                made = made if step.facts.transactional else _index_step(made, ledger.steps[index])
                made = replace(made, asks=not phase and dropping[:1] == [index])
                steps.append(
                    _undoing(made, ledger.steps[index], undo.since[index], broken=undo.broken[index]) if undo else made
                )
                place = here
                index += 1
        found.append(
            SegmentPart(
                segment.number,
                segment.transactional,
                segment.reason if segment.transactional and not alone else "",
                _title(segment) + (_spell_places(places) if few else ""),
                grouped(steps),
                waits[segment.number],
                phase,
                any(map(changes_rows, ledger.steps_of(segment))),
                tuple(range(again, again + len(segment.again))),
                segment.role,
                segment.told,
                bool(phase and dropping),
            )
        )
        alone = not segment.transactional
        again += len(segment.again)
    return tuple(found)


def _place(statement: Statement, revisions: Mapping[str, Revision]) -> str:
    """Where a statement comes from: by its revision where it stands in that one's file, which the header names."""
    source = statement.source
    revision = revisions.get(source.revision)
    if revision and source.line and source.file == revision.file:
        return f"{source.revision}:{source.line}"
    return str(source)


def _spell_places(places: Iterable[str]) -> str:
    """Places behind a heading; those of one file share its name: " (007:23, 27)"."""
    spelled: list[str] = []
    last = ""
    for place in dict.fromkeys(places):
        file, colon, line = place.rpartition(":")
        spelled.append(line if colon and file == last else place)
        last = file
    return f" ({', '.join(spelled)})" if spelled else ""


def _undoing(made: BodyStep, step: LedgerStep, since: int, *, broken: bool) -> BodyStep:
    """A step of a rollback, under the condition that there is something to undo.

    Args:
        since: the upgrade segment from which on there is.
        broken: that one runs outside a transaction.
    """
    # where anything is to be undone, the first segment was reached
    made = replace(made, condition=Condition(reached=since) if since > 1 else None)
    facts = step.statement.facts
    if broken and facts.transactional and facts.tag in {"CREATE INDEX", "DROP INDEX"}:
        seen = _index_step(made, step)
        return replace(seen, broken=since)
    return made


def _index_step(made: BodyStep, step: LedgerStep) -> BodyStep:
    """A step with the indexes that the catalog is asked for before it, where it makes or drops one."""
    facts = step.statement.facts
    if facts.tag == "CREATE INDEX" and facts.creates and facts.creates[0].name.name and facts.creates[0].parent:
        index = step.whole(facts.creates[0])
        return replace(made, makes=index.name, table=index.parent)
    if facts.tag == "DROP INDEX":
        return replace(made, takes=tuple(step.at(gone.name) for gone in facts.drops))
    return made


def _notes(note_of_form: str, effects: Iterable[Effect], told: set[str]) -> tuple[str, ...]:
    """What others feel of a statement, beyond a moment's lock; what holds for its form is told once."""
    seen = [each for each in effects if each.lock > LockMode.SHARE_UPDATE_EXCLUSIVE]
    lines = [
        f"{each.lock} on {each.relation}{with_partitions(each.lock, each.below)}: {', '.join(each.work)}"
        + (f" ({each.note})" if each.note else "")
        for each in seen
        if each.note or each.below.partitions or set(each.work) != {Work.CATALOG}
    ]
    if seen and note_of_form not in {"", *told}:
        told.add(note_of_form)
        lines.append(f"note: {note_of_form}")
    return tuple(lines)


def _title(segment: Segment) -> str:
    if len(segment.statements) == 1:
        facts = segment.statements[0].facts
        concurrently = " CONCURRENTLY" if not facts.transactional and facts.tag.endswith("INDEX") else ""
        return f"{facts.called}{concurrently} {facts.subject}".strip()
    if not segment.statements:
        return "version row"
    revisions = dict.fromkeys(
        statement.source.revision for statement in segment.statements if statement.source.revision
    )
    word = "revision" if len(revisions) == 1 else "revisions"
    return f"{len(segment.statements)} statements of {word} {', '.join(revisions)}"
