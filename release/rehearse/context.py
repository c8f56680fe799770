"""What the steps of a rehearsal share: the server, the bundle, and what has been found so far."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

from release.catalog.rows import TableRows, take_rows
from release.catalog.snapshot import Snapshot, take_snapshot
from release.model import Direction
from release.rehearse.verdict import RehearsalStep, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from release.bundle import Bundle, Manifest
    from release.catalog.snapshot import Comparison
    from release.model import Name
    from release.rehearse.script_run import ScriptResult
    from release.scratch.server import Server


@dataclass(slots=True)
class Scene:
    """What the steps share, and what they have found so far."""

    server: Server
    bundle: Bundle
    ini: Path
    schema: str
    version_table: Name
    left_out: tuple[str, ...]
    say: Callable[[str], None]
    steps: list[RehearsalStep] = field(default_factory=list)
    runs: dict[str, ScriptResult] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)

    def failed(self, name: str) -> bool:
        return any(step.status is Status.FAILED for step in self.steps if step.name == name)

    def passed(self, name: str) -> bool:
        return any(step.status is Status.PASSED for step in self.steps if step.name == name)

    def skip(self, name: str, why: str) -> None:
        """Note a step that is not taken."""
        self.steps.append(RehearsalStep(name, Status.SKIPPED, 0.0, why))

    def versions(self, database: str) -> tuple[str, str]:
        """PostgreSQL's version, and that of PostGIS in a database, "" without."""
        with self.server.connect(database) as connection:
            server = connection.execute("SELECT current_setting('server_version')").fetchone()
            postgis = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'postgis'").fetchone()
        return str(server[0]).split(" ")[0] if server else "", postgis[0] if postgis else ""

    def snapshot(self, database: str) -> Snapshot:
        with self.server.connect(database) as connection:
            return take_snapshot(connection).without(self.left_out)

    def rows(self, database: str) -> dict[str, TableRows]:
        with self.server.connect(database) as connection:
            return take_rows(connection, self.left_out)

    def copy(self, name: str, template: str | None = None) -> str:
        """Make a database, empty or as a copy; it is dropped when the rehearsal is over."""
        database = self.database(name)
        self.server.create_database(database, template)
        self.made.append(database)
        return database

    def reserve(self, name: str) -> str:
        """A name for a database that somebody else makes; it is dropped when the rehearsal is over."""
        database = self.database(name)
        self.server.reserve_database(database)
        self.made.append(database)
        return database

    def database(self, name: str) -> str:
        return f"{self.server.prefix}rehearsal_{name}"

    def drop_databases(self) -> None:
        self.server.drop_databases(self.made)
        self.made.clear()

    @property
    def manifest(self) -> Manifest:
        return self.bundle.manifest

    def loses(self, script: str) -> bool:
        """Whether the release says that a script loses something with what it drops, which is to be allowed then."""
        when = Direction.ROLLBACK if script == "rollback" else Direction.UPGRADE
        return script != "verify" and any(each.when is when for each in self.manifest.losses)


@dataclass(slots=True)
class Draft:
    """A step that is being taken."""

    summary: str = ""
    skipped: bool = False
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@contextmanager
def timed(scene: Scene, name: str) -> Iterator[Draft]:
    scene.say(name)
    draft, started = Draft(), perf_counter()
    yield draft
    status = Status.FAILED if draft.problems else Status.SKIPPED if draft.skipped else Status.PASSED
    scene.steps.append(
        RehearsalStep(name, status, perf_counter() - started, draft.summary, tuple(draft.problems), tuple(draft.notes))
    )


def reordered(found: Comparison) -> list[str]:
    return [f"columns of {new.object} stand in another order: {new.definition}" for _, new in found.reordered]
