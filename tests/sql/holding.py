"""Hold what is claimed of a statement against what was seen of it."""

from __future__ import annotations

from release.model import Effect, Name, Work
from release.model.syntax import Syntax
from release.rehearse.prediction import resolve
from release.sql.read.statements import statement_in
from release.trace.seen import Seen

IMPLIED = {
    Work.REWRITE: {Work.SCAN, Work.INDEX, Work.READ, Work.WRITE},
    Work.SCAN: {Work.READ},
    Work.INDEX: {Work.READ},
    Work.WRITE: {Work.READ},
    Work.EMPTY: {Work.INDEX, Work.READ},
}
"""Work that is part of other work: a rewrite builds the indexes again."""


def parse(statement: str) -> Syntax:
    return statement_in(statement)


def without_counts(tag: str) -> str:
    return " ".join(word for word in tag.split() if not word.isdecimal())


def hold(claimed: tuple[Effect, ...], seen: Seen, *, spared: bool = False) -> None:
    """Fail unless what is claimed was seen, and what was seen is claimed.

    An index, and a sequence that a column owns, need no claim of their own while their table has a lock as strong.
    What is done to rows of a view or a partitioned table is seen on the tables behind it. Of tables below one that the
    statement names, the lock is as claimed where every one is locked, and no stronger where some are; the work on a
    partition is that on the table, or less.

    Args:
        spared: the statement is to do less work than is claimed, not just as much.
    """
    claims = resolve(claimed, seen.below, "")
    for name, lock in seen.locks.items():
        owner = claims.get(seen.owner.get(name, Name("")))
        if name not in claims and owner and owner.lock.value >= lock.value:
            continue
        claim = claims.get(name)
        assert claim, f"{name}: {lock} seen, nothing claimed"
        as_claimed = (claim.least.value if claim.certain else 0) <= lock.value <= claim.lock.value
        assert as_claimed, f"{name}: {lock} seen, {claim.lock} claimed"
    certain = {name for name, claim in claims.items() if claim.certain}
    assert certain <= seen.locks.keys(), f"locks claimed, not seen: {certain - seen.locks.keys()}"
    lacking = {
        name: claim.work - {Work.CATALOG} - _work(seen, name)
        for name, claim in claims.items()
        if name not in seen.hollow and not claim.above
    }
    assert bool(any(lacking.values())) == spared, f"work claimed, not seen: {lacking}"
    for name, done in seen.work.items():
        work = claims[name].work | claims[name].more if name in claims else set()
        allowed = work.union(*(IMPLIED.get(kind, set()) for kind in work))
        assert done <= allowed or name in seen.owner, f"{name}: {done} seen, {work} claimed"


def _work(seen: Seen, name: Name) -> set[Work]:
    """The work that was seen; a foreign key is checked by a query, of which the server says only that it read."""
    done = seen.work.get(name, set())
    return done | {Work.SCAN} if Work.READ in done and Work.INDEX not in done else done
