"""The table: what each form of statement does to the relations it touches.

The rows are grouped by what they are about; `release.sql.locks.effects` finds those of a statement.
"""

from __future__ import annotations

from release.sql.locks.forms.alter_column import ALTER_COLUMN
from release.sql.locks.forms.alter_table import ALTER_TABLE
from release.sql.locks.forms.alter_trigger import ALTER_TRIGGER
from release.sql.locks.forms.constraint import CONSTRAINT
from release.sql.locks.forms.create import CREATE
from release.sql.locks.forms.drop import DROP
from release.sql.locks.forms.form import FIRST, LAST, WORLD, Claim, Form, Reach, RelationPart
from release.sql.locks.forms.index import INDEXES
from release.sql.locks.forms.postgis import POSTGIS
from release.sql.locks.forms.query import QUERY
from release.sql.locks.forms.silent import SILENT

__all__ = ["FIRST", "FORMS", "GROUPS", "LAST", "TABLE", "WORLD", "Claim", "Form", "Reach", "RelationPart"]

GROUPS: tuple[tuple[str, tuple[Form, ...]], ...] = (
    ("CREATE", CREATE),
    ("ALTER TABLE", ALTER_TABLE),
    ("Columns", ALTER_COLUMN),
    ("Constraints", CONSTRAINT),
    ("Triggers and rules", ALTER_TRIGGER),
    ("Indexes", INDEXES),
    ("DROP, RENAME, SET SCHEMA, COMMENT", DROP),
    ("Rows and whole tables", QUERY),
    ("PostGIS", POSTGIS),
    ("Statements that lock no relation they name", SILENT),
)
"""The rows by what they are about."""

TABLE: tuple[Form, ...] = tuple(form for _, forms in GROUPS for form in forms)
"""Every row."""

FORMS: dict[str, Form] = {form.key: form for form in TABLE}
"""Every row by its key."""
