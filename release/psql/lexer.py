r"""psql's SQL lexer: where a statement ends, where a variable is put in, where a backslash command starts.

Written after the behaviour of `src/fe_utils/psqlscan.l` (PostgreSQL 15). It works on bytes in an ASCII-safe encoding,
one line at a time without its newline, as psql does: no token crosses the end of a line, and what is quoted stays
quoted on the next one. One compiled pattern for each state jumps over everything that cannot change the state.
"""

from __future__ import annotations

from enum import Enum, unique
from typing import TYPE_CHECKING

from release.psql.patterns import (
    BITS_BODY,
    COMMENT_EDGE,
    CONTINUED,
    DOLLAR_TAG,
    DOUBLE_BODY,
    ESCAPE_BODY,
    HEADS,
    LEADING,
    PARENTHESES,
    ROUTINE,
    RUN,
    RUN_STRINGS,
    SINGLE_BODY,
    STEP,
    TO_LINE_END,
    VARIABLE,
    WATCHED,
)

if TYPE_CHECKING:
    import re
    from collections.abc import Callable


@unique
class Stop(Enum):
    """Why the lexer stopped."""

    SEMICOLON = "semicolon"
    BACKSLASH = "backslash"
    END_OF_LINE = "end of line"


@unique
class Quoting(Enum):
    """How a variable's value is wanted: `:name`, `:'name'` or `:"name"`."""

    PLAIN = "plain"
    LITERAL = "literal"
    IDENTIFIER = "identifier"


# States between two tokens. psql's xq and xus, xb and xh, xd and xui end alike, so they share a state here.
_INITIAL, _QUOTE_END, _SINGLE, _ESCAPE, _BITS, _DOUBLE, _COMMENT, _DOLLAR = range(8)

# How much the identifiers of the statement matter (psql >= 14 counts them to find BEGIN ATOMIC bodies).
_FIRST, _HEAD, _BODY, _FREE = range(4)


class Lexer:
    """The lexing state of one script.

    Args:
        lookup: gives the value of a variable, quoted as asked, or None where it must not be put in.
        warn: takes psql's warning about a variable that refers to itself.
    """

    __slots__ = (
        "_before", "_begins", "_comments", "_data", "_heads", "_lookup", "_mode", "_name", "_parens", "_pos",
        "_stack", "_standard", "_state", "_tag", "_warn",
    )  # fmt: skip

    def __init__(
        self,
        lookup: Callable[[bytes, Quoting], bytes | None] | None = None,
        warn: Callable[[str], None] | None = None,
    ) -> None:
        self._lookup = lookup
        self._warn = warn
        self._data = b""
        self._pos = 0
        self._name: bytes | None = None
        self._stack: list[tuple[bytes, int, bytes | None]] = []
        self._standard = True
        self._comments = 0
        self._before = _SINGLE
        self._heads = b""
        self.reset()

    def reset(self) -> None:
        """Forget a statement in progress; the rest of the line stays to be read."""
        self._state = _INITIAL
        self._parens = 0
        self._begins = 0
        self._mode = _FIRST
        self._tag = b""

    def start_line(self, line: bytes, *, standard_strings: bool = True) -> None:
        """Take a new line, without its newline. The setting counts for the whole line."""
        self._data = line
        self._pos = 0
        self._name = None
        self._stack.clear()
        self._standard = standard_strings

    @property
    def position(self) -> int:
        """How far the line has been read; within a variable's value, the position after the variable."""
        return self._stack[0][1] if self._stack else self._pos

    @property
    def exhausted(self) -> bool:
        """Whether the line has been read to its end."""
        return self._pos >= len(self._data) and not self._stack

    @property
    def quoted(self) -> bool:
        """Whether a string, quoted identifier or comment is open."""
        return self._state > _QUOTE_END

    @property
    def parentheses(self) -> int:
        return self._parens

    @parentheses.setter
    def parentheses(self, depth: int) -> None:
        self._parens = depth

    def leading(self, position: int) -> int:
        """Skip the white space and `--` comments that psql does not take into an empty statement."""
        match = LEADING.match(self._data, position)
        return match.end() if match else position

    def scan(self, out: bytearray) -> Stop:
        """Read on, appending to `out` what belongs to the statement, up to its end or the end of the line."""
        data, pos, state = self._data, self._pos, self._state
        start = pos
        while True:
            if pos >= len(data):
                out += data[start:pos]
                if not self._stack:
                    self._pos, self._state = pos, state
                    return Stop.END_OF_LINE
                data, pos, self._name = self._stack.pop()
                self._data = data
                start = pos
            elif state == _INITIAL:
                if start == pos and not out:
                    pos = start = LEADING.match(data, pos).end()  # type: ignore[union-attr]  # matches empty
                    if pos >= len(data):
                        continue
                pos = self._skip(data, pos)
                if pos >= len(data):
                    continue
                char = data[pos]
                if char == 59:  # ;
                    pos += 1
                    if self._parens == 0 and self._begins == 0:
                        out += data[start:pos]
                        self._mode = _FIRST
                        self._pos, self._state = pos, state
                        return Stop.SEMICOLON
                elif char == 39:  # '
                    state = _SINGLE if self._standard else _ESCAPE
                    pos += 1
                elif char == 92:  # backslash
                    out += data[start:pos]
                    following = data[pos + 1 : pos + 2]
                    if following not in (b";", b":"):
                        self._pos, self._state = pos + 1, state
                        return Stop.BACKSLASH
                    out += following
                    pos = start = pos + 2
                    if following == b";":
                        self._mode = _FIRST
                elif char == 58:  # :
                    match = VARIABLE.match(data, pos)
                    value = match and self._value(match)
                    if not match:
                        pos += 1
                    elif value is None:
                        pos = match.end()
                    else:
                        out += data[start:pos]
                        pos = start = match.end()
                        if match.lastindex == 1:
                            self._stack.append((data, pos, self._name))
                            self._data = data = value
                            self._name = match[1]
                            pos = start = 0
                        else:
                            out += value
                elif char == 40:  # (
                    self._parens += 1
                    pos += 1
                elif char == 41:  # )
                    self._parens -= self._parens > 0
                    pos += 1
                elif char == 34:  # "
                    state = _DOUBLE
                    pos += 1
                elif char == 45:  # --
                    pos = TO_LINE_END.match(data, pos).end()  # type: ignore[union-attr]  # matches empty
                elif char == 47:  # /*
                    state = _COMMENT
                    self._comments = 0
                    pos += 2
                elif char == 36:  # $
                    match = DOLLAR_TAG.match(data, pos)
                    if match:
                        self._tag = match[0]
                        state = _DOLLAR
                        pos = match.end()
                    else:
                        pos += 1
                else:
                    state, pos = self._prefix(data, pos)
            elif state == _SINGLE:
                pos = SINGLE_BODY.match(data, pos).end()  # type: ignore[union-attr]  # matches empty
                if pos < len(data):
                    pos += 1
                    self._before, state = state, _QUOTE_END
            elif state == _QUOTE_END:
                match = CONTINUED.match(data, pos)
                if match:
                    pos = match.end()
                    state = self._before
                else:
                    state = _INITIAL
            elif state == _DOLLAR:
                found = data.find(self._tag, pos)
                if found < 0:
                    pos = len(data)
                else:
                    pos = found + len(self._tag)
                    state = _INITIAL
            elif state == _DOUBLE:
                pos = DOUBLE_BODY.match(data, pos).end()  # type: ignore[union-attr]  # matches empty
                if pos < len(data):
                    pos += 1
                    state = _INITIAL
            elif state == _COMMENT:
                match = COMMENT_EDGE.search(data, pos)
                if match is None:
                    pos = len(data)
                else:
                    pos = match.end()
                    if match[0] == b"/*":
                        self._comments += 1
                    elif self._comments > 0:
                        self._comments -= 1
                    else:
                        state = _INITIAL
            elif state == _ESCAPE:
                pos = ESCAPE_BODY.match(data, pos).end()  # type: ignore[union-attr]  # matches empty
                if pos < len(data):
                    # a backslash at the end of the line escapes nothing on the next one
                    if data[pos] == 39:
                        self._before, state = state, _QUOTE_END
                    pos += 1
            else:
                pos = BITS_BODY.match(data, pos).end()  # type: ignore[union-attr]  # matches empty
                if pos < len(data):
                    pos += 1
                    self._before, state = state, _QUOTE_END

    def _skip(self, data: bytes, pos: int) -> int:
        """Jump over tokens that change nothing, counting parentheses and watching for BEGIN ATOMIC."""
        while self._mode != _FREE:
            pos = STEP.match(data, pos).end()  # type: ignore[union-attr]  # matches empty
            word = WATCHED.match(data, pos)
            if word is None:
                return pos
            pos = word.end()
            self._watch(word[0].lower())
        run = RUN_STRINGS if self._standard else RUN
        end = run.match(data, pos).end()  # type: ignore[union-attr]  # matches empty
        for found in PARENTHESES.findall(data, pos, end):
            if found == b"(":
                self._parens += 1
            elif found == b")":
                self._parens -= self._parens > 0
        return end

    def _watch(self, word: bytes) -> None:
        """Follow a statement's words as psql does: BEGIN counts only in CREATE [OR REPLACE] FUNCTION | PROCEDURE."""
        if self._mode == _BODY:
            if self._parens == 0:
                if word == b"begin" or (word == b"case" and self._begins):
                    self._begins += 1
                elif word == b"end":
                    self._begins -= self._begins > 0
            return
        heads = HEADS.get(word, b"-") if self._mode == _FIRST else self._heads + HEADS.get(word, b"-")
        self._heads = heads
        if heads in ROUTINE:
            self._mode = _BODY
        else:
            self._mode = _HEAD if heads in (b"c", b"co", b"cor") else _FREE

    def _prefix(self, data: bytes, pos: int) -> tuple[int, int]:
        """Read the letter that stands before a quote (or U&), give state and position."""
        letter, following = data[pos : pos + 1].lower(), data[pos + 1 : pos + 3]
        if letter == b"e" and following[:1] == b"'":
            return _ESCAPE, pos + 2
        if letter in (b"b", b"x") and following[:1] == b"'":
            return _BITS, pos + 2
        if letter == b"u" and following == b"&'":
            return _SINGLE, pos + 3
        if letter == b"u" and following == b'&"':
            return _DOUBLE, pos + 3
        return _INITIAL, pos + 1

    def _value(self, match: re.Match[bytes]) -> bytes | None:
        """Give what stands for a variable, None to leave the text as it is."""
        if self._lookup is None or match.lastindex is None:
            return None
        name = match[match.lastindex]
        if match.lastindex == 4:
            return b"FALSE" if self._lookup(name, Quoting.PLAIN) is None else b"TRUE"
        value = self._lookup(name, (Quoting.PLAIN, Quoting.LITERAL, Quoting.IDENTIFIER)[match.lastindex - 1])
        if (
            value is not None
            and match.lastindex == 1
            and (name == self._name or any(name == b[2] for b in self._stack))
        ):
            if self._warn:
                self._warn(f'skipping recursive expansion of variable "{name.decode(errors="replace")}"')
            return None
        return value
