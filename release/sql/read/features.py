"""What of a statement decides which servers take it: keys of the tables in `release.sql.versions`.

Each function takes what `release.sql.read.contents` comes upon in its one walk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

import postgast
from google.protobuf.message import Message
from postgast import nodes
from postgast import pg_query_pb2 as pb

from release.model.syntax import ConstraintKind, Feature, ObjectKind
from release.sql.read.expressions import walk
from release.sql.read.internals import message_of
from release.sql.read.names import listed_words, options_of, words_of
from release.sql.read.numbers import constraint_kind, number_of, object_kind
from release.sql.versions import TABLE
from release.sql.versions.changed import CHANGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from google.protobuf.descriptor import FieldDescriptor

    from release.model import Name
    from release.model.syntax import Call, Option, TypeName
    from release.sql.versions import ServerFeature

_LIKE_ALL = 0x7FFFFFFF  # INCLUDING ALL asks for what there is (CREATE_TABLE_LIKE_ALL in nodes/parsenodes.h)
_LIKE_COMPRESSION = 1 << 1
_BUILT_IN = frozenset({"", "pg_catalog"})
_NUMBER_MARK = re.compile(r"\b\d\w*_|\b0[xob]", re.IGNORECASE)
_NUMBERS = frozenset({pb.ICONST, pb.FCONST})
_ROLE = number_of("ROLESPEC_CSTRING")
_OUT = number_of("FUNC_PARAM_OUT")
_SET_ACCESS_METHOD, _SET_STATISTICS = number_of("AT_SetAccessMethod"), number_of("AT_SetStatistics")
_SET_LOGGED = frozenset({number_of("AT_SetLogged"), number_of("AT_SetUnLogged")})
_OLD_AND_NEW = frozenset({"old", "new"})
RETURNING_OLD = Feature("RETURNING OLD")


def _named(kind: str, keys: Iterable[str]) -> dict[str, str]:
    """Of the keys that are a kind and a name, e.g. "type int4multirange", those of a kind by their name."""
    return {key.removeprefix(f"{kind} "): key for key in keys if key.startswith(f"{kind} ")}


_KEYS = [row.key for row in TABLE]
_TYPES, _SETTINGS, _RELATIONS = _named("type", _KEYS), _named("setting", _KEYS), _named("relation", _KEYS)
_ROLES, _COLLATIONS, _EXTENSIONS = _named("role", _KEYS), _named("collation", _KEYS), _named("extension", _KEYS)


def _functions() -> dict[str, list[ServerFeature]]:
    found: dict[str, list[ServerFeature]] = {}
    for row in TABLE:
        if row.key.startswith("function "):
            found.setdefault(row.key.removeprefix("function ").partition("/")[0], []).append(row)
    return found


_FUNCTIONS = _functions()


def features_of_call(call: Call) -> Iterator[Feature]:
    name = call.name
    if name.schema not in _BUILT_IN:
        return
    count = len(call.arguments)
    for row in _FUNCTIONS.get(name.name, ()):
        if not row.arguments or count in row.arguments:
            yield Feature(row.key, count)
    setting = _asked_setting(call)
    if setting in _SETTINGS:
        yield Feature(_SETTINGS[setting])


def _asked_setting(call: Call) -> str:
    """The setting that a call needs; current_setting(name, true) is asked by those who know that it may be missing."""
    if (call.name.name, len(call.arguments)) in {("set_config", 3), ("current_setting", 1)}:
        return call.arguments[0].string.lower()
    return ""


def features_of_type(found: TypeName) -> Iterator[Feature]:
    if found.name.schema not in _BUILT_IN:
        return
    name = found.name.name
    if name in _TYPES:
        yield Feature(_TYPES[name])
    if name == "numeric" and len(found.modifiers) == 2 and all(_is_integer(each) for each in found.modifiers):
        precision, scale = map(int, found.modifiers)
        if not 0 <= scale <= precision:
            yield Feature("negative scale")


def _is_integer(text: str) -> bool:
    return text.removeprefix("-").isdecimal()


def features_of_relation(name: Name) -> Iterator[Feature]:
    if name.schema in _BUILT_IN and name.name in _RELATIONS:
        yield Feature(_RELATIONS[name.name])


def has_new_number(text: str) -> bool:
    """Whether a number is written with another base, or with underscores."""
    if not _NUMBER_MARK.search(text):  # most texts; cutting one into tokens takes a while
        return False
    try:
        tokens = postgast.scan(text).tokens
    except postgast.PgQueryError:
        return False
    data = text.encode()
    for token in tokens:
        if token.token in _NUMBERS:
            word = data[token.start : token.end].decode().lower()
            if "_" in word or word[:2] in {"0x", "0o", "0b"}:
                return True
    return False


class _Wanted(NamedTuple):
    """What a row asks of a field that is set.

    Attributes:
        option: that stands in its list; "" where none is asked for.
        value: of the option, in lower case, or of the field; "" for any.
    """

    key: str
    option: str
    value: str


def _rows_by_field() -> tuple[dict[object, str], dict[object, dict[str, list[_Wanted]]]]:
    """The rows whose key names a message, and those whose key names a field of one.

    Raises:
        AttributeError, KeyError: PostgreSQL's parser has no such message, or it no such field.
    """
    whole: dict[object, str] = {}
    fields: dict[object, dict[str, list[_Wanted]]] = {}
    for row in TABLE:
        if " " in row.key:
            continue
        message, _, rest = row.key.partition(".")
        kind = getattr(pb, message)
        if not rest:
            whole[kind] = row.key
            continue
        rest, _, value = rest.partition("=")
        field, _, option = rest.partition(":")
        name = kind.DESCRIPTOR.fields_by_name[field].name
        fields.setdefault(kind, {}).setdefault(name, []).append(_Wanted(row.key, option, value))
    return whole, fields


_WHOLE, _FIELDS = _rows_by_field()


def _of_field(field: FieldDescriptor, value: object, wanted: Sequence[_Wanted]) -> Iterator[Feature]:
    """The rows that want a field that is set to a value."""
    options: tuple[Option, ...] | None = None
    for each in wanted:
        if each.option:
            if options is None:
                options = _options(value)
            named = [option for option in options if option.name == each.option]
            if any(each.value in {"", (option.value or "").lower()} for option in named):
                yield Feature(each.key)
        elif each.value in {"", _spelled(field, value)}:
            yield Feature(each.key)


def _spelled(field: FieldDescriptor, value: object) -> str:
    """The name of an enumeration's value; a text itself."""
    if field.enum_type is not None and isinstance(value, int):
        return str(field.enum_type.values_by_number[value].name)
    return str(value)


def _options(value: object) -> tuple[Option, ...]:
    """The options in a field that is a list of them, or a node that is one."""
    if isinstance(value, Message):
        listed = nodes.wrap(value)
        return options_of(listed.items) if isinstance(listed, nodes.List) else ()
    return options_of(nodes.wrap(item) for item in value) if isinstance(value, Iterable) else ()


def features_of_message(message: Message, fields: Sequence[tuple[FieldDescriptor, object]]) -> Iterator[Feature]:
    """What a message itself is, has set, or means.

    Args:
        fields: those that are set, with their values.
    """
    kind = type(message)
    if kind in _WHOLE:
        yield Feature(_WHOLE[kind])
    wanted = _FIELDS.get(kind)
    if wanted:
        for field, value in fields:
            if field.name in wanted:
                yield from _of_field(field, value, wanted[field.name])
    finder = _FINDERS.get(kind)
    if finder:
        for key in finder(message):
            yield Feature(key)


def _known(keys: dict[str, str], name: str) -> Iterator[str]:
    if name in keys:
        yield keys[name]


def _set(message: Message) -> Iterator[str]:
    yield from _known(_SETTINGS, nodes.VariableSetStmt(message).name.lower())


def _role(message: Message) -> Iterator[str]:
    node = nodes.RoleSpec(message)
    if node.roletype == _ROLE:
        yield from _known(_ROLES, node.rolename)


def _grant_role(message: Message) -> Iterator[str]:
    for item in nodes.GrantRoleStmt(message).granted_roles:
        if isinstance(item, nodes.AccessPriv):
            yield from _known(_ROLES, item.priv_name)


def _grant(message: Message) -> Iterator[str]:
    privileges = nodes.GrantStmt(message).privileges
    if any(isinstance(item, nodes.AccessPriv) and item.priv_name.lower() == "maintain" for item in privileges):
        yield "privilege maintain"


def _default_privileges(message: Message) -> Iterator[str]:
    action = nodes.AlterDefaultPrivilegesStmt(message).action
    if action and object_kind(action.objtype) is ObjectKind.LARGEOBJECT:
        yield "default privileges ON LARGE OBJECTS"


def _collate(message: Message) -> Iterator[str]:
    yield from _known(_COLLATIONS, (words_of(nodes.CollateClause(message).collname) or ("",))[-1])


def _extension(message: Message) -> Iterator[str]:
    yield from _known(_EXTENSIONS, nodes.CreateExtensionStmt(message).extname)


def _constraint(message: Message) -> Iterator[str]:
    node = nodes.Constraint(message)
    match constraint_kind(node.contype):
        case ConstraintKind.CHECK | ConstraintKind.FOREIGN if not node.is_enforced:
            yield "NOT ENFORCED"
        case ConstraintKind.ATTR_NOT_ENFORCED:
            yield "NOT ENFORCED"
        case ConstraintKind.ATTR_ENFORCED:
            yield "ENFORCED"
        case ConstraintKind.GENERATED if node.generated_kind == "v":
            yield "generated VIRTUAL"
        case ConstraintKind.NOTNULL:
            if node.is_no_inherit:
                yield "NOT NULL NO INHERIT"
        case _:
            pass


def _like(message: Message) -> Iterator[str]:
    options = nodes.TableLikeClause(message).options
    if options != _LIKE_ALL and options & _LIKE_COMPRESSION:
        yield "LIKE INCLUDING COMPRESSION"


def _create_table(message: Message) -> Iterator[str]:
    node = nodes.CreateStmt(message)
    kinds = {constraint_kind(item.contype) for item in node.table_elts if isinstance(item, nodes.Constraint)}
    if ConstraintKind.NOTNULL in kinds:
        yield "CONSTRAINT NOT NULL"
    if node.partspec is None:
        return
    if node.access_method:
        yield "partitioned table USING"
    if ConstraintKind.EXCLUSION in kinds:
        yield "partitioned table EXCLUDE"


def _foreign_table(message: Message) -> Iterator[str]:
    base = nodes.CreateForeignTableStmt(message).base_stmt
    if base and any(isinstance(item, nodes.TableLikeClause) for item in base.table_elts):
        yield "foreign table LIKE"


def _alter_table(message: Message) -> Iterator[str]:
    node = nodes.AlterTableStmt(message)
    if object_kind(node.objtype) is ObjectKind.SEQUENCE and any(
        isinstance(item, nodes.AlterTableCmd) and item.subtype in _SET_LOGGED for item in node.cmds
    ):
        yield "sequence SET LOGGED"


def _subcommand(message: Message) -> Iterator[str]:
    node = nodes.AlterTableCmd(message)
    if node.subtype == _SET_ACCESS_METHOD and not node.name:
        yield "AT_SetAccessMethod DEFAULT"
    if node.subtype == _SET_STATISTICS and node.def_ is None:
        yield "AT_SetStatistics DEFAULT"


def _alter_statistics(message: Message) -> Iterator[str]:
    if nodes.AlterStatsStmt(message).stxstattarget is None:
        yield "AlterStatsStmt DEFAULT"


def _sequence(message: Message) -> Iterator[str]:
    sequence = nodes.CreateSeqStmt(message).sequence
    if sequence and sequence.relpersistence == "u":
        yield "sequence UNLOGGED"


def _index(message: Message) -> Iterator[str]:
    node = nodes.IndexStmt(message)
    if node.access_method == "spgist" and node.index_including_params:
        yield "spgist INCLUDE"


def _index_element(message: Message) -> Iterator[str]:
    name = (words_of(nodes.IndexElem(message).opclass) or ("",))[-1]
    if name.endswith("_bloom_ops"):
        yield "operator class bloom"
    if name.endswith("_minmax_multi_ops"):
        yield "operator class minmax_multi"


def _statistics(message: Message) -> Iterator[str]:
    if not nodes.CreateStatsStmt(message).defnames:
        yield "statistics without a name"


def _procedure(message: Message) -> Iterator[str]:
    node = nodes.CreateFunctionStmt(message)
    parameters = [item for item in node.parameters if isinstance(item, nodes.FunctionParameter)]
    if node.is_procedure and any(each.mode == _OUT for each in parameters):
        yield "procedure OUT"


def _define(message: Message) -> Iterator[str]:
    node = nodes.DefineStmt(message)
    if object_kind(node.kind) is ObjectKind.COLLATION:
        for option in options_of(node.definition):
            if option.name == "rules":
                yield "collation rules"
            if option.name == "provider" and (option.value or "").lower() == "builtin":
                yield "collation provider builtin"


def _operator(message: Message) -> Iterator[str]:
    options = options_of(nodes.AlterOperatorStmt(message).options)
    if {option.name for option in options} & {"negator", "merges", "hashes"}:
        yield "AlterOperatorStmt.options:commutator"


def _vacuum(message: Message) -> Iterator[str]:
    tables = [item.relation for item in nodes.VacuumStmt(message).rels if isinstance(item, nodes.VacuumRelation)]
    if any(each is not None and not each.inh for each in tables):
        yield "VACUUM ONLY"


def _subscript(message: Message) -> Iterator[str]:
    match nodes.A_Indices(message):
        case nodes.A_Indices(is_slice=False, uidx=nodes.A_Const(val=nodes.String(sval=key))):
            if not key.strip().lstrip("+-").isdigit():
                yield "subscript by key"
        case _:
            pass


def _subquery(message: Message) -> Iterator[str]:
    if nodes.RangeSubselect(message).alias is None:
        yield "RangeSubselect without alias"


def _changed_rows(message: Message) -> Iterator[str]:
    """RETURNING old.x of a table that is called so is none of the new ones."""
    match nodes.wrap(message):
        case (
            nodes.InsertStmt(returning_clause=nodes.ReturningClause() as returning, relation=relation)
            | nodes.UpdateStmt(returning_clause=nodes.ReturningClause() as returning, relation=relation)
            | nodes.DeleteStmt(returning_clause=nodes.ReturningClause() as returning, relation=relation)
            | nodes.MergeStmt(returning_clause=nodes.ReturningClause() as returning, relation=relation)
        ):
            names = {nodes.Alias(each).aliasname for each in walk(message) if type(each) is pb.Alias}
            names |= {relation.relname} if relation else set()
            if not names & _OLD_AND_NEW and any(_is_of_old(each) for each in walk(message_of(returning))):
                yield RETURNING_OLD.key
        case _:
            pass


def _is_of_old(message: Message) -> bool:
    """Whether it is a column of OLD or NEW."""
    if type(message) is not pb.ColumnRef:
        return False
    fields = nodes.ColumnRef(message).fields
    return len(fields) > 1 and bool(_OLD_AND_NEW.intersection(words_of(fields[:1])))


def _copy(message: Message) -> Iterator[str]:
    options = {option.name: (option.value or "").lower() for option in options_of(nodes.CopyStmt(message).options)}
    if options.get("format", "text") == "text" and options.get("header", "false") not in {"false", "match"}:
        yield "COPY text HEADER"


_FINDERS: dict[object, Callable[[Message], Iterator[str]]] = {
    pb.A_Indices: _subscript,
    pb.AlterDefaultPrivilegesStmt: _default_privileges,
    pb.AlterOperatorStmt: _operator,
    pb.AlterStatsStmt: _alter_statistics,
    pb.AlterTableCmd: _subcommand,
    pb.AlterTableStmt: _alter_table,
    pb.CollateClause: _collate,
    pb.Constraint: _constraint,
    pb.CopyStmt: _copy,
    pb.CreateExtensionStmt: _extension,
    pb.CreateForeignTableStmt: _foreign_table,
    pb.CreateFunctionStmt: _procedure,
    pb.CreateSeqStmt: _sequence,
    pb.CreateStatsStmt: _statistics,
    pb.CreateStmt: _create_table,
    pb.DefineStmt: _define,
    pb.DeleteStmt: _changed_rows,
    pb.GrantRoleStmt: _grant_role,
    pb.GrantStmt: _grant,
    pb.IndexElem: _index_element,
    pb.IndexStmt: _index,
    pb.InsertStmt: _changed_rows,
    pb.MergeStmt: _changed_rows,
    pb.RangeSubselect: _subquery,
    pb.RoleSpec: _role,
    pb.TableLikeClause: _like,
    pb.UpdateStmt: _changed_rows,
    pb.VacuumStmt: _vacuum,
    pb.VariableSetStmt: _set,
}

TELLING = frozenset({*_WHOLE, *_FIELDS, *_FINDERS})
"""The messages that `features_of_message` has anything to say about."""

_CHANGED = [change.key for change in CHANGES]
_GONE_FUNCTIONS, _GONE_SETTINGS = _named("function", _CHANGED), _named("setting", _CHANGED)
_GONE_EXTENSIONS = _named("extension", _CHANGED)
_GONE_COLUMNS = {tuple(name.split(".")): key for name, key in _named("column", _CHANGED).items()}
_CHANGED_RELATIONS = frozenset({"pg_constraint", *(relation for relation, _ in _GONE_COLUMNS)})
_ROLE_STATEMENTS = frozenset({pb.AlterRoleStmt, pb.AlterRoleSetStmt, pb.DropRoleStmt, pb.GrantRoleStmt})
_KEEPING = frozenset({pb.ViewStmt, pb.CreateTableAsStmt})
# Functions that took anyarray and anyelement before 14 (release notes of 14, E.8.2)
_OF_ARRAYS = frozenset(
    {
        "array_append", "array_cat", "array_position", "array_positions", "array_prepend", "array_remove",
        "array_replace", "width_bucket",
    }
)  # fmt: skip
_POLYMORPHIC = frozenset({"anyarray", "anyelement"})


def changes_of_statement(message: Message) -> Iterator[str]:
    """What is otherwise because of the kind of a statement."""
    if type(message) in _ROLE_STATEMENTS:
        yield "role statement"


def changes_of_call(call: Call, statement: Message) -> Iterator[str]:
    """What is otherwise because of a call in a statement."""
    if call.name.schema not in _BUILT_IN:
        return
    yield from _known(_GONE_FUNCTIONS, call.name.name)
    if call.name.name == "extract" and call.name.schema and type(statement) in _KEEPING:
        yield "extract kept"
    yield from _known(_GONE_SETTINGS, _asked_setting(call))


def changes_of_names(relations: Iterable[Name], columns: set[str]) -> Iterator[str]:
    """What is otherwise because of the relations and columns that a statement names."""
    known = {name.name for name in relations if name.schema in _BUILT_IN}
    if known.isdisjoint(_CHANGED_RELATIONS):
        return
    for (relation, column), key in _GONE_COLUMNS.items():
        if relation in known and column in columns:
            yield key
    if "pg_constraint" in known and "contype" not in columns:
        yield "pg_constraint"


def changes_of_message(message: Message) -> Iterator[str]:
    """What is otherwise because of what a message means."""
    return _CHANGE_FINDERS[type(message)](message)


def _prefix_operator(message: pb.A_Expr) -> Iterator[str]:
    if not message.HasField("lexpr") and listed_words(message.name) == ("!!",):
        yield "operator !!"


def _changed_setting(message: pb.VariableSetStmt | pb.VariableShowStmt) -> Iterator[str]:
    return _known(_GONE_SETTINGS, message.name.lower())


def _changed_extension(message: pb.CreateExtensionStmt) -> Iterator[str]:
    return _known(_GONE_EXTENSIONS, message.extname)


def _changed_table(message: pb.CreateStmt) -> Iterator[str]:
    if message.HasField("partspec") and message.relation.relpersistence == "u":
        yield "unlogged partitioned table"


def _changed_definition(message: Message) -> Iterator[str]:
    node = nodes.DefineStmt(message)
    kind = object_kind(node.kind)
    options = {option.name: option.value or "" for option in options_of(node.definition)}
    if kind is ObjectKind.OPERATOR:
        if "leftarg" in options and "rightarg" not in options:
            yield "operator postfix"
        sides = {options[side] for side in ("leftarg", "rightarg") if side in options}
        if options.get("function", options.get("procedure", "")) in _OF_ARRAYS and sides & _POLYMORPHIC:
            yield "operator of anyarray"
    of_arrays = options.get("sfunc") in _OF_ARRAYS and options.get("stype") in _POLYMORPHIC
    if kind is ObjectKind.AGGREGATE and of_arrays:
        yield "aggregate of anyarray"


_CHANGE_FINDERS: dict[object, Callable[[Message], Iterator[str]]] = {
    pb.A_Expr: _prefix_operator,
    pb.CreateExtensionStmt: _changed_extension,
    pb.CreateStmt: _changed_table,
    pb.DefineStmt: _changed_definition,
    pb.VariableSetStmt: _changed_setting,
    pb.VariableShowStmt: _changed_setting,
}

CHANGING = frozenset(_CHANGE_FINDERS)
"""The messages that `changes_of_message` has anything to say about."""
