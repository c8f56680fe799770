"""Which codes there are is what sqlfluff and squawk say that they have."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import sqlfluff
from sqlfluff.core.errors import SQLLexError, SQLParseError

from release.lint.codes import misspelt
from release.lint.sqlfluff import rules
from release.lint.squawk import GUARANTEED, SYNTAX, find_squawk
from release.lint.squawk_rules import NAMES, knows

# what squawk says of its own comments, among the names of its rules
_OF_COMMENTS = "unused-ignore"


def test_squawk_knows_every_name() -> None:
    program = find_squawk()
    assert [name for name in NAMES if not knows(program, name)] == []
    assert not knows(program, SYNTAX)
    assert not knows(program, "ban-drop-tabel")


def test_squawk_knows_no_other_name() -> None:
    """It cannot be asked; but its program holds the names one behind the other."""
    text = max(
        re.findall(rb"[a-z-]*require-concurrent-index-creation[a-z-]*", Path(find_squawk()).read_bytes()), key=len
    )
    assert len(text) > 500
    left = re.sub("|".join(sorted([*NAMES, _OF_COMMENTS], key=len, reverse=True)), " ", text.decode())
    assert not left.split(), "rules of a newer squawk: put their names into release/lint/squawk_rules.py"


def test_rules_of_squawk_that_are_named_are_there() -> None:
    assert {*NAMES} >= GUARANTEED
    assert any(name.startswith("ban-drop-") for name in NAMES)


def test_codes_of_sqlfluff_are_asked_of_it(tmp_path: Path) -> None:
    codes = rules.fluff_codes(None)
    assert {*codes} == {rule.code for rule in sqlfluff.list_rules()} | rules.PARSE_CODES
    assert {"LT05", "CP01", "PG01"} < {*codes}
    assert rules.fluff_codes(tmp_path) == rules.fluff_codes(tmp_path) == codes


def test_codes_of_findings_that_no_rule_makes() -> None:
    found = {kind("…", line_no=1, line_pos=1).rule_code() for kind in (SQLLexError, SQLParseError)}
    assert found == rules.PARSE_CODES


@pytest.mark.processes
def test_sqlfluff_is_not_loaded_here(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from release.lint.codes import misspelt\n"
        "print(misspelt('LT05', Path(sys.argv[1])), misspelt('LT99'), 'sqlfluff' in sys.modules)\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    assert subprocess.check_output(command, encoding="utf-8") == "None LT09 False\n"


def test_sqlfluff_is_asked_once_for_each_set_of_plugins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [("LT05",), ("LT05", "AB01")]
    monkeypatch.setattr(rules, "ask_codes", lambda: answers.pop(0))
    first = [rules.fluff_codes(tmp_path) for _ in range(2)]
    monkeypatch.setattr(rules, "_plugins", lambda: ["another 1.0"])
    second = [rules.fluff_codes(tmp_path) for _ in range(2)]
    assert first == [("LT05", "LXR", "PRS")] * 2
    assert second == [("LT05", "AB01", "LXR", "PRS")] * 2


@pytest.mark.parametrize(
    "code",
    [
        "RL",
        "RL208",
        "PG001",
        "PRS",
        "LXR",
        "L",
        "LT",
        "LT05",
        "s",
        "squawk",
        "squawk:",
        "squawk:ban-drop",
        "squawk:ban-drop-table",
        "squawk:require-table",
        "squawk:renaming-object",
        "squawk:syntax",
    ],
)
def test_a_code_or_the_start_of_one(code: str, tmp_path: Path) -> None:
    assert misspelt(code, tmp_path) is None


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("RL2O8", "RL208"),
        ("LT99", "LT09"),
        ("squawk:ban-drop-veiw", "squawk:ban-drop-view"),
        ("squawk:unused-ignore", ""),
        ("squawk:--help", ""),
        ("nothing of the kind", ""),
    ],
)
def test_a_code_that_is_none(code: str, meant: str, tmp_path: Path) -> None:
    found = misspelt(code, tmp_path)
    assert found is not None
    assert not meant or found == meant


def test_squawk_need_not_be_there_to_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("release.lint.squawk_rules.find_squawk", lambda: pytest.fail("it is looked for"))
    assert misspelt("squawk") is misspelt("squawk:") is misspelt("RL1") is misspelt("LT05") is None
