"""What stands anywhere in a statement, found in one walk over its parse tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from google.protobuf.message import Message
from postgast import nodes
from postgast import pg_query_pb2 as pb

from release.model.syntax import ConstantKind, Contents, Feature
from release.sql.read.expressions import call_of
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
from release.sql.read.names import constant_of, name_of_relation, name_of_words, type_of, words_of
from release.sql.read.numbers import is_time

if TYPE_CHECKING:
    from release.model import Name
    from release.model.syntax import Call, RelationUse, TypeName


def contents_of(node: nodes.AstNode, text: str = "", uses: tuple[RelationUse | Call, ...] = ()) -> Contents:
    """What stands anywhere in a statement.

    Args:
        text: the statement, of which numbers can be seen as they are written.
        uses: what its queries do to relations.
    """
    statement = message_of(node)
    calls: dict[Call, None] = {}
    strings: dict[str, None] = {}
    types: dict[TypeName, None] = {}
    collations: dict[Name, None] = {}
    roles: set[str] = set()
    relations: dict[Name, None] = {}
    columns: set[str] = set()
    features: dict[Feature, None] = {}
    changes = dict.fromkeys(changes_of_statement(statement))
    times = False
    left: list[tuple[str, Message]] = [("", statement)]
    while left:
        place, message = left.pop()
        kind = type(message)
        if kind is pb.A_Const:
            constant = constant_of(nodes.A_Const(message))
            if constant and constant.kind is ConstantKind.STRING:
                strings[constant.text] = None
            continue
        if kind is pb.ColumnRef:
            columns.update(words_of(nodes.ColumnRef(message).fields)[-1:])
            continue
        if kind is pb.RangeVar:
            relation = name_of_relation(nodes.RangeVar(message))
            relations[relation] = None
            features.update(dict.fromkeys(features_of_relation(relation)))
            continue
        if kind is pb.FuncCall:
            call = call_of(nodes.FuncCall(message))
            calls[call] = None
            features.update(dict.fromkeys(features_of_call(call)))
            changes.update(dict.fromkeys(changes_of_call(call, statement)))
        elif kind is pb.TypeName:
            found = type_of(nodes.TypeName(message))
            if found:
                types[found] = None
                features.update(dict.fromkeys(features_of_type(found)))
        elif kind is pb.CollateClause:
            collations[name_of_words(words_of(nodes.CollateClause(message).collname))] = None
        elif kind is pb.RoleSpec:
            roles.add(nodes.RoleSpec(message).rolename)
        elif kind is pb.SQLValueFunction:
            times = times or is_time(nodes.SQLValueFunction(message).op)
        fields = message.ListFields()
        if kind in TELLING:
            features.update(dict.fromkeys(features_of_message(message, fields, place)))
        if kind is pb.LockingClause or (kind is pb.DefElem and _is_word(message)):
            continue
        if kind in CHANGING and not (kind is pb.A_Expr and message.HasField("lexpr")):  # the one operator is a prefix
            changes.update(dict.fromkeys(changes_of_message(message)))
        below: list[tuple[str, Message]] = []
        for field, value in fields:
            if field.message_type is None:
                continue
            name = field.name
            for item in (value,) if isinstance(value, Message) else value:
                if type(item) is pb.Node:
                    inner = item.WhichOneof("node")
                    if inner is not None and inner not in _LEAVES:
                        below.append((name, getattr(item, inner)))
                else:
                    below.append((name, item))
        below.reverse()
        left += below
    if relations:
        changes.update(dict.fromkeys(changes_of_names(relations, columns)))
    if isinstance(node, nodes.RuleStmt):  # whose old and new are its own
        features.pop(RETURNING_OLD, None)
    if has_new_number(text):
        features[Feature("number 0x")] = None
    return Contents(
        uses,
        tuple(relations),
        tuple(calls),
        tuple(strings),
        tuple(types),
        tuple(collations),
        tuple(sorted(roles - {""})),
        tuple(features),
        tuple(changes),
        times,
    )


def _is_word(option: Message) -> bool:
    """Whether the grammar takes the value of an option for a type though it is a word, like `off`, or a function."""
    found = nodes.DefElem(option)
    return isinstance(found.arg, nodes.TypeName) and found.defname not in _TYPED


# Options whose value is a type (manual, CREATE SEQUENCE, AGGREGATE, OPERATOR, TYPE).
_TYPED = frozenset({"as", "basetype", "stype", "mstype", "leftarg", "rightarg", "subtype", "like", "element"})
_LEAVES = frozenset({"string", "integer", "float", "boolean", "bit_string", "a_star"})
"""Words and the like, of which whatever they stand in tells."""
