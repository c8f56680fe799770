"""What stands inside statements: names, types, constants, calls, expressions, and what queries do to relations."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from release.model.facts import Name


@unique
class ConstantKind(StrEnum):
    """How a constant is written (A_Const in nodes/parsenodes.h)."""

    NULL = "null"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    STRING = "string"
    BITS = "bits"


@dataclass(frozen=True, slots=True)
class Constant:
    """A constant: its value as text; "true" and "false" of a boolean, "" of NULL.

    Attributes:
        cast: a type follows it (`'rooms'::regclass`) or stands before it.
    """

    kind: ConstantKind
    text: str
    cast: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call.

    Attributes:
        constant: it, where it is one, cast or not.
        name: its name, where it is given by name.
        relation: the relation that a constant names, where the function takes one (nextval, setval and the like).
    """

    constant: Constant | None = None
    name: str = ""
    relation: Name | None = None

    @property
    def string(self) -> str:
        """The value of a string constant that no type is written at; else ""."""
        constant = self.constant
        return constant.text if constant and constant.kind is ConstantKind.STRING and not constant.cast else ""


@dataclass(frozen=True, slots=True)
class Call:
    """A function that is called, its name as written."""

    name: Name
    arguments: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type as written; built-in ones by their names in the catalog ("int4"), without the schema pg_catalog.

    Attributes:
        modifiers: what stands in its parentheses, e.g. ("Polygon", "4326"); "?" for what is neither name nor constant.
        array: it says [] or ARRAY.
        setof, of_column: SETOF; a column's type (%TYPE).
        builtin: its author, or the grammar, wrote pg_catalog before it.
    """

    name: Name
    modifiers: tuple[str, ...] = ()
    array: bool = False
    setof: bool = False
    of_column: bool = False
    builtin: bool = False


@dataclass(frozen=True, slots=True)
class Expression:
    """An expression.

    Attributes:
        text: as PostgreSQL's own deparser writes it; "" where it does not (WHERE CURRENT OF).
        constant: it, where the whole expression is a constant that no type is written at.
        columns: the last words of the columns that it names, each once.
        calls: functions that it calls.
        not_null: the column of `column IS NOT NULL`, where that is the whole expression; else "".
        keyword: it is one of CURRENT_TIMESTAMP, CURRENT_USER and the like.
    """

    text: str
    constant: Constant | None = None
    columns: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    not_null: str = ""
    keyword: bool = False


@unique
class Use(StrEnum):
    """What a query does to the rows of a relation."""

    READ = "reads"
    LOCK = "locks rows of"
    INSERT = "inserts into"
    UPDATE = "updates"
    DELETE = "deletes from"
    MERGE = "merges into"


@dataclass(frozen=True, slots=True)
class RelationUse:
    """A relation that a query, or any part of a statement, reads or changes; a name of WITH in scope is none.

    Attributes:
        only: it says ONLY.
        every: an UPDATE or DELETE of every row: without a WHERE, or with one that is always true.
    """

    use: Use
    relation: Name
    only: bool = False
    every: bool = False


@dataclass(frozen=True, slots=True)
class Feature:
    """Something in a statement that not every server has.

    Attributes:
        key: of a row of the table of versions.
        arguments: of a function: with how many it is called.
    """

    key: str
    arguments: int = 0


@dataclass(frozen=True, slots=True)
class Contents:
    """What stands anywhere in a statement, in the order of appearance, but for the bodies of functions.

    Attributes:
        uses: what its queries do to relations, and the functions that they call, as they are come upon.
        relations: relations named anywhere, each once, with the names of WITH among them.
        calls: functions called anywhere, each call once.
        strings: the values of string constants, each once.
        types: types named anywhere, each once.
        collations: named after COLLATE, each once, but for those of index keys.
        roles: roles named anywhere, sorted; PUBLIC, CURRENT_USER and the like are none.
        features: what not every server has.
        changes: keys of what is otherwise on a newer server.
        times: it says CURRENT_TIMESTAMP, CURRENT_DATE or the like, which calls no function.
    """

    uses: tuple[RelationUse | Call, ...] = ()
    relations: tuple[Name, ...] = ()
    calls: tuple[Call, ...] = ()
    strings: tuple[str, ...] = ()
    types: tuple[TypeName, ...] = ()
    collations: tuple[Name, ...] = ()
    roles: tuple[str, ...] = ()
    features: tuple[Feature, ...] = ()
    changes: tuple[str, ...] = ()
    times: bool = False
