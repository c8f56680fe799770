"""What the preflight asks of rows that an UPDATE or an INSERT writes: as they will be, without being written.

The query itself is made on the server, by the fixed text of preflight.sql: from what stands here, and from what the
catalog has of the table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Name
from release.model.syntax import RelationUse, TruncateTables, Use
from release.plan.name_resolution import is_system
from release.plan.query_pieces import pieces, place, places_of
from release.sql.facts.row_conditions import COLLIDING, COLLIDING_KEYS, ORPHANED
from release.sql.facts.spatial import spatial_of
from release.sql.read.quote import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from release.model.syntax import ChangeRows, InsertedRows
    from release.plan.ledger import LedgerStep

Asked = dict[str, object]
"""What a row of the data says of a question, beside its table."""


def question_of_change(change: ChangeRows, trouble: str, step: LedgerStep) -> Asked:
    """What to ask of the rows; nothing where their table, or what is said of it, is not as it was by then."""
    table, contents = change.relation.name, change.contents
    if step.has_touched("definition", table) or step.former(table).name != table.name:
        return {}
    if any(step.has_touched("label", Name(each)) for each in contents.strings):
        return {}
    if any(step.has_touched("type", each.name) for each in contents.types):
        return {}
    if change.inserted:
        return _of_insert(change, change.inserted, trouble, step)
    return _of_update(change, step, collisions=trouble == COLLIDING)


def _of_update(change: ChangeRows, step: LedgerStep, *, collisions: bool) -> Asked:
    table = change.relation.name
    values = {column: value.text for column, value in change.assigned}
    if collisions:
        if change.relation.only:
            return {}
        condition = change.where.text if change.where else "TRUE"
        return {"of": "keys that an UPDATE gives", "set": values, "alias": identifier(table.name), "where": condition}
    only = "ONLY " if change.relation.only else ""
    where = f" WHERE {change.where.text}" if change.where else ""
    source = f"FROM {only}{place(step.former(table))} AS {identifier(table.name)}{where}"
    return {"of": "rows of an UPDATE", "set": values, "query": pieces(source)}


def _of_insert(change: ChangeRows, rows: InsertedRows, trouble: str, step: LedgerStep) -> Asked:
    table = change.relation.name
    if step.is_after_opaque() or any(step.has_touched("srid", Name(str(each))) for each in spatial_of(change).srids):
        return {}
    uses = [each for each in change.contents.uses if isinstance(each, RelationUse)]
    read = tuple(dict.fromkeys(step.at(each.relation) for each in uses if each.use is Use.READ))
    if not all(_is_as_it_was(each, step) for each in read):
        return {}
    changed = step.changed()
    if trouble == COLLIDING_KEYS and (step.may_have_changed(table) or _has_cascaded(step)):
        return {}
    names = ", ".join(f"c{each}" for each in range(1, rows.width + 1))
    asked: Asked = {"of": _OF.get(trouble, "rows of an INSERT"), "width": rows.width}
    if change.columns:
        asked["columns"] = change.columns
    asked["query"] = f"FROM ({rows.query}) AS given ({names})"
    if changed:
        asked |= _names("changed", changed)
        asked |= _names("reads", [*read, *([table] if trouble == COLLIDING_KEYS else [])])
    return asked


_OF = {COLLIDING_KEYS: "keys of an INSERT", ORPHANED: "parents of an INSERT"}


def _is_as_it_was(table: Name, step: LedgerStep) -> bool:
    """Whether a query reads the same of a table before the release, under the name that it has in its statement."""
    if is_system(table) or step.may_be_new(table) or step.is_elsewhere(table) or step.former(table) != step.at(table):
        return False
    return not step.has_touched("definition", table) and not step.may_have_changed(table)


def _names(key: str, names: Iterable[Name]) -> Mapping[str, object]:
    """All that they may be the names of: one table too many keeps the preflight from saying what it does not know."""
    found = dict.fromkeys(text for each in names for text in places_of(each))
    return {key: tuple(found)} if found else {}


def _has_cascaded(step: LedgerStep) -> bool:
    earlier = (each.statement.syntax for each in step.ledger.steps[: step.index])
    return any(isinstance(each, TruncateTables) and each.cascade for each in earlier)
