"""Scripts without psql's own commands: sent whole, statement by statement, and by psql; with the same guards."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.pq import ExecStatus, TransactionStatus

from release.cli import run
from release.psql.pieces import Kind, cut
from release.scratch.server import Server
from tests.databases import Dump, NewDatabase, Psql
from tests.projects import Revision, build_two, write_project

TABLE = Revision(
    "a1",
    "op.create_table('t', sa.Column('id', sa.Integer(), primary_key=True))",
    "op.drop_table('t')",
    "make 100% of t",
)
COLUMN = Revision(
    "b2",
    """
    op.add_column('t', sa.Column('path', sa.Text()))
    op.execute(r"UPDATE t SET path = 'c:\\temp\\' || id")
    op.create_index('ix_t_path', 't', ['path'])
    """,
    "op.drop_column('t', 'path')",
    "add path",
    "a1",
)
CONCURRENT = Revision(
    "c3",
    """
    with op.get_context().autocommit_block():
        op.create_index('ix_t_id', 't', ['id'], postgresql_concurrently=True)
    """,
    "op.drop_index('ix_t_id')",
    "index",
    "b2",
)
EXCLUDE = ("public.release_history",)

Send = Callable[[str, Path], str]
"""Runs a script on a database and gives the server's first error, "" for none."""


@pytest.fixture(scope="module")
def bundles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_two(tmp_path_factory.mktemp("plain"), TABLE, COLUMN, "--plain")


def send_whole(server: Server, dbname: str, script: Path) -> str:
    """As pgAdmin does: the whole text in one message."""
    with server.connect(dbname) as connection:
        result = connection.pgconn.exec_(script.read_bytes())
        error = result.error_message.decode()
        # it stopped there, and the client is told to ROLLBACK
        idle = TransactionStatus.INERROR if error else TransactionStatus.IDLE
        assert connection.pgconn.transaction_status == idle
        return error


def send_each(server: Server, dbname: str, script: Path) -> str:
    """As a client does that was told to go on after errors: statement by statement."""
    errors: list[str] = []
    text = script.read_text(encoding="utf-8")
    with server.connect(dbname) as connection:
        for piece in cut(text):
            if piece.kind is Kind.STATEMENT:
                result = connection.pgconn.exec_(piece.text.encode())
                if result.status == ExecStatus.FATAL_ERROR:
                    errors.append(result.error_message.decode())
        assert connection.pgconn.transaction_status == TransactionStatus.IDLE
    return errors[0] if errors else ""


def send_prepared(server: Server, dbname: str, script: Path) -> str:
    """As JDBC does: statement by statement in the extended protocol, up to the first error."""
    with server.connect(dbname) as connection:
        for piece in cut(script.read_text(encoding="utf-8")):
            if piece.kind is Kind.STATEMENT:
                result = connection.pgconn.exec_params(piece.text.encode(), None)
                if result.status == ExecStatus.FATAL_ERROR:
                    return result.error_message.decode()
    return ""


@pytest.fixture(params=["whole", "each", "prepared", "psql"])
def send(request: pytest.FixtureRequest, server: Server, psql: Psql) -> Send:
    def by_psql(dbname: str, script: Path) -> str:
        done = psql(dbname, "-v", "ON_ERROR_STOP=1", script=script)
        assert done.returncode in {0, 3}
        return done.stderr if done.returncode else ""

    def by_libpq(dbname: str, script: Path) -> str:
        how = {"whole": send_whole, "each": send_each, "prepared": send_prepared}[request.param]
        return how(server, dbname, script)

    return by_psql if request.param == "psql" else by_libpq


def test_there_and_back(send: Send, bundles: Path, new_database: NewDatabase, dump: Dump, server: Server) -> None:
    database = new_database()
    for script in ("preflight", "upgrade", "verify", "preflight"):
        assert send(database, bundles / f"1.0/{script}.sql") == ""
    before = dump(database, exclude=EXCLUDE)
    with server.connect(database) as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        for script in ("preflight", "upgrade", "verify"):
            assert send(database, bundles / f"1.1/{script}.sql") == ""
        # the backslashes are the author's
        assert connection.execute("SELECT path FROM t").fetchone() == (r"c:\temp\1",)
        connection.execute("DELETE FROM t")
        upgraded = dump(database, exclude=EXCLUDE)
        assert send(database, bundles / "1.1/rollback.sql") == ""
        assert dump(database, exclude=EXCLUDE) == before
        assert send(database, bundles / "1.1/upgrade.sql") == ""
        assert dump(database, exclude=EXCLUDE) == upgraded
        rows = connection.execute(
            "SELECT release, direction, finished_at > started_at FROM release_history ORDER BY id"
        )
        runs = [("1.0", "upgrade"), ("1.1", "upgrade"), ("1.1", "rollback"), ("1.1", "upgrade")]
        assert rows.fetchall() == [(*each, True) for each in runs]


def test_refusals_change_nothing(
    send: Send, bundles: Path, new_database: NewDatabase, dump: Dump, server: Server
) -> None:
    database = new_database()
    before = dump(database)
    error = send(database, bundles / "1.1/upgrade.sql")
    assert "release 1.1 upgrade refused, nothing changed:" in error
    assert "no table public.alembic_version: is this the right database?" in error
    assert "no relation public.t" in error
    assert "NO-GO:" in send(database, bundles / "1.1/preflight.sql")
    assert "revision b2: it is base" in send(database, bundles / "1.1/verify.sql")
    assert dump(database) == before

    assert send(database, bundles / "1.0/upgrade.sql") == ""
    with server.connect(database) as connection:
        connection.execute("SELECT pg_advisory_lock(hashtext('release:public.alembic_version'))")
        before = dump(database)
        assert "another release is running in this database" in send(database, bundles / "1.1/upgrade.sql")
        connection.execute("SELECT pg_advisory_unlock_all()")
        assert "nothing to do: the database is at a1 already" in send(database, bundles / "1.0/upgrade.sql")
        assert dump(database) == before

        assert send(database, bundles / "1.1/upgrade.sql") == ""
        connection.execute("UPDATE release_history SET plan = 'another'")
        before = dump(database)
        error = send(database, bundles / "1.1/rollback.sql")
        assert "only if this one is meant: SET release.other_plan = yes; before it" in error
        assert dump(database) == before


def test_an_error_in_the_middle_changes_nothing(
    send: Send, bundles: Path, new_database: NewDatabase, dump: Dump, server: Server
) -> None:
    database = new_database()
    assert send(database, bundles / "1.0/upgrade.sql") == ""
    with server.connect(database) as connection:
        connection.execute("INSERT INTO t VALUES (1)")
        connection.execute("CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END'")
        connection.execute("CREATE TRIGGER no BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION no()")
    before = dump(database)
    assert "no\n" in send(database, bundles / "1.1/upgrade.sql")
    assert dump(database) == before


@pytest.fixture
def connected(server: Server, new_database: NewDatabase, bundles: Path) -> Iterator[psycopg.Connection]:
    """Give a client's session on a database with release 1.0."""
    database = new_database()
    assert send_whole(server, database, bundles / "1.0/upgrade.sql") == ""
    with server.connect(database) as connection:
        yield connection


def say(connection: psycopg.Connection, *scripts: Path | str) -> str:
    for script in scripts:
        text = script.read_bytes() if isinstance(script, Path) else script.encode()
        result = connection.pgconn.exec_(text)
    return result.error_message.decode()


def test_the_session_of_a_client(connected: psycopg.Connection, bundles: Path) -> None:
    """What the client's session is, is noticed; what the script sets, ends with it."""
    upgrade, rollback, verify = (bundles / "1.1" / f"{name}.sql" for name in ("upgrade", "rollback", "verify"))
    undo = bundles / "1.0/rollback.sql"
    assert "standard_conforming_strings is off" in say(connected, "SET standard_conforming_strings = off", undo)
    say(connected, "ROLLBACK", "SET standard_conforming_strings = on")
    assert "inside a transaction that has changed something" in say(
        connected, "BEGIN; INSERT INTO t VALUES (7)", upgrade
    )
    assert "set to read only" in say(connected, "ROLLBACK", "SET default_transaction_read_only = on", upgrade)
    say(connected, "ROLLBACK", "SET default_transaction_read_only = off", "SET search_path = pg_catalog")
    say(connected, "SET default_transaction_isolation = serializable", "SET lock_timeout = '7s'")
    assert say(connected, upgrade, verify) == ""
    for name, value in (("search_path", "pg_catalog"), ("lock_timeout", "7s")):
        assert connected.execute(f"SHOW {name}".encode()).fetchone() == (value,)
    assert say(connected, rollback, "SET release.direction = rollback", verify) == ""
    assert "column public.t.path is gone" in str(connected.pgconn.exec_(verify.read_bytes()).get_value(1, 1))
    locks = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
    assert connected.execute(locks).fetchone() == (0,)


def test_a_verdict_of_an_earlier_run_is_forgotten(connected: psycopg.Connection, bundles: Path) -> None:
    """A client that goes on after an error reaches the last SELECT, which then has nothing to show."""
    preflight = bundles / "1.1/preflight.sql"
    assert say(connected, preflight) == ""
    connected.execute("DROP TABLE t")
    last = ""
    for piece in cut(preflight.read_text(encoding="utf-8")):
        if piece.kind is Kind.STATEMENT:
            last = say(connected, piece.text)
    assert "invalid input syntax for type json" in last


def test_who_is_in_the_way_is_a_notice(
    server: Server, bundles: Path, connected: psycopg.Connection, psql: Psql
) -> None:
    with server.connect(connected.info.dbname, autocommit=False) as blocker:
        blocker.execute("LOCK TABLE t IN ACCESS SHARE MODE")
        notices: list[str] = []
        connected.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
        text = (bundles / "1.1/upgrade.sql").read_text(encoding="utf-8")
        error = say(connected, text.replace("lock_timeout = '5s'", "lock_timeout = '50ms'"))
        assert "canceling statement due to lock timeout" in error
        pid = blocker.info.backend_pid
    told = f"  ACCESS EXCLUSIVE on public.t (8192 bytes), in the way: process {pid}, "
    assert any(each.startswith(told) for each in notices), notices


def test_no_command_of_psql_is_left(bundles: Path) -> None:
    scripts = [*bundles.glob("*/*.sql")]
    assert scripts
    for script in scripts:
        pieces = cut(script.read_text(encoding="utf-8"))
        assert [piece for piece in pieces if piece.kind is not Kind.STATEMENT and piece.text.strip()] == [], script


def test_several_segments_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, TABLE, COLUMN, CONCURRENT)
    assert run(["-c", str(ini), "build", "1.0", "--plain"]) == 1
    message = capsys.readouterr().err
    assert "the upgrade of release 1.0 is more than one transaction" in message
    assert "CREATE INDEX CONCURRENTLY cannot run in a transaction block" in message
    assert "build it with --no-plain, for psql" in message
    assert not (tmp_path / "scripts").exists()


def test_a_bundle_stays_what_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, TABLE, COLUMN, pyproject="[tool.release]\nplain = true\n")
    folder = tmp_path / "scripts/1.0"
    upgrade = folder / "upgrade.sql"
    assert run(["-c", str(ini), "build", "1.0", "--no-lint"]) == 0
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["release"]["plain"] is True
    text = upgrade.read_text(encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text("", encoding="utf-8")
    assert run(["-c", str(ini), "build", "1.0", "--regenerate", "--no-lint"]) == 0
    assert upgrade.read_text(encoding="utf-8") == text
    assert run(["-c", str(ini), "lint", "1.0"]) == 0
    capsys.readouterr()
    assert run(["-c", str(ini), "build", "1.0", "--no-plain", "--no-lint"]) == 0
    assert "rewritten" in capsys.readouterr().out
    assert "\\set ON_ERROR_STOP on" in upgrade.read_text(encoding="utf-8")


def test_a_plain_bundle_is_rehearsed(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ini = write_project(tmp_path, TABLE, COLUMN)
    assert run(["-c", str(ini), "build", "1.0", "--plain", "--no-lint"]) == 0
    assert run(["-c", str(ini), "rehearse", "1.0", "--server", server.conninfo(server.maintenance)]) == 0
    assert "PASSED" in capsys.readouterr().out
