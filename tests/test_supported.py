"""What is supported stands once; where a file of another kind has to say it again, it says the same."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest
from packaging.specifiers import SpecifierSet

import release
from release.cli import COMMANDS, lint, lint_options
from release.config import NEWEST_SERVER, OLDEST_SERVER, TRIED_SERVERS
from release.lint import formats
from release.model import Severity

PACKAGE = Path(release.__file__).parent
ROOT = PACKAGE.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def text_of(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


# the major versions of PostgreSQL: TRIED_SERVERS of release/config.py


def test_majors_follow_each_other() -> None:
    assert list(TRIED_SERVERS) == list(range(OLDEST_SERVER, NEWEST_SERVER + 1))


@pytest.mark.parametrize(
    ("file", "pattern"),
    [(".ci/servers", r"(?m)^MAJORS=\(([\d ]+)\)"), (".github/workflows/servers.yml", r"(?m)^ +major: \[([\d, ]+)\]")],
)
def test_majors_are_listed_alike(file: str, pattern: str) -> None:
    (listed,) = re.findall(pattern, text_of(file))
    assert tuple(map(int, re.findall(r"\d+", listed))) == TRIED_SERVERS


def test_the_oldest_and_the_newest_are_tried_for_every_change() -> None:
    (listed,) = re.findall(r'make test-servers MAJORS="([\d ]+)"', text_of(".ci/run"))
    assert listed == f"{OLDEST_SERVER} {NEWEST_SERVER}"


SPANS = {  # in words, and how often
    ".ci/servers": 1,
    "Makefile": 1,
    "README.md": 1,
    "docs/locks.md": 1,
    "docs/rehearsal.md": 1,
    "docs/servers.md": 1,
    "docs/versions.md": 1,
    "release/catalog/catalog.sql": 1,
}


@pytest.mark.parametrize("file", SPANS)
def test_majors_are_told_alike(file: str) -> None:
    found = re.findall(r"(?:PostgreSQL|every major from) (\d\d) to (\d\d)\b", text_of(file))
    assert found == [(str(OLDEST_SERVER), str(NEWEST_SERVER))] * SPANS[file]


def majors_said(source: str) -> list[str]:
    """The places in which a module has majors of its own: several in a row, or one that a name stands for."""
    found = []
    for node in ast.walk(ast.parse(source)):
        values: list[ast.expr | None] = []
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            whole = [each.value for each in node.elts if isinstance(each, ast.Constant)]
            if {OLDEST_SERVER, NEWEST_SERVER} <= {value for value in whole if isinstance(value, int)}:
                found.append(ast.unparse(node))
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            values = [node.value]
        elif isinstance(node, ast.arguments):
            values = [*node.defaults, *node.kw_defaults]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "range":
            values = [*node.args]
        ends = {OLDEST_SERVER, NEWEST_SERVER}
        found += [ast.unparse(node) for each in values if isinstance(each, ast.Constant) and each.value in ends]
    return found


def test_no_module_has_majors_of_its_own() -> None:
    files = sorted(PACKAGE.rglob("*.py"))
    found = {file.relative_to(PACKAGE).as_posix(): majors_said(file.read_text(encoding="utf-8")) for file in files}
    assert found.pop("config.py")
    assert not {file: places for file, places in found.items() if places}


@pytest.mark.parametrize(
    "source",
    [
        f"FIRST, LAST = {OLDEST_SERVER}, {NEWEST_SERVER}",
        f"majors = [{OLDEST_SERVER}, 14, {NEWEST_SERVER}]",
        f"_OLDEST = {OLDEST_SERVER}",
        f"class A:\n    server: int = {OLDEST_SERVER}",
        f"def f(*, server: int = {OLDEST_SERVER}): ...",
        f"range({OLDEST_SERVER}, 19)",
    ],
)
def test_majors_are_seen(source: str) -> None:
    assert majors_said(source)


# the forms of findings: FORMATS of release/lint/formats


def options_of(command: Any) -> dict[str, list[str]]:
    """What each option of a command may be, where that is one of several words."""
    return {
        option.opts[0]: list(option.type.choices)
        for option in command.params
        if isinstance(option, click.Option) and isinstance(option.type, click.Choice)
    }


def test_every_format_can_be_asked_for() -> None:
    assert options_of(lint.command)["--format"] == list(formats.FORMATS)


def test_every_format_has_its_module() -> None:
    folder = Path(formats.__file__).parent
    writers = {file.stem for file in folder.glob("*.py") if "\ndef write(" in file.read_text(encoding="utf-8")}
    assert writers == {*formats.FORMATS}


def test_every_format_is_told() -> None:
    (told,) = re.findall(r"(?m)^`--format` is (.+?)\. ", text_of("docs/lint.md"))
    assert re.findall(r"`(\w+)`", told) == list(formats.FORMATS)


def test_lint_may_fail_on_every_severity() -> None:
    (choices,) = options_of(lint_options.lint_options(click.command()(lambda: None))).values()
    assert choices == [*Severity, "never"]


def test_no_command_lists_its_formats() -> None:
    listed = {
        name for name in COMMANDS if re.search(r"Choice\(\[", (PACKAGE / f"cli/{name}.py").read_text(encoding="utf-8"))
    }
    assert not listed


# the versions of Python: requires-python of pyproject.toml

PYTHON = SpecifierSet(PROJECT["project"]["requires-python"])
OLDEST_PYTHON = str(PYTHON).removeprefix(">=")


def test_the_oldest_python_is_told_alike() -> None:
    assert f"Python {OLDEST_PYTHON} or later" in text_of("README.md")
    assert f"no Python {OLDEST_PYTHON} or newer found" in text_of(".ci/make-venv")
    assert PROJECT["tool"]["mypy"]["python_version"] == OLDEST_PYTHON
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{OLDEST_PYTHON.replace('.', '')}"


def test_pythons_are_tried_that_are_promised() -> None:
    promised = [each.rpartition(" ")[2] for each in PROJECT["project"]["classifiers"] if ":: Python :: 3." in each]
    (listed,) = re.findall(r"(?m)^ +python: \[(.+)\]", text_of(".github/workflows/ci.yml"))
    tried = re.findall(r"[\d.]+", listed)
    assert promised[0] == tried[0] == OLDEST_PYTHON
    assert promised[-1] == tried[-1]
    assert all(version in PYTHON for version in promised)
