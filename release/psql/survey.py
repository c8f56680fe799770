r"""Read scripts before anything is sent: what `release apply` will refuse, and how many statements there are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from release.errors import ReleaseError
from release.psql.commands import COMMANDS, is_known_to_psql
from release.psql.pieces import Kind, ScriptPiece, cut

if TYPE_CHECKING:
    from collections.abc import Iterable

REFUSAL_HINT = (
    r"release apply does \echo \qecho \warn \set \unset \if \elif \else \endif \gset \gexec \g \i \ir \quit \timing "
    r"\conninfo \r \restrict \unrestrict; take the command out, or run the script with psql"
)
_INCLUDES = ("i", "ir", "include", "include_relative")
_BLOCK = 1 << 20


class RefusedCommandError(ReleaseError):
    """A script has a backslash command that is not done here."""


def refuse(file: bytes, line: int, what: str, hint: str = REFUSAL_HINT) -> RefusedCommandError:
    """Give the error about a command at a place."""
    return RefusedCommandError(f"{file.decode(errors='replace')}:{line}: {what} is not done by release apply", hint)


def survey_scripts(paths: Iterable[str], *, count: bool = False) -> int:
    r"""Look for what can be seen to be refused in scripts and in those that they include by a literal name.

    Files that cannot be read are left to the run, which reports them as psql does; so is standard input ("-").

    Args:
        paths: the scripts.
        count: also count the statements; otherwise files without a backslash are not read closely.

    Returns:
        The number of statements, each branch of an `\if` and each inclusion counted; 0 without `count`.

    Raises:
        RefusedCommandError: naming file and line.
    """
    return sum(_survey(Path(path), count, ()) for path in paths if path != "-")


def _survey(path: Path, count: bool, parents: tuple[Path, ...]) -> int:
    if not path.is_file() or path in parents:
        return 0
    try:
        with path.open("rb") as file:
            if not count and not any(b"\\" in block for block in iter(lambda: file.read(_BLOCK), b"")):
                return 0
            file.seek(0)
            statements = 0
            for piece in cut(file, texts=False):
                if piece.kind is Kind.STATEMENT:
                    statements += 1
                elif piece.kind is not Kind.DATA:
                    _check(path, piece)
                    if piece.name in _INCLUDES and piece.arguments and ":" not in piece.arguments[0]:
                        included = Path(piece.arguments[0].rstrip(";")).expanduser()
                        if piece.name in ("ir", "include_relative"):
                            included = path.parent / included
                        statements += _survey(included, count, (*parents, path))
            return statements
    except OSError:
        return 0


def _check(path: Path, piece: ScriptPiece) -> None:
    file = str(path).encode(errors="surrogateescape")
    name = piece.name.encode(errors="surrogateescape")
    # What is no word is an error of the script, or data of a COPY that we could not see; the run will tell.
    if piece.kind is Kind.COMMAND and name not in COMMANDS and (is_known_to_psql(name) or name.islower()):
        raise refuse(file, piece.line, f"\\{piece.name}")
    if piece.shell:
        raise refuse(file, piece.line, "a shell command in backquotes")
    if piece.name == "g" and piece.arguments:
        raise refuse(
            file, piece.line, r"\g with a file, a pipe or options", r"write \g alone, or end the statement with ;"
        )
