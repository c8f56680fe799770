"""Settings that a migration changes, and how they end with it.

Online the session ends with the command; in a release many revisions share one, and a `SET search_path` of the first
would decide where the last one creates its tables (fact 16 of docs/generation.md).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.sql.facts.describe import statements_in
from release.sql.facts.settings import How, session_change
from release.sql.read.quote import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from release.model import Statement

_TAGS = frozenset({"SET", "RESET"})


def end_settings(
    statements: Sequence[Statement], ours: Mapping[str, str], kept: Iterable[str], server: int
) -> Iterator[Statement]:
    """Statements that give back what a revision's `SET` and `RESET` have changed.

    `SET LOCAL` too: its transaction may hold later revisions. What env.py sets is around every revision and stays.

    Args:
        ours: the settings that the script makes itself, by name, each as a statement.
        kept: names that the author wants to stay as they are (`# release: keeps NAME`).
        server: oldest PostgreSQL major version that the release supports.
    """
    left: dict[str, tuple[Statement, str]] = {}
    for statement in statements:
        if statement.facts.tag not in _TAGS or not statement.source.revision:
            continue
        change = session_change(statement.syntax, statement.text)
        if change is None:
            continue
        if change.how is How.RESET_ALL:
            left |= {name: (statement, text) for name, text in ours.items()}
            continue
        back = ours.get(change.name) or (_reset(change.name) if change.how is How.SET else "")
        left.pop(change.name, None)
        if back:
            left[change.name] = (statement, back)
    for name, (statement, text) in left.items():
        if name not in kept and text != statement.text:
            comment = f"-- what line {statement.source.line} sets ends with its revision"
            for made in statements_in(text, statement.source, tidy=False, autocommit=False, server=server):
                yield replace(made, comment=comment, ours=True)


def _reset(name: str) -> str:
    if name.lower() == "session_authorization":
        return "RESET SESSION AUTHORIZATION"
    return f"RESET {'.'.join(identifier(part) for part in name.split('.'))}"
