"""What the scripts of a release say, a frozen value for each: nothing is left to be decided when they are laid out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.config import TRIED_SERVERS
from release.errors import PlanError
from release.model import Direction, Name, spell_rows
from release.model.syntax import AlterEnum
from release.plan.body import conditions_of, segments_of
from release.plan.data_checks import find_checks
from release.plan.dependents import find_departing
from release.plan.dropped_data import find_dropped_data, rows_of
from release.plan.guard import Guard, guard_of
from release.plan.header import Header, header_of
from release.plan.name_resolution import history_name, in_schema
from release.plan.reading import (
    release_row,
    rows_of_departing,
    rows_of_recreated,
    rows_of_states,
    rows_of_work,
)
from release.plan.recreated import find_recreated
from release.plan.required_relations import find_builds, touched_work
from release.plan.rows import Row
from release.plan.runbook import RunbookPage, runbook_of
from release.plan.script_rows import guard_rows, lock_rows
from release.plan.statistics import tables_to_analyze
from release.plan.verified_states import find_states
from release.plan.wording import spell_segments
from release.sql.facts.settings import sets_session
from release.sql.read.rewriting import with_if_not_exists, with_local

if TYPE_CHECKING:
    from collections.abc import Sequence

    from release.config import Settings
    from release.model import Plan, Release, Statement
    from release.plan import Planned
    from release.plan.body import Condition, SegmentPart
    from release.plan.dropped_data import DroppedData


@dataclass(frozen=True, slots=True)
class About:
    """What every script tells of its release.

    Attributes:
        direction: of the script; preflight.sql and verify.sql are about the upgrade.
        start, end: version rows before it and after it.
        digest: 12 digits of the plan's.
        tried: major versions of PostgreSQL that everything is tried on.
    """

    version: str
    title: str
    direction: Direction
    start: str
    end: str
    digest: str
    version_table: Name
    history_table: Name
    tried: tuple[int, ...]

    @property
    def up(self) -> bool:
        return self.direction is Direction.UPGRADE

    @property
    def lock_name(self) -> str:
        """What the advisory lock is made of that lets one release at a time run."""
        return f"release:{self.version_table}"


@dataclass(frozen=True, slots=True)
class ScriptPage:
    """upgrade.sql or rollback.sql, for psql or plain.

    Attributes:
        machinery: it is more than one transaction, and notes how far it has come.
        conditions: what steps ask of half an upgrade.
        opening, closing: what env.py sets for its session, with the number of each among the statements.
        analyze: tables of which the planner knows too little afterwards.
        statements: what authors wrote, by number: the plan's, then all that is set around them.
        rows: what its fixed text is told.
    """

    settings: Settings
    about: About
    header: Header
    guard: Guard
    machinery: bool
    segments: tuple[SegmentPart, ...]
    conditions: tuple[Condition, ...]
    opening: tuple[tuple[int, Statement], ...]
    closing: tuple[tuple[int, Statement], ...]
    analyze: tuple[Name, ...]
    statements: tuple[Statement, ...]
    rows: tuple[Row, ...]

    @property
    def asks_for_losses(self) -> bool:
        """It drops what may hold rows or values."""
        return any(each.kind == "loses" for each in self.rows)

    @property
    def analyzes_by_path(self) -> bool:
        """Tables without a schema are to be analyzed: the authors' path tells which."""
        return any(not each.schema or each.path for each in self.analyze)

    @property
    def built(self) -> frozenset[int]:
        """Segments that build one index CONCURRENTLY, of which their beginning tells what is there."""
        numbers = [each.segment for each in self.guard.indexes]
        return frozenset(number for number in numbers if numbers.count(number) == 1)

    @property
    def waits(self) -> bool:
        """Some segment may have to wait for others."""
        return any(each.waits for each in self.segments)

    @property
    def building(self) -> bool:
        """Some segment builds or drops an index CONCURRENTLY, and waits for more than its lock."""
        return any("INDEX CONCURRENTLY" in wait.needs for each in self.segments for wait in each.waits)

    @property
    def phases(self) -> str:
        """The segments that take their locks together, before their first statement; "" for none."""
        return self._those([each.number for each in self.segments if each.phase])

    @property
    def row_locks(self) -> str:
        """The segments whose row locks may meet those of others; "" for none."""
        return self._those([each.number for each in self.segments if each.changes_rows])

    def _those(self, numbers: Sequence[int]) -> str:
        if not numbers:
            return ""
        return spell_segments(numbers) if self.machinery else "the transaction"


@dataclass(frozen=True, slots=True)
class PreflightPage:
    """preflight.sql.

    Attributes:
        rows: what the guard asks first, as that of upgrade.sql does; what the upgrade does with tables that were there
            before it, what it takes away, and what to ask the data.
    """

    settings: Settings
    about: About
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """verify.sql; its rows are the version rows that are to be there, and the objects."""

    settings: Settings
    about: About
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Pages:
    """The four scripts of a release, and its runbook."""

    preflight: PreflightPage
    upgrade: ScriptPage
    verify: VerifyPage
    rollback: ScriptPage
    runbook: RunbookPage


def make_pages(planned: Planned, settings: Settings) -> Pages:
    """Decide what the scripts of a release say.

    Args:
        settings: the project's, which decide timeouts, role and search path.

    Raises:
        PlanError: the release needs several segments, and the settings allow one transaction only.
    """
    release = planned.release
    _refuse_segments(release, settings)
    upgrade = _script_page(planned, release.upgrade, settings)
    rollback = _script_page(planned, release.rollback, settings)
    return Pages(
        _preflight_page(planned, upgrade),
        upgrade,
        _verify_page(planned, upgrade),
        rollback,
        runbook_of(planned, settings, upgrade, rollback),
    )


def _script_page(planned: Planned, plan: Plan, settings: Settings) -> ScriptPage:
    release = planned.release
    version_table = in_schema(release.range.version_table, settings.schema)
    history_table = history_name(settings.history_table, version_table)
    up = plan.direction is Direction.UPGRADE
    ledger = planned.ledger_of(plan)
    guard = guard_of(planned, plan, settings, history_table)
    header = header_of(planned, plan, settings, guard, version_table, history_table)
    dropped = find_dropped_data(planned, plan)
    segments = _segments(planned, plan, header, dropped, partial=guard.partial, retries=settings.lock_retries > 0)
    statements = _authored(plan, settings)
    around = tuple(enumerate(statements))[len(plan.statements) :]
    about = About(
        release.version,
        release.title,
        plan.direction,
        spell_rows(plan.before if up else release.upgrade.after),
        spell_rows(plan.after if up else planned.stretches[0].plan.after),
        release.digest[:12],
        version_table,
        history_table,
        TRIED_SERVERS,
    )
    return ScriptPage(
        settings=settings,
        about=about,
        header=header,
        guard=guard,
        machinery=not plan.is_one_transaction,
        segments=segments,
        conditions=conditions_of(segments),
        opening=around[: len(plan.opening)],
        closing=around[len(plan.opening) :][: len(plan.closing)],
        # which tables are there depends on how far back a run has led: autovacuum sees
        analyze=() if len(guard.ways) > 1 else tables_to_analyze(ledger),
        statements=statements,
        rows=(*guard_rows(about, guard, segments, settings), *lock_rows(segments, guard), *rows_of(dropped)),
    )


def _segments(
    planned: Planned, plan: Plan, header: Header, dropped: Sequence[DroppedData], *, partial: bool, retries: bool
) -> tuple[SegmentPart, ...]:
    """The segments of an upgrade, or of all stretches of a rollback."""
    again = len(plan.statements) + len(plan.opening) + len(plan.closing)
    if plan.direction is Direction.UPGRADE:
        ledger = planned.ledger_of(plan)
        lost = frozenset(each.statement for each in dropped)
        return segments_of(plan, ledger, header.revisions, header.recorded, None, 0, again, lost, retries=retries)
    found: list[SegmentPart] = []
    first = 0
    for each in planned.stretches:
        undo = each.undo if partial else None
        ledger = each.ledgers[1]
        lost = frozenset(data.statement for data in dropped if each.before < data.segment <= each.last)
        found += segments_of(
            each.plan, ledger, header.revisions, header.recorded, undo, first, again, lost, retries=retries
        )
        first += len(each.plan.statements)
        again += sum(len(segment.again) for segment in each.plan.segments)
    return tuple(found)


def _authored(plan: Plan, settings: Settings) -> tuple[Statement, ...]:
    """The plan's statements, what env.py sets, and what segments set again.

    A plain script is one transaction in a session that may be somebody's for the rest of the day. A label outlives a
    rollback, after which the upgrade may be run again.
    """
    opening = plan.opening
    if settings.plain:
        opening = tuple(
            replace(each, text=with_local(each.text)) if sets_session(each.syntax) else each for each in opening
        )
    statements = (_lenient(each) for each in plan.statements)
    return (*statements, *opening, *plan.closing, *(each for segment in plan.segments for each in segment.again))


def _lenient(statement: Statement) -> Statement:
    match statement.syntax:
        case AlterEnum(old="", if_not_exists=False):
            lines = [statement.comment] if statement.comment else []
            comment = "\n".join([*lines, "-- IF NOT EXISTS is added here: no rollback takes a label away"])
            return replace(statement, text=with_if_not_exists(statement.text), comment=comment)
        case _:
            return statement


def _preflight_page(planned: Planned, upgrade: ScriptPage) -> PreflightPage:
    forth, back = planned.ledgers
    work = touched_work(forth, upgrade.header.touched)
    servers = upgrade.guard.servers
    guard = replace(upgrade.guard, checking=True, asked=(*servers.needed, *servers.later))
    rows = (
        *guard_rows(upgrade.about, guard, upgrade.segments, upgrade.settings),
        *rows_of(find_dropped_data(planned, planned.release.upgrade)),
        *rows_of(find_dropped_data(planned, planned.release.rollback), of_rollback=True),
        *rows_of_work(work, find_builds(forth, work)),
        *rows_of_departing(find_departing(forth)),
        *rows_of_recreated(find_recreated(forth, back)),
        *find_checks(forth),
        *(Row("wall", wall) for wall in upgrade.header.walls),
    )
    return PreflightPage(upgrade.settings, upgrade.about, rows)


def _verify_page(planned: Planned, upgrade: ScriptPage) -> VerifyPage:
    states = find_states(planned.release.upgrade, planned.ledgers[0], planned.stretches)
    rows = (release_row(upgrade.about, upgrade.settings), *rows_of_states(states))
    return VerifyPage(upgrade.settings, upgrade.about, rows)


def _refuse_segments(release: Release, settings: Settings) -> None:
    """Refuse what is more than one transaction, where the settings ask for that.

    Raises:
        PlanError: it is, in one of its directions.
    """
    for plan in (release.upgrade, release.rollback):
        if plan.is_one_transaction:
            continue
        first = next((each for each in plan.segments if each.reason), plan.segments[0])
        many = f"the {plan.direction} of release {release.version} is more than one transaction ({first.reason})"
        if settings.plain:
            raise PlanError(
                f"{many}; plain scripts are one transaction, for only psql can go on after a failure",
                "build it with --no-plain, for psql; or put what needs segments into a release of its own",
            )
        if not settings.history:
            raise PlanError(
                f"{many}; without a history nobody knows where it stopped",
                "remove history = false under [tool.release]; history_table names another table or schema",
            )
