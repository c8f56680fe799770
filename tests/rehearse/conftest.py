"""Miniature projects that are built and rehearsed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from release.bundle import find_bundle, list_bundles
from release.cli import run
from release.config import load_settings
from release.rehearse import Rehearsal, RehearsalRequest, rehearse
from release.scratch.server import Server
from tests.projects import Revision, write_project

Hold = Callable[..., Rehearsal]

START = """
op.execute("CREATE TYPE state AS ENUM ('draft', 'active', 'gone')")
op.execute("CREATE TABLE t (id integer PRIMARY KEY, name varchar(50) NOT NULL, note text, state state, last text)")
op.execute("CREATE INDEX by_name ON t (name)")
op.execute("COMMENT ON TABLE t IS 'it'")
op.execute("CREATE VIEW v AS SELECT id, note FROM t")
"""


@pytest.fixture
def hold(tmp_path: Path, server: Server) -> Hold:
    """Build release 1.0.0 (START) and 2.0.0 (one revision as given), and rehearse 2.0.0."""

    def do(
        upgrade: str, downgrade: str = "pass", *, head: str = "", rows: int = 30, data: str = "", start: str = START
    ) -> Rehearsal:
        one = Revision("a1", start, 'op.execute("DROP TABLE IF EXISTS t CASCADE")', "start")
        two = Revision("b2", upgrade, downgrade, "change", "a1", head)
        ini = write_project(tmp_path, one, two)
        assert run(["-c", str(ini), "build", "1.0.0", "--to", "a1", "--no-lint"]) == 0
        assert run(["-c", str(ini), "build", "2.0.0", "--no-lint"]) == 0
        bundles = list_bundles(tmp_path / "scripts")
        script = tmp_path / "data.sql"
        script.write_text(data, encoding="utf-8")
        wish = RehearsalRequest(rows, script if data else None)
        return rehearse(ini, load_settings(tmp_path), find_bundle(bundles, "2.0.0"), bundles, server, wish)

    return do
