"""Make sites"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography, Geometry, WKTElement
from sqlalchemy.dialects import postgresql as pg

revision = "a1"
down_revision = None


def upgrade():
    op.create_table(
        "site",
        sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
        sa.Column("name", sa.String(80), nullable=False, index=True),
        sa.Column("at", Geometry("POINT", srid=4326)),
        sa.Column("outline", Geometry("MULTIPOLYGON", srid=4326)),
        sa.Column("tags", pg.JSONB, server_default=sa.text("'{\"new\"\\:true}'")),
    )
    op.execute("INSERT INTO site (name, at) VALUES ('first', ST_SetSRID(ST_MakePoint(-73.9, 40.7), 4326))")


def downgrade():
    op.drop_table("site")
