"""A release: its revisions, both plans, and what was recorded for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.model.facts import Direction, Name
    from release.model.plan import Loss, Plan, Prerequisites
    from release.model.script import Waiver
    from release.model.statement import Note, Source


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision of the history, as its file describes it.

    Attributes:
        message: first line of the docstring.
        file: path relative to the folder of alembic.ini.
    """

    id: str
    message: str
    file: str


@dataclass(frozen=True, slots=True)
class RevisionRange:
    """The revisions of a release in upgrade order, and the version rows around them.

    Attributes:
        start: sorted version rows before the upgrade; empty is base.
        end: sorted version rows after it.
        version_table: the table that keeps them; its schema is "" when env.py names none.
    """

    start: tuple[str, ...]
    end: tuple[str, ...]
    revisions: tuple[Revision, ...]
    version_table: Name


@dataclass(frozen=True, slots=True)
class Taken:
    """SQL text that was taken down while a revision ran on a scratch database.

    Attributes:
        line: 1-based line of the revision's file.
        generated: SQLAlchemy wrote the text.
        autocommit: it ran outside a transaction.
    """

    text: str
    line: int
    generated: bool
    autocommit: bool


@dataclass(frozen=True, slots=True)
class RecordedRevision:
    """One direction of a revision that cannot be rendered offline.

    Attributes:
        file: its file, relative to the folder of alembic.ini.
        depends: what it read of the rows of the scratch database, and where; empty: nothing but catalogs.
        taken: what it changed.
    """

    revision: str
    file: str
    direction: Direction
    depends: tuple[Note, ...]
    taken: tuple[Taken, ...]


@dataclass(frozen=True, slots=True)
class Recording:
    """What was recorded on a scratch database.

    Attributes:
        server: PostgreSQL's major version.
        sources: SHA-256 over the revision files of the release, as they were then.
        revisions: upgrades first, then rollbacks, each in the order they run.
    """

    server: int
    sources: str
    revisions: tuple[RecordedRevision, ...]

    @property
    def dependent(self) -> tuple[RecordedRevision, ...]:
        """Those whose statements may be others where there are other rows."""
        return tuple(each for each in self.revisions if each.depends)


@dataclass(frozen=True, slots=True)
class Irreversible:
    """A revision that no rollback undoes, and who says so.

    Attributes:
        source: the comment in the migration, `# release: irreversible: why`; None: it was allowed on the command line.
    """

    revision: str
    reason: str
    source: Source | None = None

    @property
    def text(self) -> str:
        """Which and why, in one line."""
        return f"revision {self.revision} is irreversible: {self.reason}" + (f" ({self.source})" if self.source else "")


@dataclass(frozen=True, slots=True)
class Release:
    """A release before it is written: what a bundle holds, but for tool versions and checksums.

    Attributes:
        digest: plan digest, 64 hexadecimal digits, over both directions.
        date: ISO date.
        waivers: what authors asked lint to let through; some may be expired or not understood.
        notes: what was found while the migrations were rendered.
        recording: what was recorded on a scratch database; None: everything was rendered offline.
        irreversible: revisions that the rollback does not undo, in upgrade order.
        undone_to: the version rows to which the rollback of a finished upgrade leads.
        goes_on: the upgrade may go on from there, where that is not its start.
    """

    version: str
    title: str
    date: str
    range: RevisionRange
    upgrade: Plan
    rollback: Plan
    prerequisites: Prerequisites
    losses: tuple[Loss, ...]
    digest: str
    waivers: tuple[Waiver, ...] = ()
    notes: tuple[Note, ...] = ()
    recording: Recording | None = None
    irreversible: tuple[Irreversible, ...] = ()
    undone_to: tuple[str, ...] = ()
    goes_on: bool = True
