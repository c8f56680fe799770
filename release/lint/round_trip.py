"""What an upgrade and its rollback, run one after the other, leave different: objects too many, and objects missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import UNREAD, Direction, Object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from release.lint.subject import Case, Item
    from release.model import Name
    from release.plan.inventory import Thing
    from release.plan.ledger import Ledger

    Key = tuple[str, Name, Thing | None]

Left = tuple[tuple[Object, "Item"], ...]

_KEPT = frozenset({"extension", "schema"})
"""What a rollback may leave on purpose."""

_OPAQUE = frozenset({"DO", "CALL", "SELECT", UNREAD})
_ALIKE = {"domain": "type", "procedure": "function", "aggregate": "function"}


def left_over(case: Case) -> tuple[Left, Left]:
    """Objects that the rollback leaves, and those missing after it, with the statement that made or dropped them.

    Nothing is said of revisions that run what cannot be read off their text (DO, CALL, functions, CASCADE), nor of what
    the server names otherwise where the name that it chooses is taken.
    """
    if not case.whole:
        return (), ()
    unclear = {item.revision for item in case.items if item.facts.tag in _OPAQUE or item.definitions.cascade}
    extra: list[tuple[Object, Item]] = []
    missing: list[tuple[Object, Item]] = []
    first = 0  # of the stretch's statements among those of the rollback
    for upgrade, rollback in case.stretches:
        items = (*case.upgrade[: upgrade.end], *case.rollback[first : first + len(rollback.steps)])
        first += len(rollback.steps)
        come, gone = differences(upgrade, rollback)
        came = [(each, each.name_since(rollback.end), rollback.end) for each in _outermost(come)]
        went = [(each, each.name_until(upgrade.start), upgrade.start) for each in _outermost(gone)]
        extra += (
            (each.object_at(seen), item)
            for each, moment, seen in came
            if (item := items[moment - 1]).direction is Direction.UPGRADE
        )
        missing += (
            (each.object_at(seen), item)
            for each, moment, seen in went
            if (item := items[moment - 1]).direction is Direction.UPGRADE or each.kind not in upgrade.inventory.untold
        )
    return _clear(extra, unclear), _clear(missing, unclear)


def differences(upgrade: Ledger, rollback: Ledger) -> tuple[list[Thing], list[Thing]]:
    """What is there after both and was not before, and what was there before and is not after."""
    changed = _changed(upgrade, rollback)
    before = {_key(each, upgrade.start): each for each in changed if each.is_there(upgrade.start)}
    after = {_key(each, rollback.end): each for each in changed if each.is_there(rollback.end)}
    extra = [each for key, each in after.items() if key not in before and each.parts is None]
    missing = [each for key, each in before.items() if key not in after and not each.doubtful]
    return extra, missing


def _clear(found: Iterable[tuple[Object, Item]], unclear: set[str]) -> Left:
    return tuple((thing, item) for thing, item in found if item.revision not in unclear and thing.kind not in _KEPT)


def _changed(upgrade: Ledger, rollback: Ledger) -> list[Thing]:
    """What comes, goes or changes its name, but for indexes that are told as constraints, and what a session ends."""
    events = upgrade.inventory.events
    moments = range(upgrade.start + 1, rollback.end + 1)
    found = dict.fromkeys(thing for moment in moments for thing, _ in events.get(moment, ()))
    return [each for each in found if not each.key and not each.temporary and each.out_of_sight is None]


def _key(thing: Thing, moment: int) -> Key:
    # routines by their name alone: the types of arguments are not always told
    kind = _ALIKE.get(thing.kind, thing.kind)
    return kind, thing.name_at(moment), thing.inside_of


def _outermost(found: list[Thing]) -> Iterator[Thing]:
    """Without what goes with a table or a column that is told already."""
    for each in found:
        with_column = any(
            other.kind == "column" and other.table is each.table and other.name.name in each.columns for other in found
        )
        if each.table not in found and not with_column:
            yield each
