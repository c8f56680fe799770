"""What would be lost with what a script drops: it refuses, unless it is told that rows may be lost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from release.scratch.server import Server
from tests.databases import LOSING, NewDatabase, Psql
from tests.projects import Revision, build_two

PLAIN = "[tool.release]\nplain = true\n"


@dataclass(frozen=True, slots=True)
class Case:
    """A release, and what is written before the script that drops something.

    Attributes:
        start: what was there.
        before, since: what is written before the upgrade, and after it.
        upgrade, rollback: what is refused, a line each; none: the script runs.
    """

    name: str
    start: tuple[str, ...]
    up: tuple[str, ...]
    down: tuple[str, ...]
    before: str = ""
    since: str = ""
    upgrade: tuple[str, ...] = ()
    rollback: tuple[str, ...] = ()


T = "CREATE TABLE t (id int PRIMARY KEY, a text)"
ROW = "INSERT INTO t VALUES (1, 'x')"
A = "it would drop column public.t.a, which holds values"
N = "it would drop table public.n, which has rows written since the upgrade"
B = "it would drop column public.t.b, which has values written since the upgrade"

CASES = (
    Case(
        "a table that the upgrade makes",
        (T,),
        ("CREATE TABLE n (id int)",),
        ("DROP TABLE n",),
        since="INSERT INTO n VALUES (1)",
        rollback=(N,),
    ),
    Case("a table that stays empty", (T,), ("CREATE TABLE n (id int)",), ("DROP TABLE n",)),
    Case(
        "rows that the upgrade itself has written",
        (T,),
        ("CREATE TABLE n (id int)", "INSERT INTO n VALUES (1), (2)"),
        ("DROP TABLE n",),
    ),
    Case(
        "and one of them changed since",
        (T,),
        ("CREATE TABLE n (id int)", "INSERT INTO n VALUES (1), (2)"),
        ("DROP TABLE n",),
        since="UPDATE n SET id = 3 WHERE id = 1",
        rollback=(N,),
    ),
    Case(
        "a column with values",
        (T,),
        ("ALTER TABLE t ADD b int",),
        ("ALTER TABLE t DROP b",),
        before=ROW,
        since="UPDATE t SET b = 1",
        rollback=(B,),
    ),
    Case("a column without", (T,), ("ALTER TABLE t ADD b int",), ("ALTER TABLE t DROP b",), before=ROW),
    Case(
        "a constant default",
        (T,),
        ("ALTER TABLE t ADD b text NOT NULL DEFAULT 'it''s'",),
        ("ALTER TABLE t DROP b",),
        before=ROW,
        since="INSERT INTO t VALUES (2, 'y')",
    ),
    Case(
        "another value than the default",
        (T,),
        ("ALTER TABLE t ADD b numeric(10, 2) NOT NULL DEFAULT 0",),
        ("ALTER TABLE t DROP b",),
        before=ROW,
        since="INSERT INTO t VALUES (2, 'y', 0.01)",
        rollback=(B,),
    ),
    Case(
        "the time of the upgrade",
        (T,),
        ("ALTER TABLE t ADD b timestamptz NOT NULL DEFAULT now()",),
        ("ALTER TABLE t DROP b",),
        before=ROW,
    ),
    Case(
        "a row since, which has the time of its own",
        (T,),
        ("ALTER TABLE t ADD b timestamptz NOT NULL DEFAULT now()",),
        ("ALTER TABLE t DROP b",),
        before=ROW,
        since="INSERT INTO t VALUES (2, 'y')",
        rollback=(B,),
    ),
    Case(
        "a generated column",
        (T,),
        ("ALTER TABLE t ADD b text GENERATED ALWAYS AS (a || '!') STORED",),
        ("ALTER TABLE t DROP b",),
        before=ROW,
        since="INSERT INTO t VALUES (2, 'y')",
    ),
    Case(
        "what the upgrade has filled",
        (T,),
        ("ALTER TABLE t ADD b text", "UPDATE t SET b = upper(a)"),
        ("ALTER TABLE t DROP b",),
        before=ROW,
    ),
    Case(
        "and a row since",
        (T,),
        ("ALTER TABLE t ADD b text", "UPDATE t SET b = upper(a)"),
        ("ALTER TABLE t DROP b",),
        before=ROW,
        since="INSERT INTO t VALUES (2, 'y', 'z')",
        rollback=(B,),
    ),
    Case("a column that was there", (T,), ("ALTER TABLE t DROP a",), ("ALTER TABLE t ADD a text",), ROW, upgrade=(A,)),
    Case("no values in it", (T,), ("ALTER TABLE t DROP a",), ("ALTER TABLE t ADD a text",), "INSERT INTO t VALUES (1)"),
    Case(
        "the constant that the rollback gives again",
        (T,),
        ("ALTER TABLE t DROP a",),
        ("ALTER TABLE t ADD a text DEFAULT 'x'",),
        ROW,
    ),
    Case(
        "a generated column that was there",
        ("CREATE TABLE t (id int, a int GENERATED ALWAYS AS (id + 1) STORED)",),
        ("ALTER TABLE t DROP a",),
        ("ALTER TABLE t ADD a int",),
        "INSERT INTO t VALUES (1)",
    ),
    Case(
        "a table that was there, under another name",
        (T,),
        ("ALTER TABLE t RENAME TO old", "CREATE TABLE t (id int)", "DROP TABLE old"),
        ("ALTER TABLE t RENAME TO old", T, "DROP TABLE old"),
        before=ROW,
        upgrade=("it would drop table public.t, which holds rows",),
    ),
    Case(
        "made and dropped on the way",
        (T,),
        ("CREATE TABLE n AS SELECT * FROM t", "DROP TABLE n"),
        ("CREATE TABLE n AS SELECT * FROM t", "DROP TABLE n"),
        before=ROW,
    ),
    Case(
        "partitions go with their table",
        (T,),
        (
            "CREATE TABLE n (id int) PARTITION BY RANGE (id)",
            "CREATE TABLE n1 PARTITION OF n FOR VALUES FROM (1) TO (9)",
        ),
        ("DROP TABLE n",),
        since="INSERT INTO n VALUES (1)",
        rollback=(N,),
    ),
    Case(
        "children by inheritance",
        (T, "CREATE TABLE c () INHERITS (t)"),
        ("ALTER TABLE t DROP a",),
        ("ALTER TABLE t ADD a text",),
        before="INSERT INTO c VALUES (1, 'x')",
        upgrade=(A,),
    ),
    Case(
        "a renamed column",
        (T,),
        ("ALTER TABLE t RENAME a TO z", "ALTER TABLE t ADD a int"),
        ("ALTER TABLE t DROP a", "ALTER TABLE t RENAME z TO a"),
        before=ROW,
        since="UPDATE t SET a = 1",
        rollback=("it would drop column public.t.a, which has values written since the upgrade",),
    ),
    Case(
        "a schema, with what others have put there",
        (T,),
        ("CREATE SCHEMA s",),
        ("DROP SCHEMA s CASCADE",),
        since="CREATE TABLE s.x AS SELECT 1 AS a",
        rollback=("it would drop table s.x, which holds rows",),
    ),
    Case(
        "columns of a type",
        (T,),
        ("CREATE TYPE mood AS ENUM ('ok')",),
        ("DROP TYPE mood CASCADE",),
        since="CREATE TABLE x (m mood, n int); INSERT INTO x VALUES ('ok', 1)",
        rollback=("it would drop column public.x.m, which holds values",),
    ),
    Case(
        "what was moved, and whose origin is gone",
        (T,),
        ("CREATE TABLE n (id int, a text)", "INSERT INTO n SELECT id, a FROM t", "ALTER TABLE t DROP a"),
        ("ALTER TABLE t ADD a text", "DROP TABLE n"),
        before=ROW,
        upgrade=(A,),
        rollback=("it would drop table public.n, which has rows written since the upgrade, or by it",),
    ),
    Case(
        "a composite value with nothing in it",
        (T, "CREATE TYPE pair AS (x int, y int)"),
        ("ALTER TABLE t ADD b pair",),
        ("ALTER TABLE t DROP b",),
        before=ROW,
        since="UPDATE t SET b = ROW(NULL, 1)",
        rollback=(B,),
    ),
)


def _revision(number: int, up: tuple[str, ...], down: tuple[str, ...], below: str | None) -> Revision:
    first, second = ("\n".join(f"op.execute({each!r})" for each in texts) for texts in (up, down))
    return Revision(f"r{number}", first, second, down=below)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("plain", [False, True], ids=["psql", "plain"])
def test_nothing_is_lost_without_a_word(
    case: Case, *, plain: bool, tmp_path: Path, new_database: NewDatabase, psql: Psql, server: Server
) -> None:
    first, second = _revision(1, case.start, (), None), _revision(2, case.up, case.down, "r1")
    folder = build_two(tmp_path, first, second, pyproject=PLAIN if plain else "")
    database = new_database()

    def execute(statements: str) -> None:
        with server.connect(database) as connection:
            for each in filter(None, map(str.strip, statements.split(";"))):
                connection.execute(each.encode())

    def run(name: str, *options: str, version: str = "1.1") -> tuple[int, list[str]]:
        done = psql(database, "-v", "ON_ERROR_STOP=1", *options, script=folder / version / f"{name}.sql")
        lines = [line.strip().removeprefix("- ") for line in done.stderr.splitlines()]
        told = [line for line in lines if line.startswith("it would")]
        assert told or not done.returncode, done.stderr
        return done.returncode, told

    allowed = ("-c", "SET release.lose_rows = yes") if plain else ("-v", "lose_rows=yes")
    assert run("upgrade", version="1.0") == (0, [])
    execute(case.before)
    for name, refused in (("upgrade", case.upgrade), ("rollback", case.rollback)):
        assert run(name) == ((3, list(refused)) if refused else (0, []))
        if refused:
            assert run(name, *allowed) == (0, [])
        execute(case.since if name == "upgrade" else "")


def test_what_is_written_after_the_guard_has_asked(
    tmp_path: Path, new_database: NewDatabase, psql: Psql, server: Server
) -> None:
    """The segment asks again, under the lock of its statement."""
    first = _revision(1, (T,), (), None)
    second = _revision(2, ("CREATE TABLE n (id int)",), ("DROP TABLE n",), "r1")
    folder = build_two(tmp_path, first, second)
    database = new_database()
    for version in ("1.0", "1.1"):
        assert psql(database, script=folder / version / "upgrade.sql").returncode == 0
    script = folder / "1.1/rollback.sql"
    text = script.read_text(encoding="utf-8")
    start = "SELECT todo FROM pg_temp.release_segment(1, "
    assert text.count(start) == 1
    script.write_text(text.replace(start, f"INSERT INTO public.n VALUES (1);\n{start}"), encoding="utf-8")
    done = psql(database, script=script)
    assert done.returncode == 3
    assert f"segment 1 refused, nothing of it changed:\n  - {N}" in done.stderr
    with server.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM n").fetchone() == (1,)


def test_preflight_counts(tmp_path: Path, new_database: NewDatabase, psql: Psql, server: Server) -> None:
    first = _revision(1, (T,), (), None)
    up = ("ALTER TABLE t DROP a", "CREATE TABLE n (id int)", "ALTER TABLE t ADD b int")
    second = _revision(2, up, ("ALTER TABLE t DROP b", "DROP TABLE n", "ALTER TABLE t ADD a text"), "r1")
    folder = build_two(tmp_path, first, second)
    database = new_database()
    preflight = folder / "1.1/preflight.sql"
    assert psql(database, script=folder / "1.0/upgrade.sql").returncode == 0
    with server.connect(database) as connection:
        connection.execute("INSERT INTO t SELECT n, nullif(n, 3)::text FROM generate_series(1, 5) AS n")
    done = psql(database, "-A", script=preflight)
    line = "upgrade.sql would drop column public.t.a: 4 values"
    assert f"NO-GO|{line}; only if that may be lost, lose_rows=yes lets it run" in done.stdout.splitlines()
    assert done.returncode == 3
    done = psql(database, "-A", *LOSING, script=preflight)
    assert f"note|{line}" in done.stdout.splitlines()
    assert done.returncode == 0
    assert psql(database, *LOSING, script=folder / "1.1/upgrade.sql").returncode == 0
    with server.connect(database) as connection:
        connection.execute("INSERT INTO n VALUES (1), (2)")
        connection.execute("UPDATE t SET b = 1 WHERE id = 1")
    told = psql(database, "-A", script=preflight).stdout.splitlines()
    assert "note|rollback.sql would drop table public.n: 2 rows written since the upgrade" in told
    assert "note|rollback.sql would drop column public.t.b: 1 values written since the upgrade" in told


def test_a_rollback_from_the_middle_asks_for_what_is_there(
    tmp_path: Path, new_database: NewDatabase, psql: Psql, server: Server
) -> None:
    """A column of its name that was there before is none that the upgrade has made."""
    first = _revision(1, (T, ROW), (), None)
    commit = "CREATE INDEX CONCURRENTLY i ON t (id)"
    body = f"with op.get_context().autocommit_block():\n    op.execute({commit!r})"
    up = "\n".join(
        (body, *(f"op.execute({each!r})" for each in ("ALTER TABLE t RENAME a TO z", "ALTER TABLE t ADD a int")))
    )
    down = ("ALTER TABLE t DROP a", "ALTER TABLE t RENAME z TO a", "DROP INDEX i")
    second = Revision("r2", up, "\n".join(f"op.execute({each!r})" for each in down), down="r1")
    folder = build_two(tmp_path, first, second)
    database = new_database()
    assert psql(database, script=folder / "1.0/upgrade.sql").returncode == 0
    whole = (folder / "1.1/upgrade.sql").read_text(encoding="utf-8")
    stopped = tmp_path / "stopped.sql"
    stopped.write_text(whole.replace("ALTER TABLE t RENAME a TO z;", "SELECT 1 / 0;"), encoding="utf-8")
    assert psql(database, script=stopped).returncode == 3
    done = psql(database, script=folder / "1.1/rollback.sql")
    assert done.returncode == 0, done.stderr
    assert psql(database, script=folder / "1.1/upgrade.sql").returncode == 0
    with server.connect(database) as connection:
        connection.execute("UPDATE t SET a = 7")
    done = psql(database, script=folder / "1.1/rollback.sql")
    assert "it would drop column public.t.a, which has values written since the upgrade" in done.stderr
