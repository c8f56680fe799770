"""Values as SQL literals, with the meaning that the same values have when a driver binds them online.

SQLAlchemy has literal forms for few types, and a bind without a value becomes NULL (facts 1, 9 and 12 of
docs/generation.md). The compiler made here has a form for every type that PostgreSQL and PostGIS projects use, takes
values that were given at execution time, and refuses what has none.

A literal is PostgreSQL's text form of the value in quotes (manual 4.1.2.7), cast to its type wherever leaving that
to the server could choose another one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import exc, types
from sqlalchemy.sql.elements import BindParameter, ClauseElement, TextClause

from release.source.bound import bound_value
from release.source.casts import cast_of, number
from release.source.text_forms import NUMBERS, text_form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql.compiler import SQLCompiler
    from sqlalchemy.types import TypeEngine


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
    value, type_ = bound_value(value, type_, dialect)
    if value is None:
        return "NULL"
    if isinstance(value, bool) and isinstance(type_, types.Numeric | types.Integer):
        value = int(value)
    text = text_form(value, type_, dialect)
    if isinstance(value, bool):
        return text
    if isinstance(value, NUMBERS) and not isinstance(type_, types.String):
        return number(value, text, type_, dialect)
    return _quoted(text) + cast_of(value, type_, dialect)


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


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
