"""What a driver would be handed: values after their types have converted them."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import types
from sqlalchemy.dialects import postgresql as pg

from release.source.internals import json_serializer

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine


def bound_value(value: Any, type_: TypeEngine[Any], dialect: Dialect) -> tuple[Any, TypeEngine[Any]]:
    """What a driver would be handed: the value after its type has converted it, and the type that PostgreSQL sees."""
    if isinstance(type_, types.Interval):
        return value, pg.INTERVAL()
    if isinstance(type_, types.TypeDecorator):
        inner = type_.load_dialect_impl(dialect)
        if not _is_theirs(type(type_), "process_bind_param"):
            return bound_value(type_.process_bind_param(value, dialect), inner, dialect)
        if not _is_theirs(type(type_), "process_literal_param"):
            return bound_value(type_.process_literal_param(value, dialect), inner, dialect)
        return bound_value(value, inner, dialect)
    if isinstance(type_, types.JSON):
        return _json(value, type_, dialect), type_
    if value is None:
        return None, type_
    if isinstance(type_, types.Enum):
        convert: Any = type_.bind_processor(dialect)  # type: ignore[no-untyped-call]
        return convert(value) if convert else value, type_
    if isinstance(type_, types.Boolean) and isinstance(value, int) and value in (0, 1):
        return bool(value), type_
    if isinstance(type_, types.Uuid) and not type_.native_uuid and isinstance(value, uuid.UUID):
        return value.hex, types.String()
    if not _is_theirs(type(type_), "bind_processor"):
        convert = type_.bind_processor(dialect)
        value = convert(value) if convert else value
    if type(value).__module__.startswith("psycopg") and type(value).__name__ in {"Json", "Jsonb"}:
        value = json.dumps(value.obj if hasattr(value, "obj") else value.adapted)
        return value, pg.JSONB() if type(value).__name__ == "Jsonb" else pg.JSON()
    return value, type_


def _is_theirs(kind: type, method: str) -> bool:
    """Whether the method is SQLAlchemy's own, not one that the project or its libraries wrote."""
    return str(getattr(kind, method).__module__).startswith("sqlalchemy.")


def _json(value: Any, type_: types.JSON, dialect: Dialect) -> str | None:
    if value is types.JSON.NULL:
        value = None
    elif value is None and type_.none_as_null:
        return None
    dumps = json_serializer(dialect) or json.dumps
    return str(dumps(value))
