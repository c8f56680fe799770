"""Facts of columns and constraints: type, nullability, default, reference; see `release.sql.facts.catalog_facts`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import postgast
from postgast import pg_query_pb2 as pb

from release.model import Name, Object
from release.sql.facts.changes import name_of
from release.sql.read.enums import CONSTRAINT
from release.sql.read.quote import dotted, identifier
from release.sql.read.types import SERIAL, spatial_entry, spatial_text, type_name_of, type_text

if TYPE_CHECKING:
    from collections.abc import Iterator

Facts = tuple[tuple[str, str], ...]
"""Pairs of what a fact is about and the fact."""

_NOT_NULL = frozenset({"CONSTR_NOTNULL", "CONSTR_PRIMARY", "CONSTR_IDENTITY"})
_WORDS = {
    "CONSTR_CHECK": "CHECK",
    "CONSTR_PRIMARY": "PRIMARY KEY",
    "CONSTR_UNIQUE": "UNIQUE",
    "CONSTR_FOREIGN": "FOREIGN KEY",
    "CONSTR_EXCLUSION": "EXCLUDE",
}
_ACTION = {"c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT", "r": "RESTRICT"}
_DEFERS = frozenset({"CONSTR_ATTR_DEFERRABLE", "CONSTR_ATTR_DEFERRED"})
# types whose values the catalog writes as they were given
_AS_GIVEN = frozenset({"text", "character varying"})


def column_facts(column: Any, *, key: bool) -> Facts:
    """What a column definition says.

    Args:
        column: ColumnDef of a parse tree.
        key: the table's own PRIMARY KEY names it.
    """
    kinds = {CONSTRAINT(item.constraint.contype): item.constraint for item in column.constraints}
    serial = type_name_of(column.type_name).name in SERIAL
    null = "NOT NULL" if kinds.keys() & _NOT_NULL or key or serial else "NULL"
    default = "no default"
    if "CONSTR_DEFAULT" in kinds:
        default = default_fact(kinds["CONSTR_DEFAULT"].raw_expr, type_text(column.type_name))
    elif "CONSTR_GENERATED" in kinds:
        default = "GENERATED"
    elif "CONSTR_IDENTITY" in kinds:
        default = identity_fact(kinds["CONSTR_IDENTITY"])
    elif serial:
        default = "a default"
    # the type may be a domain with a default or a NOT NULL of its own: neither shows in the column
    return (*type_facts(column), ("null", null), ("default", default))


def type_facts(column: Any) -> Facts:
    entry = spatial_text(column.type_name)
    return (("type", type_text(column.type_name)), ("entry", f"geometry_columns: {entry}" if entry else ""))


def identity_fact(constraint: Any) -> str:
    return f"GENERATED {'ALWAYS' if constraint.generated_when == 'a' else 'BY DEFAULT'} AS IDENTITY"


def default_fact(expression: Any, written: str) -> str:
    """DEFAULT and its text where the catalog is certain to write it so, else that there is one.

    Args:
        written: the column's type, "" when the statement does not say.
    """
    kind = expression.WhichOneof("node")
    if kind == "a_const" and expression.a_const.isnull:
        return ""  # DEFAULT NULL is none, but for a domain
    if kind == "a_const" and expression.a_const.WhichOneof("val") == "boolval" and written == "boolean":
        return f"DEFAULT {str(expression.a_const.boolval.boolval).lower()}"
    if kind == "a_const" and expression.a_const.WhichOneof("val") == "ival" and written == "integer":
        value = expression.a_const.ival.ival
        return f"DEFAULT {value}" if value >= 0 else "a default"
    if kind == "a_const" and expression.a_const.WhichOneof("val") == "sval" and written.partition("(")[0] in _AS_GIVEN:
        text = expression.a_const.sval.sval
        return "a default" if "\\" in text else "DEFAULT '{}'".format(text.replace("'", "''"))
    if kind == "sqlvalue_function":
        return f"DEFAULT {_written(expression)}" if written == "timestamp with time zone" else "a default"
    if kind == "func_call" and [item.string.sval for item in expression.func_call.funcname] == ["now"]:
        return "DEFAULT now()" if written == "timestamp with time zone" else "a default"
    return "a default"


def constraint_facts(constraint: Any, schema: str, column: Any = None) -> Facts:
    """What a constraint says: its definition where nothing of it is left to the server, else its kind.

    Args:
        schema: schema of unqualified names.
        column: ColumnDef that it is written in.
    """
    kind = CONSTRAINT(constraint.contype)
    if kind not in _WORDS:
        return ()
    definition = _definition(constraint, kind, schema, column) or _WORDS[kind]
    return (("definition", definition), ("valid", "NOT VALID" if constraint.skip_validation else "valid"))


def columns_of(node: Any) -> tuple[str, ...]:
    """Columns of its own table that an index or a table constraint names; it goes when one of them goes."""
    kind = type(node).__name__
    named = [item.string.sval for item in (*node.keys, *node.fk_attrs, *node.including)] if kind == "Constraint" else []
    if kind == "IndexStmt":
        items = (*node.index_params, *node.index_including_params)
        named += [item.index_elem.name for item in items if item.index_elem.name]
    for reference in postgast.find_nodes(node, pb.ColumnRef):
        last = reference.fields[-1]
        if last.WhichOneof("node") == "string":
            named.append(last.string.sval)
    return tuple(dict.fromkeys(named))


def keys_of(constraint: Any) -> tuple[str, ...]:
    return tuple(item.string.sval for item in constraint.keys)


def _definition(constraint: Any, kind: str, schema: str, column: Any) -> str:
    """As pg_get_constraintdef writes it; "" where that cannot be known."""
    own = [column.colname] if column is not None else None
    if column is not None and any(CONSTRAINT(item.constraint.contype) in _DEFERS for item in column.constraints):
        return ""
    later = f"{' DEFERRABLE' * constraint.deferrable}{' INITIALLY DEFERRED' * constraint.initdeferred}"
    if kind in {"CONSTR_PRIMARY", "CONSTR_UNIQUE"}:
        keys = own or list(keys_of(constraint))
        if not keys or constraint.without_overlaps:
            return ""
        more = [item.string.sval for item in constraint.including]
        nulls = " NULLS NOT DISTINCT" if constraint.nulls_not_distinct else ""
        return f"{_WORDS[kind]}{nulls} ({_listed(keys)}){f' INCLUDE ({_listed(more)})' if more else ''}{later}"
    if kind != "CONSTR_FOREIGN" or not constraint.pk_attrs or constraint.fk_del_set_cols or constraint.fk_with_period:
        return ""
    table = name_of(constraint.pktable)
    if table.schema not in {"", schema}:
        return ""  # whether the catalog writes the schema depends on the search path
    columns = own or [item.string.sval for item in constraint.fk_attrs]
    there = [item.string.sval for item in constraint.pk_attrs]
    match = " MATCH FULL" if constraint.fk_matchtype == "f" else ""
    update = f" ON UPDATE {_ACTION[constraint.fk_upd_action]}" if constraint.fk_upd_action in _ACTION else ""
    delete = f" ON DELETE {_ACTION[constraint.fk_del_action]}" if constraint.fk_del_action in _ACTION else ""
    target = identifier(table.name)
    return f"FOREIGN KEY ({_listed(columns)}) REFERENCES {target}({_listed(there)}){match}{update}{delete}{later}"


def geometry_facts(node: Any) -> Iterator[tuple[Object, Facts]]:
    """Columns that AddGeometryColumn adds, called with constants (PostGIS manual, AddGeometryColumn)."""
    for call in postgast.find_nodes(node, pb.FuncCall):
        if call.funcname[-1].string.sval != "addgeometrycolumn":
            continue
        values = [_constant(item) for item in call.args]
        numbers = [place for place, value in enumerate(values) if value.isdigit()]
        first = numbers[0] if numbers else 0
        if first < 2 or len(values) < first + 3 or not values[first + 2].isdigit():
            continue
        table = Name(values[first - 2], values[first - 3] if first > 2 else "")
        shape, dimensions = values[first + 1].upper(), int(values[first + 2])
        plain = shape if shape.endswith("M") and dimensions == 3 else shape.removesuffix("M").removesuffix("Z")
        entry = f"geometry_columns: {spatial_entry(plain, values[first], dimensions)}"
        yield Object("column", Name(values[first - 1]), table), (("entry", entry), ("null", "NULL"))


def _constant(item: Any) -> str:
    constant = item.a_const
    return str(constant.ival.ival) if constant.WhichOneof("val") == "ival" else str(constant.sval.sval)


def _listed(names: list[str]) -> str:
    return ", ".join(dotted(Name(name)) for name in names)


def _written(expression: Any) -> str:
    text = postgast.parse("SELECT 1")
    text.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(expression)
    return str(postgast.deparse(text)).removeprefix("SELECT ").upper()
