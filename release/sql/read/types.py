"""Types and signatures, spelled as the server's format_type does where that can be known without a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model.syntax import ParameterMode
from release.sql.read.quote import dotted, spelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from release.model import Name
    from release.model.syntax import ParameterSpec, TypeName

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
SPATIAL = frozenset({"geometry", "geography"})
_MODIFIED = frozenset({"numeric", "bit", "bpchar", "varchar", "varbit", "timestamp", "timestamptz", "time", "timetz"})
_OUTPUT = frozenset({ParameterMode.OUT, ParameterMode.TABLE})


def type_text(type_name: TypeName) -> str:
    """A type as format_type spells it, but for the quotes of keywords; "" where only a server can tell."""
    return _text(type_name, type_name.modifiers, spelled)


def argument_text(type_name: TypeName) -> str:
    """A type without what stands in its parentheses, as every server reads it; "" where only a server can tell."""
    return _text(type_name, (), dotted)


def _text(type_name: TypeName, written: Iterable[str], spell: Callable[[Name], str]) -> str:
    if type_name.setof or type_name.of_column:
        return ""
    name = type_name.name
    modifiers = list(written)
    array = "[]" * type_name.array
    if name.name in SPATIAL and not array:
        return _spatial(name, modifiers, spell)
    word = _WORDS.get(name.name, "") if not name.schema else ""
    if not modifiers:
        if name.name == "bpchar":
            word = "bpchar"
        return f"{word or spell(name)}{array}"
    if name.name == "numeric" and len(modifiers) == 1:
        modifiers.append("0")
    if name.schema or name.name not in _MODIFIED:
        return ""
    first, space, rest = (word or name.name).partition(" with")
    return f"{first}({','.join(modifiers)}){space}{rest}{array}"


def spatial_text(type_name: TypeName) -> str:
    """What geometry_columns says of a column of this type: "POLYGON, SRID 4326, 2 dimensions"; "" where unknown."""
    if type_name.name.name != "geometry" or type_name.array:
        return ""
    modifiers = type_name.modifiers
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


def input_types(parameters: Iterable[ParameterSpec]) -> tuple[str, ...] | None:
    """Types of the input parameters of a routine, without modifiers; None where one is unknown."""
    found = tuple(argument_text(each.type) for each in parameters if each.mode not in _OUTPUT)
    return found if all(found) else None


def _spatial(name: Name, modifiers: list[str], spell: Callable[[Name], str]) -> str:
    if not modifiers:
        return spell(name)
    shape = _SHAPE.get(modifiers[0].lower(), "")
    if not shape or not all(each.isdigit() for each in modifiers[1:]):
        return ""
    srid = modifiers[1] if len(modifiers) > 1 else ("4326" if name.name == "geography" else "0")
    if srid == "0":
        return spell(name) + (f"({shape})" if shape != "Geometry" else "")
    return f"{spell(name)}({shape},{srid})"
