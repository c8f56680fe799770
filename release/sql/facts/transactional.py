"""Which statements PostgreSQL refuses inside a transaction block.

The source is each command's page in the manual (Notes), and PreventInTransactionBlock in the server.
"""

from __future__ import annotations

from typing import Any

from release.sql.read.enums import DISCARD, REINDEX, SUBCOMMAND, SUBSCRIPTION, TRANSACTION
from release.sql.read.nodes import is_on

NEVER = frozenset(
    {
        "AlterSystemStmt",
        "CreatedbStmt",
        "CreateTableSpaceStmt",
        "DropdbStmt",
        "DropTableSpaceStmt",
    }
)


def runs_in_transaction(node: Any) -> bool:
    """Whether PostgreSQL accepts the statement inside a transaction block.

    Three answers are not in the text. REINDEX and CLUSTER of one table are refused where it is partitioned
    (PostgreSQL 14 and 15 on): True here. DROP SUBSCRIPTION is accepted for one without a replication slot: False
    here, which is always possible. CALL and DO are refused when their body commits: True here.

    Args:
        node: statement node as postgast gives it, unwrapped.
    """
    kind = type(node).__name__
    match kind:
        case "IndexStmt":
            return not node.concurrent
        case "DropStmt":
            return not node.concurrent
        case "ReindexStmt":
            one = REINDEX(node.kind) in {"REINDEX_OBJECT_INDEX", "REINDEX_OBJECT_TABLE"}
            return one and not is_on(node.params, "concurrently")
        case "AlterTableStmt":
            return not any(_is_concurrent(item.alter_table_cmd) for item in node.cmds)
        case "VacuumStmt":
            return not node.is_vacuumcmd
        case "ClusterStmt":
            return bool(node.relation.relname)
        case "AlterDatabaseStmt":
            return all(item.def_elem.defname != "tablespace" for item in node.options)
        case "CreateSubscriptionStmt":
            connects = is_on(node.options, "connect", default=True)
            return not is_on(node.options, "create_slot", default=connects)
        case "AlterSubscriptionStmt":
            return _alters_quietly(node)
        case "DropSubscriptionStmt":
            return False
        case "DiscardStmt":
            return str(DISCARD(node.target)) != "DISCARD_ALL"
        case "TransactionStmt":
            return TRANSACTION(node.kind) not in {"TRANS_STMT_COMMIT_PREPARED", "TRANS_STMT_ROLLBACK_PREPARED"}
        case _:
            return kind not in NEVER


def _is_concurrent(command: Any) -> bool:
    return SUBCOMMAND(command.subtype) == "AT_DetachPartition" and getattr(command, "def").partition_cmd.concurrent


def _alters_quietly(node: Any) -> bool:
    """Whether an ALTER SUBSCRIPTION leaves the publisher alone."""
    match SUBSCRIPTION(node.kind):
        case "ALTER_SUBSCRIPTION_REFRESH" | "ALTER_SUBSCRIPTION_REFRESH_PUBLICATION":
            return False
        case "ALTER_SUBSCRIPTION_SET_PUBLICATION" | "ALTER_SUBSCRIPTION_ADD_PUBLICATION":
            return not is_on(node.options, "refresh", default=True)
        case "ALTER_SUBSCRIPTION_DROP_PUBLICATION":
            return not is_on(node.options, "refresh", default=True)
        case "ALTER_SUBSCRIPTION_OPTIONS":  # the slot at the publisher changes too (PostgreSQL 17 and 18 on)
            return not any(item.def_elem.defname in {"failover", "two_phase"} for item in node.options)
        case _:
            return True
