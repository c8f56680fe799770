"""What a statement needs of PostGIS: types, SRIDs, functions, extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google.protobuf.descriptor import FieldDescriptor

from release.model import Spatial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.message import Message

TYPES = frozenset({"geometry", "geography", "raster", "box2d", "box3d", "topogeometry"})
EXTENSIONS = frozenset(
    {
        "postgis",
        "postgis_raster",
        "postgis_topology",
        "postgis_sfcgal",
        "postgis_tiger_geocoder",
        "address_standardizer",
    }
)
# Functions of PostGIS whose names do not start with st_ (PostGIS reference, "Table Management Functions" and version).
_OTHER_FUNCTIONS = frozenset(
    {
        "addgeometrycolumn",
        "dropgeometrycolumn",
        "dropgeometrytable",
        "find_srid",
        "populate_geometry_columns",
        "updategeometrysrid",
        "geometrytype",
        "postgis_full_version",
        "postgis_version",
        "postgis_lib_version",
        "postgis_extensions_upgrade",
    }
)
# Position of the SRID among the arguments, counted from 0 (PostGIS reference, each function's own page).
_SRID_ARGUMENT: dict[str, tuple[int, ...]] = {
    "st_setsrid": (1,),
    "st_transform": (1,),
    "st_geomfromtext": (1,),
    "st_geometryfromtext": (1,),
    "st_geomfromwkb": (1,),
    "st_pointfromtext": (1,),
    "st_linefromtext": (1,),
    "st_polygonfromtext": (1,),
    "st_mpointfromtext": (1,),
    "st_mlinefromtext": (1,),
    "st_mpolyfromtext": (1,),
    "st_geomcollfromtext": (1,),
    "st_point": (2,),
    "st_pointz": (3,),
    "st_makeenvelope": (4,),
    "st_tileenvelope": (),
    "addgeometrycolumn": (2, 3, 4),
    "updategeometrysrid": (2, 3, 4),
}


def spatial_of(node: Message, text: str) -> Spatial:
    """PostGIS types, SRIDs, functions and extensions that a statement names.

    Args:
        node: its parse tree.
        text: the statement; a quick look at it spares the walk for the many statements without PostGIS.
    """
    lower = text.lower()
    if not any(word in lower for word in (*TYPES, *EXTENSIONS, "st_", "srid=", *_OTHER_FUNCTIONS)):
        return Spatial()
    types: set[str] = set()
    srids: set[int] = set()
    functions: set[str] = set()
    extensions: set[str] = set()
    schemas: set[str] = set()
    part: Any
    for part in _walk(node):
        kind = type(part).__name__
        if kind == "TypeName":
            _read_type(part, types, srids, schemas)
        elif kind == "FuncCall":
            _read_call(part, functions, srids, schemas)
        elif kind == "A_Const":
            _read_literal(part, srids)
        elif kind == "CreateExtensionStmt" and part.extname in EXTENSIONS:
            extensions.add(part.extname)
    return Spatial(
        tuple(sorted(types)),
        tuple(sorted(srids - {0})),
        tuple(sorted(functions)),
        tuple(sorted(extensions)),
        tuple(sorted(schemas)),
    )


def _walk(node: Message) -> Iterator[Message]:
    stack = [node]
    while stack:
        current = stack.pop()
        yield current
        for field, value in current.ListFields():
            if field.type != FieldDescriptor.TYPE_MESSAGE:
                continue
            stack.extend(value if field.is_repeated else (value,))


def _read_type(node: Any, types: set[str], srids: set[int], schemas: set[str]) -> None:
    words = [item.string.sval for item in node.names]
    if not words or words[-1] not in TYPES:
        return
    modifiers = [_modifier(item) for item in node.typmods]
    types.add(f"{words[-1]}({','.join(modifiers)})" if modifiers else words[-1])
    if len(modifiers) > 1 and modifiers[1].isdigit():
        srids.add(int(modifiers[1]))
    if len(words) > 1:
        schemas.add(words[-2])


def _modifier(item: Any) -> str:
    if item.WhichOneof("node") == "column_ref":
        return ".".join(field.string.sval for field in item.column_ref.fields)
    if item.WhichOneof("node") == "a_const":
        constant = item.a_const
        return str(constant.ival.ival) if constant.WhichOneof("val") == "ival" else constant.sval.sval
    return "?"


def _read_call(node: Any, functions: set[str], srids: set[int], schemas: set[str]) -> None:
    words = [item.string.sval for item in node.funcname]
    name = words[-1]
    if not (name.startswith("st_") or name in _OTHER_FUNCTIONS):
        return
    functions.add(name)
    if len(words) > 1:
        schemas.add(words[-2])
    for position in _SRID_ARGUMENT.get(name, ()):
        if position < len(node.args):
            constant = node.args[position].a_const
            if constant.WhichOneof("val") == "ival":
                srids.add(constant.ival.ival)


def _read_literal(node: Any, srids: set[int]) -> None:
    """EWKT writes its SRID before the shape: 'SRID=4326;POINT(1 2)' (PostGIS manual, 4.1.3)."""
    if node.WhichOneof("val") != "sval":
        return
    head, semicolon, _ = node.sval.sval.partition(";")
    key, equals, value = head.strip().partition("=")
    if semicolon and equals and key.strip().lower() == "srid" and value.strip().isdigit():
        srids.add(int(value))
