"""Where psql puts the value of a variable, without a server; that psql does so is shown by test_parity.py."""

from __future__ import annotations

from release.psql.interpolation import variables_in


def test_variables_are_seen_where_psql_sees_them() -> None:
    text = "SELECT ':a', a[1:b], c::int, $$ :d $$; -- :e\n/* :f */ SELECT :'g', \":h\" \\gset i_\n\\echo :j\nSELECT :k;"
    assert list(variables_in(text)) == [("b", 1), ("g", 2), ("k", 4)]
