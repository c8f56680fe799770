"""Which functions in a column default are known not to be volatile.

A default with a volatile function rewrites the table on ADD COLUMN (manual, ALTER TABLE, Notes). A function's
volatility is in the catalog; this list holds built-in functions, and some of PostGIS, that migrations use in
defaults. A test compares it with pg_proc. Whatever is not in it is taken to be volatile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.model.syntax import Expression

STEADY = frozenset(
    {
        "abs", "array_to_json", "array_to_string", "ceil", "char_length", "concat", "concat_ws",
        "current_database", "current_schema", "current_setting", "date_part", "date_trunc", "decode", "encode",
        "extract", "floor", "format", "int4range", "json_build_array", "json_build_object", "jsonb_build_array",
        "jsonb_build_object", "justify_hours", "left", "length", "lower", "make_date", "make_interval",
        "make_time", "make_timestamp", "make_timestamptz", "md5", "now", "numrange", "repeat", "replace",
        "right", "round", "sha256", "st_geomfromewkt", "st_geomfromtext", "st_makeenvelope", "st_makepoint",
        "st_point", "st_setsrid", "statement_timestamp", "string_to_array", "substr", "substring", "timezone",
        "to_char", "to_date", "to_json", "to_jsonb", "to_number", "to_timestamp", "to_tsvector",
        "transaction_timestamp", "trunc", "tstzrange", "upper",
    }
)  # fmt: skip


def is_volatile(expression: Expression) -> bool:
    """Whether a default's expression calls any function that is not known to be stable or immutable."""
    return any(call.name.name not in STEADY for call in expression.calls)
