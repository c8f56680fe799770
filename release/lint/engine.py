"""Running the rules: what they give becomes findings, and so does a rule that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.notices import RULE_FAILED
from release.lint.rules import all_rules
from release.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from release.lint.rule import Rule, Violation
    from release.lint.subject import Case


def run_rules(case: Case, rules: Iterable[Rule] | None = None) -> tuple[Finding, ...]:
    """Findings of our own rules on a case. A rule that raises is a finding (RL001), never a pass."""
    found: list[Finding] = []
    for rule in all_rules() if rules is None else rules:
        try:
            found += [_finding(rule, hit, case) for hit in rule.check(case)]
        except Exception as error:  # noqa: BLE001  # whatever it is, it must not look like a clean result
            found.append(_failed(rule, error, case))
    return tuple(_without_doubles(found))


def _finding(rule: Rule, hit: Violation, case: Case) -> Finding:
    item = hit.item
    source = hit.source or (item.source if item else None)
    file, line = (item.file, item.line) if item else ("", 0)
    if hit.line:
        file, line = case.scripts[0].name, hit.line
    if source and not case.whole:
        source = None  # a file by itself comes from nowhere else
    return Finding(
        rule.code, hit.severity or rule.severity, hit.message, file, line, 1 if line else 0, source, rule.why, rule.fix
    )


def _failed(rule: Rule, error: Exception, case: Case) -> Finding:
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f" (line {place.tb_lineno} of {place.tb_frame.f_code.co_name})" if place else ""
    message = f"rule {rule.code} ({rule.title}) failed: {type(error).__name__}: {error}{where}"
    return RULE_FAILED.finding(message, case.scripts[0].name if case.scripts else "", 1)


def _without_doubles(found: Iterable[Finding]) -> Iterator[Finding]:
    """A statement in a loop that says the same of one line says it once per script line, not more."""
    seen = set()
    for finding in found:
        key = (finding.code, finding.message, finding.file, finding.line, finding.source)
        if key not in seen:
            seen.add(key)
            yield finding
