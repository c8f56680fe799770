"""What does not come back: derived from the statements, completed by the author."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Direction, Loss, Mark, Object
from release.plan.name_resolution import in_schema, qualify
from release.plan.prior_relations import Relations, created_relations

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from release.model import Name, Source, Statement

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
    upgrade: Sequence[Statement], rollback: Sequence[Statement], declarations: Iterable[Declaration], schema: str
) -> tuple[Loss, ...]:
    """Losses of a release, in the order of the statements that cause them; a declaration replaces the derived one.

    Args:
        schema: schema of unqualified names.
    """
    made = created_relations(upgrade, schema)
    columns = _created_columns(upgrade, schema)
    computed = _computed_columns((*upgrade, *rollback), schema)
    found = [*_lost_by_upgrade(upgrade, schema), *_lost_by_rollback(rollback, made, columns, schema)]
    found = [each for each in found if not each.columns or (each.relation, each.columns[0]) not in computed]
    for each in declarations:
        relation = qualify(Object("table", each.relation), schema).name
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


def _lost_by_upgrade(statements: Iterable[Statement], schema: str) -> list[Loss]:
    """What was there before, and goes when the upgrade runs."""
    relations = Relations(schema)
    added: set[Object] = set()
    losses: list[Loss] = []
    for statement in statements:
        facts = statement.facts
        added.update(qualify(made, schema) for made in facts.creates if made.kind == "column")
        for gone in facts.drops:
            thing = qualify(gone, schema)
            if gone.kind in _TABLES and not relations.is_new(gone.name):
                text = "the upgrade drops the table; the rollback brings it back empty"
                losses.append(Loss(relations.former(gone.name), (), Direction.UPGRADE, text, statement.source))
            elif gone.kind == "column" and gone.parent and not relations.is_new(gone.parent) and thing not in added:
                table = relations.former(gone.parent)
                text = "the upgrade drops the column; the rollback brings it back without its values"
                losses.append(Loss(table, (str(gone.name),), Direction.UPGRADE, text, statement.source))
        if facts.tag in {"DELETE", "TRUNCATE TABLE"}:
            for effect in facts.effects[:1] if facts.tag == "DELETE" else facts.effects:
                if not relations.is_new(effect.relation):
                    table = relations.former(effect.relation)
                    text = "the upgrade deletes rows"
                    losses.append(Loss(table, (), Direction.UPGRADE, text, statement.source))
        relations.follow(statement)
    return losses


def _lost_by_rollback(
    statements: Iterable[Statement], made: frozenset[Name], columns: frozenset[Object], schema: str
) -> list[Loss]:
    """What was written since the upgrade, and goes when the rollback runs."""
    relations = Relations(schema)
    losses: list[Loss] = []
    for statement in statements:
        for gone in statement.facts.drops:
            if gone.kind in _TABLES and not relations.is_new(gone.name):
                table = relations.former(gone.name)
                since = "all rows" if table in made else "rows that were there before the release"
                losses.append(Loss(table, (), Direction.ROLLBACK, f"dropped with {since}", statement.source))
            elif gone.kind == "column" and gone.parent and relations.former(gone.parent) not in made:
                table = relations.former(gone.parent)
                mine = qualify(Object("column", gone.name, table), schema) in columns
                what = (
                    "what was written to it since the upgrade" if mine else "values that were there before the release"
                )
                text = f"dropped with {what}"
                losses.append(Loss(table, (str(gone.name),), Direction.ROLLBACK, text, statement.source))
        relations.follow(statement)
    return losses


def _created_columns(statements: Iterable[Statement], schema: str) -> frozenset[Object]:
    return frozenset(
        qualify(made, schema) for statement in statements for made in statement.facts.creates if made.kind == "column"
    )


def _computed_columns(statements: Iterable[Statement], schema: str) -> frozenset[tuple[Name, str]]:
    """Generated columns: nobody writes to them, and they are computed anew."""
    return frozenset(
        (in_schema(each.object.parent, schema), each.object.name.name)
        for statement in statements
        for each in statement.facts.marks
        if each.mark is Mark.GENERATED and each.object.parent
    )
