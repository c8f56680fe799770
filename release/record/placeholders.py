"""Text that was handed to a driver as it is, with its own placeholders, as the server gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.types import NULLTYPE

from release.source.literals import fill_placeholders, literal
from release.sql.read.parameters import fill_numbered

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect


def sent_text(sql: str, values: Any, dialect: Dialect) -> str:
    """The text with literals for its placeholders.

    Args:
        values: a sequence or a mapping of values; empty where there are none.
        dialect: of the driver; its class says what the placeholders look like.

    Raises:
        CompileError, SqlError: a placeholder has no value, or a value no literal form.
    """
    kind: Any = type(dialect)
    if kind.default_paramstyle.startswith("numeric"):
        texts = (literal(value, NULLTYPE, dialect) for value in values)
        return fill_numbered(sql, [f"({text})" if text.startswith("-") else text for text in texts])
    if dialect.driver == "pg8000" and not values:
        return sql  # it leaves %% alone then; the others do not
    return fill_placeholders(sql, values, dialect)
