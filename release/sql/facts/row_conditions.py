"""What only the rows of a table can tell before a statement runs: whether it will be refused for what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import postgast
from postgast import pg_query_pb2 as pb

from release.sql.facts.changes import name_of
from release.sql.read.enums import CONSTRAINT, SUBCOMMAND
from release.sql.read.quote import identifier
from release.sql.read.splitting import tree
from release.sql.read.types import SERIAL, modifiers_of, type_name_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from release.model import Name

LIMIT = 1000
"""A query stops counting there."""
_SPATIAL = frozenset({"geometry", "geography"})
_FILLED = frozenset({"CONSTR_DEFAULT", "CONSTR_GENERATED", "CONSTR_IDENTITY"})
_MANDATORY = frozenset({"CONSTR_NOTNULL", "CONSTR_PRIMARY"})
TWICE = "values that are there more than once"


@dataclass(frozen=True, slots=True)
class Question:
    """A query whose answer should be 0.

    Attributes:
        table: the table asked, as written.
        subject: what is asked about, e.g. "(name)".
        trouble: what a number above 0 counts.
        query: gives one number, of at most `LIMIT` rows; "{table}" stands for the table, "{other}" for the other one.
            For a cast it is the error that counts, and the number is 0.
        fatal: the statement would fail; False for what is worth knowing.
        other: another table that the query reads, as written.
        keys: columns that refer to the primary key of `other`, whose columns the statement does not name: "{keys}"
            stands for the comparison of both.
    """

    table: Name
    subject: str
    trouble: str
    query: str
    fatal: bool = True
    other: Name | None = None
    keys: tuple[str, ...] = ()

    @property
    def columns(self) -> frozenset[str]:
        """Names of the columns that the query reads."""
        read = postgast.extract_columns(postgast.parse(self.query.format(table="t", other="o", keys="TRUE")))
        return frozenset(name.rpartition(".")[2] for name in read) | {*self.keys}


def questions_in(text: str) -> tuple[Question, ...]:
    """What to ask before a statement; nothing for one that no row can make fail."""
    node: Any = tree(text)
    match type(node).__name__:
        case "IndexStmt" if node.unique:
            return (_of_index(node),)
        case "AlterTableStmt":
            table = name_of(node.relation)
            return tuple(each for item in node.cmds for each in _of_command(item.alter_table_cmd, table))
        case _:
            return ()


def _of_command(command: Any, table: Name) -> Iterator[Question]:
    definition = getattr(command, "def")
    match SUBCOMMAND(command.subtype):
        case "AT_SetNotNull":
            yield _nulls(table, command.name)
        case "AT_AddColumn":
            column = definition.column_def
            kinds = {CONSTRAINT(item.constraint.contype) for item in column.constraints}
            if kinds & _MANDATORY and not kinds & _FILLED and type_name_of(column.type_name).name not in SERIAL:
                trouble = "rows, for which the new column has no value"
                yield Question(table, f"({column.colname})", trouble, _counted("SELECT FROM {table}"))
        case "AT_AlterColumnType":
            yield from _casts(table, command.name, definition.column_def)
        case "AT_AddConstraint":
            yield from _of_constraint(table, definition.constraint)


def _of_constraint(table: Name, constraint: Any) -> Iterator[Question]:
    keys = [each.string.sval for each in constraint.keys]
    match CONSTRAINT(constraint.contype):
        case "CONSTR_UNIQUE" | "CONSTR_PRIMARY" as kind if keys:
            together = kind == "CONSTR_PRIMARY" or constraint.nulls_not_distinct
            subject = f"({', '.join(keys)})"
            yield _duplicates(table, subject, [_name(key) for key in keys], "", nulls=together)
            if kind == "CONSTR_PRIMARY":
                yield from (_nulls(table, column) for column in keys)
        case "CONSTR_CHECK":
            name = f"({constraint.conname})" if constraint.conname else ""
            query = f"SELECT FROM {{table}} WHERE NOT ({_safe(_written(constraint.raw_expr))})"
            yield Question(table, name, "rows that violate the CHECK", _counted(query))
        case "CONSTR_FOREIGN":
            yield _orphans(table, constraint)
        case "CONSTR_EXCLUSION":
            yield from _conflicts(table, constraint)


def _nulls(table: Name, column: str) -> Question:
    query = _counted(f"SELECT FROM {{table}} WHERE {_name(column)} IS NULL")
    return Question(table, f"({column})", "rows with NULL", query)


def _of_index(node: Any) -> Question:
    elements = [item.index_elem for item in node.index_params]
    keys = [_key(element) for element in elements]
    condition = _written(node.where_clause) if node.HasField("where_clause") else ""
    subject = f"({', '.join(element.name or _written(element.expr) for element in elements)})"
    return _duplicates(name_of(node.relation), subject, keys, condition, nulls=node.nulls_not_distinct)


def _key(element: Any) -> str:
    """What an index has as its key, under the collation that decides what is equal."""
    text = _name(element.name) if element.name else f"({_safe(_written(element.expr))})"
    if element.collation:
        text += " COLLATE " + ".".join(_name(each.string.sval) for each in element.collation)
    return text


def _duplicates(table: Name, subject: str, keys: Sequence[str], condition: str, *, nulls: bool) -> Question:
    conditions = [] if nulls else [f"{key} IS NOT NULL" for key in keys]
    if condition:
        conditions.append(f"({_safe(condition)})")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    query = f"SELECT FROM {{table}}{where} GROUP BY {', '.join(keys)} HAVING count(*) > 1"
    return Question(table, subject, TWICE, _counted(query))


def _orphans(table: Name, constraint: Any) -> Question:
    columns = [each.string.sval for each in constraint.fk_attrs]
    keys = [each.string.sval for each in constraint.pk_attrs]
    names = [f"t.{_name(column)}" for column in columns]
    there = " AND ".join(f"{name} IS NOT NULL" for name in names)
    same = "{keys}"
    if keys:
        same = " AND ".join(f"r.{_name(key)} = {name}" for key, name in zip(keys, names, strict=False))
    missing = f"NOT EXISTS (SELECT FROM {{other}} AS r WHERE {same})"  # quoted names, deparsed trees
    wrong = f"{there} AND {missing}"
    if constraint.fk_matchtype == "f" and len(names) > 1:
        # MATCH FULL: all of them, or none (manual, CREATE TABLE)
        wrong = f"num_nulls({', '.join(names)}) BETWEEN 1 AND {len(names) - 1} OR {wrong}"
    target = name_of(constraint.pktable)
    query = f"SELECT FROM {{table}} AS t WHERE {wrong}"
    trouble = f"rows whose {target} is missing"
    subject = f"({', '.join(columns)})"
    return Question(table, subject, trouble, _counted(query), other=target, keys=() if keys else tuple(columns))


def _conflicts(table: Name, constraint: Any) -> Iterator[Question]:
    """Pairs of rows that an EXCLUDE constraint does not let stand side by side."""
    pairs = []
    subjects = []
    for item in constraint.exclusions:
        element, operator = (each for each in item.list.items)
        if not element.index_elem.name:
            return  # an expression would have to be written once for each of the two rows
        words = [each.string.sval for each in operator.list.items]
        sign = f"OPERATOR({'.'.join([*(_name(each) for each in words[:-1]), words[-1]])})"
        name = _name(element.index_elem.name)
        pairs.append(f"a.{name} {sign} b.{name}")
        subjects.append(element.index_elem.name)
    condition = " AND ".join(["a.ctid < b.ctid", *pairs])
    query = f"SELECT FROM {{table}} AS a JOIN {{table}} AS b ON {condition}"  # quoted names
    if not constraint.HasField("where_clause"):
        yield Question(table, f"({', '.join(subjects)})", "pairs of rows that exclude each other", _counted(query))


def _casts(table: Name, column: str, definition: Any) -> Iterator[Question]:
    target = pb.Node()
    cast = target.type_cast
    cast.type_name.CopyFrom(definition.type_name)
    if definition.HasField("raw_default"):
        cast.arg.CopyFrom(definition.raw_default)
    else:
        cast.arg.column_ref.fields.add().string.sval = column
    value = f"({_safe(_written(cast.arg))})"
    name = type_name_of(definition.type_name).name
    modifiers = modifiers_of(definition.type_name)
    spatial = name in _SPATIAL
    wrong = "SRID, type or value" if spatial else "value"
    query = f"SELECT count({_safe(_written(target))}) * 0 FROM {{table}}"  # noqa: S608  # quoted names, deparsed trees
    subject = f"({column})"
    yield Question(table, subject, f"a {wrong} that the new type refuses", query)
    if name in {"varchar", "bpchar"} and modifiers and not definition.type_name.array_bounds:
        # an explicit cast cuts them, ALTER TABLE refuses them (manual, 8.3)
        longer = _counted(f"SELECT FROM {{table}} WHERE char_length(rtrim({value}::text, ' ')) > {modifiers[0]}")
        yield Question(table, subject, f"values longer than {modifiers[0]} characters", longer)
    if spatial:
        yield from _spatial(table, subject, value, modifiers)


def _spatial(table: Name, subject: str, value: str, modifiers: tuple[str, ...]) -> Iterator[Question]:
    """How many rows the cast of a geometry refuses, and for what; and what a later query may trip over."""
    value = f"{value}::geometry"
    shape = modifiers[0].upper() if modifiers else ""
    conditions = []
    if len(modifiers) > 1 and modifiers[1] != "0":
        conditions.append((f"st_srid({value}) <> {modifiers[1]}", f"geometries with another SRID than {modifiers[1]}"))
    if shape not in {"", "GEOMETRY"} and shape.isalpha():
        plain = shape.rstrip("ZM")
        conditions.append((f"rtrim(geometrytype({value}), 'ZM') <> '{plain}'", f"geometries that are no {plain}"))
    conditions.append((f"NOT st_isvalid({value})", "invalid geometries"))
    for condition, trouble in conditions:
        query = _counted(f"SELECT FROM {{table}} WHERE {condition}")
        yield Question(table, subject, trouble, query, fatal=False)


def _counted(query: str) -> str:
    return f"SELECT count(*) FROM ({query} LIMIT {LIMIT}) AS found"  # noqa: S608  # quoted names, deparsed trees


def _written(expression: Any) -> str:
    """An expression as PostgreSQL's own deparser writes it."""
    tree = postgast.parse("SELECT 1")
    tree.stmts[0].stmt.select_stmt.target_list[0].res_target.val.CopyFrom(expression)
    return str(postgast.deparse(tree)).removeprefix("SELECT ")


def _name(column: str) -> str:
    return _safe(identifier(column))


def _safe(text: str) -> str:
    """Text in which no brace is taken for a place holder."""
    return text.replace("{", "{{").replace("}", "}}")
