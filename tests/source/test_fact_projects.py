"""Facts about Alembic's `--sql` mode (docs/generation.md) that need a project and a database of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from release.cli import run
from tests.databases import NewDatabase, Psql
from tests.projects import Revision, write_project
from tests.source.conftest import Apply, Build, Equal, Online

ONE = Revision("a1", 'op.execute("CREATE TABLE t (id int)")', 'op.execute("DROP TABLE t")')
TWO = Revision("b2", 'op.execute("INSERT INTO t VALUES (2)")', 'op.execute("DELETE FROM t")', down="a1")


def rows(psql: Psql, database: str) -> str:
    return (
        psql(database, "-Atc", "SELECT version_num FROM alembic_version ORDER BY 1").stdout.replace("\n", " ").strip()
    )


@pytest.mark.parametrize(("start", "end", "words"), [("b2", "a1", "comes before"), ("a1", "a1", "no revision")])
def test_fact_4_an_empty_or_swapped_range(
    start: str, end: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ini = write_project(tmp_path, ONE, TWO)
    assert run(["-c", str(ini), "build", "1.0", "--from", start, "--to", end]) == 1
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""
    assert not (tmp_path / "scripts").exists()


def test_fact_4_a_failure_leaves_no_half_script(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, ONE, Revision("b2", "op.execute('SELECT 1')\n1 / 0", down="a1"))
    assert run(["-c", str(ini), "build", "1.0"]) == 1
    captured = capsys.readouterr()
    assert "revision b2, migrations/versions/b2_x.py:11: " in captured.err
    assert captured.out == ""
    assert not (tmp_path / "scripts").exists()


def test_fact_5_a_database_at_another_revision(
    tmp_path: Path, new_database: NewDatabase, online: Online, psql: Psql
) -> None:
    ini = write_project(tmp_path, ONE, TWO, Revision("c3", down="b2"))
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--from", "b2"]) == 0
    database = new_database()
    online(ini, database, "upgrade", "a1")
    done = psql(database, script=tmp_path / "scripts/1.0/upgrade.sql")
    assert done.returncode == 3
    assert "the database is at revision a1; to start it should be at b2" in done.stderr
    assert rows(psql, database) == "a1"


def test_fact_5_a_version_row_that_is_not_there_when_it_is_written(
    tmp_path: Path, build: Build, new_database: NewDatabase, online: Online, psql: Psql
) -> None:
    """After the guard somebody changed the row: an UPDATE of no rows would succeed."""
    ini = write_project(tmp_path, ONE, Revision("b2", "op.execute('DELETE FROM alembic_version')", down="a1"))
    folder = build(ini, "--from", "a1")
    database = new_database()
    online(ini, database, "upgrade", "a1")
    done = psql(database, script=folder / "upgrade.sql")
    assert done.returncode == 3
    assert "alembic_version is not at a1" in done.stderr
    assert rows(psql, database) == "a1"


def test_fact_6_a_failure_around_an_autocommit_block(
    tmp_path: Path, build: Build, new_database: NewDatabase, psql: Psql, apply: Apply
) -> None:
    """Alembic commits the table without its version row; ours notes how far it came, and goes on from there."""
    body = """
    op.execute("CREATE TABLE u (id int)")
    op.execute("INSERT INTO u VALUES (1), (1)")
    with op.get_context().autocommit_block():
        op.execute("CREATE UNIQUE INDEX CONCURRENTLY one ON u (id)")
    op.execute("CREATE TABLE v ()")
    """
    folder = build(write_project(tmp_path, ONE, Revision("b2", body, "op.execute('DROP TABLE u, v')", down="a1")))
    database = new_database()
    done = psql(database, script=folder / "upgrade.sql")
    assert done.returncode == 3
    assert "could not create unique index" in done.stderr
    assert rows(psql, database) == "a1"
    psql(database, "-c", "DELETE FROM u WHERE ctid = '(0,1)'")
    apply(database, folder / "upgrade.sql")
    assert rows(psql, database) == "b2"
    found = psql(database, "-Atc", "SELECT to_regclass('v') IS NOT NULL, indisvalid FROM pg_index WHERE indisunique "
                 "AND indrelid = 'u'::regclass").stdout  # fmt: skip
    assert found == "t|t\n"


def test_fact_7_the_version_table_is_there_already(
    tmp_path: Path, build: Build, new_database: NewDatabase, online: Online, psql: Psql, apply: Apply
) -> None:
    folder = build(ini := write_project(tmp_path, ONE, TWO))
    database = new_database()
    online(ini, database, "upgrade", "head")
    online(ini, database, "downgrade", "base")  # which leaves the table
    assert rows(psql, database) == ""
    for name, after in (("upgrade", "b2"), ("rollback", ""), ("upgrade", "b2")):
        apply(database, folder / f"{name}.sql")
        assert rows(psql, database) == after


SPATIAL = """
op.create_table("place", sa.Column("id", sa.Integer, primary_key=True), *(
    sa.Column(name, Geometry("POINT", 4326)) for name in ("zulu", "alpha", "mike", "kilo")
))
op.add_column("place", sa.Column("later", Geometry("POLYGON", 4326)))
op.add_column("place", sa.Column("plain", Geometry("POINT", 4326, spatial_index=False)))
"""


def test_fact_10_the_indexes_of_geoalchemy2(tmp_path: Path, equal: Equal, postgis_template: str) -> None:
    revision = Revision("a1", SPATIAL, "op.drop_table('place')", head="from geoalchemy2 import Geometry")
    script = equal(ini := write_project(tmp_path, revision), template=postgis_template)
    made = [line.split()[2] for line in script.splitlines() if line.startswith("CREATE INDEX")]
    assert made == [f"idx_place_{name}" for name in ("alpha", "kilo", "mike", "zulu", "later")]
    plans = {
        subprocess.run(
            [sys.executable, "-m", "release", "-c", str(ini), "plan", "--from", "base"],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            encoding="utf-8",
        ).stdout
        for seed in "123"
    }
    assert len(plans) == 1


def test_fact_11_an_enum_is_made_by_whoever_makes_it_online(
    tmp_path: Path, equal: Equal, build: Build, new_database: NewDatabase, online: Online, psql: Psql
) -> None:
    mood = "mood = sa.Enum('sad', 'ok', name='mood')\n"
    add = "op.add_column('t', sa.Column('mood', mood))"
    keeps = "op.drop_column('t', 'mood')\nop.execute('DROP TYPE mood')"
    whole = write_project(
        tmp_path / "whole", ONE, Revision("b2", f"{mood}mood.create(op.get_bind())\n{add}", keeps, down="a1")
    )
    script = equal(whole)
    assert script.count("\nCREATE TYPE mood") == 1
    with_table = "op.create_table('u', sa.Column('mood', sa.Enum('sad', 'ok', name='mood')))"
    table = write_project(tmp_path / "table", Revision("a1", with_table, "op.drop_table('u')"))
    assert equal(table).count("\nCREATE TYPE mood") == 1  # and its rollback leaves the type, as online
    ini = write_project(tmp_path / "without", ONE, Revision("b2", mood + add, keeps, down="a1"))
    done = psql(new_database(), script=build(ini) / "upgrade.sql")
    # an author's mistake stays one, where this version of SQLAlchemy makes it one
    if done.returncode:
        assert "no type mood on the search path" in done.stderr  # the guard's, before anything is done
        with pytest.raises(AssertionError, match='type "mood" does not exist'):
            online(ini, new_database(), "upgrade", "head")
    else:
        online(ini, new_database(), "upgrade", "head")


@pytest.mark.processes
def test_the_table_of_facts_names_tests_that_are_there(request: pytest.FixtureRequest) -> None:
    root = Path(__file__).parents[2]
    lines = (root / "docs/generation.md").read_text(encoding="utf-8").splitlines()
    named = {
        cells[1].strip(): cells[-2].split("`")[1::2]
        for cells in (line.split("|") for line in lines if line.startswith("| "))
        if cells[1].strip().isdecimal() and "`test_" in cells[-2]
    }
    assert list(named) == [str(number) for number in range(1, 18)]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:xdist", "tests/source"],
        capture_output=True, encoding="utf-8", cwd=root, check=True,
    )  # fmt: skip
    for number, names in named.items():
        assert names, f"fact {number} names no test"
        for name in names:
            assert f"::{name}" in done.stdout, f"fact {number}: there is no test {name}"
