"""docs/rules.md is what the rules say."""

from __future__ import annotations

from pathlib import Path

from release.lint.notices import NOTICES
from release.lint.rules import all_rules
from release.lint.rules_page import describe_rules

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_document_is_what_the_rules_say() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == describe_rules(), (
        "run: python -c 'from release.lint.rules_page import describe_rules as d; print(d(), end=\"\")' > docs/rules.md"
    )


def test_every_code_and_every_link_is_there() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    headings = [line[4:] for line in text.splitlines() if line.startswith("### ")]
    codes = [rule.code for rule in all_rules()] + [notice.code for notice in NOTICES]
    assert [each.split()[0] for each in headings] == codes
    assert text.count("```") % 2 == 0
