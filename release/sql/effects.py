"""What a statement does to the relations it names: locks and work, from the table in `release.sql.forms`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from release.model import Effect, LockMode, Name, Work
from release.sql.forms import FIRST, FORMS
from release.sql.matching import match_statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.sql.hit import Hit

NO_WORK = (Work.CATALOG,)


def effects_of(node: Any, server: int = FIRST, hits: Sequence[Hit] = ()) -> tuple[Effect, ...]:
    """What a statement does to relations that it names and that were there before it, one effect per relation.

    The lock is the strongest that any version from 13 to 18 takes; work is what the statement may have to do as far as
    its text tells, weakest first, with a note where it may do less. Relations that the statement makes are left out:
    nobody else can see them yet. `note_of` says what is done to relations that it does not name.

    Args:
        node: statement node as postgast gives it, unwrapped.
        server: the oldest major version that the script must suit; where that has no such statement, a note says so.
        hits: the rows of the table that it matches, where they are known already.
    """
    locks: dict[Name, LockMode] = {}
    work: dict[Name, set[Work]] = {}
    notes: dict[Name, dict[str, None]] = {}
    for hit in hits or match_statement(node):
        for claim in FORMS[hit.key].claims:
            for part, name in hit.parts:
                if part is not claim.part:
                    continue
                locks[name] = max(locks.get(name, claim.lock), claim.lock, key=lambda mode: mode.value)
                work.setdefault(name, set()).update(NO_WORK if hit.idle else claim.work)
                said = notes.setdefault(name, {})
                if claim.note and not hit.idle:
                    said[claim.note] = None
                if FORMS[hit.key].since > server:
                    said[f"needs PostgreSQL {FORMS[hit.key].since}"] = None
    return tuple(
        Effect(name, lock, _in_order(work[name]), "; ".join(notes.get(name, ()))) for name, lock in locks.items()
    )


def note_of(node: Any, hits: Sequence[Hit] = ()) -> str:
    """What a reader should know beyond `effects_of`: relations that are touched but not named, waits, limits; or ""."""
    notes = dict.fromkeys(FORMS[hit.key].note for hit in hits or match_statement(node) if not hit.idle)
    return "; ".join(note for note in notes if note)


def since_of(node: Any) -> int:
    """The oldest major version, from 13 on, that has such a statement."""
    return max((FORMS[hit.key].since for hit in match_statement(node)), default=FIRST)


def _in_order(work: set[Work]) -> tuple[Work, ...]:
    done = tuple(kind for kind in Work if kind in work and kind is not Work.CATALOG)
    return done or NO_WORK
