"""What authors declare in comments of a migration: `# release: loses TABLE[.COLUMN] REASON`, `keeps`, `together`."""

from __future__ import annotations

import ast
import io
import tokenize
from typing import TYPE_CHECKING

from release.errors import MigrationError
from release.model import Name, Source, parts_in

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX = "# release:"
_HINT = "write `# release: loses table.column why`; `table.*` stands for whole rows"


def declared_losses(text: str, revision: str, file: str) -> Iterator[tuple[Name, str, str, Source]]:
    """Relation, column ("*" in the file is "" here: whole rows), reason and place of each declaration.

    Args:
        text: the revision file's source code.

    Raises:
        MigrationError: a `# release: loses` comment that cannot be understood.
    """
    for line, word, rest in _declarations(text):
        source = Source(revision, file, line)
        if word != "loses":
            continue  # "ignore" is read by waivers.py
        what, _, reason = rest.strip().partition(" ")
        names = parts_in(what)
        if len(names) not in (2, 3) or not reason.strip():
            raise MigrationError(
                f"revision {revision}, {source}: {f'{_PREFIX} {word} {rest}'.strip()!r} is not understood", _HINT
            )
        *schema, table, column = names
        relation = Name(table, schema[0] if schema else "")
        yield relation, "" if column == "*" else column, reason.strip(), source


def kept_settings(text: str) -> frozenset[str]:
    """Names of settings that outlive their revision: `# release: keeps NAME` (docs/generation.md, "Settings")."""
    return frozenset(rest.strip().lower() for _, word, rest in _declarations(text) if word == "keeps")


def lines_together(text: str, revision: str, file: str) -> tuple[tuple[int, int], ...]:
    """First and last lines between which no commit may stand, by each `# release: together`.

    It is about what follows it in the block that it stands in: a function, a `with`, a loop. Outside of any it is about
    the whole file.

    Raises:
        MigrationError: nothing follows it in its block.
    """
    lines = [line for line, word, _ in _declarations(text) if word == "together"]
    if not lines:
        return ()
    tree = ast.parse(text)
    return tuple(
        _block_after(tree, line, text) or _nothing_follows(revision, Source(revision, file, line)) for line in lines
    )


def _block_after(tree: ast.Module, line: int, text: str) -> tuple[int, int] | None:
    blocks = [
        block
        for node in ast.walk(tree)
        if not isinstance(node, ast.Module)
        for block in (getattr(node, name, None) for name in ("body", "orelse", "finalbody"))
        if isinstance(block, list) and block
    ]
    column = len(text.splitlines()[line - 1]) - len(text.splitlines()[line - 1].lstrip())
    if not column:
        return 1, len(text.splitlines())
    around = [block for block in blocks if block[0].col_offset == column]
    after = [each for block in around for each in block if each.lineno > line]
    first = min(after, key=lambda each: each.lineno, default=None)
    block = next((each for each in around if first in each), None)
    return (line, block[-1].end_lineno or line) if block else None


def _nothing_follows(revision: str, source: Source) -> tuple[int, int]:
    raise MigrationError(
        f"revision {revision}, {source}: nothing follows {f'{_PREFIX} together'!r} in its block",
        "write it on a line of its own, before the statements that belong together and indented as they are",
    )


def _declarations(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, first word and rest of each `# release:` comment."""
    if _PREFIX not in text:
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.string.startswith(_PREFIX):
            word, _, rest = token.string[len(_PREFIX) :].strip().partition(" ")
            yield token.start[0], word, rest
