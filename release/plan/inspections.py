"""What preflight.sql and verify.sql ask of a database, put together for their templates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from release.model import Direction, Object
from release.plan.data_checks import find_checks
from release.plan.dependents import find_departing
from release.plan.name_resolution import qualify
from release.plan.recreated import find_recreated, recreated_by
from release.plan.required_relations import find_builds, touched_work
from release.plan.verified_states import find_states
from release.sql.facts.row_conditions import LIMIT

if TYPE_CHECKING:
    from release.model import Name
    from release.plan.ledger import Ledger

# what the catalog tells of these has names in it
_SPELLED = frozenset({"column", "constraint", "index", "type", "domain", "function", "procedure"})


def preflight_view(upgrade: Ledger, rollback: Ledger, touched: tuple[Name, ...]) -> dict[str, Any]:
    """What `preflight.sql.j2` uses beyond what the upgrade's own view has.

    Args:
        touched: tables that were there before the upgrade and that it locks, changes or drops.
    """
    work = touched_work(upgrade, touched)
    return {
        "checking": True,
        "touched_work": work,
        "builds": find_builds(upgrade, work),
        "departing": find_departing(upgrade),
        "recreated": find_recreated(upgrade, rollback),
        "checks": find_checks(upgrade),
        "limit": LIMIT,
    }


def verify_view(upgrade: Ledger, rollback: Ledger) -> dict[str, Any]:
    """What `verify.sql.j2` uses beyond what the upgrade's own view has."""
    verified, restored = find_states(upgrade, rollback)
    facts = {fact for each in (*verified, *restored) for fact in each.told}
    kinds = {each.thing.kind for each in (*verified, *restored)}
    return {
        "verified": verified,
        "restored": restored,
        "verified_kinds": kinds,
        "reads_names": not kinds.isdisjoint(_SPELLED),
        "reads_entries": any(fact.startswith("geometry_columns: ") for fact in facts),
        "reads_comments": any(fact == "no comment" or fact.startswith("COMMENT ") for fact in facts),
    }


def recreated_lines(upgrade: Ledger, rollback: Ledger, direction: Direction) -> tuple[str, ...]:
    """What a script creates anew that was there before the release, for its header."""
    if direction is Direction.UPGRADE:
        again = recreated_by(upgrade)
    else:
        found = find_recreated(upgrade, rollback)
        later = [each.thing for each in found if each.by is direction]
        again = tuple(dict.fromkeys((*later, *recreated_by(rollback))))
    made = {qualify(each, upgrade.schema) for each in again}
    return tuple(_line(each) for each in again if not each.parent or Object("table", each.parent) not in made)


def _line(thing: Object) -> str:
    return f"{thing.kind} {f'{thing.parent}.' if thing.parent else ''}{thing.name}"
