"""What a statement was seen to do to relations that were there: locks, and the work the server tells of.

Locks come from pg_locks (manual 54.12), work from the server's messages at DEBUG1 ("rewriting table", "verifying
table", "building index"), from relation files that changed, and from the transaction's own counts of rows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from release.model import LockMode, Name, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MODES = {"".join(mode.name.title().split("_")) + "Lock": mode for mode in LockMode}
"""pg_locks.mode, e.g. AccessExclusiveLock."""

RELATIONS = """
SELECT c.oid, c.relname, n.nspname, c.relkind::text, pg_relation_filenode(c.oid),
       coalesce(i.indrelid, d.refobjid), c.relispartition::text,
       (SELECT string_agg(h.inhparent::text, ' ') FROM pg_inherits h WHERE h.inhrelid = c.oid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
    AND d.refclassid = 'pg_class'::regclass AND c.relkind = 'S'
WHERE n.nspname !~ '^(pg_|information_schema)'
    AND NOT EXISTS (SELECT FROM pg_depend e
        WHERE e.classid = 'pg_class'::regclass AND e.objid = coalesce(i.indrelid, c.oid) AND e.deptype = 'e')
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation that is there before the statement.

    Attributes:
        table: the table of an index or of an owned sequence.
        partition: it is one, and no table that merely inherits.
        parents: the relations that it is a partition of, or inherits from (pg_inherits, manual 53.22).
    """

    name: Name
    kind: str
    file: int | None
    table: int | None
    partition: bool = False
    parents: frozenset[int] = frozenset()


Row = tuple[int, str, str, str, int | None, int | None, str, str | None]


def to_relations(rows: Iterable[Row]) -> dict[int, Relation]:
    """Relations by oid, from the rows of `RELATIONS`."""
    return {
        oid: Relation(to_name(name, schema), kind, file, table, *to_place(partition, parents))
        for oid, name, schema, kind, file, table, partition, parents in rows
    }


def to_place(partition: str | None, parents: str | None) -> tuple[bool, frozenset[int]]:
    """Whether a relation is a partition, and its parents, from the last two columns of `RELATIONS`."""
    return partition == "true", frozenset(map(int, (parents or "").split()))


@dataclass(frozen=True, slots=True)
class Descent:
    """The relations below one, at every level."""

    partitions: frozenset[Name] = frozenset()
    children: frozenset[Name] = frozenset()


def descent_of(relations: Mapping[int, Relation]) -> dict[Name, Descent]:
    """What is below each relation that has anything below it."""
    children: dict[int, list[int]] = {}
    for oid, one in relations.items():
        for parent in one.parents:
            children.setdefault(parent, []).append(oid)
    found: dict[Name, Descent] = {}
    for oid in children:
        if oid not in relations:
            continue
        below: set[int] = set()
        above = [oid]
        while above:
            more = [child for child in children.get(above.pop(), ()) if child not in below]
            below.update(more)
            above += more
        found[relations[oid].name] = Descent(
            frozenset(relations[each].name for each in below if relations[each].partition),
            frozenset(relations[each].name for each in below if not relations[each].partition),
        )
    return found


def to_name(name: str, schema: str) -> Name:
    """The name of a relation; the schema public goes without saying."""
    return Name(name, "" if schema == "public" else schema)


@dataclass(slots=True)
class Seen:
    """What was observed, by relation.

    Attributes:
        owner: the table of an index or owned sequence.
        hollow: views and partitioned tables, which hold no rows.
        below: what is below relations that have partitions, or that others inherit from.
        tag: the server's answer.
    """

    locks: dict[Name, LockMode] = field(default_factory=dict)
    work: dict[Name, set[Work]] = field(default_factory=dict)
    owner: dict[Name, Name] = field(default_factory=dict)
    hollow: set[Name] = field(default_factory=set)
    below: dict[Name, Descent] = field(default_factory=dict)
    tag: str = ""

    def know(self, relations: Mapping[int, Relation]) -> None:
        """Take note of which relations belong to which, and which hold no rows."""
        self.owner = {
            one.name: relations[one.table].name for one in relations.values() if one.table and one.table in relations
        }
        self.hollow = {one.name for one in relations.values() if one.kind in {"v", "p", "I"}}
        self.below = descent_of(relations)

    def lock(self, name: Name, mode: LockMode) -> None:
        self.locks[name] = max(self.locks.get(name, mode), mode)

    def do(self, name: Name, work: Work) -> None:
        self.work.setdefault(name, set()).add(work)

    def take_locks(self, rows: Iterable[tuple[int, str]], relations: Mapping[int, Relation]) -> None:
        """Take rows of pg_locks: a relation and its mode."""
        for oid, mode in rows:
            if oid in relations:
                self.lock(relations[oid].name, MODES[mode])

    def take_touched(
        self,
        before: Mapping[int, tuple[int, int]],
        after: Mapping[int, tuple[int, int]],
        relations: Mapping[int, Relation],
    ) -> None:
        """Take what was counted per relation, before and after: scans, and changed rows."""
        for oid, (scans, rows) in after.items():
            if oid in relations:
                had_scans, had_rows = before.get(oid, (0, 0))
                if scans > had_scans:
                    self.do(relations[oid].name, Work.READ)
                if rows > had_rows:
                    self.do(relations[oid].name, Work.WRITE)

    def take_messages(self, messages: Iterable[str], relations: Mapping[int, Relation]) -> None:
        """Take the server's messages of level DEBUG1."""
        names = {str(one.name): one.name for one in relations.values()}
        names |= {one.name.name: one.name for one in relations.values()}
        for message in messages:
            words = message.split('"')
            told = words[1].removeprefix("public.").rpartition(".public.")[2] if len(words) > 1 else ""
            told = told.removesuffix("_ccnew")  # what REINDEX CONCURRENTLY builds, before the swap
            match words[0]:
                case "rewriting table " if told in names:
                    self.do(names[told], Work.REWRITE)
                case "verifying table " | "vacuuming " if told in names:
                    self.do(names[told], Work.SCAN)
                case "analyzing " if told in names:
                    self.do(names[told], Work.READ)
                case "building index ":
                    for name in (told, words[3]):
                        if name in names:
                            self.do(names[name], Work.INDEX)

    def take_files(
        self,
        rows: Iterable[tuple[int, int | None]],
        relations: Mapping[int, Relation],
        size_of: Callable[[int], int],
    ) -> None:
        """Take relations with their files (pg_relation_filenode): one with another file was rewritten, or emptied.

        Args:
            size_of: gives the bytes of a relation's main file.
        """
        for oid, file in rows:
            one = relations.get(oid)
            if not one or one.kind == "S" or file == one.file:
                continue
            if one.kind == "i" and Work.INDEX in self.work.get(one.name, set()):
                continue
            emptied = one.kind == "r" and Work.REWRITE not in self.work.get(one.name, set()) and size_of(oid) == 0
            self.do(one.name, Work.EMPTY if emptied else Work.REWRITE)
