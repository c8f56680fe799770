"""What is in the tables: counts and checksums that do not depend on the order of rows, and what differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.sql import SQL, Identifier, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import psycopg

# Ordinary tables that are no extension's, with their columns in order of name and the columns of the primary key; and
# what users have put into tables of extensions, such as SRIDs of their own, with the condition that pg_dump tells these
# rows by (manual 38.17.3).
_TABLES = """
SELECT n.nspname, c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname),
    ARRAY(SELECT a.attname::text FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attname::text COLLATE "C"),
    ARRAY(SELECT a.attname::text FROM pg_index AS i CROSS JOIN unnest(i.indkey::int2[]) AS k (number)
        INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.number
        WHERE i.indrelid = c.oid AND i.indisprimary ORDER BY a.attname::text COLLATE "C"),
    x.condition
FROM pg_class AS c INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN LATERAL (
    SELECT w.condition FROM pg_extension AS e, unnest(e.extconfig, e.extcondition) AS w (oid, condition)
    WHERE w.oid = c.oid) AS x ON true
WHERE c.relkind = 'r' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND (x.condition IS NOT NULL OR NOT EXISTS (SELECT FROM pg_depend AS d
        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'))
ORDER BY 3
"""


@dataclass(frozen=True, slots=True)
class TableRows:
    """The rows of a table: how many, and a checksum of each column with the row's primary key.

    Attributes:
        extension: the table is an extension's, and these are the rows that are not.
    """

    count: int
    columns: Mapping[str, str]
    extension: bool = False


@dataclass(frozen=True, slots=True)
class RowDifference:
    """How the rows of a table differ from those that were expected.

    Attributes:
        table: quoted where needed, e.g. "public.rooms".
        columns: the columns whose values are gone or others; empty: whole rows.
        text: in one line, e.g. "12 of 1000 rows are lost".
    """

    table: str
    columns: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.table}: {self.text}"


def take_rows(connection: psycopg.Connection, without: Iterable[str] = ()) -> dict[str, TableRows]:
    """Count and checksum the rows of every table, by quoted name; of an extension's, those that came from elsewhere."""
    left_out = frozenset(without)
    found = {}
    for schema, name, quoted, columns, key, condition in connection.execute(_TABLES).fetchall():
        if quoted in left_out:
            continue
        marks = SQL(", ").join(Identifier(column) for column in key) if key else SQL("NULL")
        sums = [
            # two hashes of 64 bits; a NULL is told from every text
            SQL(
                "coalesce(sum(hashtextextended(ROW({key}, {column})::text, 0)::numeric)::text"
                " || ' ' || sum(hashtextextended(ROW({key}, {column})::text, 1)::numeric)::text, '')"
            ).format(key=marks, column=Identifier(column))
            for column in columns
        ]
        query = SQL("SELECT count(*), {} FROM ONLY {} {}").format(
            SQL(", ").join([*sums, Literal("")]), Identifier(schema, name), SQL(condition or "")
        )
        row = connection.execute(query).fetchone()
        assert row  # noqa: S101 - an aggregate gives a row
        found[quoted] = TableRows(row[0], dict(zip(columns, row[1:-1], strict=True)), condition is not None)
    return found


def compare_rows(expected: Mapping[str, TableRows], found: Mapping[str, TableRows]) -> tuple[RowDifference, ...]:
    """Say which rows and values differ; a table or column that nobody expected is the catalog's affair."""
    differences: list[RowDifference] = []
    for table, before in expected.items():
        after = found.get(table)
        if after is None:
            if before.count:
                differences.append(RowDifference(table, (), f"the table is gone with its {before.count} rows"))
        elif before.count != after.count:
            lost = before.count - after.count
            text = f"{lost} of {before.count} rows are lost" if lost > 0 else f"{-lost} rows too many"
            differences.append(RowDifference(table, (), text))
        elif before.count:
            gone = tuple(column for column in before.columns if column not in after.columns)
            other = tuple(
                column
                for column, checksum in before.columns.items()
                if column in after.columns and after.columns[column] != checksum
            )
            if gone:
                differences.append(RowDifference(table, gone, f"lost with all values: {', '.join(gone)}"))
            if other:
                differences.append(RowDifference(table, other, f"other values in {', '.join(other)}"))
    return tuple(differences)
