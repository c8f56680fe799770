"""A row of the table of statement forms: what one form of statement does to the relations it touches.

A row is a fact about PostgreSQL with the place in its manual that states it, and an example that is
run on a real server: the test holds every claim against `pg_locks`, `pg_class.relfilenode`, the
server's DEBUG1 messages and `pg_stat_xact_user_tables`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique

from release.config import NEWEST_SERVER, OLDEST_SERVER
from release.model import Below, Effect, LockMode, Name, Work

AS = LockMode.ACCESS_SHARE
RS = LockMode.ROW_SHARE
RE = LockMode.ROW_EXCLUSIVE
SUE = LockMode.SHARE_UPDATE_EXCLUSIVE
S = LockMode.SHARE
SRE = LockMode.SHARE_ROW_EXCLUSIVE
E = LockMode.EXCLUSIVE
AE = LockMode.ACCESS_EXCLUSIVE

CATALOG = Work.CATALOG
READ = Work.READ
WRITE = Work.WRITE
SCAN = Work.SCAN
INDEX = Work.INDEX
REWRITE = Work.REWRITE
EMPTY = Work.EMPTY

FIRST, LAST = OLDEST_SERVER, NEWEST_SERVER
"""The oldest and newest major version that the table speaks of. Where they differ, a claim says since or until when."""


@unique
class RelationPart(StrEnum):
    """The part that a relation plays in a statement that names it."""

    SUBJECT = "subject"
    REFERENCED = "referenced table"
    PARENT = "parent"
    CHILD = "partition"
    SOURCE = "source"
    READ = "table read"
    LOCKED = "table locked by FOR UPDATE"
    INDEX = "index"


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a statement reaches below a table that it names.

    Attributes:
        below: what it does there.
        despite_only: it may lock some of those tables even when it says ONLY.
        since, until: the major versions of which this holds.
    """

    below: Below
    despite_only: bool = False
    since: int = FIRST
    until: int = LAST

    def holds(self, major: int) -> bool:
        return self.since <= major <= self.until


@dataclass(frozen=True, slots=True)
class Claim:
    """What a statement does to the relation that plays `part` in it.

    Attributes:
        reach: what it does to the tables below that one, at most once for each version; none: nothing.
        least: the weakest lock that it takes instead, where the catalog says so; a note tells when. None: none weaker.
        more: work that comes on top where the catalog says so; a note tells when.
        since, until: the major versions of which the claim holds.
    """

    part: RelationPart
    lock: LockMode
    work: tuple[Work, ...] = (CATALOG,)
    note: str = ""
    reach: tuple[Reach, ...] = ()
    more: tuple[Work, ...] = ()
    since: int = FIRST
    until: int = LAST
    least: LockMode | None = None

    def holds(self, major: int) -> bool:
        return self.since <= major <= self.until

    def reach_on(self, major: int) -> Reach:
        """What holds for a major version."""
        return next((each for each in self.reach if each.holds(major)), _NO_REACH)


_NO_REACH = Reach(Below())


@dataclass(frozen=True, slots=True)
class Form:
    """One form of statement.

    Attributes:
        key: node type and what else tells forms apart, as the matching code spells it.
        title: the form as the manual writes it.
        section: page of the PostgreSQL (or PostGIS) manual that states it.
        claims: what it does to relations that it names and that were there before.
        example: a statement of this form over `WORLD`, run by the test.
        setup: statements that the example needs first.
        note: what a reader should know and the claims cannot say; also what it does to relations it does not name.
        of_keys: the parts of the note that have to do with foreign keys alone.
        aside: the same, but of every statement of its kind: only the document says it, no script.
        unnamed: what the example does to relations that it does not name.
        spared: a statement of the same form that takes the same locks and does less work; the note says why.
        beside: the strongest lock on relations that it does not name, as `aside` tells; None: none.
        since: first major version that has the form.
        blockers: for an example that runs outside a transaction: statements of another session, each of
            which makes it wait at some point where its locks can be seen.
        untried: why the test cannot run the example; empty: it can.
    """

    key: str
    title: str
    section: str
    claims: tuple[Claim, ...]
    example: str
    setup: str = ""
    note: str = ""
    of_keys: tuple[str, ...] = ()
    aside: str = ""
    unnamed: tuple[Effect, ...] = ()
    spared: str = ""
    beside: LockMode | None = None
    since: int = FIRST
    blockers: tuple[str, ...] = ()
    untried: str = ""


def on(
    lock: LockMode,
    *work: Work,
    part: RelationPart = RelationPart.SUBJECT,
    note: str = "",
    reach: Reach | tuple[Reach, ...] = (),
    more: tuple[Work, ...] = (),
    since: int = FIRST,
    until: int = LAST,
    least: LockMode | None = None,
) -> Claim:
    """A claim; of catalog work when no other is named."""
    reaches = (reach,) if isinstance(reach, Reach) else reach
    return Claim(part, lock, work or (CATALOG,), note, reaches, more, since, until, least)


def all_below(lock: LockMode, *, despite_only: bool = False, since: int = FIRST, until: int = LAST) -> Reach:
    """Partitions and children, every one."""
    return Reach(Below(lock, lock), despite_only, since, until)


def some_below(lock: LockMode, *, despite_only: bool = False, since: int = FIRST, until: int = LAST) -> Reach:
    """Partitions and children, not always every one."""
    return Reach(Below(lock, lock, every=False), despite_only, since, until)


def partitions(
    lock: LockMode, *, every: bool = True, despite_only: bool = False, since: int = FIRST, until: int = LAST
) -> Reach:
    """Partitions; no table that merely inherits."""
    return Reach(Below(lock, every=every), despite_only, since, until)


def unnamed(relation: str, lock: LockMode, *work: Work) -> Effect:
    """An effect on a relation of `WORLD`, or of a row's setup, that the example does not name."""
    return Effect(Name(relation), lock, work or (CATALOG,))


WORLD = """\
CREATE TABLE buildings (id integer PRIMARY KEY, name varchar(100), code text);
CREATE TABLE rooms (
    id integer PRIMARY KEY, building_id integer, name varchar(100), status text, area numeric(8, 2),
    geom geometry(Point, 4326)
);
CREATE INDEX ix_rooms_name ON rooms (name);
CREATE TABLE devices (
    id integer PRIMARY KEY, type text, room_id integer CONSTRAINT fk_devices_room REFERENCES rooms,
    CONSTRAINT ck_devices_type CHECK (type <> '')
);
CREATE TABLE visits (id integer, day date) PARTITION BY RANGE (day);
CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE TABLE visits_2026 (id integer, day date);
CREATE VIEW device_types AS SELECT id, type FROM devices;
CREATE SEQUENCE numbers;
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
INSERT INTO buildings VALUES (1, 'Main', 'M');
INSERT INTO rooms VALUES (1, 1, 'Hall', 'open', 20, ST_SetSRID(ST_MakePoint(1, 2), 4326));
INSERT INTO devices VALUES (1, 'lamp', 1);
INSERT INTO visits VALUES (1, '2025-05-05');
INSERT INTO visits_2026 VALUES (1, '2026-05-05');
"""
"""The schema that the examples run in."""
