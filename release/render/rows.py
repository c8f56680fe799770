"""The data of a release, laid out as the VALUES of a query."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from release.sql.read import quote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from release.model import Name
    from release.plan.rows import Row

_WIDEST = 130  # with the comma behind it


def values(rows: Iterable[Row]) -> str:
    """Rows as lines between VALUES and the alias, short ones of a kind side by side; all that is not given is ''."""
    lines: list[str] = []
    last = ""
    for row in rows:
        written = _row(row)
        fits = bool(lines) and row.kind == last and len(lines[-1]) + len(written) + 3 <= _WIDEST
        if fits and "\n" not in written and "\n" not in lines[-1]:
            lines[-1] += f", {written}"
        else:
            lines.append(f"    {written}")
        last = row.kind
    return ",\n".join(lines)


def _row(row: Row) -> str:
    start = f"({quote.literal(row.kind)}, {row.segment}, {_text(row.subject)}, {_text(row.name)}"
    if not row.detail:
        return f"{start}, NULL)"
    parts = [part for key, value in row.detail.items() for part in _parts(key, value)]
    fits = len(start) + len(parts[0]) + 12 <= _WIDEST
    members = "".join(_wrapped(parts, len(start) + 8 if fits else 10))
    space = " " if fits else "\n        "
    return f"{start},{space}{quote.literal(f'{{{members}}}')})"


def _text(value: Name | str) -> str:
    return quote.literal(value) if isinstance(value, str) else quote.name_literal(value)


def _parts(key: str, value: object) -> Iterator[str]:
    """A member of a JSON object, in pieces that a comma stands between: a line may end after each element of a list."""
    if not isinstance(value, list | tuple):
        yield f"{_json(key)}: {_json(value)}"
        return
    elements = [_json(each) for each in value] or [""]
    elements[0] = f"{_json(key)}: [{elements[0]}"
    elements[-1] += "]"
    yield from elements


def _json(value: object) -> str:
    """A value as JSON; what cannot be seen is escaped, and stays what it is."""
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in text)


def _wrapped(parts: list[str], column: int) -> Iterator[str]:
    """The members of a JSON object, in as many lines as they need: white space means nothing between them."""
    for index, part in enumerate(parts):
        if index:
            yield ","
            if column + len(part) + (4 if index == len(parts) - 1 else 1) > _WIDEST:
                yield "\n        "
                column = 8
            else:
                yield " "
        yield part
        column += len(part) + 2
