"""Functions of the routing team"""

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geography, Geometry, WKTElement
from sqlalchemy.dialects import postgresql as pg

revision = "b1"
down_revision = "a1"
branch_labels = ("routing",)


def upgrade():
    op.execute((Path(__file__).parent / "sql" / "routing_up.sql").read_text(encoding="utf-8"))


def downgrade():
    op.execute((Path(__file__).parent / "sql" / "routing_down.sql").read_text(encoding="utf-8"))
