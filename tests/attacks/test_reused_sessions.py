"""A session that was used before: what it left behind is not what a script works on, and a script can be run again."""

from __future__ import annotations

import os
import pty
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from release.scratch.server import Server
from tests.attacks.conftest import Bundles
from tests.databases import NewDatabase, clean_environment, find_program
from tests.faults.trial import RUNS, assert_same_end, assert_unchanged, by_psql, take_state
from tests.faults.way import held

# Tables of the authors, and of ours, among the temporary ones: of the same shape, and of another.
SHADOWS = {
    "of the same shape": """
        CREATE TEMPORARY TABLE kept (LIKE public.kept INCLUDING ALL);
        CREATE TEMPORARY TABLE other (LIKE public.other INCLUDING ALL);
        CREATE TEMPORARY TABLE alembic_version (LIKE public.alembic_version INCLUDING ALL);
        CREATE TEMPORARY TABLE release_history (LIKE public.release_history INCLUDING ALL);
        INSERT INTO pg_temp.alembic_version TABLE public.alembic_version;
    """,
    "of another shape": """
        CREATE TEMPORARY TABLE kept (nothing text);
        CREATE TEMPORARY VIEW other AS SELECT 1 AS one;
        CREATE TEMPORARY TABLE alembic_version (nothing text);
        CREATE TEMPORARY SEQUENCE release_history;
        CREATE TEMPORARY TABLE release_plan (nothing text);
        CREATE TEMPORARY TABLE seen (nothing text);
    """,
}
PATHS = ("", "-c search_path=pg_temp,public", "-c search_path=public,pg_catalog,pg_temp")


@pytest.fixture
def first(server: Server, new_database: NewDatabase, small: Bundles) -> str:
    """Give a database that has the first release."""
    database = new_database()
    ran = by_psql(server, database, small.script("1.0", "upgrade"))
    assert ran.status == 0, ran.err
    return database


# An author's own SET search_path would find the temporary ones first: the guard refuses. Nothing else relies on it.
REFUSAL = "this session has temporary tables that go by the names of the release's own ("
ASKED = "WHERE c.relnamespace = pg_my_temp_schema() AND"


@pytest.mark.parametrize("runner", RUNS)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("shape", SHADOWS)
def test_temporary_tables_do_not_stand_before_the_real_ones(
    server: Server,
    new_database: NewDatabase,
    first: str,
    small: Bundles,
    tmp_path: Path,
    shape: str,
    path: str,
    runner: str,
) -> None:
    """They are refused by what writes, and where that were not so the real ones would be meant all the same."""
    plain = new_database(first)
    earlier, unasked = tmp_path / "earlier.sql", tmp_path / "unasked.sql"
    earlier.write_text(SHADOWS[shape], encoding="utf-8")
    for name in ("preflight", "upgrade", "verify", "rollback"):
        script = small.script("2.0", name)
        if name in {"upgrade", "rollback"}:
            before = take_state(server, first)
            ran = RUNS[runner](server, first, earlier, script, options=path)
            assert ran.status == 3, ran.out + ran.err
            assert f"{REFUSAL}alembic_version, kept, other, " in ran.err
            assert_unchanged(before, take_state(server, first))
            text = script.read_text(encoding="utf-8")
            assert text.count(ASKED) == 1
            unasked.write_text(text.replace(ASKED, f"{ASKED} false AND"), encoding="utf-8")
            script = unasked
        ran = RUNS[runner](server, first, earlier, script, options=path)
        assert ran.status == 0, ran.out + ran.err
        undisturbed = by_psql(server, plain, small.script("2.0", name))
        assert undisturbed.status == 0, undisturbed.err
        assert_same_end(take_state(server, plain), take_state(server, first))


class Terminal:
    """psql as a person has it: what fails ends the file that is read, not the session."""

    def __init__(self, server: Server, database: str) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [find_program(server, "psql"), "-X", "-n", "-P", "pager=off", "-d", server.conninfo(database)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=clean_environment({"TERM": "dumb"}),
        )
        os.close(theirs)
        self._asked = 0

    def ask(self, line: str) -> str:
        """Type a line, and give what is printed until it is done."""
        self._asked += 1
        end = f"done-{self._asked}"
        os.write(self._ours, f"{line}\n\\echo 'done'-{self._asked}\n".encode())
        said, until = "", time.monotonic() + 60
        while end not in said:
            assert time.monotonic() < until, said
            said += os.read(self._ours, 65536).decode(errors="replace")
        return said

    def close(self) -> None:
        os.close(self._ours)
        self._process.wait(30)


@contextmanager
def terminal(server: Server, database: str) -> Iterator[Terminal]:
    opened = Terminal(server, database)
    try:
        yield opened
    finally:
        opened.close()


def test_it_is_read_again_in_the_same_session_after_an_error(
    server: Server, new_database: NewDatabase, first: str, small: Bundles
) -> None:
    """Also where the error has left a transaction open that is failed."""
    plain = new_database(first)
    for name in ("upgrade", "rollback"):
        assert by_psql(server, plain, small.script("2.0", name)).status == 0
        script = small.script("2.0", name)
        with terminal(server, first) as psql:
            psql.ask("\\set lock_timeout 300ms")
            with held(server, first, "public.other"):
                assert "lock timeout" in psql.ask(f"\\i {script}")
            said = psql.ask(f"\\i {script}")
            looked, _, rest = said.partition("an earlier error has left its transaction open: it is rolled back")
            assert looked.count("ERROR:  ") == looked.count("ERROR:  current transaction is aborted, ") == 1, said
            assert "ERROR" not in rest, said
            assert_same_end(take_state(server, plain), take_state(server, first))
            assert "ERROR" not in psql.ask(f"\\i {script}")
