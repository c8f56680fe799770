"""The table: what came with which major version of PostgreSQL, but for statement forms of the table of locks.

Forms that have a row in `release.sql.locks.forms` keep their version there; `release.sql.facts.version_rows` joins
both. `release.sql.read.features` finds what of it stands in a statement.
"""

from __future__ import annotations

from release.sql.versions.names import COLLATIONS, EXTENSIONS, FUNCTIONS, RELATIONS, ROLES, SETTINGS, TYPES
from release.sql.versions.queries import COPY, QUERY
from release.sql.versions.row import ServerFeature
from release.sql.versions.statements import (
    INDEXES,
    MAINTENANCE,
    REPLICATION,
    RIGHTS,
    ROUTINES,
    SEQUENCES,
    TABLES,
    VIEWS,
)

__all__ = ["GROUPS", "ROWS", "TABLE", "ServerFeature"]


GROUPS: tuple[tuple[str, tuple[ServerFeature, ...]], ...] = (
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

TABLE: tuple[ServerFeature, ...] = tuple(row for _, rows in GROUPS for row in rows)
"""Every row."""

ROWS: dict[str, ServerFeature] = {row.key: row for row in TABLE}
"""Every row by its key."""
