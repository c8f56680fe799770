"""What must be there before the upgrade starts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from release.model import UNREAD, LockMode, Name, Object, Prerequisites, Spatial
from release.plan.name_resolution import is_system

if TYPE_CHECKING:
    from collections.abc import Iterable

    from release.model import Statement
    from release.plan.ledger import Ledger

# Statements that need a privilege on a relation, not its ownership.
_PRIVILEGE_IS_ENOUGH = frozenset(
    {
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "MERGE",
        "COPY",
        "LOCK TABLE",
        "TRUNCATE TABLE",
        "CREATE TRIGGER",
        "GRANT",
        "REVOKE",
    }
)
_CREATE_NEEDS = frozenset(
    {"table", "view", "materialized view", "sequence", "type", "domain", "function", "procedure", "index", "statistics"}
)
# What gets an owner of its own; and statements that may create anything.
_OWNED = (_CREATE_NEEDS - {"index"}) | {"schema", "foreign table"}
_OPAQUE = frozenset({"DO", "CALL", UNREAD})
_SUPERUSER_TAGS = frozenset(
    {"ALTER SYSTEM", "CREATE TABLESPACE", "CREATE SUBSCRIPTION", "CREATE EVENT TRIGGER", "CREATE LANGUAGE"}
)


def find_prerequisites(upgrade: Ledger, rollback: Ledger, version_schema: str) -> Prerequisites:
    """Prerequisites of a release, over both of its scripts.

    Args:
        version_schema: schema of the version table, in which CREATE is needed too.
    """
    statements = tuple(step.statement for step in (*upgrade.steps, *rollback.steps))
    spatial = _spatial(statements)
    return Prerequisites(
        spatial=replace(spatial, srids=_srids(upgrade, rollback)),
        owned=owned_relations(upgrade),
        create_in=tuple(sorted(_schemas(upgrade) | {version_schema})),
        superuser=tuple(
            dict.fromkeys(
                f"{each.facts.tag} ({each.source})" for each in statements if each.facts.tag in _SUPERUSER_TAGS
            )
        ),
    )


def _spatial(statements: Iterable[Statement]) -> Spatial:
    parts = [statement.facts.spatial for statement in statements if statement.facts.spatial]
    return Spatial(
        *(
            tuple(sorted({each for part in parts for each in getattr(part, field)}))
            for field in ("types", "srids", "functions", "extensions", "schemas")
        )
    )


def _srids(upgrade: Ledger, rollback: Ledger) -> tuple[int, ...]:
    """SRIDs that must be known before the upgrade: not those that it inserts before it names them."""
    end = len(upgrade.steps)
    there = {
        srid
        for step in upgrade.steps
        for srid in step.statement.facts.spatial.srids
        if not step.has_touched("srid", Name(str(srid)))
    }
    back = {srid for step in rollback.steps for srid in step.statement.facts.spatial.srids}
    made = {srid for srid in back if upgrade.touches.has_touched(Object("srid", Name(str(srid))), end)}
    return tuple(sorted(there | back - made))


def owned_relations(ledger: Ledger) -> tuple[Name, ...]:
    """Relations whose owner the role must be, by their names before the script; indexes go with their tables."""
    owned: set[Name] = set()
    for step in ledger.steps:
        facts = step.statement.facts
        if facts.tag not in _PRIVILEGE_IS_ENOUGH and not facts.tag.startswith("CREATE TABLE"):
            # the first effect is the relation that the statement names; others are referenced tables
            for effect in facts.effects[:1]:
                if effect.lock >= LockMode.SHARE_UPDATE_EXCLUSIVE and not step.may_be_new(effect.relation):
                    owned.add(step.former(effect.relation))
    return tuple(sorted(name for name in owned - ledger.indexes if not is_system(name)))


def makes_owned(statements: Iterable[Statement]) -> bool:
    """Whether a script may create what will belong to the role that runs it; an index goes with its table."""
    return any(
        facts.tag in _OPAQUE or any(made.kind in _OWNED for made in facts.creates)
        for facts in (statement.facts for statement in statements)
    )


def _schemas(ledger: Ledger) -> set[str]:
    made_here = {
        made.name.name for step in ledger.steps for made in step.statement.facts.creates if made.kind == "schema"
    }
    return {
        step.at(made.name).schema or ledger.schema
        for step in ledger.steps
        for made in step.statement.facts.creates
        if made.kind in _CREATE_NEEDS
    } - made_here
