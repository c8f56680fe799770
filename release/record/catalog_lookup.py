"""What the server knows of the relations and functions that a statement names.

Asked on the connection that ran the statement, right after it: only there the search path and what the open
transaction has made are as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from release.sql.read.quote import literal, name_literal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from release.model import Name
    from release.sql.facts.read_only import Reading

# Volatile functions of PostgreSQL (pg_proc.provolatile = 'v') that change nothing, and those that tell of rows.
_HARMLESS = frozenset(
    {"random", "random_normal", "setseed", "clock_timestamp", "timeofday", "gen_random_uuid", "uuidv4", "uuidv7"}
    | {"pg_column_size", "pg_is_in_recovery", "pg_current_wal_lsn", "pg_sleep", "inet_client_addr"}
    | {"uuid_generate_v1", "uuid_generate_v1mc", "uuid_generate_v4", "gen_random_bytes", "gen_salt"}
)
_TELLING = frozenset(
    {"currval", "lastval", "pg_sequence_last_value", "pg_relation_size", "pg_table_size", "pg_indexes_size"}
    | {"pg_total_relation_size", "pg_database_size", "pg_tablespace_size"}
    | {"pg_stat_file", "pg_ls_dir", "pg_read_file", "pg_read_binary_file"}
)

# The catalogs are no data, but for statistics and the values of sequences; nor are the views of an extension, such as
# geometry_columns.
_RELATIONS = """
SELECT w.name, c.oid::bigint
FROM unnest(ARRAY[{names}]::text[]) AS w (name)
JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(w.name)
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
WHERE (n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') OR c.relname = 'pg_sequences'
    OR starts_with(c.relname, 'pg_stat')) AND NOT (c.relkind = 'v' AND EXISTS (
    SELECT FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'))
ORDER BY w.name
"""
_FUNCTIONS = """
SELECT p.proname::text, bool_or(p.provolatile = 'v'),
    bool_or(n.nspname NOT IN ('pg_catalog', 'information_schema') AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e'))
FROM (VALUES {names}) AS w (schema, name)
JOIN pg_catalog.pg_proc AS p ON p.proname = w.name
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace AND w.schema IN ('', n.nspname)
GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server says.

    Attributes:
        relations: the user's tables and views among those read, as written, with their OIDs.
        volatile: functions that may change something.
        own: functions that tell of rows: the project's, which may read any table, and some of PostgreSQL's.
    """

    relations: tuple[tuple[str, int], ...] = ()
    volatile: tuple[str, ...] = ()
    own: tuple[str, ...] = ()


def ask(connection: Connection, reading: Reading) -> Answer:
    """Ask for what a statement reads and calls."""
    relations = (
        _rows(connection, _RELATIONS.format(names=", ".join(name_literal(name) for name in reading.relations)))
        if reading.relations
        else []
    )
    functions = (
        _rows(connection, _FUNCTIONS.format(names=", ".join(_pair(name) for name in reading.functions)))
        if reading.functions
        else []
    )
    return Answer(
        tuple((str(name), int(oid)) for name, oid in relations),
        tuple(str(name) for name, volatile, _ in functions if volatile and name not in _HARMLESS | _TELLING),
        tuple(str(name) for name, _, own in functions if own or name in _TELLING),
    )


def newest_oid(connection: Connection) -> int:
    """The highest OID of a relation: what a revision makes comes after it."""
    return int(_rows(connection, "SELECT max(oid::bigint) FROM pg_catalog.pg_class")[0][0])


def advance_sequences(connection: Connection) -> None:
    """Move every sequence on, so that keys which the database generates are others than in another run."""
    _rows(connection, _ADVANCE)


_ADVANCE = """
SELECT pg_catalog.setval(pg_catalog.format('%I.%I', s.schemaname, s.sequencename)::pg_catalog.regclass,
    coalesce(s.last_value, s.start_value) + s.increment_by * LEAST(
        1009, abs((CASE WHEN s.increment_by > 0 THEN s.max_value ELSE s.min_value END
            - coalesce(s.last_value, s.start_value)::numeric) / s.increment_by / 2)::bigint))
FROM pg_catalog.pg_sequences AS s
"""


def _pair(name: Name) -> str:
    return f"({literal(name.schema)}, {literal(name.name)})"


def _rows(connection: Connection, sql: str) -> Sequence[Any]:
    """Run a query past SQLAlchemy, whose events it must not cause."""
    driver: Any = connection.connection.dbapi_connection
    cursor = driver.cursor()
    try:
        cursor.execute(sql)
        rows: Sequence[Any] = cursor.fetchall()
        return rows
    finally:
        cursor.close()
