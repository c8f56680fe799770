"""What only the rows of a table can tell before a statement runs: whether it will be refused for what is stored."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from release.model import Name
from release.model.syntax import ActionKind, AlterTable, ChangeRows, ConstraintKind, CreateIndex, RelationUse, Use
from release.sql.facts.spatial import spatial_of
from release.sql.read.expressions import column_names_in
from release.sql.read.quote import identifier, shown
from release.sql.read.statements import split
from release.sql.read.types import SERIAL, SPATIAL
from release.sql.versions.own import FUNCTIONS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from release.model.syntax import (
        AlterAction,
        ColumnSpec,
        ConstraintSpec,
        Contents,
        IndexKey,
        Syntax,
        TypeName,
    )

_FILLED = frozenset({ConstraintKind.DEFAULT, ConstraintKind.GENERATED, ConstraintKind.IDENTITY})
_MANDATORY = frozenset({ConstraintKind.NOTNULL, ConstraintKind.PRIMARY})
TWICE = "values that are there more than once"
COLLIDING = "values that the release writes, and that would then be there more than once"
UNFIT = "rows that the release writes, and that a column or a CHECK refuses"
COLLIDING_KEYS = "keys that the release writes, and that are there, or written more than once"
ORPHANED = "rows that the release writes, and that refer to one that is missing"
_SIDE_EFFECTS = frozenset(
    {"nextval", "setval", "currval", "lastval", "set_config", "setseed", "ts_rewrite", "ts_stat", "loread", "lowrite"}
)
_SIDE_EFFECTS_OF = re.compile("(pg|lo|brin|gin|plpgsql)_|.*_to_xml")
UNCAST = "default that cannot be cast to the new type: drop it before, and set it after"
_TWICE = "HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1"
_NONE_OF = "OPERATOR(pg_catalog.<>) ALL ({labels}::pg_catalog.text[])"
_LENGTH = "pg_catalog.char_length(pg_catalog.rtrim({}::pg_catalog.text, ' '))"
OTHER = "r"
"""The alias of the other table."""


@dataclass(frozen=True, slots=True)
class Question:
    """A query whose answer should be 0.

    Attributes:
        table: the table asked, as written.
        subject: what is asked about, e.g. "(name)".
        trouble: what a number above 0 counts.
        query: gives the rows, which preflight.sql counts; "{table}" stands for the table, "{table:a}" for it under the
            alias a, "{other:r}" for the other one, "{postgis}" for the schema that PostGIS lies in. What is no word of
            an author in it is qualified: it runs on the path of the authors' statements.
        cast: it gives one number itself, which is 0: it is the error that counts.
        fatal: the statement would fail; False for what is worth knowing.
        other: another table that the query reads, as written.
        keys: columns that refer to those of `other`: "{keys}" stands for the comparison of both.
        targets: the columns of `other`; none where the statement names none, and it is the primary key.
        labels: an enum type, as written; "{labels}" stands for an array of its labels, and only where the release
            itself makes the type they are known.
        named: columns of the table that it reads, where the query gives names of its own.
        change: of the rows that an UPDATE or an INSERT writes; it is what they will be that is asked.
        default: of a column that gets another type: it is its default that is asked, not its rows.
    """

    table: Name
    subject: str
    trouble: str
    query: str
    fatal: bool = True
    other: Name | None = None
    keys: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    cast: bool = False
    labels: Name | None = None
    named: frozenset[str] = frozenset()
    default: RetypedDefault | None = None
    change: ChangeRows | None = None

    @property
    def columns(self) -> frozenset[str]:
        """Names of the columns of the table that the query reads."""
        if self.default:
            return frozenset({self.default.column})
        if self.named or self.change:
            return self.named
        return frozenset(name for alias, name in self._names if not self.other or alias != OTHER) | {*self.keys}

    @property
    def other_columns(self) -> frozenset[str]:
        """Names of the columns of the other table that the query reads; none where it is asked for its primary key."""
        return frozenset(name for alias, name in self._names if self.other and alias == OTHER) | {*self.targets}

    @property
    def contents(self) -> Contents:
        """What stands in the query."""
        return split(self._plain)[0].syntax.contents

    @property
    def srids(self) -> tuple[int, ...]:
        return spatial_of(split(self._plain)[0].syntax).srids

    @property
    def _names(self) -> tuple[tuple[str, str], ...]:
        return column_names_in(self._plain)

    @property
    def _plain(self) -> str:
        return self.query.format(table=FromItem("t"), other=FromItem("o"), keys="TRUE", labels="NULL", postgis="p")


@dataclass(frozen=True, slots=True)
class RetypedDefault:
    """The default of a column whose type changes."""

    column: str
    type: TypeName


@dataclass(frozen=True, slots=True)
class FromItem:
    """What stands in a FROM for a table.

    Attributes:
        sql: a table, or a query in parentheses.
        alias: that it needs where the query gives it none; "" where it needs none.
    """

    sql: str
    alias: str = ""

    def __format__(self, alias: str) -> str:
        alias = alias or self.alias
        return f"{self.sql} AS {alias}" if alias else self.sql


def questions_of(syntax: Syntax) -> tuple[Question, ...]:
    """What to ask before a statement; nothing for one that no row can make fail."""
    match syntax:
        case CreateIndex(unique=True):
            return (_of_index(syntax),)
        case ChangeRows(relation=relation, assigned=assigned) if assigned and _is_told(syntax):
            parts = [*(value for _, value in assigned), *([syntax.where] if syntax.where else [])]
            named = frozenset({*syntax.columns, *(each for part in parts for each in part.columns)})
            subject = _subject(syntax.columns)
            unfit = Question(relation.name, subject, UNFIT, "", named=named, change=syntax)
            return (unfit, replace(unfit, trouble=COLLIDING))
        case ChangeRows(relation=relation, inserted=inserted) if inserted and _is_read(syntax):
            subject = _subject(syntax.columns) if syntax.columns else ""
            unfit = Question(relation.name, subject, UNFIT, "", named=frozenset(syntax.columns), change=syntax)
            others = () if inserted.yields else (COLLIDING_KEYS, ORPHANED)
            return (unfit, *(replace(unfit, trouble=each) for each in others))
        case AlterTable(relation=relation, actions=actions):
            gone = {each.name for each in actions if each.kind is ActionKind.COLUMN_DEFAULT and not each.expression}
            found = (each for action in actions for each in _of_action(action, relation.name))
            return tuple(each for each in found if not (each.default and each.default.column in gone))
        case _:
            return ()


def _is_told(change: ChangeRows) -> bool:
    """Whether what the rows will be can be told by a query that changes nothing: from their table alone."""
    written = all(value.text for _, value in change.assigned) and (change.where is None or bool(change.where.text))
    return _is_quiet(change) and written and {*change.contents.relations} == {change.relation.name}


def _is_read(change: ChangeRows) -> bool:
    """Whether a query that changes nothing gives the rows of an INSERT."""
    uses = [each for each in change.contents.uses if isinstance(each, RelationUse)]
    return _is_quiet(change) and [each.use for each in uses if each.use is not Use.READ] == [Use.INSERT]


def _is_quiet(change: ChangeRows) -> bool:
    """Whether it only calls what is known to do nothing but to compute."""
    return all(
        name.name.startswith("st_") or (name.schema in {"", "pg_catalog"} and is_quiet(name.name))
        for name in (call.name for call in change.contents.calls)
    )


def is_quiet(function: str) -> bool:
    """Whether a function of PostgreSQL's own only computes."""
    return function in FUNCTIONS - _SIDE_EFFECTS and not _SIDE_EFFECTS_OF.match(function)


def _of_action(action: AlterAction, table: Name) -> Iterator[Question]:
    match action.kind:
        case ActionKind.SET_NOT_NULL:
            yield _nulls(table, action.name)
        case ActionKind.ADD_COLUMN if action.column:
            column = action.column
            kinds = {each.kind for each in column.constraints}
            serial = column.type is not None and column.type.name.name in SERIAL
            if kinds & _MANDATORY and not kinds & _FILLED and not serial:
                trouble = "rows, for which the new column has no value"
                yield Question(table, _subject([column.name]), trouble, "SELECT FROM {table}")
        case ActionKind.ALTER_COLUMN_TYPE if action.column:
            yield from _casts(table, action.name, action.column)
        case ActionKind.ADD_CONSTRAINT if action.constraint:
            yield from _of_constraint(table, action.constraint)


def _of_constraint(table: Name, constraint: ConstraintSpec) -> Iterator[Question]:
    match constraint.kind:
        case ConstraintKind.UNIQUE | ConstraintKind.PRIMARY as kind if keys := constraint.columns:
            together = kind is ConstraintKind.PRIMARY or constraint.nulls_not_distinct
            subject = _subject(keys)
            yield _duplicates(table, subject, [_name(key) for key in keys], "", nulls=together)
            if kind is ConstraintKind.PRIMARY:
                yield from (_nulls(table, column) for column in keys)
        case ConstraintKind.CHECK if constraint.expression:
            name = _subject([constraint.name]) if constraint.name else ""
            query = f"SELECT FROM {{table}} WHERE NOT ({_safe(constraint.expression.text)})"
            yield Question(table, name, "rows that violate the CHECK", query)
        case ConstraintKind.FOREIGN if constraint.target:
            yield _orphans(table, constraint, constraint.target)
        case ConstraintKind.EXCLUSION:
            yield from _conflicts(table, constraint)


def _nulls(table: Name, column: str) -> Question:
    query = f"SELECT FROM {{table}} WHERE {_name(column)} IS NULL"
    return Question(table, _subject([column]), "rows with NULL", query)


def _of_index(index: CreateIndex) -> Question:
    keys = [_key(key) for key in index.keys]
    condition = index.where.text if index.where else ""
    subject = _keys_subject(index.keys)
    return _duplicates(index.table, subject, keys, condition, nulls=index.nulls_not_distinct)


def _text(key: IndexKey) -> str:
    return key.expression.text if key.expression else ""


def _key(key: IndexKey) -> str:
    """What an index has as its key, under the collation that decides what is equal."""
    text = _name(key.name) if key.name else f"({_safe(_text(key))})"
    if key.collation:
        text += " COLLATE " + ".".join(_name(each) for each in key.collation)
    return text


def _duplicates(table: Name, subject: str, keys: Sequence[str], condition: str, *, nulls: bool) -> Question:
    conditions = [] if nulls else [f"{key} IS NOT NULL" for key in keys]
    if condition:
        conditions.append(f"({_safe(condition)})")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    query = f"SELECT FROM {{table}}{where} GROUP BY {', '.join(keys)} {_TWICE}"
    return Question(table, subject, TWICE, query)


def _orphans(table: Name, constraint: ConstraintSpec, target: Name) -> Question:
    columns, keys = constraint.columns, constraint.target_columns
    names = [f"t.{_name(column)}" for column in columns]
    there = " AND ".join(f"{name} IS NOT NULL" for name in names)
    missing = f"NOT EXISTS (SELECT FROM {{other:{OTHER}}} WHERE {{keys}})"  # quoted names, deparsed trees
    wrong = f"{there} AND {missing}"
    if constraint.match == "f" and len(names) > 1:
        # MATCH FULL: all of them, or none (manual, CREATE TABLE)
        some = " OR ".join(f"{name} IS NOT NULL" for name in names)
        wrong = f"({some}) AND NOT ({there}) OR {wrong}"
    query = f"SELECT FROM {{table:t}} WHERE {wrong}"
    trouble = f"rows whose {shown(target)} is missing"
    return Question(table, _subject(columns), trouble, query, other=target, keys=columns, targets=keys)


def _conflicts(table: Name, constraint: ConstraintSpec) -> Iterator[Question]:
    """Pairs of rows that an EXCLUDE constraint does not let stand side by side."""
    keys, pairs = ["ctid AS place"], ["a.place OPERATOR(pg_catalog.<) b.place"]
    for number, (key, words) in enumerate(constraint.exclusions, 1):
        sign = f"OPERATOR({'.'.join([*(_name(each) for each in words[:-1]), words[-1]])})"
        keys.append(f"{_key(key)} AS key{number}")
        pairs.append(f"a.key{number} {sign} b.key{number}")
    where = f" WHERE {_safe(constraint.where.text)}" if constraint.where else ""
    rows = f"(SELECT {', '.join(keys)} FROM {{table}}{where})"  # noqa: S608  # quoted names, deparsed trees
    query = f"SELECT FROM {rows} AS a JOIN {rows} AS b ON {' AND '.join(pairs)}"
    subject = _keys_subject([key for key, _ in constraint.exclusions])
    named = frozenset({"ctid", *constraint.named_columns})
    yield Question(table, subject, "pairs of rows that exclude each other", query, named=named)


def _casts(table: Name, name: str, column: ColumnSpec) -> Iterator[Question]:
    if column.type is None:
        return
    value = f"({_safe(column.value)})"
    modifiers = column.type.modifiers
    spatial = column.type.name.name in SPATIAL
    wrong = "SRID, type or value" if spatial else "value"
    query = f"SELECT pg_catalog.count({_safe(column.converted)}) OPERATOR(pg_catalog.*) 0 FROM {{table}}"  # noqa: S608  # quoted
    subject = _subject([name])
    yield Question(table, subject, f"a {wrong} that the new type refuses", query, cast=True)
    if column.uncast and not column.type.array:
        # of a type that is not there yet, only the labels can be compared
        others = f"SELECT FROM {{table}} WHERE ({_safe(column.uncast)})::pg_catalog.text {_NONE_OF}"
        yield Question(table, subject, "values that the new type does not have", others, labels=column.type.name)
    yield Question(table, subject, UNCAST, "", default=RetypedDefault(name, column.type))
    if column.type.name.name in {"varchar", "bpchar"} and modifiers and not column.type.array:
        # an explicit cast cuts them, ALTER TABLE refuses them (manual, 8.3)
        longer = f"SELECT FROM {{table}} WHERE {_LENGTH.format(value)} OPERATOR(pg_catalog.>) {modifiers[0]}"
        yield Question(table, subject, f"values longer than {modifiers[0]} characters", longer)
    if spatial:
        yield from _spatial(table, subject, value, modifiers)


def _spatial(table: Name, subject: str, value: str, modifiers: tuple[str, ...]) -> Iterator[Question]:
    """How many rows the cast of a geometry refuses, and for what; and what a later query may trip over."""
    value = f"{value}::{{postgis}}.geometry"
    shape = modifiers[0].upper() if modifiers else ""
    conditions = []
    if len(modifiers) > 1 and modifiers[1] != "0":
        srid = f"{{postgis}}.st_srid({value}) OPERATOR(pg_catalog.<>) {modifiers[1]}"
        conditions.append((srid, f"geometries with another SRID than {modifiers[1]}"))
    if shape not in {"", "GEOMETRY"} and shape.isalpha():
        plain = shape.rstrip("ZM")
        kind = f"pg_catalog.rtrim({{postgis}}.geometrytype({value}), 'ZM') OPERATOR(pg_catalog.<>) '{plain}'"
        conditions.append((kind, f"geometries that are no {plain}"))
    conditions.append((f"NOT {{postgis}}.st_isvalid({value})", "invalid geometries"))
    for condition, trouble in conditions:
        query = f"SELECT FROM {{table}} WHERE {condition}"
        yield Question(table, subject, trouble, query, fatal=False)


def _subject(columns: Iterable[str]) -> str:
    return f"({', '.join(shown(Name(each)) for each in columns)})"


def _keys_subject(keys: Iterable[IndexKey]) -> str:
    return f"({', '.join(shown(Name(key.name)) if key.name else _text(key) for key in keys)})"


def _name(column: str) -> str:
    return _safe(identifier(column))


def _safe(text: str) -> str:
    """Text in which no brace is taken for a place holder."""
    return text.replace("{", "{{").replace("}", "}}")
