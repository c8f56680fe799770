"""What the migrations before a release say of indexes, types and functions, read off their syntax trees.

They are not rendered: what they write down is found, what they compute is not. Where it is not clear whether a column
has an index, it counts as having one.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING

from release.errors import SqlError
from release.sql.facts.definitions import definitions_of
from release.sql.read.statements import statement_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.lint.subject import Case, Text
    from release.sql.facts.definitions import Definitions, Routine

_INDEXING = frozenset({"create_index", "create_unique_constraint", "create_primary_key", "Index"})
_KEYS = frozenset({"PrimaryKeyConstraint", "UniqueConstraint"})


def names_column(case: Case, table: str, column: str) -> bool:
    """Whether the earlier migrations write down this table and this column at all."""
    words: set[str] = set()
    for text in case.earlier:
        words |= _words(text)
    return {table, column} <= words


def may_be_indexed(case: Case, table: str, column: str) -> bool:
    """Whether an earlier migration indexes a column, or may do so."""
    return any(_may_index(node, table, column) for text in case.earlier for node in ast.walk(_tree(text.text)))


def routines_before(case: Case) -> Iterator[Routine]:
    """Functions that earlier migrations create in SQL that they write down."""
    for text in case.earlier:
        for definitions in _definitions(text.text):
            if definitions.routine:
                yield definitions.routine


def _may_index(node: ast.AST, table: str, column: str) -> bool:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        words = _split(node.value)
        return bool(words & {"index", "unique", "primary"}) and {table, column} <= words
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func).rpartition(".")[2]
    texts = {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}
    if name in _INDEXING:
        computed = any(isinstance(each, ast.JoinedStr | ast.Name) for arg in node.args[1:] for each in ast.walk(arg))
        return column in texts or computed
    if name == "create_table":
        return table in texts and any(_column_is_indexed(each, column) for each in ast.walk(node))
    if name == "add_column":
        return any(_column_is_indexed(each, column) for each in ast.walk(node))
    return False


def _column_is_indexed(node: ast.AST, column: str) -> bool:
    """Whether a Column or a key inside create_table makes an index; GeoAlchemy2 makes one by itself."""
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func).rpartition(".")[2]
    first = node.args[0] if node.args else None
    named = isinstance(first, ast.Constant) and first.value == column
    if name == "Column":
        flags = {each.arg for each in node.keywords if each.arg and ast.unparse(each.value) != "False"}
        text = ast.unparse(node)
        return named and (
            bool(flags & {"index", "unique", "primary_key"})
            or (("Geometry(" in text or "Geography(" in text) and "spatial_index=False" not in text)
        )
    return name in _KEYS and named


@cache
def _tree(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


@cache
def _definitions(text: str) -> tuple[Definitions, ...]:
    found = []
    for node in ast.walk(_tree(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "function" in node.value.lower():
            try:
                found.append(definitions_of(statement_in(node.value)))
            except SqlError:
                continue
    return tuple(found)


@cache
def _words(text: Text) -> frozenset[str]:
    """Words of all strings of a migration."""
    strings = (each.value for each in ast.walk(_tree(text.text)) if isinstance(each, ast.Constant))
    return frozenset(word for each in strings if isinstance(each, str) for word in _split(each))


def _split(text: str) -> frozenset[str]:
    return frozenset("".join(letter if letter.isalnum() or letter == "_" else " " for letter in text.lower()).split())


def words_before(case: Case) -> frozenset[str]:
    """Every word in a string of an earlier migration, in lower case."""
    return frozenset().union(*(_words(text) for text in case.earlier))
