"""What stops a script on its way: run again it ends as if undisturbed, rolled back as if it had never been begun."""

from __future__ import annotations

import itertools
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from release.cli import run
from release.scratch.server import Server
from tests.databases import NewDatabase
from tests.faults.cluster import Cluster, running_cluster, wait_for
from tests.faults.conftest import Record, Stage, resume
from tests.faults.table import AGAIN_OR_BACK, DIRECTIONS, RUNNERS, UNCHANGED, Seen
from tests.faults.trial import (
    RUNS,
    Ran,
    assert_refused,
    assert_same_end,
    assert_unchanged,
    by_psql,
    script_of,
    take_state,
)
from tests.faults.way import WAITING, end_of, held, under_way, wait_until_alone
from tests.projects import Revision, write_project


@pytest.mark.parametrize(
    ("fault", "setting", "words"),
    [
        ("locked", "lock_timeout", "canceling statement due to lock timeout"),
        pytest.param(*("slow", "statement_timeout", "canceling statement due to "), marks=pytest.mark.slow),
    ],
)
def test_a_timeout(
    server: Server, new_database: NewDatabase, stage: Stage, record: Record, fault: str, setting: str, words: str
) -> None:
    seen = []
    for direction in DIRECTIONS:
        for runner, runs in RUNS.items():
            database = new_database(stage.start("1.2.0", direction))
            with held(server, database, "comments"):
                limits = {"lock_timeout": "0", setting: "200ms"}
                ran = runs(server, database, script_of("1.2.0", direction), variables=limits)
            assert ran.status == 3
            wait_until_alone(server, database)
            after = resume(server, new_database, stage, database, "1.2.0", direction, runner)
            seen.append(Seen(direction, runner, ran.say(words), after))
    record(fault, seen)


def test_a_timeout_in_the_first_transaction(
    server: Server, new_database: NewDatabase, stage: Stage, record: Record
) -> None:
    seen = []
    for direction in DIRECTIONS:
        database = new_database(stage.start("1.1.0", direction))
        before = take_state(server, database)
        for runner, runs in RUNS.items():
            with held(server, database, {"upgrade": "users", "rollback": "zones"}[direction]):
                ran = runs(server, database, script_of("1.1.0", direction), variables={"lock_timeout": "200ms"})
            assert ran.status == 3
            assert_unchanged(before, take_state(server, database))
            seen.append(Seen(direction, runner, ran.say("due to lock timeout"), UNCHANGED))
        assert by_psql(server, database, script_of("1.1.0", direction)).status == 0
        assert_same_end(stage.end("1.1.0", direction), take_state(server, database))
    record("locked-single", seen)


def test_ctrl_c(server: Server, new_database: NewDatabase, stage: Stage, record: Record) -> None:
    seen = []
    for direction in DIRECTIONS:
        for runner in RUNNERS:
            database = new_database(stage.start("1.2.0", direction))
            script = script_of("1.2.0", direction)
            with held(server, database, "comments"), under_way(server, database, script, runner) as process:
                process.send_signal(signal.SIGINT)
                ran = end_of(process)
            assert ran.status == 3, ran.err
            wait_until_alone(server, database)
            after = resume(server, new_database, stage, database, "1.2.0", direction, runner)
            seen.append(Seen(direction, runner, ran.say("canceling statement due to user request"), after))
    record("ctrl-c", seen)


def test_a_client_that_is_killed(server: Server, new_database: NewDatabase, stage: Stage, record: Record) -> None:
    """Its session goes on waiting on the server, and so long nobody else gets in; in a lock phase it soon ends."""
    seen = []
    for direction, table in (("upgrade", "comments"), ("rollback", "rooms")):
        for runner, runs in RUNS.items():
            database = new_database(stage.start("1.2.0", direction))
            script = script_of("1.2.0", direction)
            with held(server, database, table), under_way(server, database, script, runner) as process:
                process.kill()
                assert end_of(process).status == -signal.SIGKILL
                again = runs(server, database, script)
                assert_refused(again, "1.2.0", direction)
            wait_until_alone(server, database)
            after = resume(server, new_database, stage, database, "1.2.0", direction, runner)
            words = again.say("another release is running")
            seen.append(Seen(direction, runner, f"while its session still waits: {words}", f"then {after}"))
    record("client-killed", seen)


def test_a_client_that_is_killed_is_missed(
    server: Server, new_database: NewDatabase, stage: Stage, record: Record, tmp_path: Path
) -> None:
    """Its session does not wait on for hours; the test asks more often than the guard does."""
    if server.version < 140000:
        pytest.skip("there is no client_connection_check_interval before PostgreSQL 14")
    seen = []
    for direction in DIRECTIONS:
        for runner in RUNNERS:
            database = new_database(stage.start("1.2.0", direction))
            text, places = re.subn(
                r"(?<='client_connection_check_interval', )'10s'",
                "'500ms'",
                script_of("1.2.0", direction).read_text(encoding="utf-8"),
            )
            assert places == 1
            (script := tmp_path / f"{direction}.sql").write_text(text, encoding="utf-8")
            with (
                held(server, database, "devices", "ROW EXCLUSIVE"),
                under_way(server, database, script, runner) as process,
                server.connect(database) as watcher,
            ):
                process.kill()
                assert end_of(process).status == -signal.SIGKILL
                wait_for(lambda: not watcher.execute(WAITING, [database]).fetchone())  # noqa: B023
            wait_until_alone(server, database)
            after = resume(server, new_database, stage, database, "1.2.0", direction, runner)
            words = "its session ends within 10 s, also in CONCURRENTLY, though what it waits for stays locked"
            seen.append(Seen(direction, runner, words, f"then {after}"))
    record("client-killed-14", seen)


@pytest.mark.parametrize(
    ("fault", "version"), [pytest.param("truncated", "1.2.0", marks=pytest.mark.slow), ("truncated-single", "1.0.0")]
)
def test_a_script_that_was_cut_short(
    server: Server, new_database: NewDatabase, stage: Stage, record: Record, tmp_path: Path, fault: str, version: str
) -> None:
    """The last segment misses its end."""
    seen = []
    for direction in DIRECTIONS:
        for runner, runs in RUNS.items():
            database = new_database(stage.start(version, direction))
            before = take_state(server, database)
            text = script_of(version, direction).read_text(encoding="utf-8")
            (stump := tmp_path / "stump.sql").write_text(text[: text.rindex("COMMIT;")], encoding="utf-8")
            ran = runs(server, database, stump)
            assert ran.status == 3, ran.out + ran.err
            if version == "1.0.0":
                assert_unchanged(before, take_state(server, database))
                after = UNCHANGED
            else:
                after = resume(server, new_database, stage, database, version, direction, runner)
            seen.append(Seen(direction, runner, ran.say("EOF"), after))
    record(fault, seen)


ONE = Revision("a1", 'op.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")', 'op.execute("DROP TABLE t")')
TWO = Revision(
    "b2",
    """
    op.execute("ALTER TABLE t ADD more text DEFAULT 'x'")
    with op.get_context().autocommit_block():
        op.execute("CREATE UNIQUE INDEX CONCURRENTLY by_n ON t (n)")
    op.execute("UPDATE t SET more = 'y'")
    """,
    """
    with op.get_context().autocommit_block():
        op.execute("DROP INDEX CONCURRENTLY by_n")
    op.execute("ALTER TABLE t DROP more")
    """,
    down="a1",
)


def test_a_duplicate(server: Server, new_database: NewDatabase, record: Record, tmp_path: Path) -> None:
    """A unique index that cannot be built stays INVALID, in the way of the next try."""
    ini = write_project(tmp_path, ONE, TWO)
    for version, last in (("1.0", "a1"), ("2.0", "b2")):
        assert run(["-c", str(ini), "build", version, "--to", last, "--no-lint"]) == 0
    upgrade, rollback = (script_of("2.0", direction, tmp_path / "scripts") for direction in DIRECTIONS)
    start = new_database()
    assert by_psql(server, start, script_of("1.0", "upgrade", tmp_path / "scripts")).status == 0
    rows = "INSERT INTO t VALUES (1, 1), (2, 2)"
    ends = {}
    undisturbed = new_database(start)
    with server.connect(undisturbed) as connection:
        connection.execute(rows.encode())
    for script in (upgrade, rollback):
        assert by_psql(server, undisturbed, script).status == 0
        ends[script] = take_state(server, undisturbed)
    seen = []
    for runner, runs in RUNS.items():
        broken = new_database(start)
        with server.connect(broken) as connection:
            connection.execute(f"{rows}, (3, 2)".encode())
        ran = runs(server, broken, upgrade)
        assert ran.status == 3
        with server.connect(broken) as connection:
            assert connection.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid").fetchone() == (1,)
            connection.execute("DELETE FROM t WHERE id = 3")
        turned = new_database(broken)
        assert runs(server, turned, rollback).status == 0
        assert_same_end(ends[rollback], take_state(server, turned))
        assert runs(server, broken, upgrade).status == 0
        assert_same_end(ends[upgrade], take_state(server, broken))
        seen.append(Seen("upgrade", runner, ran.say("could not create unique index"), AGAIN_OR_BACK))
    record("duplicate", seen)


INDEX = "op.execute('CREATE UNIQUE INDEX CONCURRENTLY by_n ON t (n)')"
# fault: a revision whose upgrade stops at its index, the downgrade, and why that does not start there
BEGUN = {
    "tied": (
        f"op.execute('ALTER TABLE t ADD more text')\nwith op.get_context().autocommit_block():\n    {INDEX}",
        "op.execute('DO $$BEGIN DROP INDEX by_n; ALTER TABLE t DROP more; END$$')",
        "in the middle of a revision that can only be undone whole",
    ),
}


@pytest.mark.parametrize("fault", BEGUN)
def test_an_upgrade_that_has_to_be_finished(
    server: Server, new_database: NewDatabase, record: Record, tmp_path: Path, fault: str
) -> None:
    up, down, words = BEGUN[fault]
    ini = write_project(tmp_path, ONE, Revision("b2", up, down, down="a1"))
    for version, last in (("1.0", "a1"), ("2.0", "b2")):
        assert run(["-c", str(ini), "build", version, "--to", last, "--no-lint"]) == 0
    upgrade, rollback = (script_of("2.0", direction, tmp_path / "scripts") for direction in DIRECTIONS)
    database = new_database()
    assert by_psql(server, database, script_of("1.0", "upgrade", tmp_path / "scripts")).status == 0
    with server.connect(database) as connection:
        connection.execute("INSERT INTO t VALUES (1, 1), (2, 1)")
        assert by_psql(server, database, upgrade).status == 3
        connection.execute("DELETE FROM t WHERE id = 2")
    before, seen = take_state(server, database), []
    for runner, runs in RUNS.items():
        ran = runs(server, database, rollback)
        assert_refused(ran, "2.0", "rollback")
        seen.append(Seen("rollback", runner, ran.say(words), UNCHANGED))
    assert_unchanged(before, take_state(server, database))
    for script in (upgrade, rollback):
        assert by_psql(server, database, script).status == 0
    record(fault, seen)


# fault: the table that somebody uses, and how, so that the script waits within a transaction, or within CONCURRENTLY
BUSY = {"server-killed": ("comments", "ACCESS SHARE"), "server-killed-concurrently": ("devices", "ROW EXCLUSIVE")}


@contextmanager
def mortal_server() -> Iterator[tuple[Cluster, Stage, NewDatabase]]:
    """Give a server to kill, with releases to try there, and a way to copy their databases."""
    with running_cluster() as cluster:
        numbers = itertools.count()

        def copy(template: str | None = None) -> str:
            name = f"copy_{next(numbers)}"
            cluster.server.create_database(name, template)
            with cluster.server.connect() as connection:
                # a sequence in a database copied since the last checkpoint forgets what it gave when the server crashes
                connection.execute("CHECKPOINT")
            return name

        yield cluster, Stage(cluster.server), copy


def kill_within(
    cluster: Cluster, stage: Stage, copy: NewDatabase, fault: str, direction: str, runner: str
) -> tuple[Ran, str]:
    table, mode = BUSY[fault]
    database = copy(stage.start("1.2.0", direction))
    script = script_of("1.2.0", direction)
    with held(cluster.server, database, table, mode), under_way(cluster.server, database, script, runner) as process:
        cluster.kill()
        ran = end_of(process)
    cluster.start()
    assert ran.status == 2, ran.err
    return ran, resume(cluster.server, copy, stage, database, "1.2.0", direction, runner)


@pytest.mark.postgresql
@pytest.mark.usefixtures("postgis")
def test_a_server_that_is_killed() -> None:
    with mortal_server() as (cluster, stage, copy):
        kill_within(cluster, stage, copy, "server-killed", "upgrade", "psql")


@pytest.mark.slow
@pytest.mark.usefixtures("postgis")
@pytest.mark.parametrize("fault", BUSY)
def test_a_server_that_is_killed_in_every_way(record: Record, fault: str) -> None:
    seen = []
    with mortal_server() as (cluster, stage, copy):
        for direction in DIRECTIONS:
            for runner in RUNNERS:
                ran, after = kill_within(cluster, stage, copy, fault, direction, runner)
                seen.append(Seen(direction, runner, ran.say("server closed the connection unexpectedly"), after))
    record(fault, seen)
