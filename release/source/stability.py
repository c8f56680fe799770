"""Statements that another run would write differently: values from Python's clock, uuid or random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Note

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from release.source.offline import Rendering

# A revision that names none of these gives the same statements each time; only the others are run twice.
_WORDS = ("uuid", "random", "secrets", "now(", "today(", "time(", "counter(", "getpid", "environ")
_DAYS = ("now(", "today(", "time(")
CHANGES = "the statement changes from one run to the next"


def may_change(rendering: Rendering, text: str) -> bool:
    """Whether a second run is worth its time.

    Args:
        text: the source code of the revisions.
    """
    return rendering.computed or any(word in text for word in _WORDS)


def changing(first: Rendering, second: Rendering, texts: Mapping[str, str], today: Sequence[str]) -> Iterator[Note]:
    """The statements that differ between two runs, and those that hold today's date where the revision asks for it.

    Args:
        texts: source code by revision.
        today: today's ISO date, in each time zone that counts.
    """
    for one, other in zip(first.works, second.works, strict=True):
        if len(one.emissions) != len(other.emissions):
            yield Note(f"revision {one.revision} emits other statements each time", one.emissions[0].source)
            continue
        for emission, again in zip(one.emissions, other.emissions, strict=True):
            if emission.text != again.text:
                yield Note(f"{CHANGES}: a value comes from Python's clock, uuid or random", emission.source)
            elif any(day in emission.text and _asks_for(day, texts[one.revision]) for day in today):
                yield Note(f"{CHANGES}: it holds the day on which it was built", emission.source)


def _asks_for(day: str, text: str) -> bool:
    return day not in text and any(word in text for word in _DAYS)
