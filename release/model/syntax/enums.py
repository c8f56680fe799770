"""PostgreSQL's enumerations that a statement's syntax is told in, under the names of its own parser.

The parser hands them over as numbers; `release.sql.read.numbers` tells which is which, and looks all of them up when it
is imported. `UNKNOWN` stands for what a newer parser may have.
"""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class ObjectKind(StrEnum):
    """Kinds of objects (ObjectType in nodes/parsenodes.h)."""

    UNKNOWN = ""
    ACCESS_METHOD = "OBJECT_ACCESS_METHOD"
    AGGREGATE = "OBJECT_AGGREGATE"
    AMOP = "OBJECT_AMOP"
    AMPROC = "OBJECT_AMPROC"
    ATTRIBUTE = "OBJECT_ATTRIBUTE"
    CAST = "OBJECT_CAST"
    COLUMN = "OBJECT_COLUMN"
    COLLATION = "OBJECT_COLLATION"
    CONVERSION = "OBJECT_CONVERSION"
    DATABASE = "OBJECT_DATABASE"
    DEFAULT = "OBJECT_DEFAULT"
    DEFACL = "OBJECT_DEFACL"
    DOMAIN = "OBJECT_DOMAIN"
    DOMCONSTRAINT = "OBJECT_DOMCONSTRAINT"
    EVENT_TRIGGER = "OBJECT_EVENT_TRIGGER"
    EXTENSION = "OBJECT_EXTENSION"
    FDW = "OBJECT_FDW"
    FOREIGN_SERVER = "OBJECT_FOREIGN_SERVER"
    FOREIGN_TABLE = "OBJECT_FOREIGN_TABLE"
    FUNCTION = "OBJECT_FUNCTION"
    INDEX = "OBJECT_INDEX"
    LANGUAGE = "OBJECT_LANGUAGE"
    LARGEOBJECT = "OBJECT_LARGEOBJECT"
    MATVIEW = "OBJECT_MATVIEW"
    OPCLASS = "OBJECT_OPCLASS"
    OPERATOR = "OBJECT_OPERATOR"
    OPFAMILY = "OBJECT_OPFAMILY"
    PARAMETER_ACL = "OBJECT_PARAMETER_ACL"
    POLICY = "OBJECT_POLICY"
    PROCEDURE = "OBJECT_PROCEDURE"
    PUBLICATION = "OBJECT_PUBLICATION"
    PUBLICATION_NAMESPACE = "OBJECT_PUBLICATION_NAMESPACE"
    PUBLICATION_REL = "OBJECT_PUBLICATION_REL"
    ROLE = "OBJECT_ROLE"
    ROUTINE = "OBJECT_ROUTINE"
    RULE = "OBJECT_RULE"
    SCHEMA = "OBJECT_SCHEMA"
    SEQUENCE = "OBJECT_SEQUENCE"
    SUBSCRIPTION = "OBJECT_SUBSCRIPTION"
    STATISTIC_EXT = "OBJECT_STATISTIC_EXT"
    TABCONSTRAINT = "OBJECT_TABCONSTRAINT"
    TABLE = "OBJECT_TABLE"
    TABLESPACE = "OBJECT_TABLESPACE"
    TRANSFORM = "OBJECT_TRANSFORM"
    TRIGGER = "OBJECT_TRIGGER"
    TSCONFIGURATION = "OBJECT_TSCONFIGURATION"
    TSDICTIONARY = "OBJECT_TSDICTIONARY"
    TSPARSER = "OBJECT_TSPARSER"
    TSTEMPLATE = "OBJECT_TSTEMPLATE"
    TYPE = "OBJECT_TYPE"
    USER_MAPPING = "OBJECT_USER_MAPPING"
    VIEW = "OBJECT_VIEW"


@unique
class ActionKind(StrEnum):
    """What an ALTER TABLE does (AlterTableType in nodes/parsenodes.h)."""

    UNKNOWN = ""
    ADD_COLUMN = "AT_AddColumn"
    ADD_COLUMN_TO_VIEW = "AT_AddColumnToView"
    COLUMN_DEFAULT = "AT_ColumnDefault"
    COOKED_COLUMN_DEFAULT = "AT_CookedColumnDefault"
    DROP_NOT_NULL = "AT_DropNotNull"
    SET_NOT_NULL = "AT_SetNotNull"
    SET_EXPRESSION = "AT_SetExpression"
    DROP_EXPRESSION = "AT_DropExpression"
    SET_STATISTICS = "AT_SetStatistics"
    SET_OPTIONS = "AT_SetOptions"
    RESET_OPTIONS = "AT_ResetOptions"
    SET_STORAGE = "AT_SetStorage"
    SET_COMPRESSION = "AT_SetCompression"
    DROP_COLUMN = "AT_DropColumn"
    ADD_INDEX = "AT_AddIndex"
    RE_ADD_INDEX = "AT_ReAddIndex"
    ADD_CONSTRAINT = "AT_AddConstraint"
    RE_ADD_CONSTRAINT = "AT_ReAddConstraint"
    RE_ADD_DOMAIN_CONSTRAINT = "AT_ReAddDomainConstraint"
    ALTER_CONSTRAINT = "AT_AlterConstraint"
    VALIDATE_CONSTRAINT = "AT_ValidateConstraint"
    ADD_INDEX_CONSTRAINT = "AT_AddIndexConstraint"
    DROP_CONSTRAINT = "AT_DropConstraint"
    RE_ADD_COMMENT = "AT_ReAddComment"
    ALTER_COLUMN_TYPE = "AT_AlterColumnType"
    ALTER_COLUMN_GENERIC_OPTIONS = "AT_AlterColumnGenericOptions"
    CHANGE_OWNER = "AT_ChangeOwner"
    CLUSTER_ON = "AT_ClusterOn"
    DROP_CLUSTER = "AT_DropCluster"
    SET_LOGGED = "AT_SetLogged"
    SET_UN_LOGGED = "AT_SetUnLogged"
    DROP_OIDS = "AT_DropOids"
    SET_ACCESS_METHOD = "AT_SetAccessMethod"
    SET_TABLE_SPACE = "AT_SetTableSpace"
    SET_REL_OPTIONS = "AT_SetRelOptions"
    RESET_REL_OPTIONS = "AT_ResetRelOptions"
    REPLACE_REL_OPTIONS = "AT_ReplaceRelOptions"
    ENABLE_TRIG = "AT_EnableTrig"
    ENABLE_ALWAYS_TRIG = "AT_EnableAlwaysTrig"
    ENABLE_REPLICA_TRIG = "AT_EnableReplicaTrig"
    DISABLE_TRIG = "AT_DisableTrig"
    ENABLE_TRIG_ALL = "AT_EnableTrigAll"
    DISABLE_TRIG_ALL = "AT_DisableTrigAll"
    ENABLE_TRIG_USER = "AT_EnableTrigUser"
    DISABLE_TRIG_USER = "AT_DisableTrigUser"
    ENABLE_RULE = "AT_EnableRule"
    ENABLE_ALWAYS_RULE = "AT_EnableAlwaysRule"
    ENABLE_REPLICA_RULE = "AT_EnableReplicaRule"
    DISABLE_RULE = "AT_DisableRule"
    ADD_INHERIT = "AT_AddInherit"
    DROP_INHERIT = "AT_DropInherit"
    ADD_OF = "AT_AddOf"
    DROP_OF = "AT_DropOf"
    REPLICA_IDENTITY = "AT_ReplicaIdentity"
    ENABLE_ROW_SECURITY = "AT_EnableRowSecurity"
    DISABLE_ROW_SECURITY = "AT_DisableRowSecurity"
    FORCE_ROW_SECURITY = "AT_ForceRowSecurity"
    NO_FORCE_ROW_SECURITY = "AT_NoForceRowSecurity"
    GENERIC_OPTIONS = "AT_GenericOptions"
    ATTACH_PARTITION = "AT_AttachPartition"
    DETACH_PARTITION = "AT_DetachPartition"
    DETACH_PARTITION_FINALIZE = "AT_DetachPartitionFinalize"
    ADD_IDENTITY = "AT_AddIdentity"
    SET_IDENTITY = "AT_SetIdentity"
    DROP_IDENTITY = "AT_DropIdentity"
    RE_ADD_STATISTICS = "AT_ReAddStatistics"


@unique
class ConstraintKind(StrEnum):
    """Kinds of constraints (ConstrType in nodes/parsenodes.h)."""

    UNKNOWN = ""
    NULL = "CONSTR_NULL"
    NOTNULL = "CONSTR_NOTNULL"
    DEFAULT = "CONSTR_DEFAULT"
    IDENTITY = "CONSTR_IDENTITY"
    GENERATED = "CONSTR_GENERATED"
    CHECK = "CONSTR_CHECK"
    PRIMARY = "CONSTR_PRIMARY"
    UNIQUE = "CONSTR_UNIQUE"
    EXCLUSION = "CONSTR_EXCLUSION"
    FOREIGN = "CONSTR_FOREIGN"
    ATTR_DEFERRABLE = "CONSTR_ATTR_DEFERRABLE"
    ATTR_NOT_DEFERRABLE = "CONSTR_ATTR_NOT_DEFERRABLE"
    ATTR_DEFERRED = "CONSTR_ATTR_DEFERRED"
    ATTR_IMMEDIATE = "CONSTR_ATTR_IMMEDIATE"
    ATTR_ENFORCED = "CONSTR_ATTR_ENFORCED"
    ATTR_NOT_ENFORCED = "CONSTR_ATTR_NOT_ENFORCED"


@unique
class TransactionKind(StrEnum):
    """Statements that control transactions (TransactionStmtKind in nodes/parsenodes.h)."""

    UNKNOWN = ""
    BEGIN = "TRANS_STMT_BEGIN"
    START = "TRANS_STMT_START"
    COMMIT = "TRANS_STMT_COMMIT"
    ROLLBACK = "TRANS_STMT_ROLLBACK"
    SAVEPOINT = "TRANS_STMT_SAVEPOINT"
    RELEASE = "TRANS_STMT_RELEASE"
    ROLLBACK_TO = "TRANS_STMT_ROLLBACK_TO"
    PREPARE = "TRANS_STMT_PREPARE"
    COMMIT_PREPARED = "TRANS_STMT_COMMIT_PREPARED"
    ROLLBACK_PREPARED = "TRANS_STMT_ROLLBACK_PREPARED"


@unique
class VariableKind(StrEnum):
    """What SET and RESET do (VariableSetKind in nodes/parsenodes.h)."""

    UNKNOWN = ""
    SET_VALUE = "VAR_SET_VALUE"
    SET_DEFAULT = "VAR_SET_DEFAULT"
    SET_CURRENT = "VAR_SET_CURRENT"
    SET_MULTI = "VAR_SET_MULTI"
    RESET = "VAR_RESET"
    RESET_ALL = "VAR_RESET_ALL"


@unique
class ReindexKind(StrEnum):
    """What REINDEX is of (ReindexObjectType in nodes/parsenodes.h)."""

    UNKNOWN = ""
    INDEX = "REINDEX_OBJECT_INDEX"
    TABLE = "REINDEX_OBJECT_TABLE"
    SCHEMA = "REINDEX_OBJECT_SCHEMA"
    SYSTEM = "REINDEX_OBJECT_SYSTEM"
    DATABASE = "REINDEX_OBJECT_DATABASE"


@unique
class SubscriptionKind(StrEnum):
    """What an ALTER SUBSCRIPTION does (AlterSubscriptionType in nodes/parsenodes.h)."""

    UNKNOWN = ""
    OPTIONS = "ALTER_SUBSCRIPTION_OPTIONS"
    CONNECTION = "ALTER_SUBSCRIPTION_CONNECTION"
    SET_PUBLICATION = "ALTER_SUBSCRIPTION_SET_PUBLICATION"
    ADD_PUBLICATION = "ALTER_SUBSCRIPTION_ADD_PUBLICATION"
    DROP_PUBLICATION = "ALTER_SUBSCRIPTION_DROP_PUBLICATION"
    REFRESH = "ALTER_SUBSCRIPTION_REFRESH"
    ENABLED = "ALTER_SUBSCRIPTION_ENABLED"
    SKIP = "ALTER_SUBSCRIPTION_SKIP"


@unique
class DiscardKind(StrEnum):
    """What DISCARD is of (DiscardMode in nodes/parsenodes.h)."""

    UNKNOWN = ""
    ALL = "DISCARD_ALL"
    PLANS = "DISCARD_PLANS"
    SEQUENCES = "DISCARD_SEQUENCES"
    TEMP = "DISCARD_TEMP"


@unique
class ParameterMode(StrEnum):
    """Modes of a routine's parameters (FunctionParameterMode in nodes/parsenodes.h)."""

    UNKNOWN = ""
    IN = "FUNC_PARAM_IN"
    OUT = "FUNC_PARAM_OUT"
    INOUT = "FUNC_PARAM_INOUT"
    VARIADIC = "FUNC_PARAM_VARIADIC"
    TABLE = "FUNC_PARAM_TABLE"
    DEFAULT = "FUNC_PARAM_DEFAULT"
