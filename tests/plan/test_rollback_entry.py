"""From where in an upgrade its rollback can start, and what of it runs then: each rule as a miniature revision."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from release.model import Direction, Plan
from release.plan.ledger import Ledger
from release.plan.rollback_entry import match_undo
from tests.plan.migrations import arranged, migration


@dataclass(frozen=True, slots=True)
class Case:
    """One revision both ways; per statement of its rollback the upgrade segment from which on it runs.

    Attributes:
        left: made and dropped again by the upgrade: name, and the segments from and to which it is there.
        stuck, stuck_begun: segments after, and within, which the rollback is refused.
    """

    name: str
    upgrade: tuple[str, ...]
    rollback: tuple[str, ...]
    since: tuple[int, ...]
    left: tuple[tuple[str, int, int], ...] = ()
    stuck: tuple[int, ...] = ()
    stuck_begun: tuple[int, ...] = ()


CIC = "CREATE INDEX CONCURRENTLY i ON t (a)"
ADD = "ALTER TABLE t ADD COLUMN a int"
DROP = "ALTER TABLE t DROP COLUMN a"
FILL = "UPDATE t SET a = 1"
NOT_VALID = "ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID"
VALIDATE = "ALTER TABLE t VALIDATE CONSTRAINT c"

CASES = (
    Case("objects, in reverse", (ADD, CIC), ("DROP INDEX i", DROP), (2, 1)),
    Case("an index that goes with its column", (ADD, CIC), (DROP,), (1,)),
    Case("a table and its index", ("CREATE TABLE t (a int)", CIC), ("DROP TABLE t",), (1,)),
    Case("an index dropped concurrently", ("DROP INDEX CONCURRENTLY i", ADD), (DROP, CIC), (2, 1)),
    Case(
        "a property set back",
        (CIC, "ALTER TABLE t ALTER a SET DEFAULT 1"),
        ("ALTER TABLE t ALTER a DROP DEFAULT",),
        (2,),
    ),
    Case(
        "a property that the upgrade did not set",
        (CIC, ADD),
        ("ALTER TABLE t ALTER b DROP DEFAULT",),
        (1,),
        stuck=(1,),
        stuck_begun=(1,),
    ),
    Case(
        "a property of a column that comes back",
        (CIC, "ALTER TABLE t DROP COLUMN b"),
        ("ALTER TABLE t ADD COLUMN b int", "ALTER TABLE t ALTER b SET DEFAULT 1"),
        (2, 2),
    ),
    Case(
        "made for a while",
        (NOT_VALID, VALIDATE, CIC, "ALTER TABLE t DROP CONSTRAINT c"),
        ("DROP INDEX i",),
        (3,),
        (("c", 1, 4),),
    ),
    Case(
        "made for a while, and gone with a column",
        ("CREATE INDEX j ON t (b)", CIC, "ALTER TABLE t DROP COLUMN b"),
        ("ALTER TABLE t ADD COLUMN b int", "DROP INDEX i"),
        (3, 2),
        (("j", 1, 3),),
    ),
    Case(
        "made for a while in a table that has had another name",
        ("ALTER TABLE s RENAME TO t", NOT_VALID, CIC, "ALTER TABLE t DROP CONSTRAINT c"),
        ("DROP INDEX i", "ALTER TABLE t RENAME TO s"),
        (2, 1),
        (("c", 1, 3),),
    ),
    Case("made and dropped at once", (CIC, NOT_VALID, "ALTER TABLE t DROP CONSTRAINT c"), ("DROP INDEX i",), (1,)),
    Case(
        "a function made for a while cannot be dropped by its name",
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'", CIC, "DROP FUNCTION f()"),
        ("DROP INDEX i",),
        (2,),
        stuck=(1, 2),
        stuck_begun=(2,),
    ),
    Case("rows changed back", (CIC, FILL), ("UPDATE t SET a = 0",), (2,)),
    Case("rows of another table", (CIC, FILL), ("UPDATE u SET a = 0",), (1,), stuck=(1,), stuck_begun=(1,)),
    Case(
        "rows that need a column that comes back",
        (FILL, CIC, "ALTER TABLE t DROP COLUMN b"),
        ("ALTER TABLE t ADD COLUMN b int", FILL),
        (3, 1),
        stuck=(1, 2),
        stuck_begun=(2,),
    ),
    Case("what nobody can tell", (CIC, ADD), ("DO 'BEGIN END'",), (1,), stuck=(1,), stuck_begun=(1,)),
    Case("what nobody can tell, of one segment", (ADD, "COMMENT ON TABLE t IS 'x'"), ("DO 'BEGIN END'",), (1,)),
    Case(
        "a renamed table",
        ("ALTER TABLE t RENAME TO u", "CREATE INDEX CONCURRENTLY i ON u (a)"),
        ("DROP INDEX i", "ALTER TABLE u RENAME TO t"),
        (2, 1),
    ),
    Case(
        "several at once",
        (ADD, CIC, "ALTER TABLE t ADD COLUMN b int"),
        ("ALTER TABLE t DROP COLUMN a, DROP COLUMN b",),
        (1,),
        stuck=(1, 2),
        stuck_begun=(2,),
    ),
    Case(
        "what the server has named",
        (CIC, "ALTER TABLE t ADD UNIQUE (a)", "CREATE TABLE u (id serial)"),
        ("DROP TABLE u", "ALTER TABLE t DROP CONSTRAINT t_a_key", "DROP INDEX i"),
        (2, 2, 1),
    ),
    Case(
        "a key made of an index",
        ("CREATE UNIQUE INDEX CONCURRENTLY u ON t (a)", "ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX u"),
        ("ALTER TABLE t DROP CONSTRAINT k",),
        (1,),
        stuck=(1,),
        stuck_begun=(1,),
    ),
    Case(
        "made, and dropped under another name",
        ("CREATE TABLE u (a int)", CIC, "ALTER TABLE u RENAME TO v"),
        ("DROP TABLE v", "DROP INDEX i"),
        (1, 2),
        stuck=(1, 2),
        stuck_begun=(2,),
    ),
    Case(
        "made, and dropped under its first name",
        ("CREATE TABLE u (a int)", CIC, "ALTER TABLE u RENAME TO v"),
        ("ALTER TABLE v RENAME TO u", "DROP INDEX i", "DROP TABLE u"),
        (3, 2, 1),
    ),
    Case(
        "one of two functions of a name",
        ("CREATE FUNCTION f(text) RETURNS int LANGUAGE sql AS 'SELECT 1'", CIC, "DROP FUNCTION f(int)"),
        ("CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'SELECT 1'", "DROP INDEX i", "DROP FUNCTION f(text)"),
        (3, 2, 1),
    ),
    Case("a procedure that commits", ("| CALL p()",), ("| CALL q()",), (1,), stuck_begun=(1,)),
)


def plan(direction: Direction, sql: tuple[str, ...]) -> Plan:
    rows: tuple[tuple[str, ...], tuple[str, ...]] = ((), ("r1",)) if direction is Direction.UPGRADE else (("r1",), ())
    return Plan(direction, arranged(migration(sql, "r1", *rows)), ())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_a_rollback_undoes(case: Case) -> None:
    upgrade, rollback = plan(Direction.UPGRADE, case.upgrade), plan(Direction.ROLLBACK, case.rollback)
    forth = Ledger(upgrade.segments, "public")
    undo = match_undo(upgrade, rollback, (forth, Ledger(rollback.segments, "public", forth)))
    assert undo.since == case.since
    assert tuple((each.thing.name.name, each.made, each.dropped) for _, each in undo.leftovers) == case.left
    assert tuple(number for number, _ in undo.stuck) == case.stuck
    assert tuple(number for number, _ in undo.stuck_begun) == case.stuck_begun
