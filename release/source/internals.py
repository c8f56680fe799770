"""Private names of Alembic, of SQLAlchemy and of drivers: all that are used, so that no other module says one.

A private name is one that begins with an underscore, a class that no reference of the library has, or a method that
is put in the place of another. Each tells the versions in which it was seen to be what is said of it, of which the
first is the oldest that is supported; `tests/source/test_internals.py` has a test of each against what is installed.
"""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING, Any

from alembic.ddl.impl import _impls
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.runtime.migration import MigrationContext, RevisionStep
from sqlalchemy import Connection, CursorResult, Engine, inspection
from sqlalchemy.engine.mock import MockConnection

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from types import FrameType

    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import Script, ScriptDirectory
    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.dml import UpdateBase
    from sqlalchemy.sql.elements import BindParameter

# Alembic: its history


def upgrade_target(directory: ScriptDirectory, start: Sequence[str], name: str) -> Sequence[Any]:
    """The scripts that a name like `+2` means, counted upwards from some revisions.

    `RevisionMap._parse_upgrade_target`, as `alembic upgrade` has it. Seen in Alembic 1.14.0 and 1.20.1.

    Raises:
        RevisionError: Alembic's own; nothing is there.
    """
    return directory.revision_map._parse_upgrade_target(tuple(start), name, assert_relative_length=True)


def downgrade_target(directory: ScriptDirectory, start: Sequence[str], name: str) -> Any:
    """The script that a name like `head-1` means, counted downwards; "base" where nothing is left.

    `RevisionMap._parse_downgrade_target`, which gives a branch's label beside it. Seen in Alembic 1.14.0 and 1.20.1.

    Raises:
        RevisionError: Alembic's own; nothing is there.
    """
    return directory.revision_map._parse_downgrade_target(tuple(start) or None, name, assert_relative_length=True)[1]


def down_revisions(script: Script) -> Collection[str]:
    """The ids of what a revision follows and of what it depends on.

    `Revision._all_down_revisions`. Seen in Alembic 1.14.0 and 1.20.1.
    """
    return script._all_down_revisions


def version_folders(directory: ScriptDirectory) -> Sequence[Any]:
    """The folders of revision files, as configured: text, or paths in later versions.

    `ScriptDirectory._version_locations`. Seen in Alembic 1.14.0 and 1.20.1.
    """
    return directory._version_locations


# Alembic: running migrations


class DirectStep(RevisionStep):
    """A step that finds the version row of a straight history at once; Alembic walks down to base for each.

    `RevisionStep`, made of a revision map, a script and whether it goes up, whose `migration_fn` runs the migration;
    and its `_unmerge_to_revisions`, the heads to leave when the revision is taken back. Seen in Alembic 1.14.0 and
    1.20.1.
    """

    def _unmerge_to_revisions(self, heads: set[str]) -> tuple[str, ...]:
        if len(self.to_revisions) == 1 and heads == {self.revision.revision}:
            return tuple(self.to_revisions)
        return super()._unmerge_to_revisions(heads)


def tell_mode(environment: EnvironmentContext, context: MigrationContext, is_offline: Callable[[], bool]) -> None:
    """Have a function of ours say whether a context is in `--sql` mode, to all but Alembic itself.

    `EnvironmentContext.is_offline_mode`, put on the object, where the functions of `alembic.context` find it;
    `MigrationContext.as_sql` and `DefaultImpl.as_sql`. Seen in Alembic 1.14.0 and 1.20.1.
    """
    environment.is_offline_mode = is_offline  # type: ignore[method-assign]
    for thing in (context, context.impl):
        tell_attribute(thing, "as_sql", is_offline, of_library=True)


def tell_attribute(thing: Any, name: str, tell: Callable[[], Any], of_library: Any = None) -> None:
    """Have a function of ours say what an attribute of an object is, to all but the library that it is of.

    The object's class becomes one of ours, below the one that it had, with the `supports_statement_cache` that a
    dialect's own class must have. Seen in Alembic 1.14.0 and 1.20.1, SQLAlchemy 2.0.36 and 2.1.9.

    Args:
        of_library: what Alembic and SQLAlchemy are told.
    """

    def get(_: Any) -> Any:
        asking = str(sys._getframe(1).f_globals.get("__name__"))
        return of_library if asking.startswith(("alembic.", "sqlalchemy.")) else tell()

    kind = type(thing)
    body = {name: property(get), "__module__": kind.__module__, "supports_statement_cache": True}
    thing.__class__ = type(kind.__name__, (kind,), body)


def call_when_applied(context: MigrationContext, callback: Callable[..., None]) -> None:
    """Have a function called after each revision, beside those that env.py gives as `on_version_apply`.

    `MigrationContext.on_version_apply_callbacks`, read at each. Seen in Alembic 1.14.0 and 1.20.1.
    """
    context.on_version_apply_callbacks = (*context.on_version_apply_callbacks, callback)


def has_transaction_per_migration(context: MigrationContext) -> bool:
    """Whether env.py sets `transaction_per_migration`.

    `MigrationContext._transaction_per_migration`. Seen in Alembic 1.14.0 and 1.20.1.
    """
    return bool(getattr(context, "_transaction_per_migration", False))


def set_transaction_per_migration() -> None:
    """Give each revision a transaction of its own, whatever env.py sets, for as long as this process lives.

    `MigrationContext._transaction_per_migration`, set behind an `__init__` that is put in the place of Alembic's. Seen
    in Alembic 1.14.0 and 1.20.1.
    """
    inner = MigrationContext.__init__

    def init(self: MigrationContext, *args: Any, **kw: Any) -> None:
        inner(self, *args, **kw)
        self._transaction_per_migration = True

    MigrationContext.__init__ = init  # type: ignore[method-assign]


@contextlib.contextmanager
def offline_connections(make: Callable[[MigrationContext], MockConnection]) -> Iterator[None]:
    """Have the connections of `--sql` mode made by a function of ours, which is given the context.

    `MigrationContext._stdout_connection`, which its `__init__` calls. Seen in Alembic 1.14.0 and 1.20.1.
    """
    before = MigrationContext._stdout_connection

    def connection(context: MigrationContext, _connection: Any) -> MockConnection:
        return make(context)

    MigrationContext._stdout_connection = connection  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        MigrationContext._stdout_connection = before  # type: ignore[method-assign]


@contextlib.contextmanager
def implementation(impl: type[PostgresqlImpl]) -> Iterator[None]:
    """Put an implementation for PostgreSQL in the place of Alembic's, which looks it up by the dialect's name.

    `alembic.ddl.impl._impls`, where a class with a `__dialect__` also enters itself. Seen in Alembic 1.14.0 and 1.20.1.
    """
    before = _impls["postgresql"]
    _impls["postgresql"] = impl
    try:
        yield
    finally:
        _impls.pop(impl.__dialect__, None)
        _impls["postgresql"] = before


class OneDoorImpl(PostgresqlImpl):
    """Alembic's implementation for PostgreSQL, all of whose constructs come through a method that has a name.

    `DefaultImpl._exec`, with a construct or text and the parameters that it is to be run with, once or several times.
    Seen in Alembic 1.14.0 and 1.20.1.
    """

    def take(
        self, construct: Any, multiparams: Sequence[Mapping[str, Any]] | None, params: Mapping[str, Any] | None
    ) -> None:
        """Take a construct down."""
        raise NotImplementedError

    def _exec(
        self,
        construct: Any,
        execution_options: Mapping[str, Any] | None = None,  # noqa: ARG002  # Alembic's signature
        multiparams: Sequence[Mapping[str, Any]] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> None:
        self.take(construct, multiparams, params)


def is_operation_of_alembic(frame: FrameType) -> bool:
    """Whether a frame is Alembic's own execution of what an operation or `op.execute()` gave it.

    `DefaultImpl._exec` of `alembic.ddl.impl`. Seen in Alembic 1.14.0 and 1.20.1.
    """
    return frame.f_code.co_name == "_exec" and frame.f_globals.get("__name__") == "alembic.ddl.impl"


# SQLAlchemy: statements and dialects


def undouble(dialect: Dialect) -> None:
    """Let a dialect write % and backslashes as they are: neither a driver nor an old server reads the text.

    `IdentifierPreparer._double_percents` and `PGDialect._backslash_escapes`. Seen in SQLAlchemy 2.0.36 and 2.1.9.
    """
    preparer: Any = dialect.identifier_preparer
    preparer._double_percents = False
    postgresql: Any = dialect
    postgresql._backslash_escapes = False


def json_serializer(dialect: Dialect) -> Callable[[Any], str] | None:
    """What `create_engine(json_serializer=…)` was given.

    `PGDialect._json_serializer`. Seen in SQLAlchemy 2.0.36 and 2.1.9.
    """
    serializer: Callable[[Any], str] | None = getattr(dialect, "_json_serializer", None)
    return serializer


def set_json_serializer(dialect: Dialect, serializer: Callable[[Any], str] | None) -> None:
    """Give a dialect what `create_engine(json_serializer=…)` would.

    `PGDialect._json_serializer`. Seen in SQLAlchemy 2.0.36 and 2.1.9.
    """
    postgresql: Any = dialect
    postgresql._json_serializer = serializer


def binds_of_text(clause: Any) -> Mapping[str, BindParameter[Any]]:
    """The bind parameters of a `text()`, by name.

    `TextClause._bindparams`. Seen in SQLAlchemy 2.0.36 and 2.1.9.
    """
    binds: Mapping[str, BindParameter[Any]] = clause._bindparams
    return binds


def params_of(construct: Any) -> Mapping[str, Any]:
    """The values that `.params(…)` gave to an executable.

    `ExecutableStatement._params`. Seen in SQLAlchemy 2.1.9; in 2.0.36 there is none, and the values are in its binds.
    """
    params: Mapping[str, Any] = getattr(construct, "_params", {})
    return params


def without_returning(construct: UpdateBase) -> UpdateBase:
    """An INSERT, UPDATE or DELETE without its RETURNING: itself, or a copy.

    `UpdateBase._returning`, a tuple, and `ClauseElement._clone`. Seen in SQLAlchemy 2.0.36 and 2.1.9.
    """
    if not construct._returning:
        return construct
    construct = construct._clone()
    construct._returning = ()
    return construct


# SQLAlchemy: connections and results


class SessionlessConnection(MockConnection):
    """SQLAlchemy's mock connection, with a name for what a Session asks of a connection.

    `sqlalchemy.engine.mock.MockConnection`; and `Connection._get_required_transaction` with its like for savepoints,
    which a Session of SQLAlchemy 2.0 asks for (that of 2.1 wants a real connection at once). Seen in SQLAlchemy 2.0.36
    and 2.1.9.
    """

    def refuse_session(self) -> BaseException:
        """The error that a Session is to get."""
        raise NotImplementedError

    def _get_required_transaction(self) -> Any:
        raise self.refuse_session()

    _get_required_nested_transaction = _get_required_transaction


def when_inspected(kind: type, function: Callable[[Any], Any]) -> None:
    """Have `sqlalchemy.inspect()` call a function for the objects of a class.

    `sqlalchemy.inspection._inspects`; AssertionError where the class has another. Seen in SQLAlchemy 2.0.36 and 2.1.9.
    """
    inspection._inspects(kind)(function)


def watch_fetches(watched: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put functions of ours around whatever gets rows out of a result, for as long as this process lives.

    `CursorResult._fetchiter_impl`, `_fetchone_impl`, `_fetchall_impl` and `_fetchmany_impl`. Seen in SQLAlchemy 2.0.36
    and 2.1.9.
    """
    for name in ("_fetchiter_impl", "_fetchone_impl", "_fetchall_impl", "_fetchmany_impl"):
        setattr(CursorResult, name, watched(getattr(CursorResult, name)))


def watch_row_counts(watched: Callable[[Callable[[Any], int]], Callable[[Any], int]]) -> None:
    """Put a function of ours around the row count of a result, for as long as this process lives.

    `CursorResult.rowcount`, a property of the class. Seen in SQLAlchemy 2.0.36 and 2.1.9.
    """
    inner: Any = CursorResult.__dict__["rowcount"].fget
    CursorResult.rowcount = property(watched(inner))  # type: ignore[method-assign, assignment]


def watch_driver_connections(watched: Callable[[Callable[[Any], Any]], Callable[[Any], Any]]) -> None:
    """Put functions of ours around what gives the driver's own connection, for as long as this process lives.

    `Connection.connection`, a property of the class, and `Engine.raw_connection`. Seen in SQLAlchemy 2.0.36 and 2.1.9.
    """
    inner: Any = Connection.connection.fget  # type: ignore[attr-defined]
    Connection.connection = property(watched(inner))  # type: ignore[method-assign, assignment]
    Engine.raw_connection = watched(Engine.raw_connection)  # type: ignore[method-assign, assignment]


def is_default_fetched(frame: FrameType) -> bool:
    """Whether a frame is SQLAlchemy's own query for a column's default.

    `DefaultExecutionContext._execute_scalar`. Seen in SQLAlchemy 2.0.36 and 2.1.9.
    """
    return frame.f_code.co_name == "_execute_scalar"


def is_own_fetch(frame: FrameType) -> bool:
    """Whether a frame is one in which SQLAlchemy itself fetches what an INSERT or UPDATE of its own returns.

    `DefaultExecutionContext._setup_dml_or_text_result` and `_setup_result_proxy`, and whatever the modules of the ORM
    do that write a Session's objects. Seen in SQLAlchemy 2.0.36 and 2.1.9.
    """
    return (
        frame.f_code.co_name in {"_setup_dml_or_text_result", "_setup_result_proxy"}
        or frame.f_globals.get("__name__") in ORM_WRITES
    )


ORM_WRITES = ("sqlalchemy.orm.persistence", "sqlalchemy.orm.bulk_persistence", "sqlalchemy.orm.unitofwork")
"""Modules that write a Session's objects. Seen in SQLAlchemy 2.0.36 and 2.1.9."""

ORM_QUERY = "sqlalchemy.orm.query"
"""The module whose Query.update() and Query.delete() give the row count. Seen in SQLAlchemy 2.0.36 and 2.1.9."""


# drivers

DRIVERS = {
    "psycopg": ("_connection_base.BaseConnection._connect_gen", "AsyncConnection.connect"),  # which asks for addresses
    "psycopg2": ("_connect",),
    "asyncpg": ("connect_utils._connect",),
    "pg8000": ("core.CoreConnection.__init__",),
}
"""Where in a driver every connection is opened, by its module. Seen in psycopg 3.2.3 and 3.3.9, psycopg2 2.9.10 and
2.9.13, asyncpg 0.29.0 and 0.32.0, pg8000 1.31.0 and 1.31.6."""
