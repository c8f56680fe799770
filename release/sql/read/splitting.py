"""Cutting SQL text into statements, as PostgreSQL's parser sees them."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import postgast
from google.protobuf.message import DecodeError
from postgast import pg_query_pb2

from release.errors import SqlError

if TYPE_CHECKING:
    from google.protobuf.message import Message
    from postgast.pg_query_pb2 import ParseResult, ScanToken

_COMMENTS = frozenset({pg_query_pb2.SQL_COMMENT, pg_query_pb2.C_COMMENT})
_SEMICOLON = pg_query_pb2.ASCII_59
_OUTSIDE = _COMMENTS | {_SEMICOLON}
_COLON = pg_query_pb2.ASCII_58
_OPENING = frozenset({pg_query_pb2.ASCII_40, pg_query_pb2.ASCII_91})
_CLOSING = frozenset({pg_query_pb2.ASCII_41, pg_query_pb2.ASCII_93})
_SIDE_BY_SIDE = frozenset({pg_query_pb2.ASCII_44, _SEMICOLON, pg_query_pb2.AND, pg_query_pb2.OR, pg_query_pb2.WHEN})
_SHORT = 20_000  # tokens of a chain, or characters of a text, for which a stack of 8 MB is more than enough
_LONGEST = 63  # bytes of a name, NAMEDATALEN - 1 (manual, 4.1.1)
_TAB = b"    "
TOO_DEEP = "it is nested too deeply to be judged, more than 40 levels or so"
"""Of a statement that PostgreSQL can parse, and whose tree the library that hands it over (protobuf) does not take."""
_TOO_DEEP = (f"PostgreSQL can parse it, but {TOO_DEEP}", "take the expression apart, for instance with WITH")


@dataclass(frozen=True, slots=True)
class CutStatement:
    """One statement of a text.

    Attributes:
        text: from its first to its last token; white space at line ends is gone outside quotes.
        comment: the comments that stand before it (after it, for the last), verbatim.
        node: its parse tree, a concrete statement node.
        digest: SHA-256 over its tokens, so layout and comments do not count.
    """

    text: str
    comment: str
    node: Message
    digest: str


def cut(text: str, *, tidy: bool = False) -> tuple[CutStatement, ...]:
    """Cut a text into statements.

    Args:
        text: any SQL, with or without terminators; comments alone give no statement.
        tidy: indent with spaces instead of tabs; for text that a program laid out.

    Raises:
        SqlError: PostgreSQL cannot parse it, or it holds what psql or the server would not take as SQL.
    """
    _refuse_unwritable(text)
    data = text.encode()
    statements = _parse(text).stmts
    try:
        tokens = list(postgast.scan(text).tokens)
    except postgast.PgQueryError as error:
        raise SqlError(f"PostgreSQL cannot parse it: {error.message}{_spot(text, error.cursorpos)}") from error
    pieces: list[CutStatement] = []
    at = 0
    for number, raw in enumerate(statements, 1):
        end = raw.stmt_location + raw.stmt_len if raw.stmt_len else len(data)
        start, at = at, bisect_left(tokens, end, at, key=_start)
        before, words, after = _around(tokens[start:at])
        while at < len(tokens) and (tokens[at].token == _SEMICOLON or (number == len(statements))):
            if tokens[at].token in _COMMENTS:
                after.append(tokens[at])
            at += 1
        comments = [data[token.start : token.end].decode().strip() for token in before + after]
        pieces.append(
            CutStatement(
                _text(data, words, tidy=tidy), "\n".join(comments), postgast.unwrap_node(raw.stmt), _digest(data, words)
            )
        )
    return tuple(pieces)


def digest_of(text: str) -> str:
    """The digest of one statement as `split` gives it, from its tokens alone; "" where more is to be known.

    Raises:
        SqlError: it has no tokens that PostgreSQL knows.
    """
    try:
        tokens = [token for token in postgast.scan(text).tokens if token.token not in _COMMENTS]
    except postgast.PgQueryError as error:
        raise SqlError(f"PostgreSQL cannot parse it: {error.message}{_spot(text, error.cursorpos)}") from error
    if not tokens or any(token.token == _SEMICOLON for token in tokens):
        return ""
    return _digest(text.encode(), tokens)


def long_names_in(text: str) -> tuple[str, ...]:
    """Identifiers of a statement that are too long; the parser cuts them, so they are read off its tokens."""
    if not any(len(word.encode()) > _LONGEST for word in text.split()):
        return ()
    data = text.encode()
    words = (data[token.start : token.end] for token in postgast.scan(text).tokens if token.token == pg_query_pb2.IDENT)
    names = (word.strip(b'"').replace(b'""', b'"') for word in words)
    return tuple(dict.fromkeys(name.decode() for name in names if len(name) > _LONGEST))


def verdict(text: str) -> str:
    """PostgreSQL's complaint about a text, "" when it parses; `TOO_DEEP` when nothing more can be said of it."""
    try:
        tree_of(text)
    except postgast.PgQueryError as error:
        return str(error.message)
    except SqlError:
        return TOO_DEEP
    return ""


def tree_of(text: str) -> ParseResult:
    """The parse tree of a text.

    Raises:
        PgQueryError: PostgreSQL cannot parse it.
        SqlError: its tree is too deep.
    """
    try:
        if len(text) <= _SHORT or not _is_chain(text):
            return postgast.parse(text)
    except DecodeError as error:
        raise SqlError(*_TOO_DEEP) from error
    raise SqlError(*_TOO_DEEP)


def _is_chain(text: str) -> bool:
    """Whether a text holds so long a chain of operators or joins that libpg_query runs out of stack, and crashes.

    Each stands in the tree inside of the one after it; members of lists, and of AND and OR, stand side by side.
    """
    try:
        tokens = postgast.scan(text).tokens
    except postgast.PgQueryError:
        return False
    links = [0]
    for token in tokens:
        kind = token.token
        if kind in _SIDE_BY_SIDE:
            links[-1] = 0
        elif kind in _OPENING:
            links.append(0)
        elif kind in _CLOSING and len(links) > 1:
            links.pop()
        else:
            links[-1] += 1
            if links[-1] > _SHORT:
                return True
    return False


def _parse(text: str) -> ParseResult:
    try:
        return tree_of(text)
    except postgast.PgQueryError as error:
        raise SqlError(f"PostgreSQL cannot parse it: {error.message}{_spot(text, error.cursorpos)}") from error


def _refuse_unwritable(text: str) -> None:
    if "\0" in text:
        raise SqlError("the SQL holds a NUL byte, which PostgreSQL text cannot hold", "take it out, or write bytea")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SqlError(f"the SQL cannot be written as UTF-8: {error.reason} at character {error.start}") from error


def _spot(text: str, position: int) -> str:
    """What stands at a 1-based character position, for an error message."""
    if position < 1:
        return ""
    start = text.rfind("\n", 0, position - 1) + 1
    line = text[start:].split("\n", 1)[0].strip()
    return f", in: {line[:120]}" if line else ""


def _start(token: ScanToken) -> int:
    return int(token.start)


def _around(tokens: list[ScanToken]) -> tuple[list[ScanToken], list[ScanToken], list[ScanToken]]:
    """Leading comments, the statement's tokens with the comments among them, trailing comments."""
    first, end = 0, len(tokens)
    while tokens[first].token in _OUTSIDE:
        first += 1
    while tokens[end - 1].token in _OUTSIDE:
        end -= 1
    before = [token for token in tokens[:first] if token.token in _COMMENTS]
    after = [token for token in tokens[end:] if token.token in _COMMENTS]
    return before, tokens[first:end], after


def _text(data: bytes, tokens: list[ScanToken], *, tidy: bool) -> str:
    """The tokens with what stands between them, white space at line ends removed."""
    out: list[bytes] = []
    done = tokens[0].start
    for previous, token in pairwise(tokens):
        gap = data[previous.end : token.start]
        if gap == b" ":
            continue
        if gap:
            between = _tidied(gap, tidy=tidy)
        else:  # a[1:n]: psql would take :n for one of its variables
            between = b" " if previous.token == _COLON and _starts_name(data, token) else b""
        if between != gap or previous.token == pg_query_pb2.SQL_COMMENT:
            whole = data[done : previous.end]
            if previous.token == pg_query_pb2.SQL_COMMENT:
                whole = whole.decode().rstrip().encode()
            out += (whole, between)
            done = token.start
    out.append(data[done : tokens[-1].end])
    return b"".join(out).decode()


def _tidied(gap: bytes, *, tidy: bool) -> bytes:
    """The white space between two tokens, without what of it stands at line ends."""
    if b"\n" in gap:
        gap = b"\n" * gap.count(b"\n") + gap[gap.rindex(b"\n") + 1 :]
    return gap.replace(b"\t", _TAB) if tidy else gap


def _starts_name(data: bytes, token: ScanToken) -> bool:
    character = data[token.start : token.start + 1]
    return character.isalpha() or character in b"_'\"{" or character >= b"\x80"


def _digest(data: bytes, tokens: list[ScanToken]) -> str:
    words = [data[token.start : token.end] for token in tokens if token.token not in _COMMENTS]
    return hashlib.sha256(b"\0".join(words)).hexdigest()
