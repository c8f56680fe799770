"""Statements of which the text does not tell what they do to a database, or what they bring along."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model.syntax import ChangeRows, CreateSchema, CreateTableAs, DoBlock, Select, SetVariable
from release.sql.facts.spatial import is_spatial
from release.sql.versions.own import FUNCTIONS

if TYPE_CHECKING:
    from release.model.syntax import Call, Syntax

_RUN = frozenset({"CallStmt", "ExecuteStmt"})
_BRINGING = frozenset(
    {
        "CreateExtensionStmt", "AlterExtensionStmt", "DefineStmt", "CreateOpClassStmt", "CreateAmStmt",
        "CreateCastStmt", "CreatePLangStmt", "ImportForeignSchemaStmt",
    }
)  # fmt: skip


def is_opaque(syntax: Syntax) -> bool:
    """Whether a statement may do anything to any table: not all of it, or of what it runs, can be read."""
    match syntax:
        case DoBlock(body=body):
            if body.dynamic or body.opaque:
                return True
            return any(is_opaque(each.syntax) or not _is_plain(each.syntax) for each in body.pieces)
        case Select(contents=contents):
            return not all(_is_known(call) for call in contents.calls)
        case _:
            return not syntax.node or syntax.node in _RUN


def may_read_anything(syntax: Syntax) -> bool:
    """Whether a statement works with what a function gives it which may have read any table."""
    return isinstance(syntax, ChangeRows | CreateTableAs) and not all(_is_known(call) for call in syntax.contents.calls)


def brings_along(syntax: Syntax) -> bool:
    """Whether a statement may make functions, types and the like that its text does not name, or not as such."""
    match syntax:
        case CreateSchema(elements=elements):
            return bool(elements)
        case _:
            return is_opaque(syntax) or syntax.node in _BRINGING


def _is_plain(syntax: Syntax) -> bool:
    """Of a block's statements: it makes nothing, and its locks tell whose rows it changes."""
    return isinstance(syntax, Select | ChangeRows | SetVariable)


def _is_known(call: Call) -> bool:
    return call.name.schema == "pg_catalog" or call.name.name in FUNCTIONS or is_spatial(call.name.name)
