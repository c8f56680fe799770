"""What authors declare in comments of a migration: `# release: loses TABLE[.COLUMN] REASON`."""

from __future__ import annotations

import io
import tokenize
from typing import TYPE_CHECKING

from release.errors import MigrationError
from release.model import Name, Source

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
    if _PREFIX not in text:
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT or not token.string.startswith(_PREFIX):
            continue
        source = Source(revision, file, token.start[0])
        word, _, rest = token.string[len(_PREFIX) :].strip().partition(" ")
        if word != "loses":
            continue  # other words of this family belong to lint
        what, _, reason = rest.strip().partition(" ")
        names = what.split(".")
        if len(names) not in (2, 3) or not all(names) or not reason.strip():
            raise MigrationError(f"revision {revision}, {source}: {token.string.strip()!r} is not understood", _HINT)
        *schema, table, column = names
        relation = Name(table, schema[0] if schema else "")
        yield relation, "" if column == "*" else column, reason.strip(), source
