"""The roles that a statement names."""

from __future__ import annotations

import pytest

from release.sql.read.statements import statement_in


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
    assert statement_in(text).contents.roles == roles
