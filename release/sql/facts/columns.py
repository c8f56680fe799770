"""Columns of a table that must be there for a statement to run, as far as it names them outside expressions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from release.sql.facts.changes import name_of
from release.sql.read.enums import CONSTRAINT, OBJECT, SUBCOMMAND
from release.sql.read.splitting import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model import Name

_ON_COLUMN = frozenset(
    {
        "AT_ColumnDefault",
        "AT_SetNotNull",
        "AT_DropNotNull",
        "AT_AlterColumnType",
        "AT_SetStatistics",
        "AT_SetStorage",
        "AT_DropColumn",
        "AT_AddIdentity",
        "AT_SetIdentity",
        "AT_DropIdentity",
    }
)


def columns_in(text: str) -> tuple[tuple[Name, str], ...]:
    """Pairs of a table, as written, and a column of it that a statement expects; what it adds itself is left out."""
    node: Any = tree(text)
    found = dict.fromkeys(_columns(node))
    if type(node).__name__ == "AlterTableStmt":
        added = {
            getattr(item.alter_table_cmd, "def").column_def.colname
            for item in node.cmds
            if SUBCOMMAND(item.alter_table_cmd.subtype) == "AT_AddColumn"
        }
        subject = name_of(node.relation)
        return tuple(pair for pair in found if pair[0] != subject or pair[1] not in added)
    return tuple(found)


def _columns(node: Any) -> Iterator[tuple[Name, str]]:
    match type(node).__name__:
        case "IndexStmt":
            for item in (*node.index_params, *node.index_including_params):
                if item.index_elem.name:
                    yield name_of(node.relation), item.index_elem.name
        case "AlterTableStmt" if OBJECT(node.objtype) == "OBJECT_TABLE":
            for item in node.cmds:
                yield from _of_command(item.alter_table_cmd, name_of(node.relation))
        case "RenameStmt" if OBJECT(node.rename_type) == "OBJECT_COLUMN":
            yield name_of(node.relation), node.subname
        case "InsertStmt":
            for item in node.cols:
                yield name_of(node.relation), item.res_target.name
        case "UpdateStmt":
            for item in node.target_list:
                yield name_of(node.relation), item.res_target.name


def _of_command(command: Any, table: Name) -> Iterator[tuple[Name, str]]:
    key = SUBCOMMAND(command.subtype)
    if key in _ON_COLUMN and not (key == "AT_DropColumn" and command.missing_ok):
        yield table, command.name
    elif key == "AT_AddConstraint":
        constraint = getattr(command, "def").constraint
        kind = CONSTRAINT(constraint.contype)
        for each in (*constraint.keys, *constraint.fk_attrs):
            yield table, each.string.sval
        if kind == "CONSTR_FOREIGN":
            for each in constraint.pk_attrs:
                yield name_of(constraint.pktable), each.string.sval


def tolerates_presence(text: str) -> bool:
    """True for CREATE … IF NOT EXISTS, CREATE OR REPLACE and ADD COLUMN IF NOT EXISTS."""
    words = text.upper()
    if "EXISTS" not in words and "REPLACE" not in words:  # spares most statements a parse
        return False
    node: Any = tree(text)
    if type(node).__name__ == "AlterTableStmt":
        adding = [
            each.alter_table_cmd for each in node.cmds if SUBCOMMAND(each.alter_table_cmd.subtype) == "AT_AddColumn"
        ]
        return any(each.missing_ok for each in adding)
    return bool(getattr(node, "if_not_exists", False) or getattr(node, "replace", False))


def tolerates_absence(text: str) -> bool:
    """True for DROP … IF EXISTS and ALTER … IF EXISTS."""
    return "EXISTS" in text.upper() and bool(getattr(tree(text), "missing_ok", False))


@dataclass(frozen=True, slots=True)
class IndexShape:
    """What of an index the catalog can be compared with.

    Attributes:
        columns: key columns, then included ones; "" for an expression.
        keys: how many of them are key columns.
        opaque: it has a condition, an expression or an option, which the catalog writes its own way.
    """

    method: str
    unique: bool
    columns: tuple[str, ...]
    keys: int
    opaque: bool
    partial: bool = False

    @property
    def text(self) -> str:
        """As verify.sql words it: what of it the catalog writes as its author did."""
        names = [name or "expression" for name in self.columns]
        more = f" INCLUDE ({', '.join(names[self.keys :])})" if names[self.keys :] else ""
        where = " WHERE" if self.partial else ""
        return f"{'UNIQUE ' * self.unique}{self.method} ({', '.join(names[: self.keys])}){more}{where}"


def index_shape(text: str) -> IndexShape:
    """The shape of the index that a CREATE INDEX makes."""
    node: Any = tree(text)
    names = tuple(item.index_elem.name for item in (*node.index_params, *node.index_including_params))
    keys = [item.index_elem for item in node.index_params]
    options = any(key.collation or key.opclass or key.ordering > 1 or key.nulls_ordering > 1 for key in keys)
    opaque = node.HasField("where_clause") or "" in names or options or bool(node.options)
    partial = node.HasField("where_clause")
    return IndexShape(node.access_method or "btree", bool(node.unique), names, len(keys), opaque, partial)


def keys_in(text: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Method and named columns of each index that a statement builds for its table."""
    node: Any = tree(text)
    if type(node).__name__ == "IndexStmt":
        shape = index_shape(text)
        return ((shape.method, tuple(name for name in shape.columns if name)),)
    if type(node).__name__ != "AlterTableStmt":
        return ()
    constraints = [
        getattr(item.alter_table_cmd, "def").constraint
        for item in node.cmds
        if SUBCOMMAND(item.alter_table_cmd.subtype) == "AT_AddConstraint"
    ]
    return tuple(
        ("btree", tuple(each.string.sval for each in constraint.keys))
        for constraint in constraints
        if CONSTRAINT(constraint.contype) in {"CONSTR_UNIQUE", "CONSTR_PRIMARY"} and not constraint.indexname
    )
