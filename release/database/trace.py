"""Watch a script while it runs: locks, work, WAL and temporary files of the statements that matter, each by itself."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.pq import ExecStatus, TransactionStatus

from release.database.observation import LOCKS, MODES, RELATIONS, TOUCHED, Relation, Seen, to_relations
from release.errors import SqlError
from release.sql.split import split

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from release.database.run import Execution
    from release.database.session import Session
    from release.model import LockMode, Name, Work

_TEMPORARY = "temporary file: "


@dataclass(frozen=True, slots=True)
class TracedStatement:
    """A statement as it ran.

    Attributes:
        text: what was sent, without terminator.
        line: 1-based line in the script.
        digest: SHA-256 over its tokens.
        alone: it ran outside a transaction block, so its locks were seen by looking again and again.
        locks: modes newly taken on relations that other sessions can see, strongest per relation.
        held: modes held on them afterwards, those of earlier statements of the transaction included.
        work: what was done to them.
        owner: the table of an index or of an owned sequence.
        hollow: views and partitioned tables.
        wal: bytes of WAL that the server wrote meanwhile.
        temporary: bytes of temporary files.
    """

    text: str
    line: int
    digest: str
    milliseconds: float
    rows: int | None
    alone: bool
    locks: Mapping[Name, LockMode]
    held: Mapping[Name, LockMode]
    work: Mapping[Name, frozenset[Work]]
    owner: Mapping[Name, Name]
    hollow: frozenset[Name]
    wal: int
    temporary: int
    error: str = ""
    sqlstate: str = ""


@dataclass(frozen=True, slots=True)
class HeldLock:
    """How long a transaction, or a statement by itself, held its strongest lock on a relation."""

    relation: Name
    lock: LockMode
    milliseconds: float


class Tracer:
    """A reporter that watches the statements whose digest is wanted, on a second connection and on the script's own.

    Args:
        conninfo: of the database that the script runs on.
        wanted: digests of the statements to watch; others only count for how long a lock is held.
        progress: told how many of the wanted statements have been run.
    """

    def __init__(self, conninfo: str, wanted: frozenset[str], progress: Callable[[int], None] | None = None) -> None:
        self.statements: list[TracedStatement] = []
        self.held: list[HeldLock] = []
        self.error = ""
        self._wanted = wanted
        self._progress = progress
        self._watcher = psycopg.connect(conninfo, autocommit=True)
        self._session: Session | None = None
        self._known: frozenset[int] = frozenset()
        self._relations: dict[int, Relation] = {}  # as they were after the last statement that was watched
        self._loud = False
        self._now: _Watched | None = None
        self._since: dict[Name, tuple[LockMode, float]] = {}

    def attach(self, session: Session) -> None:
        """Take the script's connection, before its first statement."""
        self._session = session
        self._relations = self._read_relations()
        self._known = frozenset(self._relations)

    def close(self) -> None:
        self._watcher.close()

    def started(self, file: str, line: int, query: bytes) -> None:  # noqa: ARG002 - the protocol's
        session = self._session
        assert session  # noqa: S101 - attached before anything is sent
        self._now = None
        if b"client_min_messages" in query:
            self._loud = False
        found = _digest(query)
        if found is None or found[1] not in self._wanted or self._status() == TransactionStatus.INERROR:
            return
        if not self._loud:
            session.execute(b"SET client_min_messages = debug1")
            self._loud = True
        inside = self._status() == TransactionStatus.INTRANS
        relations = {oid: one for oid, one in self._relations.items() if oid in self._known}
        touched = self._touched() if inside else {}
        now = _Watched(*found, line, relations, touched, self._locks(), self._wal(), inside)
        if not inside:
            now.sampler = _Sampler(self._watcher, session.pgconn.backend_pid)
        self._now = now

    def echoed(self, text: bytes) -> None:
        pass

    def finished(self, execution: Execution) -> None:
        if execution.error and not self.error:
            self.error = f"{execution.error.message} (line {execution.line})"
        now, self._now = self._now, None
        locks = now.sampler.stop() if now and now.sampler else self._locks()
        if now:
            self._keep(now, execution, locks)
            if now.sampler:
                relations = now.relations
                for oid, mode in _strongest(locks).items():
                    if oid in relations:
                        self.held.append(HeldLock(relations[oid].name, mode, execution.milliseconds))
                return
        self._follow(now.relations if now else None, locks, execution.milliseconds)

    def _keep(self, now: _Watched, execution: Execution, locks: set[tuple[int, str]]) -> None:
        seen = Seen()
        seen.know(now.relations)
        newly = Seen()
        newly.take_locks(locks - now.locks, now.relations)
        seen.take_locks(locks, now.relations)
        error = execution.error.message if execution.error else ""
        if now.inside and not error:
            seen.take_touched(now.touched, self._touched(), now.relations)
        messages = [notice.message for notice in execution.notices]
        seen.take_messages([notice.message for notice in execution.notices], now.relations)
        if not error:
            self._relations = self._read_relations()
            seen.take_files([(oid, one.file) for oid, one in self._relations.items()], now.relations, self._size)
        self.statements.append(
            TracedStatement(
                text=now.text,
                line=now.line,
                digest=now.digest,
                milliseconds=execution.milliseconds,
                rows=execution.rows,
                alone=not now.inside,
                locks=newly.locks,
                held=seen.locks,
                work={name: frozenset(work) for name, work in seen.work.items()},
                owner=seen.owner,
                hollow=frozenset(seen.hollow),
                wal=self._wal() - now.wal,
                temporary=sum(_temporary(message) for message in messages),
                error=error,
                sqlstate=execution.error.sqlstate if execution.error else "",
            )
        )
        if self._progress:
            self._progress(len(self.statements))

    def _follow(
        self, relations: Mapping[int, Relation] | None, locks: set[tuple[int, str]], milliseconds: float
    ) -> None:
        """Note since when each lock is held, and how long it was when the transaction is over."""
        now = monotonic()
        if self._status() == TransactionStatus.IDLE:
            for name, (mode, since) in self._since.items():
                self.held.append(HeldLock(name, mode, (now - since) * 1000))
            self._since = {}
        elif relations:
            for oid, mode in _strongest(locks).items():
                if oid in relations:
                    name = relations[oid].name
                    had, since = self._since.get(name, (mode, now - milliseconds / 1000))
                    self._since[name] = (max(had, mode, key=lambda one: one.value), since)

    def _status(self) -> int:
        assert self._session  # noqa: S101 - attached before anything is sent
        return self._session.pgconn.transaction_status

    def _locks(self) -> set[tuple[int, str]]:
        assert self._session  # noqa: S101 - attached before anything is sent
        return set(self._watcher.execute(LOCKS, [self._session.pgconn.backend_pid]).fetchall())

    def _wal(self) -> int:
        row = self._watcher.execute("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint").fetchone()
        assert row  # noqa: S101 - a function gives a row
        return int(row[0])

    def _touched(self) -> dict[int, tuple[int, int]]:
        return {int(oid): (int(scans), int(rows)) for oid, scans, rows in self._ask(TOUCHED)}

    def _read_relations(self) -> dict[int, Relation]:
        return to_relations(
            (int(oid), name, schema, kind, _number(file), _number(table))
            for oid, name, schema, kind, file, table in self._ask(RELATIONS)
        )

    def _size(self, oid: int) -> int:
        return int(self._ask(f"SELECT coalesce(pg_relation_size({oid}), 0)")[0][0])

    def _ask(self, query: str) -> list[Any]:
        """Ask on the script's own connection, which alone sees what its transaction has done."""
        assert self._session  # noqa: S101 - attached before anything is sent
        result = self._session.execute(query.encode())
        if result is None or result.status != ExecStatus.TUPLES_OK:
            return []
        return [
            tuple(_text(result.get_value(row, column)) for column in range(result.nfields))
            for row in range(result.ntuples)
        ]


class _Watched:
    """The statement that is running, and what was the case before it."""

    def __init__(
        self,
        text: str,
        digest: str,
        line: int,
        relations: dict[int, Relation],
        touched: dict[int, tuple[int, int]],
        locks: set[tuple[int, str]],
        wal: int,
        inside: bool,
    ) -> None:
        self.text, self.digest, self.line, self.relations = text, digest, line, relations
        self.touched, self.locks, self.wal, self.inside = touched, locks, wal, inside
        self.sampler: _Sampler | None = None


class _Sampler:
    """Looks at a session's locks again and again, in a thread, until it is told to stop."""

    def __init__(self, watcher: psycopg.Connection, pid: int) -> None:
        self._watcher, self._pid = watcher, pid
        self._found: set[tuple[int, str]] = set()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._over.is_set():
            self._found.update(self._watcher.execute(LOCKS, [self._pid]).fetchall())

    def stop(self) -> set[tuple[int, str]]:
        self._over.set()
        self._thread.join()
        return self._found


def _digest(query: bytes) -> tuple[str, str] | None:
    try:
        pieces = split(query.decode())
    except (SqlError, UnicodeDecodeError):
        return None
    return (pieces[0].text, pieces[0].digest) if len(pieces) == 1 else None


def _strongest(locks: set[tuple[int, str]]) -> dict[int, LockMode]:
    found: dict[int, LockMode] = {}
    for oid, mode in locks:
        found[oid] = max(found.get(oid, MODES[mode]), MODES[mode], key=lambda one: one.value)
    return found


def _temporary(message: str) -> int:
    """The bytes that `log_temp_files` tells of: temporary file: path "…", size 123."""
    size = message.rpartition("size ")[2]
    return int(size) if message.startswith(_TEMPORARY) and size.isdecimal() else 0


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _text(value: bytes | None) -> str | None:
    return value.decode() if value is not None else None
