"""Values as SQL literals, with the meaning that the same values have when a driver binds them online.

SQLAlchemy has literal forms for few types, and a bind without a value becomes NULL (facts 1, 9 and 12 of
docs/generation.md). The compiler made here has a form for every type that PostgreSQL and PostGIS projects use, takes
values that were given at execution time, and refuses what has none.

A literal is PostgreSQL's text form of the value in quotes (manual 4.1.2.7), cast to its type wherever leaving that
to the server could choose another one.
"""

from __future__ import annotations

import datetime
import decimal
import enum
import ipaddress
import json
import math
import uuid
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import exc, types
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.sql.elements import BindParameter, ClauseElement, TextClause

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine

_NUMBERS = (int, float, decimal.Decimal)
_BINARY = (bytes, bytearray, memoryview)
_RANGES = (pg.ranges.AbstractRange,)  # the multirange types derive from it
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
    *_RANGES,
)


class UnboundError(Exception):
    """Bind parameters have no value; online SQLAlchemy raises there too."""

    def __init__(self, *names: str) -> None:
        super().__init__(", ".join(names))
        self.names = names


def literal_compiler(inherited: type[SQLCompiler]) -> type[SQLCompiler]:
    """A dialect's statement compiler that renders every value; `values` are those given at execution time."""

    class LiteralCompiler(inherited):  # type: ignore[valid-type, misc]  # which one depends on the driver
        values: ClassVar[Mapping[str, Any]] = {}
        _in_text = 0

        def visit_textclause(self, textclause: TextClause, *args: Any, **kw: Any) -> str:
            self._in_text += 1
            try:
                return str(super().visit_textclause(textclause, *args, **kw))
            finally:
                self._in_text -= 1

        def render_literal_bindparam(self, bindparam: BindParameter[Any], **kw: Any) -> str:
            if bindparam.key in self.values:
                value = self.values[bindparam.key]
            elif bindparam.required and bindparam.value is None and bindparam.callable is None:
                raise UnboundError(str(bindparam.key))
            else:
                value = bindparam.effective_value
            if bindparam.expanding:
                return str(super().render_literal_bindparam(bindparam, render_literal_value=value, **kw))
            return self.render_literal_value(value, bindparam.type)

        def render_literal_value(self, value: Any, type_: TypeEngine[Any]) -> str:
            if isinstance(value, ClauseElement):
                return str(self.process(value, literal_binds=True))
            text = literal(value, type_, self.dialect)
            # 5-:n with n = -1 would become a comment, and -1::int binds the cast first
            return f"({text})" if self._in_text and text.startswith("-") else text

    return LiteralCompiler


def literal(value: Any, type_: TypeEngine[Any], dialect: Dialect) -> str:
    """A value as SQL.

    Args:
        type_: its SQLAlchemy type; NullType where there is none, and then the value's own type counts, as it does for
            a driver.

    Raises:
        CompileError: there is no literal form.
    """
    value, type_ = _bound(value, type_, dialect)
    if value is None:
        return "NULL"
    if isinstance(value, bool) and isinstance(type_, types.Numeric | types.Integer):
        value = int(value)
    text = _text(value, type_, dialect)
    if isinstance(value, bool):
        return text
    if isinstance(value, _NUMBERS) and not isinstance(type_, types.String):
        return _number(value, text, type_, dialect)
    return _quoted(text) + _cast(value, type_, dialect)


def fill_placeholders(sql: str, values: Mapping[str, Any] | Sequence[Any], dialect: Dialect) -> str:
    """Text with a driver's `%s` and `%(name)s` placeholders, as exec_driver_sql takes it, with literals for them.

    Raises:
        CompileError: a placeholder has no value, or what follows a `%` is no placeholder.
    """
    parts = sql.split("%")
    out = [parts[0]]
    given = iter(() if hasattr(values, "keys") else values)
    index = 1
    while index < len(parts):
        part = parts[index]
        if part.startswith("s"):
            try:
                out += [_in_text(next(given), dialect), part[1:]]
            except StopIteration:
                raise exc.CompileError("a placeholder %s has no value") from None
        elif part.startswith("(") and ")s" in part and hasattr(values, "keys"):
            name, _, rest = part[1:].partition(")s")
            if name not in values:
                raise exc.CompileError(f"the placeholder %({name})s has no value")
            out += [_in_text(values[name], dialect), rest]  # type: ignore[call-overload]
        elif not part and index + 1 < len(parts):
            index += 1
            out += ["%", parts[index]]
        else:
            raise exc.CompileError("a % that is no placeholder: the driver wants %% there")
        index += 1
    return "".join(out)


def _in_text(value: Any, dialect: Dialect) -> str:
    text = literal(value, types.NULLTYPE, dialect)
    return f"({text})" if text.startswith("-") else text


def _bound(value: Any, type_: TypeEngine[Any], dialect: Dialect) -> tuple[Any, TypeEngine[Any]]:
    """What a driver would be handed: the value after its type has converted it, and the type that PostgreSQL sees."""
    if isinstance(type_, types.Interval):
        return value, pg.INTERVAL()
    if isinstance(type_, types.TypeDecorator):
        inner = type_.load_dialect_impl(dialect)
        if not _is_theirs(type(type_), "process_bind_param"):
            return _bound(type_.process_bind_param(value, dialect), inner, dialect)
        if not _is_theirs(type(type_), "process_literal_param"):
            return _bound(type_.process_literal_param(value, dialect), inner, dialect)
        return _bound(value, inner, dialect)
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
    dumps = getattr(dialect, "_json_serializer", None) or json.dumps
    return str(dumps(value))


def _text(value: Any, type_: TypeEngine[Any], dialect: Dialect) -> str:
    """The text that the server's input function of the type reads."""
    if isinstance(value, str):
        return value.value if isinstance(value, enum.Enum) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, decimal.Decimal) and not value.is_finite():
        return "NaN" if value.is_nan() else _infinity(value)
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else "NaN" if math.isnan(value) else _infinity(value)
    if isinstance(value, (*_NUMBERS, uuid.UUID, *_ADDRESSES)):
        return str(value)
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return f"{value.days} days {value.seconds}.{value.microseconds:06} seconds"
    if isinstance(value, _BINARY):
        return "\\x" + bytes(value).hex()
    if isinstance(type_, pg.HSTORE) and isinstance(value, dict):
        return ", ".join(f"{_hstore(key)}=>{'NULL' if item is None else _hstore(item)}" for key, item in value.items())
    if isinstance(value, pg.Range):
        return _range(value, dialect)
    if isinstance(value, list | tuple) and isinstance(type_, _RANGES):
        return "{" + ",".join(_text(item, type_, dialect) for item in value) + "}"
    if isinstance(value, list | tuple):
        return _array(value, type_.item_type if isinstance(type_, types.ARRAY) else types.NULLTYPE, dialect)
    raise exc.CompileError(f"a value of the Python type {type(value).__name__} has no form as {_spell(type_)}")


_ADDRESSES = (
    ipaddress.IPv4Address,
    ipaddress.IPv6Address,
    ipaddress.IPv4Interface,
    ipaddress.IPv6Interface,
    ipaddress.IPv4Network,
    ipaddress.IPv6Network,
)


def _infinity(value: float | decimal.Decimal) -> str:
    return "Infinity" if value > 0 else "-Infinity"


def _hstore(text: object) -> str:
    if not isinstance(text, str):
        raise exc.CompileError(f"{text!r} cannot be part of an hstore: its keys and values are strings")
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
        if isinstance(item, list | tuple) and not isinstance(type_, (*_RANGES, types.JSON))
        else _element(item, type_, dialect)
        for item in values
    ]
    return "{" + ",".join(items) + "}"


def _element(value: Any, type_: TypeEngine[Any], dialect: Dialect) -> str:
    value, type_ = _bound(value, type_, dialect)
    if value is None:
        return "NULL"
    text = _text(value, type_, dialect)
    if text.replace("_", "").replace("-", "").replace(".", "").isalnum() and text.isascii() and text.upper() != "NULL":
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _number(value: float | decimal.Decimal, text: str, type_: TypeEngine[Any], dialect: Dialect) -> str:
    if isinstance(value, float):
        if math.isfinite(value) and (isinstance(type_, types.Float) or dialect.driver == "psycopg2"):
            return text  # psycopg2 writes floats as they are; the others send double precision
        kind = "double precision"
    else:
        kind = "numeric"
    if isinstance(value, float) or (isinstance(value, decimal.Decimal) and not value.is_finite()):
        return f"'{text}'::{kind}"
    return text


def _cast(value: Any, type_: TypeEngine[Any], dialect: Dialect) -> str:
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
    name = _spell(type_, dialect).lower()
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
    _BINARY: "bytea",
    _ADDRESSES[:4]: "inet",
    _ADDRESSES[4:]: "cidr",
}


def _flat(values: Sequence[Any]) -> list[Any]:
    flat: list[Any] = []
    for item in values:
        flat += _flat(item) if isinstance(item, list | tuple) else [item] if item is not None else []
    return flat


def _spell(type_: TypeEngine[Any], dialect: Dialect | None = None) -> str:
    return type_.compile(dialect) if dialect is not None else type(type_).__name__


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
