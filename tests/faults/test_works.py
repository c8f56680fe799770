"""What a script shrugs off: the end is that of an undisturbed run."""

from __future__ import annotations

import subprocess
from pathlib import Path

from release.scratch.server import Server
from tests.databases import LOSING, NewDatabase, clean_environment, find_program
from tests.faults.conftest import Record, Stage
from tests.faults.table import DIRECTIONS, RUNNERS, SAME_END, UNCHANGED, Seen
from tests.faults.trial import (
    RUNS,
    Ran,
    assert_refused,
    assert_same_end,
    assert_unchanged,
    script_of,
    take_state,
)
from tests.faults.way import end_of, held, start, under_way

# Settings first: with AUTOCOMMIT off they would leave a transaction open.
PSQLRC = r"""
SET search_path = pg_catalog;
SET standard_conforming_strings = off;
SET client_min_messages = error;
SET datestyle = 'German';
SET default_transaction_isolation = serializable;
SET synchronous_commit = off;
\set AUTOCOMMIT off
\set ON_ERROR_ROLLBACK on
\set ON_ERROR_STOP off
\set QUIET on
\set ECHO all
\set ECHO_HIDDEN on
\set FETCH_COUNT 1
\set VERBOSITY verbose
\set SHOW_CONTEXT always
\set HIDE_TABLEAM on
\set SHOW_ALL_RESULTS off
\set release_done t
\set release_todo f
\set release_first_time f
\set release_leftover t
\set release_missing f
\set release_present f
\set release_wal nonsense
\set release_session 1
\set undo_1 f
\encoding LATIN1
\pset null (null)
\pset format html
\pset tuples_only on
\pset expanded on
\timing on
"""
OPTIONS = " ".join(
    f"-c {each}"
    for each in (
        "search_path=pg_catalog",
        "standard_conforming_strings=off",
        "client_encoding=LATIN1",
        "client_min_messages=error",
        "datestyle=German",
        "timezone=Asia/Tokyo",
        "default_transaction_isolation=serializable",
        "default_transaction_deferrable=on",
        "check_function_bodies=off",
        "transform_null_equals=on",
        "row_security=on",
    )
)


def with_psqlrc(server: Server, dbname: str, script: Path, psqlrc: Path) -> Ran:
    command = [find_program(server, "psql"), "-d", server.conninfo(dbname), *LOSING, "-f", str(script)]
    environment = clean_environment({"PSQLRC": str(psqlrc)})
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", env=environment, timeout=60
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def test_a_hostile_psqlrc(
    server: Server, new_database: NewDatabase, stage: Stage, record: Record, tmp_path: Path
) -> None:
    (psqlrc := tmp_path / "psqlrc").write_text(PSQLRC)
    seen = []
    for direction in DIRECTIONS:
        database = new_database(stage.start("1.2.0", direction))
        ran = with_psqlrc(server, database, script_of("1.2.0", direction), psqlrc)
        assert ran.status == 0, ran.out + ran.err
        assert_same_end(stage.end("1.2.0", direction), take_state(server, database))
        seen.append(Seen(direction, "psql", ran.say(f"{direction}, finished 2", {direction: "…"}), SAME_END))
    record("psqlrc", seen)


def test_a_psqlrc_that_leaves_a_transaction_open(
    server: Server, new_database: NewDatabase, stage: Stage, record: Record, tmp_path: Path
) -> None:
    (psqlrc := tmp_path / "psqlrc").write_text("\\set AUTOCOMMIT off\nSET datestyle = 'German';\n")
    seen = []
    for direction in DIRECTIONS:
        database = new_database(stage.start("1.2.0", direction))
        before = take_state(server, database)
        ran = with_psqlrc(server, database, script_of("1.2.0", direction), psqlrc)
        assert_refused(ran, "1.2.0", direction)
        assert_unchanged(before, take_state(server, database))
        seen.append(Seen(direction, "psql", ran.say("inside a transaction block"), UNCHANGED))
    record("psqlrc-open", seen)


def test_hostile_defaults(server: Server, new_database: NewDatabase, stage: Stage, record: Record) -> None:
    seen = []
    for direction in DIRECTIONS:
        for runner, runs in RUNS.items():
            database = new_database(stage.start("1.2.0", direction))
            ran = runs(server, database, script_of("1.2.0", direction), options=OPTIONS)
            assert ran.status == 0, ran.out + ran.err
            assert_same_end(stage.end("1.2.0", direction), take_state(server, database))
            seen.append(Seen(direction, runner, ran.say(", finished", {direction: "…"}), SAME_END))
    record("defaults", seen)


def test_it_has_been_run_already(server: Server, new_database: NewDatabase, stage: Stage, record: Record) -> None:
    seen = []
    for direction, when in zip(DIRECTIONS, ("after", "back"), strict=True):
        database = new_database(stage.template("1.2.0", when))
        before = take_state(server, database)
        for runner, runs in RUNS.items():
            ran = runs(server, database, script_of("1.2.0", direction))
            assert ran.status == 0, ran.out + ran.err
            assert_unchanged(before, take_state(server, database))
            seen.append(Seen(direction, runner, ran.say("nothing to do"), UNCHANGED))
    record("done", seen)


def test_six_at_once(server: Server, new_database: NewDatabase, stage: Stage, record: Record) -> None:
    """One works; the others are refused, or come late and find nothing to do."""
    seen = []
    for direction in DIRECTIONS:
        for runner in RUNNERS:
            database = new_database(stage.start("1.2.0", direction))
            script = script_of("1.2.0", direction)
            ended = [end_of(process) for process in [start(server, database, script, runner) for _ in range(6)]]
            (worked,) = (ran for ran in ended if ran.status == 0 and ", finished" in ran.out)
            for ran in ended:
                if ran is not worked and ran.status:
                    assert_refused(ran, "1.2.0", direction)
                elif ran is not worked:
                    assert "nothing to do" in ran.out
            assert_same_end(stage.end("1.2.0", direction), take_state(server, database))
            words = worked.say(", finished", {direction: "…"})
            seen.append(Seen(direction, runner, f"one {words}; the others refuse or find nothing to do", SAME_END))
    record("crowd", seen)


def test_somebody_else_runs_it(server: Server, new_database: NewDatabase, stage: Stage, record: Record) -> None:
    """Refused while the first waits within a segment; the first ends well."""
    seen = []
    for direction in DIRECTIONS:
        for runner, runs in RUNS.items():
            database = new_database(stage.start("1.2.0", direction))
            script = script_of("1.2.0", direction)
            with held(server, database, "comments"), under_way(server, database, script, runner) as first:
                second = runs(server, database, script)
                assert_refused(second, "1.2.0", direction)
                assert first.poll() is None
            words = second.say("another release is running")
            assert end_of(first).status == 0
            assert_same_end(stage.end("1.2.0", direction), take_state(server, database))
            seen.append(Seen(direction, runner, words, f"the other goes on: {SAME_END}"))
    record("second", seen)


def test_nobody_gets_in_while_the_guard_reads(
    server: Server, new_database: NewDatabase, stage: Stage, tmp_path: Path
) -> None:
    """Else the one that is slower would go by a state that the other has left behind."""
    for direction in DIRECTIONS:
        database = new_database(stage.start("1.2.0", direction))
        text = script_of("1.2.0", direction).read_text(encoding="utf-8")
        place = "    -- where did an earlier run stop? the last row tells\n"
        assert text.count(place) == 1
        (slow := tmp_path / "slow.sql").write_text(
            text.replace(place, f"    PERFORM pg_advisory_xact_lock(42);\n{place}")
        )
        with server.connect(database) as holder:
            holder.execute("SELECT pg_advisory_lock(42)")
            with under_way(server, database, slow, "psql") as first:
                second = RUNS["psql"](server, database, script_of("1.2.0", direction))
                assert_refused(second, "1.2.0", direction)
        assert end_of(first).status == 0
        assert_same_end(stage.end("1.2.0", direction), take_state(server, database))
