"""The session is cut off after a statement: run again, or rolled back from there, the end is as if undisturbed.

`make test` tries a sample of the statements, `make test-all` each, and counts them in docs/safety.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

import pytest

from release.psql.apply import apply_scripts
from release.psql.pieces import Kind, cut
from release.rehearse.cutting import Cutter
from release.scratch.server import Server
from tests.databases import NewDatabase
from tests.faults.conftest import Record, Stage, resume
from tests.faults.table import DIRECTIONS, RUNNERS, Seen
from tests.faults.trial import HISTORY, VERSIONS, by_psql, script_of, take_state
from tests.faults.way import end_of, held, under_way, wait_until_alone

DIE = "SELECT pg_terminate_backend(pg_backend_pid());\n"


def points_in(script: Path) -> list[int]:
    """Give the lines with which statements end, from the guard on: before it nothing is done."""
    pieces = [piece for piece in cut(script.read_text(encoding="utf-8")) if piece.kind is Kind.STATEMENT]
    guard = next(number for number, piece in enumerate(pieces) if "DO $guard$" in piece.text)
    return sorted({piece.line + piece.text.count("\n") for piece in pieces[guard:]})


def cut_psql(server: Server, dbname: str, script: Path, point: int, folder: Path) -> None:
    """Run a script with a line put in that ends its own session."""
    lines = script.read_text(encoding="utf-8").splitlines(keepends=True)
    lines.insert(point, DIE)
    (broken := folder / "broken.sql").write_text("".join(lines), encoding="utf-8")
    ran = by_psql(server, dbname, broken)
    # 0: the line is in a branch that is not taken
    assert ran.status in {0, 2}, ran.err


def cut_release(server: Server, dbname: str, script: Path, point: int, folder: Path) -> None:
    """Run a script, and end its session from another one when a statement has ended."""
    cutter = Cutter(server, point)
    apply_scripts(
        [str(script)], server.conninfo(dbname), out=BytesIO(), err=BytesIO(), reporter=cutter, attach=cutter.attach
    )
    assert cutter.cut


def count_statements(server: Server, dbname: str, script: Path) -> int:
    """Count what an undisturbed run sends."""
    counter = Cutter(server, 0)
    status = apply_scripts(
        [str(script)], server.conninfo(dbname), out=BytesIO(), err=BytesIO(), reporter=counter, attach=counter.attach
    )
    assert status == 0
    return counter.count


CUTS = dict(zip(RUNNERS, (cut_psql, cut_release), strict=True))


def try_cuts(
    server: Server, stage: Stage, version: str, direction: str, runner: str, folder: Path, share: int = 1
) -> tuple[int, int, str]:
    """Cut a script at every `share`-th point, and go on from there.

    Many cuts leave the same state, above all within a transaction; what follows is tried once from each.

    Returns:
        how many points the script has, how many states the cuts left, and what they have in common.
    """
    script = script_of(version, direction)
    template = stage.start(version, direction)
    after, states = "", set[State]()
    with copies(server) as copy:
        if runner == "psql":
            points = points_in(script)
        else:
            points = list(range(1, count_statements(server, copy(template), script)))
    for point in points[share // 2 :: share]:
        with copies(server) as copy:
            database = copy(template)
            CUTS[runner](server, database, script, point, folder)
            wait_until_alone(server, database)
            state = read_state(server, database)
            if state not in states:
                states.add(state)
                after = resume(server, copy, stage, database, version, direction, runner)
    return len(points), len(states), after


State = tuple[str, str]
PROGRESS = "SELECT release, direction, segment, plan, finished_at IS NULL FROM release_history ORDER BY id"


def read_state(server: Server, dbname: str) -> State:
    """Give all that a script could go on from: everything in the database but the times in the history."""
    found = take_state(server, dbname)
    progress: list[tuple[object, ...]] = []
    if HISTORY in found.rows:
        with server.connect(dbname) as connection:
            progress = connection.execute(PROGRESS).fetchall()
    rows = sorted(
        (name, each.count, sorted(each.columns.items())) for name, each in found.rows.items() if name != HISTORY
    )
    return found.catalog.fingerprint, repr((rows, progress))


@contextmanager
def copies(server: Server) -> Iterator[NewDatabase]:
    """Make databases that are dropped soon: a sweep makes a thousand."""
    made: list[str] = []

    def copy(template: str | None = None) -> str:
        name = f"{server.prefix}cut_{len(made)}"
        server.create_database(name, template)
        made.append(name)
        return name

    try:
        yield copy
    finally:
        for name in made:
            server.drop_database(name)


def samples() -> Iterator[tuple[str, str, str, int]]:
    """Around the segments of the release that has several, and here and there in the others, by either runner."""
    for number, version in enumerate(VERSIONS):
        for turn, direction in enumerate(DIRECTIONS):
            yield version, direction, RUNNERS[(number + turn) % 2], 30 if version == "1.2.0" else 70


@pytest.mark.parametrize(("version", "direction", "runner", "share"), list(samples()))
def test_a_session_that_is_cut_off(
    server: Server, stage: Stage, tmp_path: Path, version: str, direction: str, runner: str, share: int
) -> None:
    try_cuts(server, stage, version, direction, runner, tmp_path, share)


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_a_session_that_is_cut_off_after_every_statement(
    server: Server, stage: Stage, record: Record, tmp_path: Path, version: str
) -> None:
    seen = []
    for direction in DIRECTIONS:
        for runner in RUNNERS:
            points, states, after = try_cuts(server, stage, version, direction, runner, tmp_path)
            assert states > 1
            words = f"after each of {points} statements: exit 2; this leaves {states} different states"
            seen.append(Seen(direction, runner, words, f"from each, {after}"))
    record(f"cut-{version}", seen)


def test_a_session_that_is_terminated_within_concurrently(
    server: Server, new_database: NewDatabase, stage: Stage, record: Record
) -> None:
    """What stands INVALID afterwards is removed, whichever way one goes."""
    seen = []
    for direction in DIRECTIONS:
        for runner in RUNNERS:
            database = new_database(stage.start("1.2.0", direction))
            script = script_of("1.2.0", direction)
            with (
                held(server, database, "devices", "ROW EXCLUSIVE"),
                under_way(server, database, script, runner) as process,
                server.connect(database) as killer,
            ):
                killer.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND query LIKE '%CONCURRENTLY%' AND wait_event_type = 'Lock'"
                )
                ran = end_of(process)
                assert ran.status == 2, ran.err
                invalid = killer.execute("SELECT count(*) FROM pg_index WHERE NOT indisvalid").fetchone()
                assert invalid == (1,)
            after = resume(server, new_database, stage, database, "1.2.0", direction, runner)
            seen.append(Seen(direction, runner, ran.say("terminating connection due to administrator command"), after))
    record("concurrently", seen)
