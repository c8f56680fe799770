"""What a revision takes away from applications and gives back later: online nobody sees a database without it.

Whoever asks for a table that is dropped or renamed in a transaction waits for its end, and finds what stands there
then. So names and privileges are given back in the transaction that takes them away; and the functions of triggers are
replaced in the one that takes away what they may be using.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Name, Object
from release.model.syntax import AlterTable, CreateRoutine, GrantPrivileges, PublicationStatement
from release.plan.inventory import RELATIONS, ROUTINES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from release.model.syntax import Syntax
    from release.plan.ledger import LedgerStep

_UNASKED = frozenset({"index", "constraint", "trigger", "policy", "rule"})
"""Kinds that no statement of an application names."""
_TYPES = frozenset({"type", "domain"})


def absences(steps: Sequence[LedgerStep]) -> Iterator[tuple[int, int, str]]:
    """For what is taken away and given back: the indexes of both statements, and why nothing may come between them."""
    gone: dict[Object, int] = {}
    for step in steps:
        for back in _given(step):
            if (first := gone.pop(_same(back), None)) is not None:
                last = _last_use(steps, step, back) if back.kind in _TYPES else step.index
                yield first, last, f"applications would be without {back.kind} {back.name} between two transactions"
        first = min((at for each, at in gone.items() if each.kind in {"column", "relation"}), default=step.index)
        if first < step.index and replaces_trigger_function(step):
            yield first, step.index, "a trigger would fail between two transactions, for what its function is to use"
        for each in _taken(step):
            gone.setdefault(_same(each), step.index)


def replaces_trigger_function(step: LedgerStep) -> bool:
    """Whether triggers that were there may do something else from this statement on."""
    match step.statement.syntax:
        case CreateRoutine(if_not_exists=True, returns=returns, name=name) if returns:
            return returns.name.name == "trigger" and not _is_new(step, Object("function", name))
        case _:
            return False


def _given(step: LedgerStep) -> Iterator[Object]:
    facts = step.statement.facts
    yield from map(step.whole, (*facts.creates, *(new for _, new in facts.renames)))
    yield from _rights(step, step.statement.syntax, back=True)


def _taken(step: LedgerStep) -> Iterator[Object]:
    facts = step.statement.facts
    for each in (*facts.drops, *(old for old, _ in facts.renames)):
        if each.kind not in _UNASKED and not _is_new(step, each):
            yield step.whole(each)
    yield from _rights(step, step.statement.syntax, back=False)


def _rights(step: LedgerStep, syntax: Syntax, *, back: bool) -> Iterator[Object]:
    """What GRANT gives and REVOKE takes; of what a publication publishes, a change may take something or give it."""
    match syntax:
        case GrantPrivileges(grants=grants, relations=relations) if grants is back:
            yield from (Object("privileges on", step.at(each)) for each in relations if not step.is_new(each))
        case PublicationStatement(node="AlterPublicationStmt", name=name):
            yield Object("publication", Name(name))


def _is_new(step: LedgerStep, named: Object) -> bool:
    """Whether the script itself has made it, or the table that it lies in."""
    if named.parent and step.is_new(named.parent):
        return True
    found = step.ledger.inventory.find(step.whole(named), step.moment)
    return found is not None and found.since > step.ledger.start


def _same(thing: Object) -> Object:
    """What two things have in common of which one can take the place of the other."""
    kind = "relation" if thing.kind in RELATIONS else "routine" if thing.kind in ROUTINES else thing.kind
    return Object(kind, thing.name, thing.parent)


def _last_use(steps: Sequence[LedgerStep], step: LedgerStep, back: Object) -> int:
    """The last statement that brings a column to a type whose name was another's: until then they do not compare."""
    uses = (
        later.index
        for later in steps
        if isinstance(later.statement.syntax, AlterTable)
        and any(later.at(each.name) == back.name for each in later.statement.syntax.contents.types)
    )
    return max([step.index, *uses])
