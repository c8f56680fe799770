"""What a script tells before it waits: the tables that it locks, how large they are, and who is in the way."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from release.cli import run as release
from release.scratch.server import Server
from tests.arxos.conftest import At
from tests.arxos.test_releases import BUNDLES
from tests.databases import LOSING, Psql, run_psql
from tests.projects import Revision, write_project

UPGRADE = BUNDLES / "1.2.0" / "upgrade.sql"


NOTICE = re.compile(r"NOTICE: {4}(?P<lock>[A-Z ]+) on (?P<tables>public\..*)$", re.MULTILINE)


def told(stderr: str, lock: str) -> list[str]:
    """Give what the NOTICEs of a run say of a lock: tables with their sizes, and who is in the way."""
    return [found["tables"] for found in NOTICE.finditer(stderr) if found["lock"] == lock]


@pytest.mark.parametrize(
    ("mode", "size"),
    [
        ("ACCESS SHARE", r"\d+ kB"),
        # asking for its size would wait as long as the statement itself
        ("ACCESS EXCLUSIVE", "locked"),
    ],
)
def test_who_keeps_a_table_locked(server: Server, psql: Psql, at: At, mode: str, size: str) -> None:
    database = at("005")
    with server.connect(database, autocommit=False) as blocker:
        blocker.execute("SET application_name = 'night job'")
        blocker.execute(f"LOCK TABLE comments IN {mode} MODE".encode())
        done = psql(database, *LOSING, "-v", "lock_timeout=200ms", script=UPGRADE)
        pid = blocker.info.backend_pid
    assert done.returncode == 3
    assert "canceling statement due to lock timeout" in done.stderr
    in_the_way = [line for line in told(done.stderr, "ACCESS EXCLUSIVE") if line.startswith("public.comments ")]
    assert len(in_the_way) == 1
    who = f"process {pid}, role postgres, night job, idle in transaction, for "
    assert re.fullmatch(rf"public\.comments \({size}\), in the way: {who}\d\d:\d\d:\d\d", in_the_way[0])
    free = next(line for line in told(done.stderr, "ACCESS EXCLUSIVE") if line.startswith("public.rooms "))
    assert re.fullmatch(r"public\.rooms \(\d+ kB\)", free)


def test_readers_are_not_in_the_way_of_an_index(server: Server, psql: Psql, at: At) -> None:
    database = at("005")
    with server.connect(database, autocommit=False) as reader:
        reader.execute("LOCK TABLE rooms IN ACCESS SHARE MODE")  # without a snapshot
        pid = str(reader.info.backend_pid)
        done = psql(database, *LOSING, "-v", "lock_timeout=200ms", script=UPGRADE)
    built = [line for line in told(done.stderr, "CREATE INDEX CONCURRENTLY") if line.startswith("public.rooms ")]
    assert built
    assert not [line for line in built if "in the way" in line]
    altered = [line for line in told(done.stderr, "ACCESS EXCLUSIVE") if line.startswith("public.rooms ")]
    assert f", in the way: process {pid}, " in altered[-1]


def test_an_index_waits_for_an_old_snapshot_of_another_table(server: Server, at: At) -> None:
    database = at("005")
    with server.connect(database) as old, server.connect(database) as watcher, ThreadPoolExecutor(1) as background:
        old.execute("SET application_name = 'long report'")
        old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        old.execute("SELECT count(*) FROM users")
        running = background.submit(run_psql, server, database, *LOSING, script=UPGRADE)
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND wait_event = 'virtualxid'"
        while not running.done() and watcher.execute(waiting).fetchone() == (0,):
            time.sleep(0.02)
        old.execute("ROLLBACK")
        pid = str(old.info.backend_pid)
        done = running.result(60)
    assert done.returncode == 0, done.stderr
    first = told(done.stderr, "CREATE INDEX CONCURRENTLY")[0]
    assert first.startswith("public.rooms (")
    assert f", in the way: process {pid}, role postgres, long report, idle in transaction, for " in first


def test_an_index_stands_for_its_table(server: Server, psql: Psql, at: At) -> None:
    """What DROP INDEX CONCURRENTLY waits for are the users of the table."""
    database = at("009")
    done = psql(database, *LOSING, script=BUNDLES / "1.2.0" / "rollback.sql")
    assert done.returncode == 0, done.stderr
    tables = [line.split(" ")[0] for line in told(done.stderr, "DROP INDEX CONCURRENTLY")]
    assert tables == [f"public.{table}" for table in ("rooms", "devices", "rooms")]


def test_the_position_in_the_wal_is_told_where_the_role_may_know_it(server: Server, psql: Psql, at: At) -> None:
    database = at("005")
    told = psql(database, *LOSING, script=UPGRADE)
    assert "WAL before it: " in told.stdout
    assert "WAL after it: " in told.stdout
    role = f"{server.prefix}owner"
    with server.connect(database) as connection:
        connection.execute("REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn() FROM PUBLIC")
        connection.execute(f"CREATE ROLE {role}".encode())
        try:
            done = psql(database, *LOSING, script=UPGRADE, env={"PGOPTIONS": f"-c role={role}"})
            assert "WAL" not in done.stdout
            assert "refused, nothing changed" in done.stderr
        finally:
            connection.execute(f"DROP ROLE {role}".encode())


@pytest.fixture(scope="module")
def retrying(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the upgrade of a release whose transactions of one statement ask for their locks three times."""
    root = tmp_path_factory.mktemp("retrying")
    add = "op.execute('ALTER TABLE rooms ADD CONSTRAINT ck_x CHECK (id IS NOT NULL) NOT VALID')"
    check = "op.execute('ALTER TABLE rooms VALIDATE CONSTRAINT ck_x')"
    ini = write_project(
        root,
        Revision("005"),
        Revision("x1", f"{add}\n{check}", "op.execute('ALTER TABLE rooms DROP CONSTRAINT ck_x')", down="005"),
        pyproject="[tool.release]\nlock_timeout = '200ms'\nlock_retries = 2\nlock_retry_pause = '300ms'\n",
    )
    assert release(["-c", str(ini), "build", "9.0", "--from", "005"]) == 0
    return root / "scripts/9.0/upgrade.sql"


def test_locks_that_are_asked_for_again(server: Server, at: At, retrying: Path) -> None:
    """Between two attempts whoever waited behind the script goes first."""
    database = at("005")
    with server.connect(database, autocommit=False) as blocker, ThreadPoolExecutor(1) as background:
        blocker.execute("LOCK TABLE rooms IN ACCESS SHARE MODE")
        running = background.submit(run_psql, server, database, script=retrying)
        time.sleep(0.6)
        blocker.execute("ROLLBACK")
        done = running.result(60)
    assert done.returncode == 0, done.stderr
    assert "canceling statement due to lock timeout: public.rooms, attempt 1; again in 300ms" in done.stderr
    with server.connect(database) as connection:
        valid = "SELECT convalidated FROM pg_constraint WHERE conname = 'ck_x'"
        assert connection.execute(valid.encode()).fetchone() == (True,)


def test_locks_that_are_not_to_be_had(server: Server, psql: Psql, at: At, retrying: Path) -> None:
    database = at("005")
    with server.connect(database, autocommit=False) as blocker:
        blocker.execute("LOCK TABLE rooms IN ACCESS SHARE MODE")
        done = psql(database, *LOSING, "-v", "statement_timeout=1s", script=retrying)
        assert done.returncode == 3
        assert done.stderr.count("; again in 300ms") == 2
        assert "ERROR:  canceling statement due to lock timeout" in done.stderr
        blocker.execute("ROLLBACK")
        # what one attempt had locked was let go with it
        assert psql(database, *LOSING, script=retrying).returncode == 0
