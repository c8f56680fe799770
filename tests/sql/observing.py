"""See what a statement does to a real database: its locks, and the work it does, as the server tells it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, Protocol

import postgast
import psycopg

from release.sql.locks.forms import FORMS
from release.sql.locks.forms.form import FIRST
from release.sql.locks.matching import match_statement
from release.trace.seen import RELATIONS, Seen, to_relations

PATIENCE = 30

TOUCHED = """
SELECT relid, seq_scan + coalesce(idx_scan, 0), n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables
"""

LOCKS = """
SELECT relation, mode FROM pg_locks WHERE pid = %s AND locktype = 'relation'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""

FILES = "SELECT oid, pg_relation_filenode(oid) FROM pg_class"


def since_of(node: Any) -> int:
    """The oldest major version, from 13 on, that has such a statement, as the table of locks says."""
    return max((FORMS[hit.key].since for hit in match_statement(node)), default=FIRST)


class Observer:
    """A session whose messages are kept, and a second that looks at it."""

    def __init__(self, connect: Callable[[], psycopg.Connection], setup: str, seen: Seen) -> None:
        self.actor, self.watcher, self.seen = connect(), connect(), seen
        for step in postgast.split(setup) if setup else ():
            self.actor.execute(step.encode())
        self.messages: list[str] = []
        self.actor.add_notice_handler(lambda notice: self.messages.append(notice.message_primary or ""))
        self.relations = to_relations(self.watcher.execute(RELATIONS))
        self.seen.know(self.relations)

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
            self.seen.take_touched(before, self._touched(), self.relations)
        self.seen.take_messages(messages, self.relations)
        self.seen.take_files(look.execute(FILES).fetchall(), self.relations, partial(self._size_of, look))

    def see_locks(self) -> None:
        """Note the relation locks that the actor holds or waits for."""
        rows = self.watcher.execute(LOCKS, [self.actor.info.backend_pid]).fetchall()
        self.seen.take_locks(rows, self.relations)

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

    def _size_of(self, look: psycopg.Connection, oid: int) -> int:
        row = look.execute("SELECT pg_relation_size(%s)", [oid]).fetchone()
        assert row
        return int(row[0])


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
