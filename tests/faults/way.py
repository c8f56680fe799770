"""Scripts on their way in a process of their own, and what holds them up there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from release.scratch.server import Server
from tests.databases import LOSING, clean_environment, find_program
from tests.faults.cluster import wait_for
from tests.faults.trial import BUNDLES, Ran

WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
OTHERS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


@contextmanager
def held(server: Server, database: str, table: str, mode: str = "ACCESS SHARE") -> Iterator[None]:
    """Keep a table locked, as a long report would; the lock goes when the connection is closed."""
    connection = server.connect(database)
    try:
        connection.execute("BEGIN")
        connection.execute(f"LOCK TABLE {table} IN {mode} MODE".encode())
        yield
    finally:
        connection.close()


def start(server: Server, database: str, script: Path, runner: str) -> subprocess.Popen[str]:
    """Start a script without a limit on waiting."""
    arguments = ["-d", server.conninfo(database), "-v", "lock_timeout=0", *LOSING]
    if runner == "psql":
        command = [find_program(server, "psql"), "-X", *arguments, "-f", str(script)]
    else:
        command = [sys.executable, "-m", "release", "apply", *arguments, str(script)]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=clean_environment({"PYTHONPATH": str(BUNDLES.parent)}),
    )


@contextmanager
def under_way(server: Server, database: str, script: Path, runner: str) -> Iterator[subprocess.Popen[str]]:
    """Start a script, and wait until it waits for a lock; `end_of` waits for its end."""
    process = start(server, database, script, runner)
    try:
        with server.connect(server.maintenance) as watcher:
            wait_for(lambda: process.poll() is not None or watcher.execute(WAITING, [database]).fetchone())
        assert process.poll() is None, process.communicate()
        yield process
    except BaseException:
        process.kill()
        process.communicate()
        raise


def end_of(process: subprocess.Popen[str]) -> Ran:
    out, err = process.communicate(timeout=60)
    return Ran(process.returncode, out, err)


def wait_until_alone(server: Server, database: str) -> None:
    with server.connect(database) as connection:
        wait_for(lambda: not connection.execute(OTHERS).fetchone())
