"""One word, one thing: who reads a name knows which class is meant, without looking where it was imported from."""

from __future__ import annotations

import ast
import re
import tokenize
from collections import defaultdict
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

import release

PACKAGE = Path(release.__file__).parent
ROOT = PACKAGE.parent
# where modules and files of the project are named; not what is kept of other days
PLACES = (
    "release",
    "tests",
    "bench",
    "docs",
    ".ci",
    ".github",
    "Makefile",
    "README.md",
    "CONTRIBUTING.md",
    "pyproject.toml",
)
TEXTS = {"", ".py", ".md", ".toml", ".txt", ".yml", ".cfg"}
_MODULE = re.compile(r"(?<![\w./-])release(?:\.[a-z_]+){2,}")
_FILE = re.compile(r"(?<![\w./-])(?:release|tests|bench)/[\w./-]*\w\.(?:py|sql|toml|cfg|j2|txt)\b")


def test_no_class_has_the_name_of_another() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                found[node.name].append(f"{file.relative_to(PACKAGE)}:{node.lineno}")
    assert len(found) > 100
    assert not {name: places for name, places in found.items() if len(places) > 1}


def files() -> Iterator[Path]:
    for place in map(ROOT.joinpath, PLACES):
        for file in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if file.suffix in TEXTS and file.is_file() and file != Path(__file__):
                yield file


def written_in(file: Path) -> Iterator[str]:
    """Give the imports, strings and comments of a module: elsewhere `release` is a release."""
    text = file.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
    for token in tokenize.generate_tokens(StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def test_every_module_and_file_that_is_named_is_there() -> None:
    """Names that are held as text, which no type checker reads: of modules to run, of files, in docs and comments."""
    named = 0
    missing = []
    for file in files():
        text = "\n".join(written_in(file)) if file.suffix == ".py" else file.read_text(encoding="utf-8")
        modules = _MODULE.findall(text)
        paths = [name for name in _FILE.findall(text) if f"New file `{name}`" not in text]  # a recipe makes it
        named += len(modules) + len(paths)
        missing += [f"{file.relative_to(ROOT)}: {name}" for name in modules if not is_there(name)]
        missing += [f"{file.relative_to(ROOT)}: {name}" for name in paths if not (ROOT / name).exists()]
    assert named > 800
    assert not missing


def is_there(name: str) -> bool:
    """Say whether a dotted name is that of a module or package, or of something in one."""
    parts = name.split(".")
    return any(
        (whole := ROOT.joinpath(*parts[:length])).is_dir() or whole.with_suffix(".py").is_file()
        for length in (len(parts), len(parts) - 1)
        if length > 1
    )


@pytest.mark.parametrize(
    ("name", "there"),
    [("release.sql.read", True), ("release.psql.apply.PSQL", True), ("release.database.apply", False)],
)
def test_a_name_is_looked_up(name: str, there: bool) -> None:
    assert is_there(name) is there
