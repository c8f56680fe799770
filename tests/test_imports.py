"""One library, one door: which room of the package may import what, checked on its syntax trees."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import release

PACKAGE = Path(release.__file__).parent

# Room of the package (a folder or a module of `release`) to the other rooms and the libraries that it may import.
# The standard library is free to all; what is not in the table may not be there.
VALUES = {"model", "errors"}
ALLOWED: dict[str, set[str]] = {
    "__init__": set(),
    "__main__": {"cli"},
    "errors": set(),
    "model": set(),
    "cache": {"platformdirs"},
    "config": {"errors", "packaging"},
    "sql": VALUES | {"postgast", "google"},
    "psql": VALUES | {"scratch", "psycopg"},
    "scratch": VALUES | {"config", "sql", "psql", "psycopg", "testcontainers"},
    "catalog": {"psycopg"},
    "trace": VALUES | {"sql", "psql", "psycopg"},
    "source": VALUES | {"config", "sql", "record", "alembic", "sqlalchemy", "geoalchemy2", "flask"},
    # What cannot be rendered is recorded: migrations run by the one room, on databases of the other.
    "record": VALUES | {"config", "sql", "source", "scratch", "alembic", "sqlalchemy"},
    "plan": VALUES | {"sql"},
    "render": VALUES | {"config", "plan", "psql", "sql", "jinja2"},
    "lint": VALUES | {"cache", "config", "plan", "psql", "sql", "sqlfluff"},
    "bundle": VALUES | {"config", "packaging"},
    # The line itself: it calls every stage in turn, and none of their libraries.
    "pipeline": VALUES | {"config", "source", "sql", "plan", "render", "lint", "bundle", "packaging"},
    "rehearse": VALUES
    | {"config", "bundle", "catalog", "plan", "psql", "scratch", "source", "sql", "trace", "psycopg"},
    "cli": VALUES
    | {"config", "cache", "pipeline", "source", "lint", "bundle", "psql", "scratch", "record", "rehearse", "click"},
}

FILES = sorted(file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*.py"))


def room_of(file: str) -> str:
    return file.split("/")[0].removesuffix(".py")


def imports_of(source: str, file: str) -> set[tuple[str, int]]:
    """List what a module imports, wherever it does: rooms by their name inside the package, libraries by theirs."""
    package = ["release", *file.split("/")[:-1]]
    found = set()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Import | ast.ImportFrom | ast.Call):
            continue
        modules: list[str] = []
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*start, *filter(None, [node.module])])
            modules = [f"{module}.{alias.name}" for alias in node.names] if module == "release" else [module]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {
            "importlib.import_module",
            "import_module",
            "__import__",
        }:
            modules = [str(argument.value) for argument in node.args[:1] if isinstance(argument, ast.Constant)]
        for module in modules:
            parts = module.split(".")
            name = parts[1] if parts[0] == "release" and len(parts) > 1 else parts[0]
            inside = parts[0] == "release"
            if (inside and name not in {"release", "__version__"}) or (
                not inside and name not in sys.stdlib_module_names
            ):
                found.add((name, node.lineno))
    return found


@pytest.mark.parametrize("file", FILES)
def test_a_room_imports_only_what_it_may(file: str) -> None:
    room = room_of(file)
    assert room in ALLOWED, f"{file}: say in the table above what the room {room} may import"
    found = imports_of((PACKAGE / file).read_text(encoding="utf-8"), file)
    wrong = [
        f"release/{file}:{line} imports {name}" for name, line in sorted(found) if name not in ALLOWED[room] | {room}
    ]
    assert not wrong


def test_every_library_has_one_door() -> None:
    libraries = {name for allowed in ALLOWED.values() for name in allowed} - set(ALLOWED)
    shared = {
        "alembic": {"source", "record"},
        "sqlalchemy": {"source", "record"},
        "packaging": {"config", "bundle", "pipeline"},
        "psycopg": {"psql", "scratch", "catalog", "trace", "rehearse"},
    }
    for library in libraries:
        doors = {room for room, allowed in ALLOWED.items() if library in allowed}
        assert len(doors) == 1 or doors == shared[library]


@pytest.mark.parametrize(
    ("source", "file", "found"),
    [
        ("import os, psycopg.sql", "plan/a.py", {"psycopg"}),
        ("from release import cli, __version__", "plan/a.py", {"cli"}),
        ("from release.cli.build import x", "plan/a.py", {"cli"}),
        ("from ..cli import x", "plan/a.py", {"cli"}),
        ("from .. import cli", "plan/a.py", {"cli"}),
        ("from . import b", "plan/a.py", {"plan"}),
        ("from .cli import x", "a.py", {"cli"}),
        ("def f():\n    import alembic", "plan/a.py", {"alembic"}),
        ("import importlib\nimportlib.import_module('sqlalchemy.sql')", "plan/a.py", {"sqlalchemy"}),
    ],
)
def test_imports_are_seen(source: str, file: str, found: set[str]) -> None:
    assert {name for name, _ in imports_of(source, file)} == found
