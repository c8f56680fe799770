"""A lock is held for the work on its own table only: readers of another one do not notice it."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.scratch.server import Server
from tests.databases import NewDatabase
from tests.traffic.application import Account, traffic
from tests.traffic.ways import DIRECTIONS, build, by_scripts, online, write_case

SCHEMA = (
    "CREATE TABLE small (a int CONSTRAINT full_a CHECK (a IS NOT NULL))",
    "CREATE TABLE big (a int)",
    "INSERT INTO small VALUES (1)",
    "INSERT INTO big SELECT generate_series(1, 700000)",
)
UP = ("ALTER TABLE small ALTER a SET NOT NULL", "ALTER TABLE big ALTER a TYPE bigint")
DOWN = ("ALTER TABLE small ALTER a DROP NOT NULL", "ALTER TABLE big ALTER a TYPE int")
SMALL, BIG = "SELECT a FROM small", "SELECT a FROM big LIMIT 1"


def test_a_reader_does_not_wait_for_work_on_another_table(
    server: Server, new_database: NewDatabase, tmp_path: Path
) -> None:
    migrations = write_case(tmp_path, SCHEMA, UP, DOWN)
    database = new_database()
    online(server, migrations, "base", "r1")(database, "upgrade")
    go = by_scripts(server, build(migrations))
    for direction in DIRECTIONS:
        account = Account()
        with traffic(server, database, account, questions=(SMALL, BIG)):
            go(database, direction)
        assert account.waits[SMALL] < account.waits[BIG] / 3, direction


@pytest.mark.parametrize("how", ["online", "script"])
def test_it_would_wait_in_one_transaction(
    server: Server, new_database: NewDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Whether the test above can fail: where no commit may stand to keep locks apart, and online."""
    monkeypatch.setattr("release.plan.segments._Arrangement._apart", lambda *_: None)
    migrations = write_case(tmp_path, SCHEMA, UP, DOWN)
    database, account = new_database(), Account()
    online(server, migrations, "base", "r1")(database, "upgrade")
    go = online(server, migrations, "r1", "r2") if how == "online" else by_scripts(server, build(migrations))
    with traffic(server, database, account, questions=(SMALL, BIG)):
        go(database, "upgrade")
    assert account.waits[SMALL] > account.waits[BIG] / 3
