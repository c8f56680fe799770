"""Whether a change of type only widens a text, which PostgreSQL does in its catalog alone (manual, ALTER TABLE, Notes).

SQL does not say what the type was; `existing_type` of op.alter_column does, and autogenerate always writes it.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.lint.subject import Case, Item

_TEXTS = frozenset({"String", "VARCHAR", "Text", "TEXT", "Unicode", "UnicodeText"})
_ENDLESS = 1 << 30


def only_widens(case: Case, item: Item) -> bool:
    """Whether all that a statement does is to lift the limit of a varchar, or to take it away."""
    text = next((each.text for each in case.texts if each.file == item.source.file), "")
    changes = [
        each
        for each in ast.walk(ast.parse(text))
        if isinstance(each, ast.Call)
        and ast.unparse(each.func).endswith("alter_column")
        and each.lineno <= item.source.line <= (each.end_lineno or each.lineno)
    ]
    if len(changes) != 1 or len(item.definitions.retyped) != 1:
        return False
    types = {each.arg: _length(each.value) for each in changes[0].keywords}
    old, new = types.get("existing_type"), types.get("type_")
    return bool(old and new and old <= new)


def _length(node: ast.expr) -> int | None:
    """How long a text of a type may be; None for what is no type of texts."""
    name = ast.unparse(node.func if isinstance(node, ast.Call) else node).rpartition(".")[2]
    if name not in _TEXTS:
        return None
    if not isinstance(node, ast.Call) or "ext" in name.lower():
        return _ENDLESS
    arguments = [*node.args[:1], *(each.value for each in node.keywords if each.arg == "length")]
    values = [each.value for each in arguments if isinstance(each, ast.Constant) and isinstance(each.value, int)]
    return values[0] if values else _ENDLESS if not arguments else None
