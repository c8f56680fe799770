"""What authors tell this tool in comments of a migration, `# release: …`, and which lines each is about."""

from __future__ import annotations

import ast
import io
import tokenize
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "# release:"


@dataclass(frozen=True, slots=True)
class ReleaseComment:
    """One of them.

    Attributes:
        line: its own, 1-based.
        above: it stands on a line of its own.
    """

    line: int
    content: str
    above: bool

    @property
    def word(self) -> str:
        return self.content.partition(" ")[0]

    @property
    def rest(self) -> str:
        return self.content.partition(" ")[2].strip()


def comments_in(text: str) -> Iterator[ReleaseComment]:
    """Every such comment of a revision file.

    Args:
        text: the file's source code, which Python can compile.
    """
    if PREFIX not in text:
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.string.startswith(PREFIX):
            above = not token.line[: token.start[1]].strip()
            yield ReleaseComment(token.start[0], token.string[len(PREFIX) :].strip(), above)


def covered_lines(text: str, comment: ReleaseComment) -> tuple[int, int] | None:
    """The lines of the smallest statement inside a function that a comment stands on, or right above; None: all."""
    tree, line = ast.parse(text), comment.line
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
    after = [node for node in inside if node.lineno > line] if comment.above else []
    if on or heads:
        node = min(on or heads, key=_length)
    elif after and _in_function(tree, line):
        node = min(after, key=lambda each: (each.lineno, -_length(each)))
    else:
        return None
    return node.lineno, node.end_lineno or node.lineno


def lines_below(text: str, comment: ReleaseComment) -> tuple[int, int] | None:
    """The lines from a comment to the end of its block; all, where it is in none; None: nothing follows it there."""
    lines = text.splitlines()
    own = lines[comment.line - 1]
    column = len(own) - len(own.lstrip())
    if not column:
        return 1, len(lines)
    blocks = [
        block
        for node in ast.walk(ast.parse(text))
        for block in (getattr(node, name, None) for name in ("body", "orelse", "finalbody"))
        if isinstance(block, list) and block and block[0].col_offset == column
    ]
    after = [(each.lineno, block) for block in blocks for each in block if each.lineno > comment.line]
    if not comment.above or not after:
        return None
    first, block = min(after, key=lambda each: each[0])
    between = [each for each in lines[comment.line : first - 1] if each.strip() and not each.lstrip().startswith("#")]
    if any(len(each) - len(each.lstrip()) < column for each in between):  # its own block has ended
        return None
    return comment.line, block[-1].end_lineno or comment.line


def _in_function(tree: ast.Module, line: int) -> bool:
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.lineno <= line <= (node.end_lineno or 0)
        for node in ast.walk(tree)
    )


def _length(node: ast.stmt) -> int:
    return (node.end_lineno or node.lineno) - node.lineno
