"""DROP, RENAME, SET SCHEMA, DEPENDS ON and COMMENT: which rows of the table they match, by kind of object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from release.sql.locks.forms import FORMS
from release.sql.locks.hit import FormHit, at, hit
from release.sql.read.enums import OBJECT
from release.sql.read.nodes import name_from, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

RELATIONS = frozenset({"TABLE", "VIEW", "MATVIEW", "SEQUENCE", "FOREIGN_TABLE"})
ATTACHED = frozenset({"TRIGGER", "RULE", "POLICY"})
"""Objects whose name stands after their table's."""


def _kind(number: int) -> str:
    return str(OBJECT(number)).removeprefix("OBJECT_")


def _specific(stem: str, kind: str) -> str:
    """The key of the row for this kind of object, or that of the row for all others."""
    key = f"{stem} OBJECT_{kind}"
    return key if key in FORMS else stem


def match_drop(node: Any) -> Iterator[FormHit]:
    kind = _kind(node.remove_type)
    if kind == "INDEX":
        key = "DropStmt OBJECT_INDEX CONCURRENTLY" if node.concurrent else "DropStmt OBJECT_INDEX"
        yield from (hit(key, index=name_from(item)) for item in node.objects)
    elif kind in RELATIONS | ATTACHED:
        last = -1 if kind in ATTACHED else None
        yield from (hit(f"DropStmt OBJECT_{kind}", name_from(item, last)) for item in node.objects)
    else:
        yield hit(_specific("DropStmt", kind))


def match_rename(node: Any) -> Iterator[FormHit]:
    kind = _kind(node.rename_type)
    key = _specific("RenameStmt", kind)
    if key == "RenameStmt":
        yield hit(key)
    elif kind == "INDEX":
        yield hit(key, index=name_of(node.relation))
    else:
        yield at(hit(key, name_of(node.relation)), node.relation)


def match_move(node: Any) -> Iterator[FormHit]:
    kind = _kind(node.object_type)
    key = _specific(type(node).__name__, kind)
    if not node.relation.relname or " " not in key:
        yield hit(key)
    elif kind == "INDEX":
        yield hit(key, index=name_of(node.relation))
    else:
        yield hit(key, name_of(node.relation))


def match_label(node: Any) -> Iterator[FormHit]:
    kind = _kind(node.objtype)
    if kind in RELATIONS or kind == "COLUMN":
        yield hit("SecLabelStmt", name_from(node.object, -1 if kind == "COLUMN" else None))


def match_comment(node: Any) -> Iterator[FormHit]:
    kind = _kind(node.objtype)
    if kind in {"COLUMN", "TABCONSTRAINT"}:
        yield hit(f"CommentStmt OBJECT_{kind}", name_from(node.object, -1))
    elif kind in ATTACHED:
        yield hit("CommentStmt on relation", name_from(node.object, -1))
    elif kind in RELATIONS:
        yield hit("CommentStmt relation", name_from(node.object))
    elif kind == "INDEX":
        yield hit("CommentStmt OBJECT_INDEX", index=name_from(node.object))
    else:
        yield hit("CommentStmt")
