"""Properties that a statement sets without creating or dropping anything: a default, NOT NULL, a type, a comment.

Setting such a property back to what it was is harmless where it was never changed, which is what a rollback of half an
upgrade needs to know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Name
from release.model.syntax import ActionKind, AlterTable, CommentOn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model.syntax import Syntax

_COLUMN = {
    ActionKind.COLUMN_DEFAULT: "default",
    ActionKind.SET_NOT_NULL: "not null",
    ActionKind.DROP_NOT_NULL: "not null",
    ActionKind.ALTER_COLUMN_TYPE: "type",
    ActionKind.SET_STATISTICS: "statistics",
    ActionKind.SET_STORAGE: "storage",
    ActionKind.SET_COMPRESSION: "compression",
}
_CONSTRAINT = {ActionKind.VALIDATE_CONSTRAINT: "validated"}
_TABLE = {
    ActionKind.SET_REL_OPTIONS: "options",
    ActionKind.RESET_REL_OPTIONS: "options",
    ActionKind.CHANGE_OWNER: "owner",
    ActionKind.ENABLE_ROW_SECURITY: "row security",
    ActionKind.DISABLE_ROW_SECURITY: "row security",
    ActionKind.FORCE_ROW_SECURITY: "forced row security",
    ActionKind.NO_FORCE_ROW_SECURITY: "forced row security",
}
# told by what the statement creates and drops
_OBJECTS = frozenset(
    {ActionKind.ADD_COLUMN, ActionKind.DROP_COLUMN, ActionKind.ADD_CONSTRAINT, ActionKind.DROP_CONSTRAINT}
)

Aspect = tuple[Name, str, str]
"""A relation, the column or constraint in it ("" for itself), and the property."""


def aspects_of(syntax: Syntax) -> tuple[Aspect, ...] | None:
    """The properties that a statement sets, names as written; None when it does something that no table here knows."""
    match syntax:
        case AlterTable():
            found = tuple(_of_actions(syntax))
            return None if None in found else tuple(each for each in found if each)
        case CommentOn(kind=kind, label=False, target=target):
            which = f"{kind} {target.name}" + (
                f"({', '.join(target.arguments)})" if target.arguments is not None else ""
            )
            return ((target.parent or target.name, which, "comment"),)
        case _:
            return None


def _of_actions(syntax: AlterTable) -> Iterator[Aspect | tuple[()] | None]:
    table = syntax.relation.name
    for action in syntax.actions:
        if action.kind in _COLUMN:
            yield (table, action.name, _COLUMN[action.kind])
        elif action.kind in _CONSTRAINT:
            yield (table, action.name, _CONSTRAINT[action.kind])
        elif action.kind in _TABLE:
            yield (table, "", _TABLE[action.kind])
        else:
            yield () if action.kind in _OBJECTS else None
