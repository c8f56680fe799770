"""RL306: a SET that outlives its statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.lint.subject import Item


def _check(case: Case) -> Iterator[Violation]:
    for items in (case.upgrade, case.rollback) if case.whole else ():
        for at, item in enumerate(items):
            name = item.definitions.setting
            ends = any(_ends(later, item) for later in items[at + 1 :])
            # what gives a setting back stands on the line that has changed it
            gives_back = any(_ends(item, earlier) and item.source == earlier.source for earlier in items[:at])
            if name and item.revision and not item.definitions.local and not ends and not gives_back:
                yield Violation(f"SET {name} holds for the rest of the script", item)


def _ends(later: Item, item: Item) -> bool:
    """Whether a statement sets the same again, or resets it, in the same revision."""
    same = later.facts.tag in {"SET", "RESET"} and later.facts.subject == item.facts.subject
    return same and later.revision == item.revision


RULE = Rule(
    "RL306",
    "A SET that outlives its revision",
    Severity.ERROR,
    "It changes what every later revision of the script does, and undoes what the script sets for itself: its role, "
    "its search_path, its timeouts.",
    "Leave out `# release: keeps`: what a revision sets with SET ends with it then. Write `set_config(…, true)`, which "
    "ends with its transaction. Or set it on the function that needs it.",
    Example(
        'op.execute("SET search_path = archive")  # here\nop.execute("CREATE TABLE rooms (id bigint)")',
        'op.execute("DROP TABLE archive.rooms")',
        head="# release: keeps search_path",
    ),
    Example(
        'op.execute("SET work_mem = \'1GB\'")\nop.execute("CREATE TABLE rooms (id bigint)")',
        'op.drop_table("rooms")',
    ),
    _check,
)
