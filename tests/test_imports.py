"""One library, one door: which room of the package may import what, checked on its syntax trees."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import release

PACKAGE = Path(release.__file__).parent

# Floors of the house, from the ground up: what of the house, and which libraries, each room may import. A room is a
# folder or a module of `release`, or a folder in one that is built in floors itself. The standard library is free to
# all; what is not in the table may not be there.
VALUES = {"errors", "model"}
SQL = {"sql.versions", "sql.read", "sql.locks", "sql.facts"}
ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "model": set(),
    "cache": {"platformdirs"},
    "config": {"errors", "model"},
    # SQL
    "sql": set(),
    "sql.versions": set(),
    "sql.read": VALUES | {"sql.versions", "postgast", "google"},
    "sql.locks": VALUES | {"config", "sql.read"},
    "sql.facts": VALUES | {"sql.versions", "sql.read", "sql.locks"},
    # servers
    "psql": VALUES | {"config", "psycopg"},
    "scratch": VALUES | {"config", "sql.read", "psql", "psycopg", "testcontainers"},
    "catalog": {"psycopg"},
    "trace": VALUES | {"sql.read", "psql", "psycopg"},
    # migrations; what cannot be rendered is recorded, on a scratch database
    "source": VALUES | SQL | {"config", "alembic", "sqlalchemy", "flask"},
    "record": VALUES | SQL | {"config", "source", "scratch", "alembic", "sqlalchemy"},
    # the line
    "plan": VALUES | SQL | {"config"},
    "render": VALUES | SQL | {"config", "plan", "psql", "jinja2"},
    "lint": VALUES | SQL | {"cache", "config", "plan", "psql", "sqlfluff"},
    "bundle": VALUES | {"config", "packaging"},
    "pipeline": VALUES | SQL | {"config", "source", "record", "plan", "render", "lint", "bundle"},
    "rehearse": VALUES | SQL | {"config", "psql", "scratch", "catalog", "trace", "source", "plan", "bundle", "psycopg"},
    # who uses it: programs, and people; the package itself has the names of its API, and they are found when asked for
    "api": VALUES | {"config", "psql", "record", "lint", "bundle", "pipeline", "rehearse"},
    "__init__": {"api"},
    "cli": VALUES | {"cache", "config", "psql", "record", "render", "lint", "bundle", "pipeline", "rehearse", "click"},
    "__main__": {"cli"},
}
SHARED = {  # libraries with more doors than one
    "alembic": {"source", "record"},
    "sqlalchemy": {"source", "record"},
    "psycopg": {"psql", "scratch", "catalog", "trace", "rehearse"},
}

FILES = sorted(file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*.py"))


def room_of(file: str) -> str:
    """Name the room of a module, given by its path or by its dotted name in the package."""
    parts = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".").split(".")
    floor = ".".join(parts[:2])
    return floor if floor in ALLOWED else parts[0]


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
            # what is taken from a room in floors may be a floor
            whole = module in {"release", "release.sql"}
            modules = [f"{module}.{alias.name}" for alias in node.names] if whole else [module]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in {
            "importlib.import_module",
            "import_module",
            "__import__",
        }:
            modules = [str(argument.value) for argument in node.args[:1] if isinstance(argument, ast.Constant)]
        for module in modules:
            parts = module.split(".")
            inside = parts[0] == "release"
            name = room_of(".".join(parts[1:])) if inside and len(parts) > 1 else parts[0]
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


def test_no_arrow_runs_up() -> None:
    """Whoever reads the rooms in this order knows what each of them is built on; so there is no circle."""
    above = set(ALLOWED)
    for room, allowed in ALLOWED.items():
        assert not allowed & above, f"{room} is built on {sorted(allowed & above)}"
        above.discard(room)


def test_what_is_allowed_is_done() -> None:
    done: dict[str, set[str]] = {room: set() for room in ALLOWED}
    for file in FILES:
        done[room_of(file)] |= {name for name, _ in imports_of((PACKAGE / file).read_text(encoding="utf-8"), file)}
    unused = {room: sorted(allowed - done[room] - VALUES - SQL) for room, allowed in ALLOWED.items()}
    assert not {room: names for room, names in unused.items() if names}


def test_every_library_has_one_door() -> None:
    libraries = {name for allowed in ALLOWED.values() for name in allowed} - set(ALLOWED)
    for library in libraries:
        doors = {room for room, allowed in ALLOWED.items() if library in allowed}
        assert len(doors) == 1 or doors == SHARED[library]


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
