"""What the preflight asks of the data, derived from the upgrade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model import Mark, Name
from release.plan.written_rows import place, query_of_change, text
from release.sql.facts.row_conditions import FromItem, questions_of
from release.sql.read.quote import identifier, literal, name_literal, shown
from release.sql.read.types import argument_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model import Object, Source
    from release.plan.ledger import Ledger, LedgerStep
    from release.sql.facts.row_conditions import Question, RetypedDefault

# compares the columns of a foreign key with those of the primary key that it refers to without naming them
_KEYS = """format({query}, (
            SELECT string_agg(format('r.%I = t.%I', a.attname, u.name), ' AND ')
            FROM pg_index AS i
            CROSS JOIN unnest(i.indkey::smallint[], ARRAY[{columns}]) AS u (number, name)
            JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.number
            WHERE i.indisprimary AND i.indrelid = to_regclass({referenced})))"""
# of which type the default is tells its expression, without being evaluated; manual, CREATE CAST: which casts there are
_DEFAULT = """(
            SELECT coalesce(max(format({query}, pg_get_expr(d.adbin, d.adrelid))), 'SELECT 0')
            FROM pg_attrdef AS d
            JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
            WHERE a.attrelid = to_regclass({table}) AND a.attname = {column} AND a.attgenerated = '')"""
_UNCAST = """SELECT count(*)
            FROM (SELECT pg_typeof((SELECT %s WHERE FALSE))::oid AS old, to_regtype({type})::oid AS new) AS c
            JOIN pg_type AS o ON o.oid = c.old
            JOIN pg_type AS n ON n.oid = c.new
            WHERE o.oid <> n.oid AND n.typcategory <> 'S' AND 'd' NOT IN (o.typtype, n.typtype)
                AND 'A' NOT IN (o.typcategory, n.typcategory) AND NOT EXISTS (
                    SELECT FROM pg_cast AS p
                    WHERE p.castsource = o.oid AND p.casttarget = n.oid AND p.castcontext <> 'e')"""


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
    """What to ask before an upgrade, as far as it can be asked then."""
    waiting: dict[Object, list[Question]] = {}
    checks: list[Check] = []
    for step in ledger.steps:
        questions = list(questions_of(step.statement.syntax))
        for each in step.statement.facts.marks:
            # NOT VALID asks nothing of the rows until it is validated
            if each.mark is Mark.NOT_VALID:
                waiting[step.whole(each.object)] = questions
                questions = []
            elif each.mark is Mark.VALIDATES:
                questions += waiting.pop(step.whole(each.object), [])
        for question in questions:
            execute = _execute(question, step)
            if not execute:
                continue
            former = step.former(question.table)
            named = Name(former.name) if former.needs_lookup else former
            mended = _may_be_mended(question, step)
            note = f" (the release {'may change' if step.is_after_opaque() else 'changes'} rows of it before)"
            checks.append(
                Check(
                    step.segment.number,
                    f"{shown(named)} {question.subject}".strip(),
                    question.trouble + (note if mended else ""),
                    execute,
                    question.fatal and not mended,
                    step.statement.source,
                )
            )
    return tuple(checks)


def _may_be_mended(question: Question, step: LedgerStep) -> bool:
    """Whether other rows may be there when the statement runs than before the release."""
    if question.default:
        return step.is_after_opaque()
    if question.change and question.change.inserted:
        return False  # of what may be other rows by then, it is not asked
    columns = [step.former_column(question.table, each) or each for each in question.columns]
    if step.may_have_changed(question.table, columns):
        return True
    return question.other is not None and step.may_have_changed(question.other)


def _execute(question: Question, step: LedgerStep) -> str:
    """An SQL expression that gives the query, under the names that there were before the upgrade; "" for none.

    Nobody can ask before a release for what it makes itself.
    """
    if any(step.may_be_new(each) for each in (question.table, question.other) if each):
        return ""
    table = _source(question.table, question.columns, step)
    if table is None:
        return ""
    if question.default:
        return _of_default(question.table, question.default, step)
    if question.change:
        return query_of_change(question.change, question.trouble, step)
    other = _source(question.other, question.other_columns, step) if question.other else FromItem("")
    if other is None or _names_new(question, step):
        return ""
    labels = "NULL"
    if question.labels:
        known = step.labels(question.labels)
        if known is None:
            return ""
        labels = f"ARRAY[{', '.join(map(literal, known))}]"
    if not question.keys:
        return text(question.query.format(table=table, other=other, labels=labels))
    query = text(question.query.replace("%", "%%").format(table=table, other=other, keys="%s"))
    columns = ", ".join(literal(key) for key in question.keys)
    referenced = name_literal(step.former(question.other)) if question.other else "NULL"
    return _KEYS.format(query=query, columns=columns, referenced=referenced)


def _source(table: Name, columns: Iterable[str], step: LedgerStep) -> FromItem | None:
    """A table under the names that it and its columns have now; None where not all of it was there before."""
    former = step.former(table)
    before = {each: step.former_column(table, each) for each in sorted(columns)}
    pairs = [(was, now) for now, was in before.items() if was is not None]
    if len(pairs) < len(before):
        return None
    alias = identifier(table.name) if former.name != table.name else ""
    if all(was == now for was, now in pairs):
        return FromItem(place(former), alias)
    listed = ", ".join(f"t.{identifier(was)}" + (f" AS {identifier(now)}" if was != now else "") for was, now in pairs)
    return FromItem(f"(SELECT {listed} FROM {place(former)} AS t)", identifier(table.name))  # noqa: S608  # quoted


def _names_new(question: Question, step: LedgerStep) -> bool:
    """Whether the query names a type, function, label or SRID that the release has made or renamed before."""
    contents = question.contents
    if any(step.has_touched("type", each.name) for each in contents.types):
        return True
    if any(step.has_touched(kind, call.name) for call in contents.calls for kind in ("function", "type")):
        return True
    if any(step.has_touched("label", Name(text)) for text in contents.strings):
        return True
    srids = question.srids if contents.calls else ()
    return any(step.has_touched("srid", Name(str(srid))) for srid in srids)


def _of_default(table: Name, default: RetypedDefault, step: LedgerStep) -> str:
    """Whether a column has a default that ALTER COLUMN … TYPE cannot cast as an assignment does (manual, 10.4)."""
    column = step.former_column(table, default.column)
    if column is None or step.has_touched("default", Name(column), table):
        return ""
    kind = default.type
    name = argument_text(kind)
    if step.labels(kind.name) is not None:
        query = "SELECT 1 WHERE %L <> ''"  # nothing is an enum that is not there yet
    elif not name or step.has_touched("type", kind.name):
        return ""
    else:
        query = _UNCAST.format(type=literal(name))
    return _DEFAULT.format(query=literal(query), table=name_literal(step.former(table)), column=literal(column))
