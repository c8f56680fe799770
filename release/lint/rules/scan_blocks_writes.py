"""RL212: a table scanned while writes wait."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.model import Work

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        for effect in item.stopping_writes:
            if Work.SCAN in effect.work:
                yield Violation(f"{item.facts.tag} scans {effect.relation} under {effect.lock}", item)


RULE = Rule(
    "RL212",
    "A table scanned while writes wait",
    Severity.WARNING,
    "A foreign key that is checked at once stops every write to both tables until the last row has been looked up.",
    "Add it NOT VALID, which is instant, and validate it in a statement of its own:\n\n"
    '    op.create_foreign_key("fk_rooms_floor_id", "rooms", "floors", ["floor_id"], ["id"],\n'
    "                          postgresql_not_valid=True)\n"
    '    op.execute("ALTER TABLE rooms VALIDATE CONSTRAINT fk_rooms_floor_id")',
    Example(
        'op.create_foreign_key("fk_rooms_floor_id", "rooms", "floors", ["floor_id"], ["id"])  # here',
        'op.drop_constraint("fk_rooms_floor_id", "rooms")',
    ),
    Example(
        """
        op.create_foreign_key(
            "fk_rooms_floor_id", "rooms", "floors", ["floor_id"], ["id"], postgresql_not_valid=True
        )
        op.execute("ALTER TABLE rooms VALIDATE CONSTRAINT fk_rooms_floor_id")
        """,
        'op.drop_constraint("fk_rooms_floor_id", "rooms")',
    ),
    _check,
)
