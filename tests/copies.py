"""Copies of the project, for tests that change it."""

from __future__ import annotations

import shutil
from pathlib import Path

ROOT = Path(__file__).parents[1]
_ARXOS = ("alembic", "alembic.ini", "scripts", "pyproject.toml")
_CODE = ("release", "tests", "docs", "README.md")


def copy_arxos(folder: Path) -> None:
    """Copy the Arxos project with its bundles."""
    _copy(_ARXOS, folder)


def copy_project(folder: Path) -> None:
    """Copy the code, its tests and documents, and the Arxos project."""
    _copy((*_ARXOS, *_CODE), folder)


def _copy(names: tuple[str, ...], folder: Path) -> None:
    for name in names:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder)
