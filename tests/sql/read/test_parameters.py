"""PostgreSQL's own placeholders, filled in where they are ones."""

from __future__ import annotations

import pytest

from release.errors import SqlError
from release.sql.read.parameters import fill_numbered


def test_numbered_placeholders() -> None:
    text = "SELECT $2, '$1', \"$1\", $$ $1 $$, $1::int -- $1\n, é$1"
    assert fill_numbered(text, ["'ä'", "(-1)"]) == "SELECT (-1), '$1', \"$1\", $$ $1 $$, 'ä'::int -- $1\n, é$1"
    with pytest.raises(SqlError, match=r"\$3 has no value"):
        fill_numbered("SELECT $3", ["1", "2"])
