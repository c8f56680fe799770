"""What else a script has to do with than the things of its ledger: which parts it touches, whose rows it changes.

Of routines, types, labels, SRIDs and defaults it is known whether the script may have touched them, and from which
statement on nothing can be known: after dynamic SQL, and after a function that nobody knows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Name, Object, Work
from release.model.syntax import (
    ActionKind,
    AlterEnum,
    AlterTable,
    ChangeRows,
    CreateEnum,
    DoBlock,
    RelationUse,
    Select,
    SetSchema,
    Use,
)
from release.plan.inventory import RELATIONS, ROUTINES
from release.sql.facts.changes import KINDS
from release.sql.facts.opaque import brings_along, is_opaque

if TYPE_CHECKING:
    from release.plan.inventory import Thing
    from release.plan.ledger import LedgerStep

# every relation has a type of its name
_WITH_TYPE = RELATIONS | {"domain"}
_CHANGED = frozenset({Work.WRITE, Work.EMPTY})
_ANY = Name("*")


class Touches:
    """What a script touches and changes, by the index of the statement from which on.

    Attributes:
        opaque: index of the first statement after one that may do anything to any table; None: there is none.
        unknown: index of the first statement after one that may make things which its text does not name, or None.
        unread: index of the first statement after one of which nobody has read what it runs, or None.
    """

    def __init__(self) -> None:
        self._labels: dict[int, list[tuple[int, tuple[str, ...]]]] = {}  # by identity of their type
        self._touched: dict[Object, int] = {}
        self._changed: dict[Object, int] = {}
        self.opaque: int | None = None
        self.unknown: int | None = None
        self.unread: int | None = None

    def has_touched(self, thing: Object, index: int) -> bool:
        found = (thing, Object(thing.kind, _ANY)) if thing.kind == "srid" else (thing,)
        return any(is_after(self._touched.get(each), index) for each in found)

    def has_changed(self, thing: Object, index: int) -> bool:
        return is_after(self.opaque, index) or is_after(self._changed.get(thing), index)

    def changed(self, index: int) -> tuple[Name, ...]:
        """Names of tables that are changed, and of all that is made, renamed, moved or dropped."""
        found = {**{each: since for each, since in self._touched.items() if each.kind == "type"}, **self._changed}
        names = {each.name for each, since in found.items() if each.kind != "column" and is_after(since, index)}
        return tuple(sorted(names, key=lambda each: (each.schema, each.name)))

    def is_retyped(self, table: Name, column: str, index: int) -> bool:
        """Whether a column is of a type that was not there.

        Args:
            table: its name before the script.
        """
        return is_after(self._touched.get(Object("retyped", Name(column), table)), index)

    def labels(self, who: Thing | None, index: int) -> tuple[str, ...] | None:
        known = [labels for since, labels in self._labels.get(id(who), ()) if since <= index] if who else []
        return known[-1] if known else None

    def follow(self, step: LedgerStep) -> None:
        self._touch(step)
        self._change(step)
        self._follow_types(step)
        self._follow_labels(step)

    def _touch(self, step: LedgerStep) -> None:
        """Take down what else than relations and columns a statement has to do with, and what nobody can know of it."""
        facts, syntax, after = step.statement.facts, step.statement.syntax, step.index + 1
        for thing in (*facts.creates, *facts.drops, *(each for pair in facts.renames for each in pair)):
            if thing.kind in _WITH_TYPE:
                self._touched.setdefault(Object("type", step.at(thing.name)), after)
            elif thing.kind in ROUTINES:
                self._touched.setdefault(Object("function", step.at(thing.name)), after)
            elif not thing.parent:
                self._touched.setdefault(Object(thing.kind, thing.name), after)
            if thing.parent:
                self._touched.setdefault(Object("definition", step.former(thing.parent)), after)
        match syntax:
            case SetSchema(target=target, schema=schema, kind=kind) if target and schema:
                kept = "function" if KINDS.get(kind) in ROUTINES else KINDS.get(kind, "")
                self._touched.setdefault(Object(kept, step.at(target.name)), after)
                self._touched.setdefault(Object(kept, Name(target.name.name, schema)), after)
            case AlterEnum(new=label):
                self._touched.setdefault(Object("label", Name(label)), after)
            case ChangeRows(relation=relation, srids=srids) if relation.name.name == "spatial_ref_sys":
                for srid in (_ANY,) if srids is None else (Name(each) for each in srids):
                    self._touched.setdefault(Object("srid", srid), after)
            case AlterTable(relation=relation, actions=actions):
                self._touched.setdefault(Object("definition", step.former(relation.name)), after)
                for action in actions:
                    if action.kind is ActionKind.COLUMN_DEFAULT:
                        column = step.former_column(relation.name, action.name)
                        if column:
                            default = Object("default", Name(column), step.former(relation.name))
                            self._touched.setdefault(default, after)
        if is_opaque(syntax):
            self.opaque = after if self.opaque is None else self.opaque
            if not isinstance(syntax, Select):
                self.unread = after if self.unread is None else self.unread
        if brings_along(syntax):
            self.unknown = after if self.unknown is None else self.unknown

    def _change(self, step: LedgerStep) -> None:
        after = step.index + 1
        for effect in step.statement.facts.effects:
            if _CHANGED & {*effect.work}:
                self._changed.setdefault(Object("table", step.former(effect.relation)), after)
        match step.statement.syntax:
            case DoBlock(body=body):
                for use in (each for piece in body.pieces for each in piece.syntax.contents.uses):
                    if isinstance(use, RelationUse) and use.use not in (Use.READ, Use.LOCK):
                        self._changed.setdefault(Object("table", step.former(use.relation)), after)
            case AlterTable(relation=relation, actions=actions):
                for action in actions:
                    if action.kind is ActionKind.ALTER_COLUMN_TYPE and action.column and action.column.using:
                        column = step.former_column(relation.name, action.name) or action.name
                        self._changed.setdefault(Object("column", Name(column), step.former(relation.name)), after)

    def _follow_labels(self, step: LedgerStep) -> None:
        after = step.index + 1
        match step.statement.syntax:
            case CreateEnum(name=name, labels=labels):
                pass
            case AlterEnum(name=name, old=old, new=new) if (known := step.labels(name)) is not None:
                labels = tuple(new if each == old else each for each in known) if old else (*known, new)
            case _:
                return
        who = step.ledger.who(step.at(name), after)
        if who:
            self._labels.setdefault(id(who), []).append((after, labels))

    def _follow_types(self, step: LedgerStep) -> None:
        """What is compared with the values of a column from its new type on is of a type that was not there."""
        if not isinstance(step.statement.syntax, AlterTable):
            return
        table = step.former(step.statement.syntax.relation.name)
        for action in step.statement.syntax.actions:
            kind = action.column.type if action.column and action.kind is ActionKind.ALTER_COLUMN_TYPE else None
            if kind and step.has_touched("type", kind.name):
                self._touched.setdefault(Object("retyped", Name(action.name), table), step.index + 1)


def is_after(since: int | None, index: int) -> bool:
    return since is not None and since <= index
