"""Alembic's PostgreSQL implementation, giving what it is told to do to a recorder instead of a text stream.

Nothing is lost on the way to text (see the facts in docs/generation.md): binds without a value, parameters, tabs,
terminators, `BEGIN`/`COMMIT`, version rows.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import text
from sqlalchemy.exc import CompileError
from sqlalchemy.schema import CreateIndex, CreateTable, DDLElement, DropTable
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.elements import ClauseElement
from sqlalchemy.sql.expression import SelectBase

from release.errors import MigrationError, SqlError
from release.source.control import may_control, take_control
from release.source.internals import OneDoorImpl, binds_of_text, params_of, undouble
from release.source.literals import UnboundError, fill_placeholders, literal_compiler
from release.source.recorder import Emission
from release.sql.facts.read_only import only_reads
from release.sql.read.quote import beginning
from release.sql.read.statements import split

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import Table

    from release.source.recorder import Recorder
    from release.sql.read.statements import ParsedStatement


def recording_impl(recorder: Recorder) -> type[OneDoorImpl]:
    """The implementation that gives everything to `recorder`."""

    class RecordingImpl(OneDoorImpl):
        __dialect__ = "release-recording"

        def __init__(self, dialect: Any, *args: Any, **kwargs: Any) -> None:
            _neutralise(dialect)
            super().__init__(dialect, *args, **kwargs)
            if not self.transactional_ddl:
                recorder.per_revision = True  # which is what Alembic makes of it online
                self.transactional_ddl = True  # or autocommit blocks would not be announced
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

        def drop_constraint(self, const: Any, **kwargs: Any) -> None:
            try:
                super().drop_constraint(const, **kwargs)
            except CompileError as error:
                if const.name is not None:
                    raise
                raise recorder.refuse(
                    f"drops a constraint of {const.table.name} without its name, which SQLAlchemy refuses online, too",
                    f"write the name that it has there (`\\d {const.table.name}` in psql): PostgreSQL's own are "
                    "table_column_key, table_column_fkey, table_column_check and table_pkey",
                ) from error

        def bulk_insert(self, table: Any, rows: Any, multiinsert: bool = True) -> None:
            if not isinstance(rows, list) or (rows and not isinstance(rows[0], dict)):
                super().bulk_insert(table, rows, multiinsert)  # raises as it does online
                return
            for row in rows:
                unknown = sorted(set(row) - set(table.c.keys()))
                if unknown:
                    raise recorder.refuse(
                        f"bulk_insert has values for {', '.join(unknown)}, which the table {table.name} of the "
                        "migration does not list",
                        "add the columns to the table(…) that the migration declares, or take the values out",
                    )
                # what inline_literal() wraps is a value of its own type; a function call is SQL, which no
                # parameter can be
                self._run(table.insert().inline(), row)

        def take(
            self, construct: Any, multiparams: Sequence[Mapping[str, Any]] | None, params: Mapping[str, Any] | None
        ) -> None:
            if isinstance(construct, str):
                construct = text(construct)
            if self._is_version_write(construct):
                return
            for values in multiparams if multiparams is not None else [params or {}]:
                self._run(construct, values)

        # what the offline connection asks for

        def run(self, construct: Any, parameters: Any, *, autocommit: bool) -> str:
            if self._is_version_write(construct):
                return ""
            sets = parameters if isinstance(parameters, list | tuple) else [parameters or {}]
            if not all(hasattr(each, "keys") for each in sets):
                raise TypeError("parameters are a dictionary or a list of dictionaries")
            keys = list(sets[0]) if sets else []
            what = ""
            for values in sets:
                what = self._run(construct, values, keys, autocommit=autocommit, reads=True)
            return what

        def run_driver_sql(self, sql: str, parameters: Any, *, autocommit: bool) -> str:
            many = isinstance(parameters, list) and parameters and isinstance(parameters[0], dict | tuple)
            for values in parameters if many else [parameters or ()]:
                filled = fill_placeholders(sql, values, self.dialect)
                self._take(filled, generated=False, autocommit=autocommit, reads=True)
            return beginning(sql)

        def commit(self, *, autocommit: bool) -> None:
            if recorder.step and recorder.pending:
                recorder.pending.append(Emission("COMMIT", recorder.source(), generated=True, autocommit=autocommit))

        def mark(self) -> int:
            return len(recorder.pending)

        def forget(self, mark: int) -> None:
            del recorder.pending[mark:]

        def refuse(self, message: str, hint: str, kind: type[MigrationError] = MigrationError) -> BaseException:
            return recorder.refuse(message, hint, kind)

        def _run(
            self,
            construct: Any,
            values: Mapping[str, Any],
            keys: Sequence[str] | None = None,
            *,
            autocommit: bool = False,
            reads: bool = False,
        ) -> str:
            is_text = construct.__visit_name__ == "textclause"
            sql = self.compile(construct, values, list(values) if keys is None else list(keys))
            self._take(
                sql,
                generated=not is_text,
                is_index=isinstance(construct, CreateIndex),
                autocommit=autocommit,
                reads=reads and (is_text or isinstance(construct, SelectBase)),
            )
            return beginning(sql)

        def compile(self, construct: Any, values: Mapping[str, Any], keys: Sequence[str]) -> str:
            """A construct as text, with literals for values."""
            if isinstance(construct, DDLElement):
                return str(construct.compile(dialect=self.dialect))
            given = {**params_of(construct), **values}
            if isinstance(construct, UpdateBase):
                # SQL among the values stands in VALUES as it is; a parameter's type would wrap it
                clauses = {key: given.pop(key) for key in list(given) if _is_sql(given[key])}
                construct = cast("Any", construct).values(clauses) if clauses else construct
                keys = [key for key in keys if key not in clauses]
            compiled = self._compiled(construct, given, keys)
            computed = list(getattr(compiled, "insert_prefetch", ())) + list(getattr(compiled, "update_prefetch", ()))
            if computed:
                # defaults that Python computes: SQLAlchemy would fill them in when it executes the statement
                defaults = {
                    column.key: _python_default(column, recorder, update=bool(compiled.update_prefetch))
                    for column in computed
                }
                compiled = self._compiled(construct, {**defaults, **given}, [*keys, *defaults])
            return str(compiled)

        def _compiled(self, construct: Any, values: Mapping[str, Any], keys: Sequence[str]) -> Any:
            compiler: Any = self.dialect.statement_compiler
            compiler.values = values
            try:
                if construct.__visit_name__ == "textclause":
                    _find_unbound(construct, values)
                return construct.compile(
                    dialect=self.dialect, column_keys=list(keys), compile_kwargs={"literal_binds": True}
                )
            except UnboundError as error:
                names = ", ".join(f":{name}" for name in error.names)
                raise recorder.refuse(
                    f"the SQL text has a bind parameter without a value: {names}"
                    if construct.__visit_name__ == "textclause"
                    else f"a bind parameter has no value: {names}",
                    f"write \\:{error.names[0]} where a colon is meant, or give the value with "
                    f"text(…).bindparams({error.names[0]}=…)",
                ) from error
            finally:
                compiler.values = {}

        def _is_version_write(self, construct: Any) -> bool:
            """The version table is ours to create and to write; Alembic 1.14 drops it on the way to base."""
            if isinstance(construct, UpdateBase):
                return construct.table is self._versions
            return isinstance(construct, CreateTable | DropTable) and construct.element is self._versions

        def _take(
            self, sql: str, *, generated: bool, is_index: bool = False, autocommit: bool = False, reads: bool = False
        ) -> None:
            read = _read(sql, recorder.known.get(sql), tidy=generated) if reads or may_control(sql) else None
            take_control(recorder, [each.syntax for each in read or ()])
            if reads and read and all(only_reads(each.syntax) for each in read):
                recorder.note(f"not in the script, for it only reads and its result is not used: {beginning(sql)}")
                return
            group = self._operations if self._depth else 0
            recorder.pending.append(
                Emission(sql, recorder.source(), generated, self._autocommit or autocommit, group, is_index, read)
            )

    return RecordingImpl


def _neutralise(dialect: Any) -> None:
    """Take out of a dialect what a driver would need: doubled %, numbered binds, doubled backslashes."""
    dialect.paramstyle = "named"
    dialect.positional = False
    undouble(dialect)  # the script sets standard_conforming_strings
    if not hasattr(dialect.statement_compiler, "values"):
        dialect.statement_compiler = literal_compiler(dialect.statement_compiler)


def _is_sql(value: Any) -> bool:
    return isinstance(value, ClauseElement) or hasattr(value, "__clause_element__")


def _find_unbound(clause: Any, values: Mapping[str, Any]) -> None:
    """Alembic renders a bind without a value as NULL and succeeds (fact 1); online the same text raises."""
    unbound = sorted(
        name
        for name, bind in binds_of_text(clause).items()
        if name not in values and bind.required and bind.value is None and bind.callable is None
    )
    if unbound:
        raise UnboundError(*unbound)


def _python_default(column: Any, recorder: Recorder, *, update: bool) -> Any:
    default = column.onupdate if update else column.default
    if not default.is_callable:
        return default.arg
    recorder.computed = True
    return default.arg(None)


def _read(sql: str, known: Emission | None, *, tidy: bool) -> tuple[ParsedStatement, ...] | None:
    """The statements of a text; None where it cannot be parsed: its error is found where all text is parsed."""
    if known and known.read is not None and known.generated is tidy:
        return known.read
    try:
        return split(sql, tidy=tidy)
    except SqlError:
        return None
