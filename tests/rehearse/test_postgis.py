"""A release on a database whose PostGIS is in a schema of its own, with SRIDs of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.rehearse import Status
from tests.rehearse.conftest import Hold

pytestmark = pytest.mark.usefixtures("postgis")

START = """
op.execute("CREATE SCHEMA gis")
op.execute("CREATE EXTENSION postgis SCHEMA gis")
op.execute("CREATE TABLE t (id integer PRIMARY KEY, place gis.geometry(PointZ, 990001) NOT NULL)")
op.execute("CREATE INDEX by_place ON t USING gist (place)")
"""
DATA = """
INSERT INTO gis.spatial_ref_sys (srid, auth_name, auth_srid, srtext, proj4text)
    VALUES (990001, 'own', 990001, 'LOCAL_CS', '+proj=longlat +datum=WGS84'), (990002, NULL, NULL, NULL, NULL);
INSERT INTO t SELECT i, gis.st_setsrid(gis.st_makepoint(i, 1, 2), 990001) FROM generate_series(1, 30) AS i;
"""


def test_postgis_in_another_schema(hold: Hold, tmp_path: Path) -> None:
    settings = '[tool.release]\nsearch_path = ["public", "gis"]\n'
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    found = hold(
        """
        op.execute("ALTER TABLE t ADD area gis.geometry(MultiPolygon, 990001)")
        op.execute("UPDATE t SET area = gis.st_multi(gis.st_buffer(gis.st_force2d(place), 0.1))")
        with op.get_context().autocommit_block():
            op.execute("CREATE INDEX CONCURRENTLY by_area ON t USING gist (area)")
        """,
        """
        with op.get_context().autocommit_block():
            op.execute("DROP INDEX CONCURRENTLY by_area")
        op.execute("ALTER TABLE t DROP area")
        """,
        start=START,
        data=DATA,
    )
    assert found.passed, [(step.name, step.problems) for step in found.steps if step.problems]
    assert found.rows == {"gis.spatial_ref_sys": 2, "public.t": 30}
    drill = next(step for step in found.steps if step.name == "backup drill")
    assert (drill.status, drill.summary.endswith("what was restored and repaired is the same")) == (Status.PASSED, True)
    lines = [line.text for line in found.after.lines]
    assert "column\tpublic.t\tplace\tgis.geometry(PointZ,990001) NOT NULL" in lines
    assert "index\tpublic.t\tby_place\tCREATE INDEX by_place ON public.t USING gist (place)" in lines


def test_an_srid_that_is_lost_is_told(hold: Hold) -> None:
    """A release that takes away an SRID which rows do not need any more, and forgets it on the way back."""
    release = 'op.execute("DO $$BEGIN DELETE FROM gis.spatial_ref_sys WHERE srid = 990002; END$$")'
    found = hold(release, start=START, data=DATA)
    [step] = [step for step in found.steps if step.status is Status.FAILED]
    assert (step.name, step.problems) == (
        "round trip",
        ("gis.spatial_ref_sys: 1 of 2 rows are lost, which the release does not declare",),
    )
