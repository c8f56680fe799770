"""`release apply` as a program: options, exit statuses, files, connections, JSON, Ctrl-C, the line of progress."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from time import monotonic, sleep

import pytest

from release.scratch.server import Server
from tests.databases import NewDatabase, clean_environment, find_program
from tests.psql.versions import ask_version, differences_of

ROOT = Path(__file__).parents[2]
APPLY = [sys.executable, "-m", "release", "apply"]


def start(
    arguments: list[str], folder: Path, env: Mapping[str, str] | None = None, stderr: int = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*APPLY, *arguments],
        cwd=folder,
        env=clean_environment({"PYTHONPATH": str(ROOT), **(env or {})}),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
    )


def apply(
    arguments: list[str], folder: Path, env: Mapping[str, str] | None = None, stdin: bytes = b""
) -> tuple[int, str, str]:
    with start(arguments, folder, env) as process:
        out, err = process.communicate(stdin, timeout=60)
    return process.returncode, out.decode(), err.decode()


def psql(
    server: Server, arguments: list[str], folder: Path, env: Mapping[str, str] | None = None, stdin: bytes = b""
) -> tuple[int, str, str]:
    done = subprocess.run(
        [find_program(server, "psql"), "-X", "-A", *arguments],
        cwd=folder,
        env=clean_environment(env),
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def as_psql(files: list[str]) -> list[str]:
    return [word for file in files for word in ("-f", file)]


FILES = {
    "two": ["one.sql", "two.sql"],
    "an error goes on": ["bad.sql", "two.sql"],
    "an error stops": ["stops.sql", "two.sql"],
    "missing": ["nowhere.sql", "two.sql"],
    "a folder": ["folder", "two.sql"],
    "a loop": ["loop.sql"],
    "not a folder": ["one.sql/two.sql"],
    "an untidy path": ["./folder//../one.sql"],
    "standard input": ["-", "two.sql"],
    "an error in standard input": ["two.sql", "-"],
}


@pytest.mark.parametrize("files", FILES.values(), ids=FILES)
def test_files(server: Server, tmp_path: Path, files: list[str]) -> None:
    (tmp_path / "one.sql").write_text("SELECT 1 AS one \\gset\n\\echo :one\n")
    (tmp_path / "two.sql").write_text("SELECT :{?one};\nSELECT * FROM pg_temp.t;\n")
    (tmp_path / "bad.sql").write_text("SELECT 1/0;\n")
    (tmp_path / "stops.sql").write_text("\\set ON_ERROR_STOP on\nSELECT 1/0;\n")
    (tmp_path / "folder").mkdir()
    (tmp_path / "loop.sql").symlink_to("loop.sql")
    stdin = b"CREATE TEMP TABLE t (a int);\nCOPY t FROM stdin;\n1\n2\n\\.\nSELECT nope;\n"
    conninfo = ["-d", server.conninfo()]
    assert apply([*conninfo, *files], tmp_path, stdin=stdin) == psql(
        server, [*conninfo, *as_psql(files)], tmp_path, stdin=stdin
    )


def test_connections_that_fail(tmp_path: Path, server: Server) -> None:
    (tmp_path / "one.sql").write_text("SELECT 1;\n")
    tells_where = "connection-where" not in {each.code for each in differences_of(ask_version(server))}
    for conninfo in ("nonsense=1", "postgresql://%%", server.conninfo("no such database"), "host=/nowhere", "host"):
        ours = apply(["-d", conninfo, "one.sql"], tmp_path, {"PGHOST": str(tmp_path)})
        theirs = psql(server, ["-d", conninfo, "-f", "one.sql"], tmp_path, {"PGHOST": str(tmp_path)})
        if tells_where or "connection to server" not in ours[2]:
            assert ours == theirs
        else:
            assert ours[:2] == theirs[:2]
            assert "connection to server" not in theirs[2], f"{conninfo}: this psql no longer differs"
        assert ours[0] == 2


def test_connections_from_the_environment(tmp_path: Path, server: Server, new_database: NewDatabase) -> None:
    name = new_database()
    parameters = dict(server.parameters)
    (tmp_path / "one.sql").write_text("\\echo :DBNAME :USER :HOST :PORT\nSELECT current_database(), session_user;\n")
    (tmp_path / "services").write_text("[here]\n" + "".join(f"{key}={value}\n" for key, value in parameters.items()))
    variables = {f"PG{key.upper()}": value for key, value in parameters.items()}
    service = {"PGSERVICEFILE": str(tmp_path / "services")}
    for env, arguments in (
        (variables | {"PGDATABASE": name}, []),
        (variables, ["-d", name]),
        (service | {"PGSERVICE": "here"}, ["-d", f"dbname={name}"]),
        (service, ["-d", f"postgresql:///{name}?service=here"]),
    ):
        ours = apply([*arguments, "one.sql"], tmp_path, env)
        assert ours == psql(server, [*arguments, "-f", "one.sql"], tmp_path, env)
        assert ours[0] == 0
        assert name in ours[1]


def test_the_service_has_a_name(tmp_path: Path, server: Server) -> None:
    """Since psql 18 the variable SERVICE tells it."""
    (tmp_path / "one.sql").write_text("\\echo :SERVICE\n")
    (tmp_path / "services").write_text("[here]\n" + "".join(f"{key}={value}\n" for key, value in server.parameters))
    env = {"PGSERVICEFILE": str(tmp_path / "services"), "PGSERVICE": "here"}
    ours = apply(["-d", "dbname=postgres", "one.sql"], tmp_path, env)
    assert ours == (0, "here\n", "")
    theirs = psql(server, ["-d", "dbname=postgres", "-f", "one.sql"], tmp_path, env)
    lacking = any(each.code == "service" for each in differences_of(ask_version(server)))
    assert theirs == ((0, ":SERVICE\n", "") if lacking else ours)


def test_variables_and_wrong_usage(tmp_path: Path, server: Server) -> None:
    (tmp_path / "one.sql").write_text("\\echo :a :b\n")
    conninfo = ["-d", server.conninfo()]
    assert apply([*conninfo, "-v", "a=1", "-v", "b=x=y", "one.sql"], tmp_path) == (0, "1 x=y\n", "")
    assert apply([*conninfo, "-v", "a", "one.sql"], tmp_path)[0] == 2
    assert apply(conninfo, tmp_path)[0] == 2


def test_json(tmp_path: Path, server: Server, new_database: NewDatabase) -> None:
    (tmp_path / "one.sql").write_text(
        "\\echo hello\nCREATE TABLE t (a int);\nINSERT INTO t\n  VALUES (1), (2);\n"
        "DO $$ BEGIN RAISE NOTICE 'note' USING HINT = 'try'; END $$; SELECT 1 \\; UPDATE t SET a = 3;\n"
        "COPY t FROM stdin;\n4\n\\.\nCOPY t TO stdout;\nSELECT 1/0;\n"
    )
    conninfo = server.conninfo(new_database())
    status, out, err = apply(["-d", conninfo, "-o", "json", "-v", "ON_ERROR_STOP=1", "one.sql"], tmp_path)
    assert status == 3
    records = [json.loads(line) for line in out.splitlines()]
    assert all(record.pop("milliseconds") >= 0 and record.pop("file") == "one.sql" for record in records)
    note = {"severity": "NOTICE", "sqlstate": "00000", "message": "note", "hint": "try"}
    note["context"] = "PL/pgSQL function inline_code_block line 1 at RAISE"
    failure = {"severity": "ERROR", "sqlstate": "22012", "message": "division by zero"}
    assert records == [
        {"line": 2, "tag": "CREATE TABLE", "tags": ["CREATE TABLE"], "rows": None, "notices": [], "error": None},
        {"line": 3, "tag": "INSERT 0 2", "tags": ["INSERT 0 2"], "rows": 2, "notices": [], "error": None},
        {"line": 5, "tag": "DO", "tags": ["DO"], "rows": None, "notices": [{**note}], "error": None},
        {"line": 5, "tag": "UPDATE 2", "tags": ["SELECT 1", "UPDATE 2"], "rows": 2, "notices": [], "error": None},
        {"line": 6, "tag": "COPY 1", "tags": ["COPY 1"], "rows": 1, "notices": [], "error": None},
        {"line": 9, "tag": "COPY 3", "tags": ["COPY 3"], "rows": 3, "notices": [], "error": None},
        {"line": 10, "tag": None, "tags": [], "rows": None, "notices": [], "error": failure},
    ]
    assert "hello\n" in err
    assert "psql:one.sql:10: ERROR:  division by zero\n" in err


def test_json_of_a_lost_connection(tmp_path: Path, server: Server) -> None:
    (tmp_path / "one.sql").write_text("SELECT 1;\nSELECT pg_terminate_backend(pg_backend_pid());\nSELECT 2;\n")
    status, out, err = apply(["-d", server.conninfo(), "-o", "json", "one.sql"], tmp_path)
    assert status == 2
    assert err.endswith("psql:one.sql:2: error: connection to server was lost\n")
    first, last = (json.loads(line)["error"] for line in out.splitlines())
    assert first is None
    assert (last["severity"], last["sqlstate"]) == ("FATAL", "57P01")


def wait_until(server: Server, condition: str) -> None:
    """Wait until a condition on pg_stat_activity holds for some session."""
    until = monotonic() + 20
    with server.connect() as connection:
        while not connection.execute(f"SELECT 1 FROM pg_stat_activity WHERE {condition}").fetchone():
            assert monotonic() < until, condition
            sleep(0.02)


INTERRUPTED = {
    "sleeping": "SELECT 1;\nSELECT pg_sleep(50); SELECT 2;\nSELECT 3;\n",
    "stopping": "\\set ON_ERROR_STOP on\nBEGIN;\nCREATE TABLE gone (x int);\nSELECT pg_sleep(50); SELECT 2;\n",
    "in an included file": "\\i inner.sql\n\\echo not reached\n",
    "the last statement": "SELECT pg_sleep(50);\n",
}


@pytest.mark.parametrize("script", INTERRUPTED.values(), ids=INTERRUPTED)
def test_ctrl_c(server: Server, new_database: NewDatabase, tmp_path: Path, script: str) -> None:
    name = new_database()
    (tmp_path / "script.sql").write_text(script)
    (tmp_path / "inner.sql").write_text("SELECT pg_sleep(50);\nSELECT 4;\n")
    ended = []
    psql_command = [find_program(server, "psql"), "-X", "-A", "-d", server.conninfo(name), "-f", "script.sql"]
    for command in (psql_command, [*APPLY, "-d", server.conninfo(name), "script.sql"]):
        with subprocess.Popen(
            command,
            cwd=tmp_path,
            env=clean_environment({"PYTHONPATH": str(ROOT)}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            wait_until(server, f"datname = '{name}' AND state = 'active' AND query LIKE '%pg_sleep(50)%'")
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=20)
        ended.append((process.returncode, out.decode(), err.decode()))
        with server.connect() as connection:
            found = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'")
            assert found.fetchone() == (0,)
    assert ended[0] == ended[1]
    assert ended[0][0] == 3


def test_ctrl_c_while_the_script_is_awaited(server: Server, new_database: NewDatabase, tmp_path: Path) -> None:
    name = new_database()
    with start(["-d", server.conninfo(name), "-"], tmp_path) as process:
        assert process.stdin
        process.stdin.write(b"BEGIN;\nCREATE TABLE gone (x int);\n")
        process.stdin.flush()
        wait_until(server, f"datname = '{name}' AND query LIKE 'CREATE TABLE%' AND state = 'idle in transaction'")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 3
        assert process.stdout
        assert process.stderr
        assert (process.stdout.read(), process.stderr.read()) == (b"BEGIN\nCREATE TABLE\n", b"")


def test_progress_on_a_terminal(server: Server, new_database: NewDatabase, tmp_path: Path) -> None:
    name = new_database()
    (tmp_path / "script.sql").write_text(
        "\\echo segment 1 of 2: locks\nSELECT 1;\nLOCK TABLE t;\nALTER TABLE t ADD b int;\nSELECT 2;\n"
    )
    with server.connect(name) as holder:
        pid = holder.info.backend_pid
        holder.execute("CREATE TABLE t (a int)")
        holder.execute("BEGIN")
        holder.execute("LOCK TABLE t IN ROW SHARE MODE")
        parent, child = pty.openpty()
        # LOCK TABLE fails outside a transaction, at once; the ALTER TABLE waits
        with start(
            ["-d", server.conninfo(name), "script.sql"], tmp_path, {"COLUMNS": "300", "CI": ""}, stderr=child
        ) as process:
            os.close(child)
            seen = read_until(parent, rb"waits for a lock", 20)
            holder.execute("COMMIT")
            out, _ = process.communicate(timeout=20)
            seen += read_until(parent, None, 5)
        os.close(parent)
    assert process.returncode == 0
    assert out.decode().endswith("ALTER TABLE\n?column?\n2\n(1 row)\n")
    text = seen.decode()
    assert re.search(
        rf"statement 3 of 4, segment 1 of 2 \| \d+ s, all \d+ s \| waits for a lock \(relation\) held by "
        rf"{pid} \(postgres, idle in transaction: LOCK TABLE t IN ROW SHARE MODE\) \| "
        r"script.sql:4 ALTER TABLE t ADD b int;",
        text,
    )
    assert "psql:script.sql:3: ERROR:" in text
    assert text.endswith("\r\x1b[K")  # nothing of it is left on the screen


def test_no_progress_without_a_terminal(server: Server, tmp_path: Path) -> None:
    (tmp_path / "script.sql").write_text("SELECT pg_sleep(0.6) IS NULL;\n")
    assert apply(["-d", server.conninfo(), "script.sql"], tmp_path)[2] == ""


def read_until(descriptor: int, pattern: bytes | None, seconds: float) -> bytes:
    """Read from a terminal until a pattern appears, or to its end."""
    seen = b""
    until = monotonic() + seconds
    while monotonic() < until and not (pattern and re.search(pattern, seen)):
        if select.select([descriptor], [], [], 0.1)[0]:
            try:
                block = os.read(descriptor, 65536)
            except OSError:  # the other end is closed
                break
            if not block:
                break
            seen += block
    return seen
