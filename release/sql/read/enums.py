"""Names of PostgreSQL's enumeration values, e.g. OBJECT(42) is "OBJECT_TABLE".

postgast builds these types when it is imported, so that no type checker knows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2

if TYPE_CHECKING:
    from collections.abc import Callable


def _names(enumeration: str) -> Callable[[int], str]:
    name: Callable[[int], str] = getattr(pg_query_pb2, enumeration).Name
    return name


CONSTRAINT = _names("ConstrType")
DISCARD = _names("DiscardMode")
OBJECT = _names("ObjectType")
REINDEX = _names("ReindexObjectType")
SUBCOMMAND = _names("AlterTableType")
SUBSCRIPTION = _names("AlterSubscriptionType")
TRANSACTION = _names("TransactionStmtKind")
VARIABLE = _names("VariableSetKind")
