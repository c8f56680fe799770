"""What a script takes for granted before it starts: not what statements bring along, nor what they can do without."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.cli import run
from release.scratch.server import Server
from tests.databases import NewDatabase, Psql
from tests.projects import Revision, build_two, write_project

LONG = "readings_of_every_sensor_in_the_building"
COLUMN = "number_of_the_reading_within_its_day"
ALONG = {
    "serial": ("CREATE TABLE t (id serial, n int)", "SELECT setval('t_id_seq', 5)"),
    "identity": ("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY)", "ALTER SEQUENCE t_id_seq RESTART WITH 7"),
    "identity with a name": (
        "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME numbers))",
        "ALTER SEQUENCE numbers RESTART WITH 7",
    ),
    "an added column": ("CREATE TABLE t ()", "ALTER TABLE t ADD m bigserial", "ALTER SEQUENCE t_m_seq RESTART WITH 7"),
    "an added identity": (
        "CREATE TABLE t (id int NOT NULL)",
        "ALTER TABLE t ALTER id ADD GENERATED ALWAYS AS IDENTITY",
        "ALTER SEQUENCE t_id_seq RESTART WITH 7",
    ),
    "a name that is cut": (f"CREATE TABLE {LONG} ({COLUMN} serial)",),
    "PostGIS in another schema": (
        "CREATE SCHEMA gis",
        "CREATE EXTENSION postgis SCHEMA gis",
        "INSERT INTO gis.spatial_ref_sys (srid, auth_name, auth_srid) VALUES (990001, 'ours', 1)",
    ),
}


@pytest.mark.parametrize("name", ALONG)
def test_it_is_not_expected_before(
    name: str, server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path
) -> None:
    statements = ALONG[name]
    if name == "a name that is cut":
        # what PostgreSQL itself calls it
        database = new_database()
        with server.connect(database) as connection:
            connection.execute(statements[0].encode())
            row = connection.execute("SELECT relname FROM pg_class WHERE relkind = 'S'").fetchone()
            assert row
        statements = (*statements, f"ALTER SEQUENCE {row[0]} RESTART WITH 7")
    body = "\n".join(f"op.execute({statement!r})" for statement in statements)
    ini = write_project(tmp_path, Revision("a1", body, "op.execute('SELECT 1')"))
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    database = new_database()
    for script in ("preflight", "upgrade", "verify"):
        done = psql(database, script=tmp_path / f"scripts/1.0/{script}.sql")
        assert done.returncode == 0, done.stdout + done.stderr


def test_what_may_be_missing_or_there(server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path) -> None:
    """IF EXISTS and IF NOT EXISTS mean that the author does not know; the guard must not insist."""
    may = (
        "DROP TABLE IF EXISTS legacy",
        "DROP VIEW IF EXISTS legacy_view",
        "DROP SEQUENCE IF EXISTS legacy_seq",
        "ALTER TABLE IF EXISTS legacy RENAME TO older",
        "ALTER TABLE IF EXISTS legacy ADD COLUMN a int",
        "ALTER TABLE kept ADD COLUMN IF NOT EXISTS there int",
        "ALTER TABLE kept DROP COLUMN IF EXISTS gone",
        "CREATE TABLE IF NOT EXISTS here (a int)",
    )
    up = "\n".join(f"op.execute({statement!r})" for statement in may)
    down = (
        "op.execute('DROP TABLE IF EXISTS legacy')\nop.execute('ALTER TABLE IF EXISTS older DROP COLUMN IF EXISTS a')"
    )
    first = Revision("a1", "op.execute('CREATE TABLE kept (there int)')", "op.execute('DROP TABLE kept')")
    bundles = build_two(tmp_path, first, Revision("b2", up, down, down="a1"))
    database = new_database()
    assert psql(database, script=bundles / "1.0/upgrade.sql").returncode == 0
    with server.connect(database) as connection:
        connection.execute("CREATE TABLE here (a int)")
    for script in ("preflight", "upgrade", "rollback"):
        done = psql(database, script=bundles / f"1.1/{script}.sql")
        assert done.returncode == 0, done.stdout + done.stderr
