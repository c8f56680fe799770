"""Columns as a statement defines or changes them: type and whether NULL may be stored."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import postgast
from postgast import pg_query_pb2 as pb

from release.sql.changes import name_of
from release.sql.names import CONSTRAINT, SUBCOMMAND
from release.sql.split import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model import Name

_SERIAL = {
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}
_NOT_NULL = frozenset({"CONSTR_NOTNULL", "CONSTR_PRIMARY", "CONSTR_IDENTITY"})


@dataclass(frozen=True, slots=True)
class Definition:
    """What a statement says of one column; "" and None where it says nothing.

    Attributes:
        table: as written.
        new: the statement creates the column.
    """

    table: Name
    column: str
    type: str = ""
    not_null: bool | None = None
    new: bool = False


def column_definitions_in(text: str) -> tuple[Definition, ...]:
    """Columns that a CREATE TABLE or ALTER TABLE defines or changes."""
    node: Any = tree(text)
    match type(node).__name__:
        case "CreateStmt":
            return tuple(_of_table(node))
        case "AlterTableStmt":
            table = name_of(node.relation)
            found = (_of_command(item.alter_table_cmd, table) for item in node.cmds)
            return tuple(each for each in found if each)
        case _:
            return ()


def _of_table(node: Any) -> Iterator[Definition]:
    table = name_of(node.relation)
    keys = {
        key.string.sval
        for item in node.table_elts
        if item.WhichOneof("node") == "constraint" and CONSTRAINT(item.constraint.contype) == "CONSTR_PRIMARY"
        for key in item.constraint.keys
    }
    for item in node.table_elts:
        if item.WhichOneof("node") == "column_def":
            yield _of_column(item.column_def, table, keys)


def _of_column(column: Any, table: Name, keys: set[str]) -> Definition:
    written = _type(column.type_name)
    kinds = {CONSTRAINT(item.constraint.contype) for item in column.constraints}
    not_null = bool(kinds & _NOT_NULL) or column.colname in keys or written in _SERIAL
    return Definition(table, column.colname, _SERIAL.get(written, written), not_null, new=True)


def _of_command(command: Any, table: Name) -> Definition | None:
    definition = getattr(command, "def")
    match SUBCOMMAND(command.subtype):
        case "AT_AddColumn":
            return _of_column(definition.column_def, table, set())
        case "AT_AlterColumnType":
            return Definition(table, command.name, _type(definition.column_def.type_name))
        case "AT_SetNotNull":
            return Definition(table, command.name, not_null=True)
        case "AT_DropNotNull":
            return Definition(table, command.name, not_null=False)
        case _:
            return None


def _type(type_name: Any) -> str:
    """A type as PostgreSQL's own deparser writes it."""
    found = pb.TypeName()
    found.CopyFrom(type_name)
    found.location = 0
    return _written(found.SerializeToString(deterministic=True))


@cache
def _written(type_name: bytes) -> str:
    """The same few types come back in every table of a history."""
    tree = postgast.parse("SELECT NULL::text")
    cast = pb.Node()
    cast.CopyFrom(tree.stmts[0].stmt.select_stmt.target_list[0].res_target.val)
    cast.type_cast.type_name.ParseFromString(type_name)
    tree.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(cast)
    return str(postgast.deparse(tree)).partition("::")[2]
