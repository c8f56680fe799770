"""RL110: a type that the rollback leaves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.round_trip import left_over
from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    undone = {item.revision for item in case.rollback}
    for thing, item in left_over(case)[0] if case.whole else ():
        if thing.kind == "type" and item.revision in undone:
            yield Violation(f"the rollback leaves type {thing.name}", item)


RULE = Rule(
    "RL110",
    "A type that the rollback leaves behind",
    Severity.ERROR,
    "Neither `op.drop_table` nor `op.drop_column` drops the enum type of a column. After a rollback the next upgrade "
    'fails with "type already exists".',
    'Drop it at the end of the downgrade:\n\n    op.execute("DROP TYPE room_state")',
    Example(
        'op.create_table("rooms", sa.Column("state", sa.Enum("open", "closed", name="room_state")))  # here',
        'op.drop_table("rooms")',
    ),
    Example(
        'op.create_table("rooms", sa.Column("state", sa.Enum("open", "closed", name="room_state")))',
        'op.drop_table("rooms")\nop.execute("DROP TYPE room_state")',
    ),
    _check,
)
