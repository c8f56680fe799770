"""What a project may decide about the guards."""

from __future__ import annotations

from pathlib import Path

from release.cli import run
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
