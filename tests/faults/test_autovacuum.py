"""An autovacuum gives way to a lock phase; one that prevents wraparound does not, and is named."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from release.cli import run
from tests.faults.cluster import Cluster, running_cluster, wait_for
from tests.faults.trial import by_psql
from tests.projects import Revision, write_project

MAKE = "CREATE TABLE a (id int); CREATE TABLE b (id int); INSERT INTO b SELECT generate_series(1, 100000)"
REVISIONS = (
    Revision("t1", f'op.execute("{MAKE}")', "op.drop_table('a')\nop.drop_table('b')"),
    Revision(
        "t2",
        "op.execute('ALTER TABLE a ADD more text')\nop.execute('ALTER TABLE b ADD more text')",
        "op.drop_column('a', 'more')\nop.drop_column('b', 'more')",
        down="t1",
    ),
    Revision(
        "t3",
        "with op.get_context().autocommit_block():\n    op.execute('CREATE INDEX CONCURRENTLY by_id ON b (id)')",
        "op.execute('DROP INDEX by_id')",
        down="t2",
    ),
)
# a page each tenth of a second: it lasts for longer than the test
SLOW = "autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1"
OFTEN = "autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0"
WORKING = "SELECT 1 FROM pg_stat_progress_vacuum WHERE relid = 'b'::regclass"
PREVENTING = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'autovacuum: % public.b (to prevent wraparound)'"
# a transaction ID for each turn: as many as make a table old that says so of itself
AGE = """
CREATE TABLE turns (turn int);
DO $$ BEGIN FOR turn IN 1..101000 LOOP
    BEGIN INSERT INTO turns VALUES (turn); EXCEPTION WHEN division_by_zero THEN NULL; END;
END LOOP; END $$
"""


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("vacuumed")
    ini = write_project(root, *REVISIONS)
    for version, last in (("1.0", "t1"), ("2.0", "t2"), ("3.0", "t3")):
        assert run(["-c", str(ini), "build", version, "--to", last, "--no-lint"]) == 0
    return root / "scripts"


@pytest.fixture
def cluster(scripts: Path) -> Iterator[Cluster]:
    """A server that looks every second whether there is something to vacuum, and has the tables."""
    with running_cluster() as cluster:
        with cluster.server.connect() as connection:
            connection.execute("ALTER SYSTEM SET autovacuum_naptime = '1s'")
            connection.execute("SELECT pg_reload_conf()")
        assert by_psql(cluster.server, "postgres", scripts / "1.0/upgrade.sql").status == 0
        yield cluster


@pytest.mark.slow
def test_one_that_gives_way(cluster: Cluster, scripts: Path) -> None:
    with cluster.server.connect() as connection:
        connection.execute(f"ALTER TABLE b SET ({SLOW}, {OFTEN})".encode())
        connection.execute("DELETE FROM b WHERE id % 2 = 0")
        wait_for(lambda: connection.execute(WORKING.encode()).fetchone())
        ran = by_psql(cluster.server, "postgres", scripts / "2.0/upgrade.sql")
    assert ran.status == 0, ran.err
    assert "autovacuum worker" in ran.err
    assert "public.b, attempt 1; again in 1s" in ran.err  # it holds no other lock while it waits for this one


@pytest.mark.slow
def test_one_that_prevents_wraparound(cluster: Cluster, scripts: Path) -> None:
    named = "autovacuum to prevent wraparound, which does not give way: let it end"
    with cluster.server.connect() as connection:
        connection.execute(
            f"ALTER TABLE b SET ({SLOW}, autovacuum_enabled = off, autovacuum_freeze_max_age = 100000)".encode()
        )
        connection.execute(AGE.encode())
        wait_for(lambda: connection.execute(PREVENTING.encode()).fetchone())
        ran = by_psql(cluster.server, "postgres", scripts / "2.0/upgrade.sql")
        assert ran.status == 3
        assert named in ran.err
        assert "lock timeout: public.b" in ran.err
        assert connection.execute(PREVENTING.encode()).fetchone()
        connection.execute("UPDATE alembic_version SET version_num = 't2'")
        ran = by_psql(cluster.server, "postgres", scripts / "3.0/upgrade.sql", variables={"statement_timeout": "1s"})
        assert ran.status == 3
        assert named in ran.err
        ran = by_psql(cluster.server, "postgres", scripts / "3.0/preflight.sql")
        assert named in ran.out
