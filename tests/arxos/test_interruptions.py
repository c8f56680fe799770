"""Scripts that are broken off: run again they end as if undisturbed, rolled back as if they had never been begun."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from release.database.server import Server
from release.sql.scanner import Kind, cut
from tests.arxos.conftest import At
from tests.arxos.test_releases import BUNDLES, RELEASES
from tests.databases import NewDatabase, dump_database, run_psql

DIE = "SELECT pg_terminate_backend(pg_backend_pid());\n"
# declared: these values do not come back
FORGET = "UPDATE projects SET updated_at = NULL"
EXCLUDE = ("public.release_history",)


@dataclass(frozen=True, slots=True)
class Point:
    """The end of a statement of a script, where its session is terminated."""

    version: str
    direction: str
    number: int

    @property
    def script(self) -> str:
        text = (BUNDLES / self.version / f"{self.direction}.sql").read_text(encoding="utf-8")
        lines = text.splitlines(keepends=True)
        lines.insert(ends_of(text)[self.number], DIE)
        return "".join(lines)


def ends_of(text: str) -> list[int]:
    """Count the lines up to the end of each statement."""
    pieces = [piece for piece in cut(text) if piece.kind is Kind.STATEMENT]
    return sorted({piece.line + piece.text.count("\n") for piece in pieces if "DO $guard$" not in piece.text})


def points(version: str, direction: str) -> list[Point]:
    text = (BUNDLES / version / f"{direction}.sql").read_text(encoding="utf-8")
    ends = ends_of(text)
    begin = text[: text.index("$guard$;")].count("\n")
    return [Point(version, direction, number) for number, line in enumerate(ends) if line > begin]


def sample() -> Iterator[Point]:
    """Every way to stop around the segments of the release that has several; a few inside the others."""
    for version in RELEASES:
        for direction in ("upgrade", "rollback"):
            every = points(version, direction)
            yield from every[:: max(1, len(every) // (10 if version == "1.2.0" else 2))]


def every() -> Iterator[Point]:
    for version in RELEASES:
        for direction in ("upgrade", "rollback"):
            yield from points(version, direction)


@dataclass(frozen=True, slots=True)
class Ends:
    """What the databases look like before and after a release, undisturbed."""

    names: dict[str, str]
    dumps: dict[tuple[str, bool], str]


@pytest.fixture
def ends(server: Server, unchanged: At, new_database: NewDatabase, ends_cache: dict[tuple[str, bool], str]) -> Ends:
    names = {}
    for revision in ("base", "002", "005", "009"):
        names[revision] = unchanged(revision, seeded=revision != "base") if revision != "base" else ""
        for forgotten in (False, True):
            if (revision, forgotten) not in ends_cache:
                copy = new_database(names[revision] or None)
                if forgotten and revision in {"002", "005"}:
                    assert run_psql(server, copy, "-c", FORGET).returncode == 0
                ends_cache[revision, forgotten] = dump_database(server, copy, exclude=EXCLUDE)
    return Ends(names, ends_cache)


@pytest.fixture(scope="session")
def ends_cache() -> dict[tuple[str, bool], str]:
    return {}


def run(server: Server, dbname: str, version: str, direction: str) -> subprocess.CompletedProcess[str]:
    done = run_psql(server, dbname, script=BUNDLES / version / f"{direction}.sql")
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def survive(server: Server, new_database: NewDatabase, ends: Ends, point: Point) -> None:
    """Break a script off; run it again. Break it off again; go back, and then forward undisturbed."""
    if point.version == "1.0.0":
        survive_first(server, new_database, point)
        return
    start, end = RELEASES[point.version]
    before, after = (start, end) if point.direction == "upgrade" else (end, start)

    resumed = new_database(ends.names[before])
    done = run_psql(server, resumed, input=point.script)
    assert done.returncode in {0, 2}, done.stderr
    run(server, resumed, point.version, point.direction)
    assert_forgotten(server, resumed, ends, after)

    turned = new_database(ends.names[before])
    run_psql(server, turned, input=point.script)
    # a rollback that was begun is finished before the upgrade
    run(server, turned, point.version, "rollback")
    assert_forgotten(server, turned, ends, start)
    run(server, turned, point.version, "upgrade")
    assert_forgotten(server, turned, ends, end)


def survive_first(server: Server, new_database: NewDatabase, point: Point) -> None:
    """The first release starts from nothing, so its states are compared with those of an undisturbed run."""
    broken, undisturbed = new_database(), new_database()
    for name in (broken, undisturbed):
        if point.direction == "rollback":
            run(server, name, point.version, "upgrade")
    done = run_psql(server, broken, input=point.script)
    assert done.returncode in {0, 2}, done.stderr
    for name in (broken, undisturbed):
        run(server, name, point.version, point.direction)
    assert dump_database(server, broken, exclude=EXCLUDE) == dump_database(server, undisturbed, exclude=EXCLUDE)


def assert_forgotten(server: Server, dbname: str, ends: Ends, revision: str) -> None:
    if revision in {"002", "005"}:
        assert run_psql(server, dbname, "-c", FORGET).returncode == 0
    assert dump_database(server, dbname, exclude=EXCLUDE) == ends.dumps[revision, True]


@pytest.mark.parametrize("point", list(sample()), ids=lambda each: f"{each.version}-{each.direction}-{each.number}")
def test_a_session_that_is_terminated(server: Server, new_database: NewDatabase, ends: Ends, point: Point) -> None:
    survive(server, new_database, ends, point)


@pytest.mark.slow
@pytest.mark.parametrize("point", list(every()), ids=lambda each: f"{each.version}-{each.direction}-{each.number}")
def test_a_session_that_is_terminated_after_every_statement(
    server: Server, new_database: NewDatabase, ends: Ends, point: Point
) -> None:
    survive(server, new_database, ends, point)


@pytest.mark.parametrize(
    ("direction", "table", "words"),
    [
        ("upgrade", "rooms", "CREATE INDEX CONCURRENTLY ix_rooms_floor_id_covering"),
        ("upgrade", "devices", "CREATE INDEX CONCURRENTLY ix_devices_building_id_active"),
        ("rollback", "devices", "DROP INDEX CONCURRENTLY ix_devices_building_id_active"),
    ],
)
@pytest.mark.parametrize("then", ["again", "back"])
def test_a_session_that_is_terminated_in_the_middle_of_concurrently(
    server: Server, new_database: NewDatabase, ends: Ends, direction: str, table: str, words: str, then: str
) -> None:
    """What stands INVALID afterwards is removed, whichever way one goes."""
    start, end = RELEASES["1.2.0"]
    database = new_database(ends.names[start if direction == "upgrade" else end])
    with (
        server.connect(database) as blocker,
        server.connect(database) as watcher,
        ThreadPoolExecutor(1) as background,
    ):
        blocker.execute("BEGIN")
        blocker.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE".encode())
        running = background.submit(run_psql, server, database, script=BUNDLES / "1.2.0" / f"{direction}.sql")
        waiting = (
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND query LIKE %s AND wait_event_type = 'Lock'"
        )
        while not running.done() and not watcher.execute(waiting, (f"{words}%",)).fetchone():
            time.sleep(0.02)
        done = running.result(60)
        blocker.execute("ROLLBACK")
        assert done.returncode == 2, done.stdout + done.stderr
        assert watcher.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid").fetchone() == (1,)
    if then == "again":
        run(server, database, "1.2.0", direction)
        assert_forgotten(server, database, ends, end if direction == "upgrade" else start)
    run(server, database, "1.2.0", "rollback")
    assert_forgotten(server, database, ends, start)
    run(server, database, "1.2.0", "upgrade")
    assert_forgotten(server, database, ends, end)
