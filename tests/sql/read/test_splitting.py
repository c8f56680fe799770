"""Cutting text into statements: their text stays, layout at line ends and terminators go."""

from __future__ import annotations

import pytest

from release.errors import SqlError
from release.sql.read.splitting import cut, digest_of

CASES = {
    "terminators": ("SELECT 1;; ;", ["SELECT 1"]),
    "comments alone": ("-- nothing\n/* at all */", []),
    "nothing": ("", []),
    "several": ("SELECT 1; SELECT ';'", ["SELECT 1", "SELECT ';'"]),
    "a comment that would swallow the terminator": ("SELECT 1 -- one", ["SELECT 1"]),
    "white space at line ends": ("SELECT 1  \n  , 2\t\n", ["SELECT 1\n  , 2"]),
    "white space in a literal": ("SELECT 'a  \n\tb'", ["SELECT 'a  \n\tb'"]),
    "white space in a body": ("DO $x$ BEGIN  \n\tEND $x$  \n;", ["DO $x$ BEGIN  \n\tEND $x$"]),
    "white space after a comment inside": ("SELECT 1, -- one  \n 2", ["SELECT 1, -- one\n 2"]),
    "semicolons inside a rule": (
        "CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2); SELECT 3",
        ["CREATE RULE r AS ON INSERT TO t DO ALSO (SELECT 1; SELECT 2)", "SELECT 3"],
    ),
    "semicolons inside an SQL body": (
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END; SELECT 3",
        ["CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT 2; END", "SELECT 3"],
    ),
    "a slice that psql would take for a variable": (
        "SELECT a[1:n], a[1:2], x::int, ':n'",
        ["SELECT a[1: n], a[1:2], x::int, ':n'"],
    ),
    "beyond ASCII": ("SELECT 'é😀' ; SELECT 'ü'  ", ["SELECT 'é😀'", "SELECT 'ü'"]),
    "carriage returns": ("SELECT 1\r\n  , 2\r\n;", ["SELECT 1\n  , 2"]),
}


@pytest.mark.parametrize(("text", "statements"), CASES.values(), ids=CASES)
def test_split(text: str, statements: list[str]) -> None:
    assert [piece.text for piece in cut(text)] == statements


def test_comments_go_with_the_statement_they_stand_before() -> None:
    pieces = cut("-- first\nSELECT 1; /* second */ SELECT 2 /* inside */ + 1; -- last")
    assert [piece.comment for piece in pieces] == ["-- first", "/* second */\n-- last"]
    assert pieces[1].text == "SELECT 2 /* inside */ + 1"


def test_tabs_of_a_program_become_spaces_outside_quotes() -> None:
    assert (
        cut("CREATE TABLE t (\n\ta int DEFAULT '\t'\n)", tidy=True)[0].text
        == "CREATE TABLE t (\n    a int DEFAULT '\t'\n)"
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("SELECT 1", "  SELECT\n 1 -- note\n;", True),
        ("SELECT 1", "SELECT 2", False),
        ("SELECT 'a b'", "SELECT 'a  b'", False),
        ("SELECT a", "SELECT A", False),
        ("SELECT ab", "SELECT a b", False),
    ],
)
def test_the_digest_is_over_tokens(one: str, other: str, *, same: bool) -> None:
    assert (cut(one)[0].digest == cut(other)[0].digest) is same


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELEC 1", "syntax error"),
        ("SELECT 'open", "unterminated quoted string"),
        ("SELECT 1; \\! touch x", "syntax error"),
        ("SELECT 'a\0b'", "NUL byte"),
        ("SELECT '\ud800'", "cannot be written as UTF-8"),
    ],
)
def test_what_is_not_sql(text: str, words: str) -> None:
    with pytest.raises(SqlError, match=words):
        cut(text)


@pytest.mark.parametrize(
    "text",
    ["SELECT 1", "SELECT /* one */ 1 -- two", "  SELECT ';'  ", 'UPDATE "T" SET a = $$x;y$$', "SELECT U&'d\\0061t'"],
)
def test_a_digest_from_tokens_is_that_of_the_statement(text: str) -> None:
    assert digest_of(text) == cut(text)[0].digest


def test_a_digest_that_takes_more_than_tokens() -> None:
    assert digest_of("SELECT 1; SELECT 2") == digest_of("-- nothing") == ""
    with pytest.raises(SqlError):
        digest_of("SELECT 'no end")
