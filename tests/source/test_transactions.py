"""What shares a transaction in a script is what shares one online, whatever the author ends or begins."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from release.cli import run
from release.scratch.server import scratch_server
from tests.databases import NewDatabase, Psql, run_psql
from tests.projects import ENV, Revision, write_project
from tests.source.conftest import Apply, Build, Online

ONE = Revision(
    "a1",
    """
    op.execute("CREATE TABLE log (n int PRIMARY KEY, t bigint DEFAULT txid_current())")
    op.execute("INSERT INTO log (n) VALUES (0)")
    """,
    "op.execute('DROP TABLE log')",
)
PSYCOPG2 = ENV.replace(
    '"postgresql+psycopg:///nowhere")', '"").replace("+psycopg:", "+psycopg2:") or "postgresql+psycopg2://"'
)
DRIVERS = {"psycopg": ENV, "psycopg2": PSYCOPG2}


@dataclass(frozen=True, slots=True)
class Shared:
    """The body of an upgrade that writes numbers into `log`, and which of them share a transaction with each driver."""

    name: str
    upgrade: str
    psycopg: str
    psycopg2: str = ""


def write(*numbers: int) -> str:
    return "; ".join(f"INSERT INTO log (n) VALUES ({number})" for number in numbers)


def execute(*texts: str) -> str:
    return "\n".join(f"op.execute({text!r})" for text in texts)


def block(*texts: str) -> str:
    inside = "\n".join(f"    {line}" for line in execute(*texts).splitlines())
    return f"with op.get_context().autocommit_block():\n{inside}"


SHARED = (
    Shared("nothing of the kind", execute(write(1), write(2)), "0 1 2"),
    Shared("COMMIT", execute(write(1), "COMMIT", write(2), write(3)), "0 1 | 2 3", "0 1 | 2 | 3"),
    Shared("END", execute(write(1), "END", write(2)), "0 1 | 2"),
    Shared("COMMIT AND CHAIN", execute(write(1), "COMMIT AND CHAIN", write(2), write(3)), "0 1 | 2 3"),
    Shared("COMMIT and BEGIN", execute("COMMIT", write(1), "BEGIN", write(2), write(3)), "0 | 1 2 3", "0 | 1 | 2 3"),
    Shared("BEGIN, where there is a transaction", execute(write(1), "BEGIN", write(2)), "0 1 2"),
    Shared(
        "one text",
        execute(f"BEGIN; {write(1, 2)}; COMMIT;", write(3), write(4, 5)),
        "0 1 2 | 3 4 5",
        "0 1 2 | 3 | 4 5",
    ),
    Shared("savepoints", execute("SAVEPOINT a", write(1), "RELEASE SAVEPOINT a", write(2)), "0 1 2"),
    Shared("an autocommit block", f"{block(write(1), write(2))}\n{execute(write(3))}", "0 | 1 | 2 | 3"),
    Shared("one text in an autocommit block", block(write(1, 2), write(3)), "0 | 1 2 | 3"),
    Shared(
        "BEGIN in an autocommit block",
        block(write(1), "START TRANSACTION", write(2), write(3), "COMMIT", write(4)),
        "0 | 1 | 2 3 | 4",
    ),
    Shared(
        "a setting in an autocommit block",
        block(write(1), "SET work_mem = '9MB'", "INSERT INTO log SELECT 2 WHERE current_setting('work_mem') = '9MB'"),
        "0 | 1 | 2",
    ),
    Shared(
        "whatever is called in an autocommit block",
        execute("CREATE FUNCTION f(n int) RETURNS void LANGUAGE sql AS 'INSERT INTO log (n) VALUES (n)'")
        + "\n" + block("SELECT f(1)", "SELECT f(2)", "DO 'BEGIN PERFORM f(3); COMMIT; PERFORM f(4); END'"),
        "0 | 1 | 2 | 3 | 4",
    ),
)  # fmt: skip


def groups(psql: Psql, database: str) -> str:
    """The numbers in `log`, a bar between those of different transactions."""
    rows = psql(database, "-Atc", "SELECT string_agg(n::text, ' ' ORDER BY n) FROM log GROUP BY t ORDER BY min(n)")
    return " | ".join(rows.stdout.splitlines())


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize("case", SHARED, ids=lambda case: case.name)
def test_a_script_commits_where_alembic_does(
    case: Shared, driver: str, tmp_path: Path, build: Build, apply: Apply, online: Online, new_database: NewDatabase,
    psql: Psql,
) -> None:  # fmt: skip
    ini = write_project(tmp_path, ONE, Revision("b2", case.upgrade, down="a1"), env=DRIVERS[driver])
    folder = build(ini)
    theirs, ours = new_database(), new_database()
    online(ini, theirs, "upgrade", "head")
    apply(ours, folder / "upgrade.sql")
    wanted = (case.psycopg2 if driver == "psycopg2" else "") or case.psycopg
    assert groups(psql, theirs) == wanted, "this is what the driver was seen to do"
    assert groups(psql, ours) == wanted


@pytest.mark.parametrize("option", ["transaction_per_migration=True", "transactional_ddl=False"])
def test_a_transaction_for_each_revision(
    option: str, tmp_path: Path, build: Build, apply: Apply, online: Online, new_database: NewDatabase, psql: Psql
) -> None:
    env = ENV.replace("configure(", f"configure({option}, ")
    rest = [
        Revision(after, execute(write(number)), execute(f"DELETE FROM log WHERE n = {number}"), down=before)
        for number, (before, after) in enumerate((("a1", "b2"), ("b2", "c3")), 1)
    ]
    ini = write_project(tmp_path, ONE, *rest, env=env)
    folder = build(ini)
    theirs, ours = new_database(), new_database()
    online(ini, theirs, "upgrade", "head")
    apply(ours, folder / "upgrade.sql")
    assert groups(psql, theirs) == groups(psql, ours) == "0 | 1 | 2"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    reasons = [each["reason"] for each in manifest["upgrade"]["segments"]]
    assert reasons == ["", *["env.py gives each revision a transaction of its own"] * 2]
    assert [each["after"] for each in manifest["rollback"]["segments"]] == [["b2"], ["a1"], []]
    apply(ours, folder / "rollback.sql")


def test_a_commit_by_sqlalchemy_is_where_a_segment_ends(
    tmp_path: Path, build: Build, apply: Apply, new_database: NewDatabase, psql: Psql
) -> None:
    """Online it is for an env.py that leaves transactions to its migrations."""
    body = f"bind = op.get_bind()\n{execute(write(1))}\nbind.commit()\n{execute(write(2), write(3))}\nbind.commit()"
    folder = build(write_project(tmp_path, ONE, Revision("b2", body, down="a1"), env=PSYCOPG2))
    database = new_database()
    apply(database, folder / "upgrade.sql")
    assert groups(psql, database) == "0 1 | 2 3"


def test_what_is_left_out_is_noted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    body = execute("SAVEPOINT a", write(1), "RELEASE a", "COMMIT", "BEGIN", write(2))
    ini = write_project(tmp_path, ONE, Revision("b2", body, down="a1"))
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    message = capsys.readouterr().err
    for line, words in ((10, "SAVEPOINT"), (12, "RELEASE"), (13, "COMMIT"), (14, "BEGIN")):
        assert f"note: migrations/versions/b2_x.py:{line}: {words} is not in the script" in message
    script = (tmp_path / "scripts/1.0/upgrade.sql").read_text(encoding="utf-8")
    assert "SAVEPOINT" not in script
    manifest = json.loads((tmp_path / "scripts/1.0/manifest.json").read_text(encoding="utf-8"))
    assert "its author ends the transaction there" in [each["reason"] for each in manifest["upgrade"]["segments"]]


CONTROL = (
    ("ROLLBACK", "takes back statements"),
    ("ABORT", "takes back statements"),
    ("SAVEPOINT a; ROLLBACK TO SAVEPOINT a", "ROLLBACK takes back"),
    ("PREPARE TRANSACTION 'x'", "none of the script's"),
    ("COMMIT PREPARED 'x'", "none of the script's"),
    ("rollback prepared 'x'", "none of the script's"),
    ("BEGIN ISOLATION LEVEL SERIALIZABLE", "another isolation or mode"),
    ("START TRANSACTION READ ONLY", "another isolation or mode"),
    ("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "another isolation or mode"),
    ("SET LOCAL transaction_isolation = 'serializable'", "another isolation or mode"),
    ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "another isolation or mode"),
    ("SET SESSION AUTHORIZATION somebody", "write SET ROLE"),
    ("RESET SESSION AUTHORIZATION", "write SET ROLE"),
    ("DISCARD ALL", "takes away what the script itself keeps"),
    ("DEALLOCATE ALL", "takes away what the script itself keeps"),
    ("SELECT pg_advisory_unlock_all()", "takes away what the script itself keeps"),
)


@pytest.mark.parametrize("way", ["op.execute({!r})", "op.get_bind().exec_driver_sql({!r})", "op.execute(sa.DDL({!r}))"])
@pytest.mark.parametrize(("sql", "words"), CONTROL, ids=[sql for sql, _ in CONTROL])
def test_what_the_script_needs_for_itself_is_refused_with_its_line(
    sql: str, words: str, way: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ini = write_project(tmp_path, ONE, Revision("b2", f"\n{way.format(sql)}", down="a1"))
    assert run(["-c", str(ini), "build", "1.0"]) == 1
    message = " ".join(capsys.readouterr().err.split())
    assert "revision b2, migrations/versions/b2_x.py:10: " in message
    assert words in message


def test_env_py_does_not_end_the_transaction_either(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = ENV.replace("context.run_migrations()", "(context.execute('COMMIT'), context.run_migrations())")
    assert run(["-c", str(write_project(tmp_path, ONE, env=env)), "build", "1.0"]) == 1
    assert "migrations/env.py:12: env.py executes COMMIT" in capsys.readouterr().err


HARMLESS = (
    "CREATE FUNCTION g() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'",
    "UPDATE log SET n = CASE WHEN n > 5 THEN 1 ELSE n END",
    "COMMENT ON TABLE log IS 'ROLLBACK; DISCARD ALL'",
    "DISCARD TEMP",
    "DISCARD PLANS",
)


@pytest.mark.parametrize("sql", HARMLESS)
def test_words_alone_are_no_reason(sql: str, tmp_path: Path, build: Build) -> None:
    body = execute(sql)
    assert sql in (build(write_project(tmp_path, ONE, Revision("b2", body, down="a1"))) / "upgrade.sql").read_text()


def test_what_is_recorded_commits_there_too(
    tmp_path: Path, build: Build, apply: Apply, scratch: None, new_database: NewDatabase, psql: Psql
) -> None:
    ask = "op.get_bind().scalar(sa.text('SELECT 1'))"
    body = f"{ask}\n{execute(write(1), 'COMMIT', write(2), 'SAVEPOINT a', write(3))}\n{block(write(4), write(5, 6))}"
    folder = build(write_project(tmp_path, ONE, Revision("b2", body, down="a1")), "--scratch")
    database = new_database()
    apply(database, folder / "upgrade.sql")
    assert groups(psql, database) == "0 1 | 2 3 | 4 | 5 6"


def test_what_is_recorded_is_refused_likewise(
    tmp_path: Path, scratch: None, capsys: pytest.CaptureFixture[str]
) -> None:
    body = f"op.get_bind().scalar(sa.text('SELECT 1'))\n{execute('ROLLBACK')}"
    ini = write_project(tmp_path, ONE, Revision("b2", body, down="a1"))
    assert run(["-c", str(ini), "build", "1.0", "--scratch"]) == 1
    assert "revision b2, migrations/versions/b2_x.py:11: ROLLBACK takes back statements" in capsys.readouterr().err


@pytest.mark.postgresql
def test_a_function_that_refuses_a_transaction_with_writes(tmp_path: Path, build: Build) -> None:
    slot = block("SELECT pg_create_logical_replication_slot('mine', 'pgoutput')")
    folder = build(write_project(tmp_path, ONE, Revision("b2", f"{execute(write(1))}\n{slot}", down="a1")))
    script = folder / "upgrade.sql"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (reason,) = (each["reason"] for each in manifest["upgrade"]["segments"] if each["reason"])
    assert reason == "its author runs SELECT outside a transaction (autocommit), which it may need"
    with scratch_server(postgis=False, settings={"wal_level": "logical"}) as server:
        done = run_psql(server, "postgres", script=script)
        assert done.returncode == 0, done.stderr
        slots = run_psql(server, "postgres", "-Atc", "SELECT slot_name FROM pg_replication_slots").stdout
    assert slots == "mine\n"
