"""The schema of the examples in the table of statement forms, as a database to be copied."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from release.database.observation import Seen
from release.database.server import Server
from release.sql.forms import WORLD
from tests.databases import WITHOUT_POSTGIS, NewDatabase
from tests.sql.observing import Observe, observe


@pytest.fixture(scope="session")
def world(server: Server, template: str | None) -> str:
    name = f"{server.prefix}world"
    server.create_database(name, template)
    with server.connect(name) as connection:
        connection.execute((WORLD if template else flatten(WORLD)).encode())
    return name


# A world without PostGIS has another type in its place that a GiST index takes; what names PostGIS is not tried in it.
FLAT = (("geometry(Point, 4326)", "box"), ("ST_SetSRID(ST_MakePoint(1, 2), 4326)", "'(1, 2), (1, 2)'"))


def flatten(world: str) -> str:
    for spatial, flat in FLAT:
        assert world.count(spatial) == 1
        world = world.replace(spatial, flat)
    return world


def skip_spatial(*statements: str) -> None:
    """Skip a test of what names PostGIS, where the tests were told to do without."""
    text = " ".join(statements).lower()
    if WITHOUT_POSTGIS and any(word in text for word in ("geometry", "postgis", "st_")):
        pytest.skip("names PostGIS, and RELEASE_TEST_WITHOUT_POSTGIS says that there is none")


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
