"""The way back from each segment: each rule as a miniature revision."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from release.model import Migration, Name, RevisionRange
from release.plan import plan_release
from release.plan.losses import Declaration
from tests.plan.migrations import migration


@dataclass(frozen=True, slots=True)
class Case:
    """One revision both ways; per segment of the upgrade the way back, and words of what is lost."""

    name: str
    upgrade: tuple[str, ...]
    rollback: tuple[str, ...]
    ways: tuple[str, ...]
    words: str = ""
    loses: str = ""


CIC = "CREATE INDEX CONCURRENTLY i ON t (a)"
ADD = "ALTER TABLE t ADD COLUMN a int"
DROP = "ALTER TABLE t DROP COLUMN a"

CASES = (
    Case("a column", (ADD,), (DROP,), ("reversible",)),
    Case("a column that is dropped", (DROP, CIC), ("DROP INDEX i", ADD), ("lossy", "reversible"), "without its values"),
    Case(
        "a column that nobody brings back",
        (CIC, DROP),
        (),
        ("reversible", "irreversible"),
        "column a: dropped, and not",
    ),
    Case(
        "a table that nobody brings back", ("DROP TABLE t",), (), ("irreversible",), "table public.t: dropped, and not"
    ),
    Case("rows that are deleted", ("DELETE FROM t",), (), ("lossy",), "the upgrade deletes rows"),
    Case(
        "rows that are changed", ("UPDATE t SET b = 1",), (), ("irreversible",), "public.t: rows changed (x.py:1) stay"
    ),
    Case("rows that are changed back", ("UPDATE t SET b = 1",), ("UPDATE t SET b = 0",), ("reversible",)),
    Case("a new column that is filled", (ADD, "UPDATE t SET a = 1"), (DROP,), ("reversible", "reversible")),
    Case(
        "rows of a new table", ("CREATE TABLE u ()", "INSERT INTO u DEFAULT VALUES"), ("DROP TABLE u",), ("reversible",)
    ),
    Case("rows that are added", ("INSERT INTO t VALUES (1)",), (), ("irreversible",), "rows inserted (x.py:1) stay"),
    Case(
        "what the author declared",
        (CIC, "UPDATE t SET b = 1", "VACUUM t"),
        ("UPDATE t SET b = NULL", "DROP INDEX i"),
        ("reversible", "lossy", "reversible"),
        "public.t.b: one was it before (declared in x.py:9)",
        loses="b",
    ),
    Case("an enum value", ("ALTER TYPE mood ADD VALUE 'ok'",), (), ("irreversible",), "type mood: keeps the value ok"),
    Case("an enum type that goes", ("ALTER TYPE mood ADD VALUE 'ok'",), ("DROP TYPE mood",), ("reversible",)),
    Case("a block", ("DO 'BEGIN END'",), (), ("unknown",), "DO (x.py:1) decides when it runs"),
    Case("a block that a block undoes", ("DROP VIEW v", "DO 'BEGIN END'"), ("DO 'BEGIN END'",), ("unknown",)),
    Case(
        "a constraint for a while",
        ("ALTER TABLE t ADD CONSTRAINT c CHECK (a > 0) NOT VALID", CIC, "ALTER TABLE t DROP CONSTRAINT c"),
        ("DROP INDEX i",),
        ("reversible",) * 3,
    ),
    Case(
        "a table that is renamed",
        ("ALTER TABLE t RENAME TO u", "ALTER TABLE u DROP CONSTRAINT c"),
        ("ALTER TABLE u ADD CONSTRAINT c CHECK (a > 0)", "ALTER TABLE u RENAME TO t"),
        ("reversible",),
    ),
)


def migrations(upgrade: tuple[str, ...], rollback: tuple[str, ...]) -> tuple[Migration, Migration]:
    return migration(upgrade), migration(rollback, before=("r1",), after=())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_way_back(case: Case) -> None:
    upgrade, rollback = migrations(case.upgrade, case.rollback)
    source = upgrade.statements[0].source
    declared = Declaration(Name("t"), case.loses, "one was it before", type(source)(source.revision, "x.py", 9))
    revisions = RevisionRange((), ("r1",), (), Name("alembic_version"))
    losses = [declared] if case.loses else []
    release = plan_release("1", "", "2026-01-01", revisions, [upgrade], [rollback], losses, ("public",)).release
    ways = release.upgrade.ways
    assert tuple(str(each.way) for each in ways) == case.ways
    lost = [line for each in ways for line in each.lost]
    assert case.words in " / ".join(lost)
    assert bool(lost) == (set(case.ways) != {"reversible"})
    assert [each.segment for each in ways] == [each.number for each in release.upgrade.segments]


def test_what_to_do_when_it_stops() -> None:
    """Where the rollback refuses to start, the advice says so."""
    free = migrations((ADD, CIC), ("DROP INDEX i", DROP))
    tied = migrations((ADD, CIC), ("DO 'BEGIN END'",))
    revisions = RevisionRange((), ("r1",), (), Name("alembic_version"))
    plans = [plan_release("1", "", "", revisions, [up], [down], [], ("public",)) for up, down in (free, tied)]
    advice = [[each.advice for each in plan.release.upgrade.ways] for plan in plans]
    either = "run upgrade.sql again to finish, or go back with rollback.sql"
    assert advice == [[either] * 2, [either, "run upgrade.sql again to finish; rollback.sql refuses until then"]]
