"""The lock phase of a segment: it locks what its statements do, and as they do, where the role may."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from release.cli import run
from release.scratch.server import Server
from tests.databases import NewDatabase, Psql
from tests.projects import Revision, write_project

WORLD = """
CREATE TABLE a (id int PRIMARY KEY, n int);
CREATE TABLE b (id int PRIMARY KEY, n int);
CREATE TABLE d (id int PRIMARY KEY, a_id int CONSTRAINT to_a REFERENCES a, b_id int CONSTRAINT to_b REFERENCES b);
CREATE TABLE p (id int, k int CHECK (k > 0), a_id int REFERENCES a) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE parent (id int, n int);
CREATE TABLE child () INHERITS (parent);
CREATE VIEW v AS SELECT n FROM b;
CREATE TABLE "Od'd, ""one"" $locks$" (id int);
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'
"""
ALL, ALL_BUT_READERS = "AccessExclusiveLock", "ShareRowExclusiveLock"
WATCH = "CREATE TRIGGER watch AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION nothing()"
# what a transaction locks before its first statement; nothing where it has no lock phase
CASES: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "two tables": (("ALTER TABLE a ADD x int", "ALTER TABLE b ADD x int"), {"a": ALL, "b": ALL}),
    "one table": (("ALTER TABLE a ADD x int", "ALTER TABLE a ADD y int"), {}),
    "an order of its own": (("ALTER TABLE b ADD x int", "ALTER TABLE a ADD x int"), {"a": ALL, "b": ALL}),
    "the ends of foreign keys": (
        ("CREATE TABLE e (a_id int REFERENCES a, b_id int REFERENCES b)",),
        {"a": ALL_BUT_READERS, "b": ALL_BUT_READERS},
    ),
    "the least mode": ((WATCH, "ALTER TABLE b ADD x int"), {"a": ALL_BUT_READERS, "b": ALL}),
    "the strongest of two": (
        (WATCH, "ALTER TABLE b ADD x int", "ALTER TABLE a ADD x int"),
        {"a": ALL, "b": ALL},
    ),
    "the least mode for two that do not stand for each other": (
        ("LOCK TABLE a IN SHARE MODE", "LOCK TABLE a IN ROW EXCLUSIVE MODE", "ALTER TABLE b ADD x int"),
        {"a": ALL_BUT_READERS, "b": ALL},
    ),
    "partitions": (("ALTER TABLE p ADD x int", "ALTER TABLE b ADD x int"), {"p": ALL, "p1": ALL, "b": ALL}),
    "child tables": (
        ("ALTER TABLE parent ADD x int", "ALTER TABLE b ADD x int"),
        {"parent": ALL, "child": ALL, "b": ALL},
    ),
    "ONLY": (
        ("ALTER TABLE ONLY parent ALTER n SET DEFAULT 1", "ALTER TABLE b ADD x int"),
        {"parent": ALL, "b": ALL},
    ),
    "a table with foreign keys goes": (("DROP TABLE d",), {"a": ALL, "b": ALL, "d": ALL}),
    "a column with a foreign key goes": (("ALTER TABLE d DROP a_id",), {"a": ALL, "d": ALL}),
    "a column that others refer to goes": (
        ("ALTER TABLE a DROP id CASCADE",),
        {"a": ALL, "d": ALL, "p": ALL, "p1": ALL},
    ),
    "a foreign key goes": (("ALTER TABLE d DROP CONSTRAINT to_b",), {"b": ALL, "d": ALL}),
    "a partition goes": (("DROP TABLE p1",), {"p": ALL, "p1": ALL, "a": ALL}),
    "a table that is not there": (
        ("ALTER TABLE IF EXISTS nope ADD x int", "ALTER TABLE a ADD x int", "ALTER TABLE b ADD x int"),
        {"a": ALL, "b": ALL},
    ),
    "a view": (
        ("ALTER VIEW v RENAME TO w", "ALTER TABLE a ADD x int", "ALTER TABLE b ADD x int"),
        {"a": ALL, "b": ALL},
    ),
    "a hostile name": (
        ("""ALTER TABLE "Od'd, ""one"" $locks$" ADD x int""", "ALTER TABLE b ADD x int"),
        {'Od\'d, "one" $locks$': ALL, "b": ALL},
    ),
    "a table under another name": (
        ("ALTER TABLE a RENAME TO z", "ALTER TABLE z ADD x int", "ALTER TABLE b ADD x int"),
        {"a": ALL, "b": ALL},
    ),
    "rows": (("ALTER TABLE a ADD x int", "UPDATE a SET x = 1"), {}),
    "a scan": (("ALTER TABLE a ADD x int", "ALTER TABLE a ALTER n SET NOT NULL"), {}),
    "what nobody can read": (("ALTER TABLE a ADD x int", "DO $$ BEGIN EXECUTE 'SELECT 1'; END $$"), {}),
}
LOOK = """
SELECT '{}', c.oid, l.mode FROM pg_locks AS l INNER JOIN pg_class AS c ON c.oid = l.relation
WHERE l.pid = pg_backend_pid() AND c.relkind IN ('r', 'p') AND c.oid = ANY (current_setting('test.tables')::oid[]);
"""
TABLES = """
SELECT oid::text, relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND relname <> 'alembic_version'
"""
PHASE = re.compile(r"^(SELECT pg_temp\.release_locks\(1\) AS attempts.*\n)", re.MULTILINE)


@pytest.fixture
def database(server: Server, new_database: NewDatabase) -> str:
    name = new_database()
    with server.connect(name) as connection:
        connection.execute(WORLD.encode())
        connection.execute("CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY)")
        connection.execute("INSERT INTO alembic_version VALUES ('a1')")
    return name


def build(root: Path, *statements: str, how: str = "--no-plain") -> Path:
    code = "\n".join(f"op.execute({each!r})" for each in statements)
    ini = write_project(root, Revision("a1"), Revision("b2", code, "op.execute('SELECT 1')", down="a1"))
    assert run(["-c", str(ini), "build", "1.0", "--from", "a1", "--no-lint", how]) == 0
    return root / "scripts/1.0/upgrade.sql"


@pytest.mark.parametrize("how", ["--no-plain", "--plain"])
@pytest.mark.parametrize("case", CASES)
def test_what_is_locked(server: Server, psql: Psql, database: str, tmp_path: Path, case: str, how: str) -> None:
    """All of it before the first statement, and by the end no more than that."""
    statements, expected = CASES[case]
    script = build(tmp_path, *statements, how=how)
    text = script.read_text(encoding="utf-8")
    assert bool(PHASE.search(text)) is bool(expected)
    if not expected:
        assert psql(database, "-v", "ON_ERROR_STOP=1", script=script).returncode == 0
        return
    before, phase, after = PHASE.split(text)
    after, commit, rest = after.rpartition("COMMIT;")
    script.write_text("".join((before, phase, LOOK.format("first"), after, LOOK.format("last"), commit, rest)))
    with server.connect(database) as connection:
        names: dict[str, str] = dict(connection.execute(TABLES.encode()).fetchall())
    options = {"PGOPTIONS": f"-c test.tables={{{','.join(names)}}}"}
    done = psql(database, "-A", "-t", "-v", "ON_ERROR_STOP=1", script=script, env=options)
    assert done.returncode == 0, done.stderr
    seen: dict[str, dict[str, set[str]]] = {"first": {}, "last": {}}
    for when, table, mode in (
        line.split("|") for line in done.stdout.splitlines() if line.startswith(("first|", "last|"))
    ):
        seen[when].setdefault(names[table], set()).add(mode)
    assert seen["first"] == {table: {mode} for table, mode in expected.items()}
    strong = {table: modes & {ALL, ALL_BUT_READERS} for table, modes in seen["last"].items()}
    assert {table for table, modes in strong.items() if modes} <= seen["first"].keys()
    assert all(ALL in seen["first"][table] for table, modes in strong.items() if ALL in modes)


ROLES = {
    # (what the role may on tables a and b, from which version on LOCK takes it, whether b is its own)
    "an owner without privileges": ("REVOKE ALL ON a, b FROM {}", 0, True),
    "MAINTAIN alone": ("REVOKE ALL ON a, b FROM {0}; GRANT MAINTAIN ON a, b TO {0}", 17, True),
    "DELETE alone": ("REVOKE ALL ON a, b FROM {0}; GRANT DELETE ON a, b TO {0}", 13, True),
    "REFERENCES alone": ("GRANT REFERENCES ON a, b TO {}", 0, False),
}


@pytest.mark.parametrize("case", ROLES)
def test_a_role_that_may_not_lock_all(server: Server, psql: Psql, database: str, tmp_path: Path, case: str) -> None:
    """What it may alter or refer to, and not lock, its statements lock themselves."""
    grants, since, owner = ROLES[case]
    if since > server.major:
        pytest.skip(f"PostgreSQL {since} and later")
    role = f"{server.prefix}limited"
    alter = ("ALTER TABLE a ADD x int", "ALTER TABLE b ADD x int")
    refer = ("CREATE TABLE e (a_id int REFERENCES a, b_id int REFERENCES b)",)
    script = build(tmp_path, *(alter if owner else refer))
    text = script.read_text(encoding="utf-8")
    before, phase, after = PHASE.split(text)
    script.write_text("".join((before, phase, LOOK.format("first"), after)))
    with server.connect(database) as connection:
        connection.execute(f"CREATE ROLE {role}".encode())
        try:
            connection.execute("DROP VIEW v; GRANT ALL ON SCHEMA public TO PUBLIC")
            connection.execute(f"ALTER TABLE alembic_version OWNER TO {role}".encode())
            for table in ("a", "b") if owner else ():
                connection.execute(f"ALTER TABLE {table} OWNER TO {role}".encode())
            connection.execute(grants.format(role).encode())
            tables = connection.execute("SELECT array['a'::regclass::oid, 'b'::regclass::oid]::text").fetchone() or (
                "",
            )
            options = {"PGOPTIONS": f"-c test.tables={tables[0]} -c role={role}"}
            done = psql(database, "-A", "-t", script=script, env=options)
            assert done.returncode == 0, done.stderr
            assert done.stdout.count(f"|{ALL}\n") == (2 if since else 0)
        finally:
            connection.execute(f"DROP OWNED BY {role} CASCADE; DROP ROLE {role}".encode())


def test_nothing_planted_is_called(server: Server, psql: Psql, database: str, tmp_path: Path) -> None:
    """Who may create in a schema on the configured path can make functions that suit better than the server's own."""
    script = build(tmp_path, "ALTER TABLE a ADD x int", "ALTER TABLE b ADD x int")
    with server.connect(database) as connection:
        for function in (
            "format(text, regclass, text)",
            "array_position(text[], text)",
            "has_table_privilege(oid, text)",
        ):
            connection.execute(
                f"CREATE FUNCTION public.{function} RETURNS text LANGUAGE plpgsql AS "
                "'BEGIN RAISE ''planted''; END'".encode()
            )
    done = psql(database, script=script)
    assert done.returncode == 0, done.stderr
