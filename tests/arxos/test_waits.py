"""What a script tells before it waits: the tables that it locks, how large they are, and who is in the way."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from release.cli import run as release
from release.scratch.server import Server
from tests.arxos.conftest import At
from tests.arxos.test_releases import BUNDLES
from tests.databases import Psql, run_psql
from tests.projects import Revision, write_project

UPGRADE = BUNDLES / "1.2.0" / "upgrade.sql"


@pytest.mark.parametrize(
    ("mode", "needs", "size"),
    [
        ("ACCESS SHARE", "ACCESS EXCLUSIVE", " kB"),
        # asking for its size would wait as long as the statement itself
        ("ACCESS EXCLUSIVE", "ACCESS EXCLUSIVE", "locked"),
    ],
)
def test_who_keeps_a_table_locked(server: Server, psql: Psql, at: At, mode: str, needs: str, size: str) -> None:
    database = at("005")
    with server.connect(database, autocommit=False) as blocker:
        blocker.execute("SET application_name = 'night job'")
        blocker.execute(f"LOCK TABLE comments IN {mode} MODE".encode())
        done = psql(database, "-A", "-v", "lock_timeout=200ms", script=UPGRADE)
        pid = blocker.info.backend_pid
    assert done.returncode == 3
    assert "canceling statement due to lock timeout" in done.stderr
    told = [line.split("|") for line in done.stdout.splitlines() if line.startswith(f"{needs}|comments|")]
    assert [(line[3:7]) for line in told] == [[str(pid), "postgres", "night job", "idle in transaction"]]
    assert told[0][2].endswith(size)
    free = next(line for line in done.stdout.splitlines() if line.startswith("ACCESS EXCLUSIVE|rooms|"))
    assert free.split("|")[3:] == ["", "", "", "", ""]


def test_readers_are_not_in_the_way_of_an_index(server: Server, psql: Psql, at: At) -> None:
    database = at("005")
    with server.connect(database, autocommit=False) as reader:
        reader.execute("LOCK TABLE rooms IN ACCESS SHARE MODE")  # without a snapshot
        pid = str(reader.info.backend_pid)
        done = psql(database, "-A", "-v", "lock_timeout=200ms", script=UPGRADE)
    lines = [line for line in done.stdout.splitlines() if "|rooms|" in line]
    assert lines[0].startswith("CREATE INDEX CONCURRENTLY|rooms|")
    assert lines[0].endswith("|||||")
    assert lines[-1].startswith("ACCESS EXCLUSIVE|rooms|")
    assert lines[-1].split("|")[3] == pid


def test_an_index_waits_for_an_old_snapshot_of_another_table(server: Server, at: At) -> None:
    database = at("005")
    with server.connect(database) as old, server.connect(database) as watcher, ThreadPoolExecutor(1) as background:
        old.execute("SET application_name = 'long report'")
        old.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
        old.execute("SELECT count(*) FROM users")
        running = background.submit(run_psql, server, database, "-A", script=UPGRADE)
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'CREATE INDEX%' AND wait_event = 'virtualxid'"
        while not running.done() and watcher.execute(waiting).fetchone() == (0,):
            time.sleep(0.02)
        old.execute("ROLLBACK")
        pid = str(old.info.backend_pid)
        done = running.result(60)
    assert done.returncode == 0, done.stderr
    told = next(line for line in done.stdout.splitlines() if line.startswith("CREATE INDEX CONCURRENTLY|rooms|"))
    assert told.split("|")[3:7] == [pid, "postgres", "long report", "idle in transaction"]


def test_an_index_stands_for_its_table(server: Server, psql: Psql, at: At) -> None:
    """What DROP INDEX CONCURRENTLY waits for are the users of the table."""
    database = at("009")
    done = psql(database, "-A", script=BUNDLES / "1.2.0" / "rollback.sql")
    assert done.returncode == 0, done.stderr
    told = [line.split("|")[:2] for line in done.stdout.splitlines() if line.startswith("DROP INDEX CONCURRENTLY|")]
    assert told == [["DROP INDEX CONCURRENTLY", table] for table in ("rooms", "devices", "rooms")]


def test_the_position_in_the_wal_is_told_where_the_role_may_know_it(server: Server, psql: Psql, at: At) -> None:
    database = at("005")
    told = psql(database, script=UPGRADE)
    assert "WAL before it: " in told.stdout
    assert "WAL after it: " in told.stdout
    role = f"{server.prefix}owner"
    with server.connect(database) as connection:
        connection.execute("REVOKE EXECUTE ON FUNCTION pg_current_wal_lsn() FROM PUBLIC")
        connection.execute(f"CREATE ROLE {role}".encode())
        try:
            done = psql(database, script=UPGRADE, env={"PGOPTIONS": f"-c role={role}"})
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
        done = psql(database, "-v", "statement_timeout=1s", script=retrying)
        assert done.returncode == 3
        assert done.stderr.count("; again in 300ms") == 2
        assert "ERROR:  canceling statement due to lock timeout" in done.stderr
        blocker.execute("ROLLBACK")
        # what one attempt had locked was let go with it
        assert psql(database, script=retrying).returncode == 0
