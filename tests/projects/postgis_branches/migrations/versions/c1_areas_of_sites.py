"""Areas of sites"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography, Geometry, WKTElement
from sqlalchemy.dialects import postgresql as pg

revision = "c1"
down_revision = "a1"


def upgrade():
    op.add_column("site", sa.Column("area", Geography("POLYGON", srid=4326)))
    site = sa.table(
        "site", sa.column("name", sa.String), sa.column("at", Geometry("POINT", 4326)), sa.column("tags", pg.JSONB)
    )
    op.bulk_insert(
        site,
        [
            {"name": "O'Hare", "at": WKTElement("POINT(-87.9 41.97)", 4326), "tags": {"k": [1, None, {"ü": "%"}]}},
            {"name": "back\\slash", "at": "SRID=4326;POINT(1 2)", "tags": None},
        ],
    )
    op.bulk_insert(
        site, [{"name": "made", "at": sa.func.ST_SetSRID(sa.func.ST_MakePoint(10, -10.5), 4326)}], multiinsert=False
    )


def downgrade():
    op.drop_column("site", "area")
    op.execute("DELETE FROM site")
