r"""What a run prints: results, echoes and messages, byte for byte as psql prints them unaligned and without colours."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from psycopg.pq.abc import PGresult


class Transcript:
    """The two streams of a run, and the place in the scripts that messages name.

    Attributes:
        file: the script being read as its path was given; None outside any.
        line: number of the last line read from it; 0 before the first.
        before: called before anything is written, to clear a progress line.
    """

    def __init__(self, out: BinaryIO, err: BinaryIO) -> None:
        self._out = out
        self._err = err
        self.file: bytes | None = None
        self.line = 0
        self.before: Callable[[], None] | None = None

    def write(self, text: bytes) -> None:
        """Write to standard output. It is buffered until `flush`."""
        if self.before:
            self.before()
        self._out.write(text)

    def flush(self) -> None:
        self._out.flush()

    def warn(self, text: bytes) -> None:
        """Write to standard error."""
        if self.before:
            self.before()
        self._out.flush()
        self._err.write(text)
        self._err.flush()

    def draw(self, text: bytes) -> None:
        """Write what is no part of the transcript to standard error."""
        self._err.write(text)
        self._err.flush()

    def report(self, message: bytes, label: bytes = b"") -> None:
        """Write a message to standard error after its place: the server's as it is, psql's own with a label."""
        if self.file is None:
            place = b"psql: "
        elif self.line > 0:
            place = b"psql:%s:%d: " % (self.file, self.line)
        else:
            place = b"psql:%s: " % self.file
        self.warn(place + label + message.removesuffix(b"\n") + b"\n")

    def error(self, message: bytes) -> None:
        """Report an error that psql itself finds, not the server."""
        self.report(message, b"error: ")

    def warning(self, message: bytes) -> None:
        self.report(message, b"warning: ")


def format_rows(result: PGresult) -> bytes:
    """Format the rows of a result unaligned: header, rows and the number of rows."""
    width, height = result.nfields, result.ntuples
    get = result.get_value
    lines = [b"|".join([result.fname(column) or b"" for column in range(width)])]
    if width == 1:
        lines += [get(row, 0) or b"" for row in range(height)]
    elif width:
        columns = range(width)
        lines += [b"|".join([get(row, column) or b"" for column in columns]) for row in range(height)]
    lines.append(b"(%d row%s)\n" % (height, b"" if height == 1 else b"s"))
    return b"\n".join(lines)


def format_table(head: tuple[bytes, ...], rows: Sequence[tuple[bytes, ...]]) -> bytes:
    """Format rows of psql's own likewise; there are several."""
    return b"".join(b"|".join(row) + b"\n" for row in (head, *rows)) + b"(%d rows)\n" % len(rows)


def format_time(milliseconds: float) -> bytes:
    r"""Format a duration as psql's `\timing` does."""
    if milliseconds < 1000:
        return b"Time: %.3f ms\n" % milliseconds
    seconds, minutes, hours, days = milliseconds / 1000, 0, 0, 0
    minutes, seconds = int(seconds // 60), seconds % 60
    if not minutes and seconds < 60:
        return b"Time: %.3f ms (00:%06.3f)\n" % (milliseconds, seconds)
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return b"Time: %.3f ms (%02d:%06.3f)\n" % (milliseconds, minutes, seconds)
    days, hours = divmod(hours, 24)
    if not days:
        return b"Time: %.3f ms (%02d:%02d:%06.3f)\n" % (milliseconds, hours, minutes, seconds)
    return b"Time: %.3f ms (%d d %02d:%02d:%06.3f)\n" % (milliseconds, days, hours, minutes, seconds)
