"""What data changes make of rows that nobody thought of, and that each downgrade puts back what was there."""

from __future__ import annotations

import pytest

from release.scratch.server import Server
from tests.arxos.conftest import Alembic, At, Migrate, Rows
from tests.databases import Dump

DECLARED = "UPDATE projects SET updated_at = NULL"  # what 009 says its rollback loses


@pytest.mark.parametrize("revision", ["002", "003", "004", "005", "006", "007", "008", "009"])
def test_each_downgrade_puts_back_schema_and_rows(
    at: At, migrate: Migrate, dump: Dump, server: Server, revision: str
) -> None:
    start = f"{int(revision) - 1:03}"
    database = at(start, seeded=start > "001")
    if revision == "009":
        with server.connect(database) as connection:
            connection.execute(DECLARED)
    before = dump(database)
    migrate(database, "upgrade", revision)
    assert dump(database) != before
    migrate(database, "downgrade", "-1")
    assert dump(database) == before


def test_all_releases_and_back_lose_what_is_declared_and_nothing_else(
    at: At, migrate: Migrate, dump: Dump, server: Server
) -> None:
    database = at("002", seeded=True)
    copy = at("002", seeded=True)
    assert dump(copy) == dump(database)
    migrate(database, "upgrade", "head")
    migrate(database, "downgrade", "002")
    assert dump(database) != dump(copy)
    with server.connect(copy) as connection:
        connection.execute(DECLARED)
    assert dump(database) == dump(copy)


def test_addresses_are_made_up_unless_taken(unchanged: At, rows: Rows) -> None:
    database = unchanged("003", seeded=True)
    users = rows(database, "SELECT username, email, previous_email, is_active FROM users ORDER BY id")
    assert users == [
        ("ada", "ada@arxos.io", None, True),
        ("bob", "bob@example.com", "bob", True),
        ("carol", "carol", None, True),  # carol2 has carol@example.com
        ("carol2", "carol@example.com", None, True),
        ("empty", "empty@example.com", "", True),
        ("Dave O'Neil", "Dave O'Neil@example.com", "DAVE", True),
        ("dave", "dave@Example.com", None, True),
        ("u" * 100, "u" * 100 + "@example.com", "long" * 60, True),
        ("100%", "100%@example.com", "100%", True),
        ("zoë", "zoë@example.com", "Zoë Ünïcode", True),
        ("at@sign", "two@signs@arxos.io", None, True),
    ]


def test_address_changed_since_the_upgrade_survives_the_downgrade(
    at: At, migrate: Migrate, rows: Rows, server: Server
) -> None:
    database = at("003", seeded=True)
    with server.connect(database) as connection:
        connection.execute("UPDATE users SET email = 'bob@arxos.io' WHERE username = 'bob'")
        # somebody new takes the address that Dave had before, which is unique
        connection.execute("INSERT INTO users (email, username, password_hash) VALUES ('DAVE', 'david', 'x')")
    migrate(database, "downgrade", "-1")
    assert rows(
        database, "SELECT username, email FROM users WHERE username IN ('bob', 'Dave O''Neil', 'empty') ORDER BY id"
    ) == [("bob", "bob@arxos.io"), ("empty", ""), ("Dave O'Neil", "Dave O'Neil@example.com")]


def test_state_follows_status_where_it_is_a_label(unchanged: At, rows: Rows) -> None:
    database = unchanged("004", seeded=True)
    assert rows(database, "SELECT status, state::text FROM rooms ORDER BY id") == [
        (" Active ", "active"),
        ("ARCHIVED", "archived"),
        ("weird", "draft"),
        (None, "draft"),
        ("", "draft"),
        ("draft", "draft"),
        ("active", "active"),
        ("active\t", "draft"),  # trim() takes spaces only
        ("  archived", "archived"),
    ]
    others = ("walls", "doors", "windows", "devices", "labels", "zones")
    states = " UNION ALL ".join(f"SELECT id, state::text FROM {table}" for table in others)
    assert dict(rows(database, states)) == {
        "w-1": "active", "w-2": "draft", "w-3": "draft",
        "d-1": "archived", "d-2": "draft",
        "n-1": "active", "n-2": "draft",
        "v-1": "active", "v-2": "draft", "v-3": "archived",
        "l-1": "active", "l-2": "draft",
        "z-1": "archived", "z-2": "draft",
    }  # fmt: skip


def test_reference_rows(unchanged: At, rows: Rows) -> None:
    assert rows(
        unchanged("005", seeded=True), "SELECT name, settings, ST_AsEWKT(location) FROM building_systems ORDER BY id"
    ) == [
        (
            "Central heating",
            {"enabled": True, "label": 'Boiler "A", Bob\'s', "limit": "80%"},
            "SRID=4326;POINT(11.5755 48.1374)",
        ),
        (
            "Ventilation",
            {"schedule": "on :weekdays, 50% at night", "columns": "zone\tfan\tspeed"},
            "SRID=4326;POINT(11.5761 48.1379)",
        ),
        (
            "Fire alarm",
            {"test": None, "message": 'it\'s a "drill"\t100% :-)'},
            "SRID=4326;POINT(11.5749 48.1371)",
        ),
    ]


def test_comments_without_date_get_the_epoch_and_lose_it_again(at: At, migrate: Migrate, rows: Rows) -> None:
    dates = (
        "SELECT created_at AT TIME ZONE 'UTC' IS NULL, extract(epoch FROM created_at)::float FROM comments ORDER BY id"
    )
    database = at("006", seeded=True)
    before = rows(database, dates)
    assert [missing for missing, _ in before] == [False, True, True, False, False]
    migrate(database, "upgrade", "007")
    assert rows(database, dates) == [(False, 0.0 if missing else seconds) for missing, seconds in before]
    not_null = "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'comments'::regclass AND attname = 'created_at'"
    assert rows(database, not_null) == [(True,)]
    checks = (
        "SELECT conname, convalidated FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    )
    assert ("ck_rooms_name", True) in rows(database, checks)
    assert "ck_comments_created_at" not in dict(rows(database, checks))
    migrate(database, "downgrade", "006")
    assert rows(database, dates) == before
    assert rows(database, not_null) == [(False,)]


def test_empty_room_name_stops_the_upgrade_and_changes_nothing(
    at: At, alembic: Alembic, dump: Dump, server: Server
) -> None:
    database = at("006", seeded=True)
    with server.connect(database) as connection:
        connection.execute("UPDATE rooms SET name = '' WHERE id = 'r-1'")
    before = dump(database)
    assert "ck_rooms_name" in alembic(database, "upgrade", "007", status=1).stderr
    assert dump(database) == before


def test_catalogue_is_searched_with_any_column_missing(unchanged: At, rows: Rows) -> None:
    database = unchanged("008", seeded=True)
    assert rows(database, "SELECT id FROM catalog_items WHERE search @@ to_tsquery('simple', 'acme & chiller')") == [
        (1,)
    ]
    assert rows(database, "SELECT id FROM catalog_items WHERE search @@ to_tsquery('simple', 'lamp')") == [(2,)]
    assert rows(database, "SELECT count(*) FROM catalog_items WHERE search IS NULL") == [(0,)]


def test_dropped_dates_are_not_made_up_by_the_downgrade(at: At, migrate: Migrate, rows: Rows, server: Server) -> None:
    database = at("009", seeded=True)
    migrate(database, "downgrade", "008")
    assert rows(database, "SELECT DISTINCT updated_at FROM projects") == [(None,)]
    with server.connect(database) as connection:
        connection.execute("INSERT INTO projects (name) VALUES ('new')")
    assert rows(database, "SELECT updated_at IS NULL FROM projects WHERE name = 'new'") == [(False,)]


def test_renamed_table_keeps_its_rows_and_no_old_name(unchanged: At, rows: Rows) -> None:
    database = unchanged("009", seeded=True)
    assert rows(database, "SELECT id, text FROM annotations ORDER BY id") == [
        ("l-1", "Exit → :left, 50%"),
        ("l-2", "back\\slash and\ttab"),
    ]
    old = """
        SELECT relname FROM pg_class WHERE relname ~ 'labels' AND relnamespace = 'public'::regnamespace
        UNION ALL SELECT conname FROM pg_constraint WHERE conname ~ 'labels'
        UNION ALL SELECT typname FROM pg_type WHERE typname ~ 'labels' AND typnamespace = 'public'::regnamespace"""
    assert rows(database, old) == []
    assert len(rows(unchanged("008"), old)) > 20
