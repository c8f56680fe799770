"""RL204: TRUNCATE of a table in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        if item.facts.tag == "TRUNCATE TABLE" and item.effects:
            cascade = " and every table that refers to it" if item.definitions.cascade else ""
            yield Violation(f"TRUNCATE empties {', '.join(str(each.relation) for each in item.effects)}{cascade}", item)


RULE = Rule(
    "RL204",
    "TRUNCATE of a table in use",
    Severity.ERROR,
    "It takes all rows at once, under ACCESS EXCLUSIVE, without asking triggers; transactions with an older snapshot "
    "see an empty table. With CASCADE it empties tables that nobody named.",
    "DELETE the rows that you mean, and declare what is lost.",
    Example('op.execute("TRUNCATE rooms")  # here'),
    Example(
        "op.execute(\"DELETE FROM rooms WHERE status = 'demolished'\")",
        head="# release: loses rooms.* rooms that are gone",
    ),
    _check,
)
