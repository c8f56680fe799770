"""What ends with the transaction or the session of a statement, and which later statements count on it.

The manual names each on the page of its command: LOCK, SET, SET CONSTRAINTS, DECLARE, PREPARE, NOTIFY; on
functions see 9.9.5 (current time), 9.17 (sequences), 9.27.8 (snapshots), 9.27.10 (advisory locks).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import TYPE_CHECKING

from release.model.syntax import (
    ActionKind,
    AlterTable,
    ChangeRows,
    CreateTable,
    CreateTableAs,
    DoBlock,
    LockTables,
    NamedQuery,
    Select,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from release.model import Name
    from release.model.syntax import Syntax


@unique
class Until(Enum):
    """How far what a statement holds may matter."""

    USE = 1
    """To the last statement that uses it."""
    ENDED = 4
    """To the last statement that ends it; to the end of the transaction, where none does."""
    ROWS = 2
    """To the last statement that has to do with rows, or that uses it."""
    END = 3
    """To the end of the transaction."""


@dataclass(frozen=True, slots=True)
class Held:
    """Something that a statement holds for later ones.

    Attributes:
        what: in words.
        is_used: whether a later statement uses it.
        session: it outlives the transaction, and is missing in another session.
    """

    what: str
    until: Until
    is_used: Callable[[Syntax], bool] = lambda _: False
    session: bool = False


_TIME = frozenset({"now", "transaction_timestamp"})
_TRANSACTION_IDS = frozenset(
    {"txid_current", "txid_current_if_assigned", "pg_current_xact_id", "pg_current_xact_id_if_assigned"}
)
_LOCKING = frozenset(f"pg_{word}advisory_xact_lock{shared}" for word in ("", "try_") for shared in ("", "_shared"))
_SESSION_LOCKING = frozenset(f"pg_{word}advisory_lock{shared}" for word in ("", "try_") for shared in ("", "_shared"))
_UNLOCKING = frozenset({"pg_advisory_unlock", "pg_advisory_unlock_shared", "pg_advisory_unlock_all"})
_TO_THE_END = {
    "pg_export_snapshot": "the snapshot that pg_export_snapshot() gives away",
    "pg_notify": "the notification, which is sent at the commit,",
    "lo_open": "a large object that is open",
    **dict.fromkeys(_LOCKING, "the advisory lock"),
}
_LAST_VALUES = frozenset({"currval", "lastval"})


def holds_of(syntax: Syntax) -> tuple[Held, ...]:
    """What a statement holds for later ones, but for its settings, which can be made again."""
    return tuple(each for part in _parts(syntax) for each in _holds(part))


def _parts(syntax: Syntax) -> Iterator[Syntax]:
    """A statement, and those in its block."""
    yield syntax
    if isinstance(syntax, DoBlock):
        for piece in syntax.body.pieces:
            yield from _parts(piece.syntax)


def _holds(syntax: Syntax) -> Iterator[Held]:
    calls = {call.name.name for call in syntax.contents.calls} if _runs(syntax) else set()
    for name, what in _TO_THE_END.items():
        if name in calls:
            yield Held(what, Until.END)
    if calls & _SESSION_LOCKING:
        yield Held("the advisory lock", Until.ENDED, _unlocks, session=True)
    if _takes_time(syntax):
        yield Held("the time of the transaction", Until.USE, _takes_time)
    if calls & _TRANSACTION_IDS:
        yield Held("the id of the transaction", Until.USE, _takes_id)
    match syntax:
        case LockTables(relations=relations):
            names = ", ".join(str(each.name) for each in relations)
            yield Held(f"the lock on {names}", Until.ROWS, _names({each.name.name for each in relations}))
        case Select(locks=True):
            yield Held("the locks on the rows that it selects", Until.ROWS)
        case CreateTable(name=made, persistence="t") | CreateTableAs(name=made, persistence="t"):
            yield _temporary(made)
        case Select(into=into, into_persistence="t") if into:
            yield _temporary(into)
        case NamedQuery(cursor=True):
            yield Held("the cursor", Until.USE, lambda later: later.node in {"FetchStmt", "ClosePortalStmt"}, True)
        case NamedQuery():
            yield Held("the prepared statement", Until.USE, lambda later: later.node in _PREPARED, True)
        case _ if syntax.node == "ConstraintsSetStmt":
            yield Held("what SET CONSTRAINTS says", Until.ROWS)
        case _ if syntax.node == "NotifyStmt":
            yield Held("the notification, which is sent at the commit,", Until.END)
        case _ if _draws(syntax):
            yield Held("the last value of the sequence", Until.USE, _takes_last_value, session=True)


_PREPARED = frozenset({"ExecuteStmt", "DeallocateStmt"})


def _runs(syntax: Syntax) -> bool:
    """Whether the functions that it names are called when it runs."""
    return isinstance(syntax, Select | ChangeRows | CreateTableAs)


def _temporary(name: Name) -> Held:
    return Held(f"the temporary table {name.name}", Until.USE, _names({name.name}), session=True)


def _names(relations: Container[str]) -> Callable[[Syntax], bool]:
    """Whether a statement names one of some relations."""
    return lambda later: any(each.name in relations for part in _parts(later) for each in part.contents.relations)


def _takes_time(syntax: Syntax) -> bool:
    if _runs(syntax):
        return syntax.contents.times or any(call.name.name in _TIME for call in syntax.contents.calls)
    adds = isinstance(syntax, AlterTable) and any(each.kind is ActionKind.ADD_COLUMN for each in syntax.actions)
    return adds and (syntax.contents.times or any(call.name.name in _TIME for call in syntax.contents.calls))


def _takes_id(syntax: Syntax) -> bool:
    return _runs(syntax) and any(call.name.name in _TRANSACTION_IDS for call in syntax.contents.calls)


def _takes_last_value(syntax: Syntax) -> bool:
    return _runs(syntax) and any(call.name.name in _LAST_VALUES for call in syntax.contents.calls)


def _unlocks(syntax: Syntax) -> bool:
    return any(call.name.name in _UNLOCKING for call in syntax.contents.calls)


def _draws(syntax: Syntax) -> bool:
    """Whether a statement may take the next value of a sequence."""
    return isinstance(syntax, ChangeRows) or any(call.name.name == "nextval" for call in syntax.contents.calls)
