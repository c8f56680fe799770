"""RL217: unqualified PostGIS functions in index expressions, and in functions used by them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.earlier import routines_before
from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.lint.subject import Item
    from release.model import Name
    from release.sql.facts.definitions import Routine


def _check(case: Case) -> Iterator[Violation]:
    routines: dict[str, tuple[Routine, Item | None]] = {each.name.name: (each, None) for each in routines_before(case)}
    for item in case.upgrade:
        routine = item.definitions.routine
        if routine:
            routines[routine.name.name] = (routine, item)
        for index in item.definitions.indexes:
            bare = _bare(index.calls)
            if bare:
                yield Violation(f"index {index.name} calls {', '.join(bare)} without a schema", item)
            for call, routine, made in _reached(index.calls, routines):
                bare = _bare(routine.calls)
                if bare:
                    message = f"index {index.name} uses {call}, which calls {', '.join(bare)} without a schema"
                    yield Violation(message, made or item)


def _reached(
    calls: tuple[Name, ...], routines: dict[str, tuple[Routine, Item | None]]
) -> Iterator[tuple[Name, Routine, Item | None]]:
    """Functions that run when the calls do, but for those that fix their own search_path."""
    left, seen = list(calls), set[str]()
    while left:
        call = left.pop(0)
        routine, made = routines.get(call.name, (None, None))
        if routine and call.name not in seen and not routine.fixed_path:
            seen.add(call.name)
            yield call, routine, made
            left += routine.calls


def _bare(calls: tuple[Name, ...]) -> list[str]:
    return [call.name for call in calls if call.name.startswith("st_") and not call.schema]


RULE = Rule(
    "RL217",
    "Unqualified PostGIS functions behind an index expression",
    Severity.WARNING,
    "pg_restore builds indexes with an empty search_path: a function that calls ST_… without its schema is not found "
    "then, and the restored database misses the index.",
    "Name the schema in the function's body, or fix its path:\n\n"
    '    op.execute("CREATE FUNCTION area_of(geometry) RETURNS float8 IMMUTABLE LANGUAGE sql "\n'
    "               \"SET search_path = public AS 'SELECT public.ST_Area($1)'\")",
    Example(
        """
        op.execute(  # here
            "CREATE FUNCTION area_of(geometry) RETURNS float8 IMMUTABLE LANGUAGE sql AS 'SELECT ST_Area($1)'"
        )
        op.execute("CREATE TABLE rooms (geom geometry(Polygon, 4326))")
        op.execute("CREATE INDEX ix_rooms_area ON rooms (area_of(geom))")
        """,
        'op.drop_table("rooms")\nop.execute("DROP FUNCTION area_of")',
    ),
    Example(
        """
        op.execute(
            "CREATE FUNCTION area_of(geometry) RETURNS float8 IMMUTABLE LANGUAGE sql AS 'SELECT public.ST_Area($1)'"
        )
        op.execute("CREATE TABLE rooms (geom geometry(Polygon, 4326))")
        op.execute("CREATE INDEX ix_rooms_area ON rooms (area_of(geom))")
        """,
        'op.drop_table("rooms")\nop.execute("DROP FUNCTION area_of")',
    ),
    _check,
)
