"""Histories and layouts of every shape: the version rows, the order and the files that Alembic itself would use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from release.cli import run
from release.source.history import open_history
from tests.databases import Dump, NewDatabase, Psql
from tests.projects import Revision, write_project
from tests.source.conftest import OURS, Apply, Equal, Online


def table(
    name: str,
    down: str | tuple[str, ...] | None = None,
    depends_on: str | tuple[str, ...] | None = None,
    labels: tuple[str, ...] = (),
) -> Revision:
    """A revision that makes a table of its own name."""
    return Revision(
        name, f'op.execute("CREATE TABLE {name} (id int)")', f'op.execute("DROP TABLE {name}")', "", down, "",
        depends_on, labels,
    )  # fmt: skip


HISTORIES = {
    "fork": (table("a1"), table("b1", "a1"), table("b2", "a1"), table("c1", "b1")),
    "fork and merge": (table("a1"), table("b1", "a1"), table("b2", "a1"), table("m1", ("b1", "b2")), table("c1", "m1")),
    "two bases": (table("a1"), table("a2", "a1"), table("z1"), table("z2", "z1")),
    "three bases merged": (table("a1"), table("z1"), table("q1"), table("m1", ("a1", "z1", "q1"))),
    "depends_on across branches": (
        table("a1", labels=("left",)),
        table("a2", "a1"),
        table("z1", labels=("right",)),
        table("z2", "z1", depends_on="a2"),
        table("a3", "a2"),
    ),
    "depends_on a label": (table("a1", labels=("left",)), table("z1", depends_on="left"), table("z2", "z1")),
    "long ids": (table("abcd1234"), table("abce0001", "abcd1234")),
    "merge of merges": (
        table("a1"), table("b1", "a1"), table("b2", "a1"), table("b3", "a1"),
        table("m1", ("b1", "b2")), table("m2", ("b2", "b3")), table("n1", ("m1", "m2")),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HISTORIES)
def test_every_history_ends_with_the_rows_that_alembic_leaves(name: str, tmp_path: Path, equal: Equal) -> None:
    equal(write_project(tmp_path, *HISTORIES[name]))


@pytest.mark.processes
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in {"fork and merge", "two bases"} else pytest.mark.slow)
        for name in HISTORIES
    ],
)
def test_the_order_is_the_same_in_every_process(name: str, tmp_path: Path) -> None:
    ini = write_project(tmp_path, *HISTORIES[name])
    outputs = {
        subprocess.run(
            [sys.executable, "-m", "release", "-c", str(ini), "plan", "--rollback"],
            env=os.environ | {"PYTHONHASHSEED": str(seed), "TZ": zone},
            capture_output=True,
            check=True,
            encoding="utf-8",
        ).stdout
        for seed, zone in enumerate(("UTC", "Pacific/Kiritimati", "America/Caracas", "Asia/Kolkata"))
    }
    assert len(outputs) == 1


@dataclass(frozen=True, slots=True)
class Range:
    history: str
    start: str
    end: str
    before: tuple[str, ...]
    after: tuple[str, ...]


RANGES = (
    Range("fork", "b2", "heads", ("b2",), ("b2", "c1")),
    Range("fork", "b1,b2", "c1", ("b1", "b2"), ("b2", "c1")),
    Range("fork", "a1", "b1", ("a1",), ("b1",)),
    Range("fork and merge", "b1,b2", "head", ("b1", "b2"), ("c1",)),
    Range("fork and merge", "b2", "+2", ("b2",), ("c1",)),
    Range("two bases", "base", "z2", (), ("z2",)),
    Range("two bases", "z2", "a2", ("z2",), ("a2", "z2")),
    Range("two bases", "a1,z1", "heads", ("a1", "z1"), ("a2", "z2")),
    Range("depends_on across branches", "base", "right@head", (), ("z2",)),
    Range("depends_on across branches", "base", "left@a2", (), ("a2",)),
    Range("depends_on across branches", "left@head", "heads", ("a3",), ("a3", "z2")),
    Range("merge of merges", "m1,m2", "n1", ("m1", "m2"), ("n1",)),
    Range("fork and merge", "head-1", "head", ("m1",), ("c1",)),
    Range("fork and merge", "base", "c1-1", (), ("m1",)),
    Range("long ids", "abcd", "abce0", ("abcd1234",), ("abce0001",)),
)


@pytest.mark.parametrize("case", RANGES, ids=lambda case: f"{case.history}: {case.start} to {case.end}")
def test_a_range_takes_alembics_notation_and_ends_as_alembic_would(
    case: Range, tmp_path: Path, new_database: NewDatabase, online: Online, apply: Apply, dump: Dump, psql: Psql
) -> None:
    ini = write_project(tmp_path, *HISTORIES[case.history])
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--from", case.start, "--to", case.end]) == 0
    manifest = json.loads((tmp_path / "scripts/1.0/manifest.json").read_text(encoding="utf-8"))
    assert tuple(manifest["range"]["from"]) == case.before
    there = new_database()
    for revision in case.before:
        online(ini, there, "upgrade", revision)
    ours = new_database(there)
    before = dump(ours)
    for revision in case.after:
        online(ini, there, "upgrade", revision)
    apply(ours, tmp_path / "scripts/1.0/upgrade.sql")
    assert dump(ours, exclude=OURS) == dump(there)
    rows = psql(ours, "-Atc", "SELECT version_num FROM alembic_version ORDER BY 1").stdout.split()
    assert tuple(rows) == tuple(manifest["upgrade"]["segments"][-1]["after"])
    apply(ours, tmp_path / "scripts/1.0/rollback.sql")
    after = dump(ours, exclude=(*OURS, "public.alembic_version")) if not case.before else dump(ours, exclude=OURS)
    assert after == before


def test_a_version_table_with_an_unexpected_row_is_refused(
    tmp_path: Path, new_database: NewDatabase, online: Online, psql: Psql
) -> None:
    ini = write_project(tmp_path, *HISTORIES["fork"])
    assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--from", "b1", "--to", "c1"]) == 0
    database = new_database()
    online(ini, database, "upgrade", "b1")
    online(ini, database, "upgrade", "b2")
    done = psql(database, script=tmp_path / "scripts/1.0/upgrade.sql")
    assert done.returncode == 3
    assert "b1, b2" in done.stderr
    assert psql(database, "-Atc", "SELECT to_regclass('c1') IS NULL").stdout == "t\n"


@pytest.mark.parametrize("word", ["head-2", "heads-2", "abce0001-2", "abcd-1", "-2"])
def test_a_walk_that_ends_at_base(word: str, tmp_path: Path) -> None:
    history = open_history(write_project(tmp_path, *HISTORIES["long ids"]))
    assert history.resolve(word, ("abce0001",)) == ()


@pytest.mark.parametrize("word", ["+9", "x@head", "aa", "left@", "a1,nothing", "head-9"])
def test_names_that_mean_nothing(word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, *HISTORIES["fork and merge"])
    assert run(["-c", str(ini), "plan", "--from", "base", "--to", word]) == 1
    message = capsys.readouterr().err
    assert f"revision {word.split(',')[-1]!r}" in message
    assert "hint: " in message
