"""Settings of the session, and the same for the transaction alone."""

from __future__ import annotations

import pytest

from release.sql.facts.settings import session_change, sets_session
from release.sql.read.rewriting import with_local
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
