"""Watch a script while it runs: locks, work, WAL and temporary files of the statements that matter, each by itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING

from psycopg.pq import TransactionStatus

from release.errors import SqlError
from release.model.syntax import (
    ActionKind,
    AlterTable,
    CreateForeignTable,
    CreateSchema,
    CreateTable,
    RenameObject,
    SetSchema,
    SetVariable,
    VariableKind,
)
from release.psql.transactions import needs_no_begin
from release.sql.read.splitting import digest_of
from release.sql.read.statements import ParsedStatement, split
from release.trace.seen import MODES, Relation, Seen, descent_of
from release.trace.statement import HeldLock, TracedStatement, bytes_of_file
from release.trace.watch import Beside, Locks, Look, Watch, strongest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from release.model import LockMode
    from release.model.syntax import Syntax
    from release.psql.run_state import Execution
    from release.psql.session import Session

# What gives a relation other parents, and the tags of statements after which also relations that they have not locked
# may have other names or parents.
_MOVING = frozenset(
    {
        *(ActionKind.ADD_INHERIT, ActionKind.DROP_INHERIT, ActionKind.ATTACH_PARTITION),
        *(ActionKind.DETACH_PARTITION, ActionKind.DETACH_PARTITION_FINALIZE),
    }
)
_ANYTHING = ("ALTER SCHEMA", "ALTER SEQUENCE", "DO", "CALL", "SELECT")

# Tags of statements that may throw away what was prepared, and of those that may take back what makes the server tell
# of its work: by themselves, by what they run (EXECUTE, set_config), or because a setting ends with its transaction.
_FORGETTING = ("DISCARD", "DEALLOCATE", "DO", "CALL")
_SILENCING = (*_FORGETTING, "SET", "RESET", "ROLLBACK", "SELECT")


@dataclass(slots=True)
class _Watched:
    """The statement that is running, and what was the case before it."""

    statement: ParsedStatement
    line: int
    inside: bool
    before: Look
    relations: Mapping[int, Relation]


@dataclass(slots=True)
class _Transaction:
    """The transaction that is open: where it began, and since when it holds its strongest lock on each relation."""

    line: int
    since: dict[int, tuple[Relation, LockMode, float]] = field(default_factory=dict)


class Tracer:
    """A reporter that watches the statements whose digest is wanted, from the script's own connection and a second.

    Args:
        conninfo: of the database that the script runs on.
        wanted: digests of the statements to watch; others only count for how long a lock is held.
        progress: told how many of the wanted statements have been run.
    """

    def __init__(self, conninfo: str, wanted: frozenset[str], progress: Callable[[int], None] | None = None) -> None:
        self.statements: list[TracedStatement] = []
        self.held: list[HeldLock] = []
        self._conninfo = conninfo
        self._wanted = wanted
        self._progress = progress
        self._session: Session | None = None
        self._watch: Watch | None = None
        self._beside: Beside | None = None
        self._loud = False
        self._now: _Watched | None = None
        self._transaction: _Transaction | None = None
        self._look = Look(0)
        self._unseen: float | None = 0.0  # since when statements have run that nobody has looked at; None: none has
        self._inside = self._renames = False

    def attach(self, session: Session) -> None:
        """Take the script's connection, before its first statement."""
        self._session = session
        self._watch = Watch(session.pgconn)

    def close(self) -> None:
        if self._beside:
            self._beside.close()

    def started(self, file: str, line: int, query: bytes) -> None:  # noqa: ARG002 - the protocol's
        status = self._status()
        self._now = None
        self._renames = False
        if status == TransactionStatus.INERROR:
            return
        self._inside = inside = status == TransactionStatus.INTRANS
        if not inside:
            self._transaction = _Transaction(line)
        found = _recognize(query, self._wanted)
        if found is None:
            if inside and self._unseen is not None and needs_no_begin(query):
                self._look_inside(self._unseen)  # what is held until the end of the transaction, before it ends
            return
        watch = self._own_watch()
        if not self._loud:
            watch.make_loud()
            self._loud = True
        if self._unseen is not None and not _sets_transaction(found.syntax):  # which must be asked first
            if inside:
                self._look_inside(self._unseen)
            else:
                self._look, self._unseen = watch.look(inside=False), None
        self._renames = _renames(found.syntax)
        self._now = _Watched(found, line, inside, self._look, dict(watch.known))
        if not inside:
            self._beside_it().start()

    def echoed(self, text: bytes) -> None:
        pass

    def finished(self, execution: Execution) -> None:
        now, self._now = self._now, None
        watch, started = self._own_watch(), self._clock() - execution.milliseconds / 1000
        if any(tag.startswith(_FORGETTING) for tag in execution.tags):
            watch.forget()
        if any(tag.startswith(_SILENCING) for tag in execution.tags):
            self._loud = False
        if now is None:
            if self._unseen is None or not self._inside:
                self._unseen = started
        elif not now.inside:
            self._keep_alone(now, execution)
        elif self._status() == TransactionStatus.INTRANS:
            self._look_inside(started)
            self._keep(now, execution, self._look)
        else:  # it failed, and its transaction can be asked nothing: but what it has locked it holds
            self._keep(now, execution, Look(now.before.wal, self._beside_it().locks()))
            self._unseen = started
        if now and not execution.error:
            if execution.tags[-1:] and execution.tags[-1].startswith(_ANYTHING):
                watch.read_relations()
            elif now.inside and self._renames:
                watch.read_names()
            elif self._renames:
                watch.read_relations()
        if self._inside and self._status() == TransactionStatus.IDLE:
            self._end_transaction()
            if execution.tags[-1:] != ("COMMIT",):
                watch.read_relations()  # what it renamed or rewrote is undone

    def _keep_alone(self, now: _Watched, execution: Execution) -> None:
        """Keep a statement that ran outside a transaction."""
        watch = self._own_watch()
        times = self._beside_it().stop()
        look = watch.look(inside=False)
        if look.state != now.before.state and look.state:
            watch.read_relations()
        self._keep(now, execution, Look(look.wal, frozenset(times)))
        now_held = {}
        for oid, mode in strongest(frozenset(times)).items():
            one = now.relations.get(oid)
            # an index that is dropped CONCURRENTLY is dead when it is locked ACCESS EXCLUSIVE: nobody waits for that
            if one and not (one.kind == "i" and oid not in watch.known):
                now_held[oid] = (one, mode, max(times[each] for each in times if _is(each, oid, mode)))
        for one, mode, seconds in _of_tables(now_held):
            self.held.append(HeldLock(one.name, mode, seconds * 1000, now.line))
        self._look, self._unseen = look, None

    def _keep(self, now: _Watched, execution: Execution, look: Look) -> None:
        """Keep a statement: what it did, from the looks before and after it and from what the server said."""
        watch, before = self._own_watch(), now.before
        error = execution.error.message if execution.error else ""
        messages = [notice.message for notice in execution.notices]
        relations = _concerned(now.relations, look.locks) if now.inside else now.relations
        seen, newly = Seen(), Seen()
        seen.know(relations)
        below = descent_of(now.relations)
        newly.take_locks(look.locks - before.locks if now.inside else look.locks, relations)
        seen.locks = {relations[oid].name: mode for oid, mode in strongest(look.locks).items() if oid in relations}
        if now.inside and not error:
            seen.take_touched(before.touched, look.touched, relations)
        seen.take_messages(messages, relations)
        if not error:
            after = [(oid, watch.known[oid].file) for oid in relations if oid in watch.known]
            seen.take_files(after, relations, watch.size)
        self.statements.append(
            TracedStatement(
                text=now.statement.text,
                syntax=now.statement.syntax,
                line=now.line,
                digest=now.statement.digest,
                milliseconds=execution.milliseconds,
                rows=execution.rows,
                alone=not now.inside,
                locks=newly.locks,
                held=seen.locks,
                work={name: frozenset(work) for name, work in seen.work.items()},
                owner=seen.owner,
                hollow=frozenset(seen.hollow),
                below={name: below[name] for name in seen.locks if name in below},
                wal=max(look.wal - before.wal, 0),
                temporary=sum(map(bytes_of_file, messages)) if watch.tells_of_files else None,
                error=error,
                sqlstate=execution.error.sqlstate if execution.error else "",
            )
        )
        if self._progress:
            self._progress(len(self.statements))

    def _look_inside(self, started: float) -> None:
        """Look at the open transaction; what is newly locked was locked by what began at `started`."""
        watch = self._own_watch()
        names = dict(watch.known)
        look = watch.look(inside=True)
        assert self._transaction  # noqa: S101 - noted when it began
        since = self._transaction.since
        for oid, mode in strongest(look.locks).items():
            if oid in names and (oid not in since or since[oid][1] < mode):
                since[oid] = (names[oid], mode, started)
        held = {oid for oid, _ in look.locks}
        watch.follow(look)
        given_back = [oid for oid in since if oid not in held]
        for oid in given_back:
            self._let_go(*since.pop(oid))
        if given_back:  # by ROLLBACK TO, which undoes what was done under them
            watch.read_relations()
        self._look, self._unseen = look, None

    def _end_transaction(self) -> None:
        for each in _of_tables(self._transaction.since) if self._transaction else ():
            self._let_go(*each)
        self._transaction = None
        self._unseen = self._clock()

    def _let_go(self, one: Relation, mode: LockMode, since: float) -> None:
        assert self._transaction  # noqa: S101 - it holds the lock
        self.held.append(HeldLock(one.name, mode, (self._clock() - since) * 1000, self._transaction.line))

    def _clock(self) -> float:
        """Seconds, without those that our own questions took."""
        return monotonic() - self._own_watch().spent

    def _own(self) -> Session:
        assert self._session  # noqa: S101 - attached before anything is sent
        return self._session

    def _own_watch(self) -> Watch:
        assert self._watch  # noqa: S101 - attached before anything is sent
        return self._watch

    def _beside_it(self) -> Beside:
        if self._beside is None:
            self._beside = Beside(self._conninfo, self._own().pgconn.backend_pid, self._own_watch().bounds)
        return self._beside

    def _status(self) -> int:
        return self._own().pgconn.transaction_status


def _concerned(relations: Mapping[int, Relation], locks: Locks) -> dict[int, Relation]:
    """The relations that are locked, and the tables of those that are indexes."""
    oids = {oid for oid, _ in locks if oid in relations}
    oids |= {table for oid in oids if (table := relations[oid].table) and table in relations}
    return {oid: relations[oid] for oid in oids}


def _of_tables(held: Mapping[int, tuple[Relation, LockMode, float]]) -> list[tuple[Relation, LockMode, float]]:
    """What is held on tables, and on an index or a sequence where that is more than what is held on its table."""
    return [
        (one, mode, seconds)
        for one, mode, seconds in held.values()
        if one.table is None or one.table not in held or held[one.table][1] < mode
    ]


def _is(lock: tuple[int, str], oid: int, mode: LockMode) -> bool:
    return lock[0] == oid and MODES[lock[1]] is mode


def _sets_transaction(syntax: Syntax) -> bool:
    return (
        isinstance(syntax, SetVariable)
        and syntax.kind is VariableKind.SET_MULTI
        and syntax.name != "SESSION CHARACTERISTICS"
    )


def _renames(syntax: Syntax) -> bool:
    """Whether relations may have other names or parents after a statement."""
    match syntax:
        case RenameObject() | SetSchema() | CreateSchema():
            return True
        case CreateTable(parents=parents) | CreateForeignTable(table=CreateTable(parents=parents)):
            return bool(parents)
        case AlterTable(actions=actions):
            return any(each.kind in _MOVING for each in actions)
        case _:
            return not syntax.node  # nobody has read it


def _recognize(query: bytes, wanted: frozenset[str]) -> ParsedStatement | None:
    """The statement when it is a wanted one."""
    try:
        text = query.decode()
        if (digest := digest_of(text)) and digest not in wanted:
            return None
        pieces = split(text, unread=True)
    except (SqlError, UnicodeDecodeError):
        return None
    return pieces[0] if len(pieces) == 1 and pieces[0].digest in wanted else None
