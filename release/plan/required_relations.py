"""The relations that must be there, and belong to the role, before a script starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Below, LockMode, Work
from release.plan.name_resolution import in_schema, index_names, is_system
from release.plan.prerequisites import owned_relations
from release.plan.prior_relations import Relations
from release.sql.facts.columns import keys_of

if TYPE_CHECKING:
    from release.model import Name, Plan, Release
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


def wanted_relations(plan: Plan, undo: Undo | None, schema: str) -> tuple[TouchedRelation, ...]:
    """Relations that the role must own.

    Args:
        undo: for a rollback that may start in the middle of its upgrade.
    """
    owned = owned_relations(plan.statements, schema)
    until = dict.fromkeys(owned, len(plan.segments))
    for segment in plan.segments:
        for statement in segment.statements:
            for thing in (*statement.facts.drops, *(old for old, _ in statement.facts.renames)):
                name = in_schema(thing.name, schema)
                if name in until:
                    until[name] = min(until[name], segment.number)
    since = _since(plan, undo, schema) if undo else {}
    return tuple(TouchedRelation(name, until[name], since.get(name, 1)) for name in owned)


def touched_tables(release: Release, plan: Plan, schema: str) -> tuple[Name, ...]:
    """Tables that were there before the script and that it locks, changes or drops: their rows may need a copy."""
    relations = Relations(schema)
    touched: set[Name] = set()
    indexes = index_names((*release.upgrade.statements, *release.rollback.statements), schema)
    for statement in plan.statements:
        for effect in statement.facts.effects:
            name = in_schema(effect.relation, schema)
            if (
                effect.lock > LockMode.ROW_SHARE
                and not relations.is_new(name)
                and relations.former(name) not in indexes
                and not is_system(name)
            ):
                touched.add(relations.former(name))
        relations.follow(statement)
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


def touched_work(plan: Plan, touched: tuple[Name, ...], schema: str) -> tuple[Touched, ...]:
    """What a script does with the tables that were there before it.

    Args:
        touched: their names before the script.
    """
    relations = Relations(schema)
    work: dict[Name, set[Work]] = {name: set() for name in touched}
    locks = dict.fromkeys(touched, LockMode.ACCESS_SHARE)
    below = dict.fromkeys(touched, Below())
    last = dict.fromkeys(touched, 1)
    for segment in plan.segments:
        for statement in segment.statements:
            for effect in statement.facts.effects:
                name = relations.former(effect.relation)
                if name in work and not relations.is_new(effect.relation):
                    work[name].update(effect.work)
                    lock = effect.lock if statement.facts.transactional else max(effect.lock, LockMode.SHARE)
                    locks[name] = max(locks[name], lock)
                    if effect.below.every and effect.lock > LockMode.ROW_SHARE:
                        below[name] |= effect.below
                    last[name] = segment.number
            relations.follow(statement)
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


def find_builds(plan: Plan, touched: tuple[Touched, ...], schema: str) -> tuple[Build, ...]:
    """Indexes that take disk space: those on tables that are there already, and are not rewritten anyway."""
    tables = {each.name for each in touched if not each.rewrites}
    relations = Relations(schema)
    found: list[Build] = []
    for segment in plan.segments:
        for statement in segment.statements:
            facts = statement.facts
            table = relations.former(facts.effects[0].relation) if facts.effects else None
            if facts.tag == "CREATE INDEX" and Work.INDEX not in facts.effects[0].work:
                table = None  # of a partitioned table alone, which holds no rows
            if table in tables and facts.tag in {"CREATE INDEX", "ALTER TABLE"}:
                found += [
                    Build(table, method, columns, segment.number) for method, columns in keys_of(statement.syntax)
                ]
            relations.follow(statement)
    return tuple(found)


def _since(plan: Plan, undo: Undo, schema: str) -> dict[Name, int]:
    """Per relation, by its name before the rollback: the first upgrade segment that leaves work on it."""
    relations = Relations(schema)
    renamed: dict[Name, int] = {}
    since: dict[Name, int] = {}
    for statement, number in zip(plan.statements, undo.since, strict=True):
        for effect in statement.facts.effects[:1]:
            former = relations.former(effect.relation)
            first = max(number, renamed.get(former, 1))
            since[former] = min(since.get(former, first), first)
        for old, _ in statement.facts.renames:
            renamed.setdefault(relations.former(old.name), number)
            former = relations.former(old.name)
            since[former] = max(since.get(former, number), number)
        relations.follow(statement)
    return since
