"""Snapshot, fingerprint and drift.sql on 5,000 tables against `pg_dump --schema-only`, on each major version.

The servers are those of `.ci/servers` (BENCH_MAJORS="15 18": on some of them).
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from release.catalog.snapshot import take_snapshot
from release.config import TRIED_SERVERS
from release.rehearse.drift import DRIFT
from release.scratch.server import Server, scratch_server
from tests.servers.bring import bring

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parents[1]
BUNDLE = HERE / "scripts" / "1.0.0"  # any one: its drift.sql reads the whole catalog, whatever it then compares
TABLES = 5000
RUNS = 5


def run() -> None:
    """Print best seconds for each major, and their ratio to pg_dump's."""
    print(f"{'':12}{'lines':>9}{'pg_dump -s':>13}{'snapshot':>20}{'fingerprint':>20}{'drift':>20}   aim: ratios < 1")
    for major in map(int, os.environ.get("BENCH_MAJORS", "").split() or TRIED_SERVERS):
        bindir = bring(major)
        if bindir is None:
            print(f"{major:<12} cannot be had here; why is said above")
            continue
        os.environ["PG_BINDIR"] = str(bindir)
        with scratch_server(postgis=False, settings={"max_locks_per_transaction": "1024"}) as server:
            _measure(server)


def _measure(server: Server) -> None:
    server.create_database("wide")
    with server.connect("wide") as connection, tempfile.TemporaryDirectory() as folder:
        for number in range(TABLES):
            connection.execute(
                f"CREATE TABLE t{number} (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text UNIQUE,"
                " n integer DEFAULT 1 CHECK (n > 0), at timestamptz)".encode()
            )
            connection.execute(f"COMMENT ON TABLE t{number} IS 'number {number}'".encode())
        connection.execute("ANALYZE")
        lines = len(take_snapshot(connection).lines)
        target = ["-d", server.conninfo("wide")]
        programs = Path(server.bindir) if server.bindir else Path()
        dump = [str(programs / "pg_dump"), "--schema-only", *target, "-f", f"{folder}/dump.sql"]
        drift = [str(programs / "psql"), "-X", "-At", *target, "-f", str(BUNDLE / DRIFT)]
        ways: dict[str, Callable[[], object]] = {
            "pg_dump": lambda: subprocess.run(dump, check=True),
            "snapshot": lambda: take_snapshot(connection),
            "fingerprint": lambda: take_snapshot(connection).fingerprint,
            "drift": lambda: subprocess.run(drift, check=True, stdout=subprocess.DEVNULL),
        }
        best = dict.fromkeys(ways, float("inf"))
        for _ in range(RUNS):  # in turns, so that all meet the same load
            for name, way in ways.items():
                start = time.perf_counter()
                way()
                best[name] = min(best[name], time.perf_counter() - start)
        version = connection.info.parameter_status("server_version") or ""
    peer = best.pop("pg_dump")
    cells = "".join(f"{seconds:9.2f} s ratio {seconds / peer:.2f}" for seconds in best.values())
    print(f"{version.split(' ')[0]:<12}{lines:>9}{peer:>11.2f} s{cells}", flush=True)
