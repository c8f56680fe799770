"""Statements that are nested more deeply than a parser, a library or Python bears: one clear message, and no crash."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from release.errors import SqlError
from release.model.syntax import CreateRoutine, Syntax
from release.sql.read.constants import constants_in
from release.sql.read.expressions import columns_in
from release.sql.read.splitting import TOO_DEEP, verdict
from release.sql.read.statements import split, statement_in

FORMS: dict[str, Callable[[int], str]] = {
    "a type": lambda n: f"ALTER TABLE t ALTER a TYPE text USING {'f(' * n}1{')' * n}",
    "a default": lambda n: f"ALTER TABLE t ALTER a SET DEFAULT {'ROW(' * n}1{')' * n}",
    "a check": lambda n: f"CREATE TABLE t (a int CHECK ({'f(' * n}1{')' * n}))",
    "an index": lambda n: f"CREATE INDEX ON t (({'ARRAY[' * n}a{']' * n}))",
    "a policy": lambda n: f"CREATE POLICY p ON t USING ({'EXISTS (SELECT 1 WHERE ' * n}true{')' * n})",
    "a rule": lambda n: f"CREATE RULE r AS ON INSERT TO t DO DELETE FROM t WHERE {'NOT ' * n}true",
    "a view": lambda n: f"CREATE VIEW v AS {'SELECT * FROM (' * n}SELECT 1{') a' * n}",
    "of a schema": lambda n: f"CREATE SCHEMA s CREATE VIEW v AS SELECT {'- ' * n}1",
    "cases": lambda n: f"SELECT {'CASE WHEN a THEN ' * n}1{' END' * n}",
    "casts": lambda n: f"SELECT 1{'::int' * n}",
    "joins": lambda n: f"SELECT * FROM a{' CROSS JOIN a' * n}",
    "unions": lambda n: f"SELECT 1{' UNION SELECT 1' * n}",
    "WITH": lambda n: f"{'WITH a AS (' * n}SELECT 1{') SELECT 1' * n}",
    "parentheses": lambda n: f"SELECT {'(' * n}1{')' * n}",
}
WORDS = ("nested too deeply", "memory exhausted")


def refused(text: str) -> str:
    """Why a statement is refused; "" where it is read."""
    try:
        statement_in(text)
    except SqlError as error:
        return error.message
    return ""


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_every_depth_is_read_or_refused_in_words(form: Callable[[int], str]) -> None:
    """Around the limit of protobuf, where what is wrapped in more nodes to be written out may be over it first."""
    found = {depth: refused(form(depth)) for depth in (*range(10, 54), 100_000)}
    assert not found[10]
    assert found[100_000]
    assert all(any(word in said for word in WORDS) for said in found.values() if said)


@pytest.mark.parametrize(
    "text",
    [
        f"INSERT INTO t VALUES (1, 2){', (1, 2)' * 6_000}",
        f"SELECT 1 FROM t WHERE a = 1{' OR a = 1' * 6_000}",
        f"SELECT f(1{', 1' * 6_000})",
        f"SELECT CASE {'WHEN a THEN 1 ' * 6_000} END",
        "SELECT 1;" * 5_000,
    ],
    ids=lambda text: text[:30],
)
def test_what_is_long_is_not_deep(text: str) -> None:
    assert split(text)


def test_what_is_read_beside_statements() -> None:
    deep = "f(" * 60 + "1" + ")" * 60
    with pytest.raises(SqlError, match="nested too deeply"):
        columns_in(f"SELECT {deep}")
    with pytest.raises(SqlError, match="nested too deeply"):
        constants_in(deep)


@pytest.mark.parametrize("piece", [f"SELECT 1{' + 1' * 60}", f"SELECT 1{' + 1' * 100_000}"], ids=["60", "100000"])
def test_in_a_body(piece: str) -> None:
    syntax = statement_in(f"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ {piece} $$")
    assert isinstance(syntax, CreateRoutine)
    assert "nested too deeply" in syntax.body.opaque


def test_bodies_inside_bodies() -> None:
    text = "SELECT 1"
    for number in range(400):
        text = f"CREATE FUNCTION f() RETURNS void LANGUAGE sql AS $a{number}$ {text} $a{number}$"
    syntax: Syntax = statement_in(text)
    depth = 0
    while isinstance(syntax, CreateRoutine) and syntax.body.pieces:
        syntax = syntax.body.pieces[0].syntax
        depth += 1
    assert isinstance(syntax, CreateRoutine)
    assert (syntax.body.opaque, depth) == ("it is nested too deeply", 10)


@pytest.mark.parametrize("number", [60, 100_000])
def test_the_verdict_of_a_script_says_so_too(number: int) -> None:
    assert verdict(f"SELECT 1{' + 1' * number}") == TOO_DEEP
