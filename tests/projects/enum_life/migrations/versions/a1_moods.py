"""Moods"""

import sqlalchemy as sa
from alembic import op

revision = "a1"
down_revision = None


def upgrade():
    mood = sa.Enum("sad", "ok", name="mood")
    op.create_table(
        "person", sa.Column("id", sa.Integer, primary_key=True), sa.Column("mood", mood, server_default="ok")
    )
    op.execute("INSERT INTO person VALUES (1, 'sad'), (2, DEFAULT)")


def downgrade():
    op.drop_table("person")
    sa.Enum(name="mood").drop(op.get_bind())
