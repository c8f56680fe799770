"""What of a statement is otherwise on a newer server, from the table in `release.sql.facts.needs.changed`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postgast import pg_query_pb2 as pb

from release.sql.facts.needs.changed import CHANGES, VersionChange
from release.sql.facts.version_needs import walk
from release.sql.read.bodies import body_of
from release.sql.read.enums import OBJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

BY_KEY = {change.key: change for change in CHANGES}
INDEX_PATH, VIEW_PATH = BY_KEY["unsafe path in an index"], BY_KEY["unsafe path in a materialized view"]
"""What only the functions that a statement calls can tell: lint, which knows them, asks for these."""

_COLUMNS = {
    tuple(change.key.removeprefix("column ").split(".")): change
    for change in CHANGES
    if change.key.startswith("column ")
}
_BUILT_IN = frozenset({"", "pg_catalog"})
# Functions that took anyarray and anyelement before 14 (release notes of 14, E.8.2)
_OF_ARRAYS = frozenset(
    {
        "array_append", "array_cat", "array_position", "array_positions", "array_prepend", "array_remove",
        "array_replace", "width_bucket",
    }
)  # fmt: skip
_POLYMORPHIC = frozenset({"anyarray", "anyelement"})
_ROLES = (pb.AlterRoleStmt, pb.AlterRoleSetStmt, pb.DropRoleStmt, pb.GrantRoleStmt)


def changes_met(node: Any, text: str) -> tuple[VersionChange, ...]:
    """The rows of the table that a statement meets, those of its body too.

    Args:
        node: statement node as postgast gives it, unwrapped.
        text: the statement.
    """
    found = dict.fromkeys(_met(node))
    for piece in body_of(node, text).pieces:
        found.update(dict.fromkeys(_met(piece.node)))
    return tuple(BY_KEY[key] for key in found)


def _met(node: Any) -> Iterator[str]:
    relations: set[str] = set()
    columns: set[str] = set()
    kept = isinstance(node, pb.ViewStmt | pb.CreateTableAsStmt)
    if isinstance(node, _ROLES):
        yield "role statement"
    for _, message in walk(node):
        match type(message).__name__:
            case "RangeVar" if message.schemaname in _BUILT_IN:
                relations.add(message.relname)
            case "ColumnRef" if message.fields:
                columns.add(message.fields[-1].string.sval)
            case "FuncCall":
                yield from _call(message, kept=kept)
            case "A_Expr" if [word.string.sval for word in message.name] == ["!!"] and not message.HasField("lexpr"):
                yield "operator !!"
            case "DefineStmt":
                yield from _define(message)
            case "VariableSetStmt" | "VariableShowStmt":
                yield from _known("setting", message.name.lower())
            case "CreateExtensionStmt":
                yield from _known("extension", message.extname)
            case "CreateStmt" if message.HasField("partspec") and message.relation.relpersistence == "u":
                yield "unlogged partitioned table"
    for (relation, column), change in _COLUMNS.items():
        if relation in relations and column in columns:
            yield change.key
    if "pg_constraint" in relations and "contype" not in columns:
        yield "pg_constraint"


def _known(kind: str, name: str) -> Iterator[str]:
    if f"{kind} {name}" in BY_KEY:
        yield f"{kind} {name}"


def _call(node: Any, *, kept: bool) -> Iterator[str]:
    words = [item.string.sval for item in node.funcname]
    if (words[-2] if len(words) > 1 else "") not in _BUILT_IN:
        return
    yield from _known("function", words[-1])
    if kept and words == ["pg_catalog", "extract"]:
        yield "extract kept"
    if (words[-1], len(node.args)) in {("set_config", 3), ("current_setting", 1)}:
        yield from _known("setting", node.args[0].a_const.sval.sval.lower())


def _define(node: Any) -> Iterator[str]:
    kind = OBJECT(node.kind)
    options = {item.def_elem.defname: item.def_elem.arg for item in node.definition}
    if kind == "OBJECT_OPERATOR":
        if "leftarg" in options and "rightarg" not in options:
            yield "operator postfix"
        sides = {_type(options[side]) for side in ("leftarg", "rightarg") if side in options}
        if _type(options.get("function", options.get("procedure"))) in _OF_ARRAYS and sides & _POLYMORPHIC:
            yield "operator of anyarray"
    of_arrays = _type(options.get("sfunc")) in _OF_ARRAYS and _type(options.get("stype")) in _POLYMORPHIC
    if kind == "OBJECT_AGGREGATE" and of_arrays:
        yield "aggregate of anyarray"


def _type(node: Any) -> str:
    """The name that an option of CREATE OPERATOR or CREATE AGGREGATE gives, without its schema."""
    return str(node.type_name.names[-1].string.sval) if node and node.type_name.names else ""
