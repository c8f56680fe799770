"""Private names of libraries stand in one file, where each has its versions and a test: no other module says one."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import release

PACKAGE = Path(release.__file__).parent
# of Alembic, SQLAlchemy and drivers; of the parser; each with how many names it says at least
DOORS = {"source/internals.py": 21, "sql/read/internals.py": 1}
LIBRARIES = ("alembic", "sqlalchemy", "geoalchemy2", "sqlfluff", "psycopg", "postgast")
# of the standard library, documented in spite of their names
DOCUMENTED = {"os._exit", "sys._getframe"}
_PRIVATE = re.compile(r"_(?!_)\w*[a-z]\w*")
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_OURS = "_release_"  # what is ours on an object of another's


def is_private(name: str) -> bool:
    return bool(_PRIVATE.fullmatch(name)) and not name.endswith("_")  # such as _value_ of an enum, which is public


@cache
def private_names_in(folder: Path) -> frozenset[str]:
    """Every private name that the Python below a folder, or in a file, says at all."""
    files = folder.rglob("*.py") if folder.is_dir() else [folder]
    found: set[str] = set()
    for file in files:
        found.update(re.findall(rf"\b{_PRIVATE.pattern}", file.read_text(encoding="utf-8", errors="replace")))
    return frozenset(found)


@cache
def private_names_of_libraries() -> frozenset[str]:
    folders = [Path(str(importlib.import_module(library).__file__)).parent for library in LIBRARIES]
    return frozenset().union(*map(private_names_in, folders))


def uses(source: str) -> list[str]:
    """The private names of others that a module says, with their lines."""
    tree = ast.parse(source)
    own = own_names(tree)
    found = [*imported(tree), *attributes(tree, own), *as_text(tree, own), *overridden(tree)]
    return [f"{line}: {what}" for line, what in sorted(set(found))]


def own_names(tree: ast.Module) -> set[str]:
    """What a module itself defines, at its top, in a class or on `self`."""
    own: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store) and is_self(node.value):
            own.add(node.attr)
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__slots__":
            own.update(ast.literal_eval(node.value))
    return own


def is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id in {"self", "cls"}


def is_foreign(module: str) -> bool:
    return module.split(".")[0] not in {"release", "__future__", *sys.stdlib_module_names}


def imported(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        for name in names:
            if is_foreign(name) and any(map(is_private, name.split("."))):
                yield node.lineno, name  # type: ignore[attr-defined]


def attributes(tree: ast.Module, own: set[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and is_private(node.attr) and not is_self(node.value):
            whole = ast.unparse(node)
            if node.attr not in own and whole not in DOCUMENTED and not node.attr.startswith(_OURS):
                yield node.lineno, whole


def as_text(tree: ast.Module, own: set[str]) -> Iterator[tuple[int, str]]:
    """Names for getattr() and its like, of frames, and paths to what is to be found in a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _DOTTED.fullmatch(node.value):
            private = {part for part in node.value.split(".") if is_private(part)} - own
            if private and private & private_names_of_libraries():
                yield node.lineno, repr(node.value)


def overridden(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What a class that is built on a library's calls as the library does its own."""
    known = origins(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.ClassDef):
            continue
        files: set[Path] = set()
        for base in node.bases:
            files |= library_files(known.get(ast.unparse(base).split("[")[0], ""))
        taken = frozenset().union(*map(private_names_in, files))
        for each in ast.walk(node):
            name = ""
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
                name = each.name
            elif isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
                name = each.id
            elif isinstance(each, ast.Attribute):
                name = each.attr
            if is_private(name) and name in taken:
                yield each.lineno, f"{node.name}.{name}"  # type: ignore[attr-defined]


def origins(tree: ast.Module) -> dict[str, str]:
    """Where names come from: imports, and parameters that are a subclass of something imported."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.asname or alias.name: alias.name for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation:
            kind = re.fullmatch(r"type\[(\w+)\]", ast.unparse(node.annotation))
            if kind and kind[1] in found:
                found[node.arg] = found[kind[1]]
    return found


def library_files(name: str) -> set[Path]:
    """The files in which a class and those that it is built on are written, as far as they are a library's."""
    module, _, attribute = name.rpartition(".")
    if not module or (not is_foreign(module) and not module.startswith("release.source")):
        return set()
    kind: Any = getattr(importlib.import_module(module), attribute)
    written_in = [each for each in inspect.getmro(kind) if each.__module__.split(".")[0] in LIBRARIES]
    return {Path(str(sys.modules[each.__module__].__file__)) for each in written_in}


MODULES = sorted(file.relative_to(PACKAGE).as_posix() for file in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("file", MODULES)
def test_private_names_stand_in_one_file(file: str) -> None:
    found = uses((PACKAGE / file).read_text(encoding="utf-8"))
    if file in DOORS:
        assert len(found) >= DOORS[file]
    else:
        assert not found, f"{file}: put what is done with them into one of {sorted(DOORS)}, with a test"


@pytest.mark.parametrize(
    "source",
    [
        "from alembic.ddl.impl import _impls",
        "from sqlalchemy.util._collections import IdentitySet",
        "import psycopg._queries",
        "def f():\n    from sqlfluff.core.linter import _private",
        "script._all_down_revisions",
        "fresh._json_serializer = None",
        "clause.select._bindparams.items()",
        "getattr(dialect, '_json_serializer', None)",
        "names = {'_setup_result_proxy'}",
        "doors = {'psycopg': '_connection_base.BaseConnection._connect_gen'}",
        "from alembic.ddl.postgresql import PostgresqlImpl\nclass Own(PostgresqlImpl):\n    def _exec(self): ...",
        "from alembic.ddl.postgresql import PostgresqlImpl\nclass Own(PostgresqlImpl):\n    def f(self): self._exec()",
        "from sqlalchemy.engine.mock import MockConnection as M\nclass Own(M):\n    def f(self): return self._dialect",
        "from sqlalchemy.sql.compiler import SQLCompiler as C\ndef f(b: type[C]):\n class B(b): _ordered_columns = 0",
        "from release.source.internals import OneDoorImpl\nclass Own(OneDoorImpl):\n    _exec = None",
    ],
)
def test_a_private_name_is_seen(source: str) -> None:
    assert uses(source)


@pytest.mark.parametrize(
    "source",
    [
        "from alembic.ddl.impl import DefaultImpl as _Impl",
        "from release.lint.rules import _rules",
        "class A:\n    _x = 0\n    def f(self): return self._x",
        "class A:\n    def f(self): self._x = 0\ndef g(a): return a._x",
        "sys._getframe(1)",
        "context._release_recorded = getattr(context, '_release_recorded', '')",
        "name = '__name__'",
        "text = 'see _bindparams of a clause'",
        "from alembic.ddl.postgresql import PostgresqlImpl\nclass Own(PostgresqlImpl):\n    _nothing_of_theirs = 0",
    ],
)
def test_no_other_name_is_taken_for_one(source: str) -> None:
    assert not uses(source)
