"""Ignores: what they cover, when they end, and that the DBA sees them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from release.cli import run
from release.source.waivers import declared_waivers
from tests.projects import Revision, write_project

REWRITE = 'op.add_column("rooms", sa.Column("token", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))'
FIRST = Revision("a1", 'op.execute("CREATE TABLE rooms (id bigint)")', 'op.drop_table("rooms")', "number the rooms")
SECOND = Revision("b2", REWRITE, 'op.drop_column("rooms", "token")', "give rooms a token", "a1")


# what is ignored here, and what is said of the ignores
RULES = "RL0,RL202,RL208"


def lint(here: Path, capsys: pytest.CaptureFixture[str], second: Revision, *arguments: str) -> list[tuple[str, int]]:
    write_project(here, FIRST, second)
    run(["lint", "--from", "a1", "--date", "2026-06-01", "--select", RULES, "--format", "json", *arguments])
    report = json.loads(capsys.readouterr().out)
    return [(each["code"], each["line"]) for each in report["findings"]]


CASES = {
    "none": (REWRITE, "", ["RL208"]),
    "on the line": (f"{REWRITE}  # release: ignore[RL208] twelve rows", "", []),
    "above the line": (f"# release: ignore[RL208] twelve rows\n{REWRITE}", "", []),
    "on another line": (f"# release: ignore[RL208] twelve rows\nname = 1\n{REWRITE}", "", ["RL005", "RL208"]),
    "for the revision": (REWRITE, "# release: ignore[RL208] twelve rows", []),
    "above a loop": (
        f"# release: ignore[RL208] twelve rows\nfor _ in range(1):\n    pass\n    {REWRITE}",
        "",
        [],
    ),
    "in a call of several lines": (
        REWRITE.replace(", sa.Column", ",  # release: ignore[RL208] twelve rows\n    sa.Column"),
        "",
        [],
    ),
    "until then": (REWRITE, "# release: ignore[RL208] until=2026-06-01 twelve rows", []),
    "expired": (REWRITE, "# release: ignore[RL208] until=2026-05-31 twelve rows", ["RL004", "RL208"]),
    "no date": (REWRITE, "# release: ignore[RL208] until=soon twelve rows", ["RL003", "RL208"]),
    "no reason": (REWRITE, "# release: ignore[RL208]", ["RL003", "RL208"]),
    "no reason but a date": (REWRITE, "# release: ignore[RL208] until=2027-01-01", ["RL003", "RL208"]),
    "no code": (REWRITE, "# release: ignore twelve rows", ["RL003", "RL208"]),
    "no such rule": (REWRITE, "# release: ignore[RL999] twelve rows", ["RL003", "RL208"]),
    "not to be let through": (REWRITE, "# release: ignore[PG001] twelve rows", ["RL003", "RL208"]),
    "two rules, one unused": (REWRITE, "# release: ignore[RL208, RL202] twelve rows", ["RL005"]),
    "a limit": (REWRITE, "# release: ignore[RL208] up to 10,000 rows: less than a second", []),
    "a limit that is none": (REWRITE, "# release: ignore[RL208] up to many rows", ["RL003", "RL208"]),
    "no limit": (REWRITE, "# release: ignore[RL208] put up to twelve rows' worth of patience", []),
    "in a string": (f'{REWRITE}\nx = "# release: ignore[RL208] twelve rows"', "", ["RL208"]),
}


@pytest.mark.parametrize(("upgrade", "head", "expected"), CASES.values(), ids=CASES)
def test_what_an_ignore_covers(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    upgrade: str,
    head: str,
    expected: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert sorted(code for code, _ in lint(tmp_path, capsys, replace(SECOND, upgrade=upgrade, head=head))) == expected


def test_an_ignore_for_what_was_not_looked_for_is_not_unused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    second = replace(SECOND, head="# release: ignore[RL208] twelve rows")
    assert lint(here, capsys, second, "--ignore", "RL208") == []


def test_the_manifest_and_the_header_tell_of_it(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reason = "twelve rows\\x1b; DROP TABLE rooms; \\\\! id"
    second = replace(SECOND, head=f"# release: ignore[RL208] until=2027-03-01 {reason}")
    write_project(here, FIRST, second)
    arguments = ["build", "1.0", "--from", "a1", "--date", "2026-06-01", "--ignore", "squawk"]
    assert run(arguments) == 0
    assert "waved through at migrations/versions/b2_x.py:" in capsys.readouterr().err
    manifest = json.loads((here / "scripts/1.0/manifest.json").read_text(encoding="utf-8"))
    (waived,) = manifest["waived"]
    assert waived == {
        "codes": ["RL208"],
        "until": "2027-03-01",
        "reason": reason,
        "source": waived["source"],
    }
    header = (here / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")
    block = header[header.index("-- WAIVED") : header.index("-- seg")]
    assert "RL208 in b2_x.py:" in block
    assert all(line.startswith("--") for line in block.splitlines())
    assert "WAIVED" not in (here / "scripts/1.0/rollback.sql").read_text(encoding="utf-8")


def test_a_changed_ignore_is_written_though_the_plan_is_the_same(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_project(here, FIRST, SECOND)
    assert run(["build", "1.0", "--from", "a1", "--no-lint"]) == 0
    path = here / "migrations/versions/b2_x.py"
    path.write_text(path.read_text(encoding="utf-8") + "\n# release: ignore[RL208] twelve rows\n", encoding="utf-8")
    assert run(["build", "1.0", "--no-lint"]) == 0
    assert "rewritten" in capsys.readouterr().out
    assert run(["build", "1.0", "--no-lint"]) == 0
    assert "unchanged" in capsys.readouterr().out


def test_places_of_comments() -> None:
    text = (
        "# release: ignore[RL1] whole\n"
        "def upgrade():\n"
        "    # release: ignore[RL2] block\n"
        "    for x in y:\n"
        "        one()\n"
        "        two(  # release: ignore[RL3] call\n"
        "            3\n"
        "        )\n"
        "    # release: loses a.b c\n"
    )
    assert [each.lines for each in declared_waivers(text, "a1", "a.py")] == [None, (4, 8), (6, 8)]
