"""From text to statements with everything that PostgreSQL's parser can say of them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.errors import SqlError
from release.model import Facts, Statement
from release.sql.facts.changes import changes_of
from release.sql.facts.spatial import spatial_of
from release.sql.facts.transactional import runs_in_transaction
from release.sql.facts.version_needs import needs_of
from release.sql.locks.effects import effects_of, note_of
from release.sql.locks.matching import match_statement
from release.sql.read.statements import split

if TYPE_CHECKING:
    from release.model import Source
    from release.model.syntax import Syntax
    from release.sql.read.statements import ParsedStatement


def statements_in(
    text: str,
    source: Source,
    *,
    tidy: bool,
    autocommit: bool,
    server: int,
    read: tuple[ParsedStatement, ...] | None = None,
    unread: str = "",
) -> tuple[Statement, ...]:
    """The statements of one emission.

    Args:
        text: SQL as a migration emitted it; may hold several statements, or comments alone.
        tidy: a program laid the text out, so its tabs may become spaces.
        server: oldest PostgreSQL major version that the release supports.
        read: the statements, where they have been read before.
        unread: why statements that the parser does not read are to be carried; "": they are refused.

    Raises:
        SqlError: with the migration's place, when PostgreSQL cannot parse the text.
    """
    try:
        pieces = split(text, tidy=tidy, unread=bool(unread)) if read is None else read
    except SqlError as error:
        raise SqlError(
            f"revision {source.revision}, {source}: {error.message}",
            error.hint or "mend the SQL in the migration; the parser is that of PostgreSQL itself",
        ) from error
    return tuple(
        Statement(
            piece.text,
            source,
            piece.syntax,
            facts_of(piece.syntax, server),
            piece.digest,
            autocommit,
            piece.comment,
            tidy,
            unread="" if piece.syntax.node else unread,
        )
        for piece in pieces
    )


def with_text(statement: Statement, text: str, server: int) -> Statement:
    """The statement with another text, which is one statement too.

    Args:
        server: oldest PostgreSQL major version that the release supports.
    """
    made = split(text)[0]
    facts = facts_of(made.syntax, server)
    return replace(statement, text=made.text, syntax=made.syntax, facts=facts, digest=made.digest)


def facts_of(syntax: Syntax, server: int) -> Facts:
    """What a statement does, from what it says.

    Args:
        server: oldest PostgreSQL major version that the release supports.
    """
    found = changes_of(syntax)
    hits = tuple(match_statement(syntax))
    return Facts(
        tag=syntax.tag,
        subject=found.subject,
        transactional=runs_in_transaction(syntax),
        effects=effects_of(syntax, server, hits),
        creates=found.creates,
        drops=found.drops,
        renames=found.renames,
        marks=found.marks,
        note=note_of(syntax, hits),
        spatial=spatial_of(syntax),
        needs=needs_of(syntax, hits),
    )
