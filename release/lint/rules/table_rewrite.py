"""RL208: an existing table rewritten under ACCESS EXCLUSIVE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.lint.schema import GEOMETRY
from release.lint.widening import only_widens
from release.model import Work

if TYPE_CHECKING:
    from collections.abc import Iterator


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        if item.facts.tag == "SELECT" or any(each.type.name in GEOMETRY for each in item.definitions.retyped):
            continue  # RL213, RL214
        if item.definitions.retyped and only_widens(case, item):
            continue
        for effect in item.exclusive:
            if Work.REWRITE in effect.work:
                note = f" ({effect.note})" if effect.note else ""
                yield Violation(f"{item.facts.tag} rewrites {effect.relation} under ACCESS EXCLUSIVE{note}", item)


RULE = Rule(
    "RL208",
    "An existing table rewritten under ACCESS EXCLUSIVE",
    Severity.ERROR,
    "Every row is copied and every index built again while all reads and writes wait: minutes to hours for a large "
    "table, and the disk space for a second copy.",
    "Add the column without a value, then fill it in batches, then set the default:\n\n"
    '    op.add_column("rooms", sa.Column("token", sa.Uuid()))\n'
    '    op.alter_column("rooms", "token", server_default=sa.text("gen_random_uuid()"))\n'
    "    with op.get_context().autocommit_block():\n"
    '        op.execute("UPDATE rooms SET token = gen_random_uuid() WHERE token IS NULL")\n\n'
    "To widen a varchar is instant; with `existing_type`, `op.alter_column` tells that it is no more than that. For "
    "another new type, add a second column, keep both with a trigger, and swap them in a later release. A small table "
    "may stay as it is, with a reason:\n\n"
    "    # release: ignore[RL208] until=2027-03-01 the table has 12 rows",
    Example(
        'op.add_column("rooms", sa.Column("token", sa.Uuid(), server_default=sa.text("gen_random_uuid()")))  # here',
        'op.drop_column("rooms", "token")',
    ),
    Example(
        'op.add_column("rooms", sa.Column("seats", sa.Integer(), server_default="4"))',
        'op.drop_column("rooms", "seats")',
    ),
    _check,
)
