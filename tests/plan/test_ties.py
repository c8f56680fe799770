"""Commits that do not stand: each kind of thing that the author's transaction holds, as a miniature revision."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from release.errors import PlanError
from release.model import Statement
from tests.plan.migrations import arranged, migration

TRIGGER = "CREATE TRIGGER x BEFORE INSERT ON t EXECUTE FUNCTION f()"
FUNCTION = "CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
DYNAMIC = "DO $$ BEGIN EXECUTE 'SELECT 1'; END $$"
# a commit is wanted between any two of these, for each keeps the other's table waiting
HERE, THERE = "CREATE INDEX ON here (a)", "CREATE INDEX ON there (a)"


@dataclass(frozen=True, slots=True)
class Case:
    """Statements of one revision, and how many land in each segment; what is said where they stay together."""

    name: str
    sql: tuple[str, ...]
    shape: tuple[int, ...]
    words: str = ""


def around(first: str, last: str) -> tuple[str, ...]:
    """Two statements, and between them two that are parted where nothing holds them together."""
    return first, HERE, THERE, last


CASES = (
    Case("nothing is held", around("SELECT 1", "SELECT 1"), (2, 2)),
    # what the author's DDL locks, and what is done under it
    Case(
        "a sum of what others write, and the column goes",
        ("ALTER TABLE src ADD n int", "INSERT INTO tot SELECT sum(v) FROM src", "ALTER TABLE src DROP v"),
        (3,),
        "rows of public.src",
    ),
    Case(
        "a sum under a lock",
        ("ALTER TABLE src ADD n int", "INSERT INTO tot SELECT sum(v) FROM src"),
        (2,),
        "counted twice",
    ),
    Case(
        "a trigger is off",
        ("ALTER TABLE t DISABLE TRIGGER log", HERE, "UPDATE t SET a = 1", "ALTER TABLE t ENABLE TRIGGER log"),
        (4,),
        "without its trigger",
    ),
    Case("a trigger is off for good", ("ALTER TABLE t DISABLE TRIGGER log", HERE, "UPDATE t SET a = 1"), (1, 1, 1)),
    Case("a trigger is made anew", ("DROP TRIGGER x ON t", HERE, THERE, TRIGGER), (4,)),
    Case(
        "a constraint is made anew",
        around("ALTER TABLE t DROP CONSTRAINT c", "ALTER TABLE t ADD CHECK (a > 0) NOT VALID"),
        (4,),
    ),
    Case(
        "a constraint becomes a unique index",
        around("ALTER TABLE t DROP CONSTRAINT c", "CREATE UNIQUE INDEX ON t (a)"),
        (4,),
    ),
    Case(
        "a unique index is made anew",
        ("CREATE UNIQUE INDEX i ON t (a)", "DROP INDEX i", HERE, THERE, "CREATE UNIQUE INDEX i ON t (a, b)"),
        (1, 4),
    ),
    Case(
        "an index that nobody knows, and a unique one",
        around("DROP INDEX i", "CREATE UNIQUE INDEX ON t (a)"),
        (4,),
        "without its unique index",
    ),
    Case(
        "an index that nobody knows, and a unique constraint",
        around("DROP INDEX i", "ALTER TABLE t ADD UNIQUE (a)"),
        (4,),
        "without its unique index",
    ),
    Case(
        "an index that nobody knows, and what needs none",
        around("DROP INDEX i", "ALTER TABLE t ADD CHECK (a > 0)"),
        (1, 1, 1, 1),
    ),
    Case("an index is made anew", around("ALTER TABLE t SET (fillfactor = 90)", "CREATE INDEX ON t (a)"), (2, 1, 1)),
    Case(
        "row security is off",
        around("ALTER TABLE t DISABLE ROW LEVEL SECURITY", "ALTER TABLE t ENABLE ROW LEVEL SECURITY"),
        (4,),
    ),
    Case("a policy is made anew", around("DROP POLICY p ON t", "CREATE POLICY p ON t USING (a > 0)"), (4,)),
    Case("a default is off", around("ALTER TABLE t ALTER a DROP DEFAULT", "ALTER TABLE t ALTER a SET DEFAULT 1"), (4,)),
    Case(
        "a default of another column",
        around("ALTER TABLE t ALTER a DROP DEFAULT", "ALTER TABLE t ALTER b SET DEFAULT 1"),
        (1, 1, 1, 1),
    ),
    # values that are computed from themselves, and what alters those of others
    Case(
        "a column has another name, and its values another meaning",
        around("ALTER TABLE t RENAME a TO b", "UPDATE t SET b = NOT b"),
        (4,),
        "would be converted, too",
    ),
    Case(
        "a column has another type, and its values another meaning",
        around("ALTER TABLE t ALTER a TYPE int USING a * 100", "UPDATE t AS x SET a = x.a + 1"),
        (4,),
        "would be converted, too",
    ),
    Case(
        "a column has another default, and its values another meaning",
        around("ALTER TABLE t ALTER a SET DEFAULT 0", "UPDATE t SET a = a - 1"),
        (4,),
        "would be converted, too",
    ),
    Case(
        "a default, and a fill",
        around("ALTER TABLE t ALTER a SET DEFAULT 0", "UPDATE t SET a = 0 WHERE a IS NULL"),
        (1, 1, 1, 1),
    ),
    Case(
        "a column has another name, and values of another column another meaning",
        around("ALTER TABLE t RENAME a TO b", "UPDATE t SET c = c + 1"),
        (1, 1, 1, 1),
    ),
    # a fill, and what relies on it
    Case(
        "a fill, and NOT NULL",
        around("UPDATE t SET a = 1", "ALTER TABLE t ALTER a SET NOT NULL"),
        (4,),
        "would be missed",
    ),
    Case(
        "a fill, and NOT NULL under another name",
        (*around("UPDATE t SET a = 1", "ALTER TABLE t RENAME a TO b"), "ALTER TABLE t ALTER b SET NOT NULL"),
        (5,),
        "would be missed",
    ),
    Case(
        "another default, another name, and another meaning",
        (*around("ALTER TABLE t ALTER a SET DEFAULT 0", "ALTER TABLE t RENAME a TO b"), "UPDATE t SET b = b - 1"),
        (5,),
        "would be converted, too",
    ),
    Case(
        "a fill of another column, and NOT NULL",
        around("UPDATE t SET b = 1", "ALTER TABLE t ALTER a SET NOT NULL"),
        (1, 1, 1, 1),
    ),
    Case(
        "a fill, and NOT NULL that a CHECK holds",
        (
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT VALID",
            *around("UPDATE t SET a = 1", "ALTER TABLE t VALIDATE CONSTRAINT c"),
            "ALTER TABLE t ALTER a SET NOT NULL",
        ),
        (1, 1, 1, 1, 1, 1),
    ),
    Case(
        "duplicates go, and a unique index", around("DELETE FROM t WHERE a = 2", "CREATE UNIQUE INDEX ON t (a)"), (4,)
    ),
    Case(
        "rows are filled, and a foreign key",
        around("UPDATE t SET a = 1", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u"),
        (4,),
    ),
    Case(
        "rows are referred to, and a foreign key",
        around("INSERT INTO u VALUES (1)", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u"),
        (4,),
    ),
    Case("a fill, and a trigger that goes on filling", around("UPDATE t SET a = 1", TRIGGER), (4,)),
    Case("a trigger that fills, and a fill", around(TRIGGER, "UPDATE t SET a = 1"), (1, 1, 1, 1)),
    Case(
        "rows are moved, and their column goes",
        around("UPDATE t SET a = b", "ALTER TABLE t DROP b"),
        (4,),
        "would be lost",
    ),
    Case("rows are copied, and their table goes", around("INSERT INTO u SELECT a FROM t", "DROP TABLE t"), (4,)),
    Case("rows changed twice", around("UPDATE t SET a = 1", "UPDATE t SET a = 2 WHERE a = 1"), (4,)),
    Case("rows of two tables", around("UPDATE t SET a = 1", "UPDATE u SET a = 2"), (1, 1, 1, 1)),
    Case("rows written down twice", around("INSERT INTO t VALUES (1)", "INSERT INTO t VALUES (2)"), (2, 2)),
    Case(
        "a CHECK does what NOT NULL did",
        around("ALTER TABLE t ALTER a DROP NOT NULL", "ALTER TABLE t ADD CHECK (a IS NOT NULL) NOT VALID"),
        (4,),
        "without its constraint",
    ),
    Case("a trigger does what a default did", around("ALTER TABLE t ALTER a DROP DEFAULT", TRIGGER), (4,)),
    Case(
        "a default does what NOT NULL does not",
        around("ALTER TABLE t ALTER a DROP NOT NULL", "ALTER TABLE t ALTER a SET DEFAULT 1"),
        (1, 1, 1, 1),
    ),
    Case("triggers go with a function", around("DROP FUNCTION f() CASCADE", TRIGGER.replace("f()", "g()")), (4,)),
    Case(
        "a partition is back",
        around("ALTER TABLE t DETACH PARTITION p", "ALTER TABLE t ATTACH PARTITION p DEFAULT"),
        (4,),
        "without its partition",
    ),
    Case(
        "a partition for another",
        around("ALTER TABLE t DETACH PARTITION p", "CREATE TABLE q PARTITION OF t DEFAULT"),
        (4,),
    ),
    Case(
        "rows are copied, and their table makes room",
        around("CREATE TABLE n AS SELECT a FROM t", "ALTER TABLE t RENAME TO former"),
        (4,),
        "would be missed",
    ),
    Case("a fill, and the function of a trigger", around("UPDATE t SET a = 1", FUNCTION), (4,), "would be missed"),
    Case("a fill, and another function", around("UPDATE t SET a = 1", FUNCTION.replace("trigger", "int")), (1, 1, 2)),
    Case("a fill, and the function of a new trigger", (FUNCTION, *around("UPDATE t SET a = 1", FUNCTION)), (2, 1, 2)),
    Case(
        "a domain's constraint is made anew",
        around("ALTER DOMAIN d DROP CONSTRAINT c", "ALTER DOMAIN d ADD CHECK (VALUE > 0) NOT VALID"),
        (4,),
        "without its constraint",
    ),
    # what applications would ask for, and not find
    Case("a view is made anew", around("DROP VIEW v", "CREATE VIEW v AS SELECT 1"), (4,), "without view public.v"),
    Case("a view goes, and another comes", around("DROP VIEW v", "CREATE VIEW w AS SELECT 1"), (1, 1, 2)),
    Case("a column is made anew", around("ALTER TABLE t DROP a", "ALTER TABLE t ADD a text"), (4,), "without column a"),
    Case("a column takes another's name", around("ALTER TABLE t RENAME a TO b", "ALTER TABLE t RENAME c TO a"), (4,)),
    Case(
        "a table takes another's place",
        ("CREATE TABLE n (LIKE t)", *around("ALTER TABLE t RENAME TO former", "ALTER TABLE n RENAME TO t")),
        (5,),
        "without table public.t",
    ),
    Case(
        "a new table takes another new one's place",
        ("CREATE TABLE n (a int)", "CREATE TABLE m (a int)", *around("DROP TABLE n", "ALTER TABLE m RENAME TO n")),
        (4, 2),
    ),
    Case(
        "a function is made anew",
        around("DROP FUNCTION g(int)", "CREATE FUNCTION g(text) RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        (4,),
    ),
    Case(
        "a type takes another's place",
        (
            "ALTER TYPE mood RENAME TO former",
            "CREATE TYPE mood AS ENUM ('a')",
            "ALTER TABLE t ALTER a TYPE mood USING a::text::mood",
            "ALTER TABLE u ALTER a TYPE mood USING a::text::mood",
            "DROP TYPE former",
        ),
        (5,),
        "without type public.mood",
    ),
    Case(
        "a column goes that the function of a trigger may use",
        around("ALTER TABLE t DROP a", FUNCTION),
        (4,),
        "a trigger would fail",
    ),
    Case("privileges are given back", around("REVOKE ALL ON t FROM PUBLIC", "GRANT SELECT ON t TO x"), (4,)),
    Case(
        "a table is published again",
        around("ALTER PUBLICATION p DROP TABLE t", "ALTER PUBLICATION p ADD TABLE t"),
        (4,),
        "without publication p",
    ),
    Case("a publication is made anew", around("DROP PUBLICATION p", "CREATE PUBLICATION p FOR TABLE t"), (4,)),
    Case("privileges are taken", around("GRANT SELECT ON t TO x", "REVOKE ALL ON t FROM PUBLIC"), (2, 2)),
    # what nobody can follow
    Case("dynamic SQL after a lock", ("ALTER TABLE t ADD b int", HERE, DYNAMIC), (3,)),
    Case("dynamic SQL that may lock", (DYNAMIC, HERE, THERE, "UPDATE t SET a = 1"), (4,)),
    Case(
        "a function that may read anything",
        ("ALTER TABLE t ADD b int", "INSERT INTO u SELECT f(a) FROM here", "ALTER TABLE t DROP a"),
        (3,),
        "counted twice",
    ),
    Case(
        "a function that reads nothing",
        ("ALTER TABLE t ADD b int", "INSERT INTO u SELECT upper(a) FROM here", "ALTER TABLE t DROP a"),
        (1, 1, 1),
    ),
    Case("a function that nobody knows", ("UPDATE t SET a = 1", HERE, THERE, "SELECT f()"), (4,)),
    # state of the transaction
    Case("LOCK TABLE", around("LOCK TABLE t", "UPDATE t SET a = 1"), (4,), "the lock on t ends"),
    Case("LOCK TABLE for another table's sake", around("LOCK TABLE t", "UPDATE u SET a = 1"), (4,)),
    Case("LOCK TABLE for what is done to it", around("LOCK TABLE t", "ALTER TABLE t ADD b int"), (4,)),
    Case("LOCK TABLE in a block", around("DO $$ BEGIN LOCK TABLE t; END $$", "UPDATE t SET a = 1"), (4,)),
    Case("an advisory lock", around("SELECT pg_advisory_xact_lock(1)", "SELECT 1"), (4,), "advisory lock"),
    Case("an advisory lock of the session", around("SELECT pg_advisory_lock(1)", "SELECT 1"), (4,), "the session"),
    Case("it is given back", ("SELECT pg_advisory_lock(1)", "SELECT pg_advisory_unlock(1)", HERE, THERE), (3, 1)),
    Case(
        "a fill, and NOT NULL that a CHECK would hold if it were enforced",
        (
            "ALTER TABLE t ADD CONSTRAINT c CHECK (a IS NOT NULL) NOT ENFORCED",
            *around("UPDATE t SET a = 1", "ALTER TABLE t ALTER a SET NOT NULL"),
        ),
        (5,),
    ),
    Case("rows are locked", around("SELECT a FROM t FOR UPDATE", "INSERT INTO u VALUES (1)"), (4,)),
    Case("constraints are deferred", around("SET CONSTRAINTS ALL DEFERRED", "INSERT INTO u VALUES (1)"), (4,)),
    Case(
        "a temporary table",
        around("CREATE TEMP TABLE m (a int)", "INSERT INTO u SELECT a FROM m"),
        (4,),
        "temporary table m",
    ),
    Case(
        "a temporary table of a query",
        around("SELECT a INTO TEMP m FROM t", "DELETE FROM u WHERE a IN (SELECT a FROM m)"),
        (4,),
    ),
    Case("a cursor", ("DECLARE c CURSOR FOR SELECT 1", HERE, THERE, "FETCH c"), (4,), "the cursor"),
    Case("a prepared statement", ("PREPARE p AS SELECT 1", HERE, THERE, "EXECUTE p"), (4,)),
    Case(
        "one time",
        around("UPDATE t SET a = now()", "INSERT INTO u VALUES (CURRENT_TIMESTAMP)"),
        (4,),
        "the time of the transaction",
    ),
    Case(
        "a time of its own",
        around("UPDATE t SET a = clock_timestamp()", "INSERT INTO u VALUES (clock_timestamp())"),
        (1, 1, 2),
    ),
    Case(
        "the id of the transaction",
        around("UPDATE t SET a = txid_current()", "INSERT INTO u VALUES (txid_current())"),
        (4,),
    ),
    Case("a notification", around("NOTIFY news", "SELECT 1"), (4,), "sent at the commit"),
    Case("a snapshot", around("SELECT pg_export_snapshot()", "SELECT 1"), (4,)),
    Case("a sequence's last value", around("INSERT INTO t VALUES (1)", "INSERT INTO u VALUES (currval('s'))"), (4,)),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_ties(case: Case) -> None:
    segments = arranged(migration(case.sql))
    assert tuple(len(each.statements) for each in segments) == case.shape
    assert case.words in " / ".join(text for each in segments for text in each.told)


def test_revisions_are_not_tied() -> None:
    first = migration(("SELECT pg_advisory_xact_lock(1)", HERE))
    second = migration((THERE, "UPDATE t SET a = 1"), "r2", ("r1",), ("r2",))
    assert [len(each.statements) for each in arranged(first, second)] == [2, 1, 1]


@pytest.mark.parametrize(
    "first",
    [
        "LOCK TABLE t",
        "CREATE TEMP TABLE t (a int)",
        "SELECT pg_advisory_xact_lock(1)",
        "UPDATE t SET a = 2",
    ],
)
def test_a_commit_that_must_stand_is_refused_where_it_would_lose_something(first: str) -> None:
    last = "INSERT INTO u SELECT a FROM t"
    with pytest.raises(
        PlanError, match=r"revision r1, x\.py:1: a commit is needed here .*none may stand between"
    ) as caught:
        arranged(migration((first, "CREATE INDEX CONCURRENTLY ON here (a)", last)))
    assert "autocommit_block()" in str(caught.value.hint) or "session" in caught.value.message


def test_an_autocommit_block_gives_up_what_it_gives_up_online() -> None:
    segments = arranged(migration(("LOCK TABLE t", "| CREATE INDEX CONCURRENTLY ON here (a)", "UPDATE t SET a = 1")))
    assert [len(each.statements) for each in segments] == [1, 1, 1]


def test_an_autocommit_block_does_not_keep_a_temporary_table_for_a_run_that_is_resumed() -> None:
    sql = ("CREATE TEMP TABLE m (a int)", "| CREATE INDEX CONCURRENTLY ON here (a)", "INSERT INTO u SELECT a FROM m")
    with pytest.raises(PlanError, match="the temporary table m ends with the session"):
        arranged(migration(sql))


def texts(statements: tuple[Statement, ...]) -> list[str]:
    return [each.text for each in statements]


def test_settings_are_made_again_after_a_commit_of_ours() -> None:
    local, whole = "SET LOCAL work_mem = '1GB'", "SET jit = off"
    first = migration((local, whole, "RESET jit", "SET jit = on", HERE, THERE, "| VACUUM t", "UPDATE t SET a = 1"))
    second = migration((HERE,), "r2", ("r1",), ("r2",))
    segments = arranged(first, second)
    assert [texts(each.again) for each in segments] == [
        [],
        [local, "SET jit = on"],
        ["SET jit = on"],
        ["SET jit = on"],
        ["SET jit = on"],  # no statement of ours has ended it
    ]


def test_a_setting_by_a_function_is_made_again() -> None:
    call = "SELECT set_config('work_mem', '1GB', true)"
    segments = arranged(migration((call, HERE, THERE)))
    assert [texts(each.again) for each in segments] == [[], [call]]


def test_what_is_refused_meanwhile_is_told() -> None:
    check = "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID"
    segments = arranged(migration((check, "UPDATE t SET a = 1", "ALTER TABLE t VALIDATE CONSTRAINT c")))
    assert [each.told for each in segments] == [
        ("an UPDATE of a row of t that violates c is refused, until UPDATE t has run",),
        (),
    ]


def test_a_role_is_given_back_at_each_commit_of_ours() -> None:
    segments = arranged(
        migration(("SET ROLE x", HERE, THERE, "RESET ROLE")), migration((HERE,), "r2", ("r1",), ("r2",))
    )
    assert [(texts(each.again), each.role) for each in segments] == [
        ([], True),
        (["SET ROLE x"], True),
        (["RESET ROLE"], False),
    ]
