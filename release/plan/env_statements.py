"""What env.py executes around the migrations, put where it holds for all of them.

Online it is executed once, in the session that runs every migration. A script that is resumed skips the segments that
are done, so what env.py sets for its session cannot stand in the first of them: it stands before all, and each run of
the script executes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.model import Migration, Note
from release.model.syntax import SetVariable
from release.sql.facts.describe import with_text
from release.sql.facts.settings import How, is_for_session, session_change
from release.sql.read.rewriting import without_local

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from release.model import Statement

# decided by [tool.release], and by the DBA with psql -v; they change no outcome
_TIMEOUTS = frozenset({"lock_timeout", "statement_timeout"})


@dataclass(frozen=True, slots=True)
class Around:
    """What env.py executes before and after the migrations of one direction.

    Attributes:
        opening: executed by each run of the script, before its first segment.
        closing: executed at its end.
        first, last: what changes the database; part of the first and of the last revision's work.
    """

    opening: tuple[Statement, ...] = ()
    closing: tuple[Statement, ...] = ()
    first: tuple[Statement, ...] = ()
    last: tuple[Statement, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def settings(self) -> dict[str, str]:
        """What holds for every revision, by name, each as a statement."""
        changes = [session_change(each.syntax, each.text) for each in self.opening]
        return {change.name: change.text for change in changes if change and change.how is How.SET}

    def surround(self, migrations: Sequence[Migration]) -> tuple[Migration, ...]:
        """The migrations, with what env.py changes in the database before the first and after the last."""
        work = list(migrations)
        work[0] = replace(work[0], statements=self.first + work[0].statements)
        number = max((each.transaction for migration in work for each in migration.statements), default=0)
        last = tuple(replace(each, transaction=number) for each in self.last)
        work[-1] = replace(work[-1], statements=work[-1].statements + last)
        return tuple(work)


def arrange_around(
    before: Iterable[Statement], after: Iterable[Statement], ours: Mapping[str, str], server: int
) -> Around:
    """Decide where what env.py executes belongs.

    A `SET LOCAL` holds online for all migrations, which share a transaction; here for all transactions: it becomes a
    `SET`.

    Args:
        ours: the settings that the script makes itself, by name, each as a statement.
        server: oldest PostgreSQL major version that the release supports.
    """
    notes: list[Note] = []
    opening: list[Statement] = []
    first: list[Statement] = []
    for statement in before:
        if not is_for_session(statement.syntax):
            first.append(statement)
            continue
        change = session_change(statement.syntax, statement.text)
        names = {change.name} if change else set()
        if names & _TIMEOUTS:
            notes.append(
                Note(
                    f"{', '.join(sorted(names))} as env.py sets it is not in the script; "
                    f"write {', '.join(sorted(names))} under [tool.release], which the DBA may override",
                    statement.source,
                )
            )
            continue
        if isinstance(statement.syntax, SetVariable) and statement.syntax.local:
            statement = with_text(statement, without_local(statement.text), server)
        # ours has pg_temp at its end, which nobody needs to write
        same = {ours.get("search_path", ""), ours.get("search_path", "").removesuffix(", pg_temp")}
        if "search_path" in names and statement.text not in same:
            notes.append(
                Note(
                    "env.py sets search_path; name the same schemas under [tool.release] search_path, by which the "
                    "script's checks go",
                    statement.source,
                )
            )
        opening.append(statement)
    closing: list[Statement] = []
    last: list[Statement] = []
    for statement in after:
        (closing if is_for_session(statement.syntax) else last).append(statement)
    return Around(tuple(opening), tuple(closing), tuple(first), tuple(last), tuple(notes))
