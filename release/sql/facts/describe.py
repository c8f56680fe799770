"""From text to statements with everything that PostgreSQL's parser can say of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.errors import SqlError
from release.model import Facts, Statement
from release.sql.facts.changes import changes_of
from release.sql.facts.spatial import spatial_of
from release.sql.facts.tag import command_tag
from release.sql.facts.transactional import runs_in_transaction
from release.sql.facts.version_needs import needs_of
from release.sql.locks.effects import effects_of, note_of
from release.sql.locks.matching import match_statement
from release.sql.read.splitting import ParsedStatement, split

if TYPE_CHECKING:
    from release.model import Source


def statements_in(text: str, source: Source, *, tidy: bool, autocommit: bool, server: int) -> tuple[Statement, ...]:
    """The statements of one emission.

    Args:
        text: SQL as a migration emitted it; may hold several statements, or comments alone.
        tidy: a program laid the text out, so its tabs may become spaces.
        server: oldest PostgreSQL major version that the release supports.

    Raises:
        SqlError: with the migration's place, when PostgreSQL cannot parse the text.
    """
    try:
        pieces = split(text, tidy=tidy)
    except SqlError as error:
        raise SqlError(
            f"revision {source.revision}, {source}: {error.message}",
            error.hint or "mend the SQL in the migration; the parser is that of PostgreSQL itself",
        ) from error
    return tuple(
        Statement(piece.text, source, facts_of(piece, server), piece.digest, autocommit, piece.comment, tidy)
        for piece in pieces
    )


def facts_of(piece: ParsedStatement, server: int) -> Facts:
    """Everything that can be read off one statement's parse tree."""
    found = changes_of(piece.node)
    hits = tuple(match_statement(piece.node))
    return Facts(
        tag=command_tag(piece.node),
        subject=found.subject,
        transactional=runs_in_transaction(piece.node),
        effects=effects_of(piece.node, server, hits),
        creates=found.creates,
        drops=found.drops,
        renames=found.renames,
        marks=found.marks,
        note=note_of(piece.node, hits),
        spatial=spatial_of(piece.node, piece.text),
        needs=needs_of(piece.node, piece.text, hits),
    )
