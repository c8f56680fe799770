"""Filling in what could not be rendered offline: from a recording that a bundle keeps, or from one made now."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.errors import MigrationError, NeedsDatabaseError, NoDowngradeError
from release.model import Direction, Note, RecordedRevision, Recording, Source, Taken
from release.record.recording import RecordingRequest
from release.source.declarations import IRREVERSIBLE
from release.source.recorder import Emission

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from alembic.script import Script

    from release.errors import ReleaseError
    from release.record.recording import Record, Recorded
    from release.source.history import History
    from release.source.offline import Rendering
    from release.source.recorder import RevisionWork

RECORD_IT = "or record it on a scratch database: release build … --scratch"


@dataclass(frozen=True, slots=True)
class Completed:
    """Both directions, with nothing left to fill in where `failure` is None.

    Attributes:
        failure: the first thing that stands in the way of a release.
    """

    done: Rendering
    undone: Rendering
    recording: Recording | None
    failure: ReleaseError | None


def complete(
    history: History,
    scripts: Sequence[Script],
    start: Sequence[str],
    done: Rendering,
    undone: Rendering,
    texts: Mapping[str, str],
    record: Record | None = None,
    kept: Recording | None = None,
) -> Completed:
    """Fill in the works of two renderings that collected their failures.

    Args:
        texts: source code by revision.
        record: records on a scratch database; None: no database may be asked.
        kept: what a bundle keeps of an earlier recording; used where the revision files are what they were then.
    """
    renderings = {Direction.UPGRADE: done, Direction.ROLLBACK: undone}
    stubborn = {
        direction: frozenset(work.revision for work in rendering.works if _may_be_recorded(work))
        for direction, rendering in renderings.items()
    }
    sources = digest_of_sources(texts)
    recording: Recording | None = None
    if any(stubborn.values()) and record is not None:
        wanted = RecordingRequest(history, tuple(scripts), tuple(start), stubborn, done.version_table)
        found = record(wanted)
        renderings = {each: _filled(rendering, each, found) for each, rendering in renderings.items()}
        files = {script.revision: history.relative(script.path) for script in scripts}
        recording = _to_recording(renderings, found.server, sources, files)
    elif any(stubborn.values()) and kept is not None and kept.sources == sources:
        recording = kept
        renderings = {each: _filled_from(rendering, each, kept) for each, rendering in renderings.items()}
    if record is None:
        renderings = {each: _with_advice(rendering, kept) for each, rendering in renderings.items()}
    renderings[Direction.ROLLBACK] = _told(renderings[Direction.ROLLBACK], _or_irreversible)
    failures = (work.failure for rendering in renderings.values() for work in rendering.works if work.failure)
    failure = next(failures, None)
    return Completed(renderings[Direction.UPGRADE], renderings[Direction.ROLLBACK], recording, failure)


def digest_of_sources(texts: Mapping[str, str]) -> str:
    """SHA-256 over revision files; a recording holds for these alone."""
    seal = hashlib.sha256()
    for revision, text in sorted(texts.items()):
        seal.update(f"{revision}\0{len(text)}\0{text}\0".encode())
    return seal.hexdigest()


def _may_be_recorded(work: RevisionWork) -> bool:
    return isinstance(work.failure, MigrationError) and not isinstance(work.failure, NoDowngradeError)


def _filled(rendering: Rendering, direction: Direction, found: Recorded) -> Rendering:
    heard = found.heard
    works = []
    for work in rendering.works:
        key = (direction, work.revision)
        recorded = found.works.get(key)
        if heard.failure is not None and heard.failed == key:
            works.append(replace(work, failure=_cause(work.failure, heard.failure)))
        elif recorded is not None and _may_be_recorded(work):
            works.append(_with(work, recorded.emissions, recorded.recorded or ()))
        elif heard.failed and isinstance(work.failure, NeedsDatabaseError):
            works.append(replace(work, failure=_not_reached(work.failure, heard.failed[1])))
        else:
            works.append(work)
    if heard.failure is not None and heard.failed is None:
        raise heard.failure
    return replace(rendering, works=tuple(works), notes=(*rendering.notes, *_notes(found, works)))


def _notes(found: Recorded, works: Sequence[RevisionWork]) -> list[Note]:
    own = {emission.source for work in works if work.recorded is not None for emission in work.emissions}
    return [note for note in found.notes if note.source in own]


def _with(work: RevisionWork, emissions: Sequence[Emission], depends: Sequence[Note]) -> RevisionWork:
    return replace(work, emissions=tuple(emissions), failure=None, recorded=tuple(depends))


def _filled_from(rendering: Rendering, direction: Direction, kept: Recording) -> Rendering:
    by_key = {(each.direction, each.revision): each for each in kept.revisions}
    works = []
    for work in rendering.works:
        each = by_key.get((direction, work.revision)) if _may_be_recorded(work) else None
        if each is not None:
            emissions = [
                Emission(taken.text, Source(work.revision, each.file, taken.line), taken.generated, taken.autocommit)
                for taken in each.taken
            ]
            works.append(_with(work, emissions, each.depends))
        else:
            works.append(work)
    return replace(rendering, works=tuple(works))


def _to_recording(
    renderings: Mapping[Direction, Rendering], server: int, sources: str, files: Mapping[str, str]
) -> Recording:
    revisions = [
        RecordedRevision(
            work.revision,
            files[work.revision],
            direction,
            work.recorded,
            tuple(
                Taken(emission.text, emission.source.line, emission.generated, emission.autocommit)
                for emission in work.emissions
            ),
        )
        for direction, rendering in renderings.items()
        for work in rendering.works
        if work.recorded is not None
    ]
    return Recording(server, sources, tuple(revisions))


def _cause(offline: ReleaseError | None, online: ReleaseError) -> ReleaseError:
    """What failed offline for another reason than that it needs a database is told as it was found there."""
    return online if offline is None or isinstance(offline, NeedsDatabaseError) else offline


def _not_reached(failure: MigrationError, revision: str) -> MigrationError:
    where = failure.message.partition(": ")[0]
    reason = f"not recorded: revision {revision}, which runs before it, failed on the scratch database"
    return NeedsDatabaseError(f"{where}: {reason}", f"mend revision {revision} first", line=failure.line, reason=reason)


def _with_advice(rendering: Rendering, kept: Recording | None) -> Rendering:
    """The failures that a database would help against, saying so."""
    advice = "the bundle keeps a recording of other revision files: build it with --scratch" if kept else RECORD_IT
    return _told(rendering, lambda _, failure: advice if isinstance(failure, NeedsDatabaseError) else "")


def _or_irreversible(work: RevisionWork, _: MigrationError) -> str:
    return (
        f"or, where nothing can undo it, say so in the migration: {IRREVERSIBLE} why (or --allow-irreversible "
        f"{work.revision}): the way back then ends there"
    )


def _told(rendering: Rendering, advice: Callable[[RevisionWork, MigrationError], str]) -> Rendering:
    """A rendering whose failures have a further advice, where there is one."""
    works = []
    for work in rendering.works:
        failure = work.failure
        more = advice(work, failure) if isinstance(failure, MigrationError) else ""
        if isinstance(failure, MigrationError) and more:
            hint, raised = f"{failure.hint}; {more}", failure.raised
            told = type(failure)(failure.message, hint, line=failure.line, reason=failure.reason, raised=raised)
            works.append(replace(work, failure=told))
        else:
            works.append(work)
    return replace(rendering, works=tuple(works))
