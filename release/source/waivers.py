"""What authors ask lint to let through: `# release: ignore[RL208] until=2027-03-01 the table has 12 rows`.

Inside a function it covers the statement that it stands on, or stands right above; anywhere else the whole revision.
`up to 10,000 rows`, anywhere in the reason, is a limit that preflight.sql and the guard hold the database to.
"""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING

from release.model import Source, Waiver
from release.source.comments import comments_in, covered_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_WORD = "ignore"


def declared_waivers(text: str, revision: str, file: str) -> Iterator[Waiver]:
    """Every such comment of a revision file, those that cannot be understood included.

    Args:
        text: the file's source code, which Python can compile.
    """
    for comment in comments_in(text):
        if comment.content.startswith(_WORD):
            source = Source(revision, file, comment.line)
            yield _read(comment.content[len(_WORD) :], source, covered_lines(text, comment))


def _read(content: str, source: Source, lines: tuple[int, int] | None) -> Waiver:
    codes_text, bracket, rest = content.strip().partition("]")
    codes = tuple(code.strip() for code in codes_text.removeprefix("[").split(",") if code.strip())
    words = rest.split()
    until, complaint = "", ""
    if words and words[0].startswith("until="):
        until = words.pop(0).removeprefix("until=")
        try:
            until = datetime.date.fromisoformat(until).isoformat()
        except ValueError:
            complaint = f"until={until} is not a date; write it as YYYY-MM-DD"
    if not codes_text.startswith("[") or not bracket or not codes:
        complaint = "it names no rule; write # release: ignore[RL208] reason"
    elif not words and not complaint:
        complaint = "it gives no reason; say after the bracket why the finding may stand"
    limit, unclear = _limit(words)
    return Waiver(codes, until, " ".join(words), source, lines, complaint or unclear, limit)


def _limit(words: Sequence[str]) -> tuple[int, str]:
    """The number of `up to 10,000 rows`, 0 without one; and why it is not understood."""
    for first, second, number, unit in zip(words, words[1:], words[2:], words[3:], strict=False):
        if (first.lower(), second, unit.rstrip(".,:;")) == ("up", "to", "rows"):
            digits = number.replace(",", "").replace("_", "")
            if digits.isascii() and digits.isdigit() and int(digits):
                return int(digits), ""
            return 0, f"up to {number} rows is no number; write up to 10,000 rows"
    return 0, ""
