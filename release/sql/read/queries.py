"""What queries do to relations: read, lock, change; and what they call, as they come upon it.

Names of common table expressions are no relations where they are in scope (manual 7.8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import nodes
from postgast import pg_query_pb2 as pb

from release.model.syntax import Call, RelationUse, Use
from release.sql.read.expressions import NODE_FIELDS, call_of, messages_below
from release.sql.read.internals import message_of
from release.sql.read.names import constant_of, name_of_relation

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from collections.abc import Set as AbstractSet

    from google.protobuf.message import Message

_Found = RelationUse | Call
_Names = frozenset[str]

_NOTHING: _Names = frozenset()
_EVERYTHING: _Names = frozenset({"*"})
"""What FOR UPDATE locks when it names nothing."""
_CHANGES = {
    nodes.InsertStmt: Use.INSERT,
    nodes.UpdateStmt: Use.UPDATE,
    nodes.DeleteStmt: Use.DELETE,
    nodes.MergeStmt: Use.MERGE,
}
_Change = nodes.InsertStmt | nodes.UpdateStmt | nodes.DeleteStmt | nodes.MergeStmt
_LEAVES = frozenset(
    {
        pb.A_Const, pb.ColumnRef, pb.TypeName, pb.IntoClause, pb.LockingClause,
        *(pb.String, pb.Integer, pb.Float, pb.Boolean, pb.BitString, pb.A_Star, pb.Alias),
    }
)  # fmt: skip
_LEAF_FIELDS = frozenset(NODE_FIELDS[kind] for kind in _LEAVES)
_TELLING = frozenset(
    {
        pb.RangeVar, pb.SelectStmt, pb.RangeSubselect, pb.JoinExpr, pb.FuncCall,
        *(pb.InsertStmt, pb.UpdateStmt, pb.DeleteStmt, pb.MergeStmt),
    }
)  # fmt: skip
"""Messages that do something, or order what others do; of all others, what stands below them does."""


def uses_in(*parts: nodes.AstNode | None) -> tuple[_Found, ...]:
    """What queries, or expressions that may hold one, do to relations, and what they call."""
    return tuple(found for part in parts if part is not None for found in _uses(message_of(part), _NOTHING, _NOTHING))


def _uses(message: Message, ctes: _Names, locked: _Names) -> Iterator[_Found]:
    """What a message does.

    Args:
        ctes: names of common table expressions in scope.
        locked: aliases that a FOR UPDATE around it locks; `_EVERYTHING` for all.
    """
    kind = type(message)
    if kind in _LEAVES:
        return
    if kind not in _TELLING:
        yield from _children(message, ctes, _NOTHING)
        return
    match nodes.wrap(message):
        case nodes.RangeVar() as relation:
            yield from _read(relation, ctes, locked)
        case nodes.SelectStmt() as select:
            yield from _select(select, message, ctes, locked)
        case nodes.RangeSubselect() as select:
            whole = _covers(locked, select.alias.aliasname if select.alias else "")
            yield from _part(select.subquery, ctes, _EVERYTHING if whole else _NOTHING)
        case nodes.JoinExpr() as join:
            yield from _part(join.larg, ctes, locked)
            yield from _part(join.rarg, ctes, locked)
            yield from _part(join.quals, ctes)
        case (nodes.InsertStmt() | nodes.UpdateStmt() | nodes.DeleteStmt() | nodes.MergeStmt()) as change:
            ctes = yield from _with(change.with_clause, ctes)
            yield change_of(change)
            yield from _children(message, ctes, {"relation", "with_clause"})
        case nodes.FuncCall() as call:
            yield call_of(call)
            yield from _children(message, ctes, {"funcname"})
        case _:
            pass


def change_of(node: _Change) -> RelationUse:
    """What a statement that changes rows does to its own relation."""
    every = isinstance(node, nodes.UpdateStmt | nodes.DeleteStmt) and _is_always_true(node.where_clause)
    relation = node.relation
    only = relation is not None and not relation.inh
    return RelationUse(_CHANGES[type(node)], name_of_relation(relation), only, every)


def _is_always_true(condition: nodes.AstNode | None) -> bool:
    """None at all, `true`, or two constants of which both are the same: `1 = 1`."""
    match condition:
        case None:
            return True
        case nodes.A_Const(val=nodes.Boolean(boolval=value)):
            return value
        case nodes.A_Expr(name=[nodes.String(sval="=")], lexpr=nodes.A_Const() as left, rexpr=nodes.A_Const() as right):
            return constant_of(left) == constant_of(right)
        case _:
            return False


def _part(node: nodes.AstNode | None, ctes: _Names, locked: _Names = _NOTHING) -> Iterator[_Found]:
    if node is not None:
        yield from _uses(message_of(node), ctes, locked)


def _children(message: Message, ctes: _Names, but: AbstractSet[str]) -> Iterator[_Found]:
    fields = message.ListFields()
    if but:
        fields = [(field, value) for field, value in fields if field.name not in but]
    for item in reversed(messages_below(fields, _LEAF_FIELDS)):
        yield from _uses(item, ctes, _NOTHING)


def _read(node: nodes.RangeVar, ctes: _Names, locked: _Names) -> Iterator[_Found]:
    if not node.schemaname and node.relname in ctes:
        return
    alias = node.alias.aliasname if node.alias else ""
    use = Use.LOCK if _covers(locked, alias or node.relname) else Use.READ
    yield RelationUse(use, name_of_relation(node), only=not node.inh)


def _covers(locked: _Names, alias: str) -> bool:
    return locked is _EVERYTHING or alias in locked


def _select(node: nodes.SelectStmt, message: Message, ctes: _Names, locked: _Names) -> Iterator[_Found]:
    ctes = yield from _with(node.with_clause, ctes)
    for clause in node.locking_clause:
        if isinstance(clause, nodes.LockingClause):
            locked = _locked(clause.locked_rels, locked)
    for item in node.from_clause:
        yield from _part(item, ctes, locked)
    yield from _children(message, ctes, {"from_clause", "with_clause", "into_clause", "locking_clause"})


def _locked(relations: Iterable[nodes.AstNode], locked: _Names) -> _Names:
    named = [each.relname for each in relations if isinstance(each, nodes.RangeVar)]
    return _EVERYTHING if not named or locked is _EVERYTHING else locked | set(named)


def _with(clause: nodes.WithClause | None, ctes: _Names) -> Generator[_Found, None, _Names]:
    """Yield what the WITH clause does; return the names in scope after it."""
    if clause is None:
        return ctes
    tables = [item for item in clause.ctes if isinstance(item, nodes.CommonTableExpr)]
    if clause.recursive:
        ctes = ctes | {table.ctename for table in tables}
    for table in tables:
        yield from _part(table.ctequery, ctes)
        ctes = ctes | {table.ctename}
    return ctes
