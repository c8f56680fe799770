"""What would keep a tool from judging something: limits, comments, configurations, processes that die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from release.cli import run
from release.errors import ConfigError
from release.lint.run import Choice, lint_case
from release.lint.sql_subject import file_case
from release.lint.sqlfluff.chunks import chunks_of
from release.lint.sqlfluff.config import read_config
from release.lint.sqlfluff.findings import Fluff
from release.lint.sqlfluff.workers import Workers
from release.model import Severity
from tests.projects import Revision, write_project

# what is said of a text that cannot be read, by PostgreSQL's parser, by sqlfluff, and where sqlfluff gives up
UNREADABLE = ("PG0", "PRS", "LXR", "TMP", "SF0")


def places(text: str, *select: str) -> list[tuple[str, int]]:
    return [(each.code, each.line) for each in lint_case(file_case("a.sql", text), Choice(select=select)).findings]


@pytest.mark.parametrize(
    "comment",
    [
        "-- noqa: disable=all",
        "-- noqa: CP01",
        "-- sqlfluff:exclude_rules:CP01",
        "--sqlfluff:dialect:ansi",
        "-- squawk-ignore-file",
        "-- squawk-ignore ban-drop-table",
        "/* squawk-ignore-file */",
        "/* squawk-ignore-file\n*/",
    ],
)
def test_no_comment_silences_a_finding(comment: str) -> None:
    text = f"{comment}\nselect 1 AS a; {comment}\n{comment}\nDROP TABLE t;\n"
    found = places(text)
    lines = text.split("\n")
    assert ("CP01", lines.index(next(line for line in lines if line.startswith("select"))) + 1) in found
    assert ("squawk:ban-drop-table", len(lines) - 1) in found


def test_no_configuration_of_a_folder_or_a_home_counts(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = here / "inner"
    inner.mkdir()
    for folder in (here, inner):
        (folder / ".sqlfluff").write_text("[sqlfluff]\nexclude_rules = CP01\n", encoding="utf-8")
        (folder / "setup.cfg").write_text("[sqlfluff]\nexclude_rules = CP01\n", encoding="utf-8")
    (here / ".squawk.toml").write_text('excluded_rules = ["ban-drop-table"]\n', encoding="utf-8")
    monkeypatch.setenv("HOME", str(here))
    monkeypatch.chdir(inner)
    found = places("select 1 AS a;\nDROP TABLE t;\n")
    assert {("CP01", 1), ("squawk:ban-drop-table", 2)} <= set(found)


@pytest.mark.parametrize("setting", ["ignore = parsing,linting", "warnings = CP01", "disable_noqa = False"])
def test_a_projects_configuration_can_choose_rules_but_hide_nothing(tmp_path: Path, setting: str) -> None:
    config = tmp_path / "own.cfg"
    config.write_text(f"[sqlfluff]\nrules = CP01\n{setting}\n", encoding="utf-8")
    choice = Choice(sqlfluff=config, select=(*UNREADABLE, "CP", "LT"))
    found = lint_case(
        file_case("a.sql", "select 1  AS a; -- noqa\nALTER OPERATOR CLASS a USING btree RENAME TO b;\n"), choice
    )
    assert [each.code for each in found.findings] == ["CP01", "PRS"]


def test_template_marks_are_text() -> None:
    assert places("SELECT '{{ x }}', '{% if %}', '{# c #}' AS z, {{ x }} AS y;\n", *UNREADABLE)[0] == ("PG001", 1)
    assert places("SELECT '{{ x }} {% if %} {# c #}' AS z;\n", *UNREADABLE) == []


def test_rows_of_copy_are_no_sql() -> None:
    rows = "1\tit's\n2\t\"open\n3\t$$ /* \n\\.\n"
    assert places(f"COPY t (a, b) FROM STDIN;\n{rows}select 1 AS a;\n", *UNREADABLE, "CP") == [("CP01", 6)]


def test_chunks_are_the_script_cut_between_statements() -> None:
    scripts = sorted((Path(__file__).parents[2] / "scripts").glob("*/*.sql"))
    assert scripts
    for script in scripts:
        text = script.read_text(encoding="utf-8")
        chunks = list(chunks_of(text))
        assert "".join(chunk.text for chunk in chunks) == text
        lines = text.split("\n")
        assert all(chunk.text.split("\n")[0] == lines[chunk.line - 1] for chunk in chunks)
    assert [chunk.line for chunk in chunks_of("SELECT 1\n\\gset\nSELECT 2;\n", 0)] == [1, 3]


@pytest.mark.slow
def test_a_statement_that_sqlfluff_gives_up_on_hides_no_other() -> None:
    deep = f"SELECT {'(' * 1500}1{')' * 1500} AS a;"
    found = places(f"select 1 AS a;\n{deep}\nselect 2 AS a;\n", *UNREADABLE, "CP")
    assert found == [("CP01", 1), ("SF001", 2), ("CP01", 3)]


def test_fifty_parentheses_are_no_trouble() -> None:
    assert places(f"SELECT {'(' * 50}1{')' * 50} AS a;\n", *UNREADABLE, "CP") == []


def test_what_is_nested_too_deeply_for_our_rules_is_an_error(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deep = "SELECT " + "CASE WHEN a THEN " * 60 + "1" + " END" * 60 + " AS a"
    (here / "a.sql").write_text(f"{deep};\n", encoding="utf-8")
    assert run(["lint", "a.sql", "--select", "PG,RL"]) == 1
    assert "a.sql:1:1: error PG002: PostgreSQL can parse this statement" in capsys.readouterr().out
    write_project(here, Revision("a1", f"op.execute({deep!r})"))
    assert run(["lint", "--from", "base"]) == 1
    assert "it is nested too deeply to be judged" in capsys.readouterr().err


@pytest.mark.processes
def test_a_process_that_dies_takes_no_finding_with_it(tmp_path: Path) -> None:
    """Killed while it works, as the kernel does when memory runs out."""
    (tmp_path / "a.sql").write_text("".join(f"select {n} AS a;\n" for n in range(1200)), encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "XDG_CACHE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "release", "lint", "a.sql", "--format", "json"]  # no process but those of work
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, text=True) as lint:
        killed = _kill_a_worker(lint.pid)
        out, _ = lint.communicate()
    assert killed
    found = [each["line"] for each in json.loads(out)["findings"] if each["code"] == "CP01"]
    assert found == list(range(1, 1201))


def _kill_a_worker(parent: int) -> bool:
    """Kill a process that was forked from the server of workers, once it has had time to start on something."""
    for _ in range(600):
        workers = [worker for server in _children(parent) for worker in _children(server)]
        if workers:
            time.sleep(0.3)
            os.kill(workers[0], signal.SIGKILL)
            return True
        time.sleep(0.02)
    return False


def _children(process: int) -> list[int]:
    """Of all its threads: the kernel lists a child with the thread that forked it (proc(5), children)."""
    found = []
    for file in Path(f"/proc/{process}/task").glob("*/children"):
        with suppress(OSError):  # the thread or the process has ended
            found += [int(each) for each in file.read_text().split()]
    return found


def test_a_chunk_that_kills_its_process_twice_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ask = Workers._ask

    def deadly(self: Workers, pool: Any, text: str) -> Any:
        return pool.submit(os._exit, 9) if "poison" in text else ask(self, pool, text)

    monkeypatch.setattr(Workers, "_ask", deadly)
    text = "select 1 AS a;\nSELECT 'poison' AS a;\nselect 2 AS a;\n"
    choice = Choice(select=(*UNREADABLE, "CP"), cache=tmp_path)
    for _ in range(2):  # what was not judged is not kept
        found = lint_case(file_case("a.sql", text), choice)
        assert [(each.code, each.line) for each in found.findings] == [("CP01", 1), ("SF001", 2), ("CP01", 3)]
        assert found.findings[1].severity is Severity.ERROR
        assert "its process died" in found.findings[1].message


def test_a_wrong_configuration_is_told_by_whoever_waits() -> None:
    fluff = Fluff(None, None)
    fluff._workers = Workers(read_config(None).replace("dialect = postgres", "max_line_length = wide"), "own.cfg")
    with pytest.raises(ConfigError, match=r"own\.cfg"):
        list(fluff.findings(file_case("a.sql", "SELECT 1;\n").scripts, lambda *_: "", authored=True))
    fluff.close()


SQUAWK_ANSWERS = {
    "garbage": ("print('oh no')", "squawk failed with status 0"),
    "another form": ("print('{}')", "a form that is not known"),
    "half a form": ('print(\'[{"rule_name": "x"}]\')', "a form that is not known"),
    "killed": ("import os; print('[]', flush=True); os.kill(os.getpid(), 9)", "squawk failed with status -9"),
    "crashed": ("print('[]'); raise SystemExit(101)", "squawk failed with status 101"),
}


@pytest.mark.parametrize(("code", "message"), SQUAWK_ANSWERS.values(), ids=SQUAWK_ANSWERS)
def test_a_squawk_that_fails_is_no_pass(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, code: str, message: str
) -> None:
    (here / "a.sql").write_text("SELECT 1 AS a;\n", encoding="utf-8")
    (here / "squawk").write_text(f"#!{sys.executable}\n{code}\n", encoding="utf-8")
    (here / "squawk").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(here / "python"))
    assert run(["lint", "a.sql"]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert captured.out == ""


MISSPELT = {
    ("--select", "RL-208"): "did you mean RL208?",
    ("--select", "RL208,LT-09"): "did you mean LT09?",
    ("--ignore", "squawk:ban-drop-tabel"): "did you mean squawk:ban-drop-table?",
    ("--ignore", "rl208"): "did you mean RL208?",
    ("--select", "nonsense"): "docs/rules.md lists them",
    ("--select", ","): "names no code",
}


@pytest.mark.parametrize(("arguments", "message"), MISSPELT.items(), ids=lambda value: "")
def test_a_code_that_no_rule_has_is_an_error(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, str], message: str
) -> None:
    (here / "a.sql").write_text("DROP TABLE t CASCADE;\n", encoding="utf-8")
    assert run(["lint", "a.sql", *arguments]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("codes", ["RL2", "squawk", "squawk:ban", "squawk:ban-drop-view", "LT", "PG", "PG01", "PRS"])
def test_a_code_and_its_start_are_known(here: Path, codes: str) -> None:
    (here / "a.sql").write_text("SELECT 1 AS a;\n", encoding="utf-8")
    assert run(["lint", "a.sql", "--select", codes]) == 0
