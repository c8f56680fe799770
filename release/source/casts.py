"""The type that a literal is cast to, where the server could otherwise take another one."""

from __future__ import annotations

import datetime
import decimal
import math
import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import types
from sqlalchemy.dialects import postgresql as pg

from release.source.text_forms import ADDRESSES, BINARY, RANGES, spell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

# Types whose literal is cast; the others are read as what the column or the other operand is, and a cast to, say,
# VARCHAR(5) or BIT(3) would cut the value off silently.
_CAST = (
    types.JSON,
    types.DateTime,
    types.Date,
    types.Time,
    types.Interval,
    types.LargeBinary,
    types.Uuid,
    pg.INTERVAL,
    pg.HSTORE,
    pg.INET,
    pg.CIDR,
    pg.MACADDR,
    *RANGES,
)


def number(value: float | decimal.Decimal, text: str, type_: TypeEngine[Any], dialect: Dialect) -> str:
    """A number as a literal, of the type that a driver would send."""
    if isinstance(value, float):
        # a bare -0.0 loses its sign; psycopg2 writes floats as they are, -0.0 too, the others send double precision
        bare = dialect.driver == "psycopg2" or (_is_double(type_) and text != "-0.0")
        if bare and math.isfinite(value):
            return text
        kind = "double precision"
    else:
        kind = "numeric"
    if isinstance(value, float) or (isinstance(value, decimal.Decimal) and not value.is_finite()):
        return f"'{text}'::{kind}"
    return text


def _is_double(type_: TypeEngine[Any]) -> bool:
    if not isinstance(type_, types.Float) or isinstance(type_, types.REAL):
        return False
    return type_.precision is None or type_.precision > 24


def cast_of(value: Any, type_: TypeEngine[Any], dialect: Dialect) -> str:
    """The cast behind a quoted literal, "" where the server cannot take another type."""
    if isinstance(value, datetime.datetime) and value.utcoffset() is not None:
        return "::timestamptz"  # a column without time zone takes it at the session's, as it would from a driver
    if isinstance(type_, types.ARRAY):
        item = type_.item_type
        if isinstance(item, types.String | types.Enum) and not isinstance(item, pg.ENUM | types.Enum):
            return "::text[]" if isinstance(item, types.Text) else "::varchar[]"
        if not isinstance(item, (*_CAST, types.Integer, types.Numeric, types.Boolean)):
            return ""
    elif isinstance(type_, types.NullType):
        return _own_cast(value)
    elif not isinstance(type_, _CAST):
        return ""
    elif isinstance(value, datetime.time) and value.utcoffset() is not None:
        return "::timetz"
    name = spell(type_, dialect).lower()
    return f"::{name.removesuffix(' without time zone')}"


def _own_cast(value: Any) -> str:
    """The type that a driver gives to a value by itself; none for text, which is of unknown type there too."""
    if isinstance(value, list | tuple):
        flat = _flat(value)
        kinds = {type(item) for item in flat}
        if kinds == {int}:
            return "::bigint[]"
        if kinds and all(issubclass(kind, str) for kind in kinds):
            return "::text[]"
        inner = _own_cast(flat[0]) if len(kinds) == 1 else ""
        return f"{inner}[]" if inner else ""
    if isinstance(value, datetime.time) and value.utcoffset() is not None:
        return "::timetz"
    for kind, name in _OWN.items():
        if isinstance(value, kind):
            return f"::{name}"
    return ""


# datetime before date: it is one
_OWN: dict[type | tuple[type, ...], str] = {
    datetime.datetime: "timestamp",
    datetime.date: "date",
    datetime.time: "time",
    datetime.timedelta: "interval",
    uuid.UUID: "uuid",
    BINARY: "bytea",
    ADDRESSES[:4]: "inet",
    ADDRESSES[4:]: "cidr",
}


def _flat(values: Sequence[Any]) -> list[Any]:
    flat: list[Any] = []
    for item in values:
        flat += _flat(item) if isinstance(item, list | tuple) else [item] if item is not None else []
    return flat
