"""What the preflight asks of the data, derived from the upgrade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Mark
from release.sql.facts.row_conditions import questions_of
from release.sql.read.quote import dotted, literal, name_literal

if TYPE_CHECKING:
    from release.model import Name, Object, Source
    from release.plan.ledger import Ledger, LedgerStep
    from release.sql.facts.row_conditions import Question

_ROWS = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
# compares the columns of a foreign key with those of the primary key that it refers to without naming them
_KEYS = """format({query}, (
            SELECT string_agg(format('r.%I = t.%I', a.attname, u.name), ' AND ')
            FROM pg_index AS i
            CROSS JOIN unnest(i.indkey::smallint[], ARRAY[{columns}]) AS u (number, name)
            JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.number
            WHERE i.indisprimary AND i.indrelid = to_regclass({referenced})))"""


@dataclass(frozen=True, slots=True)
class Check:
    """A query for the data, valid until a segment of the upgrade has run.

    Attributes:
        execute: an SQL expression that gives the query.
        fatal: a number above 0 stops the release. Not so where the release itself changes the table's rows before.
    """

    segment: int
    title: str
    trouble: str
    execute: str
    fatal: bool
    source: Source


def find_checks(ledger: Ledger) -> tuple[Check, ...]:
    """What to ask before an upgrade."""
    changed: set[Name] = set()
    added: dict[Name, set[str]] = {}
    waiting: dict[Object, list[Question]] = {}
    checks: list[Check] = []
    for step in ledger.steps:
        facts = step.statement.facts
        questions = list(questions_of(step.statement.syntax))
        for each in facts.marks:
            # NOT VALID asks nothing of the rows until it is validated
            if each.mark is Mark.NOT_VALID:
                waiting[step.whole(each.object)] = questions
                questions = []
            elif each.mark is Mark.VALIDATES:
                questions += waiting.pop(step.whole(each.object), [])
        for question in questions:
            table = step.former(question.table)
            made_here = any(step.is_new(each) for each in (question.table, question.other) if each)
            if made_here or question.columns & added.get(table, set()):
                continue
            mended = table in changed
            note = " (the release changes rows of it before)" if mended else ""
            checks.append(
                Check(
                    step.segment.number,
                    f"{dotted(table)} {question.subject}".strip(),
                    question.trouble + note,
                    _execute(question, step),
                    question.fatal and not mended,
                    step.statement.source,
                )
            )
        if facts.tag in _ROWS:
            changed |= {step.former(effect.relation) for effect in facts.effects[:1]}
        for made in facts.creates:
            if made.kind == "column" and made.parent:
                added.setdefault(step.former(made.parent), set()).add(made.name.name)
    return tuple(checks)


def _execute(question: Question, step: LedgerStep) -> str:
    """The query with the names that tables had before the upgrade, as an SQL expression."""
    table = dotted(step.former(question.table))
    other = dotted(step.former(question.other)) if question.other else ""
    if not question.keys:
        return literal(question.query.format(table=table, other=other))
    query = literal(question.query.replace("%", "%%").format(table=table, other=other, keys="%s"))
    columns = ", ".join(literal(key) for key in question.keys)
    referenced = name_literal(step.former(question.other)) if question.other else "NULL"
    return _KEYS.format(query=query, columns=columns, referenced=referenced)
