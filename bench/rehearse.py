"""A traced run of each Arxos release against bare psql; the snapshot query against `pg_dump --schema-only`."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from bench.timing import Seconds, report
from release.bundle import list_bundles
from release.database.catalog import take_snapshot
from release.database.filling import fill_tables
from release.database.server import Server, scratch_server
from release.rehearse.script import run_script

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parents[1]
ROWS = (0, 1000, 100_000)
TABLES = 5000
RUNS = 3


def run() -> None:
    """Print the ratios."""
    with scratch_server() as server:
        for rows in map(int, os.environ.get("BENCH_ROWS", "").split() or ROWS):
            _releases(server, rows)
        _snapshot(server)


def _releases(server: Server, rows: int) -> None:
    """Each release on the state that the one before it left, with so many rows in every table."""
    state = "empty"
    server.create_database(state)
    made = [state]
    for bundle in list_bundles(HERE / "scripts"):
        if rows and bundle.start:
            with server.connect(state) as connection:
                fill_tables(connection, rows, without=("public.alembic_version", "public.release_history"))
        script = bundle.folder / "upgrade.sql"
        segments = bundle.manifest["upgrade"]["segments"]
        wanted = frozenset(each["sha256"] for segment in segments for each in segment["statements"])

        def traced(database: str, script: Path = script, wanted: frozenset[str] = wanted) -> None:
            if run_script(script, server.conninfo(database), wanted=wanted).status:
                raise RuntimeError(f"{script} failed")

        def bare(database: str, script: Path = script) -> None:
            psql = str(server.bindir / "psql") if server.bindir else "psql"
            command = [psql, "-X", "-q", "-d", server.conninfo(database), "-f", str(script)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        times = Seconds(*(min(_time(server, state, each) for _ in range(RUNS)) for each in (traced, bare)))
        report(f"Arxos {bundle.version}, {rows} rows a table, traced : bare psql", times, 2.0)
        following = f"after_{bundle.version}".replace(".", "_")
        server.create_database(following, state)
        made.append(following)
        bare(following)
        state = following
    for name in made:
        server.drop_database(name)


def _time(server: Server, template: str, do: Callable[[str], None]) -> float:
    server.create_database("measured", template)
    try:
        start = time.perf_counter()
        do("measured")
        return time.perf_counter() - start
    finally:
        server.drop_database("measured")


def _snapshot(server: Server) -> None:
    server.create_database("wide")
    with ExitStack() as stack:
        connection = stack.enter_context(server.connect("wide"))
        for number in range(TABLES):
            connection.execute(
                f"CREATE TABLE t{number} (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE,"
                " n integer DEFAULT 1 CHECK (n > 0), at timestamptz)".encode()
            )
            connection.execute(f"COMMENT ON TABLE t{number} IS 'number {number}'".encode())
        connection.execute("ANALYZE")
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        dump = str(server.bindir / "pg_dump") if server.bindir else "pg_dump"
        command = [dump, "--schema-only", "-d", server.conninfo("wide"), "-f", f"{folder}/dump.sql"]
        best = [float("inf"), float("inf")]
        for _ in range(RUNS):
            start = time.perf_counter()
            lines = len(take_snapshot(connection).lines)
            best[0] = min(best[0], time.perf_counter() - start)
            start = time.perf_counter()
            subprocess.run(command, check=True)
            best[1] = min(best[1], time.perf_counter() - start)
    report(f"snapshot of {TABLES} tables ({lines} lines, aim < 5 s) : pg_dump -s", Seconds(*best))
