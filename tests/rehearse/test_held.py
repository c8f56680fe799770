"""The trace of transactions: which lock was held how long, and what it stops; temporary files; undone work."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from release.model import LockMode, Name, Work
from release.rehearse.script_run import ScriptResult, run_script
from release.scratch.server import Server
from release.sql.read.splitting import cut
from release.trace.statement import blocked_by
from tests.databases import NewDatabase

QUERIES = {
    "SELECT": "SELECT * FROM t",
    "SELECT FOR UPDATE": "SELECT * FROM t FOR UPDATE",
    "INSERT, UPDATE, DELETE": "UPDATE t SET id = id",
    "VACUUM": "ANALYZE t",
    "CREATE INDEX": "CREATE INDEX ON t (id)",
    "DDL": "ALTER TABLE t ADD n integer",
}


def trace(server: Server, folder: Path, database: str, script: str, *wanted: str) -> ScriptResult:
    file = folder / "script.sql"
    file.write_text(script, encoding="utf-8")
    digests = frozenset(cut(text)[0].digest for text in wanted)
    return run_script(file, server.conninfo(database), wanted=digests)


@pytest.mark.parametrize("lock", LockMode)
def test_a_lock_blocks_what_it_says(server: Server, new_database: NewDatabase, lock: LockMode) -> None:
    database = new_database()
    with server.connect(database, autocommit=False) as holder, server.connect(database, autocommit=False) as other:
        holder.execute("CREATE TABLE t (id integer)")
        holder.commit()
        holder.execute(f"LOCK TABLE t IN {lock} MODE".encode())
        found = set()
        for kind, query in QUERIES.items():
            other.execute("SET LOCAL lock_timeout = '20ms'")
            try:
                other.execute(query.encode())
            except psycopg.errors.LockNotAvailable:
                found.add(kind)
            other.rollback()
    assert found == set(blocked_by(lock))


def test_the_strongest_lock_counts_from_when_it_is_taken(
    server: Server, new_database: NewDatabase, tmp_path: Path
) -> None:
    database = new_database()
    with server.connect(database) as connection:
        connection.execute("CREATE TABLE t (id integer PRIMARY KEY, n integer)")
        connection.execute("CREATE TABLE u (id integer)")
    update, rename, late = "UPDATE t SET n = 1", "ALTER TABLE t RENAME TO t2", "ALTER TABLE t2 ADD m integer"
    script = f"""
    BEGIN;
    {update};
    SELECT pg_sleep(0.2);
    {rename};
    LOCK TABLE u IN SHARE MODE;
    SELECT pg_sleep(0.1);
    {late};
    COMMIT;
    BEGIN;
    ALTER TABLE u ADD n integer;
    ROLLBACK;
    """
    run = trace(server, tmp_path, database, script, update, rename, late)
    assert run.status == 0, run.said
    assert [sorted(map(str, each.locks)) for each in run.statements] == [["t", "t_pkey"], ["t"], []]
    assert run.statements[2].held[Name("t2")] is LockMode.ACCESS_EXCLUSIVE
    held = {(each.line, str(each.relation)): (each.lock, each.milliseconds) for each in run.held}
    assert held.keys() == {(2, "t"), (2, "u"), (10, "u")}
    lock, milliseconds = held[2, "t"]
    assert lock is LockMode.ACCESS_EXCLUSIVE
    assert 100 < milliseconds < 200
    lock, milliseconds = held[2, "u"]
    assert lock is LockMode.SHARE
    assert milliseconds > 100
    assert held[10, "u"][0] is LockMode.ACCESS_EXCLUSIVE


LOSING = {
    "discarded": "COMMIT;\nDISCARD ALL;",
    "rolled back": "ROLLBACK;",
    "by a block": "COMMIT;\nDO $$ BEGIN EXECUTE 'DEALLO' || 'CATE ALL'; EXECUTE 'RES' || 'ET ALL'; END $$;",
}


@pytest.mark.parametrize("ending", LOSING.values(), ids=LOSING)
def test_temporary_files_and_lost_statements_are_told(
    server: Server, new_database: NewDatabase, tmp_path: Path, ending: str
) -> None:
    """A sort that does not fit, twice: after what takes the questions and the settings away, too."""
    database = new_database()
    with server.connect(database) as connection:
        connection.execute("CREATE TABLE t (id integer, word text)")
        connection.execute("INSERT INTO t SELECT i, md5(i::text) FROM generate_series(1, 50000) AS i")
    one, two = "CREATE INDEX one ON t (word)", "CREATE INDEX two ON t (word, id)"
    small = "SET maintenance_work_mem = '1MB'; SET max_parallel_maintenance_workers = 0;"
    script = f"{small}\nBEGIN;\n{one};\n{ending}\n{small}\nBEGIN;\n{two};\nCOMMIT;\n"
    run = trace(server, tmp_path, database, script, one, two)
    assert run.status == 0, run.said
    for statement in run.statements:
        assert statement.temporary is not None
        assert statement.temporary > 1_000_000
        assert Work.INDEX in statement.work[Name("t")]


def test_what_is_undone_is_not_told_again(server: Server, new_database: NewDatabase, tmp_path: Path) -> None:
    """A rewrite in a savepoint that is rolled back gives the old file back."""
    database = new_database()
    with server.connect(database) as connection:
        connection.execute("CREATE TABLE t (id integer)")
        connection.execute("INSERT INTO t VALUES (1)")
    rewrite, cheap = "ALTER TABLE t ALTER id TYPE bigint", "ALTER TABLE t ADD n integer"
    for undo in ("SAVEPOINT s;\n{};\nROLLBACK TO s;\n", "{};\nROLLBACK;\nBEGIN;\n"):
        run = trace(server, tmp_path, database, f"BEGIN;\n{undo.format(rewrite)}{cheap};\nROLLBACK;\n", rewrite, cheap)
        assert run.status == 0, run.said
        assert [Work.REWRITE in each.work.get(Name("t"), ()) for each in run.statements] == [True, False]
