"""Cutting SQL text into statements, as PostgreSQL's parser sees them."""

from __future__ import annotations

import hashlib
import sys
from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import postgast
from google.protobuf.message import DecodeError
from postgast import pg_query_pb2

from release.errors import SqlError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from google.protobuf.message import Message
    from postgast.pg_query_pb2 import ParseResult, ScanToken

_COMMENTS = frozenset({pg_query_pb2.SQL_COMMENT, pg_query_pb2.C_COMMENT})
_SEMICOLON = pg_query_pb2.ASCII_59
_OUTSIDE = _COMMENTS | {_SEMICOLON}
_COLON = pg_query_pb2.ASCII_58
_BACKSLASH = pg_query_pb2.ASCII_92
_PARENTHESIS = pg_query_pb2.ASCII_40
_ROUTINES = frozenset({pg_query_pb2.FUNCTION, pg_query_pb2.PROCEDURE})
_FROM_CLIENT = frozenset((pg_query_pb2.FROM, each) for each in (pg_query_pb2.STDIN, pg_query_pb2.STDOUT))
_OPENING = frozenset({_PARENTHESIS, pg_query_pb2.ASCII_91})
_CLOSING = frozenset({pg_query_pb2.ASCII_41, pg_query_pb2.ASCII_93})
_SIDE_BY_SIDE = frozenset({pg_query_pb2.ASCII_44, _SEMICOLON, pg_query_pb2.AND, pg_query_pb2.OR, pg_query_pb2.WHEN})
_SHORT = 20_000  # tokens of a chain, or characters of a text, for which a stack of 8 MB is more than enough
_LONGEST = 63  # bytes of a name, NAMEDATALEN - 1 (manual, 4.1.1)
_TAB = b"    "
TOO_DEEP = "it is nested too deeply to be judged, more than 40 levels or so"
"""Of a statement that PostgreSQL can parse, and whose tree the library that hands it over (protobuf) does not take."""
_CARRY = "where a server takes the statement as it is, `# release: unread REASON` above it has it carried unread"
_TOO_DEEP = (f"PostgreSQL can parse it, but {TOO_DEEP}", f"take the expression apart, for instance with WITH; {_CARRY}")
_UNKNOWN = f"mend the SQL in the migration; the parser is that of PostgreSQL 18 itself; {_CARRY}"


@dataclass(frozen=True, slots=True)
class CutStatement:
    """One statement of a text.

    Attributes:
        text: from its first to its last token; white space at line ends is gone outside quotes.
        comment: the comments that stand before it (after it, for the last), verbatim.
        node: its parse tree, a concrete statement node; None of a statement that the parser does not read.
        digest: SHA-256 over its tokens, so layout and comments do not count.
    """

    text: str
    comment: str
    node: Message | None
    digest: str


def cut(text: str, *, tidy: bool = False, unread: bool = False) -> tuple[CutStatement, ...]:
    """Cut a text into statements.

    Args:
        text: any SQL, with or without terminators; comments alone give no statement.
        tidy: indent with spaces instead of tabs; for text that a program laid out.
        unread: carry statements that the parser does not read, without a tree.

    Raises:
        SqlError: PostgreSQL cannot parse it, or it holds what psql or the server would not take as SQL.
    """
    _refuse_unwritable(text)
    data = text.encode()
    try:
        tree = _parse(text)
    except SqlError:
        if not unread:
            raise
        tokens = _tokens(text)
        spans = [(_tree_alone(data, tokens[first:last]), end) for first, last, end in _by_tokens(tokens)]
    else:
        tokens = _tokens(text)
        spans = [
            (postgast.unwrap_node(raw.stmt), raw.stmt_location + raw.stmt_len if raw.stmt_len else len(data))
            for raw in tree.stmts
        ]
    return tuple(_pieces(data, tokens, spans, tidy=tidy))


def _pieces(
    data: bytes, tokens: list[ScanToken], spans: Sequence[tuple[Message | None, int]], *, tidy: bool
) -> Iterator[CutStatement]:
    """The statements of a text, each given by its tree and the byte where it ends."""
    at = 0
    for number, (node, end) in enumerate(spans, 1):
        start, at = at, bisect_left(tokens, end, at, key=_start)
        before, words, after = _around(tokens[start:at])
        while at < len(tokens) and (tokens[at].token == _SEMICOLON or (number == len(spans))):
            if tokens[at].token in _COMMENTS:
                after.append(tokens[at])
            at += 1
        comments = [data[token.start : token.end].decode().strip() for token in before + after]
        yield CutStatement(_text(data, words, tidy=tidy), "\n".join(comments), node, _digest(data, words))


def _by_tokens(tokens: list[ScanToken]) -> Iterator[tuple[int, int, int]]:
    """Of each statement its first token, the one after its last, and the byte where psql finds its end.

    A semicolon ends no statement in parentheses, nor in the body of BEGIN ATOMIC (psqlscan.l).

    Raises:
        SqlError: psql would not find the end of a statement where it is, or take a part of it for a command.
    """
    words: list[int] = []
    inside = blocks = 0
    for at, token in enumerate((*tokens, None)):
        kind = token.token if token else None
        if kind == _BACKSLASH:
            raise SqlError("it holds a backslash outside of quotes, which psql takes for a command of its own")
        if token is None or (kind == _SEMICOLON and not inside and not blocks):
            if inside or blocks:
                raise SqlError("a parenthesis or a BEGIN ATOMIC in it has no end")
            if words:
                yield words[0], words[-1] + 1, token.start if token else sys.maxsize
            words = []
        elif kind not in _COMMENTS:
            words.append(at)
            inside = max(inside + (kind == _PARENTHESIS) - (kind == pg_query_pb2.ASCII_41), 0)
            if not inside and _makes_routine([tokens[each].token for each in words[:4]]):
                blocks += kind == pg_query_pb2.BEGIN_P or (kind == pg_query_pb2.CASE and blocks > 0)
                blocks -= kind == pg_query_pb2.END_P and blocks > 0


def _makes_routine(kinds: Sequence[int]) -> bool:
    """Whether a statement begins as CREATE FUNCTION or CREATE PROCEDURE do."""
    replacing = kinds[1:3] == [pg_query_pb2.OR, pg_query_pb2.REPLACE]
    return kinds[:1] == [pg_query_pb2.CREATE] and bool(_ROUTINES.intersection(kinds[3:4] if replacing else kinds[1:2]))


def _tree_alone(data: bytes, words: Sequence[ScanToken]) -> Message | None:
    """The tree of one statement, None where the parser has none for it.

    Raises:
        SqlError: psql would take what follows the statement in a script for rows that the statement copies.
    """
    try:
        trees = tree_of(data[words[0].start : words[-1].end].decode()).stmts
    except (postgast.PgQueryError, SqlError):
        pairs = pairwise(token.token for token in words if token.token not in _COMMENTS)
        if words[0].token == pg_query_pb2.COPY and _FROM_CLIENT.intersection(pairs):
            raise SqlError("it copies rows from the client, which a script has none of") from None
        return None
    return postgast.unwrap_node(trees[0].stmt) if len(trees) == 1 else None


def _tokens(text: str) -> list[ScanToken]:
    try:
        return list(postgast.scan(text).tokens)
    except postgast.PgQueryError as error:
        raise SqlError(f"PostgreSQL cannot parse it: {error.message}{_spot(text, error.cursorpos)}") from error


def digest_of(text: str) -> str:
    """The digest of one statement as `split` gives it, from its tokens alone; "" where more is to be known.

    Raises:
        SqlError: it has no tokens that PostgreSQL knows.
    """
    tokens = [token for token in _tokens(text) if token.token not in _COMMENTS]
    if not tokens or any(token.token == _SEMICOLON for token in tokens):
        return ""
    return _digest(text.encode(), tokens)


def lines_before(text: str) -> int:
    """Lines that comments and blanks take before the first word of a text; psql sends such comments with it."""
    first = next((token.start for token in _tokens(text) if token.token not in _COMMENTS), 0)
    return text.encode().count(b"\n", 0, first)


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
        said = f"PostgreSQL cannot parse it: {error.message}{_spot(text, error.cursorpos)}"
        raise SqlError(said, _UNKNOWN) from error


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
