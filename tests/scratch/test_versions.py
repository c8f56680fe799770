"""A server or a psql that is too old, and a server that is newer than those that everything was tried on.

Real servers of such versions are not at hand: the bounds are moved instead.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from release import config
from release.cli import run
from release.errors import ToolError
from release.psql import supported
from release.psql.supported import why_unsupported
from release.rehearse import rehearsal as rehearsing
from release.render.machinery import Fixed
from release.scratch import server as servers
from release.scratch.server import Server, given_server
from tests.databases import NewDatabase, Psql
from tests.projects import Revision, write_project

ONE = Revision("a1", 'op.execute("CREATE TABLE t (id int)")', 'op.execute("DROP TABLE t")', "make t")


def build(root: Path) -> Path:
    ini = write_project(root, ONE)
    assert run(["-c", str(ini), "build", "1.0.0", "--no-lint"]) == 0
    return ini


@pytest.mark.parametrize(
    ("number", "said"),
    [(90624, "9.6.24"), (100023, "10.23"), (120022, "12.22"), (129999, "12.9999")],
)
def test_an_old_version_is_spelled_as_it_is_known(number: int, said: str) -> None:
    assert why_unsupported(number) == f"the server is PostgreSQL {said}, which is too old: 13 or later is needed"


@pytest.mark.parametrize("number", [0, 130000, 180006, 190000])
def test_a_version_that_is_worked_with(number: int) -> None:
    assert why_unsupported(number) == ""


@pytest.fixture
def too_old(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the tests' server be too old; give what is said of it."""
    for module in (servers, supported):
        monkeypatch.setattr(module, "OLDEST_SERVER", server.major + 1)
    major, minor = divmod(server.version, 10000)
    return f"the server is PostgreSQL {major}.{minor}, which is too old: {major + 1} or later is needed"


def test_a_given_server_that_is_too_old(server: Server, too_old: str) -> None:
    with pytest.raises(ToolError) as caught, given_server(server.conninfo(server.maintenance)):
        pytest.fail("it is taken")
    assert (caught.value.message, caught.value.exit_code) == (too_old, 2)


@pytest.mark.parametrize("command", [("rehearse", "1.0.0"), ("check", "--scratch"), ("build", "2.0.0", "--scratch")])
def test_commands_on_a_server_that_is_too_old(
    server: Server, too_old: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    ini = build(tmp_path)
    if command[0] != "rehearse":  # a revision that needs a database
        asks = Revision("b2", "if op.get_bind().execute(sa.text('SELECT 1')).scalar(): op.drop_table('t')", down="a1")
        (tmp_path / "migrations" / "versions" / "b2_x.py").write_text(asks.source(), encoding="utf-8")
    assert run(["-c", str(ini), *command, "--server", server.conninfo(server.maintenance)]) == 2
    assert too_old in capsys.readouterr().err


def test_apply_on_a_server_that_is_too_old(
    server: Server, too_old: str, new_database: NewDatabase, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """Nothing is sent, and the exit status is that of a connection that failed."""
    script = tmp_path / "one.sql"
    script.write_text("CREATE TABLE made ();\n", encoding="utf-8")
    database = new_database()
    assert run(["apply", "-d", server.conninfo(database), str(script)]) == 2
    assert too_old.encode() in capfdbinary.readouterr().err
    with server.connect(database) as connection:
        assert connection.execute("SELECT to_regclass('made')").fetchone() == (None,)


@pytest.mark.parametrize("script", ["preflight", "upgrade", "rollback"])
def test_a_psql_that_is_too_old(new_database: NewDatabase, psql: Psql, tmp_path: Path, script: str) -> None:
    """It says its version in a variable, which is given another value here."""
    database = new_database()
    folder = build(tmp_path).parent / "scripts" / "1.0.0"
    if script == "rollback":
        assert psql(database, script=folder / "upgrade.sql").returncode == 0
    done = psql(database, "-v", "VERSION_NUM=120022", script=folder / f"{script}.sql")
    assert done.returncode == 3, done.stderr
    assert "psql 12 is too old: 13 or later is needed" in done.stdout + done.stderr
    assert psql(database, "-v", "VERSION_NUM=130000", script=folder / f"{script}.sql").returncode == 0


@pytest.fixture
def fixed_text() -> Iterator[None]:
    """It is made once, and here it is another."""
    Fixed.part.cache_clear()
    yield
    Fixed.part.cache_clear()


@pytest.mark.usefixtures("fixed_text")
@pytest.mark.parametrize("plain", [False, True], ids=["psql", "plain"])
def test_a_server_that_is_newer_than_those_that_were_tried(
    server: Server,
    new_database: NewDatabase,
    psql: Psql,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    plain: bool,
) -> None:
    """preflight.sql warns, and says GO; a rehearsal runs, and its evidence says so."""
    if plain:
        (tmp_path / "pyproject.toml").write_text("[tool.release]\nplain = true\nhistory = false\n", encoding="utf-8")
    major = server.major
    monkeypatch.setattr(sys.modules[Fixed.__module__], "TRIED_SERVERS", (13, major - 1))
    ini = build(tmp_path)
    done = psql(new_database(), "-At", script=tmp_path / "scripts" / "1.0.0" / "preflight.sql")
    assert done.returncode == 0, done.stdout + done.stderr
    [note] = [line for line in done.stdout.splitlines() if "newer than" in line]
    assert note.startswith(f"note|PostgreSQL {major}.")
    assert note.endswith(
        f"is newer than those that this release was tried on (13 to {major - 1}): rehearse it on such a server first"
    )
    monkeypatch.setattr(rehearsing, "NEWEST_SERVER", major - 1)
    assert run(["-c", str(ini), "rehearse", "1.0.0", "--server", server.conninfo(server.maintenance)]) == 0
    evidence = json.loads((tmp_path / "scripts" / "1.0.0" / "rehearsal.json").read_text(encoding="utf-8"))
    [step] = [step for step in evidence["steps"] if step["name"] == "server"]
    assert step["summary"] == f"PostgreSQL {major} is newer than those that were tried (13 to {major - 1})"


def test_what_was_tried_is_said_in_one_place(server: Server) -> None:
    assert server.major in config.TRIED_SERVERS
    assert (min(config.TRIED_SERVERS), max(config.TRIED_SERVERS)) == (config.OLDEST_SERVER, config.NEWEST_SERVER)
