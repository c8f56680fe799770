"""SET as SET LOCAL, and the other way round."""

from __future__ import annotations

import postgast
from postgast import pg_query_pb2 as pb

_COMMENTS = frozenset({pb.SQL_COMMENT, pb.C_COMMENT})


def without_local(text: str) -> str:
    """A `SET LOCAL` as a `SET`."""
    local = next(token for token in postgast.scan(text).tokens if token.token == pb.LOCAL)
    data = text.encode()
    return (data[: local.start] + data[local.end :].lstrip()).decode()


def with_local(text: str) -> str:
    """A `SET` of the session as a `SET LOCAL`, which ends with the transaction."""
    first, second, third = [token for token in postgast.scan(text).tokens if token.token not in _COMMENTS][:3]
    data = text.encode()
    rest = data[second.start :]
    if second.token == pb.SESSION and third.token != pb.AUTHORIZATION:
        rest = data[third.start :]
    return (data[: first.end] + b" LOCAL " + rest).decode()
