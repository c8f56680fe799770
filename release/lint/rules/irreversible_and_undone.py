"""RL114: an irreversible revision whose downgrade undoes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.round_trip import differences
from release.lint.rule import Case, Example, Rule, Severity, Source, Violation
from release.plan.reversibility import decides_when_it_runs, stays

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for unused in case.unused:
        wall, (up, down) = unused.wall, unused.ledgers
        lost = any(loss.source.revision == wall.revision for loss in case.losses)
        opaque = any(decides_when_it_runs(step.statement) for step in up.steps)
        if lost or opaque or any(differences(up, down)) or any(stays(up, down, set()).values()):
            continue
        file = next((each.file for each in case.revisions if each.id == wall.revision), "")
        yield Violation(
            f"revision {wall.revision} is called irreversible, and its downgrade undoes it, as far as statements tell",
            source=wall.source or Source(wall.revision, file, 1),
        )


RULE = Rule(
    "RL114",
    "Called irreversible, and undone",
    Severity.WARNING,
    "The way back ends at the revision: rollback.sql goes no farther, and only a backup leads behind it. A downgrade "
    "that undoes all of it is never run.",
    "Take the comment out (or build without `--allow-irreversible`). Where the downgrade does not bring back what the "
    "rows held, replace it by one that raises, or let the finding through with a reason.",
    Example(
        """
        # release: irreversible: nobody will go back  # here
        op.execute("CREATE TABLE rooms (id bigint)")
        """,
        'op.execute("DROP TABLE rooms")',
    ),
    Example(
        """
        # release: irreversible: nobody will go back
        op.execute("CREATE TABLE rooms (id bigint)")
        """,
        'raise NotImplementedError("restore the backup")',
    ),
    _check,
)
