"""Merge routing and areas"""

import sqlalchemy as sa
from alembic import op

revision = "m1"
down_revision = ("b2", "c1")


def upgrade():
    pass


def downgrade():
    pass
