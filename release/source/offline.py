"""Alembic's `--sql` mode, one emission at a time, each with the migration line that caused it.

Alembic's own text output is never read: `implementation.py` takes the constructs before they are flattened into a
script, and `connection.py` stands where a migration expects a connection.
"""

from __future__ import annotations

import contextlib
import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.runtime.environment import EnvironmentContext
from alembic.util import CommandError
from sqlalchemy import exc

from release.errors import ConfigError, MigrationError, NeedsDatabaseError, NoDowngradeError, ReleaseError
from release.model import Direction, Name, Note
from release.source.answers import answer_as_online
from release.source.application import context_of
from release.source.connection import WITHOUT_A_RESULT, OfflineConnection
from release.source.failure import passed_through, reason_of, was_given, where
from release.source.implementation import recording_impl
from release.source.internals import implementation, offline_connections
from release.source.network import unreachable
from release.source.process_effects import contained
from release.source.recorder import Emission, Recorder, RevisionWork

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from alembic.runtime.migration import MigrationContext, RevisionStep
    from alembic.script import Script

    from release.source.history import History


@dataclass(frozen=True, slots=True)
class Rendering:
    """What running the migrations of a range gave, in one direction.

    Attributes:
        works: one per revision, in the order they ran.
        driver: of the project's URL, as SQLAlchemy names it.
        per_revision: Alembic gives each revision a transaction of its own.
        opening, closing: what env.py itself emitted before the first revision and after the last.
        computed: a Python function gave a column's value, so another run may give another.
    """

    works: tuple[RevisionWork, ...]
    version_table: Name
    notes: tuple[Note, ...]
    driver: str
    per_revision: bool
    computed: bool = False
    opening: tuple[Emission, ...] = ()
    closing: tuple[Emission, ...] = ()

    def emissions_by_text(self) -> dict[str, Emission]:
        emissions = (*self.opening, *(each for work in self.works for each in work.emissions), *self.closing)
        return {each.text: each for each in emissions}


def _offline_connection(context: MigrationContext) -> OfflineConnection:
    return OfflineConnection(context.dialect, _Later(context))


class _Later:
    """The implementation of a context, which is made after its connection."""

    def __init__(self, context: MigrationContext) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context.impl, name)


def _refuser(recorder: Recorder) -> Callable[[str], BaseException | None]:
    """What to raise when something connects: the migration's or env.py's line is to blame, where one is running."""

    def refuse(what: str) -> BaseException | None:
        if not recorder.source().line:
            return None
        return recorder.refuse(
            f"{what} in offline mode; a script must not depend on another server",
            "in env.py: connect only in the branch for online mode; in a migration: use op.get_bind()",
            NeedsDatabaseError,
        )

    return refuse


def render(
    history: History,
    scripts: Sequence[Script],
    start: Sequence[str],
    end: Sequence[str],
    direction: Direction,
    *,
    collect: bool = False,
    progress: Callable[[], None] | None = None,
    before: Rendering | None = None,
) -> Rendering:
    """Run the migrations offline, in one direction, and take down what they emit.

    Args:
        scripts: the revisions in upgrade order; a rollback runs them in exactly the reverse order.
        start, end: version rows before and after the upgrade.
        collect: keep the reason for a revision that cannot be rendered in its work, and go on.
        progress: called after each revision.
        before: an earlier run of the same, of which nothing that is the same again need be read again.

    Raises:
        MigrationError: a migration or env.py raised, or emitted what cannot be rendered faithfully.
        ConfigError: env.py configures another dialect, or runs no migrations in offline mode.
    """
    known = before.emissions_by_text() if before else {}
    recorder = Recorder(history, tuple(scripts), direction, _explain, collect, progress, known)
    upgrade = direction is Direction.UPGRADE
    began, ends = (start, end) if upgrade else (end, start)

    def steps(heads: tuple[str, ...], context: MigrationContext) -> Iterator[RevisionStep]:
        answer_as_online(environment, context, recorder)
        yield from recorder.steps(heads, context)

    environment = EnvironmentContext(
        history.config,
        history.directory,
        fn=steps,
        as_sql=True,
        starting_rev=_argument(began),
        destination_rev=_argument(ends),
        output_buffer=io.StringIO(),
    )
    with contextlib.ExitStack() as stack:
        stack.enter_context(contained())
        stack.enter_context(implementation(recording_impl(recorder)))
        stack.enter_context(offline_connections(_offline_connection))
        stack.enter_context(unreachable(_refuser(recorder)))
        stack.enter_context(context_of(history.application))
        stack.enter_context(environment)
        try:
            history.directory.run_env()
            recorder.raise_refusal()
        except (Exception, SystemExit) as error:
            raise _explain(error, recorder) from error
    if recorder.version_table is None:
        raise ConfigError(
            f"{history.relative(history.directory.env_py_location)} ran no migrations in offline mode",
            "it must call context.configure(…) and context.run_migrations() when context.is_offline_mode()",
        )
    return Rendering(
        tuple(recorder.works),
        recorder.version_table,
        tuple(recorder.notes),
        recorder.driver,
        recorder.per_revision,
        recorder.computed,
        recorder.opening,
        tuple(recorder.pending),
    )


def _argument(rows: Sequence[str]) -> Any:
    """Version rows in the form that Alembic's start and destination arguments take."""
    if not rows:
        return "base"
    return rows[0] if len(rows) == 1 else tuple(rows)


def _explain(error: BaseException, recorder: Recorder) -> ReleaseError:
    if recorder.refused is not None:
        return recorder.refused  # the first cause; what the migration made of it is no news
    if isinstance(error, ReleaseError):
        return error
    history = recorder.history
    step = recorder.step
    env = history.directory.env_py_location
    if step is None:
        place = where(error, (_folder(env),))
        spot = f"{history.relative(place[0])}:{place[1]}" if place else history.relative(env)
        return MigrationError(
            f"{spot}: env.py failed in offline mode: {reason_of(error)}",
            "install release into the environment that has the project's own libraries"
            if isinstance(error, ModuleNotFoundError)
            else "`alembic upgrade head --sql` runs the same code; it must work without a database",
        )
    own = where(error, (os.path.realpath(step.path),))
    place = own or where(error, (_folder(step.path),))
    word = "upgrade" if recorder.direction is Direction.UPGRADE else "downgrade"
    spot = f"{history.relative(place[0])}:{place[1]}" if place else history.relative(step.path)
    reason = reason_of(error)
    kind: type[MigrationError] = MigrationError
    if isinstance(error, _ASKS) and was_given(error, OfflineConnection):
        kind = NeedsDatabaseError
        reason = f"something that needs a real connection is given the offline one ({type(error).__name__})"
    elif isinstance(error, NotImplementedError) and recorder.direction is Direction.ROLLBACK:
        kind = NoDowngradeError
    return kind(
        f"revision {step.revision}, {spot}: {word}() cannot be rendered offline: {reason}",
        _advice(error, kind, word),
        line=own[1] if own else 0,
        reason=reason,
        raised=not isinstance(error, exc.CompileError),
    )


# What SQLAlchemy raises when it is given our connection where it wants a real one, and for much else.
_ASKS = (exc.NoInspectionAvailable, exc.ArgumentError)
_LITERALS = frozenset({"render_literal_value", "render_literal_bindparam"})


def _folder(file: str) -> str:
    return str(Path(os.path.realpath(file)).parent)


def _advice(error: BaseException, kind: type[MigrationError], word: str) -> str:
    if kind is NoDowngradeError:
        return "write the downgrade, or end the release before this revision"
    if isinstance(error, exc.CompileError) and passed_through(error, _LITERALS):
        return "SQLAlchemy has no literal form of a value: write it as SQL text (op.execute) or with sa.text('…')"
    if kind is NeedsDatabaseError:
        return f"offline there is no database to ask; {WITHOUT_A_RESULT}"
    if isinstance(error, CommandError):
        return "see docs/migrations.md on offline mode"
    if isinstance(error, exc.SQLAlchemyError):
        return f"SQLAlchemy itself refuses it, in `alembic {word}` too: mend the call"
    if isinstance(error, ModuleNotFoundError):
        return "install release into the environment that has the project's own libraries"
    return f"`alembic {word} … --sql` fails at the same line; the migration must work without a database"
