"""RL102: a foreign-key column without an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.earlier import may_be_indexed, names_column
from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.lint.schema import is_ordered, lasting_references

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for each in lasting_references(case):
        table, columns, old = each.table, each.columns, each.old
        # of a column that was there before, only what the earlier migrations write down is known
        known = all(names_column(case, table.name, column) for column in old)
        indexed = bool(old) and all(may_be_indexed(case, table.name, column) for column in old)
        if known and not indexed and not is_ordered(case, table, columns):
            yield Violation(f"no index on {table} ({', '.join(columns)}), which refers to {each.target}", each.item)


RULE = Rule(
    "RL102",
    "A foreign key whose columns have no index",
    Severity.WARNING,
    "PostgreSQL does not index the side that refers. Each DELETE or key UPDATE of a referenced row then reads the "
    "whole table, and so does every join along the key.",
    "Create an index that starts with the columns of the key:\n\n"
    '    op.create_index(op.f("ix_rooms_floor_id"), "rooms", ["floor_id"])',
    Example(
        """
        op.create_table(
            "floors", sa.Column("id", sa.Integer()), sa.PrimaryKeyConstraint("id", name="pk_floors")
        )
        op.create_table("rooms", sa.Column("floor_id", sa.Integer(), sa.ForeignKey("floors.id", name="fk")))  # here
        """,
        'op.drop_table("rooms")\nop.drop_table("floors")',
    ),
    Example(
        """
        op.create_table(
            "floors", sa.Column("id", sa.Integer()), sa.PrimaryKeyConstraint("id", name="pk_floors")
        )
        op.create_table("rooms", sa.Column("floor_id", sa.Integer(), sa.ForeignKey("floors.id", name="fk_rooms")))
        op.create_index("ix_rooms_floor_id", "rooms", ["floor_id"])
        """,
        'op.drop_table("rooms")\nop.drop_table("floors")',
    ),
    _check,
)
