"""What applications wait for: each Arxos upgrade by psql beside online `alembic upgrade`, in the same traffic.

On every table that a release touches, a reader and a writer do transactions of at most 50 ms, one after the other. A
wait is the time from asking for a row to having it.
"""

from __future__ import annotations

import logging
import math
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

import psycopg

from bench.safety import DURABLE, HERE, run_script
from release.bundle import list_bundles
from release.scratch.server import Server, scratch_server
from release.source.online import upgrade_online

if TYPE_CHECKING:
    from release.bundle import Bundle

ROWS = 1_000_000
LONGEST = 0.05  # seconds that a transaction of the applications takes, when nothing is in its way
BEFORE = 1  # seconds of traffic before a release starts

_OBJECT = (
    "INSERT INTO {table} (id, status) SELECT 'row-' || g, (ARRAY['Active', 'draft', NULL])[1 + g % 3] "
    "FROM generate_series(1, {rows}) AS g"
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table, and how it is filled, read and written to.

    Attributes:
        names: the first is that before the release; applications try one after the other.
    """

    names: tuple[str, ...]
    fill: str = _OBJECT
    key: str = "'row-' || %s"
    change: str = "category = 'changed'"


def _numbered(name: str, fill: str, change: str) -> Table:
    return Table((name,), f"INSERT INTO {name} {fill} FROM generate_series(1, {{rows}}) AS g", "%s", change)


TOUCHED = {
    "1.1.0": (
        _numbered(
            "users",
            "(email, username, password_hash) SELECT 'old' || g || repeat('@', g % 2), 'user' || g, ''",
            "role = 'changed'",
        ),
        *(Table((name,)) for name in ("rooms", "walls", "doors", "windows", "devices", "labels", "zones")),
    ),
    "1.2.0": (
        Table(("rooms",)),
        Table(("devices",)),
        _numbered("comments", "(content, created_at) SELECT 'x', CASE WHEN g % 3 > 0 THEN now() END", "content = 'y'"),
        _numbered("catalog_items", "(make, model) SELECT 'make ' || g, 'model ' || g", "approved = true"),
        _numbered("projects", "(name) SELECT 'project ' || g", "name = 'changed'"),
        Table(("labels", "annotations")),
    ),
}


@dataclass(slots=True)
class Waits:
    """What the transactions of one reader or writer have waited, in seconds, and how often the server refused one."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def longest(self) -> float:
        return max(self.seconds, default=0)

    @property
    def usual(self) -> float:
        """No longer than this have 99 of 100 waited."""
        return sorted(self.seconds)[math.ceil(0.99 * len(self.seconds)) - 1] if self.seconds else 0


Measured = Mapping[tuple[str, str], Waits]
"""By name of the table, and "reader" or "writer"."""


def run(rows: int = ROWS) -> None:
    """Print a table for each release: the waits of readers and writers, script beside online, in milliseconds."""
    logging.disable(logging.INFO)  # Alembic tells of each revision
    with scratch_server(settings=DURABLE) as server:
        for bundle in list_bundles(HERE / "scripts"):
            if str(bundle.version) in TOUCHED:
                _release(server, bundle, rows)


def _release(server: Server, bundle: Bundle, rows: int) -> None:
    version, tables = str(bundle.version), TOUCHED[str(bundle.version)]
    start = f"start_{version}"
    server.create_database(start)
    _migrate(server, start, *bundle.start)
    with server.connect(start) as connection:
        for each in tables:
            connection.execute(each.fill.format(table=each.names[0], rows=rows).encode())
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    ways: dict[str, Callable[[str], object]] = {
        "script": lambda dbname: run_script(server, dbname, bundle.folder / "upgrade.sql"),
        "online": lambda dbname: _migrate(server, dbname, *bundle.end),
    }
    found: list[Measured] = []
    took = []
    for name, go in ways.items():
        server.create_database(name, start)
        with _traffic(server, name, tables, rows) as waits:
            began = time.perf_counter()
            go(name)
            took.append(time.perf_counter() - began)
        found.append(waits)
        server.drop_database(name)
    server.drop_database(start)
    _print(version, rows, tables, found, took)


def _migrate(server: Server, dbname: str, *revisions: str) -> None:
    upgrade_online(HERE / "alembic.ini", server.parameters_of(dbname), revisions)


@contextmanager
def _traffic(server: Server, dbname: str, tables: Sequence[Table], rows: int) -> Iterator[Measured]:
    """Read and write all tables; what was waited for counts from when the body starts to when it ends."""
    waits = {(table.names[0], who): Waits() for table in tables for who in ("reader", "writer")}
    counting, stop = Event(), Event()
    with ThreadPoolExecutor(len(waits)) as pool:
        work = partial(_work, server, dbname, rows, counting, stop)
        running = [
            pool.submit(work, each, who, waits[each.names[0], who]) for each in tables for who in ("reader", "writer")
        ]
        try:
            time.sleep(BEFORE)
            counting.set()
            yield waits
        finally:
            stop.set()
    for each in running:
        each.result()


def _work(
    server: Server, dbname: str, rows: int, counting: Event, stop: Event, table: Table, who: str, waits: Waits
) -> None:
    names = list(table.names)
    query = "SELECT FROM {name} WHERE id = {key}" if who == "reader" else "UPDATE {name} SET {change} WHERE id = {key}"
    with server.connect(dbname) as connection:
        connection.prepare_threshold = None
        while not stop.is_set():
            row, hold = random.randint(1, rows), random.uniform(0, LONGEST)
            began = time.perf_counter()
            while not stop.is_set():
                text = query.format(name=names[0], key=table.key, change=table.change)
                try:
                    with connection.transaction():
                        connection.execute(text.encode(), [row])
                        waited = time.perf_counter() - began
                        time.sleep(hold)
                except psycopg.errors.UndefinedTable:
                    names.append(names.pop(0))
                except psycopg.Error:
                    waits.refused += 1
                    time.sleep(hold)
                else:
                    if counting.is_set():
                        waits.seconds.append(waited)
                    break


def _print(version: str, rows: int, tables: Sequence[Table], found: Sequence[Measured], took: Sequence[float]) -> None:
    script, online = found
    print(
        f"\nRelease {version}, {rows:,} rows in each table: the script took {took[0]:.1f} s, online Alembic "
        f"{took[1]:.1f} s.\nMilliseconds, script / online: the longest wait, and what 99 of 100 did not exceed.\n"
    )
    print("| table | reader, longest | reader, 99 of 100 | writer, longest | writer, 99 of 100 | refused |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for table in tables:
        name = table.names[0]
        cells = [
            _beside(getattr(script[name, who], value), getattr(online[name, who], value))
            for who in ("reader", "writer")
            for value in ("longest", "usual")
        ]
        refused = [sum(each[name, who].refused for who in ("reader", "writer")) for each in found]
        print(f"| {' → '.join(table.names)} | {' | '.join(cells)} | {refused[0]} / {refused[1]} |", flush=True)


def _beside(script: float, online: float) -> str:
    return f"{1000 * script:,.0f} / {1000 * online:,.0f}"
