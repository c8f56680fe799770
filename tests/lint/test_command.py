"""`release lint`: what it lints, when it fails, and that nothing ever passes unread."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from release.cli import run
from tests.projects import Revision, write_project

ONE = Revision(
    "a1",
    'op.execute("CREATE TABLE rooms (id bigint, CONSTRAINT pk_rooms PRIMARY KEY (id))")',
    'op.execute("DROP TABLE rooms")',
    "number the rooms",
)
BAD = Revision(
    "b2",
    'op.add_column("rooms", sa.Column("token", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))',
    'op.drop_column("rooms", "token")',
    "give rooms a token",
    "a1",
)


def lint(*arguments: str, status: int = 0) -> None:
    assert run(["lint", *arguments]) == status


def found(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    value = json.loads(capsys.readouterr().out)
    assert isinstance(value, dict)
    return value


def codes(report: dict[str, Any]) -> list[str]:
    return [each["code"] for each in report["findings"]]


def test_the_newest_bundle_is_linted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(here, ONE, BAD)
    assert run(["build", "1.0", "--to", "a1", "--no-lint"]) == 0
    assert run(["build", "1.1", "--no-lint"]) == 0
    capsys.readouterr()
    lint("--format", "json", "--select", "RL0,RL208", status=1)
    report = found(capsys)
    assert codes(report) == ["RL208"]
    assert report["failed"]
    assert report["findings"][0] | {"why": "", "fix": ""} == {
        "code": "RL208",
        "severity": "error",
        "message": "ALTER TABLE rewrites rooms under ACCESS EXCLUSIVE (unless every function in the default is stable "
        "or immutable)",
        "why": "",
        "fix": "",
        "file": "migrations/versions/b2_x.py",
        "line": 10,
        "script": {"file": "scripts/1.1/upgrade.sql", "line": line_of(here, "1.1", "ALTER TABLE"), "column": 1},
        "migration": {"revision": "b2", "file": "migrations/versions/b2_x.py", "line": 10},
    }
    lint("1.0", "--select", "RL")
    lint("1.1", "--select", "RL", "--fail-on", "never")
    lint("1.1", "--select", "RL", "--ignore", "RL208,RL113")


def line_of(here: Path, version: str, text: str) -> int:
    lines = (here / "scripts" / version / "upgrade.sql").read_text(encoding="utf-8").splitlines()
    (line,) = [number for number, line in enumerate(lines, 1) if line.startswith(text)]
    return line


def test_a_version_that_looks_like_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(here, ONE)
    assert run(["build", "1.0rc1", "--no-lint"]) == 0
    lint("1.0rc1", "--select", "RL")
    lint("1.0rc2", "--select", "RL", status=1)
    assert "no bundle 1.0rc2 in" in capsys.readouterr().err


def test_a_range_needs_no_bundle(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(here, ONE, BAD)
    lint("--from", "a1", "--select", "RL208", "--format", "json", status=1)
    assert codes(found(capsys)) == ["RL208"]
    lint("--from", "base", "--to", "a1", "--select", "RL208", "--format", "json")
    assert codes(found(capsys)) == []
    lint("--select", "RL", status=1)
    assert "no bundles in" in capsys.readouterr().err
    assert run(["build", "1.0", "--no-lint"]) == 0
    lint("--to", "heads", "--select", "RL2")
    lint("--from", "b2", "--to", "heads", status=1)
    assert "holds no revision" in capsys.readouterr().err


def test_a_bundle_that_is_not_what_its_migrations_give(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(here, ONE)
    assert run(["build", "1.0", "--no-lint"]) == 0
    script = here / "scripts/1.0/rollback.sql"
    script.write_text(script.read_text(encoding="utf-8") + "SELECT 1;\n", encoding="utf-8")
    capsys.readouterr()
    lint("--format", "json", "--select", "RL0")
    report = found(capsys)
    assert [(each["code"], each["file"]) for each in report["findings"]] == [("RL002", "scripts/1.0/rollback.sql")]
    lint("--select", "RL0", "--fail-on", "warning", status=1)


@pytest.mark.processes
def test_build_lints_alike(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(here, ONE, BAD)
    assert run(["build", "1.0", "--from", "a1"]) == 1
    captured = capsys.readouterr()
    assert "migrations/versions/b2_x.py:10:1: error RL208:" in captured.err
    assert "not written" in captured.out
    assert not (here / "scripts").exists()
    assert run(["build", "1.0", "--from", "a1", "--ignore", "RL208", "--fail-on", "error"]) == 0
    assert (here / "scripts/1.0/upgrade.sql").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("1.0", "2.0"), "name one VERSION"),
        (("1.0", "--from", "a1"), "name one VERSION"),
        (("a.sql", "1.0"), "name one VERSION"),
        (("1.0", "--date", "2026-01-01"), "--date goes with a range"),
        (("--date", "2026-01-01"), "--date goes with a range"),
        (("a.sql", "--date", "2026-01-01"), "--date goes with a range"),
    ],
)
def test_targets_that_do_not_go_together(
    here: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], message: str
) -> None:
    lint(*arguments, status=2)
    assert message in capsys.readouterr().err


def test_no_squawk_is_no_pass(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "a.sql").write_text("SELECT 1;\n", encoding="utf-8")
    monkeypatch.setattr(sys, "executable", str(here / "python"))
    monkeypatch.setenv("PATH", str(here))
    lint("a.sql", status=2)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "squawk is not installed" in captured.err
    assert "--ignore squawk" in captured.err
    lint("a.sql", "--ignore", "squawk")


def test_a_squawk_that_does_not_answer_is_no_pass(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "a.sql").write_text("SELECT 1;\n", encoding="utf-8")
    fake = here / "squawk"
    fake.write_text("#!/bin/sh\necho 'out of luck' >&2\nexit 3\n", encoding="utf-8")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(here / "python"))
    lint("a.sql", status=2)
    assert "squawk failed with status 3: out of luck" in capsys.readouterr().err


BAD_FILES = {
    "empty": (b"", "RL006", "the file is empty", 1),
    "blank": (b"\n \n", "RL006", "the file is empty", 1),
    "latin 1": (b"SELECT 1;\nSELECT 'caf\xe9';\n", "RL006", "no UTF-8: byte 0xe9", 2),
    "NUL": (b"SELECT 1;\n\nSELECT '\0';\n", "RL006", "a NUL byte", 3),
    "open quote": (b"SELECT 1;\nSELECT 'open;\n", "PG001", "the statement has no end", 2),
    "open dollar quote": (b"SELECT 1;\n\nDO $$ BEGIN;\n", "PG001", "the statement has no end", 3),
    "open comment": (b"SELECT 1;\n/* SELECT 2;\n", "PG001", "the statement has no end", 2),
    "no SQL": (b"SELECT 1;\nSELEC 2;\n", "PG001", "syntax error at or near", 2),
}


@pytest.mark.parametrize(("data", "code", "message", "line"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_a_finding(
    here: Path, capsys: pytest.CaptureFixture[str], data: bytes, code: str, message: str, line: int
) -> None:
    (here / "bad.sql").write_bytes(data)
    lint("bad.sql", "--format", "json", status=1)
    (finding,) = [each for each in found(capsys)["findings"] if each["code"] == code]
    assert message in finding["message"]
    assert (finding["file"], finding["line"], finding["severity"]) == ("bad.sql", line, "error")


def test_a_file_that_is_not_there(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lint("missing.sql", status=1)
    assert "missing.sql: cannot be read" in capsys.readouterr().err


def test_a_file_is_judged_line_by_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "SELECT 1; SELECT\n2; DROP TABLE a\nCASCADE; \\! id\nUPDATE t SET a = 1;\nSELECT a[1:n] FROM t;\n"
    (here / "a.sql").write_text(text, encoding="utf-8")
    lint("a.sql", "--format", "json", "--select", "RL202,RL205,RL301,RL302", status=1)
    report = found(capsys)
    assert [(each["code"], each["line"]) for each in report["findings"]] == [
        ("RL202", 2),
        ("RL301", 3),
        ("RL205", 4),
        ("RL302", 5),
    ]
    assert all(each["migration"] is None for each in report["findings"])


@pytest.mark.slow
def test_fifty_megabytes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One long literal, as a dump of a picture is, and a statement after it that must not be passed over."""
    with (here / "big.sql").open("w", encoding="utf-8") as file:
        file.write("INSERT INTO pictures (data) VALUES ('")
        for _ in range(50):
            file.write("0123456789abcdef" * 65536)
        file.write("');\nDROP TABLE rooms CASCADE;\n")
    lint("big.sql", "--format", "json", "--ignore", "squawk", status=1)
    report = found(capsys)
    places = [(each["code"], each["line"]) for each in report["findings"]]
    assert ("RL202", 2) in places
    assert {("SF001", 1), ("LT05", 1)} & set(places)  # sqlfluff has read it, or it is said that it could not


def test_a_file_comes_from_the_cache_until_something_changes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = here / "a.sql"
    file.write_text("DROP TABLE t CASCADE;\n", encoding="utf-8")
    outputs = []
    for arguments in ((), (), ("--select", "RL202"), ("--ignore", "RL")):
        lint("a.sql", "--fail-on", "never", "--format", "json", *arguments)
        outputs.append(codes(found(capsys)))
    assert outputs[0] == outputs[1]
    assert outputs[2] == ["RL202"]
    assert "RL202" not in outputs[3]
    (here / ".squawk.toml").write_text('excluded_rules = ["ban-drop-table"]\n', encoding="utf-8")
    lint("a.sql", "--fail-on", "never", "--format", "json")
    assert set(outputs[0]) - set(codes(found(capsys))) == {"squawk:ban-drop-table"}
    file.write_text("DROP TABLE t;\n", encoding="utf-8")
    lint("a.sql")
