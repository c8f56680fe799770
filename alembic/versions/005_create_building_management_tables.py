"""create building management tables

Revision ID: 005
Revises: 004
Create Date: 2026-03-09
"""

from textwrap import dedent

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "005"
down_revision = "004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "building_systems",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("building_id", sa.Integer()),
        sa.Column("settings", postgresql.JSONB()),
        # spatial_index=False: GeoAlchemy2 would add an index by itself, out of sight and under a name of its own.
        sa.Column("location", Geometry("POINT", srid=4326, spatial_index=False)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_building_systems")),
        sa.ForeignKeyConstraint(
            ["building_id"],
            ["buildings.id"],
            name=op.f("fk_building_systems_building_id_buildings"),
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "maintenance_tasks",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("building_system_id", sa.Integer()),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("due_on", sa.Date()),
        sa.Column("done_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance_tasks")),
        sa.ForeignKeyConstraint(
            ["building_system_id"],
            ["building_systems.id"],
            name=op.f("fk_maintenance_tasks_building_system_id_building_systems"),
            ondelete="CASCADE",
        ),
    )
    op.create_index(op.f("ix_building_systems_building_id"), "building_systems", ["building_id"])
    op.create_index(op.f("ix_building_systems_location"), "building_systems", ["location"], postgresql_using="gist")
    op.create_index(op.f("ix_maintenance_tasks_building_system_id"), "maintenance_tasks", ["building_system_id"])

    # SQL text, not bulk_insert: SQLAlchemy cannot write JSON and geometry as literals for --sql. In such a text
    #   \:   is a colon; bare, ":true" would be a bind parameter, and become NULL
    #   \t   (this string is raw) is JSON's own escape for a tab; Alembic writes a real tab as four spaces
    #   ''   is a quote inside an SQL literal; a percent sign needs nothing
    op.execute(
        dedent(r"""
        INSERT INTO building_systems (name, settings, location)
        VALUES
            (
                'Central heating',
                '{"enabled"\:true, "label": "Boiler \"A\", Bob''s", "limit": "80%"}',
                ST_SetSRID(ST_MakePoint(11.5755, 48.1374), 4326)
            ),
            (
                'Ventilation',
                '{"schedule": "on \:weekdays, 50% at night", "columns": "zone\tfan\tspeed"}',
                ST_GeomFromText('POINT(11.5761 48.1379)', 4326)
            ),
            (
                'Fire alarm',
                '{"test"\:null, "message": "it''s a \"drill\"\t100% :-)"}',
                'SRID=4326;POINT(11.5749 48.1371)'
            )
        """)
    )


def downgrade() -> None:
    op.drop_table("maintenance_tasks")
    op.drop_table("building_systems")
