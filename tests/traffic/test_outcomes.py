"""What a release makes of a database that others write to is what online Alembic makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from release.scratch.server import Server
from tests.databases import NewDatabase
from tests.traffic.application import Account
from tests.traffic.cases import CASES, SCHEMA, Case
from tests.traffic.ways import DIRECTIONS, build, by_scripts, online, try_way, write_case

ATTEMPTS = 20  # to catch the application between two transactions: mostly the first one does


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_the_application_keeps_is_kept(
    server: Server, new_database: NewDatabase, tmp_path: Path, case: Case
) -> None:
    migrations = write_case(tmp_path, (*SCHEMA, *case.schema), case.up, case.down)
    start = new_database()
    online(server, migrations, "base", "r1")(start, "upgrade")
    for go in (online(server, migrations, "r1", "r2"), by_scripts(server, build(migrations))):
        database, account = new_database(start), Account()
        for direction in DIRECTIONS:
            try_way(server, database, go, direction, case.deeds, [case.kept[direction]], case.errors, account)


@pytest.mark.parametrize(
    ("case", "direction"),
    [pytest.param(each, way, id=f"{each.name}-{way}") for each in CASES for way in each.parted],
)
def test_it_would_not_be_if_nothing_were_tied(
    server: Server,
    new_database: NewDatabase,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    case: Case,
    direction: str,
) -> None:
    """Whether the test above can fail: with commits wherever one is wished, something is soon in between."""
    monkeypatch.setattr("release.plan.segments.ties_of", lambda _: ())
    monkeypatch.setattr("release.plan.segments.held_ties", lambda _: ())
    migrations = write_case(tmp_path, (*SCHEMA, *case.schema), case.up, case.down)
    start = new_database()
    online(server, migrations, "base", "r1" if direction == "upgrade" else "r2")(start, "upgrade")
    go = by_scripts(server, build(migrations))

    def attempts() -> None:
        for _ in range(ATTEMPTS):
            try_way(
                server, new_database(start), go, direction, case.deeds, [case.kept[direction]], case.errors, Account()
            )

    with pytest.raises(AssertionError, match=case.parted[direction]):
        attempts()
