"""RL202: DROP … CASCADE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        if item.definitions.cascade and item.definitions.kind != "TruncateStmt":
            yield Violation(f"{item.facts.tag} {item.facts.subject} CASCADE".replace("  ", " "), item)


RULE = Rule(
    "RL202",
    "DROP … CASCADE",
    Severity.ERROR,
    "It drops whatever depends on the object in the database at hand: views, foreign keys and columns that no review "
    "has seen and no rollback knows.",
    "Name what is to go, in statements of its own, and let DROP fail where something else depends on the object.",
    Example('op.execute("DROP TABLE rooms CASCADE")  # here', 'op.execute("CREATE TABLE rooms (id bigint)")'),
    Example(
        'op.execute("DROP VIEW open_rooms")\nop.execute("DROP TABLE rooms")',
        'op.execute("CREATE TABLE rooms (id bigint)")\nop.execute("CREATE VIEW open_rooms AS SELECT id FROM rooms")',
    ),
    _check,
)
