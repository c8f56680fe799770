"""What stands anywhere in a statement, found in one walk over its parse tree."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from postgast import nodes
from postgast import pg_query_pb2 as pb

from release.model import Name
from release.model.syntax import Contents, Feature
from release.sql.read.expressions import call_of, messages_below
from release.sql.read.features import (
    CHANGING,
    RETURNING_OLD,
    TELLING,
    changes_of_call,
    changes_of_message,
    changes_of_names,
    changes_of_statement,
    features_of_call,
    features_of_message,
    features_of_relation,
    features_of_type,
    has_new_number,
)
from release.sql.read.internals import message_of
from release.sql.read.names import listed_words, name_of_words, type_of
from release.sql.read.numbers import is_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from google.protobuf.message import Message

    from release.model.syntax import Call, RelationUse, TypeName


@dataclass(slots=True)
class _Found:
    """What the walk has come upon, in order, each once; see `Contents`.

    Attributes:
        columns: the last words of columns.
    """

    statement: Message
    calls: dict[Call, None] = field(default_factory=dict)
    strings: dict[str, None] = field(default_factory=dict)
    types: dict[TypeName, None] = field(default_factory=dict)
    collations: dict[Name, None] = field(default_factory=dict)
    roles: set[str] = field(default_factory=set)
    relations: dict[Name, None] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)
    features: dict[Feature, None] = field(default_factory=dict)
    changes: dict[str, None] = field(default_factory=dict)
    times: bool = False


def contents_of(node: nodes.AstNode, text: str = "", uses: tuple[RelationUse | Call, ...] = ()) -> Contents:
    """What stands anywhere in a statement.

    Args:
        text: the statement, of which numbers can be seen as they are written.
        uses: what its queries do to relations.
    """
    statement = message_of(node)
    found = _Found(statement)
    found.changes.update(dict.fromkeys(changes_of_statement(statement)))
    left = [statement]
    while left:
        message = left.pop()
        kind = type(message)
        if kind in _COLLECTORS:
            _COLLECTORS[kind](found, message)
        fields = message.ListFields()
        if kind in TELLING:
            for feature in features_of_message(message, fields):
                found.features[feature] = None
        if kind in CHANGING:
            for change in changes_of_message(message):
                found.changes[change] = None
        if kind in _CLOSED or (kind is pb.DefElem and _is_word(message)):
            continue
        left += messages_below(fields, _LEAVES)
    if found.relations:
        found.changes.update(dict.fromkeys(changes_of_names(found.relations, found.columns)))
    if isinstance(node, nodes.RuleStmt):  # whose old and new are its own
        found.features.pop(RETURNING_OLD, None)
    if has_new_number(text):
        found.features[Feature("number 0x")] = None
    return Contents(
        uses,
        tuple(found.relations),
        tuple(found.calls),
        tuple(found.strings),
        tuple(found.types),
        tuple(found.collations),
        tuple(sorted(found.roles - {""})),
        tuple(found.features),
        tuple(found.changes),
        found.times,
    )


def _constant(found: _Found, message: pb.A_Const) -> None:
    if message.HasField("sval"):
        found.strings[message.sval.sval] = None


def _column(found: _Found, message: pb.ColumnRef) -> None:
    found.columns.update(listed_words(message.fields)[-1:])


def _relation(found: _Found, message: pb.RangeVar) -> None:
    relation = Name(message.relname, message.schemaname)
    found.relations[relation] = None
    for feature in features_of_relation(relation):
        found.features[feature] = None


def _call(found: _Found, message: pb.FuncCall) -> None:
    call = call_of(nodes.FuncCall(message))
    found.calls[call] = None
    for feature in features_of_call(call):
        found.features[feature] = None
    for change in changes_of_call(call, found.statement):
        found.changes[change] = None


def _type(found: _Found, message: pb.TypeName) -> None:
    named = type_of(nodes.TypeName(message))
    if named:
        found.types[named] = None
        for feature in features_of_type(named):
            found.features[feature] = None


def _collation(found: _Found, message: pb.CollateClause) -> None:
    found.collations[name_of_words(listed_words(message.collname))] = None


def _role(found: _Found, message: pb.RoleSpec) -> None:
    found.roles.add(message.rolename)


def _keyword(found: _Found, message: pb.SQLValueFunction) -> None:
    found.times = found.times or is_time(message.op)


_COLLECTORS: dict[type[Message], Callable[[_Found, Message], None]] = {
    pb.A_Const: _constant,
    pb.ColumnRef: _column,
    pb.RangeVar: _relation,
    pb.FuncCall: _call,
    pb.TypeName: _type,
    pb.CollateClause: _collation,
    pb.SQLValueFunction: _keyword,
    pb.RoleSpec: _role,
}
_CLOSED = frozenset({pb.A_Const, pb.ColumnRef, pb.RangeVar, pb.LockingClause})
"""What is told of as a whole, or names nothing of its own."""


def _is_word(option: pb.DefElem) -> bool:
    """Whether the grammar takes the value of an option for a type though it is a word, like `off`, or a function."""
    return option.arg.HasField("type_name") and option.defname not in _TYPED


# Options whose value is a type (manual, CREATE SEQUENCE, AGGREGATE, OPERATOR, TYPE).
_TYPED = frozenset({"as", "basetype", "stype", "mstype", "leftarg", "rightarg", "subtype", "like", "element"})
_LEAVES = frozenset({"string", "integer", "float", "boolean", "bit_string", "a_star"})
"""Words and the like, of which whatever they stand in tells."""
