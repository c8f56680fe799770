"""What the scripts refuse besides the faults of tests/faults: one readable list, exit status 3, and nothing changed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from release.scratch.server import Server
from tests.arxos.conftest import At, run_alembic
from tests.arxos.test_releases import BUNDLES
from tests.databases import LOSING, Dump, NewDatabase, Psql

Refused = Callable[..., str]


@pytest.fixture
def refused(psql: Psql, dump: Dump) -> Refused:
    def run(
        dbname: str, version: str, direction: str = "upgrade", *arguments: str, env: dict[str, str] | None = None
    ) -> str:
        before = dump(dbname)
        done = psql(dbname, *LOSING, *arguments, script=BUNDLES / version / f"{direction}.sql", env=env)
        assert done.returncode == 3, done.stdout + done.stderr
        assert f"release {version} {direction} refused, nothing changed:" in done.stderr
        assert "you don't own a lock" not in done.stderr
        assert dump(dbname) == before
        return done.stderr

    return run


@pytest.fixture
def at_005(server: Server, new_database: NewDatabase) -> str:
    database = new_database()
    run_alembic(server, database, "upgrade", "005")
    return database


def test_a_database_without_a_version_table(refused: Refused, new_database: NewDatabase) -> None:
    message = refused(new_database(), "1.1.0")
    assert "no table public.alembic_version: is this the right database?" in message
    assert "the extension postgis is missing in this database" in message
    assert "no relation public.users" in message


@pytest.mark.parametrize(("version", "direction"), [("1.1.0", "rollback"), ("1.2.0", "rollback"), ("1.0.0", "upgrade")])
def test_a_database_at_another_revision(
    server: Server, refused: Refused, new_database: NewDatabase, version: str, direction: str
) -> None:
    database = new_database()
    run_alembic(server, database, "upgrade", "003")
    assert "the database is at revision 003; to start it should be at" in refused(database, version, direction)


def test_a_role_without_rights(server: Server, psql: Psql, dump: Dump, at_005: str) -> None:
    role = f"{server.prefix}reader"
    with server.connect(at_005) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN".encode())
        connection.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")  # who may, up to PostgreSQL 14
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}".encode())
    try:
        done = psql(at_005, *LOSING, script=BUNDLES / "1.2.0" / "upgrade.sql", env={"PGOPTIONS": f"-c role={role}"})
        assert done.returncode == 3
        assert f"role {role} does not own public.rooms: connect as its owner" in done.stderr
        assert f"role {role} may not create in schema public" in done.stderr
    finally:
        with server.connect(at_005) as connection:
            connection.execute(f"DROP OWNED BY {role}".encode())
            connection.execute(f"DROP ROLE {role}".encode())


def test_postgis_may_not_be_created(server: Server, psql: Psql, new_database: NewDatabase) -> None:
    role = f"{server.prefix}maker"
    database = new_database()
    with server.connect(database) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN".encode())
        connection.execute(f"GRANT CREATE ON SCHEMA public TO {role}".encode())
    try:
        done = psql(database, *LOSING, script=BUNDLES / "1.0.0" / "upgrade.sql", env={"PGOPTIONS": f"-c role={role}"})
        assert done.returncode == 3
        assert (
            f"role {role} may not create the extension postgis: let a superuser run CREATE EXTENSION postgis"
            in done.stderr
        )
        with server.connect(database) as connection:
            connection.execute("CREATE EXTENSION postgis")
        done = psql(database, *LOSING, script=BUNDLES / "1.0.0" / "upgrade.sql", env={"PGOPTIONS": f"-c role={role}"})
        assert done.returncode == 0, done.stderr
    finally:
        with server.connect(database) as connection:
            connection.execute(f"DROP OWNED BY {role} CASCADE".encode())
            connection.execute(f"DROP ROLE {role}".encode())


def test_a_release_that_was_begun_from_another_script(
    server: Server, psql: Psql, refused: Refused, at_005: str
) -> None:
    script = BUNDLES / "1.2.0" / "upgrade.sql"
    text = script.read_text(encoding="utf-8")
    stump = text[: text.index("COMMIT;", text.index("'segment 1 of 10: ")) + len("COMMIT;\n")]
    psql(at_005, *LOSING, input=stump)
    with server.connect(at_005) as connection:
        connection.execute("UPDATE release_history SET plan = 'another'")
    message = refused(at_005, "1.2.0")
    assert "it was begun from another script (plan another, this is plan " in message
    assert "it was begun from another script (plan another, this is plan " in refused(at_005, "1.2.0", "rollback")


def test_a_release_that_another_script_made(server: Server, psql: Psql, refused: Refused, at_005: str) -> None:
    assert psql(at_005, *LOSING, script=BUNDLES / "1.2.0" / "upgrade.sql").returncode == 0
    with server.connect(at_005) as connection:
        connection.execute("UPDATE release_history SET plan = 'another'")
    message = refused(at_005, "1.2.0", "rollback")
    assert "the upgrade ran from another script (plan another, this is plan " in message
    done = psql(at_005, *LOSING, "-v", "other_plan=yes", script=BUNDLES / "1.2.0" / "rollback.sql")
    assert done.returncode == 0, done.stderr


def test_defaults_of_the_role_do_not_decide(server: Server, psql: Psql, dump: Dump, new_database: NewDatabase) -> None:
    plain, odd = new_database(), new_database()
    hostile = {
        "PGOPTIONS": "-c search_path=pg_catalog -c standard_conforming_strings=off -c datestyle=German "
        "-c default_transaction_isolation=serializable -c timezone=Asia/Tokyo -c client_min_messages=error",
        "PGCLIENTENCODING": "LATIN1",
    }
    for version in ("1.0.0", "1.1.0", "1.2.0"):
        script = BUNDLES / version / "upgrade.sql"
        assert psql(plain, *LOSING, script=script).returncode == 0
        done = psql(odd, *LOSING, script=script, env=hostile)
        assert done.returncode == 0, done.stderr
    exclude = ("public.release_history",)
    assert dump(odd, exclude=exclude) == dump(plain, exclude=exclude)
    with server.connect(odd) as connection:
        assert connection.execute("SELECT count(*) FROM release_history").fetchone() != (0,)


def test_another_state_of_the_database(
    server: Server, refused: Refused, new_database: NewDatabase, at_005: str
) -> None:
    with server.connect(at_005) as connection:
        for statement in (
            "ALTER TABLE rooms DROP COLUMN geom CASCADE",
            "ALTER TABLE catalog_items ADD COLUMN search text",
            "CREATE INDEX ix_rooms_floor_id_covering ON rooms (floor_id)",
            "CREATE INDEX ix_devices_building_id_active ON devices (building_id) WHERE state <> 'active'",
        ):
            connection.execute(statement.encode())
    message = refused(at_005, "1.2.0")
    assert "relation public.rooms has no column geom: somebody changed it" in message
    assert "relation public.catalog_items has a column search already, which the release adds" in message
    assert "there is something named public.ix_rooms_floor_id_covering already" in message
    assert "there is something named public.ix_devices_building_id_active already" in message


def test_something_that_the_release_creates(server: Server, refused: Refused, new_database: NewDatabase) -> None:
    database = new_database()
    with server.connect(database) as connection:
        connection.execute("CREATE TABLE rooms (id int)")
    assert "table public.rooms is there already, and the release creates it" in refused(database, "1.0.0")


def test_an_index_that_somebody_built_by_hand(server: Server, psql: Psql, at_005: str) -> None:
    with server.connect(at_005) as connection:
        connection.execute("CREATE INDEX ix_rooms_floor_id_covering ON rooms (floor_id) INCLUDE (name, state)")
    assert psql(at_005, *LOSING, script=BUNDLES / "1.2.0" / "upgrade.sql").returncode == 0


def test_a_read_only_database(server: Server, refused: Refused, psql: Psql, at_005: str) -> None:
    with server.connect(at_005) as connection:
        connection.execute(f"ALTER DATABASE {at_005} SET default_transaction_read_only = on".encode())
    assert "set to read only (default_transaction_read_only)" in refused(at_005, "1.2.0")
    lifted = {"PGOPTIONS": "-c default_transaction_read_only=off"}
    assert psql(at_005, *LOSING, script=BUNDLES / "1.2.0" / "upgrade.sql", env=lifted).returncode == 0


def test_another_owner(server: Server, refused: Refused, at: At) -> None:
    """What 1.1.0 creates would be the superuser's, and the application could not use it."""
    role, database = f"{server.prefix}owner", at("002")
    with server.connect(database) as connection:
        connection.execute(f"CREATE ROLE {role}".encode())
        try:
            for table in ("alembic_version", "users"):
                connection.execute(f"ALTER TABLE {table} OWNER TO {role}".encode())
            message = refused(database, "1.1.0")
            assert f"public.alembic_version belongs to {role}: run it as that role" in message
        finally:
            connection.execute(f"DROP OWNED BY {role} CASCADE".encode())
            connection.execute(f"DROP ROLE {role}".encode())


def test_a_superuser_may_run_what_creates_nothing_of_its_own(server: Server, psql: Psql, at_005: str) -> None:
    """Indexes, constraints and columns go with their tables; the history goes with the version table."""
    role = f"{server.prefix}owner"
    with server.connect(at_005) as connection:
        connection.execute(f"CREATE ROLE {role}".encode())
        try:
            for table in ("alembic_version", "rooms"):
                connection.execute(f"ALTER TABLE {table} OWNER TO {role}".encode())
            assert psql(at_005, *LOSING, script=BUNDLES / "1.2.0" / "upgrade.sql").returncode == 0
            owner = "SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'release_history'"
            assert connection.execute(owner.encode()).fetchone() == (role,)
        finally:
            connection.execute(f"DROP OWNED BY {role} CASCADE".encode())
            connection.execute(f"DROP ROLE {role}".encode())


def test_a_role_that_may_not_read_the_version_table(server: Server, psql: Psql, at_005: str) -> None:
    role = f"{server.prefix}blind"
    with server.connect(at_005) as connection:
        connection.execute(f"CREATE ROLE {role}".encode())
        try:
            done = psql(at_005, *LOSING, script=BUNDLES / "1.2.0" / "upgrade.sql", env={"PGOPTIONS": f"-c role={role}"})
            assert done.returncode == 3
            assert (
                f"role {role} lacks SELECT, INSERT, UPDATE, DELETE on public.alembic_version: GRANT it" in done.stderr
            )
            assert f"role {role} does not own public.rooms" in done.stderr
        finally:
            connection.execute(f"DROP ROLE {role}".encode())


@pytest.mark.parametrize(
    "before", ["DO $guard$", "SELECT length(set_config('release.plan'", "SELECT coalesce(max(format("]
)
def test_a_session_that_is_not_one_session(psql: Psql, at_005: str, before: str) -> None:
    """What a transaction-pooling proxy does, made certain: the next statement reaches another server process."""
    text = (BUNDLES / "1.2.0" / "upgrade.sql").read_text(encoding="utf-8")
    assert before in text
    done = psql(at_005, *LOSING, input=text.replace(before, f"\\connect\nSET search_path = pg_catalog;\n{before}", 1))
    assert done.returncode == 3
    assert "statements of this script reach different server processes" in done.stderr


def test_a_session_that_changes_between_segments(psql: Psql, at_005: str) -> None:
    """Only the process that the guard spoke to has the functions; what is done stays, and the script goes on later."""
    script = BUNDLES / "1.2.0" / "upgrade.sql"
    text = script.read_text(encoding="utf-8")
    third = "\\echo 'segment 3 of 10: "
    assert third in text
    done = psql(at_005, *LOSING, input=text.replace(third, f"\\connect\n{third}", 1))
    assert done.returncode == 3
    assert "pg_temp" in done.stderr
    assert "does not exist" in done.stderr
    assert "segment 3 of 10: " in done.stdout
    assert "segment 4 of 10: " not in done.stdout
    done = psql(at_005, *LOSING, input=text)
    assert done.returncode == 0, done.stderr
    assert "NOTICE:  segment 2: done before" in done.stderr
    assert "segment 3: done before" not in done.stderr
    assert "segment 10 of 10: " in done.stdout


def test_a_session_with_the_functions_of_an_earlier_run(psql: Psql, at_005: str) -> None:
    """A pool hands out a session in which a script has run before: its functions are there, and refuse."""
    text = (BUNDLES / "1.2.0" / "upgrade.sql").read_text(encoding="utf-8")
    fourth = "\\echo 'segment 4 of 10: "
    assert fourth in text
    other = "SELECT :'session'::integer + 1 AS session \\gset\n"
    done = psql(at_005, *LOSING, input=text.replace(fourth, f"{other}{fourth}", 1))
    assert done.returncode == 3
    assert "statements of this script reach different server processes" in done.stderr
    assert "Nothing of this segment has been done." in done.stderr


def test_a_table_that_somebody_keeps_locked(server: Server, psql: Psql, dump: Dump, at_005: str) -> None:
    """The script gives up in the time that it is given, and goes on when it is run again."""
    with server.connect(at_005, autocommit=False) as blocker:
        blocker.execute("LOCK TABLE comments IN ACCESS SHARE MODE")
        done = psql(at_005, *LOSING, "-v", "lock_timeout=200ms", script=BUNDLES / "1.2.0" / "upgrade.sql")
        assert done.returncode == 3
        assert "canceling statement due to lock timeout" in done.stderr
    done = psql(at_005, *LOSING, "-v", "lock_timeout='; DROP TABLE rooms; --", script=BUNDLES / "1.2.0" / "upgrade.sql")
    assert done.returncode == 3
    assert 'invalid value for parameter "lock_timeout"' in done.stderr
    assert psql(at_005, *LOSING, script=BUNDLES / "1.2.0" / "upgrade.sql").returncode == 0
