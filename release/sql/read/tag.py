"""The command tag that the server answers a statement with, as psql prints it.

Follows CreateCommandTag in PostgreSQL 15's utility.c, but for row counts, and for CREATE TABLE AS, whose answer
is SELECT when it runs its query.
"""

from __future__ import annotations

from postgast import nodes

from release.model.syntax import ObjectKind, TransactionKind, VariableKind
from release.sql.read.numbers import discard_kind, object_kind, transaction_kind, variable_kind

SPECIAL_OBJECTS = {
    ObjectKind.ATTRIBUTE: "TYPE",
    ObjectKind.COLUMN: "TABLE",
    ObjectKind.DOMCONSTRAINT: "DOMAIN",
    ObjectKind.FDW: "FOREIGN DATA WRAPPER",
    ObjectKind.FOREIGN_SERVER: "SERVER",
    ObjectKind.LARGEOBJECT: "LARGE OBJECT",
    ObjectKind.MATVIEW: "MATERIALIZED VIEW",
    ObjectKind.OPCLASS: "OPERATOR CLASS",
    ObjectKind.OPFAMILY: "OPERATOR FAMILY",
    ObjectKind.STATISTIC_EXT: "STATISTICS",
    ObjectKind.TABCONSTRAINT: "TABLE",
    ObjectKind.TSCONFIGURATION: "TEXT SEARCH CONFIGURATION",
    ObjectKind.TSDICTIONARY: "TEXT SEARCH DICTIONARY",
    ObjectKind.TSPARSER: "TEXT SEARCH PARSER",
    ObjectKind.TSTEMPLATE: "TEXT SEARCH TEMPLATE",
}
"""Object types that are spelled another way in a tag."""

SPECIAL_TRANSACTIONS = {
    TransactionKind.START: "START TRANSACTION",
    TransactionKind.ROLLBACK_TO: "ROLLBACK",
    TransactionKind.PREPARE: "PREPARE TRANSACTION",
}

TAGS = {
    "AlterCollationStmt": "ALTER COLLATION",
    "AlterDatabaseRefreshCollStmt": "ALTER DATABASE",
    "AlterDatabaseSetStmt": "ALTER DATABASE",
    "AlterDatabaseStmt": "ALTER DATABASE",
    "AlterDefaultPrivilegesStmt": "ALTER DEFAULT PRIVILEGES",
    "AlterDomainStmt": "ALTER DOMAIN",
    "AlterEnumStmt": "ALTER TYPE",
    "AlterEventTrigStmt": "ALTER EVENT TRIGGER",
    "AlterExtensionContentsStmt": "ALTER EXTENSION",
    "AlterExtensionStmt": "ALTER EXTENSION",
    "AlterFdwStmt": "ALTER FOREIGN DATA WRAPPER",
    "AlterForeignServerStmt": "ALTER SERVER",
    "AlterOpFamilyStmt": "ALTER OPERATOR FAMILY",
    "AlterOperatorStmt": "ALTER OPERATOR",
    "AlterPolicyStmt": "ALTER POLICY",
    "AlterPublicationStmt": "ALTER PUBLICATION",
    "AlterRoleSetStmt": "ALTER ROLE",
    "AlterRoleStmt": "ALTER ROLE",
    "AlterSeqStmt": "ALTER SEQUENCE",
    "AlterStatsStmt": "ALTER STATISTICS",
    "AlterSubscriptionStmt": "ALTER SUBSCRIPTION",
    "AlterSystemStmt": "ALTER SYSTEM",
    "AlterTSConfigurationStmt": "ALTER TEXT SEARCH CONFIGURATION",
    "AlterTSDictionaryStmt": "ALTER TEXT SEARCH DICTIONARY",
    "AlterTableSpaceOptionsStmt": "ALTER TABLESPACE",
    "AlterTypeStmt": "ALTER TYPE",
    "AlterUserMappingStmt": "ALTER USER MAPPING",
    "CallStmt": "CALL",
    "CheckPointStmt": "CHECKPOINT",
    "ClusterStmt": "CLUSTER",
    "CommentStmt": "COMMENT",
    "CompositeTypeStmt": "CREATE TYPE",
    "ConstraintsSetStmt": "SET CONSTRAINTS",
    "CopyStmt": "COPY",
    "CreateAmStmt": "CREATE ACCESS METHOD",
    "CreateCastStmt": "CREATE CAST",
    "CreateConversionStmt": "CREATE CONVERSION",
    "CreateDomainStmt": "CREATE DOMAIN",
    "CreateEnumStmt": "CREATE TYPE",
    "CreateEventTrigStmt": "CREATE EVENT TRIGGER",
    "CreateExtensionStmt": "CREATE EXTENSION",
    "CreateFdwStmt": "CREATE FOREIGN DATA WRAPPER",
    "CreateForeignServerStmt": "CREATE SERVER",
    "CreateForeignTableStmt": "CREATE FOREIGN TABLE",
    "CreateOpClassStmt": "CREATE OPERATOR CLASS",
    "CreateOpFamilyStmt": "CREATE OPERATOR FAMILY",
    "CreatePLangStmt": "CREATE LANGUAGE",
    "CreatePolicyStmt": "CREATE POLICY",
    "CreatePublicationStmt": "CREATE PUBLICATION",
    "CreateRangeStmt": "CREATE TYPE",
    "CreateRoleStmt": "CREATE ROLE",
    "CreateSchemaStmt": "CREATE SCHEMA",
    "CreateSeqStmt": "CREATE SEQUENCE",
    "CreateStatsStmt": "CREATE STATISTICS",
    "CreateStmt": "CREATE TABLE",
    "CreateSubscriptionStmt": "CREATE SUBSCRIPTION",
    "CreateTableSpaceStmt": "CREATE TABLESPACE",
    "CreateTransformStmt": "CREATE TRANSFORM",
    "CreateTrigStmt": "CREATE TRIGGER",
    "CreateUserMappingStmt": "CREATE USER MAPPING",
    "CreatedbStmt": "CREATE DATABASE",
    "DeclareCursorStmt": "DECLARE CURSOR",
    "DeleteStmt": "DELETE",
    "DoStmt": "DO",
    "DropOwnedStmt": "DROP OWNED",
    "DropRoleStmt": "DROP ROLE",
    "DropSubscriptionStmt": "DROP SUBSCRIPTION",
    "DropTableSpaceStmt": "DROP TABLESPACE",
    "DropUserMappingStmt": "DROP USER MAPPING",
    "DropdbStmt": "DROP DATABASE",
    "ExecuteStmt": "EXECUTE",
    "ExplainStmt": "EXPLAIN",
    "ImportForeignSchemaStmt": "IMPORT FOREIGN SCHEMA",
    "IndexStmt": "CREATE INDEX",
    "InsertStmt": "INSERT",
    "ListenStmt": "LISTEN",
    "LoadStmt": "LOAD",
    "LockStmt": "LOCK TABLE",
    "MergeStmt": "MERGE",
    "NotifyStmt": "NOTIFY",
    "PrepareStmt": "PREPARE",
    "ReassignOwnedStmt": "REASSIGN OWNED",
    "RefreshMatViewStmt": "REFRESH MATERIALIZED VIEW",
    "ReindexStmt": "REINDEX",
    "RuleStmt": "CREATE RULE",
    "SecLabelStmt": "SECURITY LABEL",
    "TruncateStmt": "TRUNCATE TABLE",
    "UnlistenStmt": "UNLISTEN",
    "UpdateStmt": "UPDATE",
    "VariableShowStmt": "SHOW",
    "ViewStmt": "CREATE VIEW",
}


def command_tag(node: nodes.AstNode) -> str:
    """The command tag without row counts, e.g. "CREATE INDEX"; "???" for a statement that PostgreSQL 18 does not have.

    The tag of EXECUTE is that of what it runs, which its text does not tell: "EXECUTE" here.
    """
    return TAGS.get(type(node).__name__) or _of_kind(node) or _of_session(node) or "???"


def _of_kind(node: nodes.AstNode) -> str:
    """The tag of what may be of several kinds, or do one thing or its opposite."""
    match node:
        case nodes.AlterTableStmt() | nodes.AlterTableMoveAllStmt() | nodes.AlterFunctionStmt():
            return f"ALTER {_object(node.objtype)}"
        case nodes.AlterObjectSchemaStmt() | nodes.AlterOwnerStmt() | nodes.AlterObjectDependsStmt():
            return f"ALTER {_object(node.object_type)}"
        case nodes.RenameStmt():
            column = object_kind(node.rename_type) is ObjectKind.COLUMN
            return f"ALTER {_object(node.relation_type if column else node.rename_type)}"
        case nodes.DropStmt():
            return f"DROP {_object(node.remove_type)}"
        case nodes.DefineStmt():
            return f"CREATE {_object(node.kind)}"
        case nodes.SelectStmt():
            return "SELECT"
        case nodes.CreateTableAsStmt():
            if not (node.into and node.into.skip_data):
                return "SELECT"
            matview = object_kind(node.objtype) is ObjectKind.MATVIEW
            return "CREATE MATERIALIZED VIEW" if matview else "CREATE TABLE AS"
        case nodes.CreateFunctionStmt():
            return "CREATE PROCEDURE" if node.is_procedure else "CREATE FUNCTION"
        case nodes.GrantStmt():
            return "GRANT" if node.is_grant else "REVOKE"
        case nodes.GrantRoleStmt():
            return "GRANT ROLE" if node.is_grant else "REVOKE ROLE"
        case nodes.VacuumStmt():
            return "VACUUM" if node.is_vacuumcmd else "ANALYZE"
        case _:
            return ""


def _of_session(node: nodes.AstNode) -> str:
    match node:
        case nodes.TransactionStmt():
            kind = transaction_kind(node.kind)
            return SPECIAL_TRANSACTIONS.get(kind, kind.name.replace("_", " "))
        case nodes.DiscardStmt():
            return f"DISCARD {discard_kind(node.target).name}"
        case nodes.VariableSetStmt():
            reset = variable_kind(node.kind) in (VariableKind.RESET, VariableKind.RESET_ALL)
            return "RESET" if reset else "SET"
        case nodes.FetchStmt():
            return "MOVE" if node.ismove else "FETCH"
        case nodes.ClosePortalStmt():
            return "CLOSE CURSOR" if node.portalname else "CLOSE CURSOR ALL"
        case nodes.DeallocateStmt():
            return "DEALLOCATE" if node.name else "DEALLOCATE ALL"
        case _:
            return ""


def _object(number: int) -> str:
    kind = object_kind(number)
    return SPECIAL_OBJECTS.get(kind, kind.name.replace("_", " "))
