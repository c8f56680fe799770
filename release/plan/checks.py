"""What the preflight asks of the data, and which views it looks for, derived from the upgrade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Mark
from release.plan.existing import Relations
from release.plan.names import in_schema, qualify
from release.sql.questions import questions_in
from release.sql.quote import dotted

if TYPE_CHECKING:
    from release.model import Name, Object, Plan, Source
    from release.sql.questions import Question

_ROWS = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
_MAY_FAIL = frozenset({"ALTER TABLE", "CREATE INDEX"})
_READ_BY_VIEWS = frozenset({"table", "view", "materialized view", "foreign table"})


@dataclass(frozen=True, slots=True)
class Check:
    """A query for the data, valid until a segment of the upgrade has run.

    Attributes:
        fatal: a number above 0 stops the release. Not so where the release itself changes the table's rows before.
    """

    segment: int
    title: str
    trouble: str
    query: str
    fatal: bool
    source: Source


@dataclass(frozen=True, slots=True)
class Dropped:
    """A relation or column (else "") that the upgrade drops without CASCADE, and that a view may be reading."""

    segment: int
    relation: Name
    column: str


def find_checks(plan: Plan, schema: str) -> tuple[tuple[Check, ...], tuple[Dropped, ...]]:
    """What to ask before an upgrade.

    Args:
        schema: schema of unqualified names.
    """
    relations = Relations(schema)
    changed: set[Name] = set()
    added: dict[Name, set[str]] = {}
    waiting: dict[Object, list[Question]] = {}
    checks: list[Check] = []
    dropped: list[Dropped] = []
    gone: set[Name] = set()
    for segment in plan.segments:
        for statement in segment.statements:
            facts = statement.facts
            questions = list(questions_in(statement.text)) if facts.tag in _MAY_FAIL else []
            for each in facts.marks:
                # NOT VALID asks nothing of the rows until it is validated
                if each.mark is Mark.NOT_VALID:
                    waiting[qualify(each.object, schema)] = questions
                    questions = []
                elif each.mark is Mark.VALIDATES:
                    questions += waiting.pop(qualify(each.object, schema), [])
            for question in questions:
                table = relations.former(question.table)
                if relations.is_new(question.table) or question.columns & added.get(table, set()):
                    continue
                mended = table in changed
                note = " (the release changes rows of it before)" if mended else ""
                checks.append(
                    Check(
                        segment.number,
                        f"{table} {question.subject}".strip(),
                        question.trouble + note,
                        question.query.format(table=dotted(table)),
                        question.fatal and not mended,
                        statement.source,
                    )
                )
            for thing in facts.drops:
                owner = thing.parent or thing.name
                if relations.is_new(owner):
                    continue
                if thing.kind in _READ_BY_VIEWS and in_schema(thing.name, schema) not in gone:
                    dropped.append(Dropped(segment.number, relations.former(thing.name), ""))
                    gone.add(in_schema(thing.name, schema))
                elif thing.kind == "column" and thing.parent:
                    dropped.append(Dropped(segment.number, relations.former(thing.parent), thing.name.name))
            if facts.tag in _ROWS:
                changed |= {relations.former(effect.relation) for effect in facts.effects[:1]}
            for made in facts.creates:
                if made.kind == "column" and made.parent:
                    added.setdefault(relations.former(made.parent), set()).add(made.name.name)
            relations.follow(statement)
    return tuple(checks), tuple(dropped)
