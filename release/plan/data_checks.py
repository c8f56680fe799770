"""What the preflight asks of the data, derived from the upgrade."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Mark, Name
from release.plan.query_pieces import POSTGIS, filled, pieces, place, places_of
from release.plan.rows import Row
from release.plan.written_rows import question_of_change
from release.sql.facts.row_conditions import FromItem, questions_of
from release.sql.read.quote import identifier, literal
from release.sql.read.types import argument_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from release.model import Object
    from release.plan.ledger import Ledger, LedgerStep
    from release.plan.written_rows import Asked
    from release.sql.facts.row_conditions import Question, RetypedDefault


def find_checks(ledger: Ledger) -> tuple[Row, ...]:
    """What to ask before an upgrade, as far as it can be asked then, as rows of its data.

    A number above 0 stops the release. Not so where the release itself changes the table's rows before.
    """
    waiting: dict[Object, list[Question]] = {}
    checks: list[Row] = []
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
            asked = _asked(question, step)
            if not asked:
                continue
            mended = _may_be_mended(question, step)
            note = f" (the release {'may change' if step.is_after_opaque() else 'changes'} rows of it before)"
            detail: Asked = {"for": question.trouble + (note if mended else ""), "from": str(step.statement.source)}
            if question.fatal and not mended:
                detail["fatal"] = True
            checks.append(
                Row(
                    "question",
                    step.former(question.table),
                    question.subject,
                    step.segment.number,
                    detail | asked,
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


def _asked(question: Question, step: LedgerStep) -> Asked:
    """The query, or what the server makes one of, under the names that there were before the upgrade; {} for none.

    Nobody can ask before a release for what it makes itself.
    """
    if any(step.may_be_new(each) for each in (question.table, question.other) if each):
        return {}
    table = _source(question.table, question.columns, step)
    if table is None:
        return {}
    if question.default:
        return _of_default(question.table, question.default, step)
    if question.change:
        return question_of_change(question.change, question.trouble, step)
    other = _source(question.other, question.other_columns, step) if question.other else FromItem("")
    if other is None or _names_new(question, step):
        return {}
    labels = "NULL"
    if question.labels:
        known = step.labels(question.labels)
        if known is None:
            return {}
        labels = f"ARRAY[{', '.join(map(literal, known))}]"
    keys = filled(_keys(question, question.other, step)) if question.other else ""
    query = question.query.format(table=table, other=other, keys=keys, labels=labels, postgis=POSTGIS)
    return {"of": "one number" if question.cast else "rows", "query": pieces(query)}


def _keys(question: Question, other: Name, step: LedgerStep) -> Mapping[str, object]:
    """What the server compares the columns of a foreign key by: with the operator of the type that they refer to."""
    found: Asked = {"same": question.keys, "in": places_of(step.former(other))}
    if question.targets:
        found["other"] = question.targets
        before = [step.former_column(other, each) or each for each in question.targets]
        if before != [*question.targets]:
            found["before"] = before
    return found


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


def _of_default(table: Name, default: RetypedDefault, step: LedgerStep) -> Asked:
    """Whether a column has a default that ALTER COLUMN … TYPE cannot cast as an assignment does (manual, 10.4)."""
    column = step.former_column(table, default.column)
    if column is None or step.has_touched("default", Name(column), table):
        return {}
    asked: Asked = {"of": "default", "column": column}
    kind = default.type
    if step.labels(kind.name) is not None:
        return asked  # nothing is an enum that is not there yet
    name = argument_text(kind)
    if not name or step.has_touched("type", kind.name):
        return {}
    return asked | {"type": name}
