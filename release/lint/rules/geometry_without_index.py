"""RL104: a geometry column without a spatial index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.earlier import may_be_indexed, names_column
from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.lint.schema import GEOMETRY, is_spatial, lasting_columns

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for each in lasting_columns(case):
        table, name = each.table, each.name
        bare = each.new or (names_column(case, table.name, name) and not may_be_indexed(case, table.name, name))
        if each.definition.type.name in GEOMETRY and bare and not is_spatial(case, table, name):
            yield Violation(f"{table}.{name} has no spatial index", each.item)


RULE = Rule(
    "RL104",
    "A geometry column without a spatial index",
    Severity.WARNING,
    "Every query for what lies near or within something reads the whole table.",
    "Create the index after the rows are in; on a table in use, concurrently:\n\n"
    "    with op.get_context().autocommit_block():\n"
    '        op.create_index(op.f("ix_rooms_geom"), "rooms", ["geom"],\n'
    '                        postgresql_using="gist", postgresql_concurrently=True)\n\n'
    "With GeoAlchemy2 say `spatial_index=False` in the column, and name the index yourself.",
    Example('op.execute("CREATE TABLE rooms (geom geometry(Point, 4326))")  # here', 'op.drop_table("rooms")'),
    Example(
        """
        op.execute("CREATE TABLE rooms (geom geometry(Point, 4326))")
        op.create_index("ix_rooms_geom", "rooms", ["geom"], postgresql_using="gist")
        """,
        'op.drop_table("rooms")',
    ),
    _check,
)
