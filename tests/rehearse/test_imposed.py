"""A server that was given, whose role has settings that would break our sessions off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from release.cli import run
from release.scratch.server import Server
from tests.projects import Revision, write_project

IMPOSED = {
    "statement_timeout": "'250ms'",
    "lock_timeout": "'250ms'",
    "idle_in_transaction_session_timeout": "'250ms'",
    "idle_session_timeout": "'250ms'",
    "transaction_timeout": "'250ms'",
    "default_transaction_read_only": "on",
    "exit_on_error": "on",
}
SLOW = Revision(
    "a1",
    """
    op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True))
    op.execute("SELECT pg_sleep(0.5)")
    """,
    "op.drop_table('t')",
)


@pytest.fixture
def impatient(server: Server) -> Iterator[str]:
    """Give the connection string of a role that may make databases, and is allowed nothing that takes its time."""
    with server.connect(server.maintenance) as connection:
        known = {name for (name,) in connection.execute("SELECT name FROM pg_settings")}
        connection.execute("CREATE ROLE release_impatient LOGIN CREATEDB PASSWORD 'x'")
        for name in known & IMPOSED.keys():
            connection.execute(f"ALTER ROLE release_impatient SET {name} = {IMPOSED[name]}".encode())
        yield server.conninfo(server.maintenance) + " user=release_impatient password=x"
        connection.execute("DROP ROLE release_impatient")


def test_a_role_that_is_allowed_no_time(impatient: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, SLOW)
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    assert run(["-c", str(ini), "rehearse", "1.0", "--server", impatient]) == 0, capsys.readouterr()
    assert "PASSED" in capsys.readouterr().out
