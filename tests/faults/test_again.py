"""Scripts that are run again: in the same session, after Alembic itself, and when more of a file has arrived."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from release.scratch.server import Server
from tests.arxos.conftest import migrate_here
from tests.attacks.test_reused_sessions import terminal
from tests.databases import NewDatabase
from tests.faults.conftest import Record, Stage
from tests.faults.table import AGAIN, DIRECTIONS, SAME_END, UNCHANGED, Seen
from tests.faults.trial import (
    RUNS,
    Ran,
    assert_refused,
    assert_same_end,
    assert_unchanged,
    count_locks,
    script_of,
    take_state,
)
from tests.faults.way import held


def test_in_the_same_session(server: Server, new_database: NewDatabase, stage: Stage, record: Record) -> None:
    """The error has left a transaction open and the lock held; neither is left when the script is done, or refuses."""
    seen = []
    for direction in DIRECTIONS:
        database = new_database(stage.start("1.2.0", direction))
        read = f"\\i {script_of('1.2.0', direction)}"
        with terminal(server, database) as psql:
            psql.ask("\\set lose_rows yes")
            psql.ask("\\set lock_timeout 300ms")
            with held(server, database, "comments"):
                assert "due to lock timeout" in psql.ask(read)
            assert count_locks(server, database) == 1
            psql.ask("ROLLBACK;")
            psql.ask("SET session_replication_role = replica;")
            assert "triggers and foreign keys would not work" in psql.ask(read)
            assert count_locks(server, database) == 0
            psql.ask("SET session_replication_role = origin;")
            with held(server, database, "comments"):
                for _ in range(2):
                    assert "due to lock timeout" in psql.ask(read)
            assert count_locks(server, database) == 1
            said = psql.ask(read)
            assert "an earlier error has left its transaction open: it is rolled back" in said
            assert count_locks(server, database) == 0
            assert "nothing to do" in psql.ask(read)
            assert count_locks(server, database) == 0
        assert_same_end(stage.end("1.2.0", direction), take_state(server, database))
        words = Ran(0, said.replace("\r", ""), "").say(", finished", {direction: "…"}).removeprefix("exit 0: ")
        seen.append(Seen(direction, "psql", f"{words}; the session holds no lock afterwards", SAME_END))
    record("same-session", seen)


# direction: where the script had ended, and what Alembic has been told since
BY_HAND = {"upgrade": ("after", "downgrade", "005"), "rollback": ("back", "upgrade", "009")}


def test_after_alembic_itself(server: Server, new_database: NewDatabase, stage: Stage, record: Record) -> None:
    """The history does not know of it, and the guard prints the statement that tells it."""
    seen = []
    for direction, (when, *told) in BY_HAND.items():
        for runner, runs in RUNS.items():
            database = new_database(stage.template("1.2.0", when))
            migrate_here(server, database, *told)  # type: ignore[arg-type]
            before = take_state(server, database)
            ran = runs(server, database, script_of("1.2.0", direction))
            assert_refused(ran, "1.2.0", direction)
            assert_unchanged(before, take_state(server, database))
            statement = re.search(r"INSERT INTO .*;$", ran.err, re.MULTILINE)
            assert statement, ran.err
            with server.connect(database) as connection:
                connection.execute(statement[0].encode())
            other = DIRECTIONS[direction == "upgrade"]
            assert "nothing to do" in runs(server, database, script_of("1.2.0", other)).out
            for way in (direction, other, direction):
                ran_on = runs(server, database, script_of("1.2.0", way))
                assert ran_on.status == 0, ran_on.err
                assert_same_end(stage.end("1.2.0", way), take_state(server, database))
            after = f"{UNCHANGED}; the statement run, and the script again: {SAME_END}"
            seen.append(Seen(direction, runner, ran.say("this tells it so"), after))
    record("by-hand", seen)


def cuts_of(text: str, share: int) -> list[str]:
    """The beginnings of a script, from its machinery on: up to the end of a line, and to within the next one."""
    start = text.index("SET client_encoding")  # psql heeds ON_ERROR_STOP from the line after it on
    ends = [each.end() for each in re.finditer("\n", text) if start < each.end() < len(text)]
    chosen = sorted({*ends[::share], *(text.index(mark, start) for mark in MARKS if mark in text), ends[-1]})
    return [text[:end] for each in chosen for end in (each, each + 7) if end < len(text) - 1]


# places where what is there reads as if it were whole
MARKS = (
    "-- <<< machinery session",
    "-- >>> machinery release",
    "-- <<< machinery release",
    "\\if :release_todo",
    "ANALYZE",
)


@pytest.mark.parametrize("version", ["1.2.0"])
def test_a_script_that_was_cut_short_anywhere(
    server: Server, new_database: NewDatabase, stage: Stage, record: Record, tmp_path: Path, version: str
) -> None:
    """Each time more of it has arrived; it goes on, and says that it is not whole."""
    seen = []
    for direction in DIRECTIONS:
        for runner, runs in RUNS.items():
            database = new_database(stage.start(version, direction))
            script = script_of(version, direction)
            for text in cuts_of(script.read_text(encoding="utf-8"), 60):
                (stump := tmp_path / "stump.sql").write_text(text, encoding="utf-8")
                ran = runs(server, database, stump)
                assert ran.status == 3, text[-200:] + ran.out + ran.err
            assert runs(server, database, script).status == 0
            assert_same_end(stage.end(version, direction), take_state(server, database))
            seen.append(Seen(direction, runner, "exit 3", AGAIN))
    record("truncated-anywhere", seen)
