"""How a rollback starts from the middle of an upgrade: which of its statements undo which segment.

An upgrade of several segments may stop after any of them, and within one that runs outside a transaction. For every
statement of the rollback this says from which segment of the upgrade on it has something to undo. Where that cannot be
proven, the state is `stuck`: the script refuses it and asks to finish the upgrade first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Name, Object, VersionWrite
from release.plan.short_lived import Leftover, find_leftovers
from release.sql.facts.properties import aspects_of

if TYPE_CHECKING:
    from release.model import Plan
    from release.plan.ledger import Ledger, LedgerStep
    from release.sql.facts.properties import Aspect

_ROWS = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "TRUNCATE TABLE"})
_REPLACEABLE = frozenset({"function", "procedure", "view"})
_HARMLESS = frozenset({"ANALYZE", "VACUUM", "SET"})
# what a broken-off statement of this tag leaves is told by the catalog, or is nothing
_TOLD_BY_CATALOG = frozenset({"CREATE INDEX", "DROP INDEX"})
_LEAVES_NOTHING = frozenset({"VACUUM"})


@dataclass(frozen=True, slots=True)
class Undo:
    """How the rollback follows the upgrade.

    Attributes:
        partial: False when the upgrade is one transaction: it is done or it is not, and nothing here is needed.
        since: per statement of the rollback: the upgrade segment from which on it has something to undo.
        broken: per statement: that segment runs outside a transaction, so the catalog must be asked what is there.
        noted: per revision: the upgrade segment that writes its version rows.
        leftovers: objects that the upgrade makes for a while and drops itself, each with the rollback statement before
            which it is dropped (the number of statements: after all).
        stuck: upgrade segments after which the rollback cannot start, each with the revision that is half done.
        stuck_begun: segments outside a transaction from within which it cannot start, likewise.
    """

    partial: bool
    since: tuple[int, ...]
    broken: tuple[bool, ...]
    noted: dict[str, int]
    leftovers: tuple[tuple[int, Leftover], ...] = ()
    stuck: tuple[tuple[int, str], ...] = ()
    stuck_begun: tuple[tuple[int, str], ...] = ()


def match_undo(upgrade: Plan, rollback: Plan, ledgers: tuple[Ledger, Ledger]) -> Undo:
    """Match a rollback's statements with the segments of its upgrade.

    Args:
        ledgers: of both, in this order.
    """
    forth, back = ledgers
    noted = {
        step.revision: segment.number
        for segment in upgrade.segments
        for step in segment.steps
        if isinstance(step, VersionWrite)
    }
    count = len(rollback.statements)
    if len(upgrade.segments) == 1 and upgrade.segments[0].transactional:
        return Undo(False, (1,) * count, (False,) * count, noted)
    works = _works(forth, noted)
    alone = {segment.number for segment in upgrade.segments if not segment.transactional}
    since: list[int] = []
    stuck: dict[int, str] = {}
    stuck_begun: dict[int, str] = {}
    for step in back.steps:
        revision = step.revision
        work = works[revision]
        first, last, known = work.span(step)
        since.append(first)
        stuck |= dict.fromkeys(range(first, last), revision)
        stuck_begun |= dict.fromkeys((number for number in alone if first < last and first <= number <= last), revision)
        if first in alone and not (known and work.tells(first)):
            stuck_begun[first] = revision
    leftovers, lost = find_leftovers(forth)
    stuck |= lost
    stuck_begun |= {number: revision for number, revision in lost.items() if number in alone}
    if _chain(upgrade) != _chain(rollback)[::-1]:
        everywhere = {segment.number: "" for segment in upgrade.segments}
        stuck, stuck_begun = everywhere | stuck, everywhere | stuck_begun
    stuck.pop(len(upgrade.segments), None)
    placed = tuple((_place(each, since), each) for each in leftovers)
    return Undo(
        True,
        tuple(since),
        tuple(number in alone for number in since),
        noted,
        placed,
        tuple(sorted(stuck.items())),
        tuple(sorted((number, revision) for number, revision in stuck_begun.items() if number in alone)),
    )


def _chain(plan: Plan) -> tuple[tuple[str, ...], ...]:
    """The version rows that a plan passes through."""
    writes = [step for segment in plan.segments for step in segment.steps if isinstance(step, VersionWrite)]
    return (plan.before, *(write.after for write in writes))


def chain_places(upgrade: Plan, plan: Plan) -> tuple[int, ...]:
    """Before a plan's first segment and after each: how many of the release's revisions are there, by version rows."""
    total = len(_chain(upgrade)) - 1
    counts = [0]
    for segment in plan.segments:
        counts.append(counts[-1] + sum(isinstance(step, VersionWrite) for step in segment.steps))
    return tuple(counts) if plan is upgrade else tuple(total - count for count in counts)


def chain_of(upgrade: Plan) -> tuple[tuple[str, ...], ...]:
    """The version rows from the start to the end of an upgrade, revision by revision."""
    return _chain(upgrade)


def _place(leftover: Leftover, since: list[int]) -> int:
    """Where it is dropped: after what may depend on it; but what guards rows goes before rows are changed back."""
    until = leftover.dropped - 1 if leftover.thing.kind in {"constraint", "trigger"} else leftover.made
    return next((index for index, first in enumerate(since) if first <= until), len(since))


class _Work:
    """What one revision's upgrade did, in which segment; and what its rollback has created again so far."""

    def __init__(self, noted: int) -> None:
        self.segments: list[int] = []
        self.noted = noted
        self.made: dict[Object, list[int]] = {}
        self.gone: dict[Object, list[int]] = {}
        self.rows: dict[Name, list[int]] = {}
        self.columns: dict[Name, int] = {}
        self.tags: dict[int, str] = {}
        self.steps: list[LedgerStep] = []
        self.aspects: dict[Aspect, int] | None = None
        self.again: dict[Object, int] = {}

    def take(self, step: LedgerStep) -> None:
        number, facts = step.segment.number, step.statement.facts
        self.steps.append(step)
        if number not in self.segments:
            self.segments.append(number)
        self.tags[number] = facts.tag
        for thing in (*facts.creates, *(new for _, new in facts.renames)):
            self.made.setdefault(_key(step, thing), []).append(number)
            table = thing.parent or thing.name
            if thing.kind in {"table", "column"}:
                self.columns[step.at(table)] = number
        for thing in (*facts.drops, *(old for old, _ in facts.renames)):
            self.gone.setdefault(_key(step, thing), []).append(number)
        if facts.tag in _ROWS:
            for effect in facts.effects[:1]:
                self.rows.setdefault(step.at(effect.relation), []).append(number)

    def tells(self, number: int) -> bool:
        """The catalog tells whether the segment, which runs outside a transaction, took effect."""
        return self.tags.get(number) in _TOLD_BY_CATALOG

    def span(self, step: LedgerStep) -> tuple[int, int, bool]:
        """First and last upgrade segment that a rollback statement undoes; False when its objects do not tell."""
        low, high = (self.segments[0], self.segments[-1]) if self.segments else (self.noted, self.noted)
        found = self._match(step)
        first, last = (min(found), max(found)) if found else (low, high)
        facts = step.statement.facts
        if found and facts.tag in _ROWS:
            # it may read what a later segment makes, or what this rollback brings back
            tables = {step.at(effect.relation) for effect in facts.effects}
            last = max([last, *(number for table, number in self.columns.items() if table in tables)])
            back = ((thing.parent or thing.name, number) for thing, number in self.again.items())
            last = max([last, *(number for table, number in back if table in tables)])
        for thing in facts.creates:
            self.again[_key(step, thing)] = first
        return first, last, bool(found)

    def _match(self, step: LedgerStep) -> list[int]:
        """The segments that a rollback statement undoes; none when one of its parts has no counterpart."""
        facts = step.statement.facts
        found: list[int] = []
        wanted = [(self.gone, thing) for thing in facts.creates] + [(self.made, thing) for thing in facts.drops]
        wanted += [(self.made, old) for old, _ in facts.renames]
        for where, thing in wanted:
            key = _key(step, thing)
            numbers = where.get(key) or self._brought_back(key)
            if not numbers and thing.kind in _REPLACEABLE and where is self.gone:
                numbers = self.made.get(key, [])[:1]
            if not numbers:
                return []
            found += numbers
        if facts.tag in _ROWS:
            numbers = self.rows.get(step.at(facts.effects[0].relation), []) if facts.effects else []
            return found + numbers if numbers else []
        if facts.tag in _HARMLESS:
            return [self.segments[0]] if self.segments else []
        if len(self.segments) > 1 and facts.tag in {"ALTER TABLE", "COMMENT"} and not facts.renames:
            return self._with_aspects(step, found)
        return found

    def _with_aspects(self, step: LedgerStep, found: list[int]) -> list[int]:
        """The segments, with those that first set the properties that a rollback statement sets back."""
        aspects = aspects_of(step.statement.syntax)
        if aspects is None:
            return []
        if self.aspects is None:
            self.aspects = {}
            for each in self.steps:
                for table, part, what in aspects_of(each.statement.syntax) or ():
                    self.aspects.setdefault((each.at(table), part, what), each.segment.number)
        for written, column, what in aspects:
            table = step.at(written)
            back = self.again.get(Object("column", Name(column), table)) or self.again.get(Object("table", table))
            # set back once its first change may be there: before that, it would be harmless
            since = back or self.aspects.get((table, column, what))
            if since is None:
                return []
            found = [*found, since]
        return found

    def _brought_back(self, key: Object) -> list[int]:
        owners = [key, *([Object("table", key.parent)] if key.parent else [])]
        return [self.again[owner] for owner in owners if owner in self.again][:1]


def _key(step: LedgerStep, thing: Object) -> Object:
    """An object as both its creation and its drop name it: DROP INDEX does not name the table."""
    whole = step.whole(thing)
    return Object(whole.kind, whole.name) if whole.kind == "index" else whole


def _works(ledger: Ledger, noted: dict[str, int]) -> dict[str, _Work]:
    works = {revision: _Work(number) for revision, number in noted.items()}
    for step in ledger.steps:
        works[step.revision].take(step)
    return works
