"""What an upgrade's statements call and name by kinds other than relations, and what must therefore be there before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Name
from release.model.syntax import (
    ActionKind,
    AlterEnum,
    AlterTable,
    ConstraintKind,
    CreateIndex,
    CreateRoutine,
    CreateTable,
    CreateTrigger,
    NamedObject,
)
from release.sql.facts.spatial import TYPES as SPATIAL_TYPES
from release.sql.facts.spatial import is_spatial
from release.sql.read.types import SERIAL
from release.sql.versions import ROWS
from release.sql.versions.own import FUNCTIONS, TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model.syntax import ConstraintSpec, Contents, IndexKey, Syntax, TypeName
    from release.plan.ledger import Ledger, LedgerStep

_METHODS = frozenset({"btree", "hash", "gist", "gin", "spgist", "brin"})
_COLLATIONS = frozenset({"default", "C", "POSIX"})


@dataclass(frozen=True, slots=True)
class RequiredName:
    """Something that a statement takes for granted, under its name before the upgrade.

    Attributes:
        kind: "function" (any routine), "type", "operator class", "collation", "access method" or "extension"; or
            "available extension", which the server has files of.
        method: of an operator class: the access method that it is for.
        until: the last segment that names it.
    """

    kind: str
    name: Name
    method: str
    until: int


def find_required_names(ledger: Ledger) -> tuple[RequiredName, ...]:
    """What must be there, in the order of the statements; not what is PostgreSQL's or PostGIS' own for certain.

    Nothing is asked for behind a statement that may make things which its text does not tell.
    """
    found: dict[tuple[str, Name, str], int] = {}
    for step in ledger.steps:
        if step.brings_unknown():
            break
        if step.statement.syntax.if_exists:
            continue
        for kind, name, method in _named(step.statement.syntax):
            if not _is_made(kind, name, step):
                found[kind, name, method] = step.segment.number
    return tuple(RequiredName(*key, until) for key, until in found.items())


def _is_made(kind: str, name: Name, step: LedgerStep) -> bool:
    """Whether the release may have made it before, or its path is another by then."""
    if kind.endswith("extension"):
        return step.has_touched("extension", name)
    if name.schema:
        if step.has_touched("schema", Name(name.schema)):
            return True
    elif step.is_elsewhere(name):
        return True
    # a type is called as a function is, and a row type's column too
    kinds = {"function": ("function", "type"), "type": ("type",)}.get(kind, (kind,))
    return any(step.has_touched(each, name) for each in kinds)


def _named(syntax: Syntax) -> Iterator[tuple[str, Name, str]]:
    for kind, name in _in_contents(syntax.contents):
        yield kind, name, ""
    match syntax:
        case CreateIndex(method=method, keys=keys):
            yield from _of_keys(method, keys)
        case AlterTable(actions=actions):
            for action in actions:
                if action.kind is ActionKind.ADD_CONSTRAINT and action.constraint:
                    yield from _of_constraint(action.constraint)
        case CreateTable(constraints=constraints):
            for constraint in constraints:
                yield from _of_constraint(constraint)
        case CreateTrigger(function=function):
            if not _is_own_function(function):
                yield "function", function, ""
        case CreateRoutine(body=body):
            # looked up when it is created; other names when it runs
            yield from (("type", each.name, "") for each in body.types if _is_asked(each))
            for piece in body.pieces if body.checked else ():
                yield from ((kind, name, "") for kind, name in _in_contents(piece.syntax.contents))
        case AlterEnum(name=name):
            yield "type", name, ""
        case NamedObject(node="CreateExtensionStmt", name=word):
            # the guard asks for the others elsewhere
            if f"extension {word}" not in ROWS and word != "postgis":
                yield "available extension", Name(word), ""
        case NamedObject(node="AlterExtensionStmt", name=word):
            yield "extension", Name(word), ""


def _in_contents(contents: Contents) -> Iterator[tuple[str, Name]]:
    for call in contents.calls:
        if not _is_own_function(call.name):
            yield "function", call.name
    for each in contents.types:
        if _is_asked(each):
            yield "type", each.name
    for collation in contents.collations:
        if not _is_own_collation(collation):
            yield "collation", collation


def _is_asked(kind: TypeName) -> bool:
    return not (kind.builtin or kind.of_column or _is_own_type(kind.name))


def _of_constraint(constraint: ConstraintSpec) -> Iterator[tuple[str, Name, str]]:
    if constraint.kind is ConstraintKind.EXCLUSION:
        yield from _of_keys(constraint.method, tuple(key for key, _ in constraint.exclusions))


def _of_keys(method: str, keys: tuple[IndexKey, ...]) -> Iterator[tuple[str, Name, str]]:
    if method not in _METHODS:
        yield "access method", Name(method), ""
    for key in keys:
        if key.opclass:
            yield "operator class", _name(key.opclass), method
        if key.collation and not _is_own_collation(_name(key.collation)):
            yield "collation", _name(key.collation), ""


def _name(words: tuple[str, ...]) -> Name:
    return Name(words[-1], "".join(words[-2:-1]))


def _is_own_function(name: Name) -> bool:
    return (
        name.schema in {"pg_catalog", "information_schema"}
        or name.name in FUNCTIONS
        or f"function {name.name}" in ROWS
        or is_spatial(name.name)
        # a cast that is written as a call
        or _is_own_type(Name(name.name))
    )


def _is_own_type(name: Name) -> bool:
    return (
        name.schema in {"pg_catalog", "information_schema"}
        or name.name.removeprefix("_") in TYPES | SERIAL
        or f"type {name.name}" in ROWS
        or name.name in SPATIAL_TYPES
    )


def _is_own_collation(name: Name) -> bool:
    return name.schema == "pg_catalog" or name.name in _COLLATIONS or f"collation {name.name}" in ROWS
