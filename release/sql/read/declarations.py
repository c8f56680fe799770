"""The variables that PL/pgSQL bodies declare.

libpg_query's PL/pgSQL parser has no catalog. A type that it does not know it takes for a record, of which it then tells
no default, and which it does not take in a list after INTO; of a `%ROWTYPE` it knows no fields. So declarations are
read here, from tokens (manual, 41.3), and that parser gets a body in which every variable is a text or a record.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import postgast
from postgast import pg_query_pb2 as pb

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_COMMENTS = frozenset({pb.SQL_COMMENT, pb.C_COMMENT})
_OPENING, _CLOSING = frozenset({pb.ASCII_40, pb.ASCII_91}), frozenset({pb.ASCII_41, pb.ASCII_93})
_COMMA, _DOT, _SEMICOLON = pb.ASCII_44, pb.ASCII_46, pb.ASCII_59
_DEFAULTS = frozenset({pb.COLON_EQUALS, pb.ASCII_61, pb.DEFAULT})
_AFTER_TYPE = frozenset({pb.COLLATE, pb.NOT, *_DEFAULTS})
_BEFORE_BLOCK = frozenset({";", ">>", "begin", "then", "else", "loop"})
_CURSOR = frozenset({"no", "scroll", "cursor"})
_KEPT = frozenset({"record", "refcursor"})
"""Types that make a difference to the parser."""


@dataclass(frozen=True, slots=True)
class PlainBody:
    """A body without its types.

    Attributes:
        text: it, with every variable declared as a text, as a record where its fields are named, or as a refcursor.
        types: that its variables and the parameters of its cursors are declared with, as written.
        defaults: expressions that variables begin with.
        with_fields: names that a dot follows somewhere.
    """

    text: str
    types: tuple[str, ...]
    defaults: tuple[str, ...]
    with_fields: frozenset[str]

    def stand_in(self, name: str, type_name: str) -> str:
        """The type that a variable or parameter of a name and type gets."""
        return _stand_in(name, type_name, self.with_fields)


@dataclass(frozen=True, slots=True)
class _Word:
    kind: int
    word: str
    start: int
    end: int


def plain_body(body: str) -> PlainBody:
    """Take the types out of a body.

    Raises:
        PgQueryError: it has no tokens that PostgreSQL knows.
    """
    data = body.encode()
    tokens = [
        _Word(each.token, data[each.start : each.end].decode(), each.start, each.end)
        for each in postgast.scan(body).tokens
        if each.token not in _COMMENTS
    ]
    with_fields = frozenset(_name(token.word) for token, after in pairwise(tokens) if after.kind == _DOT)
    out, at = bytearray(), 0
    types: dict[str, None] = {}
    defaults: list[str] = []
    for declaration in _declarations(tokens):
        name, *rest = declaration
        if not rest or rest[0].word.lower() == "alias":
            continue
        if rest[0].word.lower() in _CURSOR:
            types.update(dict.fromkeys(_of_cursor(data, rest)))
            continue
        if rest[0].word.lower() == "constant":
            rest = rest[1:]
        end = next((place for place in _outside(rest) if rest[place].kind in _AFTER_TYPE), len(rest))
        sign = next((place for place in _outside(rest) if rest[place].kind in _DEFAULTS), len(rest))
        written = _text(data, rest[:end])
        if written:
            types[written] = None
        if rest[sign + 1 :]:
            defaults.append(_text(data, rest[sign + 1 :]))
        plain = _stand_in(_name(name.word), written, with_fields)
        out += data[at : name.end] + f" {plain}".encode()
        at = declaration[-1].end
    return PlainBody((out + data[at:]).decode(), tuple(types), tuple(defaults), with_fields)


def _stand_in(name: str, written: str, with_fields: frozenset[str]) -> str:
    if written.lower() in _KEPT:
        return written.lower()
    return "record" if name in with_fields else "text"


def _declarations(tokens: Sequence[_Word]) -> Iterator[Sequence[_Word]]:
    """The tokens of each declaration, without its semicolon."""
    at = 0
    while at + 2 < len(tokens) and tokens[at].word == "#":  # an option of the compiler: #variable_conflict use_column
        at += 3
    first, inside = at, False
    while at < len(tokens):
        token = tokens[at]
        if token.kind == pb.DECLARE and (inside or at == first or tokens[at - 1].word.lower() in _BEFORE_BLOCK):
            inside = True
        elif token.kind == pb.BEGIN_P:
            inside = False
        elif inside:
            rest = tokens[at:]
            end = next((place for place in _outside(rest) if rest[place].kind == _SEMICOLON), len(rest))
            if end:
                yield rest[:end]
            at += end
        at += 1


def _outside(tokens: Sequence[_Word]) -> Iterator[int]:
    """Places that no brackets are around."""
    depth = 0
    for place, token in enumerate(tokens):
        depth -= token.kind in _CLOSING
        if not depth:
            yield place
        depth += token.kind in _OPENING


def _of_cursor(data: bytes, tokens: Sequence[_Word]) -> Iterator[str]:
    """The types of a cursor's parameters."""
    opening = next((place for place, token in enumerate(tokens) if token.kind in _OPENING), 0)
    if not opening or tokens[opening - 1].word.lower() != "cursor":
        return
    depth, start = 1, opening + 1
    for place in range(opening + 1, len(tokens)):
        kind = tokens[place].kind
        depth += (kind in _OPENING) - (kind in _CLOSING)
        if not depth or (depth == 1 and kind == _COMMA):
            yield _text(data, tokens[start + 1 : place])  # after its name
            start = place + 1
        if not depth:
            return


def _text(data: bytes, tokens: Sequence[_Word]) -> str:
    return data[tokens[0].start : tokens[-1].end].decode() if tokens else ""


def _name(word: str) -> str:
    """The name that an identifier is."""
    return word[1:-1].replace('""', '"') if word.startswith('"') else word.lower()
