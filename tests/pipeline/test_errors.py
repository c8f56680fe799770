"""Bad input: one clear message with what to do, a non-zero status, no traceback, nothing written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from release.cli import run
from tests.projects import ENV, Revision, write_project

ONE = Revision("aa11", 'op.execute("CREATE TABLE t (id int)")', 'op.execute("DROP TABLE t")', "make t")
TWO = Revision("aa22", 'op.execute("CREATE TABLE u (id int)")', 'op.execute("DROP TABLE u")', "make u", "aa11")


@dataclass(frozen=True, slots=True)
class Case:
    """A call that must fail, and what its message must say."""

    name: str
    arguments: tuple[str, ...]
    words: tuple[str, ...]
    revisions: tuple[Revision, ...] = (ONE, TWO)
    status: int = 1
    env: str = ENV
    pyproject: str = ""


def raising(body: str) -> tuple[Revision, ...]:
    return (ONE, Revision("bad", body, "pass", "bad one", "aa11"))


CASES = (
    Case("unknown revision", ("build", "1.0", "--to", "nowhere"), ("revision 'nowhere'", "alembic history")),
    Case("ambiguous revision", ("build", "1.0", "--to", "aa"), ("revision 'aa'", "aa11", "aa22")),
    Case(
        "empty range",
        ("build", "1.0", "--from", "aa22", "--to", "aa22"),
        ("aa22 -> aa22 holds no revision", "--from and --to"),
    ),
    Case("swapped range", ("build", "1.0", "--from", "aa22", "--to", "aa11"), ("aa22", "aa11", "the other way round")),
    Case(
        "swapped to base", ("plan", "--from", "aa22", "--to", "base"), ("base comes before aa22", "the other way round")
    ),
    Case("not a version", ("build", "one"), ("'one' is not a version", "such as 1.2.0")),
    Case("path as version", ("build", "../1.0"), ("'../1.0' is not a version",)),
    Case("version not normal", ("build", "v1.0"), ("'v1.0' is not the normal form", "write 1.0")),
    Case("bad date", ("build", "1.0", "--date", "yesterday"), ("--date 'yesterday' is not a date", "YYYY-MM-DD")),
    Case("no version", ("build",), ("Missing argument 'VERSION'",), status=2),
    Case("unknown option", ("build", "1.0", "--fast"), ("--fast",), status=2),
    Case("unknown command", ("deploy",), ("deploy",), status=2),
    Case(
        "migration raises",
        ("build", "1.0"),
        (
            "revision bad, migrations/versions/bad_x.py:10: upgrade() cannot be rendered offline:",
            "ValueError: no such luck",
        ),
        raising('raise ValueError("no such luck")'),
    ),
    Case(
        "downgrade raises",
        ("build", "1.0"),
        ("revision bad, migrations/versions/bad_x.py:14: downgrade() cannot be rendered offline: NotImplementedError",),
        (ONE, Revision("bad", "pass", "raise NotImplementedError", "", "aa11")),
    ),
    Case(
        "migration exits",
        ("build", "1.0"),
        ("revision bad, migrations/versions/bad_x.py:10", "SystemExit"),
        raising("raise SystemExit(0)"),
    ),
    Case(
        "migration ends the process",
        ("build", "1.0"),
        ("revision bad, migrations/versions/bad_x.py:11", "SystemExit"),
        raising("import os\nos._exit(0)"),
    ),
    Case(
        "revision file ends the process",
        ("build", "1.0"),
        ("migrations/versions/bad_x.py:4: a revision file cannot be loaded: SystemExit",),
        (ONE, Revision("bad", down="aa11", head="import os; os._exit(0)")),
    ),
    Case(
        "missing import in an upgrade",
        ("build", "1.0"),
        (
            "revision bad, migrations/versions/bad_x.py:10: upgrade() cannot be rendered offline: ModuleNotFoundError",
            "install release into the environment that has the project's own libraries",
        ),
        raising("import no_such_module"),
    ),
    Case(
        "result used",
        ("build", "1.0"),
        ("revision bad, migrations/versions/bad_x.py:10", "offline there is no database to ask"),
        raising('op.get_bind().execute(sa.text("SELECT 1")).scalar()'),
    ),
    Case(
        "unbound bind",
        ("build", "1.0"),
        ("revision bad, migrations/versions/bad_x.py:10", "bind parameter without a value: :true", "write \\:true"),
        raising("""op.execute('''UPDATE t SET a = '{"a":true}' ''')"""),
    ),
    Case(
        "not SQL",
        ("build", "1.0"),
        ("revision bad, migrations/versions/bad_x.py:10: PostgreSQL cannot parse it: syntax error at or near", "SELEC"),
        raising('op.execute("SELEC 1")'),
    ),
    Case(
        "backslash command",
        ("build", "1.0"),
        ("revision bad, migrations/versions/bad_x.py:10: PostgreSQL cannot parse it",),
        raising(r'op.execute("SELECT 1;\n\\! touch /tmp/owned\n")'),
    ),
    Case(
        "NUL byte",
        ("build", "1.0"),
        ("revision bad, migrations/versions/bad_x.py:10: the SQL holds a NUL byte",),
        raising("op.execute(\"SELECT 'a\\0b'\")"),
    ),
    Case(
        "COPY FROM STDIN",
        ("build", "1.0"),
        ("revision bad, migrations/versions/bad_x.py:10: COPY … FROM STDIN", "INSERT … VALUES"),
        raising('op.execute("COPY t FROM STDIN")'),
    ),
    Case(
        "syntax error in a revision",
        ("build", "1.0"),
        ("migrations/versions/bad_x.py:", "a revision file cannot be loaded: SyntaxError"),
        raising("if x"),
    ),
    Case(
        "missing import in a revision",
        ("build", "1.0"),
        ("migrations/versions/bad_x.py:4: a revision file cannot be loaded: ModuleNotFoundError",),
        (ONE, Revision("bad", down="aa11", head="import no_such_module")),
    ),
    Case(
        "missing down_revision",
        ("build", "1.0"),
        ("gone",),
        (Revision("bad", down="gone"),),
    ),
    Case(
        "env.py raises",
        ("build", "1.0"),
        ("migrations/env.py:1: env.py failed in offline mode: KeyError: 'URL'",),
        env='import os; os.environ["URL"]',
    ),
    Case("env.py does nothing", ("build", "1.0"), ("migrations/env.py ran no migrations in offline mode",), env="pass"),
    Case(
        "another dialect",
        ("build", "1.0"),
        ("migrations/env.py configures the dialect 'sqlite'",),
        env=ENV.replace("url=URL", 'url="sqlite://"'),
    ),
    Case(
        "unknown setting",
        ("build", "1.0"),
        ("[tool.release] colour: no such setting",),
        pyproject="[tool.release]\ncolour = 1",
    ),
    Case(
        "wrong setting",
        ("build", "1.0"),
        ("[tool.release] search_path", "expected a list of names"),
        pyproject="[tool.release]\nsearch_path = 'a'",
    ),
    Case(
        "old server",
        ("build", "1.0"),
        ("[tool.release] postgresql = 9", "13 to 18"),
        pyproject="[tool.release]\npostgresql = 9",
    ),
    Case(
        "control character",
        ("build", "1.0"),
        ("holds a control character",),
        pyproject='[tool.release]\nrole = "a\\nb"',
    ),
    Case("not TOML", ("build", "1.0"), ("pyproject.toml: cannot be read",), pyproject="[tool.release"),
    Case(
        "no sqlfluff configuration",
        ("build", "1.0"),
        ("nothing.cfg: cannot be read",),
        pyproject='[tool.release]\nsqlfluff = "nothing.cfg"',
    ),
    Case(
        "malformed declaration",
        ("build", "1.0"),
        ("'# release: loses everything' is not understood", "write `# release: loses table.column why`"),
        (Revision("aa11", head="# release: loses everything"),),
    ),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, *case.revisions, env=case.env, pyproject=case.pyproject)
    assert run(["-c", str(ini), *case.arguments]) == case.status
    captured = capsys.readouterr()
    message = " ".join(captured.err.split())
    for word in case.words:
        assert " ".join(word.split()) in message
    assert "Traceback" not in captured.err
    assert str(tmp_path) not in captured.err.replace(str(tmp_path / "nothing.cfg"), "")
    assert not (tmp_path / "scripts").exists()


def test_a_missing_alembic_ini(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (("plan",), ("list",), ("build", "1.0")):
        assert run(["-c", str(tmp_path / "alembic.ini"), *command]) == 1
        message = capsys.readouterr().err
        assert "no Alembic configuration at" in message
        assert "release -c PATH/alembic.ini" in message


def test_an_ini_without_script_location(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = tmp_path / "alembic.ini"
    ini.write_text("[alembic]\n", encoding="utf-8")
    assert run(["-c", str(ini), "plan"]) == 1
    assert "script_location" in capsys.readouterr().err
