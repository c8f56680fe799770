"""RL109: a column of a type that nothing creates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.earlier import types_before
from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a server with PostGIS and the usual extensions brings; pg_type of PostgreSQL 15 for the built-in ones.
_KNOWN = frozenset(
    {
        "bool", "bytea", "char", "name", "int8", "int2", "int2vector", "int4", "regproc", "text", "oid", "tid",
        "xid", "cid", "oidvector", "json", "xml", "point", "lseg", "path", "box", "polygon", "line", "float4",
        "float8", "circle", "money", "macaddr", "inet", "cidr", "macaddr8", "aclitem", "bpchar", "varchar", "date",
        "time", "timestamp", "timestamptz", "interval", "timetz", "bit", "varbit", "numeric", "refcursor", "uuid",
        "jsonb", "jsonpath", "tsvector", "tsquery", "pg_lsn", "pg_snapshot", "txid_snapshot", "xid8", "regclass",
        "regtype", "regrole", "regnamespace", "regprocedure", "regoper", "regoperator", "regconfig",
        "regdictionary", "regcollation", "int4range", "int8range", "numrange", "tsrange", "tstzrange", "daterange",
        "int4multirange", "int8multirange", "nummultirange", "tsmultirange", "tstzmultirange", "datemultirange",
        "serial", "bigserial", "smallserial", "serial2", "serial4", "serial8", "geometry", "geography", "raster",
        "box2d", "box3d", "topogeometry", "citext", "hstore", "ltree", "vector", "halfvec", "cube", "lquery",
        "ltxtquery", "isbn", "ean13",
    }
)  # fmt: skip


def _check(case: Case) -> Iterator[Violation]:
    made: set[str] = set()
    before = types_before(case)
    for item in case.upgrade:
        made.update(each.name.name for each in item.facts.creates)
        made.update(new.name.name for _, new in item.facts.renames)
        gone = {each.name.name for each in item.facts.drops if each.kind in {"type", "domain", "table"}}
        made -= gone
        before -= gone
        if not case.whole:
            continue
        for column in (*item.definitions.columns, *item.definitions.retyped):
            kind = column.type.name
            known = kind in _KNOWN or kind in made or column.type.schema in {"pg_catalog", "information_schema"}
            if kind and not known and kind.lower() not in before:
                yield Violation(
                    f"{column.table}.{column.name} has the type {kind}, which no migration creates before", item
                )


RULE = Rule(
    "RL109",
    "A column of a type that nothing creates",
    Severity.ERROR,
    "`op.add_column` with an `sa.Enum` does not create the type (`op.create_table` does): the statement fails on a "
    "database that does not have it by chance.",
    "Create the type in a statement of its own, and drop it in the downgrade:\n\n"
    "    op.execute(\"CREATE TYPE room_state AS ENUM ('open', 'closed')\")\n"
    '    op.add_column("rooms", sa.Column("state", postgresql.ENUM(name="room_state", create_type=False)))',
    Example(
        'op.add_column("rooms", sa.Column("state", sa.Enum("open", "closed", name="room_state")))  # here',
        'op.drop_column("rooms", "state")',
    ),
    Example(
        """
        op.execute("CREATE TYPE room_state AS ENUM ('open', 'closed')")
        op.add_column("rooms", sa.Column("state", sa.Enum("open", "closed", name="room_state")))
        """,
        'op.drop_column("rooms", "state")\nop.execute("DROP TYPE room_state")',
    ),
    _check,
)
