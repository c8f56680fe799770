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


def end_settings(
    statements: Sequence[Statement], ours: Mapping[str, str], kept: Iterable[str], server: int
) -> Iterator[Statement]:
    """A revision's statements, and what gives back the settings that its `SET` and `RESET` have changed.

    `SET LOCAL` too: its transaction may hold later revisions. What env.py sets is around every revision and stays.
    `RESET ALL` would take the script's own settings away, and its progress with them: in its place stands what gives
    back those that the revision has changed.

    Args:
        ours: the settings that the script makes itself, by name, each as a statement.
        kept: names that the author wants to stay as they are (`# release: keeps NAME`).
        server: oldest PostgreSQL major version that the release supports.
    """
    left: dict[str, tuple[Statement, str]] = {}
    for statement in statements:
        change = session_change(statement.syntax, statement.text) if statement.source.revision else None
        if change is not None and change.how is How.RESET_ALL:
            yield from _given_back(left, "-- RESET ALL would take the script's own settings, too", statement, server)
            left = {}
            continue
        yield statement
        if change is None:
            continue
        back = ours.get(change.name) or (_reset(change.name) if change.how is How.SET else "")
        left.pop(change.name, None)
        if back:
            left[change.name] = (statement, back)
    for name, (statement, text) in left.items():
        if name not in kept and text != statement.text:
            comment = f"-- what line {statement.source.line} sets ends with its revision"
            yield from _given_back({name: (statement, text)}, comment, statements[-1], server)


def _given_back(
    left: Mapping[str, tuple[Statement, str]], comment: str, place: Statement, server: int
) -> Iterator[Statement]:
    """The statements that give settings back, in the transaction of another statement."""
    for statement, text in left.values():
        for made in statements_in(text, statement.source, tidy=False, autocommit=False, server=server):
            yield replace(made, comment=comment, ours=True, transaction=place.transaction)


def _reset(name: str) -> str:
    return f"RESET {'.'.join(identifier(part) for part in name.split('.'))}"
