"""RL210: an index built under ACCESS EXCLUSIVE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.model import Work

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        for effect in item.exclusive:
            if Work.INDEX in effect.work and Work.REWRITE not in effect.work:
                yield Violation(f"{item.facts.tag} builds an index on {effect.relation} under ACCESS EXCLUSIVE", item)


RULE = Rule(
    "RL210",
    "An index built on an existing table under ACCESS EXCLUSIVE",
    Severity.ERROR,
    "ADD UNIQUE, ADD PRIMARY KEY, EXCLUDE and REINDEX read the whole table to build their index while every read and "
    "write waits.",
    "Build the index concurrently, then make it the constraint, which is instant:\n\n"
    "    with op.get_context().autocommit_block():\n"
    '        op.create_index("uq_rooms_name", "rooms", ["name"], unique=True, postgresql_concurrently=True)\n'
    '    op.execute("ALTER TABLE rooms ADD CONSTRAINT uq_rooms_name UNIQUE USING INDEX uq_rooms_name")',
    Example(
        'op.create_unique_constraint("uq_rooms_name", "rooms", ["name"])  # here',
        'op.drop_constraint("uq_rooms_name", "rooms")',
    ),
    Example(
        """
        with op.get_context().autocommit_block():
            op.create_index("uq_rooms_name", "rooms", ["name"], unique=True, postgresql_concurrently=True)
        op.execute("ALTER TABLE rooms ADD CONSTRAINT uq_rooms_name UNIQUE USING INDEX uq_rooms_name")
        """,
        'op.drop_constraint("uq_rooms_name", "rooms")',
    ),
    _check,
)
