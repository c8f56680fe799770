"""What PostgreSQL says a statement is: its tag, its locks and work, what it makes and takes away."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from enum import Enum, StrEnum, unique
from functools import total_ordering
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@unique
class Direction(StrEnum):
    """Which way a script goes. Alembic's "downgrade" is `ROLLBACK` here."""

    UPGRADE = "upgrade"
    ROLLBACK = "rollback"


@unique
@total_ordering
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

    def __lt__(self, other: LockMode) -> bool:
        return self._value_ < other._value_

    @property
    def conflicts(self) -> frozenset[LockMode]:
        """The modes that nobody else can hold or get meanwhile (manual, table 13.2)."""
        return frozenset(LockMode(int(digit)) for digit in _CONFLICTS[self])


# by the values of the modes
_CONFLICTS = {
    LockMode.ACCESS_SHARE: "8",
    LockMode.ROW_SHARE: "78",
    LockMode.ROW_EXCLUSIVE: "5678",
    LockMode.SHARE_UPDATE_EXCLUSIVE: "45678",
    LockMode.SHARE: "34678",
    LockMode.SHARE_ROW_EXCLUSIVE: "345678",
    LockMode.EXCLUSIVE: "2345678",
    LockMode.ACCESS_EXCLUSIVE: "12345678",
}


def mode_for_all(modes: Iterable[LockMode]) -> LockMode | None:
    """The weakest mode that keeps out all that any of some modes does; None of none.

    That is not always the strongest of them: SHARE lets others in whom ROW EXCLUSIVE keeps out.
    """
    wanted = [mode.conflicts for mode in modes]
    kept_out: frozenset[LockMode] = frozenset().union(*wanted)
    return min(mode for mode in LockMode if kept_out <= mode.conflicts) if wanted else None


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


@dataclass(frozen=True, slots=True)
class SearchPath:
    """Where an unqualified name is looked for, and what is made goes to the first (manual, 5.9.3).

    Attributes:
        schemas: in order, but for PostgreSQL's own and those that only the server knows.
        usual: it is that of the whole script, as it is configured.
    """

    schemas: tuple[str, ...] = ()
    usual: bool = True


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """A possibly schema-qualified name, unquoted, as it stands in the catalog.

    Attributes:
        path: where only the database knows in which of these it lies; `schema` is then the first of them.
    """

    name: str
    schema: str = ""
    path: SearchPath | None = field(default=None, compare=False, repr=False)

    @property
    def needs_lookup(self) -> bool:
        """Only the database can tell its schema, and not by the path of the script."""
        return self.path is not None and not self.path.usual

    def beside(self, name: str) -> Name:
        """Another name in the same schema."""
        return replace(self, name=name)

    def __str__(self) -> str:
        """As a reader takes it: a part with a dot or a quote in it stands between quotes."""
        return f"{_shown(self.schema)}.{_shown(self.name)}" if self.schema else _shown(self.name)


def _shown(part: str) -> str:
    return '"' + part.replace('"', '""') + '"' if "." in part or '"' in part else part


def parts_in(text: str) -> tuple[str, ...]:
    """The parts of a dotted name as `Name` writes it; none where it is not one."""
    if not _NAME.fullmatch(text):
        return ()
    return tuple(quoted.replace('""', '"') or plain for quoted, plain in _PART.findall(text))


def name_in(text: str) -> Name | None:
    """The relation that a text names, as PostgreSQL reads it: what stands in no quotes is folded (manual 4.1.1).

    None where it is no name, with a schema or without.
    """
    if not _WRITTEN.fullmatch(text):
        return None
    *before, name = (quoted.replace('""', '"') or _folded(plain) for quoted, plain in _PART.findall(text))
    return Name(name, before[0] if before else "")


def _folded(word: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in word)


_PART = re.compile(r'"((?:[^"]|"")+)"|([^."]+)')
_NAME = re.compile(rf"(?:{_PART.pattern})(?:\.(?:{_PART.pattern}))*")
_IDENTIFIER = r'(?:"(?:[^"]|"")+"|[^\W\d][\w$]*)'
_WRITTEN = re.compile(rf"(?:{_IDENTIFIER}\.)?{_IDENTIFIER}")


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

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" + (f" on {self.parent}" if self.parent else "")


@dataclass(frozen=True, slots=True)
class Below:
    """What a statement does to the tables below one, at every level (manual 5.11, 5.12). The work is that on the table.

    Attributes:
        partitions: the lock on its partitions; None: none.
        children: the lock on tables that inherit from it and are no partitions.
        every: none of them is spared; else which ones are depends on rows, on names in the catalog, or on a plan.
        note: which versions of PostgreSQL lock partitions otherwise.
    """

    partitions: LockMode | None = None
    children: LockMode | None = None
    every: bool = True
    note: str = ""

    def __bool__(self) -> bool:
        return bool(self.partitions or self.children)

    def __or__(self, other: Below) -> Below:
        """The stronger lock of both on each; all of the tables below are locked so if one of the two sees to it."""
        if not self or not other:
            return self or other
        locks = _stronger(self.partitions, other.partitions), _stronger(self.children, other.children)
        every = any(each.every and (each.partitions, each.children) == locks for each in (self, other))
        notes = dict.fromkeys(note for note in (self.note, other.note) if note)
        return Below(*locks, every, "; ".join(notes))


def _stronger(one: LockMode | None, other: LockMode | None) -> LockMode | None:
    return max(filter(None, (one, other)), default=None)


_NOTHING = Below()


@dataclass(frozen=True, slots=True)
class Effect:
    """What a statement does to one relation: the lock it takes and the work it does under it.

    Attributes:
        below: what it does to partitions of the relation, and to tables that inherit from it.
        least: the weakest lock that it may take instead, by version or by what the catalog says; None: none weaker.
        more: work that comes on top where the catalog says so, of which the note tells.
    """

    relation: Name
    lock: LockMode
    work: tuple[Work, ...] = (Work.CATALOG,)
    note: str = ""
    below: Below = _NOTHING
    more: tuple[Work, ...] = ()
    least: LockMode | None = None


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
    PARTITIONED = "names a table as partitioned"


@dataclass(frozen=True, slots=True)
class Marked:
    """A mark and what it is on: a constraint, a column, or an enum type (`value` is the label added)."""

    mark: Mark
    object: Object
    value: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """Something in a statement that not every server has.

    Attributes:
        title: what it is, as the manual writes it.
        since: first major version of PostgreSQL that has it.
        function: the name of a built-in function, which a database may have of its own; else "".
        arguments: how many it is called with.
        later: an older server takes the statement, and fails when it gets there: in a body of PL/pgSQL.
    """

    title: str
    since: int
    function: str = ""
    arguments: int = 0
    later: bool = False


UNREAD = "???"
"""The command tag of a statement that the parser does not read."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What PostgreSQL says a statement is, read off its parse tree.

    Attributes:
        tag: the command tag that psql prints, e.g. "ALTER TABLE"; or `UNREAD`.
        subject: the relation or object that a reader would name first, "" where there is none.
        transactional: False where PostgreSQL refuses the statement inside a transaction block.
        effects: locks and work, one per relation.
        creates, drops: objects that are there, or gone, afterwards.
        renames: pairs of an object's old and new name.
        marks: what decides where a commit is needed and what can be lost.
        needs: what PostgreSQL 13 does not have of it.
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
    needs: tuple[Need, ...] = ()

    @property
    def called(self) -> str:
        """The tag, as a reader is told it."""
        return "an unread statement" if self.tag == UNREAD else self.tag
