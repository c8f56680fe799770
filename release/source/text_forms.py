"""Values in the text form that the input function of their PostgreSQL type reads."""

from __future__ import annotations

import datetime
import decimal
import enum
import ipaddress
import math
import uuid
from typing import TYPE_CHECKING, Any

from sqlalchemy import exc, types
from sqlalchemy.dialects import postgresql as pg

from release.source.bound import bound_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Dialect
    from sqlalchemy.types import TypeEngine

NUMBERS = (int, float, decimal.Decimal)
BINARY = (bytes, bytearray, memoryview)
RANGES = (pg.ranges.AbstractRange,)  # the multirange types derive from it
ADDRESSES = (
    ipaddress.IPv4Address,
    ipaddress.IPv6Address,
    ipaddress.IPv4Interface,
    ipaddress.IPv6Interface,
    ipaddress.IPv4Network,
    ipaddress.IPv6Network,
)


def text_form(value: Any, type_: TypeEngine[Any], dialect: Dialect) -> str:
    """The text that the server's input function of the type reads."""
    if isinstance(value, str):
        return value.value if isinstance(value, enum.Enum) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, decimal.Decimal) and not value.is_finite():
        # psycopg2 knows no other (its Decimal adapter)
        return "NaN" if value.is_nan() or dialect.driver == "psycopg2" else _infinity(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else "NaN" if math.isnan(value) else _infinity(value)
    if isinstance(value, (*NUMBERS, uuid.UUID, *ADDRESSES)):
        return str(value)
    if isinstance(value, datetime.date) and dialect.driver == "asyncpg" and (endless := _endless(value, type_)):
        return endless
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return f"{value.days} days {value.seconds}.{value.microseconds:06} seconds"
    if isinstance(value, BINARY):
        return "\\x" + bytes(value).hex()
    if isinstance(type_, pg.HSTORE) and isinstance(value, dict):
        return ", ".join(f"{_hstore(key)}=>{'NULL' if item is None else _hstore(item)}" for key, item in value.items())
    if isinstance(value, pg.Range):
        return _range(value, type_, dialect)
    if isinstance(value, list | tuple) and isinstance(type_, RANGES):
        return "{" + ",".join(text_form(item, type_, dialect) for item in value) + "}"
    if isinstance(value, list | tuple):
        return _array(value, type_.item_type if isinstance(type_, types.ARRAY) else types.NULLTYPE, dialect)
    raise exc.CompileError(f"a value of the Python type {type(value).__name__} has no form as {spell(type_)}")


def _infinity(value: float | decimal.Decimal) -> str:
    return "Infinity" if value > 0 else "-Infinity"


def _endless(value: datetime.date, type_: TypeEngine[Any]) -> str:
    """What asyncpg sends instead of Python's first and last day or moment, in UTC; "" for any other value.

    Its codec goes by the type of the parameter: a moment of the last day is endless as a date (pgproto's datetime.pyx).
    """
    first: datetime.date = datetime.date.min
    last: datetime.date = datetime.date.max
    if isinstance(type_, types.Date) or (type(value) is datetime.date and not isinstance(type_, types.DateTime)):
        value = datetime.date(value.year, value.month, value.day)
    else:
        if not isinstance(value, datetime.datetime):
            value = datetime.datetime(value.year, value.month, value.day)  # noqa: DTZ001  # as the codec does
        zone = None if value.utcoffset() is None else datetime.UTC
        first, last = datetime.datetime.min.replace(tzinfo=zone), datetime.datetime.max.replace(tzinfo=zone)
    return "infinity" if value == last else "-infinity" if value == first else ""


def _hstore(text: object) -> str:
    if not isinstance(text, str):
        raise exc.CompileError(f"{text!r} cannot be part of an hstore: its keys and values are strings")
    return _quoted(text)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _range(value: pg.Range[Any], type_: TypeEngine[Any], dialect: Dialect) -> str:
    """Manual 8.17.5."""
    if value.empty:
        return "empty"
    within = next((end for kind, end in _ENDS.items() if isinstance(type_, kind)), types.NULLTYPE)
    ends = ["" if end is None else _element(end, within, dialect) for end in (value.lower, value.upper)]
    return f"{value.bounds[0]}{ends[0]},{ends[1]}{value.bounds[1]}"


_ENDS: dict[tuple[type, ...], TypeEngine[Any]] = {
    (pg.DATERANGE, pg.DATEMULTIRANGE): types.Date(),
    (pg.TSRANGE, pg.TSMULTIRANGE): types.DateTime(),
    (pg.TSTZRANGE, pg.TSTZMULTIRANGE): types.DateTime(timezone=True),
}


def _array(values: Sequence[Any], type_: TypeEngine[Any], dialect: Dialect) -> str:
    """Manual 8.15.6."""
    items = [
        _array(item, type_, dialect)
        if isinstance(item, list | tuple) and not isinstance(type_, (*RANGES, types.JSON))
        else _element(item, type_, dialect)
        for item in values
    ]
    return "{" + ",".join(items) + "}"


def _element(value: Any, type_: TypeEngine[Any], dialect: Dialect) -> str:
    value, type_ = bound_value(value, type_, dialect)
    if value is None:
        return "NULL"
    text = text_form(value, type_, dialect)
    if text.replace("_", "").replace("-", "").replace(".", "").isalnum() and text.isascii() and text.upper() != "NULL":
        return text
    return _quoted(text)


def spell(type_: TypeEngine[Any], dialect: Dialect | None = None) -> str:
    return type_.compile(dialect) if dialect is not None else type(type_).__name__
