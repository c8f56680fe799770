"""From a parse tree to what the statement says: the one place where a statement of the line is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from postgast import nodes
from postgast import pg_query_pb2 as pb

from release.errors import SqlError
from release.model import Name
from release.model.syntax import (
    AlterDomain,
    AlterEnum,
    Body,
    BodyPiece,
    ChangeRows,
    ClusterTable,
    CommentOn,
    CopyRows,
    CreateComposite,
    CreateDomain,
    CreateEnum,
    CreateForeignTable,
    CreateRange,
    CreateRoutine,
    CreateRule,
    CreateSchema,
    CreateStatistics,
    CreateTableAs,
    CreateTrigger,
    CreateView,
    DiscardState,
    DoBlock,
    DropObjects,
    DropOwned,
    ExplainQuery,
    Expression,
    GrantPrivileges,
    LockTables,
    NamedObject,
    NamedQuery,
    ObjectKind,
    ParameterSpec,
    PolicyStatement,
    PublicationStatement,
    RefreshView,
    ReindexObject,
    RenameObject,
    Select,
    SequenceStatement,
    SetSchema,
    SetVariable,
    ShowVariable,
    SubscriptionStatement,
    Syntax,
    TransactionControl,
    TruncateTables,
    TypeName,
    VacuumTables,
)
from release.sql.read.bodies import body_text
from release.sql.read.contents import contents_of
from release.sql.read.expressions import call_of, expression_of, walk
from release.sql.read.inserted import inserted_rows
from release.sql.read.internals import message_of
from release.sql.read.names import (
    constant_of,
    name_of_relation,
    name_of_words,
    named_relation,
    options_of,
    relation_name,
    relation_names,
    target_of,
    type_of,
    words_of,
)
from release.sql.read.numbers import (
    discard_kind,
    number_of,
    object_kind,
    parameter_mode,
    reindex_kind,
    subscription_kind,
    transaction_kind,
    variable_kind,
)
from release.sql.read.queries import change_of, uses_in
from release.sql.read.splitting import cut
from release.sql.read.tables import alter_table, column_of, constraints_of, create_index, create_table
from release.sql.read.tag import command_tag

if TYPE_CHECKING:
    from release.model.syntax import Call, RelationUse
    from release.sql.read.common import Common
    from release.sql.read.splitting import CutStatement

_CASCADE = number_of("DROP_CASCADE")
_OF_RELATIONS = frozenset(
    {ObjectKind.COLUMN, ObjectKind.ATTRIBUTE}
)  # of others the parser leaves the first of all kinds
_DEEPEST = 10  # bodies inside bodies, for each of which the reading calls itself
_NO_TYPE = TypeName(Name(""))
_Changes = nodes.InsertStmt | nodes.UpdateStmt | nodes.DeleteStmt | nodes.MergeStmt


@dataclass(frozen=True, slots=True)
class ParsedStatement:
    """One statement of a text.

    Attributes:
        text: from its first to its last token; white space at line ends is gone outside quotes.
        comment: the comments that stand before it (after it, for the last), verbatim.
        syntax: what it says.
        digest: SHA-256 over its tokens, so layout and comments do not count.
    """

    text: str
    comment: str
    syntax: Syntax
    digest: str


def split(text: str, *, tidy: bool = False, unread: bool = False) -> tuple[ParsedStatement, ...]:
    """Cut a text into statements, and read each of them, once.

    Args:
        text: any SQL, with or without terminators; comments alone give no statement.
        tidy: indent with spaces instead of tabs; for text that a program laid out.
        unread: carry statements that the parser does not read; all that is known of them is their text.

    Raises:
        SqlError: PostgreSQL cannot parse it, or it holds what psql or the server would not take as SQL.
    """
    return tuple(
        ParsedStatement(each.text, each.comment, _syntax_in(each), each.digest)
        for each in cut(text, tidy=tidy, unread=unread)
    )


def statement_in(text: str) -> Syntax:
    """What the one statement of a text says.

    Raises:
        SqlError: PostgreSQL cannot parse it, or it is not exactly one statement.
    """
    found = cut(text)
    if len(found) != 1:
        raise SqlError(f"expected one statement, found {len(found)}")
    return _syntax_in(found[0])


def _syntax_in(found: CutStatement, depth: int = 0) -> Syntax:
    return _syntax_of(nodes.wrap(found.node), found.text, depth) if found.node else Syntax(node="")


def _syntax_of(node: nodes.AstNode, text: str, depth: int = 0) -> Syntax:
    """What a statement says, that stands inside of as many bodies as `depth` says."""
    common = _common(node, text)
    return (
        _of_session(node, common)  # of which a script is full
        or _of_relation(node, common)
        or _of_type(node, common)
        or _of_object(node, common)
        or _of_rows(node, common, text)
        or _of_upkeep(node, common)
        or _of_body(node, common, depth)
        or Syntax(**common)
    )


def _common(node: nodes.AstNode, text: str) -> Common:
    message = message_of(node)
    options = getattr(node, "options", None)  # of LIKE and others it is a number
    return {
        "node": message.DESCRIPTOR.name,
        "tag": command_tag(node),
        "contents": contents_of(node, text, _uses(node)),
        "options": options_of(options) if isinstance(options, list) else (),
        "if_not_exists": bool(getattr(node, "if_not_exists", False) or getattr(node, "replace", False)),
        "if_exists": bool(getattr(node, "missing_ok", False)),
    }


def _uses(node: nodes.AstNode) -> tuple[RelationUse | Call, ...]:
    """What the queries of a statement do to relations; those of its body and of a query inside are told there."""
    match node:
        case nodes.SelectStmt() | nodes.InsertStmt() | nodes.UpdateStmt() | nodes.DeleteStmt() | nodes.MergeStmt():
            return uses_in(node)
        case nodes.ViewStmt() | nodes.CreateTableAsStmt() | nodes.CopyStmt():
            return uses_in(node.query)
        case nodes.ExplainStmt() | nodes.PrepareStmt() | nodes.DeclareCursorStmt():
            return uses_in(node.query)
        case nodes.RuleStmt():
            return uses_in(*node.actions)
        case nodes.CreatePolicyStmt() | nodes.AlterPolicyStmt():
            return uses_in(node.qual, node.with_check)
        case nodes.CreateFunctionStmt():
            return uses_in(node.sql_body)
        case _:
            return ()


def _of_relation(node: nodes.AstNode, common: Common) -> Syntax | None:
    """Tables, views, indexes and sequences."""
    match node:
        case nodes.CreateStmt():
            return create_table(node, common)
        case nodes.CreateForeignTableStmt() if node.base_stmt:
            return CreateForeignTable(**common, table=create_table(node.base_stmt, common))
        case nodes.CreateTableAsStmt() if node.into and node.query:
            relation = node.into.rel
            return CreateTableAs(
                **common,
                name=name_of_relation(relation),
                materialized_view=object_kind(node.objtype) is ObjectKind.MATVIEW,
                query=_syntax_of(node.query, ""),
                extended=any(isinstance(each, nodes.DefElem) and each.defnamespace for each in node.into.options),
                with_data=not node.into.skip_data,
                persistence=relation.relpersistence if relation else "p",
            )
        case nodes.ViewStmt():
            return CreateView(**common, name=name_of_relation(node.view), replace=node.replace)
        case nodes.IndexStmt():
            return create_index(node, common)
        case nodes.AlterTableStmt():
            return alter_table(node, common)
        case nodes.CreateSeqStmt() | nodes.AlterSeqStmt():
            owner = next((each.words for each in common["options"] if each.name == "owned_by"), ())
            owning = name_of_words(owner[:-1]) if len(owner) > 1 else None  # OWNED BY NONE has no table
            return SequenceStatement(**common, name=name_of_relation(node.sequence), owner=owning)
        case nodes.CreateStatsStmt():
            name = name_of_words(words_of(node.defnames))
            return CreateStatistics(**common, name=name, relations=relation_names(node.relations))
        case _:
            return None


def _of_type(node: nodes.AstNode, common: Common) -> Syntax | None:
    """Enum, composite and range types, and domains."""
    match node:
        case nodes.CreateEnumStmt():
            return CreateEnum(**common, name=name_of_words(words_of(node.type_name)), labels=words_of(node.vals))
        case nodes.AlterEnumStmt():
            common["if_not_exists"] = node.skip_if_new_val_exists
            return AlterEnum(
                **common,
                name=name_of_words(words_of(node.type_name)),
                old=node.old_val,
                new=node.new_val,
                neighbor=node.new_val_neighbor,
                after=node.new_val_is_after,
            )
        case nodes.CompositeTypeStmt():
            columns = tuple(column_of(item) for item in node.coldeflist if isinstance(item, nodes.ColumnDef))
            return CreateComposite(**common, name=name_of_relation(node.typevar), fields=columns)
        case nodes.CreateDomainStmt():
            return CreateDomain(
                **common,
                name=name_of_words(words_of(node.domainname)),
                type=type_of(node.type_name) or _NO_TYPE,
                constraints=constraints_of(node.constraints),
            )
        case nodes.AlterDomainStmt():
            return AlterDomain(**common, name=name_of_words(words_of(node.type_name)), action=node.subtype)
        case nodes.CreateRangeStmt():
            return CreateRange(**common, name=name_of_words(words_of(node.type_name)))
        case _:
            return None


def _of_object(node: nodes.AstNode, common: Common) -> Syntax | None:
    """What is done to objects of any kind, and objects that belong to a relation or to the database."""
    match node:
        case nodes.DropStmt():
            kind = object_kind(node.remove_type)
            return DropObjects(
                **common,
                kind=kind,
                targets=tuple(target_of(item, kind) for item in node.objects),
                cascade=node.behavior == _CASCADE,
                concurrently=node.concurrent,
            )
        case nodes.RenameStmt():
            kind = object_kind(node.rename_type)
            return RenameObject(
                **common,
                kind=kind,
                relation_kind=object_kind(node.relation_type) if kind in _OF_RELATIONS else ObjectKind.UNKNOWN,
                relation=relation_name(node.relation) if named_relation(node.relation) else None,
                target=target_of(node.object, kind) if node.object else None,
                old=node.subname,
                new=node.newname,
            )
        case nodes.CommentStmt():
            kind = object_kind(node.objtype)
            return CommentOn(**common, kind=kind, target=target_of(node.object, kind), text=node.comment)
        case nodes.SecLabelStmt():
            kind = object_kind(node.objtype)
            target = target_of(node.object, kind)
            return CommentOn(**common, kind=kind, target=target, text=node.label, label=True)
        case nodes.AlterObjectSchemaStmt():
            kind = object_kind(node.object_type)
            return SetSchema(
                **common,
                kind=kind,
                relation=named_relation(node.relation),
                target=target_of(node.object, kind) if node.object else None,
                schema=node.newschema,
            )
        case nodes.AlterObjectDependsStmt():
            kind = object_kind(node.object_type)
            return SetSchema(
                **common,
                kind=kind,
                relation=named_relation(node.relation),
                target=target_of(node.object, kind) if node.object else None,
            )
        case nodes.CreateTrigStmt():
            return CreateTrigger(
                **common,
                name=node.trigname,
                table=name_of_relation(node.relation),
                function=name_of_words(words_of(node.funcname)),
                constrained=named_relation(node.constrrel),
                row=node.row,
                timing=node.timing,
                events=node.events,
            )
        case nodes.CreatePolicyStmt():
            names = [item.rolename for item in node.roles if isinstance(item, nodes.RoleSpec)]
            return PolicyStatement(
                **common,
                name=node.policy_name,
                table=name_of_relation(node.table),
                permissive=node.permissive,
                command=node.cmd_name,
                roles=tuple(sorted(names)) if all(names) else None,
            )
        case nodes.AlterPolicyStmt():
            return PolicyStatement(**common, name=node.policy_name, table=name_of_relation(node.table))
        case nodes.RuleStmt():
            return CreateRule(**common, name=node.rulename, table=name_of_relation(node.relation))
        case nodes.CreateSchemaStmt():
            elements = tuple(_syntax_of(item, "") for item in node.schema_elts)
            return CreateSchema(**common, name=node.schemaname, elements=elements)
        case nodes.CreateExtensionStmt() | nodes.AlterExtensionStmt():
            return NamedObject(**common, word="extension", name=node.extname)
        case nodes.CreateRoleStmt():
            return NamedObject(**common, word="role", name=node.role)
        case nodes.CreatePublicationStmt() | nodes.AlterPublicationStmt():
            items = [item.pubtable for item in node.pubobjects if isinstance(item, nodes.PublicationObjSpec)]
            named = [item.relation for item in items if item and named_relation(item.relation)]
            return PublicationStatement(
                **common,
                name=node.pubname,
                relations=tuple(relation_name(each) for each in named),
                everything=not node.pubobjects,
            )
        case nodes.CreateSubscriptionStmt():
            return SubscriptionStatement(**common, name=node.subname, conninfo=node.conninfo)
        case nodes.AlterSubscriptionStmt():
            kind_of = subscription_kind(node.kind)
            return SubscriptionStatement(**common, name=node.subname, kind=kind_of, conninfo=node.conninfo)
        case nodes.GrantStmt():
            tables = relation_names(node.objects)
            return GrantPrivileges(**common, grants=node.is_grant, relations=tuple(each.name for each in tables))
        case nodes.DropOwnedStmt():
            return DropOwned(**common, cascade=node.behavior == _CASCADE)
        case _:
            return None


def _of_rows(node: nodes.AstNode, common: Common, text: str) -> Syntax | None:
    """Queries, and what changes rows."""
    match node:
        case nodes.SelectStmt():
            into = node.into_clause.rel if node.into_clause else None
            values = [item.val for item in node.target_list if isinstance(item, nodes.ResTarget)]
            calls = tuple(call_of(value) for value in values if isinstance(value, nodes.FuncCall))
            lone = bool(values) and len(calls) == len(values) and not node.from_clause
            return Select(
                **common,
                into=named_relation(into),
                into_persistence=into.relpersistence if into else "p",
                locks=any(isinstance(each, pb.LockingClause) for each in walk(message_of(node))),
                only_calls=calls if lone else None,
            )
        case nodes.InsertStmt() | nodes.UpdateStmt() | nodes.DeleteStmt() | nodes.MergeStmt():
            return _change_rows(node, common)
        case nodes.CopyStmt():
            return CopyRows(
                **common,
                relation=named_relation(node.relation),
                reads=node.is_from,
                file=("|" if node.is_program else "") + node.filename,
            )
        case nodes.TruncateStmt():
            cascade = node.behavior == _CASCADE
            return TruncateTables(**common, relations=relation_names(node.relations), cascade=cascade)
        case nodes.LockStmt():
            return LockTables(**common, relations=relation_names(node.relations), mode=node.mode)
        case nodes.ExplainStmt() if node.query:
            option = next((each for each in common["options"] if each.name == "analyze"), None)
            return ExplainQuery(**common, query=_syntax_of(node.query, text), analyze=option is not None and option.on)
        case nodes.PrepareStmt() if node.query:
            return NamedQuery(**common, query=_syntax_of(node.query, text))
        case nodes.DeclareCursorStmt() if node.query:
            return NamedQuery(**common, query=_syntax_of(node.query, text), cursor=True)
        case _:
            return None


def _change_rows(node: _Changes, common: Common) -> ChangeRows:
    use = change_of(node).use
    targets = node.cols if isinstance(node, nodes.InsertStmt) else ()
    if isinstance(node, nodes.UpdateStmt):
        targets = node.target_list
    rows, from_query = 0, False
    columns = tuple(item.name for item in targets if isinstance(item, nodes.ResTarget))
    srids: tuple[str, ...] | None = ()
    if isinstance(node, nodes.InsertStmt) and isinstance(node.select_stmt, nodes.SelectStmt):
        rows = len(node.select_stmt.values_lists)
        from_query = not rows
        if name_of_relation(node.relation).name == "spatial_ref_sys":
            srids = _srids(node.select_stmt, columns.index("srid") if "srid" in columns else 0)
    return ChangeRows(
        **common,
        use=use,
        relation=relation_name(node.relation),
        columns=columns,
        from_query=from_query,
        rows=rows,
        assigned=_assigned(node) if isinstance(node, nodes.UpdateStmt) else (),
        where=expression_of(node.where_clause) if isinstance(node, nodes.UpdateStmt) else None,
        inserted=inserted_rows(node) if isinstance(node, nodes.InsertStmt) else None,
        srids=srids,
    )


def _assigned(node: nodes.UpdateStmt) -> tuple[tuple[str, Expression], ...]:
    if node.from_clause or node.with_clause or (node.relation and node.relation.alias):
        return ()
    found = []
    for item in node.target_list:
        if not isinstance(item, nodes.ResTarget) or item.indirection:
            return ()
        if isinstance(item.val, nodes.SetToDefault | nodes.MultiAssignRef):
            return ()
        value = expression_of(item.val)
        if value is None:
            return ()
        found.append((item.name, value))
    return tuple(found)


def _srids(query: nodes.SelectStmt, place: int) -> tuple[str, ...] | None:
    """The constants in one column of VALUES, or of a SELECT without FROM; None where there is anything else."""
    rows = [each.items for each in query.values_lists if isinstance(each, nodes.List)]
    if not rows and not query.from_clause:
        rows = [[each.val for each in query.target_list if isinstance(each, nodes.ResTarget) and each.val]]
    found = [constant_of(row[place]) if place < len(row) else None for row in rows]
    return tuple(each.text for each in found if each) if found and all(found) else None


def _of_upkeep(node: nodes.AstNode, common: Common) -> Syntax | None:
    """VACUUM and its kin."""
    match node:
        case nodes.VacuumStmt():
            tables = [item.relation for item in node.rels if isinstance(item, nodes.VacuumRelation)]
            relations = tuple(relation_name(each) for each in tables)
            return VacuumTables(**common, vacuum=node.is_vacuumcmd, relations=relations)
        case nodes.ClusterStmt():
            return ClusterTable(**common, relation=named_relation(node.relation))
        case nodes.ReindexStmt():
            option = next((each for each in options_of(node.params) if each.name == "concurrently"), None)
            return ReindexObject(
                **common,
                kind=reindex_kind(node.kind),
                relation=named_relation(node.relation),
                concurrently=option is not None and option.on,
            )
        case nodes.RefreshMatViewStmt():
            return RefreshView(
                **common,
                name=name_of_relation(node.relation),
                concurrently=node.concurrent,
                with_data=not node.skip_data,
            )
        case _:
            return None


def _of_session(node: nodes.AstNode, common: Common) -> Syntax | None:
    """Settings and transactions."""
    match node:
        case nodes.VariableSetStmt():
            constants = [constant_of(item) for item in node.args]
            return SetVariable(
                **common,
                kind=variable_kind(node.kind),
                name=node.name,
                local=node.is_local,
                values=tuple(each.text if each else "" for each in constants),
            )
        case nodes.VariableShowStmt():
            return ShowVariable(**common, name=node.name)
        case nodes.TransactionStmt():
            return TransactionControl(**common, kind=transaction_kind(node.kind), chain=node.chain)
        case nodes.DiscardStmt():
            return DiscardState(**common, kind=discard_kind(node.target))
        case _:
            return None


def _of_body(node: nodes.AstNode, common: Common, depth: int) -> Syntax | None:
    """Routines and DO blocks."""
    match node:
        case nodes.CreateFunctionStmt():
            parameters = [item for item in node.parameters if isinstance(item, nodes.FunctionParameter)]
            texts = next((each.words for each in common["options"] if each.name == "as"), ())
            return CreateRoutine(
                **common,
                name=name_of_words(words_of(node.funcname)),
                procedure=node.is_procedure,
                parameters=tuple(
                    ParameterSpec(parameter_mode(each.mode), type_of(each.arg_type) or _NO_TYPE) for each in parameters
                ),
                returns=type_of(node.return_type),
                texts=texts,
                fixed_path=any(_fixes_path(item) for item in node.options),
                body=_body(node, depth),
            )
        case nodes.DoStmt():
            return DoBlock(**common, body=_body(node, depth))
        case _:
            return None


def _body(node: nodes.CreateFunctionStmt | nodes.DoStmt, depth: int) -> Body:
    found = body_text(node)
    if depth == _DEEPEST:
        return Body(found.language, opaque="it is nested too deeply")
    pieces: list[BodyPiece] = []
    opaque = found.opaque
    for query in found.queries:
        try:
            pieces += [BodyPiece(each.text, _syntax_in(each, depth + 1)) for each in cut(query)]
        except SqlError as error:
            opaque = opaque or error.message
    return Body(
        found.language,
        tuple(pieces),
        found.types,
        checked=found.language == "sql",
        dynamic=found.dynamic,
        commits=found.commits,
        opaque=opaque,
    )


def _fixes_path(item: nodes.AstNode) -> bool:
    """Whether an option of CREATE FUNCTION is SET search_path."""
    match item:
        case nodes.DefElem(defname="set", arg=nodes.VariableSetStmt(name="search_path")):
            return True
        case _:
            return False
