"""What a rehearsal finds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.catalog.snapshot import Snapshot
    from release.trace.statement import HeldLock, TracedStatement


@unique
class Status(StrEnum):
    """How a step ended. Skipped: it was not possible, and the step says why."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class RehearsalStep:
    """A step of the rehearsal.

    Attributes:
        name: "preflight", "upgrade", "verify", "fidelity", "rollback", "round trip", "upgrade again", "backup drill", …
        summary: one line.
        problems: why it failed, one line each; empty when it did not.
        notes: what a reader should know though nothing failed.
    """

    name: str
    status: Status
    seconds: float
    summary: str
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A rehearsal that has been held.

    Attributes:
        plan: digest of the plan that was rehearsed.
        server: PostgreSQL's version, e.g. "15.18".
        postgis: PostGIS' version in the database, "" without.
        start: how the starting state was made.
        rows: how many rows the tables had, by table.
        unfilled: tables that got fewer rows than were asked for, and why.
        traces: statements of the bundle's authors as they ran, by script.
        held: how long each transaction held its strongest lock on each relation, by script.
        before, after: catalog around the upgrade, version and history tables left out.
        touched: objects that differ between the two.
    """

    version: str
    plan: str
    server: str
    postgis: str
    start: str
    rows: dict[str, int]
    unfilled: tuple[str, ...]
    steps: tuple[RehearsalStep, ...]
    traces: dict[str, tuple[TracedStatement, ...]]
    held: dict[str, tuple[HeldLock, ...]]
    before: Snapshot
    after: Snapshot
    touched: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """No step failed."""
        return all(step.status is not Status.FAILED for step in self.steps)
