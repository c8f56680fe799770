"""A starting state out of a `pg_dump --schema-only` of production."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from release.database.environment import client_environment
from release.errors import DatabaseError, ReleaseError, ToolError
from release.sql.quote import dotted, literal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from release.database.server import Server
    from release.model import Name

_CUSTOM = b"PGDMP"  # how pg_dump's custom format begins


def create_postgis(server: Server, database: str) -> None:
    """Create the extension, for a project that takes it for given.

    Raises:
        DatabaseError: the server has none, or the role may not.
    """
    import psycopg

    with server.connect(database) as connection:
        try:
            connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
        except psycopg.Error as error:
            raise DatabaseError(
                f"CREATE EXTENSION postgis on the scratch server: {error}",
                "the migrations take PostGIS for given: name a server that has it, and a role that may create it",
            ) from error


def restore_schema(server: Server, dump: Path, database: str, version_table: Name, revisions: Sequence[str]) -> None:
    """Restore a dump, plain or custom, into an empty database, and note the revisions where the dump has no rows.

    Owners and grants are left out of a custom one; a plain one should be made with --no-owner --no-privileges.

    Raises:
        ReleaseError: the dump cannot be restored.
        ToolError: psql or pg_restore is not installed.
    """
    with dump.open("rb") as file:
        custom = file.read(len(_CUSTOM)) == _CUSTOM
    environment = client_environment(server)
    name = "pg_restore" if custom else "psql"
    program = shutil.which(name, path=environment["PATH"])
    if not program:
        raise ToolError(f"{name} is not installed; it restores {dump}", "install PostgreSQL's client programs")
    options = ["--exit-on-error", "--no-owner", "--no-privileges"] if custom else ["-X", "-q", "-v", "ON_ERROR_STOP=1"]
    source = [str(dump)] if custom else ["-f", str(dump)]
    done = subprocess.run(
        [program, "-d", database, *options, *source],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if done.returncode:
        raise ReleaseError(
            f"{dump} cannot be restored: {done.stderr.strip()[-1000:]}",
            "make it with pg_dump --schema-only --no-owner --no-privileges",
        )
    with server.connect(database) as connection:
        table = dotted(version_table)
        if connection.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
            return
        if connection.execute(f"SELECT 1 FROM {table}".encode()).fetchone() is None:  # noqa: S608 - quoted
            for revision in revisions:
                connection.execute(f"INSERT INTO {table} VALUES ({literal(revision)})".encode())  # noqa: S608 - quoted
