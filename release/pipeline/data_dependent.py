"""Recordings that depend on rows: whoever ships one has to say so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.errors import RecordingError
from release.model import Note, Source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.model import Recording, Release
    from release.pipeline.plan import Project

_SHOWN = 5


def check_allowed(project: Project, release: Release, allowed: Sequence[str], kept: Recording | None) -> Release:
    """Refuse a release with a recording that depends on rows, unless its revision is allowed.

    What a bundle holds already was allowed when it was built. A revision that needs no allowance is told in a note.

    Args:
        allowed: revisions, as Alembic names them.
        kept: what the release's bundle holds.

    Raises:
        RevisionError: a revision is not known.
        RecordingError: one is not allowed.
    """
    names = {revision: name for name in allowed for revision in project.history.resolve(name)}
    recording = release.recording
    dependent = recording.dependent if recording else ()
    before = dependencies(kept)
    refused = [
        each
        for each in dependent
        if each.revision not in names and before.get((each.revision, each.direction)) != each.depends
    ]
    if refused:
        lines = [
            f"  revision {each.revision}, {each.direction}: {note}"
            for each in refused
            for note in each.depends[:_SHOWN]
        ]
        flags = " ".join(f"--allow-data-dependent {name}" for name in dict.fromkeys(each.revision for each in refused))
        raise RecordingError(
            "what was recorded depends on rows of the scratch database, and production has others:\n"
            + "\n".join(lines),
            "write it so that the server works it out (UPDATE … FROM, INSERT … SELECT, a DO block); or, where the rows "
            f"that it reads are known to be the same: {flags}",
        )
    needless = [name for revision, name in names.items() if revision not in {each.revision for each in dependent}]
    files = {revision.id: revision.file for revision in release.range.revisions}
    notes = [
        Note(
            f"--allow-data-dependent {name}: nothing that was recorded of it depends on rows",
            Source(revision, files.get(revision, "not in this release"), 0),
        )
        for revision, name in names.items()
        if name in needless
    ]
    return replace(release, notes=(*release.notes, *notes)) if notes else release


def dependencies(recording: Recording | None) -> dict[tuple[str, str], tuple[Note, ...]]:
    """What depends on rows, by revision and direction."""
    found = recording.dependent if recording else ()
    return {(each.revision, each.direction): each.depends for each in found}
