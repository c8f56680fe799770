"""What safety costs: each Arxos upgrade by psql, guards, history and verify.sql, beside the same statements alone."""

from __future__ import annotations

import logging
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from release.bundle import list_bundles
from release.model import Statement
from release.pipeline.plan import make_release, open_project
from release.scratch.server import Server, scratch_server

if TYPE_CHECKING:
    from release.model import Release, VersionWrite

HERE = Path(__file__).parents[1]
TABLES = 5000
RUNS = 9
AIM = 100  # milliseconds
# As in production: a commit waits for the disk.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "max_locks_per_transaction": "1024"}


def run() -> None:
    """Print milliseconds: the script, its statements alone, verify.sql, and what is added."""
    logging.disable(logging.INFO)  # Alembic tells of each revision
    print(f"{'':30}{'upgrade':>9}{'alone':>9}{'guards +':>10}{'verify':>9}{'added':>9}   aim < {AIM} ms")
    print(f"{'':48}{'history':>10}")
    with scratch_server(settings=DURABLE) as server:
        for tables in (0, TABLES):
            _releases(server, tables)


def _releases(server: Server, tables: int) -> None:
    project = open_project(HERE / "alembic.ini")
    state = f"start_{tables}"
    server.create_database(state)
    if tables:
        _crowd(server, state, tables)
    with tempfile.TemporaryDirectory() as folder, ExitStack() as cleanup:
        (nothing := Path(folder) / "nothing.sql").touch()
        for bundle in list_bundles(HERE / "scripts"):
            release = make_release(project, str(bundle.version), "", "", bundle.start, bundle.end).release
            (bare := Path(folder) / "bare.sql").write_text(_bare(release), encoding="utf-8")
            upgrade, verify = (bundle.folder / f"{name}.sql" for name in ("upgrade", "verify"))
            times: dict[Path, float] = {}
            scratch = f"{state}_run"
            for _ in range(RUNS):  # in turns, so that all meet the same load
                for script in (bare, upgrade):
                    server.create_database(scratch, state)
                    try:
                        for each in (script, verify, nothing) if script == upgrade else (script,):
                            times[each] = min(times.get(each, 9e9), run_script(server, scratch, each))
                    finally:
                        server.drop_database(scratch)
            start = times[nothing]
            guards = times[upgrade] - times[bare]
            label = f"{bundle.version}, {tables:,} more tables" if tables else f"{bundle.version}, nothing else there"
            cells = (times[upgrade] - start, times[bare] - start, guards, times[verify] - start)
            figures = "".join(
                f"{1000 * seconds:{width}.1f}" for seconds, width in zip(cells, (9, 9, 10, 9), strict=True)
            )
            print(f"{label:30}{figures}{1000 * (guards + times[verify] - start):9.1f}", flush=True)
            after = f"{state}_{bundle.version}"
            server.create_database(after, state)
            cleanup.callback(server.drop_database, after)
            run_script(server, after, upgrade)
            state = after


def _bare(release: Release) -> str:
    """Give the statements of an upgrade in its transactions, and the plainest change of the version table."""
    lines: list[str] = ["\\set ON_ERROR_STOP on"]
    for segment in release.upgrade.segments:
        alone = 0 if segment.transactional else 1
        lines += [_text(step) for step in segment.steps[:alone]]
        if segment.steps[alone:]:
            lines += ["BEGIN;", *(_text(step) for step in segment.steps[alone:]), "COMMIT;"]
    return "\n".join(lines) + "\n"


def _text(step: Statement | VersionWrite) -> str:
    if isinstance(step, Statement):
        return f"{step.text}\n;"
    row = f"'{step.adds[0]}'"
    if step.before:
        return f"UPDATE alembic_version SET version_num = {row};"
    return f"CREATE TABLE alembic_version (version_num varchar(32));\nINSERT INTO alembic_version VALUES ({row});"


def _crowd(server: Server, dbname: str, tables: int) -> None:
    with server.connect(dbname) as connection:
        with connection.transaction():
            for number in range(tables):
                table = f"CREATE TABLE crowd_{number} (id int PRIMARY KEY, name text, at timestamptz)"
                connection.execute(table.encode())
        connection.execute("VACUUM ANALYZE")


def run_script(server: Server, dbname: str, script: Path) -> float:
    """Run a script by psql, and give the seconds that it took."""
    psql = str(server.bindir / "psql") if server.bindir else "psql"
    started = time.perf_counter()
    done = subprocess.run(
        [psql, "-X", "-q", "-d", server.conninfo(dbname), "-f", str(script)],
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise RuntimeError(f"{script}: exit status {done.returncode}\n{done.stderr}")
    return seconds
