"""The committed bundles, run for real: they do what online Alembic does, and a rollback brings back what was there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from release.scratch.server import Server
from tests.arxos.conftest import PROJECT, SEED, run_alembic
from tests.databases import LOSING, Dump, NewDatabase, Psql, clean_environment, dump_database, run_psql

BUNDLES = PROJECT / "scripts"
RELEASES = {"1.0.0": ("base", "002"), "1.1.0": ("002", "005"), "1.2.0": ("005", "009")}
HISTORY = ("public.release_history",)

Apply = Callable[[str, Path], subprocess.CompletedProcess[str]]


@dataclass(frozen=True, slots=True)
class Online:
    """Databases that online Alembic made, to copy and to compare with: one per release, rows seeded after 1.0.0."""

    names: dict[str, str]
    dumps: dict[str, str]


@pytest.fixture(scope="session")
def online(server: Server, postgis: None) -> Online:
    names: dict[str, str] = {}
    dumps: dict[str, str] = {}
    before = None
    for revision in ("base", "002", "005", "009"):
        names[revision] = f"{server.prefix}online_{revision}"
        server.create_database(names[revision], before)
        if revision != "base":
            run_alembic(server, names[revision], "upgrade", revision)
        if revision == "002":
            dumps["002 empty"] = dump_database(server, names[revision])
            assert run_psql(server, names[revision], "-v", "ON_ERROR_STOP=1", script=SEED).returncode == 0
        dumps[revision] = dump_database(server, names[revision])
        before = names[revision]
    return Online(names, dumps)


@pytest.fixture(params=["psql", "release apply"])
def apply(server: Server, request: pytest.FixtureRequest) -> Apply:
    if request.param == "psql":
        return lambda dbname, script: run_psql(server, dbname, *LOSING, script=script)
    return lambda dbname, script: subprocess.run(
        [sys.executable, "-m", "release", "apply", "-d", server.conninfo(dbname), *LOSING, script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        cwd=PROJECT,
        env=clean_environment(),
        timeout=120,
    )


def run(apply: Apply, dbname: str, version: str, direction: str) -> str:
    done = apply(dbname, BUNDLES / version / f"{direction}.sql")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_upgrades_in_order_and_rollbacks_in_reverse(
    apply: Apply, online: Online, new_database: NewDatabase, psql: Psql, dump: Dump
) -> None:
    database = new_database()
    run(apply, database, "1.0.0", "upgrade")
    assert dump(database, exclude=HISTORY) == online.dumps["002 empty"]
    assert psql(database, script=SEED).returncode == 0
    for version in ("1.1.0", "1.2.0"):
        run(apply, database, version, "upgrade")
        assert dump(database, exclude=HISTORY) == online.dumps[RELEASES[version][1]]

    run(apply, database, "1.2.0", "rollback")
    # declared: projects.updated_at does not come back
    assert psql(database, "-c", "UPDATE projects SET updated_at = NULL").returncode == 0
    expected = new_database(online.names["005"])
    assert psql(expected, "-c", "UPDATE projects SET updated_at = NULL").returncode == 0
    assert dump(database, exclude=HISTORY) == dump(expected)
    run(apply, database, "1.1.0", "rollback")
    expected = new_database(online.names["002"])
    assert psql(expected, "-c", "UPDATE projects SET updated_at = NULL").returncode == 0
    assert dump(database, exclude=HISTORY) == dump(expected)
    run(apply, database, "1.0.0", "rollback")
    tables = psql(
        database,
        "-Atc",
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1",
    )
    assert tables.stdout.split() == ["alembic_version", "release_history", "spatial_ref_sys"]

    # and up again
    run(apply, database, "1.0.0", "upgrade")
    assert dump(database, exclude=HISTORY) == online.dumps["002 empty"]


@pytest.mark.parametrize("version", RELEASES)
@pytest.mark.parametrize("direction", ["upgrade", "rollback"])
def test_a_script_that_was_cut_off_between_segments_goes_on(
    server: Server,
    apply: Apply,
    online: Online,
    new_database: NewDatabase,
    dump: Dump,
    tmp_path: Path,
    version: str,
    direction: str,
) -> None:
    """The connection is lost after each segment in turn; every run goes on where the one before it stopped."""
    start, end = RELEASES[version]
    database = new_database(online.names[start if direction == "upgrade" else end])
    undisturbed = new_database(online.names[start if direction == "upgrade" else end])
    run(apply, undisturbed, version, direction)
    script = BUNDLES / version / f"{direction}.sql"
    lines = script.read_text(encoding="utf-8").splitlines(keepends=True)
    # a segment ends with its COMMIT, or, outside a transaction, with the row of the history
    ends = [
        number + (lines[number] == "COMMIT;\n")
        for number, line in enumerate(lines, 1)
        if line.startswith("SELECT pg_temp.release_done(")
    ]
    assert ends
    for number, end_line in enumerate(ends, 1):
        stump = tmp_path / "stump.sql"
        # the text ends inside the \if of its segment, which psql reports and forgives
        stump.write_text("".join(lines[:end_line]), encoding="utf-8")
        apply(database, stump)
        with server.connect(database) as connection:
            done = connection.execute(
                "SELECT direction, segment FROM release_history ORDER BY id DESC LIMIT 1"
            ).fetchone()
        assert done == (direction, number)
    output = run(apply, database, version, direction)
    assert "nothing to do" in output
    assert dump(database, exclude=HISTORY) == dump(undisturbed, exclude=HISTORY)


@pytest.mark.parametrize("version", RELEASES)
def test_a_script_that_was_cut_off_inside_a_transaction_leaves_nothing_of_it(
    apply: Apply, online: Online, new_database: NewDatabase, dump: Dump, tmp_path: Path, version: str
) -> None:
    start, end = RELEASES[version]
    database = new_database(online.names[start])
    script = BUNDLES / version / "upgrade.sql"
    text = script.read_text(encoding="utf-8")
    stump = tmp_path / "stump.sql"
    stump.write_text(text[: text.rindex("COMMIT;")], encoding="utf-8")
    apply(database, stump)
    assert dump(database, exclude=HISTORY) != online.dumps[end]
    run(apply, database, version, "upgrade")
    expected = "002 empty" if version == "1.0.0" else end
    assert dump(database, exclude=HISTORY) == online.dumps[expected]


def test_an_index_that_was_left_invalid_is_built_again(
    server: Server, apply: Apply, online: Online, new_database: NewDatabase, dump: Dump, tmp_path: Path
) -> None:
    database = new_database(online.names["005"])
    with server.connect(database) as connection, server.connect(database) as blocker:
        # a build that is broken off while it waits for another session leaves an INVALID index
        blocker.execute("BEGIN")
        blocker.execute("LOCK TABLE rooms IN ROW EXCLUSIVE MODE")
        connection.execute("SET statement_timeout = 300")
        with pytest.raises(Exception, match="statement timeout"):
            connection.execute("CREATE INDEX CONCURRENTLY ix_rooms_floor_id_covering ON rooms (floor_id)")
        blocker.execute("ROLLBACK")
    run(apply, database, "1.2.0", "upgrade")
    assert dump(database, exclude=HISTORY) == online.dumps["009"]


def test_checksums_are_those_that_sha256sum_checks() -> None:
    for version in RELEASES:
        done = subprocess.run(
            ["sha256sum", "--strict", "-c", "SHA256SUMS"],
            cwd=BUNDLES / version,
            capture_output=True,
            encoding="utf-8",
            env=clean_environment(),
        )
        assert done.returncode == 0, done.stderr
        names = (
            "RUNBOOK.md",
            "drift.sql",
            "manifest.json",
            "monitor.sql",
            "preflight.sql",
            "rehearsal.json",
            "rollback.sql",
            "upgrade.sql",
            "verify.sql",
        )
        assert done.stdout.splitlines() == [f"{name}: OK" for name in names]
