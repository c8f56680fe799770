"""An SQL file by itself, as the rules look at it: no migrations, no rollback, transactions as the file has them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.config import OLDEST_SERVER
from release.errors import SqlError
from release.lint.subject import Case, items_of
from release.model import Direction, Plan, Script, ScriptPart, Segment, Source, Statement
from release.plan.ledger import Ledger
from release.psql.pieces import Kind, cut
from release.sql.facts.describe import facts_of
from release.sql.read.splitting import lines_before
from release.sql.read.statements import split

if TYPE_CHECKING:
    from collections.abc import Iterable

_BEGINS = frozenset({"BEGIN", "START TRANSACTION"})
_ENDS = frozenset({"COMMIT", "ROLLBACK", "PREPARE TRANSACTION"})
_SCHEMA = "public"


def file_case(name: str, text: str, *, server: int = OLDEST_SERVER, promised: bool = False) -> Case:
    """The case of a script that somebody else wrote.

    Statements that PostgreSQL cannot parse are left out here; `parser_findings` reports them.

    Args:
        server: oldest PostgreSQL major version that the script must suit.
        promised: the project names it.
    """
    script, statements = _read(name, text, server)
    plan = Plan(Direction.UPGRADE, tuple(_segments(statements)), ())
    ledger = Ledger(plan.segments, _SCHEMA)
    found = items_of(plan, script, ledger)
    items = tuple(replace(item, line=item.source.line) for item in found)
    return Case(items, (), (script,), _SCHEMA, (ledger,), whole=False, server=server, promised=promised)


def _read(name: str, text: str, server: int) -> tuple[Script, list[Statement]]:
    """The file as parts, one per statement, cut where lines end; what lies between them is nobody's statement."""
    lines = [f"{line}\n" for line in text.split("\n")]
    statements: list[Statement] = []
    parts: list[ScriptPart] = []
    done, end = 0, 0  # lines that are in parts already; the last line of the piece before
    for piece in cut(text):
        if piece.line > end and piece.line - 1 > done:
            parts.append(ScriptPart("".join(lines[done : piece.line - 1])))
            done = piece.line - 1
        end = max(end, piece.line + piece.text.rstrip("\n").count("\n"))
        if piece.kind is not Kind.STATEMENT:
            continue
        try:
            found = split(piece.text)
        except SqlError:
            continue
        for each in found:
            source = Source("", name, piece.line + lines_before(piece.text))
            statements.append(Statement(each.text, source, each.syntax, facts_of(each.syntax, server), each.digest))
            parts.append(ScriptPart("", source))
    parts.append(ScriptPart("".join(lines[done:])))
    return Script(name, tuple(parts)), statements


def _segments(statements: Iterable[Statement]) -> list[Segment]:
    segments: list[Segment] = []
    current: list[Statement] = []
    inside = False
    for statement in statements:
        if statement.facts.tag in _BEGINS or not inside:
            if current:
                segments.append(_segment(len(segments) + 1, current))
            current = []
            inside = statement.facts.tag in _BEGINS
        current.append(statement)
        if statement.facts.tag in _ENDS:
            inside = False
    if current:
        segments.append(_segment(len(segments) + 1, current))
    return segments


def _segment(number: int, statements: list[Statement]) -> Segment:
    return Segment(number, tuple(statements), len(statements) > 1, "", (), ())
