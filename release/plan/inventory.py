"""The things in a database, as they come, go and change their names from statement to statement.

A thing stays itself under another name, in another schema or in a renamed table. It knows when it came and when it
went; whoever asks says as of when. What a statement names and nobody has made was there before all.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from release.model import Name, Object

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model.syntax import ConstraintSpec, CreateIndex, TypeName
    from release.plan.server_names import Parts

# a composite type is a relation too
RELATIONS = frozenset({"table", "foreign table", "materialized view", "view", "sequence", "index", "type"})
CONTAINERS = frozenset({"table", "view", "materialized view", "foreign table"})
INSIDE = frozenset({"column", "constraint", "trigger", "policy", "rule"})
ROUTINES = frozenset({"function", "procedure", "routine", "aggregate"})
_GROUPS = (
    dict.fromkeys(RELATIONS - {"type"}, "relation")
    | dict.fromkeys(("type", "domain"), "type")
    | dict.fromkeys(ROUTINES, "routine")
)
_ALWAYS = -1


@dataclass(eq=False, slots=True)
class Thing:
    """Something that has a name in a database.

    Attributes:
        since, until: the moments at which it came and went; `since` is negative of what was there before all.
        table: that it lies in or belongs to.
        arguments: types of a routine's arguments; None where nobody has told.
        doubtful: nobody can tell whether it was there: its statement does not say (IF NOT EXISTS, IF EXISTS, OR
            REPLACE), or is the first to name it after one that may have made it.
        out_of_sight: from when on nobody can tell whether it is there: a table is gone that it may belong to.
        parts: what the server has composed its name of; none of what its author has named.
        free: nothing can have been in the way of that name.
        columns: of its table, that it goes with.
        key, index: the constraint that an index serves, and the other way round.
        target, target_columns: what a foreign key refers to.
        made_by: what has told an index or constraint.
        firm: from when on a column is NOT NULL for certain, or a constraint is validated, and from when on not.
        types: from when on a column is of which type, as far as a statement has told.
        holds: what lies in a table or belongs to it.
        below: partitions and children of a table; indexes that are attached to one.
        referrers: foreign keys that refer to a table.
    """

    kind: str
    since: int
    names: list[tuple[int, Name]]
    table: Thing | None = None
    until: int | None = None
    arguments: tuple[str, ...] | None = None
    doubtful: bool = False
    out_of_sight: int | None = None
    parts: Parts | None = None
    free: bool = False
    columns: tuple[str, ...] = ()
    key: Thing | None = None
    index: Thing | None = None
    target: Thing | None = None
    target_columns: tuple[str, ...] = ()
    partitioned: bool = False
    temporary: bool = False
    made_by: CreateIndex | ConstraintSpec | None = None
    firm: list[tuple[int, bool]] = field(default_factory=list)
    types: list[tuple[int, TypeName]] = field(default_factory=list)
    holds: list[Thing] = field(default_factory=list)
    below: list[Thing] = field(default_factory=list)
    referrers: list[Thing] = field(default_factory=list)

    @property
    def name(self) -> Name:
        """Its last name."""
        return self.names[-1][1]

    def name_at(self, moment: int) -> Name:
        """Its name at a moment; the first that it ever had where it was not there yet."""
        if len(self.names) == 1:
            return self.names[0][1]
        return next((name for since, name in reversed(self.names) if since <= moment), self.names[0][1])

    def is_firm(self, moment: int) -> bool:
        return next((firm for since, firm in reversed(self.firm) if since <= moment), False)

    def type_at(self, moment: int) -> TypeName | None:
        return next((kind for since, kind in reversed(self.types) if since <= moment), None)

    def name_since(self, moment: int) -> int:
        """When it got the name that it has at a moment."""
        return max(since for since, _ in self.names if since <= moment)

    def name_until(self, moment: int) -> int:
        """When it loses the name that it has at a moment, or goes; it does."""
        return min((since for since, _ in self.names if since > moment), default=self.until or 0)

    def way_to(self, name: Name, end: int) -> tuple[int, ...]:
        """When it came and got other names, up to when it got this one for the last time before an end."""
        last = max((since for since, each in self.names if since <= end and each == name), default=end)
        return tuple(since for since, _ in self.names if since <= last)

    @property
    def inside_of(self) -> Thing | None:
        """The table that its name stands in."""
        return self.table if self.kind in INSIDE else None

    def object_at(self, moment: int) -> Object:
        return Object(self.kind, self.name_at(moment), self.table.name_at(moment) if self.table else None)

    def is_there(self, moment: int) -> bool:
        return self.since <= moment and (self.until is None or self.until > moment)


_Key = tuple[str, str, str, Thing | None]  # group, name and schema, and what the name stands in


@dataclass(slots=True)
class _Timeline:
    """Who goes by a name from which moment on; None: nobody any more."""

    since: list[int] = field(default_factory=list)
    who: list[Thing | None] = field(default_factory=list)

    def add(self, moment: int, who: Thing | None) -> None:
        at = bisect_right(self.since, moment)
        self.since.insert(at, moment)
        self.who.insert(at, who)

    def at(self, moment: int) -> Thing | None:
        place = bisect_right(self.since, moment) - 1
        return self.who[place] if place >= 0 else None


class Inventory:
    """All things that statements have named so far.

    Attributes:
        composed: things whose names the server has chosen.
        untold: kinds of which a script has made some under a name that only the server can tell.
        now: the moment that statements are followed at.
        unread: a statement has run of which nobody has read what it makes.
        events: by moment, what came, went or got another name, with its old one.
    """

    def __init__(self) -> None:
        self.now = 0
        self.unread = False
        self.things: list[Thing] = []
        self.untold: set[str] = set()
        self.composed: list[Thing] = []
        self.events: dict[int, list[tuple[Thing, Name | None]]] = {}
        self._lines: dict[_Key, _Timeline] = {}
        self._of_routines: dict[Name, list[Thing]] = {}
        self._loose: list[Thing] = []
        self._constraints: dict[tuple[str, str], list[Thing]] = {}  # by schema and name, wherever they are

    def find(self, thing: Object, moment: int | None = None, arguments: tuple[str, ...] | None = None) -> Thing | None:
        """The thing of a qualified name, as far as a statement has named it; now, unless a moment is given.

        DROP ROUTINE does not say which kind, ALTER TABLE not that it is a view, DROP FUNCTION no arguments.
        """
        moment = self.now if moment is None else moment
        table = None
        if thing.parent and thing.kind in INSIDE:
            table = self.find(Object("table", thing.parent), moment)
            if table is None:
                return None
        line = self._line(thing.kind, thing.name, table)
        found = line.at(moment) if line else None
        if thing.kind not in ROUTINES:
            return found
        known = [each for each in self._routines(thing.name) if each.is_there(moment)]
        if arguments is None:
            return known[0] if known else None
        return next((each for each in known if each.arguments == arguments), None)

    def known(self, thing: Object, moment: int | None = None, arguments: tuple[str, ...] | None = None) -> Thing:
        """The thing of a qualified name; one that nobody has made was there before all."""
        moment = self.now if moment is None else moment
        found = self.find(thing, moment, arguments)
        if found is not None:
            return found
        table = self.known(Object("table", thing.parent), moment) if thing.parent else None
        kind = "function" if thing.kind == "routine" else thing.kind
        gone = self.freed_at(thing) is not None  # something has made it again that is not to be read
        since = moment if gone else _ALWAYS
        made = Thing(kind, since, [(since, thing.name)], table, arguments=arguments, doubtful=gone or self.unread)
        self._put(made, since)
        self._pair(made, moment)
        if table and table.until is not None:
            made.until = table.until
            self._take(made, made.until)
        return made

    def made_at(self, moment: int, kind: str) -> Thing | None:
        """What of a kind the statement before a moment has made."""
        made = (each for each, _ in self.events.get(moment, ()) if each.since == moment and each.kind == kind)
        return next(made, None)

    def named(self, name: Name, moment: int) -> Thing | None:
        """The relation or type of a qualified name."""
        for group in ("relation", "type"):
            line = self._line(group, name)
            if line and (found := line.at(moment)):
                return found
        return None

    def make(self, thing: Object, arguments: tuple[str, ...] | None = None, *, lenient: bool = False) -> Thing:
        """Something comes.

        Args:
            lenient: it may have been there.
        """
        there = self._overloaded(thing.name, arguments) if thing.kind in ROUTINES else self.find(thing)
        if there is not None and (lenient or there.since == self.now):
            return there
        if there is not None:  # something has dropped it that is not to be read
            self.end(there)
        table = self.known(Object("table", thing.parent)) if thing.parent else None
        made = Thing(thing.kind, self.now, [(self.now, thing.name)], table, arguments=arguments, doubtful=lenient)
        made.temporary = table is not None and table.temporary
        self._put(made, self.now)
        self._note(made)
        return made

    def drop(self, thing: Object, arguments: tuple[str, ...] | None = None, *, lenient: bool = False) -> Thing:
        """Something goes, with all that goes with it.

        Args:
            lenient: it may not have been there.
        """
        found = self.find(thing, None, arguments) or self._chosen(thing)
        if found is None:
            found = self.known(thing, None, arguments)
            found.doubtful = lenient
        self.end(found)
        return found

    def end(self, thing: Thing) -> None:
        if thing.until is not None:
            return
        thing.until = self.now
        self._take(thing, self.now)
        self._note(thing)
        for each in (thing.key, thing.index):
            if each:
                self.end(each)
        if thing.kind == "schema":
            for each in self.things:
                if each.name.schema == thing.name.name:
                    self.end(each)
            return
        for each in self._with(thing):
            self.end(each)
        if thing.since == _ALWAYS and thing.kind in {*CONTAINERS, "column", "constraint"}:
            self._lose_sight((thing.table or thing).name.schema)

    def rename(self, old: Object, new: Name) -> Thing:
        """Something gets another name, or another schema."""
        thing = self.find(old) or self._chosen(old) or self.known(old)
        named = [each for each in self._routines(old.name) if each.until is None] if old.kind in ROUTINES else [thing]
        for each in named:
            self._rename(each, new)
        return thing

    def _rename(self, thing: Thing, new: Name) -> None:
        old = thing.name
        self._note(thing, old)
        self._take(thing, self.now)
        thing.names.append((self.now, new))
        thing.parts = None
        self._bind(thing, self.now)
        pair = thing.key or thing.index
        if pair and pair.name.name != new.name:
            self._rename(pair, pair.name.beside(new.name))
        if thing.kind in CONTAINERS and new.schema != old.schema:
            for each in thing.holds:
                if each.until is None and each.name.schema:
                    self._rename(each, new.beside(each.name.name))
        if thing.kind == "column" and thing.table:
            for each in thing.table.holds:
                if old.name in each.columns:
                    each.columns = tuple(new.name if name == old.name else name for name in each.columns)
            for each in thing.table.referrers:
                each.target_columns = tuple(new.name if name == old.name else name for name in each.target_columns)

    def is_relation(self, name: Name) -> bool:
        line = self._line("relation", name)
        return line is not None and line.at(self.now) is not None

    def is_constraint(self, schema: str, name: str) -> bool:
        """Whether a constraint of a table in a schema has this name."""
        return any(each.until is None for each in self._constraints.get((schema, name), ()))

    def freed_at(self, thing: Object, moment: int | None = None) -> int | None:
        """Since when a name is known to be free, because what had it is gone, or has another; None: it is not."""
        moment = self.now if moment is None else moment
        table = self.find(Object("table", thing.parent), moment) if thing.parent and thing.kind in INSIDE else None
        line = self._line(thing.kind, thing.name, table)
        if line is None or line.at(moment) is not None:
            return None
        return max((since for since in line.since if since <= moment), default=None)

    def changes(self, thing: Object, moment: int, *, came: bool) -> tuple[int, ...]:
        """The moments up to one at which something got a name, or else the name got free."""
        if thing.kind in ROUTINES:  # several may have one name
            named = [
                (each, since)
                for each in self._of_routines.get(thing.name, ())
                for since, name in each.names
                if name == thing.name
            ]
            found = (since if came else each.name_until(since) for each, since in named)
            return tuple(sorted(each for each in found if 0 < each <= moment))
        table = self.find(Object("table", thing.parent), moment) if thing.parent and thing.kind in INSIDE else None
        line = self._line(thing.kind, thing.name, table)
        pairs = zip(line.since, line.who, strict=True) if line else ()
        return tuple(since for since, who in pairs if since <= moment and (who is not None) is came)

    def relations(self) -> Iterator[tuple[Name, Thing]]:
        """All that is a relation or type now, by its name."""
        for (group, name, schema, _), line in self._lines.items():
            if group in {"relation", "type"} and (thing := line.at(self.now)) is not None:
                yield Name(name, schema), thing

    def _line(self, kind: str, name: Name, table: Thing | None = None) -> _Timeline | None:
        return self._lines.get((_GROUPS.get(kind, kind), name.name, name.schema, table))

    def _note(self, thing: Thing, old: Name | None = None) -> None:
        self.events.setdefault(self.now, []).append((thing, old))

    def _with(self, thing: Thing) -> Iterator[Thing]:
        """What goes with something, at the server's hands."""
        if thing.kind in CONTAINERS:
            yield from thing.holds
            yield from thing.below if thing.partitioned else ()
        elif thing.kind == "column" and thing.table:
            yield from (each for each in thing.table.holds if thing.name.name in each.columns)
        elif thing.kind == "index":
            yield from thing.below

    def _lose_sight(self, schema: str) -> None:
        """Of indexes and sequences whose table nobody has told: it may be the one that has just changed."""
        for each in self._loose:
            if not each.table and each.until is None and each.name.schema == schema and each.out_of_sight is None:
                each.out_of_sight = self.now

    def _chosen(self, thing: Object) -> Thing | None:
        """What the server has named, where the name that is told was not free."""
        if thing.kind not in {"constraint", "index", "sequence"}:
            return None
        return next(
            (
                each
                for each in self.composed
                if each.kind == thing.kind
                and each.until is None
                and each.parts is not None
                and each.parts.may_be(thing.name.name)
                and (thing.parent is None or (each.table is not None and each.table.name == thing.parent))
            ),
            None,
        )

    def _overloaded(self, name: Name, arguments: tuple[str, ...] | None) -> Thing | None:
        return next((each for each in self._routines(name) if not each.until and each.arguments == arguments), None)

    def _routines(self, name: Name) -> list[Thing]:
        return [each for each in self._of_routines.get(name, ()) if each.name == name]

    def _put(self, thing: Thing, moment: int) -> None:
        self.things.append(thing)
        if thing.table:
            thing.table.holds.append(thing)
        elif thing.kind in {"index", "sequence"} and thing.since == _ALWAYS:
            self._loose.append(thing)
        self._bind(thing, moment)

    def _bind(self, thing: Thing, moment: int) -> None:
        self._lines.setdefault(_key(thing), _Timeline()).add(moment, thing)
        if thing.kind in ROUTINES:
            self._of_routines.setdefault(thing.name, []).append(thing)
        if thing.kind == "constraint" and thing.table:
            self._constraints.setdefault((thing.table.name.schema, thing.name.name), []).append(thing)

    def _pair(self, thing: Thing, moment: int) -> None:
        """A key that was there before and its index have one name."""
        if thing.kind == "constraint" and thing.table:
            name = thing.table.name_at(moment).beside(thing.name.name)
            index = self.find(Object("index", name), moment)
            if index and index.kind == "index" and not index.key and not index.table:
                thing.index, index.key = index, thing
        elif thing.kind == "index" and not thing.table:
            named = self._constraints.get((thing.name.schema, thing.name.name), ())
            key = next((each for each in named if each.made_by is None and not each.index), None)
            if key:
                thing.key, key.index = key, thing

    def _take(self, thing: Thing, moment: int) -> None:
        line = self._lines.setdefault(_key(thing), _Timeline())
        if line.at(moment) is thing:
            line.add(moment, None)
        if thing.kind == "constraint" and thing.table:
            others = self._constraints.get((thing.table.name.schema, thing.name.name), [])
            if thing in others:
                others.remove(thing)


def _key(thing: Thing) -> _Key:
    name = thing.name
    return _GROUPS.get(thing.kind, thing.kind), name.name, name.schema, thing.inside_of
