"""docs/recipes.md, walked through: the code is put where it says, its commands print what it says."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.copies import ROOT, copy_project

TEXT = (ROOT / "docs/recipes.md").read_text(encoding="utf-8")
RECIPES = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
_BLOCK = re.compile(r"(?:^([^\n]*)\n\n)?^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_NEW = re.compile(r"New file `(.+)`:")
_IN = re.compile(r"In `(\S+)`, (before|after) the line `(.+)`:")
_SERVER = " with a server"


def blocks(recipe: str, language: str) -> Iterator[tuple[str, str, str]]:
    """Give the line above each block of a language, what stands beside the language, and the block."""
    return ((above, beside, code) for above, kind, beside, code in _BLOCK.findall(RECIPES[recipe]) if kind == language)


def apply(recipe: str, folder: Path) -> None:
    """Put each piece of code into a copy of the project."""
    for language in ("python", "jinja"):
        for above, _, code in blocks(recipe, language):
            if found := _NEW.fullmatch(above):
                assert not (folder / found[1]).exists()
                (folder / found[1]).write_text(code, encoding="utf-8")
                continue
            found = _IN.fullmatch(above)
            assert found, f"{recipe}: where does this belong? {above!r}"
            file, line = folder / found[1], f"{found[3]}\n"
            text = file.read_text(encoding="utf-8")
            assert text.count(f"\n{line}") == 1, f"{recipe}: {found[1]} has no such line, or several: {line}"
            file.write_text(
                text.replace(line, line + code if found[2] == "after" else code + line, 1), encoding="utf-8"
            )


def walk(recipe: str, folder: Path, beside: str = "") -> int:
    """Run the commands of a recipe, and compare what they print; give how many there were."""
    commands = 0
    for _, where, block in blocks(recipe, "console"):
        if where != beside:
            continue
        for command, expected in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            done = subprocess.run(
                ["bash", "-c", command.replace(".venv/bin/python", sys.executable)],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
            pattern = re.escape(expected).replace("…\\\n", "(?:.*\n)*").replace("…", ".*")
            assert re.search(rf"^{pattern}\Z", done.stdout, re.MULTILINE), f"{command}\n{done.stdout}"
            commands += 1
    return commands


@pytest.mark.processes
@pytest.mark.parametrize("recipe", RECIPES)
def test_the_recipe_works(recipe: str, tmp_path: Path) -> None:
    copy_project(tmp_path)
    apply(recipe, tmp_path)
    assert walk(recipe, tmp_path) >= 2


@pytest.mark.parametrize("recipe", RECIPES)
def test_nothing_of_it_is_there_already(recipe: str, tmp_path: Path) -> None:
    """Or its commands would show nothing: the last of them fails without the code."""
    command = [each for _, where, block in blocks(recipe, "console") if not where for each in block.splitlines()]
    (last,) = [each for each in command if each.startswith("$ grep")]
    words = re.fullmatch(r'\$ grep (?:"(.+)"|(\S+)) (\S+)', last)
    assert words
    file = ROOT / words[3].replace("build/recipe", "scripts")
    assert not re.search(words[1] or words[2], file.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.postgresql
def test_a_row_is_seen_on_a_server(postgis: None, tmp_path: Path) -> None:
    (recipe,) = (each for each in RECIPES if list(blocks(each, "console")) and _SERVER in RECIPES[each])
    copy_project(tmp_path)
    apply(recipe, tmp_path)
    assert walk(recipe, tmp_path, _SERVER) == 1


def test_every_block_is_walked_through() -> None:
    assert list(RECIPES) == ["A lint rule", "A row of the lock table", "A section of the header"]
    assert TEXT.count("```") == 2 * sum(len(_BLOCK.findall(text)) for text in RECIPES.values())
    assert {kind for text in RECIPES.values() for _, kind, _, _ in _BLOCK.findall(text)} == {
        "python",
        "jinja",
        "console",
    }
    assert {beside for recipe in RECIPES for _, beside, _ in blocks(recipe, "console")} == {"", _SERVER}
