"""The backup drill: the commands that the script's header prints are executed as printed, and restored."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import tempfile
from itertools import takewhile
from typing import TYPE_CHECKING

from release.catalog.rows import compare_rows, take_rows
from release.catalog.snapshot import NOT_RESTORED, compare, take_snapshot
from release.psql.supported import spell_version
from release.scratch.environment import client_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from release.rehearse.context import Draft
    from release.scratch.server import Server

_PROGRAMS = ("pg_dump", "pg_restore", "psql")
# A word with whatever of it is quoted (POSIX, Shell Command Language, 2.2).
_SHELL_WORD = re.compile(r"""(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+""", re.DOTALL)
_SRIDS = "SELECT srid, auth_name, auth_srid, srtext, proj4text FROM {} ORDER BY srid"


def printed_commands(script: str) -> dict[str, tuple[str, ...]]:
    """The shell commands of the header's BACKUP paragraph, by their label ("whole", "restore", "rows only")."""
    lines = script.partition("-- BACKUP")[2].partition("\n--\n")[0].split("\n")[1:]
    found: dict[str, list[str]] = {}
    label, going_on = "", False
    for line in lines:
        label = line[2:17].strip() or label if not going_on else label
        text = line[17:]
        if going_on:
            found[label][-1] += f"\n{text}"
        elif text.startswith(_PROGRAMS) and " " in text:
            found.setdefault(label, []).append(text)
        else:
            continue
        going_on = text.endswith("\\") or _in_quotes(found[label][-1])
    return {name: tuple(commands) for name, commands in found.items()}


def _in_quotes(command: str) -> bool:
    try:
        shlex.split(command)
    except ValueError:
        return True
    return False


def _named(command: str, **names: str) -> str:
    """A command with names of databases for the words of the shell that stand for them, and for nothing else."""
    return _SHELL_WORD.sub(lambda word: shlex.quote(names[word[0]]) if word[0] in names else word[0], command)


def drill_backup(server: Server, script: Path, start: str, copy: Callable[[str, str | None], str], step: Draft) -> None:
    """Dump the starting state as the header says, restore it, and compare; once whole, once only the rows.

    Commands run in a shell, in a folder of their own, with PG* variables that lead to the scratch server; only the
    words DATABASE and RESTORED are replaced.
    """
    commands = printed_commands(script.read_bytes().decode())
    environment = client_environment(server)
    missing = [program for program in _PROGRAMS if not shutil.which(program, path=environment["PATH"])]
    if missing or "whole" not in commands:
        step.skipped = True
        step.summary = f"{', '.join(missing)} not installed" if missing else "the header prints no backup command"
        return
    ours, theirs = _version(environment), spell_version(server.version)
    if ours < server.version or ours // 10000 > server.major:
        step.skipped = True
        how = "older" if ours < server.version else "of a newer major version"
        step.summary = (
            f"pg_dump {spell_version(ours)} is {how} than the server, {theirs}: what it writes may not be restored; "
            f"install pg_dump {theirs}"
        )
        return
    superuser = _is_superuser(server)
    if not superuser:
        step.notes.append("this role is no superuser: pg_dumpall ran with --no-role-passwords")
    ran = 0
    with tempfile.TemporaryDirectory(prefix="release-") as folder:

        def shell(command: str, database: str, restored: str = "") -> bool:
            nonlocal ran
            ran += 1
            if command.startswith("pg_dumpall ") and not superuser:
                command += " --no-role-passwords"
            words = _named(command, DATABASE=database, RESTORED=restored)
            done = subprocess.run(  # noqa: S602 - what the header prints is for a shell
                words,
                shell=True,
                cwd=folder,
                env=environment,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
            )
            if done.returncode:
                step.problems.append(f"{command}: exit status {done.returncode}: {done.stderr.strip()[:500]}")
            return not done.returncode

        whole = copy("restored", None)
        if all(shell(each, start) for each in commands["whole"]) and all(
            shell(each, start, whole) for each in commands.get("restore", ())
        ):
            _compare_databases(server, start, whole, "the whole dump", step)
        rows = commands.get("rows only", ())
        if rows and not superuser:
            step.notes.append(
                "this role is no superuser: the rows-only dump was not tried, whose restore disables triggers"
            )
        elif rows:
            emptied = copy("rows_only", start)
            _drill_rows(server, rows, start, emptied, environment, shell, step)
    step.summary = f"{ran} printed commands executed; " + (
        "what was restored differs" if step.problems else "what was restored is the same"
    )


def _version(environment: dict[str, str]) -> int:
    """The version of pg_dump as `server_version_num` has it: "pg_dump (PostgreSQL) 15.18 (Debian …)" is 150018.

    What is not released yet has no minor version: "18beta1" is 180000, as its server says.
    """
    done = subprocess.run(["pg_dump", "--version"], env=environment, capture_output=True, text=True, check=True)  # noqa: S607
    major, _, minor = done.stdout.split()[2].partition(".")
    return int("".join(takewhile(str.isdigit, major))) * 10000 + int("".join(takewhile(str.isdigit, minor)) or 0)


def _is_superuser(server: Server) -> bool:
    with server.connect(server.maintenance) as connection:
        row = connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    return bool(row and row[0])


def _drill_rows(
    server: Server,
    commands: tuple[str, ...],
    start: str,
    emptied: str,
    environment: dict[str, str],
    shell: Callable[..., bool],
    step: Draft,
) -> None:
    """Dump rows, empty the tables in a copy, restore into it."""
    dump = [each for each in commands if each.startswith("psql ")]
    restore = [each for each in commands if each.startswith("pg_restore ")]
    named = [name for command in dump for name in _tables(_named(command, DATABASE=start), environment, step)]
    if not named:
        step.notes.append("rows only: none of the tables that are named is there yet, so there is no row to save")
        return
    with server.connect(emptied) as connection:
        before = take_rows(connection)
        # pg_dump takes sequences and views too, which have no rows of their own to empty
        kinds = "SELECT x FROM unnest(%s::text[]) AS x JOIN pg_class AS c ON c.oid = x::regclass"
        tables = [name for (name,) in connection.execute(f"{kinds} WHERE c.relkind IN ('r', 'p')".encode(), [named])]
        # session_replication_role keeps the foreign keys of other tables from emptying them too
        connection.execute("SET session_replication_role = replica")
        for table in tables:
            connection.execute(f"DELETE FROM {table}".encode())  # noqa: S608 - as the header names it
    if all(shell(each, start) for each in dump) and all(shell(each, emptied) for each in restore):
        with server.connect(emptied) as connection:
            step.problems += [f"rows-only dump: {each}" for each in compare_rows(before, take_rows(connection))]


def _tables(command: str, environment: dict[str, str], step: Draft) -> list[str]:
    """The tables that a rows-only command gives to pg_dump: what its psql prints."""
    query = command.rpartition("\\\n| xargs ")[0]
    done = subprocess.run(query, shell=True, env=environment, capture_output=True, check=False)  # noqa: S602 - as printed
    if done.returncode:  # a pipe hides it
        said = done.stderr.decode(errors="replace").strip()[:500]
        step.problems.append(f"{query}: exit status {done.returncode}: {said}")
    return [each.removeprefix("--table=") for each in done.stdout.decode().split("\0") if each]


def _compare_databases(server: Server, start: str, restored: str, what: str, step: Draft) -> None:
    with server.connect(start) as one, server.connect(restored) as two:
        found = compare(take_snapshot(one).without(kinds=NOT_RESTORED), take_snapshot(two).without(kinds=NOT_RESTORED))
        step.problems += [f"{what}: {line}" for line in found.describe()]
        step.problems += [f"{what}: {each}" for each in compare_rows(take_rows(one), take_rows(two))]
        place = "SELECT quote_ident(n.nspname) || '.spatial_ref_sys' FROM pg_extension e JOIN pg_namespace n ON"
        row = one.execute(f"{place} n.oid = e.extnamespace WHERE e.extname = 'postgis'".encode()).fetchone()
        if row:
            query = _SRIDS.format(row[0]).encode()
            if one.execute(query).fetchall() != two.execute(query).fetchall():
                step.problems.append(f"{what}: spatial_ref_sys has other SRIDs")
