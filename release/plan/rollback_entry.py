"""How a rollback starts from the middle of an upgrade: which of its statements undo which segment.

An upgrade of several segments may stop after any of them, and within one that runs outside a transaction. For every
statement of the rollback this says from which segment of the upgrade on it has something to undo. Where that cannot be
proven, the state is `stuck`: the script refuses it and asks to finish the upgrade first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Name, Object, VersionWrite
from release.plan.inventory import ROUTINES
from release.plan.short_lived import Leftover, find_leftovers
from release.sql.facts.properties import aspects_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model import Effect, Plan, Segment
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
    noted = {step.revision: segment.number for segment in upgrade.segments for step in written_in(segment)}
    count = len(rollback.statements)
    if upgrade.is_one_transaction:
        return Undo(False, (1,) * count, (False,) * count, noted)
    matching = _Matching(ledgers, noted)
    alone = {segment.number: segment for segment in upgrade.segments if not segment.transactional}
    stuck: dict[int, str] = {}
    stuck_begun: dict[int, str] = {}
    for step in back.steps:
        revision = step.revision
        first, last, known = matching.span(step)
        stuck |= dict.fromkeys(range(first, last), revision)
        stuck_begun |= dict.fromkeys((number for number in alone if first < last and first <= number <= last), revision)
        # the catalog tells of some whether they took effect
        if first in alone and not (known and alone[first].statements[0].facts.tag in _TOLD_BY_CATALOG):
            stuck_begun[first] = revision
    since = matching.since
    leftovers, lost = find_leftovers(forth)
    stuck |= lost
    stuck_begun |= {number: revision for number, revision in lost.items() if number in alone}
    up, down = _writes(upgrade), _writes(rollback)
    if any((write.after, write.before) != (up[each].before, up[each].after) for each, write in down.items()):
        numbers = [*(noted[each] for each in down), *(step.segment.number for step in forth.steps)]
        everywhere = dict.fromkeys(range(min(numbers), max(numbers) + 1), "")
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


def written_in(segment: Segment) -> Iterator[VersionWrite]:
    """What a segment writes into the version table."""
    return (step for step in segment.steps if isinstance(step, VersionWrite))


def _writes(plan: Plan) -> dict[str, VersionWrite]:
    """What a plan writes into the version table, by revision."""
    return {step.revision: step for segment in plan.segments for step in written_in(segment)}


def chain_places(upgrade: Plan, plan: Plan) -> tuple[int, ...]:
    """Before a plan's first segment and after each: how many of the release's revisions are there, by version rows."""
    order = {revision: place for place, revision in enumerate(_writes(upgrade), 1)}
    back = plan is not upgrade
    places = [len(order) if back else 0]
    for segment in plan.segments:
        written = [order[step.revision] - back for step in written_in(segment)]
        places.append(written[-1] if written else places[-1])
    return tuple(places)


def chain_of(upgrade: Plan) -> tuple[tuple[str, ...], ...]:
    """The version rows from the start to the end of an upgrade, revision by revision."""
    return (upgrade.before, *(write.after for write in _writes(upgrade).values()))


def _place(leftover: Leftover, since: list[int]) -> int:
    """Where it is dropped: after what may depend on it; but what guards rows goes before rows are changed back."""
    until = leftover.dropped - 1 if leftover.thing.kind in {"constraint", "trigger"} else leftover.made
    return next((index for index, first in enumerate(since) if first <= until), len(since))


class _Matching:
    """The statements of a rollback, one after the other, with what the upgrade did in the same revision.

    Attributes:
        since: per statement so far: the upgrade segment from which on it has something to undo.
    """

    def __init__(self, ledgers: tuple[Ledger, Ledger], noted: dict[str, int]) -> None:
        self.forth, self.back = ledgers
        self.noted = noted
        self.since: list[int] = []
        self._steps: dict[str, list[LedgerStep]] = {revision: [] for revision in noted}
        for step in self.forth.steps:
            self._steps[step.revision].append(step)
        self._aspects: dict[str, dict[Aspect, int]] = {}

    def span(self, step: LedgerStep) -> tuple[int, int, bool]:
        """First and last upgrade segment that a rollback statement undoes; False when its objects do not tell."""
        whole = [each.segment.number for each in self._steps[step.revision]] or [self.noted[step.revision]]
        found = self._match(step)
        first, last = (min(found), max(found)) if found else (whole[0], whole[-1])
        if found and step.statement.facts.tag in _ROWS:
            # it may read what a later segment makes, or what this rollback brings back
            last = max([last, *(each for effect in step.statement.facts.effects for each in self._made(step, effect))])
        self.since.append(first)
        return first, last, bool(found)

    def _match(self, step: LedgerStep) -> list[int]:
        """The segments that a rollback statement undoes; none when one of its parts has no counterpart."""
        facts = step.statement.facts
        found: list[int] = []
        for made in map(step.whole, facts.creates):
            numbers = self._changes(step, made, came=False) or self._brought_back(step, made)
            if not numbers and made.kind in _REPLACEABLE:
                numbers = self._changes(step, made, came=True)[:1]
            found += numbers or [0]
        for gone in map(step.whole, facts.drops):
            found += self._history(step, gone) or self._brought_back(step, gone) or [0]
        for old in (step.whole(old) for old, _ in facts.renames):
            found += self._changes(step, old, came=True) or self._brought_back(step, old) or [0]
        if 0 in found:
            return []
        if facts.tag in _ROWS:
            numbers = self._rows(step, step.at(facts.effects[0].relation)) if facts.effects else []
            return found + numbers if numbers else []
        steps = self._steps[step.revision]
        if facts.tag in _HARMLESS:
            return [each.segment.number for each in steps[:1]]
        several = steps and steps[0].segment.number != steps[-1].segment.number
        if several and facts.tag in {"ALTER TABLE", "COMMENT"} and not facts.renames:
            return self._with_aspects(step, found)
        return found

    def _changes(self, step: LedgerStep, whole: Object, *, came: bool) -> list[int]:
        """The segments in which the revision's upgrade has made a name, or freed it; or made anew what was there."""
        moments = self.forth.inventory.changes(whole, step.moment, came=came)
        found = [number for each in moments if (number := self._segment(step.revision, each))]
        if found or not came:
            return found
        steps = self._steps[step.revision]
        return [each.segment.number for each in steps if whole in map(each.whole, each.statement.facts.creates)]

    def _history(self, step: LedgerStep, whole: Object) -> list[int]:
        """The segments in which the revision's upgrade has made something, and given it the name that it has.

        A key and its index go together.
        """
        thing = self.back.inventory.find(whole, step.moment) if whole.kind not in ROUTINES else None
        things = [each for each in (thing, thing.key, thing.index) if each] if thing else []
        moments = [at for each in things for at in each.way_to(each.name_at(step.moment), self.forth.end)]
        numbers = [number for each in moments if (number := self._segment(step.revision, each))]
        return numbers or self._changes(step, whole, came=True)

    def _segment(self, revision: str, moment: int) -> int:
        """The upgrade segment of what a revision did at a moment; 0 where it did nothing then."""
        if not self.forth.start < moment <= self.forth.end:
            return 0
        step = self.forth.steps[moment - self.forth.start - 1]
        return step.segment.number if step.revision == revision else 0

    def _brought_back(self, step: LedgerStep, whole: Object) -> list[int]:
        """From where on there is something that this rollback itself has made, or a table that it lies in."""
        owners = [whole, *([Object("table", whole.parent)] if whole.parent else [])]
        things = (self.back.inventory.find(each, step.moment) for each in owners)
        return [
            self.since[each.since - self.back.start - 1] for each in things if each and each.since > self.back.start
        ][:1]

    def _made(self, step: LedgerStep, effect: Effect) -> Iterator[int]:
        """Where a table and its columns come from, in the upgrade or in the rollback so far."""
        table = self.back.inventory.find(Object("table", step.at(effect.relation)), step.moment)
        for thing in (table, *table.holds) if table else ():
            for moment, _ in thing.names if thing.kind in {"table", "column"} else ():
                yield self._segment(step.revision, moment)
            if self.back.start < thing.since <= step.moment:
                yield self.since[thing.since - self.back.start - 1]

    def _rows(self, step: LedgerStep, table: Name) -> list[int]:
        """The segments in which the revision's upgrade has changed rows of a table."""
        changes = [each for each in self._steps[step.revision] if each.statement.facts.tag in _ROWS]
        return [
            each.segment.number
            for each in changes
            for effect in each.statement.facts.effects[:1]
            if each.at(effect.relation) == table
        ]

    def _with_aspects(self, step: LedgerStep, found: list[int]) -> list[int]:
        """The segments, with those that first set the properties that a rollback statement sets back."""
        aspects = aspects_of(step.statement.syntax)
        if aspects is None:
            return []
        if step.revision not in self._aspects:
            first = self._aspects[step.revision] = {}
            for each in self._steps[step.revision]:
                for table, part, what in aspects_of(each.statement.syntax) or ():
                    first.setdefault((each.at(table), part, what), each.segment.number)
        for written, column, what in aspects:
            table = step.at(written)
            back = self._brought_back(step, Object("column", Name(column), table))
            # set back once its first change may be there: before that, it would be harmless
            since = back[0] if back else self._aspects[step.revision].get((table, column, what))
            if since is None:
                return []
            found = [*found, since]
        return found
