"""Look at a session: at its locks and work from within its transaction, at its locks from a connection beside it.

Asking costs time that the script would not take, so there is one prepared question for each state, it is only about
relations that were there before the script, and only about those that the transaction has locked: nothing can be
done to another.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING

import psycopg
from psycopg.pq import ExecStatus

from release.trace.seen import MODES, RELATIONS, Relation, to_name, to_place, to_relations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg.pq.abc import PGconn, PGresult

    from release.model import LockMode

# In a transaction: what it has locked, with files and counts of scans and of changed rows as it sees them; in one
# value, which is faster to take. A relation that the transaction has dropped has no file any more.
_INSIDE = """
SELECT w, pg_catalog.concat_ws(' ', l.relation, l.mode, coalesce(pg_catalog.pg_relation_filenode(l.relation), 0),
    pg_catalog.pg_stat_get_xact_numscans(l.relation),
    pg_catalog.pg_stat_get_xact_tuples_inserted(l.relation) + pg_catalog.pg_stat_get_xact_tuples_updated(l.relation)
    + pg_catalog.pg_stat_get_xact_tuples_deleted(l.relation))
FROM pg_catalog.pg_current_wal_insert_lsn() AS w
LEFT JOIN pg_catalog.pg_locks AS l
    ON l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.relation BETWEEN {first} AND {last}
"""
# The names of what it has locked, and its parents: whoever renames, attaches or detaches a relation locks it.
_LOCKED_NAMES = """
SELECT DISTINCT c.oid, c.relname, n.nspname, c.relispartition::text,
    (SELECT pg_catalog.string_agg(h.inhparent::text, ' ') FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = c.oid)
FROM pg_catalog.pg_locks AS l
INNER JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.relation BETWEEN {first} AND {last}
"""
# Outside: whether any relation has another name or file than before.
_OUTSIDE = """
SELECT w, (SELECT pg_catalog.md5(pg_catalog.string_agg(pg_catalog.concat_ws(' ', c.oid, c.relname, n.nspname,
    pg_catalog.pg_relation_filenode(c.oid)), ',' ORDER BY c.oid))
    FROM pg_catalog.pg_class AS c LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid BETWEEN {first} AND {last})
FROM pg_catalog.pg_current_wal_insert_lsn() AS w
"""
_BESIDE = """
SELECT l.relation, l.mode FROM pg_catalog.pg_locks AS l
WHERE l.pid = {pid} AND l.locktype = 'relation' AND l.relation BETWEEN {first} AND {last}
"""
_QUESTIONS = {b"release_outside": _OUTSIDE, b"release_inside": _INSIDE, b"release_names": _LOCKED_NAMES}

Locks = frozenset[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Look:
    """What was the case at a moment.

    Attributes:
        wal: where the server's WAL ended, in bytes.
        locks: (oid, mode as in pg_locks) that the transaction holds on relations that were there before the script.
        touched: by table, scans and changed rows in the transaction.
        files: of those relations that the transaction holds locks on; 0 for one without, or one that is dropped.
        state: outside a transaction, a digest over names and files of all relations.
    """

    wal: int
    locks: Locks = frozenset()
    touched: Mapping[int, tuple[int, int]] = field(default_factory=dict)
    files: Mapping[int, int] = field(default_factory=dict)
    state: str = ""


class Watch:
    """What a script's session looks like from its own connection, which alone sees what its transaction has done.

    Attributes:
        known: the relations that were there when the watch began, under the names that they have now.
        spent: seconds that the questions took.
        tells_of_files: the server tells of temporary files, which it does on the word of a superuser only.
    """

    def __init__(self, pgconn: PGconn) -> None:
        self._pgconn = pgconn
        self._oids: frozenset[int] = frozenset()
        self._prepared: set[bytes] = set()
        self._times_forgotten = 0
        self.known: dict[int, Relation] = {}
        self.spent = 0.0
        self.tells_of_files = pgconn.exec_(b"SET log_temp_files = 0").status == ExecStatus.COMMAND_OK
        self.known = self._read()
        self._oids = frozenset(self.known)
        self.bounds = {"first": min(self._oids, default=1), "last": max(self._oids, default=0)}

    def read_relations(self) -> None:
        """Read all relations anew, of those that were there when the watch began."""
        started = monotonic()
        self.known = {oid: one for oid, one in self._read().items() if oid in self._oids}
        self.spent += monotonic() - started

    def read_names(self) -> None:
        """Read anew the names and the parents of what the transaction has locked."""
        started = monotonic()
        for number, name, schema, partition, parents in self._ask(b"release_names"):
            if one := self.known.get(int(number or 0)):
                is_partition, above = to_place(partition, parents)
                self.known[int(number or 0)] = replace(
                    one, name=to_name(name or "", schema or ""), partition=is_partition, parents=above
                )
        self.spent += monotonic() - started

    def _read(self) -> dict[int, Relation]:
        return to_relations(
            (int(oid or 0), name or "", schema or "", kind or "", _number(file), _number(table), part or "", parents)
            for oid, name, schema, kind, file, table, part, parents in self._rows(
                self._pgconn.exec_(RELATIONS.encode())
            )
        )

    def look(self, *, inside: bool) -> Look:
        """Look once; inside a transaction that has not failed, or outside any."""
        started = monotonic()
        rows = self._ask(b"release_inside" if inside else b"release_outside")
        wal = _position(rows[0][0]) if rows else 0
        found = self._parse(wal, rows) if inside else Look(wal, state=rows[0][1] or "" if rows else "")
        self.spent += monotonic() - started
        return found

    def follow(self, look: Look) -> None:
        """Take over the files that a look has found; a relation that had one and has none any more is dropped."""
        for oid, file in look.files.items():
            one = self.known.get(oid)
            if one and one.file and not file:
                del self.known[oid]
            elif one and one.file != (file or None):
                self.known[oid] = replace(one, file=file)

    def make_loud(self) -> None:
        """Let the server tell what it does: each step at DEBUG1, each temporary file at LOG (manual 20.8)."""
        files = b"; SET log_temp_files = 0" if self.tells_of_files else b""
        self._pgconn.exec_(b"SET client_min_messages = debug1" + files)

    def size(self, oid: int) -> int:
        """Bytes of a relation's main file."""
        return _number(self._rows(self._pgconn.exec_(b"SELECT pg_catalog.pg_relation_size(%d)" % oid))[0][0]) or 0

    def forget(self) -> None:
        """Take note that the script may have thrown away what was prepared: it is prepared anew, under other names."""
        self._times_forgotten += bool(self._prepared)
        self._prepared.clear()

    def _parse(self, wal: int, rows: list[tuple[str | None, ...]]) -> Look:
        locks: set[tuple[int, str]] = set()
        files: dict[int, int] = {}
        touched: dict[int, tuple[int, int]] = {}
        for _, text in rows:
            words = (text or "").split(" ")
            oid = int(words[0] or 0)
            if oid not in self._oids:
                continue
            locks.add((oid, words[1]))
            if oid not in files:  # may be locked in several modes
                files[oid] = int(words[2])
                one = self.known.get(oid)
                table = one.table if one and one.kind == "i" and one.table else oid
                scans, changed = touched.get(table, (0, 0))
                touched[table] = (scans + int(words[3]), changed + int(words[4]))
        return Look(wal, frozenset(locks), touched, files)

    def _ask(self, name: bytes) -> list[tuple[str | None, ...]]:
        own = b"%s_%d" % (name, self._times_forgotten)
        if own not in self._prepared:
            self._pgconn.prepare(own, _QUESTIONS[name].format(**self.bounds).encode())
            self._prepared.add(own)
        return self._rows(self._pgconn.exec_prepared(own, None))

    def _rows(self, result: PGresult) -> list[tuple[str | None, ...]]:
        if result.status != ExecStatus.TUPLES_OK:
            return []
        columns = range(result.nfields)
        return [tuple(_text(result.get_value(row, column)) for column in columns) for row in range(result.ntuples)]


class Beside:
    """A second connection that looks at the locks of the session, once or again and again while a statement runs."""

    def __init__(self, conninfo: str, pid: int, bounds: Mapping[str, int]) -> None:
        self._connection = psycopg.connect(conninfo, autocommit=True)
        self._connection.pgconn.prepare(b"locks", _BESIDE.format(pid=pid, **bounds).encode())
        self._times: dict[tuple[int, str], tuple[float, float]] = {}
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def close(self) -> None:
        self._connection.close()

    def locks(self) -> Locks:
        """Look once."""
        result = self._connection.pgconn.exec_prepared(b"locks", None)
        return frozenset(
            (_number(_text(result.get_value(row, 0))) or 0, _text(result.get_value(row, 1)) or "")
            for row in range(result.ntuples)
        )

    def start(self) -> None:
        """Begin to look again and again, in a thread."""
        self._times = {}
        self._over.clear()
        self._thread = threading.Thread(target=self._look_on)
        self._thread.start()

    def stop(self) -> dict[tuple[int, str], float]:
        """Give the locks that were seen, and for how many seconds each was held at most."""
        self._over.set()
        assert self._thread  # noqa: S101 - started before
        self._thread.join()
        return {lock: end - begin for lock, (begin, end) in self._times.items()}

    def _look_on(self) -> None:
        before, held = monotonic(), frozenset[tuple[int, str]]()
        while True:
            over = self._over.is_set()
            locks = frozenset() if over else self.locks()
            now = monotonic()
            for lock in locks | held:
                # from the last look that did not see it to the first that does so no more
                self._times[lock] = (self._times.get(lock, (before, now))[0], now)
            if over:
                return
            before, held = now, locks


def strongest(locks: Locks) -> dict[int, LockMode]:
    """The strongest mode on each relation."""
    found: dict[int, LockMode] = {}
    for oid, mode in locks:
        if oid not in found or found[oid] < MODES[mode]:
            found[oid] = MODES[mode]
    return found


def _position(text: str | None) -> int:
    """A WAL position such as 16/B374D848 (pg_lsn, manual 8.20) as a number of bytes."""
    high, _, low = (text or "0/0").partition("/")
    return (int(high, 16) << 32) + int(low, 16)


def _number(text: str | None) -> int | None:
    return int(text) if text else None


def _text(value: bytes | None) -> str | None:
    return value.decode() if value is not None else None
