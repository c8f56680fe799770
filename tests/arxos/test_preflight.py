"""preflight.sql: everything at once, nothing changed, GO or NO-GO."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from release.cli import run
from release.scratch.server import Server
from tests.arxos.conftest import At
from tests.arxos.test_releases import BUNDLES, RELEASES
from tests.databases import LOSING, Dump, NewDatabase, Psql
from tests.projects import Revision, write_project

Preflight = Callable[[str, Path, int], str]


@pytest.fixture
def preflight(psql: Psql, dump: Dump) -> Preflight:
    def ask(dbname: str, folder: Path, status: int) -> str:
        before = dump(dbname)
        done: subprocess.CompletedProcess[str] = psql(dbname, *LOSING, script=folder / "preflight.sql")
        assert done.returncode == status, done.stdout + done.stderr
        assert ("NO-GO (" in done.stdout) == (status == 3)
        assert ("\nGO" in done.stdout) == (status == 0)
        assert dump(dbname) == before
        return done.stdout

    return ask


@pytest.mark.parametrize("version", RELEASES)
def test_go(preflight: Preflight, new_database: NewDatabase, at: At, version: str) -> None:
    start, end = RELEASES[version]
    database = new_database() if start == "base" else at(start, seeded=True)
    preflight(database, BUNDLES / version, 0)
    assert "nothing to do" in preflight(at(end, seeded=True), BUNDLES / version, 0)


def test_what_the_tables_are_in_for(preflight: Preflight, at: At) -> None:
    database = at("005", seeded=True)
    said = preflight(database, BUNDLES / "1.2.0", 0)
    assert "public.catalog_items: never analyzed," in said
    assert re.search(r"the release rewrites it; builds an index on it: up to \d+ \w+ more disk", said)
    assert re.search(r"public.rooms: .* the release builds an index on it; scans it: up to \d+ \w+ more disk", said)
    assert re.search(r"in all up to \d+ kB more disk", said)


def test_every_reason_at_once(preflight: Preflight, server: Server, at: At) -> None:
    database = at("005", seeded=True)
    with server.connect(database) as connection:
        connection.execute("UPDATE rooms SET name = ''")
        connection.execute("CREATE VIEW recent AS SELECT updated_at FROM projects")
        connection.execute("ALTER TABLE devices RENAME COLUMN building_id TO house_id")
    said = preflight(database, BUNDLES / "1.2.0", 3)
    assert "public.rooms (ck_rooms_name):" in said
    assert "rows that violate the CHECK" in said
    assert "view public.recent needs public.projects.updated_at, which the release drops" in said
    assert "relation public.devices has no column building_id" in said
    assert "NO-GO (3 reasons)" in said


def test_another_revision(preflight: Preflight, at: At) -> None:
    said = preflight(at("002"), BUNDLES / "1.2.0", 3)
    assert "the database is at revision 002; to start it should be at 005" in said


def test_it_waits_for_nobody_and_takes_no_lock_of_releases(preflight: Preflight, server: Server, at: At) -> None:
    database = at("005")
    with server.connect(database) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('release:public.alembic_version'))")
        assert "another release is running in this database" in preflight(database, BUNDLES / "1.2.0", 3)


BEFORE = Revision(
    "a1",
    """
    for sql in (
        "CREATE TYPE mood AS ENUM ('ok', 'bad')",
        "CREATE DOMAIN small AS int CHECK (VALUE < 10)",
        "CREATE TABLE parents (id int PRIMARY KEY)",
        "CREATE TABLE pairs (a int, b int, PRIMARY KEY (a, b))",
        "CREATE TABLE t (id int, parent int, name text, size text, \\"odd {x} $q$\\" int, geom geometry)",
        'CREATE TABLE "Odd T" ("A b" int, "C" int, d text, e int, f text, g text, m text, n int4range, o text)',
    ):
        op.execute(sql)
    """,
)
AFTER = Revision(
    "a2",
    """
    op.execute("CREATE UNIQUE INDEX t_name ON t (name) WHERE name <> 'ä{0}$data$'")
    op.execute("ALTER TABLE t ADD CONSTRAINT t_id UNIQUE (id)")
    op.execute("ALTER TABLE t ALTER id SET NOT NULL")
    op.execute("ALTER TABLE t ADD FOREIGN KEY (parent) REFERENCES parents (id)")
    op.execute("ALTER TABLE t ADD CHECK (size <> 'none')")
    op.execute("ALTER TABLE t ADD CONSTRAINT odd UNIQUE (\\"odd {x} $q$\\")")
    op.execute("ALTER TABLE t ALTER size TYPE int USING size::int")
    op.execute("ALTER TABLE t ALTER geom TYPE geometry(Polygon, 4326)")
    op.execute("ALTER TABLE t ADD COLUMN fresh int")
    op.execute("ALTER TABLE t ADD CONSTRAINT fresh UNIQUE (fresh)")
    op.execute("ALTER TABLE t ADD COLUMN needed int NOT NULL")
    for sql in (
        'CREATE UNIQUE INDEX ON "Odd T" (lower(d), ("A b" + 1))',
        'CREATE UNIQUE INDEX ON "Odd T" (d COLLATE "C") INCLUDE (e)',
        'ALTER TABLE "Odd T" ADD FOREIGN KEY ("A b", "C") REFERENCES pairs MATCH FULL',
        'ALTER TABLE "Odd T" ADD CONSTRAINT x EXCLUDE USING gist (n WITH &&)',
        'ALTER TABLE "Odd T" ALTER e TYPE small, ALTER f TYPE mood USING f::mood, ALTER g TYPE varchar(3)',
        'ALTER TABLE "Odd T" ALTER m TYPE char(2) USING m || m',
        'ALTER TABLE "Odd T" ADD CONSTRAINT later CHECK (o IS NOT NULL) NOT VALID',
    ):
        op.execute(sql)
    """,
    "pass",
    down="a1",
)
ROWS = """
INSERT INTO t VALUES (1, 7, 'a', 'none', 5, 'SRID=3857;POINT(0 0)'), (1, 7, 'a', '1', 5, NULL),
    (NULL, NULL, NULL, NULL, NULL, 'SRID=4326;POLYGON((0 0, 1 1, 1 0, 0 1, 0 0))');
INSERT INTO "Odd T" VALUES (1, NULL, 'x', 11, 'odd', 'abcd', 'ab', '[1,5)', NULL),
    (1, 2, 'X', 1, 'ok', 'abc   ', 'a', '[4,6)', 'x'), (1, 2, 'x', 1, 'bad', NULL, NULL, '[9,10)', 'x');
"""
WRONG = (
    "public.t (name): 1 values that are there more than once",
    "public.t (id): 1 values that are there more than once",
    "public.t (id): 1 rows with NULL",
    "public.t (parent): 2 rows whose parents is missing",
    "public.t: 1 rows that violate the CHECK",
    'public.t ("odd {x} $q$"): 1 values that are there more than once',
    'public.t (size): a value that the new type refuses: invalid input syntax for type integer: "none"',
    "public.t (geom): a SRID, type or value that the new type refuses: Geometry SRID (3857) does not match",
    "public.t (needed): 3 rows, for which the new column has no value",
    'public."Odd T" (lower(d), "A b" + 1): 1 values that are there more than once',
    'public."Odd T" (d): 1 values that are there more than once',
    'public."Odd T" ("A b", "C"): 3 rows whose pairs is missing',
    'public."Odd T" (n): 1 pairs of rows that exclude each other',
    'public."Odd T" (e): a value that the new type refuses: value for domain small violates check constraint',
    'public."Odd T" (f): a value that the new type refuses: invalid input value for enum mood: "odd"',
    'public."Odd T" (g): 1 values longer than 3 characters',
    'public."Odd T" (m): 1 values longer than 2 characters',
)
WORTH_KNOWING = (
    "public.t (geom): 1 geometries with another SRID than 4326",
    "public.t (geom): 1 geometries that are no POLYGON",
    "public.t (geom): 1 invalid geometries",
)


def build_two(tmp_path: Path, before: Revision, after: Revision) -> Path:
    ini = write_project(tmp_path, before, after)
    assert run(["-c", str(ini), "build", "1.0", "--to", before.id, "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "2.0", "--no-lint"]) == 0
    return tmp_path / "scripts"


def test_what_only_the_data_can_tell(
    preflight: Preflight, server: Server, psql: Psql, new_database: NewDatabase, postgis_template: str, tmp_path: Path
) -> None:
    scripts = build_two(tmp_path, BEFORE, AFTER)
    database = new_database(postgis_template)
    assert psql(database, script=scripts / "1.0/upgrade.sql").returncode == 0
    preflight(database, scripts / "2.0", 0)
    with server.connect(database) as connection:
        connection.execute(ROWS.encode())
    said = preflight(database, scripts / "2.0", 3)
    for words in WRONG:
        assert re.search(rf"(?m)^ NO-GO \| {re.escape(words)}", said), (words, said)
    for words in WORTH_KNOWING:
        assert re.search(rf"(?m)^ note  \| {re.escape(words)}", said), (words, said)
    assert f"NO-GO ({len(WRONG)} reasons)" in said
    assert "fresh" not in said
    assert "later" not in said


def test_each_of_them_is_refused_by_the_server(
    server: Server, psql: Psql, new_database: NewDatabase, postgis_template: str, tmp_path: Path
) -> None:
    """And nothing else is: the statements that the preflight found nothing on succeed."""
    scripts = build_two(tmp_path, BEFORE, AFTER)
    database = new_database(postgis_template)
    assert psql(database, script=scripts / "1.0/upgrade.sql").returncode == 0
    refused = 0
    with server.connect(database) as connection:
        connection.execute(ROWS.encode())
    for words in (
        "CREATE UNIQUE INDEX t_name ON t (name) WHERE name <> 'b'",
        "ALTER TABLE t ADD CONSTRAINT t_id UNIQUE (id)",
        "ALTER TABLE t ALTER id SET NOT NULL",
        "ALTER TABLE t ADD FOREIGN KEY (parent) REFERENCES parents (id)",
        "ALTER TABLE t ADD CHECK (size <> 'none')",
        'ALTER TABLE t ADD CONSTRAINT odd UNIQUE ("odd {x} $q$")',
        "ALTER TABLE t ALTER size TYPE int USING size::int",
        "ALTER TABLE t ALTER geom TYPE geometry(Polygon, 4326)",
        "ALTER TABLE t ADD COLUMN needed int NOT NULL",
        'CREATE UNIQUE INDEX ON "Odd T" (lower(d), ("A b" + 1))',
        'CREATE UNIQUE INDEX ON "Odd T" (d COLLATE "C") INCLUDE (e)',
        'ALTER TABLE "Odd T" ADD FOREIGN KEY ("A b", "C") REFERENCES pairs MATCH FULL',
        'ALTER TABLE "Odd T" ADD CONSTRAINT x EXCLUDE USING gist (n WITH &&)',
        'ALTER TABLE "Odd T" ALTER e TYPE small',
        'ALTER TABLE "Odd T" ALTER f TYPE mood USING f::mood',
        'ALTER TABLE "Odd T" ALTER g TYPE varchar(3)',
        'ALTER TABLE "Odd T" ALTER m TYPE char(2) USING m || m',
    ):
        done = psql(database, "-c", words)
        assert done.returncode == 1, words
        refused += 1
    assert refused == len(WRONG)


def test_the_catalog_is_no_table_of_the_release(
    preflight: Preflight, psql: Psql, new_database: NewDatabase, tmp_path: Path
) -> None:
    """An unqualified pg_class is PostgreSQL's own: no guard looks for it in the first schema of the search path."""
    after = Revision("a2", 'op.execute("ANALYZE pg_class")\nop.execute("CREATE TABLE pg_mine (id int)")', down="a1")
    scripts = build_two(tmp_path, Revision("a1"), after)
    database = new_database()
    assert psql(database, script=scripts / "1.0/upgrade.sql").returncode == 0
    preflight(database, scripts / "2.0", 0)
    for script in ("upgrade", "verify"):
        done = psql(database, *LOSING, script=scripts / f"2.0/{script}.sql")
        assert done.returncode == 0, done.stdout + done.stderr


def test_partitions_and_child_tables_are_counted_and_asked_for_locks(
    preflight: Preflight, psql: Psql, server: Server, new_database: NewDatabase, tmp_path: Path
) -> None:
    """A table that an earlier release made partitioned: only the database knows."""
    start = """
op.execute("CREATE TABLE t (id integer, n integer) PARTITION BY RANGE (id)")
op.execute("CREATE TABLE t_a PARTITION OF t FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id)")
op.execute("CREATE TABLE t_a_1 PARTITION OF t_a FOR VALUES FROM (0) TO (50)")
op.execute("CREATE TABLE place (n integer)")
op.execute("CREATE TABLE hall () INHERITS (place)")
op.execute("CREATE TABLE other (n integer)")
op.execute("CREATE TABLE other_hall () INHERITS (other)")
"""
    change = """
op.execute("ALTER TABLE t ADD CHECK (n > 0)")
op.execute("ALTER TABLE place ADD COLUMN m integer")
op.execute("CREATE INDEX by_n ON other (n)")
"""
    ini = write_project(tmp_path, Revision("a1", start), Revision("b2", change, down="a1"))
    for arguments in (["1.0.0", "--to", "a1"], ["2.0.0"]):
        assert run(["-c", str(ini), "build", *arguments, "--no-lint"]) == 0
    database, scripts = new_database(), tmp_path / "scripts"
    with server.connect(database) as connection:
        assert psql(database, script=scripts / "1.0.0" / "upgrade.sql").returncode == 0
        with connection.transaction():
            connection.execute("LOCK TABLE t_a_1, hall, other_hall IN ACCESS SHARE MODE")
            said = preflight(database, scripts / "2.0.0", 0)
    assert re.search(r"public.t: .*; the release scans it; its 2 partitions: ACCESS EXCLUSIVE", said)
    assert re.search(r"public.place: .*; its 1 child tables: ACCESS EXCLUSIVE", said)
    assert re.search(r"public.other: .*; the release builds an index on it", said)
    assert "child tables: SHARE" not in said
    assert " public.t_a_1: the release would wait for AccessShareLock held by process" in said
    assert " public.hall: the release would wait for AccessShareLock held by process" in said
    assert "public.other_hall: the release" not in said
