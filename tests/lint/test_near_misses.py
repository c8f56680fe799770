"""What real migrations hold: each danger in other clothes, and what looks like one and is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.lint.rule import Example
from release.lint.rules import all_rules
from tests.lint.examples import findings_of

LOSES = "# release: loses *.* nothing that anybody needs"


def sql(*statements: str, before: tuple[str, ...] = (), head: str = LOSES) -> Example:
    up, earlier = ("\n".join(f"op.execute({each!r})" for each in group) for group in (statements, before))
    return Example(up, head=head, before=earlier)


POINT = "geometry(Point, 4326)"
ENUM = 'op.add_column("rooms", sa.Column("state", sa.Enum("open", name="kind")))'
FOREIGN = 'op.execute("ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b_id) REFERENCES b NOT VALID")'
AREA = "CREATE FUNCTION area(g geometry) RETURNS float8 IMMUTABLE LANGUAGE "

SCHEMA = {
    "RL101 not of itself": sql("CREATE TABLE n (id int CONSTRAINT pk PRIMARY KEY, p int CONSTRAINT f REFERENCES n)"),
    "RL101 not when added afterwards": sql(
        "CREATE TABLE a (b_id int)",
        "CREATE TABLE b (id int CONSTRAINT pk PRIMARY KEY)",
        "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b_id) REFERENCES b",
    ),
    "RL102 on a column that was there": sql(
        "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b_id) REFERENCES b NOT VALID",
        before=("CREATE TABLE a (b_id int)",),
    ),
    "RL102 not of what nobody can know": sql(
        "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b_id) REFERENCES b NOT VALID"
    ),
    "RL102 not where it is indexed now": sql(
        "CREATE INDEX CONCURRENTLY i ON a (b_id)",
        "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b_id) REFERENCES b NOT VALID",
        before=("CREATE TABLE a (b_id int)",),
    ),
    "RL102 not where it was indexed before": sql(
        "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b_id) REFERENCES b NOT VALID",
        before=("CREATE TABLE a (b_id int)", "CREATE INDEX i ON a (b_id)"),
    ),
    "RL102 not where an operation indexed it before": Example(
        FOREIGN, before='op.create_table("a", sa.Column("b_id", sa.Integer()))\nop.create_index("i", "a", ["b_id"])'
    ),
    "RL102 indexed in another table before": Example(
        FOREIGN, before='op.create_table("a", sa.Column("b_id", sa.Integer()))\nop.create_index("i", "c", ["b_id"])'
    ),
    "RL102 indexed in another statement": sql(
        "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b_id) REFERENCES b NOT VALID",
        before=("CREATE TABLE a (b_id int)", "COMMENT ON COLUMN a.b_id IS 'a.b_id: needs an index'"),
    ),
    "RL102 not of a column of another table": sql(
        "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b_id) REFERENCES b NOT VALID",
        before=("CREATE TABLE a (id int)", "CREATE TABLE c (b_id int)"),
    ),
    "RL102 not where a loop may have indexed it": Example(
        FOREIGN,
        before='op.execute("CREATE TABLE a (b_id int)")\nfor n in ("b_id",):\n    op.create_index(f"i_{n}", "a", [n])',
    ),
    "RL102 index dropped": sql(
        "CREATE TABLE a (b_id int CONSTRAINT f REFERENCES b)", "CREATE INDEX i ON a (b_id)", "DROP INDEX i"
    ),
    "RL102 not where the indexed column had another name": sql(
        "CREATE TABLE a (c int)",
        "CREATE INDEX i ON a (c)",
        "ALTER TABLE a RENAME c TO b_id",
        "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b_id) REFERENCES b",
    ),
    "RL102 not of a table that goes with its schema": sql(
        "CREATE SCHEMA s", "CREATE TABLE s.a (b_id int CONSTRAINT f REFERENCES b)", "DROP SCHEMA s CASCADE"
    ),
    "RL102 not where a retyped column was indexed before": sql(
        "ALTER TABLE a ALTER b_id TYPE bigint",
        "ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b_id) REFERENCES b",
        before=("CREATE TABLE a (b_id int)", "CREATE INDEX i ON a (b_id)"),
    ),
    "RL102 not when the key is dropped": sql(
        "CREATE TABLE a (b_id int CONSTRAINT f REFERENCES b)", "ALTER TABLE a DROP CONSTRAINT f"
    ),
    "RL102 not with an index of what is not null": sql(
        "CREATE TABLE a (b_id int CONSTRAINT f REFERENCES b)", "CREATE INDEX i ON a (b_id) WHERE b_id IS NOT NULL"
    ),
    "RL102 partial index": sql(
        "CREATE TABLE a (b_id int CONSTRAINT f REFERENCES b, c int)", "CREATE INDEX i ON a (b_id) WHERE c > 3"
    ),
    "RL102 index of an expression": sql(
        "CREATE TABLE a (b_id int CONSTRAINT f REFERENCES b)", "CREATE INDEX i ON a (abs(b_id))"
    ),
    "RL102 second in an index": sql(
        "CREATE TABLE a (b_id int CONSTRAINT f REFERENCES b, c int)", "CREATE INDEX i ON a (c, b_id)"
    ),
    "RL103 at the end of a name": sql("CREATE TABLE a (boundary_geojson jsonb)"),
    "RL103 with a suffix": sql("CREATE TABLE a (geom_text text)"),
    "RL103 not what tells of a geometry": sql("CREATE TABLE a (geometry_type text, geom_source varchar(20))"),
    "RL104 AddGeometryColumn": sql(
        "CREATE TABLE a (id int)", "SELECT AddGeometryColumn('public', 'a', 'g', 4326, 'POINT', 2)"
    ),
    "RL104 not with an index": sql(
        "CREATE TABLE a (id int)",
        "SELECT AddGeometryColumn('public', 'a', 'g', 4326, 'POINT', 2)",
        "CREATE INDEX i ON a USING gist (g)",
    ),
    "RL104 B-tree": sql(f"CREATE TABLE a (g {POINT})", "CREATE INDEX i ON a (g)"),
    "RL104 index dropped": sql(f"CREATE TABLE a (g {POINT})", "CREATE INDEX i ON a USING gist (g)", "DROP INDEX i"),
    "RL104 not second in an index": sql(
        f"CREATE TABLE a (t tstzrange, g {POINT})", "CREATE INDEX i ON a USING gist (t, g)"
    ),
    "RL104 text made geometry": sql(
        f"ALTER TABLE a ALTER COLUMN g TYPE {POINT} USING g::geometry", before=("CREATE TABLE a (g text)",)
    ),
    "RL104 not geometry that was indexed": sql(
        f"ALTER TABLE a ALTER COLUMN g TYPE {POINT}",
        before=("CREATE TABLE a (g geometry)", "CREATE INDEX ON a USING gist (g)"),
    ),
    "RL105 AddGeometryColumn": sql("CREATE TABLE a (id int)", "SELECT AddGeometryColumn('a', 'g', 0, 'POINT', 2)"),
    "RL105 not geography, which has one": sql("CREATE TABLE a (g geography(Point))"),
    "RL106 not a few rows": sql("CREATE TABLE a (id int)", "CREATE INDEX i ON a (id)", "INSERT INTO a VALUES (1), (2)"),
    "RL106 not a key, which must be there": sql(
        "CREATE TABLE a (id int, CONSTRAINT u UNIQUE (id))", "INSERT INTO a SELECT 1"
    ),
    "RL109 like a word of before": Example(ENUM, before='op.execute("CREATE TABLE kinds (id int)")'),
    "RL109 like a column of before": Example(
        ENUM, before='op.create_table("rooms", sa.Column("kind", sa.Text(), comment="a kind"), comment="its kind")'
    ),
    "RL109 like a value of before": Example(ENUM, before="op.execute(\"INSERT INTO log VALUES ('kind')\")"),
    "RL109 like a word of its description": Example(ENUM, before='"""The kind of rooms."""\nop.execute("SELECT 1")'),
    "RL109 not of a loop": Example(
        ENUM, before='for name in ("kind", "other"):\n    op.execute(f"CREATE TYPE {name} AS ENUM ()")'
    ),
    "RL109 not made by a table of before": Example(
        ENUM, before='op.create_table("a", sa.Column("x", sa.Enum("open", name="kind")))'
    ),
    "RL109 not made before": Example(ENUM, before="op.execute(\"CREATE TYPE kind AS ENUM ('open')\")"),
    "RL109 array": sql("CREATE TABLE a (x kind[])"),
    "RL109 dropped": sql("CREATE TYPE k AS ENUM ('a')", "DROP TYPE k", "CREATE TABLE a (x k)"),
    "RL109 not a domain": sql("CREATE DOMAIN size AS int CHECK (VALUE > 0)", "CREATE TABLE a (x size)"),
    "RL109 not renamed": sql("CREATE TYPE k AS ENUM ('a')", "ALTER TYPE k RENAME TO m", "CREATE TABLE a (x m)"),
    "RL111 as a default": sql("ALTER TYPE k ADD VALUE 'b'", "ALTER TABLE a ALTER COLUMN s SET DEFAULT 'b'"),
    "RL111 not in a comment": sql("ALTER TYPE k ADD VALUE 'b'", "UPDATE a SET s = 'a' /* not 'b' */ WHERE s = 'c'"),
    "RL113 not NOT NULL": sql("CREATE TABLE a (id int NOT NULL)"),
}

DANGER = {
    "RL202 constraint": sql("ALTER TABLE a DROP CONSTRAINT c CASCADE"),
    "RL202 not ON DELETE CASCADE": sql(
        "ALTER TABLE a ADD CONSTRAINT c FOREIGN KEY (x) REFERENCES b ON DELETE CASCADE NOT VALID"
    ),
    "RL203 its parts": sql("DROP EXTENSION IF EXISTS postgis_raster"),
    "RL204 not a table of its own": sql("CREATE TABLE a (id int)", "TRUNCATE a"),
    "RL205 where true": sql("UPDATE a SET x = 1 WHERE true"),
    "RL205 where 1 = 1": sql("DELETE FROM a WHERE 1 = 1"),
    "RL205 in a WITH clause": sql("WITH u AS (UPDATE a SET x = 1 RETURNING id) SELECT 1 FROM u"),
    "RL205 not a table of its own": sql("CREATE TABLE a (x int)", "UPDATE a SET x = 1"),
    "RL205 not a join": sql("UPDATE a SET x = b.x FROM b WHERE a.id = b.id"),
    "RL206 not before the lock": sql("UPDATE a SET y = 1 WHERE y IS NULL", "ALTER TABLE a ADD COLUMN x int"),
    "RL207 not with a table of its own": sql(
        "ALTER TABLE a ADD COLUMN x int", "CREATE TABLE n (x int)", "ALTER TABLE n ADD COLUMN y int"
    ),
    "RL208 serial": sql("ALTER TABLE a ADD COLUMN x serial"),
    "RL208 stored": sql("ALTER TABLE a ADD COLUMN x int GENERATED ALWAYS AS (y + 1) STORED"),
    "RL208 not now()": sql("ALTER TABLE a ADD COLUMN x timestamptz DEFAULT now()"),
    "RL208 bigint": Example('op.alter_column("a", "x", type_=sa.BigInteger(), existing_type=sa.Integer())'),
    "RL208 shorter": Example('op.alter_column("a", "x", type_=sa.String(9), existing_type=sa.String(10))'),
    "RL208 not longer": Example('op.alter_column("a", "x", type_=sa.String(20), existing_type=sa.String(length=10))'),
    "RL208 not text": Example('op.alter_column("a", "x", type_=sa.Text(), existing_type=sa.VARCHAR(10))'),
    "RL209 not where a check without a name has proven it": sql(
        "ALTER TABLE a ADD CHECK (x IS NOT NULL) NOT VALID",
        "ALTER TABLE a VALIDATE CONSTRAINT a_x_check",
        "ALTER TABLE a ALTER x SET NOT NULL",
    ),
    "RL209 not of a column or table renamed since": sql(
        "ALTER TABLE a ADD CONSTRAINT c CHECK (x IS NOT NULL) NOT VALID",
        "ALTER TABLE a VALIDATE CONSTRAINT c",
        "ALTER TABLE a RENAME x TO y",
        "ALTER TABLE a RENAME TO b",
        "ALTER TABLE b RENAME CONSTRAINT c TO d",
        "ALTER TABLE b ALTER y SET NOT NULL",
    ),
    "RL209 not in another schema": sql(
        "SET LOCAL search_path = extra, public",
        "ALTER TABLE a ADD CONSTRAINT c CHECK (x IS NOT NULL) NOT VALID",
        "ALTER TABLE extra.a VALIDATE CONSTRAINT c",
        "ALTER TABLE a ALTER x SET NOT NULL",
    ),
    "RL209 not of a table of its own by another name": sql(
        "SET LOCAL search_path = extra, public",
        "CREATE TABLE n (x int)",
        "ALTER TABLE extra.n RENAME TO m",
        "ALTER TABLE m ALTER x SET NOT NULL, ADD CONSTRAINT c CHECK (x > 0)",
    ),
    "RL209 where the proof has gone": sql(
        "ALTER TABLE a ADD CONSTRAINT c CHECK (x IS NOT NULL) NOT VALID",
        "ALTER TABLE a VALIDATE CONSTRAINT c",
        "ALTER TABLE a DROP CONSTRAINT c",
        "ALTER TABLE a ALTER x SET NOT NULL",
    ),
    "RL209 where it is of another column": sql(
        "ALTER TABLE a ADD CONSTRAINT c CHECK (x IS NOT NULL) NOT VALID",
        "ALTER TABLE a VALIDATE CONSTRAINT c",
        "ALTER TABLE a ALTER y SET NOT NULL",
    ),
    "RL209 where it is not validated": sql(
        "ALTER TABLE a ADD CONSTRAINT c CHECK (x IS NOT NULL) NOT VALID", "ALTER TABLE a ALTER x SET NOT NULL"
    ),
    "RL209 where another action scans": sql(
        "ALTER TABLE a ADD CONSTRAINT c CHECK (x IS NOT NULL) NOT VALID",
        "ALTER TABLE a VALIDATE CONSTRAINT c",
        "ALTER TABLE a ALTER x SET NOT NULL, ADD CONSTRAINT d CHECK (x > 0)",
    ),
    "RL209 not of a key over what is NOT NULL": sql(
        "ALTER TABLE a ADD CONSTRAINT c CHECK (x IS NOT NULL) NOT VALID",
        "ALTER TABLE a VALIDATE CONSTRAINT c",
        "ALTER TABLE a ALTER x SET NOT NULL",
        "CREATE UNIQUE INDEX CONCURRENTLY u ON a (x)",
        "ALTER TABLE a ADD CONSTRAINT k PRIMARY KEY USING INDEX u",
    ),
    "RL209 not a table of its own": sql("CREATE TABLE a (x int)", "ALTER TABLE a ALTER COLUMN x SET NOT NULL"),
    "RL209 not NOT NULL with a default": sql("ALTER TABLE a ADD COLUMN x int NOT NULL DEFAULT 3"),
    "RL210 exclude": sql("ALTER TABLE a ADD CONSTRAINT e EXCLUDE USING gist (x WITH &&)"),
    "RL213 qualified": sql("SELECT public.UpdateGeometrySRID('a', 'g', 4326)"),
    "RL213 all columns": sql("SELECT Populate_Geometry_Columns()"),
    "RL213 without typmod": sql("SELECT AddGeometryColumn('public', 'a', 'g', 4326, 'POINT', 2, use_typmod => false)"),
    "RL213 in a DO block": sql("DO $$ BEGIN PERFORM UpdateGeometrySRID('a', 'g', 4326); END $$"),
    "RL215 not another extension": sql("ALTER EXTENSION pg_trgm UPDATE"),
    "RL217 in an index": sql(f"CREATE TABLE a (g {POINT})", "CREATE INDEX i ON a USING gist (ST_Transform(g, 3857))"),
    "RL217 in its condition": sql(
        f"CREATE TABLE a (g {POINT})", "CREATE INDEX i ON a USING gist (g) WHERE ST_IsValid(g)"
    ),
    "RL217 in PL/pgSQL": sql(AREA + "plpgsql AS $$ BEGIN RETURN ST_Area(g); END $$", "CREATE INDEX i ON a (area(g))"),
    "RL217 two calls away": sql(
        AREA + "sql AS 'SELECT ST_Area($1)'",
        "CREATE FUNCTION twice(g geometry) RETURNS float8 IMMUTABLE LANGUAGE sql AS 'SELECT 2 * area($1)'",
        "CREATE INDEX i ON a (twice(g))",
    ),
    "RL217 in a function of before": sql(
        "CREATE INDEX i ON a (area(g))", before=(AREA + "sql AS 'SELECT ST_Area($1)'",)
    ),
    "RL217 not bound when created": sql(AREA + "sql RETURN ST_Area(g)", "CREATE INDEX i ON a (area(g))"),
    "RL217 not qualified": sql(
        f"CREATE TABLE a (g {POINT})", "CREATE INDEX i ON a USING gist (public.ST_Transform(g, 3857))"
    ),
}

HANDOVER = {
    "RL303 to a file": sql("COPY a TO '/tmp/x'"),
    "RL303 large object": sql("SELECT lo_import('/etc/passwd')"),
    "RL303 in a DO block": sql("DO $$ BEGIN PERFORM pg_read_file('/etc/passwd'); END $$"),
    "RL303 not from the client": sql("COPY (SELECT 1) TO STDOUT"),
    "RL304 a role's settings": sql("ALTER ROLE app SET search_path = x"),
    "RL304 a database's settings": sql("ALTER DATABASE d SET search_path = x"),
    "RL305 of a user mapping": sql("CREATE USER MAPPING FOR u SERVER s OPTIONS (user 'x', password 'y')"),
    "RL305 of a subscription": sql("CREATE SUBSCRIPTION s CONNECTION 'host=h password=p' PUBLICATION p"),
    "RL305 of dblink": sql("SELECT dblink_connect('host=h password=secret')"),
    "RL306 set_config": sql("SELECT set_config('search_path', '', false)"),
    "RL306 not for the transaction": sql("SELECT set_config('search_path', 'x', true)"),
    "RL306 not of a function": sql("CREATE FUNCTION f() RETURNS int LANGUAGE sql SET search_path = x AS 'SELECT 1'"),
    "RL307 key and value": Example(head="DSN = 'host=h user=u password=secret dbname=d'"),
    "RL307 with a colon": Example(ini="sqlalchemy.url: postgresql://u:secret@h/d"),
    "RL307 not a placeholder": Example(ini="sqlalchemy.url = postgresql://u:%(DB_PASSWORD)s@h/d"),
    "RL307 not what alembic init writes": Example(ini="sqlalchemy.url = driver://user:pass@localhost/dbname"),
    "RL307 not a column": Example('op.add_column("a", sa.Column("password", sa.Text()))', head='PASSWORD = "password"'),
    "RL308 by another name": Example(head="from datetime import UTC, datetime as dt\nNOW = dt.now(UTC)"),
    "RL308 not the server's": Example(
        'op.add_column("a", sa.Column("u", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))', head="import uuid"
    ),
    "RL308 not of a name": Example(head="import uuid\nX = uuid.uuid5(uuid.NAMESPACE_DNS, 'x')"),
    "RL309 bytes, not letters": sql(f"CREATE INDEX {'ü' * 32} ON a (x)"),
    "RL309 not 63": sql(f"CREATE INDEX {'i' * 63} ON a (x)"),
    "RL310 untrusted language": sql("CREATE FUNCTION f() RETURNS int LANGUAGE plpython3u AS 'return 1'"),
    "RL310 a superuser's setting": sql("SET session_replication_role = replica"),
    "RL310 triggers of foreign keys": sql("ALTER TABLE a DISABLE TRIGGER ALL"),
    "RL310 not the author's triggers": sql("ALTER TABLE a DISABLE TRIGGER USER"),
}

CASES = SCHEMA | DANGER | HANDOVER


@pytest.mark.parametrize("name", CASES)
def test_what_is_found_and_what_is_not(name: str, tmp_path: Path) -> None:
    code, _, rest = name.partition(" ")
    assert code in {rule.code for rule in all_rules()}
    found = findings_of(CASES[name], tmp_path)
    assert (code in {each.code for each in found}) is not rest.startswith("not")
