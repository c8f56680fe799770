"""The Arxos releases, while an application writes to the tables that they touch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from release.scratch.server import Server
from tests.arxos.conftest import PROJECT, At
from tests.traffic.application import Account, Deed
from tests.traffic.ways import DIRECTIONS, by_scripts, online, try_way

MORE = 2000  # rows of a table, of which the application counts in the first
OBJECTS = {
    "rooms": "name",
    "walls": "material",
    "doors": "material",
    "windows": "material",
    "devices": "type",
    "labels": "text",
    "zones": "name",
}


def counts(name: str, *ways: str) -> Deed:
    """Add one to a number; the ways are the old application's and the new one's."""
    return Deed(name, tuple((each,) for each in ways))


def counts_in(table: str, column: str, *names: str) -> Deed:
    ways = (f"UPDATE {each} SET {column} = {column}::int + 1 WHERE id = 'row-' || %(row)s" for each in names or [table])
    return counts(table, *ways)


def is_counted(table: str, column: str, where: str = "id LIKE 'row-%%'", now: str = "") -> str:
    return f"(SELECT sum({column}::int) = %({table})s FROM {now or table} WHERE {where})"


# until the application is the new one; and what inserts into rooms also locks, for its foreign keys, tables that the
# release has locked, and the other way round
ERRORS = {"NotNullViolation", "CheckViolation", "UndefinedTable", "DeadlockDetected"}


@dataclass(frozen=True, slots=True)
class Release:
    """A release, and an application of its time.

    Attributes:
        rows: what is there besides the seed.
        kept: by direction: conditions that are true afterwards.
    """

    version: str
    start: str
    end: str
    rows: tuple[str, ...]
    deeds: tuple[Deed, ...]
    kept: Mapping[str, tuple[str, ...]]


IN_OBJECTS = tuple(
    f"INSERT INTO {table} (id, {column}, status) "
    f"SELECT 'row-' || g, '0', ' Active ' FROM generate_series(1, {MORE}) AS g"
    for table, column in OBJECTS.items()
)
IN_USERS = (
    "INSERT INTO users (email, username, password_hash) "
    f"SELECT 'old' || g, 'row-' || g, '0' FROM generate_series(1, {MORE}) AS g"
)
SEARCH = "to_tsvector('simple', make || ' ' || model)"
NEW_ROOM = counts("new", "INSERT INTO rooms (id, name, status) VALUES ('x' || %(number)s, 'X', 'archived')")
NEW_ROOMS = "(SELECT count(*) = %(new)s FROM rooms WHERE id LIKE 'x%%')"
COUNTED = tuple(is_counted(table, column) for table, column in OBJECTS.items())
USERS = is_counted("users", "password_hash", "username LIKE 'row-%%'")

RELEASES = (
    Release(
        "1.1.0",
        "002",
        "005",
        rows=(*IN_OBJECTS, IN_USERS),
        deeds=(
            *(counts_in(table, column) for table, column in OBJECTS.items()),
            NEW_ROOM,
            counts(
                "users", "UPDATE users SET password_hash = password_hash::int + 1 WHERE username = 'row-' || %(row)s"
            ),
        ),
        kept={
            "upgrade": (
                *COUNTED,
                *(f"NOT EXISTS (SELECT FROM {each} WHERE id LIKE 'row-%%' AND state <> 'active')" for each in OBJECTS),
                "NOT EXISTS (SELECT FROM rooms WHERE id LIKE 'x%%' AND state = 'active')",
                NEW_ROOMS,
                USERS,
                "NOT EXISTS (SELECT FROM users WHERE email NOT LIKE '%%@%%' AND username LIKE 'row-%%')",
                "NOT EXISTS (SELECT FROM users WHERE previous_email NOT LIKE 'old%%' AND username LIKE 'row-%%')",
            ),
            "rollback": (
                *COUNTED,
                NEW_ROOMS,
                USERS,
                "NOT EXISTS (SELECT FROM users WHERE email NOT LIKE 'old%%' AND username LIKE 'row-%%')",
            ),
        },
    ),
    Release(
        "1.2.0",
        "005",
        "009",
        rows=(
            *IN_OBJECTS,
            f"INSERT INTO projects (name) SELECT 'n0' FROM generate_series(1, {MORE})",
            f"INSERT INTO comments (content, created_at) SELECT 'n', NULL FROM generate_series(1, {MORE})",
            f"INSERT INTO catalog_items (make, model) SELECT 'row-' || g, '0' FROM generate_series(1, {MORE}) AS g",
        ),
        deeds=(
            counts_in("rooms", "name"),
            counts_in("devices", "type"),
            counts_in("labels", "text", "labels", "annotations"),
            NEW_ROOM,
            counts(
                "catalog_items",
                "UPDATE catalog_items SET model = model::int + 1 WHERE make = 'row-' || %(row)s",
            ),
            counts(
                "comments",
                "INSERT INTO comments (content, created_at) VALUES ('x', NULL)",
                "INSERT INTO comments (content, created_at) VALUES ('x', '2026-06-01')",
            ),
            counts("projects", "INSERT INTO projects (name) VALUES ('x')"),
        ),
        kept={
            "upgrade": (
                is_counted("rooms", "name"),
                is_counted("devices", "type"),
                is_counted("labels", "text", now="annotations"),
                is_counted("catalog_items", "model", "make LIKE 'row-%%'"),
                NEW_ROOMS,
                f"NOT EXISTS (SELECT FROM catalog_items WHERE make LIKE 'row-%%' AND search <> {SEARCH})",
                "(SELECT count(*) = %(comments)s FROM comments WHERE content = 'x')",
                f"(SELECT count(*) = {MORE} FROM comments WHERE content = 'n' AND created_at = to_timestamp(0))",
                "(SELECT count(*) = %(projects)s FROM projects WHERE name = 'x')",
            ),
            "rollback": (
                is_counted("rooms", "name"),
                is_counted("devices", "type"),
                is_counted("labels", "text"),
                is_counted("catalog_items", "model", "make LIKE 'row-%%'"),
                NEW_ROOMS,
                "(SELECT count(*) = %(comments)s FROM comments WHERE content = 'x')",
                f"(SELECT count(*) = {MORE} FROM comments WHERE content = 'n' AND created_at IS NULL)",
                "(SELECT count(*) = %(projects)s FROM projects WHERE name = 'x')",
            ),
        },
    ),
)


@pytest.mark.parametrize("release", RELEASES, ids=lambda release: release.version)
def test_what_the_application_keeps_is_kept(server: Server, at: At, release: Release) -> None:
    ways = (
        online(server, PROJECT / "alembic", release.start, release.end),
        by_scripts(server, PROJECT / "scripts" / release.version),
    )
    for go in ways:
        database, account = at(release.start, seeded=True), Account()
        with server.connect(database) as connection:
            for statement in release.rows:
                connection.execute(statement.encode())
        for direction in DIRECTIONS:
            kept = [f"SELECT {each}" for each in release.kept[direction]]
            try_way(server, database, go, direction, release.deeds, kept, ERRORS, account)
