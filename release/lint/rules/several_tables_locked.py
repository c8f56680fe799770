"""RL207: more than one table locked ACCESS EXCLUSIVE in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for items in case.segments():
        renamed = {case.at(new.name) for item in items for old, new in item.facts.renames if old.kind == "table"}
        indexes = {case.at(thing.name) for item in items for thing in item.facts.drops if thing.kind == "index"}
        held: dict[str, None] = {}
        second = None
        for item in items:
            tables = [case.at(effect.relation) for effect in item.exclusive]
            fresh = [str(name) for name in tables if name not in renamed | indexes and str(name) not in held]
            if held and fresh and second is None:
                second = item
            held |= dict.fromkeys(fresh)
        if second is not None:
            yield Violation(f"{len(held)} tables locked in one transaction: {', '.join(held)}", second)


RULE = Rule(
    "RL207",
    "More than one table locked ACCESS EXCLUSIVE in one transaction",
    Severity.WARNING,
    "While the script waits for the second table it keeps the first one locked, and whoever holds the second and "
    "wants the first ends in a deadlock.",
    "Give each table a revision of its own, or commit in between with an autocommit block; keep the order in which "
    "the application uses them.",
    Example(
        """
        op.add_column("rooms", sa.Column("state", sa.Text()))
        op.add_column("doors", sa.Column("state", sa.Text()))  # here
        """,
        'op.drop_column("doors", "state")',
    ),
    Example('op.add_column("rooms", sa.Column("state", sa.Text()))', 'op.drop_column("rooms", "state")'),
    _check,
)
