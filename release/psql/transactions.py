"""Which statements psql does not start a transaction for when AUTOCOMMIT is off."""

from __future__ import annotations

import re

_WORD = re.compile(rb"[a-z]*")
_CONTROL = (b"abort", b"begin", b"start", b"commit", b"end", b"rollback", b"vacuum")


def needs_no_begin(query: bytes) -> bool:
    """Say whether a statement controls transactions or cannot run in one (psql's `command_no_begin`)."""
    first, query = _next_word(query.lower())
    if first in _CONTROL:
        return True
    second, rest = _next_word(query)
    if first == b"prepare":
        return second == b"transaction"
    if first == b"cluster":
        return not second
    if first == b"create":
        if second in (b"database", b"tablespace"):
            return True
        if second == b"unique":
            second, rest = _next_word(rest)
        return second == b"index" and _next_word(rest)[0] == b"concurrently"
    if first == b"alter":
        return second == b"system"
    if first in (b"drop", b"reindex"):
        if second in (b"database", b"system", b"tablespace"):
            return True
        return second in (b"index", b"table") and _next_word(rest)[0] == b"concurrently"
    return first == b"discard" and second == b"all"


def _next_word(query: bytes) -> tuple[bytes, bytes]:
    """Give the word after white space and comments, "" when there is none, and what follows it."""
    while True:
        query = query.lstrip()
        if query.startswith(b"--"):
            query = query.partition(b"\n")[2]
        elif query.startswith(b"/*"):
            query = _skip_comment(query)
        else:
            break
    word = _WORD.match(query)[0]  # type: ignore[index]  # matches empty
    return word, query[len(word) :]


def _skip_comment(query: bytes) -> bytes:
    depth = 0
    for edge in re.finditer(rb"/\*|\*/", query):
        depth += 1 if edge[0] == b"/*" else -1
        if depth == 0:
            return query[edge.end() :]
    return b""
