"""Layouts of projects, and what an env.py may do: version tables, sections, folders, configuration, modes."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import alembic
import pytest

from release.cli import run
from tests.databases import NewDatabase, Psql
from tests.projects import ENV, Revision, write_project
from tests.source.conftest import Apply, Equal


def table(name: str, down: str | tuple[str, ...] | None = None) -> Revision:
    """A revision that makes a table of its own name."""
    make, drop = f'op.execute("CREATE TABLE {name} (id int)")', f'op.execute("DROP TABLE {name}")'
    return Revision(name, make, drop, "", down)


FORK = (table("a1"), table("b1", "a1"), table("b2", "a1"), table("c1", "b1"))
MERGE = (table("a1"), table("b1", "a1"), table("b2", "a1"), table("m1", ("b1", "b2")), table("c1", "m1"))
TWO_BASES = (table("a1"), table("a2", "a1"), table("z1"), table("z2", "z1"))


def test_version_table_and_schema(tmp_path: Path, equal: Equal, new_database: NewDatabase, psql: Psql) -> None:
    template = new_database()
    psql(template, "-c", 'CREATE SCHEMA "Ops"')
    env = ENV.replace("configure(", "configure(version_table='Schema Versions', version_table_schema='Ops', ")
    ini = write_project(tmp_path, *MERGE, env=env)
    script = equal(ini, template=template, exclude=('"Ops"."Schema Versions"',))
    assert r'"version_table": "\"Ops\".\"Schema Versions\""' in script


def test_several_version_locations(tmp_path: Path, equal: Equal) -> None:
    ini = write_project(tmp_path, *TWO_BASES)
    more = tmp_path / "plugins" / "versions"
    more.mkdir(parents=True)
    for name in ("z1", "z2"):
        (tmp_path / f"migrations/versions/{name}_x.py").rename(more / f"{name}_x.py")
    ini.write_text(
        "[alembic]\nscript_location = %(here)s/migrations\npath_separator = os\nversion_path_separator = os\n"
        f"version_locations = %(here)s/migrations/versions{os.pathsep}%(here)s/plugins/versions\n",
        encoding="utf-8",
    )
    script = equal(ini)
    assert "(plugins/versions/z1_x.py)" in script
    assert "z1:10" in script


def test_a_section_of_the_ini(tmp_path: Path, equal: Equal, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, table("a1"))
    other = write_project(tmp_path / "other", table("b1"), table("b2", "b1"))
    ini.write_text(
        ini.read_text(encoding="utf-8")
        + "[archive]\nscript_location = %(here)s/other/migrations\npath_separator = os\n",
        encoding="utf-8",
    )
    other.unlink()
    assert run(["-c", str(ini), "--name", "archive", "build", "1.0", "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    archive = json.loads((tmp_path / "scripts/archive/1.0/manifest.json").read_text(encoding="utf-8"))
    first = json.loads((tmp_path / "scripts/1.0/manifest.json").read_text(encoding="utf-8"))
    assert (archive["range"]["to"], first["range"]["to"]) == (["b2"], ["a1"])
    capsys.readouterr()
    assert run(["-c", str(ini), "-n", "archive", "list"]) == 0
    assert "base -> b2" in capsys.readouterr().out
    assert run(["-c", str(ini), "-n", "nothing", "plan"]) == 1
    assert "no section [nothing]" in capsys.readouterr().err


@pytest.mark.skipif(
    tuple(int(part) for part in alembic.__version__.split(".")[:2]) < (1, 16),
    reason="Alembic 1.16 reads pyproject.toml",
)
@pytest.mark.parametrize("named", [True, False])
def test_alembic_configured_by_pyproject_alone(named: bool, tmp_path: Path) -> None:
    ini = write_project(
        tmp_path,
        *FORK,
        pyproject="""
        [tool.alembic]
        script_location = "%(here)s/migrations"
        [tool.release]
        output = "sql"
        """,
    )
    ini.unlink()
    arguments = ["-c", str(tmp_path / "pyproject.toml")] if named else ["-c", str(ini)]
    assert run([*arguments, "build", "1.0", "--no-lint"]) == 0
    script = (tmp_path / "sql/1.0/upgrade.sql").read_text(encoding="utf-8")
    assert "(migrations/versions/c1_x.py)" in script
    assert "c1:10" in script
    assert run([*arguments, "list"]) == 0


def test_a_flask_migrate_layout(tmp_path: Path, new_database: NewDatabase, apply: Apply, psql: Psql) -> None:
    """alembic.ini beside env.py, without script_location: Flask-Migrate sets it itself."""
    ini = write_project(tmp_path, *MERGE)
    ini.unlink()
    flask = tmp_path / "migrations" / "alembic.ini"
    flask.write_text("[alembic]\n[loggers]\nkeys = root\n", encoding="utf-8")
    assert run(["-c", str(flask), "build", "1.0", "--no-lint"]) == 0
    database = new_database()
    apply(database, tmp_path / "scripts/1.0/upgrade.sql")
    assert psql(database, "-Atc", "SELECT version_num FROM alembic_version").stdout == "c1\n"
    assert "(migrations/versions/c1_x.py)" in (tmp_path / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")


ASYNC = """
import asyncio
import os

from alembic import context
from sqlalchemy import pool
from sqlalchemy.ext.asyncio import create_async_engine

URL = os.environ.get("DATABASE_URL", "postgresql+psycopg:///nowhere")


def run_migrations_offline():
    context.configure(url=URL, target_metadata=None, literal_binds=True, dialect_opts={"paramstyle": "named"})
    with context.begin_transaction():
        context.run_migrations()


def do_run_migrations(connection):
    context.configure(connection=connection, target_metadata=None)
    with context.begin_transaction():
        context.run_migrations()


async def run_async_migrations():
    connectable = create_async_engine(URL, poolclass=pool.NullPool)
    async with connectable.connect() as connection:
        await connection.run_sync(do_run_migrations)
    await connectable.dispose()


if context.is_offline_mode():
    run_migrations_offline()
else:
    asyncio.run(run_async_migrations())
"""


def test_the_async_template(tmp_path: Path, equal: Equal) -> None:
    equal(write_project(tmp_path, *MERGE, env=ASYNC))


def test_an_env_that_connects_offline_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    online_always = ENV[: ENV.index("if context")] + (
        "engine = create_engine(URL)\nwith engine.connect() as connection:\n"
        "    context.configure(connection=connection)\n    context.run_migrations()\n"
    )
    ini = write_project(tmp_path, table("a1"), env=online_always)
    assert run(["-c", str(ini), "build", "1.0"]) == 1
    message = capsys.readouterr().err
    assert "migrations/env.py:10: connects to a database (postgresql) in offline mode" in message
    assert "connect only in the branch for online mode" in message


def test_an_autocommit_block_without_transactional_ddl(tmp_path: Path) -> None:
    revision = replace(
        table("a1"),
        upgrade="""
        op.execute("CREATE TABLE a1 (id int)")
        with op.get_context().autocommit_block():
            op.execute("CREATE INDEX CONCURRENTLY i ON a1 (id)")
        """,
    )
    env = ENV.replace("literal_binds=True", "literal_binds=True, transactional_ddl=False")
    ini = write_project(tmp_path, revision, env=env)
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    script = (tmp_path / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")
    assert "BEGIN;" in script
    assert "segment 2 of 2: CREATE INDEX CONCURRENTLY" in script
    assert '"outside": [2]' in script


def test_arguments_for_env_py(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = ENV.replace(
        "literal_binds=True",
        "literal_binds=True, version_table='v_' + context.get_x_argument(as_dictionary=True)['tenant']",
    )
    ini = write_project(tmp_path, table("a1"), env=env)
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 1
    assert "migrations/env.py:10: env.py failed in offline mode: KeyError: 'tenant'" in capsys.readouterr().err
    (tmp_path / "pyproject.toml").write_text('[tool.release]\nx = ["tenant=acme"]\n', encoding="utf-8")
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    assert "public.v_acme" in (tmp_path / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")
