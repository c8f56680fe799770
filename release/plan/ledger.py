"""What is there, statement by statement: what the database had before a script, and what the script has made of it.

One pass over the statements of a plan takes down what each of them makes, renames, moves and drops. Whoever asks about
a statement asks as of the moment when it runs: which schema its unqualified names mean, whether a relation is one that
the script itself has made, and under which name it was there before the script.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from release.model import Mark, Name, VersionWrite
from release.model.syntax import SetSchema
from release.plan.name_resolution import in_schema, qualify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from release.model import Object, Segment, Statement

# a composite type is a relation too
RELATIONS = frozenset({"table", "foreign table", "materialized view", "view", "sequence", "index", "type"})
# relations that come with an extension, in a schema that the statement need not tell
_WITH_EXTENSION = {
    "postgis": frozenset({"spatial_ref_sys", "geometry_columns", "geography_columns"}),
    "postgis_raster": frozenset({"raster_columns", "raster_overviews"}),
    "postgis_topology": frozenset({"topology", "layer"}),
    "pg_stat_statements": frozenset({"pg_stat_statements", "pg_stat_statements_info"}),
}


@dataclass(frozen=True, slots=True)
class Tracked:
    """A relation that a script makes, renames or moves.

    Attributes:
        former: its qualified name before the script; None of one that the script makes.
    """

    former: Name | None


@dataclass(slots=True)
class _Timeline:
    """Who goes by a name from which statement on; None: nobody any more."""

    since: list[int] = field(default_factory=list)
    who: list[Tracked | None] = field(default_factory=list)

    def add(self, index: int, who: Tracked | None) -> None:
        self.since.append(index)
        self.who.append(who)

    def at(self, index: int) -> Tracked | None:
        place = bisect_right(self.since, index) - 1
        return self.who[place] if place >= 0 else None


@dataclass(frozen=True, slots=True)
class LedgerStep:
    """A statement, with what was there before it.

    Attributes:
        index: 0-based, among the statements of the plan.
        revision: that it is part of the work of; also of what env.py does around the first and the last.
    """

    index: int
    segment: Segment
    revision: str
    statement: Statement
    ledger: Ledger

    def at(self, name: Name) -> Name:
        """A relation's name, qualified as this statement means it."""
        return in_schema(name, self.statement.schema or self.ledger.schema)

    def whole(self, thing: Object) -> Object:
        """An object, with every name that lies in a schema qualified as this statement means it."""
        return qualify(thing, self.statement.schema or self.ledger.schema)

    def is_new(self, name: Name) -> bool:
        """True for a relation that an earlier statement of the script has made."""
        return self.ledger.is_new(self.at(name), self.index)

    def former(self, name: Name) -> Name:
        """The name that a relation had before the script, qualified; of one that the script has made, its name now."""
        return self.ledger.former(self.at(name), self.index)

    def at_start(self, name: Name) -> Name:
        """The name that a relation had when this statement's segment began, qualified."""
        now = self.at(name)
        who = self.ledger.who(now, self.index)
        return self.ledger.name_at(who, self.ledger.first_of(self.segment)) or now if who else now


class Ledger:
    """What a script makes of the relations of a database.

    Attributes:
        schema: of unqualified names where a statement has none of its own.
        steps: the statements in order.
        partitioned: tables that the script itself tells to be partitioned; of others only the database knows.
        indexes: indexes and sequences that it makes, drops or renames: they go with their tables.
        made: names, after the script, of the relations that it makes and leaves there.
    """

    def __init__(self, segments: Iterable[Segment], schema: str) -> None:
        self.schema = schema
        self._names: dict[Name, _Timeline] = {}
        self._with_extensions: dict[str, int] = {}
        self._first: dict[int, int] = {}
        self._known_as: dict[int, list[tuple[int, Name]]] = {}  # by identity: from which statement on, under which name
        steps: list[LedgerStep] = []
        partitioned: set[Name] = set()
        indexes: set[Name] = set()
        for segment, statement, revision in _with_revisions(tuple(segments)):
            self._first.setdefault(segment.number, len(steps))
            if statement:
                step = LedgerStep(len(steps), segment, revision, statement, self)
                steps.append(step)
                self._follow(step)
                partitioned |= {step.at(each.object.name) for each in statement.facts.marks if _partitions(each.mark)}
                indexes |= set(_indexes(step))
        self.steps = tuple(steps)
        self.partitioned = frozenset(partitioned)
        self.indexes = frozenset(indexes)
        end = len(steps)
        self.made = frozenset(
            name for name, line in self._names.items() if (who := line.at(end)) is not None and who.former is None
        )

    def steps_of(self, segment: Segment) -> tuple[LedgerStep, ...]:
        first = self._first[segment.number]
        return self.steps[first : first + len(segment.statements)]

    def first_of(self, segment: Segment) -> int:
        """The index of a segment's first statement."""
        return self._first[segment.number]

    def who(self, name: Name, index: int) -> Tracked | None:
        """The relation of a qualified name before a statement, where the script has had to do with it."""
        line = self._names.get(name)
        return line.at(index) if line else None

    def is_new(self, name: Name, index: int) -> bool:
        who = self.who(name, index)
        return (who is not None and who.former is None) or index >= self._with_extensions.get(name.name, index + 1)

    def former(self, name: Name, index: int) -> Name:
        who = self.who(name, index)
        return who.former if who and who.former else name

    def name_at(self, who: Tracked, index: int) -> Name | None:
        """The name that a relation goes by before a statement; None where it is not there."""
        names = [name for since, name in self._known_as.get(id(who), ()) if since <= index]
        return names[-1] if names else who.former

    def _follow(self, step: LedgerStep) -> None:
        facts, after = step.statement.facts, step.index + 1
        for gone in facts.drops:
            if gone.kind in RELATIONS:
                self._put(step.at(gone.name), after, None)
        for made in facts.creates:
            if made.kind in RELATIONS:
                self._put(step.at(made.name), after, Tracked(None))
            elif made.kind == "extension":
                for name in _WITH_EXTENSION.get(made.name.name, ()):
                    self._with_extensions.setdefault(name, after)
        for marked in facts.marks:
            if marked.mark is Mark.SEQUENCE:
                self._put(step.at(marked.object.name), after, Tracked(None))
        for old, new in _renames(step):
            who = self.who(old, step.index) or Tracked(old)
            self._put(old, after, None)
            self._put(new, after, who)

    def _put(self, name: Name, index: int, who: Tracked | None) -> None:
        self._names.setdefault(name, _Timeline()).add(index, who)
        if who:
            self._known_as.setdefault(id(who), []).append((index, name))


def _with_revisions(segments: Sequence[Segment]) -> Iterator[tuple[Segment, Statement | None, str]]:
    """Each statement, with the revision whose version rows are written next; None of a segment without statements."""
    owners: list[str] = []
    revision = ""
    for segment in reversed(segments):
        for step in reversed(segment.steps):
            if isinstance(step, VersionWrite):
                revision = step.revision
            else:
                owners.append(step.source.revision or revision)
    for segment in segments:
        if not segment.statements:
            yield segment, None, ""
        for statement in segment.statements:
            yield segment, statement, owners.pop()


def _renames(step: LedgerStep) -> Iterator[tuple[Name, Name]]:
    for old, new in step.statement.facts.renames:
        if old.kind in RELATIONS:
            yield step.at(old.name), step.at(new.name)
    match step.statement.syntax:
        case SetSchema(relation=Name() as name, schema=schema) if schema:
            yield step.at(name), Name(name.name, schema)


def _partitions(mark: Mark) -> bool:
    return mark is Mark.PARTITIONED


def _indexes(step: LedgerStep) -> Iterator[Name]:
    facts = step.statement.facts
    for thing in (*facts.creates, *facts.drops, *(each for pair in facts.renames for each in pair)):
        if thing.kind in {"index", "sequence"}:
            yield step.at(thing.name)
