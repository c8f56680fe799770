"""What a statement asks of the database, as far as its text tells."""

from __future__ import annotations

import pytest

from release.sql.facts.read_only import RowUse, reading_of
from release.sql.read.statements import statement_in

READINGS = {
    "SELECT count(*) FROM a.b JOIN c USING (x)": (RowUse.READS, ["a.b", "c"], ["count"]),
    "WITH d AS (SELECT 1 FROM t) SELECT * FROM d": (RowUse.READS, ["t"], []),
    "WITH d AS (DELETE FROM t RETURNING *) SELECT * FROM d": (RowUse.CHANGES, [], []),
    "SELECT * INTO x FROM y": (RowUse.CHANGES, ["y"], []),
    "SELECT 1 FROM t FOR UPDATE": (RowUse.READS, ["t"], []),
    "SELECT public.setval('s', 1)": (RowUse.READS, [], ["public.setval"]),
    "TABLE t": (RowUse.READS, ["t"], []),
    "COPY t TO STDOUT": (RowUse.READS, ["t"], []),
    "COPY t FROM STDIN": (RowUse.CHANGES, ["t"], []),
    "EXPLAIN SELECT * FROM t": (RowUse.READS, ["t"], []),
    "EXPLAIN ANALYZE DELETE FROM t": (RowUse.CHANGES, [], []),
    "SHOW search_path": (RowUse.NEITHER, [], []),
    "INSERT INTO t SELECT lower(n) FROM u": (RowUse.CHANGES, ["u"], ["lower"]),
    "UPDATE t SET a = (SELECT 1 FROM v)": (RowUse.CHANGES, ["v"], []),
    "CREATE TABLE x AS SELECT * FROM t": (RowUse.CHANGES, ["t"], []),
    "DO $$ BEGIN DELETE FROM t; END $$": (RowUse.CHANGES, [], []),
}


@pytest.mark.parametrize("sql", READINGS)
def test_what_a_statement_reads(sql: str) -> None:
    form, relations, functions = READINGS[sql]
    found = reading_of(statement_in(sql))
    assert found.form is form
    assert [str(name) for name in found.relations] == relations
    assert [str(name) for name in found.functions] == functions
