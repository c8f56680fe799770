"""What a statement does to the relations it names: locks and work, from the table in `release.sql.locks.forms`."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING

from release.model import Below, Effect, LockMode, Name, Work
from release.sql.locks.forms import FIRST, FORMS, LAST, RelationPart
from release.sql.locks.matching import match_statement

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from release.model.syntax import Syntax
    from release.sql.locks.forms import Claim
    from release.sql.locks.hit import FormHit

NO_WORK = (Work.CATALOG,)
_UNREAD = "no parser here reads it: it may lock any table, ACCESS EXCLUSIVE, and do any work"
# ONLY stands before these; what a foreign key references, a parent and a partition are taken whole.
_AFTER_ONLY = frozenset({RelationPart.SUBJECT, RelationPart.READ, RelationPart.LOCKED})


def effects_of(
    syntax: Syntax, server: int = FIRST, hits: Sequence[FormHit] = (), major: int | None = None
) -> tuple[Effect, ...]:
    """What a statement does to relations that it names and that were there before it, one effect per relation.

    Work is what the statement may have to do as far as its text tells, weakest first, with a note where it may do
    less. Relations that the statement makes are left out: nobody else can see them yet. `note_of` says what is done to
    relations that it does not name.

    Args:
        syntax: what the statement says.
        server: the oldest major version that the script must suit; where that has no such statement, a note says so.
        hits: the rows of the table that it matches, where they are known already.
        major: the version that it runs on. Where that is not known, the lock is the strongest that any version from
            `server` on takes, and a note tells which ones take a weaker one, or none.
    """
    found = tuple(hits or match_statement(syntax))
    majors = tuple(range(min(server, LAST), LAST + 1)) if major is None else (min(max(major, FIRST), LAST),)
    names = tuple(dict.fromkeys(name for hit in found for _, name in hit.parts))
    numbered = {name: Name(str(number)) for number, name in enumerate(names)}
    alike = tuple(
        replace(hit, parts=tuple((part, numbered[name]) for part, name in hit.parts)) if hit.parts else hit
        for hit in found
    )
    return tuple(replace(each, relation=names[int(each.relation.name)]) for each in _effects(alike, majors, server))


@cache
def _effects(hits: tuple[FormHit, ...], majors: tuple[int, ...], server: int) -> tuple[Effect, ...]:
    """The effects of statements that are alike but for names, which are numbers here: a release has many of a kind."""
    by_major = {each: _on(each, hits) for each in _changing(hits, majors)}
    names = dict.fromkeys(name for relations in by_major.values() for name in relations)
    return tuple(_effect(name, hits, {each: by_major[each].get(name) for each in by_major}, server) for name in names)


def note_of(syntax: Syntax, hits: Sequence[FormHit] = (), *, keys: bool = True) -> str:
    """What a reader should know beyond `effects_of`: relations that are touched but not named, waits, limits; or "".

    Args:
        keys: False where it has to do with no foreign key for certain.
    """
    if not syntax.node:
        return _UNREAD
    forms = [FORMS[hit.key] for hit in hits or match_statement(syntax) if not hit.idle]
    notes = dict.fromkeys(form.note if keys else _without(form.note, form.of_keys) for form in forms)
    return "; ".join(note for note in notes if note)


def _without(note: str, parts: Iterable[str]) -> str:
    return "; ".join(part for part in note.split("; ") if part not in parts)


def beside(syntax: Syntax) -> LockMode | None:
    """The strongest lock that a statement may take on relations that it does not name, where no note tells of them."""
    return max((FORMS[hit.key].beside for hit in match_statement(syntax)), default=None, key=_strength)


def unnamed_lock(syntax: Syntax) -> LockMode | None:
    """The strongest lock that a statement may take on relations that it does not name, as its note tells."""
    found = (each.lock for hit in match_statement(syntax) if not hit.idle for each in FORMS[hit.key].unnamed)
    return max(found, default=None, key=_strength)


_NOTHING = Below()


@dataclass(slots=True)
class _Doing:
    """What a statement does to a relation on one major version."""

    lock: LockMode
    least: LockMode
    below: Below = _NOTHING
    work: set[Work] = field(default_factory=set)
    more: set[Work] = field(default_factory=set)
    notes: dict[str, None] = field(default_factory=dict)


def _claims(hits: Iterable[FormHit]) -> Iterable[tuple[FormHit, Claim]]:
    return ((hit, claim) for hit in hits for claim in FORMS[hit.key].claims)


def _changing(hits: Iterable[FormHit], majors: Sequence[int]) -> tuple[int, ...]:
    """The first of the major versions, and those from which on something is different."""
    bounds = {majors[0]}
    for _, claim in _claims(hits):
        for since, until in ((claim.since, claim.until), *((each.since, each.until) for each in claim.reach)):
            bounds |= {since, until + 1}
    return tuple(sorted(bounds.intersection(majors)))


def _on(major: int, hits: Iterable[FormHit]) -> dict[Name, _Doing]:
    found: dict[Name, _Doing] = {}
    for hit, claim in _claims(hits):
        for part, name in hit.parts:
            if part is not claim.part or not claim.holds(major):
                continue
            doing = found.setdefault(name, _Doing(claim.lock, claim.least or claim.lock))
            doing.least = max(doing.least, claim.least or claim.lock, key=_strength)
            doing.lock = max(doing.lock, claim.lock, key=_strength)
            doing.below |= _below(hit, claim, major)
            doing.work.update(NO_WORK if hit.idle else claim.work)
            if not hit.idle:
                doing.more.update(claim.more)
            if claim.note and not hit.idle:
                doing.notes[claim.note] = None
    return found


def _below(hit: FormHit, claim: Claim, major: int) -> Below:
    reach = claim.reach_on(major)
    only = hit.only and claim.part in _AFTER_ONLY
    if only and not reach.despite_only:
        return _NOTHING
    return replace(reach.below, every=False) if only or hit.sparing or hit.idle else reach.below


def _strength(lock: LockMode | None) -> int:
    return lock.value if lock else 0


def _effect(name: Name, hits: Iterable[FormHit], by_major: dict[int, _Doing | None], server: int) -> Effect:
    """The effect on a relation, over all major versions in question."""
    there = [doing for doing in by_major.values() if doing]
    notes = dict.fromkeys(note for doing in there for note in doing.notes)
    keys = [hit.key for hit in hits for part, each in hit.parts if each == name and _claimed(hit, part)]
    notes |= dict.fromkeys(f"needs PostgreSQL {FORMS[key].since}" for key in keys if FORMS[key].since > server)
    if told := _told(by_major, lambda doing: doing.lock, min(by_major)):
        notes[told] = None
    below = Below(
        max((doing.below.partitions for doing in there), key=_strength),
        max((doing.below.children for doing in there), key=_strength),
        all(doing is not None and doing.below.every for doing in by_major.values()),
    )
    if not below:
        below = _NOTHING
    else:
        below = replace(below, note=_told(by_major, lambda doing: doing.below.partitions, min(by_major)))
    lock = max((doing.lock for doing in there), key=_strength)
    least = min((doing.least for doing in there), key=_strength)
    return Effect(
        name,
        lock,
        _in_order(set().union(*(doing.work for doing in there))),
        "; ".join(notes),
        below,
        tuple(kind for kind in Work if any(kind in doing.more for doing in there)),
        None if least is lock else least,
    )


def _claimed(hit: FormHit, part: RelationPart) -> bool:
    return any(claim.part is part for claim in FORMS[hit.key].claims)


def _told(by_major: dict[int, _Doing | None], lock_of: Callable[[_Doing], LockMode | None], first: int) -> str:
    """Which major versions take another lock than the strongest; "" where they are agreed."""
    locks = {major: lock_of(doing) if doing else None for major, doing in sorted(by_major.items())}
    strongest = max(locks.values(), key=_strength)
    starts = list(locks)
    said = []
    for major, end in zip(starts, [*starts[1:], None], strict=True):
        lock = locks[major]
        if lock is strongest:
            continue
        until = f"before PostgreSQL {end}" if end else ""
        since = f"from PostgreSQL {major} on" if major > first else ""
        said.append(" ".join(filter(None, (str(lock) if lock else "no lock", since, until))))
    return ", ".join(said)


def _in_order(work: set[Work]) -> tuple[Work, ...]:
    done = tuple(kind for kind in Work if kind in work and kind is not Work.CATALOG)
    return done or NO_WORK
