"""The catalog snapshot tells what somebody defined: what pg_dump would write, and nothing of what a server stores."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import postgast
import pytest

from release.catalog.snapshot import QUERY, Snapshot, take_snapshot
from release.scratch.server import Server
from tests.catalog.test_snapshot import CASES
from tests.catalog.twins import ONE, TWO
from tests.databases import Dump, NewDatabase, Psql, skip_spatial

SCRIPTS = Path(__file__).parents[2] / "scripts"
COLUMNS = tomllib.loads(QUERY.with_suffix(".toml").read_text(encoding="utf-8"))
CATALOGS = sorted(
    {
        table.removeprefix("pg_catalog.")
        for table in postgast.extract_tables(postgast.parse(QUERY.read_text(encoding="utf-8")))
        if table.startswith("pg_catalog.")
    }
)

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
    with server.connect(server.maintenance) as connection:
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


@pytest.fixture
def roles(server: Server) -> Iterator[tuple[str, str]]:
    """Two roles, under names of their own: roles are the cluster's, and a server that was given has those of others."""
    first, second = (f"{server.prefix}ours_{letter}" for letter in "ab")
    with server.connect(server.maintenance) as connection:
        connection.execute(f"CREATE ROLE {first}; CREATE ROLE {second}".encode())
        yield first, second
        connection.execute(f"DROP ROLE {first}; DROP ROLE {second}".encode())


def make(server: Server, database: str, text: str, roles: tuple[str, str]) -> Snapshot:
    groups = text.replace("ours_a", roles[0]).replace("ours_b", roles[1]).split("\n\n")
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


def test_the_same_definitions_are_the_same_lines(
    server: Server, new_database: NewDatabase, roles: tuple[str, str]
) -> None:
    one, two = new_database(), new_database()
    try:
        first = make(server, one, ONE, roles)
        second = make(server, two, TWO, roles)
        assert {str(line) for line in first.lines} ^ {str(line) for line in second.lines} == set()
        assert first.fingerprint == second.fingerprint
        assert {line.kind for line in first.lines} == KINDS
        assert not any("secret" in line.text for line in first.lines), "the password of a user mapping"
        assert not any(re.search(r"\b(1[6-9]|[2-9]\d)\d{3}\b", line.text) for line in first.lines), "an OID"
    finally:
        for database in (one, two):
            with server.connect(database) as connection:
                connection.execute("DROP SUBSCRIPTION IF EXISTS sub")  # it would keep its database
                connection.execute(f"DROP OWNED BY {', '.join(roles)}".encode())


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


def test_a_long_name_of_not_null_is_as_pg_dump_has_it(server: Server, new_database: NewDatabase, dump: Dump) -> None:
    """The server shortens the parts of a name over 63 bytes; pg_dump then writes it down, and so do we (from 18)."""
    database, name = new_database(), "n" * 60
    with server.connect(database) as connection:
        connection.execute(f"CREATE TABLE {name} (a integer NOT NULL)".encode())
        connection.execute("CREATE TABLE short (a integer NOT NULL)")
        told = {line.object for line in take_snapshot(connection).lines if line.kind == "constraint"}
    written = [line for line in dump(database, rows=False).splitlines() if re.search("CONSTRAINT .* NOT NULL", line)]
    assert told == ({f"public.{name}"} if server.version >= 180000 else set())
    assert len(written) == len(told)


def test_nothing_that_was_planted_is_called(server: Server, new_database: NewDatabase, psql: Psql) -> None:
    """A role that may create in public makes operators and functions that fit better than those of pg_catalog."""
    database = new_database()
    with server.connect(database) as connection:
        connection.execute("CREATE TABLE called (what text); CREATE TABLE t (a integer)")
        expected = take_snapshot(connection)
        for left, right in (("regproc", "integer"), ("oid", "regclass"), ("name", "name"), ("oid", "integer")):
            connection.execute(
                f"CREATE FUNCTION same(a {left}, b {right}) RETURNS boolean LANGUAGE plpgsql AS"
                " 'BEGIN INSERT INTO public.called VALUES (''=''); RETURN true; END';"
                f"CREATE OPERATOR public.= (leftarg = {left}, rightarg = {right}, function = same)".encode()
            )
        connection.execute(
            "CREATE FUNCTION concat_ws(text, text, text) RETURNS text LANGUAGE plpgsql AS"
            " 'BEGIN INSERT INTO public.called VALUES (''concat_ws''); RETURN null; END'"
        )
        found = take_snapshot(connection)
        assert {line.kind for line in {*found.lines} ^ {*expected.lines}} == {"operator", "function", "owner"}
        assert connection.execute("SELECT FROM called").fetchall() == []
    assert psql(database, "-q", script=SCRIPTS / "1.2.0" / "drift.sql").returncode == 0
    with server.connect(database) as connection:
        assert connection.execute("SELECT FROM called").fetchall() == []


def test_the_query_is_plain_ascii() -> None:
    """It is part of drift.sql, which runs in databases of any encoding."""
    assert QUERY.read_text(encoding="utf-8").isascii()
