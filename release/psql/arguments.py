r"""psql's lexer for backslash commands: the command's name, its arguments, its end.

Written after the behaviour of `src/bin/psql/psqlscanslash.l` (PostgreSQL 18; manual, psql, "Meta-Commands"). A command
ends with its line or at the next backslash; each argument is read when the command asks for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from release.psql.lexer import Lexer, Quoting
from release.psql.patterns import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

_COMMAND = re.compile(rb"[^ \t\n\r\f\v\\]*+")
_SPACE = re.compile(rb"[ \t\n\r\f\v]*+")
_BARE = re.compile(rb"[^ \t\n\r\f\v\\'\"`:]++")
_IN_SINGLE = re.compile(rb"([^'\\]++)|''|\\([0-7]{1,3})|\\x([0-9A-Fa-f]{1,2})|\\(.)|\\", re.DOTALL)
_ESCAPES = {b"n": b"\n", b"t": b"\t", b"b": b"\b", b"r": b"\r", b"f": b"\f"}
_START, _ARGUMENT, _SINGLE, _DOUBLE, _BACKQUOTE = range(5)


class ScriptLexer(Lexer):
    """The lexer of a whole script: SQL, and the backslash commands in it.

    Args:
        lookup, warn: as in `Lexer`.
        complain: takes psql's error about a quote that is not closed.
        backquote: called with a command line in backquotes, which psql would give to the shell.
    """

    __slots__ = ("_backquote", "_complain")

    def __init__(
        self,
        lookup: Callable[[bytes, Quoting], bytes | None] | None = None,
        warn: Callable[[str], None] | None = None,
        complain: Callable[[str], None] | None = None,
        backquote: Callable[[bytes], None] | None = None,
    ) -> None:
        super().__init__(lookup, warn)
        self._complain = complain
        self._backquote = backquote

    def command_name(self) -> bytes:
        """Read the name after the backslash: up to white space or the next backslash."""
        name = b""
        while self._more():
            part = _COMMAND.match(self._data, self._pos)[0]  # type: ignore[index]  # matches empty
            self._pos += len(part)
            name += part
            if self._pos < len(self._data):
                break
        return name

    def argument(self, *, semicolons: bool = True) -> tuple[bytes, bytes] | None:
        """Read the next argument; give its value and the last kind of quote in it, or None when there is no more.

        Args:
            semicolons: False to drop unquoted semicolons from its end, as commands with file names do.
        """
        value, quote, bare, state = bytearray(), b"", 0, _START
        while self._more():
            data, pos = self._data, self._pos
            char = data[pos : pos + 1]
            if state == _START:
                self._pos = _SPACE.match(data, pos).end()  # type: ignore[union-attr]  # matches empty
                if self._pos < len(data):
                    state = _ARGUMENT
            elif state == _ARGUMENT:
                match = _BARE.match(data, pos)
                if match:
                    value += match[0]
                    bare += len(match[0])
                    self._pos = match.end()
                elif char == b":":
                    substituted = self._substitute(value)
                    if substituted:
                        quote, bare = (b":" if substituted > 0 else quote), (0 if substituted > 0 else bare)
                    else:
                        value += char
                        bare += 1
                        self._pos += 1
                elif char == b"'" or char == b"`" or char == b'"':
                    state = {b"'": _SINGLE, b"`": _BACKQUOTE, b'"': _DOUBLE}[char]
                    quote, bare = char, 0
                    if char == b'"':
                        value += char
                    self._pos += 1
                else:
                    break
            elif state == _SINGLE:
                match = _IN_SINGLE.match(data, pos)
                if match is None:
                    state = _ARGUMENT
                    self._pos += 1
                    continue
                value += _unescape(match)
                self._pos = match.end()
            else:
                closing = b'"' if state == _DOUBLE else b"`"
                end = data.find(closing, pos)
                value += data[pos:] if end < 0 else data[pos : end + (state == _DOUBLE)]
                self._pos = len(data) if end < 0 else end + 1
                if end >= 0:
                    if state == _BACKQUOTE and self._backquote:
                        self._backquote(bytes(value))
                    state = _ARGUMENT
        if state > _ARGUMENT:
            if self._complain:
                self._complain("unterminated quoted string")
            return None
        while not semicolons and bare > 0 and value.endswith(b";"):
            bare -= 1
            value.pop()
        if not value and not quote:
            return None
        return bytes(value).split(b"\0", 1)[0], quote

    def arguments(self) -> list[bytes]:
        """Read all arguments that are left."""
        values = []
        while (argument := self.argument()) is not None:
            values.append(argument[0])
        return values

    def rest_of_line(self) -> bytes:
        """Read everything to the end of the line, as it stands."""
        value = b""
        while self._more():
            value += self._data[self._pos :]
            self._pos = len(self._data)
        return value.lstrip(b" \t\n\r\f\v")

    def end_command(self) -> None:
        r"""Read the `\\` that may stand after a command."""
        if self._more() and self._data.startswith(b"\\\\", self._pos):
            self._pos += 2

    def _more(self) -> bool:
        """Go back to the line when a variable's value has been read; False at the end of the line."""
        while self._pos >= len(self._data):
            if not self._stack:
                return False
            self._data, self._pos, self._name = self._stack.pop()
        return True

    def _substitute(self, value: bytearray) -> int:
        """Put a variable into an argument: 1 when a variable stands here, -1 for `:{?name}`, 0 for a mere colon."""
        match = VARIABLE.match(self._data, self._pos)
        if match is None or match.lastindex is None:
            return 0
        self._pos = match.end()
        if self._lookup is None:
            value += match[0]
            return 1
        name = match[match.lastindex]
        if match.lastindex == 4:
            value += b"FALSE" if self._lookup(name, Quoting.PLAIN) is None else b"TRUE"
            return -1
        found = self._lookup(name, (Quoting.PLAIN, Quoting.LITERAL, Quoting.IDENTIFIER)[match.lastindex - 1])
        value += match[0] if found is None else found
        return 1


def _unescape(match: re.Match[bytes]) -> bytes:
    """Give what a piece of a single-quoted argument stands for."""
    plain, octal, hexadecimal, letter = match.groups()
    if plain is not None:
        return plain
    if octal is not None:
        return bytes((int(octal, 8) & 0xFF,))
    if hexadecimal is not None:
        return bytes((int(hexadecimal, 16),))
    if letter is not None:
        return _ESCAPES.get(letter, letter)
    return match[0][:1]
