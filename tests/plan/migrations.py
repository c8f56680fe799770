"""What a revision does, from its SQL."""

from __future__ import annotations

from release.model import Migration, Segment, Source
from release.plan.ledger import Ledger
from release.plan.search_path import with_schemas
from release.plan.segments import arrange, provisional
from release.sql.facts.describe import statements_in


def migration(
    sql: tuple[str, ...], revision: str = "r1", before: tuple[str, ...] = (), after: tuple[str, ...] = ("r1",)
) -> Migration:
    """Statements of one revision, "| " before those in an autocommit block."""
    statements = [
        statement
        for each in sql
        for statement in statements_in(
            each.removeprefix("| "),
            Source(revision, "x.py", 1),
            tidy=False,
            autocommit=each.startswith("| "),
            server=13,
        )
    ]
    return Migration(revision, tuple(statements), before, after)


def arranged(*migrations: Migration) -> tuple[Segment, ...]:
    """Segments of revisions whose unqualified names lie in public."""
    work = with_schemas(migrations, (), "public")
    return arrange(work, Ledger(provisional(work), "public"))
