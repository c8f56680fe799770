"""docs/locks.md and docs/versions.md: the tables of statement forms and of versions, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.sql.facts.version_rows import GROUPS as VERSION_GROUPS
from release.sql.locks.forms import FIRST, GROUPS, LAST, WORLD, RelationPart
from release.sql.versions.changed import CHANGES

if TYPE_CHECKING:
    from release.model import LockMode, Work
    from release.sql.locks.forms import Claim, Form, Reach
    from release.sql.versions import ServerFeature
    from release.sql.versions.changed import VersionChange

INTRODUCTION = f"""\
# What a statement does to the database

Generated from the table in `release/sql/locks/forms/`, which the header of a script, its preflight, lint and
rehearsal read too. It holds for PostgreSQL {FIRST} to {LAST}; a form that came later than {FIRST}, and a lock that is
another on some of them, says so. Where a script is built without knowing its server, it names the strongest lock that
any version takes and says which take less; a rehearsal holds its server to what is said of that version. A test runs
every example on a real server and compares the locks with `pg_locks`, and the work with `pg_class.relfilenode`, the
server's DEBUG1 messages ("rewriting table", "verifying table", "building index") and `pg_stat_xact_user_tables`: what
was seen and is not claimed fails it, as does what is claimed and was not seen. What the server under test is too old
for is left out, and stands on the manual alone, as does what is marked "not tried".

- Locks are those of [13.3.1](https://www.postgresql.org/docs/current/explicit-locking.html), held to the end of the
  transaction. ACCESS EXCLUSIVE stops reads and writes; SHARE and SHARE ROW EXCLUSIVE stop writes; SHARE UPDATE
  EXCLUSIVE stops neither, only other schema changes and VACUUM. A waiting statement makes those after it wait too.
- A table's indexes, its TOAST table and the sequences of its columns are locked no stronger than the table, and not
  mentioned, unless they are.
- "and its partitions and child tables": the partitions of the table, and tables that inherit from it without being
  partitions ([5.11](https://www.postgresql.org/docs/current/ddl-inherit.html),
  [5.12](https://www.postgresql.org/docs/current/ddl-partitioning.html)), at every level, are locked alike, and the work
  is done on them; in another mode where one is named. ONLY before the table's name spares them, but for what says
  "despite ONLY". "some of" means that it depends: on rows and conditions (a query locks the partitions that its plan
  keeps, an INSERT those that take a row), or on what the name stands for (a foreign key concerns no child tables, a
  CHECK does). What says neither stays with the table.
- Relations that the statement makes are not mentioned: nobody else can see them before the commit.
- "rewrites the table" copies every row into a new file and builds all indexes again. It needs the disk space for both.
- Several subcommands of one ALTER TABLE take the strongest of their locks, and one pass over the table.

## The lock phase

Who holds a table and waits for another that the script has locked, while the script waits for the first, is in a
deadlock. PostgreSQL cancels the transaction that finds it: the one that begins to wait later, after
`deadlock_timeout`. No order of locks prevents that, for the application has one of its own.

So a transaction that only changes the catalog, and locks several tables that were there, takes its locks before its
first statement, in a `DO` block: all of them within half of the server's `deadlock_timeout`, or none. What it did
not get it waits for first the next time, holding nothing else, and so an ordinary autovacuum gives way, which it
does after `deadlock_timeout`; one that prevents wraparound does not, and is named before the segment as what is in
the way. Between two attempts, for `lock_retry_pause`, whoever waited goes on. The waiting of all attempts together
ends after `lock_timeout` (of both scripts: `psql -v lock_timeout=30s`; 0 for no end), taken `lock_retries` times
more, or after `statement_timeout` where that is shorter. Then the script ends with exit status 3, the segment has
changed nothing, and it is run again.

Taken is the weakest lock that keeps out what those of all its statements do; on partitions, child tables and under
`ONLY` as the statements do; with a foreign key that is dropped, alone, with its column or with its table, the table
at its other end. Only tables that are there by then are locked so, and only where the role may: `LOCK` asks for
UPDATE, DELETE or TRUNCATE, from PostgreSQL 17 on MAINTAIN will do, and neither an owner nor REFERENCES is enough.
The rest (those, views, sequences, the default partition, what goes by CASCADE) is locked by its own statement,
which then waits for a quarter of `deadlock_timeout` at most.

What scans, builds, rewrites or changes rows takes its locks as it needs them. With `lock_retries` every transaction
of one statement on tables has a lock phase, whatever its work. Row locks of data changes can deadlock in any case:
the header says in which segments, and the script is run again.
"""

MEASURED = """\
## How long others wait

`python -m bench waits`: a million rows in each table, readers and writers on every table that a release touches, in
transactions of at most 50 ms, beside the scripts and beside `alembic upgrade` on a twin; script / online,
milliseconds (two cores, fsync on). The scripts took 35.8 s and 8.5 s, online Alembic 36.3 s and 9.0 s: it holds
every lock to its end. A writer's longest wait in a script is for the rows that the fill of its own table has
changed; `catalog_items` is rewritten. The refused writes are those that the header of 1.2.0 tells of.

| release | table | reader, longest | 99 of 100 | writer, longest | 99 of 100 | refused |
| --- | --- | ---: | ---: | ---: | ---: | ---: |
| 1.1.0 | users | 31 / 35,458 | 1 / 35,458 | 3,459 / 35,496 | 1 / 35,496 | 0 / 0 |
| 1.1.0 | rooms | 33 / 31,298 | 1 / 2 | 3,262 / 31,290 | 2 / 1 | 0 / 0 |
| 1.1.0 | walls | 37 / 26,759 | 1 / 1 | 2,995 / 26,797 | 2 / 1 | 0 / 0 |
| 1.1.0 | doors | 21 / 22,482 | 1 / 1 | 3,148 / 22,487 | 2 / 1 | 0 / 0 |
| 1.1.0 | windows | 35 / 18,235 | 1 / 1 | 3,832 / 18,260 | 2 / 1 | 0 / 0 |
| 1.1.0 | devices | 18 / 13,780 | 1 / 1 | 4,130 / 13,774 | 2 / 1 | 0 / 0 |
| 1.1.0 | labels | 20 / 8,881 | 1 / 1 | 3,447 / 8,877 | 1 / 1 | 0 / 0 |
| 1.1.0 | zones | 3 / 4,488 | 1 / 1 | 3,778 / 4,492 | 1 / 1 | 0 / 0 |
| 1.2.0 | rooms | 5 / 5,320 | 2 / 3 | 2 / 5,288 | 1 / 4 | 0 / 0 |
| 1.2.0 | devices | 2 / 5 | 1 / 1 | 4 / 4 | 2 / 1 | 0 / 0 |
| 1.2.0 | comments | 5 / 5,224 | 1 / 4 | 1,628 / 5,248 | 2 / 1 | 104 / 0 |
| 1.2.0 | catalog_items | 3,529 / 3,513 | 1 / 1 | 3,520 / 3,477 | 3 / 1 | 0 / 0 |
| 1.2.0 | projects | 40 / 23 | 1 / 1 | 8 / 18 | 2 / 2 | 0 / 0 |
| 1.2.0 | labels, then annotations | 5 / 8 | 2 / 1 | 12 / 11 | 3 / 2 | 0 / 0 |
"""


def describe_forms() -> str:
    """The whole document."""
    parts = [INTRODUCTION, MEASURED]
    for title, forms in GROUPS:
        parts.append(f"## {title}\n")
        parts.append("| Statement | Does | Notes | Manual |\n| --- | --- | --- | --- |")
        parts.append("\n".join(_row(form) for form in forms) + "\n")
    parts.append(f"## The schema of the examples\n\n```sql\n{WORLD}```\n")
    return "\n".join(parts)


VERSIONS = f"""\
# What came, changed and went with which version

Generated from the tables in `release/sql/versions/`. They hold for PostgreSQL {FIRST} to {LAST}. A test runs every
example on a real server of each major: an older one must refuse it with the SQLSTATE that the row names, from its
version on it must work. The header of a script names the version that the release needs and for what, its guard
and preflight.sql refuse an older server before anything is done, manifest.json says it (`prerequisites.postgresql`),
`release rehearse` refuses such a server, and lint (RL320) tells of what the oldest server does not have: `postgresql`
under `[tool.release]`, or {FIRST}.

What is not seen, or not for certain:

- A call of a built-in function by its bare name may mean one of the database's own: the guard asks whether there is one
  with as many arguments. Functions that the release makes itself are left out. By the types of its arguments alone no
  function is told from an older one of the same name: `reverse(bytea)`.
- Bodies of LANGUAGE sql functions are read, those of PL/pgSQL functions and DO blocks by libpg_query's PL/pgSQL
  parser; what it does not take, bodies in other languages and what EXECUTE runs are not. An older server refuses
  syntax that it does not know in a body too; a function, setting or role there it misses only when it gets there, so
  that preflight.sql has a note, and no NO-GO.
- RETURNING OLD and NEW in PL/pgSQL, where they may be variables; MERGE into a view and COPY from a materialized view,
  which a name does not tell from a table; REINDEX (CONCURRENTLY) and CLUSTER (VERBOSE), whose trees are those of the
  old spelling.
- With `plain` scripts, a client that sends a whole file at once meets the syntax error before the guard: nothing is
  changed either.
"""

CHANGED = """\
## What changed or went

Lint (RL321) tells of these. Where the last column names an SQLSTATE, newer servers refuse the example with it;
elsewhere they answer another thing. What the parser itself refuses, which is that of PostgreSQL 18, never gets so
far: expressions with a postfix operator (14), numbers with letters after them like `123abc` (15). That PUBLIC may not
create anything in `public` in databases that are new since 15 is asked by the guard: it asks for CREATE on the
schemas that a release creates in.

"""


def describe_versions() -> str:
    """The whole document on versions."""
    parts = [VERSIONS]
    for title, rows in VERSION_GROUPS:
        parts.append(f"## {title}\n")
        parts.append("| What | From | Older servers say | Manual |\n| --- | --- | --- | --- |")
        ordered = sorted(rows, key=lambda row: row.since)
        parts.append("\n".join(_version(row) for row in ordered) + "\n")
    parts.append(CHANGED + "| What | From | Then | What to do | SQLSTATE | Manual |")
    parts.append("| --- | --- | --- | --- | --- | --- |")
    parts.append("\n".join(_change(change) for change in sorted(CHANGES, key=lambda change: change.since)) + "\n")
    return "\n".join(parts)


def _version(row: ServerFeature) -> str:
    tried = f"; not tried from {row.since} on: {row.untried}" if row.untried else ""
    older = f"{' or '.join(row.older)}{tried}"
    return f"| {_cell(row.title)}<br>`{_cell(row.example)}` | {row.since} | {older} | {_link(row.section)} |"


def _change(change: VersionChange) -> str:
    cells = (
        f"{_cell(change.title)}<br>`{_cell(change.example)}`",
        str(change.since),
        _cell(change.what),
        _cell(change.advice),
        " or ".join(change.newer),
        _notes_of(change),
    )
    return f"| {' | '.join(cells)} |"


def _notes_of(change: VersionChange) -> str:
    """Release notes stand in the manual of their own version."""
    return f"[{change.section}](https://www.postgresql.org/docs/{change.since}/{change.section}.html)"


def _row(form: Form) -> str:
    name = _cell(form.title) + (f"<br>`{_cell(form.example)}`" if form.example else "")
    does = (
        "<br>".join(_claim(claim) for claim in sorted(form.claims, key=lambda claim: claim.since))
        or "locks nothing that it names"
    )
    notes = [f"PostgreSQL {form.since} and later"] if form.since > FIRST else []
    notes += list(dict.fromkeys(claim.note for claim in form.claims if claim.note))
    notes += [text for text in (form.note, form.aside) if text]
    if form.untried:
        notes.append(f"not tried: {form.untried}")
    return f"| {name} | {does} | {_cell('; '.join(notes))} | {_link(form.section)} |"


def _claim(claim: Claim) -> str:
    whose = "" if claim.part is RelationPart.SUBJECT else f"{claim.part.value}: "
    reach = "".join(f"; {_reach(each, claim.lock)}" for each in claim.reach)
    return f"{whose}{claim.lock}, {_works(claim.work)}{_versions(claim.since, claim.until)}{reach}"


def _reach(reach: Reach, lock: LockMode) -> str:
    """What is locked below a table, where the table itself is locked in `lock` mode."""
    below = reach.below
    words: dict[LockMode, list[str]] = {}
    for mode, whose in ((below.partitions, "partitions"), (below.children, "child tables")):
        if mode:
            words.setdefault(mode, []).append(whose)
    which = "its" if below.every else "some of its"
    told = [f"{which} {' and '.join(whose)}{'' if mode is lock else f' {mode}'}" for mode, whose in words.items()]
    despite = ", despite ONLY" if reach.despite_only else ""
    return "and " + ", ".join(told) + despite + _versions(reach.since, reach.until)


def _versions(since: int, until: int) -> str:
    if since > FIRST:
        return f" (from PostgreSQL {since} on)"
    return f" (until PostgreSQL {until})" if until < LAST else ""


def _works(work: tuple[Work, ...]) -> str:
    return ", ".join(work)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _link(section: str) -> str:
    book, _, page = section.rpartition("/")
    site = "https://postgis.net/docs" if book else "https://www.postgresql.org/docs/current"
    name, _, anchor = page.partition("#")
    return f"[{name}]({site}/{name}.html{'#' + anchor if anchor else ''})"
