"""The names of the API: found when they are asked for, where they are said to be, and without the command line."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import release
from release import api
from tests.copies import ROOT

SOURCE = ast.parse(Path(api.__file__).read_text(encoding="utf-8"))


def loaded_by(code: str) -> set[str]:
    """Name the modules that a piece of code leaves loaded in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


def test_both_lists_are_one() -> None:
    assert [*release.__all__] == sorted([*api.__all__, "__version__"], key=[*release.__all__].index)
    assert {*release.__all__} == {*api.__all__, "__version__"}


@pytest.mark.parametrize("name", api.__all__)
def test_a_name_is_found(name: str) -> None:
    assert getattr(release, name) is getattr(api, name)


def test_a_value_lies_where_the_type_checker_is_told() -> None:
    told = {
        alias.name: node.module
        for part in SOURCE.body
        if isinstance(part, ast.If) and ast.unparse(part.test) == "TYPE_CHECKING"
        for node in part.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    found = {name: module for module, names in api._HOMES.items() for name in names}
    assert found.items() <= told.items()


def test_no_name_is_that_of_a_room() -> None:
    """`release.plan` is the room from the day on which somebody imports it, whatever it was before."""
    rooms = {path.stem for path in Path(release.__file__).parent.iterdir()}
    assert not rooms & {*release.__all__}


@pytest.mark.parametrize("module", [release, api])
def test_any_other_name_is_missed(module: object) -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        module.nonsense  # type: ignore[attr-defined]  # noqa: B018


def test_nothing_is_loaded_before_it_is_asked_for() -> None:
    assert {each for each in loaded_by("import release") if each.startswith("release")} == {"release"}
    light = loaded_by("from release import read_bundle; read_bundle('scripts/1.0.0')")
    assert "release.bundle" in light
    assert not light & {"alembic", "sqlalchemy", "psycopg", "sqlfluff", "click", "postgast"}


def test_the_command_does_not_load_it() -> None:
    assert "release.api" not in loaded_by("from release.cli import run\nrun(['--help'])")


def test_nothing_prints_or_ends_the_process() -> None:
    used = {ast.unparse(node.func) for node in ast.walk(SOURCE) if isinstance(node, ast.Call)}
    assert not used & {"print", "sys.exit", "exit", "quit", "click.echo", "signal.signal"}
    assert loaded_by("import release.api") & {"click"} == set()
