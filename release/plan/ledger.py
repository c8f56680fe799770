"""What is there, statement by statement: what the database had before a script, and what the script has made of it.

One pass over the statements of a plan takes down what each of them makes, renames, moves and drops. Whoever asks about
a statement asks as of the moment when it runs: which schema its unqualified names mean, whether a relation is one that
the script itself has made, and under which name it was there before the script. A rollback begins where its upgrade has
ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.model import Mark, Name, Object, VersionWrite
from release.plan.consequences import follow
from release.plan.inventory import ROUTINES, Inventory
from release.plan.name_resolution import IN_SCHEMA, in_schema
from release.plan.touches import Touches, is_after

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from release.model import Segment, Statement
    from release.plan.inventory import Thing

# relations that come with an extension, in a schema that the statement need not tell
_WITH_EXTENSION = {
    "postgis": frozenset({"spatial_ref_sys", "geometry_columns", "geography_columns"}),
    "postgis_raster": frozenset({"raster_columns", "raster_overviews"}),
    "postgis_topology": frozenset({"topology", "layer"}),
    "pg_stat_statements": frozenset({"pg_stat_statements", "pg_stat_statements_info"}),
}


@dataclass(frozen=True, slots=True)
class LedgerStep:
    """A statement, with what was there before it.

    Attributes:
        index: 0-based, among the statements of the plan.
        revision: that it is part of the work of; also of what env.py does around the first and the last.
    """

    index: int
    revision: str
    statement: Statement
    ledger: Ledger

    @property
    def segment(self) -> Segment:
        return self.ledger.segment_of(self.index)

    def at(self, name: Name) -> Name:
        """A relation's name, qualified as this statement means it."""
        whole = in_schema(name, self.statement.schema or self.ledger.schema)
        if not self.ledger.roams or not whole.schema:
            return whole
        facts, path = self.statement.facts, self.statement.path
        if any(each.name == name and each.kind in IN_SCHEMA for each in facts.creates):
            return whole
        for old, new in facts.renames:
            if new.name == name != old.name and new.kind in IN_SCHEMA and not name.schema:
                return self.at(old.name).beside(name.name)
        return self._found(name, (name.schema,) if name.schema else path.schemas) or replace(
            whole, path=path if len(path.schemas) > 1 and not name.schema else None
        )

    def _found(self, name: Name, schemas: tuple[str, ...]) -> Name | None:
        """What the ledger knows to have a name, in the first of some schemas; or in one that may be any of them."""
        for schema in schemas:
            for first in (schema, *self.ledger.roams):
                who = self.ledger.who(Name(name.name, first), self.index)
                now = who.name_at(self.moment) if who else None
                if now and (first == schema or (now.path and schema in now.path.schemas)):
                    return now
        return None

    def whole(self, thing: Object) -> Object:
        """An object, with every name that lies in a schema qualified as this statement means it."""
        parent = self.at(thing.parent) if thing.parent else None
        if thing.kind not in IN_SCHEMA:
            name = thing.name
        elif thing.kind == "index" and parent:
            name = parent.beside(thing.name.name)
        else:
            name = self.at(thing.name)
        return Object(thing.kind, name, parent)

    def is_new(self, name: Name) -> bool:
        """True for a relation that an earlier statement of the script has made."""
        return self.ledger.is_new(self.at(name), self.index)

    def may_be_new(self, name: Name) -> bool:
        """True also where an earlier statement may have made it of which nobody has read what it runs."""
        if self.is_new(name):
            return True
        who = self.ledger.who(self.at(name), self.index)
        return is_after(self.ledger.touches.unread, self.index) and (who is None or who.doubtful)

    def former(self, name: Name) -> Name:
        """The name that a relation had before the script, qualified; of one that the script has made, its name now."""
        return self.ledger.former(self.at(name), self.index)

    def at_start(self, name: Name) -> Name:
        """The name that a relation had when this statement's segment began, qualified."""
        now = self.at(name)
        began = self.ledger.start + self.ledger.first_of(self.segment)
        who = self.ledger.who(now, self.index)
        return who.name_at(began) if who and who.since <= began else now

    def made(self, named: Object) -> Thing | None:
        """What goes by a name once this statement has run; None of an attribute of a type and what else is no thing."""
        return self.ledger.inventory.find(self.whole(named), self.moment + 1)

    def thing(self, named: Object, arguments: tuple[str, ...] | None = None) -> Thing:
        """What goes by a name once this statement has run, or did before it."""
        whole, inventory, after = self.whole(named), self.ledger.inventory, self.moment + 1
        if named.kind in ROUTINES and arguments is None and (made := inventory.made_at(after, named.kind)):
            return made
        found = inventory.find(whole, after, arguments) or inventory.find(whole, self.moment, arguments)
        return found or inventory.known(whole, after, arguments)

    def finds_free(self, named: Object) -> bool:
        """True for a name that an earlier statement of the script has freed."""
        since = self.ledger.inventory.freed_at(self.whole(named), self.moment)
        return since is not None and since > self.ledger.start

    @property
    def moment(self) -> int:
        """When it runs, in the life of the things that the ledger knows; what it does is there a moment later."""
        return self.ledger.start + self.index

    def former_column(self, table: Name, column: str) -> str | None:
        """The name that a column had before the script; None of one that is new, or of a type that is."""
        if self.is_new(table) or self.ledger.touches.is_retyped(self.former(table), column, self.index):
            return None
        found = self.ledger.inventory.find(Object("column", Name(column), self.at(table)), self.moment)
        if found is None:
            return column
        return None if found.since > self.ledger.start else found.name_at(self.ledger.start).name

    def has_touched(self, kind: str, name: Name, table: Name | None = None) -> bool:
        """Whether an earlier statement may have made, renamed, moved or dropped a thing.

        Args:
            kind: "type" (also that of a relation), "function" (any routine), "schema", "extension", "label", "srid",
                "default" (of the column `name` of a table), "definition" (any part of that of the table `name`), or
                another of PostgreSQL's words.
        """
        if table:
            thing = Object(kind, name, self.former(table))
        else:
            if kind in {"type", "function"}:
                name = self.at(name)
            thing = Object(kind, self.former(name) if kind == "definition" else name)
        return self.ledger.touches.has_touched(thing, self.index)

    def is_elsewhere(self, name: Name) -> bool:
        """Whether an unqualified name may mean something in any of several schemas: the script has set another path."""
        return not name.schema and self.statement.schema not in {"", self.ledger.schema} and not self.is_new(name)

    def is_after_opaque(self) -> bool:
        """Whether an earlier statement may have changed any table."""
        return is_after(self.ledger.touches.opaque, self.index)

    def brings_unknown(self) -> bool:
        """Whether an earlier statement may have made things that its text does not name."""
        return is_after(self.ledger.touches.unknown, self.index)

    def labels(self, name: Name) -> tuple[str, ...] | None:
        """The labels of an enum type that the script itself has made; None of all other types."""
        return self.ledger.touches.labels(self.ledger.who(self.at(name), self.index), self.index)

    def may_have_changed(self, table: Name, columns: Iterable[str] = ()) -> bool:
        """Whether an earlier statement has changed rows of a table that was there, or one of its columns.

        Args:
            columns: their names before the script.
        """
        former = self.former(table)
        things = (Object("table", former), *(Object("column", Name(each), former) for each in columns))
        return any(self.ledger.touches.has_changed(each, self.index) for each in things)

    def changed(self) -> tuple[Name, ...]:
        """Tables whose rows earlier statements have changed, by their former names; and all that they make or drop."""
        return self.ledger.touches.changed(self.index)


class Ledger:
    """What a script makes of a database.

    Attributes:
        schema: of unqualified names where a statement has none of its own.
        roams: the first schemas of the paths with several, in any of which a name may lie.
        steps: the statements in order.
        inventory: what they have to do with. A rollback's is that of its upgrade, which goes on.
        touches: what else they have to do with, and what nobody can know after them.
        start, end: the moments before the first statement and after the last.
        partitioned: tables that the script itself tells to be partitioned; of others only the database knows.
        indexes: indexes and sequences that it makes, drops or renames: they go with their tables.
        made: names, after the script, of the relations that it makes and leaves there.
    """

    start: int
    end: int

    def __init__(self, segments: Iterable[Segment], schema: str, after: Ledger | None = None) -> None:
        self.schema = schema
        self.inventory: Inventory = after.inventory if after else Inventory()
        self.start = after.end if after else 0
        self.touches = Touches()
        self._with_extensions: dict[str, int] = {}
        steps: list[LedgerStep] = []
        partitioned: set[Name] = set()
        indexes: set[Name] = set()
        segments = tuple(segments)
        paths = (statement.path.schemas for segment in segments for statement in segment.statements)
        roams = {each[0] for each in paths if len(each) > 1}
        self.roams: tuple[str, ...] = tuple(sorted({*roams, *(after.roams if after else ())}))
        for statement, revision in _with_revisions(segments):
            step = LedgerStep(len(steps), revision, statement, self)
            steps.append(step)
            self._follow(step)
            partitioned |= {step.at(each.object.name) for each in statement.facts.marks if _partitions(each.mark)}
            indexes |= set(_indexes(step))
        self.steps = tuple(steps)
        self.place(segments)
        self.partitioned = frozenset(partitioned)
        self.indexes = frozenset(indexes)
        self.end = self.start + len(steps)
        self.inventory.now = self.end
        self.made = frozenset(name for name, thing in self.inventory.relations() if thing.since > self.start)

    def place(self, segments: Iterable[Segment]) -> None:
        """Tell in which segments the statements stand, whose order stays as it is."""
        self._first: dict[int, int] = {}
        self._segments: list[Segment] = []
        for segment in segments:
            self._first[segment.number] = len(self._segments)
            self._segments += [segment] * len(segment.statements)

    def segment_of(self, index: int) -> Segment:
        return self._segments[index]

    def steps_of(self, segment: Segment) -> tuple[LedgerStep, ...]:
        first = self._first[segment.number]
        return self.steps[first : first + len(segment.statements)]

    def first_of(self, segment: Segment) -> int:
        """The index of a segment's first statement."""
        return self._first[segment.number]

    def who(self, name: Name, index: int) -> Thing | None:
        """The relation or type of a qualified name before a statement, where a script has had to do with it."""
        return self.inventory.named(name, self.start + index)

    def is_new(self, name: Name, index: int) -> bool:
        who = self.who(name, index)
        return (who is not None and who.since > self.start) or index >= self._with_extensions.get(name.name, index + 1)

    def former(self, name: Name, index: int) -> Name:
        who = self.who(name, index)
        return who.name_at(self.start) if who and who.since <= self.start else name

    def _follow(self, step: LedgerStep) -> None:
        self.inventory.now = step.moment + 1
        follow(step, self.inventory)
        self.touches.follow(step)
        self.inventory.unread |= self.touches.unread is not None
        for made in step.statement.facts.creates:
            if made.kind == "extension":
                for name in _WITH_EXTENSION.get(made.name.name, ()):
                    self._with_extensions.setdefault(name, step.index + 1)


class JoinedLedger(Ledger):
    """The ledgers of a rollback's stretches, one of which runs: their statements in the order of the script.

    What lives from statement to statement is in the ledger of a step's own stretch; what is here otherwise is of the
    first.
    """

    def __init__(self, parts: Sequence[Ledger]) -> None:
        vars(self).update(vars(parts[0]))
        self.steps = tuple(step for part in parts for step in part.steps)
        self.partitioned = frozenset[Name]().union(*(part.partitioned for part in parts))
        self.indexes = frozenset[Name]().union(*(part.indexes for part in parts))
        self.made = frozenset[Name]().union(*(part.made for part in parts))


def _with_revisions(segments: Sequence[Segment]) -> Iterator[tuple[Statement, str]]:
    """Each statement, with the revision whose version rows are written next."""
    owners: list[str] = []
    revision = ""
    for segment in reversed(segments):
        for step in reversed(segment.steps):
            if isinstance(step, VersionWrite):
                revision = step.revision
            else:
                owners.append(step.source.revision or revision)
    for segment in segments:
        for statement in segment.statements:
            yield statement, owners.pop()


def _partitions(mark: Mark) -> bool:
    return mark is Mark.PARTITIONED


def _indexes(step: LedgerStep) -> Iterator[Name]:
    facts = step.statement.facts
    for thing in (*facts.creates, *facts.drops, *(each for pair in facts.renames for each in pair)):
        if thing.kind in {"index", "sequence"}:
            yield step.at(thing.name)
