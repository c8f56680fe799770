"""Names and options in parse trees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from release.model import Name

if TYPE_CHECKING:
    from collections.abc import Iterable

# Protobuf messages are built when postgast is imported, so that no type checker knows their fields: `Any`.


def name_of(relation: Any) -> Name:
    """The name in a RangeVar."""
    return Name(relation.relname, relation.schemaname)


def name_from(node: Any, last: int | None = None) -> Name:
    """The name in a list of String nodes, e.g. `object` of COMMENT; `last=-1` leaves off a column's or trigger's name.

    A database name before the schema is left off.
    """
    words = [item.string.sval for item in node.list.items][:last]
    return Name(words[-1], words[-2] if len(words) > 1 else "") if words else Name("")


def is_on(options: Iterable[Any], name: str, *, default: bool = False) -> bool:
    """The boolean value of `name` in a list of DefElem nodes (PostgreSQL's defGetBoolean); `default` when absent."""
    for node in options:
        if node.def_elem.defname == name:
            arg = node.def_elem.arg
            match arg.WhichOneof("node"):
                case "integer":
                    return bool(arg.integer.ival)
                case "boolean":
                    return bool(arg.boolean.boolval)
                case "string":  # true, false and on are keywords
                    return arg.string.sval.lower() in {"true", "on"}
                case "type_name":  # off is any identifier, which the grammar takes for a type
                    return arg.type_name.names[-1].string.sval.lower() in {"true", "on"}
                case _:
                    return True
    return default
