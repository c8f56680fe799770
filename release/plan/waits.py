"""What a segment may have to wait for: tables that others may be using, and that it locks so that somebody waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import LockMode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model import Name, Plan, Segment
    from release.plan.ledger import Ledger, LedgerStep


# what locks tables, by their names, and may wait for nothing else
_ON_TABLES = frozenset(
    {"ALTER TABLE", "CREATE INDEX", "DROP TABLE", "TRUNCATE TABLE", "CREATE TRIGGER", "DROP TRIGGER"}
    | {"CREATE POLICY", "ALTER POLICY", "DROP POLICY", "CREATE RULE", "DROP RULE"}
)


@dataclass(frozen=True, slots=True)
class Wait:
    """A relation by its name when the segment starts.

    Attributes:
        needs: the lock; of a statement that builds or drops CONCURRENTLY its tag, for it waits for more than its lock.
    """

    relation: Name
    needs: str


def find_waits(ledger: Ledger, plan: Plan) -> dict[int, tuple[Wait, ...]]:
    """Per segment number: relations that it locks stronger than SHARE UPDATE EXCLUSIVE, or works on CONCURRENTLY.

    Left out: what the script itself creates. An index stands for its table, which only the catalog knows.
    """
    return {segment.number: _waits(ledger.steps_of(segment)) for segment in plan.segments}


def find_retries(ledger: Ledger, segment: Segment) -> tuple[Wait, ...]:
    """The locks on tables that a transaction of one statement may ask for again and again before it does anything."""
    if not segment.transactional or len(segment.statements) != 1 or segment.statements[0].facts.tag not in _ON_TABLES:
        return ()
    (step,) = ledger.steps_of(segment)
    found = [(step.at(effect.relation), effect.lock) for effect in step.statement.facts.effects]
    return tuple(
        Wait(name, str(lock))
        for name, lock in found
        if lock >= LockMode.SHARE_UPDATE_EXCLUSIVE
        and name not in ledger.indexes
        and not name.needs_lookup  # LOCK TABLE takes one name
    )


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
