"""What is not done here is refused with file and line, before anything is sent where the files show it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest

from release.errors import ReleaseError
from release.psql.apply import apply_scripts
from release.scratch.server import Server
from tests.databases import NewDatabase

# script, place and part of the message; each script starts with a CREATE TABLE that must not be executed.
SEEN_BEFORE = {
    "shell": ("SELECT 1;\n\\! date\n", "script.sql:3: \\! "),
    "copy": ("\\copy made from 'x'\n", "script.sql:2: \\copy "),
    "copy in capitals": ("\\COPY made from 'x'\n", "script.sql:2: \\COPY "),
    "connect": ("SELECT 1 \\; \\c other\n", "script.sql:2: \\c "),
    "output": ("SELECT 1\n\n\\o /dev/null\n", "script.sql:4: \\o "),
    "describe": ("\\dt+\n", "script.sql:2: \\dt+ "),
    "g with a file": ("SELECT 1 \\g /dev/null\n", "script.sql:2: \\g with a file"),
    "g with a pipe": ("SELECT 1 \\g |cat\n", "script.sql:2: \\g with a file"),
    "backquotes": ("\\set now `date`\n", "script.sql:2: a shell command in backquotes"),
    "in a branch": ("\\if false\n\\prompt x y\n\\endif\n", "script.sql:3: \\prompt "),
    "misspelt": ("\\ecoh done\n", "script.sql:2: \\ecoh "),
    "included": ("\\ir deeper/inner.sql\n", "deeper/inner.sql:2: \\! "),
    "after copy data": ("COPY made FROM stdin;\n\\! date\n\\.\n\\w x\n", "script.sql:5: \\w "),
    "after non-standard strings": (
        "SET standard_conforming_strings = off;\nSELECT '\\'; \\! ';\n\\x\n",
        "script.sql:4: \\x ",
    ),
}


def run(server: Server, dbname: str, script: Path) -> tuple[int, str, str]:
    out, err = BytesIO(), BytesIO()
    status = apply_scripts([str(script)], server.conninfo(dbname), out=out, err=err)
    return status, out.getvalue().decode(), err.getvalue().decode()


def tables(server: Server, dbname: str) -> list[str]:
    with server.connect(dbname) as connection:
        return [row[0] for row in connection.execute("SELECT relname FROM pg_class WHERE relname LIKE 'made%'")]


@pytest.mark.parametrize(("rest", "message"), SEEN_BEFORE.values(), ids=SEEN_BEFORE)
def test_seen_before_anything_is_sent(
    server: Server, new_database: NewDatabase, tmp_path: Path, rest: str, message: str
) -> None:
    name = new_database()
    (tmp_path / "deeper").mkdir()
    (tmp_path / "deeper" / "inner.sql").write_text("SELECT 1;\n\\! date\n")
    script = tmp_path / "script.sql"
    script.write_text("CREATE TABLE made (x int);\n" + rest)
    with pytest.raises(ReleaseError) as caught:
        run(server, name, script)
    assert message in caught.value.message
    assert caught.value.hint
    assert tables(server, name) == []


# Only the run can show these. What was committed before stays, an open transaction is rolled back.
SEEN_LATER = {
    "in a variable": ("\\set c '\\\\! date'\n:c\n", "script.sql:5: \\! "),
    "shell in a variable": ("\\set c '\\\\echo `date`'\n:c\n", "script.sql:5: a shell command in backquotes"),
    "in a file named by a variable": ("\\set f inner.sql\n\\ir :f\n", "inner.sql:2: \\! "),
    "a setting": ("\\set FETCH_COUNT 10\n", "FETCH_COUNT"),
    "an encoding": ("SET client_encoding = 'SJIS';\n", "script.sql:4: client_encoding SJIS"),
}


@pytest.mark.parametrize(("rest", "message"), SEEN_LATER.values(), ids=SEEN_LATER)
def test_seen_on_the_way(server: Server, new_database: NewDatabase, tmp_path: Path, rest: str, message: str) -> None:
    name = new_database()
    (tmp_path / "inner.sql").write_text("SELECT 1;\n\\! date\n")
    script = tmp_path / "script.sql"
    script.write_text("CREATE TABLE made_before (x int);\nBEGIN;\nCREATE TABLE made_within (x int);\n" + rest)
    with pytest.raises(ReleaseError) as caught:
        run(server, name, script)
    assert message in caught.value.message
    assert tables(server, name) == ["made_before"]


def test_what_looks_like_a_command_but_is_data(server: Server, new_database: NewDatabase, tmp_path: Path) -> None:
    script = tmp_path / "script.sql"
    script.write_text(
        "CREATE TABLE made (x text);\nCOPY made FROM stdin;\n\\\\! date\n\\N\n\\.\n"
        'SELECT \'\\! date\', $$\\! date$$, "x\\!" -- \\! date\n FROM (SELECT 1 AS "x\\!") t /* \\! */;\n'
    )
    status, out, err = run(server, new_database(), script)
    assert (status, err) == (0, "")
    assert "COPY 2" in out
