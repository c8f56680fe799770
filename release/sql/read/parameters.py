"""PostgreSQL's own placeholders ($1, $2, …), as some drivers hand them on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import postgast
from postgast import pg_query_pb2 as pb

from release.errors import SqlError

if TYPE_CHECKING:
    from collections.abc import Sequence


def fill_numbered(sql: str, values: Sequence[str]) -> str:
    """A text with SQL in the place of its placeholders.

    Args:
        values: SQL by number, the first for $1.

    Raises:
        SqlError: a placeholder has no value, or the text has no tokens.
    """
    data, out, at = sql.encode(), bytearray(), 0
    try:
        tokens = postgast.scan(sql).tokens
    except postgast.PgQueryError as error:
        raise SqlError(f"PostgreSQL cannot parse it: {error.message}") from error
    for token in tokens:
        if token.token == pb.PARAM:
            number = int(data[token.start + 1 : token.end])
            if not 0 < number <= len(values):
                raise SqlError(f"the placeholder ${number} has no value")
            out += data[at : token.start] + values[number - 1].encode()
            at = token.end
    return (out + data[at:]).decode()
