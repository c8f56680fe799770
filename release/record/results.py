"""Who looks into the result of a statement: the migration, or SQLAlchemy for a purpose of its own."""

from __future__ import annotations

import dis
import sys
from typing import TYPE_CHECKING, Any, Protocol

from release.source.internals import ORM_QUERY, is_own_fetch, watch_fetches, watch_row_counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

    from sqlalchemy import CursorResult


class Listening(Protocol):
    """Who is told."""

    @property
    def active(self) -> bool: ...

    def used(self, context: Any, how: str) -> None:
        """The migration looks into the result of what was executed in a context of SQLAlchemy's."""


def watch_results(listener: Listening) -> None:
    """Tell the listener when a migration looks into a result, by its rows or its row count."""

    def watched(inner: Callable[..., Any]) -> Callable[..., Any]:
        def fetch(self: CursorResult[Any], *args: Any, **kw: Any) -> Any:
            if listener.active and not _fetches_for_itself():
                listener.used(self.context, "uses the rows that come of")
            return inner(self, *args, **kw)

        return fetch

    def counted(inner: Callable[[Any], int]) -> Callable[[Any], int]:
        def rowcount(self: CursorResult[Any]) -> int:
            if listener.active and _counts(sys._getframe(1)):
                listener.used(self.context, "uses the row count of")
            return int(inner(self))

        return rowcount

    watch_fetches(watched)
    watch_row_counts(counted)


def _fetches_for_itself() -> bool:
    """Whether SQLAlchemy fetches what a statement of its own returns.

    Whether such a key is used shows when the revision is recorded a second time, on a database whose sequences stand
    elsewhere.
    """
    return any(is_own_fetch(frame) for frame in library_frames(sys._getframe(2)))


def _counts(frame: FrameType) -> bool:
    """Whether a row count is read by the migration, or on its behalf by Query.update() and Query.delete()."""
    module = str(frame.f_globals.get("__name__", ""))
    if module == ORM_QUERY:
        caller = frame.f_back
        return caller is None or not _drops_what_is_returned(caller)
    return not module.startswith("sqlalchemy.")


# whose frames stand between a migration and the database; a test holds that the line told is the migration's
_NOT_THEIRS = ("sqlalchemy", "release.source", "release.record")


def _drops_what_is_returned(frame: FrameType) -> bool:
    """Whether the call that a frame is in stands by itself, as a statement."""
    following = [each for each in dis.get_instructions(frame.f_code) if each.offset > frame.f_lasti]
    return bool(following) and following[0].opname == "POP_TOP"


def library_frames(frame: FrameType | None) -> Iterator[FrameType]:
    """The frames of SQLAlchemy that one call into it is in, innermost first."""
    while frame is not None and str(frame.f_globals.get("__name__", "")).startswith(_NOT_THEIRS):
        yield frame
        frame = frame.f_back
