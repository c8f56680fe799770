"""An application that takes the tables of a release in an order of its own is never cancelled for it."""

from __future__ import annotations

import itertools
import random
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import psycopg
import pytest

from release.catalog.snapshot import compare
from release.cli import run
from release.scratch.server import Server
from tests.databases import NewDatabase
from tests.faults.cluster import wait_for
from tests.faults.conftest import Record
from tests.faults.table import AGAIN, DIRECTIONS, SAME_END, Seen
from tests.faults.trial import HISTORY, RUNS, Ran, assert_same_end, assert_unchanged, by_psql, take_state
from tests.faults.way import WAITING, held
from tests.projects import Revision, write_project

TABLES = ("a", "b", "c")
MAKE = "; ".join(
    f"CREATE TABLE {each} (id int PRIMARY KEY, n int); INSERT INTO {each} VALUES (1, 0)" for each in TABLES
)
FIRST = Revision("t1", f'op.execute("{MAKE}")', "\n".join(f"op.drop_table('{each}')" for each in TABLES))
SECOND = Revision(
    "t2",
    "\n".join(f"op.execute('ALTER TABLE {each} ADD more text')" for each in TABLES),
    "\n".join(f"op.execute('ALTER TABLE {each} DROP more')" for each in TABLES),
    down="t1",
)
# a writer or a reader, in each order of the tables
USES = {"writes": "UPDATE {} SET n = n + 1", "reads": "SELECT n FROM {}"}
ORDERS = list(itertools.product(USES, itertools.permutations(TABLES)))


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release that changes three tables in one transaction, and one before it that makes them."""
    root = tmp_path_factory.mktemp("tables")
    ini = write_project(root, FIRST, SECOND)
    assert run(["-c", str(ini), "build", "1.0", "--to", "t1", "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "2.0", "--no-lint"]) == 0
    return root / "scripts"


@pytest.fixture
def start_of(server: Server, new_database: NewDatabase, scripts: Path) -> Callable[[str], str]:
    """Give a database from which a direction of the release starts."""
    before, after = new_database(), ""
    assert by_psql(server, before, scripts / "1.0/upgrade.sql").status == 0
    after = new_database(before)
    assert by_psql(server, after, scripts / "2.0/upgrade.sql").status == 0
    return {"upgrade": before, "rollback": after}.__getitem__


def without_phase(script: Path, target: Path) -> Path:
    """The same script, whose statements take their locks one after the other, as they need them."""
    text, phases = re.subn(
        r"^SELECT pg_temp.release_locks\(\d+\) .*$",
        # which lets them take as long as it would have waited itself
        "SELECT set_config('lock_timeout', '30s', true) AS without \\\\gset",
        script.read_text(encoding="utf-8"),
        flags=re.M,
    )
    assert phases == 1
    target.write_text(text, encoding="utf-8")
    return target


def meet(
    server: Server, database: str, runs: Callable[..., Ran], script: Path, use: str, order: tuple[str, ...]
) -> str:
    """Run a script while an application holds its first table, and takes the others once the script has waited long.

    Whoever begins to wait later than deadlock_timeout after the script finds the deadlock, and is its victim.

    Returns:
        the application's SQLSTATE; "" where nothing befell it.
    """
    with (
        server.connect(database, autocommit=False) as application,
        server.connect(server.maintenance) as watcher,
        ThreadPoolExecutor(1) as background,
    ):
        application.execute("SET statement_timeout = '60s'")
        application.commit()
        application.execute(USES[use].format(order[0]).encode())
        running = background.submit(runs, server, database, script, variables={"lock_timeout": "30s"})
        wait_for(lambda: watcher.execute(WAITING, [database]).fetchone())
        time.sleep(1.2)  # longer than deadlock_timeout
        try:
            for table in order[1:]:
                application.execute(USES[use].format(table).encode())
            application.commit()
            state = ""
        except psycopg.Error as error:
            application.rollback()
            state = error.sqlstate or "lost"
        ran = running.result(60)
        assert ran.status == 0, ran.err
        return state


def victims(
    server: Server, databases: list[str], runs: Callable[..., Ran], script: Path
) -> set[tuple[str, tuple[str, ...]]]:
    """The orders in which an application was cancelled, each tried on a database of its own."""
    with ThreadPoolExecutor(len(ORDERS)) as pool:
        found = pool.map(lambda database, each: meet(server, database, runs, script, *each), databases, ORDERS)
        states = dict(zip(ORDERS, found, strict=True))
    assert set(states.values()) <= {"", "40P01"}
    return {each for each, state in states.items() if state}


def test_no_application_is_the_victim(
    server: Server, new_database: NewDatabase, scripts: Path, start_of: Callable[[str], str], record: Record
) -> None:
    seen = []
    for direction, other in zip(DIRECTIONS, DIRECTIONS[::-1], strict=True):
        end = take_state(server, start_of(other)).catalog.without([HISTORY])
        for runner, runs in RUNS.items():
            databases = [new_database(start_of(direction)) for _ in ORDERS]
            assert victims(server, databases, runs, scripts / f"2.0/{direction}.sql") == set()
            for database in databases:
                assert compare(end, take_state(server, database).catalog.without([HISTORY])).same
            happened = f"exit 0, with readers and writers in {len(ORDERS) // 2} orders; none of them is cancelled"
            seen.append(Seen(direction, runner, happened, SAME_END))
    record("deadlock", seen)


def test_without_the_lock_phase_there_are_victims(
    server: Server, new_database: NewDatabase, scripts: Path, start_of: Callable[[str], str], tmp_path: Path
) -> None:
    """Who holds the first table is none: while the script waits for that, it holds nothing."""
    script = without_phase(scripts / "2.0/upgrade.sql", tmp_path / "upgrade.sql")
    databases = [new_database(start_of("upgrade")) for _ in ORDERS]
    assert victims(server, databases, by_psql, script) == {each for each in ORDERS if each[1][0] != "a"}


def test_traffic_in_every_order(
    server: Server, new_database: NewDatabase, scripts: Path, start_of: Callable[[str], str]
) -> None:
    """The script gets through, or gives up and has changed nothing; once the traffic has ended, it gets through."""
    database = new_database(start_of("upgrade"))
    states = {each: take_state(server, start_of(each)).catalog.without([HISTORY]) for each in DIRECTIONS}
    ends = {direction: states[other] for direction, other in zip(DIRECTIONS, DIRECTIONS[::-1], strict=True)}
    stop = Event()

    def work(number: int) -> int:
        use, order = ORDERS[number]
        chance, done = random.Random(number), 0
        with server.connect(database, autocommit=False) as application:
            while not stop.is_set():
                for table in order:
                    application.execute(f"{USES[use]} WHERE id = {number}".format(table).encode())
                    time.sleep(chance.uniform(0, 0.02))
                application.commit()
                done += 1
                time.sleep(chance.uniform(0, 0.2))
        return done

    with ThreadPoolExecutor(len(ORDERS)) as pool:
        workers = [pool.submit(work, number) for number in range(len(ORDERS))]
        try:
            for direction in DIRECTIONS * 2:
                ran = by_psql(server, database, scripts / f"2.0/{direction}.sql")
                through = ran.status == 0
                assert through or (ran.status == 3 and "run the script again" in ran.err)
                end = ends[direction if through else DIRECTIONS[direction == "upgrade"]]
                assert compare(end, take_state(server, database).catalog.without([HISTORY])).same
                if not through:
                    break
        finally:
            stop.set()
        assert all(worker.result(60) > 0 for worker in workers)  # a deadlock would have ended it
    assert by_psql(server, database, scripts / "2.0/upgrade.sql").status == 0
    assert compare(ends["upgrade"], take_state(server, database).catalog.without([HISTORY])).same


def test_a_table_that_is_never_free(
    server: Server, new_database: NewDatabase, scripts: Path, start_of: Callable[[str], str], record: Record
) -> None:
    """While it waits for that table, the others are free."""
    seen = []
    for direction, other in zip(DIRECTIONS, DIRECTIONS[::-1], strict=True):
        end = take_state(server, start_of(other))
        for runner, runs in RUNS.items():
            database = new_database(start_of(direction))
            before = take_state(server, database)
            script = scripts / f"2.0/{direction}.sql"
            with (
                held(server, database, "c"),
                ThreadPoolExecutor(1) as background,
                server.connect(database) as application,
            ):
                running = background.submit(runs, server, database, script, variables={"lock_timeout": "2s"})
                application.execute("SET statement_timeout = '900ms'")  # it waits for half of deadlock_timeout at most
                while not running.done():
                    application.execute("UPDATE a SET n = n; UPDATE b SET n = n")
                    time.sleep(0.01)
                ran = running.result()
            assert ran.status == 3
            assert "Nothing of this segment has been done: run the script again." in ran.err
            assert_unchanged(before, take_state(server, database))
            assert runs(server, database, script).status == 0
            assert_same_end(end, take_state(server, database))
            seen.append(Seen(direction, runner, ran.say("lock timeout: public.c, attempt 2"), AGAIN))
    record("never-free", seen)
