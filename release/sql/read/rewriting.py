"""Statements in other words that say nearly the same: SET and SET LOCAL, ADD VALUE and ADD VALUE IF NOT EXISTS."""

from __future__ import annotations

from itertools import pairwise

import postgast
from postgast import pg_query_pb2 as pb

_COMMENTS = frozenset({pb.SQL_COMMENT, pb.C_COMMENT})


def without_local(text: str) -> str:
    """A `SET LOCAL` as a `SET`."""
    local = next(token for token in postgast.scan(text).tokens if token.token == pb.LOCAL)
    data = text.encode()
    return (data[: local.start] + data[local.end :].lstrip()).decode()


def with_if_not_exists(text: str) -> str:
    """An `ALTER TYPE … ADD VALUE` with IF NOT EXISTS."""
    tokens = [token for token in postgast.scan(text).tokens if token.token not in _COMMENTS]
    # a type may have either word for a name
    value = next(token for add, token in pairwise(tokens) if (add.token, token.token) == (pb.ADD_P, pb.VALUE_P))
    data = text.encode()
    return (data[: value.end] + b" IF NOT EXISTS" + data[value.end :]).decode()


def with_local(text: str) -> str:
    """A `SET` of the session as a `SET LOCAL`, which ends with the transaction."""
    first, second, third = [token for token in postgast.scan(text).tokens if token.token not in _COMMENTS][:3]
    data = text.encode()
    rest = data[second.start :]
    if second.token == pb.SESSION and third.token != pb.AUTHORIZATION:
        rest = data[third.start :]
    return (data[: first.end] + b" LOCAL " + rest).decode()
