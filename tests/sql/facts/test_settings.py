"""Settings of the session, and the same for the transaction alone."""

from __future__ import annotations

import pytest

from release.sql.facts.settings import session_change, sets_session
from release.sql.read.rewriting import with_if_not_exists, with_local
from release.sql.read.statements import statement_in


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("SET ROLE x", "SET LOCAL ROLE x"),
        ("SET SESSION ROLE x", "SET LOCAL ROLE x"),
        ("SET SESSION AUTHORIZATION x", "SET LOCAL SESSION AUTHORIZATION x"),
        ("set time zone 'UTC'", "set LOCAL time zone 'UTC'"),
        ("SET LOCAL a.b = 1", "SET LOCAL a.b = 1"),
        ("RESET ROLE", "RESET ROLE"),
        ("SELECT pg_advisory_lock(1)", "SELECT pg_advisory_lock(1)"),
    ],
)
def test_a_setting_of_a_transaction(text: str, local: str) -> None:
    assert (with_local(text) if sets_session(statement_in(text)) else text) == local
    assert (session_change(statement_in(local), local) is None) is ("SELECT" in text)


@pytest.mark.parametrize(
    ("text", "lenient"),
    [
        ("ALTER TYPE mood ADD VALUE 'ok'", "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok'"),
        ("alter type value add value 'value'", "alter type value add value IF NOT EXISTS 'value'"),
        (
            "ALTER TYPE add ADD /* x */ VALUE 'é' AFTER 'b'",
            "ALTER TYPE add ADD /* x */ VALUE IF NOT EXISTS 'é' AFTER 'b'",
        ),
    ],
)
def test_a_label_that_may_be_there(text: str, lenient: str) -> None:
    assert with_if_not_exists(text) == lenient
    assert statement_in(lenient).if_not_exists
