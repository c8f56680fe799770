"""What upgrade.sql, rollback.sql and the guard of preflight.sql are told about their release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Name
from release.plan.rows import Row
from release.sql.read.quote import one_line, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from release.config import Settings
    from release.plan.body import SegmentPart
    from release.plan.guard import Guard
    from release.plan.pages import About


def guard_rows(about: About, guard: Guard, segments: Iterable[SegmentPart], settings: Settings) -> tuple[Row, ...]:
    """What a script asks before it changes anything."""
    return (
        Row("release", about.version, about.direction, detail=_release(about, guard, tuple(segments), settings)),
        *_ends(guard),
        *_server(guard),
        *_rights(guard),
        *_objects(guard),
    )


def lock_rows(segments: Iterable[SegmentPart], guard: Guard) -> tuple[Row, ...]:
    """What the segments of a script wait for, and lock before their first statement.

    Of an index that is built CONCURRENTLY there is a row already.
    """
    built = {(each.table, each.segment) for each in guard.indexes}
    return tuple(row for segment in segments for row in _locks(segment, built))


def _release(about: About, guard: Guard, segments: Sequence[SegmentPart], settings: Settings) -> dict[str, object]:
    """What is told once; what is usual is left out.

    "after" are the version rows before the first segment and after each, "outside" the segments that are no
    transaction, "together" those that take their locks beforehand.
    """
    outside = [each.number for each in segments if not each.transactional]
    together = [each.number for each in segments if each.phase]
    chain = (
        {
            "chain": guard.chain,
            "upgrade_at": guard.upgrade_places,
            "rollback_at": guard.rollback_places,
            "stuck": guard.stuck,
            "stuck_begun": guard.stuck_begun,
        }
        if guard.partial
        else {}
    )
    return {
        "plan": about.digest,
        **({"from": guard.chain[0], "to": guard.chain[-1]} if not about.up else {}),
        "after": guard.expected,
        **({"outside": outside} if outside else {}),
        **({"together": together} if together else {}),
        **({"upgrade_segments": guard.upgrade_segments} if not about.up else {}),
        "rollback_segments": guard.rollback_segments,
        **chain,
        "version_table": shown(about.version_table),
        **({"history_table": shown(about.history_table)} if settings.history else {}),
        "path": spell_path(settings),
        **({"timezone": settings.timezone} if settings.timezone != "UTC" else {}),
        "lock_timeout": settings.lock_timeout,
        **({"statement_timeout": settings.statement_timeout} if settings.statement_timeout != "0" else {}),
        **({"lock_retries": settings.lock_retries} if settings.lock_retries else {}),
        **({"lock_retry_pause": settings.lock_retry_pause} if settings.lock_retry_pause != "1s" else {}),
        **({"maintenance_work_mem": settings.maintenance_work_mem} if settings.maintenance_work_mem else {}),
        **(
            {"max_parallel_maintenance_workers": workers}
            if (workers := settings.max_parallel_maintenance_workers) >= 0
            else {}
        ),
        "postgresql": settings.postgresql,
        **({"database": settings.database} if settings.database else {}),
        "creates_in": tuple(shown(Name(schema)) for schema in guard.create_in),
        **({"makes": True} if guard.makes else {}),
        **({"plain": True} if settings.plain else {}),
        **(_checking(settings, guard) if guard.checking else {}),
    }


def _checking(settings: Settings, guard: Guard) -> dict[str, object]:
    """What preflight.sql is told besides."""
    back = guard.servers.back
    return {
        "checking": True,
        **({"role": settings.role} if settings.role else {}),
        "old_transaction": settings.old_transaction,
        **({"back_needs": back.since, "back_for": one_line(back.text)} if back else {}),
    }


def path_of(settings: Settings) -> tuple[str, ...]:
    """The path of the authors' statements: temporary tables are found last."""
    return (*(name for name in settings.search_path if name != "pg_temp"), "pg_temp")


def spell_path(settings: Settings) -> str:
    """The same as a string for set_config()."""
    return ", ".join(shown(Name(name)) for name in path_of(settings))


def _ends(guard: Guard) -> Iterator[Row]:
    """Where a way back ends, and where an upgrade goes on from there."""
    for way in guard.ways:
        ends = {"before": way.before, "last": way.last, "floor": way.floor, "settled": way.settled}
        yield Row("way", way.why, segment=way.since, detail=ends)
    for rows, number in guard.resumes:
        yield Row("resume", name=rows, segment=number)


def _server(guard: Guard) -> Iterator[Row]:
    for need in guard.asked:
        detail = {"arguments": need.need.arguments, **({"later": True} if need.need.later else {})}
        yield Row("server", one_line(need.text), need.need.function or "", need.since, detail)
    if guard.postgis:
        yield Row("postgis", detail={"creates": True} if guard.postgis.creates else None)
        for srid, definition in guard.postgis.srids:
            yield Row("srid", name=definition, segment=srid)


def _rights(guard: Guard) -> Iterator[Row]:
    yield from guard.owners
    yield from guard.limits


def _objects(guard: Guard) -> Iterator[Row]:
    """What must be there and what must not."""
    until = {each.thing.name: each.until for each in guard.present if not each.thing.parent}
    columns: dict[Name, dict[str, int]] = {}
    for each in guard.present:
        of_table = columns.setdefault(each.thing.parent or each.thing.name, {})
        of_table |= {each.thing.name.name: each.until} if each.thing.parent else {}
    for relation, names in columns.items():
        yield Row("expects", relation, segment=until.get(relation, 0), detail={"columns": names} if names else None)
    for name in guard.names:
        schema = {"schema": name.name.schema} if name.name.schema else {}
        method = {"method": name.method} if name.method else {}
        yield Row("needs", name.name, name.name.name, name.until, {"kind": name.kind, **schema, **method})
    for need in guard.classes:
        stated = {"type": need.type} if need.type else {}
        yield Row("class", need.table or "", need.column, need.until, {"by": need.method, **stated})
    for each in guard.absent:
        table = each.thing.parent if each.thing.kind == "column" else None
        what = {"kind": each.thing.kind}
        yield Row("creates", table or each.thing.name, each.thing.name.name if table else "", each.until, what)
    for index in guard.indexes:
        shape = index.shape
        detail = {
            "by": shape.method,
            "columns": shape.columns,
            **({"keys": shape.keys} if shape.keys != len(shape.columns) else {}),
            **({"unique": True} if shape.unique else {}),
            **({"opaque": True} if shape.opaque else {}),
        }
        yield Row("index", index.name, index.table, index.segment, detail)


def _locks(segment: SegmentPart, built: set[tuple[Name, int]]) -> Iterator[Row]:
    """A row for each relation that others may be using; of those that are locked beforehand, what else that locks."""
    phase = [each.relation for each in segment.phase]
    for wait in segment.waits:
        if wait.relation not in phase and (wait.relation, segment.number) not in built:
            yield Row("waits", wait.relation, wait.needs, segment.number)
    for lock in segment.phase:
        detail: dict[str, object] = {
            name: str(mode) if mode else None
            for name, mode in {"partitions": lock.partitions, "children": lock.children}.items()
            if mode is not lock.mode
        }
        detail |= {"gone": lock.gone} if lock.gone is not None else {}
        yield Row("locks", lock.relation, str(lock.mode), segment.number, detail)
