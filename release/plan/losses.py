"""What does not come back: derived from the statements, completed by the author."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Direction, Loss, Mark, Object
from release.model.syntax import ActionKind, AlterTable, DropObjects, DropOwned, ObjectKind
from release.plan.name_resolution import in_schema
from release.sql.facts.opaque import is_opaque

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model import Irreversible, Name, Source
    from release.plan.ledger import Ledger, LedgerStep

_CHANGES = frozenset({"UPDATE", "DELETE", "MERGE", "TRUNCATE TABLE"})
_CASCADES = {
    ObjectKind.SCHEMA: "all that is in it",
    ObjectKind.TYPE: "all columns of it",
    ObjectKind.DOMAIN: "all columns of it",
}
_TABLES = frozenset({"table", "foreign table", "materialized view"})


@dataclass(frozen=True, slots=True)
class Declaration:
    """An author's `# release: loses TABLE[.COLUMN] REASON` in a migration.

    Attributes:
        relation: as written; its schema is "" when none was.
        column: "" for whole rows.
    """

    relation: Name
    column: str
    reason: str
    source: Source


def find_losses(
    upgrade: Ledger,
    stretches: Iterable[tuple[Ledger, Ledger]],
    declarations: Iterable[Declaration],
    irreversible: Iterable[Irreversible] = (),
) -> tuple[Loss, ...]:
    """Losses of a release, in the order of the statements that cause them; a declaration replaces the derived one.

    Args:
        stretches: ledgers of what each stretch of the way back has made, and of what undoes it.
        irreversible: revisions that nothing undoes.
    """
    parts = tuple(stretches)
    computed = _computed_columns((*upgrade.steps, *(step for _, down in parts for step in down.steps)))
    found = _lost_by_upgrade(upgrade, frozenset(each.revision for each in irreversible))
    for up, down in parts:
        found += _lost_by_rollback(down, up.made, _created_columns(up))
    found = [each for each in found if not each.columns or (each.relation, each.columns[0]) not in computed]
    for each in declarations:
        relation = in_schema(each.relation, upgrade.schema)
        lost = Loss(
            relation, (each.column,) if each.column else (), Direction.UPGRADE, each.reason, each.source, declared=True
        )
        found = [
            other
            for other in found
            if (other.relation, other.columns, other.when) != (relation, lost.columns, lost.when)
        ]
        found.append(lost)
    return tuple(found)


def _lost_by_upgrade(ledger: Ledger, walls: frozenset[str]) -> list[Loss]:
    """What was there before, and goes when the upgrade runs."""
    added: set[Object] = set()
    losses: list[Loss] = []
    for step in ledger.steps:
        statement, facts = step.statement, step.statement.facts
        forever = "no rollback brings it back" if step.revision in walls else ""
        added.update(step.whole(made) for made in facts.creates if made.kind == "column")
        for gone in facts.drops:
            thing = step.whole(gone)
            if gone.kind in _TABLES and not step.is_new(gone.name):
                text = f"the upgrade drops the table; {forever or 'the rollback brings it back empty'}"
                losses.append(Loss(step.former(gone.name), (), Direction.UPGRADE, text, statement.source))
            elif gone.kind == "column" and gone.parent and not step.is_new(gone.parent) and thing not in added:
                table = step.former(gone.parent)
                text = f"the upgrade drops the column; {forever or 'the rollback brings it back without its values'}"
                losses.append(Loss(table, (gone.name.name,), Direction.UPGRADE, text, statement.source))
        if facts.tag in {"DELETE", "TRUNCATE TABLE"}:
            for effect in facts.effects[:1] if facts.tag == "DELETE" else facts.effects:
                if not step.is_new(effect.relation):
                    table = step.former(effect.relation)
                    text = "the upgrade deletes rows"
                    losses.append(Loss(table, (), Direction.UPGRADE, text, statement.source))
    return losses


def _lost_by_rollback(ledger: Ledger, made: frozenset[Name], columns: frozenset[Object]) -> list[Loss]:
    """What was written since the upgrade, and goes when the rollback runs."""
    losses: list[Loss] = []
    for step in ledger.steps:
        statement, facts = step.statement, step.statement.facts
        if facts.tag in {"DELETE", "TRUNCATE TABLE"}:
            for effect in facts.effects[:1] if facts.tag == "DELETE" else facts.effects:
                if not step.is_new(effect.relation):
                    text = "the rollback deletes rows"
                    losses.append(Loss(step.former(effect.relation), (), Direction.ROLLBACK, text, statement.source))
        match statement.syntax:
            case DropObjects(kind=kind, targets=targets, cascade=True) if kind in _CASCADES:
                text = f"dropped with {_CASCADES[kind]}"
                losses += (Loss(each.name, (), Direction.ROLLBACK, text, statement.source) for each in targets)
        for gone in facts.drops:
            if gone.kind in _TABLES and not step.is_new(gone.name):
                table = step.former(gone.name)
                since = "all rows" if table in made else "rows that were there before the release"
                losses.append(Loss(table, (), Direction.ROLLBACK, f"dropped with {since}", statement.source))
            elif gone.kind == "column" and gone.parent and step.former(gone.parent) not in made:
                table = step.former(gone.parent)
                mine = Object("column", gone.name, table) in columns
                what = (
                    "what was written to it since the upgrade" if mine else "values that were there before the release"
                )
                text = f"dropped with {what}"
                losses.append(Loss(table, (gone.name.name,), Direction.ROLLBACK, text, statement.source))
    return losses


def changes_unasked(rollback: Ledger) -> tuple[str, ...]:
    """Statements of a rollback that may change or remove what was written since, but for tables that go anyway."""
    drops = ((step, gone) for step in rollback.steps for gone in step.statement.facts.drops)
    gone = {step.former(each.name) for step, each in drops if each.kind in _TABLES}
    found: dict[str, None] = {}
    for step in rollback.steps:
        facts, syntax = step.statement.facts, step.statement.syntax
        there = [
            each
            for each in facts.effects[:1]
            if not step.is_new(each.relation) and step.former(each.relation) not in gone
        ]
        called = f"{facts.called} {facts.subject}".strip()
        match syntax:
            case AlterTable(actions=actions) if there:
                retyped = (each.name for each in actions if each.kind is ActionKind.ALTER_COLUMN_TYPE)
                found |= dict.fromkeys(f"another type of {there[0].relation}.{each}" for each in retyped)
            case DropObjects(cascade=True) | DropOwned():
                found[f"{called} CASCADE"] = None
            case _ if is_opaque(syntax):
                found[f"{called} ({step.statement.source})"] = None
            case _ if facts.tag in _CHANGES and there:
                found[called] = None
    return tuple(found)


def _created_columns(ledger: Ledger) -> frozenset[Object]:
    return frozenset(
        step.whole(made) for step in ledger.steps for made in step.statement.facts.creates if made.kind == "column"
    )


def _computed_columns(steps: Iterable[LedgerStep]) -> frozenset[tuple[Name, str]]:
    """Generated columns: nobody writes to them, and they are computed anew."""
    return frozenset(
        (step.at(each.object.parent), each.object.name.name)
        for step in steps
        for each in step.statement.facts.marks
        if each.mark is Mark.GENERATED and each.object.parent
    )
