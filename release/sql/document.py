"""docs/locks.md: the table of statement forms for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.sql.forms import FIRST, GROUPS, LAST, WORLD, Part

if TYPE_CHECKING:
    from release.sql.forms import Claim, Form

INTRODUCTION = f"""\
# What a statement does to the database

Generated from the table in `release/sql/forms/`, which the header of a script, its preflight, lint and rehearsal read
too. It holds for PostgreSQL {FIRST} to {LAST}; a form that came later than {FIRST} says so. A test runs every example
on a real server and compares the locks with `pg_locks`, and the work with `pg_class.relfilenode`, the server's
DEBUG1 messages ("rewriting table", "verifying table", "building index") and `pg_stat_xact_user_tables`: what was seen
and is not claimed fails it, as does what is claimed and was not seen. What the server under test is too old for is
left out, and stands on the manual alone, as does what is marked "not tried".

- Locks are those of [13.3.1](https://www.postgresql.org/docs/current/explicit-locking.html), held to the end of the
  transaction. ACCESS EXCLUSIVE stops reads and writes; SHARE and SHARE ROW EXCLUSIVE stop writes; SHARE UPDATE
  EXCLUSIVE stops neither, only other schema changes and VACUUM. A waiting statement makes those after it wait too.
- A table's indexes, its TOAST table and the sequences of its columns are locked no stronger than the table, and not
  mentioned, unless they are.
- What is done to a parent is done to its partitions and to tables that inherit from it as well, unless ONLY says
  otherwise.
- Relations that the statement makes are not mentioned: nobody else can see them before the commit.
- "rewrites the table" copies every row into a new file and builds all indexes again. It needs the disk space for both.
- Several subcommands of one ALTER TABLE take the strongest of their locks, and one pass over the table.
"""


def describe_forms() -> str:
    """The whole document."""
    parts = [INTRODUCTION]
    for title, forms in GROUPS:
        parts.append(f"## {title}\n")
        parts.append("| Statement | Does | Notes | Manual |\n| --- | --- | --- | --- |")
        parts.append("\n".join(_row(form) for form in forms) + "\n")
    parts.append(f"## The schema of the examples\n\n```sql\n{WORLD}```\n")
    return "\n".join(parts)


def _row(form: Form) -> str:
    name = _cell(form.title) + (f"<br>`{_cell(form.example)}`" if form.example else "")
    does = "<br>".join(_claim(claim) for claim in form.claims) or "locks nothing that it names"
    notes = [f"PostgreSQL {form.since} and later"] if form.since > FIRST else []
    notes += [claim.note for claim in form.claims if claim.note] + [text for text in (form.note, form.aside) if text]
    if form.untried:
        notes.append(f"not tried: {form.untried}")
    return f"| {name} | {does} | {_cell('; '.join(notes))} | {_link(form.section)} |"


def _claim(claim: Claim) -> str:
    whose = "" if claim.part is Part.SUBJECT else f"{claim.part.value}: "
    return f"{whose}{claim.lock}, {', '.join(claim.work)}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _link(section: str) -> str:
    book, _, page = section.rpartition("/")
    site = "https://postgis.net/docs" if book else "https://www.postgresql.org/docs/current"
    name, _, anchor = page.partition("#")
    return f"[{name}]({site}/{name}.html{'#' + anchor if anchor else ''})"
