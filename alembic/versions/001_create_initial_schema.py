"""create initial schema

Revision ID: 001
Revises:
Create Date: 2026-01-12
"""

import sqlalchemy as sa
from alembic import op

revision = "001"
down_revision = None
branch_labels = None
depends_on = None

# The building objects share most of their columns; the geometry type is what each is in the real world.
SHAPES = {
    "rooms": "Polygon",
    "walls": "Geometry",  # a line or a polygon
    "doors": "Geometry",
    "windows": "Geometry",
    "devices": "Point",
    "labels": "Point",
    "zones": "Polygon",
}
OWN_COLUMNS = {
    "rooms": {"name": 255},
    "walls": {"material": 100},
    "doors": {"material": 100},
    "windows": {"material": 100},
    "devices": {"type": 100, "system": 100, "subtype": 100},
    "labels": {"text": 255},
    "zones": {"name": 255},
}

# Every foreign key column is here: PostgreSQL does not index the referencing side by itself, and each DELETE of a
# referenced row would scan the whole table.
INDEXES = {
    "projects": ["user_id", "created_at"],
    "buildings": ["owner_id", "project_id", "created_at", "updated_at"],
    "floors": ["name", "building_id"],
    "categories": ["building_id"],
    "drawings": ["name", "project_id", "created_at"],
    "comments": ["user_id", "object_id", "object_type", "created_at"],
    "assignments": ["user_id", "object_id", "object_type", "status", "assigned_at"],
    "object_history": ["user_id", "object_id", "object_type", "change_type", "changed_at"],
    "audit_logs": ["user_id", "object_id", "object_type", "action", "created_at"],
    "user_category_permissions": ["user_id", "category_id", "project_id", "can_edit"],
    "chat_messages": ["building_id", "user_id", "audit_log_id", "created_at"],
    "catalog_items": ["category_id", "created_by", "make", "model", "type", "approved", "created_at"],
}
OBJECT_INDEXES = [
    "layer",
    "status",
    "category",
    "created_by",
    "locked_by",
    "assigned_to",
    "building_id",
    "floor_id",
    "project_id",
]


def number() -> sa.Column[int]:
    return sa.Column("id", sa.Integer(), sa.Identity(), nullable=False)


def stamp(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("CURRENT_TIMESTAMP"))


def primary_key(table: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}"))


def unique(table: str, column: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(column, name=op.f(f"uq_{table}_{column}"))


def reference(table: str, column: str, target: str, on_delete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{target}")
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=name, ondelete=on_delete)


def create_index(table: str, *columns: str) -> None:
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def create_building_objects(table: str) -> None:
    """Create a table of building objects; its geometry is text until `convert_geometry`."""
    in_room = table != "rooms"
    op.create_table(
        table,
        sa.Column("id", sa.String(64), nullable=False),
        *([sa.Column("room_id", sa.String(64))] if in_room else []),
        *(sa.Column(name, sa.String(length)) for name, length in OWN_COLUMNS[table].items()),
        sa.Column("layer", sa.String(100)),
        sa.Column("status", sa.String(50)),
        sa.Column("source_svg", sa.String(255)),
        sa.Column("svg_id", sa.String(255)),
        sa.Column("category", sa.String(100), nullable=False, server_default=""),
        sa.Column("created_by", sa.Integer()),
        sa.Column("locked_by", sa.Integer()),
        sa.Column("assigned_to", sa.Integer()),
        sa.Column("building_id", sa.Integer()),
        sa.Column("floor_id", sa.Integer()),
        sa.Column("project_id", sa.Integer()),
        sa.Column("geom", sa.Text()),
        primary_key(table),
        *([reference(table, "room_id", "rooms")] if in_room else []),
        reference(table, "created_by", "users", "SET NULL"),
        reference(table, "locked_by", "users", "SET NULL"),
        reference(table, "assigned_to", "users", "SET NULL"),
        reference(table, "building_id", "buildings"),
        reference(table, "floor_id", "floors"),
        reference(table, "project_id", "projects"),
    )


def convert_geometry(table: str) -> None:
    """Turn the text into geometry of one type and SRID.

    No USING clause: PostGIS declares the cast from text to geometry as implicit. It reads WKT and EWKT, takes the
    SRID of the column where the text names none, and refuses any other type or SRID.
    """
    op.execute(f"ALTER TABLE {table} ALTER COLUMN geom TYPE geometry({SHAPES[table]}, 4326)")


def upgrade() -> None:
    # Needs a superuser unless the extension is there already; then this does nothing.
    op.execute("CREATE EXTENSION IF NOT EXISTS postgis")

    # Referenced tables come before the tables that refer to them.
    op.create_table(
        "users",
        number(),
        sa.Column("email", sa.String(255), nullable=False),
        sa.Column("username", sa.String(100), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=False),
        sa.Column("role", sa.String(50), nullable=False, server_default="user"),
        stamp("created_at"),
        stamp("updated_at"),
        primary_key("users"),
        unique("users", "email"),
        unique("users", "username"),
    )
    op.create_table(
        "projects",
        number(),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("user_id", sa.Integer()),
        stamp("created_at"),
        stamp("updated_at"),
        primary_key("projects"),
        reference("projects", "user_id", "users"),
    )
    op.create_table(
        "buildings",
        number(),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("address", sa.String(255)),
        sa.Column("owner_id", sa.Integer()),
        sa.Column("project_id", sa.Integer()),
        stamp("created_at"),
        stamp("updated_at"),
        primary_key("buildings"),
        reference("buildings", "owner_id", "users", "SET NULL"),
        reference("buildings", "project_id", "projects"),
    )
    op.create_table(
        "floors",
        number(),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("building_id", sa.Integer()),
        sa.Column("svg_path", sa.String(255)),
        stamp("created_at"),
        stamp("updated_at"),
        primary_key("floors"),
        reference("floors", "building_id", "buildings"),
    )
    op.create_table(
        "categories",
        number(),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("building_id", sa.Integer()),
        stamp("created_at"),
        stamp("updated_at"),
        primary_key("categories"),
        unique("categories", "name"),
        reference("categories", "building_id", "buildings"),
    )

    for table in SHAPES:  # rooms first
        create_building_objects(table)
        convert_geometry(table)

    op.create_table(
        "drawings",
        number(),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("project_id", sa.Integer()),
        stamp("created_at"),
        primary_key("drawings"),
        reference("drawings", "project_id", "projects"),
    )
    op.create_table(
        "comments",
        number(),
        sa.Column("user_id", sa.Integer()),
        sa.Column("object_id", sa.String(64)),
        sa.Column("object_type", sa.String(50)),
        sa.Column("content", sa.Text()),
        stamp("created_at"),
        primary_key("comments"),
        reference("comments", "user_id", "users"),
    )
    op.create_table(
        "assignments",
        number(),
        sa.Column("user_id", sa.Integer()),
        sa.Column("object_id", sa.String(64)),
        sa.Column("object_type", sa.String(50)),
        sa.Column("status", sa.String(50)),
        sa.Column("assigned_at", sa.DateTime(timezone=True)),
        primary_key("assignments"),
        reference("assignments", "user_id", "users"),
    )
    op.create_table(
        "object_history",
        number(),
        sa.Column("user_id", sa.Integer()),
        sa.Column("object_id", sa.String(64)),
        sa.Column("object_type", sa.String(50)),
        sa.Column("change_type", sa.String(50)),
        sa.Column("changed_at", sa.DateTime(timezone=True)),
        primary_key("object_history"),
        reference("object_history", "user_id", "users"),
    )
    op.create_table(
        "audit_logs",
        number(),
        sa.Column("user_id", sa.Integer()),
        sa.Column("object_id", sa.String(64)),
        sa.Column("object_type", sa.String(50)),
        sa.Column("action", sa.String(50)),
        stamp("created_at"),
        primary_key("audit_logs"),
        reference("audit_logs", "user_id", "users"),
    )
    op.create_table(
        "user_category_permissions",
        number(),
        sa.Column("user_id", sa.Integer()),
        sa.Column("category_id", sa.Integer()),
        sa.Column("project_id", sa.Integer()),
        sa.Column("can_edit", sa.Boolean()),
        primary_key("user_category_permissions"),
        reference("user_category_permissions", "user_id", "users"),
        reference("user_category_permissions", "category_id", "categories"),
        reference("user_category_permissions", "project_id", "projects"),
    )
    op.create_table(
        "chat_messages",
        number(),
        sa.Column("building_id", sa.Integer()),
        sa.Column("user_id", sa.Integer()),
        sa.Column("audit_log_id", sa.Integer()),
        sa.Column("message", sa.Text()),
        stamp("created_at"),
        primary_key("chat_messages"),
        reference("chat_messages", "building_id", "buildings"),
        reference("chat_messages", "user_id", "users"),
        reference("chat_messages", "audit_log_id", "audit_logs"),
    )
    op.create_table(
        "catalog_items",
        number(),
        sa.Column("category_id", sa.Integer()),
        sa.Column("created_by", sa.Integer()),
        sa.Column("make", sa.String(100)),
        sa.Column("model", sa.String(100)),
        sa.Column("type", sa.String(100)),
        sa.Column("approved", sa.Boolean()),
        stamp("created_at"),
        primary_key("catalog_items"),
        reference("catalog_items", "category_id", "categories"),
        reference("catalog_items", "created_by", "users"),
    )

    for table, columns in INDEXES.items():
        for column in columns:
            create_index(table, column)
    create_index("catalog_items", "make", "model", "type")
    for table in SHAPES:
        in_room = ["room_id"] if table != "rooms" else []
        for column in [*in_room, *OWN_COLUMNS[table], *OBJECT_INDEXES]:
            create_index(table, column)
        create_index(table, "building_id", "floor_id")
        create_index(table, "project_id", "status")


def downgrade() -> None:
    # Tables that refer to others go first; indexes, constraints and sequences go with their table.
    op.drop_table("catalog_items")
    op.drop_table("chat_messages")
    op.drop_table("user_category_permissions")
    op.drop_table("audit_logs")
    op.drop_table("object_history")
    op.drop_table("assignments")
    op.drop_table("comments")
    op.drop_table("drawings")
    for table in reversed(SHAPES):
        op.drop_table(table)
    op.drop_table("categories")
    op.drop_table("floors")
    op.drop_table("buildings")
    op.drop_table("projects")
    op.drop_table("users")
    # The extension stays: it may have been there before us, and others may use it.
