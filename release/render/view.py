"""What the templates show: a plan, put into the words and the order of the page."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from release.model import Direction, LockMode, Name, Statement, VersionWrite, Work
from release.plan.checks import find_checks
from release.plan.existing import Relations
from release.plan.expectations import Expectations, find_expectations
from release.plan.hazards import effects_that_matter, locks_of
from release.plan.names import in_schema, index_names
from release.plan.outcome import find_outcomes
from release.plan.undo import chain_of, chain_places, match_undo
from release.render.wanted import touched_work, wanted_relations
from release.sql.questions import LIMIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from release.config import Settings
    from release.model import Effect, Loss, Plan, Release, Revision, Segment
    from release.plan.leftovers import Leftover
    from release.plan.undo import Undo

_CONSEQUENCE = {
    LockMode.ROW_EXCLUSIVE: "reads and writes of other rows go on",
    LockMode.SHARE_UPDATE_EXCLUSIVE: "reads and writes go on",
    LockMode.SHARE: "reads go on, writes wait",
    LockMode.SHARE_ROW_EXCLUSIVE: "reads go on, writes wait",
    LockMode.EXCLUSIVE: "reads go on, writes wait",
    LockMode.ACCESS_EXCLUSIVE: "reads and writes wait",
}
_PLURAL = {"index": "indexes", "policy": "policies", "statistics": "statistics", "foreign table": "foreign tables"}
# how spatial_ref_sys begins to define the SRIDs that everybody uses, in every version of PostGIS
_SRIDS = {
    4326: "+proj=longlat +datum=WGS84",
    3857: "+proj=merc +a=6378137 +b=6378137",
    4258: "+proj=longlat +ellps=GRS80",
}
_ROWS = {"INSERT": "inserts into", "UPDATE": "updates", "DELETE": "deletes from", "MERGE": "merges into"}


@dataclass(frozen=True, slots=True)
class LockLine:
    """Relations of one segment that are locked alike."""

    segment: int
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """A statement or a version write, as the body shows it.

    Attributes:
        revision: set on the first step of a revision.
        index: the statement's number in the plan; -1 for a version write.
        notes: comment lines above a statement.
        makes, table: the index that CREATE INDEX CONCURRENTLY makes, and its table.
        takes: the indexes that DROP INDEX CONCURRENTLY drops.
        leftover: instead of a statement: what half an upgrade leaves and its rollback does not know.
        condition: the psql variable that says whether half an upgrade left this to undo; "" where it is always so.
        opens, closes: the first and the last of the steps that share their condition.
        broken: the upgrade segment that a plain CREATE or DROP INDEX undoes, when that ran outside a transaction.
    """

    revision: Revision | None
    index: int = -1
    notes: tuple[str, ...] = ()
    write: VersionWrite | None = None
    makes: Name | None = None
    table: Name | None = None
    takes: tuple[Name, ...] = ()
    leftover: Leftover | None = None
    condition: str = ""
    opens: bool = False
    closes: bool = False
    broken: int = 0


@dataclass(frozen=True, slots=True)
class SegmentView:
    """A segment, as the header and the body show it."""

    number: int
    transactional: bool
    reason: str
    title: str
    steps: tuple[Step, ...]
    stops: str

    @property
    def statements(self) -> tuple[Step, ...]:
        return grouped(step for step in self.steps if step.index >= 0)

    @property
    def endings(self) -> tuple[Step, ...]:
        """What follows a statement outside a transaction, in one of its own."""
        return grouped(step for step in self.steps if step.index < 0)


def grouped(steps: Iterable[Step]) -> tuple[Step, ...]:
    """Steps with `opens` and `closes` set."""
    run = tuple(steps)
    around = ("", *(step.condition for step in run), "")
    return tuple(
        replace(step, opens=step.condition not in ("", before), closes=step.condition not in ("", after))
        for step, before, after in zip(run, around, around[2:], strict=False)
    )


def view_of(release: Release, plan: Plan, settings: Settings) -> dict[str, Any]:
    """Everything that `script.sql.j2` uses, for one direction of a release."""
    schema = settings.schema
    version_table = in_schema(release.range.version_table, schema)
    history_table = Name(settings.history_table, version_table.schema)
    spatial = release.prerequisites.spatial
    revisions = release.range.revisions if plan.direction is Direction.UPGRADE else release.range.revisions[::-1]
    up = plan.direction is Direction.UPGRADE
    undo = match_undo(release.upgrade, release.rollback, schema)
    partial = undo.partial and not up
    segments = _segments(plan, revisions, schema, undo if partial else None)
    checks, dropped = find_checks(plan, schema) if up else ((), ())
    touched = _touched(release, plan, schema)
    expected = find_expectations(plan, schema) if up else Expectations()
    return {
        "release": release,
        "plan": plan,
        "settings": settings,
        "up": up,
        "partial": partial,
        "machinery": len(segments) > 1 or not segments[0].transactional,
        "undo": undo,
        "upgrade_segments": len(release.upgrade.segments),
        "chain": [_rows(rows) for rows in chain_of(release.upgrade)],
        "upgrade_places": chain_places(release.upgrade, release.upgrade),
        "rollback_places": chain_places(release.upgrade, release.rollback),
        "conditions": sorted({step.condition for segment in segments for step in segment.steps if step.condition}),
        "digest": release.digest[:12],
        "revisions": revisions,
        "version_table": version_table,
        "lock_name": f"release:{version_table}",
        "history_table": history_table,
        "expected": [_rows(plan.before), *(_rows(segment.after) for segment in plan.segments)],
        "start": _rows(plan.before),
        "end": _rows(plan.after),
        "statement_count": len(plan.statements),
        "numbers": _numbers(plan.statements, schema),
        "locks": _lock_lines(plan.segments, schema),
        "segments": segments,
        "stops": _stop_lines(segments),
        "touched": touched,
        "touched_work": touched_work(plan, touched, schema) if up else (),
        "outcomes": find_outcomes(plan, schema) if up else (),
        "checks": checks,
        "dropped": dropped,
        "limit": LIMIT,
        "owned": wanted_relations(plan, undo if partial else None, schema),
        "expected_there": expected.present,
        "expected_absent": expected.absent,
        "expected_indexes": expected.indexes,
        "srids": _SRIDS,
        "checking": False,
        "creates_postgis": plan.direction is Direction.UPGRADE and "postgis" in spatial.extensions,
        "leaves": _leaves(spatial.extensions, version_table, history_table),
        "needs_postgis": bool(spatial),
        "kept_losses": _losses(release.losses, Direction.UPGRADE),
        "waved_through": _waved_through(release, plan.direction),
        "recorded": _recorded(release, plan.direction),
        "scratch": release.recording.server if release.recording else 0,
        "rollback_losses": _losses(release.losses, Direction.ROLLBACK),
    }


def _rows(rows: Sequence[str]) -> str:
    """Version rows as the guard compares and prints them."""
    return ", ".join(rows) if rows else "base"


def counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {_PLURAL.get(word, word + 's')}"


def _numbers(statements: Sequence[Statement], schema: str) -> str:
    """What the script changes, in numbers: "creates 20 tables, 120 indexes; alters 3 tables; updates rooms"."""
    clauses: list[str] = []
    for verb, things in (
        ("creates", [made for each in statements for made in each.facts.creates]),
        ("renames", [old for each in statements for old, _ in each.facts.renames]),
        ("drops", [gone for each in statements for gone in each.facts.drops]),
    ):
        kinds = Counter(thing.kind for thing in things)
        if kinds:
            clauses.append(f"{verb} " + ", ".join(counted(number, kind) for kind, number in kinds.items()))
    altered = {
        in_schema(effect.relation, schema)
        for each in statements
        if each.facts.tag == "ALTER TABLE" and not each.facts.renames
        for effect in each.facts.effects[:1]
    }
    new = {in_schema(made.name, schema) for each in statements for made in each.facts.creates if made.kind == "table"}
    if altered - new:
        clauses.append(f"alters {counted(len(altered - new), 'table')}")
    for tag, verb in _ROWS.items():
        tables = dict.fromkeys(
            str(each.facts.effects[0].relation) for each in statements if each.facts.tag == tag and each.facts.effects
        )
        if tables:
            clauses.append(f"{verb} {', '.join(tables)}")
    return "; ".join(clauses) or "nothing but the version row"


def _lock_lines(segments: Iterable[Segment], schema: str) -> tuple[LockLine, ...]:
    lines: list[LockLine] = []
    for number, locks in locks_of(segments, schema).items():
        alike: dict[tuple[LockMode, tuple[Work, ...]], list[str]] = {}
        for each in locks:
            alike.setdefault((each.lock, each.work), []).append(str(each.relation))
        for (lock, work), names in alike.items():
            text = f"{lock} on {', '.join(names)}: {', '.join(work)}; {_CONSEQUENCE[lock]}"
            lines.append(LockLine(number, text))
    return tuple(lines)


def _segments(plan: Plan, revisions: Sequence[Revision], schema: str, undo: Undo | None) -> tuple[SegmentView, ...]:
    by_id = {revision.id: revision for revision in revisions}
    effects = effects_that_matter(plan.segments, schema)
    views: list[SegmentView] = []
    index = 0
    seen: set[str] = set()
    told: set[str] = set()
    leftovers = list(undo.leftovers) if undo else []
    for segment in plan.segments:
        steps: list[Step] = []
        place = ""
        for step in segment.steps:
            current = step.revision if isinstance(step, VersionWrite) else step.source.revision
            revision = None if current in seen else by_id.get(current)
            seen.add(current)
            while leftovers and leftovers[0][0] <= index:
                leftover = leftovers.pop(0)[1]
                condition = f"left_{leftover.made}_{leftover.dropped}"
                steps.append(Step(revision, leftover=leftover, condition=condition))
                revision = None
            if isinstance(step, VersionWrite):
                condition = f"noted_{undo.noted[step.revision]}" if undo else ""
                steps.append(Step(revision, write=step, condition=condition))
                place = ""
            else:
                notes = _notes(step, effects[index], told)
                # neighbours from one line of a migration need its place only once
                here = str(step.source)
                made = _statement_step(revision, step, index, notes if here == place else (here, *notes), schema)
                steps.append(_undoing(made, step, undo, schema) if undo else made)
                place = here
                index += 1
        views.append(
            SegmentView(
                segment.number,
                segment.transactional,
                segment.reason,
                _title(segment),
                grouped(steps),
                _stops(segment, len(plan.segments)),
            )
        )
    return tuple(views)


def _undoing(made: Step, statement: Statement, undo: Undo, schema: str) -> Step:
    """A step of a rollback, under the condition that there is something to undo."""
    since = undo.since[made.index]
    # where anything is to be undone, the first segment was reached
    made = replace(made, condition=f"undo_{since}" if since > 1 else "")
    facts = statement.facts
    if undo.broken[made.index] and facts.transactional and facts.tag in {"CREATE INDEX", "DROP INDEX"}:
        seen = _index_step(made, statement, schema)
        return replace(seen, broken=since)
    return made


def _statement_step(
    revision: Revision | None, statement: Statement, index: int, notes: tuple[str, ...], schema: str
) -> Step:
    step = Step(revision, index, notes)
    return step if statement.facts.transactional else _index_step(step, statement, schema)


def _index_step(step: Step, statement: Statement, schema: str) -> Step:
    """A step with the indexes that the catalog is asked for before it, where it makes or drops one."""
    facts = statement.facts
    if facts.tag == "CREATE INDEX" and facts.creates and facts.creates[0].name.name and facts.creates[0].parent:
        made = facts.creates[0]
        return replace(step, makes=in_schema(made.name, schema), table=in_schema(facts.creates[0].parent, schema))
    if facts.tag == "DROP INDEX":
        return replace(step, takes=tuple(in_schema(gone.name, schema) for gone in facts.drops))
    return step


def _notes(statement: Statement, effects: Iterable[Effect], told: set[str]) -> tuple[str, ...]:
    """What a statement does to relations that others may be using; what holds for its form is told once."""
    lines = []
    for effect in effects:
        note = f" ({effect.note})" if effect.note else ""
        lines.append(f"{effect.lock} on {effect.relation}: {', '.join(effect.work)}{note}")
    if lines and statement.facts.note not in {"", *told}:
        told.add(statement.facts.note)
        lines.append(f"note: {statement.facts.note}")
    return tuple(lines)


def _title(segment: Segment) -> str:
    if len(segment.statements) == 1:
        facts = segment.statements[0].facts
        concurrently = " CONCURRENTLY" if not facts.transactional and facts.tag.endswith("INDEX") else ""
        return f"{facts.tag}{concurrently} {facts.subject}".strip()
    if not segment.statements:
        return "version row"
    revisions = dict.fromkeys(
        statement.source.revision for statement in segment.statements if statement.source.revision
    )
    word = "revision" if len(revisions) == 1 else "revisions"
    return f"{len(segment.statements)} statements of {word} {', '.join(revisions)}"


def _stops(segment: Segment, total: int) -> str:
    """What is there when the script stops in a segment."""
    if segment.transactional:
        return "nothing has changed" if total == 1 else "nothing of that segment is there"
    facts = segment.statements[0].facts
    if facts.tag == "CREATE INDEX":
        return f"an INVALID index {facts.subject} may be left; running again removes and rebuilds it"
    if facts.tag == "DROP INDEX":
        return f"the index {facts.subject} may be left INVALID, or be gone; running again finishes the drop"
    return f"{facts.tag} may have taken effect without being noted; running again repeats it"


def _touched(release: Release, plan: Plan, schema: str) -> tuple[Name, ...]:
    """Tables that were there before the script and that it locks, changes or drops: their rows may need a copy."""
    relations = Relations(schema)
    touched: set[Name] = set()
    indexes = index_names((*release.upgrade.statements, *release.rollback.statements), schema)
    for statement in plan.statements:
        for effect in statement.facts.effects:
            name = in_schema(effect.relation, schema)
            if (
                effect.lock.value > LockMode.ROW_SHARE.value
                and not relations.is_new(name)
                and relations.former(name) not in indexes
            ):
                touched.add(relations.former(name))
        relations.follow(statement)
    return tuple(sorted(touched))


def _losses(losses: Iterable[Loss], when: Direction) -> tuple[str, ...]:
    """Losses in words; what is lost for one reason is told in one sentence."""
    alike: dict[str, list[str]] = {}
    for loss in losses:
        if loss.when is when:
            reason = f"{loss.text} (declared in {loss.source})" if loss.declared else loss.text
            alike.setdefault(reason, []).append(".".join((str(loss.relation), *loss.columns)))
    return tuple(f"{', '.join(dict.fromkeys(names))}: {reason}" for reason, names in alike.items())


def _waved_through(release: Release, direction: Direction) -> tuple[str, ...]:
    """What lint was asked to let through, for the DBA to judge; told once, in the upgrade."""
    in_force = [each for each in release.waivers if each.holds_on(release.date)]
    return tuple(
        f"{', '.join(each.codes)} in {each.source}{f' until {each.until}' if each.until else ''}: {each.reason}"
        for each in (in_force if direction is Direction.UPGRADE else ())
    )


def _recorded(release: Release, direction: Direction) -> dict[str, tuple[str, ...]]:
    """Revisions that were recorded on a scratch database, each with what it read of rows there."""
    revisions = release.recording.revisions if release.recording else ()
    return {
        each.revision: tuple(f"{note.text} ({note.source})" for note in each.depends)
        for each in revisions
        if each.direction is direction
    }


def _leaves(extensions: Sequence[str], version_table: Name, history_table: Name) -> str:
    """What a rollback never removes."""
    kept = [*(f"the extension {name}" for name in extensions), str(version_table)]
    return f"{', '.join(kept)} and {history_table}"


def _stop_lines(segments: Sequence[SegmentView]) -> tuple[str, ...]:
    """What is there when the script stops, told once for all segments that are alike."""
    alike: dict[str, list[str]] = {}
    for segment in segments:
        alike.setdefault(segment.stops, []).append(str(segment.number))
    if len(segments) == 1:
        return tuple(alike)
    return tuple(
        f"in segment{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}: {text}" for text, numbers in alike.items()
    )
