"""Statements whose relations are not where the eye expects them, on a real server."""

from __future__ import annotations

import pytest

from release.model import Effect, LockMode, Name, Work
from release.scratch.server import Server
from release.sql.locks.effects import effects_of
from tests.sql.holding import hold, parse
from tests.sql.observing import Observe


def also(relation: str, lock: LockMode, *work: Work) -> Effect:
    return Effect(Name(relation), lock, work or (Work.CATALOG,))


# statement, setup, effects on relations that the statement does not name
CASES: tuple[tuple[str, str, tuple[Effect, ...]], ...] = (
    ("TABLE rooms", "", ()),
    ("SELECT 1", "", ()),
    ("WITH rooms AS (SELECT * FROM rooms) SELECT * FROM rooms", "", ()),
    ("WITH rooms AS (SELECT 1) SELECT * FROM rooms", "", ()),
    ("WITH rooms AS (SELECT 1) SELECT * FROM public.rooms", "", ()),
    ("WITH RECURSIVE rooms AS (SELECT 1 AS n UNION SELECT n + 1 FROM rooms WHERE n < 3) SELECT * FROM rooms", "", ()),
    ("WITH a AS (SELECT id FROM rooms), b AS (SELECT * FROM a) SELECT * FROM b, buildings", "", ()),
    ("WITH gone AS (DELETE FROM visits_2026 RETURNING id) SELECT * FROM rooms JOIN gone USING (id)", "", ()),
    ("WITH a AS (SELECT * FROM rooms) SELECT * FROM a, buildings FOR UPDATE", "", ()),
    ("SELECT * FROM (SELECT * FROM rooms) AS r, buildings AS b FOR UPDATE OF r", "", ()),
    ("SELECT * FROM (SELECT * FROM rooms) AS r, buildings AS b FOR SHARE OF b", "", ()),
    ("SELECT * FROM (SELECT * FROM rooms FOR KEY SHARE) AS r, buildings AS b", "", ()),
    ("SELECT (SELECT count(*) FROM buildings), name FROM rooms WHERE EXISTS (SELECT FROM visits_2026)", "", ()),
    ("SELECT id FROM rooms UNION ALL (SELECT id FROM buildings ORDER BY id LIMIT 1)", "", ()),
    (
        "SELECT * FROM rooms r LEFT JOIN LATERAL (SELECT * FROM buildings b WHERE b.id = r.building_id) x ON true",
        "",
        (),
    ),
    ("SELECT * INTO spaces FROM rooms", "", ()),
    ("CREATE MATERIALIZED VIEW spaces AS SELECT * FROM rooms", "", ()),
    ("CREATE MATERIALIZED VIEW spaces AS SELECT * FROM rooms WITH NO DATA", "", ()),
    ("CREATE TABLE spaces AS SELECT * FROM rooms WITH NO DATA", "", ()),
    ("CREATE VIEW locked AS SELECT * FROM rooms FOR UPDATE", "", ()),
    ("SELECT * FROM device_types", "", (also("devices", LockMode.ACCESS_SHARE, Work.READ),)),
    ("INSERT INTO devices VALUES (2, 'fan', 1)", "", (also("rooms", LockMode.ROW_SHARE, Work.READ),)),
    (
        "INSERT INTO buildings (id) VALUES (1), (2) ON CONFLICT (id) DO UPDATE SET code = (SELECT max(id) FROM rooms)",
        "",
        (),
    ),
    ("UPDATE rooms SET name = 'x' WHERE building_id IN (SELECT id FROM buildings)", "", ()),
    ("UPDATE rooms SET name = r.name FROM rooms r WHERE r.id = rooms.id", "", ()),
    ("COPY (SELECT * FROM rooms) TO PROGRAM 'cat >/dev/null'", "", ()),
    ("EXPLAIN UPDATE rooms SET name = 'x'", "", ()),
    ("EXPLAIN ANALYZE UPDATE rooms SET name = 'x'", "", ()),
    ("EXPLAIN (ANALYZE off) DELETE FROM visits_2026", "", ()),
    ("EXPLAIN (ANALYZE) CREATE TABLE spaces AS SELECT * FROM rooms", "", ()),
    ("PREPARE later AS UPDATE rooms SET name = 'x'", "", ()),
    ("SELECT nextval('public.numbers'::regclass)", "", ()),
    ("""SELECT setval('"Odd Numbers"', 1)""", """CREATE SEQUENCE "Odd Numbers" """, ()),
    ("CREATE TABLE tree (id integer PRIMARY KEY, parent integer REFERENCES tree)", "", ()),
    ("CREATE TABLE a (id integer, FOREIGN KEY (id) REFERENCES rooms, b integer REFERENCES buildings)", "", ()),
    ("ALTER TABLE rooms ADD FOREIGN KEY (building_id) REFERENCES rooms", "", ()),
    (
        "ALTER TABLE ONLY rooms ADD COLUMN a integer, ALTER status SET DEFAULT 'open', ALTER name SET STATISTICS 9",
        "",
        (),
    ),
    ("ALTER TABLE rooms ALTER name SET STATISTICS 9, SET (fillfactor = 90)", "", ()),
    ("ALTER TABLE rooms ADD COLUMN a timestamptz DEFAULT now() NOT NULL, ADD COLUMN b text[] DEFAULT '{}'", "", ()),
    ("ALTER TABLE rooms ADD COLUMN mood mood NOT NULL DEFAULT 'good'", "CREATE TYPE mood AS ENUM ('good')", ()),
    ("ALTER TABLE visits_2026 ADD COLUMN number integer PRIMARY KEY", "TRUNCATE visits_2026", ()),
    ("ALTER TABLE visits_2026 ADD COLUMN number bigserial PRIMARY KEY", "", ()),
    (
        "ALTER TABLE rooms ADD COLUMN owner integer DEFAULT 1 NOT NULL REFERENCES buildings CHECK (owner > 0) UNIQUE",
        "",
        (),
    ),
    ("ALTER TABLE rooms ALTER COLUMN geom TYPE geometry(Point, 3857) USING ST_Transform(geom, 3857)", "", ()),
    ("ALTER TABLE rooms ADD COLUMN shape geometry(Polygon, 4326)", "", ()),
    (
        "ALTER TABLE visits ADD COLUMN note text",
        "",
        (),
    ),
    ("ALTER TABLE rooms_pkey RENAME TO pk_rooms", "", ()),
    ("ALTER INDEX ix_geom SET (fillfactor = 80)", "CREATE INDEX ix_geom ON rooms USING gist (geom)", ()),
    ("ALTER INDEX ix_geom SET (buffering = on)", "CREATE INDEX ix_geom ON rooms USING gist (geom)", ()),
    ("ALTER VIEW device_types SET (security_barrier = true)", "", ()),
    ("ALTER VIEW device_types OWNER TO pg_monitor", "", ()),
    ("ALTER VIEW device_types RENAME COLUMN type TO kind", "", ()),
    ("ALTER SEQUENCE numbers OWNER TO pg_monitor", "", ()),
    ("ALTER SEQUENCE numbers OWNED BY NONE", "", ()),
    ("DROP TABLE visits_2026, public.buildings", "", ()),
    ("DROP FUNCTION nothing()", "", ()),
    ("DROP SCHEMA other", "CREATE SCHEMA other", ()),
    ("LOCK TABLE rooms, buildings", "", ()),
    ("TRUNCATE visits_2026, buildings RESTART IDENTITY", "", ()),
    ("CREATE UNIQUE INDEX ON visits (id, day)", "", ()),
    ("CREATE INDEX ON rooms USING gist (geom) WHERE status = 'open'", "", ()),
    ("CREATE SCHEMA other CREATE VIEW names AS SELECT name FROM public.rooms", "", ()),
    ("CREATE RULE copy AS ON DELETE TO rooms DO ALSO INSERT INTO visits_2026 SELECT id FROM buildings", "", ()),
    ("CREATE POLICY own ON rooms USING (building_id IN (SELECT id FROM buildings))", "", ()),
    (
        "CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC; TABLE rooms; DELETE FROM visits_2026; END",
        "",
        (),
    ),
    (
        "CREATE FUNCTION f(n integer) RETURNS void LANGUAGE sql AS $$ DELETE FROM rooms WHERE id = n; TABLE rooms $$",
        "",
        (),
    ),
    ("CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS 'BEGIN DELETE FROM rooms; END'", "", ()),
    ("SELECT AddGeometryColumn('buildings', 'spot', 4326, 'POINT', 2)", "", ()),
    ("SELECT AddGeometryColumn('buildings', 'spot', 4326, 'POINT', 2, false)", "", ()),
    ("SELECT AddGeometryColumn('', 'public', 'buildings', 'spot', 4326, 'POINT', 2, true)", "", ()),
    ("SELECT DropGeometryColumn('rooms', 'geom')", "", ()),
    ("SELECT DropGeometryTable('visits_2026')", "", ()),
    ("SELECT UpdateGeometrySRID('rooms', 'geom', 3857)", "", ()),
    ("REVOKE ALL ON rooms, buildings FROM PUBLIC", "", ()),
    ("GRANT UPDATE (name) ON rooms TO pg_monitor", "", ()),
    ("GRANT SELECT ON device_types TO pg_monitor", "", ()),
    ("GRANT USAGE ON SEQUENCE numbers TO pg_monitor", "", ()),
    ("GRANT SELECT ON ALL TABLES IN SCHEMA public TO pg_monitor", "", ()),
    ("GRANT USAGE ON SCHEMA public TO pg_monitor", "", ()),
    ("GRANT EXECUTE ON FUNCTION nothing() TO pg_monitor", "", ()),
    ("COMMENT ON INDEX public.ix_rooms_name IS NULL", "", ()),
    ("COMMENT ON VIEW device_types IS 'types'", "", ()),
    ("COMMENT ON EXTENSION postgis IS 'maps'", "", ()),
    ("ANALYZE rooms (name), buildings", "", ()),
    ("SET LOCAL lock_timeout = '5s'", "", ()),
)


@pytest.mark.parametrize("statement", range(len(CASES)), ids=[case[0] for case in CASES])
def test_case(statement: int, server: Server, observe: Observe) -> None:
    text, setup, unnamed = CASES[statement]
    if "BEGIN ATOMIC" in text and server.version < 140000:
        pytest.skip("PostgreSQL 14 or later")
    hold(effects_of(parse(text), major=server.major) + unnamed, observe(text, setup))
