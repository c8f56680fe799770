"""What the table of locks says of a statement, against what was seen. A difference is a bug of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Name, Work
from release.sql.changes import changes_of
from release.sql.effects import effects_of, note_of
from release.sql.split import split

if TYPE_CHECKING:
    from release.database.traced import TracedStatement
    from release.model import Effect

# Work that is part of other work: a rewrite builds the indexes again.
_IMPLIED = {
    Work.REWRITE: {Work.SCAN, Work.INDEX, Work.READ, Work.WRITE},
    Work.SCAN: {Work.READ},
    Work.INDEX: {Work.READ},
    Work.WRITE: {Work.READ},
    Work.EMPTY: {Work.INDEX, Work.READ, Work.REWRITE},
}
_HEAVY = {Work.REWRITE, Work.SCAN, Work.INDEX, Work.EMPTY}


def differences(traced: TracedStatement, schema: str) -> tuple[str, ...]:
    """Say in which way a statement did other than is predicted of it; nothing for one that failed.

    Only more work than predicted is told: how much there is to do depends on the rows. Locks of a statement outside a
    transaction were seen by looking again and again, so one that was not seen may have been too short.

    Args:
        schema: schema of unqualified names.
    """
    if traced.error:
        return ()
    claims = {_plain(effect.relation, schema): effect for effect in predicted(traced)}
    unnamed = _does_unnamed(traced)
    # DROP INDEX CONCURRENTLY ends with ACCESS EXCLUSIVE on an index that is dead by then: nobody waits for that
    dying = (
        {_plain(each.name, schema) for each in changes_of(split(traced.text)[0].node).drops} if traced.alone else set()
    )
    found: list[str] = []
    for name, lock in traced.locks.items():
        claim = claims.get(_plain(name, schema))
        owner = claims.get(_plain(traced.owner.get(name, Name("")), schema))
        if _plain(name, schema) in dying:
            continue
        if claim is None and (unnamed or (owner and owner.lock.value >= lock.value)):
            continue
        if claim is None or claim.lock.value < lock.value:
            found.append(f"took {lock} on {name}; predicted: {claim.lock if claim else 'no lock'}")
    for name, claim in claims.items():
        held = next((mode for each, mode in traced.held.items() if _plain(each, schema) == name), None)
        if not traced.alone and held is not None and held.value < claim.lock.value:
            found.append(f"took only {held} on {name}; predicted: {claim.lock}")
    for name, work in traced.work.items():
        claim = claims.get(_plain(name, schema))
        if claim is None and (name in traced.owner or unnamed):
            continue
        allowed = set(claim.work) if claim else set()
        more = (work & _HEAVY) - allowed.union(*(_IMPLIED.get(each, set()) for each in allowed))
        found += [f"{each} on {name}; not predicted" for each in sorted(more)]
    return tuple(sorted(found))


def predicted(traced: TracedStatement) -> tuple[Effect, ...]:
    """The effects that the statement's text tells of."""
    return effects_of(split(traced.text)[0].node)


def _does_unnamed(traced: TracedStatement) -> bool:
    """True where a statement touches relations that its text does not name: cascades, partitions, functions."""
    return bool(note_of(split(traced.text)[0].node))


def _plain(name: Name, schema: str) -> Name:
    return Name(name.name) if name.schema in {"", "public", schema} else name
