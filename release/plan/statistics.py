"""Tables of which the planner knows too little when a script has run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Mark, Work
from release.plan.name_resolution import in_schema
from release.plan.prior_relations import Relations
from release.sql.facts.catalog_facts import temporary_of
from release.sql.facts.statistics import outdates_statistics

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model import Name, Statement

# on a table that the script has just made they find no rows, or count them themselves
_ON_ROWS = frozenset({"ALTER TABLE", "CREATE INDEX", "CREATE STATISTICS"})


def tables_to_analyze(statements: Iterable[Statement], schema: str) -> tuple[Name, ...]:
    """Tables that want ANALYZE, by the names that they have in the end; without those that the author analyzes.

    Args:
        schema: schema of unqualified names.
    """
    found: dict[Name, None] = {}
    relations = Relations(schema)
    temporary: set[Name] = set()
    for statement in statements:
        facts = statement.facts
        temporary |= {in_schema(name, schema) for name in temporary_of(statement.syntax)} if facts.creates else set()
        if facts.tag == "ANALYZE" and not facts.effects:
            found.clear()
        for table in _tables(statement, schema):
            if facts.tag == "ANALYZE":
                found.pop(table, None)
            elif _wants(statement) and not (facts.tag in _ON_ROWS and relations.is_new(table)):
                found[table] = None
        for gone in facts.drops:
            found.pop(in_schema(gone.name, schema), None)
        for old, new in facts.renames:
            before = in_schema(old.name, schema)
            if before in found:
                found = {in_schema(new.name, schema) if name == before else name: None for name in found}
        relations.follow(statement)
    return tuple(sorted(found.keys() - temporary))


def _wants(statement: Statement) -> bool:
    computed = any(mark.mark is Mark.GENERATED for mark in statement.facts.marks)
    rewritten = any(Work.REWRITE in effect.work for effect in statement.facts.effects)
    return computed or (rewritten and statement.facts.tag == "ALTER TABLE") or outdates_statistics(statement.syntax)


def _tables(statement: Statement, schema: str) -> tuple[Name, ...]:
    """The table that a statement works on; all that an ANALYZE names."""
    facts = statement.facts
    if facts.tag == "SELECT":  # the tag of CREATE TABLE AS and CREATE MATERIALIZED VIEW
        return tuple(in_schema(made.name, schema) for made in facts.creates if not made.parent)
    effects = facts.effects if facts.tag == "ANALYZE" else facts.effects[:1]
    return tuple(in_schema(effect.relation, schema) for effect in effects)
