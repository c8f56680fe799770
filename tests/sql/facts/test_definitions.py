"""What statements define: on every form of statement that the table of locks knows, and in detail."""

from __future__ import annotations

import pytest

from release.model import Name
from release.sql.facts.definitions import Definitions, Sweep, definitions_of
from release.sql.locks.forms import GROUPS
from release.sql.read.splitting import long_names_in
from release.sql.read.statements import statement_in

EXAMPLES = [form.example for _, forms in GROUPS for form in forms if form.example]


@pytest.mark.parametrize("example", EXAMPLES)
def test_every_form_can_be_read(example: str) -> None:
    assert definitions_of(statement_in(example)).kind


def test_a_table() -> None:
    found = definitions_of(
        statement_in(
            "CREATE TABLE a.t (id int PRIMARY KEY, g geometry(Point, 4326), r int CONSTRAINT f REFERENCES u,"
            " CHECK (r IS NOT NULL), CONSTRAINT two FOREIGN KEY (id, r) REFERENCES b.v (x, y))"
        )
    )
    table = Name("t", "a")
    assert [(each.name, str(each.type), each.modifiers) for each in found.columns] == [
        ("id", "pg_catalog.int4", ()),
        ("g", "geometry", ("point", "4326")),
        ("r", "pg_catalog.int4", ()),
    ]
    assert {each.table for each in found.columns} == {each.table for each in found.constraints} == {table}
    assert [(each.kind, each.name, each.columns, each.target, each.proves) for each in found.constraints] == [
        ("PRIMARY", "", ("id",), None, ""),
        ("FOREIGN", "f", ("r",), Name("u"), ""),
        ("CHECK", "", (), None, "r"),
        ("FOREIGN", "two", ("id", "r"), Name("v", "b"), ""),
    ]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("DROP TABLE t CASCADE", {"cascade": True, "lenient": False}),
        ("DROP TABLE IF EXISTS t", {"cascade": False, "lenient": True}),
        ("ALTER TABLE t DROP COLUMN IF EXISTS a CASCADE", {"cascade": True, "lenient": True}),
        ("UPDATE t SET a = 1", {"sweeps": (Sweep("UPDATE", Name("t")),)}),
        ("DELETE FROM t WHERE a = 1", {"sweeps": ()}),
        ("INSERT INTO t VALUES (1)", {"reads": False}),
        ("INSERT INTO t SELECT 1", {"reads": True}),
        ("COPY t FROM PROGRAM 'x'", {"file": "|x"}),
        ("COPY t TO '/tmp/x'", {"file": "/tmp/x"}),
        ("SET a.b = 1", {"setting": "a.b", "local": False}),
        ("SET LOCAL a.b = 1", {"setting": "a.b", "local": True}),
        ("RESET a.b", {"setting": ""}),
        ("SET TRANSACTION READ ONLY", {"setting": ""}),
        ("ALTER ROLE a PASSWORD 'b'", {"options": (("password", "b"),)}),
        ("ALTER EXTENSION postgis UPDATE", {"extension": "postgis"}),
        ("SELECT a.f(1), g(2)", {"calls": (Name("f", "a"), Name("g"))}),
    ],
)
def test_what_is_said_of_a_statement(text: str, wanted: dict[str, object]) -> None:
    found: Definitions = definitions_of(statement_in(text))
    assert {key: getattr(found, key) for key in wanted} == wanted


@pytest.mark.parametrize(
    ("body", "language"),
    [("SELECT ST_Area($1)", "sql"), ("BEGIN RETURN ST_Area($1); END", "plpgsql")],
)
def test_what_a_function_calls(body: str, language: str) -> None:
    text = f"CREATE FUNCTION f(geometry) RETURNS float LANGUAGE {language} AS '{body}'"
    routine = definitions_of(statement_in(text)).routine
    assert routine
    assert [call for call in routine.calls if call.name == "st_area"] == [Name("st_area")]


def test_long_names_are_read_before_the_parser_cuts_them() -> None:
    name = "ü" * 32
    assert long_names_in(f"CREATE TABLE \"{name}\" (a text DEFAULT '{'x' * 99}')") == (name,)
    assert long_names_in(f"CREATE TABLE {'x' * 63} (a int)") == ()
