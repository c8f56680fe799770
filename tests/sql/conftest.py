"""The schema of the examples in the table of statement forms, as a database to be copied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from release.database.server import Server
from release.sql.forms import WORLD


@pytest.fixture(scope="session")
def world(server: Server, postgis_template: str) -> str:
    name = f"{server.prefix}world"
    server.create_database(name, postgis_template)
    with server.connect(name) as connection:
        connection.execute(WORLD.encode())
    return name


@pytest.fixture
def cluster(server: Server) -> Iterator[None]:
    """Remove the roles and tablespaces that examples make, which are no part of a database."""
    yield
    with server.connect(server.maintenance) as connection:
        connection.execute("DROP ROLE IF EXISTS release_worker")
        connection.execute("DROP TABLESPACE IF EXISTS release_elsewhere")
