"""What of a statement came with a major version later than 13, from the table in `release.sql.facts.needs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import postgast
from google.protobuf.message import Message
from postgast import pg_query_pb2 as pb

from release.model import Need
from release.sql.facts.needs import ROWS, TABLE, Row
from release.sql.locks.forms import FIRST, FORMS
from release.sql.locks.matching import match_statement
from release.sql.read.bodies import body_of
from release.sql.read.enums import CONSTRAINT, OBJECT, SUBCOMMAND

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from release.sql.locks.hit import FormHit

_LIKE_ALL = 0x7FFFFFFF  # INCLUDING ALL asks for what there is (CREATE_TABLE_LIKE_ALL in nodes/parsenodes.h)
_LIKE_COMPRESSION = 1 << 1
_BUILT_IN = frozenset({"", "pg_catalog"})
_NUMBER_MARKS = ("0x", "0o", "0b", *(f"{digit}_" for digit in range(10)))
_ROLE = pb.ROLESPEC_CSTRING


def needs_of(node: Any, text: str, hits: Sequence[FormHit] = ()) -> tuple[Need, ...]:
    """What a statement needs that PostgreSQL 13 does not have; of its body too, as far as that can be read.

    Args:
        node: statement node as postgast gives it, unwrapped.
        text: the statement.
        hits: the rows of the table of forms that it matches, where they are known already.
    """
    found = dict.fromkeys(_needs(rows_of(node, text, hits), later=False))
    body = body_of(node, text)
    for piece in body.pieces:
        rows = rows_of(piece.node, piece.text)
        if not body.checked:  # there, old and new may be variables
            rows = [(row, count) for row, count in rows if row.key != "RETURNING OLD"]
        found.update(dict.fromkeys(_needs(rows, later=not body.checked)))
    types = [found_type for name in body.types for found_type in _one("type", name)]
    found.update(dict.fromkeys(_needs([(ROWS[key], count) for key, count in types], later=False)))
    return tuple(found)


def rows_of(node: Any, text: str, hits: Sequence[FormHit] = ()) -> list[tuple[Row, int]]:
    """The rows of the table that a statement uses outside its body, each with how many arguments a function gets."""
    found: dict[tuple[str, int], None] = {}
    for each in hits or match_statement(node):
        if FORMS[each.key].since > FIRST:
            found[f"form {each.key}", 0] = None
    numbers = False
    for field, message in walk(node):
        kind = type(message).__name__
        if kind in {"A_Const", "Integer", "Float"}:
            numbers = True
            continue
        for row in _PATTERNS.get(kind, ()):
            if _matches(message, row.key):
                found[row.key, 0] = None
        for finder in _FINDERS.get(kind, ()):
            for key, count in finder(message, field):
                found[key, count] = None
    if isinstance(node, pb.RuleStmt):  # whose old and new are its own
        found.pop(("RETURNING OLD", 0), None)
    if numbers and _has_new_number(text):
        found["number 0x", 0] = None
    return [(ROWS[key], count) for key, count in found]


def walk(node: Any) -> Iterator[tuple[str, Any]]:
    """Every message of a parse tree with the field that it stands in, unwrapped, parents first.

    As `postgast.walk`, but faster, and it does not look inside constants, of which the rows of an INSERT consist.
    """
    left: list[tuple[str, Any]] = [("", node)]
    while left:
        field, message = left.pop()
        yield field, message
        if type(message) is pb.A_Const:
            continue
        for described, value in message.ListFields():
            if described.message_type is None:
                continue
            name = described.name
            for item in (value,) if isinstance(value, Message) else value:
                if type(item) is pb.Node:
                    inner = item.WhichOneof("node")
                    if inner:
                        left.append((name, getattr(item, inner)))
                else:
                    left.append((name, item))


def _needs(rows: Iterable[tuple[Row, int]], *, later: bool) -> Iterator[Need]:
    for row, count in rows:
        kind, _, name = row.key.partition(" ")
        function = name.partition("/")[0] if kind == "function" and not row.parsed else ""
        yield Need(row.title, row.since, function, count, later and not row.parsed)


def _by_message() -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in TABLE:
        if " " not in row.key:
            found.setdefault(row.key.split(".")[0], []).append(row)
    return found


_PATTERNS = _by_message()
_FUNCTIONS: dict[str, list[Row]] = {}
for _row in TABLE:
    if _row.key.startswith("function "):
        _FUNCTIONS.setdefault(_row.key.removeprefix("function ").partition("/")[0], []).append(_row)


def _matches(message: Any, key: str) -> bool:
    """Whether a message has the field, option or value that a key names."""
    _, _, field = key.partition(".")
    if not field:
        return True
    field, _, option = field.partition(":")
    if option:
        option, _, wanted = option.partition("=")
        options = getattr(message, field)
        for item in options.list.items if hasattr(options, "list") else options:
            if item.def_elem.defname == option and wanted in {"", _spelled(item.def_elem)}:
                return True
        return False
    field, _, wanted = field.partition("=")
    value = getattr(message, field)
    if not wanted:
        return bool(message.HasField(field)) if hasattr(value, "DESCRIPTOR") else bool(value)
    described = type(message).DESCRIPTOR.fields_by_name[field].enum_type
    return bool((described.values_by_number[value].name if described else value) == wanted)


def _spelled(option: Any) -> str:
    """The value of an option, in lower case; "*" for a star."""
    match option.arg.WhichOneof("node"):
        case "string":
            return str(option.arg.string.sval).lower()
        case "type_name":
            return str(option.arg.type_name.names[-1].string.sval).lower()
        case "boolean":
            return "true" if option.arg.boolean.boolval else "false"
        case "a_star":
            return "*"
        case _:
            return ""


def _one(kind: str, name: str) -> Iterator[tuple[str, int]]:
    if f"{kind} {name}" in ROWS:
        yield f"{kind} {name}", 0


def _call(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    words = [item.string.sval for item in node.funcname]
    if (words[-2] if len(words) > 1 else "") not in _BUILT_IN:
        return
    count = len(node.args)
    for row in _FUNCTIONS.get(words[-1], ()):
        if not row.arguments or count in row.arguments:
            yield row.key, count
    # current_setting(name, true) is asked by those who know that it may be missing
    if (words[-1], count) in {("set_config", 3), ("current_setting", 1)}:
        yield from _one("setting", node.args[0].a_const.sval.sval.lower())


def _type(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    words = [item.string.sval for item in node.names]
    if not words or (words[-2] if len(words) > 1 else "") not in _BUILT_IN:
        return
    yield from _one("type", words[-1])
    if words[-1] == "numeric" and len(node.typmods) == 2:
        precision, scale = (_number(each) for each in node.typmods)
        if precision is not None and scale is not None and not 0 <= scale <= precision:
            yield "negative scale", 0


def _number(node: Any) -> int | None:
    match node.WhichOneof("node"):
        case "a_const" if node.a_const.WhichOneof("val") == "ival":
            return int(node.a_const.ival.ival)
        case "a_expr" if [word.string.sval for word in node.a_expr.name] == ["-"] and not node.a_expr.HasField("lexpr"):
            value = _number(node.a_expr.rexpr)
            return None if value is None else -value
        case _:
            return None


def _relation(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if node.schemaname in _BUILT_IN:
        yield from _one("relation", node.relname)


def _set(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    yield from _one("setting", node.name.lower())


def _role(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if node.roletype == _ROLE:
        yield from _one("role", node.rolename)


def _grant_role(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    for item in node.granted_roles:
        yield from _one("role", item.access_priv.priv_name)


def _grant(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if any(item.access_priv.priv_name.lower() == "maintain" for item in node.privileges):
        yield "privilege maintain", 0


def _default_privileges(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if OBJECT(node.action.objtype) == "OBJECT_LARGEOBJECT":
        yield "default privileges ON LARGE OBJECTS", 0


def _collate(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    yield from _one("collation", node.collname[-1].string.sval)


def _extension(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    yield from _one("extension", node.extname)


def _constraint(node: Any, field: str) -> Iterator[tuple[str, int]]:
    kind = CONSTRAINT(node.contype)
    if (kind in {"CONSTR_CHECK", "CONSTR_FOREIGN"} and not node.is_enforced) or kind == "CONSTR_ATTR_NOT_ENFORCED":
        yield "NOT ENFORCED", 0
    if kind == "CONSTR_ATTR_ENFORCED":
        yield "ENFORCED", 0
    if kind == "CONSTR_GENERATED" and node.generated_kind == "v":
        yield "generated VIRTUAL", 0
    if kind == "CONSTR_NOTNULL":
        if node.keys and field == "table_elts":
            yield "CONSTRAINT NOT NULL", 0
        if node.is_no_inherit:
            yield "NOT NULL NO INHERIT", 0


def _like(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if node.options != _LIKE_ALL and node.options & _LIKE_COMPRESSION:
        yield "LIKE INCLUDING COMPRESSION", 0


def _create_table(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if not node.HasField("partspec"):
        return
    if node.access_method:
        yield "partitioned table USING", 0
    if any(CONSTRAINT(item.constraint.contype) == "CONSTR_EXCLUSION" for item in node.table_elts):
        yield "partitioned table EXCLUDE", 0


def _foreign_table(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if any(item.WhichOneof("node") == "table_like_clause" for item in node.base_stmt.table_elts):
        yield "foreign table LIKE", 0


def _alter_table(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if OBJECT(node.objtype) == "OBJECT_SEQUENCE" and any(
        SUBCOMMAND(item.alter_table_cmd.subtype) in {"AT_SetLogged", "AT_SetUnLogged"} for item in node.cmds
    ):
        yield "sequence SET LOGGED", 0


def _subcommand(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    kind = SUBCOMMAND(node.subtype)
    if kind == "AT_SetAccessMethod" and not node.name:
        yield "AT_SetAccessMethod DEFAULT", 0
    if kind == "AT_SetStatistics" and not node.HasField("def"):
        yield "AT_SetStatistics DEFAULT", 0


def _alter_statistics(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if not node.HasField("stxstattarget"):
        yield "AlterStatsStmt DEFAULT", 0


def _sequence(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if node.sequence.relpersistence == "u":
        yield "sequence UNLOGGED", 0


def _index(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if node.access_method == "spgist" and node.index_including_params:
        yield "spgist INCLUDE", 0


def _index_element(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    name = node.opclass[-1].string.sval if node.opclass else ""
    if name.endswith("_bloom_ops"):
        yield "operator class bloom", 0
    if name.endswith("_minmax_multi_ops"):
        yield "operator class minmax_multi", 0


def _statistics(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if not node.defnames:
        yield "statistics without a name", 0


def _procedure(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    modes = [item.function_parameter.mode for item in node.parameters]
    if node.is_procedure and pb.FUNC_PARAM_OUT in modes:
        yield "procedure OUT", 0


def _define(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if OBJECT(node.kind) == "OBJECT_COLLATION":
        for item in node.definition:
            if item.def_elem.defname == "rules":
                yield "collation rules", 0
            if item.def_elem.defname == "provider" and _spelled(item.def_elem) == "builtin":
                yield "collation provider builtin", 0


def _operator(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if {item.def_elem.defname for item in node.options} & {"negator", "merges", "hashes"}:
        yield "AlterOperatorStmt.options:commutator", 0


def _vacuum(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if any(not item.vacuum_relation.relation.inh for item in node.rels if item.vacuum_relation.HasField("relation")):
        yield "VACUUM ONLY", 0


def _subscript(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    key = node.uidx.a_const
    if not node.is_slice and key.WhichOneof("val") == "sval" and not key.sval.sval.strip().lstrip("+-").isdigit():
        yield "subscript by key", 0


def _subquery(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    if not node.HasField("alias"):
        yield "RangeSubselect without alias", 0


def _returning(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    for column in postgast.find_nodes(node, pb.ColumnRef):
        fields: Any = column
        if len(fields.fields) > 1 and fields.fields[0].string.sval in {"old", "new"}:
            yield "RETURNING OLD", 0


def _changed_alias(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    """RETURNING old.x of a table that is called so is none of the new ones."""
    aliases = {each.aliasname for each in postgast.find_nodes(node, pb.Alias)}
    if not aliases & {"old", "new"} and not {node.relation.relname} & {"old", "new"}:
        yield from _returning(node.returning_clause, "")


def _copy(node: Any, _field: str) -> Iterator[tuple[str, int]]:
    options = {item.def_elem.defname: _spelled(item.def_elem) for item in node.options}
    if options.get("format", "text") == "text" and options.get("header", "false") not in {"false", "match"}:
        yield "COPY text HEADER", 0


_FINDERS: dict[str, tuple[Callable[[Any, str], Iterator[tuple[str, int]]], ...]] = {
    "A_Indices": (_subscript,),
    "AlterDefaultPrivilegesStmt": (_default_privileges,),
    "AlterOperatorStmt": (_operator,),
    "AlterStatsStmt": (_alter_statistics,),
    "AlterTableCmd": (_subcommand,),
    "AlterTableStmt": (_alter_table,),
    "CollateClause": (_collate,),
    "Constraint": (_constraint,),
    "CopyStmt": (_copy,),
    "CreateExtensionStmt": (_extension,),
    "CreateForeignTableStmt": (_foreign_table,),
    "CreateFunctionStmt": (_procedure,),
    "CreateSeqStmt": (_sequence,),
    "CreateStatsStmt": (_statistics,),
    "CreateStmt": (_create_table,),
    "DefineStmt": (_define,),
    "DeleteStmt": (_changed_alias,),
    "FuncCall": (_call,),
    "GrantRoleStmt": (_grant_role,),
    "GrantStmt": (_grant,),
    "IndexElem": (_index_element,),
    "IndexStmt": (_index,),
    "InsertStmt": (_changed_alias,),
    "MergeStmt": (_changed_alias,),
    "RangeSubselect": (_subquery,),
    "RangeVar": (_relation,),
    "RoleSpec": (_role,),
    "TableLikeClause": (_like,),
    "TypeName": (_type,),
    "UpdateStmt": (_changed_alias,),
    "VacuumStmt": (_vacuum,),
    "VariableSetStmt": (_set,),
}


def _has_new_number(text: str) -> bool:
    """Whether a number is written with another base, or with underscores."""
    lowered = text.lower()
    if not any(mark in lowered for mark in _NUMBER_MARKS):  # most texts; cutting one into tokens takes a while
        return False
    try:
        tokens = postgast.scan(text).tokens
    except postgast.PgQueryError:
        return False
    data = text.encode()
    for token in tokens:
        if token.token in (pb.ICONST, pb.FCONST):
            word = data[token.start : token.end].decode().lower()
            if "_" in word or word[:2] in {"0x", "0o", "0b"}:
                return True
    return False
