"""What authors declare in comments of a migration: what it loses or keeps, is irreversible, carried unread or whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.errors import MigrationError
from release.model import Irreversible, Name, Source, Vouch, parts_in
from release.source.comments import PREFIX, comments_in, covered_lines, lines_below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.source.comments import ReleaseComment

IRREVERSIBLE = f"{PREFIX} irreversible:"


def declared_losses(text: str, revision: str, file: str) -> Iterator[tuple[Name, str, str, Source]]:
    """`# release: loses TABLE.COLUMN REASON`: relation, column, reason and place; "*" in the file is "": whole rows.

    Args:
        text: the revision file's source code.

    Raises:
        MigrationError: such a comment cannot be understood.
    """
    for comment in comments_in(text):
        if comment.word != "loses":
            continue
        source = Source(revision, file, comment.line)
        what, _, reason = comment.rest.partition(" ")
        names = parts_in(what)
        if len(names) not in (2, 3) or not reason.strip():
            raise _not_understood(
                comment, source, f"write `{PREFIX} loses table.column why`; `table.*` stands for whole rows"
            )
        *schema, table, column = names
        relation = Name(table, schema[0] if schema else "")
        yield relation, "" if column == "*" else column, reason.strip(), source


def declared_irreversible(text: str, revision: str, file: str) -> Iterator[Irreversible]:
    """Every `# release: irreversible: REASON` (docs/bundle.md, "Rollback"): nothing undoes the revision.

    Args:
        text: the revision file's source code.

    Raises:
        MigrationError: such a comment gives no reason.
    """
    for comment in comments_in(text):
        if comment.word.rstrip(":") == "irreversible":
            source = Source(revision, file, comment.line)
            if not comment.rest:
                raise _not_understood(comment, source, f"write `{IRREVERSIBLE} why nothing can undo it`")
            yield Irreversible(revision, comment.rest, source)


def kept_settings(text: str) -> frozenset[str]:
    """Names of settings that outlive their revision: `# release: keeps NAME` (docs/generation.md, "Settings")."""
    return frozenset(comment.rest.lower() for comment in comments_in(text) if comment.word == "keeps")


def declared_vouches(text: str, revision: str, file: str) -> Iterator[Vouch]:
    """Every `# release: unread REASON` (docs/generation.md, "SQL that is not read").

    Args:
        text: the revision file's source code.

    Raises:
        MigrationError: such a comment gives no reason.
    """
    for comment in comments_in(text):
        if comment.word == "unread":
            source = Source(revision, file, comment.line)
            if not comment.rest:
                raise _not_understood(comment, source, f"write `{PREFIX} unread why the statement is right`")
            yield Vouch(comment.rest, source, covered_lines(text, comment))


def lines_together(text: str, revision: str, file: str) -> tuple[tuple[int, int], ...]:
    """First and last lines between which no commit may stand, by each `# release: together`.

    It is about what follows it in the block that it stands in: a function, a `with`, a loop. Outside of any it is about
    the whole file.

    Raises:
        MigrationError: nothing follows it in its block.
    """
    found = []
    for comment in comments_in(text):
        if comment.word == "together":
            lines = lines_below(text, comment)
            if lines is None:
                source = Source(revision, file, comment.line)
                raise _not_understood(
                    comment, source, "write it above the statements that belong together, indented as they are"
                )
            found.append(lines)
    return tuple(found)


def _not_understood(comment: ReleaseComment, source: Source, hint: str) -> MigrationError:
    return MigrationError(
        f"revision {source.revision}, {source}: {f'{PREFIX} {comment.content}'!r} is not understood", hint
    )
