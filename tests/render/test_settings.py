"""What a project may decide about the guards."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.cli import run
from release.model import Name
from release.plan.name_resolution import history_name
from release.scratch.server import Server
from tests.databases import NewDatabase, Psql
from tests.projects import Revision, write_project

TABLE = Revision("a1", "op.create_table('t', sa.Column('id', sa.Integer()))", "op.drop_table('t')")


def test_the_name_of_the_database(new_database: NewDatabase, psql: Psql, tmp_path: Path) -> None:
    ini = write_project(tmp_path, TABLE, pyproject="[tool.release]\ndatabase = 'arxos_(test|prod)'\n")
    assert run(["-c", str(ini), "build", "1.0"]) == 0
    database = new_database()
    done = psql(database, script=tmp_path / "scripts/1.0/upgrade.sql")
    assert done.returncode == 3
    assert f"this is database {database}, and the release is for databases named like arxos_(test|prod)" in done.stderr


def test_a_release_that_is_done_already_may_be_refused(new_database: NewDatabase, psql: Psql, tmp_path: Path) -> None:
    ini = write_project(tmp_path, TABLE, pyproject="[tool.release]\nrefuse_done = true\n")
    assert run(["-c", str(ini), "build", "1.0"]) == 0
    database = new_database()
    assert psql(database, script=tmp_path / "scripts/1.0/upgrade.sql").returncode == 0
    done = psql(database, script=tmp_path / "scripts/1.0/upgrade.sql")
    assert done.returncode == 3
    assert "nothing to do: the database is at a1 already" in done.stdout


def test_a_history_in_a_schema_of_its_own(
    server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path
) -> None:
    ini = write_project(tmp_path, TABLE, pyproject="[tool.release]\nhistory_table = 'ops.done'\n")
    assert run(["-c", str(ini), "build", "1.0"]) == 0
    database = new_database()
    script = tmp_path / "scripts/1.0/upgrade.sql"
    done = psql(database, script=script)
    assert done.returncode == 3
    assert "no schema ops" in done.stderr
    with server.connect(database) as connection:
        connection.execute("CREATE SCHEMA ops")
        assert psql(database, script=script).returncode == 0
        assert connection.execute("SELECT release, direction FROM ops.done").fetchall() == [("1.0", "upgrade")]
    assert psql(database, script=tmp_path / "scripts/1.0/rollback.sql").returncode == 0


def test_without_a_history(server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path) -> None:
    """A release that is one transaction is there or not: its version rows tell."""
    ini = write_project(tmp_path, TABLE, pyproject="[tool.release]\nhistory = false\n")
    assert run(["-c", str(ini), "build", "1.0"]) == 0
    folder = tmp_path / "scripts/1.0"
    database = new_database()
    for name in ("preflight", "upgrade", "verify", "upgrade", "rollback", "upgrade"):
        done = psql(database, script=folder / f"{name}.sql")
        assert done.returncode == 0, done.stderr
    with server.connect(database) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        assert tables.fetchall() == [("alembic_version",), ("t",)]
    texts = [(folder / f"{name}.sql").read_text(encoding="utf-8") for name in ("preflight", "upgrade", "rollback")]
    assert not any('"history_table":' in text or "release_history" in text for text in texts)
    assert all('"version_table":' in text for text in texts)


def test_several_segments_need_a_history(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    index = Revision("b2", 'op.execute("CREATE INDEX CONCURRENTLY i ON t (id)")', "op.drop_index('i')", down="a1")
    ini = write_project(tmp_path, TABLE, index, pyproject="[tool.release]\nhistory = false\n")
    assert run(["-c", str(ini), "build", "1.0"]) == 1
    message = capsys.readouterr().err
    assert "the upgrade of release 1.0 is more than one transaction" in message
    assert "without a history nobody knows where it stopped" in message


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("done", Name("done", "v")),
        ("Ops.Done_2", Name("done_2", "ops")),
        ('"Ops"."a.b"', Name("a.b", "Ops")),
        ('ops."say ""hi"""', Name('say "hi"', "ops")),
        ('"a.b"', Name("a.b", "v")),
        ("Été", Name("Été", "v")),
    ],
)
def test_the_name_of_a_history_is_read_as_sql_has_it(server: Server, written: str, name: Name) -> None:
    assert history_name(written, Name("alembic_version", "v")) == name
    with server.connect(server.maintenance) as connection:
        parts = connection.execute("SELECT parse_ident(%s)", [written]).fetchone()
    assert parts == ([name.schema, name.name] if "." in written.replace("a.b", "") else [name.name],)


@pytest.mark.parametrize("value", ["", ".done", "ops.", "a.b.c", "two words", 'a"b', "1st", '""'])
def test_a_history_without_a_name(tmp_path: Path, capsys: pytest.CaptureFixture[str], value: str) -> None:
    ini = write_project(tmp_path, TABLE, pyproject=f"[tool.release]\nhistory_table = '{value}'\n")
    assert run(["-c", str(ini), "build", "1.0"]) == 1
    assert "no name of a table" in capsys.readouterr().err
