"""A migration that asks for the mode or the server is told what it is told online; env.py is told the truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.cli import run
from release.scratch.server import Server
from tests.projects import ENV, Revision, write_project
from tests.source.conftest import Equal

HEAD = "from alembic import context"
MODES = (
    "context.is_offline_mode()",
    "context.get_context().environment_context.is_offline_mode()",
    "op.get_context().as_sql",
    "op.get_context().impl.as_sql",
    "op.get_context().opts['as_sql']",
    "op.get_context().opts.get('as_sql', 'none')",
)
SERVER = (
    "op.get_bind().dialect.server_version_info[0]",
    "op.get_context().dialect.server_version_info >= (14,)",
    "op.get_bind().engine.dialect.server_version_info < (14, 0)",
    "op.get_bind().dialect.default_schema_name",
)
OTHERS = (
    "op.get_context().connection is None",
    "op.get_context().bind is None",
    "op.get_bind().dialect.name",
    "op.get_bind().dialect.driver",
    "op.get_context().opts['fn'] is None",
    "op.get_context().opts.get('nothing', 7)",
)


def told(question: str) -> str:
    return f"op.execute(f\"INSERT INTO told VALUES ('{{{question}}}')\")"


def test_the_answers_are_those_of_an_online_run(tmp_path: Path, equal: Equal, server: Server) -> None:
    body = "\n".join(("op.execute('CREATE TABLE told (what text)')", *map(told, (*MODES, *SERVER, *OTHERS))))
    down = "\n".join(("op.execute('TRUNCATE told')", *map(told, MODES)))
    revisions = (
        Revision("a1", "op.execute('CREATE TABLE kept ()')", "op.execute('DROP TABLE kept')"),
        Revision("b2", body, down, down="a1", head=HEAD),
    )
    ini = write_project(tmp_path, *revisions, pyproject=f"[tool.release]\npostgresql = {server.major}")
    script = equal(ini, back=False)
    assert script.count("INSERT INTO told") == len((*MODES, *SERVER, *OTHERS))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        *((each, "asks whether it runs offline, and is told that it does not, as online") for each in MODES),
        *((each, "asks for the server's version, and is told 16.0") for each in SERVER[:3]),
        (SERVER[3], "asks for the default schema, and is told app (search_path under [tool.release])"),
    ],
)
def test_the_build_says_what_was_told(
    question: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = "[tool.release]\npostgresql = 16\nsearch_path = ['app', 'public']"
    body = f"\nif {question}:\n    op.execute('CREATE TABLE one ()')\nelse:\n    op.execute('CREATE TABLE two ()')"
    ini = write_project(tmp_path, Revision("a1", body, head=HEAD), pyproject=settings)
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    assert f"note: migrations/versions/a1_x.py:10: {words}" in capsys.readouterr().err
    script = (tmp_path / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")
    assert ("CREATE TABLE two" in script) is (question in {*MODES, SERVER[2]})


def test_the_online_branch_is_refused_where_it_wants_a_database(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body = (
        "if not context.is_offline_mode():\n    rows = op.get_bind().scalar(sa.text('SELECT count(*) FROM pg_class'))"
    )
    ini = write_project(tmp_path, Revision("a1", body, head=HEAD))
    assert run(["-c", str(ini), "build", "1.0"]) == 1
    message = capsys.readouterr().err
    assert (
        "revision a1, migrations/versions/a1_x.py:11: the result of `SELECT count(*) FROM pg_class` is used" in message
    )
    assert "--scratch" in message


def test_env_py_is_told_the_truth(tmp_path: Path) -> None:
    truth = "assert context.is_offline_mode() and context.get_context().as_sql"
    asked = ENV.replace(
        "        context.run_migrations()\nelse:",
        f"        {truth}\n        context.run_migrations()\n        {truth}\n    {truth}\nelse:",
    )
    assert asked.count(truth) == 3
    ini = write_project(tmp_path, Revision("a1", f"assert not {MODES[0]}", head=HEAD), env=asked)
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
