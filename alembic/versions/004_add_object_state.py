"""add object state

Revision ID: 004
Revises: 003
Create Date: 2026-03-05

Expand now, contract later: `status` stays as it is, so that programs of the release before this one go on working.
"""

from textwrap import dedent

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "004"
down_revision = "003"
branch_labels = None
depends_on = None

TABLES = ("rooms", "walls", "doors", "windows", "devices", "labels", "zones")

# create_type=False: the type is made and dropped by statements of its own, seen below. add_column would not make
# it everywhere, and no drop_column removes it.
STATE = postgresql.ENUM("draft", "active", "archived", name="object_state", create_type=False)


def upgrade() -> None:
    op.execute("CREATE TYPE object_state AS ENUM ('draft', 'active', 'archived')")
    for table in TABLES:
        # A constant default: no rewrite of the table. It also is the right value for every status that is no label.
        op.add_column(table, sa.Column("state", STATE, nullable=False, server_default="draft"))
        op.execute(
            dedent(f"""
            UPDATE {table}
            SET state = CAST(lower(trim(status)) AS object_state)
            WHERE lower(trim(status)) IN ('active', 'archived')
            """)
        )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_column(table, "state")
    op.execute("DROP TYPE object_state")
