"""add spatial indexes for performance

Revision ID: 002
Revises: 001
Create Date: 2026-01-14
"""

from alembic import op

revision = "002"
down_revision = "001"
branch_labels = None
depends_on = None

TABLES = ("rooms", "walls", "doors", "windows", "devices", "labels", "zones")


def upgrade() -> None:
    # Only now: on a text column there would be no GiST operator class. The tables of this release are still empty,
    # so no CONCURRENTLY; 006 shows how to index a table in use.
    for table in TABLES:
        op.create_index(op.f(f"ix_{table}_geom"), table, ["geom"], postgresql_using="gist")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_index(op.f(f"ix_{table}_geom"), table_name=table)
