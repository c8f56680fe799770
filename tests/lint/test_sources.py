"""squawk, sqlfluff and PostgreSQL's parser: that all is read, told once, and told of the right line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from release.cli import run
from release.errors import ConfigError
from release.lint.engine import run_rules
from release.lint.rule import Example, Violation
from release.lint.rules import all_rules
from release.lint.run import Choice, lint_case
from release.lint.sql_subject import file_case
from release.lint.squawk import squawk_findings
from release.lint.subject import Case
from release.model import Severity
from tests.lint.examples import case_of
from tests.projects import Revision, write_project


def squawk_codes(example: Example, folder: Path) -> list[tuple[str, int]]:
    return [
        (each.code.removeprefix("squawk:"), each.source.line if each.source else 0)
        for each in squawk_findings(case_of(example, folder), 13)
    ]


def test_squawk_names_the_migration_line(tmp_path: Path) -> None:
    upgrade = 'x = 1\nop.execute("ALTER TABLE rooms\\n    ADD COLUMN size integer")'
    found = list(squawk_findings(case_of(Example(upgrade, 'op.drop_column("rooms", "size")'), tmp_path), 13))
    (finding,) = [each for each in found if each.code == "squawk:prefer-bigint-over-int"]
    assert finding.source
    assert (finding.source.file, finding.source.line) == ("migrations/versions/b2_x.py", 11)
    assert (finding.severity, finding.file) == (Severity.WARNING, "upgrade.sql")
    case = case_of(Example(upgrade, 'op.drop_column("rooms", "size")'), tmp_path / "again")
    (upgrade_script,) = [each for each in case.scripts if each.name == "upgrade.sql"]
    script = upgrade_script.text.splitlines()
    assert script[finding.line - 1].strip() == "ADD COLUMN size integer;"
    assert script[finding.line - 1][finding.column - 1 :].startswith("integer")


def test_squawk_is_told_of_timeouts_and_transactions(tmp_path: Path) -> None:
    example = Example(
        """
        op.execute("CREATE TABLE rooms (id bigint)")
        op.execute("CREATE INDEX ix_rooms_id ON rooms (id)")
        op.execute("ALTER TABLE doors ADD COLUMN width bigint")
        with op.get_context().autocommit_block():
            op.execute("CREATE INDEX CONCURRENTLY ix_doors_width ON doors (width)")
        """,
        'op.drop_column("doors", "width")\nop.drop_table("rooms")',
    )
    assert squawk_codes(example, tmp_path) == []


def test_what_squawk_cannot_parse_hides_nothing_else(tmp_path: Path) -> None:
    upgrade = 'op.execute("ALTER TABLE rooms ADD size bigint")\nop.execute("ALTER TABLE rooms ADD door bigint")'
    case = case_of(Example(upgrade), tmp_path)
    program = tmp_path / "squawk"
    program.write_text(
        f"#!{sys.executable}\n"
        "import json, sys\n"
        "lines = sys.stdin.read().splitlines()\n"
        "size = [n for n, line in enumerate(lines) if 'size' in line]\n"
        "door = [n for n, line in enumerate(lines) if 'door' in line]\n"
        "rule = 'syntax-error' if size else 'mind-the-door'\n"
        "print(json.dumps([dict(line=n, column=0, message='x', help=None, rule_name=rule) for n in size or door]))\n",
        encoding="utf-8",
    )
    program.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", str(tmp_path / "python"))
        found = list(squawk_findings(case, 13))
    assert [(each.code, each.source.line if each.source else 0) for each in found] == [
        ("squawk:syntax-error", 10),
        ("squawk:mind-the-door", 11),
    ]


def test_a_rule_that_raises_is_a_finding(tmp_path: Path) -> None:
    def fail(case: Case) -> Iterator[Violation]:
        raise ZeroDivisionError("no rooms")

    broken = replace(all_rules()[0], check=fail)
    found = run_rules(file_case("a.sql", "DROP TABLE t CASCADE;"), (broken, *all_rules()[1:]))
    assert "RL202" in [each.code for each in found]
    (finding,) = [each for each in found if each.code == "RL001"]
    assert finding.severity is Severity.ERROR
    assert f"rule {broken.code}" in finding.message
    assert "ZeroDivisionError: no rooms" in finding.message


def test_what_sqlfluff_cannot_parse_comes_with_postgresqls_verdict() -> None:
    choice = Choice(select=("PG0", "PRS"))
    valid = "SELECT 1;\n\nALTER OPERATOR CLASS a USING btree RENAME TO b;\n"
    (finding,) = lint_case(file_case("a.sql", valid), choice).findings
    assert (finding.code, finding.line, finding.severity) == ("PRS", 3, Severity.WARNING)
    assert "(PostgreSQL can parse it)" in finding.message
    found = lint_case(file_case("a.sql", "SELECT 1;\n\nSELEC 2;\n"), choice).findings
    assert [(each.code, each.line, each.severity) for each in found] == [
        ("PG001", 3, Severity.ERROR),
        ("PRS", 3, Severity.ERROR),
    ]
    assert "nor can PostgreSQL: syntax error" in found[1].message


def long_script(statements: int) -> str:
    return "".join(f"INSERT INTO rooms (id, name) VALUES ({n}, 'room {n}');\n" for n in range(statements))


@pytest.mark.processes
def test_a_script_that_sqlfluff_gives_up_on_is_linted_to_its_last_line(tmp_path: Path) -> None:
    path = tmp_path / "long.sql"
    path.write_text(long_script(800) + "select Count(*) From rooms;\n", encoding="utf-8")
    peer = subprocess.run(
        [sys.executable, "-m", "sqlfluff", "lint", "--dialect", "postgres", "--templater", "raw", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert peer.returncode == 0, "sqlfluff no longer skips long files"
    report = lint_case(file_case("long.sql", path.read_text(encoding="utf-8")), Choice(ignore=("squawk",)))
    assert ("CP01", 801) in [(each.code, each.line) for each in report.findings]


@pytest.mark.processes
def test_a_second_run_comes_from_the_cache_and_says_the_same(tmp_path: Path) -> None:
    text = long_script(300) + "select 1;\n"
    choice = Choice(select=("LT", "CP", "PRS"), cache=tmp_path)
    first = lint_case(file_case("a.sql", text), choice).findings
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from release.lint.run import Choice, lint_case\n"
        "from release.lint.sql_subject import file_case\n"
        "text = sys.stdin.read()\n"
        f"choice = Choice(select=('LT', 'CP', 'PRS'), cache=Path({str(tmp_path)!r}))\n"
        "found = lint_case(file_case('a.sql', text), choice)\n"
        "print(len(found.findings), 'sqlfluff' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=text, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(len(first)), "False"]
    assert first


@pytest.mark.parametrize(
    "text",
    [
        "[sqlfluff\n",
        "[sqlfluff:rules:capitalisation.keywords]\ncapitalisation_policy = shouting\n",
    ],
)
def test_a_configuration_that_sqlfluff_does_not_take(tmp_path: Path, text: str) -> None:
    config = tmp_path / "own.cfg"
    config.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"own\.cfg"):
        lint_case(file_case("a.sql", "SELECT 1;\n"), Choice(sqlfluff=config, select=("LT",)))
    with pytest.raises(ConfigError, match="cannot be read"):
        lint_case(file_case("a.sql", "SELECT 1;\n"), Choice(sqlfluff=tmp_path / "none.cfg", select=("LT",)))


@pytest.mark.processes
def test_findings_come_in_the_same_order_each_time(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = "\n".join(f'op.execute("CREATE TABLE t{n} (id integer, name varchar(10))")' for n in range(20))
    down = "\n".join(f'op.drop_table("t{n}")' for n in range(20))
    write_project(here, Revision("a1", body, down, "make many tables"))
    texts = set()
    for _ in range(3):
        run(["lint", "--from", "base", "--format", "json", "--fail-on", "never"])
        texts.add(capsys.readouterr().out)
    assert len(texts) == 1
    assert len(json.loads(texts.pop())["findings"]) >= 40
