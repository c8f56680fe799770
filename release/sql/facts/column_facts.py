"""Facts of columns and constraints: type, nullability, default, reference; see `release.sql.facts.catalog_facts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Name, Object
from release.model.syntax import ConstantKind, ConstraintKind
from release.sql.read.quote import spelled
from release.sql.read.types import SERIAL, spatial_entry, spatial_text, type_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from release.model.syntax import Argument, ColumnSpec, ConstraintSpec, Expression, Syntax, TypeName

Facts = tuple[tuple[str, str], ...]
"""Pairs of what a fact is about and the fact."""

_NOT_NULL = frozenset({ConstraintKind.NOTNULL, ConstraintKind.PRIMARY, ConstraintKind.IDENTITY})
_WORDS = {
    ConstraintKind.CHECK: "CHECK",
    ConstraintKind.PRIMARY: "PRIMARY KEY",
    ConstraintKind.UNIQUE: "UNIQUE",
    ConstraintKind.FOREIGN: "FOREIGN KEY",
    ConstraintKind.EXCLUSION: "EXCLUDE",
}
_ACTION = {"c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT", "r": "RESTRICT"}
_DEFERS = frozenset({ConstraintKind.ATTR_DEFERRABLE, ConstraintKind.ATTR_DEFERRED})
# types whose values the catalog writes as they were given
_AS_GIVEN = frozenset({"text", "character varying"})


def column_facts(column: ColumnSpec, *, key: bool) -> Facts:
    """What a column definition says.

    Args:
        key: the table's own PRIMARY KEY names it.
    """
    kinds = {each.kind: each for each in column.constraints}
    serial = column.type is not None and column.type.name.name in SERIAL
    null = "NOT NULL" if kinds.keys() & _NOT_NULL or key or serial else "NULL"
    default = "no default"
    if ConstraintKind.DEFAULT in kinds:
        written = type_text(column.type) if column.type else ""
        default = default_fact(kinds[ConstraintKind.DEFAULT].expression, written)
    elif ConstraintKind.GENERATED in kinds:
        default = "GENERATED"
    elif ConstraintKind.IDENTITY in kinds:
        default = identity_fact(kinds[ConstraintKind.IDENTITY])
    elif serial:
        default = "a default"
    # the type may be a domain with a default or a NOT NULL of its own: neither shows in the column
    return (*type_facts(column.type), ("null", null), ("default", default))


def type_facts(type_name: TypeName | None) -> Facts:
    entry = spatial_text(type_name) if type_name else ""
    written = type_text(type_name) if type_name else ""
    return (("type", written), ("entry", f"geometry_columns: {entry}" if entry else ""))


def identity_fact(identity: ConstraintSpec) -> str:
    return f"GENERATED {'ALWAYS' if identity.generated_when == 'a' else 'BY DEFAULT'} AS IDENTITY"


def default_fact(expression: Expression | None, written: str) -> str:
    """DEFAULT and its text where the catalog is certain to write it so, else that there is one.

    Args:
        written: the column's type, "" when the statement does not say.
    """
    if expression is None:
        return "a default"
    zoned = written == "timestamp with time zone"
    if expression.keyword:
        return f"DEFAULT {expression.text.upper()}" if zoned else "a default"
    if [(str(call.name), call.arguments) for call in expression.calls] == [("now", ())] and expression.text == "now()":
        return "DEFAULT now()" if zoned else "a default"
    constant = expression.constant
    if constant is None:
        return "a default"
    match constant.kind:
        case ConstantKind.NULL:
            return ""  # DEFAULT NULL is none, but for a domain
        case ConstantKind.BOOLEAN if written == "boolean":
            return f"DEFAULT {constant.text}"
        case ConstantKind.INTEGER if written == "integer" and int(constant.text) >= 0:
            return f"DEFAULT {constant.text}"
        case ConstantKind.STRING if written.partition("(")[0] in _AS_GIVEN and "\\" not in constant.text:
            return "DEFAULT '{}'".format(constant.text.replace("'", "''"))
        case _:
            return "a default"


def constraint_facts(constraint: ConstraintSpec, schema: str, column: ColumnSpec | None = None) -> Facts:
    """What a constraint says: its definition where nothing of it is left to the server, else its kind.

    Args:
        schema: schema of unqualified names.
        column: that it is written in.
    """
    if constraint.kind not in _WORDS:
        return ()
    definition = _definition(constraint, schema, column) or _WORDS[constraint.kind]
    return (("definition", definition), ("valid", "NOT VALID" if constraint.not_valid else "valid"))


def _definition(constraint: ConstraintSpec, schema: str, column: ColumnSpec | None) -> str:
    """As pg_get_constraintdef writes it; "" where that cannot be known."""
    own = (column.name,) if column else ()
    if column and any(each.kind in _DEFERS for each in column.constraints):
        return ""
    later = f"{' DEFERRABLE' * constraint.deferrable}{' INITIALLY DEFERRED' * constraint.deferred}"
    if constraint.kind in (ConstraintKind.PRIMARY, ConstraintKind.UNIQUE):
        keys = own or constraint.columns
        if not keys or constraint.without_overlaps:
            return ""
        more = constraint.including
        nulls = " NULLS NOT DISTINCT" if constraint.nulls_not_distinct else ""
        word = _WORDS[constraint.kind]
        return f"{word}{nulls} ({_listed(keys)}){f' INCLUDE ({_listed(more)})' if more else ''}{later}"
    if not constraint.target or not constraint.target_columns or constraint.set_columns or constraint.with_period:
        return ""
    if constraint.target.schema not in {"", schema}:
        return ""  # whether the catalog writes the schema depends on the search path
    match = " MATCH FULL" if constraint.match == "f" else ""
    update = f" ON UPDATE {_ACTION[constraint.on_update]}" if constraint.on_update in _ACTION else ""
    delete = f" ON DELETE {_ACTION[constraint.on_delete]}" if constraint.on_delete in _ACTION else ""
    columns, there = _listed(own or constraint.columns), _listed(constraint.target_columns)
    target = spelled(Name(constraint.target.name))
    return f"FOREIGN KEY ({columns}) REFERENCES {target}({there}){match}{update}{delete}{later}"


def geometry_facts(syntax: Syntax) -> Iterator[tuple[Object, Facts]]:
    """Columns that AddGeometryColumn adds, called with constants (PostGIS manual, AddGeometryColumn)."""
    for call in syntax.contents.calls:
        if call.name.name != "addgeometrycolumn":
            continue
        values = [_value(item) for item in call.arguments]
        numbers = [place for place, value in enumerate(values) if value.isdigit()]
        first = numbers[0] if numbers else 0
        if first < 2 or len(values) < first + 3 or not values[first + 2].isdigit():
            continue
        table = Name(values[first - 2], values[first - 3] if first > 2 else "")
        shape, dimensions = values[first + 1].upper(), int(values[first + 2])
        plain = shape if shape.endswith("M") and dimensions == 3 else shape.removesuffix("M").removesuffix("Z")
        entry = f"geometry_columns: {spatial_entry(plain, values[first], dimensions)}"
        yield Object("column", Name(values[first - 1]), table), (("entry", entry), ("null", "NULL"))


def _value(argument: Argument) -> str:
    constant = argument.constant
    return constant.text if constant and constant.kind in (ConstantKind.INTEGER, ConstantKind.STRING) else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(spelled(Name(name)) for name in names)
