"""RL211: an index built while writes wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.model import Work

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        for effect in item.stopping_writes:
            if Work.INDEX in effect.work:
                yield Violation(f"{item.facts.tag} builds an index on {effect.relation} under {effect.lock}", item)


RULE = Rule(
    "RL211",
    "An index built while writes wait",
    Severity.WARNING,
    "CREATE INDEX without CONCURRENTLY stops every write to the table until the index is built.",
    "Build it concurrently, outside a transaction:\n\n"
    "    with op.get_context().autocommit_block():\n"
    '        op.create_index(op.f("ix_rooms_name"), "rooms", ["name"], postgresql_concurrently=True)',
    Example('op.create_index("ix_rooms_name", "rooms", ["name"])  # here', 'op.drop_index("ix_rooms_name", "rooms")'),
    Example(
        """
        with op.get_context().autocommit_block():
            op.create_index("ix_rooms_name", "rooms", ["name"], postgresql_concurrently=True)
        """,
        'op.drop_index("ix_rooms_name", "rooms")',
    ),
    _check,
)
