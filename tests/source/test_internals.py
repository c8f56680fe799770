"""Every private name of a library that `release/source/internals.py` holds is there, and is what is said of it."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import io
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import context as alembic_context
from alembic.config import Config
from alembic.ddl.impl import DefaultImpl
from alembic.ddl.postgresql import PostgresqlImpl
from alembic.operations import Operations
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext, RevisionStep
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.engine.mock import MockConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.sql.compiler import SQLCompiler

from release.source import internals
from release.source.history import open_history
from tests.projects import Revision, write_project

ROOMS = sa.Table("rooms", sa.MetaData(), sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text))


def dialect(**options: Any) -> Any:
    make: Any = PGDialect_psycopg
    return make(**options)


@pytest.fixture
def directory(tmp_path: Path) -> ScriptDirectory:
    aside = Revision("c3", down="a1", labels=("aside",))
    ini = write_project(tmp_path, Revision("a1"), Revision("b2", down="a1", depends_on="c3"), aside)
    return open_history(ini).directory


def offline(buffer: io.StringIO | None = None, **options: Any) -> MigrationContext:
    options = {"as_sql": True, "output_buffer": buffer or io.StringIO(), **options}
    return MigrationContext.configure(dialect_name="postgresql", opts=options)


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        ROOMS.create(connection)
        yield connection
    engine.dispose()


def frames(depth: int = 1) -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(depth)
    while frame is not None:
        yield frame
        frame = frame.f_back


# Alembic: its history


def test_a_name_is_counted_upwards(directory: ScriptDirectory) -> None:
    assert [script.revision for script in internals.upgrade_target(directory, (), "+1")] == ["a1"]
    assert [script.revision for script in internals.upgrade_target(directory, ("a1",), "aside@+1")] == ["c3"]
    with pytest.raises(RevisionError):
        internals.upgrade_target(directory, ("b2", "c3"), "+7")


def test_a_name_is_counted_downwards(directory: ScriptDirectory) -> None:
    assert internals.downgrade_target(directory, (), "c3-1").revision == "a1"
    assert internals.downgrade_target(directory, ("a1",), "-1") == "base"
    with pytest.raises(RevisionError):
        internals.downgrade_target(directory, ("a1",), "-7")


def test_dependencies_are_among_what_a_revision_follows(directory: ScriptDirectory) -> None:
    assert sorted(internals.down_revisions(directory.get_revision("b2"))) == ["a1", "c3"]


def test_version_folders(directory: ScriptDirectory) -> None:
    assert [Path(folder) for folder in internals.version_folders(directory)] == [Path(directory.versions).resolve()]


# Alembic: running migrations


def test_a_step_leaves_the_heads_that_alembics_leaves(directory: ScriptDirectory) -> None:
    assert callable(RevisionStep._unmerge_to_revisions)
    for revision, heads in (("a1", {"a1"}), ("c3", {"c3"}), ("c3", {"b2", "c3"}), ("b2", {"b2"})):
        script: Any = directory.get_revision(revision)
        near, walking = (
            kind(directory.revision_map, script, is_upgrade=False) for kind in (internals.DirectStep, RevisionStep)
        )
        assert near._unmerge_to_revisions(heads) == walking._unmerge_to_revisions(heads)
        assert near.migration_fn is script.module.downgrade


def test_a_step_is_asked_for_the_heads(directory: ScriptDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[set[str]] = []

    def leave(_: object, heads: set[str]) -> tuple[str, ...]:
        asked.append(heads)
        return ("a1",)

    monkeypatch.setattr(internals.DirectStep, "_unmerge_to_revisions", leave)
    script: Any = directory.get_revision("c3")
    step = internals.DirectStep(directory.revision_map, script, is_upgrade=False)
    assert (step.should_delete_branch({"c3"}), asked) == (False, [{"c3"}])


def run(directory: ScriptDirectory, buffer: io.StringIO, callback: Callable[..., None] | None = None) -> None:
    """Run two revisions in `--sql` mode."""

    def steps(*_: object) -> Iterator[RevisionStep]:
        for name in ("a1", "c3"):
            script: Any = directory.get_revision(name)
            yield RevisionStep(directory.revision_map, script, is_upgrade=True)

    context = offline(buffer, fn=steps, starting_rev="base", transactional_ddl=True)
    if callback:
        internals.call_when_applied(context, callback)
    with context.begin_transaction():
        context.run_migrations()


def test_a_function_is_called_when_a_revision_is_applied(directory: ScriptDirectory) -> None:
    applied: list[set[str]] = []
    run(directory, io.StringIO(), lambda *, heads, **_: applied.append(set(heads)))
    assert applied == [{"a1"}, {"c3"}]


@pytest.mark.parametrize("chosen", [True, False])
def test_transaction_per_migration_is_seen(chosen: bool) -> None:
    assert internals.has_transaction_per_migration(offline(transaction_per_migration=chosen)) is chosen


def test_alembic_knows_its_mode_and_others_are_told(directory: ScriptDirectory) -> None:
    environment = EnvironmentContext(Config(), directory, as_sql=True)
    buffer = io.StringIO()
    seen: list[tuple[bool, bool, bool]] = []

    def steps(_: object, context: Any) -> Iterator[RevisionStep]:
        seen.append((alembic_context.is_offline_mode(), context.as_sql, context.impl.as_sql))
        internals.tell_mode(environment, context, lambda: False)
        seen.append((alembic_context.is_offline_mode(), context.as_sql, context.impl.as_sql))
        script: Any = directory.get_revision("a1")
        yield RevisionStep(directory.revision_map, script, is_upgrade=True)

    with environment:
        environment.configure(dialect_name="postgresql", output_buffer=buffer, fn=steps, starting_rev="base")
        environment.run_migrations()
    assert seen == [(True, True, True), (False, False, False)]
    assert "-- Running upgrade  -> a1" in buffer.getvalue()  # which it writes in that mode alone


def test_an_attribute_is_told_to_all_but_its_library() -> None:
    ours = dialect()
    internals.tell_attribute(ours, "server_version_info", lambda: (15, 0))
    assert ours.server_version_info == (15, 0)
    assert isinstance(ours, PGDialect_psycopg)
    assert ours._supports_statement_cache
    assert str(sa.select(ROOMS.c.id).compile(dialect=ours)) == "SELECT rooms.id \nFROM rooms"


def test_every_revision_gets_a_transaction(directory: ScriptDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MigrationContext, "__init__", MigrationContext.__init__)  # to be put back
    before, after = io.StringIO(), io.StringIO()
    run(directory, before)
    internals.set_transaction_per_migration()
    run(directory, after)
    assert [text.getvalue().count("BEGIN;") for text in (before, after)] == [1, 2]


def test_a_connection_of_ours_is_made() -> None:
    ours: Any = MockConnection(dialect(), print)
    given: list[MigrationContext] = []
    with internals.offline_connections(lambda context: given.append(context) or ours):  # type: ignore[func-returns-value]
        context = offline()
    assert context.connection is ours
    assert given == [context]
    assert offline().connection is not ours


def test_an_implementation_of_ours_is_taken() -> None:
    class Named(PostgresqlImpl):
        __dialect__ = "own"

    class Nameless(PostgresqlImpl):
        """Its dialect is that of Alembic's."""

    for own in (Named, Nameless):
        with internals.implementation(own):
            assert type(offline().impl) is own
        assert type(offline().impl) is PostgresqlImpl


def test_all_constructs_come_through_one_door() -> None:
    taken: list[tuple[str, Any, Any]] = []

    class Own(internals.OneDoorImpl):
        def take(self, construct: Any, multiparams: Any, params: Any) -> None:
            taken.append((str(construct), multiparams, dict(params or {})))

    with internals.implementation(Own):
        operations = Operations(offline())
    operations.execute("SELECT 1")
    operations.execute(ROOMS.delete())
    operations.create_table("halls", sa.Column("id", sa.Integer))
    operations.alter_column("halls", "id", nullable=False)
    operations.create_index("by_id", "halls", ["id"])
    operations.drop_table("halls")
    starts = [" ".join(text.split()[:2]) for text, *_ in taken]
    assert starts == ["SELECT 1", "DELETE FROM", "CREATE TABLE", "ALTER TABLE", "CREATE INDEX", "DROP TABLE"]
    theirs, ours = (list(inspect.signature(kind._exec).parameters) for kind in (DefaultImpl, internals.OneDoorImpl))
    assert theirs == ours


def test_alembics_own_execution_is_told_from_others(connection: sa.Connection) -> None:
    by_alembic: list[bool] = []

    @sa.event.listens_for(connection, "before_execute")
    def listen(*_: object) -> None:
        by_alembic.append(any(internals.is_operation_of_alembic(frame) for frame in frames()))

    operations = Operations(MigrationContext.configure(connection))
    operations.execute("SELECT 1")
    operations.get_bind().execute(sa.text("SELECT 1"))
    assert by_alembic == [True, False]


# SQLAlchemy: statements and dialects


def test_percents_and_backslashes_are_doubled_until_told() -> None:
    postgresql = dialect()
    postgresql._backslash_escapes = True  # as for a server without standard_conforming_strings
    query: Any = sa.select(sa.literal("\\", sa.String()), sa.literal_column("'%'"))

    def written() -> str:
        return str(query.compile(dialect=postgresql, compile_kwargs={"literal_binds": True}))

    assert ("'\\\\'" in written(), "'%%'" in written()) == (True, True)
    internals.undouble(postgresql)
    assert ("'\\'" in written(), "'%'" in written()) == (True, True)


def test_json_serializer() -> None:
    def serialize(value: Any) -> str:
        return f"<{value}>"

    assert internals.json_serializer(dialect()) is None
    assert internals.json_serializer(dialect(json_serializer=serialize)) is serialize
    given = sa.create_engine("postgresql+psycopg://", json_serializer=serialize).dialect
    assert internals.json_serializer(given) is serialize
    fresh: Any = sa.create_engine("postgresql+pg8000://").dialect
    internals.set_json_serializer(fresh, serialize)
    json: Any = sa.JSON()
    convert = json.bind_processor(fresh)
    assert convert({}) == "<{}>"


def test_binds_of_text() -> None:
    binds = internals.binds_of_text(sa.text("SELECT :a, :b").bindparams(a=1))
    assert {name: (bind.value, bind.required) for name, bind in binds.items()} == {"a": (1, False), "b": (None, True)}


def test_params_of_an_executable() -> None:
    clause: Any = sa.text("SELECT :a")
    assert internals.params_of(clause) == {}
    given = clause.params(a=1)
    if sa.__version__.startswith("2.0."):
        assert internals.binds_of_text(given)["a"].value == 1
    else:
        assert internals.params_of(given) == {"a": 1}


@pytest.mark.parametrize("construct", [ROOMS.insert(), ROOMS.update(), ROOMS.delete()])
def test_returning_is_taken_off(construct: Any) -> None:
    returning = construct.returning(ROOMS.c.id)
    assert "RETURNING" not in str(internals.without_returning(returning))
    assert "RETURNING" in str(returning)
    assert internals.without_returning(construct) is construct


# SQLAlchemy: connections and results


@pytest.mark.parametrize("name", ["_get_required_transaction", "_get_required_nested_transaction"])
def test_what_a_session_asks_for_is_refused(
    name: str, connection: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    inner = getattr(sa.Connection, name)
    monkeypatch.setattr(sa.Connection, name, lambda self: asked.append(self) or inner(self))  # type: ignore[func-returns-value]
    if "nested" in name:
        connection.begin_nested()
    with Session(connection, join_transaction_mode="rollback_only") as session:
        session.execute(sa.text("SELECT 1"))
    assert asked == [connection]

    class Own(internals.SessionlessConnection):
        def refuse_session(self) -> BaseException:
            return NotImplementedError("no session")

    with pytest.raises(NotImplementedError, match="no session"):
        getattr(Own(dialect(), print), name)()


def test_a_class_is_inspected_by_a_function() -> None:
    class Own:
        """Nothing."""

    internals.when_inspected(Own, lambda own: [own])
    own = Own()
    assert sa.inspect(own) == [own]
    with pytest.raises(AssertionError):
        internals.when_inspected(Own, str)


def kept(monkeypatch: pytest.MonkeyPatch, owner: type, *names: str) -> None:
    """Have what is put in the place of a class' own attributes put back."""
    for name in names:
        monkeypatch.setattr(owner, name, vars(owner)[name])


FETCHES = tuple(f"_fetch{which}_impl" for which in ("iter", "one", "all", "many"))


@pytest.mark.parametrize(
    "fetch",
    [
        list,
        lambda result: result.fetchone(),
        lambda result: result.fetchall(),
        lambda result: result.fetchmany(1),
        lambda result: result.scalar(),
        lambda result: result.scalars().all(),
        lambda result: result.mappings().first(),
    ],
)
def test_rows_do_not_come_unseen(
    fetch: Callable[[Any], Any], connection: sa.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept(monkeypatch, sa.CursorResult, *FETCHES)
    seen: list[str] = []

    def watched(inner: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(inner)
        def fetching(*args: Any, **kw: Any) -> Any:
            seen.append(inner.__name__)
            return inner(*args, **kw)

        return fetching

    internals.watch_fetches(watched)
    result = connection.execute(sa.text("SELECT 1"))
    assert not seen
    fetch(result)
    assert set(seen) & {*FETCHES}


def test_row_counts_do_not_come_unseen(connection: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(monkeypatch, sa.CursorResult, "rowcount")
    seen: list[object] = []
    internals.watch_row_counts(lambda inner: lambda result: seen.append(result) or inner(result) + 7)  # type: ignore[func-returns-value]
    result = connection.execute(ROOMS.delete())
    assert (result.rowcount, seen) == (7, [result])


def test_driver_connections_do_not_come_unseen(connection: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(monkeypatch, sa.Connection, "connection")
    kept(monkeypatch, sa.Engine, "raw_connection")
    seen: list[object] = []
    internals.watch_driver_connections(lambda inner: lambda owner: seen.append(owner) or inner(owner))  # type: ignore[func-returns-value]
    assert connection.connection.dbapi_connection is not None
    assert connection.engine.raw_connection().dbapi_connection is not None
    assert seen == [connection, connection.engine]


def test_the_query_for_a_default_is_known(connection: sa.Connection) -> None:
    asked: list[tuple[str, bool]] = []

    @sa.event.listens_for(connection.engine, "after_cursor_execute")
    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        asked.append((statement.split()[0], any(internals.is_default_fetched(frame) for frame in frames())))

    default = sa.select(sa.literal_column("7")).scalar_subquery()
    column = sa.Column("id", sa.Integer, default=default, primary_key=True)
    table = sa.Table("rooms", sa.MetaData(), column, implicit_returning=False)
    connection.execute(table.insert())
    assert asked == [("SELECT", True), ("INSERT", False)]


@pytest.fixture
def own_fetches(connection: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each fetch, whether it is one of SQLAlchemy's for itself."""
    kept(monkeypatch, sa.CursorResult, *FETCHES)
    found: list[bool] = []

    def watched(inner: Callable[..., Any]) -> Callable[..., Any]:
        def fetching(*args: Any, **kw: Any) -> Any:
            found.append(any(internals.is_own_fetch(frame) for frame in frames()))
            return inner(*args, **kw)

        return fetching

    internals.watch_fetches(watched)
    return found


def test_what_an_insert_of_its_own_returns_is_its_own(connection: sa.Connection, own_fetches: list[bool]) -> None:
    connection.execute(ROOMS.insert().return_defaults(ROOMS.c.name), {"name": "hall"})
    assert own_fetches
    assert all(own_fetches)
    own_fetches.clear()
    assert connection.execute(sa.select(ROOMS.c.name)).scalar() == "hall"
    assert own_fetches
    assert not any(own_fetches)


def test_the_frames_of_an_insert_of_its_own(connection: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    called = set()
    for name in ("_setup_dml_or_text_result", "_setup_result_proxy"):
        inner = getattr(DefaultExecutionContext, name)

        def outer(self: object, name: str = name, inner: Callable[..., Any] = inner) -> Any:
            called.add((name, inner.__code__.co_name))
            return inner(self)

        monkeypatch.setattr(DefaultExecutionContext, name, outer)
    connection.execute(ROOMS.insert(), {"name": "hall"})
    assert called == {(name, name) for name in ("_setup_dml_or_text_result", "_setup_result_proxy")}


class Base(DeclarativeBase):
    """Of what is mapped here."""


class Room(Base):
    __tablename__ = "rooms"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(server_default=sa.text("'hall'"))


def test_what_a_session_writes_is_fetched_by_itself(connection: sa.Connection, own_fetches: list[bool]) -> None:
    modules: set[str] = set()

    @sa.event.listens_for(connection, "before_execute")
    def listen(*_: object) -> None:
        modules.update(str(frame.f_globals.get("__name__")) for frame in frames())

    with Session(connection) as session:
        session.add_all([Room(name="one"), Room(name="two")])
        session.flush()
        assert all(own_fetches)
        room = session.scalars(sa.select(Room)).first()
        assert not own_fetches[-1]
        assert room is not None
        room.name = "three"
        session.flush()
        session.execute(sa.insert(Room).values(name="four"))
    assert modules >= {*internals.ORM_WRITES}


def test_a_query_gives_the_row_count_itself(connection: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    kept(monkeypatch, sa.CursorResult, "rowcount")
    askers = set()

    def counted(inner: Callable[[Any], int]) -> Callable[[Any], int]:
        def count(result: Any) -> int:
            askers.add(sys._getframe(1).f_globals["__name__"])
            return inner(result)

        return count

    internals.watch_row_counts(counted)
    with Session(connection) as session:
        session.query(Room).update({Room.name: "hall"})
        assert internals.ORM_QUERY in askers
        askers.clear()
        session.query(Room).delete()
        assert internals.ORM_QUERY in askers


# drivers


@pytest.mark.parametrize(
    ("driver", "path"), [(name, path) for name, each in internals.DRIVERS.items() for path in each]
)
def test_a_driver_opens_connections_where_it_is_said(driver: str, path: str) -> None:
    """That all of its connections come this way is tested by `test_connections.py`, which tries them."""
    module = pytest.importorskip(driver)
    assert callable(functools.reduce(getattr, path.split("."), module))


# what is public, but another's to change as well


@pytest.mark.parametrize(
    ("owner", "names"),
    [
        (PostgresqlImpl, "version_table_impl emit_begin emit_commit static_output create_table add_column bulk_insert"),
        (SQLCompiler, "visit_textclause render_literal_bindparam render_literal_value"),
        (MockConnection, "execute execution_options"),
    ],
)
def test_what_is_overridden_is_there(owner: type, names: str) -> None:
    assert all(callable(getattr(owner, name)) for name in names.split())


# what is told of them

LOWEST = dict(
    line.split("==")
    for line in Path(__file__).parents[1].joinpath("lowest.txt").read_text(encoding="utf-8").splitlines()
    if "==" in line
)


def said() -> dict[str, str]:
    """What is told of each public name of the module: its docstring, or the text below a constant."""
    body = ast.parse(Path(internals.__file__).read_text(encoding="utf-8")).body
    found = {}
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[node.name] = ast.get_docstring(node) or ""
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            name = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            told = isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant)
            found[name] = str(after.value.value) if told else ""  # type: ignore[union-attr]
    return found


@pytest.mark.parametrize(("name", "text"), said().items())
def test_the_oldest_version_is_among_those_seen(name: str, text: str) -> None:
    seen = re.search(r"Seen in (.*)", " ".join(text.split()))
    assert seen, f"{name} does not say in which versions it was seen"
    library = next(each for each in ("alembic", "sqlalchemy", "psycopg") if each in seen[1].lower())
    assert LOWEST[library] in seen[1]


@pytest.mark.parametrize("name", said())
def test_every_name_has_a_test(name: str) -> None:
    assert importlib.import_module(internals.__name__).__dict__[name]
    assert f"internals.{name}" in Path(__file__).read_text(encoding="utf-8")
