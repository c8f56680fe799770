"""The relations that must be there, and belong to the role, before a script starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Below, LockMode, Work
from release.plan.name_resolution import is_system
from release.plan.prerequisites import owned_relations
from release.sql.facts.columns import keys_of

if TYPE_CHECKING:
    from release.model import Name
    from release.plan.ledger import Ledger
    from release.plan.rollback_entry import Undo


@dataclass(frozen=True, slots=True)
class TouchedRelation:
    """A relation under its name before the script.

    Attributes:
        until: the segment that renames or drops it, the last one where none does.
        since: in a rollback: the upgrade segment from which on it goes by this name and something is done to it.
    """

    name: Name
    until: int
    since: int


def wanted_relations(ledger: Ledger, last: int, undo: Undo | None) -> tuple[TouchedRelation, ...]:
    """Relations that the role must own.

    Args:
        last: the number of the last segment.
        undo: for a rollback that may start in the middle of its upgrade.
    """
    owned = owned_relations(ledger)
    until = dict.fromkeys(owned, last)
    for step in ledger.steps:
        for thing in (*step.statement.facts.drops, *(old for old, _ in step.statement.facts.renames)):
            name = step.at(thing.name)
            if name in until:
                until[name] = min(until[name], step.segment.number)
    since = _since(ledger, undo) if undo else {}
    return tuple(TouchedRelation(name, until[name], since.get(name, 1)) for name in owned)


def touched_tables(ledger: Ledger, indexes: frozenset[Name]) -> tuple[Name, ...]:
    """Tables that were there before the script and that it locks, changes or drops: their rows may need a copy.

    Args:
        indexes: indexes and sequences that either script has to do with.
    """
    touched: set[Name] = set()
    for step in ledger.steps:
        for effect in step.statement.facts.effects:
            former = step.former(effect.relation)
            if (
                effect.lock > LockMode.ROW_SHARE
                and not step.is_new(effect.relation)
                and former not in indexes
                and not is_system(step.at(effect.relation))
            ):
                touched.add(former)
    return tuple(sorted(touched))


@dataclass(frozen=True, slots=True)
class Touched:
    """A table and what the script does with it, in a reader's words; up to the last segment that does.

    Attributes:
        lock: the strongest; an index built CONCURRENTLY waits for whoever a SHARE lock would wait for.
        partitions, children: the strongest lock on every partition, on every child table that it may have.
    """

    name: Name
    work: str
    lock: LockMode
    rewrites: bool
    writes: bool
    segment: int
    partitions: LockMode | None = None
    children: LockMode | None = None


@dataclass(frozen=True, slots=True)
class Build:
    """An index that the script builds on a table that was there before; its columns without expressions."""

    table: Name
    method: str
    columns: tuple[str, ...]
    segment: int


_WORDS = {
    Work.REWRITE: "rewrites it",
    Work.EMPTY: "empties it",
    Work.INDEX: "builds an index on it",
    Work.SCAN: "scans it",
    Work.WRITE: "changes rows of it",
}


def touched_work(ledger: Ledger, touched: tuple[Name, ...]) -> tuple[Touched, ...]:
    """What a script does with the tables that were there before it.

    Args:
        touched: their names before the script.
    """
    work: dict[Name, set[Work]] = {name: set() for name in touched}
    locks = dict.fromkeys(touched, LockMode.ACCESS_SHARE)
    below = dict.fromkeys(touched, Below())
    last = dict.fromkeys(touched, 1)
    for step in ledger.steps:
        for effect in step.statement.facts.effects:
            name = step.former(effect.relation)
            if name in work and not step.is_new(effect.relation):
                work[name].update(effect.work)
                lock = effect.lock if step.statement.facts.transactional else max(effect.lock, LockMode.SHARE)
                locks[name] = max(locks[name], lock)
                if effect.below.every and effect.lock > LockMode.ROW_SHARE:
                    below[name] |= effect.below
                last[name] = step.segment.number
    words = {name: [text for kind, text in _WORDS.items() if kind in work[name]] for name in touched}
    return tuple(
        Touched(
            name,
            "; ".join(words[name]) or "changes its catalog entry",
            locks[name],
            Work.REWRITE in work[name],
            Work.WRITE in work[name],
            last[name],
            below[name].partitions,
            below[name].children,
        )
        for name in touched
    )


def find_builds(ledger: Ledger, touched: tuple[Touched, ...]) -> tuple[Build, ...]:
    """Indexes that take disk space: those on tables that are there already, and are not rewritten anyway."""
    tables = {each.name for each in touched if not each.rewrites}
    found: list[Build] = []
    for step in ledger.steps:
        facts = step.statement.facts
        table = step.former(facts.effects[0].relation) if facts.effects else None
        if facts.tag == "CREATE INDEX" and Work.INDEX not in facts.effects[0].work:
            table = None  # of a partitioned table alone, which holds no rows
        if table in tables and facts.tag in {"CREATE INDEX", "ALTER TABLE"}:
            keys = keys_of(step.statement.syntax)
            found += [Build(table, method, columns, step.segment.number) for method, columns in keys]
    return tuple(found)


def _since(ledger: Ledger, undo: Undo) -> dict[Name, int]:
    """Per relation, by its name before the rollback: the first upgrade segment that leaves work on it."""
    renamed: dict[Name, int] = {}
    since: dict[Name, int] = {}
    for step, number in zip(ledger.steps, undo.since, strict=True):
        for effect in step.statement.facts.effects[:1]:
            former = step.former(effect.relation)
            first = max(number, renamed.get(former, 1))
            since[former] = min(since.get(former, first), first)
        for old, _ in step.statement.facts.renames:
            former = step.former(old.name)
            renamed.setdefault(former, number)
            since[former] = max(since.get(former, number), number)
    return since
