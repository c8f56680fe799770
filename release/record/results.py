"""Who looks into the result of a statement: the migration, or SQLAlchemy for a purpose of its own."""

from __future__ import annotations

import dis
import sys
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import CursorResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


class Listening(Protocol):
    """Who is told."""

    @property
    def active(self) -> bool: ...

    def used(self, context: Any, how: str) -> None:
        """The migration looks into the result of what was executed in a context of SQLAlchemy's."""


def watch_results(listener: Listening) -> None:
    """Tell the listener when a migration looks into a result, by its rows or its row count."""
    for name in ("_fetchiter_impl", "_fetchone_impl", "_fetchall_impl", "_fetchmany_impl"):
        setattr(CursorResult, name, _watched(getattr(CursorResult, name), listener))
    count: Any = CursorResult.__dict__["rowcount"].fget

    def rowcount(self: CursorResult[Any]) -> int:
        if listener.active and _counts(sys._getframe(1)):
            listener.used(self.context, "uses the row count of")
        return int(count(self))

    CursorResult.rowcount = property(rowcount)  # type: ignore[method-assign, assignment]


def _watched(inner: Callable[..., Any], listener: Listening) -> Callable[..., Any]:
    def fetch(self: CursorResult[Any], *args: Any, **kw: Any) -> Any:
        if listener.active and not _fetches_for_itself():
            listener.used(self.context, "uses the rows that come of")
        return inner(self, *args, **kw)

    return fetch


# Where SQLAlchemy itself fetches what an INSERT or UPDATE of its own returns: whether such a key is used shows when the
# revision is recorded a second time, on a database whose sequences stand elsewhere.
_OWN_FETCHES = frozenset({"_setup_dml_or_text_result", "_setup_result_proxy"})
_ORM_WRITES = ("sqlalchemy.orm.persistence", "sqlalchemy.orm.bulk_persistence", "sqlalchemy.orm.unitofwork")


def _fetches_for_itself() -> bool:
    for frame in library_frames(sys._getframe(2)):
        if frame.f_code.co_name in _OWN_FETCHES or frame.f_globals.get("__name__") in _ORM_WRITES:
            return True
    return False


def _counts(frame: FrameType) -> bool:
    """Whether a row count is read by the migration, or on its behalf by Query.update() and Query.delete()."""
    module = str(frame.f_globals.get("__name__", ""))
    if module == "sqlalchemy.orm.query":
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
