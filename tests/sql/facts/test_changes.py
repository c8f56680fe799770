"""What statements create, drop and rename, what they mark, and what they are about."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from release.model import Mark
from release.sql.facts.changes import changes_of
from release.sql.read.statements import statement_in
from tests.sql.objects import told


@dataclass(frozen=True, slots=True)
class Case:
    """A statement, and what is said of it; `marks` with the value where there is one."""

    statement: str
    subject: str
    creates: tuple[str, ...] = ()
    drops: tuple[str, ...] = ()
    renames: tuple[tuple[str, str], ...] = ()
    marks: tuple[tuple[Mark, str, str], ...] = ()


CASES = (
    Case("CREATE TABLE a.t (id int)", "a.t", ("table a.t",)),
    Case("CREATE TABLE a.t (id serial)", "a.t", ("table a.t",)),
    Case("CREATE TABLE x AS SELECT 1 AS a", "x", ("table x",)),
    Case("SELECT * INTO x FROM t", "x", ("table x",)),
    Case("SELECT * FROM t", ""),
    Case("CREATE MATERIALIZED VIEW m AS SELECT 1 AS a", "m", ("materialized view m",)),
    Case("CREATE INDEX i ON a.t (n)", "a.i on a.t", ("index a.i of a.t",)),
    Case(
        "ALTER TABLE t ADD COLUMN a int, DROP COLUMN b, DROP CONSTRAINT c",
        "t",
        ("column a of t",),
        ("column b of t", "constraint c of t"),
    ),
    Case("ALTER TABLE t ALTER a SET NOT NULL", "t", marks=((Mark.NOT_NULL, "column a of t", ""),)),
    Case(
        "ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u NOT VALID",
        "t",
        ("constraint f of t",),
        marks=((Mark.NOT_VALID, "constraint f of t", ""),),
    ),
    Case("ALTER TABLE t VALIDATE CONSTRAINT f", "t", marks=((Mark.VALIDATES, "constraint f of t", ""),)),
    Case("ALTER TYPE mood ADD VALUE 'fair'", "mood", marks=((Mark.ENUM_VALUE, "type mood", "fair"),)),
    Case("CREATE POLICY p ON t USING (true)", "p on t", ("policy p of t",)),
    Case("CREATE FUNCTION a.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "a.f", ("function a.f",)),
    Case("DROP INDEX a.i, j", "a.i, j", drops=("index a.i", "index j")),
    Case("DROP TRIGGER w ON t", "w on t", drops=("trigger w of t",)),
    Case("ALTER TABLE a.t RENAME TO u", "a.t", renames=(("table a.t", "table a.u"),)),
    Case("ALTER TABLE t RENAME a TO b", "t", renames=(("column a of t", "column b of t"),)),
    Case("UPDATE t SET a = 1", "t"),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.statement)
def test_changes(case: Case) -> None:
    found = changes_of(statement_in(case.statement))
    assert (
        Case(
            case.statement,
            found.subject,
            tuple(map(told, found.creates)),
            tuple(map(told, found.drops)),
            tuple((told(old), told(new)) for old, new in found.renames),
            tuple((each.mark, told(each.object), each.value) for each in found.marks),
        )
        == case
    )
