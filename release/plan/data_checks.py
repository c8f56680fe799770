"""What the preflight asks of the data, derived from the upgrade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Mark
from release.plan.name_resolution import qualify
from release.plan.prior_relations import Relations
from release.sql.facts.row_conditions import questions_of
from release.sql.read.quote import dotted, literal, name_literal

if TYPE_CHECKING:
    from release.model import Name, Object, Plan, Source
    from release.sql.facts.row_conditions import Question

_ROWS = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE"})
# compares the columns of a foreign key with those of the primary key that it refers to without naming them
_KEYS = """format({query}, (
            SELECT string_agg(format('r.%I = t.%I', a.attname, u.name), ' AND ')
            FROM pg_index AS i
            CROSS JOIN unnest(i.indkey::smallint[], ARRAY[{columns}]) AS u (number, name)
            JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.number
            WHERE i.indisprimary AND i.indrelid = to_regclass({referenced})))"""
_MAY_FAIL = frozenset({"ALTER TABLE", "CREATE INDEX"})


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


def find_checks(plan: Plan, schema: str) -> tuple[Check, ...]:
    """What to ask before an upgrade.

    Args:
        schema: schema of unqualified names.
    """
    relations = Relations(schema)
    changed: set[Name] = set()
    added: dict[Name, set[str]] = {}
    waiting: dict[Object, list[Question]] = {}
    checks: list[Check] = []
    for segment in plan.segments:
        for statement in segment.statements:
            facts = statement.facts
            questions = list(questions_of(statement.syntax)) if facts.tag in _MAY_FAIL else []
            for each in facts.marks:
                # NOT VALID asks nothing of the rows until it is validated
                if each.mark is Mark.NOT_VALID:
                    waiting[qualify(each.object, schema)] = questions
                    questions = []
                elif each.mark is Mark.VALIDATES:
                    questions += waiting.pop(qualify(each.object, schema), [])
            for question in questions:
                table = relations.former(question.table)
                made_here = any(relations.is_new(each) for each in (question.table, question.other) if each)
                if made_here or question.columns & added.get(table, set()):
                    continue
                mended = table in changed
                note = " (the release changes rows of it before)" if mended else ""
                checks.append(
                    Check(
                        segment.number,
                        f"{dotted(table)} {question.subject}".strip(),
                        question.trouble + note,
                        _execute(question, relations),
                        question.fatal and not mended,
                        statement.source,
                    )
                )
            if facts.tag in _ROWS:
                changed |= {relations.former(effect.relation) for effect in facts.effects[:1]}
            for made in facts.creates:
                if made.kind == "column" and made.parent:
                    added.setdefault(relations.former(made.parent), set()).add(made.name.name)
            relations.follow(statement)
    return tuple(checks)


def _execute(question: Question, relations: Relations) -> str:
    """The query with the names that tables had before the upgrade, as an SQL expression."""
    table = dotted(relations.former(question.table))
    other = dotted(relations.former(question.other)) if question.other else ""
    if not question.keys:
        return literal(question.query.format(table=table, other=other))
    query = literal(question.query.replace("%", "%%").format(table=table, other=other, keys="%s"))
    columns = ", ".join(literal(key) for key in question.keys)
    referenced = name_literal(relations.former(question.other)) if question.other else "NULL"
    return _KEYS.format(query=query, columns=columns, referenced=referenced)
