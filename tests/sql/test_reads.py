"""What a statement asks of the database, as far as its text tells; and PostgreSQL's own placeholders."""

from __future__ import annotations

import pytest

from release.errors import SqlError
from release.sql.facts.reads import Form, reading_of
from release.sql.read.cut import split
from release.sql.read.parameters import fill_numbered

READINGS = {
    "SELECT count(*) FROM a.b JOIN c USING (x)": (Form.READS, ["a.b", "c"], ["count"]),
    "WITH d AS (SELECT 1 FROM t) SELECT * FROM d": (Form.READS, ["t"], []),
    "WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d": (Form.CHANGES, [], []),
    "SELECT * INTO x FROM y": (Form.CHANGES, ["y"], []),
    "SELECT 1 FROM t FOR UPDATE": (Form.READS, ["t"], []),
    "SELECT public.setval('s', 1)": (Form.READS, [], ["public.setval"]),
    "TABLE t": (Form.READS, ["t"], []),
    "COPY t TO STDOUT": (Form.READS, ["t"], []),
    "COPY t FROM STDIN": (Form.CHANGES, ["t"], []),
    "EXPLAIN SELECT * FROM t": (Form.READS, ["t"], []),
    "EXPLAIN ANALYZE DELETE FROM t": (Form.CHANGES, [], []),
    "SHOW search_path": (Form.NEITHER, [], []),
    "INSERT INTO t SELECT lower(n) FROM u": (Form.CHANGES, ["u"], ["lower"]),
    "UPDATE t SET a = (SELECT 1 FROM v)": (Form.CHANGES, ["v"], []),
    "CREATE TABLE x AS SELECT * FROM t": (Form.CHANGES, ["t"], []),
    "DO $$ BEGIN DELETE FROM t; END $$": (Form.CHANGES, [], []),
}


@pytest.mark.parametrize("sql", READINGS)
def test_what_a_statement_reads(sql: str) -> None:
    form, relations, functions = READINGS[sql]
    found = reading_of(split(sql)[0].node)
    assert found.form is form
    assert [str(name) for name in found.relations] == relations
    assert [str(name) for name in found.functions] == functions


def test_numbered_placeholders() -> None:
    text = "SELECT $2, '$1', \"$1\", $$ $1 $$, $1::int -- $1\n, é$1"
    assert fill_numbered(text, ["'ä'", "(-1)"]) == "SELECT (-1), '$1', \"$1\", $$ $1 $$, 'ä'::int -- $1\n, é$1"
    with pytest.raises(SqlError, match=r"\$3 has no value"):
        fill_numbered("SELECT $3", ["1", "2"])
