r"""Cut a psql script into statements, backslash commands and COPY data, without running it.

Where a statement ends depends on nothing but the text, with three exceptions that only a run can tell: the value of a
variable (left as `:name` here), the branch that `\if` takes (all are cut), and `standard_conforming_strings` (followed
where a script sets it with a plain SET).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum, unique
from io import SEEK_CUR, BufferedReader
from itertools import dropwhile, islice
from typing import TYPE_CHECKING

from release.psql.arguments import ScriptLexer
from release.psql.lexer import Stop

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BLOCK_BYTES = 1 << 18
_MARKER = re.compile(rb"^\\\.\r?\n", re.MULTILINE)
_BLOCK = 4096  # lines of COPY data read at once
_MARKERS = frozenset((b"\\.\n", b"\\.\r\n"))
_BOM = b"\xef\xbb\xbf"
_INLINE = frozenset((b"stdin", b"stdout"))
_CONDITIONALS = frozenset((b"if", b"elif", b"else", b"endif"))
_SENDING = frozenset((b"g", b"gx", b"gset", b"gexec", b"gdesc", b"crosstabview", b"watch", b"parse", b"sendpipeline"))
_WHOLE_LINE = frozenset((b"!", b"copy", b"h", b"help", b"ef", b"ev", b"sf", b"sf+", b"sv", b"sv+", b"unrestrict"))
# Enough to see the words of a COPY or SET outside quotes, comments and parentheses.
_WORDS = re.compile(
    rb"--[^\n\r]*+|/\*(?:[^*]|\*(?!/))*+\*/|[eE]'(?:[^\\']|\\.|'')*+'|'[^']*+'|\"[^\"]*+\""
    rb"|(\$(?:[A-Za-z\x80-\xff_][A-Za-z\x80-\xff_0-9]*+)?\$).*?\1|([A-Za-z\x80-\xff_][A-Za-z\x80-\xff_0-9$]*+)|([^\s])",
    re.DOTALL,
)


@unique
class Kind(StrEnum):
    """What a piece of a script is."""

    STATEMENT = "statement"
    COMMAND = "command"
    CONDITIONAL = "conditional"
    DATA = "data"


@dataclass(frozen=True, slots=True)
class ScriptPiece:
    r"""A piece of a script, as it stands there.

    White space and `--` comments before a statement belong to no piece (psql does not send them).

    Attributes:
        text: a statement with its semicolon; a command from its backslash to its end; data with the line `\.`.
        line, column: 1-based place of its first character.
        terminated: a statement ends with a semicolon or a command that sends it (`\g`, `\gset`); data ends with `\.`.
        name: a command's name without the backslash, e.g. "gset".
        arguments: a command's arguments, quotes resolved, variables left as `:name`; one for a whole-line command.
        shell: a command has an argument in backquotes, which psql would give to the shell.
    """

    kind: Kind
    text: str
    line: int
    column: int
    terminated: bool
    name: str = ""
    arguments: tuple[str, ...] = ()
    shell: bool = False


def cut(
    text: str | bytes | Iterable[bytes], *, standard_strings: bool = True, texts: bool = True
) -> Iterator[ScriptPiece]:
    """Cut a script into its pieces, in order.

    Args:
        text: the script, or its lines with their newlines (a file opened for reading bytes), read one at a time.
        standard_strings: the value of `standard_conforming_strings` at its start.
        texts: False to leave the text of statements and data empty, which is quicker when only commands are wanted.
    """
    if isinstance(text, str):
        text = text.encode("utf-8", "surrogateescape")
    lines = _split_lines(text) if isinstance(text, bytes) else iter(text)
    return _Cutter(lines, standard_strings, texts).cut()


def _split_lines(text: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(text):
        end = text.find(b"\n", start) + 1 or len(text)
        yield text[start:end]
        start = end


class _Cutter:
    """A cut in progress."""

    def __init__(self, lines: Iterator[bytes], standard_strings: bool, texts: bool) -> None:
        self._lines = lines
        self._pending: Iterator[bytes] = iter(())  # lines that were read too far
        self._standard = standard_strings
        self._texts = texts
        self._number = 0  # of the last line read
        self._here = 0  # of the line being cut; COPY data may have been read since
        self._out = bytearray()
        self._raw: list[bytes] = []
        self._place = (0, 0)
        self._shell = False
        self._lexer = ScriptLexer(backquote=self._saw_backquote)

    def cut(self) -> Iterator[ScriptPiece]:
        lexer, out = self._lexer, self._out
        while (line := self._read_line()) is not None:
            self._number += 1
            self._here = self._number
            body = line[:-1] if line.endswith(b"\n") else line
            if self._number == 1:
                body = body.removeprefix(_BOM)
            if body or lexer.quoted:
                yield from self._cut_line(body)
            if out and self._texts:
                self._raw.append(line[len(line.removesuffix(b"\n")) :])
        if out:
            yield self._statement(terminated=False)

    def _cut_line(self, body: bytes) -> Iterator[ScriptPiece]:
        lexer, out = self._lexer, self._out
        added = -1
        if out:
            out += b"\n"
            added = len(out)
        lexer.start_line(body, standard_strings=self._standard)
        position = 0
        while True:
            fresh = not out
            begin = lexer.leading(position) if fresh and self._texts else position
            stop = lexer.scan(out)
            position = lexer.position
            end = position - 1 if stop is Stop.BACKSLASH else position
            if out and fresh:
                self._raw.clear()
                self._place = (self._here, len(body[:begin].decode("utf-8", "replace")) + 1 if begin else 1)
            if out and self._texts:
                self._raw.append(body[begin:end])
            if stop is Stop.SEMICOLON:
                sent = bytes(out)
                yield self._statement(terminated=True)
                yield from self._follow(sent)
            elif stop is Stop.BACKSLASH:
                if len(out) == added:
                    out.pop()
                yield from self._command(body, end)
                position = lexer.position
            else:
                return
            added = -1

    def _statement(self, *, terminated: bool) -> ScriptPiece:
        text = b"".join(self._raw).decode("utf-8", "surrogateescape")
        self._raw.clear()
        self._out.clear()
        return ScriptPiece(Kind.STATEMENT, text, *self._place, terminated)

    def _follow(self, sent: bytes) -> Iterator[ScriptPiece]:
        """Do what a statement means for the lines after it."""
        copies, standard = _read_words(sent)
        if standard is not None:
            self._standard = standard
        for _ in range(copies):
            number = self._number + 1
            data, terminated = self._read_data()
            yield ScriptPiece(Kind.DATA, data.decode("utf-8", "surrogateescape"), number, 1, terminated)

    def _read_line(self) -> bytes | None:
        return next(self._pending, None) or next(self._lines, None)

    def _read_data(self) -> tuple[bytes, bool]:
        """Read COPY data up to and with its end marker; give it, and whether there was one."""
        if not self._texts and isinstance(self._lines, BufferedReader) and self._lines.seekable():
            return b"", self._skip_data(self._lines)
        data: list[bytes] = []
        source = self._pending
        while True:
            block = list(islice(source, _BLOCK))
            marks = [] if _MARKERS.isdisjoint(block) else [block.index(mark) for mark in _MARKERS if mark in block]
            count = min(marks) + 1 if marks else len(block)
            self._number += count
            if self._texts:
                data += block[:count]
            if marks:
                self._pending = iter(block[count:])  # never more than a block
                return b"".join(data), True
            if not block:
                if source is self._lines:
                    return b"".join(data), False
                source = self._lines

    def _skip_data(self, file: BufferedReader) -> bool:
        """Go to the line after the COPY data in a file; say whether there was an end marker."""
        while block := file.read(_BLOCK_BYTES):
            if not block.endswith(b"\n"):
                block += file.readline()
            marker = _MARKER.search(block) if b"\\" in block and b"\\." in block else None
            if marker:
                file.seek(marker.end() - len(block), SEEK_CUR)
                self._number += block.count(b"\n", 0, marker.end())
                return True
            self._number += block.count(b"\n")
        return False

    def _command(self, body: bytes, begin: int) -> Iterator[ScriptPiece]:
        lexer = self._lexer
        self._shell = False
        name = lexer.command_name()
        arguments = [lexer.rest_of_line()] if name in _WHOLE_LINE else lexer.arguments()
        end = lexer.position
        lexer.end_command()
        sends = name in _SENDING
        sent = bytes(self._out)
        if self._out and (sends or name in (b"r", b"reset")):
            yield self._statement(terminated=sends)
        if sends or name in (b"r", b"reset"):
            lexer.reset()
        yield ScriptPiece(
            Kind.CONDITIONAL if name in _CONDITIONALS else Kind.COMMAND,
            body[begin:end].decode("utf-8", "surrogateescape").rstrip(),
            self._here,
            len(body[:begin].decode("utf-8", "replace")) + 1,
            terminated=True,
            name=name.decode("utf-8", "surrogateescape"),
            arguments=tuple(argument.decode("utf-8", "surrogateescape") for argument in arguments),
            shell=self._shell,
        )
        if sends:
            yield from self._follow(sent)

    def _saw_backquote(self, _command: bytes) -> None:
        self._shell = True


def count_inline_copies(statement: bytes) -> int:
    r"""Say for how many COPY … FROM STDIN in a string (several with `\;`) psql expects rows in the script.

    As psql 18 counts them since it skips the rows of a COPY that the server refused: by the keywords outside
    parentheses, since such a COPY may be no valid SQL. It starts with COPY, and the keyword after the first FROM is
    STDIN or STDOUT, which the grammar takes for the same; strings, numbers and quoted identifiers are no keywords.
    """
    return _read_words(statement)[0]


def _read_words(statement: bytes) -> tuple[int, bool | None]:
    r"""Say how many COPY … FROM STDIN a statement holds (several with `\;`), and what it sets standard strings to."""
    lowered = statement.lower()
    copying, setting = b"copy" in lowered and b"std" in lowered, b"standard_conforming_strings" in lowered
    if not copying and not setting:
        return 0, None
    copies, standard, depth, begun = 0, None, 0, 0
    words: list[bytes] = []  # keywords, signs and strings
    keywords: list[bytes] = []
    for match in _WORDS.finditer(lowered + b";"):
        word = match[2] or match[3]
        if word is None:
            if match[0].startswith(b"'"):
                words.append(match[0].strip(b"'"))
        elif word in (b"(", b")"):
            depth += 1 if word == b"(" else -1
        elif word == b";" and depth <= 0 and not begun:
            copies += keywords[:1] == [b"copy"] and _after_from(keywords) in _INLINE
            if words[:1] == [b"set"] and words[-3:-1] in (
                [b"standard_conforming_strings", b"="],
                [b"standard_conforming_strings", b"to"],
            ):
                standard = words[-1] not in (b"off", b"false", b"no", b"0")
            words, keywords, depth = [], [], 0
        elif depth <= 0:
            if words[:1] == [b"create"]:  # the body of a routine in SQL has semicolons of its own
                begun += word == b"begin" or (begun > 0 and word == b"case")
                begun -= begun > 0 and word == b"end"
            words.append(word)
            keywords += [word] if match[2] else []
    return copies, standard


def _after_from(keywords: list[bytes]) -> bytes | None:
    """The keyword that follows the first FROM."""
    return next(islice(dropwhile(lambda word: word != b"from", keywords), 1, None), None)
