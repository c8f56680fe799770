"""A recorded release is rehearsed as any other; where rows differ from those of the recording, it says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.bundle import find_bundle, list_bundles
from release.cli import run
from release.config import load_settings
from release.rehearse import Rehearsal, RehearsalRequest, rehearse
from release.scratch.server import Server
from tests.projects import Revision, write_project

TABLE = Revision("a1", 'op.execute("CREATE TABLE t (id int PRIMARY KEY, n int)")', "op.drop_table('t')")
LOOK = "bind = op.get_bind()\n"
COLUMN = """
if "m" not in [column["name"] for column in sa.inspect(bind).get_columns("t")]:
    op.add_column("t", sa.Column("m", sa.Integer))
bind.execute(sa.text("UPDATE t SET m = n * :by"), {"by": 2})
"""
EACH = """
for row in bind.execute(sa.text("SELECT id FROM t")).all():
    bind.execute(sa.text("UPDATE t SET n = -1 WHERE id = :id"), {"id": row.id})
"""


@pytest.fixture
def held(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Rehearsal:
    monkeypatch.setenv("RELEASE_SCRATCH_SERVER", server.conninfo())
    upgrade, downgrade = request.param
    ini = write_project(tmp_path, TABLE, Revision("b2", LOOK + upgrade, downgrade, down="a1"))
    assert run(["-c", str(ini), "build", "1.0.0", "--to", "a1", "--no-lint"]) == 0
    options = ["--scratch", "--allow-data-dependent", "b2", "--no-lint"]
    assert run(["-c", str(ini), "build", "2.0.0", *options]) == 0
    bundles = list_bundles(tmp_path / "scripts")
    return rehearse(ini, load_settings(tmp_path), find_bundle(bundles, "2.0.0"), bundles, server, RehearsalRequest(20))


@pytest.mark.parametrize("held", [(COLUMN, "op.drop_column('t', 'm')")], indirect=True)
def test_it_does_what_alembic_does_online(held: Rehearsal) -> None:
    assert held.passed, [step for step in held.steps if step.problems]


@pytest.mark.parametrize("held", [(EACH, "op.execute('SELECT 1')")], indirect=True)
def test_other_rows_show_what_depends_on_them(held: Rehearsal) -> None:
    assert not held.passed
    fidelity = next(step for step in held.steps if step.name == "fidelity")
    assert any("other values in n" in problem for problem in fidelity.problems)
    assert fidelity.notes[-1] == (
        "revision b2 was recorded, and reads rows of t (migrations/versions/b2_x.py:12): the script does what it did "
        "there, whatever rows there are here"
    )
