"""A happy mood"""

import sqlalchemy as sa
from alembic import op

revision = "a2"
down_revision = "a1"


def upgrade():
    with op.get_context().autocommit_block():
        op.execute("ALTER TYPE mood ADD VALUE IF NOT EXISTS 'happy' AFTER 'ok'")
    op.execute("UPDATE person SET mood = 'happy' WHERE id = 2")


def downgrade():
    op.execute("UPDATE person SET mood = 'ok' WHERE mood = 'happy'")
