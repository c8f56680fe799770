"""What the scripts refuse: exit status 3, a reason that can be read, and not a thing changed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from release.scratch.server import Server
from tests.databases import NewDatabase, run_psql
from tests.faults.conftest import Record, Refusing, Stage
from tests.faults.table import DIRECTIONS, UNCHANGED, Seen
from tests.faults.trial import Ran, assert_refused, assert_unchanged, by_release, digits_of, script_of, take_state

NOTE = "INSERT INTO release_history (release, direction, segment, segments, plan, finished_at) VALUES "
# fault: the reason that is meant, and the statements that make the fault before an upgrade and before a rollback
CHANGES = {
    "revision": ("to start it should be at", *["UPDATE alembic_version SET version_num = '003'"] * 2),
    "no-version": ("no table public.alembic_version", *["DROP TABLE alembic_version"] * 2),
    "relation": ("no relation public.comments", *["DROP TABLE comments CASCADE"] * 2),
    "column": (
        {"upgrade": "has no column name", "rollback": "has no column created_at"},
        "ALTER TABLE rooms DROP COLUMN name CASCADE",
        "ALTER TABLE comments DROP COLUMN created_at",
    ),
    "there": (
        {"upgrade": "a column search already", "rollback": "a column updated_at already"},
        "ALTER TABLE catalog_items ADD COLUMN search text",
        "ALTER TABLE projects ADD COLUMN updated_at date",
    ),
    "index": ("ix_rooms_floor_id_covering already", "CREATE INDEX ix_rooms_floor_id_covering ON rooms (name)", ""),
    "plan": (
        "from another script",
        f"{NOTE} ('1.2.0', 'upgrade', 1, 10, 'another', now())",
        "UPDATE release_history SET plan = 'another'",
    ),
    "half-back": ("rollback was begun", f"{NOTE} ('1.2.0', 'rollback', 1, 6, '{digits_of('1.2.0')}', now())", ""),
}
SPATIAL = {
    "no-postgis": ("postgis is missing", "DROP EXTENSION postgis CASCADE"),
    "old-postgis": ("too old", "UPDATE pg_extension SET extversion = '2.5.5' WHERE extname = 'postgis'"),
    "srid-unknown": ("SRID 4326", "DELETE FROM spatial_ref_sys WHERE srid = 4326"),
    "srid-otherwise": ("SRID 4326", "UPDATE spatial_ref_sys SET proj4text = '+proj=merc' WHERE srid = 4326"),
}
SESSIONS = {"replica-role": ("triggers and foreign keys would not work", "-c session_replication_role=replica")}


@pytest.fixture
def reader(server: Server, stage: Stage) -> Iterator[str]:
    """Give a role that may read everything."""
    if server.version < 140000:
        pytest.skip("there is no role pg_read_all_data before PostgreSQL 14")
    name = f"{server.prefix}reader_{secrets.token_hex(4)}"
    with server.connect(server.maintenance) as connection:
        connection.execute(f"CREATE ROLE {name} IN ROLE pg_read_all_data".encode())
        yield name
        connection.execute(f"DROP ROLE {name}".encode())


@pytest.mark.parametrize("fault", CHANGES)
def test_another_database(refuse: Refusing, fault: str) -> None:
    words, *changes = CHANGES[fault]
    made = dict(zip(DIRECTIONS, map(str, changes), strict=True))
    refuse(
        fault, words, lambda name, way: refuse.execute(name, made[way]), directions=[way for way in made if made[way]]
    )


@pytest.mark.parametrize("fault", SPATIAL)
def test_another_postgis(refuse: Refusing, fault: str) -> None:
    refuse(fault, *SPATIAL[fault], version="1.1.0")


@pytest.mark.parametrize("fault", SESSIONS)
def test_another_session(refuse: Refusing, fault: str) -> None:
    words, options = SESSIONS[fault]
    refuse(fault, words, options=options)


def test_postgis_elsewhere(refuse: Refusing) -> None:
    change = "CREATE SCHEMA gis; CREATE EXTENSION postgis SCHEMA gis"
    refuse("postgis-elsewhere", "lies in schema gis", change, version="1.0.0", directions=["upgrade"])


def test_a_server_without_postgis(refuse: Refusing) -> None:
    """As the server lists its extensions where the packages of PostGIS are not installed."""
    change = (
        "SET allow_system_table_mods = on; CREATE OR REPLACE VIEW pg_catalog.pg_available_extensions AS "
        "SELECT a.name, a.default_version, e.extversion AS installed_version, a.comment "
        "FROM pg_available_extensions() AS a LEFT JOIN pg_extension AS e ON a.name = e.extname "
        "WHERE a.name <> 'postgis'"
    )
    refuse("no-packages", "PostGIS is not installed on this server", change, version="1.0.0", directions=["upgrade"])


def test_rights(refuse: Refusing, reader: str) -> None:
    refuse("rights", "does not own public.rooms", options=f"-c role={reader}", names={reader: "reader"})


def test_a_role_that_is_set_to_read_only(refuse: Refusing) -> None:
    def change(database: str, _direction: str) -> None:
        refuse.execute(
            database, f"ALTER ROLE CURRENT_USER IN DATABASE {database} SET default_transaction_read_only = on"
        )

    refuse("read-only", "default_transaction_read_only", change)


def test_a_template(refuse: Refusing) -> None:
    made = []

    def change(database: str, _direction: str) -> None:
        refuse.execute(database, f"ALTER DATABASE {database} IS_TEMPLATE true")
        made.append(database)

    try:
        refuse("template", "is a template", change)
    finally:
        for database in made:
            refuse.execute(database, f"ALTER DATABASE {database} IS_TEMPLATE false")


def test_inside_a_transaction(
    server: Server, new_database: NewDatabase, stage: Stage, record: Record, tmp_path: Path
) -> None:
    (begin := tmp_path / "begin.sql").write_text("BEGIN;\n")
    seen = []
    for direction in DIRECTIONS:
        database = new_database(stage.start("1.2.0", direction))
        before = take_state(server, database)
        script = script_of("1.2.0", direction)
        done = run_psql(server, database, "-1", script=script)
        for runner, ran in {
            "psql": Ran(done.returncode, done.stdout, done.stderr),
            "release apply": by_release(server, database, begin, script),
        }.items():
            assert_refused(ran, "1.2.0", direction)
            assert_unchanged(before, take_state(server, database))
            seen.append(Seen(direction, runner, ran.say("inside a transaction block"), UNCHANGED))
    record("transaction", seen)


NOT_LOSING = {"lose_rows": "no"}


@pytest.mark.parametrize(
    ("fault", "version", "direction", "change"),
    [
        ("loses", "1.2.0", "upgrade", ""),
        ("loses-since", "1.1.0", "rollback", "INSERT INTO maintenance_tasks (title) VALUES ('look after the boiler')"),
    ],
)
def test_what_would_be_lost(fault: str, version: str, direction: str, change: str, refuse: Refusing) -> None:
    refuse(fault, "it would drop", change, version=version, directions=[direction], variables=NOT_LOSING)
