"""The table: what came with which major version of PostgreSQL.

Statement forms that have a row in `release.sql.locks.forms` keep their version there, and their rows here are made of
those.
`release.sql.facts.version_needs` finds the rows of a statement.
"""

from __future__ import annotations

from release.sql.facts.needs.names import COLLATIONS, EXTENSIONS, FUNCTIONS, RELATIONS, ROLES, SETTINGS, TYPES
from release.sql.facts.needs.queries import COPY, QUERY
from release.sql.facts.needs.row import Row
from release.sql.facts.needs.statements import (
    INDEXES,
    MAINTENANCE,
    REPLICATION,
    RIGHTS,
    ROUTINES,
    SEQUENCES,
    TABLES,
    VIEWS,
)
from release.sql.locks.forms import FIRST, Form
from release.sql.locks.forms import TABLE as FORM_TABLE

__all__ = ["GROUPS", "ROWS", "TABLE", "Row"]


def _of_form(form: Form) -> Row:
    return Row(
        f"form {form.key}",
        form.title,
        form.since,
        form.section,
        form.example,
        form.setup,
        alone=bool(form.blockers),
        untried=form.untried,
    )


GROUPS: tuple[tuple[str, tuple[Row, ...]], ...] = (
    ("Statement forms", tuple(_of_form(form) for form in FORM_TABLE if form.since > FIRST)),
    ("Tables, columns and constraints", TABLES),
    ("Indexes and statistics", INDEXES),
    ("Views and storage parameters", VIEWS),
    ("Functions, triggers, types, operators and collations", ROUTINES),
    ("Sequences", SEQUENCES),
    ("Privileges", RIGHTS),
    ("Publications and subscriptions", REPLICATION),
    ("VACUUM, ANALYZE, ALTER DATABASE", MAINTENANCE),
    ("Queries and expressions", QUERY),
    ("COPY", COPY),
    ("Built-in functions", FUNCTIONS),
    ("Types", TYPES),
    ("Collations", COLLATIONS),
    ("Settings", SETTINGS),
    ("Predefined roles", ROLES),
    ("Catalogs and views of the system", RELATIONS),
    ("Extensions that come with PostgreSQL", EXTENSIONS),
)
"""The rows by what they are about."""

TABLE: tuple[Row, ...] = tuple(row for _, rows in GROUPS for row in rows)
"""Every row."""

ROWS: dict[str, Row] = {row.key: row for row in TABLE}
"""Every row by its key."""
