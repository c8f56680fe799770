"""docs/rules.md is what the rules say."""

from __future__ import annotations

import html
import re
from pathlib import Path

from release.lint.notices import NOTICES
from release.lint.rules import all_rules
from release.lint.rules_page import describe_rules
from tests.databases import Golden

DOCUMENT = Path(__file__).parents[2] / "docs" / "rules.md"


def test_the_document_is_what_the_rules_say(golden: Golden) -> None:
    golden("docs/rules.md", describe_rules())


def test_every_code_and_every_link_is_there() -> None:
    text = describe_rules()
    headings = [line[4:] for line in text.splitlines() if line.startswith("### ")]
    codes = [rule.code for rule in all_rules()] + [notice.code for notice in NOTICES]
    assert [each.split()[0] for each in headings] == codes
    links = re.findall(r"^\| \[(\w+)\]\(#([^)]+)\)", text, re.MULTILINE)
    assert [code for code, _ in links] == [rule.code for rule in all_rules()]
    assert {anchor for _, anchor in links} <= {anchor_of(heading) for heading in headings}
    files = re.findall(r"\]\(([^#)]+)\)", text)
    assert files
    assert [file for file in files if not (DOCUMENT.parent / file).is_file()] == []
    assert text.count("```") % 2 == 0


def anchor_of(heading: str) -> str:
    """As GitHub makes it: lower case, hyphens for spaces, and of the rest what is a letter, a digit or one of -_."""
    return re.sub(r"[^\w-]", "", html.unescape(heading).lower().replace(" ", "-"))
