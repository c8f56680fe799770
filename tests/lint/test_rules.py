"""Every rule's own examples, executed: the bad one has its finding on the marked lines, the good one has none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from release.lint.rule import Case, Example, Rule, Violation
from release.lint.rules import all_rules
from release.model import Severity
from tests.lint.examples import check_bad, check_good

RULES = pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.code)


@RULES
def test_the_bad_example_is_found_where_it_is_marked(rule: Rule, tmp_path: Path) -> None:
    check_bad(rule, tmp_path)


@RULES
def test_the_good_example_is_clean(rule: Rule, tmp_path: Path) -> None:
    check_good(rule, tmp_path)


def test_every_rule_is_told_in_full() -> None:
    rules = all_rules()
    assert len(rules) >= 40
    assert len({rule.title for rule in rules}) == len(rules)
    for rule in rules:
        assert rule.code[:3] in {"RL1", "RL2", "RL3"}
        assert rule.why.endswith(".")
        assert rule.fix
        assert not rule.title.endswith(".")


def views(case: Case) -> Iterator[Violation]:
    for item in case.upgrade:
        if item.facts.tag == "CREATE VIEW":
            yield Violation("a view", item)


def failing(case: Case) -> Iterator[Violation]:
    raise ValueError(case.whole)


VIEW, TYPE = 'op.execute("CREATE VIEW v AS SELECT 1 AS a")', 'op.execute("CREATE TYPE t AS (a int)")'
MADE_UP = Rule(
    "RL999", "A view", Severity.WARNING, "Nobody knows.", "None.", Example(f"{VIEW}  # here"), Example(TYPE), views
)


def test_a_made_up_rule_is_judged_by_its_examples(tmp_path: Path) -> None:
    check_bad(MADE_UP, tmp_path / "bad", (MADE_UP,))
    check_good(MADE_UP, tmp_path / "good", (MADE_UP,))


BAD = {
    "no mark": (Example(VIEW), "marks no line"),
    "no mark, and no finding": (Example(TYPE), "marks no line"),
    "no mark in a script": (Example(script="SELECT 1 AS a;"), "marks no line"),
    "a mark that is misspelt": (Example(f"{VIEW}  # her"), "marks no line"),
    "a mark elsewhere": (Example(f"{VIEW}\n{TYPE}  # here"), "found: .*, marked"),
    "a mark too many": (Example(f"{VIEW}  # here\n{TYPE}  # here"), "found: .*, marked"),
    "a mark too few": (Example(f"{VIEW}  # here\n{VIEW.replace('v AS', 'w AS')}"), "found: .*, marked"),
    "a mark beside the code": (Example(f"{VIEW}  # here", here="downgrade"), "found: .*, marked"),
    "a mark, and no finding": (Example(f"{TYPE}  # here"), r"found: \[\], marked"),
}
GOOD = {
    "a finding": (Example(VIEW), "found: .*a view"),
    "a mark": (Example(f"{TYPE}  # here"), "marks a line"),
    "a mark beside the code": (Example(TYPE, here="message"), "marks a line"),
    "nothing": (Example(message="list the rooms"), "is empty"),
}


@pytest.mark.parametrize(("bad", "why"), BAD.values(), ids=BAD)
def test_a_bad_example_cannot_pass_with(bad: Example, why: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=why):
        check_bad(replace(MADE_UP, bad=bad), tmp_path, (MADE_UP,))


@pytest.mark.parametrize(("good", "why"), GOOD.values(), ids=GOOD)
def test_a_good_example_cannot_pass_with(good: Example, why: str, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=why):
        check_good(replace(MADE_UP, good=good), tmp_path, (MADE_UP,))


@pytest.mark.parametrize("check", [check_bad, check_good])
def test_no_example_passes_when_the_rule_fails(check: Callable[..., None], tmp_path: Path) -> None:
    rule = replace(MADE_UP, check=failing)
    with pytest.raises(AssertionError, match="a rule failed"):
        check(rule, tmp_path, (rule,))
