"""Cutting text into statements: their text stays, layout at line ends and terminators go."""

from __future__ import annotations

import pytest

from release.errors import SqlError
from release.psql import pieces
from release.sql.read.splitting import cut, digest_of
from release.sql.read.statements import split
from tests.sql.statement_forms import STATEMENTS

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


NEWER = "ALTER TABLE t SPLIT PARTITION p INTO (PARTITION a FOR VALUES IN (1), PARTITION b FOR VALUES IN (2))"
DEEP = "SELECT 1" + " + 1" * 60

UNREAD = {
    "of a newer PostgreSQL": (f"SELECT 1; {NEWER}; SELECT 2", ["SELECT 1", None, "SELECT 2"]),
    "too deep": (f"{DEEP}; SELECT 1;", [None, "SELECT 1"]),
    "a chain that would take all of the stack": (f"SELECT 1{' + 1' * 30_000}; SELECT 1", [None, "SELECT 1"]),
    "semicolons in a string, a comment, dollars and a name": (
        "SELEC ';', $a$;$a$, \";\" /* ; */ -- ;\n, 1; SELECT 1",
        [None, "SELECT 1"],
    ),
    "a backslash in a string": ("SELEC '\\! ls'; SELECT 1", [None, "SELECT 1"]),
    "an SQL body": (
        "CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN a THEN 1 END; SELEC 2; END; SELECT 1",
        [None, "SELECT 1"],
    ),
    "BEGIN and CASE elsewhere": ("SELEC CASE; BEGIN; SELECT 1", [None, "BEGIN", "SELECT 1"]),
    "a rule": ("CREATE RULE r AS ON INSERT TO t DO ALSO (SELEC 1; SELECT 2); SELECT 3", [None, "SELECT 3"]),
    "a parenthesis too many": ("SELEC 1); SELECT 2", [None, "SELECT 2"]),
}


@pytest.mark.parametrize(("text", "statements"), UNREAD.values(), ids=UNREAD)
def test_what_the_parser_does_not_read_is_cut_by_tokens(text: str, statements: list[str | None]) -> None:
    """None: unread. psql finds the same statements."""
    with pytest.raises(SqlError):
        cut(text)
    found = split(text, unread=True)
    assert [each.text if each.syntax.node else None for each in found] == statements
    sent = [each.text.strip().removesuffix(";") for each in pieces.cut(f"{text};")]
    assert [each for each in sent if each] == [each.text for each in found]
    assert [digest_of(each.text) for each in found if ";" not in each.text] == [
        each.digest for each in found if ";" not in each.text
    ]
    again = [split(each.text, unread=True) for each in found]
    assert [(each.text, each.digest) for (each,) in again] == [(each.text, each.digest) for each in found]


def test_tokens_cut_every_form_as_the_parser_does() -> None:
    texts = [each.text for text, _ in STATEMENTS for each in cut(text)]
    found = cut(";\n".join([*texts, NEWER]), unread=True)
    assert [each.text for each in found] == [*texts, NEWER]
    assert [each.node is None for each in found] == [False] * len(texts) + [True]


def test_comments_go_with_an_unread_statement_too() -> None:
    found = cut(f"-- first\n{NEWER} /* its own */; -- second\nSELECT 2 -- last", unread=True)
    assert [each.comment for each in found] == ["-- first\n/* its own */", "-- second\n-- last"]


@pytest.mark.parametrize(
    ("text", "words"),
    {
        "a command of psql": ("SELEC 1 \\! ls", "a backslash outside of quotes"),
        "an open parenthesis": ("SELEC (1; SELECT 2", "has no end"),
        "an open body": ("CREATE FUNCTION f() BEGIN ATOMIC SELEC 1;", "has no end"),
        "an open string": ("SELEC 'a", "unterminated quoted string"),
        "rows of the client": (f"COPY t /* x */ FROM STDIN WHERE {DEEP[7:]} > 1", "rows from the client"),
        "rows of the client, misspelt": (f"COPY t FROM STDOUT WHERE {DEEP[7:]} > 1", "rows from the client"),
    }.values(),
)
def test_what_psql_would_take_for_something_else_is_not_carried(text: str, words: str) -> None:
    with pytest.raises(SqlError, match=words):
        cut(text, unread=True)
