"""Which relations were there before the release, under which names, as its statements go by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Mark
from release.plan.name_resolution import in_schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model import Name, Statement

# a composite type is a relation too
_RELATIONS = frozenset({"table", "foreign table", "materialized view", "view", "sequence", "index", "type"})
# relations that come with an extension, in a schema that the statement need not tell
_WITH_EXTENSION = {
    "postgis": frozenset({"spatial_ref_sys", "geometry_columns", "geography_columns"}),
    "postgis_raster": frozenset({"raster_columns", "raster_overviews"}),
    "postgis_topology": frozenset({"topology", "layer"}),
    "pg_stat_statements": frozenset({"pg_stat_statements", "pg_stat_statements_info"}),
}


class Relations:
    """Follows a script statement by statement and knows what it has created and renamed so far.

    Args:
        schema: schema of unqualified names.
    """

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self._created: set[Name] = set()
        self._former: dict[Name, Name] = {}
        self._with_extensions: set[str] = set()

    def is_new(self, name: Name) -> bool:
        """True for a relation that an earlier statement of the same script created."""
        return in_schema(name, self._schema) in self._created or name.name in self._with_extensions

    def former(self, name: Name) -> Name:
        """The name that a relation had before the script, qualified."""
        name = in_schema(name, self._schema)
        return self._former.get(name, name)

    def follow(self, statement: Statement) -> None:
        """Take note of what a statement creates and renames."""
        for made in statement.facts.creates:
            if made.kind in _RELATIONS:
                self._created.add(in_schema(made.name, self._schema))
            elif made.kind == "extension":
                self._with_extensions |= _WITH_EXTENSION.get(made.name.name, frozenset())
        for marked in statement.facts.marks:
            if marked.mark is Mark.SEQUENCE:
                self._created.add(in_schema(marked.object.name, self._schema))
        for old, new in statement.facts.renames:
            if old.kind in _RELATIONS:
                before, after = in_schema(old.name, self._schema), in_schema(new.name, self._schema)
                if before in self._created:
                    self._created.add(after)
                else:
                    self._former[after] = self._former.get(before, before)


def partitioned_tables(statements: Iterable[Statement], schema: str) -> frozenset[Name]:
    """The tables that a script itself tells to be partitioned; of others only the database knows."""
    return frozenset(
        in_schema(marked.object.name, schema)
        for statement in statements
        for marked in statement.facts.marks
        if marked.mark is Mark.PARTITIONED
    )


def created_relations(statements: Iterable[Statement], schema: str) -> frozenset[Name]:
    """Names, after the script, of the relations that it creates and leaves there."""
    relations = Relations(schema)
    for statement in statements:
        relations.follow(statement)
    return frozenset(relations._created)  # the class is this module's own
