"""RL304: ALTER SYSTEM, roles, databases: what is not this database's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.lint.rule import Case, Example, Rule, Severity, Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

_CLUSTER = frozenset(
    {
        "AlterSystemStmt", "CreateRoleStmt", "AlterRoleStmt", "AlterRoleSetStmt", "DropRoleStmt", "GrantRoleStmt",
        "CreatedbStmt", "DropdbStmt", "AlterDatabaseStmt", "AlterDatabaseSetStmt", "CreateTableSpaceStmt",
        "DropTableSpaceStmt", "DropOwnedStmt", "ReassignOwnedStmt",
    }
)  # fmt: skip


def _check(case: Case) -> Iterator[Violation]:
    for item in case.items:
        if item.definitions.kind in _CLUSTER:
            yield Violation(f"{item.facts.tag} reaches beyond this database's schema", item)


RULE = Rule(
    "RL304",
    "ALTER SYSTEM, roles and databases",
    Severity.ERROR,
    "Settings of the server, roles and databases belong to the whole cluster and to its DBA. They differ between test "
    "and production, outlive the release, and no rollback of one database may take them back.",
    "Ask for them in the release's notes; the DBA makes them with the tools of the place.",
    Example('op.execute("CREATE ROLE reader")  # here', 'op.execute("DROP ROLE reader")  # here'),
    Example('op.execute("GRANT SELECT ON rooms TO reader")', 'op.execute("REVOKE SELECT ON rooms FROM reader")'),
    _check,
)
