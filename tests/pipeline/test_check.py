"""`release check`, bad manners of migrations, and values that change from run to run."""
# ruff: noqa: E501  # bodies of migrations stand on the lines their authors would write

from __future__ import annotations

import json
from pathlib import Path

import pytest

from release.cli import run
from tests.interrupting import interrupt_build
from tests.projects import Revision, write_project

BODIES: dict[str, tuple[str, str, str, int]] = {
    # revision: upgrade, downgrade, outcome of the upgrade or "down: " that of the downgrade, line
    "fine": ("op.execute('CREATE TABLE t (id int)')", "op.execute('DROP TABLE t')", "offline", 0),
    "result": ("op.get_bind().execute(sa.text('SELECT 1')).scalar()", "pass", "needs a database", 10),
    "looked": ("sa.inspect(op.get_bind())", "pass", "needs a database", 10),
    "has_table": ("bind = op.get_bind()\nbind.dialect.has_table(bind, 't')", "pass", "needs a database", 11),
    "raises": ("raise ValueError('no')", "pass", "raises", 10),
    "exits": ("raise SystemExit(0)", "pass", "raises", 10),
    "no_sql": ("op.execute('SELEC')", "pass", "refused", 10),
    "colon": ("op.execute(\"SELECT ':x'\")", "pass", "refused", 10),
    "one_way": ("op.execute('CREATE TABLE u ()')", "raise NotImplementedError", "down: no downgrade", 14),
    "forgotten": ("op.execute('CREATE TABLE v ()')", "pass", "down: empty", 0),
    "uuid": ("import uuid\nop.execute(f\"DELETE FROM t WHERE '{uuid.uuid4()}' = ''\")", "op.execute('SELECT 1')", "changing", 11),
    "day": ("import datetime\nop.execute(f\"DELETE FROM t WHERE '{datetime.date.today()}' = ''\")", "op.execute('SELECT 1')", "changing", 11),
    "default": (
        "import random\nt = sa.Table('t', sa.MetaData(), sa.Column('id', sa.Integer, default=lambda: random.randrange(10**9)))\nop.bulk_insert(t, [{}])",
        "op.execute('SELECT 1')",
        "changing",
        12,
    ),
    "merge": ("pass", "pass", "offline", 0),
}  # fmt: skip


def bad_project(root: Path, *names: str) -> Path:
    revisions: list[Revision] = []
    for name in names or BODIES:
        up, down, *_ = BODIES[name]
        revisions.append(Revision(name, up, down, down=revisions[-1].id if revisions else None))
    return write_project(root, *revisions)


def test_every_revision_gets_its_verdict(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = bad_project(tmp_path)
    assert run(["-c", str(ini), "check", "--format", "json"]) == 1
    found = {each["revision"]: each for each in json.loads(capsys.readouterr().out)}
    assert list(found) == list(BODIES)
    for name, (_, _, outcome, line) in BODIES.items():
        verdict = found[name]["downgrade" if outcome.startswith("down: ") else "upgrade"]
        assert (verdict["outcome"], verdict["line"]) == (outcome.removeprefix("down: "), line), name
        assert bool(verdict["reason"]) == (verdict["outcome"] != "offline")
        assert bool(verdict["remedy"]) == bool(verdict["reason"])
        assert "\n" not in verdict["reason"]
        assert found[name]["file"] == f"migrations/versions/{name}_x.py"


def test_a_file_without_a_downgrade_is_one_that_has_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Alembic itself asks each module for its functions before anything runs."""
    ini = bad_project(tmp_path, "fine", "one_way", "forgotten")
    file = tmp_path / "migrations/versions/one_way_x.py"
    file.write_text(file.read_text(encoding="utf-8").partition("def downgrade")[0], encoding="utf-8")
    assert run(["-c", str(ini), "check", "--format", "json"]) == 1
    found = {each["revision"]: each["downgrade"] for each in json.loads(capsys.readouterr().out)}
    assert {name: each["outcome"] for name, each in found.items()} == {
        "fine": "offline",
        "one_way": "no downgrade",
        "forgotten": "empty",
    }
    assert run(["-c", str(ini), "plan"]) == 1
    assert "the file has no downgrade()" in capsys.readouterr().err


def test_the_table_says_where_why_and_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = bad_project(tmp_path, "fine", "result", "one_way", "forgotten")
    assert run(["-c", str(ini), "check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["result", "upgrade", "needs", "a", "database", "migrations/versions/result_x.py:10"]
    assert lines[2] == "    the result of `SELECT 1` is used (.scalar); offline there is no database to ask"
    assert lines[3].startswith("    -> let the server work it out: ")
    assert "empty" in lines[7]
    assert lines[-1] == "4 revisions: 1 fine, 1 to look at, 2 to mend"
    assert run(["-c", str(ini), "check", "--from", "one_way"]) == 0
    assert run(["-c", str(ini), "check", "--to", "fine", "--all"]) == 0


def test_values_that_change_are_named_by_the_build(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = bad_project(tmp_path, "fine", "uuid", "day", "default")
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    message = capsys.readouterr().err
    for name, line in (("uuid", 11), ("day", 11), ("default", 12)):
        assert (
            f"note: migrations/versions/{name}_x.py:{line}: the statement changes from one run to the next" in message
        )
    assert "fine_x.py" not in message


def test_a_migration_that_changes_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(
        tmp_path, Revision("a1", "import os\nos.chdir('/')\nop.execute('CREATE TABLE t ()')", "op.drop_table('t')")
    )
    monkeypatch.chdir(tmp_path)
    assert run(["build", "1.0", "--no-lint", "--output", "out"]) == 0
    assert Path.cwd() == tmp_path
    assert (tmp_path / "out/1.0/upgrade.sql").is_file()


def test_what_a_migration_and_its_programs_print_is_not_our_output(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    body = "import os, subprocess\nprint('one')\nos.write(1, b'two\\n')\nsubprocess.run(['echo', 'three'])"
    ini = write_project(tmp_path, Revision("a1", body, head="print('zero')"))
    assert run(["-c", str(ini), "check", "--format", "json"]) == 0
    captured = capfd.readouterr()
    assert [each["revision"] for each in json.loads(captured.out)] == ["a1"]
    for word in ("zero", "one", "two", "three"):
        assert word in captured.err.split()


def test_a_migration_that_reads_files_and_helpers(tmp_path: Path) -> None:
    ini = write_project(
        tmp_path,
        Revision(
            "a1",
            "op.execute((Path(__file__).parent / 'a1.sql').read_text())\nhelpers.make(op)",
            "op.execute('DROP TABLE u, t')",
            head="import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path(__file__).parent.parent))\nimport our_helpers_4711 as helpers",
        ),
    )  # fmt: skip
    (tmp_path / "migrations/versions/a1.sql").write_text(
        "CREATE TABLE t ();\nCOMMENT ON TABLE t IS 'a:b; c';\n", encoding="utf-8"
    )
    (tmp_path / "migrations/our_helpers_4711.py").write_text(
        "def make(op):\n    op.execute('CREATE TABLE u ()')\n", encoding="utf-8"
    )
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    script = (tmp_path / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")
    assert "COMMENT ON TABLE t IS 'a:b; c';" in script
    assert "a1: revision a1 (migrations/versions/a1_x.py)" in script
    assert "\n-- a1:14\n" in script  # the call in the migration, not the helper's own line


def test_a_migration_that_never_ends_is_interrupted(tmp_path: Path) -> None:
    ini = write_project(tmp_path, Revision("a1", "print('looping', flush=True)\nwhile True:\n    pass"))
    assert interrupt_build(ini) == "looping\n"
