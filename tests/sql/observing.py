"""See what a statement does to a real database: its locks, and the work it does, as the server tells it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import postgast
import psycopg

from release.model import LockMode, Name, Work

PATIENCE = 30

MODES = {"".join(mode.name.title().split("_")) + "Lock": mode for mode in LockMode}
"""pg_locks.mode, e.g. AccessExclusiveLock."""

RELATIONS = """
SELECT c.oid, c.relname, n.nspname, c.relkind, pg_relation_filenode(c.oid),
       coalesce(i.indrelid, d.refobjid)
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_index i ON i.indexrelid = c.oid
LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i')
    AND d.refclassid = 'pg_class'::regclass AND c.relkind = 'S'
WHERE n.nspname !~ '^(pg_|information_schema)'
    AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.objid IN (c.oid, i.indrelid) AND e.deptype = 'e')
"""

TOUCHED = """
SELECT relid, seq_scan + coalesce(idx_scan, 0), n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables
"""


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation that is there before the statement. `table` is the table of an index or of an owned sequence."""

    name: Name
    kind: str
    file: int | None
    table: int | None


@dataclass(slots=True)
class Seen:
    """What was observed, by relation.

    Attributes:
        owner: the table of an index or owned sequence.
        hollow: views and partitioned tables, which hold no rows.
        tag: the server's answer.
    """

    locks: dict[Name, LockMode] = field(default_factory=dict)
    work: dict[Name, set[Work]] = field(default_factory=dict)
    owner: dict[Name, Name] = field(default_factory=dict)
    hollow: set[Name] = field(default_factory=set)
    tag: str = ""

    def lock(self, name: Name, mode: LockMode) -> None:
        self.locks[name] = max(self.locks.get(name, mode), mode, key=lambda one: one.value)

    def do(self, name: Name, work: Work) -> None:
        self.work.setdefault(name, set()).add(work)


class Observer:
    """A session whose messages are kept, and a second that looks at it."""

    def __init__(self, connect: Callable[[], psycopg.Connection], setup: str, seen: Seen) -> None:
        self.actor, self.watcher, self.seen = connect(), connect(), seen
        for step in postgast.split(setup) if setup else ():
            self.actor.execute(step.encode())
        self.messages: list[str] = []
        self.actor.add_notice_handler(lambda notice: self.messages.append(notice.message_primary or ""))
        self.relations = {
            oid: Relation(Name(name, "" if schema == "public" else schema), kind, file, table)
            for oid, name, schema, kind, file, table in self.watcher.execute(RELATIONS)
        }
        self.seen.owner = {
            one.name: self.relations[one.table].name for one in self.relations.values() if one.table in self.relations
        }

        self.seen.hollow = {one.name for one in self.relations.values() if one.kind in {"v", "p", "I"}}

    def run(self, statement: str, *, transaction: bool) -> None:
        """Run the statement; in a transaction that is left open when `transaction`."""
        before = {}
        self.actor.execute("SET client_min_messages = debug2")
        if transaction:
            self.actor.execute("BEGIN")
            before = self._touched()
        self.messages.clear()
        self.seen.tag = self.actor.execute(statement.encode()).statusmessage or ""
        messages, look = list(self.messages), self.actor if transaction else self.watcher
        if transaction:
            self.see_locks()
            self._see_touched(before)
        self._see_messages(messages)
        self._see_files(look)

    def see_locks(self) -> None:
        """Note the relation locks that the actor holds or waits for."""
        rows = self.watcher.execute(
            "SELECT relation, mode FROM pg_locks WHERE pid = %s AND locktype = 'relation'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            [self.actor.info.backend_pid],
        ).fetchall()
        for oid, mode in rows:
            if oid in self.relations:
                self.seen.lock(self.relations[oid].name, MODES[mode])

    def wait(self) -> None:
        """Wait until the actor waits for a lock, then note its locks."""
        until = time.monotonic() + PATIENCE
        query = "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = %s"
        while self.watcher.execute(query, [self.actor.info.backend_pid]).fetchone() != (True,):
            assert time.monotonic() < until, "the statement never waited for the blocker"
            time.sleep(0.01)
        self.see_locks()

    def _touched(self) -> dict[int, tuple[int, int]]:
        return {oid: (scans, rows) for oid, scans, rows in self.actor.execute(TOUCHED)}

    def _see_touched(self, before: dict[int, tuple[int, int]]) -> None:
        for oid, (scans, rows) in self._touched().items():
            if oid in self.relations:
                had_scans, had_rows = before.get(oid, (0, 0))
                if scans > had_scans:
                    self.seen.do(self.relations[oid].name, Work.READ)
                if rows > had_rows:
                    self.seen.do(self.relations[oid].name, Work.WRITE)

    def _see_messages(self, messages: list[str]) -> None:
        names = {str(one.name): one.name for one in self.relations.values()}
        names |= {one.name.name: one.name for one in self.relations.values()}
        for message in messages:
            words = message.split('"')
            told = words[1].removeprefix("public.").rpartition(".public.")[2] if len(words) > 1 else ""
            told = told.removesuffix("_ccnew")  # what REINDEX CONCURRENTLY builds, before the swap
            match words[0]:
                case "rewriting table " if told in names:
                    self.seen.do(names[told], Work.REWRITE)
                case "verifying table " | "vacuuming " if told in names:
                    self.seen.do(names[told], Work.SCAN)
                case "analyzing " if told in names:
                    self.seen.do(names[told], Work.READ)
                case "building index ":
                    for name in (told, words[3]):
                        if name in names:
                            self.seen.do(names[name], Work.INDEX)

    def _see_files(self, look: psycopg.Connection) -> None:
        for oid, file in look.execute("SELECT oid, pg_relation_filenode(oid) FROM pg_class").fetchall():
            one = self.relations.get(oid)
            if not one or one.kind == "S" or file == one.file:
                continue
            if one.kind == "i" and Work.INDEX in self.seen.work.get(one.name, set()):
                continue
            size = look.execute("SELECT pg_relation_size(%s)", [oid]).fetchone()
            emptied = one.kind == "r" and size == (0,) and Work.REWRITE not in self.seen.work.get(one.name, set())
            self.seen.do(one.name, Work.EMPTY if emptied else Work.REWRITE)


@contextmanager
def _block(connection: psycopg.Connection, statement: str) -> Iterator[None]:
    connection.execute("BEGIN")
    connection.execute(statement.encode())
    yield
    connection.execute("COMMIT")


class Observe(Protocol):
    """See `observe`; on copies of `template`, or of the examples' schema when none is given."""

    def __call__(
        self, statement: str, setup: str = "", blockers: tuple[str, ...] = (), template: str | None = None
    ) -> Seen: ...


def observe(
    connect: Callable[[str], psycopg.Connection],
    databases: Callable[[], str],
    statement: str,
    setup: str = "",
    blockers: tuple[str, ...] = (),
) -> Seen:
    """Run `statement` after `setup`, and say what it does to relations that were there.

    Args:
        databases: gives a database; one for each blocker.
        blockers: empty: run in a transaction, look before its end, and roll back. Else run outside any, once per
            blocker, while another session's open transaction with that statement makes it wait; what was seen is put
            together.
    """
    seen = Seen()
    for blocker in blockers or (None,):
        name = databases()
        observer = Observer(partial(connect, name), setup, seen)
        with observer.actor, observer.watcher, connect(name) as other, ThreadPoolExecutor(1) as pool:
            if blocker is None:
                observer.run(statement, transaction=True)
                observer.actor.execute("ROLLBACK")
                continue
            with _block(other, blocker):
                job = pool.submit(observer.run, statement, transaction=False)
                observer.wait()
            job.result(PATIENCE)
    return seen
