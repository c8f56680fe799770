"""Where transactions begin and end.

As few segments as possible, with a commit where correctness or safety needs one (docs/bundle.md, "Segments").
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from release.errors import PlanError
from release.model import Mark, Segment, Statement, VersionWrite
from release.model.syntax import CreateRoutine
from release.plan.name_resolution import in_schema, qualify

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from release.model import Marked, Migration, Name, Object
    from release.model.syntax import Syntax

# Statements whose effect is decided when they run; after ADD VALUE they may use the new label.
_OPAQUE = frozenset({"DO", "CALL", "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE"})
# In an autocommit block their author wanted the rows committed by themselves (batches).
_ROW_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
# May commit by themselves, which PostgreSQL allows only outside a transaction block (manual, 43.8 and CALL).
_MAY_COMMIT = frozenset({"DO", "CALL"})


def arrange(migrations: Iterable[Migration]) -> tuple[Segment, ...]:
    """Arrange what the revisions do into segments.

    Args:
        migrations: in the order they run, each statement with the schema of its unqualified names.

    Raises:
        PlanError: a statement cannot be part of a script.
    """
    segments: list[Segment] = []
    current = _Open()
    for migration in migrations:
        if current.before is None:
            current.before = migration.before
        for statement in migration.statements:
            _refuse_inline_data(statement)
            alone = _why_alone(statement)
            reason = alone or current.why_close(statement)
            if reason and current.steps:
                segments.append(current.close(len(segments) + 1))
                current = _Open(reason, segments[-1].after)
            elif reason:
                current.reason = reason
            current.take(statement, alone=bool(alone))
        current.steps.append(_version_write(migration))
    if current.steps:
        segments.append(current.close(len(segments) + 1))
    return tuple(segments)


@dataclass(slots=True)
class _Open:
    """The segment being filled, with what the rules need to know of it."""

    reason: str = ""
    before: tuple[str, ...] | None = None
    steps: list[Statement | VersionWrite] = field(default_factory=list)
    transactional: bool = True
    last: Statement | None = None
    marks: list[Marked] = field(default_factory=list)

    def take(self, statement: Statement, *, alone: bool) -> None:
        self.steps.append(statement)
        self.transactional = not alone
        self.last = statement
        self.marks += (replace(each, object=qualify(each.object, statement.schema)) for each in statement.facts.marks)

    def close(self, number: int) -> Segment:
        before = self.before or ()
        writes = [step for step in self.steps if isinstance(step, VersionWrite)]
        after = writes[-1].after if writes else before
        return Segment(number, tuple(self.steps), self.transactional, self.reason, before, after)

    def why_close(self, statement: Statement) -> str:
        """Why a commit is needed before `statement`, which may run in a transaction; "" when it is not."""
        if not self.transactional:
            return "the statement before it ran by itself"
        facts = statement.facts
        for wanted in facts.marks:
            table = wanted.object.parent
            whole = qualify(wanted.object, statement.schema)
            if wanted.mark is Mark.VALIDATES and self._has(Mark.NOT_VALID, whole):
                return f"validating in the same transaction would scan {table} under the lock of ADD CONSTRAINT"
            if wanted.mark is Mark.NOT_NULL and whole.parent and self._has_on(Mark.VALIDATES, whole.parent):
                return f"SET NOT NULL on {table} relies on the constraint, and its lock must not wait for a scan"
        for added in self.marks:
            # up to PostgreSQL 16 that holds for a type made in the same transaction, too
            if added.mark is Mark.ENUM_VALUE and _could_use(statement, added):
                return f"a value added to enum {added.object.name} cannot be used in the transaction that adds it"
        changed = facts.effects[0].relation if facts.tag in _ROW_CHANGES and facts.effects else None
        if changed and self._has_on(Mark.NOT_VALID, in_schema(changed, statement.schema)):
            table = changed
            return f"changing rows in the same transaction would hold the lock of ADD CONSTRAINT on {table}"
        if self.steps and (_by_itself(statement) or (self.last and _by_itself(self.last))):
            return "its author commits each of these row changes by itself"
        return ""

    def _has(self, mark: Mark, wanted: Object) -> bool:
        return any(each.mark is mark and each.object == wanted for each in self.marks)

    def _has_on(self, mark: Mark, table: Name) -> bool:
        return any(each.mark is mark and each.object.parent == table for each in self.marks)


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


def _by_itself(statement: Statement) -> bool:
    return statement.autocommit and statement.facts.tag in _ROW_CHANGES


def _could_use(statement: Statement, added: Marked) -> bool:
    if any(each.mark is Mark.ENUM_VALUE for each in statement.facts.marks):
        return False
    return statement.facts.tag in _OPAQUE or any(added.value in text for text in _strings(statement.syntax))


def _strings(syntax: Syntax) -> Iterator[str]:
    """String constants that the server may take for the value of an enum when the statement runs."""
    yield from syntax.contents.strings
    if isinstance(syntax, CreateRoutine):
        for piece in syntax.body.pieces:
            yield from piece.syntax.contents.strings
