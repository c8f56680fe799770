"""The constants that stand in an expression."""

from __future__ import annotations

import postgast

from release.errors import SqlError


def constants_in(expression: str) -> tuple[str, ...]:
    """Numbers and strings of an expression as text, in order of appearance, each once.

    Raises:
        SqlError: PostgreSQL's parser does not take it.
    """
    try:
        tree = postgast.parse(f"SELECT {expression}")
    except postgast.PgQueryError as error:
        raise SqlError(f"cannot parse the expression {expression}: {error}") from error
    found: dict[str, None] = {}
    for _, node in postgast.walk(tree):
        if type(node).__name__ == "A_Const" and not node.isnull:
            kind = node.WhichOneof("val")
            if kind == "ival":
                found[str(node.ival.ival)] = None
            elif kind == "fval":
                found[node.fval.fval] = None
            elif kind == "sval":
                found[node.sval.sval] = None
    return tuple(found)
