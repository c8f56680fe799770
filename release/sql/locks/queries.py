"""What queries do to relations, as rows of the table; and functions that change tables behind a SELECT."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

from release.model import Name
from release.model.syntax import Call, ConstantKind, RelationUse, Use
from release.sql.locks.hit import FormHit, at, hit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from release.model.syntax import Argument

SEQUENCE_FUNCTIONS = frozenset({"nextval", "setval"})
GEOMETRY_FUNCTIONS = frozenset(
    {"addgeometrycolumn", "dropgeometrycolumn", "dropgeometrytable", "updategeometrysrid", "populate_geometry_columns"}
)
_CHANGES = {Use.INSERT: "InsertStmt", Use.UPDATE: "UpdateStmt", Use.DELETE: "DeleteStmt", Use.MERGE: "MergeStmt"}


def match_uses(uses: Iterable[RelationUse | Call]) -> Iterator[FormHit]:
    """Yield the hits of what queries do to relations, and of the functions that they call."""
    for use in uses:
        if isinstance(use, Call):
            yield from _match_call(use)
        else:
            yield at(_match_use(use), use)


def _match_use(use: RelationUse) -> FormHit:
    if use.use is Use.READ:
        return hit("SelectStmt", read=use.relation)
    if use.use is Use.LOCK:
        return hit("SelectStmt FOR UPDATE", locked=use.relation)
    return hit(_CHANGES[use.use], use.relation)


def _match_call(call: Call) -> Iterator[FormHit]:
    function = call.name.name
    if function in SEQUENCE_FUNCTIONS and call.arguments:
        yield hit("nextval", call.arguments[0].relation)
    elif function in GEOMETRY_FUNCTIONS:
        yield _geometry_call(function, call.arguments)


def _geometry_call(function: str, arguments: tuple[Argument, ...]) -> FormHit:
    """AddGeometryColumn(['catalog', ['schema',]] 'table', 'column', srid, …) and its like.

    The table comes last, or last but the column, of the leading string arguments; these are names, not identifiers:
    PostGIS quotes them. Populate_Geometry_Columns takes a regclass.
    """
    if function == "populate_geometry_columns":
        return hit(function, arguments[0].relation if arguments else None)
    named = {argument.name: argument for argument in arguments if argument.name}
    strings = [argument.string for argument in takewhile(_is_string, arguments)]
    if "table_name" in named:
        schema = named["schema_name"].string if "schema_name" in named else ""
        subject: Name | None = Name(named["table_name"].string, schema)
    else:
        before = strings if function == "dropgeometrytable" else strings[:-1]
        subject = Name(before[-1], before[-2] if len(before) > 1 else "") if before else None
    if function == "addgeometrycolumn" and _is_false(named.get("use_typmod", arguments[-1] if arguments else None)):
        function += " use_typmod false"
    return hit(function, subject)


def _is_string(argument: Argument) -> bool:
    """Whether an argument is a string by its place, which no type is written at."""
    constant = argument.constant
    return not argument.name and constant is not None and constant.kind is ConstantKind.STRING and not constant.cast


def _is_false(flag: Argument | None) -> bool:
    constant = flag.constant if flag and flag.name in {"", "use_typmod"} else None
    return constant is not None and constant.kind is ConstantKind.BOOLEAN and constant.text == "false"
