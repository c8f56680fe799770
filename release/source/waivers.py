"""What authors ask lint to let through: `# release: ignore[RL208] until=2027-03-01 the table has 12 rows`.

Inside a function it covers the statement that it stands on, or stands right above; anywhere else the whole revision.
"""

from __future__ import annotations

import ast
import datetime
import io
import tokenize
from typing import TYPE_CHECKING

from release.model import Source, Waiver

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "# release:"
_WORD = "ignore"


def declared_waivers(text: str, revision: str, file: str) -> Iterator[Waiver]:
    """Every such comment of a revision file, those that cannot be understood included.

    Args:
        text: the file's source code, which Python can compile.
    """
    if _PREFIX not in text:
        return
    tree = ast.parse(text)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.string.startswith(_PREFIX):
            content = token.string[len(_PREFIX) :].strip()
            if content.startswith(_WORD):
                source = Source(revision, file, token.start[0])
                above = not token.line[: token.start[1]].strip()
                lines = _covered(tree, token.start[0], above=above)
                yield _read(content[len(_WORD) :], source, lines)


def _read(content: str, source: Source, lines: tuple[int, int] | None) -> Waiver:
    codes_text, bracket, rest = content.strip().partition("]")
    codes = tuple(code.strip() for code in codes_text.removeprefix("[").split(",") if code.strip())
    words = rest.split()
    until, complaint = "", ""
    if words and words[0].startswith("until="):
        until = words.pop(0).removeprefix("until=")
        try:
            until = datetime.date.fromisoformat(until).isoformat()
        except ValueError:
            complaint = f"until={until} is not a date; write it as YYYY-MM-DD"
    if not codes_text.startswith("[") or not bracket or not codes:
        complaint = "it names no rule; write # release: ignore[RL208] reason"
    elif not words and not complaint:
        complaint = "it gives no reason; say after the bracket why the finding may stand"
    return Waiver(codes, until, " ".join(words), source, lines, complaint)


def _covered(tree: ast.Module, line: int, *, above: bool) -> tuple[int, int] | None:
    """The lines of the smallest statement inside a function that a comment on `line` stands on, or right above."""
    inside = [
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.stmt) and node is not function
    ]
    simple = [node for node in inside if not hasattr(node, "body")]
    on = [node for node in simple if node.lineno <= line <= (node.end_lineno or node.lineno)]
    heads = [node for node in inside if hasattr(node, "body") and node.lineno == line]
    after = [node for node in inside if node.lineno > line] if above else []
    if on or heads:
        node = min(on or heads, key=_length)
    elif after and _in_function(tree, line):
        node = min(after, key=lambda each: (each.lineno, -_length(each)))
    else:
        return None
    return node.lineno, node.end_lineno or node.lineno


def _in_function(tree: ast.Module, line: int) -> bool:
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.lineno <= line <= (node.end_lineno or 0)
        for node in ast.walk(tree)
    )


def _length(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno
