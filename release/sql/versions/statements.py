"""Forms and clauses of statements that define something, and their options."""

from __future__ import annotations

from release.sql.versions.row import (
    INVALID_OBJECT,
    INVALID_PARAMETER,
    UNDEFINED_OBJECT,
    UNSUPPORTED,
    WRONG_OBJECT,
    ServerFeature,
)

TABLE = "sql-createtable"
ALTER = "sql-altertable"
WRAPPER = "CREATE FOREIGN DATA WRAPPER dummy; CREATE SERVER elsewhere FOREIGN DATA WRAPPER dummy"
PERIODS = (
    "CREATE TABLE stays (room int4range, during daterange, PRIMARY KEY (room, during WITHOUT OVERLAPS));"
    " CREATE TABLE guests (room int4range, during daterange)"
)

TABLES = (
    ServerFeature(
        "ColumnDef.compression",
        "COMPRESSION of a column",
        14,
        TABLE,
        "CREATE TABLE notes (body text COMPRESSION pglz)",
    ),
    ServerFeature(
        "LIKE INCLUDING COMPRESSION",
        "LIKE … INCLUDING COMPRESSION",
        14,
        TABLE,
        "CREATE TABLE notes (LIKE rooms INCLUDING COMPRESSION)",
    ),
    ServerFeature(
        "Constraint.nulls_not_distinct",
        "UNIQUE NULLS NOT DISTINCT",
        15,
        TABLE,
        "ALTER TABLE rooms ADD CONSTRAINT uq_rooms UNIQUE NULLS NOT DISTINCT (status)",
    ),
    ServerFeature(
        "Constraint.fk_del_set_cols",
        "ON DELETE SET NULL or SET DEFAULT with columns",
        15,
        TABLE,
        "ALTER TABLE rooms ADD FOREIGN KEY (building_id) REFERENCES buildings ON DELETE SET NULL (building_id)",
    ),
    ServerFeature(
        "partitioned table USING",
        "CREATE TABLE … PARTITION BY … USING",
        17,
        TABLE,
        "CREATE TABLE readings (day date) PARTITION BY RANGE (day) USING heap",
        older=(UNSUPPORTED,),
    ),
    ServerFeature(
        "partitioned table EXCLUDE",
        "EXCLUDE on a partitioned table",
        17,
        TABLE,
        "CREATE TABLE stays (day date, EXCLUDE USING btree (day WITH =)) PARTITION BY RANGE (day)",
        older=(UNSUPPORTED,),
    ),
    ServerFeature(
        "AT_SetAccessMethod DEFAULT",
        "ALTER TABLE … SET ACCESS METHOD DEFAULT",
        17,
        ALTER,
        "ALTER TABLE rooms SET ACCESS METHOD DEFAULT",
    ),
    ServerFeature(
        "AT_SetStatistics DEFAULT",
        "SET STATISTICS DEFAULT",
        17,
        ALTER,
        "ALTER TABLE rooms ALTER COLUMN name SET STATISTICS DEFAULT",
    ),
    ServerFeature(
        "AlterStatsStmt DEFAULT",
        "ALTER STATISTICS … SET STATISTICS DEFAULT",
        17,
        "sql-alterstatistics",
        "ALTER STATISTICS pairs SET STATISTICS DEFAULT",
        setup="CREATE STATISTICS pairs ON name, status FROM rooms",
    ),
    ServerFeature(
        "generated VIRTUAL",
        "GENERATED ALWAYS AS (…) VIRTUAL, or with neither STORED nor VIRTUAL",
        18,
        TABLE,
        "CREATE TABLE sizes (area numeric, twice numeric GENERATED ALWAYS AS (area * 2))",
    ),
    ServerFeature(
        "CONSTRAINT NOT NULL",
        "NOT NULL of a column as a table constraint",
        18,
        TABLE,
        "CREATE TABLE notes (body text, CONSTRAINT nn_notes_body NOT NULL body)",
    ),
    ServerFeature(
        "NOT NULL NO INHERIT",
        "NOT NULL … NO INHERIT",
        18,
        TABLE,
        "CREATE TABLE notes (body text NOT NULL NO INHERIT)",
    ),
    ServerFeature(
        "NOT ENFORCED",
        "NOT ENFORCED",
        18,
        TABLE,
        "ALTER TABLE rooms ADD CONSTRAINT ck_area CHECK (area > 0) NOT ENFORCED",
    ),
    ServerFeature(
        "ENFORCED",
        "ENFORCED of a constraint of a column",
        18,
        TABLE,
        "CREATE TABLE notes (body text CHECK (body <> '') ENFORCED)",
    ),
    ServerFeature(
        "ATAlterConstraint.alter_inheritability",
        "ALTER CONSTRAINT … INHERIT or NO INHERIT",
        18,
        ALTER,
        "ALTER TABLE rooms ALTER CONSTRAINT nn_rooms_name NO INHERIT",
        setup="ALTER TABLE rooms ADD CONSTRAINT nn_rooms_name NOT NULL name",
    ),
    ServerFeature(
        "Constraint.without_overlaps",
        "WITHOUT OVERLAPS",
        18,
        TABLE,
        "CREATE TABLE stays (room int4range, during daterange, UNIQUE (room, during WITHOUT OVERLAPS))",
    ),
    ServerFeature(
        "Constraint.fk_with_period",
        "FOREIGN KEY (…, PERIOD …)",
        18,
        TABLE,
        "ALTER TABLE guests ADD FOREIGN KEY (room, PERIOD during) REFERENCES stays (room, PERIOD during)",
        setup=PERIODS,
    ),
    ServerFeature(
        "foreign table LIKE",
        "CREATE FOREIGN TABLE … (LIKE …)",
        18,
        "sql-createforeigntable",
        "CREATE FOREIGN TABLE remote_rooms (LIKE buildings) SERVER elsewhere",
        setup=WRAPPER,
        older=(WRONG_OBJECT, UNSUPPORTED),
    ),
)

INDEXES = (
    ServerFeature(
        "IndexStmt.nulls_not_distinct",
        "CREATE UNIQUE INDEX … NULLS NOT DISTINCT",
        15,
        "sql-createindex",
        "CREATE UNIQUE INDEX uq_rooms_status ON rooms (status) NULLS NOT DISTINCT",
    ),
    ServerFeature(
        "spgist INCLUDE",
        "INCLUDE of an SP-GiST index",
        14,
        "spgist-intro",
        "CREATE INDEX ix_rooms_status ON rooms USING spgist (status) INCLUDE (id)",
        older=(UNSUPPORTED,),
        parsed=False,
    ),
    ServerFeature(
        "operator class bloom",
        "BRIN operator classes *_bloom_ops",
        14,
        "brin-builtin-opclasses",
        "CREATE INDEX ix_rooms_id ON rooms USING brin (id int4_bloom_ops)",
        older=(UNDEFINED_OBJECT,),
        parsed=False,
    ),
    ServerFeature(
        "operator class minmax_multi",
        "BRIN operator classes *_minmax_multi_ops",
        14,
        "brin-builtin-opclasses",
        "CREATE INDEX ix_rooms_id ON rooms USING brin (id int4_minmax_multi_ops)",
        older=(UNDEFINED_OBJECT,),
        parsed=False,
    ),
    ServerFeature(
        "ReindexStmt.params:tablespace",
        "REINDEX (TABLESPACE …)",
        14,
        "sql-reindex",
        "REINDEX (TABLESPACE pg_default) TABLE rooms",
    ),
    ServerFeature(
        "StatsElem.expr",
        "CREATE STATISTICS on expressions",
        14,
        "sql-createstatistics",
        "CREATE STATISTICS pairs ON lower(name), status FROM rooms",
        older=(UNSUPPORTED,),
    ),
    ServerFeature(
        "statistics without a name",
        "CREATE STATISTICS without a name",
        16,
        "sql-createstatistics",
        "CREATE STATISTICS ON name, status FROM rooms",
    ),
)

VIEWS = (
    ServerFeature(
        "ViewStmt.options:security_invoker",
        "CREATE VIEW … WITH (security_invoker)",
        15,
        "sql-createview",
        "CREATE VIEW open_rooms WITH (security_invoker) AS SELECT id FROM rooms",
        older=(INVALID_PARAMETER,),
        parsed=False,
    ),
    ServerFeature(
        "AlterTableCmd.def:security_invoker",
        "ALTER VIEW … SET (security_invoker)",
        15,
        "sql-alterview",
        "ALTER VIEW device_types SET (security_invoker = true)",
        older=(INVALID_PARAMETER,),
        parsed=False,
    ),
    ServerFeature(
        "CreateStmt.options:autovacuum_vacuum_max_threshold",
        "storage parameter autovacuum_vacuum_max_threshold",
        18,
        TABLE,
        "CREATE TABLE notes (body text) WITH (autovacuum_vacuum_max_threshold = 1000)",
        older=(INVALID_PARAMETER,),
        parsed=False,
    ),
    ServerFeature(
        "AlterTableCmd.def:autovacuum_vacuum_max_threshold",
        "SET (autovacuum_vacuum_max_threshold)",
        18,
        TABLE,
        "ALTER TABLE rooms SET (autovacuum_vacuum_max_threshold = 1000)",
        older=(INVALID_PARAMETER,),
        parsed=False,
    ),
    ServerFeature(
        "CreateStmt.options:vacuum_max_eager_freeze_failure_rate",
        "storage parameter vacuum_max_eager_freeze_failure_rate",
        18,
        TABLE,
        "CREATE TABLE notes (body text) WITH (vacuum_max_eager_freeze_failure_rate = 0)",
        older=(INVALID_PARAMETER,),
        parsed=False,
    ),
    ServerFeature(
        "AlterTableCmd.def:vacuum_max_eager_freeze_failure_rate",
        "SET (vacuum_max_eager_freeze_failure_rate)",
        18,
        TABLE,
        "ALTER TABLE rooms SET (vacuum_max_eager_freeze_failure_rate = 0)",
        older=(INVALID_PARAMETER,),
        parsed=False,
    ),
)

ROUTINES = (
    ServerFeature(
        "CreateTrigStmt.replace",
        "CREATE OR REPLACE TRIGGER",
        14,
        "sql-createtrigger",
        "CREATE OR REPLACE TRIGGER watch BEFORE UPDATE ON rooms FOR EACH ROW EXECUTE FUNCTION nothing()",
    ),
    ServerFeature(
        "CreateFunctionStmt.sql_body",
        "CREATE FUNCTION with an SQL-standard body (RETURN …, BEGIN ATOMIC)",
        14,
        "sql-createfunction",
        "CREATE FUNCTION twice(a integer) RETURNS integer RETURN a * 2",
    ),
    ServerFeature(
        "procedure OUT",
        "OUT parameters of a procedure",
        14,
        "sql-createprocedure",
        "CREATE PROCEDURE answer(OUT a integer) LANGUAGE sql AS 'SELECT 42'",
        older=(UNSUPPORTED,),
    ),
    ServerFeature(
        "CreateRangeStmt.params:multirange_type_name",
        "CREATE TYPE … AS RANGE (…, multirange_type_name = …)",
        14,
        "sql-createtype",
        "CREATE TYPE hours AS RANGE (subtype = float8, multirange_type_name = many_hours)",
    ),
    ServerFeature(
        "AlterOperatorStmt.options:commutator",
        "ALTER OPERATOR … SET (COMMUTATOR, NEGATOR, MERGES or HASHES)",
        17,
        "sql-alteroperator",
        "ALTER OPERATOR === (integer, integer) SET (COMMUTATOR = ===)",
        setup="CREATE OPERATOR === (FUNCTION = int4eq, LEFTARG = integer, RIGHTARG = integer)",
    ),
    ServerFeature(
        "CreateEventTrigStmt.eventname=login",
        "CREATE EVENT TRIGGER … ON login",
        17,
        "sql-createeventtrigger",
        "CREATE EVENT TRIGGER came ON login EXECUTE FUNCTION came()",
        setup="CREATE FUNCTION came() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
    ),
    ServerFeature(
        "collation rules",
        "CREATE COLLATION (…, rules = …)",
        16,
        "sql-createcollation",
        "CREATE COLLATION ours (provider = icu, locale = 'und', rules = '&a < b')",
    ),
    ServerFeature(
        "collation provider builtin",
        "CREATE COLLATION (provider = builtin, …)",
        17,
        "sql-createcollation",
        "CREATE COLLATION ours (provider = builtin, locale = 'C.UTF-8')",
        older=(INVALID_OBJECT,),
    ),
)

SEQUENCES = (
    ServerFeature(
        "sequence UNLOGGED",
        "CREATE UNLOGGED SEQUENCE",
        15,
        "sql-createsequence",
        "CREATE UNLOGGED SEQUENCE more",
        older=(UNSUPPORTED,),
    ),
    ServerFeature(
        "sequence SET LOGGED",
        "ALTER SEQUENCE … SET LOGGED or UNLOGGED",
        15,
        "sql-altersequence",
        "ALTER SEQUENCE numbers SET UNLOGGED",
        older=(WRONG_OBJECT,),
    ),
)

RIGHTS = (
    ServerFeature(
        "GrantStmt.grantor",
        "GRANT or REVOKE … ON … GRANTED BY",
        14,
        "sql-grant",
        "GRANT SELECT ON rooms TO pg_monitor GRANTED BY CURRENT_USER",
    ),
    ServerFeature(
        "GrantStmt.objtype=OBJECT_PARAMETER_ACL",
        "GRANT … ON PARAMETER",
        15,
        "sql-grant",
        "GRANT SET ON PARAMETER work_mem TO pg_monitor",
    ),
    ServerFeature(
        "GrantRoleStmt.opt:inherit",
        "GRANT role … WITH INHERIT",
        16,
        "sql-grant",
        "GRANT pg_read_all_stats TO pg_signal_backend WITH INHERIT FALSE",
    ),
    ServerFeature(
        "GrantRoleStmt.opt:set",
        "GRANT role … WITH SET",
        16,
        "sql-grant",
        "GRANT pg_read_all_stats TO pg_signal_backend WITH SET FALSE",
    ),
    ServerFeature(
        "GrantRoleStmt.opt:admin=false",
        "GRANT role … WITH ADMIN FALSE",
        16,
        "sql-grant",
        "GRANT pg_read_all_stats TO pg_signal_backend WITH ADMIN FALSE",
    ),
    ServerFeature(
        "privilege maintain",
        "privilege MAINTAIN",
        17,
        "ddl-priv",
        "GRANT MAINTAIN ON rooms TO pg_monitor",
    ),
    ServerFeature(
        "default privileges ON LARGE OBJECTS",
        "ALTER DEFAULT PRIVILEGES … ON LARGE OBJECTS",
        18,
        "sql-alterdefaultprivileges",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON LARGE OBJECTS TO pg_monitor",
    ),
)

SUBSCRIPTION = "CREATE SUBSCRIPTION copies CONNECTION '' PUBLICATION news WITH (connect = false)"

REPLICATION = (
    ServerFeature(
        "PublicationObjSpec.pubobjtype=PUBLICATIONOBJ_TABLES_IN_SCHEMA",
        "publication FOR TABLES IN SCHEMA",
        15,
        "sql-createpublication",
        "CREATE PUBLICATION news FOR TABLES IN SCHEMA public",
    ),
    ServerFeature(
        "PublicationTable.where_clause",
        "publication FOR TABLE … WHERE (…)",
        15,
        "sql-createpublication",
        "CREATE PUBLICATION news FOR TABLE rooms WHERE (id > 1)",
    ),
    ServerFeature(
        "PublicationTable.columns",
        "publication FOR TABLE … (columns)",
        15,
        "sql-createpublication",
        "CREATE PUBLICATION news FOR TABLE rooms (id, name)",
    ),
    ServerFeature(
        "CreatePublicationStmt.options:publish_generated_columns",
        "publication WITH (publish_generated_columns)",
        18,
        "sql-createpublication",
        "CREATE PUBLICATION news FOR TABLE rooms WITH (publish_generated_columns = stored)",
    ),
    ServerFeature(
        "AlterSubscriptionStmt.kind=ALTER_SUBSCRIPTION_ADD_PUBLICATION",
        "ALTER SUBSCRIPTION … ADD PUBLICATION",
        14,
        "sql-altersubscription",
        "ALTER SUBSCRIPTION copies ADD PUBLICATION more WITH (refresh = false)",
        setup=SUBSCRIPTION,
    ),
    ServerFeature(
        "AlterSubscriptionStmt.kind=ALTER_SUBSCRIPTION_DROP_PUBLICATION",
        "ALTER SUBSCRIPTION … DROP PUBLICATION",
        14,
        "sql-altersubscription",
        "ALTER SUBSCRIPTION copies DROP PUBLICATION news WITH (refresh = false)",
        setup="CREATE SUBSCRIPTION copies CONNECTION '' PUBLICATION news, more WITH (connect = false)",
    ),
    ServerFeature(
        "AlterSubscriptionStmt.kind=ALTER_SUBSCRIPTION_SKIP",
        "ALTER SUBSCRIPTION … SKIP",
        15,
        "sql-altersubscription",
        "ALTER SUBSCRIPTION copies SKIP (lsn = '0/1000000')",
        setup=SUBSCRIPTION,
    ),
    *(
        ServerFeature(
            f"CreateSubscriptionStmt.options:{option}",
            f"subscription WITH ({option})",
            since,
            "sql-createsubscription",
            f"CREATE SUBSCRIPTION copies CONNECTION '' PUBLICATION news WITH (connect = false, {option} = {value})",
        )
        for option, value, since in (
            ("binary", "true", 14),
            ("streaming", "true", 14),
            ("two_phase", "true", 15),
            ("disable_on_error", "true", 15),
            ("origin", "none", 16),
            ("password_required", "false", 16),
            ("run_as_owner", "true", 16),
            ("failover", "true", 17),
        )
    ),
)

MAINTENANCE = (
    *(
        ServerFeature(
            f"VacuumStmt.options:{option}",
            f"VACUUM ({option.upper()})",
            since,
            "sql-vacuum",
            f"VACUUM ({option.upper()} {value}) rooms"
            if option != "skip_database_stats"
            else "VACUUM (SKIP_DATABASE_STATS) rooms",
            alone=True,
        )
        for option, value, since in (
            ("process_toast", "false", 14),
            ("process_main", "false", 16),
            ("skip_database_stats", "", 16),
            ("buffer_usage_limit", "'1 MB'", 16),
        )
    ),
    ServerFeature(
        "VACUUM ONLY",
        "VACUUM or ANALYZE ONLY",
        18,
        "sql-vacuum",
        "ANALYZE ONLY visits",
    ),
    ServerFeature(
        "AlterDatabaseRefreshCollStmt",
        "ALTER DATABASE … REFRESH COLLATION VERSION",
        15,
        "sql-alterdatabase",
        "ALTER DATABASE template1 REFRESH COLLATION VERSION",
    ),
)
