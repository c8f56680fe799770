"""What a statement changes of the session's settings (manual, SET and RESET)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import Any

import postgast
from postgast import pg_query_pb2 as pb

from release.sql.read.splitting import split


@unique
class How(Enum):
    SET = 1
    RESET = 2
    RESET_ALL = 3


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting that is another one until the session or the transaction ends.

    Attributes:
        name: lower case, as in pg_settings; "" for RESET ALL.
        text: the statement.
    """

    name: str
    how: How
    text: str


def session_changes(text: str) -> tuple[SettingChange, ...]:
    """The changes that the statements of a text make for the session or the transaction (`SET LOCAL`).

    `SET TRANSACTION` and `SET CONSTRAINTS` are no settings.
    """
    return tuple(
        SettingChange(name, how, piece.text)
        for piece in split(text)
        for name, how in [_change(piece.node)]
        if how is not None
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


_COMMENTS = frozenset({pb.SQL_COMMENT, pb.C_COMMENT})
_LOCKS = frozenset(
    f"pg_{word}advisory_{verb}"
    for word in ("", "try_")
    for verb in ("lock", "lock_shared", "unlock", "unlock_shared", "unlock_all")
)


def is_for_session(text: str) -> bool:
    """Whether every statement of a text changes the session alone: `SET`, `RESET`, `set_config()`, an advisory lock."""
    nodes = [piece.node for piece in split(text)]
    return bool(nodes) and all(_change(node)[1] is not None or _only_calls(node) for node in nodes)


def _only_calls(node: Any) -> bool:
    if not isinstance(node, pb.SelectStmt) or node.from_clause or not node.target_list:
        return False
    values = [target.res_target.val for target in node.target_list]
    return all(value.WhichOneof("node") == "func_call" and _is_session_call(value.func_call) for value in values)


def _is_session_call(call: Any) -> bool:
    name = call.funcname[-1].string.sval
    if name == "set_config":
        return len(call.args) == 3 and not call.args[2].a_const.boolval.boolval  # its third: is_local
    return name in _LOCKS


def without_local(text: str) -> str:
    """A `SET LOCAL` as a `SET`; any other statement as it is."""
    node = split(text)[0].node
    if not isinstance(node, pb.VariableSetStmt) or not node.is_local:
        return text
    local = next(token for token in postgast.scan(text).tokens if token.token == pb.LOCAL)
    data = text.encode()
    return (data[: local.start] + data[local.end :].lstrip()).decode()


def with_local(text: str) -> str:
    """A `SET` of the session as a `SET LOCAL`, which ends with the transaction; any other statement as it is."""
    node = split(text)[0].node
    if not isinstance(node, pb.VariableSetStmt) or node.is_local or node.kind in (pb.VAR_RESET, pb.VAR_RESET_ALL):
        return text
    first, second, third = [token for token in postgast.scan(text).tokens if token.token not in _COMMENTS][:3]
    data = text.encode()
    rest = data[second.start :]
    if second.token == pb.SESSION and third.token != pb.AUTHORIZATION:
        rest = data[third.start :]
    return (data[: first.end] + b" LOCAL " + rest).decode()
