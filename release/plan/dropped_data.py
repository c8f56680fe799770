"""What a script destroys with what it drops: rows of tables, values of columns.

That a table or column goes is known here; whether there is anything in it, only the database knows. So a script asks
before it starts, and again under the lock that its statement takes (templates/machinery/losses.sql.j2). What an author
deletes by DELETE or TRUNCATE, or overwrites, is told in the header and is not asked about: it is what the statement is
for.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from release.model import Direction, Name, Work
from release.model.syntax import (
    ActionKind,
    AlterTable,
    ChangeRows,
    ConstantKind,
    ConstraintKind,
    DropObjects,
    ObjectKind,
    Use,
)
from release.plan.rows import Row
from release.sql.facts.opaque import is_opaque
from release.sql.read.quote import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from release.model import Loss, Plan
    from release.model.syntax import Constant
    from release.plan import Planned
    from release.plan.inventory import Thing
    from release.plan.ledger import Ledger, LedgerStep
    from release.plan.rollback_entry import Undo
    from release.plan.stretches import Stretch

_LOSES = "loses"
_ROLLBACK_LOSES = "rollback loses"
_WITH_ROWS = frozenset({"CREATE TABLE AS", "SELECT INTO"})
_EVERYTHING = {ObjectKind.SCHEMA: "schema", ObjectKind.TYPE: "type", ObjectKind.DOMAIN: "type"}


@dataclass(frozen=True, slots=True)
class DroppedData:
    """Rows or values that go with what a statement drops, as what drops them is called for a while.

    Attributes:
        table, column: by these names; "" for whole rows.
        segment: of the script, in which they go.
        statement: its index among the statements of its ledger.
        since, until: segments of the script that are done while it goes by these names: from the one, up to the other.
        reached, left: of a rollback: segments of the upgrade that were begun while it does, likewise; `left` 0: all.
        made: the upgrade segment that made it; 0: it was there before the release.
        spared: upgrade segments whose transactions wrote what they will write again: no row of theirs counts.
        filled: of what the release made: the upgrade itself has put something into it.
        given: the constant that every row of the column gets when it is made again.
        then, column_then: the names that its own statement knows it by; None and "" where they are these.
        only: no table below it loses anything.
        container: "schema", "type": all tables in the schema, all columns of the type `table`, by CASCADE.
        declared: where an author has declared it.
    """

    table: Name
    column: str
    segment: int
    statement: int
    since: int = 0
    until: int = 0
    reached: int = 0
    left: int = 0
    made: int = 0
    spared: tuple[int, ...] = ()
    filled: bool = False
    given: Constant | None = None
    then: Name | None = None
    column_then: str = ""
    only: bool = False
    container: str = ""
    declared: str = ""


def find_dropped_data(planned: Planned, plan: Plan) -> tuple[DroppedData, ...]:
    """What one of the two scripts of a release destroys, in the order of its statements."""
    declared = [each for each in planned.release.losses if each.declared]
    if plan.direction is Direction.UPGRADE:
        forth = planned.ledgers[0]
        return tuple(_Finding(forth, plan, None, None, _constants(planned.ledgers[1].steps), declared).find())
    found: list[DroppedData] = []
    takes = bool(find_dropped_data(planned, planned.release.upgrade)) or _deletes(planned.ledgers[0])
    for each in planned.stretches:
        finding = _Finding(each.ledgers[1], each.plan, each, planned.release.upgrade, {}, declared)
        finding.constants = _constants(each.ledgers[0].steps)
        finding.takes = takes
        found += finding.find()
    return tuple(found)


def rows_of(dropped: Iterable[DroppedData], *, of_rollback: bool = False) -> tuple[Row, ...]:
    """What the fixed text of a script is told of what it destroys.

    Args:
        of_rollback: preflight.sql tells what rollback.sql would.
    """
    return tuple(
        Row(
            _ROLLBACK_LOSES if of_rollback else _LOSES,
            each.table.name if each.container == "schema" else each.table,
            each.column,
            each.segment,
            _detail(each) or None,
        )
        for each in dropped
    )


def _detail(each: DroppedData) -> dict[str, object]:
    told: dict[str, object] = {
        "from": each.since,
        "to": each.until,
        "reached": each.reached,
        "left": each.left,
        "made": each.made,
        "spared": each.spared,
        "filled": each.filled,
        "given": each.given.text if each.given else "",
        "then": shown(each.then) if each.then else "",
        "column": each.column_then,
        "only": each.only,
        "all of": each.container,
        "declared": each.declared,
    }
    return {key: value for key, value in told.items() if value or (key == "given" and each.given)}


class _Finding:
    """What the statements of a ledger destroy.

    Attributes:
        constants: that columns get in all rows when the other script makes them again, by table and column.
        takes: the upgrade itself takes rows or values away: what it has moved is nowhere else.
        writing: what of the upgrade may write rows, or give values to those that are there.
    """

    constants: dict[tuple[Name, str], Constant]
    takes = False

    def __init__(
        self,
        ledger: Ledger,
        plan: Plan,
        stretch: Stretch | None,
        upgrade: Plan | None,
        constants: dict[tuple[Name, str], Constant],
        declared: Sequence[Loss],
    ) -> None:
        self.ledger, self.plan, self.constants, self.declared = ledger, plan, constants, declared
        self.forth: Ledger | None = stretch.ledgers[0] if stretch else None
        self.undo: Undo | None = stretch.undo if stretch else None
        self.writing = tuple(step for step in self.forth.steps if _may_write(step)) if self.forth else ()
        self.upgrade = upgrade
        self.before = stretch.before if stretch else 0

    def find(self) -> Iterator[DroppedData]:
        for step in self.ledger.steps:
            yield from self._containers(step)
            events = self.ledger.inventory.events.get(step.moment + 1, ())
            gone = [thing for thing, _ in events if thing.until == step.moment + 1]
            tables = [each for each in gone if each.kind == "table" and self._is_lost(each)]
            below = {id(part) for each in tables for part in each.below}
            for thing in gone:
                whole = thing.kind == "table" and id(thing) not in below
                alone = thing.kind == "column" and thing.table is not None and thing.table not in gone
                if (whole or alone) and self._is_lost(thing):
                    yield from self._lost(thing, step)

    def _is_lost(self, thing: Thing) -> bool:
        """Whether it was there before the script."""
        return thing.since <= self.ledger.start and not thing.temporary

    def _lost(self, thing: Thing, step: LedgerStep) -> Iterator[DroppedData]:
        made = self._made_in(thing)
        number = step.segment.number
        table = thing.table if thing.kind == "column" and thing.table else thing
        former = table.name_at(self.ledger.start)
        column = thing.name_at(self.ledger.start).name if thing is not table else ""
        constant = self.constants.get((former, column))
        first = self._first(step, made)
        place = next(
            (
                str(each.source)
                for each in self.declared
                if each.relation in {former, table.name_at(step.moment)}
                and (not each.columns or not column or column in each.columns)
            ),
            "",
        )
        names = self._names(thing, table, number)
        for now, times in names.items():
            then = _names_at(thing, table, step.moment)
            for since, until, reached, left in times:
                yield DroppedData(
                    now[0],
                    now[1],
                    number,
                    step.index,
                    since,
                    0 if until == number else until,
                    max(reached, first),
                    left,
                    made,
                    spared=self._spared(thing, table, made),
                    filled=bool(made) and self._is_filled(table, column),
                    given=constant,
                    then=then[0] if then[0] != now[0] else None,
                    column_then=then[1] if then[1] != now[1] else "",
                    only=_says_only(step),
                    declared=place,
                )

    def _made_in(self, thing: Thing) -> int:
        """The upgrade segment that made what a rollback drops; 0: it was there before, or may have been."""
        forth = self.forth
        if forth is None or thing.doubtful or not forth.start < thing.since <= forth.end:
            return 0
        return forth.steps[thing.since - forth.start - 1].segment.number

    def _first(self, step: LedgerStep, made: int) -> int:
        """The upgrade segment that must have been begun for the statement to run at all; 0: that does not matter."""
        if not self.undo or not self.undo.partial:
            return 0
        first = max(made, self.undo.since[step.index])
        return first if first > 1 else 0

    def _spared(self, thing: Thing, table: Thing, made: int) -> tuple[int, ...]:
        """Upgrade segments that can only have written rows of their own, or values of this column.

        In the transaction that makes a thing nobody else can have written to it. In a later one a row that somebody
        else wrote may have been written again: only INSERT makes no such row, and UPDATE of this very column no such
        value; of any other table's rows nobody can tell what triggers and foreign keys do with them. What rewrites a
        table writes all of its rows again.
        """
        if not made or not self.forth or self.takes:
            return ()
        maker = self.forth.steps[thing.since - self.forth.start - 1]
        writes: dict[int, list[bool]] = {made: [maker.segment.transactional]}
        for step in self.writing:
            if step.segment.number > made and _writes_rows(step):
                own = step.segment.transactional and self._writes_own(step, thing, table)
                writes.setdefault(step.segment.number, []).append(own)
        return tuple(number for number, own in writes.items() if all(own))

    def _writes_own(self, step: LedgerStep, thing: Thing, table: Thing) -> bool:
        match step.statement.syntax:
            case ChangeRows(use=use, relation=relation, columns=columns, inserted=inserted):
                if self.forth is None or self.forth.who(step.at(relation.name), step.index) is not table:
                    return False
                if use is Use.INSERT:
                    return inserted is not None and not inserted.yields
                return use is Use.UPDATE and thing is not table and thing.name_at(step.moment).name in columns
            case _:
                return False

    def _is_filled(self, table: Thing, column: str) -> bool:
        """Whether the upgrade may have put rows into a table that it made, or values into a column."""
        if self.forth is None:
            return False
        for step in self.writing:
            if is_opaque(step.statement.syntax) or step.statement.facts.tag in _WITH_ROWS:
                return True
            for effect in step.statement.facts.effects:
                if Work.WRITE in effect.work and self.forth.who(step.at(effect.relation), step.index) is table:
                    return True
            if column and _has_default(step, column):
                return True
        return False

    def _names(
        self, thing: Thing, table: Thing, number: int
    ) -> dict[tuple[Name, str], list[tuple[int, int, int, int]]]:
        """Its names, each with the segments of both scripts during which it goes by them."""
        if len(table.names) == 1 and len(thing.names) == 1:
            return {_names_at(thing, table, self.ledger.start): [(0, number, 0, 0)]}
        whole = len(self.upgrade.segments) if self.upgrade else 0
        partly = range(1, whole) if self.undo and self.undo.partial else range(0)
        found: dict[tuple[Name, str], list[tuple[int, int, int, int]]] = {}
        for reached in (*partly, whole):
            after = [(self._name(thing, table, reached, done), done) for done in range(self.before, number)]
            for names, run in groupby(after, key=lambda pair: pair[0]):
                done = [place for _, place in run]
                since = 0 if done[0] == self.before else done[0]
                times = found.setdefault(names, [])
                last = times[-1] if times else None
                if last and last[:2] == (since, done[-1] + 1) and last[3] == reached:
                    times[-1] = (*last[:3], 0 if reached == whole else reached + 1)
                else:
                    times.append(
                        (since, done[-1] + 1, 0 if reached == 1 else reached, 0 if reached == whole else reached + 1)
                    )
        return found

    def _name(self, thing: Thing, table: Thing, reached: int, done: int) -> tuple[Name, str]:
        """Its names once a script has done some segments, after an upgrade that got into one of its own."""
        upgrade, forth, undo = self.upgrade, self.forth, self.undo
        following = [each for each in self.plan.segments if each.number > done]
        moment = self.ledger.start + (self.ledger.first_of(following[0]) if following else len(self.ledger.steps))
        if upgrade is None or forth is None or undo is None or reached == len(upgrade.segments):
            return _names_at(thing, table, moment)
        stopped = next((step.moment for step in forth.steps if step.segment.number > reached), forth.end)

        def name(each: Thing) -> Name:
            now = each.name_at(stopped)
            for since, called in each.names:
                if self.ledger.start < since <= moment:
                    at = since - self.ledger.start - 1
                    now = called if undo.since[at] <= reached else now
            return now

        return name(table), name(thing).name if thing is not table else ""

    def _containers(self, step: LedgerStep) -> Iterator[DroppedData]:
        """What CASCADE takes along, whatever is there by then."""
        match step.statement.syntax:
            case DropObjects(kind=kind, targets=targets, cascade=True) if kind in _EVERYTHING:
                for each in targets:
                    whole = each.name if kind is ObjectKind.SCHEMA else step.at(each.name)
                    yield DroppedData(whole, "", step.segment.number, step.index, container=_EVERYTHING[kind])
            case _:
                return


def _names_at(thing: Thing, table: Thing, moment: int) -> tuple[Name, str]:
    return table.name_at(moment), thing.name_at(moment).name if thing is not table else ""


def _may_write(step: LedgerStep) -> bool:
    if step.statement.facts.tag in _WITH_ROWS or _writes_rows(step):
        return True
    match step.statement.syntax:
        case AlterTable(actions=actions):
            return any(each.kind is ActionKind.ADD_COLUMN for each in actions)
        case _:
            return False


def _writes_rows(step: LedgerStep) -> bool:
    effects = step.statement.facts.effects
    work = {each for effect in effects for each in (*effect.work, *effect.more)}
    return is_opaque(step.statement.syntax) or bool({Work.WRITE, Work.REWRITE} & work)


def _says_only(step: LedgerStep) -> bool:
    match step.statement.syntax:
        case AlterTable(relation=relation):
            return relation.only
        case _:
            return False


def _has_default(step: LedgerStep, column: str) -> bool:
    """Whether a statement adds a column of a name with a value for the rows that are there."""
    match step.statement.syntax:
        case AlterTable(actions=actions):
            added = (each.column for each in actions if each.kind is ActionKind.ADD_COLUMN and each.column)
            return any(each.name == column and each.constraint(ConstraintKind.DEFAULT) for each in added)
        case _:
            return False


def _constants(steps: Iterable[LedgerStep]) -> dict[tuple[Name, str], Constant]:
    """The constants that columns get in all rows as they are added, by their names after all of the steps.

    A column that is there twice, or whose table is created with it, is none.
    """
    found: dict[tuple[Name, str], Constant] = {}
    for step in steps:
        match step.statement.syntax:
            case AlterTable(relation=relation, actions=actions):
                for action in actions:
                    column = action.column if action.kind is ActionKind.ADD_COLUMN else None
                    default = column.constraint(ConstraintKind.DEFAULT) if column else None
                    constant = default.expression.constant if default and default.expression else None
                    if column and constant and constant.kind is not ConstantKind.NULL:
                        thing = step.ledger.who(step.at(relation.name), step.index)
                        table = thing.name_at(step.ledger.end) if thing else step.at(relation.name)
                        found[table, column.name] = constant
            case _:
                continue
    return found


def _deletes(ledger: Ledger) -> bool:
    """Whether a script deletes rows that were there before it."""
    return any(
        not step.is_new(effect.relation)
        for step in ledger.steps
        if step.statement.facts.tag in {"DELETE", "TRUNCATE TABLE", "MERGE"}
        for effect in step.statement.facts.effects
    )
