"""RL301: a backslash that psql would run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation
from release.psql.pieces import Kind, ScriptPiece, cut

if TYPE_CHECKING:
    from collections.abc import Iterator

# What a script may do without touching anything outside its own session.
_HARMLESS = frozenset(
    {
        "conninfo", "echo", "elif", "else", "encoding", "endif", "errverbose", "g", "gdesc", "gset", "gx", "if",
        "p", "pset", "q", "qecho", "quit", "r", "reset", "restrict", "set", "timing", "unrestrict", "unset", "warn",
        "x",
    }
)  # fmt: skip


def _check(case: Case) -> Iterator[Violation]:
    if case.whole:
        for item in case.items:
            for piece in cut(f"{item.statement.text};"):
                if piece.kind is not Kind.STATEMENT:
                    yield Violation(f"psql would run {piece.text!r}", item)
        return
    for script in case.scripts:
        for piece in cut(script.text):
            if piece.kind is Kind.COMMAND and _is_dangerous(piece):
                yield Violation(f"psql runs {piece.text!r}", line=piece.line)


def _is_dangerous(piece: ScriptPiece) -> bool:
    to_program = any(argument.startswith("|") for argument in piece.arguments)
    to_file = piece.name in {"g", "gx"} and any(not each.startswith("(") for each in piece.arguments)
    return piece.name not in _HARMLESS or piece.shell or to_program or to_file


RULE = Rule(
    "RL301",
    "A backslash that psql would run",
    Severity.ERROR,
    "Outside quotes psql takes a backslash for a command of its own: `\\!` is a shell on the DBA's machine, `\\i`, "
    "`\\copy` and `\\o` read and write files there, `\\c` leaves the database.",
    "Take the command out. A backslash that is meant belongs between quotes.",
    Example(script="CREATE TABLE rooms (id bigint);\n\\! id > /tmp/who -- here\n"),
    Example(script="CREATE TABLE rooms (path text DEFAULT 'C:\\!');\n\\echo done\n"),
    _check,
)
