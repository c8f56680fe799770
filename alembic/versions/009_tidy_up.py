"""tidy up

Revision ID: 009
Revises: 008
Create Date: 2026-05-28
"""

import sqlalchemy as sa
from alembic import op

revision = "009"
down_revision = "008"
branch_labels = None
depends_on = None

# release: loses projects.updated_at the column is dropped by the upgrade

# What carries the table's name: RENAME TABLE changes none of it. There is no sequence, because the key is text;
# renaming the primary key renames its index.
CONSTRAINTS = (
    "pk_{}",
    "fk_{}_room_id_rooms",
    "fk_{}_created_by_users",
    "fk_{}_locked_by_users",
    "fk_{}_assigned_to_users",
    "fk_{}_building_id_buildings",
    "fk_{}_floor_id_floors",
    "fk_{}_project_id_projects",
)
INDEXES = (
    "ix_{}_room_id",
    "ix_{}_text",
    "ix_{}_layer",
    "ix_{}_status",
    "ix_{}_category",
    "ix_{}_created_by",
    "ix_{}_locked_by",
    "ix_{}_assigned_to",
    "ix_{}_building_id",
    "ix_{}_floor_id",
    "ix_{}_project_id",
    "ix_{}_building_id_floor_id",
    "ix_{}_project_id_status",
    "ix_{}_geom",
)


def rename_table(old: str, new: str) -> None:
    op.rename_table(old, new)
    for name in CONSTRAINTS:
        op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT {name.format(old)} TO {name.format(new)}")
    for name in INDEXES:
        op.execute(f"ALTER INDEX {name.format(old)} RENAME TO {name.format(new)}")


def upgrade() -> None:
    op.drop_column("projects", "updated_at")
    rename_table("labels", "annotations")


def downgrade() -> None:
    rename_table("annotations", "labels")
    # The default comes second, for new rows only: given with the column it would fill the old rows with the time
    # of the rollback, and nobody could tell that those dates are made up.
    op.add_column("projects", sa.Column("updated_at", sa.DateTime(timezone=True)))
    op.alter_column("projects", "updated_at", server_default=sa.text("CURRENT_TIMESTAMP"))
