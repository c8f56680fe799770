"""Tag what is near"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography, Geometry, WKTElement
from sqlalchemy.dialects import postgresql as pg

revision = "b2"
down_revision = "b1"


def upgrade():
    bind = op.get_bind()
    near = sa.text(
        "UPDATE site SET tags = tags || CAST(:more AS jsonb) WHERE ST_DWithin(at, ST_SetSRID(ST_MakePoint(:x, :y), 4326), :d)"
    )
    bind.execute(near, {"more": '{"near": "100%"}', "x": -73.98, "y": 40.7, "d": 0.5})
    with op.get_context().autocommit_block():
        op.execute("CREATE INDEX CONCURRENTLY site_tags ON site USING gin (tags) -- for the search")


def downgrade():
    op.drop_index("site_tags", "site")
