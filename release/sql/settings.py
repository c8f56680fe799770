"""What a statement changes of the session's settings (manual, SET and RESET)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Any

from postgast import pg_query_pb2 as pb

from release.sql.split import split


@unique
class How(Enum):
    SET = 1
    RESET = 2
    RESET_ALL = 3


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that is another one until the session or the transaction ends.

    Attributes:
        name: lower case, as in pg_settings; "" for RESET ALL.
        text: the statement.
    """

    name: str
    how: How
    text: str


def session_changes(text: str) -> tuple[Change, ...]:
    """The changes that the statements of a text make for the session or the transaction (`SET LOCAL`).

    `SET TRANSACTION` and `SET CONSTRAINTS` are no settings.
    """
    return tuple(
        Change(name, how, piece.text) for piece in split(text) for name, how in [_change(piece.node)] if how is not None
    )


def _change(node: Any) -> tuple[str, How | None]:
    if not isinstance(node, pb.VariableSetStmt):
        return "", None
    name = node.name.lower()
    if node.kind == pb.VAR_SET_VALUE:
        return name, How.SET
    if node.kind in (pb.VAR_SET_DEFAULT, pb.VAR_RESET):
        return name, How.RESET
    return "", How.RESET_ALL if node.kind == pb.VAR_RESET_ALL else None
