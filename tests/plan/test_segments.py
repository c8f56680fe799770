"""Where transactions begin and end: each rule as a miniature list of statements."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from release.errors import PlanError
from release.model import VersionWrite
from tests.plan.migrations import arranged, migration


@dataclass(frozen=True, slots=True)
class Case:
    """Statements of one revision ("|" before those in an autocommit block), and how many land in each segment.

    A negative number is a statement outside any transaction.
    """

    name: str
    sql: tuple[str, ...]
    shape: tuple[int, ...]
    words: str = ""


NOT_VALID = "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID"
VALIDATE = "ALTER TABLE public.t VALIDATE CONSTRAINT c"
SET_NOT_NULL = "ALTER TABLE t ALTER a SET NOT NULL"
FILLED = ("ALTER TABLE t ADD b int", "UPDATE t SET b = a", "ALTER TABLE t ALTER b SET NOT NULL")
ADD_VALUE = "ALTER TYPE mood ADD VALUE 'ok'"

CASES = (
    Case(
        "plain statements share a transaction",
        ("CREATE TABLE t (a int)", "INSERT INTO t VALUES (1)", "CREATE INDEX ON t (a)"),
        (3,),
    ),
    Case("nothing to do", (), (0,)),
    Case("an index built concurrently stands alone", ("CREATE INDEX CONCURRENTLY i ON t (a)",), (-1,)),
    Case(
        "with or without an autocommit block",
        (
            "CREATE TABLE t (a int)",
            "| CREATE INDEX CONCURRENTLY i ON t (a)",
            "DROP INDEX CONCURRENTLY j",
            "CREATE TABLE u (a int)",
        ),
        (1, -1, -1, 1),
        "cannot run in a transaction block",
    ),
    Case(
        "what an autocommit block does not need it for",
        ("CREATE TABLE t (a int)", "| CREATE INDEX i ON t (a)", "SELECT 1"),
        (1, 1, 1),
        "by itself",
    ),
    Case("an unknown function in an autocommit block", ("SELECT 1", "| SELECT f()", "SELECT 1"), (1, -1, 1)),
    Case(
        "rows changed in an autocommit block",
        ("SELECT 1", "| UPDATE t SET a = 1", "| UPDATE t SET a = 2", "SELECT 1"),
        (1, 1, 1, 1),
        "by itself",
    ),
    Case("one text in an autocommit block", ("| UPDATE t SET a = 1; UPDATE t SET a = 2", "| SELECT 1"), (2, 1)),
    Case(
        "a function in an autocommit block that may want no transaction",
        ("SELECT 1", "| SELECT create_hypertable('t', 'at')", "SELECT 1"),
        (1, -1, 1),
        "SELECT outside a transaction",
    ),
    Case("a procedure in an autocommit block", ("| CALL refresh()", "| CALL refresh()"), (-1, -1)),
    Case(
        "a continuous aggregate",
        ("| CREATE MATERIALIZED VIEW d WITH (timescaledb.continuous) AS SELECT 1",),
        (-1,),
    ),
    Case("a materialized view", ("| CREATE MATERIALIZED VIEW d WITH (fillfactor = 70) AS SELECT 1",), (1,)),
    Case("SET LOCAL in an autocommit block, where it means nothing", ("| SET LOCAL work_mem = '1MB'",), (-1,)),
    Case("SET in an autocommit block", ("UPDATE t SET a = 1", "| SET work_mem = '1MB'", "| VACUUM t"), (2, -1)),
    Case(
        "a DO block in an autocommit block may commit",
        ("SELECT 1", "| DO $$ BEGIN COMMIT; END $$", "DO $$ BEGIN END $$"),
        (1, -1, 1),
    ),
    Case("VACUUM", ("VACUUM t",), (-1,)),
    Case("NOT VALID, then VALIDATE", (NOT_VALID, VALIDATE), (1, 1), "would scan public.t under the lock"),
    Case("VALIDATE of another constraint", (NOT_VALID, "ALTER TABLE t VALIDATE CONSTRAINT d"), (1, 1)),
    Case(
        "VALIDATE of the same name on another table", (NOT_VALID, "ALTER TABLE other.t VALIDATE CONSTRAINT c"), (1, 1)
    ),
    Case("VALIDATE, then SET NOT NULL", (VALIDATE, SET_NOT_NULL), (1, 1), "relies on the constraint"),
    Case("all three", (NOT_VALID, VALIDATE, SET_NOT_NULL), (1, 1, 1)),
    Case(
        "rows changed after NOT VALID",
        (NOT_VALID, "UPDATE t SET a = 1", VALIDATE),
        (1, 2),
        "hold the lock of ADD CONSTRAINT",
    ),
    Case("rows of another table changed after NOT VALID", (NOT_VALID, "UPDATE u SET a = 1"), (1, 1), "stay locked"),
    Case(
        "NOT NULL here and a rewrite there",
        (SET_NOT_NULL, "ALTER TABLE u ALTER a TYPE bigint"),
        (1, 1),
        "locked during",
    ),
    Case("an index here and a column there", ("CREATE INDEX ON t (a)", "ALTER TABLE u ADD b int"), (1, 1)),
    Case("a column here and an index there", ("ALTER TABLE u ADD b int", "CREATE INDEX ON t (a)"), (1, 1)),
    Case("columns of two tables", ("ALTER TABLE u ADD b int", "ALTER TABLE t ADD b int"), (2,)),
    Case(
        "an index of a table that is new",
        ("ALTER TABLE u ADD b int", "CREATE TABLE t (a int)", "CREATE INDEX ON t (a)"),
        (3,),
    ),
    Case("rows of a table whose readers need not wait", ("ALTER TABLE t ADD b int", "UPDATE t SET b = 1"), (1, 1)),
    Case("an index for which readers need not wait", ("ALTER TABLE t ADD b int", "CREATE INDEX ON t (a)"), (1, 1)),
    Case("few rows", ("ALTER TABLE t ADD b int", "INSERT INTO u VALUES (1)"), (2,)),
    Case("before the lock, where none may stand after it", ("ALTER TABLE u ADD b int", *FILLED), (1, 3)),
    Case(
        "an enum value that is used",
        (ADD_VALUE, "UPDATE t SET m = 'ok'"),
        (1, 1),
        "cannot be used in the transaction that adds it",
    ),
    Case("an enum value that a default uses", (ADD_VALUE, "ALTER TABLE t ALTER m SET DEFAULT 'ok'"), (1, 1)),
    Case("an enum value in a name", (ADD_VALUE, "ALTER TABLE room ADD okay text"), (2,)),
    Case("an enum value in a default", (ADD_VALUE, "ALTER TABLE room ADD m mood DEFAULT 'ok'"), (1, 1)),
    Case(
        "an enum value in a body",
        (ADD_VALUE, "CREATE FUNCTION f() RETURNS mood LANGUAGE sql AS $$SELECT 'ok'::mood$$"),
        (1, 1),
    ),
    Case(
        "an enum value in a quote",
        ("ALTER TYPE mood ADD VALUE 'it''s'", "ALTER TABLE room ADD m mood DEFAULT E'it\\'s'"),
        (1, 1),
    ),
    Case("enum values in a row", (ADD_VALUE, "ALTER TYPE mood ADD VALUE 'sad'"), (2,)),
    Case("an enum value that nothing uses", (ADD_VALUE, "CREATE TABLE u (a int)"), (2,)),
    Case(
        "a value of a type made in the same transaction",
        ("CREATE TYPE mood AS ENUM ()", ADD_VALUE, "INSERT INTO t VALUES ('ok')"),
        (2, 1),
    ),
    Case("a renamed enum value", ("ALTER TYPE mood RENAME VALUE 'a' TO 'ok'", "UPDATE t SET m = 'ok'"), (2,)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_segments(case: Case) -> None:
    segments = arranged(migration(case.sql))
    shape = tuple(len(each.statements) if each.transactional else -len(each.statements) for each in segments)
    assert shape == case.shape
    assert [each.number for each in segments] == list(range(1, len(shape) + 1))
    assert case.words in " / ".join(each.reason for each in segments)
    assert [each.after for each in segments] == [()] * (len(shape) - 1) + [("r1",)]


def test_the_version_row_is_written_with_the_last_work_of_its_revision() -> None:
    first = migration(("CREATE TABLE t (a int)", "CREATE INDEX CONCURRENTLY i ON t (a)"))
    second = migration(("SELECT 1",), "r2", ("r1",), ("r2",))
    third = migration((), "r3", ("r2",), ("r3",))
    segments = arranged(first, second, third)
    assert [len(each.steps) for each in segments] == [1, 2, 3]
    assert segments[1].steps[1] == VersionWrite("r1", (), ("r1",), (), ("r1",))
    assert [each.after for each in segments] == [(), ("r1",), ("r3",)]
    assert [each.before for each in segments] == [(), (), ("r1",)]


def test_copy_from_stdin_is_refused() -> None:
    with pytest.raises(PlanError, match="reads its rows from the client"):
        arranged(migration(("COPY t FROM STDIN",)))


def test_why_commits_stand_around_an_autocommit_block() -> None:
    segments = arranged(migration(("SELECT 1", "| UPDATE t SET a = 1", "SELECT 1")))
    assert [each.reason for each in segments] == [
        "",
        "its author commits it by itself (autocommit)",
        "the statement before it ran by itself",
    ]
