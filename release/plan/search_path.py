"""Which schema an unqualified name lies in, statement by statement (manual 5.9.3, "The Schema Search Path")."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.model.syntax import Select, SetVariable, VariableKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from release.model import Migration, Statement
    from release.model.syntax import Syntax

_PATH = "search_path"
_NO_SCHEMA = frozenset({"$user", "pg_temp", "pg_catalog", ""})
"""Of these none is what an unqualified CREATE goes to, as far as the text tells."""


def with_schemas(migrations: Sequence[Migration], opening: Iterable[Statement], schema: str) -> tuple[Migration, ...]:
    """The migrations, each statement with the schema that unqualified names lie in when it runs.

    What a revision sets ends with it: online with its transaction or its command, in a script by a statement of ours.

    Args:
        opening: what env.py sets for all of them.
        schema: that of the configured path.
    """
    for statement in opening:
        schema = _set_by(statement.syntax, schema, schema)
    found = []
    for migration in migrations:
        now = schema
        statements = []
        for statement in migration.statements:
            statements.append(replace(statement, schema=now))
            now = _set_by(statement.syntax, now, schema)
        found.append(replace(migration, statements=tuple(statements)))
    return tuple(found)


def _set_by(syntax: Syntax, now: str, usual: str) -> str:
    """The schema after a statement."""
    match syntax:
        case SetVariable(kind=VariableKind.SET_VALUE, name=name, values=values) if name.lower() == _PATH:
            return _first(values) or now
        case SetVariable(kind=VariableKind.SET_DEFAULT | VariableKind.RESET, name=name) if name.lower() == _PATH:
            return usual
        case SetVariable(kind=VariableKind.RESET_ALL):
            return usual
        case Select(only_calls=calls) if calls:
            for call in calls:
                if call.name.name == "set_config" and len(call.arguments) == 3 and call.arguments[0].string == _PATH:
                    now = _first(call.arguments[1].string.split(",")) or now
            return now
        case _:
            return now


def _first(words: Iterable[str]) -> str:
    """The first of some schemas that an unqualified name may be created in; "" where the text does not tell."""
    plain = (word.strip().strip('"') for word in words)
    return next((word for word in plain if word not in _NO_SCHEMA), "")
