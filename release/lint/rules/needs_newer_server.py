"""RL320: something that the oldest server does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.plan.server_version import own_functions

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    own = own_functions(item.statement for item in case.items)
    for item in case.items:
        for need in item.facts.needs:
            if need.since <= case.server or need.function in own:
                continue
            text = f"{need.title} came with PostgreSQL {need.since}, and the release must suit {case.server}"
            if need.later:
                text += ": an older server takes the body, and fails when it gets there"
            # the database may have a function of that name of its own
            certain = case.promised and not need.function
            yield Violation(text, item, severity=Severity.ERROR if certain else None)


RULE = Rule(
    "RL320",
    "Something that the oldest server does not have",
    Severity.WARNING,
    "A server that lacks it refuses the script: its guard and preflight.sql say so before anything is done. An error "
    "where the project names its oldest server, but for a function, which a database may have of its own.",
    "Write it in the words of the older version, or name the oldest server that there is: `postgresql = 15` under "
    "[tool.release] (versions.md tells what came when). Without it, that is PostgreSQL 13.",
    Example('op.execute("CREATE UNIQUE INDEX ix_rooms_code ON rooms (code) NULLS NOT DISTINCT")  # here'),
    Example(
        'op.execute("CREATE UNIQUE INDEX ix_rooms_code ON rooms (code)")', 'op.execute("DROP INDEX ix_rooms_code")'
    ),
    _check,
)
