"""What the settings of a database or a role impose on every session: it breaks no script off, and changes no outcome.

The table comes from a sweep over every setting that a session may change (pg_settings.context user and superuser), each
at its extremes, on PostgreSQL 13 and 18: these are the ones that stopped a script of ours, and those that might.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from release.cli import run
from release.database.server import Server
from release.sql.quote import identifier
from tests.databases import Dump, NewDatabase, Psql
from tests.projects import Revision, write_project

TABLE = Revision(
    "a1",
    """
    op.create_table('Plain names', sa.Column('id', sa.Integer(), primary_key=True), sa.Column('n', sa.Integer()))
    op.create_table('other', sa.Column('id', sa.Integer(), primary_key=True))
    """,
    "op.drop_table('other'); op.drop_table('Plain names')",
)
SLOW = Revision(
    "b2",
    """
    op.execute("SELECT pg_sleep(0.3)")
    op.add_column('other', sa.Column('path', sa.Text()))
    op.create_index('ix_other', 'other', ['path'])
    op.execute("SELECT pg_sleep(0.3)")
    """,
    """
    op.execute("SELECT pg_sleep(0.6)")
    op.drop_column('other', 'path')
    """,
    "slow",
    "a1",
)
RESETS = Revision(
    "c3",
    """
    op.execute("RESET ALL")
    """,
    """
    op.execute("RESET ALL")
    """,
    "resets all",
    "b2",
)
SLOW_AGAIN = Revision(
    "d4",
    """
    op.execute("SELECT pg_sleep(0.6)")
    op.create_check_constraint('positive', 'other', 'id > 0')
    """,
    "op.drop_constraint('positive', 'other')",
    "slow again",
    "c3",
)
EXCLUDE = ("public.release_history",)
# as short as leaves time for a session to begin, and shorter than what the releases take
SHORT = "'400ms'"

IMPOSED = {
    "statement_timeout": SHORT,
    "lock_timeout": "'1ms'",
    "idle_in_transaction_session_timeout": "'100ms'",
    "idle_session_timeout": SHORT,
    "transaction_timeout": SHORT,
    "exit_on_error": "on",
    "quote_all_identifiers": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "default_table_access_method": "nothing",
    "default_tablespace": "nowhere",
    "check_function_bodies": "off",
    "row_security": "off",
    "search_path": "nowhere",
    "client_min_messages": "error",
    "datestyle": "'German, DMY'",
    "timezone": "'Asia/Tokyo'",
    "plpgsql.extra_errors": "'all'",
}
EVERYTHING = tuple(IMPOSED)

Impose = Callable[[str, str, tuple[str, ...]], None]


@pytest.fixture
def impose(server: Server) -> Impose:
    def do(database: str, what: str, names: tuple[str, ...]) -> None:
        with server.connect(server.maintenance) as connection:
            known = {name for (name,) in connection.execute("SELECT name FROM pg_settings")}
            for name in names:
                if name in known or "." in name:
                    who = f"DATABASE {identifier(database)}"
                    if what == "role":
                        who = f"ROLE CURRENT_USER IN {who}"
                    connection.execute(f"ALTER {who} SET {name} = {IMPOSED[name]}".encode())

    return do


@pytest.fixture(scope="module", params=["psql", "plain"])
def bundles(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp(request.param)
    ini = write_project(root, TABLE, SLOW, RESETS, SLOW_AGAIN, pyproject="[tool.release]\nlock_retries = 2\n")
    how = ["--no-lint"] + (["--plain"] if request.param == "plain" else [])
    assert run(["-c", str(ini), "build", "1.0", "--to", "a1", *how]) == 0
    assert run(["-c", str(ini), "build", "1.1", *how]) == 0
    return root / "scripts"


@pytest.mark.parametrize(
    ("what", "names"),
    [
        *(pytest.param("database", (name,), marks=pytest.mark.slow) for name in IMPOSED),
        ("database", EVERYTHING),
        ("role", EVERYTHING),
    ],
    ids=lambda value: value if isinstance(value, str) else value[0] if len(value) == 1 else "all",
)
def test_there_and_back(
    what: str,
    names: tuple[str, ...],
    bundles: Path,
    server: Server,
    new_database: NewDatabase,
    psql: Psql,
    dump: Dump,
    impose: Impose,
) -> None:
    database = new_database()

    def send(*scripts: str) -> None:
        for script in scripts:
            done = psql(database, "-v", "ON_ERROR_STOP=1", script=bundles / script)
            assert done.returncode == 0, (script, done.stderr)

    send("1.0/upgrade.sql")
    before = dump(database, exclude=EXCLUDE)
    impose(database, what, names)
    send("1.1/preflight.sql", "1.1/upgrade.sql", "1.1/verify.sql", "1.1/rollback.sql")
    with server.connect(server.maintenance) as connection:
        connection.execute(f"ALTER DATABASE {identifier(database)} RESET ALL".encode())
        connection.execute(f"ALTER ROLE CURRENT_USER IN DATABASE {identifier(database)} RESET ALL".encode())
    assert dump(database, exclude=EXCLUDE) == before
