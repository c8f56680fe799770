"""RL309: a name of more than 63 bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.sql.read.splitting import long_names_in

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        for name in long_names_in(item.statement.text):
            yield Violation(f"{name} has {len(name.encode())} bytes", item)


RULE = Rule(
    "RL309",
    "A name of more than 63 bytes",
    Severity.ERROR,
    "PostgreSQL cuts it with a notice and goes on. Two long names may become one, and what a migration calls the "
    "object later is not what it is called.",
    "Choose a shorter name.",
    Example(
        f'op.execute("CREATE TABLE rooms_{"x" * 60} (id bigint)")  # here',
        f'op.execute("DROP TABLE rooms_{"x" * 60}")  # here',
    ),
    Example('op.execute("CREATE TABLE rooms (id bigint)")', 'op.drop_table("rooms")'),
    _check,
)
