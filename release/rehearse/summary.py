"""What a rehearsal found, as the text that `release rehearse` prints at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.rehearse.evidence import segment_of
from release.trace.statement import blocked_by

if TYPE_CHECKING:
    from release.bundle import Manifest
    from release.rehearse.verdict import Rehearsal

_MOST = 10  # locks to print for a script; all are in the evidence
_SHORT = frozenset({"SELECT", "INSERT, UPDATE, DELETE"})


def to_table(found: Rehearsal, manifest: Manifest) -> str:
    """The steps with time and verdict, then the locks that stop queries of applications."""
    rows = sum(found.rows.values())
    lines = [
        f"release {found.version}, plan {found.plan[:12]}: rehearsed on PostgreSQL {found.server}"
        + (f" with PostGIS {found.postgis}" if found.postgis else ""),
        f"start: {found.start}; {rows} rows in {len(found.rows)} tables",
        "",
    ]
    lines += [f"note: {each}" for each in found.unfilled]
    width = max(len(step.name) for step in found.steps)
    for step in found.steps:
        lines.append(f"  {step.name:<{width}}  {step.status:<7}  {step.seconds:8.2f} s  {step.summary}")
        lines += [f"  {'':<{width}}    - {line}" for line in step.problems]
        lines += [f"  {'':<{width}}    note: {line}" for line in step.notes]
    lines += _held(found, manifest)
    lines += ["", "PASSED" if found.passed else "FAILED"]
    return "\n".join(lines) + "\n"


def _held(found: Rehearsal, manifest: Manifest) -> list[str]:
    """Which queries of applications waited while a transaction held a lock, and how long: the longest first."""
    table: list[tuple[str, ...]] = []
    more = 0
    for name, locks in found.held.items():
        stopping = [each for each in locks if _SHORT & set(blocked_by(each.lock))]
        stopping.sort(key=lambda each: -each.milliseconds)
        more += len(stopping[_MOST:])
        for each in stopping[:_MOST]:
            segment = segment_of(found, manifest, name, each.line)
            waits = ", ".join(kind for kind in blocked_by(each.lock) if kind in _SHORT)
            where = f"{name}, segment {segment}" if segment else name
            table.append((where, f"{each.milliseconds:.1f} ms", str(each.relation), str(each.lock), f"{waits} wait"))
    if not table:
        return []
    widths = [max(len(row[column]) for row in table) for column in range(4)]
    lines = ["", "  locks that stop queries, with the rows of this rehearsal:"]
    for where, took, *rest, waits in table:
        cells = "  ".join(cell.ljust(width) for cell, width in zip(rest, widths[2:], strict=True))
        lines.append(f"  {where:<{widths[0]}}  {took:>{widths[1]}}  {cells}  {waits}")
    return [*lines, *([f"  and {more} that were held for less time: see rehearsal.json"] if more else [])]
