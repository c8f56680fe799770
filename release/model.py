"""The values that flow along the line: RevisionRange, Statement, Segment, Plan, Script, Finding, Bundle.

All are frozen; a stage takes some and gives others, and none knows the stage that made it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, StrEnum, unique


@unique
class Direction(StrEnum):
    """Which way a script goes. Alembic's "downgrade" is `ROLLBACK` here."""

    UPGRADE = "upgrade"
    ROLLBACK = "rollback"


@unique
class LockMode(Enum):
    """PostgreSQL's eight table-level lock modes, weakest first (manual 13.3.1)."""

    ACCESS_SHARE = 1
    ROW_SHARE = 2
    ROW_EXCLUSIVE = 3
    SHARE_UPDATE_EXCLUSIVE = 4
    SHARE = 5
    SHARE_ROW_EXCLUSIVE = 6
    EXCLUSIVE = 7
    ACCESS_EXCLUSIVE = 8

    def __str__(self) -> str:
        return self.name.replace("_", " ")


@unique
class Work(StrEnum):
    """What a statement does to a relation besides taking its lock."""

    CATALOG = "catalog only"
    READ = "reads rows"
    WRITE = "changes rows"
    SCAN = "scans the table"
    INDEX = "builds an index"
    REWRITE = "rewrites the table"
    EMPTY = "removes all rows"


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A possibly schema-qualified name, unquoted, as it stands in the catalog."""

    name: str
    schema: str = ""

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}" if self.schema else self.name


@dataclass(frozen=True, slots=True, order=True)
class Object:
    """A database object that a statement creates, drops or renames.

    Attributes:
        kind: PostgreSQL's word in lower case: "table", "index", "type", "extension", "column", "constraint", …
        name: its name; for a column, constraint, trigger or policy the name inside `parent`.
        parent: the table that it belongs to (columns, constraints, indexes, triggers, policies), else None.
    """

    kind: str
    name: Name
    parent: Name | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What a statement does to one relation: the lock it takes and the work it does under it."""

    relation: Name
    lock: LockMode
    work: tuple[Work, ...] = (Work.CATALOG,)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Spatial:
    """What a statement needs of PostGIS.

    Attributes:
        types: as written, e.g. "geometry(Polygon,4326)", "geography".
        srids: SRIDs that typmods, EWKT literals and SRID functions name; never 0.
        functions: PostGIS functions called, lower case, e.g. "st_setsrid".
        extensions: PostGIS extensions that the statement creates.
        schemas: schemas that qualify any of those types and functions.
    """

    types: tuple[str, ...] = ()
    srids: tuple[int, ...] = ()
    functions: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.types or self.srids or self.functions or self.extensions)


@unique
class Mark(StrEnum):
    """What a statement does that decides where a commit is needed, or what can be lost."""

    NOT_VALID = "adds a constraint NOT VALID"
    VALIDATES = "validates a constraint"
    NOT_NULL = "sets NOT NULL"
    ENUM_VALUE = "adds an enum value"
    GENERATED = "adds a generated column"
    INLINE_DATA = "reads rows from the client"
    SEQUENCE = "makes the sequence of a column"


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark and what it is on: a constraint, a column, or an enum type (`value` is the label added)."""

    mark: Mark
    object: Object
    value: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What PostgreSQL says a statement is, read off its parse tree.

    Attributes:
        tag: the command tag that psql prints, e.g. "ALTER TABLE".
        subject: the relation or object that a reader would name first, "" where there is none.
        transactional: False where PostgreSQL refuses the statement inside a transaction block.
        effects: locks and work, one per relation.
        creates, drops: objects that are there, or gone, afterwards.
        renames: pairs of an object's old and new name.
        marks: what decides where a commit is needed and what can be lost.
    """

    tag: str
    subject: str = ""
    transactional: bool = True
    effects: tuple[Effect, ...] = ()
    creates: tuple[Object, ...] = ()
    drops: tuple[Object, ...] = ()
    renames: tuple[tuple[Object, Object], ...] = ()
    marks: tuple[Marked, ...] = ()
    spatial: Spatial = Spatial()
    note: str = ""


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
        autocommit: its author put it in an `autocommit_block()`.
        comment: comments of the author that stand before it, verbatim, "" when none.
        digest: SHA-256 over its tokens; layout and comments do not count.
        generated: SQLAlchemy wrote the text (its layout is nobody's choice).
    """

    text: str
    source: Source
    facts: Facts
    digest: str
    autocommit: bool = False
    comment: str = ""
    generated: bool = False


@dataclass(frozen=True, slots=True)
class Migration:
    """What one revision does in one direction, and the sorted version rows around it."""

    revision: str
    statements: tuple[Statement, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]


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


@dataclass(frozen=True, slots=True)
class Segment:
    """A transaction, or one statement outside any, with the version writes that belong to it.

    Attributes:
        number: 1-based.
        transactional: False: `steps` starts with the one statement that runs by itself; its version writes follow
            in a transaction of their own.
        reason: why a commit is needed before this segment; "" for the first.
        before, after: version rows around the segment.
    """

    number: int
    steps: tuple[Statement | VersionWrite, ...]
    transactional: bool
    reason: str
    before: tuple[str, ...]
    after: tuple[str, ...]

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
class Way(StrEnum):
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
    way: Way
    lost: tuple[str, ...]
    stopped: str
    advice: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The segments of one direction.

    Attributes:
        ways: the way back from each segment.
        opening, closing: what env.py sets for its session; every run of the script executes it, resumed or not.
    """

    direction: Direction
    segments: tuple[Segment, ...]
    hazards: tuple[Hazard, ...]
    opening: tuple[Statement, ...] = ()
    closing: tuple[Statement, ...] = ()
    ways: tuple[WayBack, ...] = ()

    @property
    def statements(self) -> tuple[Statement, ...]:
        return tuple(statement for segment in self.segments for statement in segment.statements)

    @property
    def before(self) -> tuple[str, ...]:
        return self.segments[0].before

    @property
    def after(self) -> tuple[str, ...]:
        return self.segments[-1].after


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
class Part:
    """A piece of a script that starts and ends between statements.

    Attributes:
        text: what stands in the script.
        source: the migration line of an author's statement; None for our own text.
        generated: SQLAlchemy wrote the statement.
    """

    text: str
    source: Source | None = None
    generated: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """One rendered file, as parts in order."""

    name: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts)


@unique
class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something lint found.

    Attributes:
        code: stable rule code, e.g. "RL208", "LT05", "PG001" or "squawk:ban-drop-table".
        file: the script's name, "" where the finding is on no script; line and column are 1-based in it.
        source: the migration line that caused it; None for our own text.
        why: what is wrong with it, for a reader who has not met the rule before.
        fix: what to do instead; may hold a snippet of several lines.
    """

    code: str
    severity: Severity
    message: str
    file: str
    line: int
    column: int
    source: Source | None = None
    why: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Waiver:
    """An author's `# release: ignore[CODE] until=DATE REASON`: findings that are to be let through.

    Attributes:
        codes: rule codes, or starts of them.
        until: ISO date of the last release that it holds for; "" is for ever.
        source: the comment's own place.
        lines: first and last line of the migration that it covers; None: the whole revision.
        complaint: why it cannot be used, "" when it can.
    """

    codes: tuple[str, ...]
    until: str
    reason: str
    source: Source
    lines: tuple[int, int] | None = None
    complaint: str = ""

    def holds_on(self, date: str) -> bool:
        """Whether it is in force for a release of that ISO date."""
        return not self.complaint and (not self.until or date <= self.until)


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
class Release:
    """A release before it is written: what a bundle holds, but for tool versions and checksums.

    Attributes:
        digest: plan digest, 64 hexadecimal digits, over both directions.
        date: ISO date.
        waivers: what authors asked lint to let through; some may be expired or not understood.
        notes: what was found while the migrations were rendered.
        recording: what was recorded on a scratch database; None: everything was rendered offline.
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
