"""Statements of a revision that a commit of ours must not part.

The outcome is to be that of online Alembic in a database that others write to. So no commit stands where something that
the author's transaction holds is needed later: a lock, and what it keeps true of rows; a trigger that is switched off;
a temporary table, a cursor. A tie says from which statement to which, and why.

Between two revisions nothing is tied: `alembic upgrade +1` commits there, too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from release.model import LockMode, Name, Object
from release.model.syntax import CreateIndex, DropObjects, ObjectKind, RenameObject
from release.plan.absences import absences, replaces_trigger_function
from release.plan.spared import holds_not_null, spares_scan
from release.sql.facts.held import Until, holds_of
from release.sql.facts.opaque import is_opaque, may_read_anything
from release.sql.facts.stakes import RowStake, Stake, stakes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from release.model.syntax import Syntax
    from release.plan.ledger import LedgerStep

_DATA = frozenset({Stake.READS, Stake.ADDS, Stake.WRITES})
_ANY = Name("*")
"""A statement of which nobody knows what it has to do with."""


@dataclass(frozen=True, slots=True)
class Tie:
    """Two statements of a revision, and all between them, that belong into one transaction.

    Attributes:
        first, last: indexes among the statements of the script.
        why: what would happen between two transactions, in words that follow "because".
        session: even a commit of the author's own parts them for a run that is resumed in another session.
    """

    first: int
    last: int
    why: str
    session: bool = False


def ties_of(steps: Sequence[LedgerStep]) -> tuple[Tie, ...]:
    """The ties between the statements of a revision, where its author's transaction does not end."""
    return (*_of_rows(steps), *held_ties(steps), *(Tie(*each) for each in absences(steps)))


def held_ties(steps: Sequence[LedgerStep]) -> Iterator[Tie]:
    """Those by what a statement holds for later ones: session or transaction."""
    held = [(step, each) for step in steps for each in holds_of(step.statement.syntax)]
    uses: dict[Callable[[Syntax], bool], int] = {}
    for step, each in held:
        last = steps[-1].index if each.until is Until.END else _last(steps, each.is_used, uses)
        if each.until is Until.ROWS:
            last = max(last, _last(steps, _has_rows, uses))
        if each.until is Until.ENDED and last <= step.index:
            last = steps[-1].index
        if last > step.index:
            yield Tie(
                step.index,
                last,
                f"{each.what} ends with the {'session' if each.session else 'transaction'}",
                each.session,
            )


def together_ties(steps: Sequence[LedgerStep], lines: Iterable[tuple[int, int]]) -> Iterator[Tie]:
    """Those that the author asks for, by first and last lines of the migration."""
    for first, last in lines:
        sources = [(step.index, step.statement.source) for step in steps]
        inside = [index for index, each in sources if each.revision and first <= each.line <= last]
        if inside:
            yield Tie(inside[0], inside[-1], f"its author wants no commit there (# release: together, line {first})")


def _last(
    steps: Sequence[LedgerStep], is_used: Callable[[Syntax], bool], known: dict[Callable[[Syntax], bool], int]
) -> int:
    """The index of the last statement of which something is true; -1 where there is none."""
    if is_used not in known:
        known[is_used] = next((each.index for each in reversed(steps) if is_used(each.statement.syntax)), -1)
    return known[is_used]


def _has_rows(syntax: Syntax) -> bool:
    return bool(stakes_of(syntax)) or is_opaque(syntax)


@dataclass(slots=True)
class _Table:
    """What the statements so far have to do with a table that was there before.

    Attributes:
        locked: index of the last statement that keeps others from writing to it.
        stakes: each kind of stake, with the index of the first statement that has it and of `locked` then.
    """

    locked: int | None = None
    stakes: dict[RowStake, tuple[int, int | None]] = field(default_factory=dict)

    def rename(self, old: str, new: str) -> None:
        """What is said of a column holds under its new name, too."""
        for stake, since in list(self.stakes.items()):
            if old in stake.columns:
                self.stakes.setdefault(replace(stake, columns=stake.columns | {new}), since)


def _of_rows(steps: Sequence[LedgerStep]) -> Iterator[Tie]:
    tables: dict[Name, _Table] = defaultdict(_Table)
    for step in steps:
        found: dict[tuple[int, str], None] = {}
        opaque = is_opaque(step.statement.syntax)
        mine = (RowStake(Stake.WRITES, _ANY),) if opaque else tuple(_stakes(step))
        for stake in mine:
            for name in tables if stake.relation is _ANY else [step.former(stake.relation), _ANY]:
                found |= dict.fromkeys(_relied_on(step, stake, name, tables.get(name)))
        for first, why in found:
            yield Tie(first, step.index, why)
        for stake in mine:
            table = tables[_ANY if stake.relation is _ANY else step.former(stake.relation)]
            table.stakes.setdefault(stake, (step.index, table.locked))
        for name in _locked(step):
            tables[name].locked = step.index
        match step.statement.syntax:
            case RenameObject(kind=ObjectKind.COLUMN, relation=relation, old=old, new=new) if relation:
                tables[step.former(relation.name)].rename(old, new)


def _relied_on(step: LedgerStep, stake: RowStake, name: Name, table: _Table | None) -> Iterator[tuple[int, str]]:
    """Earlier statements that a statement relies on, because of its stake in a table; each with the reason."""
    if table is None:
        return
    told = "a table" if name is _ANY else str(name)
    for earlier, (index, locked) in table.stakes.items():
        why = _why(earlier, stake, step, locked is not None)
        if why:
            # a lock that kept others out before the earlier statement goes on doing so until this one
            first = index if locked is None or earlier.stake not in _DATA else locked
            yield first, why.format(table=told)
    if table.locked is not None and stake.stake in _DATA and not stake.alone and stake.stake is not Stake.ADDS:
        yield (
            table.locked,
            f"rows of {told} that others write between two transactions would be missed or counted twice",
        )


_MISSED = "rows of {table} that others write between two transactions would be missed"


def _why(earlier: RowStake, later: RowStake, step: LedgerStep, locked: bool) -> str:
    """Why two stakes in one table are of one transaction; "" where others' writes between them change no outcome."""
    if earlier.columns and later.columns and not earlier.columns & later.columns:
        return ""
    match earlier.stake, later.stake:
        case Stake.LIFTS, Stake.HOLDS if _can_stand_for(earlier, later):
            return f"what others write to {{table}} between two transactions would pass without its {later.aspect}"
        case ((Stake.READS | Stake.WRITES | Stake.ADDS), _) if later.stake in {Stake.HOLDS, Stake.RELIES}:
            if later.firm and _is_held(step, later):
                return ""
            if later.stake is Stake.HOLDS and later.aspect == "NOT NULL" and _is_held(step, later):
                return ""
            return _MISSED
        case Stake.READS, Stake.READS:
            return _MISSED if locked else ""
        case Stake.ADDS, Stake.ADDS:
            return ""
        case Stake.READS, Stake.RENAMES:
            return _MISSED
        case ((Stake.READS | Stake.WRITES | Stake.ADDS), (Stake.READS | Stake.WRITES | Stake.ADDS)):
            return _MISSED
        case ((Stake.READS | Stake.WRITES), Stake.DESTROYS):
            return "values of {table} that others write between two transactions would be lost"
        case Stake.ALTERS, Stake.CONVERTS:
            return "values of {table} that others write between two transactions would be converted, too"
        case _:
            return ""


_CHECKING = frozenset({"constraint", "unique index", "NOT NULL", "trigger", "rule"})
_FILLING = frozenset({"default", "generated column", "identity", "trigger", "rule"})


def _can_stand_for(earlier: RowStake, later: RowStake) -> bool:
    """Whether what holds new rows from now on may do what something else did before."""
    both = {earlier.aspect, later.aspect}
    if earlier.relation is _ANY:  # an index of which nobody knows the table
        return len(both) == 1
    return len(both) == 1 or both <= _CHECKING or both <= _FILLING


def _is_held(step: LedgerStep, stake: RowStake) -> bool:
    """Whether something holds new rows of a table to be NOT NULL in the columns of a stake already."""
    return all(holds_not_null(step, stake.relation, column) for column in stake.columns)


def _stakes(step: LedgerStep) -> Iterator[RowStake]:
    """The stakes of a statement in tables that others may be using."""
    spared = spares_scan(step)
    for each in stakes_of(step.statement.syntax):
        if step.is_new(each.relation) or (spared and each.stake is Stake.RELIES):
            continue
        yield each
    if replaces_trigger_function(step):
        yield RowStake(Stake.HOLDS, _ANY, aspect="trigger")
    if may_read_anything(step.statement.syntax):
        yield RowStake(Stake.READS, _ANY)
    match step.statement.syntax:
        case DropObjects(kind=ObjectKind.FUNCTION | ObjectKind.ROUTINE, cascade=True):
            yield RowStake(Stake.LIFTS, _ANY, aspect="trigger")
        case DropObjects(kind=ObjectKind.INDEX, targets=targets):
            for target in targets:
                yield from _of_index(step, target.name)


def _of_index(step: LedgerStep, name: Name) -> Iterator[RowStake]:
    """An index that is dropped may have been a unique one; of which table, only the ledger may know."""
    thing = step.thing(Object("index", name))
    made_by = thing.made_by
    if isinstance(made_by, CreateIndex) and not made_by.unique:
        return
    table = thing.table.name_at(step.moment) if thing.table else _ANY
    if table is _ANY or not step.is_new(table):
        yield RowStake(Stake.LIFTS, table, aspect="unique index")


def _locked(step: LedgerStep) -> Iterable[Name]:
    """Tables that others cannot write to from this statement on."""
    return {
        step.former(each.relation)
        for each in step.statement.facts.effects
        if each.lock >= LockMode.SHARE and not step.is_new(each.relation)
    }
