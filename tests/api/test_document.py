"""docs/api.md: the names that there are, and examples that are files, which mypy checks and test_examples.py runs."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path

import pytest

import release
from tests.copies import ROOT
from tests.databases import Golden
from tests.golden import GENERATED

EXAMPLES = Path(__file__).with_name("examples")
NAMED = sorted(file.stem for file in EXAMPLES.glob("*.py"))
NAMES = [name for name in release.__all__ if not name.startswith("__")]


def table() -> str:
    """Each name, and the first line of its docstring."""
    functions = [name for name in NAMES if inspect.isfunction(getattr(release, name))]
    lines = ["| function | what it does |", "| --- | --- |"]
    for name in functions:
        first = str(inspect.getdoc(getattr(release, name))).splitlines()[0]
        lines.append(f"| `{name}` | {first} |")
    values = ", ".join(f"`{name}`" for name in NAMES if name not in functions)
    return "\n".join([*lines, "", f"Values that they take and give: {values}.", ""])


def test_the_document_has_the_names(golden: Golden) -> None:
    golden("docs/api.md", table(), "names")


@pytest.mark.parametrize("example", NAMED)
def test_the_document_has_the_example(golden: Golden, example: str) -> None:
    code = (EXAMPLES / f"{example}.py").read_text(encoding="utf-8")
    golden("docs/api.md", f"```python\n{code}```\n", example)


def test_every_example_is_in_the_document() -> None:
    (entry,) = (each for each in GENERATED if each.document == "docs/api.md")
    assert {*entry.parts} == {"names", *NAMED}
    document = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    assert document.count("```python") == len(entry.parts) - 1, "an example that nobody runs"


def test_the_examples_use_every_function() -> None:
    used = {
        alias.name
        for file in EXAMPLES.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "release"
        for alias in node.names
    }
    assert {name for name in NAMES if inspect.isfunction(getattr(release, name))} <= used <= {*NAMES}
