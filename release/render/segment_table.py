"""The table of segments as comment lines, its long cells wrapped."""

from __future__ import annotations

import textwrap
from functools import lru_cache
from itertools import zip_longest
from typing import TYPE_CHECKING

from release.sql.read import quote

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from release.plan.segment_table import SegmentRow

WIDTH = 130  # what our sqlfluff lets a line have
_TITLES = ("seg", "rev.", "what", "lock while it lasts", "for", "the application meanwhile", "undo")
_REVISION = 12  # as wide as what Alembic makes
_LASTS = 10  # "rows, scan"
_NARROWEST = 20
_SAMPLE = 100  # rows that decide how wide columns are
_BETWEEN = "  "

_Cells = tuple[str, str, str, tuple[tuple[str, str], ...], str, str]


def header_text(value: object) -> str:
    """Text for a header: one line, and ASCII, which every encoding has; what is neither is told by its number."""
    return quote.one_line(str(value)).replace("\u2026", "...").encode("ascii", "backslashreplace").decode("ascii")


def segment_table(rows: Sequence[SegmentRow]) -> str:
    """Lay out the table; each of its lines is a comment, not wider than a screen.

    The three wide columns share the room so that the table has as few lines as can be.
    """
    number, revision, what, lock, lasts, meanwhile, undo = _TITLES
    cells: list[_Cells] = [(number, revision, what, ((lock, lasts),), meanwhile, undo)]
    cells += [
        (
            str(each.number),
            " ".join(map(header_text, each.revisions)) or "-",
            header_text(each.what),
            tuple((_short(header_text(hold.locks)), hold.lasts) for hold in each.holds),
            header_text(each.meanwhile),
            each.undo,
        )
        for each in rows
    ]
    revisions = min(_REVISION, max(len(part) for row in cells for part in row[1].split()))
    narrow = (max(len(row[0]) for row in cells), revisions, _LASTS, max(len(row[5]) for row in cells))
    left = WIDTH - len("-- ") - sum(narrow) - len(_BETWEEN) * (len(_TITLES) - 1)
    choices = (
        (first, second, left - first - second)
        for first in range(_NARROWEST, left - 2 * _NARROWEST + 1, 2)
        for second in range(_NARROWEST, left - first - _NARROWEST + 1, 2)
    )
    wide = min(choices, key=lambda widths: sum(_height(row, narrow, widths) for row in cells[:_SAMPLE]))
    return "\n".join(line for row in cells for line in _lines(row, narrow, wide))


def _short(locks: str) -> str:
    """The names of lock modes as a narrow column has them."""
    return locks.replace("SHARE UPDATE EXCLUSIVE", "SHARE UPD. EXCL.").replace("EXCLUSIVE", "EXCL.")


def _height(row: _Cells, narrow: Sequence[int], wide: Sequence[int]) -> int:
    _, revisions, what, holds, meanwhile, _ = row
    locks = sum(max(len(_wrap(lock, wide[1])), len(_wrap(lasts, narrow[2]))) for lock, lasts in holds)
    height = max(len(_wrap(revisions, narrow[1])), len(_wrap(what, wide[0])), locks, len(_wrap(meanwhile, wide[2])))
    texts = ((what, wide[0]), *((lock, wide[1]) for lock, _ in holds), (meanwhile, wide[2]))
    return height + sum(len(word) > width for text, width in texts for word in text.split())  # a name that is broken


def _lines(row: _Cells, narrow: Sequence[int], wide: Sequence[int]) -> Iterator[str]:
    number, revisions, what, holds, meanwhile, undo = row
    pairs = [
        pair
        for lock, lasts in holds
        for pair in zip_longest(_wrap(lock, wide[1]), _wrap(lasts, narrow[2]), fillvalue="")
    ]
    columns = (
        (f"{number:>{narrow[0]}}",),
        _wrap(revisions, narrow[1]),
        _wrap(what, wide[0]),
        [lock for lock, _ in pairs],
        [lasts for _, lasts in pairs],
        _wrap(meanwhile, wide[2]),
        (undo,),
    )
    widths = (narrow[0], narrow[1], wide[0], wide[1], narrow[2], wide[2], narrow[3])
    for parts in zip_longest(*columns, fillvalue=""):
        yield f"-- {_BETWEEN.join(f'{part:<{width}}' for part, width in zip(parts, widths, strict=True))}".rstrip()


@lru_cache(maxsize=20_000)
def _wrap(text: str, width: int) -> tuple[str, ...]:
    return tuple(textwrap.wrap(text, width, break_on_hyphens=False))
