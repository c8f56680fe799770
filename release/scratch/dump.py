"""A starting state out of a `pg_dump --schema-only` of production, whatever its format and whoever owns what there."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from release.errors import DatabaseError, ReleaseError, ToolError
from release.psql.supervised import execute
from release.psql.survey import RefusedCommandError
from release.scratch.environment import client_environment
from release.scratch.failures import Failure, FailureCollector
from release.sql.read.quote import dotted, identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from release.model import Name
    from release.scratch.server import Server

# How pg_dump's custom and tar formats begin; a folder is its directory format.
_ARCHIVES = (b"PGDMP", b"toc.dat\0")
# Statements of a dump that may fail: who owns what, where a role is not here; settings of a newer pg_dump.
# (ALTER TABLE names a role only for its owner.)
_OWNING = frozenset({"AlterOwnerStmt", "AlterTableStmt", "GrantStmt", "GrantRoleStmt", "AlterDefaultPrivilegesStmt"})
_SETTING = frozenset({"VariableSetStmt"})
_DUPLICATE_SCHEMA = "42P06"  # public, of which every database has one
_RESERVED = "pg_"  # no role can be made whose name begins so: a newer server came with it (manual 21.5)
_HINT = "make it with pg_dump --schema-only --no-owner --no-privileges, without --create"
_HINTS = {"--schema-only": _HINT, "--data-only": "make it with pg_dump --data-only"}


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


def create_version_schema(server: Server, database: str, schema: str) -> None:
    """Make the schema that the version table is to lie in: Alembic makes the table there before any migration runs.

    Args:
        schema: "" where env.py names none.

    Raises:
        DatabaseError: the role may not.
    """
    import psycopg

    if not schema:
        return
    with server.connect(database) as connection:
        try:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {identifier(schema)}".encode())
        except psycopg.Error as error:
            raise DatabaseError(
                f"CREATE SCHEMA {identifier(schema)} on the scratch server: {error}",
                "the version table lies in it, so it is there before the migrations: let the role create schemas",
            ) from error


def restore_schema(
    server: Server, dump: Path, database: str, version_table: Name, revisions: Sequence[str]
) -> tuple[str, ...]:
    """Restore a dump into an empty database, and note the revisions where the dump has no rows; say what was left out.

    Roles that the dump names are made on a scratch server of ours, but for those that come with a newer PostgreSQL. On
    one that was given they are not. What only says who owns or may do what is left out where its role is missing.

    Raises:
        ReleaseError: the dump cannot be restored.
        ToolError: pg_restore is not installed, and the dump is not plain.
    """
    with plain(dump, client_environment(server), "--schema-only") as script:
        failures = _run(script, server, database)
        roles = sorted({role for each in failures for role in each.roles if not role.startswith(_RESERVED)})
        if roles and not server.prefix:
            _create_roles(server, roles)
            server.drop_database(database)
            server.create_database(database)
            failures = _run(script, server, database)
    if fatal := next((each for each in failures if not _may_fail(each)), None):
        raise ReleaseError(
            f"{dump} cannot be restored: {fatal.message} (line {fatal.line})",
            f"make the roles {', '.join(roles)} there, or name no server, so that one is started"
            if fatal.roles
            else _HINT,
        )
    _note_revisions(server, database, version_table, revisions)
    unknown = sorted({role for each in failures for role in each.roles})
    return (f"owners and grants were left out: this server has no role {', '.join(unknown)}",) if unknown else ()


def _may_fail(failure: Failure) -> bool:
    owning = failure.kind in _OWNING and bool(failure.roles)
    return owning or failure.kind in _SETTING or failure.sqlstate == _DUPLICATE_SCHEMA


@contextmanager
def plain(dump: Path, environment: dict[str, str], part: str) -> Iterator[Path]:
    r"""Give a dump as a plain script, without the `\restrict` that newer pg_dump puts around it.

    Args:
        part: of an archive, "--schema-only" or "--data-only".

    Raises:
        ReleaseError: pg_restore cannot read it.
        ToolError: pg_restore is not installed, and the dump is an archive.
    """
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        script = Path(folder) / f"{dump.name}.sql"
        if _is_archive(dump):
            program = shutil.which("pg_restore", path=environment["PATH"])
            if not program:
                raise ToolError(f"pg_restore is not installed; it reads {dump}", "install PostgreSQL's client programs")
            done = subprocess.run(
                [program, part, "-f", str(script), str(dump)],
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
                env=environment,
            )
            if done.returncode:
                raise ReleaseError(f"{dump} cannot be restored: {done.stderr.strip()[-1000:]}", _HINTS[part])
        yield unrestricted(script if script.exists() else dump, Path(folder))


def unrestricted(script: Path, folder: Path) -> Path:
    r"""A script without the lines `\restrict KEY` and `\unrestrict KEY`; itself where it has none.

    With these pg_dump keeps psql from executing commands in what comes from the dumped server. Here nothing is lost
    by leaving them out: no command that reaches the system is ever executed.
    """
    with script.open("rb") as file:
        head = [line.split() for line in file.readlines(1 << 14)]
    key = next((words[1] for words in head if len(words) == 2 and words[0] == rb"\restrict"), None)
    if key is None:
        return script
    copy = folder / f"unrestricted-{script.name}"
    marks = ([rb"\restrict", key], [rb"\unrestrict", key])
    with script.open("rb") as source, copy.open("wb") as target:
        # a line stays empty, so that errors name the lines of the dump
        target.writelines(b"\n" if line.startswith(b"\\") and line.split() in marks else line for line in source)
    return copy


def _is_archive(dump: Path) -> bool:
    if dump.is_dir():
        return True
    with dump.open("rb") as file:
        return file.read(16).startswith(_ARCHIVES)


def _run(script: Path, server: Server, database: str) -> tuple[Failure, ...]:
    """Run a dump to its end, as psql does without ON_ERROR_STOP; give what failed."""
    collector, err = FailureCollector(), BytesIO()
    try:
        going_on = {"ON_ERROR_STOP": "off"}
        status = execute(script, server.conninfo(database), collector, going_on, out=BytesIO(), err=err)
    except RefusedCommandError as error:
        raise ReleaseError(f"the dump cannot be restored: {error.message}", _HINT) from error
    if status:
        said = err.getvalue().decode(errors="replace").strip().splitlines()
        raise ReleaseError(f"{script.name} cannot be restored: {said[-1] if said else ''}", _HINT)
    return tuple(collector.failures)


def _create_roles(server: Server, roles: Sequence[str]) -> None:
    with server.connect(server.maintenance) as connection:
        there = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
        for role in roles:
            if role not in there:
                connection.execute(f"CREATE ROLE {identifier(role)}".encode())


def _note_revisions(server: Server, database: str, version_table: Name, revisions: Sequence[str]) -> None:
    table = dotted(version_table)
    with server.connect(database) as connection:
        if connection.execute("SELECT to_regclass(%s)", [table]).fetchone() == (None,):
            return
        if connection.execute(f"SELECT 1 FROM {table}".encode()).fetchone() is None:  # noqa: S608 - quoted
            for revision in revisions:
                connection.execute(f"INSERT INTO {table} VALUES ({literal(revision)})".encode())  # noqa: S608 - quoted
