"""What preflight.sql and verify.sql are told about their release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.plan.rows import Row
from release.plan.script_rows import spell_path
from release.sql.read.quote import shown
from release.sql.read.types import routine_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from release.config import Settings
    from release.model import Name
    from release.plan.dependents import Departing
    from release.plan.end_state import ObjectOutcome
    from release.plan.pages import About
    from release.plan.recreated import Recreated
    from release.plan.required_relations import Build, Touched
    from release.plan.verified_states import State


def release_row(about: About, settings: Settings) -> Row:
    """The release itself, and what verify.sql sets for its session."""
    detail = {
        "plan": about.digest,
        "path": spell_path(settings),
        **({"timezone": settings.timezone} if settings.timezone != "UTC" else {}),
        **({"role": settings.role} if settings.role else {}),
        "version_table": shown(about.version_table),
    }
    return Row("release", about.version, str(about.direction), detail=detail)


def rows_of_states(states: Iterable[State]) -> Iterator[Row]:
    """Version rows and objects that verify.sql looks for, after the upgrade and wherever its rollback may end."""
    known = tuple(states)
    for state in known:
        ends = {"wall": state.wall} if state.wall else None
        yield Row("revision", state.rows, "rollback" if state.back else "upgrade", detail=ends)
    for state in known:
        walled = state.back and any(each.wall for each in known)
        for each in state.outcomes:
            detail: dict[str, object] = {"is": each.thing.kind}
            if walled:
                detail["at"] = state.rows
            if not each.after:
                detail["gone"] = True
            if each.told:
                detail["facts"] = each.told
            name = each.thing.name.name if each.inside else ""
            yield Row(f"after {'rollback' if state.back else 'upgrade'}", _place(each), name, detail=detail)


def _place(outcome: ObjectOutcome) -> Name | str:
    """What to_regclass, to_regtype or to_regprocedure finds an object by, or its table."""
    thing = outcome.thing
    if outcome.arguments is not None:
        return routine_text(thing.name, outcome.arguments)
    return thing.parent if outcome.inside and thing.parent else thing.name


def rows_of_work(work: Iterable[Touched], builds: Iterable[Build]) -> Iterator[Row]:
    """Tables that were there before, with the lock that the upgrade waits for, and indexes that take disk space."""
    for each in work:
        detail: dict[str, object] = {"work": each.work}
        for key, mode in (("partitions", each.partitions), ("children", each.children)):
            if mode:
                detail[key] = str(mode)
        if each.rewrites:
            detail["rewrites"] = True
        if each.writes:
            detail["writes"] = True
        yield Row("touches", each.name, str(each.lock), each.segment, detail)
    for build in builds:
        yield Row("builds", build.table, build.method, build.segment, {"columns": build.columns})


def rows_of_departing(departing: Iterable[Departing]) -> Iterator[Row]:
    """What the upgrade drops, retypes or renames, in its order; what has one step goes together."""
    for each in departing:
        detail: dict[str, object] = {"is": each.kind, "step": each.step, "way": str(each.way)}
        if each.cascade:
            detail["cascade"] = True
        yield Row("departs", each.relation, each.name, each.segment, detail)


def rows_of_recreated(recreated: Iterable[Recreated]) -> Iterator[Row]:
    """What comes back without what others gave it, and by which script."""
    for each in recreated:
        detail: dict[str, object] = {"is": each.thing.kind, "by": f"{each.by}.sql"}
        if each.remade:
            detail["remade"] = each.remade
        yield Row("recreated", each.relation, each.name, each.segment, detail)
