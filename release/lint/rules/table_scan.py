"""RL209: an existing table scanned under ACCESS EXCLUSIVE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.lint.schema import GEOMETRY
from release.model import Work

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        geometry = any(each.type.name in GEOMETRY for each in item.definitions.retyped)
        for effect in item.exclusive:
            elsewhere = geometry or Work.REWRITE in effect.work or item.facts.tag == "SELECT"
            if Work.SCAN in effect.work and not elsewhere:
                note = f" ({effect.note})" if effect.note else ""
                yield Violation(f"{item.facts.tag} scans {effect.relation} under ACCESS EXCLUSIVE{note}", item)


RULE = Rule(
    "RL209",
    "An existing table scanned under ACCESS EXCLUSIVE",
    Severity.ERROR,
    "All reads and writes wait until the last row has been looked at.",
    "Add the constraint NOT VALID, which is instant, and validate it in a statement of its own, while others read and "
    "write; SET NOT NULL then relies on it:\n\n"
    '    op.execute("ALTER TABLE rooms ADD CONSTRAINT ck_rooms_name CHECK (name IS NOT NULL) NOT VALID")\n'
    '    op.execute("ALTER TABLE rooms VALIDATE CONSTRAINT ck_rooms_name")\n'
    '    op.alter_column("rooms", "name", nullable=False)\n'
    '    op.drop_constraint(op.f("ck_rooms_name"), "rooms", type_="check")',
    Example(
        'op.alter_column("rooms", "name", nullable=False)  # here', 'op.alter_column("rooms", "name", nullable=True)'
    ),
    Example(
        """
        op.execute("ALTER TABLE rooms ADD CONSTRAINT ck_rooms_name CHECK (name IS NOT NULL) NOT VALID")
        op.execute("ALTER TABLE rooms VALIDATE CONSTRAINT ck_rooms_name")
        op.alter_column("rooms", "name", nullable=False)
        op.drop_constraint(op.f("ck_rooms_name"), "rooms", type_="check")
        """,
        'op.alter_column("rooms", "name", nullable=True)',
    ),
    _check,
)
