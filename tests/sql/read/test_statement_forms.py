"""What is read from statements, by the table in `statement_forms`."""

from __future__ import annotations

import keyword
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass, replace
from enum import StrEnum

import postgast
import pytest
from postgast import nodes
from postgast import pg_query_pb2 as pb

import release.model.syntax
from release.model.syntax import (
    ActionKind,
    Contents,
    Feature,
    ObjectKind,
    Option,
    PolicyStatement,
    Syntax,
)
from release.model.syntax import statement as statement_module
from release.sql.read.expressions import walk
from release.sql.read.statements import statement_in
from tests.sql.statement_forms import STATEMENTS, Says

TEXTS = [text for text, _ in STATEMENTS]

# Each needs its quotes. 63 bytes are the longest that PostgreSQL keeps.
ODD = (
    "N" * 63,
    "ü" * 31 + "X",
    "Mixed Case",
    "dotted.name",
    'say "no"',
    "it's",
    "select",
    "user",
    "table",
    "部屋 🚪",
    "a;b -- c /* d",
    "$1",
    " ",
    "new\nline",
    "back\\slash",
)


def wrong_in(found: object, expected: object, path: str) -> list[str]:
    """What of the expected is found otherwise."""
    if isinstance(expected, Says):
        if type(found) is not expected.form:
            return [f"{path} is a {type(found).__name__}, not a {expected.form.__name__}"]
        return [
            wrong
            for name, value in expected.fields.items()
            for wrong in wrong_in(getattr(found, name), value, f"{path}.{name}")
        ]
    if isinstance(expected, tuple) and isinstance(found, tuple) and len(found) == len(expected):
        pairs = enumerate(zip(found, expected, strict=True))
        return [wrong for at, (one, other) in pairs for wrong in wrong_in(one, other, f"{path}[{at}]")]
    return [] if found == expected and type(found) is type(expected) else [f"{path} is {found!r}, not {expected!r}"]


@pytest.mark.parametrize(("text", "expected"), STATEMENTS, ids=TEXTS)
def test_row(text: str, expected: Says) -> None:
    assert wrong_in(statement_in(text), expected, "") == []


def test_a_wrong_row_is_found() -> None:
    syntax = statement_in("DROP TABLE rooms")
    assert wrong_in(syntax, Says(Syntax, {}), "") == [" is a DropObjects, not a Syntax"]
    assert wrong_in(syntax, Says(type(syntax), {"cascade": True}), "") == [".cascade is False, not True"]
    assert len(wrong_in(syntax, Says(type(syntax), {"targets": ()}), "")) == 1


# Every form has a row --------------------------------------------------------------------


def values_in(value: object) -> Iterator[object]:
    """A value and all that is in it."""
    yield value
    if isinstance(value, tuple | list):
        inner = list(value)
    elif isinstance(value, Says):
        inner = list(value.fields.values())
    elif is_dataclass(value):
        inner = [getattr(value, field.name) for field in fields(value)]
    else:
        return
    for each in inner:
        yield from values_in(each)


def own_fields(form: type) -> set[str]:
    """The fields of a class; what all statements have is the business of Syntax itself."""
    common = {field.name for field in fields(Syntax)} if issubclass(form, Syntax) and form is not Syntax else set()
    return {field.name for field in fields(form)} - common


FORMS = {
    name: form
    for name in release.model.syntax.__all__
    if isinstance(form := getattr(release.model.syntax, name), type) and is_dataclass(form)
}


def said() -> set[tuple[str, str]]:
    """The fields that the table speaks of, as pairs of class and field; a default of a whole value says nothing."""
    found: set[tuple[str, str]] = set()
    for value in values_in([expected for _, expected in STATEMENTS]):
        if isinstance(value, Says):
            bases = value.form.__mro__[:-1]
            found |= {(base.__name__, name) for base in bases for name in value.fields}
        elif is_dataclass(value) and not isinstance(value, type):
            found |= {
                (type(value).__name__, field.name)
                for field in fields(value)
                if field.default is MISSING or getattr(value, field.name) != field.default
            }
    return found


def test_every_statement_of_the_grammar_has_a_row() -> None:
    known = {name for name in pb.DESCRIPTOR.message_types_by_name if name.endswith("Stmt")}
    parts = {"PLAssignStmt", "RawStmt", "ReplicaIdentityStmt", "ReturnStmt", "SetOperationStmt"}
    assert {statement_in(text).node for text in TEXTS} == known - parts


def test_every_class_of_statements_has_a_row() -> None:
    classes = {each for each in vars(statement_module).values() if isinstance(each, type) and issubclass(each, Syntax)}
    assert {expected.form for _, expected in STATEMENTS} == classes


def test_every_field_is_said_by_some_row() -> None:
    elsewhere = {
        *((Contents.__name__, name) for name in ("features", "changes")),  # test_version_needs
        *((Feature.__name__, name) for name in own_fields(Feature)),
    }
    missing = {(name, field) for name, form in FORMS.items() for field in own_fields(form)} - said() - elsewhere
    assert not missing


def test_every_value_of_an_enumeration_is_read() -> None:
    """But for those that only the server makes, after the parser."""
    unwritten = {
        ActionKind.ADD_COLUMN_TO_VIEW, ActionKind.COOKED_COLUMN_DEFAULT, ActionKind.ADD_INDEX, ActionKind.RE_ADD_INDEX,
        ActionKind.RE_ADD_CONSTRAINT, ActionKind.RE_ADD_DOMAIN_CONSTRAINT, ActionKind.ADD_INDEX_CONSTRAINT,
        ActionKind.RE_ADD_COMMENT, ActionKind.REPLACE_REL_OPTIONS, ActionKind.RE_ADD_STATISTICS,
        ObjectKind.AMOP, ObjectKind.AMPROC, ObjectKind.DEFAULT, ObjectKind.DEFACL, ObjectKind.PARAMETER_ACL,
        ObjectKind.PUBLICATION_NAMESPACE, ObjectKind.PUBLICATION_REL, ObjectKind.USER_MAPPING,
    }  # fmt: skip
    read = {value for text in TEXTS for value in values_in(statement_in(text)) if isinstance(value, StrEnum)}
    enumerations = [
        each
        for name in release.model.syntax.__all__
        if isinstance(each := getattr(release.model.syntax, name), type) and issubclass(each, StrEnum)
    ]
    assert {kind for each in enumerations for kind in each if kind} - read == unwritten


# Names -----------------------------------------------------------------------------------


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def exchanged(text: str, names: dict[str, str]) -> str:
    """A text with other names in the place of those that stand for any."""
    if not any(name in text for name in names):
        return text
    data, out, at = text.encode(), b"", 0
    for token in postgast.scan(text).tokens:
        word = data[token.start : token.end].decode()
        if token.token == pb.IDENT and word in names:
            out += data[at : token.start] + quoted(names[word]).encode()
            at = token.end
    return (out + data[at:]).decode()


def with_names(value: object, names: dict[str, str], field: str = "") -> object:
    """What a form is to say when other names stand in its text; SQL in it, as the deparser writes it, is quoted."""
    if isinstance(value, StrEnum):
        return value
    if isinstance(value, str):
        return names[value] if value in names and field not in {"text", "uncast"} else exchanged(value, names)
    if isinstance(value, tuple):
        return tuple(with_names(each, names, field) for each in value)
    if not is_dataclass(value) or isinstance(value, type):
        return value
    changed = {each.name: with_names(getattr(value, each.name), names, each.name) for each in fields(value)}
    if isinstance(value, Option) and value.words:
        changed["value"] = ".".join(names.get(word, word) for word in value.words)
    if isinstance(value, PolicyStatement | Contents) and value.roles:
        changed["roles"] = tuple(sorted(names.get(role, role) for role in value.roles))
    return replace(value, **changed)


@pytest.mark.parametrize("number", range(len(ODD)), ids=ODD)
def test_any_name_is_said_as_it_is(number: int) -> None:
    names = dict(zip(("rooms", "home", "field"), ODD[number:] + ODD[:number], strict=False))
    exchanges = 0
    for text in TEXTS:
        other = exchanged(text, names)
        exchanges += other != text
        assert wrong_in(statement_in(other), with_names(statement_in(text), names), other) == []
    assert exchanges > len(TEXTS) / 2


# Lists -----------------------------------------------------------------------------------

# Lists that lose their empty members in postgast's typed nodes, and what an empty member stands for there.
LOSSES = {
    ("DefineStmt", "args"): "the arguments of an aggregate of *",
    ("List", "items"): "a function in FROM has no column definitions",
    ("ObjectWithArgs", "objargs"): "NONE, the left operand of an operator that has a right one alone",
    ("SelectStmt", "distinct_clause"): "DISTINCT without ON",
}


def shortened(text: str) -> set[tuple[str, str]]:
    """The lists of a statement that have fewer members in the typed nodes than in the messages that they wrap."""
    found = set()
    for message in walk(postgast.parse(text).stmts[0].stmt):
        node = nodes.wrap(message)
        for field, value in message.ListFields():
            if not field.is_repeated or field.message_type is None:
                continue
            name = field.name + "_" * keyword.iskeyword(field.name)
            if len(getattr(node, name)) != len(value):
                found.add((message.DESCRIPTOR.name, field.name))
    return found


@pytest.mark.parametrize("text", TEXTS)
def test_lists_are_as_long_as_in_the_parse_tree(text: str) -> None:
    assert shortened(text) <= LOSSES.keys()


def test_known_losses_are_losses() -> None:
    assert set().union(*map(shortened, TEXTS)) == LOSSES.keys()
