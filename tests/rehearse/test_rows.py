"""Rows for any schema: they fulfil what the tables ask, and are the same for the same seed."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from release.catalog.rows import compare_rows, take_rows
from release.rehearse.rows import values
from release.rehearse.rows.fill import Filled, fill_tables
from release.scratch.server import Server
from tests.databases import NewDatabase

WORLD = """
CREATE SCHEMA s;
CREATE TYPE s.state AS ENUM ('draft', 'active', 'it''s');
CREATE DOMAIN s.percent AS integer NOT NULL CHECK (value BETWEEN 0 AND 3);
CREATE TABLE s.person (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email varchar(40) UNIQUE NOT NULL,
    short char(6) NOT NULL UNIQUE, state s.state NOT NULL, share s.percent, boss integer REFERENCES s.person,
    full_name text GENERATED ALWAYS AS (email || 'x') STORED);
CREATE TABLE s."odd Name" (id varchar(12) PRIMARY KEY, "a""b" text NOT NULL CHECK ("a""b" IN ('one', 'two')),
    n numeric(5, 2) CHECK (n > 10 AND n < 13), f float8, flag boolean, at timestamptz, day date NOT NULL UNIQUE,
    u uuid NOT NULL UNIQUE, j jsonb, b bytea, tags text[], ip inet, during tstzrange, person_id integer NOT NULL
    REFERENCES s.person ON DELETE CASCADE, CHECK (day > '2020-01-05' OR flag));
CREATE TABLE s.likes (person_id integer REFERENCES s.person, odd_id varchar(12) REFERENCES s."odd Name",
    PRIMARY KEY (person_id, odd_id));
CREATE TABLE s.one_to_one (person_id integer PRIMARY KEY REFERENCES s.person);
CREATE TABLE s.pair (a integer NOT NULL, b text NOT NULL, PRIMARY KEY (a, b));
CREATE TABLE s.of_pair (id serial PRIMARY KEY, a integer NOT NULL, b text NOT NULL,
    FOREIGN KEY (a, b) REFERENCES s.pair);
CREATE TABLE s.places (id serial, p geometry(Point, 4326) NOT NULL, l geometry(LineStringZ, 3857),
    m geometry(MultiPolygon),
    g geography(Polygon) NOT NULL, any_shape geometry(Geometry, 25832) NOT NULL, c geometry);
CREATE TABLE s.parts (id integer, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE s.part PARTITION OF s.parts FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
CREATE TABLE s.a (id integer PRIMARY KEY, b integer);
CREATE TABLE s.b (id integer PRIMARY KEY, a integer NOT NULL REFERENCES s.a);
ALTER TABLE s.a ADD FOREIGN KEY (b) REFERENCES s.b;
CREATE TABLE s.no_columns ();
CREATE TABLE s.stubborn (n integer NOT NULL CHECK (n * n = 841));
"""


def test_every_table_is_filled(server: Server, new_database: NewDatabase, postgis_template: str) -> None:
    database = new_database(postgis_template)
    with server.connect(database) as connection:
        connection.execute(WORLD.encode())
        report = {each.table: each for each in fill_tables(connection, 50)}
        counts = {table: rows.count for table, rows in take_rows(connection).items()}
        assert report.pop("s.stubborn") == Filled("s.stubborn", 0, "its constraints leave no room for more")
        assert {name: (each.rows, each.reason) for name, each in report.items() if each.reason} == {}
        assert {name: each.rows for name, each in report.items()} == dict.fromkeys(report, 50)
        assert counts["s.part"] == 50
        srids = connection.execute("SELECT DISTINCT st_srid(p), st_srid(any_shape), st_geometrytype(m) FROM s.places")
        assert {row[:2] for row in srids} == {(4326, 25832)}
        several = connection.execute("SELECT count(DISTINCT state), count(DISTINCT share) FROM s.person").fetchone()
        assert several == (3, 4)
        some = connection.execute('SELECT count(*), count(n), count(f) FROM s."odd Name"').fetchone()
        assert some
        assert some[0] > some[1] > 0
        assert some[0] > some[2] > 0


ODD = """
CREATE EXTENSION btree_gist;
CREATE DOMAIN above AS integer CHECK (value > 5);
CREATE DOMAIN between_them AS above CHECK (value < 9);
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TYPE address AS (street text, number integer);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE TABLE own_parent (id integer PRIMARY KEY, parent integer NOT NULL REFERENCES own_parent);
CREATE TABLE pair (a integer, b date, PRIMARY KEY (a, b));
CREATE TABLE of_pair (a integer, b date, FOREIGN KEY (a, b) REFERENCES pair MATCH FULL);
CREATE TABLE booked (room integer NOT NULL, during tstzrange NOT NULL,
    EXCLUDE USING gist (room WITH =, during WITH &&));
CREATE TABLE apart (days daterange NOT NULL, EXCLUDE USING gist (days WITH &&));
CREATE TABLE later (a integer UNIQUE DEFERRABLE INITIALLY DEFERRED, b text NOT NULL);
CREATE TABLE lists (a integer[] NOT NULL CHECK (cardinality(a) > 0), m mood[] NOT NULL, v varchar(3)[] NOT NULL);
CREATE TABLE objects (j jsonb NOT NULL CHECK (jsonb_typeof(j) = 'object' AND j ? 'kind'),
    k jsonb NOT NULL CHECK (jsonb_typeof(k) = 'array'));
CREATE TABLE nested (b between_them NOT NULL, c text NOT NULL CHECK (length(c) = 10));
CREATE TABLE made (a address NOT NULL, s span NOT NULL, o oid NOT NULL, l pg_lsn NOT NULL, p polygon NOT NULL);
CREATE TABLE old_style (g geometry NOT NULL, CHECK (st_srid(g) = 31467), CHECK (geometrytype(g) = 'POLYGON'));
CREATE TABLE shapes (z geometry(PointZ, 4326) NOT NULL, m geometry(PointM, 4326) NOT NULL,
    zm geometry(MultiPolygonZM, 25832) NOT NULL, c geometry(CurvePolygon) NOT NULL, t geometry(TINZ) NOT NULL,
    p geometry(PolyhedralSurfaceZ) NOT NULL, g geography(PointZ) NOT NULL, gs geometry(Point, 3857)[] NOT NULL);
CREATE TABLE deep (k date NOT NULL, r text NOT NULL) PARTITION BY RANGE (k);
CREATE TABLE deep_1 PARTITION OF deep FOR VALUES FROM ('2030-01-01') TO ('2030-02-01') PARTITION BY LIST (r);
CREATE TABLE deep_1_eu PARTITION OF deep_1 FOR VALUES IN ('eu');
CREATE TABLE ordered (a date NOT NULL, b date NOT NULL, x integer NOT NULL CHECK (x IN (1, 2, 3)), CHECK (a < b));
"""


def test_what_is_asked_in_odd_ways(server: Server, new_database: NewDatabase, postgis_template: str) -> None:
    with server.connect(new_database(postgis_template)) as connection:
        connection.execute(ODD.encode())
        report = fill_tables(connection, 40)
        assert [(each.table, each.rows, each.reason) for each in report if each.rows != 40 or each.reason] == []
        several = connection.execute("SELECT count(*) FROM of_pair WHERE a IS NULL").fetchone()
        assert several
        assert 0 < several[0] < 40


def test_every_type_that_is_known_gets_values(server: Server, new_database: NewDatabase, postgis_template: str) -> None:
    with server.connect(new_database(postgis_template)) as connection:
        connection.execute("CREATE EXTENSION hstore; CREATE EXTENSION ltree")
        for name in values._OTHERS:
            connection.execute(
                SQL("CREATE TABLE {} (c {} NOT NULL)").format(Identifier(f"of_{name}"), Identifier(name))
            )
        report = fill_tables(connection, 5)
        assert [(each.table, each.reason) for each in report if each.rows != 5] == []


def test_what_cannot_be_filled_is_told(server: Server, new_database: NewDatabase) -> None:
    with server.connect(new_database()) as connection:
        connection.execute(
            """
            CREATE TABLE code (c text NOT NULL CHECK (c ~ '^[A-Z]{2}[0-9]{4}$'));
            CREATE TABLE flag (b boolean NOT NULL UNIQUE);
            CREATE TABLE refused (id integer PRIMARY KEY);
            CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'not today'; END$$;
            CREATE TRIGGER n BEFORE INSERT ON refused FOR EACH ROW EXECUTE FUNCTION no();
            CREATE TABLE child (p integer NOT NULL REFERENCES refused);
            CREATE TABLE nowhere (k date NOT NULL) PARTITION BY RANGE (k);
            CREATE TABLE egg (id integer PRIMARY KEY, h integer NOT NULL);
            CREATE TABLE hen (id integer PRIMARY KEY, e integer NOT NULL REFERENCES egg);
            ALTER TABLE egg ADD FOREIGN KEY (h) REFERENCES hen DEFERRABLE;
            """
        )
        assert {each.table: (each.rows, each.reason) for each in fill_tables(connection, 9)} == {
            "public.code": (0, "its constraints leave no room for more"),
            "public.flag": (2, "its constraints leave no room for more"),
            "public.refused": (0, "not today"),
            "public.child": (0, "needs rows of public.refused"),
            "public.nowhere": (0, 'no partition of relation "nowhere" found for row'),
            "public.egg": (0, "needs rows of public.hen"),
            "public.hen": (0, "needs rows of public.egg"),
        }


def test_the_same_seed_gives_the_same_rows(server: Server, new_database: NewDatabase, postgis_template: str) -> None:
    found = []
    for seed in (1, 1, 2):
        with server.connect(new_database(postgis_template)) as connection:
            connection.execute(WORLD.encode())
            fill_tables(connection, 20, seed=seed)
            found.append(take_rows(connection))
    assert compare_rows(found[0], found[1]) == ()
    assert compare_rows(found[0], found[2]) != ()


def test_rules_of_another_database(server: Server, new_database: NewDatabase) -> None:
    lax, strict = new_database(), new_database()
    with server.connect(lax) as connection, server.connect(strict) as rules:
        connection.execute("CREATE TABLE t (id integer, name text, gone integer)")
        rules.execute("CREATE TABLE t (id integer NOT NULL UNIQUE, name text CHECK (name = 'x'))")
        assert fill_tables(connection, 30, rules=rules) == (Filled("public.t", 30),)
        row = connection.execute("SELECT count(DISTINCT id), min(name), max(name), count(gone) FROM t").fetchone()
    assert row
    assert row[:3] == (30, "x", "x")


def test_foreign_keys_of_another_database(server: Server, new_database: NewDatabase) -> None:
    """Those between tables and columns that are there: of two, of itself, to a table that sorts later, in a circle."""
    tables = """
        CREATE TABLE a (id integer PRIMARY KEY, z integer NOT NULL, kind integer, code text, up integer);
        CREATE TABLE m (a integer NOT NULL, code text NOT NULL, nowhere integer NOT NULL);
        CREATE TABLE z (id integer PRIMARY KEY, kind integer, code text, a integer);
    """
    unique = "ALTER TABLE z ADD UNIQUE (kind, code);"
    keys = """
        ALTER TABLE a ADD FOREIGN KEY (z) REFERENCES z;
        ALTER TABLE a ADD FOREIGN KEY (kind, code) REFERENCES z (kind, code);
        ALTER TABLE a ADD FOREIGN KEY (up) REFERENCES a;
        ALTER TABLE z ADD FOREIGN KEY (a) REFERENCES a;
        ALTER TABLE m ADD FOREIGN KEY (a) REFERENCES a NOT VALID;
    """
    later = """
        CREATE TABLE added (id integer PRIMARY KEY);
        ALTER TABLE m ADD FOREIGN KEY (nowhere) REFERENCES added;
        ALTER TABLE z ADD new integer UNIQUE;
        ALTER TABLE m ADD FOREIGN KEY (nowhere) REFERENCES z (new);
    """
    lax, strict = new_database(), new_database()
    with server.connect(lax) as connection, server.connect(strict) as rules:
        connection.execute((tables + unique).encode())
        rules.execute((tables + unique + keys + later).encode())
        assert {each.rows for each in fill_tables(connection, 30, rules=rules)} == {30}
        connection.execute((keys + "ALTER TABLE m VALIDATE CONSTRAINT m_a_fkey").encode())
        with pytest.raises(psycopg.errors.ForeignKeyViolation):  # a table of the release has no rows before it
            connection.execute(later.encode())


def test_differences_of_rows(server: Server, new_database: NewDatabase) -> None:
    with server.connect(new_database()) as connection:
        connection.execute("CREATE TABLE t (id integer PRIMARY KEY, a text, b text)")
        connection.execute("CREATE TABLE u (id integer)")
        connection.execute("INSERT INTO t SELECT i, i, i FROM generate_series(1, 5) AS i")
        connection.execute("INSERT INTO u VALUES (1)")
        before = take_rows(connection)

        def differences(statement: str) -> list[str]:
            with connection.transaction(force_rollback=True):
                connection.execute(statement.encode())
                return [str(each) for each in compare_rows(before, take_rows(connection))]

        assert differences("SELECT 1") == []
        assert differences("UPDATE t SET a = NULL WHERE id = 3") == ["public.t: other values in a"]
        swap = "UPDATE t SET a = CASE id WHEN 1 THEN '2' WHEN 2 THEN '1' ELSE a END"
        assert differences(swap) == ["public.t: other values in a"]
        assert differences("DELETE FROM t WHERE id < 3") == ["public.t: 2 of 5 rows are lost"]
        assert differences("INSERT INTO u VALUES (2)") == ["public.u: 1 rows too many"]
        assert differences("ALTER TABLE t DROP b") == ["public.t: lost with all values: b"]
        assert differences("DROP TABLE u") == ["public.u: the table is gone with its 1 rows"]
        assert differences("CREATE TABLE v AS SELECT 1 AS a") == []
