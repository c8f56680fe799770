"""The Arxos building database as SQLAlchemy models: what `alembic revision --autogenerate` and `check` compare with.

Migrations never import this file: they must do the same for ever, and models change.
"""

from datetime import date, datetime
from typing import Annotated, Any

import sqlalchemy as sa
from geoalchemy2 import Geometry, WKBElement
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

# Every constraint and index has a name that can be told from what it is on, so that any rollback can name what
# it drops. The longest today has 51 bytes; PostgreSQL cuts names after 63.
NAMING_CONVENTION = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

OBJECT_STATE = postgresql.ENUM("draft", "active", "archived", name="object_state")


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMING_CONVENTION)


Id = Annotated[int, mapped_column(sa.Identity(), primary_key=True)]
Text50 = Annotated[str, mapped_column(sa.String(50))]
Text64 = Annotated[str, mapped_column(sa.String(64))]
Text100 = Annotated[str, mapped_column(sa.String(100))]
Text255 = Annotated[str, mapped_column(sa.String(255))]
Time = Annotated[datetime, mapped_column(sa.DateTime(timezone=True))]
# an instant that the database fills in unless told otherwise
Stamp = Annotated[datetime, mapped_column(sa.DateTime(timezone=True), server_default=sa.func.current_timestamp())]


def refer(target: str, on_delete: str = "CASCADE") -> Any:
    """Return an indexed foreign key column: PostgreSQL indexes the target's side only (manual 5.4.5)."""
    return mapped_column(sa.ForeignKey(target, ondelete=on_delete), index=True)


class User(Base):
    __tablename__ = "users"

    id: Mapped[Id]
    email: Mapped[Text255] = mapped_column(unique=True)
    username: Mapped[Text100] = mapped_column(unique=True)
    password_hash: Mapped[Text255]
    role: Mapped[Text50] = mapped_column(server_default="user")
    created_at: Mapped[Stamp | None]
    updated_at: Mapped[Stamp | None]
    last_login_at: Mapped[Time | None]
    email_verified_at: Mapped[Time | None]
    is_active: Mapped[bool] = mapped_column(server_default=sa.true())
    previous_email: Mapped[Text255 | None]


class Project(Base):
    __tablename__ = "projects"

    id: Mapped[Id]
    name: Mapped[Text255]
    user_id: Mapped[int | None] = refer("users.id")
    created_at: Mapped[Stamp | None] = mapped_column(index=True)


class Building(Base):
    __tablename__ = "buildings"

    id: Mapped[Id]
    name: Mapped[Text255]
    address: Mapped[Text255 | None]
    owner_id: Mapped[int | None] = refer("users.id", "SET NULL")
    project_id: Mapped[int | None] = refer("projects.id")
    created_at: Mapped[Stamp | None] = mapped_column(index=True)
    updated_at: Mapped[Stamp | None] = mapped_column(index=True)


class Floor(Base):
    __tablename__ = "floors"

    id: Mapped[Id]
    name: Mapped[Text255] = mapped_column(index=True)
    building_id: Mapped[int | None] = refer("buildings.id")
    svg_path: Mapped[Text255 | None]
    created_at: Mapped[Stamp | None]
    updated_at: Mapped[Stamp | None]


class Category(Base):
    __tablename__ = "categories"

    id: Mapped[Id]
    name: Mapped[Text100] = mapped_column(unique=True)
    building_id: Mapped[int | None] = refer("buildings.id")
    created_at: Mapped[Stamp | None]
    updated_at: Mapped[Stamp | None]


class BuildingObject:
    """What rooms, walls, doors, windows, devices, annotations and zones have in common."""

    __tablename__: str

    id: Mapped[Text64] = mapped_column(primary_key=True)
    layer: Mapped[Text100 | None] = mapped_column(index=True)
    status: Mapped[Text50 | None] = mapped_column(index=True)
    source_svg: Mapped[Text255 | None]
    svg_id: Mapped[Text255 | None]
    category: Mapped[Text100] = mapped_column(server_default="", index=True)
    created_by: Mapped[int | None] = refer("users.id", "SET NULL")
    locked_by: Mapped[int | None] = refer("users.id", "SET NULL")
    assigned_to: Mapped[int | None] = refer("users.id", "SET NULL")
    building_id: Mapped[int | None] = refer("buildings.id")
    floor_id: Mapped[int | None] = refer("floors.id")
    project_id: Mapped[int | None] = refer("projects.id")
    state: Mapped[str] = mapped_column(OBJECT_STATE, server_default="draft")

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        return (
            sa.Index(None, "building_id", "floor_id"),
            sa.Index(None, "project_id", "status"),
            sa.Index(None, "geom", postgresql_using="gist"),
        )


def place(shape: str) -> Any:
    """Return a geometry column; its index is declared with the others, under our name instead of GeoAlchemy2's."""
    return mapped_column(Geometry(shape, srid=4326, spatial_index=False))


class Room(BuildingObject, Base):
    __tablename__ = "rooms"

    name: Mapped[Text255 | None] = mapped_column(index=True)
    geom: Mapped[WKBElement | None] = place("POLYGON")

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        active = sa.text("state = 'active'")
        return (
            *super().__table_args__,
            sa.CheckConstraint("name <> ''", name="name"),
            sa.Index("ix_rooms_floor_id_covering", "floor_id", postgresql_include=["name", "state"]),
            sa.Index("ix_rooms_geom_active", "geom", postgresql_using="gist", postgresql_where=active),
        )


class RoomObject(BuildingObject):
    """A building object that stands in a room."""

    room_id: Mapped[Text64 | None] = refer("rooms.id")


class Wall(RoomObject, Base):
    __tablename__ = "walls"

    material: Mapped[Text100 | None] = mapped_column(index=True)
    geom: Mapped[WKBElement | None] = place("GEOMETRY")


class Door(RoomObject, Base):
    __tablename__ = "doors"

    material: Mapped[Text100 | None] = mapped_column(index=True)
    geom: Mapped[WKBElement | None] = place("GEOMETRY")


class Window(RoomObject, Base):
    __tablename__ = "windows"

    material: Mapped[Text100 | None] = mapped_column(index=True)
    geom: Mapped[WKBElement | None] = place("GEOMETRY")


class Device(RoomObject, Base):
    __tablename__ = "devices"

    type: Mapped[Text100 | None] = mapped_column(index=True)
    system: Mapped[Text100 | None] = mapped_column(index=True)
    subtype: Mapped[Text100 | None] = mapped_column(index=True)
    geom: Mapped[WKBElement | None] = place("POINT")

    @declared_attr.directive
    @classmethod
    def __table_args__(cls) -> tuple[Any, ...]:
        active = sa.text("state = 'active'")
        return (
            *super().__table_args__,
            sa.Index("ix_devices_building_id_active", "building_id", postgresql_where=active),
        )


class Annotation(RoomObject, Base):
    __tablename__ = "annotations"

    text: Mapped[Text255 | None] = mapped_column(index=True)
    geom: Mapped[WKBElement | None] = place("POINT")


class Zone(RoomObject, Base):
    __tablename__ = "zones"

    name: Mapped[Text255 | None] = mapped_column(index=True)
    geom: Mapped[WKBElement | None] = place("POLYGON")


class Drawing(Base):
    __tablename__ = "drawings"

    id: Mapped[Id]
    name: Mapped[Text255] = mapped_column(index=True)
    project_id: Mapped[int | None] = refer("projects.id")
    created_at: Mapped[Stamp | None] = mapped_column(index=True)


class ObjectEvent:
    """What comments, assignments, history and audit have in common: a user and the object it is about."""

    id: Mapped[Id]
    user_id: Mapped[int | None] = refer("users.id")
    object_id: Mapped[Text64 | None] = mapped_column(index=True)
    object_type: Mapped[Text50 | None] = mapped_column(index=True)


class Comment(ObjectEvent, Base):
    __tablename__ = "comments"

    content: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[Stamp] = mapped_column(index=True)


class Assignment(ObjectEvent, Base):
    __tablename__ = "assignments"

    status: Mapped[Text50 | None] = mapped_column(index=True)
    assigned_at: Mapped[Time | None] = mapped_column(index=True)


class ObjectHistory(ObjectEvent, Base):
    __tablename__ = "object_history"

    change_type: Mapped[Text50 | None] = mapped_column(index=True)
    changed_at: Mapped[Time | None] = mapped_column(index=True)


class AuditLog(ObjectEvent, Base):
    __tablename__ = "audit_logs"

    action: Mapped[Text50 | None] = mapped_column(index=True)
    created_at: Mapped[Stamp | None] = mapped_column(index=True)


class UserCategoryPermission(Base):
    __tablename__ = "user_category_permissions"

    id: Mapped[Id]
    user_id: Mapped[int | None] = refer("users.id")
    category_id: Mapped[int | None] = refer("categories.id")
    project_id: Mapped[int | None] = refer("projects.id")
    can_edit: Mapped[bool | None] = mapped_column(index=True)


class ChatMessage(Base):
    __tablename__ = "chat_messages"

    id: Mapped[Id]
    building_id: Mapped[int | None] = refer("buildings.id")
    user_id: Mapped[int | None] = refer("users.id")
    audit_log_id: Mapped[int | None] = refer("audit_logs.id")
    message: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[Stamp | None] = mapped_column(index=True)


class CatalogItem(Base):
    __tablename__ = "catalog_items"
    __table_args__ = (
        sa.Index(None, "make", "model", "type"),
        sa.Index(None, "search", postgresql_using="gin"),
    )

    id: Mapped[Id]
    category_id: Mapped[int | None] = refer("categories.id")
    created_by: Mapped[int | None] = refer("users.id")
    make: Mapped[Text100 | None] = mapped_column(index=True)
    model: Mapped[Text100 | None] = mapped_column(index=True)
    type: Mapped[Text100 | None] = mapped_column(index=True)
    approved: Mapped[bool | None] = mapped_column(index=True)
    created_at: Mapped[Stamp | None] = mapped_column(index=True)
    search: Mapped[str | None] = mapped_column(
        postgresql.TSVECTOR,
        sa.Computed(
            "to_tsvector('simple', coalesce(make, '') || ' ' || coalesce(model, '') || ' ' || coalesce(type, ''))",
            persisted=True,
        ),
    )


class BuildingSystem(Base):
    __tablename__ = "building_systems"
    __table_args__ = (sa.Index(None, "location", postgresql_using="gist"),)

    id: Mapped[Id]
    name: Mapped[Text255]
    building_id: Mapped[int | None] = refer("buildings.id")
    settings: Mapped[dict[str, Any] | None] = mapped_column(postgresql.JSONB)
    location: Mapped[WKBElement | None] = place("POINT")


class MaintenanceTask(Base):
    __tablename__ = "maintenance_tasks"

    id: Mapped[Id]
    building_system_id: Mapped[int | None] = refer("building_systems.id")
    title: Mapped[Text255]
    due_on: Mapped[date | None]
    done_at: Mapped[Time | None]
