"""Revisions that nothing undoes: whoever ships one has to say so, in the migration or on the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.model import Irreversible, Note, Source
from release.source import declared_irreversible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from release.source import History, Rendering, Script

ALLOWED = "so it was said with --allow-irreversible; its migration does not say why"


def find_irreversible(
    history: History, scripts: Sequence[Script], texts: Mapping[str, str], allowed: Sequence[str]
) -> tuple[tuple[Irreversible, ...], list[Note]]:
    """The revisions that are called irreversible, in upgrade order, and notes on what was allowed for nothing.

    Args:
        texts: source code by revision.
        allowed: revisions, as Alembic names them.

    Raises:
        MigrationError: a comment gives no reason.
        RevisionError: a revision is not known.
    """
    names = {revision: name for name in allowed for revision in history.resolve(name)}
    found = []
    for script in scripts:
        declared = next(
            declared_irreversible(texts[script.revision], script.revision, history.relative(script.path)), None
        )
        if declared or script.revision in names:
            found.append(declared or Irreversible(script.revision, ALLOWED))
    own = {script.revision for script in scripts}
    notes = [
        Note(f"--allow-irreversible {name}: it is not in this release", Source(revision, "", 0))
        for revision, name in names.items()
        if revision not in own
    ]
    return tuple(found), notes


def without_failures(undone: Rendering, irreversible: Sequence[Irreversible]) -> Rendering:
    """A rendering of downgrades in which it does not matter that those cannot be rendered which nobody will run."""
    walls = {each.revision for each in irreversible}
    works = (replace(each, failure=None) if each.revision in walls else each for each in undone.works)
    return replace(undone, works=tuple(works))
