"""RL216: postgis_topology changes the database's search_path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHANGES_PATH = frozenset({"postgis_topology", "postgis_tiger_geocoder"})


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        for name in sorted(_CHANGES_PATH & set(item.facts.spatial.extensions)):
            yield Violation(f"CREATE EXTENSION {name} changes search_path of the whole database", item)


RULE = Rule(
    "RL216",
    "An extension that changes the database's search_path",
    Severity.WARNING,
    "postgis_topology and postgis_tiger_geocoder run ALTER DATABASE … SET search_path. Every new session of every "
    "application then looks for names in one schema more, and no rollback takes it back.",
    "Let the DBA create the extension, and set search_path of the database right after it.",
    Example('op.execute("CREATE EXTENSION postgis_topology")  # here'),
    Example('op.execute("CREATE EXTENSION IF NOT EXISTS postgis")'),
    _check,
)
