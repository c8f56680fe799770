"""Is what was lost within what the release declares as lost?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Direction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from release.bundle.manifest_reader import KeptLoss
    from release.catalog.rows import RowDifference


def judge_losses(
    differences: Iterable[RowDifference], declared: Sequence[KeptLoss]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Part differences after upgrade and rollback into those that were not declared, and those that were.

    Only what the upgrade itself loses counts: nobody wrote anything since it, so what a rollback drops came with it.

    Args:
        declared: the manifest's `losses`.
    """
    problems, known = [], []
    for each in differences:
        reasons = [
            loss.text
            for loss in declared
            if loss.when is Direction.UPGRADE
            and _same(loss.relation, each.table)
            and _covers(loss.columns, each.columns)
        ]
        if each.columns and not reasons:
            parts = [
                [
                    loss.text
                    for loss in declared
                    if loss.when is Direction.UPGRADE and _same(loss.relation, each.table) and column in loss.columns
                ]
                for column in each.columns
            ]
            reasons = [part[0] for part in parts] if all(parts) else []
        if reasons:
            known.append(f"{each}, as declared: {'; '.join(dict.fromkeys(reasons))}")
        else:
            problems.append(f"{each}, which the release does not declare")
    return tuple(problems), tuple(known)


def _covers(declared: Sequence[str], found: Sequence[str]) -> bool:
    """True where whole rows are declared, or all columns are; lost rows are not covered by columns."""
    return not declared or (bool(found) and set(found) <= set(declared))


def _same(relation: str, table: str) -> bool:
    return relation == table.replace('"', "")
