"""Properties that a statement sets without creating or dropping anything: a default, NOT NULL, a type, a comment.

Setting such a property back to what it was is harmless where it was never changed, which is what a rollback of half an
upgrade needs to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from release.model import Name
from release.sql.facts.changes import name_of
from release.sql.read.enums import OBJECT, SUBCOMMAND
from release.sql.read.splitting import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

_COLUMN = {
    "AT_ColumnDefault": "default",
    "AT_SetNotNull": "not null",
    "AT_DropNotNull": "not null",
    "AT_AlterColumnType": "type",
    "AT_SetStatistics": "statistics",
    "AT_SetStorage": "storage",
    "AT_SetCompression": "compression",
}
_CONSTRAINT = {"AT_ValidateConstraint": "validated"}
_TABLE = {
    "AT_SetRelOptions": "options",
    "AT_ResetRelOptions": "options",
    "AT_ChangeOwner": "owner",
    "AT_EnableRowSecurity": "row security",
    "AT_DisableRowSecurity": "row security",
    "AT_ForceRowSecurity": "forced row security",
    "AT_NoForceRowSecurity": "forced row security",
}
# told by what the statement creates and drops
_OBJECTS = frozenset({"AT_AddColumn", "AT_DropColumn", "AT_AddConstraint", "AT_DropConstraint"})

Aspect = tuple[Name, str, str]
"""A relation, the column or constraint in it ("" for itself), and the property."""


def aspects_in(text: str) -> tuple[Aspect, ...] | None:
    """The properties that a statement sets; None when it does something that this table does not know.

    Args:
        text: one statement; names come as written.
    """
    node: Any = tree(text)
    match type(node).__name__:
        case "AlterTableStmt":
            found = tuple(_of_commands(node))
            return None if None in found else tuple(each for each in found if each)
        case "CommentStmt":
            return ((Name(str(node.object)), OBJECT(node.objtype), "comment"),)
        case _:
            return None


def _of_commands(node: Any) -> Iterator[Aspect | tuple[()] | None]:
    table = name_of(node.relation)
    for item in node.cmds:
        command = item.alter_table_cmd
        key = SUBCOMMAND(command.subtype)
        if key in _COLUMN:
            yield (table, command.name, _COLUMN[key])
        elif key in _CONSTRAINT:
            yield (table, command.name, _CONSTRAINT[key])
        elif key in _TABLE:
            yield (table, "", _TABLE[key])
        else:
            yield () if key in _OBJECTS else None
