"""Types and signatures, spelled as the server's format_type does where that can be known without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from postgast import pg_query_pb2 as pb

from release.model import Name
from release.sql.read.quote import dotted

if TYPE_CHECKING:
    from collections.abc import Iterable

# PostgreSQL manual, table 8.1; the spelling is format_type's
_WORDS = {
    "int2": "smallint",
    "int4": "integer",
    "int8": "bigint",
    "float4": "real",
    "float8": "double precision",
    "bool": "boolean",
    "bpchar": "character",
    "varchar": "character varying",
    "varbit": "bit varying",
    "decimal": "numeric",
    "timestamp": "timestamp without time zone",
    "timestamptz": "timestamp with time zone",
    "time": "time without time zone",
    "timetz": "time with time zone",
    "char": '"char"',
    "numeric": "numeric",
    "interval": "interval",
    "bit": "bit",
    "serial": "integer",
    "serial4": "integer",
    "bigserial": "bigint",
    "serial8": "bigint",
    "smallserial": "smallint",
    "serial2": "smallint",
}
SERIAL = frozenset({"serial", "serial4", "bigserial", "serial8", "smallserial", "serial2"})
_SHAPES = (
    *("Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon", "GeometryCollection"),
    *("CircularString", "CompoundCurve", "CurvePolygon", "MultiCurve", "MultiSurface", "PolyhedralSurface"),
    *("Triangle", "Tin", "Geometry"),
)
_SHAPE = {f"{shape}{axes}".lower(): f"{shape}{axes}" for shape in _SHAPES for axes in ("", "Z", "M", "ZM")}
_SPATIAL = frozenset({"geometry", "geography"})
_MODIFIED = frozenset({"numeric", "bit", "bpchar", "varchar", "varbit", "timestamp", "timestamptz", "time", "timetz"})
_NAMED = (pb.FUNC_PARAM_OUT, pb.FUNC_PARAM_TABLE)


def type_name_of(node: Any) -> Name:
    """The name of a type, as written; built-in ones by their names in the catalog."""
    words = [item.string.sval for item in node.names]
    schema = words[-2] if len(words) > 1 and words[-2] != "pg_catalog" else ""
    return Name(words[-1], schema)


def modifiers_of(node: Any) -> tuple[str, ...]:
    """What stands in a type's parentheses, e.g. ("Polygon", "4326")."""
    return tuple(_modifier(item) for item in node.typmods)


def type_text(node: Any) -> str:
    """A type as format_type spells it; "" where only a server can tell.

    Args:
        node: TypeName of a parse tree.
    """
    if node.setof or node.pct_type:
        return ""
    name = type_name_of(node)
    modifiers = list(modifiers_of(node))
    array = "[]" * bool(node.array_bounds)
    if name.name in _SPATIAL and not array:
        text = _spatial(name, modifiers)
        return text and f"{text}{array}"
    word = _WORDS.get(name.name, "") if not name.schema else ""
    if not modifiers:
        if name.name == "bpchar":
            word = "bpchar"
        return f"{word or dotted(name)}{array}"
    if name.name == "numeric" and len(modifiers) == 1:
        modifiers.append("0")
    if name.schema or name.name not in _MODIFIED:
        return ""
    first, space, rest = (word or name.name).partition(" with")
    return f"{first}({','.join(modifiers)}){space}{rest}{array}"


def spatial_text(node: Any) -> str:
    """What geometry_columns says of a column of this type: "POLYGON, SRID 4326, 2 dimensions"; "" where unknown."""
    if type_name_of(node).name != "geometry" or node.array_bounds:
        return ""
    modifiers = modifiers_of(node)
    if not modifiers or modifiers[0].lower() not in _SHAPE or not all(each.isdigit() for each in modifiers[1:]):
        return ""
    shape = _SHAPE[modifiers[0].lower()]
    plain = shape.rstrip("ZM")
    return spatial_entry(plain, modifiers[1] if len(modifiers) > 1 else "0", 2 + len(shape) - len(plain), shape)


def spatial_entry(shape: str, srid: str, dimensions: int, written: str = "") -> str:
    """One row of geometry_columns in words; a type that ends in M keeps its M there when it has no Z."""
    kept = written if written.endswith("M") and not written.endswith("ZM") else shape
    return f"{kept.upper()}, SRID {srid}, {dimensions} dimensions"


def routine_text(name: Name, arguments: Iterable[str]) -> str:
    """A routine as to_regprocedure reads it."""
    return f"{dotted(name)}({', '.join(arguments)})"


def parameters_of(nodes: Iterable[Any]) -> tuple[str, ...] | None:
    """Types of the input parameters of a CREATE FUNCTION or CREATE PROCEDURE, without modifiers; None where unknown."""
    items = [item.function_parameter for item in nodes]
    found = tuple(_bare(item.arg_type) for item in items if item.mode not in _NAMED)
    return found if all(found) else None


def arguments_of(node: Any) -> tuple[str, ...] | None:
    """Types in an ObjectWithArgs; None where it names none."""
    return None if node.args_unspecified else tuple(_bare(item.type_name) for item in node.objargs)


def _bare(node: Any) -> str:
    copy = pb.TypeName()
    copy.CopyFrom(node)
    del copy.typmods[:]
    return type_text(copy)


def _spatial(name: Name, modifiers: list[str]) -> str:
    if not modifiers:
        return dotted(name)
    shape = _SHAPE.get(modifiers[0].lower(), "")
    if not shape or not all(each.isdigit() for each in modifiers[1:]):
        return ""
    srid = modifiers[1] if len(modifiers) > 1 else ("4326" if name.name == "geography" else "0")
    if srid == "0":
        return dotted(name) + (f"({shape})" if shape != "Geometry" else "")
    return f"{dotted(name)}({shape},{srid})"


def _modifier(item: Any) -> str:
    if item.WhichOneof("node") == "column_ref":
        return ".".join(field.string.sval for field in item.column_ref.fields)
    constant = item.a_const
    return str(constant.ival.ival) if constant.WhichOneof("val") != "sval" else str(constant.sval.sval)
