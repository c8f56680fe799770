"""Names and texts of other people, written so that they stay what they are in SQL, in comments and in psql.

Both forms hold inside a dollar-quoted body too: a "$" is written as an escape, so no tag can be closed early.
"""

from __future__ import annotations

from functools import cache

import postgast
from postgast import pg_query_pb2 as pb

from release.model import Name

_BARE = frozenset({pb.NO_KEYWORD, pb.UNRESERVED_KEYWORD})


def identifier(name: str) -> str:
    """A name as SQL: bare where PostgreSQL reads it back unchanged, else quoted (manual 4.1.1)."""
    if _is_bare(name):
        return name
    if "$" in name:
        return 'U&"' + name.replace("\\", "\\\\").replace('"', '""').replace("$", "\\0024") + '"'
    return quoted(name)


def dotted(name: Name) -> str:
    """A schema-qualified name as SQL; without a schema where the path of the whole script has several."""
    plain = not name.schema or (name.path and name.path.usual)
    return identifier(name.name) if plain else f"{identifier(name.schema)}.{identifier(name.name)}"


def spelled(name: Name) -> str:
    """A name as verify.sql compares it, quoted for its characters alone: keywords differ between servers."""
    return ".".join(part if _is_plain(part) else quoted(part) for part in (name.schema, name.name) if part)


def literal(text: str) -> str:
    """A string constant for standard_conforming_strings = on (manual 4.1.2.1)."""
    quoted = text.replace("'", "''")
    if "$" in text:
        return "E'" + quoted.replace("\\", "\\\\").replace("$", "\\x24") + "'"
    return f"'{quoted}'"


def name_literal(name: Name) -> str:
    """A name as a string for to_regclass and the like, which take plain quotes but no U&"…".

    Where a migration has set a path of several schemas, it is an expression that finds the first which has it.
    """
    if name.path is None:
        return literal(shown(name))
    if name.path.usual:
        return name_literal(Name(name.name))
    found = [name_literal(each) for each in places(name)]
    whens = " ".join(
        f"WHEN coalesce(to_regclass({each})::oid, to_regtype({each})::oid) IS NOT NULL THEN {each}" for each in found
    )
    return f"CASE {whens} ELSE {found[0]} END"


def shown(name: Name) -> str:
    """A name as a message prints it, and to_regclass and the like read it: in plain quotes where SQL asks for some."""
    return ".".join(part if _is_bare(part) else quoted(part) for part in (name.schema, name.name) if part)


def places(name: Name) -> tuple[Name, ...]:
    """A name in each of the schemas that it may lie in."""
    return tuple(Name(name.name, schema) for schema in (name.path.schemas if name.path else (name.schema,)))


def one_line(text: str) -> str:
    """Text for a `--` comment: every run of white space and control characters becomes one space."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())


def beginning(sql: str) -> str:
    """How a statement begins, in one line, for a message."""
    line = " ".join(sql.split())
    return line if len(line) <= 60 else line[:59] + "…"


def psql_argument(text: str) -> str:
    """Text as a quoted argument of a psql command (psql manual, "Meta-Commands")."""
    return "'" + one_line(text).replace("\\", "\\\\").replace("'", "''") + "'"


@cache
def _is_bare(name: str) -> bool:
    if not _is_plain(name):
        return False
    tokens = postgast.scan(name).tokens
    return len(tokens) == 1 and tokens[0].keyword_kind in _BARE


def _is_plain(name: str) -> bool:
    return name.isascii() and name.isidentifier() and name == name.lower()


def quoted(name: str) -> str:
    """A name between plain quotes, whatever it is (manual 4.1.1)."""
    return '"' + name.replace('"', '""') + '"'
