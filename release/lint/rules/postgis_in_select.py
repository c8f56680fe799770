"""RL213: a SELECT that rewrites or scans a table through PostGIS."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.model import Work

if TYPE_CHECKING:
    from collections.abc import Iterator

_EVERYWHERE = frozenset({"populate_geometry_columns"})


_HIDDEN = _EVERYWHERE | {"updategeometrysrid"}


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        hidden = {call.name.lower() for call in item.definitions.calls} & _HIDDEN if item.facts.tag == "DO" else set()
        for name in sorted(hidden):
            yield Violation(f"{name} in a DO block changes a geometry column under ACCESS EXCLUSIVE", item)
        if item.facts.tag != "SELECT":
            continue
        functions = ", ".join(item.facts.spatial.functions)
        for effect in item.exclusive:
            if {Work.REWRITE, Work.SCAN} & set(effect.work):
                yield Violation(f"{functions} {', '.join(effect.work)} {effect.relation} under ACCESS EXCLUSIVE", item)
        if not item.facts.effects and _EVERYWHERE & set(item.facts.spatial.functions):
            yield Violation(f"{functions} without a table changes every geometry column of the database", item)


RULE = Rule(
    "RL213",
    "A SELECT that rewrites or scans a table through PostGIS",
    Severity.ERROR,
    "UpdateGeometrySRID, AddGeometryColumn(…, use_typmod => false) and Populate_Geometry_Columns run ALTER TABLE "
    "behind a SELECT: every read and write of the table waits while all rows are copied or checked.",
    "Add a second column with the right type, fill it in batches, and swap the two in a later release:\n\n"
    '    op.add_column("rooms", sa.Column("geom_25832", Geometry("POINT", srid=25832, spatial_index=False)))\n'
    "    with op.get_context().autocommit_block():\n"
    '        op.execute("UPDATE rooms SET geom_25832 = ST_Transform(geom, 25832) WHERE geom_25832 IS NULL")',
    Example(
        "op.execute(\"SELECT UpdateGeometrySRID('public', 'rooms', 'geom', 25832)\")  # here",
        "op.execute(\"SELECT UpdateGeometrySRID('public', 'rooms', 'geom', 4326)\")  # here",
    ),
    Example(
        "op.execute(\"SELECT AddGeometryColumn('public', 'rooms', 'spot', 25832, 'POINT', 2)\")",
        'op.drop_column("rooms", "spot")',
    ),
    _check,
)
