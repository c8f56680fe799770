"""Where transactions begin and end.

A commit stands where PostgreSQL or the author needs one, and where it lets others go on: a lock is held for the work on
its own table only. None stands within a tie (`release.plan.ties`), which goes before waits: the segment stays whole,
and says what that costs. The author's order is never changed (docs/bundle.md, "Segments").
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from release.errors import PlanError
from release.model import UNREAD, LockMode, Mark, Segment, Statement, VersionWrite, Work
from release.model.syntax import ChangeRows, CreateRoutine, CreateTableAs, Use
from release.plan.name_resolution import in_schema, qualify
from release.plan.settings_again import settings_again
from release.plan.spared import spares_scan
from release.plan.ties import held_ties, ties_of, together_ties
from release.sql.facts.transactional import differs_in_transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from release.model import Marked, Migration, Name
    from release.model.syntax import Syntax
    from release.plan.ledger import Ledger, LedgerStep
    from release.plan.ties import Tie

# Statements whose effect is decided when they run; after ADD VALUE they may use the new label.
_OPAQUE = frozenset({"DO", "CALL", "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", UNREAD})
_ROW_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
_LONG = frozenset({Work.SCAN, Work.INDEX, Work.REWRITE})


def provisional(migrations: Iterable[Migration]) -> tuple[Segment, ...]:
    """A segment for each revision: what the ledger is read from before anything is known of commits."""
    return tuple(
        Segment(number, (*each.statements, _version_write(each)), True, "", each.before, each.after)
        for number, each in enumerate(migrations, 1)
    )


def arrange(migrations: Sequence[Migration], ledger: Ledger, *, apart: bool = True) -> tuple[Segment, ...]:
    """Arrange what the revisions do into segments.

    Args:
        migrations: in the order they run.
        ledger: of their statements.
        apart: a commit may stand just to keep the lock on one table out of the work on another.

    Raises:
        PlanError: a statement cannot be part of a script, or needs a commit where none may stand.
    """
    arrangement = _Arrangement(migrations, ledger, apart=apart)
    for step in ledger.steps:
        _refuse_inline_data(step.statement)
        arrangement.place(step)
    return arrangement.segments()


@dataclass(frozen=True, slots=True)
class _Load:
    """What a statement does to tables that others may be using.

    Attributes:
        locked: those whose readers or writers it stops, each with its lock.
        works: it works long: scans, builds, rewrites, changes rows of a whole table.
        waits: others wait while it does.
        touched: the lock on each that it has to do with; no other, and no stronger one, should be held meanwhile.
    """

    step: LedgerStep
    locked: dict[Name, LockMode]
    works: bool
    waits: bool
    touched: dict[Name, LockMode]

    def is_like(self, other: _Load) -> bool:
        return (self.locked, self.works, self.waits, self.touched) == (
            other.locked,
            other.works,
            other.waits,
            other.touched,
        )

    def keeps_waiting(self, other: _Load) -> tuple[Name, ...]:
        """Tables that this statement has locked, and that would wait for work of the other that needs no such lock."""
        if not other.works:
            return ()
        return tuple(
            name for name, lock in self.locked.items() if lock > other.touched.get(name, LockMode.ACCESS_SHARE)
        )


class _Arrangement:
    """Where commits stand, statement by statement."""

    def __init__(self, migrations: Sequence[Migration], ledger: Ledger, *, apart: bool) -> None:
        self.migrations = migrations
        self.apart = apart
        self.steps = ledger.steps
        self.reasons: dict[int, str] = {}
        self.alone: dict[int, str] = {}
        self.told: dict[int, dict[str, None]] = {}
        self.start = 0
        self.marks: list[tuple[int, Marked]] = []
        self.loads: list[_Load] = []
        pairs = pairwise(step.statement for step in self.steps)
        online = {index: _why_online(*pair) for index, pair in enumerate(pairs, 1)}
        self.commits = {index: why for index, why in online.items() if why}
        self.ties: dict[int, Tie] = {}
        first = 0
        for migration in migrations:
            steps = self.steps[first : first + len(migration.statements)]
            self._tie(steps)
            self._forbid(together_ties(steps, migration.together))
            first += len(steps)

    def _tie(self, steps: Sequence[LedgerStep]) -> None:
        """Take down the ties of a revision, by the commits that they do not let stand."""
        if not steps:
            return
        self._forbid(each for each in held_ties(steps) if each.session)
        borders = sorted(
            {
                steps[0].index,
                steps[-1].index + 1,
                *(each for each in self.commits if steps[0].index < each <= steps[-1].index),
            }
        )
        for begin, end in pairwise(borders):
            self._forbid(ties_of(self.steps[begin:end]))

    def _forbid(self, ties: Iterable[Tie]) -> None:
        covered = 0
        for tie in sorted(ties, key=lambda each: each.first):
            for at in range(max(tie.first, covered) + 1, tie.last + 1):
                self.ties.setdefault(at, tie)
            covered = max(covered, tie.last)

    def place(self, step: LedgerStep) -> None:
        """Decide which commits a statement needs before it, or between statements before it."""
        index, statement = step.index, step.statement
        why_alone = _why_alone(statement)
        if why_alone:
            self.alone[index] = why_alone
        if index in self.commits:
            self._must(index, why_alone or self.commits[index])
        elif why_alone or index - 1 in self.alone:
            self._must(index, why_alone or "the statement before it ran by itself")
        self._after_marks(step)
        self._apart(step)
        self.marks += (
            (index, replace(each, object=qualify(each.object, statement.schema))) for each in statement.facts.marks
        )

    def _must(self, at: int, reason: str) -> None:
        """A commit that PostgreSQL or the author needs."""
        if at == 0:
            self.reasons.setdefault(0, reason)
            return
        tie = self.ties.get(at)
        if tie and not (at in self.commits and not tie.session):
            raise self._refusal(at, tie, reason)
        self._cut(at, reason)

    def _cut(self, at: int, reason: str) -> None:
        self.reasons.setdefault(at, reason)
        if at > self.start:
            self.start = at
            self.marks = [each for each in self.marks if each[0] >= at]
            self.loads = [each for each in self.loads if each.step.index >= at]

    def _place_between(self, first: int, last: int) -> int | None:
        """The last place after one statement and before another, or between them, where a commit may stand."""
        return next((at for at in range(last, first, -1) if at not in self.ties), None)

    def _after_marks(self, step: LedgerStep) -> None:
        for wish in list(_wishes(step.statement, self.marks)):
            if wish.after < self.start:
                continue
            at = self._place_between(wish.after, step.index)
            if at is not None:
                self._cut(at, wish.why)
                if wish.refused:
                    self._tell(wish.after, wish.refused)
            elif wish.needed:
                raise self._refusal(step.index, self.ties[step.index], wish.why)
            else:
                self._tell(wish.after, f"{wish.why}: {self.ties[step.index].why}")

    def _apart(self, step: LedgerStep) -> None:
        """Keep the locks on one table out of the work on another."""
        load = _load_of(step)
        if not load.locked and not load.works:
            return
        for earlier in reversed(self.loads):
            if earlier.step.index < self.start:
                break
            waiting = earlier.keeps_waiting(load) or (load.keeps_waiting(earlier) if earlier.waits else ())
            if not waiting:
                continue
            at = self._place_between(earlier.step.index, step.index) if self.apart else None
            names = ", ".join(map(str, waiting))
            held = bool(earlier.keeps_waiting(load))
            worker = step if held else earlier.step
            work = f"{worker.statement.facts.called} {worker.statement.facts.subject.strip()}".strip()
            if at is not None:
                self._cut(at, f"{names} must not stay locked during {work}")
                break
            tie = self.ties.get(step.index)
            why = f": {tie.why}" if tie and self.apart else ""
            told = f"{names} stays locked during {work}" if held else f"what {work} locks waits with it for {names}"
            self._tell(step.index, f"{told}{why}")
        # of several that are alike the last one is the nearest to part from
        self.loads = [*(each for each in self.loads if not each.is_like(load)), load]

    def _tell(self, index: int, text: str) -> None:
        self.told.setdefault(index, {})[text] = None

    def _refusal(self, at: int, tie: Tie, reason: str) -> PlanError:
        here, first, last = (self.steps[each].statement.source for each in (at, tie.first, tie.last))
        return PlanError(
            f"revision {here.revision}, {here}: a commit is needed here ({reason}), and none may stand between {first} "
            f"and {last}: {tie.why}",
            "write what needs the commit before the first or after the second of these lines, or in its own revision"
            + ("" if tie.session else "; or in an autocommit_block(), which commits online, too"),
        )

    def segments(self) -> tuple[Segment, ...]:
        again, roles = settings_again(self.steps, self.reasons, self.commits)
        found: list[Segment] = []
        steps: list[Statement | VersionWrite] = []
        index = begin = 0
        before = self.migrations[0].before

        def close() -> None:
            nonlocal steps, before, begin
            writes = [step for step in steps if isinstance(step, VersionWrite)]
            after = writes[-1].after if writes else before
            told = dict.fromkeys(text for each in range(begin, index) for text in self.told.get(each, ()))
            found.append(
                Segment(
                    len(found) + 1, tuple(steps), begin not in self.alone, self.reasons.get(begin, ""), before, after,
                    again.get(begin, ()), index in roles, tuple(told),
                )
            )  # fmt: skip
            steps, before, begin = [], after, index

        for migration in self.migrations:
            for statement in migration.statements:
                if index in self.reasons and steps:
                    close()
                steps.append(statement)
                index += 1
            steps.append(_version_write(migration))
        close()
        return tuple(found)


@dataclass(frozen=True, slots=True)
class _Wish:
    """A commit that is wanted after an earlier statement of the segment.

    Attributes:
        needed: the script fails without it.
        refused: what others are refused until the later statement has run.
    """

    after: int
    why: str
    needed: bool = False
    refused: str = ""


def _wishes(statement: Statement, marks: Sequence[tuple[int, Marked]]) -> Iterator[_Wish]:
    """The commits that are wanted before a statement, for what earlier ones have marked."""
    facts = statement.facts
    changed = facts.effects[0].relation if facts.tag in _ROW_CHANGES and facts.effects else None
    for index, each in marks:
        table, added = each.object.parent, each.mark is Mark.NOT_VALID
        for wanted in facts.marks:
            whole = qualify(wanted.object, statement.schema)
            name = wanted.object.parent
            if wanted.mark is Mark.VALIDATES and added and each.object == whole:
                yield _Wish(
                    index, f"validating in the same transaction would scan {name} under the lock of ADD CONSTRAINT"
                )
            if wanted.mark is Mark.NOT_NULL and each.mark is Mark.VALIDATES and table and table == whole.parent:
                yield _Wish(
                    index, f"SET NOT NULL on {name} relies on the constraint, and its lock must not wait for a scan"
                )
        # up to PostgreSQL 16 that holds for a type made in the same transaction, too
        if each.mark is Mark.ENUM_VALUE and _could_use(statement, each):
            why = f"a value added to enum {each.object.name} cannot be used in the transaction that adds it"
            yield _Wish(index, why, needed=True)
        if changed and added and table == in_schema(changed, statement.schema):
            why = f"changing rows in the same transaction would hold the lock of ADD CONSTRAINT on {changed}"
            refused = f"an UPDATE of a row of {changed} that violates {each.object.name} is refused"
            yield _Wish(index, why, refused=f"{refused}, until {facts.tag} {changed} has run")


def _load_of(step: LedgerStep) -> _Load:
    syntax, spared = step.statement.syntax, spares_scan(step)
    there = [each for each in step.statement.facts.effects if not step.is_new(each.relation)]
    locked = {step.former(each.relation): each.lock for each in there if each.lock >= LockMode.SHARE}
    work = {kind for each in there for kind in each.work if kind in _LONG and not (spared and kind is Work.SCAN)}
    rows = bool(there) and _goes_over_rows(syntax)
    touched = {step.former(each.relation): each.lock for each in there}
    return _Load(step, locked, bool(work) or rows, rows or bool(work and locked), touched)


def _goes_over_rows(syntax: Syntax) -> bool:
    match syntax:
        case ChangeRows(use=use, from_query=from_query):
            return use is not Use.INSERT or from_query
        case CreateTableAs(with_data=with_data):
            return with_data
        case _:
            return False


def _version_write(migration: Migration) -> VersionWrite:
    before, after = set(migration.before), set(migration.after)
    return VersionWrite(
        migration.revision,
        tuple(sorted(before - after)),
        tuple(sorted(after - before)),
        migration.before,
        migration.after,
    )


def _refuse_inline_data(statement: Statement) -> None:
    if any(each.mark is Mark.INLINE_DATA for each in statement.facts.marks):
        raise PlanError(
            f"revision {statement.source.revision}, {statement.source}: COPY … FROM STDIN reads its rows from the "
            "client; in a script psql would take the statements that follow for rows",
            "write the rows as INSERT … VALUES",
        )


def _why_alone(statement: Statement) -> str:
    """Why a statement must run outside a transaction block; "" when it need not."""
    facts = statement.facts
    if not facts.transactional:
        return f"{facts.tag}{_concurrently(statement)} cannot run in a transaction block"
    if statement.autocommit and differs_in_transaction(statement.syntax):
        return f"its author runs {facts.called} outside a transaction (autocommit), which it may need"
    return ""


def _why_online(last: Statement, statement: Statement) -> str:
    """Why a commit stands between two statements online; "" where none does."""
    if last.transaction == statement.transaction:
        return ""
    if statement.autocommit:
        return "its author commits it by itself (autocommit)"
    if last.autocommit:
        return "the statement before it ran by itself"
    if last.source.revision != statement.source.revision:
        return "env.py gives each revision a transaction of its own"
    return "its author ends the transaction there"


def _concurrently(statement: Statement) -> str:
    return " CONCURRENTLY" if statement.facts.tag in {"CREATE INDEX", "DROP INDEX", "REINDEX"} else ""


def _could_use(statement: Statement, added: Marked) -> bool:
    if any(each.mark is Mark.ENUM_VALUE for each in statement.facts.marks):
        return False
    return statement.facts.tag in _OPAQUE or any(added.value in text for text in _strings(statement.syntax))


def _strings(syntax: Syntax) -> Iterator[str]:
    """String constants that the server may take for the value of an enum when the statement runs."""
    yield from syntax.contents.strings
    if isinstance(syntax, CreateRoutine):
        for piece in syntax.body.pieces:
            yield from piece.syntax.contents.strings
