"""verify.sql: what the release promised, object by object, and after a rollback what was there before."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from release.cli import run
from release.scratch.server import Server
from tests.arxos.conftest import At
from tests.arxos.test_releases import BUNDLES, RELEASES
from tests.databases import LOSING, NewDatabase, Psql
from tests.projects import Revision, write_project

BACK = ("-v", "direction=rollback")


@pytest.mark.parametrize("version", RELEASES)
def test_after_upgrade_and_rollback(psql: Psql, new_database: NewDatabase, at: At, version: str) -> None:
    start, _ = RELEASES[version]
    database = new_database() if start == "base" else at(start, seeded=True)
    folder = BUNDLES / version
    verify = folder / "verify.sql"
    for script, forwards, backwards in (("", 3, 0), ("upgrade", 0, 3), ("rollback", 3, 0), ("upgrade", 0, 3)):
        if script:
            assert psql(database, *LOSING, script=folder / f"{script}.sql").returncode == 0
        done = psql(database, script=verify)
        assert done.returncode == forwards, done.stdout + done.stderr
        assert (" FAIL " in done.stdout) == (forwards == 3)
        done = psql(database, *BACK, script=verify)
        assert done.returncode == backwards, done.stdout + done.stderr
    assert psql(database, "-v", "direction=sideways", script=verify).returncode == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE alembic_version SET version_num = '008'", "revision 009: it is 008"),
        (
            "ALTER TABLE comments ALTER created_at DROP NOT NULL",
            "comments.created_at (NOT NULL): expected NOT NULL; it has",
        ),
        (
            "ALTER TABLE catalog_items DROP COLUMN search",
            "catalog_items.search (tsvector, NULL, GENERATED): it is missing",
        ),
        ("ALTER TABLE projects ADD updated_at int", "column public.projects.updated_at is gone: it is there"),
        ("DROP INDEX ix_rooms_geom_active", "ix_rooms_geom_active (gist (geom) WHERE): it is missing"),
        ("ALTER TABLE annotations RENAME TO labels", "table public.labels is gone: it is there"),
        (
            "DROP INDEX ix_rooms_floor_id_covering; CREATE INDEX ix_rooms_floor_id_covering ON rooms (floor_id, name)",
            "expected btree (floor_id) INCLUDE (name, state); it has btree (floor_id, name), valid, ready",
        ),
    ],
)
def test_what_fails(server: Server, psql: Psql, at: At, change: str, words: str) -> None:
    database = at("009")
    assert psql(database, script=BUNDLES / "1.2.0" / "verify.sql").returncode == 0
    with server.connect(database) as connection:
        connection.execute(change.encode())
    done = psql(database, script=BUNDLES / "1.2.0" / "verify.sql")
    assert done.returncode == 3
    assert words in done.stdout


BEFORE = Revision(
    "a1",
    """
    for sql in (
        "CREATE TYPE old AS ENUM ('a', 'b')",
        "CREATE TABLE kept (id int PRIMARY KEY, t text DEFAULT 'x', n int NOT NULL, gone varchar(20) DEFAULT 'y')",
        "ALTER TABLE kept ADD o old",
        "COMMENT ON COLUMN kept.t IS 'as it was'",
        "CREATE INDEX kept_n ON kept (n)",
    ):
        op.execute(sql)
    """,
)
AFTER = Revision(
    "a2",
    """
    for sql in (
        "CREATE TYPE mood AS ENUM ('ok', 'bad')",
        "ALTER TYPE mood ADD VALUE 'middling' BEFORE 'bad'",
        "ALTER TYPE old RENAME VALUE 'a' TO 'it''s'",
        "CREATE TYPE pair AS (a int, b varchar(3))",
        "CREATE DOMAIN small AS numeric(4, 1) NOT NULL",
        "CREATE SCHEMA other",
        "CREATE TABLE other.\\"Odd t\\" (id serial PRIMARY KEY, m mood NOT NULL, n numeric(10, 2) DEFAULT 0, a text[], "
        "i int GENERATED ALWAYS AS IDENTITY, s text DEFAULT 'it''s', w timestamptz DEFAULT now(), "
        "g geometry(PointZ, 3857), CONSTRAINT \\"Key\\" UNIQUE (n, a), "
        "CONSTRAINT ref FOREIGN KEY (i) REFERENCES kept (id) ON DELETE SET NULL DEFERRABLE, "
        "CONSTRAINT positive CHECK (n > 0))",
        "COMMENT ON TABLE other.\\"Odd t\\" IS 'it''s: odd (very); yes'",
        "COMMENT ON COLUMN other.\\"Odd t\\".s IS 'a column'",
        "CREATE TABLE passing (id int)",
        "CREATE TEMP TABLE scratch (id int)",
        "CREATE INDEX ON scratch (id)",
        "CREATE TEMP TABLE scratch_2 AS SELECT 1 AS id",
        "SELECT 1 AS id INTO TEMP scratch_3",
        "INSERT INTO scratch SELECT n FROM generate_series(1, 9) AS n",
        "DROP TABLE passing",
        "CREATE TABLE old_style (id int, dropped int, more int)",
        "CREATE INDEX goes_with_it ON old_style (dropped, more)",
        "CREATE INDEX goes_too ON old_style (id) WHERE dropped > 1",
        "ALTER TABLE old_style ADD CONSTRAINT goes CHECK (dropped > id)",
        "ALTER TABLE old_style DROP COLUMN dropped",
        "SELECT AddGeometryColumn('public', 'old_style', 'shape', 4326, 'POLYGON', 2)",
        "CREATE VIEW v AS SELECT 1 AS one",
        "CREATE MATERIALIZED VIEW mv AS SELECT 1 AS one",
        "CREATE SEQUENCE s",
        "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "CREATE FUNCTION f(int, OUT b text, VARIADIC c varchar[]) LANGUAGE sql AS $$ SELECT 'b' $$",
        "CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1'",
        "COMMENT ON FUNCTION f(int, varchar[]) IS 'a function'",
        "CREATE TRIGGER g BEFORE INSERT OR UPDATE ON other.\\"Odd t\\" FOR EACH ROW EXECUTE FUNCTION f()",
        "ALTER TABLE other.\\"Odd t\\" ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY p ON other.\\"Odd t\\" FOR SELECT USING (true)",
        "CREATE STATISTICS st ON id, m FROM other.\\"Odd t\\"",
        "CREATE RULE r AS ON DELETE TO v DO INSTEAD NOTHING",
        "ALTER TABLE kept ALTER t TYPE varchar(9), ALTER t DROP DEFAULT, ALTER n DROP NOT NULL, DROP COLUMN gone",
        "ALTER TABLE kept ADD CONSTRAINT later CHECK (n > 0) NOT VALID",
        "COMMENT ON COLUMN kept.t IS NULL",
        "ALTER INDEX kept_n RENAME TO kept_m",
        "ALTER TABLE kept RENAME COLUMN n TO m",
        "CREATE VIEW first_name AS SELECT 1 AS one",
        "ALTER TABLE first_name RENAME TO last_name",
        "CREATE TABLE swapped (id int NOT NULL, other int, CONSTRAINT other_key UNIQUE (other))",
        "CREATE UNIQUE INDEX becomes_key ON swapped (id)",
        "ALTER TABLE swapped ADD CONSTRAINT swapped_key PRIMARY KEY USING INDEX becomes_key",
        "ALTER INDEX other_key RENAME TO another_key",
        "ALTER DOMAIN small ADD CHECK (VALUE > 0)",
        "ALTER TYPE pair ADD ATTRIBUTE c text",
        "CREATE TABLE parts (id int NOT NULL) PARTITION BY RANGE (id)",
        "CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (10)",
        "CREATE INDEX parts_id ON ONLY parts (id)",
        "CREATE FUNCTION like_it(a kept.id%TYPE) RETURNS SETOF int LANGUAGE sql AS 'SELECT 1'",
        "CREATE UNIQUE INDEX u ON kept (lower(t), m DESC) INCLUDE (id)",
    ):
        op.execute(sql)
    """,
    """
    for sql in (
        "DROP INDEX u",
        "DROP FUNCTION like_it", "DROP TABLE parts", "DROP TABLE swapped", "DROP VIEW last_name",
        "ALTER TABLE kept RENAME COLUMN m TO n",
        "ALTER INDEX kept_m RENAME TO kept_n",
        "COMMENT ON COLUMN kept.t IS 'as it was'",
        "ALTER TABLE kept DROP CONSTRAINT later",
        "ALTER TABLE kept ALTER t TYPE text, ALTER t SET DEFAULT 'x', ALTER n SET NOT NULL",
        "ALTER TABLE kept ADD COLUMN gone varchar(20) DEFAULT 'y'",
        "DROP TABLE old_style",
        "DROP SCHEMA other CASCADE",
        "DROP PROCEDURE p()", "DROP FUNCTION f(int, varchar[])", "DROP FUNCTION f", "DROP SEQUENCE s",
        "DROP MATERIALIZED VIEW mv", "DROP VIEW v", "DROP DOMAIN small", "DROP TYPE pair",
        "ALTER TYPE old RENAME VALUE 'it''s' TO 'a'",
        "DROP TYPE mood",
    ):
        op.execute(sql)
    """,
    down="a1",
)
TABLE = 'other."Odd t"'
# what somebody does by hand after the upgrade, and the line that says so
BROKEN = [
    ("ALTER TYPE mood RENAME VALUE 'bad' TO 'worse'", "type public.mood"),
    ("ALTER TYPE mood ADD VALUE 'more' BEFORE 'ok'", "type public.mood"),
    ("ALTER TYPE old RENAME VALUE 'it''s' TO 'c'", "type public.old"),
    ("ALTER TYPE pair ALTER ATTRIBUTE b TYPE text", "type public.pair"),
    ("ALTER DOMAIN small DROP NOT NULL", "domain public.small"),
    ("ALTER SCHEMA other RENAME TO another", "schema other"),
    (f"ALTER TABLE {TABLE} ALTER m DROP NOT NULL", f"column {TABLE}.m"),
    (f"ALTER TABLE {TABLE} ALTER n TYPE numeric(10, 3)", f"column {TABLE}.n"),
    (f"ALTER TABLE {TABLE} ALTER n DROP DEFAULT", f"column {TABLE}.n"),
    (f"ALTER TABLE {TABLE} ALTER s SET DEFAULT 'its'", f"column {TABLE}.s"),
    (f"ALTER TABLE {TABLE} ALTER i DROP IDENTITY", f"column {TABLE}.i"),
    (f"ALTER TABLE {TABLE} ALTER w SET DEFAULT '2000-01-01'", f"column {TABLE}.w"),
    (f"ALTER TABLE {TABLE} ALTER g TYPE geometry(PointZ, 4326) USING ST_SetSRID(g, 4326)", f"column {TABLE}.g"),
    (f"ALTER TABLE {TABLE} ALTER g TYPE geometry(Point, 3857) USING ST_Force2D(g)", f"column {TABLE}.g"),
    ("ALTER TABLE old_style ALTER shape TYPE geometry(Polygon, 3857)", "column public.old_style.shape"),
    (f"COMMENT ON TABLE {TABLE} IS 'odd'", f"table {TABLE}"),
    (f"COMMENT ON COLUMN {TABLE}.s IS NULL", f"column {TABLE}.s"),
    ("COMMENT ON COLUMN kept.t IS 'more'", "column public.kept.t"),
    ("COMMENT ON FUNCTION f(int, varchar[]) IS NULL", "function public.f(integer, character varying[])"),
    (f'ALTER TABLE {TABLE} DROP CONSTRAINT "Key"', f'constraint {TABLE}."Key"'),
    (
        f"ALTER TABLE {TABLE} DROP CONSTRAINT ref, ADD CONSTRAINT ref FOREIGN KEY (i) REFERENCES kept",
        f"constraint {TABLE}.ref",
    ),
    ("UPDATE pg_constraint SET convalidated = false WHERE conname = 'positive'", f"constraint {TABLE}.positive"),
    ("ALTER TABLE kept VALIDATE CONSTRAINT later", "constraint public.kept.later"),
    ("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'u'::regclass", "index public.u"),
    ("UPDATE pg_index SET indisready = false WHERE indexrelid = 'u'::regclass", "index public.u"),
    ("DROP INDEX u; CREATE INDEX u ON kept (lower(t), m) INCLUDE (id)", "index public.u"),
    ("DROP INDEX u; CREATE UNIQUE INDEX u ON kept (lower(t), m)", "index public.u"),
    ("ALTER INDEX kept_m RENAME TO kept_n", "index public.kept_m"),
    ("DROP VIEW v; CREATE TABLE v (one int)", "view public.v"),
    ("REFRESH MATERIALIZED VIEW mv WITH NO DATA", "materialized view public.mv"),
    ("DROP SEQUENCE s", "sequence public.s"),
    (
        "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'",
        "function public.f()",
    ),
    ("DROP FUNCTION f(int, varchar[])", "function public.f(integer, character varying[])"),
    ("DROP PROCEDURE p(); CREATE FUNCTION p() RETURNS void LANGUAGE sql AS 'SELECT 1'", "procedure public.p()"),
    (f"ALTER TABLE {TABLE} DISABLE TRIGGER g", f"trigger {TABLE}.g"),
    (
        f"DROP TRIGGER g ON {TABLE}; CREATE TRIGGER g AFTER INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION f()",
        f"trigger {TABLE}.g",
    ),
    ("ALTER VIEW last_name RENAME TO first_name", "view public.last_name"),
    ("ALTER TABLE swapped DROP CONSTRAINT swapped_key", "constraint public.swapped.swapped_key"),
    ("ALTER TABLE swapped RENAME CONSTRAINT another_key TO other_key", "constraint public.swapped.another_key"),
    ("DROP INDEX parts_id", "index public.parts_id"),
    ("DROP FUNCTION like_it", "function public.like_it"),
    (f"ALTER TABLE {TABLE} DISABLE ROW LEVEL SECURITY", f"table {TABLE}"),
    (f"DROP POLICY p ON {TABLE}; CREATE POLICY p ON {TABLE} USING (true)", f"policy {TABLE}.p"),
    ("DROP STATISTICS st", "statistics public.st"),
    ("DROP RULE r ON v", "rule public.v.r"),
    ("ALTER TABLE kept ALTER t TYPE varchar(10)", "column public.kept.t"),
    ("ALTER TABLE kept ALTER m SET NOT NULL", "column public.kept.m"),
    ("ALTER TABLE kept ADD gone int", "column public.kept.gone"),
]
# and after the rollback
BROKEN_BACK = [
    ("CREATE TYPE mood AS ENUM ()", "type public.mood"),
    ("ALTER TYPE old RENAME VALUE 'a' TO 'c'", "type public.old"),
    ("ALTER TABLE kept ALTER t TYPE varchar(9)", "column public.kept.t"),
    ("ALTER TABLE kept ALTER t SET DEFAULT 'z'", "column public.kept.t"),
    ("COMMENT ON COLUMN kept.t IS NULL", "column public.kept.t"),
    ("ALTER TABLE kept ALTER n DROP NOT NULL", "column public.kept.n"),
    ("ALTER TABLE kept ALTER gone DROP DEFAULT", "column public.kept.gone"),
    ("ALTER TABLE kept DROP gone", "column public.kept.gone"),
    ("ALTER TABLE kept ADD CONSTRAINT later CHECK (n > 0)", "constraint public.kept.later"),
    ("DROP INDEX kept_n", "index public.kept_n"),
    ("CREATE INDEX u ON kept (n)", "index public.u"),
    ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "function public.f()"),
    ("CREATE SCHEMA other", "schema other"),
]


def failures(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [line.strip().removeprefix("FAIL   | ") for line in done.stdout.splitlines() if line.startswith(" FAIL ")]


def test_every_kind_of_object(
    server: Server, psql: Psql, new_database: NewDatabase, postgis_template: str, tmp_path: Path
) -> None:
    """Verify passes after upgrade and rollback, and whatever is broken then fails on its own line."""
    ini = write_project(tmp_path, BEFORE, AFTER)
    assert run(["-c", str(ini), "build", "1.0", "--to", "a1", "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "2.0", "--no-lint"]) == 0
    database = new_database(postgis_template)
    folder, copy = tmp_path / "scripts/2.0", f"{server.prefix}broken"
    for script in (tmp_path / "scripts/1.0/upgrade.sql", folder / "upgrade.sql"):
        done = psql(database, *LOSING, script=script)
        assert done.returncode == 0, done.stderr
    for broken, arguments in ((BROKEN, ()), (BROKEN_BACK, BACK)):
        done = psql(database, *arguments, script=folder / "verify.sql")
        assert done.returncode == 0, done.stdout + done.stderr
        for words in ("passing", "scratch", "goes_", "dropped"):
            assert words not in done.stdout
        for change, words in broken:
            assert re.search(rf"(?m)^ PASS   \| {re.escape(words)}( |$)", done.stdout), (words, done.stdout)
            server.create_database(copy, database)
            with server.connect(copy) as connection:
                connection.execute(change.encode())
            found = failures(psql(copy, *arguments, script=folder / "verify.sql"))
            server.drop_database(copy)
            assert any(re.match(rf"{re.escape(words)}( |:)", line) for line in found), (change, found)
        if not arguments:
            assert psql(database, *LOSING, script=folder / "rollback.sql").returncode == 0
