"""What a segment may have to wait for: tables that others may be using, and that it locks so that somebody waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import LockMode, Work, mode_for_all
from release.model.syntax import ActionKind, AlterTable
from release.plan.spared import may_be_of_keys, spares_scan
from release.sql.facts.opaque import is_opaque

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from release.model import Effect, Name, Plan, Segment
    from release.plan.ledger import Ledger, LedgerStep


# what locks tables, by their names, and may wait for nothing else
_ON_TABLES = frozenset(
    {"ALTER TABLE", "CREATE INDEX", "DROP TABLE", "TRUNCATE TABLE", "CREATE TRIGGER", "DROP TRIGGER"}
    | {"CREATE POLICY", "ALTER POLICY", "DROP POLICY", "CREATE RULE", "DROP RULE"}
)
_DROPS = frozenset({ActionKind.DROP_COLUMN, ActionKind.DROP_CONSTRAINT})
# to empty a table is to give it a new file
_QUICK = {Work.CATALOG, Work.EMPTY}


@dataclass(frozen=True, slots=True)
class Wait:
    """A relation by its name when the segment starts.

    Attributes:
        needs: the lock; of a statement that builds or drops CONCURRENTLY its tag, for it waits for more than its lock.
    """

    relation: Name
    needs: str


@dataclass(frozen=True, slots=True)
class PhaseLock:
    """A lock on a table by its name when the segment starts, weak enough and strong enough for all that it does there.

    Attributes:
        partitions, children: the lock on tables below it that are partitions, and on those that are not; None: none.
        gone: constraints and columns that are dropped and may be part of foreign keys, and with these goes ACCESS
            EXCLUSIVE on the table at their other end; none of a table that is dropped itself; None: nothing goes.
    """

    relation: Name
    mode: LockMode
    partitions: LockMode | None = None
    children: LockMode | None = None
    gone: tuple[str, ...] | None = None


def find_waits(ledger: Ledger, plan: Plan) -> dict[int, tuple[Wait, ...]]:
    """Per segment number: relations that it locks stronger than SHARE UPDATE EXCLUSIVE, or works on CONCURRENTLY.

    Left out: what the script itself creates. An index stands for its table, which only the catalog knows.
    """
    return {segment.number: _waits(ledger.steps_of(segment)) for segment in plan.segments}


def find_lock_phase(ledger: Ledger, segment: Segment, *, retries: bool) -> tuple[PhaseLock, ...]:
    """The locks that a transaction takes before its first statement: all of them within a moment, or none.

    That is so where it only changes the catalog and locks several tables that others may be using: whoever waits for
    one of them while it waits for another would be cancelled for the deadlock. What works long, or changes rows, takes
    its locks when it needs them (docs/locks.md, "The lock phase").

    Args:
        retries: a transaction of one statement on tables, too, whatever it does: its locks are to be asked for again.
    """
    steps = ledger.steps_of(segment)
    alone = retries and len(steps) == 1 and steps[0].statement.facts.tag in _ON_TABLES
    if not segment.transactional or not (alone or all(map(_is_quick, steps))):
        return ()
    found: dict[Name, list[Effect]] = {}
    gone: dict[Name, tuple[str, ...]] = {}
    divided = False
    for step in steps:
        for effect in step.statement.facts.effects:
            name = step.at_start(effect.relation)
            # LOCK TABLE takes one name; an index goes with its table
            if step.is_new(effect.relation) or name.needs_lookup or step.at(effect.relation) in ledger.indexes:
                continue
            found.setdefault(name, []).append(effect)
            divided |= bool(effect.below) and step.at(effect.relation) in ledger.partitioned
        for relation, names in _dropped(step):
            name = step.at_start(relation)
            gone[name] = (*gone.get(name, ()), *names) if names and gone.get(name) != () else ()
    locks = tuple(
        PhaseLock(
            name,
            mode,
            mode_for_all(each.below.partitions for each in effects if each.below.partitions),
            mode_for_all(each.below.children for each in effects if each.below.children),
            gone.get(name),
        )
        for name, effects in found.items()
        if (mode := mode_for_all(each.lock for each in effects)) and mode >= LockMode.SHARE_UPDATE_EXCLUSIVE
    )
    strong = [each for each in locks if each.mode > LockMode.SHARE_UPDATE_EXCLUSIVE]
    several = divided or len(strong) > 1 or any(each.gone is not None for each in strong)
    return locks if alone or several else ()


def _dropped(step: LedgerStep) -> Iterator[tuple[Name, tuple[str, ...]]]:
    """Tables that a statement drops, and what it drops of others that may be part of a foreign key."""
    for each in step.statement.facts.drops:
        if each.kind == "table":
            yield each.name, ()
    match step.statement.syntax:
        case AlterTable(relation=relation, actions=actions):
            names = tuple(
                each.name for each in actions if each.kind in _DROPS and may_be_of_keys(step, relation.name, each)
            )
            if names:
                yield relation.name, names


def changes_rows(step: LedgerStep) -> bool:
    """Whether a statement may lock rows of a table that others may be using."""
    facts = step.statement.facts
    there = any(Work.WRITE in each.work and not step.is_new(each.relation) for each in facts.effects)
    return there or is_opaque(step.statement.syntax)


def _is_quick(step: LedgerStep) -> bool:
    """Whether a statement changes the catalog only, as far as others may be using it."""
    spared = {Work.SCAN} if spares_scan(step) else set()
    works = {
        work
        for each in step.statement.facts.effects
        if not step.is_new(each.relation)
        for work in (*each.work, *each.more)
    }
    return works <= _QUICK | spared and not is_opaque(step.statement.syntax)


def _waits(steps: Iterable[LedgerStep]) -> tuple[Wait, ...]:
    concurrently: dict[Name, str] = {}
    strongest: dict[Name, LockMode] = {}
    for step in steps:
        facts = step.statement.facts
        for effect in facts.effects:
            if step.is_new(effect.relation):
                continue
            name = step.at_start(effect.relation)
            if not facts.transactional and effect.lock is LockMode.SHARE_UPDATE_EXCLUSIVE and facts.tag != "VACUUM":
                concurrently[name] = f"{facts.tag} CONCURRENTLY"
            elif effect.lock > LockMode.SHARE_UPDATE_EXCLUSIVE:
                strongest[name] = max(strongest.get(name, effect.lock), effect.lock)
    locks = sorted(strongest.items(), key=lambda pair: (-pair[1].value, str(pair[0])))
    return (
        *(Wait(name, needs) for name, needs in concurrently.items()),
        *(Wait(name, str(lock)) for name, lock in locks),
    )
