"""The wrong server or connection: a standby, a pool of connections, a server that is too old; and another name."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import product
from pathlib import Path

import pytest

from release.cli import run
from release.config import NEWEST_SERVER
from release.scratch.server import Server
from tests.arxos.conftest import PROJECT
from tests.databases import NewDatabase
from tests.faults.cluster import Cluster, running_cluster, running_pool, running_standby, wait_for
from tests.faults.conftest import Record, Stage
from tests.faults.table import DIRECTIONS, SAME_END, UNCHANGED, Seen
from tests.faults.trial import (
    RUNS,
    VERSIONS,
    assert_refused,
    assert_same_end,
    assert_unchanged,
    by_psql,
    count_locks,
    script_of,
    take_state,
)


@pytest.fixture(scope="module")
def primary(postgis: None) -> Iterator[Cluster]:
    with running_cluster() as cluster:
        yield cluster


def wait_until_free(server: Server, database: str) -> None:
    wait_for(lambda: not count_locks(server, database))


@pytest.mark.postgresql
def test_a_standby(primary: Cluster, record: Record) -> None:
    """A real streaming replica: preflight.sql and verify.sql answer there, the others refuse."""
    for version in VERSIONS[:2]:
        assert by_psql(primary.server, "postgres", script_of(version, "upgrade")).status == 0
    seen = []
    with running_standby(primary) as standby:
        before = take_state(standby, "postgres")
        for direction in DIRECTIONS:
            for runner, runs in RUNS.items():
                ran = runs(standby, "postgres", script_of("1.2.0", direction))
                assert_refused(ran, "1.2.0", direction)
                seen.append(Seen(direction, runner, ran.say("this server is a standby"), UNCHANGED))
        for runner, runs in RUNS.items():
            ran = runs(standby, "postgres", script_of("1.2.0", "preflight"))
            assert ran.status == 0, ran.out + ran.err
            assert "this server is a standby: the release itself must run on the primary" in ran.out
            seen.append(Seen("preflight", runner, ran.say("GO"), UNCHANGED))
            assert runs(standby, "postgres", script_of("1.1.0", "verify")).status == 0
        assert_unchanged(before, take_state(standby, "postgres"))
    record("standby", seen)


def test_a_pool_of_transactions(server: Server, new_database: NewDatabase, stage: Stage, record: Record) -> None:
    """PgBouncer with one client gives each transaction the same server process, so its number alone tells nothing."""
    seen = []
    with running_pool(server, "transaction") as pool:
        for direction in DIRECTIONS:
            database = new_database(stage.start("1.2.0", direction))
            before = take_state(server, database)
            for runner, runs in RUNS.items():
                ran = runs(pool, database, script_of("1.2.0", direction))
                assert_refused(ran, "1.2.0", direction)
                assert_unchanged(before, take_state(server, database))
                seen.append(Seen(direction, runner, ran.say("comes through a pool"), UNCHANGED))
    record("pool", seen)


def test_a_pool_that_changes_the_session(
    server: Server, new_database: NewDatabase, stage: Stage, record: Record, told: Path
) -> None:
    """Whoever says that the pool gives whole sessions, and is wrong, is found out, whichever statement goes astray."""
    seen = []
    with running_pool(server, "transaction", "server_round_robin = 1\n") as pool:
        for direction, sessions in product(DIRECTIONS, (2, 3, 4, 5)):
            for runner, runs in RUNS.items():
                database = new_database(stage.start("1.2.0", direction))
                before = take_state(server, database)
                with ExitStack() as clients:  # at once, so that the pool has so many sessions
                    for _ in range(sessions):
                        connection = clients.enter_context(pool.connect(database))
                        connection.execute("BEGIN")
                        # whichever of its sessions the script meets first, it takes this one for told
                        connection.execute("SET release.session_pool = yes")
                ran = runs(pool, database, script_of("1.2.0", direction))
                assert ran.status == 3, ran.out + ran.err
                # which release it is, only the session knows that has the data
                assert "refused, nothing changed:\n  - " in ran.err, ran.err
                assert_unchanged(before, take_state(server, database))
                wait_until_free(server, database)  # nobody would give the lock back
                seen.append(Seen(direction, runner, ran.say("different server processes"), UNCHANGED))
    record("pool-rotates", seen)


def test_a_pool_of_sessions(
    server: Server, new_database: NewDatabase, stage: Stage, record: Record, told: Path
) -> None:
    seen = []
    with running_pool(server, "session") as pool:
        for direction in DIRECTIONS:
            for runner, runs in RUNS.items():
                database = new_database(stage.start("1.2.0", direction))
                ran = runs(pool, database, told, script_of("1.2.0", direction))
                assert ran.status == 0, ran.out + ran.err
                assert_same_end(stage.end("1.2.0", direction), take_state(server, database))
                seen.append(
                    Seen(direction, runner, ran.say(f"1.2.0 {direction}, finished", {direction: "…"}), SAME_END)
                )
    record("session-pool", seen)


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """Give a file that says, as `psql -c` would, that the pool gives whole sessions."""
    (file := tmp_path / "told.sql").write_text("SET release.session_pool = yes;\n")
    return file


def copy_project(root: Path, settings: str) -> None:
    shutil.copy(PROJECT / "alembic.ini", root)
    shutil.copytree(PROJECT / "alembic", root / "alembic", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text(f"[tool.release]\n{settings}", encoding="utf-8")


@pytest.fixture(scope="module")
def configured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give bundles of the Arxos releases, built for databases named so, with PostGIS in a schema of its own."""
    root = tmp_path_factory.mktemp("configured")
    copy_project(root, "database = '([a-z0-9_]+_)?prod'\nsearch_path = ['public', 'gis']\n")
    for version, end in zip(VERSIONS, ("002", "005", "009"), strict=True):
        assert run(["-c", str(root / "alembic.ini"), "build", version, "--to", end, "--no-lint"]) == 0
    return root / "scripts"


@pytest.mark.usefixtures("postgis")
def test_another_name_and_postgis_in_a_schema_of_its_own(
    server: Server, new_database: NewDatabase, record: Record, configured: Path
) -> None:
    named, worked = [], []
    for runner, runs in RUNS.items():
        name = f"{server.prefix}prod"
        server.create_database(name)
        try:
            with server.connect(name) as connection:
                connection.execute("CREATE SCHEMA gis")
                connection.execute("CREATE EXTENSION postgis SCHEMA gis")
            for direction in DIRECTIONS:
                other = new_database(name)
                before = take_state(server, other)
                ran = runs(server, other, script_of("1.0.0", direction, configured))
                assert_refused(ran, "1.0.0", direction)
                assert_unchanged(before, take_state(server, other))
                words = ran.say("the release is for databases named", {other: "arxos_db"})
                named.append(Seen(direction, runner, words, UNCHANGED))
                for version in VERSIONS[:: 1 if direction == "upgrade" else -1]:
                    ran = runs(server, name, script_of(version, direction, configured))
                    assert ran.status == 0, ran.err
                    verify = script_of(version, "verify", configured)
                    assert runs(server, name, verify, variables={"direction": direction}).status == 0
                worked.append(
                    Seen(direction, runner, ran.say(f"{direction}, finished", {direction: "…", version: "…"}), SAME_END)
                )
        finally:
            server.drop_database(name)
    record("name", named)
    record("postgis-on-path", worked)


def test_a_server_that_is_too_old(server: Server, new_database: NewDatabase, record: Record, tmp_path: Path) -> None:
    """Too old for the release: it is built for newer ones."""
    if server.major >= NEWEST_SERVER:
        pytest.skip("there is no newer server to build a release for")
    copy_project(tmp_path, f"postgresql = {NEWEST_SERVER}\n")
    assert run(["-c", str(tmp_path / "alembic.ini"), "build", "1.0.0", "--to", "002", "--no-lint"]) == 0
    database, seen = new_database(), []
    before = take_state(server, database)
    for runner, runs in RUNS.items():
        ran = runs(server, database, script_of("1.0.0", "upgrade", tmp_path / "scripts"))
        assert_refused(ran, "1.0.0", "upgrade")
        assert_unchanged(before, take_state(server, database))
        seen.append(Seen("upgrade", runner, ran.say("or later is needed"), UNCHANGED))
    record("old-server", seen)
