"""Functions and types that are said to be PostgreSQL's own: the server has every one of them."""

from __future__ import annotations

from release.scratch.server import Server
from release.sql.facts.row_conditions import is_quiet
from release.sql.versions.own import FUNCTIONS, TYPES


def test_the_server_has_them(server: Server) -> None:
    with server.connect("postgres") as connection:
        for names, column, catalog in ((FUNCTIONS, "proname", "pg_proc"), (TYPES, "typname", "pg_type")):
            query = (
                f"SELECT name FROM unnest(%s::text[]) AS u (name) WHERE NOT EXISTS (SELECT FROM {catalog} "
                f"WHERE {column} = name AND pg_catalog.to_regnamespace('pg_catalog') = {column[:3]}namespace)"
            )
            assert connection.execute(query.encode(), (sorted(names),)).fetchall() == []


def test_what_computes_only_does_nothing_else(server: Server) -> None:
    with server.connect("postgres") as connection:
        query = b"SELECT proname FROM pg_proc WHERE provolatile = 'v' AND pronamespace = 'pg_catalog'::regnamespace"
        volatile = {name for (name,) in connection.execute(query)}
    assert {name for name in volatile if is_quiet(name)} <= {
        *("amvalidate", "clock_timestamp", "current_query", "currtid2", "gen_random_uuid", "random", "timeofday"),
        *("txid_status", "suppress_redundant_updates_trigger", "tsvector_update_trigger", "unique_key_recheck"),
        *("tsvector_update_trigger_column", "timezone"),
    }
    assert is_quiet("lower")
    assert not is_quiet("set_config")
    assert not is_quiet("pg_terminate_backend")
