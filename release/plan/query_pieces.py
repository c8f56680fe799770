"""Texts of queries that the server completes: with what only the database can tell."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from release.model import Name
from release.sql.read.quote import dotted, places, shown

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILLED = "\0"  # cannot stand in SQL

POSTGIS = f'{_FILLED}{{"schema": "postgis"}}{_FILLED}'
"""In a text: the schema that the extension lies in."""


def pieces(text: str) -> str | tuple[object, ...]:
    """The text as it stands in the data of a release: whole, or in pieces with what is filled in between."""
    parts = text.split(_FILLED)
    if len(parts) == 1:
        return text
    return tuple(json.loads(part) if index % 2 else part for index, part in enumerate(parts) if part)


def place(former: Name) -> str:
    """A table in a text: where its migration set a path of its own, the first of its places that is there."""
    return filled({"first": places_of(former)}) if former.needs_lookup else dotted(former)


def filled(what: Mapping[str, object]) -> str:
    """In a text: what the server fills in."""
    return f"{_FILLED}{json.dumps(what)}{_FILLED}"


def places_of(name: Name) -> tuple[str, ...]:
    """As to_regclass reads a name: each of the places that it may have where its migration set a path of its own."""
    if name.path is None:
        return (shown(name),)
    if name.path.usual:
        return (shown(Name(name.name)),)
    return tuple(shown(each) for each in places(name))
