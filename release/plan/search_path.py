"""Which schemas an unqualified name may lie in, statement by statement (manual 5.9.3, "The Schema Search Path")."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.model import SearchPath
from release.model.syntax import Select, SetVariable, VariableKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from release.model import Migration, Statement
    from release.model.syntax import Syntax

_PATH = "search_path"
_NO_SCHEMA = frozenset({"$user", "pg_temp", "pg_catalog", ""})
"""Of these none is what an unqualified CREATE goes to, as far as the text tells."""


def with_paths(
    migrations: Sequence[Migration], opening: Iterable[Statement], configured: tuple[str, ...]
) -> tuple[Migration, ...]:
    """The migrations, each statement with the path that its unqualified names are looked for in when it runs.

    What a revision sets ends with it: online with its transaction or its command, in a script by a statement of ours.

    Args:
        opening: what env.py sets for all of them.
    """
    usual = configured
    for each in opening:
        usual = _set_by(each.syntax, usual, usual)
    found = []
    for migration in migrations:
        now = usual
        statements = []
        for statement in migration.statements:
            statements.append(replace(statement, path=SearchPath(now, now == configured)))
            now = _set_by(statement.syntax, now, usual)
        found.append(replace(migration, statements=tuple(statements)))
    return tuple(found)


def _set_by(syntax: Syntax, now: tuple[str, ...], usual: tuple[str, ...]) -> tuple[str, ...]:
    """The path after a statement."""
    match syntax:
        case SetVariable(kind=VariableKind.SET_VALUE, name=name, values=values) if name.lower() == _PATH:
            return _schemas(values) or now
        case SetVariable(kind=VariableKind.SET_DEFAULT | VariableKind.RESET, name=name) if name.lower() == _PATH:
            return usual
        case SetVariable(kind=VariableKind.RESET_ALL):
            return usual
        case Select(only_calls=calls) if calls:
            for call in calls:
                if call.name.name == "set_config" and len(call.arguments) == 3 and call.arguments[0].string == _PATH:
                    now = _schemas(call.arguments[1].string.split(",")) or now
            return now
        case _:
            return now


def _schemas(words: Iterable[str]) -> tuple[str, ...]:
    """Schemas that an unqualified name may lie in; none where the text does not tell."""
    plain = (word.strip().strip('"') for word in words)
    return tuple(dict.fromkeys(word for word in plain if word not in _NO_SCHEMA))
