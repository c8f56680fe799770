"""Fixtures: Alembic as users run it on the Arxos tree, and databases at a revision to start from."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal, Protocol

import pytest
from alembic import command
from alembic.config import Config

from release.scratch.server import Server
from tests.databases import NewDatabase, clean_environment, run_psql, url_of

PROJECT = Path(__file__).parents[2]
SEED = Path(__file__).with_name("seed_1_0_0.sql")


class Alembic(Protocol):
    """Run `alembic` on a database; see `run_alembic`."""

    def __call__(
        self, dbname: str, *arguments: str, project: Path = PROJECT, status: int = 0, options: str = ""
    ) -> subprocess.CompletedProcess[str]: ...


class Migrate(Protocol):
    """Run migrations in this process; see `migrate_here`."""

    def __call__(self, dbname: str, how: Literal["upgrade", "downgrade"], revision: str) -> None: ...


class At(Protocol):
    """Give the name of a database at a revision, with the rows of `SEED` when `seeded`."""

    def __call__(self, revision: str, *, seeded: bool = False) -> str: ...


class Rows(Protocol):
    """Run a query and give its rows."""

    def __call__(self, dbname: str, query: str) -> list[tuple[Any, ...]]: ...


def run_alembic(
    server: Server, dbname: str, *arguments: str, project: Path = PROJECT, status: int = 0, options: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the real program in the folder of alembic.ini, and check its exit status.

    Args:
        project: a folder with alembic.ini, e.g. a copy of ours.
        status: the exit status that is expected.
        options: more of the URL's query, e.g. "&options=-clock_timeout%3D1s".
    """
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=project,
        env=clean_environment({"DATABASE_URL": url_of(server, dbname) + options}),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert done.returncode == status, done.stdout + done.stderr
    return done


def migrate_here(
    server: Server,
    dbname: str,
    how: Literal["upgrade", "downgrade"],
    revision: str,
    migrations: Path = PROJECT / "alembic",
) -> None:
    """Do what `alembic upgrade` and `downgrade` do, in this process: most of the program's time is its start.

    Without alembic.ini, because its logging section would change the logging of the tests.
    """
    config = Config()
    config.set_main_option("script_location", str(migrations))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url_of(server, dbname))
        getattr(command, how)(config, revision)


@pytest.fixture
def migrate(server: Server) -> Migrate:
    return partial(migrate_here, server)


@pytest.fixture
def alembic(server: Server) -> Alembic:
    return partial(run_alembic, server)


@pytest.fixture
def rows(server: Server) -> Rows:
    def select(dbname: str, query: str) -> list[tuple[Any, ...]]:
        with server.connect(dbname) as connection:
            return connection.execute(query.encode()).fetchall()

    return select


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Give a copy of the Arxos tree to make revisions in."""
    shutil.copy(PROJECT / "alembic.ini", tmp_path)
    shutil.copytree(PROJECT / "alembic", tmp_path / "alembic", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.fixture(scope="session")
def unchanged(server: Server, postgis_template: str) -> At:
    """Give databases that are made once and only read or copied: both take less time than Alembic's start."""

    @cache
    def create(revision: str, seeded: bool) -> str:
        name = f"{server.prefix}arxos_{revision}{'_seeded' if seeded else ''}"
        on_seed = seeded and revision != "002"
        server.create_database(name, create("002", True) if on_seed else postgis_template)
        migrate_here(server, name, "upgrade", revision)
        if seeded and revision == "002":
            seeding = run_psql(server, name, "-qv", "ON_ERROR_STOP=1", script=SEED)
            assert seeding.returncode == 0, seeding.stderr
        return name

    return lambda revision, *, seeded=False: create(revision, seeded)


@pytest.fixture
def at(unchanged: At, new_database: NewDatabase) -> At:
    def create(revision: str, *, seeded: bool = False) -> str:
        return new_database(unchanged(revision, seeded=seeded))

    return create
