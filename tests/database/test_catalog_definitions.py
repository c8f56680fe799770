"""The catalog snapshot tells what somebody defined: what pg_dump would write, and nothing of what a server stores."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from release.database.catalog import QUERY, Snapshot, take_snapshot
from release.database.server import Server
from tests.database.test_catalog import CASES
from tests.database.twins import ONE, TWO
from tests.databases import Dump, NewDatabase, Psql, skip_spatial

SCRIPTS = Path(__file__).parents[2] / "scripts"
COLUMNS = tomllib.loads(QUERY.with_suffix(".toml").read_text(encoding="utf-8"))
CATALOGS = sorted(set(re.findall(r"(?:FROM|JOIN) pg_catalog\.(\w+)", QUERY.read_text(encoding="utf-8"))))

# every kind of line there is
KINDS = {
    *("schema", "extension", "table", "view", "materialized view", "foreign table", "column", "attribute"),
    *("column order", "constraint", "index", "sequence", "function", "procedure", "aggregate", "trigger"),
    *("disabled constraint trigger", "type", "domain", "domain constraint", "policy", "rule", "statistics", "operator"),
    *("operator class", "operator family", "cast", "collation", "text search configuration", "text search dictionary"),
    *("text search parser", "text search template", "conversion", "language", "access method", "transform"),
    *("foreign data wrapper", "foreign server", "user mapping", "event trigger", "publication", "publication member"),
    *("subscription", "setting", "security label", "comment", "owner", "grant", "revoke", "default privileges"),
}

# What pg_dump does not write and we must see: a statement, and why.
SEEN_BY_US_ALONE = {
    (
        "CREATE INDEX left_behind ON s.t (n);"
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 's.left_behind'::regclass"
    ): "an index that no query uses",
    "ALTER TABLE s.child DISABLE TRIGGER ALL": "a foreign key that nothing keeps",
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''5MB''', current_database()); END $$": "settings",
    "ALTER ROLE CURRENT_USER IN DATABASE {database} SET work_mem = '5MB'": "settings",
}
# What pg_dump does not write, and we do not see either.
SEEN_BY_NOBODY = (
    "GRANT SELECT ON s.t TO public; REVOKE SELECT ON s.t FROM public",
    "GRANT ALL ON FUNCTION s.one() TO public",
    "REVOKE ALL ON s.t FROM CURRENT_USER; GRANT ALL ON s.t TO CURRENT_USER",
    "GRANT UPDATE (n) ON s.t TO public; REVOKE UPDATE (n) ON s.t FROM public",
    "GRANT USAGE ON SCHEMA s TO public; REVOKE USAGE ON SCHEMA s FROM public",
    "ALTER TABLE s.t ALTER n SET (n_distinct = 5); ALTER TABLE s.t ALTER n RESET (n_distinct)",
    "ALTER TABLE s.t ALTER n SET STATISTICS 5; ALTER TABLE s.t ALTER n SET STATISTICS -1",
    "ANALYZE s.t",
    "ALTER TABLE s.t ADD gone integer; ALTER TABLE s.t DROP gone",
    (
        "ALTER TABLE s.parts DETACH PARTITION s.part;"
        "ALTER TABLE s.parts ATTACH PARTITION s.part FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')"
    ),
    "DROP INDEX s.by_name; CREATE INDEX by_name ON s.t (name)",
    "INSERT INTO s.t (n) VALUES (1)",
)


def test_every_column_of_the_catalog_is_judged(server: Server) -> None:
    """By its name in catalog.toml: what a new version, minor ones too, brings along must be judged by somebody."""
    assert sorted(COLUMNS) == CATALOGS
    query = QUERY.read_text(encoding="utf-8")
    with server.connect() as connection:
        for catalog, said in COLUMNS.items():
            ways = said.get("through", {})
            judged = [
                *said.get("read", ()),
                *said.get("identity", ()),
                *(name for names in (*ways.values(), *said.get("left_out", {}).values()) for name in names),
            ]
            assert len(judged) == len(set(judged)), catalog
            there = connection.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass('pg_catalog.' || %s) AND attnum > 0"
                " AND NOT attisdropped",
                (catalog,),
            ).fetchall()
            assert there or server.version < 150000
            assert {name for (name,) in there} <= {*judged}, f"{catalog}: new here; say in catalog.toml what it is"
            for name in (*said.get("read", ()), *ways):
                assert re.search(rf"\b{name}\b", query), f"{catalog}.{name} is not read"
    assert not re.search(r"to_jsonb\(\w+\) - |c\.reloptions, |a\.attoptions, ", query)  # "all but", or all


@pytest.fixture(scope="module")
def roles(server: Server) -> Iterator[Sequence[str]]:
    """Roles are the cluster's: other workers have servers of their own, or the same ones."""
    names = ("ours_a", "ours_b")
    with server.connect() as connection:
        for name in names:
            connection.execute(f"DROP ROLE IF EXISTS {name}; CREATE ROLE {name}".encode())
    yield names
    with server.connect() as connection:
        for name in names:
            connection.execute(f"DROP ROLE IF EXISTS {name}".encode())


def make(server: Server, database: str, groups: Sequence[str]) -> Snapshot:
    with server.connect(database) as connection:
        connection.execute("SET allow_system_table_mods = on")
        connection.execute("SET client_min_messages = error")
        for number, group in enumerate(groups):
            connection.execute(group.encode())
            # other OIDs, another order of files, other transaction ids
            connection.execute(
                f"CREATE TABLE burnt_{number} (); DROP TABLE burnt_{number}; SELECT txid_current()".encode()
            )
        return take_snapshot(connection)


@pytest.mark.usefixtures("roles")
def test_the_same_definitions_are_the_same_lines(server: Server, new_database: NewDatabase) -> None:
    one, two = new_database(), new_database()
    try:
        first = make(server, one, ONE.split("\n\n"))
        second = make(server, two, TWO.split("\n\n"))
        assert {str(line) for line in first.lines} ^ {str(line) for line in second.lines} == set()
        assert first.fingerprint == second.fingerprint
        assert {line.kind for line in first.lines} == KINDS
        assert "secret'" not in QUERY.read_text()
        assert not any("secret" in line.text for line in first.lines if line.kind != "security label")
        assert not any(re.search(r"\b(1[6-9]|[2-9]\d)\d{3}\b", line.text) for line in first.lines), "an OID"
    finally:
        for database in (one, two):
            with server.connect(database) as connection:
                connection.execute("DROP SUBSCRIPTION IF EXISTS sub")  # it would keep its database
                connection.execute("DROP OWNED BY ours_a, ours_b")


STATEMENTS = [
    *((statement, True, True) for statement, _ in CASES if statement not in SEEN_BY_US_ALONE),
    *((statement, False, True) for statement in SEEN_BY_US_ALONE),
    *((statement, False, False) for statement in SEEN_BY_NOBODY),
]


@pytest.mark.parametrize(
    ("statement", "dumped", "seen"),
    [
        pytest.param(*case, id=case[0], marks=() if case[1] is False or not number % 6 else pytest.mark.slow)
        for number, case in enumerate(STATEMENTS)
    ],
)
def test_what_pg_dump_sees_is_seen(
    server: Server, world: str, new_database: NewDatabase, dump: Dump, statement: str, dumped: bool, seen: bool
) -> None:
    skip_spatial(statement)
    database = new_database(world)
    before = dump(database, rows=False)
    with server.connect(database) as connection:
        snapshot = take_snapshot(connection)
        connection.execute(statement.replace("{database}", database).encode())
        assert (take_snapshot(connection).fingerprint != snapshot.fingerprint) is seen
    assert (dump(database, rows=False) != before) is dumped


def test_a_pending_detach_is_seen(server: Server, world: str, new_database: NewDatabase) -> None:
    if server.version < 140000:
        pytest.skip("DETACH PARTITION … CONCURRENTLY came with PostgreSQL 14")
    database = new_database(world)
    with server.connect(database) as connection:
        before = take_snapshot(connection)
        connection.execute("UPDATE pg_inherits SET inhdetachpending = true WHERE inhrelid = 's.part'::regclass")
        (line,) = {*take_snapshot(connection).lines} - {*before.lines}
        assert "DETACH PENDING" in line.definition


@pytest.mark.usefixtures("postgis")
def test_releases_change_for_us_what_they_change_for_pg_dump(
    server: Server, new_database: NewDatabase, postgis_template: str, psql: Psql, dump: Dump
) -> None:
    database = new_database(postgis_template)
    ours = ("public.alembic_version", "public.release_history")
    states: list[tuple[str, str]] = []
    for version, script in [
        *((f"1.{minor}.0", "upgrade") for minor in range(3)),
        *((f"1.{minor}.0", "rollback") for minor in (2, 1, 0)),
    ]:
        if not states:
            states.append(state_of(server, database, dump, ours))
        done = psql(database, "-q", script=SCRIPTS / version / f"{script}.sql")
        assert done.returncode == 0, done.stderr
        states.append(state_of(server, database, dump, ours))
    for number, (dumped, fingerprint) in enumerate(states):
        for other_dumped, other_fingerprint in states[number + 1 :]:
            assert (dumped == other_dumped) is (fingerprint == other_fingerprint)
    assert states[0] == states[-1]
    assert len(set(states)) == 4


def state_of(server: Server, database: str, dump: Dump, without: tuple[str, ...]) -> tuple[str, str]:
    with server.connect(database) as connection:
        snapshot = take_snapshot(connection).without(without)
    return dump(database, exclude=without, rows=False), snapshot.fingerprint
