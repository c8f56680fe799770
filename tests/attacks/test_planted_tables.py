"""Tables that somebody made before the script, in the place of its own: refused in words, and nothing of them runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.sql import SQL, Identifier

from release.scratch.server import Server
from tests.attacks.conftest import Bundles
from tests.attacks.plants import CALLED, TALLY
from tests.databases import NewDatabase
from tests.faults.cluster import wait_for
from tests.faults.trial import assert_unchanged, by_psql, take_state

OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""

HISTORY, VERSION = "public.release_history", "public.alembic_version"
COLUMNS = """
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, release text NOT NULL,
    direction text NOT NULL CHECK (direction IN ('upgrade', 'rollback')), segment integer NOT NULL,
    segments integer NOT NULL, plan text NOT NULL, started_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz, login_role text NOT NULL DEFAULT session_user,
    acting_role text NOT NULL DEFAULT current_user,
    application text NOT NULL DEFAULT current_setting('application_name')
"""
MAKE_HISTORY = f"CREATE TABLE {HISTORY} ({COLUMNS})"
MAKE_VERSION = f"CREATE TABLE {VERSION} (version_num varchar(32) NOT NULL PRIMARY KEY)"
TRIGGER = """
    CREATE FUNCTION public.planted_trigger() RETURNS trigger LANGUAGE plpgsql
    AS $f$ BEGIN PERFORM public.planted('trigger'); RETURN new; END $f$;
    CREATE TRIGGER planted BEFORE INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW
    EXECUTE FUNCTION public.planted_trigger()
"""
TYPE = """
    CREATE TYPE public.own AS (n integer);
    CREATE FUNCTION public.planted_cast(public.own) RETURNS text LANGUAGE plpgsql
    AS $f$ BEGIN PERFORM public.planted('cast'); RETURN 'x'; END $f$;
    CREATE CAST (public.own AS text) WITH FUNCTION public.planted_cast AS IMPLICIT;
"""
FINISHED = f"""
    INSERT INTO {HISTORY} (release, direction, segment, segments, plan, finished_at)
    SELECT '1.0', 'upgrade', 1, 1, 'other', now()
"""
# Of a history that stands there before the first release: what is wrong with it, as who makes it has the rights to.
HISTORIES = {
    "finished segments": f"{MAKE_HISTORY}; {FINISHED}",
    "a default that calls": f"{MAKE_HISTORY};"
    f"ALTER TABLE {HISTORY} ALTER login_role SET DEFAULT public.planted('default')::text",
    "a column more, whose default calls": f"{MAKE_HISTORY};"
    f"ALTER TABLE {HISTORY} ADD more boolean; ALTER TABLE {HISTORY} ALTER more SET DEFAULT public.planted('more')",
    "a check that calls": f"{MAKE_HISTORY}; ALTER TABLE {HISTORY} ADD CHECK (public.planted(release))",
    "an index that calls": f"""{MAKE_HISTORY};
        CREATE FUNCTION public.planted_index(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE
        AS $f$ BEGIN PERFORM public.planted('index'); RETURN true; END $f$;
        CREATE INDEX ON {HISTORY} (public.planted_index(release))""",
    "a trigger": f"{MAKE_HISTORY}; {TRIGGER.format(table=HISTORY)}",
    "a rule": f"{MAKE_HISTORY};CREATE RULE planted AS ON INSERT TO {HISTORY} DO ALSO SELECT public.planted('rule')",
    "a policy": f"{MAKE_HISTORY}; ALTER TABLE {HISTORY} ENABLE ROW LEVEL SECURITY;"
    f"CREATE POLICY planted ON {HISTORY} USING (public.planted('policy'))",
    "a child": f"{MAKE_HISTORY}; CREATE TABLE public.child () INHERITS ({HISTORY})",
    "a view": f"CREATE VIEW {HISTORY} AS SELECT 1::bigint AS id, public.planted('view')::text AS release",
    "another shape": f"CREATE TABLE {HISTORY} (id integer, note text)",
    "a type of its own": f"""{TYPE}
        CREATE TABLE {HISTORY} (id bigint, release public.own, direction public.own, segment integer,
            segments integer, plan public.own, started_at timestamptz, finished_at timestamptz,
            login_role text, acting_role text, application text)""",
    "unlogged": MAKE_HISTORY.replace("CREATE TABLE", "CREATE UNLOGGED TABLE"),
    "partitioned": MAKE_HISTORY.replace("PRIMARY KEY", "") + " PARTITION BY LIST (release)",
}
# Of a version table in the place of the one that is at the start of the second release.
VERSIONS = {
    "a row": f"{MAKE_VERSION}; INSERT INTO {VERSION} VALUES ('a1')",
    "a trigger": f"{MAKE_VERSION}; INSERT INTO {VERSION} VALUES ('a1'); {TRIGGER.format(table=VERSION)}",
    "a rule": f"{MAKE_VERSION}; INSERT INTO {VERSION} VALUES ('a1');"
    f"CREATE RULE planted AS ON UPDATE TO {VERSION} DO ALSO SELECT public.planted('rule')",
    "a policy": f"{MAKE_VERSION}; INSERT INTO {VERSION} VALUES ('a1'); ALTER TABLE {VERSION} ENABLE ROW LEVEL SECURITY;"
    f"CREATE POLICY planted ON {VERSION} USING (public.planted('policy'))",
    "a child": f"{MAKE_VERSION}; INSERT INTO {VERSION} VALUES ('a1');CREATE TABLE public.child () INHERITS ({VERSION})",
    "a view": f"CREATE VIEW {VERSION} AS SELECT 'a1'::varchar(32) AS version_num WHERE public.planted('view')",
    "another shape": f"CREATE TABLE {VERSION} (id integer)",
    "a type of its own": f"{TYPE} CREATE TABLE {VERSION} (version_num public.own)",
    "a check that calls": f"{MAKE_VERSION}; INSERT INTO {VERSION} VALUES ('a1');"
    f"ALTER TABLE {VERSION} ADD CHECK (public.planted(version_num)) NOT VALID",
}
PLAIN = {"finished segments", "a row"}  # wrong by their owner alone


def prepare(server: Server, database: str, owner: str, maker: str, statements: str) -> None:
    """Have a role make something in public, with nothing but CREATE there."""
    with server.connect(database) as connection:
        for role in {owner, maker}:
            connection.execute(SQL("GRANT CREATE ON SCHEMA public TO {}").format(Identifier(role)))
        connection.execute(SQL("SET ROLE {}").format(Identifier(maker)))
        connection.execute(f"{TALLY}; {statements}".encode())
        connection.execute(f"RESET ROLE; GRANT ALL ON ALL TABLES IN SCHEMA public TO {owner}".encode())


def assert_refuses(
    server: Server, database: str, scripts: tuple[Path, ...], table: str, maker: str, who: str, *, other: bool
) -> None:
    """Each says which table, whose it is where it is another's, and sends nobody to that role; it changes nothing."""
    options = "" if who == "superuser" else f"-c role={who}"
    before = take_state(server, database)
    for script in scripts:
        ran = by_psql(server, database, script, options=options)
        said = ran.out + ran.err
        assert ran.status == 3, said
        assert CALLED not in said, said
        assert script.stem == "preflight" or "refused, nothing changed:" in said, said
        assert said.count("ERROR:  ") <= 1, said
        assert "does not exist" not in said, said
        reasons = [line.strip() for line in said.splitlines() if table in line]
        assert reasons, said
        assert not other or any(maker in line for line in reasons), said
        for advice in ("connect as its owner", "as a member of that role", f"SET ROLE {maker}", f"role={maker}"):
            assert not any(advice in line for line in reasons), said
    assert_unchanged(before, take_state(server, database))


@pytest.mark.parametrize("who", ["superuser", "owner"])
@pytest.mark.parametrize("what", HISTORIES)
def test_a_history_of_another_role(
    server: Server, new_database: NewDatabase, owner: str, planter: str, small: Bundles, what: str, who: str
) -> None:
    database = new_database()
    prepare(server, database, owner, planter, HISTORIES[what])
    scripts = (small.script("1.0", "upgrade"), small.script("1.0", "preflight"))
    role = owner if who == "owner" else who
    assert_refuses(server, database, scripts, "release_history", planter, role, other=True)


@pytest.mark.parametrize("what", [each for each in HISTORIES if each not in PLAIN])
def test_a_history_of_the_owner_that_is_more_than_a_table(
    server: Server, new_database: NewDatabase, owner: str, small: Bundles, what: str
) -> None:
    database = new_database()
    prepare(server, database, owner, owner, HISTORIES[what])
    assert_refuses(server, database, (small.script("1.0", "upgrade"),), "release_history", owner, owner, other=False)


@pytest.mark.parametrize("who", ["superuser", "owner"])
@pytest.mark.parametrize("what", VERSIONS)
def test_a_version_table_of_another_role(
    server: Server, new_database: NewDatabase, owner: str, planter: str, small: Bundles, what: str, who: str
) -> None:
    database = new_database()
    role = owner if who == "owner" else who
    released(server, database, owner, small)
    with server.connect(database) as connection:
        connection.execute(f"DROP TABLE {VERSION}".encode())
    prepare(server, database, owner, planter, VERSIONS[what])
    scripts = tuple(small.script("2.0", name) for name in ("upgrade", "preflight", "rollback"))
    assert_refuses(server, database, scripts, "alembic_version", planter, role, other=True)


def released(server: Server, database: str, owner: str, small: Bundles) -> None:
    with server.connect(database) as connection:
        connection.execute(SQL("GRANT CREATE ON SCHEMA public TO {}").format(Identifier(owner)))
    ran = by_psql(server, database, small.script("1.0", "upgrade"), options=f"-c role={owner}")
    assert ran.status == 0, ran.err


def test_a_foreign_table_is_no_history(server: Server, new_database: NewDatabase, owner: str, small: Bundles) -> None:
    database = new_database()
    with server.connect(database) as connection:
        connection.execute("CREATE FOREIGN DATA WRAPPER nowhere; CREATE SERVER elsewhere FOREIGN DATA WRAPPER nowhere")
        connection.execute(f"CREATE FOREIGN TABLE {HISTORY} (id bigint, release text) SERVER elsewhere".encode())
        connection.execute(f"GRANT ALL ON {HISTORY} TO {owner}".encode())
    assert_refuses(server, database, (small.script("1.0", "upgrade"),), "release_history", "", "superuser", other=False)


@pytest.mark.parametrize("table", [HISTORY, VERSION])
@pytest.mark.parametrize("believed", ["superuser", "owner of the database", "owner of the tables"])
def test_tables_of_those_who_could_do_it_anyway_are_believed(
    server: Server, new_database: NewDatabase, owner: str, small: Bundles, table: str, believed: str
) -> None:
    """Who could do to the released tables what a script does may have made its tables."""
    database = new_database()
    released(server, database, owner, small)
    role = owner if believed == "owner of the tables" else f"{owner}_{believed[:5]}"
    with server.connect(database) as connection:
        if role != owner:
            superuser = " SUPERUSER" if believed == "superuser" else ""
            connection.execute(f"CREATE ROLE {role}{superuser} IN ROLE {owner}".encode())
        if believed == "owner of the database":
            connection.execute(f"ALTER DATABASE {database} OWNER TO {role}".encode())
        connection.execute(f"GRANT CREATE ON SCHEMA public TO {role}".encode())
        connection.execute(f"ALTER TABLE {table} OWNER TO {role}".encode())
        connection.execute(f"GRANT ALL ON {table} TO {owner}".encode())
        runs = role if table == VERSION else owner  # what is created belongs to the owner of the version table
        try:
            ran = by_psql(server, database, small.script("2.0", "upgrade"), options=f"-c role={runs}")
            assert ran.status == 0, ran.err
        finally:
            if role != owner:
                # the functions of a session that has just ended go with it, which takes a moment
                wait_for(lambda: connection.execute(OTHERS).fetchone() == (0,))
                connection.execute(f"REASSIGN OWNED BY {role} TO CURRENT_USER".encode())
                connection.execute(f"DROP OWNED BY {role}".encode())
                connection.execute(f"DROP ROLE {role}".encode())
