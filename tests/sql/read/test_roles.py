"""Roles of a statement, and its digest from its tokens alone."""

from __future__ import annotations

import pytest

from release.errors import SqlError
from release.sql.read.cut import digest_of, split, tree
from release.sql.read.roles import roles_in


@pytest.mark.parametrize(
    ("text", "roles"),
    [
        ("ALTER TABLE t OWNER TO app", ("app",)),
        ('GRANT SELECT ON t TO "Odd Role", ro, PUBLIC', ("Odd Role", "ro")),
        ("CREATE POLICY p ON t TO ro, CURRENT_USER USING (true)", ("ro",)),
        ("ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT SELECT ON TABLES TO ro", ("app", "ro")),
        ("CREATE SCHEMA s AUTHORIZATION app", ("app",)),
        ("ALTER TABLE app ADD ro integer", ()),
    ],
)
def test_the_roles_that_a_statement_names(text: str, roles: tuple[str, ...]) -> None:
    assert roles_in(tree(text)) == roles


@pytest.mark.parametrize(
    "text",
    ["SELECT 1", "SELECT /* one */ 1 -- two", "  SELECT ';'  ", 'UPDATE "T" SET a = $$x;y$$', "SELECT U&'d\\0061t'"],
)
def test_a_digest_from_tokens_is_that_of_the_statement(text: str) -> None:
    assert digest_of(text) == split(text)[0].digest


def test_a_digest_that_takes_more_than_tokens() -> None:
    assert digest_of("SELECT 1; SELECT 2") == digest_of("-- nothing") == ""
    with pytest.raises(SqlError):
        digest_of("SELECT 'no end")
