"""What a statement says: a class for each kind that later stages ask about, `Syntax` itself for all others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from release.model.facts import UNREAD
from release.model.syntax.definition import ColumnSpec, ConstraintSpec
from release.model.syntax.expression import Contents

if TYPE_CHECKING:
    from release.model.facts import Name
    from release.model.syntax.definition import AlterAction, IndexKey, Option, ParameterSpec
    from release.model.syntax.enums import (
        DiscardKind,
        ObjectKind,
        ReindexKind,
        SubscriptionKind,
        TransactionKind,
        VariableKind,
    )
    from release.model.syntax.expression import Call, Expression, TypeName, Use


_NOTHING = Contents()


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """A statement, read once.

    An instance of this class itself is opaque: its tag and what stands in it is all that is known.

    Attributes:
        node: name of its node in PostgreSQL's parse trees, e.g. "AlterRoleStmt"; "" where the parser does not know it.
        tag: the command tag that psql prints, e.g. "CREATE INDEX"; `UNREAD` where the parser does not know it.
        contents: what stands anywhere in it.
        options: its list of options.
        if_not_exists: it says IF NOT EXISTS or OR REPLACE: what is there already does not make it fail.
        if_exists: it says IF EXISTS: what is not there does not make it fail.
    """

    node: str
    tag: str = UNREAD
    contents: Contents = _NOTHING
    options: tuple[Option, ...] = ()
    if_not_exists: bool = False
    if_exists: bool = False

    def option(self, name: str) -> Option | None:
        """Its first option of a name."""
        return next((each for each in self.options if each.name == name), None)


@dataclass(frozen=True, slots=True)
class RelationName:
    """A relation as a statement names it."""

    name: Name
    only: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """An object that a statement names by its kind.

    Attributes:
        parent: the table of a column, constraint, trigger, policy or rule.
        arguments: types of a routine's arguments, spelled as format_type does, "" where only a server can tell; None
            where the statement names none, or it is no routine.
    """

    name: Name
    parent: Name | None = None
    arguments: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class BodyPiece:
    """A statement, or an expression as the SELECT of it, in a body."""

    text: str
    syntax: Syntax


@dataclass(frozen=True, slots=True)
class Body:
    """What a function, procedure or DO block holds in a text of its own.

    A body that is SQL itself (RETURN, BEGIN ATOMIC) is none: what stands in it is among the contents of its statement.

    Attributes:
        language: lower case.
        pieces: its statements; an expression is one that selects it.
        types: of its variables; of a row type, the table.
        checked: names in it are looked up when it is created; else only its syntax is.
        dynamic: it runs SQL that it puts together (EXECUTE), of which nothing is known.
        commits: it ends transactions: COMMIT or ROLLBACK.
        opaque: why not all of it is known; "" where all of it was read.
    """

    language: str
    pieces: tuple[BodyPiece, ...] = ()
    types: tuple[TypeName, ...] = ()
    checked: bool = False
    dynamic: bool = False
    commits: bool = False
    opaque: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTable(Syntax):
    """CREATE TABLE.

    Attributes:
        elements: columns and table constraints, in the order of the statement.
        likes: tables that LIKE copies.
        parents: of INHERITS or PARTITION OF.
        partition, partitioned: it is one; it has some.
        typed: OF a type.
        persistence: "p" permanent, "u" unlogged, "t" temporary.
    """

    name: Name
    elements: tuple[ColumnSpec | ConstraintSpec, ...] = ()
    likes: tuple[Name, ...] = ()
    parents: tuple[Name, ...] = ()
    partition: bool = False
    partitioned: bool = False
    typed: bool = False
    persistence: str = "p"

    @property
    def columns(self) -> tuple[ColumnSpec, ...]:
        return tuple(each for each in self.elements if isinstance(each, ColumnSpec))

    @property
    def constraints(self) -> tuple[ConstraintSpec, ...]:
        """Those of the table, not those that stand in columns."""
        return tuple(each for each in self.elements if isinstance(each, ConstraintSpec))


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateForeignTable(Syntax):
    table: CreateTable


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTableAs(Syntax):
    """CREATE TABLE … AS and CREATE MATERIALIZED VIEW.

    Attributes:
        query: a SELECT, or an EXECUTE.
        extended: it has an option of an extension, e.g. WITH (timescaledb.continuous).
    """

    name: Name
    materialized_view: bool
    query: Syntax
    extended: bool = False
    with_data: bool = True
    persistence: str = "p"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateView(Syntax):
    name: Name
    replace: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateIndex(Syntax):
    """CREATE INDEX.

    Attributes:
        name: "" where its author leaves it to the server.
        only: the partitions of the table get none.
    """

    name: str
    table: Name
    only: bool = False
    method: str = "btree"
    unique: bool = False
    keys: tuple[IndexKey, ...] = ()
    including: tuple[str, ...] = ()
    where: Expression | None = None
    concurrently: bool = False
    nulls_not_distinct: bool = False

    @property
    def named_columns(self) -> tuple[str, ...]:
        """Columns of its table that it names, wherever; it goes when one of them goes."""
        found = [key.name for key in self.keys if key.name]
        found += self.including
        for each in (*(key.expression for key in self.keys), self.where):
            found += each.columns if each else ()
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterTable(Syntax):
    """ALTER TABLE, and ALTER of other relations and of composite types, which PostgreSQL treats alike."""

    kind: ObjectKind
    relation: RelationName
    actions: tuple[AlterAction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DropObjects(Syntax):
    kind: ObjectKind
    targets: tuple[Target, ...] = ()
    cascade: bool = False
    concurrently: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RenameObject(Syntax):
    """ALTER … RENAME.

    Attributes:
        relation_kind: of a relation that has a column or attribute that is renamed; unknown of all others.
        relation: that is renamed, or that has the column, constraint, trigger, policy or rule that is.
        target: of all other kinds, but for those that only have a word for a name (a role, a database).
        old: the name of a column and the like, or of what only has a word for a name; else "".
    """

    kind: ObjectKind
    relation_kind: ObjectKind
    relation: RelationName | None
    target: Target | None
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentOn(Syntax):
    """COMMENT and SECURITY LABEL; a text of "" takes it away."""

    kind: ObjectKind
    target: Target
    text: str
    label: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSchema(Syntax):
    """ALTER … SET SCHEMA and ALTER … DEPENDS ON EXTENSION.

    Attributes:
        schema: "" of DEPENDS ON.
    """

    kind: ObjectKind
    relation: Name | None
    target: Target | None
    schema: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateEnum(Syntax):
    name: Name
    labels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterEnum(Syntax):
    """ALTER TYPE … ADD VALUE, and RENAME VALUE, which has an old one."""

    name: Name
    old: str
    new: str
    neighbor: str = ""
    after: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateComposite(Syntax):
    name: Name
    fields: tuple[ColumnSpec, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateDomain(Syntax):
    name: Name
    type: TypeName
    constraints: tuple[ConstraintSpec, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AlterDomain(Syntax):
    """ALTER DOMAIN.

    Attributes:
        action: the letter of AlterDomainStmt in nodes/parsenodes.h: "T" default, "N" drop and "O" set NOT NULL,
            "C" add, "X" drop and "V" validate a constraint.
    """

    name: Name
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRange(Syntax):
    name: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceStatement(Syntax):
    """CREATE SEQUENCE and ALTER SEQUENCE.

    Attributes:
        owner: the table of OWNED BY.
    """

    name: Name
    owner: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTrigger(Syntax):
    """CREATE TRIGGER.

    Attributes:
        constrained: the table of FROM, of a constraint trigger.
        timing, events: bits of TRIGGER_TYPE in catalog/pg_trigger.h.
    """

    name: str
    table: Name
    function: Name
    constrained: Name | None = None
    row: bool = False
    timing: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyStatement(Syntax):
    """CREATE POLICY and ALTER POLICY.

    Attributes:
        roles: named ones, sorted; None where others are among them (PUBLIC, CURRENT_USER).
        command: "all", "select", …
    """

    name: str
    table: Name
    permissive: bool = True
    command: str = ""
    roles: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRule(Syntax):
    name: str
    table: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRoutine(Syntax):
    """CREATE FUNCTION and CREATE PROCEDURE.

    Attributes:
        returns: None where it says none.
        texts: after AS: the body, or an object file and a symbol.
        fixed_path: it says SET search_path.
    """

    name: Name
    procedure: bool
    parameters: tuple[ParameterSpec, ...] = ()
    returns: TypeName | None = None
    texts: tuple[str, ...] = ()
    fixed_path: bool = False
    body: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class DoBlock(Syntax):
    body: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedObject(Syntax):
    """CREATE, or ALTER, of something that has no more to it here than a word for a name.

    Attributes:
        word: its kind in lower case: "extension", "publication", "subscription", "role".
    """

    word: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateSchema(Syntax):
    name: str
    elements: tuple[Syntax, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationStatement(Syntax):
    """CREATE PUBLICATION and ALTER PUBLICATION.

    Attributes:
        everything: it names nothing to publish: all tables, or none yet.
    """

    name: str
    relations: tuple[RelationName, ...] = ()
    everything: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionStatement(Syntax):
    """CREATE SUBSCRIPTION, and ALTER SUBSCRIPTION, which has a kind."""

    name: str
    kind: SubscriptionKind | None = None
    conninfo: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateStatistics(Syntax):
    name: Name
    relations: tuple[RelationName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Select(Syntax):
    """SELECT, VALUES and TABLE.

    Attributes:
        into: the table that INTO makes.
        locks: it says FOR UPDATE or the like, anywhere.
        only_calls: where it has no FROM and selects nothing but calls: these; else None.
    """

    into: Name | None = None
    into_persistence: str = "p"
    locks: bool = False
    only_calls: tuple[Call, ...] | None = None


@dataclass(frozen=True, slots=True)
class InsertedRows:
    """What an INSERT is given.

    Attributes:
        query: as PostgreSQL's own deparser writes it.
        width: how many columns it has.
        yields: ON CONFLICT: a key that is there does not make it fail.
    """

    query: str
    width: int
    yields: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRows(Syntax):
    """INSERT, UPDATE, DELETE and MERGE.

    Attributes:
        columns: that it names as its targets.
        from_query: an INSERT takes its rows from a query, not from VALUES.
        rows: how many an INSERT writes down.
        assigned: of an UPDATE of one table without an alias: its columns, each with its new value; none where one of
            them has no value of its own (DEFAULT, a row of several).
        where: the condition of an UPDATE.
        inserted: the rows of an INSERT, where a query alone can give them.
        srids: that an INSERT into spatial_ref_sys defines, as numbers; None where only a server can tell.
    """

    use: Use
    relation: RelationName
    columns: tuple[str, ...] = ()
    from_query: bool = False
    rows: int = 0
    assigned: tuple[tuple[str, Expression], ...] = ()
    where: Expression | None = None
    inserted: InsertedRows | None = None
    srids: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyRows(Syntax):
    """COPY.

    Attributes:
        relation: None where a query is copied.
        file: of the server; a leading "|" marks a program; "" where the rows come from, or go to, the client.
    """

    relation: Name | None
    reads: bool
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TruncateTables(Syntax):
    relations: tuple[RelationName, ...] = ()
    cascade: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LockTables(Syntax):
    """LOCK TABLE.

    Attributes:
        mode: 1 for ACCESS SHARE to 8 for ACCESS EXCLUSIVE (storage/lockdefs.h).
    """

    relations: tuple[RelationName, ...] = ()
    mode: int = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class VacuumTables(Syntax):
    """VACUUM, and ANALYZE."""

    vacuum: bool
    relations: tuple[RelationName, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterTable(Syntax):
    relation: Name | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReindexObject(Syntax):
    kind: ReindexKind
    relation: Name | None = None
    concurrently: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshView(Syntax):
    name: Name
    concurrently: bool = False
    with_data: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantPrivileges(Syntax):
    """GRANT and REVOKE on objects; relations where it names any."""

    grants: bool
    relations: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariable(Syntax):
    """SET, RESET and SET TRANSACTION.

    Attributes:
        name: as written; "" of RESET ALL.
        values: what it is set to, each as text; what is no constant is "".
    """

    kind: VariableKind
    name: str = ""
    local: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowVariable(Syntax):
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionControl(Syntax):
    """BEGIN, COMMIT, SAVEPOINT and the like.

    Attributes:
        chain: it says AND CHAIN: another transaction begins at once.
    """

    kind: TransactionKind
    chain: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscardState(Syntax):
    kind: DiscardKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainQuery(Syntax):
    query: Syntax
    analyze: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedQuery(Syntax):
    """PREPARE and DECLARE CURSOR."""

    query: Syntax
    cursor: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DropOwned(Syntax):
    cascade: bool = False
