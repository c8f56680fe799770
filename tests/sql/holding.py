"""Hold what is claimed of a statement against what was seen of it."""

from __future__ import annotations

from typing import Any

import postgast

from release.database.observation import Seen
from release.model import Effect, Name, Work

IMPLIED = {
    Work.REWRITE: {Work.SCAN, Work.INDEX, Work.READ, Work.WRITE},
    Work.SCAN: {Work.READ},
    Work.INDEX: {Work.READ},
    Work.WRITE: {Work.READ},
    Work.EMPTY: {Work.INDEX, Work.READ},
}
"""Work that is part of other work: a rewrite builds the indexes again."""


def parse(statement: str) -> Any:
    return postgast.unwrap_node(postgast.parse(statement).stmts[0].stmt)


def without_counts(tag: str) -> str:
    return " ".join(word for word in tag.split() if not word.isdecimal())


def hold(claimed: tuple[Effect, ...], seen: Seen, *, spared: bool = False) -> None:
    """Fail unless what is claimed was seen, and what was seen is claimed.

    An index, and a sequence that a column owns, need no claim of their own while their table has a lock as strong.
    What is done to rows of a view or a partitioned table is seen on the tables behind it.

    Args:
        spared: the statement is to do less work than is claimed, not just as much.
    """
    claims = {_plain(effect.relation): effect for effect in claimed}
    locks = {name: effect.lock for name, effect in claims.items()}
    for name, lock in seen.locks.items():
        table = locks.get(seen.owner.get(name, Name("")))
        if name not in locks and table and table.value >= lock.value:
            continue
        assert locks.get(name) == lock, f"{name}: {lock} seen, {locks.get(name)} claimed"
    assert locks.keys() <= seen.locks.keys(), f"locks claimed, not seen: {locks.keys() - seen.locks.keys()}"
    lacking = {
        name: set(effect.work) - {Work.CATALOG} - _work(seen, effect)
        for name, effect in claims.items()
        if name not in seen.hollow
    }
    assert bool(any(lacking.values())) == spared, f"work claimed, not seen: {lacking}"
    for name, done in seen.work.items():
        work = set(claims[name].work) if name in claims else set()
        allowed = work.union(*(IMPLIED.get(kind, set()) for kind in work))
        assert done <= allowed or name in seen.owner, f"{name}: {done} seen, {work} claimed"


def _plain(name: Name) -> Name:
    return Name(name.name) if name.schema == "public" else name


def _work(seen: Seen, effect: Effect) -> set[Work]:
    """The work that was seen; a foreign key is checked by a query, of which the server says only that it read."""
    done = seen.work.get(_plain(effect.relation), set())
    return done | {Work.SCAN} if Work.READ in done and Work.INDEX not in done else done
