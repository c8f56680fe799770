"""The schema of the examples in the table of statement forms, as a database to be copied."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from release.scratch.server import Server
from release.sql.locks.forms import WORLD
from release.trace.seen import Seen
from tests.databases import NewDatabase, skip_spatial, suit
from tests.sql.observing import Observe, observe


@pytest.fixture(scope="session")
def world(server: Server, template: str | None) -> str:
    name = f"{server.prefix}world"
    server.create_database(name, template)
    with server.connect(name) as connection:
        connection.execute(suit(WORLD).encode())
    return name


@pytest.fixture
def cluster(server: Server) -> Iterator[None]:
    """Remove the roles and tablespaces that examples make, which are no part of a database."""
    yield
    with server.connect(server.maintenance) as connection:
        connection.execute("DROP ROLE IF EXISTS release_worker")
        connection.execute("DROP TABLESPACE IF EXISTS release_elsewhere")


@pytest.fixture(scope="session")
def quiet(server: Server, world: str) -> str:
    """Give a copy of `world` for statements that need no setup and are rolled back."""
    name = f"{server.prefix}quiet"
    server.create_database(name, world)
    return name


@pytest.fixture(name="observe")
def fixture_observe(server: Server, world: str, quiet: str, new_database: NewDatabase) -> Observe:
    def look(statement: str, setup: str = "", blockers: tuple[str, ...] = (), template: str | None = None) -> Seen:
        skip_spatial(statement, setup)
        alone = setup or blockers or template
        databases = partial(new_database, template or world) if alone else lambda: quiet
        return observe(server.connect, databases, statement, setup, blockers)

    return look


@pytest.fixture(scope="module")
def database(server: Server, world: str) -> Iterator[str]:
    """Give one database for all cases: each is rolled back."""
    name = f"{server.prefix}facts"
    server.create_database(name, world)
    yield name
    server.drop_database(name)
