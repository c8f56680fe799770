"""Make accounts"""

import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade():
    op.execute(
        "CREATE TABLE account (id uuid PRIMARY KEY, email text, balance numeric(10,2), seen interval, ips inet[], raw bytea)"
    )


def downgrade():
    op.drop_table("account")
