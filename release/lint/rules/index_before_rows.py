"""RL106: an index made before the rows are inserted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator


_FEW = 100  # rows that are written down one by one take no time


def _check(case: Case) -> Iterator[Violation]:
    for at, (item, step) in enumerate(zip(case.upgrade, case.ledgers[0].steps, strict=True)):
        for index in item.definitions.indexes:
            table = case.at(index.table)
            fills = [
                later
                for later in case.upgrade[at + 1 :]
                if later.facts.tag in {"INSERT", "COPY"}
                and later.facts.effects
                and case.at(later.facts.effects[0].relation) == table
            ]
            written = sum(later.definitions.rows for later in fills)
            many = written >= _FEW or any(later.definitions.reads or later.facts.tag == "COPY" for later in fills)
            if step.is_new(index.table) and fills and many:
                yield Violation(f"{index.name or 'the index'} is built before {fills[0].source} fills {table}", item)


RULE = Rule(
    "RL106",
    "An index made before the rows are inserted",
    Severity.WARNING,
    "Each inserted row is put into the index by itself, which takes several times as long and leaves a larger index "
    "than building it once at the end.",
    "Move `op.create_index` below the statements that fill the table.",
    Example(
        """
        op.execute("CREATE TABLE kinds (name text)")
        op.create_index("ix_kinds_name", "kinds", ["name"])  # here
        op.execute("INSERT INTO kinds SELECT 'kind ' || n FROM generate_series(1, 100000) AS n")
        """,
        'op.drop_table("kinds")',
    ),
    Example(
        """
        op.execute("CREATE TABLE kinds (name text)")
        op.execute("INSERT INTO kinds SELECT 'kind ' || n FROM generate_series(1, 100000) AS n")
        op.create_index("ix_kinds_name", "kinds", ["name"])
        """,
        'op.drop_table("kinds")',
    ),
    _check,
)
