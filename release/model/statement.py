"""A statement and its place in a migration, and what a revision does in one direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model.facts import SearchPath

if TYPE_CHECKING:
    from release.model.facts import Facts
    from release.model.syntax import Syntax

_NOWHERE = SearchPath()


@dataclass(frozen=True, slots=True)
class Source:
    """Where a statement comes from: a line of a migration.

    Attributes:
        revision: full revision id.
        file: path relative to the folder of alembic.ini, with "/" on every system.
        line: 1-based line of the call that emitted the statement; 0 when unknown.
    """

    revision: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file

    @property
    def name(self) -> str:
        """The same without its folder, which the header of a script has."""
        return str(self).rpartition("/")[2]


def covers(comment: Source, lines: tuple[int, int] | None, source: Source) -> bool:
    """Whether a comment of a migration is about what a line of it does.

    Args:
        lines: first and last line that it covers; None: the whole revision.
    """
    same = (source.revision, source.file) == (comment.revision, comment.file)
    return same and (lines is None or lines[0] <= source.line <= lines[1])


@dataclass(frozen=True, slots=True)
class Vouch:
    """An author's `# release: unread REASON`: statements that no parser here reads are to be carried all the same.

    Attributes:
        source: the comment's own place.
        lines: first and last line of the migration that it covers; None: the whole revision.
    """

    reason: str
    source: Source
    lines: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something about the migrations that a release manager should know, and that is no error."""

    text: str
    source: Source

    def __str__(self) -> str:
        return f"{self.source}: {self.text}"


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement as its author wrote it, without terminator, and what it is.

    Attributes:
        text: the statement; no leading or trailing white space or comment, no semicolon.
        syntax: what it says.
        facts: what it does.
        autocommit: online it runs outside any transaction, as in an `autocommit_block()`.
        transaction: which transaction it runs in online; between two statements of different numbers stands a commit.
        comment: comments of the author that stand before it, verbatim, "" when none.
        digest: SHA-256 over its tokens; layout and comments do not count.
        generated: SQLAlchemy wrote the text (its layout is nobody's choice).
        ours: no author wrote it: it ends what one has set.
        unread: why its author wants it carried though no parser here reads it; "" of one that is read.
        path: of its unqualified names when it runs; no schemas before `release.plan.search_path` has told.
    """

    text: str
    source: Source
    syntax: Syntax
    facts: Facts
    digest: str
    autocommit: bool = False
    comment: str = ""
    generated: bool = False
    ours: bool = False
    unread: str = ""
    transaction: int = 0
    path: SearchPath = _NOWHERE

    @property
    def schema(self) -> str:
        """In which what it makes lies."""
        return self.path.schemas[0] if self.path.schemas else ""


@dataclass(frozen=True, slots=True)
class Migration:
    """What one revision does in one direction, and the sorted version rows around it.

    Attributes:
        together: first and last lines of its file between which its author wants no commit.
    """

    revision: str
    statements: tuple[Statement, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    together: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class VersionWrite:
    """The change to Alembic's version table that ends a revision.

    Attributes:
        revision: the revision whose work is done (or undone) now.
        removes, adds: version rows that go and come.
        before, after: the whole sorted set of rows around it.
    """

    revision: str
    removes: tuple[str, ...]
    adds: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
