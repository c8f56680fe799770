"""What the table of locks says of a statement, against what was seen."""

from __future__ import annotations

from pathlib import Path

from release.model import LockMode, Name, Work
from release.rehearse.prediction import differences
from release.rehearse.script_run import run_script
from release.scratch.server import Server
from release.sql.read.splitting import cut
from release.sql.read.statements import statement_in
from release.trace.statement import TracedStatement
from tests.databases import NewDatabase

T = Name("t")
ALTER = "ALTER TABLE t ADD n integer DEFAULT random()"
INDEX = "CREATE INDEX CONCURRENTLY i ON t (id)"


def traced(text: str, lock: LockMode, *work: Work, alone: bool = False) -> TracedStatement:
    locks = {T: lock}
    syntax, done = statement_in(text), {T: frozenset(work)}
    return TracedStatement(text, syntax, 1, "", 1.0, None, alone, locks, locks, done, {}, frozenset(), 0, 0)


def test_a_stronger_lock_is_told() -> None:
    found = traced("ALTER TABLE t VALIDATE CONSTRAINT c", LockMode.ACCESS_EXCLUSIVE)
    assert differences(found, "public") == ("took ACCESS EXCLUSIVE on t; predicted: SHARE UPDATE EXCLUSIVE",)


def test_a_weaker_lock_is_told() -> None:
    assert differences(traced(ALTER, LockMode.SHARE), "public") == (
        "took only SHARE on t; predicted: ACCESS EXCLUSIVE",
    )
    assert differences(traced(INDEX, LockMode.SHARE_UPDATE_EXCLUSIVE, Work.INDEX, alone=True), "public") == ()


def test_work_that_was_not_predicted_is_told() -> None:
    assert differences(traced(ALTER, LockMode.ACCESS_EXCLUSIVE, Work.REWRITE), "public") == ()
    cheap = traced("ALTER TABLE t ADD n integer", LockMode.ACCESS_EXCLUSIVE, Work.REWRITE)
    assert differences(cheap, "public") == ("rewrites the table on t; not predicted",)


def test_keys_lock_what_a_statement_reads_too(server: Server, new_database: NewDatabase, tmp_path: Path) -> None:
    """A row that refers to one of the table that it is read from, and one that is deleted with what refers to it."""
    database = new_database()
    with server.connect(database) as connection:
        connection.execute("CREATE TABLE t (id integer PRIMARY KEY); INSERT INTO t VALUES (1)")
        connection.execute("CREATE TABLE child (t_id integer REFERENCES t ON DELETE CASCADE)")
    texts = (
        "INSERT INTO child SELECT id FROM t",
        "DELETE FROM t WHERE id IN (SELECT t_id FROM child)",
    )
    script = tmp_path / "script.sql"
    script.write_text("".join(f"BEGIN;\n{each};\nCOMMIT;\n" for each in texts), encoding="utf-8")
    run = run_script(script, server.conninfo(database), wanted=frozenset(cut(text)[0].digest for text in texts))
    assert run.status == 0, run.said
    assert [each.locks[Name(name)] for each, name in zip(run.statements, ("t", "child"), strict=True)] == [
        LockMode.ROW_SHARE,
        LockMode.ROW_EXCLUSIVE,
    ]
    assert [differences(each, "public") for each in run.statements] == [(), ()]
    assert differences(traced("INSERT INTO u SELECT id FROM t", LockMode.SHARE), "public") == (
        "took SHARE on t; predicted: ACCESS SHARE",
    )


def test_a_script_is_watched(server: Server, new_database: NewDatabase, tmp_path: Path) -> None:
    database = new_database()
    with server.connect(database) as connection:
        connection.execute("CREATE TABLE t (id integer)")
        connection.execute("INSERT INTO t SELECT generate_series(1, 300000)")
    script = tmp_path / "script.sql"
    script.write_text(
        f"SET client_min_messages = 'notice';\nBEGIN;\n{ALTER};\nSELECT pg_sleep(0.2);\nCOMMIT;\n{INDEX};\n",
        encoding="utf-8",
    )
    wanted = frozenset(cut(text)[0].digest for text in (ALTER, INDEX))
    run = run_script(script, server.conninfo(database), wanted=wanted)
    assert run.status == 0, run.said
    alter, index = run.statements
    assert (alter.line, alter.alone, alter.locks[T]) == (3, False, LockMode.ACCESS_EXCLUSIVE)
    assert Work.REWRITE in alter.work[T]
    assert alter.wal > 1_000_000
    assert (index.line, index.alone, index.locks[T]) == (6, True, LockMode.SHARE_UPDATE_EXCLUSIVE)
    assert Work.INDEX in index.work[T]
    held = {each.lock: each.milliseconds for each in run.held if each.relation == T}
    assert held[LockMode.ACCESS_EXCLUSIVE] > 200 + alter.milliseconds
    assert held[LockMode.SHARE_UPDATE_EXCLUSIVE] > 0
    assert [differences(each, "public") for each in run.statements] == [(), ()]
