"""DROP, RENAME, SET SCHEMA, DEPENDS ON and COMMENT: which rows of the table they match, by kind of object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model.syntax import ObjectKind
from release.sql.locks.forms import FORMS
from release.sql.locks.hit import FormHit, at, hit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model.syntax import CommentOn, DropObjects, RenameObject, SetSchema

RELATIONS = frozenset(
    {ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATVIEW, ObjectKind.SEQUENCE, ObjectKind.FOREIGN_TABLE}
)
ATTACHED = frozenset({ObjectKind.TRIGGER, ObjectKind.RULE, ObjectKind.POLICY})
"""Objects whose name stands after their table's."""


def _specific(stem: str, kind: ObjectKind) -> str:
    """The key of the row for this kind of object, or that of the row for all others."""
    key = f"{stem} {kind}"
    return key if key in FORMS else stem


def match_drop(syntax: DropObjects) -> Iterator[FormHit]:
    kind = syntax.kind
    if kind is ObjectKind.INDEX:
        key = "DropStmt OBJECT_INDEX CONCURRENTLY" if syntax.concurrently else "DropStmt OBJECT_INDEX"
        yield from (hit(key, index=target.name) for target in syntax.targets)
    elif kind in RELATIONS:
        yield from (hit(f"DropStmt {kind}", target.name) for target in syntax.targets)
    elif kind in ATTACHED:
        yield from (hit(f"DropStmt {kind}", target.parent) for target in syntax.targets)
    else:
        yield hit(_specific("DropStmt", kind))


def match_rename(syntax: RenameObject) -> Iterator[FormHit]:
    key = _specific("RenameStmt", syntax.kind)
    if key == "RenameStmt" or syntax.relation is None:
        yield hit(key)
    elif syntax.kind is ObjectKind.INDEX:
        yield hit(key, index=syntax.relation.name)
    else:
        yield at(hit(key, syntax.relation.name), syntax.relation)


def match_move(syntax: SetSchema) -> Iterator[FormHit]:
    key = _specific(syntax.node, syntax.kind)
    if syntax.relation is None or " " not in key:
        yield hit(key)
    elif syntax.kind is ObjectKind.INDEX:
        yield hit(key, index=syntax.relation)
    else:
        yield hit(key, syntax.relation)


def match_comment(syntax: CommentOn) -> Iterator[FormHit]:
    kind, target = syntax.kind, syntax.target
    if syntax.label:
        if kind in RELATIONS or kind is ObjectKind.COLUMN:
            yield hit("SecLabelStmt", target.parent if kind is ObjectKind.COLUMN else target.name)
    elif kind in {ObjectKind.COLUMN, ObjectKind.TABCONSTRAINT}:
        yield hit(f"CommentStmt {kind}", target.parent)
    elif kind in ATTACHED:
        yield hit("CommentStmt on relation", target.parent)
    elif kind in RELATIONS:
        yield hit("CommentStmt relation", target.name)
    elif kind is ObjectKind.INDEX:
        yield hit("CommentStmt OBJECT_INDEX", index=target.name)
    else:
        yield hit("CommentStmt")
