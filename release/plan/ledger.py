"""What is there, statement by statement: what the database had before a script, and what the script has made of it.

One pass over the statements of a plan takes down what each of them makes, renames, moves and drops. Whoever asks about
a statement asks as of the moment when it runs: which schema its unqualified names mean, whether a relation or a column
is one that the script itself has made, and under which name it was there before the script. Of other things (routines,
types, labels, SRIDs, …) it is known whether the script has had to do with them.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from release.model import Mark, Name, Object, VersionWrite, Work
from release.model.syntax import (
    ActionKind,
    AlterEnum,
    AlterTable,
    ChangeRows,
    CreateEnum,
    DoBlock,
    RelationUse,
    SetSchema,
    Use,
)
from release.plan.name_resolution import in_schema, qualify
from release.sql.facts.changes import KINDS
from release.sql.facts.opaque import brings_along, is_opaque

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from release.model import Segment, Statement

# a composite type is a relation too, and every relation has a type of its name
RELATIONS = frozenset({"table", "foreign table", "materialized view", "view", "sequence", "index", "type", "domain"})
_ROUTINES = frozenset({"function", "procedure", "routine", "aggregate"})
_CHANGED = frozenset({Work.WRITE, Work.EMPTY})
_ANY = Name("*")
# relations that come with an extension, in a schema that the statement need not tell
_WITH_EXTENSION = {
    "postgis": frozenset({"spatial_ref_sys", "geometry_columns", "geography_columns"}),
    "postgis_raster": frozenset({"raster_columns", "raster_overviews"}),
    "postgis_topology": frozenset({"topology", "layer"}),
    "pg_stat_statements": frozenset({"pg_stat_statements", "pg_stat_statements_info"}),
}


@dataclass(frozen=True, slots=True)
class Tracked:
    """A relation or a column that a script makes, renames or moves.

    Attributes:
        former: its name before the script, of a relation qualified; None of one that the script makes.
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

    def former_column(self, table: Name, column: str) -> str | None:
        """The name that a column had before the script; None of one that is new, or of a type that is."""
        if self.is_new(table):
            return None
        return self.ledger.former_column(self.former(table), column, self.index)

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
        return self.ledger.has_touched(thing, self.index)

    def is_elsewhere(self, name: Name) -> bool:
        """Whether an unqualified name may mean something in any of several schemas: the script has set another path."""
        return not name.schema and self.statement.schema not in {"", self.ledger.schema} and not self.is_new(name)

    def is_after_opaque(self) -> bool:
        """Whether an earlier statement may have changed any table."""
        return self.ledger.is_after(self.ledger.opaque, self.index)

    def brings_unknown(self) -> bool:
        """Whether an earlier statement may have made things that its text does not name."""
        return self.ledger.is_after(self.ledger.unknown, self.index)

    def labels(self, name: Name) -> tuple[str, ...] | None:
        """The labels of an enum type that the script itself has made; None of all other types."""
        return self.ledger.labels(self.at(name), self.index)

    def may_have_changed(self, table: Name, columns: Iterable[str] = ()) -> bool:
        """Whether an earlier statement has changed rows of a table that was there, or one of its columns.

        Args:
            columns: their names before the script.
        """
        former = self.former(table)
        things = (Object("table", former), *(Object("column", Name(each), former) for each in columns))
        return any(self.ledger.has_changed(each, self.index) for each in things)


class Ledger:
    """What a script makes of the relations of a database.

    Attributes:
        schema: of unqualified names where a statement has none of its own.
        steps: the statements in order.
        partitioned: tables that the script itself tells to be partitioned; of others only the database knows.
        indexes: indexes and sequences that it makes, drops or renames: they go with their tables.
        made: names, after the script, of the relations that it makes and leaves there.
        opaque: index of the first statement after one that may do anything to any table; None: there is none.
        unknown: index of the first statement after one that may make things which its text does not name, or None.
    """

    def __init__(self, segments: Iterable[Segment], schema: str) -> None:
        self.schema = schema
        self._names: dict[Name, _Timeline] = {}
        self._with_extensions: dict[str, int] = {}
        self._first: dict[int, int] = {}
        self._known_as: dict[int, list[tuple[int, Name]]] = {}  # by identity: from which statement on, under which name
        self._columns: dict[tuple[Name, str], _Timeline] = {}  # by their table's name before the script
        self._labels: dict[int, list[tuple[int, tuple[str, ...]]]] = {}  # by identity of their type
        # from which statement on
        self._touched: dict[Object, int] = {}
        self._changed: dict[Object, int] = {}
        self.opaque: int | None = None
        self.unknown: int | None = None
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

    def former_column(self, table: Name, column: str, index: int) -> str | None:
        """A column's name before the script; None of one that it has made.

        Args:
            table: its name before the script.
        """
        line = self._columns.get((table, column))
        who = line.at(index) if line else None
        if who is None:
            return column
        return who.former.name if who.former else None

    def is_after(self, since: int | None, index: int) -> bool:
        return since is not None and since <= index

    def has_touched(self, thing: Object, index: int) -> bool:
        found = (thing, Object(thing.kind, _ANY)) if thing.kind == "srid" else (thing,)
        return any(self.is_after(self._touched.get(each), index) for each in found)

    def has_changed(self, thing: Object, index: int) -> bool:
        return self.is_after(self.opaque, index) or self.is_after(self._changed.get(thing), index)

    def labels(self, name: Name, index: int) -> tuple[str, ...] | None:
        who = self.who(name, index)
        known = [labels for since, labels in self._labels.get(id(who), ()) if since <= index] if who else []
        return known[-1] if known else None

    def _follow(self, step: LedgerStep) -> None:
        self._touch(step)
        self._change(step)
        self._follow_columns(step)
        self._follow_relations(step)
        self._follow_labels(step)

    def _touch(self, step: LedgerStep) -> None:
        """Take down what else than relations and columns a statement has to do with, and what nobody can know of it."""
        facts, syntax, after = step.statement.facts, step.statement.syntax, step.index + 1
        for thing in (*facts.creates, *facts.drops, *(each for pair in facts.renames for each in pair)):
            if thing.kind in RELATIONS:
                self._touched.setdefault(Object("type", step.at(thing.name)), after)
            elif thing.kind in _ROUTINES:
                self._touched.setdefault(Object("function", step.at(thing.name)), after)
            elif not thing.parent:
                self._touched.setdefault(Object(thing.kind, thing.name), after)
            if thing.parent:
                self._touched.setdefault(Object("definition", step.former(thing.parent)), after)
        match syntax:
            case SetSchema(target=target, schema=schema, kind=kind) if target and schema:
                kept = "function" if KINDS.get(kind) in _ROUTINES else KINDS.get(kind, "")
                self._touched.setdefault(Object(kept, step.at(target.name)), after)
                self._touched.setdefault(Object(kept, Name(target.name.name, schema)), after)
            case AlterEnum(new=label):
                self._touched.setdefault(Object("label", Name(label)), after)
            case ChangeRows(relation=relation, srids=srids) if relation.name.name == "spatial_ref_sys":
                for srid in (_ANY,) if srids is None else (Name(each) for each in srids):
                    self._touched.setdefault(Object("srid", srid), after)
            case AlterTable(relation=relation, actions=actions):
                self._touched.setdefault(Object("definition", step.former(relation.name)), after)
                for action in actions:
                    if action.kind is ActionKind.COLUMN_DEFAULT:
                        column = step.former_column(relation.name, action.name)
                        if column:
                            default = Object("default", Name(column), step.former(relation.name))
                            self._touched.setdefault(default, after)
        if is_opaque(syntax):
            self.opaque = after if self.opaque is None else self.opaque
        if brings_along(syntax):
            self.unknown = after if self.unknown is None else self.unknown

    def _change(self, step: LedgerStep) -> None:
        after = step.index + 1
        for effect in step.statement.facts.effects:
            if _CHANGED & {*effect.work}:
                self._changed.setdefault(Object("table", step.former(effect.relation)), after)
        match step.statement.syntax:
            case DoBlock(body=body):
                for use in (each for piece in body.pieces for each in piece.syntax.contents.uses):
                    if isinstance(use, RelationUse) and use.use not in (Use.READ, Use.LOCK):
                        self._changed.setdefault(Object("table", step.former(use.relation)), after)
            case AlterTable(relation=relation, actions=actions):
                for action in actions:
                    if action.kind is ActionKind.ALTER_COLUMN_TYPE and action.column and action.column.using:
                        column = step.former_column(relation.name, action.name) or action.name
                        self._changed.setdefault(Object("column", Name(column), step.former(relation.name)), after)

    def _follow_columns(self, step: LedgerStep) -> None:
        facts, syntax, after = step.statement.facts, step.statement.syntax, step.index + 1
        for gone in facts.drops:
            if gone.kind == "column" and gone.parent:
                self._put_column(step.former(gone.parent), gone.name.name, after, None)
        for old, new in facts.renames:
            if old.kind == "column" and old.parent:
                table = step.former(old.parent)
                line = self._columns.get((table, old.name.name))
                who = (line.at(step.index) if line else None) or Tracked(old.name)
                self._put_column(table, old.name.name, after, None)
                self._put_column(table, new.name.name, after, who)
        for made in facts.creates:
            if made.kind == "column" and made.parent:
                self._put_column(step.former(made.parent), made.name.name, after, Tracked(None))
        if isinstance(syntax, AlterTable):
            for action in syntax.actions:
                kind = action.column.type if action.column and action.kind is ActionKind.ALTER_COLUMN_TYPE else None
                if kind and step.has_touched("type", kind.name):
                    # what is compared with its values from then on is of a type that was not there
                    self._put_column(step.former(syntax.relation.name), action.name, after, Tracked(None))

    def _follow_labels(self, step: LedgerStep) -> None:
        after = step.index + 1
        match step.statement.syntax:
            case CreateEnum(name=name, labels=labels):
                pass
            case AlterEnum(name=name, old=old, new=new) if (known := step.labels(name)) is not None:
                labels = tuple(new if each == old else each for each in known) if old else (*known, new)
            case _:
                return
        who = self.who(step.at(name), after)
        if who:
            self._labels.setdefault(id(who), []).append((after, labels))

    def _put_column(self, table: Name, column: str, index: int, who: Tracked | None) -> None:
        self._columns.setdefault((table, column), _Timeline()).add(index, who)

    def _follow_relations(self, step: LedgerStep) -> None:
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
