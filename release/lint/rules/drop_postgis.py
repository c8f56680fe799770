"""RL203: DROP EXTENSION postgis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.sql.facts.spatial import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        for gone in item.facts.drops:
            if gone.kind == "extension" and gone.name.name in EXTENSIONS:
                yield Violation(f"DROP EXTENSION {gone.name}", item)


RULE = Rule(
    "RL203",
    "DROP EXTENSION postgis",
    Severity.ERROR,
    "Every geometry column of the database depends on it, those of other applications too. With CASCADE they are "
    "dropped with all that is in them.",
    "Leave the extension; a rollback leaves it as well.",
    Example('op.execute("DROP EXTENSION postgis")  # here', 'op.execute("CREATE EXTENSION postgis")'),
    Example('op.execute("CREATE EXTENSION IF NOT EXISTS postgis")', "pass"),
    _check,
)
