"""RL306: a SET that outlives its statement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Hit, Rule, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Hit]:
    for item in case.items if case.whole else ():
        if item.definitions.setting and not item.definitions.local:
            yield Hit(f"SET {item.definitions.setting} holds for the rest of the script", item)


RULE = Rule(
    "RL306",
    "A SET that outlives its transaction",
    Severity.ERROR,
    "It changes what every later revision of the script does, and undoes what the script sets for itself: its role, "
    "its search_path, its timeouts.",
    "Write SET LOCAL, which ends with the transaction, or set it on the function that needs it.",
    Example(
        'op.execute("SET search_path = archive")  # here\nop.execute("CREATE TABLE rooms (id bigint)")',
        'op.drop_table("rooms")',
    ),
    Example(
        'op.execute("SET LOCAL work_mem = \'1GB\'")\nop.execute("CREATE TABLE rooms (id bigint)")',
        'op.drop_table("rooms")',
    ),
    _check,
)
