"""What is around a release: event triggers, privileges that are missing, paths and roles of the authors."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.sql import SQL, Identifier

from release.cli import run
from release.scratch.server import Server
from tests.attacks.conftest import Bundles
from tests.databases import NewDatabase
from tests.faults.trial import RUNS, assert_unchanged, by_psql, take_state
from tests.projects import ENV, Revision, write_project

SCHEMAS = '[tool.release]\nsearch_path = ["first", "second", "public"]\n'
LATE = """
    CREATE FUNCTION second.note() RETURNS trigger LANGUAGE plpgsql AS $f$
    BEGIN INSERT INTO notes VALUES (new.id); RETURN new; END $f$;
    CREATE TABLE second.kept (id integer); CREATE TABLE first.notes (id integer);
    CREATE CONSTRAINT TRIGGER late AFTER INSERT ON second.kept DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION second.note()
"""


def build(root: Path, up: str, *options: str, env: str = ENV) -> Path:
    ini = write_project(root, Revision("a1", up, "pass"), pyproject=SCHEMAS, env=env)
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", *options]) == 0
    return root / "scripts" / "1.0" / "upgrade.sql"


def prepare(server: Server, database: str, *statements: str) -> None:
    with server.connect(database) as connection:
        for statement in ("CREATE SCHEMA first; CREATE SCHEMA second", *statements):
            connection.execute(statement.encode())


@pytest.mark.parametrize("plain", [False, True], ids=["psql", "plain"])
def test_what_is_put_off_runs_on_the_path_of_the_authors(
    server: Server, new_database: NewDatabase, tmp_path: Path, *, plain: bool
) -> None:
    database = new_database()
    prepare(server, database, LATE)
    script = build(tmp_path, "op.execute('INSERT INTO kept VALUES (1)')", *(["--plain"] if plain else []))
    ran = by_psql(server, database, script, variables={"ON_ERROR_STOP": "1"})
    assert ran.status == 0, ran.err
    with server.connect(database) as connection:
        assert connection.execute("SELECT id FROM first.notes").fetchall() == [(1,)]


@pytest.mark.parametrize("runner", RUNS)
def test_roles_and_paths_that_authors_set(
    server: Server, new_database: NewDatabase, owner: str, tmp_path: Path, runner: str
) -> None:
    """Where nobody may call a function that is not granted to him, and an event trigger watches."""
    database = new_database()
    grant = SQL("GRANT USAGE, CREATE ON SCHEMA second TO {}").format(Identifier(owner)).as_string()
    watch = """
        CREATE TABLE public.seen (tag text); GRANT INSERT ON public.seen TO PUBLIC;
        CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql
        AS $f$ BEGIN INSERT INTO public.seen VALUES (tg_tag); END $f$;
        GRANT EXECUTE ON FUNCTION public.watch TO PUBLIC;
        CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION public.watch()
    """
    private = "ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC"
    prepare(server, database, grant, watch, private)
    up = f"""
    op.execute("SET ROLE {owner}")
    op.execute("SET search_path = second, first")
    op.execute("CREATE TABLE theirs (id integer)")
    op.execute("RESET ROLE")
    op.execute("CREATE TABLE first.ours (id integer)")
    """
    env = ENV.replace(
        "        context.run_migrations()\nelse",
        "        context.execute('SET search_path = first, public')\n        context.run_migrations()\nelse",
    )
    ran = RUNS[runner](server, database, build(tmp_path, up, env=env))
    assert ran.status == 0, ran.out + ran.err
    assert "event triggers watch what this script creates: watch (" in ran.err
    with server.connect(database) as connection:
        made = connection.execute(
            "SELECT schemaname, tablename, tableowner = %s FROM pg_tables WHERE schemaname <> 'public' "
            "AND tablename IN ('theirs', 'ours') ORDER BY tablename",
            [owner],
        ).fetchall()
        assert made == [("first", "ours", False), ("second", "theirs", True)]
        assert connection.execute("SELECT count(*) > 5 FROM public.seen").fetchone() == (True,)
        connection.execute("DROP EVENT TRIGGER watch")


def test_a_role_that_may_create_nothing_temporary_is_told_so(
    server: Server, new_database: NewDatabase, owner: str, small: Bundles
) -> None:
    database = new_database()
    with server.connect(database) as connection:
        connection.execute(SQL("GRANT CREATE ON SCHEMA public TO {}").format(Identifier(owner)))
        connection.execute(SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(Identifier(database)))
    before = take_state(server, database)
    ran = by_psql(server, database, small.script("1.0", "upgrade"), options=f"-c role={owner}")
    assert ran.status == 3
    assert f"role {owner} may not create temporary functions, of which this script consists" in ran.err
    assert ran.err.count("ERROR:  ") == 1
    assert_unchanged(before, take_state(server, database))
    assert by_psql(server, database, small.script("1.0", "preflight"), options=f"-c role={owner}").status == 0
