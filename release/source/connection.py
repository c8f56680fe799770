"""The connection that a migration gets from `op.get_bind()` offline.

It takes every statement down with its parameters, and where it is told to commit. What no offline connection can
honestly give is a result: using one is refused where it is used.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Protocol, Self

from sqlalchemy import text

from release.errors import MigrationError, NeedsDatabaseError
from release.source.internals import SessionlessConnection, when_inspected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import TracebackType

    from sqlalchemy.engine import Dialect

WITHOUT_A_RESULT = (
    "let the server work it out: INSERT … SELECT, UPDATE … FROM, IF [NOT] EXISTS, or a DO block with IF and FOR loops"
)


class Tape(Protocol):
    """What takes the statements down."""

    def run(self, construct: Any, parameters: Any, *, autocommit: bool) -> str:
        """Take a statement down, once per set of parameters; give its first words."""

    def run_driver_sql(self, sql: str, parameters: Any, *, autocommit: bool) -> str:
        """Take down text with a driver's own placeholders."""

    def commit(self, *, autocommit: bool) -> None:
        """Take down that the transaction ends there."""

    def mark(self) -> int:
        """The place that `forget` goes back to."""

    def forget(self, mark: int) -> None:
        """Drop what was taken down since."""

    def refuse(self, message: str, hint: str, kind: type[MigrationError] = MigrationError) -> BaseException:
        """The error to raise; it names the migration's line, and counts even when the migration catches it."""


class OfflineResult:
    """What `execute` returns: there is no result, and whoever looks into it is told so."""

    __slots__ = ("_tape", "_what")

    def __init__(self, tape: Tape, what: str) -> None:
        self._tape = tape
        self._what = what

    def close(self) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def _use(self, how: str) -> BaseException:
        return self._tape.refuse(
            f"the result of `{self._what}` is used ({how}); offline there is no database to ask",
            WITHOUT_A_RESULT,
            NeedsDatabaseError,
        )

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise self._use(f".{name}")

    def __iter__(self) -> Iterator[Any]:
        raise self._use("its rows")

    def __next__(self) -> Any:
        raise self._use("its rows")

    def __len__(self) -> int:
        raise self._use("its length")

    def __bool__(self) -> bool:
        return True  # as online: a result is an object, whatever rows it has

    def __getitem__(self, _: object) -> Any:
        raise self._use("its rows")


class OfflineTransaction:
    """What `begin` returns. A block that fails takes its statements with it, as a rollback would."""

    def __init__(self, connection: OfflineConnection) -> None:
        self.connection = connection
        self.is_active = True
        self._mark = connection.tape.mark()

    def commit(self) -> None:
        self.is_active = False

    def close(self) -> None:
        self.is_active = False

    def rollback(self) -> None:
        self.connection.tape.forget(self._mark)
        self.is_active = False

    def __enter__(self) -> OfflineConnection:
        return self.connection

    def __exit__(
        self, kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self.rollback()
        self.is_active = False


class OfflineConnection(SessionlessConnection):
    """A connection and its engine in one, as SQLAlchemy's mock connection is."""

    def __init__(self, dialect: Dialect, tape: Tape, *, autocommit: bool = False) -> None:
        def execute(construct: Any, parameters: Any = None, *_: Any, **__: Any) -> Any:
            return self.execute(construct, parameters)

        super().__init__(dialect, execute)
        self.tape = tape
        self.autocommit = autocommit
        self.info: dict[Any, Any] = {}
        self.closed = False
        self.invalidated = False

    def execute(
        self,
        obj: Any,
        parameters: Any = None,
        execution_options: Mapping[str, Any] | None = None,  # noqa: ARG002  # SQLAlchemy's signature
    ) -> Any:
        what = self.tape.run(text(obj) if isinstance(obj, str) else obj, parameters, autocommit=self.autocommit)
        return OfflineResult(self.tape, what)

    def exec_driver_sql(
        self,
        statement: str,
        parameters: Any = None,
        execution_options: Mapping[str, Any] | None = None,  # noqa: ARG002
    ) -> Any:
        return OfflineResult(self.tape, self.tape.run_driver_sql(statement, parameters, autocommit=self.autocommit))

    def scalar(self, statement: Any, parameters: Any = None, **_: Any) -> Any:
        return self.execute(statement, parameters).scalar()

    def scalars(self, statement: Any, parameters: Any = None, **_: Any) -> Any:
        return self.execute(statement, parameters).scalars()

    def execution_options(self, **options: Any) -> OfflineConnection:
        level = options.get("isolation_level")
        autocommit = self.autocommit if level is None else level == "AUTOCOMMIT"
        return self if autocommit == self.autocommit else type(self)(self.dialect, self.tape, autocommit=autocommit)

    def get_execution_options(self) -> Mapping[str, Any]:
        return {"isolation_level": "AUTOCOMMIT"} if self.autocommit else {}

    def get_isolation_level(self) -> str:
        return "AUTOCOMMIT" if self.autocommit else "READ COMMITTED"

    def begin(self) -> OfflineTransaction:
        return OfflineTransaction(self)

    def begin_nested(self) -> OfflineTransaction:
        return OfflineTransaction(self)

    def get_transaction(self) -> OfflineTransaction:
        return OfflineTransaction(self)

    def refuse_session(self) -> BaseException:
        return self.tape.refuse(
            "an ORM Session needs a real connection; offline there is no database to ask",
            WITHOUT_A_RESULT,
            NeedsDatabaseError,
        )

    def get_nested_transaction(self) -> None:
        return None

    def in_transaction(self) -> bool:
        return not self.autocommit

    def in_nested_transaction(self) -> bool:
        return False

    def commit(self) -> None:
        self.tape.commit(autocommit=self.autocommit)

    def rollback(self) -> None:
        raise self.tape.refuse(
            "the migration rolls its transaction back; what a script has done it cannot undo half-way",
            "take the rollback() out, or use begin_nested() as a context manager",
        )

    def close(self) -> None:
        """Do nothing: there is nothing to close."""

    def dispose(self, **_: Any) -> None:
        """Do nothing: there is nothing to close."""

    @property
    def connection(self) -> Any:
        raise self.tape.refuse(
            "the migration asks for the driver's own connection (a raw cursor, COPY)",
            "use op.execute(…); rows that come with the migration can be written with op.bulk_insert",
            NeedsDatabaseError,
        )

    def raw_connection(self) -> Any:
        return self.connection

    def run_callable(self, function: Callable[..., Any], *args: Any, **kw: Any) -> Any:
        return function(self, *args, **kw)

    def run_sync(self, function: Callable[..., Any], *args: Any, **kw: Any) -> Any:
        return function(self, *args, **kw)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def _refuse_inspection(connection: OfflineConnection) -> Any:
    raise connection.tape.refuse(
        "inspect() reads the catalogs of a database; offline there is none", WITHOUT_A_RESULT, NeedsDatabaseError
    )


with contextlib.suppress(AssertionError):  # registered before, when the module is loaded twice
    when_inspected(OfflineConnection, _refuse_inspection)
