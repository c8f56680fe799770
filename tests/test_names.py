"""One word, one thing: who reads a name knows which class is meant, without looking where it was imported from."""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

import release

PACKAGE = Path(release.__file__).parent


def test_no_class_has_the_name_of_another() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(f"{file.relative_to(PACKAGE)}:{node.lineno}")
    assert len(found) > 100
    assert not {name: places for name, places in found.items() if len(places) > 1}
