"""The table of segments above a script: what each does, what it locks and for how long, and what others see of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from release.model import Below, LockMode, Name, Reversibility, VersionWrite, Work
from release.model.syntax import ActionKind, AlterTable, CreateTable, DropObjects, ObjectKind, TruncateTables
from release.plan.from_here import changed_from_here
from release.plan.hazards import effects_that_matter
from release.plan.spared import may_be_of_keys, note_on
from release.plan.statement_words import FEW, shown, what_is_done
from release.plan.wording import shortened
from release.sql.facts.opaque import is_opaque
from release.sql.locks.effects import unnamed_lock

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from release.model import Effect, Plan, Segment
    from release.model.syntax import AlterAction
    from release.plan.inventory import Thing
    from release.plan.ledger import Ledger, LedgerStep

_UNDO = {
    Reversibility.REVERSIBLE: "yes",
    Reversibility.LOSSY: "lossy",
    Reversibility.IRREVERSIBLE: "no",
    Reversibility.UNKNOWN: "unknown",
}
_LASTS = {
    Work.REWRITE: "REWRITE",
    Work.INDEX: "index",
    Work.WRITE: "rows",
    Work.SCAN: "scan",
    Work.READ: "reads",
}
_NEW_ROWS = frozenset({"INSERT", "COPY"})
_MOMENT = "moment"
_ROWS = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "TRUNCATE TABLE"})
# what a foreign key's other table is locked for
_OF_KEYS = frozenset({ActionKind.DROP_COLUMN, ActionKind.DROP_CONSTRAINT, ActionKind.ALTER_COLUMN_TYPE})


@dataclass(frozen=True, slots=True)
class LockHold:
    """A lock that a segment holds on tables that others may be using; and how long, by the work that it does then.

    Attributes:
        lock: None where there is none, or nobody can tell.
    """

    lock: LockMode | None
    locks: str
    lasts: str


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """A segment, in short.

    Attributes:
        what: it does.
        holds: strongest first; at least one.
        meanwhile: what the application sees, and from then on.
        undo: whether what it did can be undone.
    """

    number: int
    revisions: tuple[str, ...]
    what: str
    holds: tuple[LockHold, ...]
    meanwhile: str
    undo: str


def segment_rows(ledger: Ledger, plan: Plan) -> tuple[SegmentRow, ...]:
    """The table of a script, a row for each segment."""
    effects = effects_that_matter(ledger)
    undo = {each.segment: _UNDO[each.way] for each in plan.ways}
    children = frozenset(child for each in ledger.inventory.things for child in each.below)
    rows = []
    for segment in plan.segments:
        first = ledger.first_of(segment)
        steps = ledger.steps_of(segment)
        parts = tuple(_Part(*each) for each in zip(steps, effects[first : first + len(steps)], strict=True))
        held = _held(parts, children)
        rows.append(
            SegmentRow(
                segment.number,
                _revisions(segment),
                what_is_done(steps),
                _holds(held, parts),
                _meanwhile(held, parts),
                undo.get(segment.number, ""),
            )
        )
    return tuple(rows)


def table_notes(ledger: Ledger, plan: Plan) -> tuple[str, ...]:
    """What else is to be told of segments: what others have to put up with, and what nobody here can read."""
    many = len(plan.segments) > 1
    # of several segments each has it beside its statements
    told = [(segment.number, f"meanwhile {text}") for segment in plan.segments for text in segment.told if not many]
    told += [
        (step.segment.number, f"{step.statement.source}: {step.statement.facts.note} ({step.statement.unread})")
        for step in ledger.steps
        if step.statement.unread
    ]
    return tuple(
        f"segment {number}: {text}" if many else text for number, text in sorted(told, key=lambda each: each[0])
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """A statement of a segment, with what it does to relations that others may be using."""

    step: LedgerStep
    effects: tuple[Effect, ...]

    @property
    def unknown(self) -> bool:
        """Nobody here can tell all that it does."""
        return is_opaque(self.step.statement.syntax)


@dataclass(slots=True)
class _Held:
    """A lock on a relation, from a statement of the segment to its end.

    Attributes:
        lasts: the work of the segment from then on.
        writes: the tags of statements that change its rows.
        perhaps: it may be taken on these, too.
    """

    name: str
    lock: LockMode
    since: int
    below: Below
    lasts: str = ""
    writes: set[str] = field(default_factory=set)
    perhaps: str = ""


def _revisions(segment: Segment) -> tuple[str, ...]:
    found = (each.revision if isinstance(each, VersionWrite) else each.source.revision for each in segment.steps)
    names = tuple(dict.fromkeys(each for each in found if each))
    return names if len(names) <= FEW else (names[0], "...", names[-1])


def _held(parts: Sequence[_Part], children: frozenset[Thing]) -> list[_Held]:
    """The locks of a segment, strongest first, by the names that relations have when it starts.

    Args:
        children: tables whose parent is locked with them.
    """
    found: dict[str, list[_Held]] = {}
    for number, part in enumerate(parts):
        step = part.step
        for effect in part.effects:
            weak = effect.lock <= LockMode.SHARE_UPDATE_EXCLUSIVE and step.statement.facts.transactional
            if weak and step.at(effect.relation) in step.ledger.indexes:
                continue  # the name of an index: nobody waits
            name = _of_index(step, effect.relation) or shown(step, step.at_start(effect.relation))
            held = found.setdefault(name, [])
            if not held or effect.lock > held[-1].lock:
                held.append(_Held(name, effect.lock, number, Below()))
            held[-1].below |= effect.below
            if Work.WRITE in effect.work:
                held[-1].writes.add(step.statement.facts.tag)
        for name in _referenced(step, children) or ():
            held = found.setdefault(name, [])
            if not held or held[-1].lock < LockMode.ACCESS_EXCLUSIVE:
                held.append(_Held(name, LockMode.ACCESS_EXCLUSIVE, number, Below()))
        lock, others = _others(step, children)
        held = found.setdefault(others, []) if others else []
        if lock and others and (not held or lock > held[-1].lock):
            held.append(_Held("", lock, number, Below(), perhaps=others))
    told: list[_Held] = []
    lasting = _lasting(parts)
    for held in found.values():
        for each in held:
            each.lasts = lasting[each.since]
        # of locks that last equally long the strongest, which is the last
        told += {each.lasts: each for each in held}.values()
    return sorted(told, key=lambda each: (-each.lock.value, not each.name, each.name))


def _of_index(step: LedgerStep, name: Name) -> str:
    """What DROP INDEX locks beside the index: its table, which only the catalog may know."""
    syntax = step.statement.syntax
    if not isinstance(syntax, DropObjects) or syntax.kind is not ObjectKind.INDEX:
        return ""
    index = step.ledger.who(step.at(name), step.index)
    if index is None or index.table is None:
        return f"the table of {shown(step, step.at(name))}"
    return shown(step, step.at_start(index.table.name_at(step.moment)))


def _referenced(step: LedgerStep, children: frozenset[Thing]) -> tuple[str, ...] | None:
    """The other tables of the foreign keys that go with DROP TABLE; None where only the catalog knows them."""
    syntax = step.statement.syntax
    if not isinstance(syntax, DropObjects) or syntax.kind is not ObjectKind.TABLE or syntax.cascade:
        return ()
    inventory = step.ledger.inventory
    tables = [inventory.find(step.whole(gone), step.moment) for gone in step.statement.facts.drops]
    if not all(each and each.since >= 0 and not each.doubtful and each not in children for each in tables):
        return None
    targets = (
        each.target.name_at(step.moment)
        for table in tables
        if table
        for each in table.holds
        if each.target and each.is_there(step.moment)
    )
    return tuple(dict.fromkeys(shown(step, step.at_start(each)) for each in targets if not step.is_new(each)))


def _holds(held: Iterable[_Held], parts: Sequence[_Part]) -> tuple[LockHold, ...]:
    alike: dict[tuple[LockMode, str, str], list[_Held]] = {}
    for each in held:
        alike.setdefault((each.lock, _below(each), each.lasts), []).append(each)
    found = []
    for (lock, below, lasts), those in alike.items():
        texts = [shortened([each.name for each in those if each.name]) + below]
        texts += dict.fromkeys(f"perhaps {each.perhaps}" for each in those if each.perhaps)
        found.append(LockHold(lock, f"{lock} {', '.join(text for text in texts if text)}", lasts))
    if any(part.unknown for part in parts):
        found.append(LockHold(None, "what its text decides", "unknown"))
    return tuple(found) or (LockHold(None, "nothing that others use", _lasting(parts)[0]),)


def _others(step: LedgerStep, children: frozenset[Thing]) -> tuple[LockMode | None, str]:
    """A lock that keeps others out of tables which a statement does not name, and which these are; "" for none."""
    syntax = step.statement.syntax
    lock = unnamed_lock(syntax)
    which = "others, as noted below" if note_on(step) and lock and lock >= LockMode.SHARE_UPDATE_EXCLUSIVE else ""
    match syntax:
        case DropObjects(kind=ObjectKind.INDEX) | TruncateTables(cascade=False):
            which = ""
        case CreateTable(parents=parents) if all(map(step.is_new, parents)):
            which = ""
        case DropObjects(kind=ObjectKind.TABLE, cascade=False):
            which = "what their foreign keys reference" if _referenced(step, children) is None else ""
        case DropObjects(cascade=False, kind=kind) if kind is not ObjectKind.STATISTIC_EXT:
            which = ""
        case AlterTable(relation=relation) if step.is_new(relation.name):
            which = ""
        case AlterTable(relation=relation, actions=actions) if of_keys := [each for each in actions if _of_keys(each)]:
            keys = any(may_be_of_keys(step, relation.name, each) for each in of_keys)
            lock, which = LockMode.ACCESS_EXCLUSIVE, "others by foreign keys" if keys else ""
    return lock, which


def _of_keys(action: AlterAction) -> bool:
    """Whether an action locks the other table of a foreign key that it has to do with."""
    return action.kind in _OF_KEYS or action.enforceability


def _below(held: _Held) -> str:
    below = held.below
    if not below.partitions:
        return ""
    lock = "" if below.partitions is held.lock else f"{below.partitions} "
    return f" and {lock}{'its partitions' if below.every else 'some of its partitions'}"


def _lasting(parts: Sequence[_Part]) -> list[str]:
    """The work from each statement of a segment to its end, the longest first; and after the last statement."""
    certain: set[Work] = set()
    perhaps: set[Work] = set()
    unknown = False
    found = [_MOMENT]
    for part in reversed(parts):
        certain |= _works(part)
        perhaps |= {work for effect in part.effects for work in effect.more}
        unknown |= part.unknown
        words = [word for work, word in _LASTS.items() if work in certain]
        words += [f"{word}?" for work, word in _LASTS.items() if work in perhaps - certain]
        words += ["unknown"] if unknown else []
        found.append(", ".join(words) or _MOMENT)
    return found[::-1]


def _works(part: _Part) -> set[Work]:
    """The work of a statement; that on what the segment makes itself takes its time, too."""
    step, facts = part.step, part.step.statement.facts
    works = {work for effect in part.effects for work in effect.work}
    works |= {Work.WRITE for effect in facts.effects if facts.tag in _ROWS and Work.WRITE in effect.work}
    if works <= {Work.CATALOG}:
        works |= {Work.READ for each in facts.effects if Work.READ in each.work and not step.is_new(each.relation)}
    elif len(works) > 1:
        works.discard(Work.READ)
    for effect in facts.effects:
        if step.is_new(effect.relation) and step.may_have_changed(effect.relation):
            works |= {Work.INDEX, Work.SCAN, Work.REWRITE}.intersection(effect.work)
    return works


def _meanwhile(held: Sequence[_Held], parts: Sequence[_Part]) -> str:
    waiting: dict[str, list[str]] = {}
    for each in held:
        text = ""
        if each.lock is LockMode.ACCESS_EXCLUSIVE:
            text = "{}: all wait" if each.lasts == _MOMENT else "{} NOT AVAILABLE"
        elif each.lock >= LockMode.SHARE:
            text = "{}: writes wait"
        elif each.writes:
            text = f"{{}}: writes {'of the same keys' if each.writes <= _NEW_ROWS else 'on the same rows'} wait"
        if each.name and text:
            waiting.setdefault(text, []).append(each.name)
    texts = [text.format(shortened(names)) for text, names in waiting.items()]
    if any(part.unknown for part in parts):
        texts.append("not known here")
    if any(each.perhaps and each.lock >= LockMode.SHARE for each in held):
        texts += [] if texts else ["perhaps others wait"]
    then = changed_from_here([part.step for part in parts])
    return "; ".join([*(texts or ["goes on"]), *(f"from here {text}" for text in then)])
