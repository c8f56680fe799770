"""Statements that the parser does not read: refused with their line, or carried unread where their author says so."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import indent

import jsonschema
import pytest

from release.bundle import find_bundle, list_bundles
from release.cli import run
from release.config import load_settings
from release.rehearse import RehearsalRequest, rehearse
from release.scratch.server import Server
from tests.databases import LOSING, NewDatabase, Psql, has_own_dump
from tests.projects import Revision, write_project

ROOT = Path(__file__).parents[2]
# PostgreSQL 19 takes the first; the second every server, for its parser has no limit like that of the one here.
NEWER = "ALTER TABLE rooms SPLIT PARTITION p INTO (PARTITION a FOR VALUES IN (1), PARTITION b FOR VALUES IN (2))"
DEEP = " || ".join(f"'{number}'" for number in range(60))
# What a word meant before it was reserved: JSON_VALUE since 17, IS OF until 13.
OLD = (
    (
        range(17),
        "CREATE OR REPLACE FUNCTION json_value(int) RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT json_value(1)",
    ),
    (range(14), "SELECT 1 IS OF (int)"),
)


def vouched(sql: str, *, reason: str = "tried on PostgreSQL 19") -> str:
    return f"# release: unread {reason}\nop.execute({sql!r})"


def build(root: Path, *revisions: Revision, how: tuple[str, ...] = ("--no-lint",)) -> int:
    if not (root / "alembic.ini").exists():
        write_project(root, *revisions)
    return run(["-c", str(root / "alembic.ini"), "build", "1.0", "--date", "2026-01-01", *how])


@pytest.mark.parametrize("sql", [NEWER, f"SELECT {DEEP}"], ids=["newer", "deep"])
def test_without_the_comment_it_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sql: str
) -> None:
    assert build(tmp_path, Revision("a1", f"x = 1\nop.execute({sql!r})")) == 1
    said = capsys.readouterr().err
    assert "revision a1, migrations/versions/a1_x.py:11: PostgreSQL can" in said
    assert "`# release: unread REASON` above it" in said
    assert run(["-c", str(tmp_path / "alembic.ini"), "check"]) == 1
    assert "`# release: unread REASON` above it" in capsys.readouterr().out


COVERED = {
    "above it": (vouched(NEWER), "", 0),
    "on its line": (f"op.execute({NEWER!r})  # release: unread tried", "", 0),
    "for the revision": (f"op.execute({NEWER!r})", "# release: unread tried", 0),
    "elsewhere": (f"{vouched('SELECT 1')}\nop.execute({NEWER!r})", "", 1),
    "without a reason": (f"# release: unread\nop.execute({NEWER!r})", "", 1),
    "a command of psql": (vouched("SELEC 1 \\! ls"), "", 1),
}


@pytest.mark.parametrize(("upgrade", "head", "status"), COVERED.values(), ids=COVERED)
def test_what_the_comment_covers(tmp_path: Path, upgrade: str, head: str, status: int) -> None:
    assert build(tmp_path, Revision("a1", upgrade, head=head)) == status
    assert run(["-c", str(tmp_path / "alembic.ini"), "check"]) == status


def test_a_comment_without_use_is_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(tmp_path, Revision("a1", vouched("CREATE TABLE t (id int)"))) == 0
    assert "a1_x.py:10: `# release: unread` covers no statement" in capsys.readouterr().err


def test_what_is_said_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    alone = indent(vouched(NEWER, reason="*/ 1; \\! ls"), "    ")
    block = f"op.execute('CREATE TABLE t (id int)')\nwith op.get_context().autocommit_block():\n{alone}"
    assert build(tmp_path, Revision("a1", block)) == 0
    upgrade = (tmp_path / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")
    assert f"\n{NEWER};\n" in upgrade
    told = " ".join(upgrade.replace("\n--", " ").split())
    assert "a1_x.py:13: no parser here reads it: it may lock any table, ACCESS EXCLUSIVE" in told
    assert "its author says: */ 1; \\! ls" in told
    assert "an unread statement (migrations/versions/a1_x.py:13) decides when it runs" in told
    assert "none that anybody waits for" not in told
    manifest = json.loads((tmp_path / "scripts/1.0/manifest.json").read_text(encoding="utf-8"))
    jsonschema.validate(manifest, json.loads((ROOT / "docs/manifest.schema.json").read_text(encoding="utf-8")))
    (statement,) = [
        each for part in manifest["upgrade"]["segments"] for each in part["statements"] if each.get("unread")
    ]
    assert (statement["tag"], statement["unread"]) == ("???", "*/ 1; \\! ls")
    assert run(["-c", str(tmp_path / "alembic.ini"), "plan", "--from", "base"]) == 0
    plan = " ".join(capsys.readouterr().out.split())
    assert "its author runs an unread statement outside a transaction (autocommit), which it may need" in plan


def test_lint_tells_of_it_and_does_not_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    beside = 'op.execute("CREATE TABLE t (Id int)")\nop.execute("DROP TABLE t")'
    revision = Revision("a1", f"{vouched(NEWER)}\n{vouched(f'SELECT {DEEP} AS a')}\n{beside}", "pass")
    assert build(tmp_path, revision, how=("--ignore", "RL107")) == 0
    capsys.readouterr()
    assert run(["-c", str(tmp_path / "alembic.ini"), "lint", "1.0", "--ignore", "RL107", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["findings"]
    carried = [each for each in found if each["code"] == "PG003"]
    assert [(each["line"], each["severity"]) for each in carried] == [(11, "warning"), (13, "warning")]
    assert "carried unread (tried on PostgreSQL 19): syntax error at or near" in carried[0]["message"]
    assert not any(each["code"] in {"RL001", "SF001"} for each in found)
    # the others are judged
    assert {each["code"] for each in found if each["line"] in (11, 13)} == {"PG003"}
    assert any(each["code"].startswith("squawk:") and each["line"] == 14 for each in found)


def test_the_plan_is_the_same_over_layout(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build(tmp_path, Revision("a1", vouched(f"-- one\n{NEWER}"))) == 0
    file = tmp_path / "migrations/versions/a1_x.py"
    for change, outcome in ((("SPLIT PARTITION", "SPLIT   PARTITION"), "unchanged"), (("(2)", "(3)"), "rewritten")):
        file.write_text(file.read_text(encoding="utf-8").replace(*change), encoding="utf-8")
        capsys.readouterr()
        assert build(tmp_path) == 0
        assert f"1.0: {outcome}" in capsys.readouterr().out


UPGRADE = f"""
op.execute("CREATE TABLE seen (id int PRIMARY KEY)")
{vouched(f"CREATE TABLE rooms (id int PRIMARY KEY, name text DEFAULT {DEEP})")}
op.create_index("by_name", "rooms", ["name"])
op.execute("INSERT INTO rooms VALUES (1)")
op.execute("ALTER TABLE rooms ADD CONSTRAINT seen_fk FOREIGN KEY (id) REFERENCES rooms (id)")
"""
DOWNGRADE = f"""
{vouched(f"DELETE FROM rooms WHERE name = {DEEP}")}
op.drop_table("rooms")
op.drop_table("seen")
"""


def test_it_runs_and_what_it_has_made_is_not_asked_for_before(
    server: Server, new_database: NewDatabase, psql: Psql, tmp_path: Path
) -> None:
    old = [vouched(sql) for majors, sql in OLD if server.major in majors]
    assert build(tmp_path, Revision("a1", "\n".join([UPGRADE, *old]), DOWNGRADE)) == 0
    database = new_database()
    for name in ("preflight", "upgrade", "upgrade", "verify", "rollback", "rollback", "upgrade"):
        losing = LOSING if name == "rollback" else ()
        done = psql(database, *losing, script=tmp_path / f"scripts/1.0/{name}.sql")
        assert done.returncode == 0, done.stderr
        assert "fail" not in done.stdout.lower()
    with server.connect(database) as connection:
        names = connection.execute("SELECT name FROM rooms").fetchall()
    assert names == [("".join(map(str, range(60))),)]


def test_apply_and_a_rehearsal_run_it(server: Server, tmp_path: Path) -> None:
    assert build(tmp_path, Revision("a1", UPGRADE, DOWNGRADE)) == 0
    bundles = list_bundles(tmp_path / "scripts")
    settings, bundle = load_settings(tmp_path), find_bundle(bundles, "1.0")
    found = rehearse(tmp_path / "alembic.ini", settings, bundle, bundles, server, RehearsalRequest(10))
    assert {step.name: step.problems for step in found.steps if step.problems} == {}
    traced = [each for each in found.traces["upgrade"] if not each.syntax.node]
    assert [each.text.split("(")[0] for each in traced] == ["CREATE TABLE rooms "]
    if has_own_dump(server):
        assert any("is there yet" in note for step in found.steps for note in step.notes)
