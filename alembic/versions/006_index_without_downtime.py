"""index without downtime

Revision ID: 006
Revises: 005
Create Date: 2026-05-18

CONCURRENTLY lets reads and writes go on while an index is built. It runs in no transaction, so what an error or a
lost connection breaks off is not undone: an index is left that is marked INVALID and keeps its name. The scripts of a
release remove and rebuild such an index when they are run again; before a second `alembic upgrade` drop it by hand.
"""

import sqlalchemy as sa
from alembic import op

revision = "006"
down_revision = "005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    active = sa.text("state = 'active'")
    with op.get_context().autocommit_block():
        # covering: a list of a floor's rooms is read off the index alone
        op.create_index(
            op.f("ix_rooms_floor_id_covering"),
            "rooms",
            ["floor_id"],
            postgresql_include=["name", "state"],
            postgresql_concurrently=True,
        )
        # partial: few objects are active, and nearly every query asks for those
        op.create_index(
            op.f("ix_devices_building_id_active"),
            "devices",
            ["building_id"],
            postgresql_where=active,
            postgresql_concurrently=True,
        )
        op.create_index(
            op.f("ix_rooms_geom_active"),
            "rooms",
            ["geom"],
            postgresql_using="gist",
            postgresql_where=active,
            postgresql_concurrently=True,
        )


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name, table in (
            ("ix_rooms_geom_active", "rooms"),
            ("ix_devices_building_id_active", "devices"),
            ("ix_rooms_floor_id_covering", "rooms"),
        ):
            op.drop_index(op.f(name), table_name=table, postgresql_concurrently=True)
