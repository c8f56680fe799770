"""Every command of the Makefile does something: make ends with 0 on a phony target that has no recipe."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LINES = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
PHONY = [name for line in LINES if line.startswith(".PHONY:") for name in line.split()[1:]]
BY_PREREQUISITE = {"venv"}  # all that they do is in what they need


@pytest.mark.parametrize("target", sorted({*PHONY} - BY_PREREQUISITE))
def test_a_target_has_a_recipe(target: str) -> None:
    (at,) = (number for number, line in enumerate(LINES) if re.match(rf"{re.escape(target)}:", line))
    assert LINES[at + 1].startswith("\t")


def test_what_is_called_elsewhere_is_a_target() -> None:
    """By CI and the workflows, and in the Makefile's own list of what there is."""
    texts = [(ROOT / ".ci/run").read_text(encoding="utf-8"), *(LINES[:12])]
    texts += [file.read_text(encoding="utf-8") for file in (ROOT / ".github/workflows").glob("*.yml")]
    called = {name for text in texts for name in re.findall(r"(?:^|[\s#`])make ([a-z][a-z-]*)", text)}
    assert {"bundle", "check", "test", "test-servers"} <= called
    assert called <= {*PHONY}


def test_no_target_is_listed_twice() -> None:
    assert len(PHONY) == len(set(PHONY))
