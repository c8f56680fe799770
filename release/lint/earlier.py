"""What the migrations before a release say of indexes, types and functions, read off their syntax trees.

They are not rendered: what they write down is read, as SQL or as an argument of one of Alembic's operations; what they
compute is not, and only the words of its strings are known. Where it is not clear whether a column has an index, it
counts as having one.
"""

from __future__ import annotations

import ast
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from release.errors import SqlError
from release.sql.facts.changes import changes_of
from release.sql.facts.definitions import definitions_of
from release.sql.read.statements import split

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.lint.subject import Case
    from release.model.syntax import Syntax
    from release.sql.facts.definitions import Definitions, Routine

_INDEXING = frozenset({"create_index", "create_unique_constraint", "create_primary_key", "Index"})
_KEYS = frozenset({"PrimaryKeyConstraint", "UniqueConstraint"})
_ENUMS = frozenset({"Enum", "ENUM", "DOMAIN"})
_INDEXED = frozenset({"PRIMARY", "UNIQUE", "EXCLUSION"})
_REMARKS = frozenset({"comment", "doc", "info"})
_SPATIAL = frozenset({"Geometry", "Geography"})
# Operations of Alembic: the places of their arguments that are a table, and columns of it.
_OPERATIONS = {
    "create_table": (0, None),
    "add_column": (0, None),
    "alter_column": (0, 1),
    "drop_column": (0, 1),
    "create_index": (1, 2),
    "create_unique_constraint": (1, 2),
    "create_primary_key": (1, 2),
    "create_foreign_key": (1, 3),
}
# What stands in them, with names that are its own.
_PARTS = frozenset({"Column", "ForeignKey", "ForeignKeyConstraint", "CheckConstraint", "Index", *_KEYS, *_ENUMS})


@dataclass(slots=True)
class _Written:
    """What one migration writes down.

    Attributes:
        definitions: of its statements.
        calls: of operations and of what stands in them.
        names: of what it creates or renames, in lower case: objects of any kind.
        columns: pairs of a table and a column that it defines.
        words: of strings that are neither SQL nor known arguments, in lower case.
        strings: these strings.
    """

    definitions: list[Definitions] = field(default_factory=list)
    calls: list[ast.Call] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    columns: set[tuple[str, str]] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    strings: list[str] = field(default_factory=list)


def names_column(case: Case, table: str, column: str) -> bool:
    """Whether the earlier migrations define this column of this table, or may do so."""
    written = [_written(text.text) for text in case.earlier]
    if any((table, column) in each.columns for each in written):
        return True
    unclear = set[str]().union(*(each.words for each in written))
    known = set[str]().union(*(each.names for each in written), *({*pair} for each in written for pair in each.columns))
    return bool({table, column} & unclear) and {table, column} <= unclear | known


def may_be_indexed(case: Case, table: str, column: str) -> bool:
    """Whether an earlier migration indexes a column, or may do so."""
    return any(_may_index(_written(text.text), table, column) for text in case.earlier)


def types_before(case: Case) -> frozenset[str]:
    """Names, in lower case, of what earlier migrations create, or may create."""
    written = [_written(text.text) for text in case.earlier]
    return frozenset().union(*(each.names | each.words for each in written))


def routines_before(case: Case) -> Iterator[Routine]:
    """Functions that earlier migrations create in SQL that they write down."""
    for text in case.earlier:
        for definitions in _written(text.text).definitions:
            if definitions.routine:
                yield definitions.routine


def _may_index(written: _Written, table: str, column: str) -> bool:
    for each in written.definitions:
        if any(index.table.name == table and column in index.columns for index in each.indexes):
            return True
        if any(key.kind in _INDEXED and key.table.name == table and column in key.columns for key in each.constraints):
            return True
    for string in written.strings:
        words = _split(string)
        if words & {"index", "unique", "primary"} and {table, column} <= words:
            return True
    return any(_call_may_index(call, table, column) for call in written.calls)


def _call_may_index(call: ast.Call, table: str, column: str) -> bool:
    name = _name_of(call)
    if name in _INDEXING:
        of = call.args[1] if _is_operation(call) and len(call.args) > 1 else None
        if _text(of) not in {None, table}:
            return False
        computed = any(isinstance(each, ast.JoinedStr | ast.Name) for arg in call.args[1:] for each in ast.walk(arg))
        return computed or column in {_text(each) for each in ast.walk(call) if isinstance(each, ast.expr)}
    if name in {"create_table", "add_column"}:
        of = call.args[0] if call.args and (_is_operation(call) or name == "create_table") else None
        return _text(of) in {None, table} and any(_column_is_indexed(each, column) for each in ast.walk(call))
    return False


def _column_is_indexed(node: ast.AST, column: str) -> bool:
    """Whether a Column or a key inside create_table makes an index; GeoAlchemy2 makes one by itself."""
    if not isinstance(node, ast.Call):
        return False
    name = _name_of(node)
    named = bool(node.args) and _text(node.args[0]) == column
    if name == "Column":
        flags = {each.arg for each in node.keywords if each.arg and not _is_false(each.value)}
        spatial = [each for each in ast.walk(node) if isinstance(each, ast.Call) and _name_of(each) in _SPATIAL]
        indexed = [not any(k.arg == "spatial_index" and _is_false(k.value) for k in each.keywords) for each in spatial]
        return named and (bool(flags & {"index", "unique", "primary_key"}) or any(indexed))
    return name in _KEYS and named


@cache
def _written(text: str) -> _Written:
    found = _Written()
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return found
    left: list[tuple[ast.AST, bool]] = [(tree, False)]
    while left:
        node, inside = left.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue  # a docstring
        if isinstance(node, ast.Call):
            found.calls.append(node)
            known = _read_operation(node, found) or (inside and _name_of(node) in _PARTS)
            if _name_of(node) in _ENUMS:
                names = [_text(each.value) for each in node.keywords if each.arg == "name"]
                found.names |= {name.lower() for name in names if name}
            arguments = [*node.args, *(each.value for each in node.keywords if each.arg not in _REMARKS)]
            left += ((each, known) for each in arguments if not (known and _is_names(each)))
            left.append((node.func, False))
        elif isinstance(node, ast.Constant):
            if isinstance(node.value, str):
                _read_string(node.value, found)
        elif isinstance(node, ast.JoinedStr | ast.BinOp):
            _read_computed(node, found)
        else:
            left += ((each, False) for each in ast.iter_child_nodes(node))
    return found


def _read_operation(call: ast.Call, found: _Written) -> bool:
    """Note what an operation says of a table that its arguments name; False for all that is not clear."""
    name = _name_of(call)
    if not _is_operation(call) or name not in _OPERATIONS:
        return False
    place, columns = _OPERATIONS[name]
    table = _text(call.args[place]) if len(call.args) > place else None
    if table is None:
        return False
    if name == "create_table":
        found.names.add(table.lower())
    if columns is None:
        inner = [each for each in ast.walk(call) if isinstance(each, ast.Call) and _name_of(each) == "Column"]
        words = {_text(each.args[0]) for each in inner if each.args}
    else:
        inside = ast.walk(call.args[columns]) if len(call.args) > columns else ()
        words = {_text(each) for each in inside if isinstance(each, ast.expr)}
        words |= {_text(each.value) for each in call.keywords if each.arg == "new_column_name"}
    found.columns |= {(table, word) for word in words if word}
    return True


def _is_names(node: ast.expr) -> bool:
    """Whether it is a string, or a list of strings."""
    if isinstance(node, ast.List | ast.Tuple):
        return all(_text(each) is not None for each in node.elts)
    return _text(node) is not None


def _read_string(text: str, found: _Written) -> None:
    statements: tuple[Syntax, ...] = ()
    if not text.isidentifier():  # what is a name is no SQL
        with suppress(SqlError):
            statements = tuple(each.syntax for each in split(text))
    if not statements:
        found.strings.append(text)
        found.words |= _split(text)
    for syntax in statements:
        changes, definitions = changes_of(syntax), definitions_of(syntax)
        found.definitions.append(definitions)
        found.names |= {each.name.name.lower() for each in (*changes.creates, *(new for _, new in changes.renames))}
        found.columns |= {(each.table.name, each.name) for each in (*definitions.columns, *definitions.retyped)}
        found.columns |= {
            (new.parent.name, new.name.name) for _, new in changes.renames if new.kind == "column" and new.parent
        }


def _read_computed(node: ast.AST, found: _Written) -> None:
    for each in ast.walk(node):
        if isinstance(each, ast.Constant) and isinstance(each.value, str):
            found.strings.append(each.value)
            found.words |= _split(each.value)


def _is_operation(call: ast.Call) -> bool:
    """Whether it is a function of `op`, whose arguments begin with a table; others may be of a batch."""
    return isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name) and call.func.value.id == "op"


def _name_of(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _text(node: ast.expr | None) -> str | None:
    """The text of a string constant; None of what is computed."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _is_false(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def _split(text: str) -> frozenset[str]:
    return frozenset("".join(letter if letter.isalnum() or letter == "_" else " " for letter in text.lower()).split())
