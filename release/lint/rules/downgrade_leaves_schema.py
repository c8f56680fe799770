"""RL108: a downgrade that does not undo what upgrade made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.round_trip import left_over
from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model import Object


def _check(case: Case) -> Iterator[Violation]:
    if not case.whole:
        return
    undone = {item.revision for item in case.rollback}
    extra, missing = left_over(case)
    for thing, item in extra:
        if thing.kind != "type" and item.revision in undone:
            yield Violation(f"the rollback leaves {_words(thing)}", item)
    for thing, item in missing:
        if item.revision in undone:
            yield Violation(f"the rollback does not bring back {_words(thing)}", item)


def _words(thing: Object) -> str:
    return f"{thing.kind} {thing.name}" + (f" on {thing.parent}" if thing.parent else "")


RULE = Rule(
    "RL108",
    "A downgrade that does not undo its upgrade",
    Severity.ERROR,
    "After a rollback the schema is not the one that was there: the next upgrade fails on what was left, or works on "
    "a table that misses an index, a constraint or a column.",
    "Drop in `downgrade()` everything that `upgrade()` creates, and create again, with the same name and definition, "
    "everything that it drops.",
    Example(
        """
        op.execute("CREATE TABLE rooms (id bigint)")
        op.execute("CREATE VIEW open_rooms AS SELECT 1 AS id")  # here
        """,
        'op.drop_table("rooms")',
    ),
    Example(
        """
        op.execute("CREATE TABLE rooms (id bigint)")
        op.execute("CREATE VIEW open_rooms AS SELECT 1 AS id")
        """,
        'op.execute("DROP VIEW open_rooms")\nop.drop_table("rooms")',
    ),
    _check,
)
