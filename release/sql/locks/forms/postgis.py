"""PostGIS functions that change tables when a SELECT calls them.

The section names a page of the PostGIS manual.
"""

from __future__ import annotations

from release.sql.locks.forms.form import (
    AE,
    REWRITE,
    SCAN,
    Form,
    all_below,
    on,
    some_below,
)

PLAIN = "SELECT AddGeometryColumn('public', 'buildings', 'spot', 4326, 'POINT', 2, use_typmod => false)"

POSTGIS = (
    Form(
        "addgeometrycolumn",
        "SELECT AddGeometryColumn(…)",
        "postgis/AddGeometryColumn",
        (on(AE, reach=all_below(AE)),),
        "SELECT AddGeometryColumn('public', 'buildings', 'spot', 4326, 'POINT', 2)",
    ),
    Form(
        "addgeometrycolumn use_typmod false",
        "SELECT AddGeometryColumn(…, use_typmod => false)",
        "postgis/AddGeometryColumn",
        (on(AE, SCAN, note="adds three CHECK constraints, each with a scan", reach=all_below(AE)),),
        PLAIN,
    ),
    Form(
        "dropgeometrycolumn",
        "SELECT DropGeometryColumn(…)",
        "postgis/DropGeometryColumn",
        (on(AE, reach=all_below(AE)),),
        "SELECT DropGeometryColumn('public', 'rooms', 'geom')",
    ),
    Form(
        "dropgeometrytable",
        "SELECT DropGeometryTable(…)",
        "postgis/DropGeometryTable",
        (on(AE, reach=all_below(AE)),),
        "SELECT DropGeometryTable('public', 'visits_2026')",
        note="DROP TABLE … RESTRICT",
    ),
    Form(
        "updategeometrysrid",
        "SELECT UpdateGeometrySRID(…)",
        "postgis/UpdateGeometrySRID",
        (
            on(
                AE,
                REWRITE,
                note="a column with CHECK constraints, without a type modifier, is updated row by row and scanned",
                reach=all_below(AE),
            ),
        ),
        "SELECT UpdateGeometrySRID('public', 'rooms', 'geom', 3857)",
        setup=PLAIN,
        spared="SELECT UpdateGeometrySRID('public', 'buildings', 'spot', 3857)",
    ),
    Form(
        "populate_geometry_columns",
        "SELECT Populate_Geometry_Columns(…)",
        "postgis/Populate_Geometry_Columns",
        (
            on(
                AE,
                REWRITE,
                note="reads the rows to find type and SRID, then changes the column's type",
                reach=some_below(AE),
            ),
        ),
        "SELECT Populate_Geometry_Columns('public.buildings'::regclass)",
        setup="ALTER TABLE buildings ADD COLUMN spot geometry;"
        " UPDATE buildings SET spot = ST_SetSRID(ST_MakePoint(1, 2), 4326)",
        note="without a table: every table and view with a geometry column",
    ),
)
