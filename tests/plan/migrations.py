"""What a revision does, from its SQL."""

from __future__ import annotations

from release.model import Migration, Segment, Source
from release.plan.ledger import Ledger
from release.plan.search_path import with_paths
from release.plan.segments import arrange, provisional
from release.plan.transactions import number_transactions
from release.sql.facts.describe import statements_in


def migration(
    sql: tuple[str, ...],
    revision: str = "r1",
    before: tuple[str, ...] = (),
    after: tuple[str, ...] = ("r1",),
    driver: str = "psycopg",
) -> Migration:
    """Texts of one revision, "| " before those in an autocommit block."""
    texts = [
        statements_in(
            each.removeprefix("| "),
            Source(revision, "x.py", 1),
            tidy=False,
            autocommit=each.startswith("| "),
            server=13,
        )
        for each in sql
    ]
    return Migration(revision, number_transactions([texts], per_revision=False, driver=driver)[0], before, after)


def arranged(*migrations: Migration) -> tuple[Segment, ...]:
    """Segments of revisions whose unqualified names lie in public."""
    work = with_paths(migrations, (), ("public",))
    return arrange(work, Ledger(provisional(work), "public"))
