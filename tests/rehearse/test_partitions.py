"""Partitions and child tables, which a release locks without naming them, are found in the catalog and held to it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from release.bundle import find_bundle, list_bundles
from release.cli import run
from release.config import load_settings
from release.model import LockMode, Name, Work
from release.rehearse import Rehearsal, RehearsalRequest, rehearse
from release.rehearse.prediction import differences, predicted
from release.scratch.server import Server
from release.sql.read.statements import statement_in
from release.trace.seen import Descent
from release.trace.statement import TracedStatement
from tests.rehearse.conftest import Hold

PROJECT = Path(__file__).parents[1] / "projects" / "partitions"
T, A, B = Name("t"), Name("t_a"), Name("t_b")

TREES = """
op.execute("CREATE TABLE far (id integer PRIMARY KEY)")
op.execute("CREATE TABLE near (id integer PRIMARY KEY, t integer)")
op.execute("CREATE TABLE t (id integer PRIMARY KEY, far integer, n integer) PARTITION BY RANGE (id)")
op.execute("CREATE TABLE t_a PARTITION OF t FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id)")
op.execute("CREATE TABLE t_a_1 PARTITION OF t_a FOR VALUES FROM (0) TO (50)")
op.execute("CREATE TABLE t_b PARTITION OF t FOR VALUES FROM (100) TO (200)")
op.execute("CREATE TABLE place (id integer, n integer)")
op.execute("CREATE TABLE hall () INHERITS (place)")
"""
ROWS = """
INSERT INTO far VALUES (1);
INSERT INTO t SELECT n, 1, n FROM generate_series(1, 40) AS n;
INSERT INTO t SELECT n, 1, n FROM generate_series(101, 140) AS n;
INSERT INTO near VALUES (1, 1);
INSERT INTO place VALUES (1, 1);
INSERT INTO hall VALUES (1, 1);
"""
UPGRADE = """
op.execute("ALTER TABLE t ADD COLUMN m float DEFAULT random()")
op.execute("ALTER TABLE t ADD CONSTRAINT positive CHECK (m >= 0)")
op.execute("ALTER TABLE t ADD CONSTRAINT to_far FOREIGN KEY (far) REFERENCES far")
op.execute("ALTER TABLE near ADD CONSTRAINT to_t FOREIGN KEY (t) REFERENCES t")
op.execute("ALTER TABLE t ALTER COLUMN n SET STATISTICS 50")
op.execute("CREATE INDEX by_n ON ONLY t (n)")
op.execute("CREATE INDEX by_n_b ON t_b (n)")
op.execute("ALTER INDEX by_n ATTACH PARTITION by_n_b")
op.execute("CREATE INDEX by_m ON t (m)")
op.execute("ALTER TABLE t ADD CONSTRAINT once UNIQUE (id, n)")
op.execute("INSERT INTO t (id, far, n) SELECT id + 110, far, n FROM t WHERE id = 40")
op.execute("UPDATE t SET n = n + 1 WHERE id < 10")
op.execute("GRANT SELECT ON t TO pg_monitor")
op.execute("ALTER TABLE place ADD COLUMN m integer")
op.execute("ALTER TABLE near DROP CONSTRAINT to_t")
op.execute("ALTER TABLE t DETACH PARTITION t_a")
op.execute("ALTER TABLE t_a RENAME TO t_old")
op.execute("ALTER TABLE t ADD COLUMN late integer")
op.execute("UPDATE t SET n = n")
"""
DOWNGRADE = """
op.execute("ALTER TABLE t DROP COLUMN late")
op.execute("ALTER TABLE t_old RENAME TO t_a")
op.execute("ALTER TABLE t ATTACH PARTITION t_a FOR VALUES FROM (0) TO (100)")
op.execute("ALTER TABLE place DROP COLUMN m")
op.execute("REVOKE SELECT ON t FROM pg_monitor")
op.execute("ALTER TABLE t DROP CONSTRAINT once")
op.execute("DROP INDEX by_m")
op.execute("DROP INDEX by_n")
op.execute("ALTER TABLE t DROP CONSTRAINT to_far")
op.execute("ALTER TABLE t DROP COLUMN m")
op.execute("ALTER TABLE t ALTER COLUMN n SET STATISTICS -1")
"""


def unpredicted(found: Rehearsal) -> list[str]:
    return [problem for step in found.steps if step.name == "prediction" for problem in step.problems]


def seen(found: Rehearsal, script: str) -> Iterator[tuple[str, dict[str, str], dict[str, str]]]:
    """Give each statement's text, what it was seen to lock, and what was predicted."""
    major = int(found.server.partition(".")[0])
    for traced in found.traces[script]:
        told = (traced.locks, predicted(traced, major))
        locks, expected = ({str(name): str(lock) for name, lock in sorted(each.items())} for each in told)
        yield traced.text, locks, expected


@pytest.fixture(scope="module")
def project(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    folder = tmp_path_factory.mktemp("partitions")
    shutil.copytree(PROJECT, folder, dirs_exist_ok=True)
    ini = folder / "alembic.ini"
    assert run(["-c", str(ini), "build", "1.0.0", "--to", "a2", "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "2.0.0", "--no-lint"]) == 0
    bundles = list_bundles(folder / "scripts")
    return rehearse(ini, load_settings(folder), find_bundle(bundles, "2.0.0"), bundles, server, RehearsalRequest(20))


def test_a_project_with_partitions_does_as_predicted(project: Rehearsal) -> None:
    assert unpredicted(project) == []
    found = {text.split(" ON reading ")[0]: told for text, *told in seen(project, "upgrade")}
    locks, predicted = found["CREATE INDEX reading_at"]
    assert predicted == dict.fromkeys(("reading", "reading_2024", "reading_2025", "reading_rest"), "SHARE")
    assert locks.items() >= {"reading_2024": "SHARE", "reading_2025": "SHARE"}.items()


def test_rows_that_move_lock_partitions(project: Rehearsal) -> None:
    (statement,) = (told for text, *told in seen(project, "rollback") if text.startswith("INSERT"))
    assert statement[1].items() >= {"reading_2024": "ROW EXCLUSIVE", "reading_rest": "ROW EXCLUSIVE"}.items()
    assert "reading_2026" not in statement[1] or statement[1]["reading_2026"] == "ACCESS SHARE"


def test_trees_do_as_predicted(hold: Hold, server: Server) -> None:
    found = hold(UPGRADE, DOWNGRADE, start=TREES, rows=0, data=ROWS)
    failed = [step for step in found.steps if step.name in {"upgrade", "rollback"} and step.problems]
    assert failed == []
    assert unpredicted(found) == []
    told = {text: (locks, predicted) for text, locks, predicted in seen(found, "upgrade")}
    predicted = told["ALTER TABLE near ADD CONSTRAINT to_t FOREIGN KEY (t) REFERENCES t"][1]
    assert {name for name in predicted if name.startswith("t")} == {"t", "t_a", "t_a_1", "t_b"}
    granted = told["GRANT SELECT ON t TO pg_monitor"][1]
    assert granted == ({"t": "ACCESS SHARE"} if server.version >= 180000 else {})
    assert told["ALTER TABLE place ADD COLUMN m integer"][1].keys() == {"place", "hall"}
    # what was detached is no partition any more, under whichever name
    assert told["ALTER TABLE t ADD COLUMN late integer"][1].keys() == {"t", "t_b"}


def traced(text: str, *work: Work, **locks: LockMode) -> TracedStatement:
    """Give a statement on t, which has two partitions, as if it had taken these locks and worked so on the first."""
    names = {Name(name): lock for name, lock in locks.items()}
    below = {T: Descent(frozenset({A, B}))}
    syntax, done = statement_in(text), {A: frozenset(work)}
    return TracedStatement(
        text, syntax, 1, "", 1.0, None, False, names, names, done, {}, frozenset({T}), 0, 0, below=below
    )  # fmt: skip


SHARE, EXCLUSIVE, ROW = LockMode.SHARE, LockMode.ACCESS_EXCLUSIVE, LockMode.ROW_EXCLUSIVE


@pytest.mark.parametrize(
    ("statement", "major", "expected"),
    [
        (traced("ALTER TABLE t ADD CHECK (n > 0)", t=EXCLUSIVE, t_a=EXCLUSIVE, t_b=EXCLUSIVE), 15, ()),
        (
            traced("ALTER TABLE t ADD CHECK (n > 0)", t=EXCLUSIVE, t_a=EXCLUSIVE),
            15,
            ("took no lock on t_b, below t; predicted: ACCESS EXCLUSIVE",),
        ),
        (
            traced("ALTER TABLE t ADD UNIQUE (n)", t=EXCLUSIVE, t_a=EXCLUSIVE, t_b=SHARE),
            15,
            ("took ACCESS EXCLUSIVE on t_a; predicted: SHARE",),
        ),
        (
            traced("ALTER TABLE t ADD UNIQUE (n)", t=EXCLUSIVE, t_a=EXCLUSIVE, t_b=SHARE),
            18,
            ("took only SHARE on t_b; predicted: ACCESS EXCLUSIVE",),
        ),
        (
            traced("ALTER TABLE t ADD COLUMN n integer", Work.SCAN, t=EXCLUSIVE, t_a=EXCLUSIVE, t_b=EXCLUSIVE),
            15,
            ("scans the table on t_a; not predicted",),
        ),
        (
            traced("CREATE INDEX i ON ONLY t (n)", t=SHARE, t_a=SHARE),
            15,
            ("took SHARE on t_a; predicted: no lock",),
        ),
        (
            traced("UPDATE t SET n = 1", t=ROW, t_a=EXCLUSIVE),
            15,
            ("took ACCESS EXCLUSIVE on t_a; predicted: ROW EXCLUSIVE",),
        ),
    ],
)
def test_differences_below_a_table_are_told(statement: TracedStatement, major: int, expected: tuple[str, ...]) -> None:
    assert differences(statement, "public", major) == expected
