"""What authors let through: findings that an ignore in force covers go; ignores of no use are findings themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.lint.notices import CANNOT_BE_WAIVED, EXPIRED, NOT_UNDERSTOOD, UNUSED
from release.lint.rules import all_rules
from release.model import covers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from release.model import Finding, Waiver


@dataclass(frozen=True, slots=True)
class Waived:
    """An ignore and how many findings it has let through."""

    waiver: Waiver
    findings: tuple[Finding, ...]


def wave_through(
    findings: Iterable[Finding], waivers: Sequence[Waiver], date: str, is_judged: Callable[[str], bool]
) -> tuple[tuple[Finding, ...], tuple[Waived, ...]]:
    """What is left of the findings, with those about ignores; and what each ignore in force has let through.

    Args:
        date: ISO date of the release; the clock does not count.
        is_judged: whether findings of a code would be there at all, so that an ignore for it could be of use.
    """
    in_force = [waiver for waiver in waivers if waiver.holds_on(date) and not _unknown(waiver)]
    through: dict[int, list[Finding]] = {at: [] for at in range(len(in_force))}
    left: list[Finding] = []
    for finding in findings:
        covering = [at for at, waiver in enumerate(in_force) if _covers(waiver, finding)]
        for at in covering:
            through[at].append(finding)
        if not covering:
            left.append(finding)
    waived = tuple(Waived(waiver, tuple(through[at])) for at, waiver in enumerate(in_force))
    left += _complaints(waivers, waived, date, is_judged)
    return tuple(left), tuple(each for each in waived if each.findings)


def _covers(waiver: Waiver, finding: Finding) -> bool:
    source = finding.source
    if source is None or finding.code in CANNOT_BE_WAIVED or finding.code not in waiver.codes:
        return False
    return covers(waiver.source, waiver.lines, source)


def _unknown(waiver: Waiver) -> str:
    """A code of ours that no rule has, or one that cannot be waved through; "" when all are well."""
    known = {rule.code for rule in all_rules()}
    for code in waiver.codes:
        if code in CANNOT_BE_WAIVED:
            return f"{code} cannot be let through"
        if code.startswith("RL") and code not in known:
            return f"there is no rule {code}"
    return ""


def _complaints(
    waivers: Iterable[Waiver], waived: Iterable[Waived], date: str, is_judged: Callable[[str], bool]
) -> Iterator[Finding]:
    for waiver in waivers:
        trouble = waiver.complaint or _unknown(waiver)
        codes = ", ".join(waiver.codes)
        if trouble:
            yield NOT_UNDERSTOOD.finding(
                f"the ignore of {codes or 'nothing'} has no effect: {trouble}", source=waiver.source
            )
        elif not waiver.holds_on(date):
            message = f"the ignore of {codes} ended on {waiver.until}; the release is of {date}"
            yield EXPIRED.finding(message, source=waiver.source)
    for each in waived:
        used = {finding.code for finding in each.findings}
        idle = [code for code in each.waiver.codes if code not in used and is_judged(code)]
        if idle:
            yield UNUSED.finding(f"the ignore of {', '.join(idle)} lets nothing through", source=each.waiver.source)
