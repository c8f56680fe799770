"""A project of a case, and both ways to bring a database through its revision while an application works."""

from __future__ import annotations

from collections.abc import Callable, Sequence, Set
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from release.cli import run
from release.scratch.server import Server
from tests.arxos.conftest import migrate_here
from tests.databases import LOSING, run_psql
from tests.projects import Revision, write_project
from tests.traffic.application import Account, Deed, traffic

DIRECTIONS = ("upgrade", "rollback")
Way = Callable[[str, str], None]
"""Bring a database, by its name, through the upgrade or the rollback; again, where a deadlock has ended that."""


def online(server: Server, migrations: Path, start: str, end: str) -> Way:
    """Online Alembic from one revision to another."""

    def go(dbname: str, direction: str) -> None:
        try:
            if direction == "upgrade":
                migrate_here(server, dbname, "upgrade", end, migrations)
            else:
                migrate_here(server, dbname, "downgrade", start, migrations)
        except DBAPIError as error:
            if "deadlock detected" not in str(error):
                raise
            go(dbname, direction)

    return go


def by_scripts(server: Server, folder: Path) -> Way:
    """The scripts of a bundle."""

    def go(dbname: str, direction: str) -> None:
        done = run_psql(server, dbname, "-q", *LOSING, script=folder / f"{direction}.sql")
        if "deadlock detected" in done.stderr:
            go(dbname, direction)
        else:
            assert done.returncode == 0, done.stderr

    return go


def write_case(root: Path, schema: Sequence[str], up: Sequence[str], down: Sequence[str]) -> Path:
    """Write a project of what is there, revision r1, and what is done to it, r2; give the folder of its migrations."""
    ini = write_project(root, Revision("r1", _written(schema)), Revision("r2", _written(up), _written(down), down="r1"))
    return ini.with_name("migrations")


def _written(statements: Sequence[str]) -> str:
    return "\n".join(f"op.execute({each!r})" for each in statements)


def build(migrations: Path) -> Path:
    """Build the release of r2, and give its folder."""
    ini = migrations.with_name("alembic.ini")
    assert run(["-c", str(ini), "build", "2.0", "--from", "r1", "--no-lint"]) == 0
    return ini.with_name("scripts") / "2.0"


def try_way(
    server: Server,
    dbname: str,
    go: Way,
    direction: str,
    deeds: Sequence[Deed],
    kept: Sequence[str],
    errors: Set[str],
    account: Account,
) -> None:
    """Go one direction in traffic, and see that what is to be kept is kept.

    Args:
        kept: queries that are true then; `%(name)s` in them is how often the deed of that name was done.
        errors: names of those that the application may have.
    """
    with traffic(server, dbname, account, deeds):
        go(dbname, direction)
    with server.connect(dbname) as connection:
        lost = [each for each in kept if connection.execute(each.encode(), account.done).fetchall() != [(True,)]]
    assert not lost, f"not kept: {lost}, {account.done}"
    assert {name for _, name in account.errors} <= errors, account.errors
