"""What the tests of this folder share: a project's script, and the project run online."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from release.cli import run
from release.config import project_root
from release.scratch.server import Server
from release.source.application import asks_for_flask
from tests.databases import Dump, NewDatabase, Psql, clean_environment, url_of

Online = Callable[..., None]
Apply = Callable[..., None]
Build = Callable[..., Path]
Equal = Callable[..., str]

OURS = ("*.release_history",)


@pytest.fixture
def online(server: Server) -> Online:
    """Run Alembic itself, online, on a database: `online(ini, dbname, "upgrade", "heads")`."""

    def call(ini: Path, dbname: str, *arguments: str) -> None:
        command = ["alembic", "-c", str(ini)]
        if asks_for_flask(ini.with_name("env.py")):
            command = ["flask", "db"]
        done = subprocess.run(
            [sys.executable, "-m", *command, *arguments],
            capture_output=True,
            encoding="utf-8",
            cwd=project_root(ini),
            env=clean_environment({"DATABASE_URL": url_of(server, dbname), "PGTZ": "UTC"}),
            check=False,
        )
        assert done.returncode == 0, done.stderr

    return call


@pytest.fixture
def scratch(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Record on the server of the tests, in databases that are dropped."""
    monkeypatch.setenv("RELEASE_SCRATCH_SERVER", server.conninfo())


@pytest.fixture
def build() -> Build:
    """Build release 1.0 of a project and give its folder."""

    def call(ini: Path, *arguments: str) -> Path:
        assert run(["-c", str(ini), "build", "1.0", "--no-lint", "--title", "t", *arguments]) == 0
        return project_root(ini) / "scripts" / "1.0"

    return call


@pytest.fixture
def apply(psql: Psql) -> Apply:
    """Run a script with psql."""

    def call(dbname: str, script: Path) -> None:
        # rows that one transaction of an upgrade wrote and another changed are nobody's own: a rollback asks
        done = psql(dbname, "-q", "-v", "lose_rows=yes", script=script)
        assert done.returncode == 0, done.stdout + done.stderr

    return call


@pytest.fixture
def equal(online: Online, build: Build, apply: Apply, new_database: NewDatabase, dump: Dump) -> Equal:
    """Check that a project's scripts do what Alembic does online, there and back; give the upgrade script.

    Schema, rows and version rows must be equal. `template` is a database to start from.
    """

    def call(
        ini: Path, *, template: str | None = None, back: bool = True, exclude: tuple[str, ...] = (), options: str = ""
    ) -> str:
        there, ours = new_database(template), new_database(template)
        arguments = tuple(options.split())
        folder = build(ini, *arguments)
        names = arguments if "--name" in arguments else ()
        online(ini, there, *names, "upgrade", "heads")
        apply(ours, folder / "upgrade.sql")
        assert dump(ours, exclude=(*OURS, *exclude)) == dump(there, exclude=exclude)
        if back:
            online(ini, there, *names, "downgrade", "base")
            apply(ours, folder / "rollback.sql")
            versions = ("*.alembic_version", *exclude)
            assert dump(ours, exclude=(*OURS, *versions)) == dump(there, exclude=versions)
        return (folder / "upgrade.sql").read_text(encoding="utf-8")

    return call
