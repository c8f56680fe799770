"""Which rules sqlfluff and its plugins have."""

from __future__ import annotations

import sqlfluff


def codes() -> tuple[str, ...]:
    """The code of every rule."""
    return tuple(rule.code for rule in sqlfluff.list_rules())
