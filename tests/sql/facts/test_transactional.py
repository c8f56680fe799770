"""What PostgreSQL refuses in a transaction block, both ways on a real server."""

from __future__ import annotations

import psycopg
import pytest

from release.scratch.server import Server
from release.sql.facts.transactional import runs_in_transaction
from release.sql.read.statements import statement_in
from tests.databases import skip_spatial

# What PostgreSQL 13 does not know yet, or does not refuse yet (release notes of 14)
LATER = dict.fromkeys(
    (
        "REINDEX (CONCURRENTLY) TABLE rooms",
        "REINDEX (CONCURRENTLY off) TABLE rooms",
        "ALTER TABLE visits DETACH PARTITION visits_2025 CONCURRENTLY",
        "ALTER SUBSCRIPTION news REFRESH PUBLICATION",
        "ALTER SUBSCRIPTION news SET PUBLICATION olds",
        "ALTER SUBSCRIPTION news ADD PUBLICATION olds",
        "ALTER SUBSCRIPTION news DROP PUBLICATION olds",
        "ALTER SUBSCRIPTION news ADD PUBLICATION olds WITH (refresh = false)",
        "ALTER SUBSCRIPTION news SET (binary = true)",
        "REINDEX TABLE visits",
    ),
    14,
)
SUBSCRIPTION = "CREATE SUBSCRIPTION news CONNECTION 'dbname=nowhere' PUBLICATION news WITH (connect = false)"
ENABLED = f"{SUBSCRIPTION}; ALTER SUBSCRIPTION news ENABLE"

REFUSED = (
    ("CREATE INDEX CONCURRENTLY ix ON rooms (status)", ""),
    ("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS ix ON rooms (id)", ""),
    ("DROP INDEX CONCURRENTLY ix_rooms_name", ""),
    ("REINDEX INDEX CONCURRENTLY ix_rooms_name", ""),
    ("REINDEX TABLE CONCURRENTLY rooms", ""),
    ("REINDEX (CONCURRENTLY) TABLE rooms", ""),
    ("REINDEX SCHEMA public", ""),
    ("REINDEX DATABASE {database}", ""),
    ("REINDEX SYSTEM {database}", ""),
    ("ALTER TABLE visits DETACH PARTITION visits_2025 CONCURRENTLY", ""),
    ("VACUUM", ""),
    ("VACUUM rooms", ""),
    ("VACUUM (FULL, ANALYZE) rooms", ""),
    ("CLUSTER", ""),
    ("CLUSTER VERBOSE", ""),
    ("CREATE DATABASE release_elsewhere", ""),
    ("DROP DATABASE IF EXISTS release_elsewhere", ""),
    ("ALTER DATABASE {database} SET TABLESPACE pg_default", ""),
    ("CREATE TABLESPACE release_elsewhere LOCATION '/nowhere'", ""),
    ("DROP TABLESPACE IF EXISTS release_elsewhere", ""),
    ("ALTER SYSTEM SET work_mem = '4MB'", ""),
    ("ALTER SYSTEM RESET ALL", ""),
    ("CREATE SUBSCRIPTION news CONNECTION 'dbname=nowhere' PUBLICATION news", ""),
    ("CREATE SUBSCRIPTION news CONNECTION 'dbname=nowhere' PUBLICATION news WITH (copy_data = off)", ""),
    ("DROP SUBSCRIPTION news", SUBSCRIPTION),
    ("ALTER SUBSCRIPTION news REFRESH PUBLICATION", ENABLED),
    ("ALTER SUBSCRIPTION news SET PUBLICATION olds", ENABLED),
    ("ALTER SUBSCRIPTION news ADD PUBLICATION olds", ENABLED),
    (
        "ALTER SUBSCRIPTION news DROP PUBLICATION olds",
        ENABLED + "; ALTER SUBSCRIPTION news SET PUBLICATION news, olds WITH (refresh = off)",
    ),
    ("DISCARD ALL", ""),
    ("COMMIT PREPARED 'x'", ""),
    ("ROLLBACK PREPARED 'x'", ""),
)

ALLOWED = (
    ("CREATE INDEX ix ON rooms (status)", ""),
    ("DROP INDEX ix_rooms_name", ""),
    ("REINDEX INDEX ix_rooms_name", ""),
    ("REINDEX TABLE rooms", ""),
    ("REINDEX (CONCURRENTLY off) TABLE rooms", ""),
    ("ALTER TABLE visits DETACH PARTITION visits_2025", ""),
    ("ANALYZE", ""),
    ("ANALYZE rooms", ""),
    ("CLUSTER rooms USING rooms_pkey", ""),
    ("ALTER DATABASE {database} SET work_mem = '4MB'", ""),
    ("ALTER DATABASE {database} CONNECTION LIMIT 50", ""),
    ("ALTER TYPE mood ADD VALUE 'fair'", "CREATE TYPE mood AS ENUM ('good')"),
    ("REFRESH MATERIALIZED VIEW list", "CREATE MATERIALIZED VIEW list AS SELECT * FROM rooms"),
    (
        "REFRESH MATERIALIZED VIEW CONCURRENTLY names",
        "CREATE MATERIALIZED VIEW names AS SELECT * FROM rooms; CREATE UNIQUE INDEX ON names (id)",
    ),
    (SUBSCRIPTION, ""),
    (
        "CREATE SUBSCRIPTION news CONNECTION 'dbname=nowhere' PUBLICATION news WITH (connect = off, slot_name = NONE)",
        "",
    ),
    ("ALTER SUBSCRIPTION news SET PUBLICATION olds WITH (refresh = off)", ENABLED),
    ("ALTER SUBSCRIPTION news ADD PUBLICATION olds WITH (refresh = false)", ENABLED),
    ("ALTER SUBSCRIPTION news DISABLE", ENABLED),
    ("ALTER SUBSCRIPTION news SET (binary = true)", ENABLED),
    ("CREATE PUBLICATION news FOR ALL TABLES", ""),
    ("DISCARD PLANS", ""),
    ("DISCARD TEMP", ""),
    ("CHECKPOINT", ""),
    ("CREATE EXTENSION fuzzystrmatch", ""),
    ("ALTER EXTENSION postgis UPDATE", ""),
    ("CREATE ROLE release_worker", ""),
    ("LOCK TABLE rooms", ""),
    ("TRUNCATE visits_2026", ""),
    ("DO 'BEGIN NULL; END'", ""),
    ("SAVEPOINT a", ""),
    ("LISTEN news", ""),
)


def run(server: Server, database: str, setup: str, statement: str) -> None:
    """Run a statement in a transaction block that is rolled back, and remove the setup's subscription."""
    if (since := LATER.get(statement, 0)) > server.major:
        pytest.skip(f"PostgreSQL {since} or later")
    skip_spatial(statement)
    with server.connect(database) as connection:
        for step in filter(None, setup.split("; ")):
            connection.execute(step.encode())
        try:
            connection.execute("BEGIN")
            connection.execute(statement.encode())
        finally:
            connection.execute("ROLLBACK")
            if connection.execute("SELECT FROM pg_subscription WHERE subname = 'news'").rowcount:
                connection.execute("ALTER SUBSCRIPTION news DISABLE")
                connection.execute("ALTER SUBSCRIPTION news SET (slot_name = NONE)")
                connection.execute("DROP SUBSCRIPTION news")


@pytest.mark.parametrize(("statement", "setup"), REFUSED, ids=[case[0] for case in REFUSED])
def test_refused(statement: str, setup: str, server: Server, database: str) -> None:
    statement = statement.format(database=database)
    assert not runs_in_transaction(statement_in(statement))
    with pytest.raises(psycopg.errors.ActiveSqlTransaction):
        run(server, database, setup, statement)


@pytest.mark.parametrize(("statement", "setup"), ALLOWED, ids=[case[0] for case in ALLOWED])
def test_allowed(statement: str, setup: str, server: Server, database: str) -> None:
    statement = statement.format(database=database)
    assert runs_in_transaction(statement_in(statement))
    run(server, database, setup, statement)


def test_a_partitioned_table_is_refused_though_its_text_does_not_tell(server: Server, database: str) -> None:
    """The limit that the docstring of `runs_in_transaction` names."""
    assert runs_in_transaction(statement_in("REINDEX TABLE visits"))
    with pytest.raises(psycopg.errors.ActiveSqlTransaction):
        run(server, database, "", "REINDEX TABLE visits")


@pytest.mark.parametrize(
    "statement",
    ["ALTER SUBSCRIPTION news SET (failover = true)", "ALTER SUBSCRIPTION news SET (two_phase = false)"],
)
def test_newer_servers_refuse_more(statement: str) -> None:
    """PostgreSQL 17 and 18; an older server does not know these options of ALTER SUBSCRIPTION."""
    assert not runs_in_transaction(statement_in(statement))
