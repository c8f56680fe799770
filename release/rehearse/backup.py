"""The backup drill: the blocks of commands in RUNBOOK.md run as printed: dump, check, restore, and repair by key."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from release.catalog.rows import compare_rows, take_rows
from release.catalog.snapshot import NOT_RESTORED, compare, take_snapshot
from release.psql.supported import spell_version
from release.scratch.environment import client_environment

if TYPE_CHECKING:
    from collections.abc import Callable

    import psycopg

    from release.rehearse.context import Draft
    from release.scratch.server import Server

_PROGRAMS = ("pg_dump", "pg_dumpall", "pg_restore", "psql", "sha256sum", "find", "xargs", "diff")
# A fenced block of the shell with a name behind the language (CommonMark 0.31, 4.5, "info string").
_BLOCK = re.compile(r"^```sh (?P<name>.+)\n(?P<commands>(?:.*\n)*?)```$", re.MULTILINE)
_SRIDS = "SELECT srid, auth_name, auth_srid, srtext, proj4text FROM {} ORDER BY srid"
# Ordinary tables with a primary key that nobody refers to by a foreign key (or somebody does), and the columns of each
# that may lose their values: in no key, index or constraint, so that few have to be tried.
_DAMAGEABLE = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname),
    EXISTS (SELECT FROM pg_constraint AS f WHERE f.confrelid = c.oid),
    ARRAY(SELECT quote_ident(a.attname) FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND NOT a.attnotnull
            AND a.attgenerated = '' AND a.attidentity = ''
            AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey::int2[]))
            AND NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conrelid = c.oid AND a.attnum = ANY (k.conkey))
        ORDER BY a.attnum)
FROM jsonb_array_elements(%s::jsonb) AS t
JOIN pg_namespace AS n ON n.nspname = t ->> 0
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = t ->> 1
WHERE EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary)
    AND NOT EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgrelid = c.oid AND NOT g.tgisinternal)
    AND NOT EXISTS (SELECT FROM pg_rewrite AS r WHERE r.ev_class = c.oid)
ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Databases:
    """The databases of a drill.

    Attributes:
        start: the starting state, which a drill does not change.
        copy: makes a copy of a database under a name.
        reserve: gives the full name of one that a printed command makes.
    """

    start: str
    copy: Callable[[str, str | None], str]
    reserve: Callable[[str], str]


def printed_blocks(runbook: str) -> dict[str, str]:
    """The blocks of shell commands of a runbook that have a name."""
    return {found["name"]: found["commands"] for found in _BLOCK.finditer(runbook)}


def drill_backup(server: Server, runbook: Path, databases: Databases, step: Draft) -> None:
    """Back up the starting state as the runbook says, restore it whole, and repair damaged rows from a side database.

    Blocks run in a shell, as they are printed, in a folder of their own, with PG* variables that lead to the scratch
    server and with the names DATABASE and SIDE.
    """
    if not runbook.exists():
        step.skipped = True
        step.summary = f"the bundle has no {runbook.name}, as those of earlier versions: release build --regenerate"
        return
    environment = client_environment(server)
    if why := _why_not(server, environment):
        step.skipped, step.summary = True, why
        return
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        blocks = printed_blocks(runbook.read_text(encoding="utf-8"))
        drill = Drill(server, blocks, Path(folder), environment, databases, step)
        drill.run()
    step.summary = f"{drill.ran} printed blocks of commands executed; " + (
        "what was restored or repaired differs" if step.problems else "what was restored and repaired is the same"
    )


def _why_not(server: Server, environment: dict[str, str]) -> str:
    """Why nothing can be drilled here; "" where it can."""
    missing = [program for program in _PROGRAMS if not shutil.which(program, path=environment["PATH"])]
    if missing:
        return f"{', '.join(missing)} not installed"
    ours, theirs = _version(environment), spell_version(server.version)
    if ours < server.version or ours // 10000 > server.major:
        how = "older" if ours < server.version else "of a newer major version"
        return (
            f"pg_dump {spell_version(ours)} is {how} than the server, {theirs}: what it writes may not be restored; "
            f"install pg_dump {theirs}"
        )
    return ""


def _version(environment: dict[str, str]) -> int:
    """The version of pg_dump as `server_version_num` has it: "pg_dump (PostgreSQL) 15.18 (Debian …)" is 150018.

    What is not released yet has no minor version: "18beta1" is 180000, as its server says.
    """
    done = subprocess.run(["pg_dump", "--version"], env=environment, capture_output=True, text=True, check=True)  # noqa: S607
    major, _, minor = done.stdout.split()[2].partition(".")
    return int("".join(takewhile(str.isdigit, major))) * 10000 + int("".join(takewhile(str.isdigit, minor)) or 0)


@dataclass(slots=True)
class Drill:
    """A drill that is under way.

    Attributes:
        ran: how many blocks.
    """

    server: Server
    blocks: dict[str, str]
    folder: Path
    environment: dict[str, str]
    databases: Databases
    step: Draft
    ran: int = 0

    def run(self) -> None:
        start, touches = self.databases.start, "touched" in self.blocks
        passwords = "globals" if self._is_superuser() else "globals without passwords"
        if passwords != "globals":
            self.step.notes.append("this role is no superuser: pg_dumpall ran with --no-role-passwords")
        dumps = [passwords, "whole", *(["touched"] if touches else [])]
        if not self.shell(start, "", *dumps):
            return
        tables = (self.folder / "touched.json").read_bytes().strip() if touches else b"[]"
        rows = tables != b"[]"
        if touches and not rows:
            self.step.notes.append("none of the tables that are named is there yet, so there is no row to save")
        if not self.shell(start, "", *(["rows"] if rows else []), "check"):
            return
        side = self.databases.reserve("restored")
        if self._restore(start, side, "restore whole", *(["counts"] if touches else [])):
            self._compare(start, side)
        if rows:
            self._repair(tables)

    def shell(self, database: str, side: str, *names: str) -> bool:
        """Run printed blocks, up to the first that fails."""
        for name in names:
            self.ran += 1
            done = subprocess.run(  # noqa: S602 - what the runbook prints is for a shell
                self.blocks[name],
                shell=True,
                cwd=self.folder,
                env=self.environment | {"DATABASE": database, "SIDE": side},
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
            if done.returncode:
                said = f"{done.stderr.strip()} {done.stdout.strip()}".strip()[:500]
                self.step.problems.append(f"{name}: exit status {done.returncode}: {said}")
                return False
        return True

    def _restore(self, database: str, side: str, *names: str) -> bool:
        if not self.shell(database, side, "side"):
            return False
        self.server.free_sessions(side)
        return self.shell(database, side, *names)

    def _repair(self, tables: bytes) -> None:
        """Restore rows into a side database, damage those of a copy, and repair it."""
        live, side = self.databases.copy("damaged", self.databases.start), self.databases.reserve("rows_only")
        if not self._restore(live, side, "restore rows", "counts"):
            return
        with self.server.connect(live) as connection:
            before = take_rows(connection)
            named = tables.decode(connection.info.encoding)  # psql has written it so
            damaged = damage(connection, named)
            worse = take_rows(connection)
        if len(damaged) < (touched := len(json.loads(named))):
            self.step.notes.append(
                f"rows of {len(damaged)} of {touched} touched tables were damaged and repaired: the others have no "
                "rows, no primary key, triggers of their own, or constraints that let nothing be damaged"
            )
        if not self.shell(live, side, "repair", "try"):
            return
        with self.server.connect(live) as connection:
            self.step.problems += [f"tried: {each}" for each in compare_rows(worse, take_rows(connection))]
        if not self.shell(live, side, "commit"):
            return
        with self.server.connect(live) as connection:
            self.step.problems += [f"repaired: {each}" for each in compare_rows(before, take_rows(connection))]

    def _compare(self, start: str, restored: str) -> None:
        what, problems = "the whole dump", self.step.problems
        with self.server.connect(start) as one, self.server.connect(restored) as two:
            snapshots = [take_snapshot(each).without(kinds=NOT_RESTORED) for each in (one, two)]
            problems += [f"{what}: {line}" for line in compare(*snapshots).describe()]
            problems += [f"{what}: {each}" for each in compare_rows(take_rows(one), take_rows(two))]
            place = "SELECT quote_ident(n.nspname) || '.spatial_ref_sys' FROM pg_extension e JOIN pg_namespace n ON"
            row = one.execute(f"{place} n.oid = e.extnamespace WHERE e.extname = 'postgis'".encode()).fetchone()
            if row:
                query = _SRIDS.format(row[0]).encode()
                if one.execute(query).fetchall() != two.execute(query).fetchall():
                    problems.append(f"{what}: spatial_ref_sys has other SRIDs")

    def _is_superuser(self) -> bool:
        with self.server.connect(self.server.maintenance) as connection:
            row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
        return bool(row and row[0])


def damage(connection: psycopg.Connection, tables: str) -> tuple[str, ...]:
    """Take values and rows from tables as far as their constraints allow; give those that have lost some.

    Args:
        tables: a JSON array of schemas and names.
    """
    import psycopg

    damaged: dict[str, None] = {}
    for table, referenced, columns in connection.execute(_DAMAGEABLE, [tables]).fetchall():
        wrong = [f"UPDATE ONLY {table} SET {column} = NULL WHERE {column} IS NOT NULL" for column in columns]  # noqa: S608 - quoted
        gone = [] if referenced else [f"DELETE FROM ONLY {table} WHERE ctid IN (SELECT ctid FROM ONLY {table} LIMIT 1)"]  # noqa: S608 - quoted
        for statements in (wrong, gone):
            for statement in statements:
                try:
                    with connection.transaction():
                        if connection.execute(statement.encode(connection.info.encoding)).rowcount > 0:
                            damaged[table] = None
                            break
                except psycopg.Error:  # a constraint, or a domain, holds the value
                    continue
    return tuple(damaged)
