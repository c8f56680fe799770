"""The constants that stand in an expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

import postgast
from postgast import nodes
from postgast import pg_query_pb2 as pb

from release.errors import SqlError
from release.model.syntax import ConstantKind
from release.sql.read.expressions import walk
from release.sql.read.names import constant_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.message import Message
from release.sql.read.splitting import tree_of

_VALUES = frozenset({ConstantKind.INTEGER, ConstantKind.NUMBER, ConstantKind.STRING})


def constants_in(expression: str) -> tuple[str, ...]:
    """Numbers and strings of an expression as text, in order of appearance, each once.

    Raises:
        SqlError: PostgreSQL's parser does not take it.
    """
    found: dict[str, None] = {}
    for message in _messages_in(expression):
        if isinstance(message, pb.A_Const):
            constant = constant_of(nodes.A_Const(message))
            if constant and constant.kind in _VALUES:
                found[constant.text] = None
    return tuple(found)


def _messages_in(expression: str) -> Iterator[Message]:
    try:
        return walk(tree_of(f"SELECT {expression}"))
    except postgast.PgQueryError as error:
        raise SqlError(f"cannot parse the expression {expression}: {error}") from error
