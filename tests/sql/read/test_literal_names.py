"""Names of relations that stand in string constants: nextval('home.rooms')."""

from __future__ import annotations

import psycopg
import pytest

from release.model import Name
from release.model.syntax import Select
from release.scratch.server import Server
from release.sql.read.quote import literal
from release.sql.read.statements import statement_in

NAMES = {
    "rooms": Name("rooms"),
    "Home.ROOMS": Name("rooms", "home"),
    ' home . "Rooms" ': Name("Rooms", "home"),
    '"a.b"."say ""no"""': Name('say "no"', "a.b"),
    "Ümlaut": Name("Ümlaut"),
    "select": Name("select"),
    "home.table": Name("table", "home"),
    "1a": Name("1a"),
}
NONE = ("", " ", ".", "a.", ".a", "a..b", "a b", "a JOIN b ON true", "a; b", '"a', '"a"b', '""', 'a.""')


@pytest.mark.parametrize(("text", "name"), [*NAMES.items(), *((text, None) for text in NONE)])
def test_names(text: str, name: Name | None) -> None:
    syntax = statement_in(f"SELECT nextval({literal(text)})")
    assert isinstance(syntax, Select)
    assert syntax.contents.calls[0].arguments[0].relation == name


def test_the_server_finds_what_is_read(server: Server) -> None:
    with server.connect(server.maintenance) as connection:
        connection.execute("BEGIN")
        for name in NAMES.values():
            schema = '"' + name.schema.replace('"', '""') + '"' if name.schema else "public"
            plain = '"' + name.name.replace('"', '""') + '"'
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}".encode())
            connection.execute(f"CREATE SEQUENCE {schema}.{plain}".encode())
        for text, name in NAMES.items():
            row = connection.execute(
                "SELECT relname, CASE nspname WHEN 'public' THEN '' ELSE nspname END FROM pg_class AS c"
                " JOIN pg_namespace AS n ON n.oid = relnamespace WHERE c.oid = to_regclass(%s)",
                [text],
            ).fetchone()
            assert row == (name.name, name.schema), text
        for text in NONE:
            with pytest.raises(psycopg.Error), connection.transaction():
                connection.execute("SELECT nextval(%s::text::regclass)", [text])
        connection.execute("ROLLBACK")
