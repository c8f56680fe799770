"""What the trace of a script keeps: statements as they ran, and how long locks were held."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from release.model import LockMode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from release.model import Name, Work
    from release.model.syntax import Syntax
    from release.trace.seen import Descent

_TEMPORARY = "temporary file: "

# What waits while a lock is held, and the mode that each needs itself (manual 13.3.1): DDL stands for ALTER TABLE and
# DROP TABLE as a rule, VACUUM for ANALYZE and CREATE INDEX CONCURRENTLY too.
_QUERIES = {
    "SELECT": LockMode.ACCESS_SHARE,
    "SELECT FOR UPDATE": LockMode.ROW_SHARE,
    "INSERT, UPDATE, DELETE": LockMode.ROW_EXCLUSIVE,
    "VACUUM": LockMode.SHARE_UPDATE_EXCLUSIVE,
    "CREATE INDEX": LockMode.SHARE,
    "DDL": LockMode.ACCESS_EXCLUSIVE,
}
# The modes that a lock is at odds with, from the weakest that it stops; SHARE does not stop itself.
_STOPS_FROM = {
    LockMode.ACCESS_SHARE: LockMode.ACCESS_EXCLUSIVE,
    LockMode.ROW_SHARE: LockMode.EXCLUSIVE,
    LockMode.ROW_EXCLUSIVE: LockMode.SHARE,
    LockMode.SHARE_UPDATE_EXCLUSIVE: LockMode.SHARE_UPDATE_EXCLUSIVE,
    LockMode.SHARE: LockMode.ROW_EXCLUSIVE,
    LockMode.SHARE_ROW_EXCLUSIVE: LockMode.ROW_EXCLUSIVE,
    LockMode.EXCLUSIVE: LockMode.ROW_SHARE,
    LockMode.ACCESS_EXCLUSIVE: LockMode.ACCESS_SHARE,
}


def blocked_by(lock: LockMode) -> tuple[str, ...]:
    """The kinds of query that wait while another session holds a lock."""
    least = _STOPS_FROM[lock]
    return tuple(
        kind for kind, mode in _QUERIES.items() if mode >= least and not (lock is mode and lock is LockMode.SHARE)
    )


@dataclass(frozen=True, slots=True)
class TracedStatement:
    """A statement as it ran.

    Attributes:
        text: what was sent, without terminator.
        syntax: what it says.
        line: 1-based line in the script.
        digest: SHA-256 over its tokens.
        alone: it ran outside a transaction block, so its locks were seen by looking again and again.
        locks: modes newly taken on relations that other sessions can see, strongest per relation.
        held: modes held on them afterwards, those of earlier statements of the transaction included.
        work: what was done to them.
        owner: the table of an index or of an owned sequence.
        hollow: views and partitioned tables.
        below: what was below those that it locked, when it began.
        wal: bytes of WAL that the server wrote meanwhile.
        temporary: bytes of temporary files; None when the server does not tell this role of them.
    """

    text: str
    syntax: Syntax
    line: int
    digest: str
    milliseconds: float
    rows: int | None
    alone: bool
    locks: Mapping[Name, LockMode]
    held: Mapping[Name, LockMode]
    work: Mapping[Name, frozenset[Work]]
    owner: Mapping[Name, Name]
    hollow: frozenset[Name]
    wal: int
    temporary: int | None
    error: str = ""
    sqlstate: str = ""
    below: Mapping[Name, Descent] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeldLock:
    """How long a transaction, or a statement by itself, held its strongest lock on a relation.

    Attributes:
        line: in the script, where the transaction or the statement begins.
    """

    relation: Name
    lock: LockMode
    milliseconds: float
    line: int


def bytes_of_file(message: str) -> int:
    """The bytes that `log_temp_files` tells of: temporary file: path "…", size 123."""
    size = message.rpartition("size ")[2]
    return int(size) if message.startswith(_TEMPORARY) and size.isdecimal() else 0
