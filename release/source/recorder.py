"""What is taken down while env.py and the migrations run."""

from __future__ import annotations

import functools
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from release.errors import ConfigError, MigrationError, ReleaseError
from release.model import Direction, Name, Note, Source
from release.source.application import version_options
from release.source.internals import DirectStep, call_when_applied, has_transaction_per_migration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import FrameType

    from alembic.runtime.migration import MigrationContext, RevisionStep
    from alembic.script import Script

    from release.source.history import History
    from release.sql.read.statements import ParsedStatement


@dataclass(frozen=True, slots=True)
class Emission:
    """SQL text that a migration emitted: one statement or several, as their author wrote them.

    Attributes:
        generated: SQLAlchemy wrote the text (its layout is nobody's choice).
        autocommit: emitted inside an `autocommit_block()`.
        group: emissions of one operation share a number; their indexes come in no fixed order.
        read: its statements, where they had to be known at once; None: nobody has read it yet.
    """

    text: str
    source: Source
    generated: bool
    autocommit: bool
    group: int = 0
    is_index: bool = False
    read: tuple[ParsedStatement, ...] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class RevisionWork:
    """What one revision emits in one direction, and the version rows around it.

    Attributes:
        failure: why it could not be rendered, when failures were to be collected; None: it was.
        recorded: it ran on a scratch database; what it depends on there, and where it asks. None: rendered offline.
    """

    revision: str
    emissions: tuple[Emission, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    failure: ReleaseError | None = None
    recorded: tuple[Note, ...] | None = None


@dataclass(slots=True)
class Recorder:
    """What is being taken down; it lives as long as one `render` call.

    Attributes:
        explain: makes an exception of a migration an error for its author.
        progress: called after each revision.
        collect: go on after a revision that fails, and keep the reason in its work.
        known: emissions of an earlier run, by their text, which need not be read again.
    """

    history: History
    scripts: tuple[Script, ...]
    direction: Direction
    explain: Callable[[BaseException, Recorder], ReleaseError]
    collect: bool = False
    progress: Callable[[], None] | None = None
    known: Mapping[str, Emission] = field(default_factory=dict)
    step: Script | None = None
    heads: tuple[str, ...] = ()
    opening: tuple[Emission, ...] = ()
    pending: list[Emission] = field(default_factory=list)
    works: list[RevisionWork] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    version_table: Name | None = None
    refused: ReleaseError | None = None
    failure: ReleaseError | None = None
    driver: str = ""
    per_revision: bool = False
    computed: bool = False
    names: dict[str, str] = field(default_factory=dict)

    def steps(self, heads: tuple[str, ...], context: MigrationContext) -> Iterator[RevisionStep]:
        """The function that Alembic asks for the revisions to run."""
        if context.dialect.name != "postgresql":
            raise ConfigError(
                f"{self.history.relative(self.history.directory.env_py_location)} configures the dialect "
                f"{context.dialect.name!r}",
                "release works on PostgreSQL projects; offline mode needs a postgresql URL or "
                "dialect_name='postgresql'",
            )
        if self.version_table is not None:
            raise ConfigError(
                f"{self.history.relative(self.history.directory.env_py_location)} runs the migrations a second time, "
                "as the templates for several databases do; a release is for one",
                "let env.py read a database's name from an environment variable and run the migrations for that one; "
                "then build a release for each, with its own --output",
            )
        self.heads = tuple(sorted(heads))
        self.opening = tuple(self.pending)
        self.pending.clear()
        options = version_options(self.history.application)
        self.version_table = Name(
            options.get("version_table", context.version_table),
            options.get("version_table_schema", context.version_table_schema) or "",
        )
        self.driver = context.dialect.driver
        self.per_revision = self.per_revision or has_transaction_per_migration(context)
        call_when_applied(context, self._applied)
        revision_map = self.history.directory.revision_map
        upgrade = self.direction is Direction.UPGRADE
        for script in self.scripts if upgrade else reversed(self.scripts):
            self.step = script
            _have_function(script, "upgrade" if upgrade else "downgrade")
            step = DirectStep(revision_map, script, upgrade)
            step.migration_fn = self._guarded(step.migration_fn)
            yield step
            self.step = None

    def _guarded(self, run: Callable[..., None]) -> Callable[..., None]:
        """Run a migration; what it refused counts though it caught the exception."""

        @functools.wraps(run)
        def guarded(**kw: Any) -> None:
            self.failure = None
            first = len(self.notes)
            try:
                run(**kw)
                self.raise_refusal()
            except (Exception, SystemExit) as error:
                if not self.collect:
                    raise
                self.failure = self.explain(error, self)
                self.refused = None
                self.pending.clear()
                del self.notes[first:]

        return guarded

    def _applied(self, *, heads: set[str], **_: Any) -> None:
        step = self.step
        if step is None:
            raise RuntimeError("Alembic applied a revision that it was not given")
        after = tuple(sorted(heads))
        emissions = _in_fixed_order(self.pending)
        self.works.append(RevisionWork(step.revision, emissions, self.heads, after, self.failure))
        self.pending.clear()
        self.heads = after
        if self.progress is not None:
            self.progress()

    def refuse(self, message: str, hint: str, kind: type[MigrationError] = MigrationError) -> MigrationError:
        """The error for something that the running migration does, with its place."""
        source = self.source()
        where = f"revision {source.revision}, {source}" if source.revision else str(source)
        error = kind(f"{where}: {message}", hint, line=source.line, reason=message)
        self.refused = self.refused or error
        return error

    def raise_refusal(self) -> None:
        if self.refused is not None:
            raise self.refused

    def note(self, text: str) -> None:
        note = Note(text, self.source())
        if note not in self.notes:
            self.notes.append(note)

    def source(self) -> Source:
        """The innermost line of the running revision's file; of env.py outside any revision."""
        path = self.step.path if self.step else self.history.directory.env_py_location
        if path not in self.names:
            self.names[path] = self.history.relative(path)
        line = _line_in(lambda file: file == path)
        if not line:  # Alembic may have read it by another of its names
            real = os.path.realpath(path)
            last = Path(real).name
            line = _line_in(lambda file: file.endswith(last) and os.path.realpath(file) == real)
        return Source(self.step.revision if self.step else "", self.names[path], line)


def _have_function(script: Script, name: str) -> None:
    """Alembic asks a revision's module for its functions before it runs any; one without a downgrade() has none."""

    def missing() -> None:
        raise NotImplementedError(f"the file has no {name}()")

    if not hasattr(script.module, name):
        setattr(script.module, name, missing)


def _line_in(is_wanted: Callable[[str], bool]) -> int:
    """The line that the innermost frame of a file is at; 0 where none is."""
    frame: FrameType | None = sys._getframe(2)  # inspect.stack() reads every source file
    while frame is not None:
        if is_wanted(frame.f_code.co_filename):
            return frame.f_lineno
        frame = frame.f_back
    return 0


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
