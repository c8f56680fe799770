"""Read a script line by line, and the COPY data in it block by block, without holding it in memory."""

from __future__ import annotations

import re
import stat
from io import BytesIO
from os import fstat
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 1 << 16
_END_MARKER = re.compile(rb"^\\\.\r?\n", re.MULTILINE)


class Lines:
    """The lines of an open file.

    A regular file is read in blocks; from a pipe each line is taken as soon as it is there.

    Attributes:
        number: how many lines have been given.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hint = _BLOCK if stat.S_ISREG(fstat(file.fileno()).st_mode) else 1
        self._block: list[bytes] = []
        self._at = 0
        self.number = 0

    def read(self) -> bytes | None:
        """Give the next line without its newline, None at the end of the file."""
        if self._at >= len(self._block) and not self._fill():
            return None
        line = self._block[self._at]
        self._at += 1
        self.number += 1
        if b"\0" in line:
            return self._read_with_zeros(line)
        return line[:-1] if line.endswith(b"\n") else line

    def read_data(self) -> Iterator[bytes]:
        r"""Give COPY data in blocks, up to and with the line `\.`, or to the end of the file.

        A block ends anywhere, but the end marker is never torn.
        """
        held = b"".join(self._block[self._at :])  # starts with a line
        self._block, self._at = [], 0
        while True:
            if not held and not (held := self._read_block()):
                return
            if not held.endswith(b"\n"):
                held += self._file.readline()
            marker = _END_MARKER.search(held) if b"\\" in held and b"\\." in held else None
            end = marker.end() if marker else 0
            if end:
                self._block = BytesIO(held[end:]).readlines()
                held = held[:end]
            self.number += held.count(b"\n")
            yield held
            if end:
                return
            held = b""

    def _read_block(self) -> bytes:
        return self._file.read(_BLOCK) if self._hint > 1 else self._file.readline()

    def _fill(self) -> bool:
        self._block = self._file.readlines(self._hint)
        self._at = 0
        return bool(self._block)

    def _read_with_zeros(self, line: bytes) -> bytes | None:
        """Read a line with zero bytes as psql: each hides the rest of what psql read at once, newline included."""
        text = b""
        while True:
            for start in range(0, len(line), 1023):
                text += line[start : start + 1023].split(b"\0", 1)[0]
            if text.endswith(b"\n"):
                return text[:-1]
            if not line.endswith(b"\n") or (self._at >= len(self._block) and not self._fill()):
                return text or None
            line = self._block[self._at]
            self._at += 1
