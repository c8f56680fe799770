"""RL215: ALTER EXTENSION postgis UPDATE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.sql.facts.spatial import EXTENSIONS

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        name = item.definitions.extension
        if name in EXTENSIONS or "postgis_extensions_upgrade" in item.facts.spatial.functions:
            yield Violation(f"{name or 'postgis'} is updated", item)


RULE = Rule(
    "RL215",
    "ALTER EXTENSION postgis UPDATE",
    Severity.WARNING,
    "It replaces geometry_columns and hundreds of functions under ACCESS EXCLUSIVE: whatever reads that view waits, "
    "and it waits for them. It needs a superuser and cannot be taken back.",
    "Leave it to the DBA, in a maintenance window of its own; state the version that you need in the release notes.",
    Example('op.execute("ALTER EXTENSION postgis UPDATE")  # here'),
    Example('op.execute("CREATE EXTENSION IF NOT EXISTS postgis")'),
    _check,
)
