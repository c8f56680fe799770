"""Tables that get ANALYZE when a script has run: each rule as a statement or two, and for real."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.plan.ledger import Ledger
from release.plan.statistics import tables_to_analyze
from release.scratch.server import Server
from tests.databases import NewDatabase, Psql
from tests.plan.migrations import arranged, migration
from tests.projects import Revision, build_two


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        (("UPDATE t SET a = 1",), ("public.t",)),
        (("MERGE INTO t USING u ON t.a = u.a WHEN MATCHED THEN DELETE",), ("public.t",)),
        (("INSERT INTO t SELECT 1",), ("public.t",)),
        (("INSERT INTO t VALUES (1), (2)",), ()),
        (("INSERT INTO t DEFAULT VALUES",), ()),
        (("CREATE TABLE t AS SELECT 1 AS a",), ("public.t",)),
        (("CREATE MATERIALIZED VIEW t AS SELECT 1 AS a WITH NO DATA",), ()),
        (("REFRESH MATERIALIZED VIEW t",), ("public.t",)),
        (("CREATE INDEX i ON t (lower(a))",), ("public.t",)),
        (("CREATE INDEX i ON t (a) WHERE a > 0",), ()),
        (("CREATE TABLE t (a text)", "CREATE INDEX i ON t (lower(a))", "ALTER TABLE t ALTER a TYPE int"), ()),
        (("CREATE TABLE t (a int)", "INSERT INTO t SELECT 1"), ("public.t",)),
        (("ALTER TABLE t ALTER a TYPE text",), ("public.t",)),
        (("ALTER TABLE t ADD COLUMN b int GENERATED ALWAYS AS (a) STORED",), ("public.t",)),
        (("ALTER TABLE t ADD COLUMN b int DEFAULT 1",), ()),
        (("CREATE STATISTICS s ON a, b FROM t",), ("public.t",)),
        (("UPDATE t SET a = 1", "ALTER TABLE t RENAME TO u"), ("public.u",)),
        (("UPDATE t SET a = 1", "DROP TABLE t"), ()),
        (("UPDATE t SET a = 1", "UPDATE u SET a = 1", "ANALYZE t"), ("public.u",)),
        (("UPDATE t SET a = 1", "ANALYZE"), ()),
    ],
)
def test_what_is_analyzed(sql: tuple[str, ...], tables: tuple[str, ...]) -> None:
    found = tables_to_analyze(Ledger(arranged(migration(sql)), "public"))
    assert tuple(str(each) for each in found) == tables


def test_what_is_locked_is_skipped(server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path) -> None:
    """Nothing after the last commit can make a release that is done look like one that failed."""
    table = Revision("a1", "op.create_table('t', sa.Column('a', sa.Integer()))", "op.drop_table('t')")
    change = Revision("b2", "op.execute('UPDATE t SET a = 1 WHERE a = 0')", down="a1")
    bundles = build_two(tmp_path, table, change)
    database = new_database()
    assert psql(database, script=bundles / "1.0/upgrade.sql").returncode == 0
    counted = "SELECT count(*) FROM pg_stats WHERE tablename = 't'"
    with server.connect(database) as connection, server.connect(database, autocommit=False) as blocker:
        connection.execute("INSERT INTO t SELECT 0 FROM generate_series(1, 100)")
        blocker.execute("LOCK TABLE t IN SHARE UPDATE EXCLUSIVE MODE")
        done = psql(database, script=bundles / "1.1/upgrade.sql")
        assert done.returncode == 0, done.stderr
        assert 'WARNING:  skipping analyze of "t" --- lock not available' in done.stderr
        assert connection.execute(counted.encode()).fetchone() == (0,)
        blocker.execute("ROLLBACK")
        for direction in ("rollback", "upgrade"):
            done = psql(database, script=bundles / f"1.1/{direction}.sql")
            assert done.returncode == 0, done.stderr
            assert "skipping analyze" not in done.stderr
        assert connection.execute(counted.encode()).fetchone() == (1,)
