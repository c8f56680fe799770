"""The scratch server: private, not root's, and gone afterwards whatever happens."""

from __future__ import annotations

from release.database.server import Server
from tests.databases import Dump, NewDatabase, Psql


def test_a_database_is_made_copied_and_dumped(
    server: Server, new_database: NewDatabase, postgis_template: str, psql: Psql, dump: Dump
) -> None:
    first = new_database(postgis_template)
    done = psql(
        first, "-v", "ON_ERROR_STOP=1", input="CREATE TABLE a (b int, g geometry); INSERT INTO a VALUES (2), (1);"
    )
    assert (done.returncode, done.stderr) == (0, "")
    second = new_database(first)
    assert dump(first) == dump(second)
    assert psql(second, "-At", "-c", "SELECT count(*) FROM a").stdout == "2\n"
    psql(second, "-c", "DELETE FROM a WHERE b = 1; INSERT INTO a VALUES (1)")
    assert dump(first) == dump(second)
    psql(second, "-c", "DELETE FROM a WHERE b = 1")
    assert dump(first) != dump(second)
    assert dump(first, exclude=("public.a",)) == dump(second, exclude=("public.a",))
    assert dump(first, rows=False) == dump(second, rows=False)
