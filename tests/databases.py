"""What the fixtures hand out: types for annotations, a real psql, and a database as comparable text."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlencode

import pytest

from release.scratch.server import Server

# Said by whoever runs the tests on a server without PostGIS (tests/servers); never found out by the tests themselves.
WITHOUT_POSTGIS = bool(os.environ.get("RELEASE_TEST_WITHOUT_POSTGIS"))


# For psql, where a test means what a script drops to be lost, with whatever is in it.
LOSING = ("-v", "lose_rows=yes")


class NewDatabase(Protocol):
    """Create a database that is dropped after the test; give its name."""

    def __call__(self, template: str | None = None) -> str: ...


class Psql(Protocol):
    """Run the real psql on a database; see `run_psql`."""

    def __call__(
        self,
        dbname: str,
        *arguments: str,
        script: Path | None = None,
        input: str | None = None,  # noqa: A002 - subprocess.run's own word
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]: ...


class Dump(Protocol):
    """Give a database as comparable text; see `dump_database`."""

    def __call__(self, dbname: str, *, exclude: tuple[str, ...] = (), rows: bool = True) -> str: ...


class Golden(Protocol):
    """Compare text with a document, or a part of it, that tests/golden.py lists; or write it with --update-golden."""

    def __call__(self, document: str, text: str, part: str = "") -> None: ...


# Where there is no PostGIS, a schema has another type in its place that a GiST index takes.
FLAT = (("geometry(Point, 4326)", "box"), ("ST_SetSRID(ST_MakePoint(1, 2), 4326)", "'(1, 2), (1, 2)'"))


def suit(schema: str) -> str:
    """Give a schema as the tests' server can have it."""
    for spatial, flat in FLAT if WITHOUT_POSTGIS else ():
        schema = schema.replace(spatial, flat)
    return schema


def skip_spatial(*statements: str) -> None:
    """Skip a test of statements that name PostGIS, where the tests were told to do without."""
    text = " ".join(statements).lower()
    if WITHOUT_POSTGIS and any(word in text for word in ("geometry", "postgis", "st_")):
        pytest.skip("names PostGIS, and RELEASE_TEST_WITHOUT_POSTGIS says that there is none")


def clean_environment(env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give this process's environment without what changes PostgreSQL's programs, and with `env`."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PG", "PSQL", "LC_", "LANG")) and name not in {"PAGER", "DATABASE_URL"}
    }
    return kept | {"LC_ALL": "C.UTF-8"} | dict(env or {})


def find_program(server: Server, name: str) -> str:
    """Find a client program: the server's own, else the one on PATH."""
    program = shutil.which(name, path=str(server.bindir) if server.bindir else None)
    assert program, f"{name} is not installed"
    return program


def url_of(server: Server, dbname: str) -> str:
    """Give the URL for SQLAlchemy and Alembic."""
    rest = dict(server.parameters)
    user, password = quote(rest.pop("user", ""), safe=""), quote(rest.pop("password", ""), safe="")
    who = f"{user}:{password}@" if password else f"{user}@" if user else ""
    return f"postgresql+psycopg://{who}/{quote(dbname, safe='')}?{urlencode(rest)}"


def has_own_dump(server: Server) -> bool:
    """Say whether the server has come with a pg_dump of its major version: a rehearsal's drill takes no other."""
    said = subprocess.run([find_program(server, "pg_dump"), "--version"], capture_output=True, text=True, check=True)
    return f" {server.major}." in said.stdout


def run_psql(
    server: Server,
    dbname: str,
    *arguments: str,
    script: Path | None = None,
    input: str | None = None,  # noqa: A002 - subprocess.run's own word
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run `psql -X`, without any PG* variable of ours, and give its exit status and output.

    Args:
        arguments: more of psql's options, e.g. "-v", "role=app" or "-c", "SELECT 1".
        script: a file for -f.
        input: what psql reads on standard input.
        env: variables to add, e.g. {"PGOPTIONS": "-c role=app"}.
    """
    command = [find_program(server, "psql"), "-X", "-d", server.conninfo(dbname), *arguments]
    if script:
        command += ["-f", str(script)]
    return subprocess.run(
        command,
        input=input,
        stdin=subprocess.DEVNULL if input is None else None,
        capture_output=True,
        encoding="utf-8",
        env=clean_environment(env),
        cwd=cwd,
        timeout=timeout,
        check=False,
    )


def dump_database(server: Server, dbname: str, *, exclude: tuple[str, ...] = (), rows: bool = True) -> str:
    """Give schema and rows of a database as text that is equal for equal databases.

    Comments, empty lines and the random keys of `\\restrict` are left out; the rows of each table are sorted.

    Args:
        exclude: tables to leave out, as patterns of pg_dump's --exclude-table, e.g. "public.alembic_version".
        rows: False for the schema alone.
    """
    command = [find_program(server, "pg_dump"), "-d", server.conninfo(dbname)]
    command += [f"--exclude-table={table}" for table in exclude] + ([] if rows else ["--schema-only"])
    # The manual's advice for a pg_dump whose floating-point output does not depend on its version.
    done = subprocess.run(
        [*command, "--extra-float-digits=0"], capture_output=True, encoding="utf-8", env=clean_environment()
    )
    assert done.returncode == 0, done.stderr
    return normalise_dump(done.stdout)


def normalise_dump(dump: str) -> str:
    """Drop what differs between dumps of equal databases."""
    lines: list[str] = []
    copied: list[str] | None = None
    for line in dump.splitlines():
        if copied is not None:
            if line != "\\.":
                copied.append(line)
                continue
            lines += [*sorted(copied), line]
            copied = None
        elif line and not line.startswith(("--", "\\restrict ", "\\unrestrict ")):
            lines.append(line)
            if line.startswith("COPY ") and line.endswith(" FROM stdin;"):
                copied = []
    return "\n".join(lines) + "\n"
