"""Who may run the migrations: the owner of the database, once somebody with the right has made the extension."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from psycopg.sql import SQL, Identifier

from release.scratch.server import Server
from tests.arxos.conftest import Alembic
from tests.databases import Dump, NewDatabase


@pytest.fixture
def owner(server: Server) -> Iterator[str]:
    name = f"{server.prefix}owner_{secrets.token_hex(4)}"
    with server.connect(server.maintenance) as connection:
        connection.execute(SQL("CREATE ROLE {}").format(Identifier(name)))
        yield name
        connection.execute(SQL("DROP ROLE {}").format(Identifier(name)))


def test_owner_without_superuser_needs_the_extension_made_before(
    server: Server, owner: str, new_database: NewDatabase, postgis_template: str, alembic: Alembic, dump: Dump
) -> None:
    bare, prepared = new_database(), new_database(postgis_template)
    with server.connect(server.maintenance) as connection:
        for database in (bare, prepared):
            change = SQL("ALTER DATABASE {} OWNER TO {}").format(Identifier(database), Identifier(owner))
            connection.execute(change)
    as_owner = f"&options=-crole%3D{owner}"

    refused = alembic(bare, "upgrade", "head", status=1, options=as_owner)
    assert 'permission denied to create extension "postgis"' in refused.stderr
    assert "alembic_version" not in dump(bare)  # all in one transaction, and it was rolled back

    alembic(prepared, "upgrade", "head", options=as_owner)
    alembic(prepared, "check", options=as_owner)
    assert f"ALTER TABLE public.rooms OWNER TO {owner};" in dump(prepared)
    alembic(prepared, "downgrade", "base", options=as_owner)
