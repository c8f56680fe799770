"""The command tag that the server answers a statement with, as psql prints it.

Follows CreateCommandTag in PostgreSQL 15's utility.c, but for row counts, and for CREATE TABLE AS, whose answer
is SELECT when it runs its query.
"""

from __future__ import annotations

from typing import Any

from release.sql.read.enums import DISCARD, OBJECT, TRANSACTION, VARIABLE

SPECIAL_OBJECTS = {
    "ATTRIBUTE": "TYPE",
    "COLUMN": "TABLE",
    "DOMCONSTRAINT": "DOMAIN",
    "FDW": "FOREIGN DATA WRAPPER",
    "FOREIGN_SERVER": "SERVER",
    "LARGEOBJECT": "LARGE OBJECT",
    "MATVIEW": "MATERIALIZED VIEW",
    "OPCLASS": "OPERATOR CLASS",
    "OPFAMILY": "OPERATOR FAMILY",
    "STATISTIC_EXT": "STATISTICS",
    "TABCONSTRAINT": "TABLE",
    "TSCONFIGURATION": "TEXT SEARCH CONFIGURATION",
    "TSDICTIONARY": "TEXT SEARCH DICTIONARY",
    "TSPARSER": "TEXT SEARCH PARSER",
    "TSTEMPLATE": "TEXT SEARCH TEMPLATE",
}
"""Object types that are spelled another way in a tag."""

SPECIAL_TRANSACTIONS = {
    "START": "START TRANSACTION",
    "ROLLBACK_TO": "ROLLBACK",
    "PREPARE": "PREPARE TRANSACTION",
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


def command_tag(node: Any) -> str:
    """The command tag without row counts, e.g. "CREATE INDEX"; "???" for a statement that PostgreSQL 18 does not have.

    The tag of EXECUTE is that of what it runs, which its text does not tell: "EXECUTE" here.

    Args:
        node: statement node as postgast gives it, unwrapped.
    """
    match type(node).__name__:
        case "AlterTableStmt" | "AlterTableMoveAllStmt" | "AlterFunctionStmt":
            return f"ALTER {_object(node.objtype)}"
        case "AlterObjectSchemaStmt" | "AlterOwnerStmt" | "AlterObjectDependsStmt":
            return f"ALTER {_object(node.object_type)}"
        case "RenameStmt":
            column = OBJECT(node.rename_type) == "OBJECT_COLUMN"
            return f"ALTER {_object(node.relation_type if column else node.rename_type)}"
        case "DropStmt":
            return f"DROP {_object(node.remove_type)}"
        case "DefineStmt":
            return f"CREATE {_object(node.kind)}"
        case "SelectStmt":
            return "SELECT"
        case "CreateTableAsStmt":
            if not node.into.skip_data:
                return "SELECT"
            return "CREATE MATERIALIZED VIEW" if _object(node.objtype) == "MATERIALIZED VIEW" else "CREATE TABLE AS"
        case "CreateFunctionStmt":
            return "CREATE PROCEDURE" if node.is_procedure else "CREATE FUNCTION"
        case "GrantStmt":
            return "GRANT" if node.is_grant else "REVOKE"
        case "GrantRoleStmt":
            return "GRANT ROLE" if node.is_grant else "REVOKE ROLE"
        case "VacuumStmt":
            return "VACUUM" if node.is_vacuumcmd else "ANALYZE"
        case "TransactionStmt":
            kind = TRANSACTION(node.kind).removeprefix("TRANS_STMT_")
            return SPECIAL_TRANSACTIONS.get(kind, kind.replace("_", " "))
        case "DiscardStmt":
            return DISCARD(node.target).replace("_", " ")
        case "VariableSetStmt":
            return "RESET" if VARIABLE(node.kind) in {"VAR_RESET", "VAR_RESET_ALL"} else "SET"
        case "FetchStmt":
            return "MOVE" if node.ismove else "FETCH"
        case "ClosePortalStmt":
            return "CLOSE CURSOR" if node.portalname else "CLOSE CURSOR ALL"
        case "DeallocateStmt":
            return "DEALLOCATE" if node.name else "DEALLOCATE ALL"
        case kind:
            return TAGS.get(kind, "???")


def _object(number: int) -> str:
    kind = OBJECT(number).removeprefix("OBJECT_")
    return SPECIAL_OBJECTS.get(kind, kind.replace("_", " "))
