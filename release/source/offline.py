"""Alembic's `--sql` mode, one emission at a time, each with the migration line that caused it.

Alembic's own text output is never read. A `PostgresqlImpl` subclass takes the constructs before they are
flattened into a script, so that nothing is lost on the way (docs/bundle.md, "Faithful text"): binds without a
value, tabs, terminators, `BEGIN`/`COMMIT`, version rows.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.ddl.impl import _impls
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import RevisionStep
from alembic.util import CommandError
from sqlalchemy import exc, text
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement, DropTable
from sqlalchemy.sql.dml import UpdateBase

from release.errors import ConfigError, MigrationError, ReleaseError
from release.model import Direction, Name, Source
from release.source.failure import reason_of, where

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from types import FrameType

    from alembic.runtime.migration import MigrationContext
    from alembic.script import Script
    from sqlalchemy import Table
    from sqlalchemy.sql.elements import TextClause

    from release.source.history import History


@dataclass(frozen=True, slots=True)
class Emission:
    """SQL text that a migration emitted: one statement or several, as their author wrote them.

    Attributes:
        generated: SQLAlchemy wrote the text (its layout is nobody's choice).
        autocommit: emitted inside an `autocommit_block()`.
        group: emissions of one operation share a number; their indexes come in no fixed order.
    """

    text: str
    source: Source
    generated: bool
    autocommit: bool
    group: int = 0
    is_index: bool = False


@dataclass(frozen=True, slots=True)
class RevisionWork:
    """What one revision emits in one direction, and the version rows around it."""

    revision: str
    emissions: tuple[Emission, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(slots=True)
class _Recorder:
    """What is being taken down while env.py runs; it lives as long as one `render` call."""

    history: History
    scripts: tuple[Script, ...]
    direction: Direction
    step: Script | None = None
    heads: tuple[str, ...] = ()
    pending: list[Emission] = field(default_factory=list)
    works: list[RevisionWork] = field(default_factory=list)
    version_table: Name | None = None
    places: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def steps(self, heads: tuple[str, ...], context: MigrationContext) -> Iterator[RevisionStep]:
        """The function that Alembic asks for the revisions to run."""
        if context.dialect.name != "postgresql":
            raise ConfigError(
                f"{self.history.relative(self.history.directory.env_py_location)} configures the dialect "
                f"{context.dialect.name!r}",
                "release works on PostgreSQL: offline mode needs a postgresql URL, or dialect_name='postgresql'",
            )
        self.heads = tuple(sorted(heads))
        self.version_table = Name(context.version_table, context.version_table_schema or "")
        context.on_version_apply_callbacks = (*context.on_version_apply_callbacks, self._applied)
        revision_map = self.history.directory.revision_map
        upgrade = self.direction is Direction.UPGRADE
        for script in self.scripts if upgrade else reversed(self.scripts):
            self.step = script
            yield _Step(revision_map, script, upgrade)
            self.step = None

    def _applied(self, *, heads: set[str], **_: Any) -> None:
        step = self.step
        if step is None:
            raise RuntimeError("Alembic applied a revision that it was not given")
        after = tuple(sorted(heads))
        work = RevisionWork(step.revision, _in_fixed_order(self.pending), self.heads, after)
        self.works.append(work)
        self.pending.clear()
        self.heads = after

    def source(self) -> Source:
        """The innermost line of the running revision's file; of env.py outside any revision."""
        path = self.step.path if self.step else self.history.directory.env_py_location
        name, real, last = self._place(path)
        frame: FrameType | None = sys._getframe(1)  # inspect.stack() reads every source file
        while frame is not None:
            file = frame.f_code.co_filename
            if file == path or (file.endswith(last) and os.path.realpath(file) == real):
                break
            frame = frame.f_back
        revision = self.step.revision if self.step else ""
        return Source(revision, name, frame.f_lineno if frame else 0)

    def _place(self, path: str) -> tuple[str, str, str]:
        """A file's name in bundles, its real path and the last part of that, asked for once per file."""
        if path not in self.places:
            real = os.path.realpath(path)
            self.places[path] = (self.history.relative(path), real, Path(real).name)
        return self.places[path]

    def finish(self) -> tuple[RevisionWork, ...]:
        """The works, what env.py emitted after the last revision included."""
        if self.pending and self.works:
            last = self.works[-1]
            self.works[-1] = RevisionWork(last.revision, last.emissions + tuple(self.pending), last.before, last.after)
        return tuple(self.works)


class _Step(RevisionStep):
    """A step that finds the version row of a straight history at once; Alembic walks down to base for each."""

    def _unmerge_to_revisions(self, heads: set[str]) -> tuple[str, ...]:
        if len(self.to_revisions) == 1 and heads == {self.revision.revision}:
            return tuple(self.to_revisions)
        return super()._unmerge_to_revisions(heads)


def _in_fixed_order(emissions: Sequence[Emission]) -> tuple[Emission, ...]:
    """Indexes that one operation creates are kept in sets by SQLAlchemy and GeoAlchemy2: sort those runs."""
    ordered: list[Emission] = []
    run: list[Emission] = []
    for emission in emissions:
        if run and not (emission.is_index and emission.group == run[-1].group):
            ordered += sorted(run, key=lambda index: index.text)
            run = []
        if emission.is_index and emission.group:
            run.append(emission)
        else:
            ordered.append(emission)
    return tuple(ordered + sorted(run, key=lambda index: index.text))


def _recording_impl(recorder: _Recorder) -> type[PostgresqlImpl]:
    """Alembic's PostgreSQL implementation, writing to `recorder` instead of a text stream."""

    class RecordingImpl(PostgresqlImpl):
        __dialect__ = "release-recording"

        def __init__(self, dialect: Any, *args: Any, **kwargs: Any) -> None:
            # A driver's paramstyle would double every % (format, pyformat) or number the binds.
            dialect.paramstyle = "named"
            dialect.positional = False
            dialect.identifier_preparer._double_percents = False
            super().__init__(dialect, *args, **kwargs)
            self._versions: Table | None = None
            self._autocommit = False
            self._operations = 0
            self._depth = 0

        def version_table_impl(self, **kwargs: Any) -> Table:
            self._versions = super().version_table_impl(**kwargs)
            return self._versions

        def emit_begin(self) -> None:
            self._autocommit = False

        def emit_commit(self) -> None:
            self._autocommit = True

        def static_output(self, text: str) -> None:
            # Alembic's own "-- Running …" notes come this way, and so does raw SQL of a few migrations.
            if not text.startswith("-- Running "):
                self._take(text, generated=False)

        @contextlib.contextmanager
        def _one_operation(self) -> Iterator[None]:
            if not self._depth:
                self._operations += 1
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

        def create_table(self, table: Table, **kwargs: Any) -> None:
            with self._one_operation():
                super().create_table(table, **kwargs)

        def add_column(self, *args: Any, **kwargs: Any) -> None:
            with self._one_operation():
                super().add_column(*args, **kwargs)

        def _exec(
            self,
            construct: Any,
            execution_options: Mapping[str, Any] | None = None,  # noqa: ARG002  # Alembic's signature
            multiparams: Sequence[Mapping[str, Any]] | None = None,
            params: Mapping[str, Any] | None = None,
        ) -> None:
            if isinstance(construct, str):
                construct = text(construct)
            if self._is_version_write(construct):
                return
            if multiparams is not None or params:
                raise TypeError("parameters cannot be given with --sql; write literals")
            is_text = construct.__visit_name__ == "textclause"
            if is_text:
                _refuse_unbound(construct, recorder.source())
            kwargs = {} if isinstance(construct, DDLElement) else {"compile_kwargs": {"literal_binds": True}}
            compiled = construct.compile(dialect=self.dialect, **kwargs)
            self._take(str(compiled), generated=not is_text, is_index=isinstance(construct, CreateIndex))

        def _is_version_write(self, construct: Any) -> bool:
            """The version table is ours to create and to write; older Alembic drops it, offline only (issue 1822)."""
            if isinstance(construct, UpdateBase):
                return construct.table is self._versions
            return isinstance(construct, (CreateTable, DropTable)) and construct.element is self._versions

        def _take(self, sql: str, *, generated: bool, is_index: bool = False) -> None:
            group = self._operations if self._depth else 0
            recorder.pending.append(Emission(sql, recorder.source(), generated, self._autocommit, group, is_index))

    return RecordingImpl


def _refuse_unbound(clause: TextClause, source: Source) -> None:
    """Alembic renders a bind without a value as NULL and succeeds (fact 1); online the same text raises."""
    unbound = sorted(
        name
        for name, bind in clause._bindparams.items()
        if bind.required or (bind.value is None and bind.callable is None)
    )
    if unbound:
        names = ", ".join(f":{name}" for name in unbound)
        raise MigrationError(
            f"revision {source.revision}, {source}: the SQL text has a bind parameter without a value: {names}",
            f"write \\:{unbound[0]} where a colon is meant, or give the value with text(…).bindparams({unbound[0]}=…)",
        )


@contextlib.contextmanager
def _registered(impl: type[PostgresqlImpl]) -> Iterator[None]:
    """Alembic looks its implementation up by dialect name; put ours there for as long as it is needed."""
    before = _impls["postgresql"]
    _impls["postgresql"] = impl
    try:
        yield
    finally:
        _impls["postgresql"] = before
        _impls.pop(impl.__dialect__, None)


def render(
    history: History, scripts: Sequence[Script], start: Sequence[str], end: Sequence[str], direction: Direction
) -> tuple[tuple[RevisionWork, ...], Name]:
    """Run the migrations offline, in one direction, and take down what they emit.

    Args:
        scripts: the revisions in upgrade order; a rollback runs them in exactly the reverse order.
        start, end: version rows before and after the upgrade.

    Returns:
        One work per revision in the order they run, and the version table's name.

    Raises:
        MigrationError: a migration or env.py raised, or emitted what cannot be rendered faithfully.
        ConfigError: env.py configures another dialect, or runs no migrations in offline mode.
    """
    recorder = _Recorder(history, tuple(scripts), direction)
    upgrade = direction is Direction.UPGRADE
    began, ends = (start, end) if upgrade else (end, start)
    buffer = io.StringIO()
    environment = EnvironmentContext(
        history.config,
        history.directory,
        fn=recorder.steps,
        as_sql=True,
        starting_rev=_argument(began),
        destination_rev=_argument(ends),
        output_buffer=buffer,
    )
    # print() in a migration is for people; only the recorder sees SQL.
    with _registered(_recording_impl(recorder)), contextlib.redirect_stdout(sys.stderr), environment:
        try:
            history.directory.run_env()
        except ReleaseError:
            raise
        except (Exception, SystemExit) as error:
            raise _explain(error, recorder) from error
    if recorder.version_table is None:
        raise ConfigError(
            f"{history.relative(history.directory.env_py_location)} ran no migrations in offline mode",
            "it must call context.configure(…) and context.run_migrations() when context.is_offline_mode()",
        )
    return recorder.finish(), recorder.version_table


def _argument(rows: Sequence[str]) -> Any:
    """Version rows in the form that Alembic's start and destination arguments take."""
    if not rows:
        return "base"
    return rows[0] if len(rows) == 1 else tuple(rows)


def _explain(error: BaseException, recorder: _Recorder) -> ReleaseError:
    history = recorder.history
    step = recorder.step
    env = history.directory.env_py_location
    if step is None:
        place = where(error, (_folder(env),))
        spot = f"{history.relative(place[0])}:{place[1]}" if place else history.relative(env)
        return MigrationError(
            f"{spot}: env.py failed in offline mode: {reason_of(error)}",
            "`alembic upgrade head --sql` runs the same code; it must work without a database",
        )
    place = where(error, (os.path.realpath(step.path),)) or where(error, (_folder(step.path),))
    word = "upgrade" if recorder.direction is Direction.UPGRADE else "downgrade"
    spot = f"{history.relative(place[0])}:{place[1]}" if place else history.relative(step.path)
    return MigrationError(
        f"revision {step.revision}, {spot}: {word}() cannot be rendered offline: {reason_of(error)}",
        _advice(error),
    )


def _folder(file: str) -> str:
    return str(Path(os.path.realpath(file)).parent)


def _advice(error: BaseException) -> str:
    if isinstance(error, exc.CompileError):
        return "SQLAlchemy has no literal form of a value: write it as SQL text (op.execute) or with sa.text('…')"
    if isinstance(error, (AttributeError, TypeError, exc.NoInspectionAvailable)):
        return (
            "offline there is no database to ask: a result that the migration uses must be replaced by SQL that the "
            "server evaluates (INSERT … SELECT, UPDATE … FROM, DO blocks)"
        )
    if isinstance(error, CommandError):
        return "see docs/migrations.md on offline mode"
    return "`alembic upgrade … --sql` fails at the same line; the migration must work without a database"
