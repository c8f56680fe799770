"""What somebody plants where no name was taken yet: while a script runs, and for what it only reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.sql import SQL, Identifier

from release.cli import run
from release.scratch.server import Server
from tests.attacks.conftest import Bundles
from tests.attacks.plants import CALLED, TALLY
from tests.attacks.test_planted_tables import HISTORY, MAKE_HISTORY, MAKE_VERSION, TRIGGER, VERSION
from tests.databases import NewDatabase
from tests.faults.trial import by_psql
from tests.projects import ENV, Revision, write_project

# An index whose condition is a constant: the planner evaluates it for whoever reads the table.
BAIT = """
    CREATE FUNCTION public.planted_constant(integer) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $f$
    BEGIN IF current_user <> {maker} THEN PERFORM public.planted('constant'); END IF; RETURN true; END $f$;
    CREATE INDEX ON {table} ({column}) WHERE public.planted_constant(1)
"""


def sow(server: Server, database: str, planter: str, *statements: str) -> None:
    with server.connect(database) as connection:
        connection.execute(SQL("GRANT CREATE ON SCHEMA public TO {}").format(Identifier(planter)))
        connection.execute(SQL("SET ROLE {}").format(Identifier(planter)))
        for statement in (TALLY, *statements):
            connection.execute(statement.encode())
        connection.execute("RESET ROLE; GRANT ALL ON ALL TABLES IN SCHEMA public TO PUBLIC")


@pytest.mark.parametrize(
    ("table", "made"),
    [(HISTORY, f"{MAKE_HISTORY}; {TRIGGER}"), (VERSION, f"{MAKE_VERSION}; {TRIGGER}")],
    ids=["history", "versions"],
)
def test_a_table_made_after_the_guard_has_asked_is_not_written(
    server: Server, new_database: NewDatabase, planter: str, small: Bundles, tmp_path: Path, table: str, made: str
) -> None:
    """A history, or a version table, that was not there when the guard looked: an error, and nothing of it runs."""
    database = new_database()
    sow(server, database, planter)
    meanwhile = f"SET ROLE {planter};\nSET search_path = public;\n{made.format(table=table)};\nRESET ROLE;\n"
    text = small.script("1.0", "upgrade").read_text(encoding="utf-8")
    before, end, after = text.partition("-- <<< machinery release 1\n")
    assert end
    script = tmp_path / "upgrade.sql"
    script.write_text(f"{before}{end}{meanwhile}SET search_path = pg_catalog, pg_temp;\n{after}", encoding="utf-8")
    ran = by_psql(server, database, script)
    assert ran.status == 3, ran.out
    assert f'relation "{table.partition(".")[2]}" already exists' in ran.err
    assert CALLED not in ran.out + ran.err


@pytest.mark.parametrize("name", ["preflight", "upgrade", "verify", "rollback"])
def test_a_version_table_of_another_is_not_read(
    server: Server, new_database: NewDatabase, planter: str, small: Bundles, name: str
) -> None:
    database = new_database()
    bait = BAIT.format(table=VERSION, column="version_num", maker=f"'{planter}'")
    sow(server, database, planter, MAKE_VERSION, f"INSERT INTO {VERSION} VALUES ('c3')", bait)
    ran = by_psql(server, database, small.script("2.0", name))
    assert ran.status == 3, ran.out
    assert "alembic_version" in ran.out + ran.err
    assert CALLED not in ran.out + ran.err


def test_a_table_found_by_its_type_is_not_read(
    server: Server, new_database: NewDatabase, planter: str, tmp_path: Path
) -> None:
    """A type that goes takes the values of all its columns with it, and anybody may have made one of them."""
    ini = write_project(
        tmp_path,
        Revision("a1", "op.execute(\"CREATE TYPE mood AS ENUM ('a')\")", "op.execute('DROP TYPE mood CASCADE')"),
        Revision("b2", "op.execute('DROP TYPE mood CASCADE')", "pass", down="a1"),
    )
    for version, end in (("1.0", "a1"), ("2.0", "b2")):
        assert run(["-c", str(ini), "build", version, "--to", end, "--no-lint"]) == 0
    database = new_database()
    scripts = tmp_path / "scripts"
    assert by_psql(server, database, scripts / "1.0" / "upgrade.sql").status == 0
    bait = BAIT.format(table="public.bait", column="m", maker=f"'{planter}'")
    sow(server, database, planter, "CREATE TABLE public.bait (m public.mood)", bait)
    for script in ("2.0/preflight", "2.0/upgrade", "1.0/rollback"):
        ran = by_psql(server, database, scripts / f"{script}.sql", variables={"lose_rows": "no"})
        assert CALLED not in ran.out + ran.err, ran.err
        assert ran.status == 3, ran.out
        assert f"bait belongs to {planter}, and is not read" in ran.out + ran.err


@pytest.mark.usefixtures("postgis")
def test_another_spatial_ref_sys_is_not_read(
    server: Server, new_database: NewDatabase, planter: str, tmp_path: Path
) -> None:
    up = "op.execute('CREATE TABLE spots (id integer, place geometry(Point, 25832))')"
    path = '[tool.release]\nsearch_path = ["public", "gis"]\n'
    ini = write_project(tmp_path, Revision("a1", up, "op.drop_table('spots')"), pyproject=path)
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    database = new_database()
    with server.connect(database) as connection:
        connection.execute("CREATE SCHEMA gis; CREATE EXTENSION postgis SCHEMA gis")
    view = (
        "CREATE VIEW public.spatial_ref_sys AS SELECT 25832 AS srid, 'x'::text AS proj4text, 'EPSG'::text AS auth_name,"
    )
    sow(server, database, planter, f"{view} 25832 AS auth_srid WHERE public.planted('srid')")
    for name in ("preflight", "upgrade"):
        ran = by_psql(server, database, tmp_path / "scripts" / "1.0" / f"{name}.sql")
        assert CALLED not in ran.out + ran.err
        assert ran.status == 0, ran.out + ran.err


def test_the_path_that_env_sets_ends_with_temporary_tables_too(
    server: Server, new_database: NewDatabase, tmp_path: Path
) -> None:
    env = ENV.replace(
        "        context.run_migrations()\nelse",
        "        context.execute('SET search_path = app, public')\n        context.run_migrations()\nelse",
    )
    ini = write_project(
        tmp_path,
        Revision("a1", "op.execute('UPDATE kept SET n = 1')", "pass"),
        env=env,
    )
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    database = new_database()
    with server.connect(database) as connection:
        connection.execute("CREATE SCHEMA app; CREATE TABLE app.kept (n integer); INSERT INTO app.kept VALUES (0)")
    script = tmp_path / "scripts" / "1.0" / "upgrade.sql"
    text = script.read_text(encoding="utf-8")
    assert "SET search_path = app, public" in text
    asked = "WHERE c.relnamespace = pg_my_temp_schema() AND"
    assert text.count(asked) == 1
    script.write_text(text.replace(asked, f"{asked} false AND"), encoding="utf-8")
    earlier = tmp_path / "earlier.sql"
    earlier.write_text("CREATE TEMPORARY TABLE kept (n integer);\n", encoding="utf-8")
    ran = by_psql(server, database, earlier, script)
    assert ran.status == 0, ran.out + ran.err
    with server.connect(database) as connection:
        assert connection.execute("SELECT n FROM app.kept").fetchall() == [(1,)]
