"""What must belong to the role for a script to run: every object that its statements drop, rename or alter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Name, Object
from release.model.syntax import (
    AlterDomain,
    AlterEnum,
    CommentOn,
    CreateRoutine,
    CreateView,
    ObjectKind,
    RenameObject,
    SetSchema,
)
from release.plan.inventory import INSIDE, RELATIONS, ROUTINES
from release.plan.name_resolution import is_system
from release.plan.rows import Row
from release.sql.facts.changes import KINDS, changes_of
from release.sql.facts.removals import DepartureKind, departures_of
from release.sql.read.types import input_types, routine_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from release.plan.ledger import Ledger, LedgerStep
    from release.plan.required_relations import TouchedRelation
    from release.plan.rollback_entry import Undo

_KINDS = (RELATIONS - {"type"}) | ROUTINES | {"type", "domain", "schema", "extension"}
_TOGETHER = {"relation": "relations", "index": "indexes"}
_Wanted = tuple[Object, tuple[str, ...] | None]


def find_owned_objects(ledger: Ledger, relations: Iterable[TouchedRelation], undo: Undo | None) -> tuple[Row, ...]:
    """Rows of kind 'owner', in the order of the statements: `name` is the kind of object.

    `segment` is the last that needs it under its name. Detail: "since", of a rollback that may start in the middle of
    its upgrade: the upgrade segment from which on it is needed; "dropped": the owner of its schema may do it, too.
    Relations of a schema, and indexes whose table nobody tells, stand in one row each, with their "names".

    Args:
        relations: that must be owned for what is done to their rows or definitions.
    """
    found: dict[tuple[str, Name | str], tuple[int, int, bool]] = {}
    for each in relations:
        found["relation", each.name] = each.until, each.since, False
    known = {name for _, name in found}
    for step in ledger.steps:
        since = undo.since[step.index] if undo else 1
        for (thing, arguments), dropped in _wanted(step):
            kind, at_start = _at_start(step, thing, arguments)
            if at_start is None or at_start in known:
                continue
            number = step.segment.number
            until, first, only = found.get((kind, at_start), (number, since, dropped))
            found[kind, at_start] = max(until, number), min(first, since), only and dropped
    together: dict[tuple[str, str, int, int, bool], list[str]] = {}
    rows: list[Row] = []
    for (kind, name), (until, first, only) in found.items():
        if kind in _TOGETHER and isinstance(name, Name) and name.schema and not name.path:
            together.setdefault((name.schema, _TOGETHER[kind], until, first, only), []).append(name.name)
        else:
            rows.append(Row("owner", name, kind, until, _detail(first, dropped=only)))
    rows += [
        Row("owner", schema, kinds, until, {**_detail(first, dropped=only), "names": names})
        for (schema, kinds, until, first, only), names in together.items()
    ]
    return tuple(rows)


def _detail(since: int, *, dropped: bool) -> dict[str, object]:
    return {key: value for key, value in (("since", since), ("dropped", dropped)) if value > 1 or value is True}


def _wanted(step: LedgerStep) -> Iterator[tuple[_Wanted, bool]]:
    """What a statement can only be done to by its owner, as written; and whether it is dropped whole."""
    syntax = step.statement.syntax
    for each in departures_of(syntax):
        whole = each.way is DepartureKind.DROP and each.thing.kind not in INSIDE
        yield _holder(each.thing, each.arguments), whole
    for old, _ in changes_of(syntax).renames:
        yield _holder(old, None), False
    match syntax:
        case CommentOn(kind=kind, target=target) if kind in KINDS:
            yield _holder(Object(KINDS[kind], target.name, target.parent), target.arguments), False
        case SetSchema(kind=kind, relation=relation, target=target) if kind in KINDS:
            name = relation or (target.name if target else None)
            if name:
                yield (Object(KINDS[kind], name), target.arguments if target else None), False
        case RenameObject(kind=ObjectKind.SCHEMA, old=schema) if schema:
            yield (Object("schema", Name(schema)), None), False
        case AlterEnum(name=name) | AlterDomain(name=name):
            yield (Object("type", name), None), False
        case CreateView(name=name, replace=True):
            yield (Object("view", name), None), False
        case CreateRoutine(name=name, if_not_exists=True, parameters=parameters, procedure=procedure):
            yield (Object("procedure" if procedure else "function", name), input_types(parameters)), False


def _holder(thing: Object, arguments: tuple[str, ...] | None) -> _Wanted:
    """What it belongs to, where it has no owner of its own."""
    if thing.parent and thing.kind in INSIDE | {"default"}:
        return Object("table", thing.parent), None
    return thing, arguments


def _at_start(step: LedgerStep, thing: Object, arguments: tuple[str, ...] | None) -> tuple[str, Name | str | None]:
    """Its kind and its name before the script, a routine's with arguments; None of what the script has made."""
    kind = thing.kind
    if kind not in _KINDS or not thing.name.name:
        return kind, None
    whole = step.whole(thing)
    known = step.ledger.inventory.find(whole, step.moment, arguments)
    if known and kind == "index" and known.table:  # it has no other owner
        kind, known = "relation", known.table
    if known and known.since > step.ledger.start:
        return kind, None
    name = known.name_at(step.ledger.start) if known else whole.name
    if is_system(name):
        return kind, None
    if kind in ROUTINES and arguments is not None and all(arguments):
        return kind, routine_text(name, arguments)
    return kind, name.name if kind in {"schema", "extension"} else name
