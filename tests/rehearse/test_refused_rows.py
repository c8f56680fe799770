"""Made rows that a release refuses are made again, so that they fit what it adds."""
# ruff: noqa: E501  # statements stand on the lines their authors would write

from __future__ import annotations

import json
from pathlib import Path

import pytest

from release.cli import run
from release.scratch.server import Server
from tests.projects import Revision, write_project

RANGE = "CREATE TABLE p (id integer, day date) PARTITION BY RANGE (day)"
# name: what is there, what the release does, how that is undone
CASES = {
    "a table becomes a partition": (
        (RANGE, "CREATE TABLE old (id integer, day date)"),
        ("ALTER TABLE p ATTACH PARTITION old FOR VALUES FROM ('2021-03-01') TO ('2021-04-01')",),
        ("ALTER TABLE p DETACH PARTITION old",),
    ),
    "a table becomes a partition of a list": (
        ("CREATE TABLE p (id integer, kind text) PARTITION BY LIST (kind)", "CREATE TABLE old (id integer, kind text NOT NULL)"),
        ("ALTER TABLE p ATTACH PARTITION old FOR VALUES IN ('red', 'O''Brien')",),
        ("ALTER TABLE p DETACH PARTITION old",),
    ),
    "a table becomes a partition of a new table": (
        ('CREATE TABLE "Old" (id integer, "At" timestamptz NOT NULL)',),
        ('CREATE TABLE p (id integer, "At" timestamptz NOT NULL) PARTITION BY RANGE ("At")',
         'ALTER TABLE "Old" ADD CONSTRAINT fits CHECK ("At" >= \'2022-01-01 00:00+00\' AND "At" < \'2023-01-01 00:00+00\') NOT VALID',
         'ALTER TABLE "Old" VALIDATE CONSTRAINT fits',
         'ALTER TABLE p ATTACH PARTITION "Old" FOR VALUES FROM (\'2022-01-01 00:00+00\') TO (\'2023-01-01 00:00+00\')'),
        ('ALTER TABLE p DETACH PARTITION "Old"', 'ALTER TABLE "Old" DROP CONSTRAINT fits', "DROP TABLE p"),
    ),
    "a partition beside the default one": (
        ("CREATE TABLE p (id integer, n integer) PARTITION BY RANGE (n)", "CREATE TABLE rest PARTITION OF p DEFAULT"),
        ("CREATE TABLE middle PARTITION OF p FOR VALUES FROM (1) TO (600)",),
        ("ALTER TABLE p DETACH PARTITION middle", "DROP TABLE middle"),
    ),
    "ends of a range": (
        ("CREATE TABLE t (id integer, starts date NOT NULL, ends date NOT NULL)",),
        ("ALTER TABLE t ADD period daterange", "UPDATE t SET period = daterange(starts, ends, '[]') WHERE id IS NOT NULL"),
        ("ALTER TABLE t DROP period",),
    ),
    "ends of a range the other way round": (
        ('CREATE TABLE t (id integer, "End" timestamp NOT NULL, "Start" timestamp NOT NULL)',),
        ('ALTER TABLE t ADD period tsrange GENERATED ALWAYS AS (tsrange("Start", "End")) STORED',),
        ("ALTER TABLE t DROP period",),
    ),
    "ends of a range in an index": (
        ("CREATE TABLE t (id integer, a integer NOT NULL, b integer NOT NULL)",),
        ("CREATE INDEX ix_t ON t (id, int4range(t.a, t.b + 1))",),
        ("DROP INDEX ix_t",),
    ),
    "an exclusion over an expression": (
        ("CREATE TABLE t (id integer, a integer NOT NULL, b integer NOT NULL)",),
        ("ALTER TABLE t ADD CONSTRAINT apart EXCLUDE USING gist (int4range(a, b, '[]') WITH &&)",),
        ("ALTER TABLE t DROP CONSTRAINT apart",),
    ),
    "a check beside a new column": (
        ("CREATE TABLE t (id integer, n integer NOT NULL)",),
        ("ALTER TABLE t ADD more text", "ALTER TABLE t ADD CONSTRAINT high CHECK (n > 900)"),
        ("ALTER TABLE t DROP CONSTRAINT high", "ALTER TABLE t DROP more"),
    ),
}  # fmt: skip


@pytest.fixture
def scratch(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELEASE_SCRATCH_SERVER", server.conninfo(server.maintenance))


def executing(statements: tuple[str, ...]) -> str:
    return "\n".join(f"op.execute({each!r})" for each in statements)


@pytest.mark.usefixtures("scratch")
@pytest.mark.parametrize("name", CASES)
def test_rows_are_made_again_to_fit(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there, up, down = CASES[name]
    ini = write_project(
        tmp_path,
        Revision("a1", executing(there)),
        Revision("b2", executing(up), executing(down), down="a1"),
    )
    assert run(["-c", str(ini), "build", "1.0", "--to", "a1", "--no-lint"]) == 0
    assert run(["-c", str(ini), "build", "1.1", "--no-lint"]) == 0
    capsys.readouterr()
    run(["-c", str(ini), "rehearse", "1.1", "--rows", "40"])
    said = capsys.readouterr().out
    evidence = json.loads((tmp_path / "scripts/1.1/rehearsal.json").read_text(encoding="utf-8"))
    upgrade = next(each for each in evidence["steps"] if each["name"] == "upgrade")
    assert upgrade["status"] == "passed", said
    enough = 1 if name.startswith("an exclusion") else 20
    assert sum(evidence["rows"].values()) >= enough, evidence["unfilled"]
