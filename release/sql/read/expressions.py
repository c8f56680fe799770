"""Expressions, and the calls in them; the walk over a parse tree."""

from __future__ import annotations

from typing import TYPE_CHECKING

import postgast
from google.protobuf.message import Message
from postgast import nodes
from postgast import pg_query_pb2 as pb

from release.errors import SqlError
from release.model.syntax import Argument, Call, Constant, ConstantKind, Expression
from release.sql.read.internals import message_of
from release.sql.read.names import constant_of, listed_words, name_of_words, words_in, words_of
from release.sql.read.numbers import number_of
from release.sql.read.splitting import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from google.protobuf.descriptor import FieldDescriptor

    from release.model import Name

_ANY_NODE = pb.Node.DESCRIPTOR
_IS_NOT_NULL = number_of("IS_NOT_NULL")
# Functions whose first argument is a relation (manual 9.17; PostGIS reference, Populate_Geometry_Columns)
_OF_RELATIONS = frozenset({"nextval", "setval", "currval", "populate_geometry_columns"})


def expression_of(node: nodes.AstNode | None) -> Expression | None:
    """An expression, read; None where there is none."""
    if node is None:
        return None
    columns: dict[str, None] = {}
    calls: list[Call] = []
    for message in walk(message_of(node)):  # postgast has no public way from a wrapper to its message
        if isinstance(message, pb.ColumnRef):
            columns.update(dict.fromkeys(listed_words(message.fields)[-1:]))
        elif isinstance(message, pb.FuncCall):
            calls.append(call_of(nodes.FuncCall(message)))
    constant = constant_of(node)
    return Expression(
        _written(node),
        None if constant is None or constant.cast else constant,
        tuple(columns),
        tuple(calls),
        not_null_column(node),
        isinstance(node, nodes.SQLValueFunction),
    )


def not_null_column(node: nodes.AstNode | None) -> str:
    """The column of `column IS NOT NULL`; "" of any other expression."""
    if isinstance(node, nodes.NullTest) and node.nulltesttype == _IS_NOT_NULL and isinstance(node.arg, nodes.ColumnRef):
        return (words_of(node.arg.fields) or ("",))[-1]
    return ""


def conversion_of(column: nodes.ColumnDef, name: str) -> tuple[str, str, str]:
    """The values that ALTER COLUMN … TYPE converts, these cast to the new type, and what USING itself casts to it."""
    target = pb.Node()
    cast = target.type_cast
    if column.type_name:
        cast.type_name.CopyFrom(message_of(column.type_name))
    if column.raw_default:
        _put(cast.arg, column.raw_default)
    else:
        cast.arg.column_ref.fields.add().string.sval = name
    uncast = ""
    match column.raw_default:
        case nodes.TypeCast(arg=nodes.AstNode() as inner, type_name=nodes.TypeName(names=names)) if column.type_name:
            if words_of(names) == words_of(column.type_name.names):
                uncast = _written(inner)
    return _written(nodes.wrap(cast.arg)), _written(nodes.wrap(target)), uncast


def columns_in(query: str) -> frozenset[str]:
    """The last words of the columns that a query names.

    Raises:
        SqlError: PostgreSQL's parser does not take it.
    """
    return frozenset(name for _, name in column_names_in(query))


def column_names_in(query: str) -> tuple[tuple[str, str], ...]:
    """The columns that a query names, each once: the word before its last one, or "", and the last.

    Raises:
        SqlError: PostgreSQL's parser does not take it.
    """
    try:
        tree = tree_of(query)
    except postgast.PgQueryError as error:
        raise SqlError(f"PostgreSQL cannot parse it: {error.message}") from error
    found: dict[tuple[str, str], None] = {}
    for message in walk(tree):
        if isinstance(message, pb.ColumnRef):
            words = listed_words(message.fields)
            if words:
                found["".join(words[-2:-1]), words[-1]] = None
    return tuple(found)


def _written(node: nodes.AstNode) -> str:
    """An expression as PostgreSQL's own deparser writes it; "" of one that it does not (WHERE CURRENT OF)."""
    tree = pb.ParseResult()
    target = tree.stmts.add().stmt.select_stmt.target_list.add().res_target
    _put(target.val, node)
    try:
        return str(postgast.deparse(tree)).removeprefix("SELECT ")
    except postgast.PgQueryError:
        return ""


def _put(place: Message, node: nodes.AstNode) -> None:
    """Copy a node to where the tree has room for any."""
    inner = message_of(node)
    getattr(place, NODE_FIELDS[type(inner)]).CopyFrom(inner)


NODE_FIELDS = {
    type(getattr(pb.Node(), field.name)): field.name for field in pb.Node.DESCRIPTOR.oneofs_by_name["node"].fields
}
"""How the messages that a `Node` may hold are called in it."""


def call_of(node: nodes.FuncCall) -> Call:
    name = name_of_words(words_of(node.funcname))
    return Call(name, tuple(_argument(item, name.name) for item in node.args))


def _argument(node: nodes.AstNode, function: str) -> Argument:
    name = ""
    if isinstance(node, nodes.NamedArgExpr):
        name = node.name
        node = node.arg or node
    constant = constant_of(node)
    return Argument(constant, name, _relation_in(constant) if function in _OF_RELATIONS else None)


def _relation_in(constant: Constant | None) -> Name | None:
    """The relation that a literal like 'public."Rooms"' names; None if it names none."""
    if constant is None or constant.kind is not ConstantKind.STRING:
        return None
    words = words_in(constant.text)
    return name_of_words(words) if words else None


def walk(node: Message) -> Iterator[Message]:
    """Every message of a parse tree, unwrapped, in the order of the text but for what the tree itself orders otherwise.

    As `postgast.walk`, but faster: it does not look inside constants, of which the rows of an INSERT consist.
    """
    left = [node]
    while left:
        message = left.pop()
        yield message
        if type(message) is not pb.A_Const:
            left += messages_below(message.ListFields())


def messages_below(
    fields: Iterable[tuple[FieldDescriptor, Any]], leaves: frozenset[str] = frozenset()
) -> list[Message]:
    """The messages in the fields of one, the last first, as a walk takes them from its stack.

    Args:
        leaves: kinds of nodes that are left out, as their fields in `Node` are called.
    """
    found: list[Message] = []
    for field, value in fields:
        kind = field.message_type
        if kind is None:
            continue
        items = (value,) if isinstance(value, Message) else value
        if kind is _ANY_NODE:
            for item in items:
                inner = item.WhichOneof("node")
                if inner is not None and inner not in leaves:
                    found.append(getattr(item, inner))
        else:
            found += items
    found.reverse()
    return found
