"""How many rows a table may have for what lint was asked to let through: `up to 10,000 rows`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Work, covers
from release.plan.name_resolution import is_system
from release.plan.rows import Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model import Name, Waiver
    from release.plan.ledger import Ledger, LedgerStep
    from release.plan.rollback_entry import Undo

_CATALOG = frozenset({Work.CATALOG})


def find_row_limits(ledger: Ledger, waivers: Iterable[Waiver], date: str, undo: Undo | None) -> tuple[Row, ...]:
    """Rows of kind 'limit': a table that was there, and the segment that does to it what was let through.

    Detail: "rows", at most; "waiver": the rules and where the comment stands; "since" as in find_owned_objects.

    Args:
        date: of the release: what has expired by then lets nothing through, and limits nothing.
        undo: for a rollback that may start in the middle of its upgrade.
    """
    limited = [each for each in waivers if each.limit and each.holds_on(date)]
    found: dict[tuple[Name, Waiver], Row] = {}
    for waiver in limited:
        called = f"{', '.join(waiver.codes)} in {waiver.source.name}"
        for step in ledger.steps:
            if not covers(waiver.source, waiver.lines, step.statement.source):
                continue
            since = undo.since[step.index] if undo else 1
            for table in _tables(step):
                detail: dict[str, object] = {"rows": waiver.limit, "waiver": called}
                if since > 1:
                    detail["since"] = since
                found[table, waiver] = Row("limit", table, "", step.segment.number, detail)
    return tuple(found.values())


def _tables(step: LedgerStep) -> list[Name]:
    """Tables that were there before the script: those that a statement works on, else all that it locks."""
    there = [each for each in step.statement.facts.effects if not step.is_new(each.relation)]
    worked = [each for each in there if set(each.work) | set(each.more) > _CATALOG or not _CATALOG & set(each.work)]
    names = (step.former(each.relation) for each in worked or there)
    return [name for name in dict.fromkeys(names) if name not in step.ledger.indexes and not is_system(name)]
