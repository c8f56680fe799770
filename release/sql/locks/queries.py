"""Relations that queries read, lock and change, and functions that change tables behind a SELECT.

Names of common table expressions are no relations where they are in scope (manual 7.8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import postgast

from release.model import Name
from release.sql.locks.hit import FormHit, at, hit
from release.sql.read.nodes import name_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

Names = frozenset[str]

NOTHING: Names = frozenset()
EVERYTHING: Names = frozenset({"*"})
"""What FOR UPDATE locks when it names nothing."""

SEQUENCE_FUNCTIONS = frozenset({"nextval", "setval"})
GEOMETRY_FUNCTIONS = frozenset(
    {"addgeometrycolumn", "dropgeometrycolumn", "dropgeometrytable", "updategeometrysrid", "populate_geometry_columns"}
)


def find_queries(node: Any, ctes: Names = NOTHING, locked: Names = NOTHING) -> Iterator[FormHit]:
    """Yield what a query, or any expression or list that may hold one, does to relations.

    Args:
        node: any message of the parse tree.
        ctes: names of common table expressions in scope.
        locked: aliases that a FOR UPDATE around `node` locks; EVERYTHING for all.
    """
    node = postgast.unwrap_node(node)
    match type(node).__name__:
        case "RangeVar":
            yield from _read(node, ctes, locked)
        case "SelectStmt":
            yield from _select(node, ctes, locked)
        case "RangeSubselect":
            yield from find_queries(
                node.subquery, ctes, EVERYTHING if _covers(locked, node.alias.aliasname) else NOTHING
            )
        case "JoinExpr":
            yield from find_queries(node.larg, ctes, locked)
            yield from find_queries(node.rarg, ctes, locked)
            yield from find_queries(node.quals, ctes)
        case "InsertStmt" | "UpdateStmt" | "DeleteStmt" | "MergeStmt" as kind:
            ctes = yield from _with(node, ctes)
            yield at(hit(kind, name_of(node.relation)), node.relation)
            yield from _children(node, ctes, {"relation", "with_clause"})
        case "FuncCall":
            yield from _call(node)
            yield from _children(node, ctes, {"funcname"})
        case "A_Const" | "ColumnRef" | "TypeName" | "IntoClause" | "LockingClause":
            return
        case _:
            yield from _children(node, ctes, set())


def _children(node: Any, ctes: Names, but: set[str]) -> Iterator[FormHit]:
    for field, value in node.ListFields():
        if field.message_type is None or field.name in but:
            continue
        if hasattr(value, "DESCRIPTOR"):
            yield from find_queries(value, ctes)
        else:
            for item in value:
                yield from find_queries(item, ctes)


def _read(node: Any, ctes: Names, locked: Names) -> Iterator[FormHit]:
    if not node.schemaname and node.relname in ctes:
        return
    name = name_of(node)
    if _covers(locked, node.alias.aliasname or node.relname):
        yield at(hit("SelectStmt FOR UPDATE", locked=name), node)
    else:
        yield at(hit("SelectStmt", read=name), node)


def _covers(locked: Names, alias: str) -> bool:
    return locked is EVERYTHING or alias in locked


def _select(node: Any, ctes: Names, locked: Names) -> Iterator[FormHit]:
    ctes = yield from _with(node, ctes)
    for clause in node.locking_clause:
        rels = clause.locking_clause.locked_rels
        locked = locked | {rel.range_var.relname for rel in rels} if rels and locked is not EVERYTHING else EVERYTHING
    for item in node.from_clause:
        yield from find_queries(item, ctes, locked)
    yield from _children(node, ctes, {"from_clause", "with_clause", "into_clause", "locking_clause"})


def _with(node: Any, ctes: Names) -> Generator[FormHit, None, Names]:
    """Yield what the WITH clause does; return the names in scope after it."""
    tables = [item.common_table_expr for item in node.with_clause.ctes]
    if node.with_clause.recursive:
        ctes = ctes | {table.ctename for table in tables}
    for table in tables:
        yield from find_queries(table.ctequery, ctes)
        ctes = ctes | {table.ctename}
    return ctes


def _call(node: Any) -> Iterator[FormHit]:
    function = node.funcname[-1].string.sval
    if function in SEQUENCE_FUNCTIONS and node.args:
        name = _written_name(node.args[0])
        yield hit("nextval", name)
    elif function in GEOMETRY_FUNCTIONS:
        yield _geometry_call(function, node.args)


def _geometry_call(function: str, args: Any) -> FormHit:
    """AddGeometryColumn(['catalog', ['schema',]] 'table', 'column', srid, …) and its like.

    The table comes last, or last but the column, of the leading string arguments; these are names, not identifiers:
    PostGIS quotes them. Populate_Geometry_Columns takes a regclass.
    """
    named = {
        arg.named_arg_expr.name: arg.named_arg_expr.arg for arg in args if arg.WhichOneof("node") == "named_arg_expr"
    }
    if function == "populate_geometry_columns":
        return hit(function, _written_name(args[0]) if args else None)
    strings: list[str] = []
    for arg in args:
        if arg.a_const.WhichOneof("val") != "sval":
            break
        strings.append(arg.a_const.sval.sval)
    if "table_name" in named:
        schema = named["schema_name"].a_const.sval.sval if "schema_name" in named else ""
        subject: Name | None = Name(named["table_name"].a_const.sval.sval, schema)
    else:
        before = strings if function == "dropgeometrytable" else strings[:-1]
        subject = Name(before[-1], before[-2] if len(before) > 1 else "") if before else None
    if function == "addgeometrycolumn":
        flag = named.get("use_typmod", args[-1] if args else None)
        if flag is not None and flag.a_const.WhichOneof("val") == "boolval" and not flag.a_const.boolval.boolval:
            function += " use_typmod false"
    return hit(function, subject)


def _written_name(arg: Any) -> Name | None:
    """The relation that a literal like 'public."Rooms"', cast to regclass or not, names; None if it is no literal."""
    if arg.WhichOneof("node") == "type_cast":
        arg = arg.type_cast.arg
    if arg.a_const.WhichOneof("val") != "sval":
        return None
    try:
        statements = postgast.parse(f"SELECT FROM {arg.a_const.sval.sval}").stmts
    except postgast.PgQueryError:
        return None
    tables = statements[0].stmt.select_stmt.from_clause
    return name_of(tables[0].range_var) if len(statements) == len(tables) == 1 else None
