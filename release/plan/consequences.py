"""What a statement does to the things in a database, by itself and by what the server does along with it.

The server makes sequences of serial and identity columns, indexes of keys, and the like of a partitioned table's
indexes in its partitions; it takes along what goes with a table, a column, a key or an index; and it chooses the names
that an author leaves to it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.model import Name, Object
from release.model.syntax import (
    ActionKind,
    AlterTable,
    ColumnSpec,
    ConstraintKind,
    ConstraintSpec,
    CreateIndex,
    CreateRoutine,
    CreateTable,
    CreateTableAs,
    DropObjects,
    ObjectKind,
    Select,
    SequenceStatement,
    SetSchema,
)
from release.plan.inventory import ROUTINES
from release.plan.server_names import Parts, constraint_parts, index_parts, sequence_parts
from release.sql.facts.changes import KINDS
from release.sql.facts.column_facts import geometry_facts
from release.sql.facts.columns import index_shape, tolerates_absence, tolerates_presence
from release.sql.facts.removals import DepartureKind, departures_of
from release.sql.read.types import SERIAL, input_types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from release.plan.inventory import Inventory, Thing
    from release.plan.ledger import LedgerStep


_WITH_INDEX = frozenset({ConstraintKind.PRIMARY, ConstraintKind.UNIQUE, ConstraintKind.EXCLUSION})
_NOT_NULL = frozenset({ConstraintKind.NOTNULL, ConstraintKind.PRIMARY, ConstraintKind.IDENTITY})
_ORDER = (
    (ConstraintKind.CHECK,),
    (ConstraintKind.PRIMARY,),
    (ConstraintKind.UNIQUE, ConstraintKind.EXCLUSION),
    (ConstraintKind.FOREIGN,),
)
"""In which the server makes the constraints of one statement."""


def follow(step: LedgerStep, inventory: Inventory) -> None:
    """Take down in the inventory what a statement does."""
    _Following(step, inventory).follow()


class _Following:
    def __init__(self, step: LedgerStep, inventory: Inventory) -> None:
        self.step, self.inventory = step, inventory

    def follow(self) -> None:
        syntax, facts = self.step.statement.syntax, self.step.statement.facts
        if isinstance(syntax, AlterTable) and syntax.kind is ObjectKind.TYPE:
            return  # the attributes of a type are no columns of a table
        if facts.drops:
            self._drop()
        for old, new in facts.renames:
            self.inventory.rename(self.step.whole(old), self.step.whole(new).name)
        match syntax:
            case CreateTable():
                self._create_table(syntax)
            case CreateIndex():
                self._create_index(syntax)
            case AlterTable():
                self._alter(syntax)
            case SequenceStatement():
                self._sequence(syntax)
            case SetSchema(kind=kind, relation=Name() as name, schema=schema) if schema and kind in KINDS:
                self.inventory.rename(self.step.whole(Object(KINDS[kind], name)), Name(name.name, schema))
            case _:
                self._create()

    def _drop(self) -> None:
        syntax = self.step.statement.syntax
        lenient = tolerates_absence(syntax)
        lenient |= isinstance(syntax, AlterTable) and any(each.missing_ok for each in syntax.actions)
        for each, arguments in _dropped(self.step):
            if each.name.name:
                gone = self.inventory.drop(self.step.whole(each), arguments, lenient=lenient)
                for key in gone.referrers:  # without CASCADE there are none, or none that is left
                    self.inventory.end(key)

    def _create(self) -> None:
        syntax = self.step.statement.syntax
        for made in self.step.statement.facts.creates:
            if made.name.name:
                arguments = input_types(syntax.parameters) if isinstance(syntax, CreateRoutine) else None
                thing = self.inventory.make(self.step.whole(made), arguments, lenient=tolerates_presence(syntax))
                match syntax:
                    case CreateTableAs(persistence=persistence) | Select(into_persistence=persistence):
                        thing.temporary = persistence == "t"
        if isinstance(syntax, Select):
            for column, _ in geometry_facts(syntax):
                self.inventory.make(self.step.whole(column))

    def _create_table(self, syntax: CreateTable) -> None:
        whole = Object("table", self.step.at(syntax.name))
        lenient = tolerates_presence(syntax)
        if lenient and self.inventory.find(whole):
            return
        sequences = [(column.name, self._sequence_of(column, whole.name)) for column in syntax.columns]
        table = self.inventory.make(whole, lenient=lenient)
        table.temporary, table.partitioned = syntax.persistence == "t", syntax.partitioned
        for spec, (column, sequence) in zip(syntax.columns, sequences, strict=True):
            made = self.inventory.make(_inside("column", column, table))
            made.firm.append((self.inventory.now, _is_not_null(spec)))
            self._type(made, spec)
            self._own(sequence, table, column)
        self._add_constraints(_constraints_of(syntax), table)
        if syntax.likes:
            self.inventory.untold |= {"constraint", "index"}
        for parent in syntax.parents:
            self._join(table, self._table(parent), partition=syntax.partition)

    def _alter(self, syntax: AlterTable) -> None:
        table = self.inventory.known(self.step.whole(Object(KINDS.get(syntax.kind, "table"), syntax.relation.name)))
        added: list[tuple[ConstraintSpec, str]] = []
        for action in syntax.actions:
            match action.kind:
                case ActionKind.ADD_COLUMN if action.column:
                    added += self._add_column(action.column, table, lenient=action.missing_ok)
                case ActionKind.ADD_CONSTRAINT if action.constraint:
                    added.append((action.constraint, ""))
                case ActionKind.ADD_IDENTITY if action.constraint:
                    spec = ColumnSpec(action.name, None, (action.constraint,))
                    self._own(self._sequence_of(spec, table.name), table, action.name)
                case ActionKind.SET_NOT_NULL | ActionKind.DROP_NOT_NULL:
                    column = self.inventory.known(_inside("column", action.name, table))
                    column.firm.append((self.inventory.now, action.kind is ActionKind.SET_NOT_NULL))
                case ActionKind.ALTER_COLUMN_TYPE if action.column:
                    self._type(self.inventory.known(_inside("column", action.name, table)), action.column)
                case ActionKind.VALIDATE_CONSTRAINT:
                    constraint = self.inventory.known(_inside("constraint", action.name, table))
                    constraint.firm.append((self.inventory.now, True))
                case ActionKind.DROP_IDENTITY:
                    self._drop_identity(table, action.name)
                case ActionKind.ATTACH_PARTITION if action.relation and table.kind == "index":
                    table.below.append(self.inventory.known(self.step.whole(Object("index", action.relation))))
                case ActionKind.ATTACH_PARTITION if action.relation:
                    self._join(self._table(action.relation), table, partition=True)
                case ActionKind.DETACH_PARTITION if action.relation:
                    _part(self._table(action.relation), table)
        self._add_constraints(added, table)

    def _add_column(self, column: ColumnSpec, table: Thing, *, lenient: bool) -> list[tuple[ConstraintSpec, str]]:
        whole = _inside("column", column.name, table)
        if lenient and self.inventory.find(whole):
            return []
        sequence = self._sequence_of(column, table.name)
        made = self.inventory.make(whole, lenient=lenient)
        made.firm.append((self.inventory.now, _is_not_null(column) and not lenient))
        self._type(made, column)
        self._own(sequence, table, column.name)
        return [(each, column.name) for each in column.constraints]

    def _type(self, column: Thing, spec: ColumnSpec) -> None:
        if spec.type:
            column.types.append((self.inventory.now, spec.type))

    def _table(self, name: Name) -> Thing:
        return self.inventory.known(Object("table", self.step.at(name)))

    def _has(self, table: Thing, column: str) -> bool:
        return self.inventory.find(_inside("column", column, table)) is not None

    def _choose(self, kind: str, parts: Parts, table: Thing | Name, *, indexed: bool = False) -> Thing:
        """Make what the server chooses the name of."""
        of = table if isinstance(table, Name) else table.name

        def taken(name: str) -> bool:
            if kind == "constraint" and self.inventory.is_constraint(of.schema, name):
                return True
            return (kind != "constraint" or indexed) and self.inventory.is_relation(of.beside(name))

        chosen = parts.chosen(taken)
        name = of.beside(chosen) if kind != "constraint" else Name(chosen)
        whole = Object(kind, name, None if isinstance(table, Name) else table.name)
        free = self.inventory.freed_at(whole) is not None
        made = self.inventory.make(whole)
        made.parts, made.free = parts, free
        self.inventory.composed.append(made)
        return made

    # sequences

    def _sequence_of(self, column: ColumnSpec, table: Name) -> Thing | None:
        """The sequence that a column brings with it: made before its table."""
        identity = column.constraint(ConstraintKind.IDENTITY)
        if not identity and not (column.type and column.type.name.name in SERIAL):
            return None
        if identity and identity.sequence:
            name = identity.sequence if identity.sequence.schema else table.beside(identity.sequence.name)
            return self.inventory.make(Object("sequence", name))
        return self._choose("sequence", sequence_parts(table.name, column.name), table)

    def _own(self, sequence: Thing | None, table: Thing, column: str) -> None:
        if sequence:
            sequence.table, sequence.columns, sequence.temporary = table, (column,), table.temporary
            table.holds.append(sequence)

    def _drop_identity(self, table: Thing, column: str) -> None:
        own = [each for each in table.holds if each.kind == "sequence" and each.columns == (column,)]
        if not own:  # it was there before, and has most likely the name that the server gives it
            parts = sequence_parts(table.name.name, column)
            known = self.inventory.known(Object("sequence", table.name.beside(parts.composed())))
            known.parts, known.doubtful = parts, True
            own = [known]
        for each in own:
            self.inventory.end(each)

    def _sequence(self, syntax: SequenceStatement) -> None:
        whole = self.step.whole(Object("sequence", syntax.name))
        if self.step.statement.facts.creates:
            sequence = self.inventory.make(whole, lenient=syntax.if_not_exists)
        else:
            sequence = self.inventory.known(whole)
        owner = next((each.words for each in syntax.options if each.name == "owned_by"), ())
        if owner and sequence.table:
            sequence.table.holds.remove(sequence)
            sequence.table, sequence.columns = None, ()
        if syntax.owner:
            self._own(sequence, self._table(syntax.owner), owner[-1])

    # constraints

    def _add_constraints(self, constraints: Iterable[tuple[ConstraintSpec, str]], table: Thing) -> None:
        found = tuple(constraints)
        for kinds in _ORDER:
            for constraint, column in found:
                if constraint.kind in kinds:
                    self._add_constraint(constraint, column, table)

    def _add_constraint(self, constraint: ConstraintSpec, column: str, table: Thing) -> Thing | None:
        name, indexed = constraint.name or constraint.index, constraint.kind in _WITH_INDEX
        if name:
            made = self.inventory.make(_inside("constraint", name, table))
        else:
            parts = constraint_parts(constraint, table.name.name, column, lambda name: self._has(table, name))
            if parts is None:
                self.inventory.untold.add("constraint")
                return None
            made = self._choose("constraint", parts, table, indexed=indexed)
        made.made_by = replace(constraint, columns=(column,)) if column else constraint
        made.columns = made.made_by.named_columns
        made.firm.append((self.inventory.now, not constraint.not_valid and constraint.enforced))
        if constraint.kind is ConstraintKind.PRIMARY:
            for key in made.made_by.columns:
                self.inventory.known(_inside("column", key, table)).firm.append((self.inventory.now, True))
        if constraint.target:
            made.target, made.target_columns = self._table(constraint.target), constraint.target_columns
            made.target.referrers.append(made)
        if indexed:
            self._serve(made, constraint, table)
        return made

    def _serve(self, key: Thing, constraint: ConstraintSpec, table: Thing) -> None:
        """Give a key its index, which has its name."""
        name = table.name.beside(key.name.name)
        if constraint.index:
            used = Object("index", table.name.beside(constraint.index), table.name)
            index = self.inventory.known(used)
            if index.name != name:
                self.inventory.rename(used, name)
            key.columns = index.columns
        else:
            index = self.inventory.make(Object("index", name, table.name))
            index.parts, index.columns, index.made_by = key.parts, key.columns, key.made_by
            if index.parts:
                self.inventory.composed.append(index)
        key.index, index.key = index, key
        if not constraint.index:
            for part in _parts_of(table):
                self._copy(index, part)

    # indexes and partitions

    def _create_index(self, syntax: CreateIndex) -> None:
        table = self._table(syntax.table)
        if syntax.name:
            whole = Object("index", table.name.beside(syntax.name), table.name)
            if syntax.if_not_exists and self.inventory.find(whole):
                return
            index: Thing | None = self.inventory.make(whole, lenient=syntax.if_not_exists)
        else:
            index = self._choose_index(syntax, table)
        if index is None:
            return
        index.columns, index.made_by = syntax.named_columns, syntax
        if not syntax.only:
            for part in _parts_of(table):
                self._copy(index, part)

    def _choose_index(self, syntax: CreateIndex, table: Thing) -> Thing | None:
        parts = index_parts(table.name.name, syntax.keys, syntax.including)
        if parts is None:
            self.inventory.untold.add("index")
            return None
        return self._choose("index", parts, table)

    def _copy(self, index: Thing, part: Thing) -> None:
        """Attach to an index its like in a partition; one is made where there is none."""
        free = (each for each in part.holds if each.kind == "index" and each.until is None)
        made = next((each for each in free if _alike(each, index)), None)
        if made is None:
            match index.made_by:
                case CreateIndex() as syntax:
                    made = self._choose_index(syntax, part)
                    if made:
                        made.columns, made.made_by = index.columns, syntax
                case ConstraintSpec() as constraint:
                    key = self._add_constraint(replace(constraint, name="", index=""), "", part)
                    made = key.index if key else None
        if made:
            index.below.append(made)
            for below in _parts_of(part):
                self._copy(made, below)

    def _join(self, table: Thing, parent: Thing, *, partition: bool) -> None:
        parent.below.append(table)
        if not partition:
            return
        parent.partitioned = True
        for each in [each for each in parent.holds if each.until is None]:
            if each.kind == "index":
                self._copy(each, table)
            elif each.kind == "constraint" and not each.index:
                whole = _inside("constraint", each.name.name, table)
                if not self.inventory.find(whole):
                    self.inventory.make(whole).parts = Parts(table.name.name, "", each.name.name)


def _dropped(step: LedgerStep) -> Iterator[tuple[Object, tuple[str, ...] | None]]:
    """What a statement drops; of a routine with the types of its arguments, which only its text tells."""
    syntax = step.statement.syntax
    if isinstance(syntax, DropObjects) and any(gone.kind in ROUTINES for gone in step.statement.facts.drops):
        found = (each for each in departures_of(syntax) if each.way is DepartureKind.DROP)
        yield from ((each.thing, each.arguments) for each in found)
    else:
        yield from ((gone, None) for gone in step.statement.facts.drops)


def _constraints_of(syntax: CreateTable) -> Iterator[tuple[ConstraintSpec, str]]:
    """Constraints in the order of the statement, each with the column that it is written in."""
    for element in syntax.elements:
        if isinstance(element, ColumnSpec):
            yield from ((each, element.name) for each in element.constraints)
        else:
            yield element, ""


def _is_not_null(column: ColumnSpec) -> bool:
    serial = column.type is not None and column.type.name.name in SERIAL
    return serial or any(each.kind in _NOT_NULL for each in column.constraints)


def _inside(kind: str, name: str, table: Thing) -> Object:
    return Object(kind, Name(name), table.name)


def _parts_of(table: Thing) -> list[Thing]:
    return [each for each in table.below if each.until is None] if table.partitioned else []


def _part(table: Thing, parent: Thing) -> None:
    """Let a table be no partition any more, nor its indexes those of a partition."""
    parent.below = [each for each in parent.below if each is not table]
    for index in parent.holds:
        index.below = [each for each in index.below if each.table is not table]


def _alike(one: Thing, other: Thing) -> bool:
    """Whether an index can be attached to another, or is what would be made of it."""
    match one.made_by, other.made_by:
        case CreateIndex() as mine, CreateIndex() as its:
            return index_shape(mine) == index_shape(its) and mine.where == its.where
        case ConstraintSpec() as mine, ConstraintSpec() as its:
            return (mine.kind, mine.columns, mine.including) == (its.kind, its.columns, its.including)
        case _:
            return False
