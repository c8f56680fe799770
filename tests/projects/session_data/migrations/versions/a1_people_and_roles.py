"""people and roles"""

import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade():
    op.create_table(
        "role",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(40), nullable=False, unique=True),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("full_name", sa.Text, nullable=False),
        sa.Column("role_id", sa.Integer, sa.ForeignKey("role.id")),
        sa.Column("settings", sa.JSON, nullable=False, server_default="{}"),
    )


def downgrade():
    op.drop_table("person")
    op.drop_table("role")
