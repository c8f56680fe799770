"""RL102: a foreign-key column without an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Hit, Rule, Severity
from release.lint.schema import schema_after

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Hit]:
    schema = schema_after(case)
    for constraint, item in schema.references:
        table, wanted = constraint.table, set(constraint.columns)
        known = all((table, column) in schema.columns for column in wanted)
        lists = schema.indexed.get(table, [])
        if known and not any(set(columns[: len(wanted)]) == wanted for columns in lists):
            yield Hit(
                f"no index on {table} ({', '.join(constraint.columns)}), which refers to {constraint.target}", item
            )


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
