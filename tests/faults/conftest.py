"""Fixtures: databases before and after each Arxos release; and what a test saw, held against the document."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from release.scratch.server import Server
from tests.arxos.conftest import SEED
from tests.databases import NewDatabase, run_psql
from tests.faults.table import AGAIN, AGAIN_OR_BACK, DIRECTIONS, RUNNERS, UNCHANGED, Seen, check_rows
from tests.faults.trial import (
    RUNS,
    VERSIONS,
    State,
    assert_refused,
    assert_same_end,
    assert_unchanged,
    by_psql,
    script_of,
    take_state,
)

Record = Callable[[str, Iterable[Seen]], None]


@dataclass(slots=True)
class Stage:
    """Databases to copy, made by the scripts themselves when they are first asked for, and the states they are in.

    Attributes:
        version: of the release: "before" and "after" it, and "back" again; rows are seeded when there are tables.
    """

    server: Server
    _states: dict[tuple[str, str], State] = field(default_factory=dict)

    def template(self, version: str, when: str) -> str:
        name = f"{self.server.prefix}fault_{version.replace('.', '_')}_{when}"
        if (version, when) not in self._states:
            self.server.create_database(name, self._origin(version, when))
            if when != "before":
                done = by_psql(self.server, name, script_of(version, "upgrade" if when == "after" else "rollback"))
                assert done.status == 0, done.err
            elif version == VERSIONS[1]:
                assert run_psql(self.server, name, "-qv", "ON_ERROR_STOP=1", script=SEED).returncode == 0
            self._states[version, when] = take_state(self.server, name)
        return name

    def state(self, version: str, when: str) -> State:
        self.template(version, when)
        return self._states[version, when]

    def start(self, version: str, direction: str) -> str:
        """Give the template from which a script starts."""
        return self.template(version, "before" if direction == "upgrade" else "after")

    def end(self, version: str, direction: str) -> State:
        """Give the state in which an undisturbed script ends."""
        return self.state(version, "after" if direction == "upgrade" else "back")

    def _origin(self, version: str, when: str) -> str | None:
        if when != "before":
            return self.template(version, "before" if when == "after" else "after")
        number = VERSIONS.index(version)
        return self.template(VERSIONS[number - 1], "after") if number else None


@pytest.fixture(scope="session")
def stage(server: Server, postgis: None) -> Iterator[Stage]:
    made = Stage(server)
    yield made
    for name in sorted(server._made):
        if name.startswith(f"{server.prefix}fault_"):
            server.drop_database(name)


@pytest.fixture
def record(request: pytest.FixtureRequest) -> Record:
    """Hold what was seen of a fault against docs/safety.md, or write it there with --update-golden."""

    def compare(fault: str, seen: Iterable[Seen]) -> None:
        check_rows(fault, seen, update=request.config.getoption("--update-golden"))

    return compare


def resume(
    server: Server,
    new_database: NewDatabase,
    stage: Stage,
    database: str,
    version: str,
    direction: str,
    runner: str,
) -> str:
    """Go on from where a script stopped: run it again. From an upgrade also turn back, in a copy.

    Then the other direction must go through too.

    Returns:
        the words for it, once catalog and rows have been found to be those of undisturbed runs.
    """

    def go(name: str, way: str) -> None:
        ran = RUNS[runner](server, name, script_of(version, way))
        assert ran.status == 0, ran.out + ran.err
        assert_same_end(stage.end(version, way), take_state(server, name))

    if direction == "rollback":
        go(database, "rollback")
        go(database, "upgrade")
        return AGAIN
    turned = new_database(database)
    go(database, "upgrade")
    if version != VERSIONS[0] or take_state(server, turned).catalog != stage.state(version, "before").catalog:
        go(turned, "rollback")  # of the first release there may be nothing yet, not even the table with its version
    go(turned, "upgrade")
    return AGAIN_OR_BACK


@dataclass(frozen=True, slots=True)
class Refusing:
    """Run scripts that must refuse, both ways and in both directions, and record how."""

    server: Server
    new_database: NewDatabase
    stage: Stage
    record: Record

    def __call__(
        self,
        fault: str,
        words: str | Mapping[str, str],
        change: str | Callable[[str, str], None] = "",
        *,
        version: str = "1.2.0",
        directions: Iterable[str] = DIRECTIONS,
        runners: Iterable[str] = RUNNERS,
        options: str = "",
        names: Mapping[str, str] | None = None,
        variables: Mapping[str, str] = {},
    ) -> None:
        """Make the fault, run the scripts, and see that nothing has changed.

        Args:
            words: part of the reason that is meant; by direction where they differ.
            change: statements that make the fault in the database, or a function of its name and the direction.
            options: settings of the session.
            variables: of psql.
            names: what to write instead of names that are made up for the test.
        """
        seen = []
        instead = dict(names or {})
        for direction in directions:
            database = self.new_database(self.stage.start(version, direction))
            if callable(change):
                change(database, direction)
            elif change:
                self.execute(database, change)
            before = take_state(self.server, database)
            for runner in runners:
                ran = RUNS[runner](
                    self.server, database, script_of(version, direction), options=options, variables=variables
                )
                assert_refused(ran, version, direction)
                seen.append(
                    Seen(
                        direction,
                        runner,
                        ran.say(
                            words if isinstance(words, str) else words[direction], instead | {database: "arxos_db"}
                        ),
                        UNCHANGED,
                    )
                )
            assert_unchanged(before, take_state(self.server, database))
        self.record(fault, seen)

    def execute(self, dbname: str, statements: str) -> None:
        with self.server.connect(dbname) as connection:
            for statement in statements.split(";"):
                connection.execute(statement.encode())


@pytest.fixture
def refuse(server: Server, new_database: NewDatabase, stage: Stage, record: Record) -> Refusing:
    return Refusing(server, new_database, stage, record)
