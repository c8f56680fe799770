"""When two plans do the same: by what is run, in which order and transactions; not by its layout and comments."""

from __future__ import annotations

import pytest

from release.model import Direction, Name, Plan
from release.plan.digest import digest_of
from tests.plan.migrations import arranged, migration

ADD, FILL = "ALTER TABLE t ADD COLUMN a int", "ALTER TABLE t ALTER COLUMN a SET DEFAULT 1"


def digest(*sql: str, revision: str = "r1", table: str = "alembic_version") -> str:
    segments = arranged(migration(sql, revision, (), (revision,)))
    return digest_of(Name(table), [Plan(Direction.UPGRADE, segments, ())])


@pytest.mark.parametrize(
    "sql",
    [
        ("ALTER TABLE t\n  ADD COLUMN a int", FILL),
        ("ALTER TABLE t ADD COLUMN a int -- for now", f"/* all */ {FILL}"),
        (f"{ADD};\n{FILL};",),
    ],
    ids=["layout", "comments", "terminators"],
)
def test_it_is_the_same(sql: tuple[str, ...]) -> None:
    assert digest(*sql) == digest(ADD, FILL)


OTHERS = {
    "another value": digest(ADD, "ALTER TABLE t ALTER COLUMN a SET DEFAULT 2"),
    "another order": digest(FILL, ADD),
    "one statement less": digest(ADD),
    "in a transaction of its own": digest(ADD, f"| {FILL}"),
    "another revision": digest(ADD, FILL, revision="r2"),
    "another version table": digest(ADD, FILL, table="versions"),
    "as it was": digest(ADD, FILL),
}


def test_it_is_another_one() -> None:
    assert len({*OTHERS.values()}) == len(OTHERS)


def test_both_directions_count() -> None:
    up, down = (Plan(each, arranged(migration((ADD,))), ()) for each in Direction)
    table = Name("alembic_version")
    assert len({digest_of(table, plans) for plans in ([up], [up, down], [])}) == 3
