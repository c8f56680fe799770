"""A script in pieces that sqlfluff can work on side by side: runs of whole statements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.psql.pieces import Kind, cut

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHARACTERS = 4_000  # enough that starting on a chunk costs little, few enough to share them out evenly
_DIRECTIVE = "sqlfluff:"
_SENDING = frozenset({"g", "gx", "gset", "gexec", "gdesc", "crosstabview", "watch"})
"""Commands of psql that end a statement."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some statements.

    Attributes:
        text: as sqlfluff gets it: as many lines as in the script, of the same length.
        line: 1-based line of the script that it starts on.
    """

    text: str
    line: int


def chunks_of(text: str, characters: int = _CHARACTERS) -> Iterator[Chunk]:
    """Runs of whole statements of at most so many characters; a longer one is a chunk by itself.

    Rows of COPY are no SQL: their lines are empty here. Comments that would configure sqlfluff lose their force.
    """
    lines = text.split("\n")
    starts = _starts(text, lines)
    lines = [_disarmed(line) for line in lines]
    first, size = 1, 0
    for start, end in zip(starts, (*starts[1:], len(lines) + 1), strict=True):
        length = sum(len(line) + 1 for line in lines[start - 1 : end - 1])
        if size and size + length > characters:
            yield Chunk("\n".join(lines[first - 1 : start - 1]) + "\n", first)
            first, size = start, 0
        size += length
    rest = "\n".join(lines[first - 1 :])
    if rest.strip():
        yield Chunk(rest, first)


def _starts(text: str, lines: list[str]) -> list[int]:
    """Lines on which a chunk may start: 1, and wherever a statement starts after the end of the one before."""
    starts = [1]
    end, open_ = 0, False
    for piece in cut(text):
        last = piece.line + piece.text.rstrip("\n").count("\n")
        if piece.kind is Kind.DATA:
            lines[piece.line - 1 : last] = [""] * (last - piece.line + 1)
        elif piece.line > max(end, starts[-1]) and not open_ and piece.name not in _SENDING:
            starts.append(end + 1 if end else piece.line)  # the comments above a statement go with it
        end = max(end, last)
        open_ = piece.kind is Kind.STATEMENT and not piece.terminated
    return starts


def _disarmed(line: str) -> str:
    """A line without `-- sqlfluff:…`: whoever writes a migration does not configure who judges it."""
    stripped = line.lstrip()
    if stripped.startswith("--") and stripped[2:].lstrip().startswith(_DIRECTIVE):
        return line.replace(_DIRECTIVE, "sqlfluff;")
    return line
