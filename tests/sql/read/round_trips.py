"""What a statement is said to define, held against a server's catalog after it ran."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from release.model import Name
from release.model.syntax import (
    ActionKind,
    AlterAction,
    AlterDomain,
    AlterEnum,
    AlterTable,
    ColumnSpec,
    CommentOn,
    ConstraintKind,
    ConstraintSpec,
    CreateComposite,
    CreateDomain,
    CreateEnum,
    CreateForeignTable,
    CreateIndex,
    CreateRange,
    CreateRoutine,
    CreateRule,
    CreateSchema,
    CreateStatistics,
    CreateTable,
    CreateTableAs,
    CreateTrigger,
    CreateView,
    DropObjects,
    GrantPrivileges,
    NamedObject,
    ObjectKind,
    ParameterMode,
    PolicyStatement,
    RenameObject,
    Select,
    SequenceStatement,
    SetSchema,
    Syntax,
    Target,
    TypeName,
)
from tests.sql.read.catalog_answers import Catalog, Constraint

A, C, K = ActionKind, ConstraintKind, ObjectKind
Wrong = Iterator[str]

DEFINITIONS = (
    *(CreateTable, CreateForeignTable, CreateTableAs, CreateView, CreateIndex, AlterTable, DropObjects, RenameObject),
    *(CommentOn, SetSchema, CreateEnum, AlterEnum, CreateComposite, CreateDomain, AlterDomain, CreateRange),
    *(SequenceStatement, CreateTrigger, PolicyStatement, CreateRule, CreateRoutine, NamedObject, CreateSchema),
    *(CreateStatistics, GrantPrivileges),
)
"""The classes of statements that are compared."""

_LETTERS = {C.CHECK: "c", C.PRIMARY: "p", C.UNIQUE: "u", C.EXCLUSION: "x", C.FOREIGN: "f"}
_SERIAL = {"serial": "int4", "bigserial": "int8", "smallserial": "int2"}
_STANDS_FOR = {"decimal": "numeric", "integer": "int4"}
_INPUTS = frozenset({ParameterMode.DEFAULT, ParameterMode.IN, ParameterMode.INOUT, ParameterMode.VARIADIC})
_PUBLIC = "public"


def _differs(what: str, said: object, found: object) -> Wrong:
    if said != found:
        yield f"{what}: {said!r} is said, {found!r} is there"


def _at(name: Name | None, schema: str) -> Name | None:
    return name and Name(name.name, name.schema or schema)


class RoundTrip:
    """What a statement says, against what a catalog says before it ran and afterwards."""

    def __init__(self, syntax: Syntax, catalog: Catalog, schema: str = _PUBLIC) -> None:
        self.syntax, self.catalog, self.schema = syntax, catalog, schema
        self.had = self._gone()

    def wrong(self) -> Wrong:
        """In which way the catalog says otherwise, now that the statement has run."""
        for kind, target, there in self.had:
            if not there and not self.syntax.if_exists:
                yield f"{kind} {target} was not there before"
            if self.catalog.has(kind, target, self.schema):
                yield f"{kind} {target} is still there"
        yield from self._of_relation()
        yield from self._of_type()
        yield from self._of_object()

    def _gone(self) -> list[tuple[ObjectKind, Target, bool]]:
        """What is no more under its name afterwards: its kind, and whether it is there now."""
        found: list[tuple[ObjectKind, Target]] = []
        match self.syntax:
            case DropObjects(kind=kind, targets=targets):
                found = [(kind, target) for target in targets]
            case RenameObject():
                found = [self._renamed(self.syntax, self.syntax.old, old=True)]
            case SetSchema(kind=kind, relation=relation, target=target, schema=schema) if schema:
                found = [(kind, Target(relation) if relation else target or Target(Name("")))]
            case _:
                pass
        return [(kind, target, self.catalog.has(kind, target, self.schema)) for kind, target in found]

    def _renamed(self, syntax: RenameObject, word: str, *, old: bool) -> tuple[ObjectKind, Target]:
        kind = K.COLUMN if syntax.kind is K.ATTRIBUTE else syntax.kind
        if kind in {K.COLUMN, K.TABCONSTRAINT, K.TRIGGER, K.POLICY, K.RULE} and syntax.relation:
            return kind, Target(Name(word), syntax.relation.name)
        if syntax.relation or syntax.target:
            named = syntax.relation.name if syntax.relation else syntax.target.name if syntax.target else Name("")
            arguments = syntax.target.arguments if syntax.target else None
            return kind, Target(named if old else Name(word, named.schema), arguments=arguments)
        return kind, Target(Name(word))

    # relations

    def _of_relation(self) -> Wrong:
        match self.syntax:
            case CreateTable() as table:
                yield from self._table(table, "p" if table.partitioned else "r")
            case CreateForeignTable(table=table):
                yield from self._table(table, "f")
            case CreateTableAs() as made:
                kind = "m" if made.materialized_view else "r"
                yield from self._relation(made.name, kind, made.persistence)
                populated = self.catalog.one("SELECT relispopulated FROM pg_class WHERE oid = %s", self._oid(made.name))
                if made.materialized_view:
                    yield from _differs("with data", (made.with_data,), populated)
            case Select(into=Name() as name, into_persistence=persistence):
                yield from self._relation(name, "r", persistence)
            case CreateView(name=name):
                yield from self._relation(name, "v")
            case CreateIndex() as index:
                yield from self._index(index)
            case SequenceStatement() as sequence:
                yield from self._relation(sequence.name, "S")
                owners = self.catalog.rows(
                    "SELECT relname, nspname FROM pg_depend JOIN pg_class AS c ON c.oid = refobjid"
                    " JOIN pg_namespace AS n ON n.oid = relnamespace WHERE objid = %s AND deptype = 'a'"
                    " AND refclassid = 'pg_class'::regclass",
                    self._oid(sequence.name),
                )
                owner = _at(sequence.owner, self.schema)
                yield from _differs("owner", [(owner.name, owner.schema)] if owner else [], owners)
            case AlterTable(kind=kind) as alter:
                if kind in {K.TABLE, K.TYPE}:
                    for action in alter.actions:
                        yield from self._action(alter, action)
            case _:
                return

    def _oid(self, name: Name) -> int:
        return self.catalog.relation(name, self.schema)

    def _relation(self, name: Name, kind: str, persistence: str = "p") -> Wrong:
        oid = self._oid(name)
        if not oid:
            yield f"there is no {name}"
            return
        found = self.catalog.one("SELECT relkind, relpersistence FROM pg_class WHERE oid = %s", oid)
        yield from _differs(f"kind of {name}", (kind, persistence), found)

    def _table(self, table: CreateTable, kind: str) -> Wrong:
        yield from self._relation(table.name, kind, table.persistence)
        oid = self._oid(table.name)
        found = self.catalog.one("SELECT relispartition, reloftype <> 0, reloptions FROM pg_class WHERE oid = %s", oid)
        options = [f"{each.name}={each.value}" for each in table.options] or None
        yield from _differs("partition, typed, options", (table.partition, table.typed, options), found)
        yield from _differs("parents", {_at(each, self.schema) for each in table.parents}, self.catalog.parents(oid))
        keys = {name for each in table.constraints if each.kind is C.PRIMARY for name in each.columns}
        for column in table.columns:
            yield from self._column(oid, column, keyed=column.name in keys)
        own = [*table.constraints]
        for column in table.columns:
            own += _of_column(column)
        yield from self._constraints(oid, own)
        if not table.likes and not table.parents and not table.typed:
            yield from _differs("columns", [each.name for each in table.columns], [*self.catalog.columns(oid)])

    def _column(self, oid: int, column: ColumnSpec, *, keyed: bool = False, null: bool = True) -> Wrong:
        found = self.catalog.columns(oid).get(column.name)
        if found is None:
            yield f"there is no column {column.name}"
            return
        kinds = {each.kind for each in column.constraints}
        serial = column.type is not None and column.type.name.name in _SERIAL
        if column.type:
            yield from self._type(column.type, (found.type, found.schema, found.array), found.modifiers)
        if null:
            certain = keyed or serial or bool(kinds & {C.NOTNULL, C.PRIMARY, C.IDENTITY})
            yield from _differs(f"NOT NULL of {column.name}", certain, found.not_null)
        identity, generated = column.constraint(C.IDENTITY), column.constraint(C.GENERATED)
        yield from _differs("default", serial or bool(kinds & {C.DEFAULT, C.GENERATED}), found.default)
        yield from _differs("identity", identity.generated_when if identity else "", found.identity)
        yield from _differs("generated", generated.generated_kind if generated else "", found.generated)

    def _type(self, kind: TypeName, found: tuple[str, str, bool], modifiers: tuple[str, ...] | None = None) -> Wrong:
        word = _SERIAL.get(kind.name.name, _STANDS_FOR.get(kind.name.name, kind.name.name))
        yield from _differs("type", (word, kind.array), (found[0], found[2]))
        if kind.builtin or kind.name.schema:
            yield from _differs("schema of a type", "pg_catalog" if kind.builtin else kind.name.schema, found[1])
        if modifiers is not None:
            written = kind.modifiers + (("0",) if word == "numeric" and len(kind.modifiers) == 1 else ())
            yield from _differs("modifiers", written, modifiers)

    def _constraints(self, oid: int, specs: list[ConstraintSpec]) -> Wrong:
        there = self.catalog.constraints(oid)
        wanted = [each for each in specs if each.kind in _LETTERS]
        kinds = sorted(_LETTERS[each.kind] for each in wanted)
        yield from _differs("constraints", kinds, sorted(each.kind for each in there))
        for spec in wanted:
            yield from self._constraint(spec, there)

    def _constraint(self, spec: ConstraintSpec, there: list[Constraint]) -> Wrong:
        if not any(not [*self._unlike(spec, each)] for each in there):
            closest = min(([*self._unlike(spec, each)] for each in there), key=len, default=["there is none"])
            yield f"constraint {spec.name} {spec.kind}: {'; '.join(closest)}"

    def _unlike(self, spec: ConstraintSpec, found: Constraint) -> Wrong:
        yield from _differs("kind", _LETTERS[spec.kind], found.kind)
        if spec.name or spec.index:
            yield from _differs("name", spec.name or spec.index, found.name)
        if spec.kind in {C.PRIMARY, C.UNIQUE, C.FOREIGN} and not spec.index:
            yield from _differs("columns", spec.columns, found.columns)
        if spec.kind is C.CHECK and spec.expression:
            yield from _differs("columns", {*spec.expression.columns}, {*found.columns})
        yield from _differs("deferrable", (spec.deferrable, spec.deferred), (found.deferrable, found.deferred))
        yield from _differs("valid", not spec.not_valid, found.valid)
        if spec.kind is C.CHECK:
            yield from _differs("NO INHERIT", spec.no_inherit, found.no_inherit)
        if spec.kind is C.FOREIGN:
            yield from _differs("target", _at(spec.target, self.schema), found.target)
            if spec.target_columns:
                yield from _differs("target's columns", spec.target_columns, found.target_columns)
            said = (spec.on_update or "a", spec.on_delete or "a", spec.match or "s")
            yield from _differs("actions", said, (found.on_update, found.on_delete, found.match))

    def _index(self, index: CreateIndex) -> Wrong:
        table = self._oid(index.table)
        named = [_at(Name(index.name, index.table.schema), self.schema)] if index.name else [None]
        found = self.catalog.rows(
            "SELECT relname, amname, indisunique, indpred IS NOT NULL, indnkeyatts,"
            " array(SELECT coalesce(attname::text, '') FROM unnest(indkey) WITH ORDINALITY AS k (number, place)"
            " LEFT JOIN pg_attribute ON attrelid = indrelid AND attnum = number AND number > 0 ORDER BY place)"
            " FROM pg_index JOIN pg_class AS c ON c.oid = indexrelid JOIN pg_am AS a ON a.oid = relam"
            " WHERE indrelid = %s AND NOT indisprimary ORDER BY c.oid DESC",
            table,
        )
        columns = [*(key.name for key in index.keys), *index.including]
        said = (index.method, index.unique, index.where is not None, len(index.keys), columns)
        if not any(row[1:] == said and (named == [None] or row[0] == index.name) for row in found):
            yield f"index {index.name} on {index.table}: {said} is said, {found} is there"

    # ALTER TABLE

    def _action(self, alter: AlterTable, action: AlterAction) -> Wrong:
        oid = self._oid(alter.relation.name)
        columns = self.catalog.columns(oid)
        flags = self.catalog.rows(
            "SELECT relrowsecurity, relforcerowsecurity, relpersistence, reloptions, rolname"
            " FROM pg_class JOIN pg_roles AS r ON r.oid = relowner WHERE pg_class.oid = %s",
            oid,
        )
        secured, forced, persistence, options, owner = flags[0]
        match action.kind:
            case A.ADD_COLUMN if action.column:
                yield from self._column(oid, action.column)
                for each in _of_column(action.column):
                    yield from self._constraint(each, self.catalog.constraints(oid))
            case A.DROP_COLUMN:
                yield from _differs("column", False, action.name in columns)
            case A.ALTER_COLUMN_TYPE if action.column and action.column.type:
                found = columns[action.name]
                yield from self._type(action.column.type, (found.type, found.schema, found.array), found.modifiers)
            case A.COLUMN_DEFAULT:
                yield from _differs("default", action.expression is not None, columns[action.name].default)
            case A.SET_NOT_NULL | A.DROP_NOT_NULL:
                yield from _differs("NOT NULL", action.kind is A.SET_NOT_NULL, columns[action.name].not_null)
            case A.ADD_IDENTITY if action.constraint:
                yield from _differs("identity", action.constraint.generated_when, columns[action.name].identity)
            case A.SET_IDENTITY:
                kinds = [chr(int(each.value or 0)) for each in action.options if each.name == "generated"]
                yield from _differs("identity", kinds, [columns[action.name].identity])
            case A.DROP_IDENTITY:
                yield from _differs("identity", "", columns[action.name].identity)
            case A.DROP_EXPRESSION:
                yield from _differs("generated", "", columns[action.name].generated)
            case A.ADD_CONSTRAINT if action.constraint:
                yield from self._constraint(action.constraint, self.catalog.constraints(oid))
            case A.VALIDATE_CONSTRAINT | A.DROP_CONSTRAINT:
                found_all = [each.valid for each in self.catalog.constraints(oid) if each.name == action.name]
                yield from _differs("constraint", [True] * (action.kind is A.VALIDATE_CONSTRAINT), found_all)
            case A.ENABLE_TRIG | A.DISABLE_TRIG | A.ENABLE_ALWAYS_TRIG | A.ENABLE_REPLICA_TRIG:
                letter = {A.ENABLE_TRIG: "O", A.DISABLE_TRIG: "D", A.ENABLE_ALWAYS_TRIG: "A"}.get(action.kind, "R")
                query = "SELECT tgenabled FROM pg_trigger WHERE tgrelid = %s AND tgname = %s"
                yield from _differs("trigger", [(letter,)], self.catalog.rows(query, oid, action.name))
            case A.ENABLE_RULE | A.DISABLE_RULE:
                letter = "O" if action.kind is A.ENABLE_RULE else "D"
                query = "SELECT ev_enabled FROM pg_rewrite WHERE ev_class = %s AND rulename = %s"
                yield from _differs("rule", [(letter,)], self.catalog.rows(query, oid, action.name))
            case A.ENABLE_ROW_SECURITY | A.DISABLE_ROW_SECURITY:
                yield from _differs("row security", action.kind is A.ENABLE_ROW_SECURITY, secured)
            case A.FORCE_ROW_SECURITY | A.NO_FORCE_ROW_SECURITY:
                yield from _differs("forced", action.kind is A.FORCE_ROW_SECURITY, forced)
            case A.SET_LOGGED | A.SET_UN_LOGGED:
                yield from _differs("persistence", "p" if action.kind is A.SET_LOGGED else "u", persistence)
            case A.SET_REL_OPTIONS:
                said = {f"{each.name}={each.value}" for each in action.options}
                yield from _differs("options", said, said & {*(options if isinstance(options, list) else ())})
            case A.RESET_REL_OPTIONS:
                yield from _differs("options", None, options)
            case A.CHANGE_OWNER:
                yield from _differs("owner", alter.contents.roles, (owner,))
            case A.ADD_INHERIT | A.DROP_INHERIT:
                inherits = _at(action.relation, self.schema) in self.catalog.parents(oid)
                yield from _differs("inherits", action.kind is A.ADD_INHERIT, inherits)
            case A.ATTACH_PARTITION | A.DETACH_PARTITION if action.relation:
                parents = self.catalog.parents(self._oid(action.relation))
                attached = _at(alter.relation.name, self.schema) in parents
                yield from _differs("attached", action.kind is A.ATTACH_PARTITION, attached)
            case A.ADD_OF | A.DROP_OF:
                typed = self.catalog.one("SELECT reloftype <> 0 FROM pg_class WHERE oid = %s", oid)
                yield from _differs("typed", (action.kind is A.ADD_OF,), typed)
            case A.CLUSTER_ON | A.DROP_CLUSTER:
                query = "SELECT relname FROM pg_index JOIN pg_class AS c ON c.oid = indexrelid"
                query += " WHERE indrelid = %s AND indisclustered"
                said_name = [(action.name,)] if action.kind is A.CLUSTER_ON else []
                yield from _differs("clustered", said_name, self.catalog.rows(query, oid))
            case A.SET_STATISTICS | A.SET_STORAGE | A.SET_OPTIONS | A.RESET_OPTIONS | A.REPLICA_IDENTITY:
                yield from _differs("column", True, not action.name or action.name in columns)
            case _:
                yield f"{action.kind} is not compared"

    # types

    def _of_type(self) -> Wrong:
        match self.syntax:
            case CreateEnum(name=name, labels=labels):
                yield from _differs("labels", labels, self._labels(name))
            case AlterEnum() as change:
                labels = self._labels(change.name)
                if change.old:
                    yield from _differs("old label", False, change.old in labels)
                yield from _differs("new label", True, change.new in labels)
                if change.neighbor:
                    beside = labels.index(change.new) + (-1 if change.after else 1)
                    yield from _differs("neighbor", change.neighbor, labels[beside])
            case CreateComposite(name=name, fields=fields):
                oid = self._oid(name)
                yield from _differs("fields", [each.name for each in fields], [*self.catalog.columns(oid)])
                for each in fields:
                    yield from self._column(oid, each)
            case CreateDomain() as domain:
                base, schema, array, null, default, count = self._domain(domain.name)
                yield from self._type(domain.type, (str(base), str(schema), bool(array)))
                kinds = [each.kind for each in domain.constraints]
                said = (C.NOTNULL in kinds, C.DEFAULT in kinds, kinds.count(C.CHECK))
                yield from _differs("domain", said, (null, default, count))
                names = {each.name for each in domain.constraints if each.kind is C.CHECK and each.name}
                query = "SELECT conname FROM pg_constraint WHERE contypid <> 0"
                yield from _differs("names", names, names & {row[0] for row in self.catalog.rows(query)})
            case AlterDomain(name=name, action=action):
                _, _, _, null, default, count = self._domain(name)
                told = {"O": null is True, "N": null is False, "C": count == 2, "X": count == 0, "V": True}
                yield from _differs(f"ALTER DOMAIN {action}", True, told.get(action, default is True))
            case CreateRange(name=name):
                query = "SELECT typtype FROM pg_type JOIN pg_namespace AS n ON n.oid = typnamespace"
                query += " WHERE typname = %s AND nspname = %s"
                found = self.catalog.rows(query, name.name, name.schema or self.schema)
                yield from _differs("range", [("r",)], found)
            case _:
                return

    def _labels(self, name: Name) -> tuple[str, ...]:
        query = "SELECT enumlabel FROM pg_enum JOIN pg_type AS t ON t.oid = enumtypid"
        query += " JOIN pg_namespace AS n ON n.oid = typnamespace WHERE typname = %s AND nspname = %s"
        rows = self.catalog.rows(f"{query} ORDER BY enumsortorder", name.name, name.schema or self.schema)
        return tuple(str(label) for (label,) in rows)

    def _domain(self, name: Name) -> tuple[object, ...]:
        return self.catalog.one(
            "SELECT b.typname, bn.nspname, b.typcategory = 'A', t.typnotnull, t.typdefault IS NOT NULL,"
            " (SELECT count(*) FROM pg_constraint WHERE contypid = t.oid AND contype = 'c')"
            " FROM pg_type AS t JOIN pg_namespace AS n ON n.oid = t.typnamespace JOIN pg_type AS b"
            " ON b.oid = t.typbasetype JOIN pg_namespace AS bn ON bn.oid = b.typnamespace"
            " WHERE t.typname = %s AND n.nspname = %s",
            name.name,
            name.schema or self.schema,
        )

    # all others

    def _of_object(self) -> Wrong:
        match self.syntax:
            case RenameObject() as rename:
                kind, target = self._renamed(rename, rename.new, old=False)
                yield from _differs(f"{target}", True, self.catalog.has(kind, target, self.schema))
            case SetSchema(kind=kind, relation=relation, target=target, schema=schema) if schema:
                moved = relation or (target.name if target else Name(""))
                arguments = target.arguments if target else None
                there = Target(Name(moved.name, schema), arguments=arguments)
                yield from _differs("moved", True, self.catalog.has(kind, there, self.schema))
            case CommentOn(label=False) as comment:
                yield from self._comment(comment)
            case CreateTrigger() as trigger:
                yield from self._trigger(trigger)
            case PolicyStatement(tag="CREATE POLICY") as policy:
                found = self.catalog.one(
                    "SELECT polpermissive, polcmd, array(SELECT rolname::text FROM pg_roles WHERE oid = ANY (polroles)"
                    ' ORDER BY rolname COLLATE "C") FROM pg_policy WHERE polrelid = %s AND polname = %s',
                    self._oid(policy.table),
                    policy.name,
                )
                letter = {"all": "*", "select": "r", "insert": "a", "update": "w", "delete": "d"}[policy.command]
                yield from _differs("policy", (policy.permissive, letter, [*(policy.roles or ())]), found)
            case PolicyStatement(name=name, table=table):
                there_now = self.catalog.has(K.POLICY, Target(Name(name), table), self.schema)
                yield from _differs("policy", True, there_now)
            case CreateRule(name=name, table=table):
                yield from _differs("rule", True, self.catalog.has(K.RULE, Target(Name(name), table), self.schema))
            case CreateRoutine() as routine:
                yield from self._routine(routine)
            case CreateSchema(name=name, elements=elements):
                yield from _differs("schema", True, self.catalog.has(K.SCHEMA, Target(Name(name))))
                for element in elements:
                    yield from RoundTrip(element, self.catalog, name).wrong()
            case NamedObject(word=word, name=name):
                kind = K.EXTENSION if word == "extension" else K.ROLE
                yield from _differs(word, True, self.catalog.has(kind, Target(Name(name))))
            case CreateStatistics(name=name, relations=relations):
                query = "SELECT stxrelid::int8 FROM pg_statistic_ext JOIN pg_namespace AS n ON n.oid = stxnamespace"
                query += " WHERE stxname = %s AND nspname = %s"
                found_on = self.catalog.rows(query, name.name, name.schema or self.schema)
                yield from _differs("statistics", [(self._oid(each.name),) for each in relations], found_on)
            case GrantPrivileges(grants=grants, relations=relations) as grant:
                query = "SELECT DISTINCT rolname FROM pg_class, aclexplode(relacl) AS a JOIN pg_roles AS r"
                query += " ON r.oid = a.grantee WHERE pg_class.oid = %s"
                for relation in relations:
                    having = {row[0] for row in self.catalog.rows(query, self._oid(relation))}
                    said = {*grant.contents.roles}
                    yield from _differs("grantees", said if grants else set(), said & having)
            case _:
                return

    def _comment(self, comment: CommentOn) -> Wrong:
        target = comment.target
        if comment.kind is K.COLUMN:
            assert target.parent
            query = (
                "SELECT description FROM pg_description JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid"
            )
            query += " WHERE attrelid = %s AND attname = %s"
            found = self.catalog.rows(query, self._oid(target.parent), target.name.name)
        else:
            yield from _differs("target", True, self.catalog.has(comment.kind, target, self.schema))
            query = "SELECT DISTINCT description FROM pg_description WHERE description = %s"
            found = self.catalog.rows(query, comment.text)
        yield from _differs("comment", [(comment.text,)] if comment.text else [], found)

    def _trigger(self, trigger: CreateTrigger) -> Wrong:
        found = self.catalog.one(
            "SELECT tgtype & 1, tgtype & 66, tgtype & 60, proname, n.nspname, coalesce(c.relname, '')"
            " FROM pg_trigger JOIN pg_proc AS p ON p.oid = tgfoid JOIN pg_namespace AS n ON n.oid = pronamespace"
            " LEFT JOIN pg_class AS c ON c.oid = tgconstrrelid WHERE tgrelid = %s AND tgname = %s",
            self._oid(trigger.table),
            trigger.name,
        )
        function = trigger.function
        said = (int(trigger.row), trigger.timing, trigger.events, function.name, function.schema or self.schema)
        yield from _differs("trigger", (*said, trigger.constrained.name if trigger.constrained else ""), found)

    def _routine(self, routine: CreateRoutine) -> Wrong:
        query = (
            "SELECT prokind, lanname, proretset, array_to_string(proconfig, ',') LIKE 'search\\_path=%%',"
            " array(SELECT e.typname::text FROM unnest(proargtypes) WITH ORDINALITY AS k (oid, place)"
            " JOIN pg_type AS t USING (oid) JOIN pg_type AS e"
            " ON e.oid = CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE t.oid END ORDER BY place),"
            " r.typname FROM pg_proc AS p JOIN pg_language AS l ON l.oid = prolang"
            " JOIN pg_namespace AS n ON n.oid = pronamespace JOIN pg_type AS r ON r.oid = prorettype"
            " WHERE proname = %s AND nspname = %s"
        )
        kind, language, several, path, types, returns = self.catalog.one(
            query, routine.name.name, routine.name.schema or self.schema
        )
        yield from _differs("kind", "p" if routine.procedure else "f", kind)
        yield from _differs("language", routine.body.language, language)
        inputs = [each.type.name.name for each in routine.parameters if each.mode in _INPUTS]
        yield from _differs("types", inputs, types)
        yield from _differs("fixed path", routine.fixed_path, bool(path))
        table = any(each.mode is ParameterMode.TABLE for each in routine.parameters)
        yield from _differs("several", table or (routine.returns is not None and routine.returns.setof), several)
        if routine.returns and not table:
            yield from _differs("returns", routine.returns.name.name, returns)


def _of_column(column: ColumnSpec) -> list[ConstraintSpec]:
    """Constraints that stand in a column, as those of a table: with their column, and what follows them."""
    found: list[ConstraintSpec] = []
    for each in column.constraints:
        if each.kind in _LETTERS:
            columns = () if each.kind is C.CHECK else (column.name,)
            found.append(replace(each, columns=columns))
        elif found and each.kind is C.ATTR_DEFERRABLE:
            found[-1] = replace(found[-1], deferrable=True)
        elif found and each.kind is C.ATTR_DEFERRED:
            found[-1] = replace(found[-1], deferrable=True, deferred=True)
    return found
