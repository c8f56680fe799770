"""Types as format_type and geometry_columns spell them, which verify.sql counts on."""

from __future__ import annotations

import pytest

from release.model.syntax import CreateTable
from release.scratch.server import Server
from release.sql.read.statements import statement_in
from release.sql.read.types import spatial_text, type_text

# "" where only a server can tell
UNKNOWN = {"interval(3)", "interval day to second", "box3d(3)"}
TYPES = """
int; int4; smallint; bigint; bool; boolean; char; char(3); varchar; varchar(10); character varying(7)[]; numeric
numeric(10); numeric(10, 2); decimal(4, 1); text; text[]; int[][]; timestamp; timestamptz; timestamp(3) with time zone
timestamp(2); time; timetz; time(1); bit; bit(3); bit varying(4); float; float(10); double precision; real; date; jsonb
uuid; bytea; interval; interval(3); interval day to second; "char"; bpchar; xml; inet; tsvector; pg_catalog.int4; oid
name; int4range; mood; "Odd mood"
public.mood; other.mood; mood[]; geometry; geometry(Polygon); geometry(POINT, 4326); geometry(pointz, 4326)
geometry(PointZM, 4326); geometry(PointM); geometry(Geometry); geometry(Geometry, 4326); geometry('MultiPolygon', 3857)
geometry(PolygonZ, 0); geography; geography(Point); geography(Point, 4326); geography(geometry, 4326)
""".replace("\n", ";").split(";")
SPELLED = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum = 1"


@pytest.fixture(scope="module")
def database(server: Server, postgis_template: str) -> str:
    name = f"{server.prefix}types"
    server.create_database(name, postgis_template)
    with server.connect(name) as connection:
        connection.execute(
            'CREATE SCHEMA other; CREATE TYPE mood AS ENUM (); CREATE TYPE "Odd mood" AS ENUM ();'
            "CREATE TYPE other.mood AS ENUM ()"
        )
    return name


def test_types(server: Server, database: str) -> None:
    wanted = [each.strip() for each in TYPES if each.strip()]
    assert len(wanted) > 60
    for written in wanted:
        text = f"CREATE TABLE t (a {written})"
        made = statement_in(text)
        with server.connect(database) as connection:
            connection.execute(text.encode())
            (spelled,) = connection.execute(SPELLED).fetchone() or ("",)
            entry = connection.execute("SELECT type, srid, coord_dimension FROM geometry_columns").fetchone()
            connection.execute("DROP TABLE t")
        assert isinstance(made, CreateTable)
        kind = made.columns[0].type
        assert kind
        assert type_text(kind).replace("public.", "") == ("" if written in UNKNOWN else spelled), written
        if entry and "(" in written:
            assert spatial_text(kind) == "{}, SRID {}, {} dimensions".format(*entry)
        else:
            assert spatial_text(kind) == ""
