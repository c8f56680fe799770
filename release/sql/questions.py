"""What only the rows of a table can tell before a statement runs: whether it will be refused for what is stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import postgast
from postgast import pg_query_pb2 as pb

from release.sql.changes import name_of
from release.sql.names import CONSTRAINT, SUBCOMMAND
from release.sql.quote import dotted, identifier
from release.sql.split import tree

if TYPE_CHECKING:
    from collections.abc import Iterator

    from release.model import Name

LIMIT = 1000
"""A query stops counting there."""
_SPATIAL = frozenset({"geometry", "geography"})


@dataclass(frozen=True, slots=True)
class Question:
    """A query whose answer should be 0.

    Attributes:
        table: the table asked, as written.
        subject: what is asked about, e.g. "(name)".
        trouble: what a number above 0 counts.
        query: gives one number, of at most `LIMIT` rows; "{table}" stands for the table. For a cast it is the error
            that counts, and the number is 0.
        fatal: the statement would fail; False for what is worth knowing.
    """

    table: Name
    subject: str
    trouble: str
    query: str
    fatal: bool = True

    @property
    def columns(self) -> frozenset[str]:
        """Names of the columns that the query reads."""
        read = postgast.extract_columns(postgast.parse(self.query.format(table="t")))
        return frozenset(name.rpartition(".")[2] for name in read)


def questions_in(text: str) -> tuple[Question, ...]:
    """What to ask before a statement; nothing for one that no row can make fail."""
    node: Any = tree(text)
    match type(node).__name__:
        case "IndexStmt" if node.unique:
            return tuple(_duplicates_of_index(node))
        case "AlterTableStmt":
            table = name_of(node.relation)
            return tuple(each for item in node.cmds for each in _of_command(item.alter_table_cmd, table))
        case _:
            return ()


def _of_command(command: Any, table: Name) -> Iterator[Question]:
    key = SUBCOMMAND(command.subtype)
    definition = getattr(command, "def")
    if key == "AT_SetNotNull":
        yield _nulls(table, command.name)
    elif key == "AT_AlterColumnType":
        yield from _casts(table, command.name, definition.column_def)
    elif key == "AT_AddConstraint":
        constraint = definition.constraint
        keys = [each.string.sval for each in constraint.keys]
        match CONSTRAINT(constraint.contype):
            case "CONSTR_UNIQUE" | "CONSTR_PRIMARY" as kind if keys:
                yield _duplicates(table, keys, "")
                if kind == "CONSTR_PRIMARY":
                    yield from (_nulls(table, column) for column in keys)
            case "CONSTR_CHECK":
                expression = _written(constraint.raw_expr)
                name = f"({constraint.conname})" if constraint.conname else ""
                query = f"SELECT FROM {{table}} WHERE NOT ({_safe(expression)})"
                yield Question(table, name, "rows that violate the CHECK", _counted(query))
            case "CONSTR_FOREIGN" if constraint.pk_attrs:
                yield _orphans(table, constraint)


def _nulls(table: Name, column: str) -> Question:
    query = _counted(f"SELECT FROM {{table}} WHERE {_name(column)} IS NULL")
    return Question(table, f"({column})", "rows with NULL", query)


def _duplicates(table: Name, columns: list[str], condition: str) -> Question:
    names = [_name(column) for column in columns]
    conditions = [f"{name} IS NOT NULL" for name in names]
    if condition:
        conditions.append(f"({_safe(condition)})")
    where = " AND ".join(conditions)
    listed = ", ".join(names)
    query = f"SELECT FROM {{table}} WHERE {where} GROUP BY {listed} HAVING count(*) > 1"
    return Question(table, f"({', '.join(columns)})", "values that are there more than once", _counted(query))


def _duplicates_of_index(node: Any) -> Iterator[Question]:
    columns = [item.index_elem.name for item in node.index_params]
    if all(columns):
        condition = _written(node.where_clause) if node.HasField("where_clause") else ""
        yield _duplicates(name_of(node.relation), columns, condition)


def _orphans(table: Name, constraint: Any) -> Question:
    columns = [each.string.sval for each in constraint.fk_attrs]
    keys = [each.string.sval for each in constraint.pk_attrs]
    there = " AND ".join(f"t.{_name(column)} IS NOT NULL" for column in columns)
    same = " AND ".join(f"r.{_name(key)} = t.{_name(column)}" for key, column in zip(keys, columns, strict=False))
    target = name_of(constraint.pktable)
    referenced = _safe(dotted(target))
    query = f"SELECT FROM {{table}} AS t WHERE {there} AND NOT EXISTS (SELECT FROM {referenced} AS r WHERE {same})"  # noqa: S608  # quoted names, deparsed trees
    return Question(table, f"({', '.join(columns)})", f"rows whose {target} is missing", _counted(query))


def _casts(table: Name, column: str, definition: Any) -> Iterator[Question]:
    target = pb.Node()
    cast = target.type_cast
    cast.type_name.CopyFrom(definition.type_name)
    if definition.HasField("raw_default"):
        cast.arg.CopyFrom(definition.raw_default)
    else:
        cast.arg.column_ref.fields.add().string.sval = column
    spatial = definition.type_name.names[-1].string.sval in _SPATIAL
    wrong = "SRID, type or value" if spatial else "value"
    query = f"SELECT count({_safe(_written(target))}) * 0 FROM {{table}}"  # noqa: S608  # quoted names, deparsed trees
    yield Question(table, f"({column})", f"a {wrong} that the new type refuses", query)
    if spatial:
        invalid = _counted(f"SELECT FROM {{table}} WHERE NOT st_isvalid({_name(column)}::geometry)")
        yield Question(table, f"({column})", "invalid geometries", invalid, fatal=False)


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
