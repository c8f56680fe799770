"""RL111: an enum value used in the transaction that adds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.model import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.lint.subject import Item


def _check(case: Case) -> Iterator[Violation]:
    for items in (case.upgrade, case.rollback):
        for at, item in enumerate(items):
            for mark in item.facts.marks:
                if mark.mark is not Mark.ENUM_VALUE:
                    continue
                for later in items[at + 1 :]:
                    if _together(item, later, case) and not later.facts.marks and _uses(later, mark.value):
                        yield Violation(f"'{mark.value}' was added to {mark.object.name} in the same migration", later)


def _together(item: Item, later: Item, case: Case) -> bool:
    """Whether two statements share a transaction when Alembic runs the migration, or as the file has it."""
    if not case.whole:
        return later.segment == item.segment
    return later.revision == item.revision and later.statement.transaction == item.statement.transaction


def _uses(item: Item, value: str) -> bool:
    """Whether a statement names the value, or a body of code in it does."""
    return any(text == value or f"'{value}'" in text for text in item.definitions.texts)


RULE = Rule(
    "RL111",
    "An enum value used in the transaction that adds it",
    Severity.WARNING,
    'PostgreSQL refuses it: "unsafe use of new value". The script of a release has a commit in between; '
    "`alembic upgrade` runs the migration in one transaction and fails.",
    "Add the value in an autocommit block, or in a revision before:\n\n"
    "    with op.get_context().autocommit_block():\n"
    "        op.execute(\"ALTER TYPE room_state ADD VALUE 'locked'\")",
    Example(
        """
        op.execute("ALTER TYPE room_state ADD VALUE 'locked'")
        op.execute("UPDATE rooms SET state = 'locked' WHERE keys > 0")  # here
        """,
        "op.execute(\"UPDATE rooms SET state = 'open' WHERE state = 'locked'\")",
    ),
    Example(
        """
        with op.get_context().autocommit_block():
            op.execute("ALTER TYPE room_state ADD VALUE 'locked'")
        op.execute("UPDATE rooms SET state = 'locked' WHERE keys > 0")
        """,
        "op.execute(\"UPDATE rooms SET state = 'open' WHERE state = 'locked'\")",
    ),
    _check,
)
