"""Segments, what they put at risk, and the plan of one direction."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

from release.model.facts import Name
from release.model.statement import Statement

if TYPE_CHECKING:
    from release.model.facts import Direction, Need, Spatial
    from release.model.statement import Source, VersionWrite


@dataclass(frozen=True, slots=True)
class Segment:
    """A transaction, or one statement outside any, with the version writes that belong to it.

    Attributes:
        number: 1-based.
        transactional: False: `steps` starts with the one statement that runs by itself; its version writes follow
            in a transaction of their own.
        reason: why a commit is needed before this segment; "" for the first.
        before, after: version rows around the segment.
        again: settings of earlier segments that it starts with.
        role: it ends under a role that its author has taken: the script gives it back before it writes anything itself.
        told: what others have to put up with, by where commits stand and where none does, a line each.
    """

    number: int
    steps: tuple[Statement | VersionWrite, ...]
    transactional: bool
    reason: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    again: tuple[Statement, ...] = ()
    role: bool = False
    told: tuple[str, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        return tuple(step for step in self.steps if isinstance(step, Statement))


@unique
class Danger(StrEnum):
    """Kinds of hazard that a reader of the script must be told of."""

    LOCK = "lock"
    REWRITE = "rewrite"
    SCAN = "scan"


@dataclass(frozen=True, slots=True)
class Hazard:
    """Something a statement does to a database in use, in one line.

    Attributes:
        segment: number of the segment.
        statement: 0-based index of the statement among the plan's statements.
    """

    danger: Danger
    text: str
    segment: int
    statement: int


@dataclass(frozen=True, slots=True)
class Loss:
    """Rows or values that do not come back.

    Attributes:
        relation: the table.
        columns: the columns whose values are lost; empty: whole rows.
        when: UPGRADE: lost when the upgrade runs, and the rollback cannot bring it back; ROLLBACK: what was written
            since the upgrade is lost when the rollback runs.
        text: why, in one line for the DBA, without naming the relation.
        declared: the author said so in the migration (`# release: loses …`); otherwise derived from the statements.
    """

    relation: Name
    columns: tuple[str, ...]
    when: Direction
    text: str
    source: Source
    declared: bool = False

    @property
    def what(self) -> str:
        """The table, or its column, by name."""
        return ".".join(map(str, (self.relation, *map(Name, self.columns))))


@dataclass(frozen=True, slots=True)
class Prerequisites:
    """What must be there before the upgrade starts.

    Attributes:
        spatial: union over the statements of both directions.
        owned: existing relations whose owner the role must be (or be a member of).
        create_in: schemas in which the role needs CREATE.
        superuser: reasons why a superuser (or a trusted extension) is needed; empty: none.
    """

    spatial: Spatial
    owned: tuple[Name, ...] = ()
    create_in: tuple[str, ...] = ()
    superuser: tuple[str, ...] = ()


@unique
class Reversibility(StrEnum):
    """What undoing a segment brings back."""

    REVERSIBLE = "reversible"
    LOSSY = "lossy"
    IRREVERSIBLE = "irreversible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class WayBack:
    """The way back from a segment.

    Attributes:
        segment: its number.
        lost: what does not come back, or cannot be known, a line each.
        stopped: what is there when the script stops in it.
        advice: what to do then.
    """

    segment: int
    way: Reversibility
    lost: tuple[str, ...]
    stopped: str
    advice: str


@dataclass(frozen=True, slots=True)
class Needed:
    """Something that not every server has, and the places of the statements that use it."""

    need: Need
    sources: tuple[Source, ...]

    @property
    def since(self) -> int:
        return self.need.since

    @property
    def text(self) -> str:
        """What it is and where, in one line."""
        more = len(self.sources) - 1
        return f"{self.need.title} ({self.sources[0]}{f' and {more} more' if more else ''})"


@dataclass(frozen=True, slots=True)
class Plan:
    """The segments of one direction.

    Attributes:
        needed: what its statements use that came later than PostgreSQL 13, newest first.
        ways: the way back from each segment.
        opening, closing: what env.py sets for its session; every run of the script executes it, resumed or not.
        at: the version rows that a plan without segments leaves as they are.
    """

    direction: Direction
    segments: tuple[Segment, ...]
    hazards: tuple[Hazard, ...]
    opening: tuple[Statement, ...] = ()
    closing: tuple[Statement, ...] = ()
    ways: tuple[WayBack, ...] = ()
    needed: tuple[Needed, ...] = ()
    at: tuple[str, ...] = ()

    def lowest_server(self, floor: int) -> int:
        """The oldest major version that takes every statement; `floor`, which every server has anyway, or a later one.

        A function that the database has of its own is not known here.
        """
        return max([floor, *(each.since for each in self.needed if not each.need.later)])

    @property
    def is_one_transaction(self) -> bool:
        """Then it is done, or it is not."""
        return len(self.segments) <= 1 and all(each.transactional for each in self.segments)

    @property
    def statements(self) -> tuple[Statement, ...]:
        return tuple(statement for segment in self.segments for statement in segment.statements)

    @property
    def before(self) -> tuple[str, ...]:
        return self.segments[0].before if self.segments else self.at

    @property
    def after(self) -> tuple[str, ...]:
        return self.segments[-1].after if self.segments else self.at
