"""Every rule's own examples, executed: the bad one has its finding on the marked line, the good one has none."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.lint.rule import Rule
from release.lint.rules import all_rules
from release.model import Severity
from tests.lint.examples import findings_of, marked_lines

RULES = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)


@RULES
def test_the_bad_example_is_found_where_it_is_marked(rule: Rule, tmp_path: Path) -> None:
    findings = findings_of(rule.bad, tmp_path)
    assert not [each for each in findings if each.code == "RL001"]
    own = [each for each in findings if each.code == rule.code]
    assert own
    places = {(each.source.file, each.source.line) if each.source else (each.file, each.line) for each in own}
    marked = marked_lines(tmp_path, rule.bad)
    assert not marked or places == marked
    assert {(each.severity, each.why, each.fix) for each in own} == {(rule.severity, rule.why, rule.fix)}


@RULES
def test_the_good_example_is_clean(rule: Rule, tmp_path: Path) -> None:
    findings = findings_of(rule.good, tmp_path)
    assert [each for each in findings if each.code in {rule.code, "RL001"}] == []
    assert [each.code for each in findings if each.severity is Severity.ERROR] == []


def test_every_rule_is_told_in_full() -> None:
    rules = all_rules()
    assert len(rules) >= 40
    assert len({rule.title for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.code[:3] in {"RL1", "RL2", "RL3"}
        assert rule.why.endswith(".")
        assert rule.fix
        assert not rule.title.endswith(".")
