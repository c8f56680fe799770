"""Where transactions begin and end.

As few segments as possible, with a commit where correctness or safety needs one (docs/bundle.md, "Segments").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.errors import PlanError
from release.model import Mark, Migration, Name, Object, Segment, Statement, VersionWrite
from release.plan.names import qualify

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from release.model import Marked

# Statements whose effect is decided when they run; after ADD VALUE they may use the new label.
_OPAQUE = frozenset({"DO", "CALL", "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"})
# In an autocommit block their author wanted the rows committed by themselves (batches).
_ROW_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
# May commit by themselves, which PostgreSQL allows only outside a transaction block (manual, 43.8 and CALL).
_MAY_COMMIT = frozenset({"DO", "CALL"})


def arrange(migrations: Iterable[Migration], schema: str) -> tuple[Segment, ...]:
    """Arrange what the revisions do into segments.

    Args:
        migrations: in the order they run.
        schema: schema of unqualified names (the first of the search path).

    Raises:
        PlanError: a statement cannot be part of a script.
    """
    segments: list[Segment] = []
    steps: list[Statement | VersionWrite] = []
    open_transaction = True
    reason = ""
    rows: tuple[str, ...] | None = None

    def close(next_reason: str) -> None:
        nonlocal steps, open_transaction, reason, rows
        if steps:
            writes = [step for step in steps if isinstance(step, VersionWrite)]
            before = rows or ()
            after = writes[-1].after if writes else before
            segments.append(Segment(len(segments) + 1, tuple(steps), open_transaction, reason, before, after))
            rows = after
        steps, open_transaction, reason = [], True, next_reason

    for migration in migrations:
        rows = migration.before if rows is None else rows
        for statement in migration.statements:
            _refuse_inline_data(statement)
            alone = _why_alone(statement)
            if alone:
                close(alone)
                steps.append(statement)
                open_transaction = False
            elif not open_transaction:
                close("the statement before it ran by itself")
                steps.append(statement)
            else:
                needed = _why_commit(steps, statement, schema)
                if needed:
                    close(needed)
                steps.append(statement)
        steps.append(_version_write(migration))
    close("")
    return tuple(segments)


def _version_write(migration: Migration) -> VersionWrite:
    before, after = set(migration.before), set(migration.after)
    return VersionWrite(
        migration.revision,
        tuple(sorted(before - after)),
        tuple(sorted(after - before)),
        migration.before,
        migration.after,
    )


def _refuse_inline_data(statement: Statement) -> None:
    if any(each.mark is Mark.INLINE_DATA for each in statement.facts.marks):
        raise PlanError(
            f"revision {statement.source.revision}, {statement.source}: COPY … FROM STDIN reads its rows from the "
            "client; in a script psql would take the statements that follow for rows",
            "write the rows as INSERT … VALUES",
        )


def _why_alone(statement: Statement) -> str:
    """Why a statement must run outside a transaction block; "" when it need not."""
    if not statement.facts.transactional:
        return f"{statement.facts.tag}{_concurrently(statement)} cannot run in a transaction block"
    if statement.autocommit and statement.facts.tag in _MAY_COMMIT:
        return f"its author runs {statement.facts.tag} outside a transaction: it may commit by itself"
    return ""


def _concurrently(statement: Statement) -> str:
    return " CONCURRENTLY" if statement.facts.tag in {"CREATE INDEX", "DROP INDEX", "REINDEX"} else ""


def _why_commit(steps: Sequence[Statement | VersionWrite], statement: Statement, schema: str) -> str:
    """Why a commit is needed between `steps` of one transaction and `statement`; "" when it is not."""
    earlier = [step for step in steps if isinstance(step, Statement)]
    marks = [each for step in earlier for each in step.facts.marks]
    for wanted in statement.facts.marks:
        if wanted.mark is Mark.VALIDATES and _has(marks, Mark.NOT_VALID, wanted.object, schema):
            return (
                f"validating in the same transaction would scan {wanted.object.parent} under the lock of ADD CONSTRAINT"
            )
        if wanted.mark is Mark.NOT_NULL and _has_on_table(marks, Mark.VALIDATES, wanted.object, schema):
            return f"SET NOT NULL on {wanted.object.parent} relies on the constraint, and its lock must not wait for a scan"
    for added in marks:
        if (
            added.mark is Mark.ENUM_VALUE
            and not _made_here(earlier, added.object, schema)
            and _could_use(statement, added)
        ):
            return f"a value added to enum {added.object.name} cannot be used in the transaction that adds it"
    if statement.facts.tag in _ROW_CHANGES:
        for effect in statement.facts.effects[:1]:
            if _has_on_table(marks, Mark.NOT_VALID, Object("constraint", Name(""), effect.relation), schema):
                return (
                    f"changing rows in the same transaction would hold the lock of ADD CONSTRAINT on {effect.relation}"
                )
    if _by_itself(statement) or (earlier and _by_itself(earlier[-1])):
        return "its author commits each of these row changes by itself"
    return ""


def _by_itself(statement: Statement) -> bool:
    return statement.autocommit and statement.facts.tag in _ROW_CHANGES


def _has(marks: Sequence[Marked], mark: Mark, wanted: Object, schema: str) -> bool:
    return any(each.mark is mark and qualify(each.object, schema) == qualify(wanted, schema) for each in marks)


def _has_on_table(marks: Sequence[Marked], mark: Mark, wanted: Object, schema: str) -> bool:
    table = qualify(wanted, schema).parent
    return any(each.mark is mark and qualify(each.object, schema).parent == table for each in marks)


def _made_here(statements: Sequence[Statement], wanted: Object, schema: str) -> bool:
    """A type made in this transaction may have its new values used in it (manual, ALTER TYPE, Notes)."""
    return any(
        qualify(made, schema) == qualify(wanted, schema) for statement in statements for made in statement.facts.creates
    )


def _could_use(statement: Statement, added: Marked) -> bool:
    if any(each.mark is Mark.ENUM_VALUE for each in statement.facts.marks):
        return False
    return statement.facts.tag in _OPAQUE or added.value in statement.text
