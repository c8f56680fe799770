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
        return "NaN" if value.is_nan() else _infinity(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else "NaN" if math.isnan(value) else _infinity(value)
    if isinstance(value, (*NUMBERS, uuid.UUID, *ADDRESSES)):
        return str(value)
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
        return _range(value, dialect)
    if isinstance(value, list | tuple) and isinstance(type_, RANGES):
        return "{" + ",".join(text_form(item, type_, dialect) for item in value) + "}"
    if isinstance(value, list | tuple):
        return _array(value, type_.item_type if isinstance(type_, types.ARRAY) else types.NULLTYPE, dialect)
    raise exc.CompileError(f"a value of the Python type {type(value).__name__} has no form as {spell(type_)}")


def _infinity(value: float | decimal.Decimal) -> str:
    return "Infinity" if value > 0 else "-Infinity"


def _hstore(text: object) -> str:
    if not isinstance(text, str):
        raise exc.CompileError(f"{text!r} cannot be part of an hstore: its keys and values are strings")
    return _quoted(text)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _range(value: pg.Range[Any], dialect: Dialect) -> str:
    """Manual 8.17.5."""
    if value.empty:
        return "empty"
    ends = ["" if end is None else _element(end, types.NULLTYPE, dialect) for end in (value.lower, value.upper)]
    return f"{value.bounds[0]}{ends[0]},{ends[1]}{value.bounds[1]}"


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
