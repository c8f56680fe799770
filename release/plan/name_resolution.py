"""Names compared as the database will resolve them: unqualified ones lie in the first schema of the search path."""

from __future__ import annotations

from release.model import Name, Object, name_in

# Kinds that live in a schema by themselves; the others have a parent, or no schema at all.
IN_SCHEMA = frozenset(
    {
        "table",
        "index",
        "sequence",
        "view",
        "materialized view",
        "foreign table",
        "type",
        "domain",
        "function",
        "procedure",
        "statistics",
    }
)


def in_schema(name: Name, schema: str) -> Name:
    """A name qualified, but for one that may be in PostgreSQL's own catalog, which comes first (manual 5.9.5)."""
    return name if name.schema or name.name.startswith("pg_") else Name(name.name, schema)


def is_system(name: Name) -> bool:
    """Whether a relation is one of PostgreSQL's own, which VACUUM and ANALYZE may name."""
    return name.schema in {"pg_catalog", "information_schema"} or (not name.schema and name.name.startswith("pg_"))


def history_name(text: str, version_table: Name) -> Name:
    """The history table as configured, which the settings hold to be a name; without a schema: beside the other."""
    name = name_in(text) or Name(text)
    return name if name.schema else Name(name.name, version_table.schema)


def qualify(thing: Object, schema: str) -> Object:
    """The object with every name that lies in a schema qualified."""
    parent = in_schema(thing.parent, schema) if thing.parent else None
    name = in_schema(thing.name, schema) if thing.kind in IN_SCHEMA else thing.name
    return thing if name is thing.name and parent is thing.parent else Object(thing.kind, name, parent)
