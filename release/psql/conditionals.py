r"""`\if`, `\elif`, `\else`, `\endif` (manual, psql, "Meta-Commands"; `src/fe_utils/conditional.c`, PostgreSQL 18)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, unique
from typing import TYPE_CHECKING

from release.psql.commands import AfterCommand
from release.psql.variables import parse_boolean

if TYPE_CHECKING:
    from release.psql.mainloop import RunningScript


@unique
class Branch(Enum):
    r"""Where in an `\if` the script is."""

    TRUE = "in the branch that was taken"
    FALSE = "no branch was taken yet"
    IGNORED = "a branch was taken before, or the whole \\if is skipped"
    ELSE_TRUE = "in an \\else that was taken"
    ELSE_FALSE = "in an \\else that is skipped"


_ACTIVE = (Branch.TRUE, Branch.ELSE_TRUE)


@dataclass(slots=True)
class Level:
    r"""One `\if` that is open, and how much of a statement was there before the branch in it."""

    branch: Branch
    length: int
    parentheses: int


def is_active(levels: list[Level]) -> bool:
    """Say whether what follows is executed."""
    return not levels or levels[-1].branch in _ACTIVE


def branch_off(script: RunningScript, name: bytes) -> AfterCommand:
    """Do one of the four commands."""
    levels = script.levels
    if name == b"if":
        active = is_active(levels)
        levels.append(Level(Branch.TRUE if active else Branch.IGNORED, 0, 0))
        _save_text(script)
        if not _evaluate(script, b"\\if expression") and active:
            levels[-1].branch = Branch.FALSE
        return AfterCommand.SKIP
    if not levels:
        return _complain(script, b"\\%s: no matching \\if" % name)
    branch = levels[-1].branch
    if name == b"endif":
        if branch not in _ACTIVE:
            _discard_text(script)
        levels.pop()
        return AfterCommand.SKIP
    if branch in (Branch.ELSE_TRUE, Branch.ELSE_FALSE):
        return _complain(script, b"\\%s: cannot occur after \\else" % name)
    if branch == Branch.TRUE:
        _save_text(script)
    else:
        _discard_text(script)
    if name == b"else":
        levels[-1].branch = Branch.ELSE_TRUE if branch == Branch.FALSE else Branch.ELSE_FALSE
    elif branch == Branch.FALSE:
        levels[-1].branch = Branch.TRUE
        if not _evaluate(script, b"\\elif expression"):
            levels[-1].branch = Branch.FALSE
    else:
        levels[-1].branch = Branch.IGNORED
        script.lexer.arguments()
    return AfterCommand.SKIP


def _evaluate(script: RunningScript, name: bytes) -> bool:
    """Read the condition; while skipped it is read, but neither evaluated nor complained about."""
    text = b" ".join(script.lexer.arguments())
    if not is_active(script.levels):
        return False
    value = parse_boolean(text)
    if value is None:
        script.run.transcript.error(b'unrecognized value "%s" for "%s": Boolean expected' % (text, name))
    return bool(value)


def _save_text(script: RunningScript) -> None:
    script.levels[-1].length = len(script.query)
    script.levels[-1].parentheses = script.lexer.parentheses


def _discard_text(script: RunningScript) -> None:
    del script.query[script.levels[-1].length :]
    script.lexer.parentheses = script.levels[-1].parentheses


def _complain(script: RunningScript, text: bytes) -> AfterCommand:
    script.run.transcript.error(text)
    return AfterCommand.ERROR
