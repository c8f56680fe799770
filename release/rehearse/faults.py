"""Faults: the connection is cut after every statement of a script, the script run again, the end compared."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from release.catalog.rows import TableRows, compare_rows
from release.catalog.snapshot import Snapshot, compare
from release.psql.supervised import execute
from release.rehearse.cutting import Cutter
from release.rehearse.script_run import ScriptResult, allowing_losses, run_script

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from release.scratch.server import Server


@dataclass(frozen=True, slots=True)
class FaultRun:
    """A script, and how it is run."""

    script: Path
    conninfo: str
    variables: dict[str, str]


State = tuple[Snapshot, dict[str, TableRows]]
_MOST = 20  # problems to report: one cause shows at many statements


def try_faults(
    server: Server,
    script: Path,
    template: str,
    scratch: str,
    state_of: Callable[[str], State],
    say: Callable[[str], None],
    *,
    losing: bool = False,
) -> tuple[int, tuple[str, ...]]:
    """Cut the connection after each statement in turn; give the number of cuts, and what went wrong.

    Args:
        template: database to start from; a copy of it, named `scratch`, is made and dropped for each cut.
        state_of: catalog and rows of a database, without what may differ.
        losing: the script may lose what it is known to lose.
    """
    conninfo, variables = server.conninfo(scratch), dict[str, str]()
    if losing:
        conninfo, variables = allowing_losses(conninfo)
    run = FaultRun(script, conninfo, variables)
    ends = [_undisturbed(server, run, template, scratch, state_of) for _ in range(2)]
    (catalog, rows), statements = ends[0]
    varying = {(each.table, each.columns) for each in compare_rows(rows, ends[1][0][1])}
    problems: list[str] = []
    for number in range(1, statements):
        say(f"{script.stem}: cut after statement {number} of {statements}")
        server.create_database(scratch, template)
        try:
            problems += _cut(server, run, scratch, number, (catalog, rows), varying, state_of)
        finally:
            server.drop_database(scratch)
        if len(problems) >= _MOST and number + 1 < statements:
            return number, (*problems[:_MOST], "… and the rest was not tried")
    return max(statements - 1, 0), tuple(problems)


def _cut(
    server: Server,
    run: FaultRun,
    database: str,
    number: int,
    end: State,
    varying: set[tuple[str, tuple[str, ...]]],
    state_of: Callable[[str], State],
) -> list[str]:
    """Cut the connection after one statement, run the script again, and say what went wrong.

    Args:
        end: what the script gives when nothing disturbs it.
        varying: tables and columns that it does not give the same values twice.
    """
    cutter = Cutter(server, number)
    execute(run.script, run.conninfo, cutter, run.variables, out=BytesIO(), err=BytesIO())
    place = f"{run.script.name}:{cutter.line}, cut after this statement"
    if not cutter.cut:
        return [f"{place}: the script ended before it could be cut"]
    again = run_script(run.script, run.conninfo, variables=run.variables)
    if again.status and not _is_done(again):
        return [f"{place} and run again: {'; '.join(again.said) or f'exit status {again.status}'}"]
    (catalog, rows), (found, content) = end, state_of(database)
    return [
        *(f"{place} and run again: {line}" for line in compare(catalog, found).describe()),
        *(
            f"{place} and run again: {each}"
            for each in compare_rows(rows, content)
            if (each.table, each.columns) not in varying
        ),
    ]


def _undisturbed(
    server: Server, run: FaultRun, template: str, scratch: str, state_of: Callable[[str], State]
) -> tuple[State, int]:
    """Run the script as it is; give the end and the number of statements that were sent."""
    server.create_database(scratch, template)
    try:
        counter = Cutter(server, 0)
        execute(run.script, run.conninfo, counter, run.variables, out=BytesIO(), err=BytesIO())
        return state_of(scratch), counter.count
    finally:
        server.drop_database(scratch)


def _is_done(run: ScriptResult) -> bool:
    """A plain script can only refuse where all of it is there already."""
    return any("  - nothing to do: " in line for line in run.said)
