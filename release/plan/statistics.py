"""Tables of which the planner knows too little when a script has run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import Mark, Work
from release.sql.facts.catalog_facts import temporary_of
from release.sql.facts.statistics import outdates_statistics

if TYPE_CHECKING:
    from release.model import Name, Statement
    from release.plan.ledger import Ledger, LedgerStep

# on a table that the script has just made they find no rows, or count them themselves
_ON_ROWS = frozenset({"ALTER TABLE", "CREATE INDEX", "CREATE STATISTICS"})


def tables_to_analyze(ledger: Ledger) -> tuple[Name, ...]:
    """Tables that want ANALYZE, by the names that they have in the end; without those that the author analyzes.

    Autovacuum gets to those of which only the database knows in which schema they lie.
    """
    found: dict[Name, None] = {}
    temporary: set[Name] = set()
    for step in ledger.steps:
        facts = step.statement.facts
        temporary |= {step.at(name) for name in temporary_of(step.statement.syntax)} if facts.creates else set()
        if facts.tag == "ANALYZE" and not facts.effects:
            found.clear()
        for table in _tables(step):
            if facts.tag == "ANALYZE":
                found.pop(table, None)
            elif _wants(step.statement) and not (facts.tag in _ON_ROWS and step.is_new(table)):
                found[table] = None
        for gone in facts.drops:
            found.pop(step.at(gone.name), None)
        for old, new in facts.renames:
            before = step.at(old.name)
            if before in found:
                found = {step.at(new.name) if name == before else name: None for name in found}
    return tuple(sorted(name for name in found.keys() - temporary if not name.needs_lookup))


def _wants(statement: Statement) -> bool:
    computed = any(mark.mark is Mark.GENERATED for mark in statement.facts.marks)
    rewritten = any(Work.REWRITE in effect.work for effect in statement.facts.effects)
    return computed or (rewritten and statement.facts.tag == "ALTER TABLE") or outdates_statistics(statement.syntax)


def _tables(step: LedgerStep) -> tuple[Name, ...]:
    """The table that a statement works on; all that an ANALYZE names."""
    facts = step.statement.facts
    if facts.tag == "SELECT":  # the tag of CREATE TABLE AS and CREATE MATERIALIZED VIEW
        return tuple(step.at(made.name) for made in facts.creates if not made.parent)
    effects = facts.effects if facts.tag == "ANALYZE" else facts.effects[:1]
    return tuple(step.at(effect.relation) for effect in effects)
