"""What a statement needs of PostGIS: types, SRIDs, functions, extensions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Spatial
from release.model.syntax import ConstantKind, NamedObject

if TYPE_CHECKING:
    from release.model.syntax import Call, Syntax

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


def spatial_of(syntax: Syntax) -> Spatial:
    """PostGIS types, SRIDs, functions and extensions that a statement names."""
    types: set[str] = set()
    srids: set[int] = set()
    schemas: set[str] = set()
    for found in syntax.contents.types:
        if found.name.name in TYPES:
            modifiers = found.modifiers
            types.add(f"{found.name.name}({','.join(modifiers)})" if modifiers else found.name.name)
            if len(modifiers) > 1 and modifiers[1].isdigit():
                srids.add(int(modifiers[1]))
            schemas.add(found.name.schema)
    calls = [call for call in syntax.contents.calls if is_spatial(call.name.name)]
    for call in calls:
        schemas.add(call.name.schema)
        srids |= _srids(call)
    srids |= {srid for text in syntax.contents.strings if (srid := _srid(text))}
    extensions: tuple[str, ...] = ()
    if isinstance(syntax, NamedObject) and syntax.node == "CreateExtensionStmt" and syntax.name in EXTENSIONS:
        extensions = (syntax.name,)
    return Spatial(
        tuple(sorted(types)),
        tuple(sorted(srids - {0})),
        tuple(sorted({call.name.name for call in calls})),
        extensions,
        tuple(sorted(schemas - {""})),
    )


def is_spatial(function: str) -> bool:
    """Whether a function is one of PostGIS, by its name."""
    return function.startswith("st_") or function in _OTHER_FUNCTIONS


def _srids(call: Call) -> set[int]:
    places = [place for place in _SRID_ARGUMENT.get(call.name.name, ()) if place < len(call.arguments)]
    constants = [call.arguments[place].constant for place in places]
    return {int(each.text) for each in constants if each and each.kind is ConstantKind.INTEGER and not each.cast}


def _srid(literal: str) -> int:
    """EWKT writes its SRID before the shape: 'SRID=4326;POINT(1 2)' (PostGIS manual, 4.1.3); 0 where none stands."""
    head, semicolon, _ = literal.partition(";")
    key, equals, value = head.strip().partition("=")
    if semicolon and equals and key.strip().lower() == "srid" and value.strip().isdigit():
        return int(value)
    return 0
