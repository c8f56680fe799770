"""What must be there before the upgrade starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model import LockMode, Prerequisites, Spatial
from release.plan.name_resolution import index_names, is_system
from release.plan.prior_relations import Relations

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from release.model import Name, Statement

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
_OPAQUE = frozenset({"DO", "CALL"})
_SUPERUSER_TAGS = frozenset(
    {"ALTER SYSTEM", "CREATE TABLESPACE", "CREATE SUBSCRIPTION", "CREATE EVENT TRIGGER", "CREATE LANGUAGE"}
)


def find_prerequisites(
    upgrade: Sequence[Statement], rollback: Sequence[Statement], schema: str, version_schema: str
) -> Prerequisites:
    """Prerequisites of a release, over both of its scripts.

    Args:
        schema: schema of unqualified names.
        version_schema: schema of the version table, in which CREATE is needed too.
    """
    statements = (*upgrade, *rollback)
    return Prerequisites(
        spatial=_spatial(statements),
        owned=owned_relations(upgrade, schema),
        create_in=tuple(sorted(_schemas(upgrade, schema) | {version_schema})),
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


def owned_relations(statements: Sequence[Statement], schema: str) -> tuple[Name, ...]:
    """Relations whose owner the role must be, by their names before the script; indexes go with their tables."""
    relations = Relations(schema)
    owned: set[Name] = set()
    indexes = index_names(statements, schema)
    for statement in statements:
        facts = statement.facts
        if facts.tag not in _PRIVILEGE_IS_ENOUGH and not facts.tag.startswith("CREATE TABLE"):
            # the first effect is the relation that the statement names; others are referenced tables
            for effect in facts.effects[:1]:
                if effect.lock >= LockMode.SHARE_UPDATE_EXCLUSIVE and not relations.is_new(effect.relation):
                    owned.add(relations.former(effect.relation))
        relations.follow(statement)
    return tuple(sorted(name for name in owned - indexes if not is_system(name)))


def makes_owned(statements: Iterable[Statement]) -> bool:
    """Whether a script may create what will belong to the role that runs it; an index goes with its table."""
    return any(
        facts.tag in _OPAQUE or any(made.kind in _OWNED for made in facts.creates)
        for facts in (statement.facts for statement in statements)
    )


def _schemas(statements: Sequence[Statement], schema: str) -> set[str]:
    made_here = {made.name.name for each in statements for made in each.facts.creates if made.kind == "schema"}
    return {
        made.name.schema or schema
        for statement in statements
        for made in statement.facts.creates
        if made.kind in _CREATE_NEEDS
    } - made_here
