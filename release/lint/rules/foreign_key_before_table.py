"""RL101: a foreign key to a table that is created later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    later = [(case.at(made.name), at) for at, item in enumerate(case.upgrade) for made in item.facts.creates]
    for at, item in enumerate(case.upgrade):
        for constraint in item.definitions.constraints:
            target = case.at(constraint.target) if constraint.target else None
            if any(name == target and place > at for name, place in later) and not any(
                name == target and place <= at for name, place in later
            ):
                yield Violation(f"{constraint.table} refers to {target}, which is created further down", item)


RULE = Rule(
    "RL101",
    "A foreign key to a table that is created later",
    Severity.ERROR,
    "The statement fails: the table that it refers to does not exist yet.",
    "Create the table that is referred to first, and drop it last.",
    Example(
        """
        op.create_table("rooms", sa.Column("floor_id", sa.Integer(), sa.ForeignKey("floors.id")))  # here
        op.create_table("floors", sa.Column("id", sa.Integer(), primary_key=True))
        """,
        'op.drop_table("rooms")\nop.drop_table("floors")',
    ),
    Example(
        """
        op.create_table("floors", sa.Column("id", sa.Integer(), primary_key=True))
        op.create_table("rooms", sa.Column("floor_id", sa.Integer(), sa.ForeignKey("floors.id")))
        """,
        'op.drop_table("rooms")\nop.drop_table("floors")',
    ),
    _check,
)
