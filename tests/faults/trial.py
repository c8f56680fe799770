"""One run with a fault: a release to try it on, both ways to run its scripts, and what state they leave."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

from release.catalog.rows import TableRows, compare_rows, take_rows
from release.catalog.snapshot import Comparison, Snapshot, compare, take_snapshot
from release.psql.apply import apply_scripts
from release.scratch.server import Server
from tests.databases import run_psql

BUNDLES = Path(__file__).parents[2] / "scripts"
VERSIONS = ("1.0.0", "1.1.0", "1.2.0")
HISTORY = "public.release_history"
# Declared in the manifest: these values do not come back.
LOST = ("public.projects", "updated_at")
# of psql: rows are seeded, and what a script drops of them is meant to go, unless a test says otherwise
LOSING = {"lose_rows": "yes"}

LOCKS = (
    "SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database "
    "WHERE l.locktype = 'advisory' AND d.datname = current_database()"
)

_VARYING = (
    (re.compile(r"this is plan [0-9a-f]{12}"), "this is plan …"),
    (re.compile(r"\(process \d+, .*\)"), "(process …, role …, program …, from …, connected since …)"),
    (re.compile(r"PostgreSQL \d\S*( \([^)]*\))?(?= is)"), "PostgreSQL …"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-][\d:]+"), "…"),
    (re.compile(r"WAL after it: [0-9A-F]+/[0-9A-F]+"), "WAL after it: …"),
    (re.compile(r"'[0-9a-f]{12}', now"), "'…', now"),
    (re.compile(r"psql:\S+?:\d+: "), ""),
    (re.compile(r"(ERROR|FATAL):  "), ""),
)


def digits_of(version: str) -> str:
    """The digits of a bundle's plan that its scripts tell."""
    return str(json.loads((BUNDLES / version / "manifest.json").read_text(encoding="utf-8"))["plan"])[:12]


@dataclass(frozen=True, slots=True)
class State:
    """What is in a database: its catalog, and counts and checksums of its rows."""

    catalog: Snapshot
    rows: Mapping[str, TableRows]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended."""

    status: int
    out: str
    err: str

    def say(self, words: str, names: Mapping[str, str] | None = None) -> str:
        """Give exit status and the line of the messages that has some words, without what differs between runs.

        Args:
            names: what to write instead of names that are made up for a test.
        """
        lines = [line for line in (*self.err.splitlines(), *self.out.splitlines()) if words in line]
        assert lines, f"{words!r} is not in:\n{self.out}{self.err}"
        line = lines[0].strip().removeprefix("- ")
        for pattern, instead in _VARYING:
            line = pattern.sub(instead, line)
        for name, instead in (names or {}).items():
            line = line.replace(name, instead)
        return f"exit {self.status}: {line}"


Run = Callable[..., Ran]


def by_psql(server: Server, dbname: str, *files: Path, options: str = "", variables: Mapping[str, str] = {}) -> Ran:
    """Run scripts with the real psql.

    Args:
        options: settings of the session, e.g. "-c role=reader".
        variables: of psql, as given by -v.
    """
    arguments = [part for name, value in (LOSING | dict(variables)).items() for part in ("-v", f"{name}={value}")]
    for file in files:
        arguments += ["-f", str(file)]
    done = run_psql(with_options(server, options), dbname, *arguments)
    return Ran(done.returncode, done.stdout, done.stderr)


def by_release(server: Server, dbname: str, *files: Path, options: str = "", variables: Mapping[str, str] = {}) -> Ran:
    """Run scripts as `release apply` does, in this process."""
    out, err = BytesIO(), BytesIO()
    conninfo = with_options(server, options).conninfo(dbname)
    status = apply_scripts([str(file) for file in files], conninfo, LOSING | dict(variables), out=out, err=err)
    return Ran(status, out.getvalue().decode(), err.getvalue().decode())


RUNS: dict[str, Run] = {"psql": by_psql, "release apply": by_release}


def with_options(server: Server, options: str) -> Server:
    """Give the server, to be connected to with some settings."""
    return replace(server, parameters=(*server.parameters, ("options", options))) if options else server


def script_of(version: str, direction: str, bundles: Path = BUNDLES) -> Path:
    return bundles / version / f"{direction}.sql"


def take_state(server: Server, dbname: str) -> State:
    """Read all of a database that the scripts could change."""
    with server.connect(dbname) as connection:
        connection.execute("SET lock_timeout = '30s'")  # a test that locks itself out should fail, not hang
        return State(take_snapshot(connection), take_rows(connection))


def count_locks(server: Server, database: str) -> int:
    """Advisory locks that any session holds in a database."""
    with server.connect(database) as connection:
        found = connection.execute(LOCKS.encode()).fetchone()
    assert found
    return int(found[0])


def assert_refused(ran: Ran, version: str, direction: str) -> None:
    """The script said no, in its own words, and in a list that is read from top to bottom."""
    assert ran.status == 3, ran.out + ran.err
    assert f"release {version} {direction} refused, nothing changed:\n  - " in ran.err, ran.err


def assert_unchanged(before: State, after: State) -> None:
    """Nothing at all differs: not the history, not the order of columns."""
    assert after.catalog.lines == before.catalog.lines
    assert after.rows == before.rows


def assert_same_end(expected: State, found: State) -> None:
    """Catalog and rows are those of an undisturbed run; the history tells what happened, so it may differ."""
    difference: Comparison = compare(expected.catalog.without([HISTORY]), found.catalog.without([HISTORY]))
    assert difference.same, difference.describe()
    assert not (there := _without_lost(expected.rows).keys() ^ _without_lost(found.rows).keys()), there
    rows = compare_rows(_without_lost(expected.rows), _without_lost(found.rows))
    assert not rows, [str(each) for each in rows]


def _without_lost(rows: Mapping[str, TableRows]) -> dict[str, TableRows]:
    kept = {}
    for table, each in rows.items():
        columns = {column: sums for column, sums in each.columns.items() if (table, column) != LOST}
        kept[table] = TableRows(each.count, columns)
    kept.pop(HISTORY, None)
    return kept
