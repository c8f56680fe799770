"""Statements that lock no relation, or none that they name."""

from __future__ import annotations

from release.sql.locks.forms.form import (
    AS,
    RE,
    Form,
    on,
    unnamed,
)

MOOD = "CREATE TYPE mood AS ENUM ('good', 'bad'); ALTER TABLE rooms ADD COLUMN mood mood"

SILENT = (
    Form("CreateEnumStmt", "CREATE TYPE … AS ENUM", "sql-createtype", (), "CREATE TYPE mood AS ENUM ('good', 'bad')"),
    Form("CompositeTypeStmt", "CREATE TYPE … AS (…)", "sql-createtype", (), "CREATE TYPE place AS (id integer)"),
    Form(
        "CreateRangeStmt", "CREATE TYPE … AS RANGE", "sql-createtype", (), "CREATE TYPE span AS RANGE (subtype = text)"
    ),
    Form(
        "AlterEnumStmt",
        "ALTER TYPE … ADD VALUE or RENAME VALUE",
        "sql-altertype",
        (),
        "ALTER TYPE mood ADD VALUE 'fair' BEFORE 'bad'",
        MOOD,
        note="a value that was added cannot be used before the commit",
    ),
    Form("AlterTypeStmt", "ALTER TYPE … SET (…)", "sql-altertype", (), "ALTER TYPE geometry SET (STORAGE = main)"),
    Form(
        "CreateDomainStmt", "CREATE DOMAIN", "sql-createdomain", (), "CREATE DOMAIN label AS text CHECK (value <> '')"
    ),
    Form(
        "CreateFunctionStmt",
        "CREATE FUNCTION or PROCEDURE",
        "sql-createfunction",
        (),
        "CREATE FUNCTION room_count() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM rooms'",
        beside=RE,
        aside="relations named in an SQL body are locked as by the body's statements; with check_function_bodies off"
        " they are not, unless the body is BEGIN ATOMIC or RETURN",
        unnamed=(unnamed("rooms", AS),),
    ),
    Form("AlterFunctionStmt", "ALTER FUNCTION", "sql-alterfunction", (), "ALTER FUNCTION nothing() COST 5"),
    Form(
        "DefineStmt",
        "CREATE AGGREGATE, OPERATOR, COLLATION, base TYPE, TEXT SEARCH …",
        "sql-createaggregate",
        (),
        "CREATE AGGREGATE total (integer) (SFUNC = int4pl, STYPE = integer)",
    ),
    Form("CreateCastStmt", "CREATE CAST", "sql-createcast", (), "CREATE CAST (mood AS integer) WITH INOUT", MOOD),
    Form(
        "CreateExtensionStmt",
        "CREATE EXTENSION",
        "sql-createextension",
        (),
        "CREATE EXTENSION fuzzystrmatch",
        aside="runs the extension's script; the relations it makes are new",
    ),
    Form(
        "AlterExtensionStmt",
        "ALTER EXTENSION … UPDATE",
        "sql-alterextension",
        (),
        "ALTER EXTENSION postgis UPDATE",
        note="runs the extension's scripts: what they lock is theirs to say",
    ),
    Form(
        "AlterExtensionContentsStmt",
        "ALTER EXTENSION … ADD or DROP",
        "sql-alterextension",
        (),
        "ALTER EXTENSION postgis ADD FUNCTION nothing()",
    ),
    Form(
        "GrantStmt",
        "GRANT and REVOKE",
        "sql-grant",
        (on(AS, since=18),),
        "GRANT SELECT ON rooms TO pg_monitor",
    ),
    Form("GrantRoleStmt", "GRANT and REVOKE of roles", "sql-grant", (), "GRANT pg_monitor TO pg_signal_backend"),
    Form(
        "AlterDefaultPrivilegesStmt",
        "ALTER DEFAULT PRIVILEGES",
        "sql-alterdefaultprivileges",
        (),
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO pg_monitor",
    ),
    Form("CreateRoleStmt", "CREATE ROLE", "sql-createrole", (), "CREATE ROLE release_worker"),
    Form(
        "AlterStatsStmt",
        "ALTER STATISTICS",
        "sql-alterstatistics",
        (),
        "ALTER STATISTICS pairs SET STATISTICS 50",
        "CREATE STATISTICS pairs ON name, status FROM rooms",
    ),
    Form(
        "CreatePublicationStmt ALL",
        "CREATE PUBLICATION, without tables of its own",
        "sql-createpublication",
        (),
        "CREATE PUBLICATION news FOR ALL TABLES",
    ),
    Form(
        "CreateSubscriptionStmt",
        "CREATE SUBSCRIPTION",
        "sql-createsubscription",
        (),
        "CREATE SUBSCRIPTION news CONNECTION 'dbname=elsewhere' PUBLICATION news WITH (connect = false)",
        aside="workers then write the subscribed tables, ROW EXCLUSIVE",
    ),
    Form(
        "CreateEventTrigStmt",
        "CREATE EVENT TRIGGER",
        "sql-createeventtrigger",
        (),
        "CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION log_it()",
        "CREATE FUNCTION log_it() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
    ),
    Form(
        "ConstraintsSetStmt",
        "SET CONSTRAINTS",
        "sql-set-constraints",
        (),
        "SET CONSTRAINTS ALL IMMEDIATE",
        aside="IMMEDIATE runs the checks that were put off",
    ),
    Form("VariableSetStmt", "SET and RESET", "sql-set", (), "SET search_path = public"),
    Form("NotifyStmt", "NOTIFY", "sql-notify", (), "NOTIFY news, 'released'"),
)
