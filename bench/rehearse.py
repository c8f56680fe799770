"""A traced run of each Arxos release against bare psql."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench.timing import Seconds, report
from release.bundle import list_bundles
from release.rehearse.rows.fill import fill_tables
from release.rehearse.script_run import run_script
from release.scratch.server import Server, scratch_server

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).parents[1]
ROWS = (0, 1000, 100_000)
RUNS = 3


def run() -> None:
    """Print the ratios."""
    with scratch_server() as server:
        for rows in map(int, os.environ.get("BENCH_ROWS", "").split() or ROWS):
            _releases(server, rows)


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
        wanted = frozenset(each.digest for each in bundle.manifest.statements("upgrade"))

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
