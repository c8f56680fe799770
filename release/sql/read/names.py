"""Names, types, options and constants in parse trees."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postgast import nodes
from postgast import pg_query_pb2 as pb

from release.model import Name
from release.model.syntax import Constant, ConstantKind, ObjectKind, Option, RelationName, Target, TypeName
from release.sql.read.internals import message_of
from release.sql.read.types import argument_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_SPACE = " \t\n\r\f\v"
# A relation's name comes before theirs.
_INSIDE = frozenset(
    {ObjectKind.COLUMN, ObjectKind.TABCONSTRAINT, ObjectKind.TRIGGER, ObjectKind.POLICY, ObjectKind.RULE}
)
# The access method's name comes before theirs.
_OF_ACCESS_METHODS = frozenset({ObjectKind.OPCLASS, ObjectKind.OPFAMILY})


def words_of(items: Iterable[nodes.AstNode]) -> tuple[str, ...]:
    """The words of a list of String nodes; anything else among them is "*" or nothing of interest, and left out."""
    return tuple(item.sval for item in items if isinstance(item, nodes.String))


def listed_words(items: Iterable[pb.Node]) -> tuple[str, ...]:
    """The same of a list that is not wrapped; three times as fast."""
    return tuple([item.string.sval for item in items if item.HasField("string")])


def name_of_words(words: Sequence[str]) -> Name:
    """A dotted name; a database name before the schema is left off, and no words are the name ""."""
    return Name(words[-1], words[-2] if len(words) > 1 else "") if words else Name("")


def words_in(text: str) -> tuple[str, ...]:
    """The words of a dotted name in a string constant, as the server takes it apart; none where it is no name.

    Keywords need no quotes there (PostgreSQL's SplitIdentifierString, utils/adt/varlena.c).
    """
    words: list[str] = []
    rest = text
    while True:
        rest = rest.lstrip(_SPACE)
        if rest.startswith('"'):
            word, closed, rest = rest[1:].partition('"')
            while closed and rest.startswith('"'):
                more, closed, rest = rest[1:].partition('"')
                word += f'"{more}'
        else:
            closed = word = next((rest[:at] for at, each in enumerate(rest) if each in f".{_SPACE}"), rest)
            rest = rest[len(word) :]
            word = word.encode().lower().decode()  # other alphabets stay as they are
        rest = rest.lstrip(_SPACE)
        if not closed or not word or rest[:1] not in {"", "."}:
            return ()
        words.append(word)
        if not rest:
            return tuple(words)
        rest = rest[1:]


def name_of_relation(relation: nodes.RangeVar | None) -> Name:
    return Name(relation.relname, relation.schemaname) if relation else Name("")


def named_relation(relation: nodes.RangeVar | None) -> Name | None:
    """The name in a RangeVar; None where there is none."""
    return name_of_relation(relation) if relation and relation.relname else None


def relation_name(relation: nodes.RangeVar | None) -> RelationName:
    return RelationName(name_of_relation(relation), only=relation is not None and not relation.inh)


def relation_names(items: Iterable[nodes.AstNode]) -> tuple[RelationName, ...]:
    return tuple(relation_name(item) for item in items if isinstance(item, nodes.RangeVar))


def constant_of(node: nodes.AstNode | None) -> Constant | None:
    """The constant that an expression is, cast or not; None where it is none."""
    if isinstance(node, nodes.TypeCast):
        inner = constant_of(node.arg)
        return Constant(inner.kind, inner.text, cast=True) if inner else None
    if not isinstance(node, nodes.A_Const):
        return None
    match node.val:
        case nodes.Integer(ival=number):
            return Constant(ConstantKind.INTEGER, str(number))
        case nodes.Float(fval=text):
            return Constant(ConstantKind.NUMBER, text)
        case nodes.Boolean(boolval=value):
            return Constant(ConstantKind.BOOLEAN, str(value).lower())
        case nodes.String(sval=text):
            return Constant(ConstantKind.STRING, text)
        case nodes.BitString(bsval=text):
            return Constant(ConstantKind.BITS, text)
        case _:
            return Constant(ConstantKind.NULL, "")


def type_of(node: nodes.TypeName | None) -> TypeName | None:
    """A type as written; None where there is none."""
    if node is None:
        return None
    message: pb.TypeName = message_of(node)
    words = listed_words(message.names)
    if not words:
        return None
    modifiers = tuple(_modifier(item) for item in node.typmods) if message.typmods else ()
    return _type_name(words, modifiers, bool(message.array_bounds), message.setof, message.pct_type)


@cache
def _type_name(
    words: tuple[str, ...], modifiers: tuple[str, ...], array: bool, setof: bool, of_column: bool
) -> TypeName:
    """A type; one value for all that are alike, of which a release has many."""
    builtin = len(words) > 1 and words[-2] == "pg_catalog"
    schema = words[-2] if len(words) > 1 and not builtin else ""
    return TypeName(Name(words[-1], schema), modifiers, array, setof, of_column, builtin)


def _modifier(node: nodes.AstNode) -> str:
    if isinstance(node, nodes.ColumnRef):
        return ".".join(words_of(node.fields))
    if isinstance(node, nodes.A_Const):
        constant = constant_of(node)
        return constant.text if constant else "?"
    return "?"


def options_of(items: Iterable[nodes.AstNode]) -> tuple[Option, ...]:
    return tuple(_option(item) for item in items if isinstance(item, nodes.DefElem))


def _option(node: nodes.DefElem) -> Option:
    name = node.defname
    match node.arg:
        case None:
            return Option(name)
        case nodes.String(sval=text):
            return Option(name, text, string=True)
        case nodes.Integer(ival=number):
            return Option(name, str(number))
        case nodes.Float(fval=text):
            return Option(name, text)
        case nodes.Boolean(boolval=value):
            return Option(name, str(value).lower())
        case nodes.TypeName() as found:  # off is any identifier, which the grammar takes for a type
            return Option(name, (words_of(found.names) or ("",))[-1])
        case nodes.List(items=listed):
            words = words_of(listed)
            return Option(name, ".".join(words), words=words)
        case nodes.A_Star():
            return Option(name, "*")
        case _:
            return Option(name, "")


def target_of(node: nodes.AstNode | None, kind: ObjectKind) -> Target:
    """The object of a kind that a DROP, COMMENT or ALTER names."""
    match node:
        case nodes.List(items=items):
            words = words_of(items)
            if kind in _OF_ACCESS_METHODS:
                words = words[1:]
            if kind in _INSIDE and len(words) > 1:
                return Target(Name(words[-1]), name_of_words(words[:-1]))
            return Target(name_of_words(words))
        case nodes.TypeName(names=names):
            return Target(name_of_words(words_of(names)))
        case nodes.ObjectWithArgs() as routine:
            arguments = None if kind is ObjectKind.OPERATOR else _arguments(routine)
            return Target(name_of_words(words_of(routine.objname)), arguments=arguments)
        case nodes.String(sval=text):
            return Target(Name(text))
        case _:
            return Target(Name(""))


def _arguments(routine: nodes.ObjectWithArgs) -> tuple[str, ...] | None:
    if routine.args_unspecified:
        return None
    types = [type_of(item) for item in routine.objargs if isinstance(item, nodes.TypeName)]
    return tuple(argument_text(each) for each in types if each)
