"""RL214: ALTER COLUMN … TYPE geometry on an existing table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.lint.schema import GEOMETRY
from release.model import Work

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        names = [each.name for each in item.definitions.retyped if each.type.name in GEOMETRY]
        for effect in item.exclusive if names else ():
            if {Work.REWRITE, Work.SCAN} & set(effect.work):
                yield Violation(
                    f"{effect.relation}.{', '.join(names)}: {', '.join(effect.work)} under ACCESS EXCLUSIVE", item
                )


RULE = Rule(
    "RL214",
    "The type of a geometry column changed on an existing table",
    Severity.ERROR,
    "Every row is parsed or checked and the spatial index is built again while all reads and writes wait; one shape of "
    "another type or SRID makes it fail at the end.",
    "Add a second column, fill it in batches, build its index concurrently, and swap the two in a later release:\n\n"
    '    op.add_column("rooms", sa.Column("shape", Geometry("POLYGON", srid=4326, spatial_index=False)))\n'
    "    with op.get_context().autocommit_block():\n"
    '        op.execute("UPDATE rooms SET shape = geom::geometry(Polygon, 4326) WHERE shape IS NULL")',
    Example(
        'op.execute("ALTER TABLE rooms ALTER COLUMN geom TYPE geometry(Polygon, 4326)")  # here',
        'op.execute("ALTER TABLE rooms ALTER COLUMN geom TYPE geometry(Geometry, 4326)")  # here',
    ),
    Example(
        """
        op.execute("CREATE TABLE rooms (geom text)")
        op.execute("ALTER TABLE rooms ALTER COLUMN geom TYPE geometry(Polygon, 4326)")
        """,
        'op.drop_table("rooms")',
    ),
    _check,
)
