"""The scratch server: private, not root's, and gone afterwards whatever happens."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

import release
from release.errors import ConfigError, ConnectionFailedError, DatabaseError, ReleaseError, ToolError
from release.scratch.environment import client_environment
from release.scratch.server import Server, given_server, scratch_server
from tests.databases import WITHOUT_POSTGIS, Dump, NewDatabase, Psql, clean_environment, url_of

pytestmark = pytest.mark.postgresql

ROOT = Path(release.__file__).parents[1]
scratch = partial(scratch_server, postgis=not WITHOUT_POSTGIS)

# An owner to be killed: says which folder its server has, then does nothing.
OWNER = """
import os, sys, time
from release.scratch.server import scratch_server
with scratch_server(postgis={postgis}) as server:
    print(dict(server.parameters)["host"], flush=True)
    {inside}
    time.sleep(600)
"""


@pytest.fixture
def own_tmpdir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Give a short TMPDIR that the server's account can enter, so that whatever is left over stands out."""
    with tempfile.TemporaryDirectory(prefix="t", dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        monkeypatch.setenv("TMPDIR", name)
        monkeypatch.setattr(tempfile, "tempdir", None)
        yield folder
    tempfile.tempdir = None


def folder_of(server: Server) -> Path:
    return Path(dict(server.parameters)["host"])


def postmaster_of(folder: Path) -> int:
    return int((folder / "data" / "postmaster.pid").read_text().split()[0])


@contextmanager
def start_owner(inside: str = "") -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", OWNER.format(inside=inside, postgis=not WITHOUT_POSTGIS)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as owner:
        try:
            yield owner
        finally:
            with suppress(ProcessLookupError):
                os.killpg(owner.pid, signal.SIGKILL)


def processes_in(folder: Path) -> str:
    """List the processes that mention a folder."""
    listed = subprocess.run(["ps", "-eww", "-o", "pid,args"], capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in listed.splitlines() if str(folder) in line)


def wait_until_clean(folder: Path, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while list(folder.iterdir()) or processes_in(folder):
        assert time.monotonic() < deadline, f"left: {list(folder.iterdir())}\n{processes_in(folder)}"
        time.sleep(0.05)


def test_a_database_is_made_copied_and_dumped(
    server: Server, new_database: NewDatabase, template: str | None, psql: Psql, dump: Dump
) -> None:
    first = new_database(template)
    made = f"CREATE TABLE a (b int, g {'geometry' if template else 'box'}); INSERT INTO a VALUES (2), (1);"
    done = psql(first, "-v", "ON_ERROR_STOP=1", input=made)
    assert (done.returncode, done.stderr) == (0, "")
    second = new_database(first)
    assert dump(first) == dump(second)
    assert psql(second, "-At", "-c", "SELECT count(*) FROM a").stdout == "2\n"
    psql(second, "-c", "DELETE FROM a WHERE b = 1; INSERT INTO a VALUES (1)")
    assert dump(first) == dump(second)
    psql(second, "-c", "DELETE FROM a WHERE b = 1")
    assert dump(first) != dump(second)
    assert dump(first, exclude=("public.a",)) == dump(second, exclude=("public.a",))
    assert dump(first, rows=False) == dump(second, rows=False)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become another user")
def test_a_server_that_root_starts_is_not_roots(own_tmpdir: Path) -> None:
    with scratch() as server:
        folder = folder_of(server)
        assert Path(f"/proc/{postmaster_of(folder)}").stat().st_uid == folder.stat().st_uid != 0
        groups = Path(f"/proc/{postmaster_of(folder)}/status").read_text().split("Groups:")[1].splitlines()[0].split()
        assert groups == []


def test_only_we_can_reach_it(own_tmpdir: Path) -> None:
    with scratch() as server, server.connect() as connection:
        folder = folder_of(server)
        assert folder.parent == own_tmpdir
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        descriptors = Path(f"/proc/{postmaster_of(folder)}/fd")
        if descriptors.exists():
            sockets = {str(descriptor.readlink()) for descriptor in descriptors.iterdir()}
            for protocol in ("tcp", "tcp6", "udp", "udp6"):
                table = Path("/proc/net") / protocol
                lines = table.read_text().splitlines()[1:] if table.exists() else []
                ours = [line.split() for line in lines if f"socket:[{line.split()[9]}]" in sockets]
                # before 15 the statistics collector speaks to itself over UDP, and to nobody else
                assert not [each for each in ours if server.version >= 150000 or each[1] != each[2]]


def test_its_text_is_the_same_everywhere(server: Server, new_database: NewDatabase) -> None:
    if server.prefix:
        pytest.skip("a server that was given has its own settings")
    with server.connect(new_database()) as connection:
        for setting, value in {
            "server_encoding": "UTF8",
            "lc_messages": "C",
            "TimeZone": "UTC",
            "wal_level": "replica",
            "max_connections": "100",
        }.items():
            assert connection.execute(f"SHOW {setting}").fetchone() == (value,)
        locale = "SELECT datcollate, datctype FROM pg_database WHERE datname = current_database()"
        assert connection.execute(locale).fetchone() == ("C", "C")


def test_more_settings(own_tmpdir: Path) -> None:
    with scratch(settings={"wal_level": "logical", "cluster_name": r"it's a \ back"}) as server:
        with server.connect() as connection:
            assert connection.execute("SHOW wal_level").fetchone() == ("logical",)
            assert connection.execute("SHOW cluster_name").fetchone() == (r"it's a \ back",)
            connection.execute("ALTER SYSTEM SET timezone = 'Europe/Berlin'")  # a plain server lets itself be changed
            connection.execute("SELECT pg_reload_conf()")
        with server.connect() as connection:
            assert connection.execute("SHOW timezone").fetchone() == ("Europe/Berlin",)


def test_two_servers_at_once(own_tmpdir: Path) -> None:
    with scratch() as one, scratch() as two:
        one.create_database("a")
        two.create_database("a")
        with one.connect("a") as connection:
            connection.execute("CREATE TABLE only_here ()")
        with two.connect("a") as connection, pytest.raises(psycopg.errors.UndefinedTable):
            connection.execute("TABLE only_here")
    assert list(own_tmpdir.iterdir()) == []


def test_names_need_no_care(server: Server, psql: Psql) -> None:
    name = f"{server.prefix}a b'\"%20{{x}}@:/?=é\\"
    server.create_database(name)
    try:
        assert psql(name, "-At", "-c", "SELECT current_database()").stdout == f"{name}\n"
        engine = sqlalchemy.create_engine(url_of(server, name), poolclass=sqlalchemy.NullPool)
        with engine.connect() as connection:
            assert connection.scalar(sqlalchemy.text("SELECT current_database()")) == name
    finally:
        server.drop_database(name)
    with pytest.raises(ConnectionFailedError, match="does not exist"):
        server.connect(name)


def test_it_is_removed_after_an_exception(own_tmpdir: Path) -> None:
    with pytest.raises(ZeroDivisionError), scratch():
        _ = 1 / 0
    assert (list(own_tmpdir.iterdir()), processes_in(own_tmpdir)) == ([], "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_it_is_removed_when_its_owner_is_killed(own_tmpdir: Path, number: signal.Signals) -> None:
    with start_owner() as owner:
        assert owner.stdout
        assert Path(owner.stdout.readline().strip()).parent == own_tmpdir
        assert "postgres" in processes_in(own_tmpdir)
        os.killpg(owner.pid, number)  # as a terminal or a supervisor does: everything that belongs to the owner
        owner.wait(timeout=30)
    wait_until_clean(own_tmpdir)


@pytest.mark.parametrize("seconds", [0.15, 0.3, 0.45, 0.6, 0.75])
def test_it_is_removed_when_its_owner_is_killed_while_it_starts(own_tmpdir: Path, seconds: float) -> None:
    with start_owner() as owner:
        time.sleep(seconds)
        owner.kill()
    wait_until_clean(own_tmpdir)


def test_a_child_of_the_owner_does_not_keep_it(own_tmpdir: Path) -> None:
    with start_owner(inside="child = os.fork(); child and print(child, flush=True)") as owner:
        assert owner.stdout
        owner.stdout.readline()
        child = int(owner.stdout.readline())
        owner.kill()
        wait_until_clean(own_tmpdir)
        os.kill(child, 0)  # still there


def test_its_supervisor_removes_it_when_it_is_told_to_end(own_tmpdir: Path) -> None:
    with scratch():
        (supervisor,) = (line for line in processes_in(own_tmpdir).splitlines() if "supervisor.py" in line)
        os.kill(int(supervisor.split()[0]), signal.SIGTERM)
        wait_until_clean(own_tmpdir)


@pytest.mark.parametrize("flaw", ["long", "closed to others", "comma"])
def test_a_tmpdir_that_will_not_do_is_passed_over(own_tmpdir: Path, monkeypatch: pytest.MonkeyPatch, flaw: str) -> None:
    unfit = own_tmpdir / {"long": "x" * 150, "closed to others": "closed", "comma": "a,b"}[flaw]
    unfit.mkdir(mode=0o700 if flaw == "closed to others" else 0o755)
    monkeypatch.setenv("TMPDIR", str(unfit))
    tempfile.tempdir = None
    with scratch() as server:
        folder = folder_of(server)
        if flaw != "closed to others" or os.geteuid() == 0:
            assert folder.parent == Path("/tmp")
        with server.connect():
            pass
    assert not folder.exists()


def test_a_server_that_does_not_start_says_why_and_is_removed(own_tmpdir: Path) -> None:
    settings = {"no_such_thing": "1"}
    with (
        pytest.raises(ToolError, match='unrecognized configuration parameter "no_such_thing"') as caught,
        scratch(settings=settings),
    ):
        pytest.fail("it started")
    assert caught.value.exit_code == 2
    assert "Success" not in caught.value.message  # initdb's words
    assert list(own_tmpdir.iterdir()) == []


@pytest.fixture(scope="module")
def theirs() -> Iterator[Server]:
    with scratch() as theirs:
        theirs.create_database("precious")
        yield theirs


class TestGivenServer:
    """A server that is somebody else's: what we did not make there is not touched."""

    @staticmethod
    def databases(theirs: Server) -> set[str]:
        with theirs.connect() as connection:
            return {name for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall()}

    @pytest.mark.parametrize("form", ["keywords", "uri"])
    def test_only_our_databases_are_made_and_dropped(self, theirs: Server, form: str) -> None:
        before = self.databases(theirs)
        uri = f"postgresql://postgres@/precious?host={folder_of(theirs)}&port=5432"
        conninfo = theirs.conninfo("precious") if form == "keywords" else uri
        with pytest.raises(ZeroDivisionError), given_server(conninfo) as ours:  # noqa: PT012 - leaving is what is tested
            assert (ours.bindir, ours.version) == (None, theirs.version)
            ours.create_database(f"{ours.prefix}kept")
            ours.create_database(f"{ours.prefix}dropped")
            with ours.connect(f"{ours.prefix}kept"):
                ours.drop_database(f"{ours.prefix}dropped")
                assert self.databases(theirs) == before | {f"{ours.prefix}kept"}
                with pytest.raises(DatabaseError, match="precious was not made here"):
                    ours.drop_database("precious")
                with pytest.raises(ValueError, match="does not start with"):
                    ours.create_database("mine")
                _ = 1 / 0  # leaving with a session still open
        assert self.databases(theirs) == before

    def test_the_tests_themselves_run_on_it(self, theirs: Server) -> None:
        before = self.databases(theirs)
        # the programs of a server that is given are those on PATH
        variables = {"RELEASE_TEST_SERVER": theirs.conninfo(), "PG_BINDIR": "/nowhere"}
        variables["PATH"] = f"{theirs.bindir}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-p",
                "no:cacheprovider",
                __file__,
                "-k",
                "is_made_copied or need_no_care",
            ],
            cwd=ROOT,
            env=clean_environment(variables),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout
        assert "2 passed" in done.stdout
        assert self.databases(theirs) == before

    def test_a_database_that_cannot_be_dropped_keeps_no_other(self, theirs: Server) -> None:
        before = self.databases(theirs)
        with pytest.raises(DatabaseError, match="template"), given_server(theirs.conninfo()) as ours:  # noqa: PT012
            names = [f"{ours.prefix}{each}" for each in "abc"]
            for name in names:
                ours.create_database(name)
            with theirs.connect() as connection:
                connection.execute(f"ALTER DATABASE {names[1]} IS_TEMPLATE true".encode())
        assert self.databases(theirs) - before == {names[1]}
        with theirs.connect() as connection:
            connection.execute(f"ALTER DATABASE {names[1]} IS_TEMPLATE false".encode())
            connection.execute(f"DROP DATABASE {names[1]}".encode())

    @pytest.mark.parametrize("way", ["variables", "service"])
    def test_it_is_reached_however_libpq_found_it(
        self, theirs: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str
    ) -> None:
        """What is started for it gets none of the variables that led there."""
        with monkeypatch.context() as patch:
            patch.setenv("PGPASSWORD", "secret")
            if way == "variables":
                patch.setenv("PGHOST", str(folder_of(theirs)))
                patch.setenv("PGUSER", "postgres")
            else:
                services = tmp_path / "services"
                services.write_text(f"[theirs]\nhost={folder_of(theirs)}\nuser=postgres\n", encoding="utf-8")
                patch.setenv("PGSERVICEFILE", str(services))
            conninfo = "dbname=precious" if way == "variables" else "service=theirs dbname=precious"
            with given_server(conninfo) as ours:
                environment = client_environment(ours)
        reached = {name: value for name, value in environment.items() if name.startswith("PG")}
        assert reached == {"PGHOST": str(folder_of(theirs)), "PGUSER": "postgres", "PGPASSWORD": "secret"}
        with ours.connect("precious") as connection:
            assert connection.info.user == "postgres"

    def test_a_role_that_may_not_create_databases_is_told(self, theirs: Server) -> None:
        with theirs.connect() as connection:
            connection.execute("CREATE ROLE humble LOGIN")
        with (
            given_server(theirs.conninfo().replace("user=postgres", "user=humble")) as ours,
            pytest.raises(DatabaseError, match="permission denied to create database") as caught,
        ):
            ours.create_database(f"{ours.prefix}a")
        assert caught.value.exit_code == 3

    @pytest.mark.parametrize(
        ("conninfo", "error", "said"),
        [
            ("host=/nowhere/at/all", ConnectionFailedError, "cannot connect to the database"),
            ("hots=here", ConfigError, 'invalid connection option "hots"'),
        ],
    )
    def test_a_server_that_is_not_there(self, conninfo: str, error: type[ReleaseError], said: str) -> None:
        with pytest.raises(error, match=said) as caught, given_server(conninfo):
            pytest.fail("there is a server")
        assert caught.value.hint


def test_a_session_that_cannot_be_made_fit_is_closed(server: Server) -> None:
    refused = replace(server, imposed=(("lock_timeout", "0"), ("lock_timeout", "no number")))
    with pytest.raises(DatabaseError, match="lock_timeout") as caught:
        refused.connect(server.maintenance)
    frames = [frame for frame, _ in traceback.walk_tb(caught.tb)]
    (connection,) = (frame.f_locals["connection"] for frame in frames if "connection" in frame.f_locals)
    assert connection.closed


def test_a_scratch_server_without_a_folder_for_it(tmp_path: Path) -> None:
    said = supervised(tmp_path / "none", initdb="true")
    assert said["error"].startswith(f"cannot make its folder in {tmp_path / 'none'}: ")
    assert "No such file" in said["error"]


def test_a_scratch_server_on_a_full_disk(tmp_path: Path) -> None:
    said = supervised(tmp_path, initdb='mkdir "${@: -1}" && ln -s /dev/full "${@: -1}/postgresql.conf"')
    assert said["error"] == f"cannot make its folder in {tmp_path}: [Errno 28] No space left on device"
    assert [each.name for each in tmp_path.iterdir()] == ["program"]


def test_a_scratch_server_whose_programs_may_not_be_run(tmp_path: Path) -> None:
    said = supervised(tmp_path, initdb="true", mode=0o600)
    assert said["error"].startswith(f"cannot run its programs as the user {os.geteuid()}: ")
    assert "Permission denied" in said["error"]


def supervised(base: Path, *, initdb: str, mode: int = 0o755) -> dict[str, str]:
    """What the supervisor says where initdb is a script of bash."""
    program = (base if base.exists() else base.parent) / "program"
    program.write_text(f"#!/bin/bash\n{initdb}\n", encoding="utf-8")
    program.chmod(mode)
    job: dict[str, object] = {
        "base": str(base),
        "initdb": str(program),
        "postgres": "/bin/false",
        "settings": "fsync = off\n",
    }
    job |= {"account": None, "patience": 9}
    supervisor = ROOT / "release/scratch/supervisor.py"
    with subprocess.Popen(
        [sys.executable, "-I", "-S", supervisor, json.dumps(job)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        answer = process.stdout.readline()
    said: dict[str, str] = json.loads(answer)
    return said
