"""RL201: a statement that loses rows or values for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Direction, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for loss in case.losses:
        if loss.when is Direction.UPGRADE and not loss.declared:
            item = next((each for each in case.upgrade if each.source == loss.source), None)
            what = loss.what
            yield Violation(f"{what} is lost: {loss.text}", item, loss.source)


RULE = Rule(
    "RL201",
    "A statement that loses rows or values for good",
    Severity.WARNING,
    "No rollback brings back what the upgrade has dropped or deleted. The release must say so before it is run.",
    "Keep the values until a later release has proven that nobody needs them, or declare the loss beside the code:\n\n"
    "    # release: loses rooms.old_name nobody has read it since 2024",
    Example('op.drop_column("rooms", "old_name")  # here', 'op.add_column("rooms", sa.Column("old_name", sa.Text()))'),
    Example(
        'op.drop_column("rooms", "old_name")',
        'op.add_column("rooms", sa.Column("old_name", sa.Text()))',
        head="# release: loses rooms.old_name nobody has read it since 2024",
    ),
    _check,
)
