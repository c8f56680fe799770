"""What statements take away from under others."""

from __future__ import annotations

import pytest

from release.sql.facts.removals import DepartureKind, departures_of
from release.sql.read.statements import statement_in
from tests.sql.objects import told

DROP, RETYPE, RENAME = DepartureKind.DROP, DepartureKind.RETYPE, DepartureKind.RENAME
# statement: what departs and how, with the types of a routine's arguments and whether it says CASCADE
CASES: dict[str, list[tuple[str, DepartureKind, tuple[str, ...] | None, bool]]] = {
    "DROP TABLE a.t, u": [("table a.t", DROP, None, False), ("table u", DROP, None, False)],
    "DROP VIEW v CASCADE": [("view v", DROP, None, True)],
    "DROP FUNCTION a.f(int, text)": [("function a.f", DROP, ("integer", "text"), False)],
    "DROP FUNCTION f": [("function f", DROP, None, False)],
    "DROP PROCEDURE p() CASCADE": [("procedure p", DROP, (), True)],
    "ALTER TABLE t DROP COLUMN a CASCADE, DROP CONSTRAINT c, ALTER COLUMN b TYPE bigint, ADD COLUMN d int": [
        ("column a of t", DROP, None, True),
        ("constraint c of t", DROP, None, False),
        ("column b of t", RETYPE, None, False),
    ],
    "ALTER TABLE a.t RENAME TO u": [("table a.t", RENAME, None, False)],
    "ALTER TABLE t RENAME COLUMN a TO b": [("column a of t", RENAME, None, False)],
    "CREATE TABLE t ()": [],
    "DELETE FROM t": [],
}


@pytest.mark.parametrize("statement", CASES)
def test_departures(statement: str) -> None:
    found = departures_of(statement_in(statement))
    assert [(told(each.thing), each.way, each.arguments, each.cascade) for each in found] == CASES[statement]
