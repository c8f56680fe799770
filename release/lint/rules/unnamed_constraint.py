"""RL113: a constraint without a name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = {"PRIMARY": "primary key", "FOREIGN": "foreign key", "UNIQUE": "unique", "CHECK": "check"}


def _check(case: Case) -> Iterator[Violation]:
    for item in case.upgrade:
        unnamed = [each for each in item.definitions.constraints if not each.name]
        if unnamed:
            kinds = ", ".join(
                f"{_WORDS.get(each.kind, each.kind.lower())} ({', '.join(each.columns)})"
                if each.columns
                else _WORDS.get(each.kind, each.kind.lower())
                for each in unnamed
            )
            yield Violation(f"constraints of {unnamed[0].table} without a name: {kinds}", item)


RULE = Rule(
    "RL113",
    "A constraint without a name",
    Severity.WARNING,
    "The server makes one up. A later migration must guess it to drop the constraint, and the guess is wrong where a "
    "name was taken or a table renamed.",
    "Name every constraint, or give the models' MetaData a naming convention:\n\n"
    '    sa.PrimaryKeyConstraint("id", name=op.f("pk_rooms"))',
    Example(
        'op.create_table("rooms", sa.Column("id", sa.Integer(), primary_key=True))  # here', 'op.drop_table("rooms")'
    ),
    Example(
        """
        op.create_table("rooms", sa.Column("id", sa.Integer()), sa.PrimaryKeyConstraint("id", name="pk_rooms"))
        """,
        'op.drop_table("rooms")',
    ),
    _check,
)
