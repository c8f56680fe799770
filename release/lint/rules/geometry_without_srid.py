"""RL105: geometry without a type modifier, or with SRID 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.lint.schema import GEOMETRY, lasting_columns

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for each in lasting_columns(case):
        column, named = each.definition, f"{each.table}.{each.name}"
        srid = column.modifiers[1] if len(column.modifiers) > 1 else ""
        if column.type.name == "geometry" and srid in {"", "0", "-1"}:
            what = "has no type modifier" if not column.modifiers else "has SRID 0"
            yield Violation(f"{named} {what}", each.item)
        elif column.type.name in GEOMETRY and not column.modifiers:
            yield Violation(f"{named} has no type modifier", each.item)


RULE = Rule(
    "RL105",
    "Geometry without a type modifier, or with SRID 0",
    Severity.WARNING,
    "The column takes shapes of any kind and coordinates of any system. The first wrong one makes queries fail with "
    '"mixed SRID", or gives wrong distances without an error.',
    'Name the type and the SRID: `geometry(Polygon, 4326)`, `Geometry("POLYGON", srid=4326)`.',
    Example(
        """
        op.execute("CREATE TABLE rooms (geom geometry)")  # here
        op.create_index("ix_rooms_geom", "rooms", ["geom"], postgresql_using="gist")
        """,
        'op.drop_table("rooms")',
    ),
    Example(
        """
        op.execute("CREATE TABLE rooms (geom geometry(Polygon, 4326))")
        op.create_index("ix_rooms_geom", "rooms", ["geom"], postgresql_using="gist")
        """,
        'op.drop_table("rooms")',
    ),
    _check,
)
