"""What authors declare in comments of a migration: `# release: loses TABLE[.COLUMN] REASON`."""

from __future__ import annotations

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


def _declarations(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, first word and rest of each `# release:` comment."""
    if _PREFIX not in text:
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.string.startswith(_PREFIX):
            word, _, rest = token.string[len(_PREFIX) :].strip().partition(" ")
            yield token.start[0], word, rest
