"""RL103: geometry kept as text at the end of the release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.lint.schema import lasting_columns

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEXT = frozenset({"text", "varchar", "bpchar", "bytea", "json", "jsonb"})
_NAMES = frozenset({"geom", "geometry", "the_geom", "geog", "geography", "wkt", "ewkt", "wkb", "ewkb", "geojson"})
_SUFFIXES = frozenset({"text", "txt", "str", "string", "raw", "json", "old", "new", "tmp"})


def _check(case: Case) -> Iterator[Violation]:
    for each in lasting_columns(case):
        kind = each.definition.type.name
        words = each.name.lower().split("_")
        while len(words) > 1 and words[-1] in _SUFFIXES:
            words.pop()
        # geometry_type and geom_source tell of a geometry, and are none
        if kind in _TEXT and (words[-1] in _NAMES or "_".join(words) in _NAMES):
            yield Violation(f"{each.table}.{each.name} is {kind} at the end of the release", each.item)


RULE = Rule(
    "RL103",
    "Geometry kept as text",
    Severity.WARNING,
    "Text has no SRID, no type and no GiST index, takes any typing error, and is parsed again by every query.",
    "Convert it once the values are in, on a table that is still empty or new:\n\n"
    '    op.execute("ALTER TABLE rooms ALTER COLUMN geom TYPE geometry(Polygon, 4326)")',
    Example('op.create_table("rooms", sa.Column("geom", sa.Text()))  # here', 'op.drop_table("rooms")'),
    Example(
        """
        op.create_table("rooms", sa.Column("geom", sa.Text()))
        op.execute("ALTER TABLE rooms ALTER COLUMN geom TYPE geometry(Polygon, 4326)")
        """,
        'op.drop_table("rooms")',
    ),
    _check,
)
