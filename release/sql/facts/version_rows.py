"""The whole table of what came with which version: `release.sql.versions`, and the forms of the table of locks."""

from __future__ import annotations

from release.sql import versions
from release.sql.locks.forms import FIRST, Form
from release.sql.locks.forms import TABLE as FORM_TABLE
from release.sql.versions import ServerFeature


def _of_form(form: Form) -> ServerFeature:
    return ServerFeature(
        f"form {form.key}",
        form.title,
        form.since,
        form.section,
        form.example,
        form.setup,
        alone=bool(form.blockers),
        untried=form.untried,
    )


GROUPS: tuple[tuple[str, tuple[ServerFeature, ...]], ...] = (
    ("Statement forms", tuple(_of_form(form) for form in FORM_TABLE if form.since > FIRST)),
    *versions.GROUPS,
)
"""The rows by what they are about."""

TABLE: tuple[ServerFeature, ...] = tuple(row for _, rows in GROUPS for row in rows)
"""Every row."""

ROWS: dict[str, ServerFeature] = {row.key: row for row in TABLE}
"""Every row by its key."""
