"""Which statements PostgreSQL refuses inside a transaction block.

The source is each command's page in the manual (Notes), and PreventInTransactionBlock in the server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from release.model.syntax import (
    ActionKind,
    AlterTable,
    ClusterTable,
    CreateIndex,
    CreateTableAs,
    DiscardKind,
    DiscardState,
    DoBlock,
    DropObjects,
    LockTables,
    NamedQuery,
    ReindexKind,
    ReindexObject,
    Select,
    SetVariable,
    SubscriptionKind,
    SubscriptionStatement,
    TransactionControl,
    TransactionKind,
    VacuumTables,
)
from release.sql.facts.read_only import only_reads

if TYPE_CHECKING:
    from release.model.syntax import Syntax

NEVER = frozenset(
    {
        "AlterSystemStmt",
        "CreatedbStmt",
        "CreateTableSpaceStmt",
        "DropSubscriptionStmt",
        "DropdbStmt",
        "DropTableSpaceStmt",
    }
)


def runs_in_transaction(syntax: Syntax) -> bool:
    """Whether PostgreSQL accepts the statement inside a transaction block.

    Three answers are not in the text. REINDEX and CLUSTER of one table are refused where it is partitioned
    (PostgreSQL 14 and 15 on): True here. DROP SUBSCRIPTION is accepted for one without a replication slot: False
    here, which is always possible. CALL and DO are refused when their body commits: True here.
    """
    match syntax:
        case CreateIndex(concurrently=concurrently) | DropObjects(concurrently=concurrently):
            return not concurrently
        case ReindexObject(kind=kind, concurrently=concurrently):
            return kind in (ReindexKind.INDEX, ReindexKind.TABLE) and not concurrently
        case AlterTable(actions=actions):
            return not any(each.kind is ActionKind.DETACH_PARTITION and each.concurrently for each in actions)
        case VacuumTables(vacuum=vacuum):
            return not vacuum
        case ClusterTable(relation=relation):
            return relation is not None
        case SubscriptionStatement():
            return _subscribes_quietly(syntax)
        case DiscardState(kind=kind):
            return kind is not DiscardKind.ALL
        case TransactionControl(kind=kind):
            return kind not in (TransactionKind.COMMIT_PREPARED, TransactionKind.ROLLBACK_PREPARED)
        case _ if syntax.node == "AlterDatabaseStmt":
            return syntax.option("tablespace") is None
        case _:
            return syntax.node not in NEVER


_RUNS_CODE = frozenset({"CallStmt", "ExecuteStmt"})
_BOUND = frozenset({"ConstraintsSetStmt"})


def differs_in_transaction(syntax: Syntax) -> bool:
    """Whether a statement that runs outside a transaction may do otherwise, or be refused, in one of its own.

    That is so of what runs code which may end transactions or may refuse one (CALL, DO, functions of extensions), of
    what nobody has read, and of what means nothing outside (SET LOCAL, LOCK TABLE, SET CONSTRAINTS, a cursor).
    """
    match syntax:
        case Select():
            return not only_reads(syntax)
        case DoBlock() | LockTables():
            return True
        case CreateTableAs(extended=extended, query=query):
            return extended or query.node in _RUNS_CODE
        case SetVariable(local=local):
            return local
        case NamedQuery(cursor=cursor):
            return cursor
        case _:
            return not syntax.node or syntax.node in _RUNS_CODE | _BOUND


def _subscribes_quietly(syntax: SubscriptionStatement) -> bool:
    """Whether a CREATE or ALTER SUBSCRIPTION leaves the publisher alone."""
    match syntax.kind:
        case None:
            return not _is_on(syntax, "create_slot", default=_is_on(syntax, "connect", default=True))
        case SubscriptionKind.REFRESH:
            return False
        case SubscriptionKind.SET_PUBLICATION | SubscriptionKind.ADD_PUBLICATION | SubscriptionKind.DROP_PUBLICATION:
            return not _is_on(syntax, "refresh", default=True)
        case SubscriptionKind.OPTIONS:  # the slot at the publisher changes too (PostgreSQL 17 and 18 on)
            return not (syntax.option("failover") or syntax.option("two_phase"))
        case _:
            return True


def _is_on(syntax: Syntax, name: str, *, default: bool) -> bool:
    option = syntax.option(name)
    return option.on if option else default
