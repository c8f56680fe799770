"""The table: what each form of statement does to the relations it touches.

`FORMS` holds every row by its key. The rows are grouped by what they are about; `release.sql.effects`
finds the row of a statement.
"""

from __future__ import annotations

from release.sql.forms.alter_column import ALTER_COLUMN
from release.sql.forms.alter_table import ALTER_TABLE
from release.sql.forms.alter_trigger import ALTER_TRIGGER
from release.sql.forms.constraint import CONSTRAINT
from release.sql.forms.create import CREATE
from release.sql.forms.drop import DROP
from release.sql.forms.form import FIRST, LAST, WORLD, Claim, Form, Part
from release.sql.forms.index import INDEXES
from release.sql.forms.postgis import POSTGIS
from release.sql.forms.query import QUERY
from release.sql.forms.silent import SILENT

__all__ = ["FIRST", "FORMS", "LAST", "TABLE", "WORLD", "Claim", "Form", "Part"]

TABLE: tuple[Form, ...] = (
    *CREATE,
    *ALTER_TABLE,
    *ALTER_TRIGGER,
    *ALTER_COLUMN,
    *CONSTRAINT,
    *INDEXES,
    *DROP,
    *QUERY,
    *POSTGIS,
    *SILENT,
)
"""Every row, in the order of the document."""

FORMS: dict[str, Form] = {form.key: form for form in TABLE}
