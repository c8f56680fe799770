"""`alembic revision --autogenerate` on changed models, and what it leaves alone."""

from __future__ import annotations

from pathlib import Path

from release.scratch.server import Server
from tests.arxos.conftest import Alembic, At
from tests.databases import Dump, Psql

NEW_MODELS = '''

class Sensor(Base):
    """A geometry indexed as the other models do it, and one indexed by GeoAlchemy2."""

    __tablename__ = "sensors"
    __table_args__ = (sa.Index(None, "place", postgresql_using="gist"),)

    id: Mapped[Id]
    building_id: Mapped[int | None] = refer("buildings.id")
    place: Mapped[WKBElement | None] = mapped_column(Geometry("POINTZ", srid=4326, dimension=3, spatial_index=False))
    reach: Mapped[WKBElement | None] = mapped_column(Geometry("MULTIPOLYGON", srid=3857))


class Reading(Base):
    __tablename__ = "readings"
    __table_args__ = {"postgresql_partition_by": "RANGE (taken_at)"}

    sensor_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    taken_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), primary_key=True)
    value: Mapped[float | None] = mapped_column(sa.Double)
'''


def find_new(project: Path) -> Path:
    (made,) = (path for path in (project / "alembic/versions").glob("*.py") if not path.name.startswith("00"))
    return made


def change_models(project: Path) -> None:
    models = project / "alembic/models.py"
    text = models.read_text()
    address = "    address: Mapped[Text255 | None]\n"
    assert text.count(address) == 1
    outline = '    outline: Mapped[WKBElement | None] = mapped_column(Geometry("POLYGON", srid=4326))\n'
    models.write_text(text.replace(address, address + outline) + NEW_MODELS)


def test_changed_models_become_a_revision_that_works(
    at: At, alembic: Alembic, psql: Psql, dump: Dump, project: Path
) -> None:
    database, offline = at("009"), at("009")
    before = dump(database)
    change_models(project)
    alembic(database, "revision", "--autogenerate", "-m", "add building outline", project=project)
    made = find_new(project)
    assert made.stem.endswith("_add_building_outline")
    text = made.read_text()
    assert "from geoalchemy2 import Geometry" in text
    assert "drop_table" not in text.partition("def downgrade")[0]

    sql = alembic(database, "upgrade", "009:head", "--sql", project=project).stdout
    alembic(database, "upgrade", "head", project=project)
    assert "No new upgrade operations" in alembic(database, "check", project=project).stdout
    assert psql(offline, "-qv", "ON_ERROR_STOP=1", input=sql).returncode == 0
    assert dump(offline) == dump(database)
    for index in ("idx_buildings_outline", "ix_sensors_place", "idx_sensors_reach", "ix_sensors_building_id"):
        assert f"CREATE INDEX {index} ON" in dump(database, rows=False)

    # a partition belongs to its table, not to the models
    partition = "CREATE TABLE readings_2026 PARTITION OF readings FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')"
    assert psql(database, "-v", "ON_ERROR_STOP=1", "-c", partition).returncode == 0
    assert "No new upgrade operations" in alembic(database, "check", project=project).stdout

    alembic(database, "downgrade", "-1", project=project)
    assert dump(database) == before


def test_tables_of_extensions_and_of_our_scripts_are_left_alone(at: At, alembic: Alembic, server: Server) -> None:
    database = at("009")
    with server.connect(database) as connection:
        # these put the schemas topology and tiger on the search path of the database
        connection.execute("CREATE EXTENSION postgis_topology")
        connection.execute("CREATE EXTENSION postgis_tiger_geocoder CASCADE")
        connection.execute("CREATE TABLE public.release_history (id integer)")
    assert "No new upgrade operations" in alembic(database, "check").stdout
    with server.connect(database) as connection:
        path = connection.execute("SHOW search_path").fetchone()
        assert path is not None
        assert "tiger" in path[0]
        connection.execute("CREATE TABLE public.stray (id integer)")
    assert "stray" in alembic(database, "check", status=255).stderr
