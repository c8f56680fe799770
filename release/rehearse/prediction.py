"""What the table of locks says of a statement, against what was seen. A difference is a bug of ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from release.model import LockMode, Name, Work
from release.model.syntax import ChangeRows
from release.sql.facts.changes import changes_of
from release.sql.locks.effects import beside, effects_of, note_of
from release.trace.seen import Descent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from release.model import Effect
    from release.trace.statement import TracedStatement

# Work that is part of other work: a rewrite builds the indexes again.
_IMPLIED = {
    Work.REWRITE: {Work.SCAN, Work.INDEX, Work.READ, Work.WRITE},
    Work.SCAN: {Work.READ},
    Work.INDEX: {Work.READ},
    Work.WRITE: {Work.READ},
    Work.EMPTY: {Work.INDEX, Work.READ, Work.REWRITE},
}
_HEAVY = {Work.REWRITE, Work.SCAN, Work.INDEX, Work.EMPTY}
_NOTHING_BELOW = Descent()


@dataclass(slots=True)
class ExpectedEffect:
    """What is predicted of one relation, on a server that is known.

    Attributes:
        more: work that it may have to do besides.
        above: the relation that the statement names, for one that it does not name: a partition or a child table of it.
        certain: `least` is taken, not perhaps a weaker lock or none.
    """

    lock: LockMode
    work: set[Work] = field(default_factory=set)
    more: set[Work] = field(default_factory=set)
    above: Name | None = None
    certain: bool = True
    least: LockMode = LockMode.ACCESS_SHARE


def differences(traced: TracedStatement, schema: str, major: int | None = None) -> tuple[str, ...]:
    """Say in which way a statement did other than is predicted of it; nothing for one that failed.

    Only more work than predicted is told: how much there is to do depends on the rows. Locks of a statement outside a
    transaction were seen by looking again and again, so one that was not seen may have been too short.

    Args:
        schema: schema of unqualified names.
        major: of the server that it ran on; None where that is not known.
    """
    if traced.error:
        return ()
    claims = expected(traced, schema, major)
    unnamed = _does_unnamed(traced)
    aside = beside(traced.syntax)
    # the keys of a table may refer to one that its rows are read from
    by_keys = aside if aside and isinstance(traced.syntax, ChangeRows) else LockMode.ACCESS_SHARE
    # DROP INDEX CONCURRENTLY ends with ACCESS EXCLUSIVE on an index that is dead by then: nobody waits for that
    dying = {_plain(each.name, schema) for each in changes_of(traced.syntax).drops} if traced.alone else set()
    found: list[str] = []
    for name, lock in traced.locks.items():
        claim = claims.get(_plain(name, schema))
        owner = claims.get(_plain(traced.owner.get(name, Name("")), schema))
        if _plain(name, schema) in dying:
            continue
        if claim is None and (unnamed or any(each and each >= lock for each in (aside, owner and owner.lock))):
            continue
        if claim is None or max(claim.lock, by_keys) < lock:
            found.append(f"took {lock} on {name}; predicted: {claim.lock if claim else 'no lock'}")
    held = {_plain(name, schema): mode for name, mode in traced.held.items()}
    for name, claim in claims.items():
        if traced.alone or not claim.certain:
            continue
        if claim.above and name not in held:
            found.append(f"took no lock on {name}, below {claim.above}; predicted: {claim.lock}")
        elif name in held and held[name] < claim.least:
            found.append(f"took only {held[name]} on {name}; predicted: {claim.least}")
    for name, work in traced.work.items():
        claim = claims.get(_plain(name, schema))
        if claim is None and (name in traced.owner or unnamed):
            continue
        known = claim.work | claim.more if claim else set[Work]()
        more = (work & _HEAVY) - known.union(*(_IMPLIED.get(each, set()) for each in known))
        found += [f"{each} on {name}; not predicted" for each in sorted(more)]
    return tuple(sorted(found))


def expected(traced: TracedStatement, schema: str, major: int | None = None) -> dict[Name, ExpectedEffect]:
    """What the statement's text tells of, by relation: those that it names, and those that were below them.

    Args:
        schema: schema of unqualified names; names in it are given without it.
        major: of the server; None: the strongest lock of any.
    """
    below = {_plain(name, schema): descent for name, descent in traced.below.items()}
    return resolve(effects_of(traced.syntax, major=major), below, schema)


def predicted(traced: TracedStatement, major: int) -> dict[Name, LockMode]:
    """The locks that the statement's text tells of: relations as it names them, then those below them."""
    effects = effects_of(traced.syntax, major=major)
    below = {name: each.lock for name, each in sorted(expected(traced, "", major).items()) if each.above}
    return {effect.relation: effect.lock for effect in effects} | below


def resolve(effects: Iterable[Effect], below: Mapping[Name, Descent], schema: str) -> dict[Name, ExpectedEffect]:
    """Effects by relation, with those on partitions and children, which the catalog knows by name.

    Args:
        below: what is below relations that have anything below them; names as `expected` gives them.
    """
    found: dict[Name, ExpectedEffect] = {}
    under: list[tuple[Name, ExpectedEffect]] = []
    for effect in effects:
        name = _plain(effect.relation, schema)
        found[name] = ExpectedEffect(effect.lock, set(effect.work), set(effect.more), least=effect.least or effect.lock)
        descent = below.get(name, _NOTHING_BELOW)
        for names, lock in ((descent.partitions, effect.below.partitions), (descent.children, effect.below.children)):
            if lock is None:
                continue
            for each in names:
                claim = ExpectedEffect(lock, set(effect.work), set(effect.more), name, effect.below.every, lock)
                under.append((_plain(each, schema), claim))
    for name, claim in under:
        known = found.setdefault(name, claim)
        if known is claim:
            continue
        known.work |= claim.work
        known.more |= claim.more
        if claim.lock > known.lock:
            known.lock, known.least, known.certain = claim.lock, claim.least, claim.certain
    return found


def _does_unnamed(traced: TracedStatement) -> bool:
    """True where a statement touches relations that its text does not name: cascades, defaults, functions."""
    return bool(note_of(traced.syntax))


def _plain(name: Name, schema: str) -> Name:
    return Name(name.name) if name.schema in {"", "public", schema} else name
