"""A database for statements that are rolled back, whatever comes of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from release.scratch.server import Server


@pytest.fixture(scope="module")
def database(server: Server, world: str) -> Iterator[str]:
    """Give one database for all cases: each is rolled back."""
    name = f"{server.prefix}facts"
    server.create_database(name, world)
    yield name
    server.drop_database(name)
