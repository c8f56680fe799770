"""Fixtures: a real PostgreSQL server, databases on it, psql, and golden files."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from functools import partial

import pytest

from release.database.server import Server, given_server, scratch_server
from tests.databases import Dump, NewDatabase, Psql, dump_database, run_psql

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """Give a server to make databases on: one of our own per worker, or the one that RELEASE_TEST_SERVER names."""
    conninfo = os.environ.get("RELEASE_TEST_SERVER")
    with given_server(conninfo) if conninfo else scratch_server() as running:
        yield running


@pytest.fixture
def new_database(server: Server) -> Iterator[NewDatabase]:
    made: list[str] = []

    def create(template: str | None = None) -> str:
        name = f"{server.prefix}db{next(_numbers)}"
        server.create_database(name, template)
        made.append(name)
        return name

    yield create
    for name in made:
        server.drop_database(name)


@pytest.fixture(scope="session")
def postgis_template(server: Server) -> str:
    """Give a database with nothing but PostGIS in it, to be copied by `new_database(postgis_template)`."""
    name = f"{server.prefix}postgis"
    server.create_database(name)
    with server.connect(name) as connection:
        connection.execute("CREATE EXTENSION postgis")
    return name


@pytest.fixture
def psql(server: Server) -> Psql:
    return partial(run_psql, server)


@pytest.fixture
def dump(server: Server) -> Dump:
    return partial(dump_database, server)
