"""What a table asks of its rows: columns, keys, and the constraints that a row must fulfil."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from psycopg.sql import Identifier

from release.sql.read.constants import constants_in
from release.sql.read.expressions import columns_in
from release.sql.read.quote import quoted
from release.sql.read.statements import statement_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import psycopg

_BY_HASH = "satisfies_hash_partition"

# Columns of ordinary and partitioned tables (partitions are filled through their parent). `e` is the type at the end of
# the chain of domains, `m` that of an array's elements.
_COLUMNS = """
SELECT n.nspname, c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname),
    a.attname, format_type(a.atttypid, a.atttypmod), NOT (a.attnotnull OR e.strict),
    a.attidentity <> '' OR a.attgenerated <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%%', false),
    coalesce(m.typname, t.typname)::text, format_type(coalesce(m.oid, t.oid), e.modifier), e.modifier,
    coalesce(m.typtype, t.typtype)::text, format_type(t.oid, e.modifier), m.oid IS NOT NULL,
    (SELECT quote_ident(s.nspname) FROM pg_namespace AS s WHERE s.oid = coalesce(m.typnamespace, t.typnamespace)),
    ARRAY(SELECT pg_get_expr(k.conbin, 0) FROM pg_constraint AS k
        WHERE k.contypid = ANY (e.chain) AND k.contype = 'c' ORDER BY k.conname)
FROM pg_class AS c
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
CROSS JOIN LATERAL (
    WITH RECURSIVE chain (oid, modifier, strict, oids) AS (
        SELECT y.oid, a.atttypmod, y.typnotnull, ARRAY[y.oid] FROM pg_type AS y WHERE y.oid = a.atttypid
        UNION ALL
        SELECT z.oid, y.typtypmod, h.strict OR z.typnotnull, h.oids || z.oid
        FROM chain AS h INNER JOIN pg_type AS y ON y.oid = h.oid AND y.typtype = 'd'
        INNER JOIN pg_type AS z ON z.oid = y.typbasetype
    )
    SELECT h.oid, h.modifier, h.strict, h.oids AS chain FROM chain AS h ORDER BY cardinality(h.oids) DESC LIMIT 1
) AS e
INNER JOIN pg_type AS t ON t.oid = e.oid
LEFT JOIN pg_type AS m ON m.oid = t.typelem AND t.typcategory = 'A'
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p') AND (%(partitions)s OR NOT c.relispartition)
    AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
    AND NOT EXISTS (SELECT FROM pg_depend AS e
        WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY 3, a.attnum
"""

_CONSTRAINTS = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), k.contype::text,
    ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (number, place)
        INNER JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.number ORDER BY u.place),
    pn.nspname, p.relname, quote_ident(pn.nspname) || '.' || quote_ident(p.relname),
    ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (number, place)
        INNER JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.number ORDER BY u.place),
    CASE WHEN k.contype = 'c' THEN pg_get_expr(k.conbin, k.conrelid) END
FROM pg_constraint AS k
INNER JOIN pg_class AS c ON c.oid = k.conrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_class AS p ON p.oid = k.confrelid
LEFT JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
WHERE k.contype IN ('f', 'c')
UNION ALL
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), 'u',
    ARRAY(SELECT DISTINCT a.attname::text FROM pg_depend AS d
        INNER JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = d.refobjsubid
        WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid AND d.refobjid = i.indrelid
        UNION SELECT a.attname::text FROM pg_attribute AS a
        WHERE a.attrelid = i.indrelid AND a.attnum = ANY ((i.indkey::int2[])[0:i.indnkeyatts - 1])),
    NULL, NULL, NULL, NULL, CASE WHEN NOT i.indimmediate THEN 'deferrable' END
FROM pg_index AS i
INNER JOIN pg_class AS c ON c.oid = i.indrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE (i.indisunique OR i.indisexclusion) AND n.nspname !~ '^pg_'
UNION ALL
-- rows of a partitioned table must have a partition to go to
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname), 'c',
    ARRAY(SELECT DISTINCT a.attname::text FROM (
            SELECT b.relid FROM pg_partition_tree(c.oid) AS b
            UNION SELECT b.relid FROM pg_partition_ancestors(c.oid) AS b
        ) AS l INNER JOIN pg_partitioned_table AS pt ON pt.partrelid = l.relid
        CROSS JOIN unnest(pt.partattrs::int2[]) AS u (number)
        INNER JOIN pg_attribute AS a ON a.attrelid = l.relid AND a.attnum = u.number),
    NULL, NULL, NULL, NULL,
    (SELECT string_agg('(' || pg_get_partition_constraintdef(l.relid) || ')', ' OR ')
        FROM pg_partition_tree(c.oid) AS l WHERE l.isleaf AND pg_get_partition_constraintdef(l.relid) IS NOT NULL
        AND (NOT %(partitions)s OR l.relid = c.oid OR l.relid::regclass::text = ANY (%(leaves)s::text[])))
FROM pg_class AS c INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'p' OR c.relispartition
ORDER BY 1, 2, 3
"""

_EXCLUSIONS = """
SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname),
    ARRAY(SELECT pg_get_indexdef(k.conindid, s.place, false)
        FROM generate_series(1, cardinality(k.conexclop)) AS s (place) ORDER BY s.place),
    ARRAY(SELECT format('OPERATOR(%I.%s)', m.nspname, o.oprname)
        FROM unnest(k.conexclop) WITH ORDINALITY AS u (number, place)
        INNER JOIN pg_operator AS o ON o.oid = u.number
        INNER JOIN pg_namespace AS m ON m.oid = o.oprnamespace ORDER BY u.place),
    coalesce(pg_get_expr(i.indpred, i.indrelid), 'true')
FROM pg_constraint AS k
INNER JOIN pg_class AS c ON c.oid = k.conrelid
INNER JOIN pg_namespace AS n ON n.oid = c.relnamespace
INNER JOIN pg_index AS i ON i.indexrelid = k.conindid
WHERE k.contype = 'x'
ORDER BY 1, k.conname
"""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Of two rows for which `where` is true, the operators must not all be true of the expressions.

    Attributes:
        operators: one for each expression, as `OPERATOR(schema.name)`.
    """

    expressions: tuple[str, ...]
    operators: tuple[str, ...]
    where: str


@dataclass(frozen=True, slots=True)
class FilledColumn:
    """A column of a table.

    Attributes:
        type: as in a cast, e.g. "character varying(20)".
        automatic: identity, generated, or fed by a sequence: it needs no value.
        base: name of the type at the end of a chain of domains; of an array, that of its elements; e.g. "varchar".
        base_type: that type as in a cast.
        modifier: the type's typmod, -1 for none.
        kind: pg_type.typtype of `base`; "e" is an enum.
        whole: `base_type`, or the array of it.
        schema: quoted schema of `base`.
    """

    name: str
    type: str
    nullable: bool
    automatic: bool
    base: str
    base_type: str
    modifier: int
    kind: str
    whole: str
    array: bool
    schema: str


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key: own columns, the parent and its columns."""

    columns: tuple[str, ...]
    parent: str
    theirs: tuple[str, ...]
    identifier: Identifier


@dataclass(frozen=True, slots=True)
class Shape:
    """A table as its rows see it.

    Attributes:
        name: quoted where needed, e.g. "public.rooms".
        uniques: columns that together are unique, of constraints and of unique indexes.
        exclusions: of another database, which this one does not enforce.
        deferrable: one of them is, so that INSERT … ON CONFLICT cannot be told to pass over what it refuses.
        checks: expressions over the columns that must not be false.
        constants: by column, numbers and texts that stand in the checks on it.
    """

    name: str
    identifier: Identifier
    columns: tuple[FilledColumn, ...]
    uniques: tuple[tuple[str, ...], ...] = ()
    parents: tuple[Key, ...] = ()
    checks: tuple[str, ...] = ()
    constants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    deferrable: bool = False
    exclusions: tuple[Exclusion, ...] = ()

    def requires(self, key: Key) -> bool:
        """True when the columns of a foreign key may not be NULL."""
        return any(not column.nullable for column in self.columns if column.name in key.columns)


def read_shapes(connection: psycopg.Connection, leaves: Sequence[str] | None = None) -> tuple[Shape, ...]:
    """Read every table that is no extension's and no partition, sorted by name.

    Args:
        leaves: partitions of another database whose rows are to fit here; then partitions are read too, for a table
            may have become one, and rows of a partitioned table fit one of these, so that none has to move.
    """
    given = {"partitions": leaves is not None, "leaves": list(leaves or ())}
    with connection.transaction():
        connection.execute("SET LOCAL search_path = pg_catalog")  # so that expressions name everything in full
        columns = connection.execute(_COLUMNS.encode(), given).fetchall()
        constraints = connection.execute(_CONSTRAINTS.encode(), given).fetchall()
        exclusions = connection.execute(_EXCLUSIONS.encode()).fetchall() if leaves is not None else ()
    shapes: dict[str, Shape] = {}
    for schema, table, name, *rest, checks in columns:
        shape = shapes.get(name) or Shape(name, Identifier(schema, table), ())
        column = FilledColumn(*rest)
        shapes[name] = replace(shape, columns=(*shape.columns, column))
        for check in checks:
            shapes[name] = _with_check(shapes[name], (column.name,), _domain_check(column, check))
    for name, kind, own, parent_schema, parent_table, parent, theirs, expression in constraints:
        if name not in shapes:
            continue
        shape = shapes[name]
        if kind == "u":
            deferrable = shape.deferrable or bool(expression)
            shapes[name] = replace(shape, uniques=(*shape.uniques, tuple(own)), deferrable=deferrable)
        elif kind == "f":
            key = Key(tuple(own), parent, tuple(theirs), Identifier(parent_schema, parent_table))
            shapes[name] = replace(shape, parents=(*shape.parents, key))
        elif expression:
            shapes[name] = _with_check(shape, tuple(own), expression)
    for name, expressions, operators, where in exclusions:
        if name in shapes:
            more = Exclusion(tuple(expressions), tuple(operators), where)
            shapes[name] = replace(shapes[name], exclusions=(*shapes[name].exclusions, more))
    return tuple(shapes.values())


def leaves_of(connection: psycopg.Connection) -> tuple[str, ...]:
    """The partitions that hold rows, quoted as in the catalog."""
    with connection.transaction():
        connection.execute("SET LOCAL search_path = pg_catalog")
        rows = connection.execute("SELECT oid::regclass::text FROM pg_class WHERE relispartition AND relkind = 'r'")
        return tuple(str(name) for (name,) in rows)


def with_check(shape: Shape, expression: str) -> Shape:
    """The shape with one more expression that must not be false, if it is about columns that the table has."""
    named = columns_in(f"SELECT {expression}")
    known = {column.name for column in shape.columns if not column.automatic}
    if not named <= known or expression in shape.checks:
        return shape
    return _with_check(shape, tuple(sorted(named)), expression)


def with_rules_of(shape: Shape, other: Shape, tables: Mapping[str, Shape]) -> Shape:
    """The shape with what another one asks as well, as far as it is about columns that are in both.

    Args:
        tables: those that rows are made for: a foreign key to another one, or to a column that is not there yet, cannot
            be fulfilled.
    """
    known = {column.name for column in shape.columns}
    columns = {name: {column.name for column in table.columns} for name, table in tables.items()}
    parents = (key for key in other.parents if set(key.columns) <= known and key not in shape.parents)
    exclusions = (
        each
        for each in other.exclusions
        if all(columns_in(f"SELECT {expression}") <= known for expression in (*each.expressions, each.where))
    )
    strict = {column.name for column in other.columns if not column.nullable}
    merged = replace(
        shape,
        columns=tuple(replace(each, nullable=each.nullable and each.name not in strict) for each in shape.columns),
        parents=(*shape.parents, *(key for key in parents if set(key.theirs) <= columns.get(key.parent, set()))),
        exclusions=tuple(exclusions),
        uniques=(*shape.uniques, *(each for each in other.uniques if set(each) <= known and each not in shape.uniques)),
    )
    for check in other.checks:
        if check in merged.checks or not columns_in(f"SELECT {check}") <= known:
            continue
        # what hash partitions ask names its table by number, and that table may not be there yet
        if not any(call.name.name == _BY_HASH for call in statement_in(f"SELECT {check}").contents.calls):
            merged = replace(merged, checks=(*merged.checks, check))
    constants = {name: each for name, each in other.constants.items() if name in known}
    return replace(merged, constants={**constants, **merged.constants})


def _with_check(shape: Shape, columns: tuple[str, ...], expression: str) -> Shape:
    found = constants_in(expression)
    constants = dict(shape.constants)
    for column in columns:
        constants[column] = tuple(dict.fromkeys((*constants.get(column, ()), *found)))
    return replace(shape, checks=(*shape.checks, expression), constants=constants)


def _domain_check(column: FilledColumn, expression: str) -> str:
    # VALUE is an ordinary name outside CREATE DOMAIN
    given = f"SELECT {quoted(column.name)}::{column.whole} AS value"
    return f"(SELECT ({expression}) IS NOT FALSE FROM ({given}) AS domain)"  # noqa: S608
