"""The plan in a reader's words: numbers, losses, and what the author asked lint to let through."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Direction, Name, counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from release.model import Below, Facts, LockMode, Loss, Note, Release, Reversibility, WayBack
    from release.plan.ledger import LedgerStep
    from release.plan.stretches import Stretch, Stuck

_ROWS = {"INSERT": "inserts into", "UPDATE": "updates", "DELETE": "deletes from", "MERGE": "merges into"}


@dataclass(frozen=True, slots=True)
class RecordedLine:
    """A revision that was recorded on a scratch database, with what it read of rows there."""

    revision: str
    depends: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WayLine:
    """The way back from segments that are alike, and what is lost on it."""

    text: str
    lost: tuple[str, ...]


def numbers(steps: Sequence[LedgerStep]) -> str:
    """What statements change, in numbers: "creates 20 tables, 120 indexes; alters 3 tables; updates rooms; 2 GRANT"."""
    clauses: list[str] = []
    for verb, things in (
        ("creates", [made for step in steps for made in step.statement.facts.creates]),
        ("renames", [old for step in steps for old, _ in step.statement.facts.renames]),
        ("drops", [gone for step in steps for gone in step.statement.facts.drops]),
    ):
        kinds = Counter(thing.kind for thing in things)
        if kinds:
            clauses.append(f"{verb} " + ", ".join(counted(number, kind) for kind, number in kinds.items()))
    altered = {
        step.at(effect.relation)
        for step in steps
        if step.statement.facts.tag == "ALTER TABLE" and not step.statement.facts.renames
        for effect in step.statement.facts.effects[:1]
    }
    new = {step.at(made.name) for step in steps for made in step.statement.facts.creates if made.kind == "table"}
    if altered - new:
        clauses.append(f"alters {counted(len(altered - new), 'table')}")
    for tag, verb in _ROWS.items():
        tables = dict.fromkeys(
            str(facts.effects[0].relation)
            for facts in (step.statement.facts for step in steps)
            if facts.tag == tag and facts.effects
        )
        if tables:
            clauses.append(f"{verb} {shortened(list(tables), 8)}")
    others = Counter(step.statement.facts.called for step in steps if _is_not_counted(step.statement.facts))
    clauses += [f"{number} {called}" for called, number in others.items()]
    return "; ".join(clauses) or "nothing but the version row"


def _is_not_counted(facts: Facts) -> bool:
    things = facts.creates or facts.renames or facts.drops
    return not things and facts.tag != "ALTER TABLE" and not (facts.tag in _ROWS and facts.effects)


def short(name: Name, schema: str) -> str:
    """A name without its schema where that is the script's own."""
    return str(Name(name.name)) if name.schema == schema else str(name)


def shortened(names: Sequence[str], few: int = 4) -> str:
    """A list of names, the first few of them."""
    more = len(names) - few
    # to tell of one more takes as much room as that one
    return ", ".join(names) if more < 2 else f"{', '.join(names[:few])} and {more} more"


def cut(names: Sequence[str], width: int = 220) -> str:
    """A list of names, as many as find room; the others are in manifest.json."""
    kept: list[str] = []
    for name in names:
        width -= len(name) + 2
        if width < 0 and kept:
            return f"{', '.join(kept)} and {len(names) - len(kept)} more (whole in manifest.json)"
        kept.append(name)
    return ", ".join(kept)


def with_partitions(lock: LockMode, below: Below) -> str:
    """What is said after a table's name of a lock on its partitions; "" where there is none."""
    if not below.partitions:
        return ""
    which = "every partition" if below.every else "those of its partitions that it needs"
    note = f" ({below.note})" if below.note else ""
    return f" and {'' if below.partitions is lock else f'{below.partitions} on '}{which}{note}"


def losses(losses: Iterable[Loss], when: Direction) -> tuple[str, ...]:
    """Losses in words; what is lost for one reason is told in one sentence."""
    alike: dict[str, list[str]] = {}
    for loss in losses:
        if loss.when is when:
            reason = f"{loss.text} (declared in {loss.source.name})" if loss.declared else loss.text
            alike.setdefault(reason, []).append(loss.what)
    return tuple(f"{', '.join(dict.fromkeys(names))}: {reason}" for reason, names in alike.items())


def waved_through(release: Release, direction: Direction) -> tuple[str, ...]:
    """What lint was asked to let through, for the DBA to judge; told once, in the upgrade."""
    in_force = [each for each in release.waivers if each.holds_on(release.date)]
    return tuple(
        f"{', '.join(each.codes)} in {each.source.name}{f' until {each.until}' if each.until else ''}: {each.reason}"
        for each in (in_force if direction is Direction.UPGRADE else ())
    )


def recorded(release: Release, direction: Direction) -> tuple[RecordedLine, ...]:
    revisions = release.recording.revisions if release.recording else ()
    return tuple(RecordedLine(each.revision, _shown(each.depends)) for each in revisions if each.direction is direction)


def _shown(notes: Sequence[Note]) -> tuple[str, ...]:
    more = len(notes) - _NOTES
    last = (f"and {counted(more, 'more place')}, see manifest.json",) if more > 0 else ()
    return (*(f"{note.text} ({note.source})" for note in notes[:_NOTES]), *last)


_NOTES = 5


def leaves(extensions: Sequence[str], version_table: Name, history_table: Name | None) -> str:
    """What a rollback never removes."""
    kept = [f"the extension {name}" for name in extensions]
    kept += [str(table) for table in (version_table, history_table) if table]
    return " and ".join(part for part in (", ".join(kept[:-1]), kept[-1]) if part)


def stop_lines(ways: Sequence[WayBack]) -> tuple[str, ...]:
    """What is there when the script stops, told once for all segments that are alike."""
    alike: dict[str, list[int]] = {}
    for each in ways:
        alike.setdefault(each.stopped, []).append(each.segment)
    if len(ways) == 1:
        return tuple(alike)
    return tuple(f"in {spell_segments(numbers)}: {text}" for text, numbers in alike.items())


def stuck_lines(stuck: Stuck) -> tuple[str, ...]:
    """Where an upgrade of several segments must not have stopped, for its rollback refuses to start there."""
    after = [f"after segment {number}{f', within revision {each}' if each else ''}" for number, each in stuck.after]
    within = [f"within segment {number}{f' of revision {each}' if each else ''}" for number, each in stuck.within]
    return tuple(f"but {place}, rollback.sql refuses: finish first" for place in (*after, *within))


def wall_lines(stretches: Sequence[Stretch], rows: Sequence[str]) -> tuple[str, ...]:
    """How far the rollback goes, where it does not go back to the start.

    Args:
        rows: version rows after each revision, from the start on.
    """
    found = []
    for each in stretches:
        if not each.wall:
            continue
        goes, on = "undoes nothing", ""
        if each.undoes:
            goes = f"goes back to {rows[each.floor]}, no farther"
            on = "; upgrade.sql goes on from there"
            if not each.goes_on:
                on = "; upgrade.sql does not go on from there, for none of its segments begins there"
        when = f"once the upgrade is in segment {each.since}, " if each.since > 1 else ""
        found.append(f"{when}rollback.sql {goes}: {each.wall.text}{on}")
    return tuple(found)


def way_lines(ways: Sequence[WayBack]) -> tuple[WayLine, ...]:
    """The map of the way back."""
    alike: dict[tuple[Reversibility, tuple[str, ...]], list[int]] = {}
    for each in ways:
        alike.setdefault((each.way, each.lost), []).append(each.segment)
    return tuple(
        WayLine(f"{spell_segments(numbers)}: {way}" if len(ways) > 1 else str(way), lost)
        for (way, lost), numbers in alike.items()
    )


def lost_lines(ways: Sequence[WayBack]) -> tuple[str, ...]:
    """What does not come back, or cannot be known, by the segment that causes it."""
    many = len(ways) > 1
    lost = [(f"{spell_segments([each.segment])}: " if many else "", each.lost) for each in ways if each.lost]
    return tuple(f"{where}{'; '.join(texts)}" for where, texts in lost)


def spell_segments(numbers: Sequence[int]) -> str:
    """Ascending numbers as "segment 4" or "segments 1-3, 5"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    written = ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
    return f"segment{'s' if len(numbers) > 1 else ''} {written}"
