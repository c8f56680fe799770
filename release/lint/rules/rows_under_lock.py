"""RL206: rows changed in a transaction that holds ACCESS EXCLUSIVE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE", "COPY"})


def _check(case: Case) -> Iterator[Violation]:
    for items in case.segments():
        held: dict[str, None] = {}
        for item in items:
            values = item.facts.tag == "INSERT" and not item.definitions.reads
            if item.facts.tag in _CHANGES and item.effects and held and not values:
                yield Violation(f"{item.facts.tag} of {item.facts.subject} while {_named(held)} is locked", item)
            held |= {str(case.at(effect.relation)): None for effect in item.exclusive}


def _named(names: dict[str, None]) -> str:
    listed = list(names)
    return ", ".join(listed[:3]) + (f" and {len(listed) - 3} more" if len(listed) > 3 else "")


RULE = Rule(
    "RL206",
    "Rows changed in a transaction that holds ACCESS EXCLUSIVE",
    Severity.WARNING,
    "The lock is held until the commit. Every read and write of that table waits for as long as the rows take.",
    "Change the rows in a revision before or after; or let something hold new rows to what relies on the change, so "
    "that commits may stand around it:\n\n"
    "    op.execute('ALTER TABLE rooms ADD CONSTRAINT ck_state CHECK (state IS NOT NULL) NOT VALID')\n"
    "    op.execute(\"UPDATE rooms SET state = 'open' WHERE state IS NULL\")\n"
    "    op.execute('ALTER TABLE rooms VALIDATE CONSTRAINT ck_state')\n"
    "    op.alter_column('rooms', 'state', nullable=False)",
    Example(
        """
        op.add_column("rooms", sa.Column("state", sa.Text()))
        op.execute("UPDATE rooms SET state = status WHERE status <> ''")  # here
        op.execute("ALTER TABLE rooms ADD CONSTRAINT ck_state CHECK (state <> '')")
        """,
        'op.drop_column("rooms", "state")',
    ),
    Example(
        """
        op.add_column("rooms", sa.Column("state", sa.Text()))
        op.execute("ALTER TABLE rooms ADD CONSTRAINT ck_state CHECK (state <> '') NOT VALID")
        op.execute("UPDATE rooms SET state = status WHERE status <> ''")
        op.execute("ALTER TABLE rooms VALIDATE CONSTRAINT ck_state")
        """,
        'op.drop_column("rooms", "state")',
    ),
    _check,
)
