"""Faults: the connection is cut after every statement of a script, the script run again, the end compared."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from release.catalog.rows import TableRows, compare_rows
from release.catalog.snapshot import Snapshot, compare
from release.psql.supervised import execute
from release.rehearse.cutting import Cutter
from release.rehearse.script_run import ScriptResult, run_script

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from release.scratch.server import Server

State = tuple[Snapshot, dict[str, TableRows]]
_MOST = 20  # problems to report: one cause shows at many statements


def try_faults(
    server: Server,
    script: Path,
    template: str,
    scratch: str,
    state_of: Callable[[str], State],
    say: Callable[[str], None],
) -> tuple[int, tuple[str, ...]]:
    """Cut the connection after each statement in turn; give the number of cuts, and what went wrong.

    Args:
        template: database to start from; a copy of it, named `scratch`, is made and dropped for each cut.
        state_of: catalog and rows of a database, without what may differ.
    """
    ends = [_undisturbed(server, script, template, scratch, state_of) for _ in range(2)]
    (catalog, rows), statements = ends[0]
    varying = {(each.table, each.columns) for each in compare_rows(rows, ends[1][0][1])}
    problems: list[str] = []
    for number in range(1, statements):
        say(f"{script.stem}: cut after statement {number} of {statements}")
        server.create_database(scratch, template)
        try:
            cutter = Cutter(server, number)
            execute(script, server.conninfo(scratch), cutter, out=BytesIO(), err=BytesIO())
            place = f"{script.name}:{cutter.line}, cut after this statement"
            if not cutter.cut:
                problems.append(f"{place}: the script ended before it could be cut")
                continue
            again = run_script(script, server.conninfo(scratch))
            if again.status and not _is_done(again):
                problems.append(f"{place} and run again: {'; '.join(again.said) or f'exit status {again.status}'}")
                continue
            found, content = state_of(scratch)
            problems += [f"{place} and run again: {line}" for line in compare(catalog, found).describe()]
            problems += [
                f"{place} and run again: {each}"
                for each in compare_rows(rows, content)
                if (each.table, each.columns) not in varying
            ]
        finally:
            server.drop_database(scratch)
        if len(problems) >= _MOST:
            return number, (*problems[:_MOST], "… and the rest was not tried")
    return max(statements - 1, 0), tuple(problems)


def _undisturbed(
    server: Server, script: Path, template: str, scratch: str, state_of: Callable[[str], State]
) -> tuple[State, int]:
    """Run the script as it is; give the end and the number of statements that were sent."""
    server.create_database(scratch, template)
    try:
        counter = Cutter(server, 0)
        execute(script, server.conninfo(scratch), counter, out=BytesIO(), err=BytesIO())
        return state_of(scratch), counter.count
    finally:
        server.drop_database(scratch)


def _is_done(run: ScriptResult) -> bool:
    """A plain script can only refuse where all of it is there already."""
    return any("  - nothing to do: " in line for line in run.said)
