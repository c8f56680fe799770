"""docs/migrations.md: its shell blocks run, its examples are migrations that work, its files exist."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from release.scratch.server import Server
from tests.arxos.conftest import PROJECT, Alembic, At, Rows
from tests.databases import Dump, Psql, clean_environment, url_of

GUIDE = (PROJECT / "docs/migrations.md").read_text()
VARIABLES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD"}
HEADER = '''\
"""example {number}"""

from textwrap import dedent

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "{number:03}"
down_revision = "{before:03}"


'''


def find_blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)


def run_block(block: str, server: Server, dbname: str, project: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell block as a reader would who has Alembic and PostgreSQL's programs on the path."""
    connection = {VARIABLES[name]: value for name, value in server.parameters if name in VARIABLES}
    program = f'alembic() {{ "{sys.executable}" -m alembic "$@"; }}'
    env = clean_environment(connection | {"DATABASE_URL": url_of(server, dbname)})
    if server.bindir:
        env["PATH"] = f"{server.bindir}{os.pathsep}{env['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"{program}\n{block}"],
        cwd=project,
        env=env,
        capture_output=True,
        encoding="utf-8",
    )


@pytest.mark.parametrize("block", find_blocks("bash"), ids=lambda block: str(block).splitlines()[0])
def test_shell_block(block: str, server: Server, at: At, project: Path) -> None:
    done = run_block(block, server, at("009"), project)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_command_of_the_old_guide_is_here() -> None:
    shown = {line for block in find_blocks("bash") for line in block.splitlines()}
    for command in (
        "upgrade head", "upgrade +1", "downgrade -1", "downgrade base", "current", "history", "history --verbose",
        "upgrade head --sql", "stamp head", "heads", "check",
    ):  # fmt: skip
        assert f"alembic {command}" in shown
    for start in ("upgrade 0", "downgrade 0", "show 0", "stamp 0", "revision -m", "revision --autogenerate -m"):
        assert any(line.startswith(f"alembic {start}") for line in shown)


def test_examples_are_migrations_that_work_online_and_offline(
    at: At, alembic: Alembic, psql: Psql, dump: Dump, rows: Rows, project: Path
) -> None:
    examples = find_blocks("python")
    assert len(examples) > 5
    for number, example in enumerate(examples, start=10):
        made = project / f"alembic/versions/{number:03}_example.py"
        made.write_text(HEADER.format(number=number, before=number - 1) + example)
    online, offline = at("009", seeded=True), at("009", seeded=True)
    before = dump(online, rows=False)
    sql = alembic(online, "upgrade", "009:head", "--sql", project=project).stdout
    alembic(online, "upgrade", "head", project=project)
    done = psql(offline, "-q", "-v", "ON_ERROR_STOP=1", input=sql)
    assert done.returncode == 0, done.stderr
    assert dump(online) == dump(offline)
    assert rows(online, "SELECT DISTINCT change_type FROM object_history WHERE change_type <> 'create'") == [("edit",)]
    alembic(online, "downgrade", "009", project=project)
    assert dump(online, rows=False) == before


def test_colon_rule_is_true(alembic: Alembic, project: Path) -> None:
    """What the guide says of stock `--sql`: a colon before a word becomes NULL, an escaped one stays."""
    example = dedent("""
        def upgrade() -> None:
            op.execute('''SELECT '{"on":true}' ''')
            op.execute(r'''SELECT '{"off"\\:true}', 'a: b', 1::text ''')
        """)
    (project / "alembic/versions/010_example.py").write_text(HEADER.format(number=10, before=9) + example)
    sql = alembic("there_is_no_such_database", "upgrade", "009:010", "--sql", project=project).stdout
    assert """SELECT '{"on"NULL}'""" in sql
    assert """SELECT '{"off":true}', 'a: b', 1::text""" in sql


def test_files_that_are_named_exist() -> None:
    named = set(re.findall(r"`((?:alembic|tests|docs)/[\w./]*)`|`(\w+\.ini)`", GUIDE))
    assert len(named) > 5
    for path in sorted(first or second for first, second in named):
        assert (PROJECT / path).exists(), path
