"""Taking down what migrations change while they run online, from SQLAlchemy's events.

A statement is rendered again from the construct and the parameters that were executed, by the same compiler as offline:
the script does not depend on the driver, and literals have the forms of `literals.py`.
"""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Connection, Engine, event
from sqlalchemy.schema import CreateIndex, DDLElement
from sqlalchemy.sql.dml import Insert, UpdateBase
from sqlalchemy.sql.expression import SelectBase

from release.errors import SqlError
from release.model import Note
from release.record.catalog_lookup import Answer, advance_sequences, ask, newest_oid
from release.record.placeholders import sent_text
from release.record.results import library_frames, watch_results
from release.source.control import take_control
from release.source.internals import is_default_fetched, is_operation_of_alembic, without_returning
from release.source.recorder import Emission
from release.sql.facts.read_only import RowUse, reading_of
from release.sql.read.quote import beginning
from release.sql.read.statements import split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import FrameType

    from release.model.syntax import Syntax
    from release.source.recorder import Recorder

    Tape = Any  # RecordingImpl, which is made for one recorder


@dataclass(slots=True)
class Listener:
    """What has been heard in the revision that runs.

    Attributes:
        tape: renders a statement and puts it among the recorder's emissions; made for the connection's own dialect.
        wanted: revisions to record.
        shift: move all sequences on before each of these, to see which statements hold generated keys.
        active: a revision that is wanted runs.
    """

    recorder: Recorder
    tape_for: Callable[[Any], Tape]
    wanted: frozenset[str]
    shift: bool = False
    active: bool = False
    reads: list[Note] = field(default_factory=list)
    heard: dict[str, tuple[Note, ...]] = field(default_factory=dict)
    _tape: Tape | None = None
    _newest: int = 0
    _copies: bool = False
    _context: object = None
    _given: tuple[object, Any] = (None, ())
    _owners: list[int] = field(default_factory=list)
    _begun: dict[int, int] = field(default_factory=dict)
    _savepoints: dict[tuple[int, str], int] = field(default_factory=dict)

    @contextlib.contextmanager
    def listening(self, revision: str, connection: Connection) -> Iterator[None]:
        """Take down what is executed in the block, if the revision is wanted."""
        if revision not in self.wanted:
            yield
            return
        self._tape = self._tape or self.tape_for(connection.dialect)
        self._newest, self._copies = newest_oid(connection), False
        self.reads, self._owners = [], []
        self._begun.clear()
        self._savepoints.clear()
        if self.shift:
            advance_sequences(connection)
        self.active = True
        try:
            yield
        finally:
            self.active = False
            self.heard[revision] = tuple(dict.fromkeys(self.reads))

    def turn_to(self, recorder: Recorder, tape_for: Callable[[Any], Tape], wanted: frozenset[str]) -> None:
        """Listen on for another recorder."""
        self.recorder, self.tape_for, self.wanted = recorder, tape_for, wanted
        self._tape = None
        self.heard = {}

    def attach(self) -> None:
        """Listen to every engine of the process."""
        event.listen(Engine, "before_execute", self._given_parameters)
        event.listen(Engine, "after_cursor_execute", self._executed)
        event.listen(Engine, "begin", self._began)
        event.listen(Engine, "commit", lambda connection: self._begun.pop(id(connection), None))
        event.listen(Engine, "rollback", self._rolled_back)
        watch_results(self)

    def used(self, context: Any, how: str) -> None:
        """Note that the migration looked into the result of a statement that was recorded."""
        what = getattr(context, "_release_recorded", "")
        if self.active and what:
            self._note(f"{how} `{what}`")

    # SQLAlchemy's events

    def _given_parameters(self, _connection: Connection, construct: Any, many: Any, one: Any, _options: Any) -> None:
        self._given = (construct, many or [one])

    def _executed(
        self, connection: Connection, _cursor: Any, statement: str, parameters: Any, context: Any, _many: bool
    ) -> None:
        if not self.active or (context is not None and context is self._context):
            return  # a later batch of one INSERT
        if connection.get_execution_options().get("schema_translate_map"):
            raise self.recorder.refuse(
                "uses a schema_translate_map, which recording does not follow", "write the schema into the migration"
            )
        if _fetches_a_default():
            self._take_text(connection, statement, parameters, None)
            self._note(f"uses the value that `{beginning(statement)}` gives")
            return
        self._context = context
        if context is None or context.compiled is None:
            self._take_text(connection, statement, parameters, context)
        else:
            self._take_construct(connection, context)

    def _began(self, connection: Connection) -> None:
        self._begun[id(connection)] = len(self._owners)

    def _rolled_back(self, connection: Connection) -> None:
        if not _is_autocommit(connection):
            self._forget(connection, self._begun.pop(id(connection), 0))

    def _savepoint(self, connection: Connection, construct: Any) -> None:
        """What a savepoint undoes is forgotten, so that the script needs none."""
        key = (id(connection), construct.ident)
        if construct.__visit_name__ == "savepoint":
            self._savepoints[key] = len(self._owners)
        elif construct.__visit_name__ == "rollback_to_savepoint":
            self._forget(connection, self._savepoints[key])

    def _forget(self, connection: Connection, mark: int) -> None:
        if not self.active:
            return
        kept = [index for index, owner in enumerate(self._owners) if index < mark or owner != id(connection)]
        pending = self.recorder.pending
        pending[:] = [pending[index] for index in kept]
        self._owners[:] = [self._owners[index] for index in kept]

    # one statement

    def _take_text(self, connection: Connection, statement: str, parameters: Any, context: Any) -> None:
        tape: Any = self._tape
        many = isinstance(parameters, list) and parameters and isinstance(parameters[0], dict | tuple)
        sets = parameters if many else [parameters or ()]
        self._take(connection, [sent_text(statement, values, tape.dialect) for values in sets], context)

    def _take_construct(self, connection: Connection, context: Any) -> None:
        tape: Any = self._tape
        compiled = context.compiled
        construct = getattr(context, "invoked_statement", None)
        if construct is None:
            construct = compiled.statement
        if construct.__visit_name__ in _SAVEPOINTS:
            self._savepoint(connection, construct)
            return
        if isinstance(construct, DDLElement):
            self._take(connection, [tape.compile(construct, {}, [])], context, construct)
            return
        keys = [*(compiled.column_keys or ()), *_computed(compiled)]
        if isinstance(construct, UpdateBase):
            construct = _without_returning(construct)
        # SQLAlchemy takes the lists that it expands out of the parameters
        given = self._given[1] if self._given[0] is getattr(context, "invoked_statement", None) else ()
        none: dict[str, Any] = {}
        texts: list[str] = []
        for compiled_values, own in zip_longest(context.compiled_parameters or [none], given, fillvalue=none):
            values = {**own, **compiled_values}
            if isinstance(construct, SelectBase):
                sql = self._rendered(construct, values)
                if sql is None:
                    self._read(f"the rows of a query that has no literal form ({beginning(context.statement)})")
                    return
            else:
                sql = tape.compile(construct, values, keys)
            texts.append(sql)
        self._take(connection, texts, context, construct)

    def _rendered(self, construct: SelectBase, values: Any) -> str | None:
        """A query as text, or None; it is written nowhere, so the migration is not at fault if it has no such form."""
        tape: Any = self._tape
        refused = self.recorder.refused
        try:
            return cast("str", tape.compile(construct, values, []))
        except Exception:  # noqa: BLE001
            self.recorder.refused = refused
            return None

    def _take(self, connection: Connection, texts: Sequence[str], context: Any, construct: Any = None) -> None:
        """Take down a statement, once for each set of parameters, if it changes anything."""
        pieces = _pieces(texts[0])  # the others differ in literals alone
        take_control(self.recorder, pieces or ())
        changes = pieces is None  # the server took what the parser does not know: that is told where all text is parsed
        self._copies = self._copies or changes
        for piece in pieces or ():
            reading = reading_of(piece)
            if reading.form is RowUse.NEITHER:
                continue
            answer = ask(connection, reading)
            if reading.form is RowUse.READS and not answer.volatile:
                self._judge(answer)
                continue
            changes = True
            self._copies = self._copies or bool(self._foreign(answer) or answer.own) or _is_opaque(piece)
        if not changes:
            return
        generated = construct is not None and construct.__visit_name__ != "textclause"
        autocommit = _is_autocommit(connection)
        source, is_index = self.recorder.source(), isinstance(construct, CreateIndex)
        # the indexes that one line makes come in no fixed order
        group = source.line if is_index else 0
        for sql in texts:
            self.recorder.pending.append(Emission(sql, source, generated, autocommit, group, is_index))
            self._owners.append(id(connection))
        if context is not None:
            context._release_recorded = beginning(texts[0])

    def _foreign(self, answer: Answer) -> list[str]:
        """Tables whose rows this revision has not written itself, all of them."""
        return [name for name, oid in answer.relations if oid <= self._newest or self._copies]

    def _judge(self, answer: Answer) -> None:
        tables = self._foreign(answer)
        if (tables or answer.own) and not _ignored_by_alembic():
            what = [f"rows of {', '.join(tables)}"] if tables else []
            what += [f"what {', '.join(f'{name}()' for name in answer.own)} gives"] if answer.own else []
            self._read(" and ".join(what))

    def _read(self, what: str) -> None:
        self._note(f"reads {what}")

    def _note(self, text: str) -> None:
        self.reads.append(Note(text, self.recorder.source()))


_SAVEPOINTS = frozenset({"savepoint", "rollback_to_savepoint", "release_savepoint"})


def _fetches_a_default() -> bool:
    return any(is_default_fetched(frame) for frame in library_frames(sys._getframe(2)))


def _ignored_by_alembic() -> bool:
    """Whether op.execute() ran the statement: it gives nobody the result."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if is_operation_of_alembic(frame):
            return True
        frame = frame.f_back
    return False


def _is_autocommit(connection: Connection) -> bool:
    return connection.get_execution_options().get("isolation_level") == "AUTOCOMMIT"


def _computed(compiled: Any) -> list[str]:
    columns = [*getattr(compiled, "insert_prefetch", ()), *getattr(compiled, "update_prefetch", ())]
    return [column.key for column in columns]


def _without_returning(construct: UpdateBase) -> UpdateBase:
    """The statement without RETURNING, which a script has no use for, be it SQLAlchemy's own or the author's."""
    if isinstance(construct, Insert):
        construct = construct.inline()
    return without_returning(construct)


def _pieces(sql: str) -> list[Syntax] | None:
    try:
        return [piece.syntax for piece in split(sql)]
    except SqlError:
        return None


def _is_opaque(syntax: Syntax) -> bool:
    return syntax.node in {"DoStmt", "CallStmt", "CopyStmt", "ExecuteStmt"}
