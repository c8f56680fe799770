"""RL321: something that is otherwise on a newer server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.config import NEWEST_SERVER
from release.lint.earlier import routines_before
from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.plan.server_version import own_functions
from release.sql.facts.version_changes import INDEX_PATH, VIEW_PATH, changes_met

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model import Name
    from release.sql.facts.definitions import Routine
    from release.sql.versions.changed import VersionChange


def _check(case: Case) -> Iterator[Violation]:
    own = own_functions(item.statement for item in case.items)
    routines = {each.name.name: each for each in routines_before(case)}
    for item in case.items:
        routine = item.definitions.routine
        if routine:
            routines[routine.name.name] = routine
        for change in changes_met(item.statement.syntax):
            if change.key.removeprefix("function ") not in own and _concerns(change, case):
                yield Violation(_told(change), item)
        calls = tuple(call for index in item.definitions.indexes for call in index.calls)
        kept = item.definitions.calls if item.facts.tag == "CREATE MATERIALIZED VIEW" else ()
        for change, called in ((INDEX_PATH, calls), (VIEW_PATH, kept)):
            for caller, bare in _bare(called, routines) if _concerns(change, case) else ():
                yield Violation(f"{_told(change)}: {caller} calls {bare}", item)


def _concerns(change: VersionChange, case: Case) -> bool:
    """What is gone is gone on every server that is new enough; what differs, only where both kinds are supported."""
    return case.server < change.since <= NEWEST_SERVER or bool(change.newer)


def _told(change: VersionChange) -> str:
    return f"{change.title}: from PostgreSQL {change.since} on, {change.what}; {change.advice}"


def _bare(calls: tuple[Name, ...], routines: dict[str, Routine]) -> Iterator[tuple[str, str]]:
    """Pairs of a function that runs when the calls do, without a path of its own, and one that it calls unqualified."""
    left, seen = list(calls), set[str]()
    while left:
        routine = routines.get(left.pop(0).name)
        if routine and routine.name.name not in seen and not routine.fixed_path:
            seen.add(routine.name.name)
            yield from ((str(routine.name), call.name) for call in routine.calls if _is_bare(call, routines))
            left += routine.calls


def _is_bare(call: Name, routines: dict[str, Routine]) -> bool:
    return not call.schema and call.name in routines


RULE = Rule(
    "RL321",
    "Something that is otherwise on a newer server",
    Severity.WARNING,
    "A major version takes away or changes what this statement counts on: the release runs on one server and not on "
    "the next, or leaves another thing there. versions.md lists what is looked for.",
    "Write what every server understands that the release must suit.",
    Example(
        """
        op.execute("CREATE FUNCTION cut(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT left($1, 3)'")
        op.execute("CREATE FUNCTION short(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT cut($1)'")
        op.execute("CREATE TABLE rooms (name text)")
        op.execute("CREATE INDEX ix_rooms_short ON rooms (short(name))")  # here
        """,
        'op.drop_table("rooms")\nop.execute("DROP FUNCTION short")\nop.execute("DROP FUNCTION cut")',
    ),
    Example(
        """
        op.execute("CREATE FUNCTION cut(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT left($1, 3)'")
        op.execute("CREATE FUNCTION short(text) RETURNS text IMMUTABLE LANGUAGE sql AS 'SELECT public.cut($1)'")
        op.execute("CREATE TABLE rooms (name text)")
        op.execute("CREATE INDEX ix_rooms_short ON rooms (short(name))")
        """,
        'op.drop_table("rooms")\nop.execute("DROP FUNCTION short")\nop.execute("DROP FUNCTION cut")',
    ),
    _check,
)
