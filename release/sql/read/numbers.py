"""From the numbers of PostgreSQL's parser to the enumerations of `release.model.syntax`.

postgast builds its own enumerations when it is imported, so that no type checker knows them; each member of ours is
looked up there once, and a name that is not there is an error at once.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from postgast import pg_query_pb2

from release.model.syntax import (
    ActionKind,
    ConstraintKind,
    DiscardKind,
    ObjectKind,
    ParameterMode,
    ReindexKind,
    SubscriptionKind,
    TransactionKind,
    VariableKind,
)

_Kind = TypeVar("_Kind", bound=StrEnum)


def _by_number(enumeration: str, kinds: type[_Kind]) -> dict[int, _Kind]:
    values = getattr(pg_query_pb2, enumeration)
    return {values.Value(kind.value): kind for kind in kinds if kind.value}


def number_of(name: str) -> int:
    """The number of a name in any of the parser's enumerations, e.g. "DROP_CASCADE".

    Raises:
        AttributeError: there is none.
    """
    return int(getattr(pg_query_pb2, name))


_ACTIONS = _by_number("AlterTableType", ActionKind)
_CONSTRAINTS = _by_number("ConstrType", ConstraintKind)
_DISCARDS = _by_number("DiscardMode", DiscardKind)
_OBJECTS = _by_number("ObjectType", ObjectKind)
_PARAMETERS = _by_number("FunctionParameterMode", ParameterMode)
_REINDEXES = _by_number("ReindexObjectType", ReindexKind)
_SUBSCRIPTIONS = _by_number("AlterSubscriptionType", SubscriptionKind)
_TRANSACTIONS = _by_number("TransactionStmtKind", TransactionKind)
_VARIABLES = _by_number("VariableSetKind", VariableKind)


def action_kind(number: int) -> ActionKind:
    return _ACTIONS.get(number, ActionKind.UNKNOWN)


def constraint_kind(number: int) -> ConstraintKind:
    return _CONSTRAINTS.get(number, ConstraintKind.UNKNOWN)


def discard_kind(number: int) -> DiscardKind:
    return _DISCARDS.get(number, DiscardKind.UNKNOWN)


def object_kind(number: int) -> ObjectKind:
    return _OBJECTS.get(number, ObjectKind.UNKNOWN)


def parameter_mode(number: int) -> ParameterMode:
    return _PARAMETERS.get(number, ParameterMode.UNKNOWN)


def reindex_kind(number: int) -> ReindexKind:
    return _REINDEXES.get(number, ReindexKind.UNKNOWN)


def subscription_kind(number: int) -> SubscriptionKind:
    return _SUBSCRIPTIONS.get(number, SubscriptionKind.UNKNOWN)


def transaction_kind(number: int) -> TransactionKind:
    return _TRANSACTIONS.get(number, TransactionKind.UNKNOWN)


def variable_kind(number: int) -> VariableKind:
    return _VARIABLES.get(number, VariableKind.UNKNOWN)


_TIMES = frozenset(
    number_of(f"SVFOP_{kind}{suffix}")
    for kind, suffixes in {
        "CURRENT_DATE": ("",),
        "CURRENT_TIME": ("", "_N"),
        "CURRENT_TIMESTAMP": ("", "_N"),
        "LOCALTIME": ("", "_N"),
        "LOCALTIMESTAMP": ("", "_N"),
    }.items()
    for suffix in suffixes
)


def is_time(number: int) -> bool:
    """Whether a keyword without parentheses stands for the transaction's time (SQLValueFunctionOp)."""
    return number in _TIMES
