"""RL107: no downgrade, or an empty one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Source, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_NOTHING_TO_UNDO = frozenset({"CREATE EXTENSION", "ANALYZE", "VACUUM", "SET", "REINDEX"})


def _check(case: Case) -> Iterator[Violation]:
    if not case.whole:
        return
    undone = {item.revision for item in case.rollback}
    declared = {loss.source.revision for loss in case.losses if loss.declared}
    for revision in (each for each in case.revisions if each.id in case.taken_back):
        done = [item for item in case.upgrade if item.revision == revision.id]
        work = [item for item in done if item.facts.tag not in _NOTHING_TO_UNDO]
        if work and revision.id not in undone | declared:
            message = f"revision {revision.id} does {len(done)} statements up and none down"
            yield Violation(message, source=Source(revision.id, revision.file, _line(case, revision.id)))


def _line(case: Case, revision: str) -> int:
    """Where downgrade() starts, else the first line."""
    text = next((each.text for each in case.texts if each.revision == revision), "")
    lines = text.splitlines()
    return next((at for at, line in enumerate(lines, 1) if line.startswith("def downgrade")), 1)


RULE = Rule(
    "RL107",
    "No downgrade, or an empty one",
    Severity.ERROR,
    "rollback.sql takes the version row back and leaves the schema as it is. The next upgrade then fails on what is "
    "still there, or runs twice what it must not.",
    "Undo in `downgrade()` what `upgrade()` does, in reverse order. Where rows cannot come back, declare the loss; "
    "where nothing can be undone, say so, and the way back ends there:\n\n"
    "    # release: loses floors.svg_path empty paths become NULL, and stay so\n"
    "    # release: irreversible: the old codes are not kept",
    Example('op.execute("CREATE TABLE rooms (id bigint)")', here="downgrade"),
    Example('op.execute("CREATE TABLE rooms (id bigint)")', 'op.drop_table("rooms")'),
    _check,
)
