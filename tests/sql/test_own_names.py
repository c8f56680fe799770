"""Functions and types that are said to be PostgreSQL's own: the server has every one of them."""

from __future__ import annotations

from release.scratch.server import Server
from release.sql.versions.own import FUNCTIONS, TYPES


def test_the_server_has_them(server: Server) -> None:
    with server.connect("postgres") as connection:
        for names, column, catalog in ((FUNCTIONS, "proname", "pg_proc"), (TYPES, "typname", "pg_type")):
            query = (
                f"SELECT name FROM unnest(%s::text[]) AS u (name) WHERE NOT EXISTS (SELECT FROM {catalog} "
                f"WHERE {column} = name AND pg_catalog.to_regnamespace('pg_catalog') = {column[:3]}namespace)"
            )
            assert connection.execute(query.encode(), (sorted(names),)).fetchall() == []
