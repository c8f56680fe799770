"""RL209: an existing table scanned under ACCESS EXCLUSIVE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.lint.schema import GEOMETRY
from release.model import Mark, Work

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for items in (case.upgrade, case.rollback):
        checks: dict[tuple[str, str], str] = {}
        proven: set[tuple[str, str]] = set()
        for item in items:
            for constraint in item.definitions.constraints:
                if constraint.proves:
                    checks[str(case.at(constraint.table)), constraint.name] = constraint.proves
            for mark in item.facts.marks:
                table = str(case.at(mark.object.parent)) if mark.object.parent else ""
                name = mark.object.name.name
                if mark.mark is Mark.VALIDATES and (table, name) in checks:
                    proven.add((table, checks[table, name]))
            geometry = any(each.type.name in GEOMETRY for each in item.definitions.retyped)
            set_not_null = [each for each in item.facts.marks if each.mark is Mark.NOT_NULL and each.object.parent]
            relies = bool(set_not_null) and all(
                (str(case.at(each.object.parent)), each.object.name.name) in proven
                for each in set_not_null
                if each.object.parent
            )
            for effect in item.exclusive:
                elsewhere = relies or geometry or Work.REWRITE in effect.work or item.facts.tag == "SELECT"
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
