-- =====================================================================================
-- Release 1.0.0: verify
-- =====================================================================================
-- Title         Initial schema
-- Revisions     base -> 002
-- Plan          281ad37afaa7 (as in upgrade.sql)
--
-- RUN           psql -X -d DATABASE -f verify.sql > verify-1.0.0.log 2>&1; echo "exit $?"
--               after upgrade.sql; after rollback.sql with -v direction=rollback, which asserts the
--               starting state
--               Changes nothing: one READ ONLY transaction. Compares the version rows, and every
--               object that the release creates, changes or drops, with the catalog: a line each,
--               PASS or FAIL. Exit 0 when all pass, 3 when one fails.
--               Not compared: defaults, expressions, conditions, the bodies of functions, rows.
-- =====================================================================================

\set ON_ERROR_STOP on
\set AUTOCOMMIT on
\set ON_ERROR_ROLLBACK off
\if :{?direction}
\else
\set direction upgrade
\endif
\conninfo
\echo release 1.0.0 verify, direction :direction

SET client_encoding = 'UTF8';
SET client_min_messages = 'notice';
SET standard_conforming_strings = on;
SET search_path = public;
SET lock_timeout = '2s';
SET statement_timeout = '60s';
SET default_transaction_read_only = on;

SELECT
    :'direction' = 'rollback' AS release_back,
    :'direction' NOT IN ('upgrade', 'rollback') AS release_nowhere
\gset
\if :release_nowhere
DO $direction$
BEGIN
    RAISE EXCEPTION 'direction must be upgrade or rollback';
END
$direction$;
\endif

BEGIN;

\if :release_back
SELECT set_config('release.verify', 'rollback', FALSE) AS release_verify \gset
\else
SELECT set_config('release.verify', 'upgrade', FALSE) AS release_verify \gset
\endif

DO $verify$
DECLARE
    back constant boolean := current_setting('release.verify') = 'rollback';
    findings jsonb := '[]';
    found text := 'base';
    wanted text;
    defect text;
    present boolean;
    should boolean;
    r record;
BEGIN
    IF to_regclass('public.alembic_version') IS NOT NULL THEN
        EXECUTE $q$
            SELECT coalesce(string_agg(v.version_num, ', ' ORDER BY v.version_num COLLATE "C"), 'base')
            FROM public.alembic_version AS v $q$ INTO found;
    END IF;
    wanted := CASE WHEN back THEN 'base' ELSE '002' END;
    findings := findings || jsonb_build_object(
        'result', CASE WHEN found = wanted THEN 'PASS' ELSE 'FAIL' END,
        'finding', format('revision %s', wanted) || CASE WHEN found = wanted THEN '' ELSE format(': it is %s', found) END);

    FOR r IN
        SELECT
            e.kind, e.relation, e.name, e.before::boolean, e.after::boolean, e.former, e.type, e.not_null::boolean,
            e.valid::boolean
        FROM (VALUES
            -- kind, its name or its table's, name in the table, there before and after, the table's name before;
            -- column: type and NOT NULL; constraint: VALID; each where the release says so
            ('extension', 'postgis', '', NULL, TRUE, NULL, '', NULL, TRUE),
            ('table', 'public.users', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.users', 'id', FALSE, TRUE, 'public.users', 'int', TRUE, TRUE),
            ('column', 'public.users', 'email', FALSE, TRUE, 'public.users', 'varchar(255)', TRUE, TRUE),
            ('column', 'public.users', 'username', FALSE, TRUE, 'public.users', 'varchar(100)', TRUE, TRUE),
            ('column', 'public.users', 'password_hash', FALSE, TRUE, 'public.users', 'varchar(255)', TRUE, TRUE),
            ('column', 'public.users', 'role', FALSE, TRUE, 'public.users', 'varchar(50)', TRUE, TRUE),
            ('column', 'public.users', 'created_at', FALSE, TRUE, 'public.users', 'timestamp with time zone', FALSE, TRUE),
            ('column', 'public.users', 'updated_at', FALSE, TRUE, 'public.users', 'timestamp with time zone', FALSE, TRUE),
            ('table', 'public.projects', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.projects', 'id', FALSE, TRUE, 'public.projects', 'int', TRUE, TRUE),
            ('column', 'public.projects', 'name', FALSE, TRUE, 'public.projects', 'varchar(255)', TRUE, TRUE),
            ('column', 'public.projects', 'user_id', FALSE, TRUE, 'public.projects', 'int', FALSE, TRUE),
            ('column', 'public.projects', 'created_at', FALSE, TRUE, 'public.projects', 'timestamp with time zone', FALSE, TRUE),
            ('column', 'public.projects', 'updated_at', FALSE, TRUE, 'public.projects', 'timestamp with time zone', FALSE, TRUE),
            ('table', 'public.buildings', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.buildings', 'id', FALSE, TRUE, 'public.buildings', 'int', TRUE, TRUE),
            ('column', 'public.buildings', 'name', FALSE, TRUE, 'public.buildings', 'varchar(255)', TRUE, TRUE),
            ('column', 'public.buildings', 'address', FALSE, TRUE, 'public.buildings', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.buildings', 'owner_id', FALSE, TRUE, 'public.buildings', 'int', FALSE, TRUE),
            ('column', 'public.buildings', 'project_id', FALSE, TRUE, 'public.buildings', 'int', FALSE, TRUE),
            ('column', 'public.buildings', 'created_at', FALSE, TRUE, 'public.buildings', 'timestamp with time zone', FALSE, TRUE),
            ('column', 'public.buildings', 'updated_at', FALSE, TRUE, 'public.buildings', 'timestamp with time zone', FALSE, TRUE),
            ('table', 'public.floors', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.floors', 'id', FALSE, TRUE, 'public.floors', 'int', TRUE, TRUE),
            ('column', 'public.floors', 'name', FALSE, TRUE, 'public.floors', 'varchar(255)', TRUE, TRUE),
            ('column', 'public.floors', 'building_id', FALSE, TRUE, 'public.floors', 'int', FALSE, TRUE),
            ('column', 'public.floors', 'svg_path', FALSE, TRUE, 'public.floors', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.floors', 'created_at', FALSE, TRUE, 'public.floors', 'timestamp with time zone', FALSE, TRUE),
            ('column', 'public.floors', 'updated_at', FALSE, TRUE, 'public.floors', 'timestamp with time zone', FALSE, TRUE),
            ('table', 'public.categories', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.categories', 'id', FALSE, TRUE, 'public.categories', 'int', TRUE, TRUE),
            ('column', 'public.categories', 'name', FALSE, TRUE, 'public.categories', 'varchar(100)', TRUE, TRUE),
            ('column', 'public.categories', 'building_id', FALSE, TRUE, 'public.categories', 'int', FALSE, TRUE),
            ('column', 'public.categories', 'created_at', FALSE, TRUE, 'public.categories', 'timestamp with time zone', FALSE, TRUE),
            ('column', 'public.categories', 'updated_at', FALSE, TRUE, 'public.categories', 'timestamp with time zone', FALSE, TRUE),
            ('table', 'public.rooms', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.rooms', 'id', FALSE, TRUE, 'public.rooms', 'varchar(64)', TRUE, TRUE),
            ('column', 'public.rooms', 'name', FALSE, TRUE, 'public.rooms', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.rooms', 'layer', FALSE, TRUE, 'public.rooms', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.rooms', 'status', FALSE, TRUE, 'public.rooms', 'varchar(50)', FALSE, TRUE),
            ('column', 'public.rooms', 'source_svg', FALSE, TRUE, 'public.rooms', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.rooms', 'svg_id', FALSE, TRUE, 'public.rooms', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.rooms', 'category', FALSE, TRUE, 'public.rooms', 'varchar(100)', TRUE, TRUE),
            ('column', 'public.rooms', 'created_by', FALSE, TRUE, 'public.rooms', 'int', FALSE, TRUE),
            ('column', 'public.rooms', 'locked_by', FALSE, TRUE, 'public.rooms', 'int', FALSE, TRUE),
            ('column', 'public.rooms', 'assigned_to', FALSE, TRUE, 'public.rooms', 'int', FALSE, TRUE),
            ('column', 'public.rooms', 'building_id', FALSE, TRUE, 'public.rooms', 'int', FALSE, TRUE),
            ('column', 'public.rooms', 'floor_id', FALSE, TRUE, 'public.rooms', 'int', FALSE, TRUE),
            ('column', 'public.rooms', 'project_id', FALSE, TRUE, 'public.rooms', 'int', FALSE, TRUE),
            ('column', 'public.rooms', 'geom', FALSE, TRUE, 'public.rooms', 'geometry(polygon, 4326)', FALSE, TRUE),
            ('table', 'public.walls', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.walls', 'id', FALSE, TRUE, 'public.walls', 'varchar(64)', TRUE, TRUE),
            ('column', 'public.walls', 'room_id', FALSE, TRUE, 'public.walls', 'varchar(64)', FALSE, TRUE),
            ('column', 'public.walls', 'material', FALSE, TRUE, 'public.walls', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.walls', 'layer', FALSE, TRUE, 'public.walls', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.walls', 'status', FALSE, TRUE, 'public.walls', 'varchar(50)', FALSE, TRUE),
            ('column', 'public.walls', 'source_svg', FALSE, TRUE, 'public.walls', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.walls', 'svg_id', FALSE, TRUE, 'public.walls', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.walls', 'category', FALSE, TRUE, 'public.walls', 'varchar(100)', TRUE, TRUE),
            ('column', 'public.walls', 'created_by', FALSE, TRUE, 'public.walls', 'int', FALSE, TRUE),
            ('column', 'public.walls', 'locked_by', FALSE, TRUE, 'public.walls', 'int', FALSE, TRUE),
            ('column', 'public.walls', 'assigned_to', FALSE, TRUE, 'public.walls', 'int', FALSE, TRUE),
            ('column', 'public.walls', 'building_id', FALSE, TRUE, 'public.walls', 'int', FALSE, TRUE),
            ('column', 'public.walls', 'floor_id', FALSE, TRUE, 'public.walls', 'int', FALSE, TRUE),
            ('column', 'public.walls', 'project_id', FALSE, TRUE, 'public.walls', 'int', FALSE, TRUE),
            ('column', 'public.walls', 'geom', FALSE, TRUE, 'public.walls', 'geometry(geometry, 4326)', FALSE, TRUE),
            ('table', 'public.doors', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.doors', 'id', FALSE, TRUE, 'public.doors', 'varchar(64)', TRUE, TRUE),
            ('column', 'public.doors', 'room_id', FALSE, TRUE, 'public.doors', 'varchar(64)', FALSE, TRUE),
            ('column', 'public.doors', 'material', FALSE, TRUE, 'public.doors', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.doors', 'layer', FALSE, TRUE, 'public.doors', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.doors', 'status', FALSE, TRUE, 'public.doors', 'varchar(50)', FALSE, TRUE),
            ('column', 'public.doors', 'source_svg', FALSE, TRUE, 'public.doors', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.doors', 'svg_id', FALSE, TRUE, 'public.doors', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.doors', 'category', FALSE, TRUE, 'public.doors', 'varchar(100)', TRUE, TRUE),
            ('column', 'public.doors', 'created_by', FALSE, TRUE, 'public.doors', 'int', FALSE, TRUE),
            ('column', 'public.doors', 'locked_by', FALSE, TRUE, 'public.doors', 'int', FALSE, TRUE),
            ('column', 'public.doors', 'assigned_to', FALSE, TRUE, 'public.doors', 'int', FALSE, TRUE),
            ('column', 'public.doors', 'building_id', FALSE, TRUE, 'public.doors', 'int', FALSE, TRUE),
            ('column', 'public.doors', 'floor_id', FALSE, TRUE, 'public.doors', 'int', FALSE, TRUE),
            ('column', 'public.doors', 'project_id', FALSE, TRUE, 'public.doors', 'int', FALSE, TRUE),
            ('column', 'public.doors', 'geom', FALSE, TRUE, 'public.doors', 'geometry(geometry, 4326)', FALSE, TRUE),
            ('table', 'public.windows', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.windows', 'id', FALSE, TRUE, 'public.windows', 'varchar(64)', TRUE, TRUE),
            ('column', 'public.windows', 'room_id', FALSE, TRUE, 'public.windows', 'varchar(64)', FALSE, TRUE),
            ('column', 'public.windows', 'material', FALSE, TRUE, 'public.windows', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.windows', 'layer', FALSE, TRUE, 'public.windows', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.windows', 'status', FALSE, TRUE, 'public.windows', 'varchar(50)', FALSE, TRUE),
            ('column', 'public.windows', 'source_svg', FALSE, TRUE, 'public.windows', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.windows', 'svg_id', FALSE, TRUE, 'public.windows', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.windows', 'category', FALSE, TRUE, 'public.windows', 'varchar(100)', TRUE, TRUE),
            ('column', 'public.windows', 'created_by', FALSE, TRUE, 'public.windows', 'int', FALSE, TRUE),
            ('column', 'public.windows', 'locked_by', FALSE, TRUE, 'public.windows', 'int', FALSE, TRUE),
            ('column', 'public.windows', 'assigned_to', FALSE, TRUE, 'public.windows', 'int', FALSE, TRUE),
            ('column', 'public.windows', 'building_id', FALSE, TRUE, 'public.windows', 'int', FALSE, TRUE),
            ('column', 'public.windows', 'floor_id', FALSE, TRUE, 'public.windows', 'int', FALSE, TRUE),
            ('column', 'public.windows', 'project_id', FALSE, TRUE, 'public.windows', 'int', FALSE, TRUE),
            ('column', 'public.windows', 'geom', FALSE, TRUE, 'public.windows', 'geometry(geometry, 4326)', FALSE, TRUE),
            ('table', 'public.devices', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.devices', 'id', FALSE, TRUE, 'public.devices', 'varchar(64)', TRUE, TRUE),
            ('column', 'public.devices', 'room_id', FALSE, TRUE, 'public.devices', 'varchar(64)', FALSE, TRUE),
            ('column', 'public.devices', 'type', FALSE, TRUE, 'public.devices', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.devices', 'system', FALSE, TRUE, 'public.devices', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.devices', 'subtype', FALSE, TRUE, 'public.devices', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.devices', 'layer', FALSE, TRUE, 'public.devices', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.devices', 'status', FALSE, TRUE, 'public.devices', 'varchar(50)', FALSE, TRUE),
            ('column', 'public.devices', 'source_svg', FALSE, TRUE, 'public.devices', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.devices', 'svg_id', FALSE, TRUE, 'public.devices', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.devices', 'category', FALSE, TRUE, 'public.devices', 'varchar(100)', TRUE, TRUE),
            ('column', 'public.devices', 'created_by', FALSE, TRUE, 'public.devices', 'int', FALSE, TRUE),
            ('column', 'public.devices', 'locked_by', FALSE, TRUE, 'public.devices', 'int', FALSE, TRUE),
            ('column', 'public.devices', 'assigned_to', FALSE, TRUE, 'public.devices', 'int', FALSE, TRUE),
            ('column', 'public.devices', 'building_id', FALSE, TRUE, 'public.devices', 'int', FALSE, TRUE),
            ('column', 'public.devices', 'floor_id', FALSE, TRUE, 'public.devices', 'int', FALSE, TRUE),
            ('column', 'public.devices', 'project_id', FALSE, TRUE, 'public.devices', 'int', FALSE, TRUE),
            ('column', 'public.devices', 'geom', FALSE, TRUE, 'public.devices', 'geometry(point, 4326)', FALSE, TRUE),
            ('table', 'public.labels', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.labels', 'id', FALSE, TRUE, 'public.labels', 'varchar(64)', TRUE, TRUE),
            ('column', 'public.labels', 'room_id', FALSE, TRUE, 'public.labels', 'varchar(64)', FALSE, TRUE),
            ('column', 'public.labels', 'text', FALSE, TRUE, 'public.labels', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.labels', 'layer', FALSE, TRUE, 'public.labels', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.labels', 'status', FALSE, TRUE, 'public.labels', 'varchar(50)', FALSE, TRUE),
            ('column', 'public.labels', 'source_svg', FALSE, TRUE, 'public.labels', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.labels', 'svg_id', FALSE, TRUE, 'public.labels', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.labels', 'category', FALSE, TRUE, 'public.labels', 'varchar(100)', TRUE, TRUE),
            ('column', 'public.labels', 'created_by', FALSE, TRUE, 'public.labels', 'int', FALSE, TRUE),
            ('column', 'public.labels', 'locked_by', FALSE, TRUE, 'public.labels', 'int', FALSE, TRUE),
            ('column', 'public.labels', 'assigned_to', FALSE, TRUE, 'public.labels', 'int', FALSE, TRUE),
            ('column', 'public.labels', 'building_id', FALSE, TRUE, 'public.labels', 'int', FALSE, TRUE),
            ('column', 'public.labels', 'floor_id', FALSE, TRUE, 'public.labels', 'int', FALSE, TRUE),
            ('column', 'public.labels', 'project_id', FALSE, TRUE, 'public.labels', 'int', FALSE, TRUE),
            ('column', 'public.labels', 'geom', FALSE, TRUE, 'public.labels', 'geometry(point, 4326)', FALSE, TRUE),
            ('table', 'public.zones', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.zones', 'id', FALSE, TRUE, 'public.zones', 'varchar(64)', TRUE, TRUE),
            ('column', 'public.zones', 'room_id', FALSE, TRUE, 'public.zones', 'varchar(64)', FALSE, TRUE),
            ('column', 'public.zones', 'name', FALSE, TRUE, 'public.zones', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.zones', 'layer', FALSE, TRUE, 'public.zones', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.zones', 'status', FALSE, TRUE, 'public.zones', 'varchar(50)', FALSE, TRUE),
            ('column', 'public.zones', 'source_svg', FALSE, TRUE, 'public.zones', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.zones', 'svg_id', FALSE, TRUE, 'public.zones', 'varchar(255)', FALSE, TRUE),
            ('column', 'public.zones', 'category', FALSE, TRUE, 'public.zones', 'varchar(100)', TRUE, TRUE),
            ('column', 'public.zones', 'created_by', FALSE, TRUE, 'public.zones', 'int', FALSE, TRUE),
            ('column', 'public.zones', 'locked_by', FALSE, TRUE, 'public.zones', 'int', FALSE, TRUE),
            ('column', 'public.zones', 'assigned_to', FALSE, TRUE, 'public.zones', 'int', FALSE, TRUE),
            ('column', 'public.zones', 'building_id', FALSE, TRUE, 'public.zones', 'int', FALSE, TRUE),
            ('column', 'public.zones', 'floor_id', FALSE, TRUE, 'public.zones', 'int', FALSE, TRUE),
            ('column', 'public.zones', 'project_id', FALSE, TRUE, 'public.zones', 'int', FALSE, TRUE),
            ('column', 'public.zones', 'geom', FALSE, TRUE, 'public.zones', 'geometry(polygon, 4326)', FALSE, TRUE),
            ('table', 'public.drawings', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.drawings', 'id', FALSE, TRUE, 'public.drawings', 'int', TRUE, TRUE),
            ('column', 'public.drawings', 'name', FALSE, TRUE, 'public.drawings', 'varchar(255)', TRUE, TRUE),
            ('column', 'public.drawings', 'project_id', FALSE, TRUE, 'public.drawings', 'int', FALSE, TRUE),
            ('column', 'public.drawings', 'created_at', FALSE, TRUE, 'public.drawings', 'timestamp with time zone', FALSE, TRUE),
            ('table', 'public.comments', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.comments', 'id', FALSE, TRUE, 'public.comments', 'int', TRUE, TRUE),
            ('column', 'public.comments', 'user_id', FALSE, TRUE, 'public.comments', 'int', FALSE, TRUE),
            ('column', 'public.comments', 'object_id', FALSE, TRUE, 'public.comments', 'varchar(64)', FALSE, TRUE),
            ('column', 'public.comments', 'object_type', FALSE, TRUE, 'public.comments', 'varchar(50)', FALSE, TRUE),
            ('column', 'public.comments', 'content', FALSE, TRUE, 'public.comments', 'text', FALSE, TRUE),
            ('column', 'public.comments', 'created_at', FALSE, TRUE, 'public.comments', 'timestamp with time zone', FALSE, TRUE),
            ('table', 'public.assignments', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.assignments', 'id', FALSE, TRUE, 'public.assignments', 'int', TRUE, TRUE),
            ('column', 'public.assignments', 'user_id', FALSE, TRUE, 'public.assignments', 'int', FALSE, TRUE),
            ('column', 'public.assignments', 'object_id', FALSE, TRUE, 'public.assignments', 'varchar(64)', FALSE, TRUE),
            ('column', 'public.assignments', 'object_type', FALSE, TRUE, 'public.assignments', 'varchar(50)', FALSE, TRUE),
            ('column', 'public.assignments', 'status', FALSE, TRUE, 'public.assignments', 'varchar(50)', FALSE, TRUE),
            ('column', 'public.assignments', 'assigned_at', FALSE, TRUE, 'public.assignments', 'timestamp with time zone', FALSE, TRUE),
            ('table', 'public.object_history', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.object_history', 'id', FALSE, TRUE, 'public.object_history', 'int', TRUE, TRUE),
            ('column', 'public.object_history', 'user_id', FALSE, TRUE, 'public.object_history', 'int', FALSE, TRUE),
            ('column', 'public.object_history', 'object_id', FALSE, TRUE, 'public.object_history', 'varchar(64)', FALSE, TRUE),
            ('column', 'public.object_history', 'object_type', FALSE, TRUE, 'public.object_history', 'varchar(50)', FALSE, TRUE),
            ('column', 'public.object_history', 'change_type', FALSE, TRUE, 'public.object_history', 'varchar(50)', FALSE, TRUE),
            ('column', 'public.object_history', 'changed_at', FALSE, TRUE, 'public.object_history', 'timestamp with time zone', FALSE, TRUE),
            ('table', 'public.audit_logs', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.audit_logs', 'id', FALSE, TRUE, 'public.audit_logs', 'int', TRUE, TRUE),
            ('column', 'public.audit_logs', 'user_id', FALSE, TRUE, 'public.audit_logs', 'int', FALSE, TRUE),
            ('column', 'public.audit_logs', 'object_id', FALSE, TRUE, 'public.audit_logs', 'varchar(64)', FALSE, TRUE),
            ('column', 'public.audit_logs', 'object_type', FALSE, TRUE, 'public.audit_logs', 'varchar(50)', FALSE, TRUE),
            ('column', 'public.audit_logs', 'action', FALSE, TRUE, 'public.audit_logs', 'varchar(50)', FALSE, TRUE),
            ('column', 'public.audit_logs', 'created_at', FALSE, TRUE, 'public.audit_logs', 'timestamp with time zone', FALSE, TRUE),
            ('table', 'public.user_category_permissions', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.user_category_permissions', 'id', FALSE, TRUE, 'public.user_category_permissions', 'int', TRUE, TRUE),
            ('column', 'public.user_category_permissions', 'user_id', FALSE, TRUE, 'public.user_category_permissions', 'int', FALSE, TRUE),
            ('column', 'public.user_category_permissions', 'category_id', FALSE, TRUE, 'public.user_category_permissions', 'int', FALSE, TRUE),
            ('column', 'public.user_category_permissions', 'project_id', FALSE, TRUE, 'public.user_category_permissions', 'int', FALSE, TRUE),
            ('column', 'public.user_category_permissions', 'can_edit', FALSE, TRUE, 'public.user_category_permissions', 'boolean', FALSE, TRUE),
            ('table', 'public.chat_messages', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.chat_messages', 'id', FALSE, TRUE, 'public.chat_messages', 'int', TRUE, TRUE),
            ('column', 'public.chat_messages', 'building_id', FALSE, TRUE, 'public.chat_messages', 'int', FALSE, TRUE),
            ('column', 'public.chat_messages', 'user_id', FALSE, TRUE, 'public.chat_messages', 'int', FALSE, TRUE),
            ('column', 'public.chat_messages', 'audit_log_id', FALSE, TRUE, 'public.chat_messages', 'int', FALSE, TRUE),
            ('column', 'public.chat_messages', 'message', FALSE, TRUE, 'public.chat_messages', 'text', FALSE, TRUE),
            ('column', 'public.chat_messages', 'created_at', FALSE, TRUE, 'public.chat_messages', 'timestamp with time zone', FALSE, TRUE),
            ('table', 'public.catalog_items', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.catalog_items', 'id', FALSE, TRUE, 'public.catalog_items', 'int', TRUE, TRUE),
            ('column', 'public.catalog_items', 'category_id', FALSE, TRUE, 'public.catalog_items', 'int', FALSE, TRUE),
            ('column', 'public.catalog_items', 'created_by', FALSE, TRUE, 'public.catalog_items', 'int', FALSE, TRUE),
            ('column', 'public.catalog_items', 'make', FALSE, TRUE, 'public.catalog_items', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.catalog_items', 'model', FALSE, TRUE, 'public.catalog_items', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.catalog_items', 'type', FALSE, TRUE, 'public.catalog_items', 'varchar(100)', FALSE, TRUE),
            ('column', 'public.catalog_items', 'approved', FALSE, TRUE, 'public.catalog_items', 'boolean', FALSE, TRUE),
            ('column', 'public.catalog_items', 'created_at', FALSE, TRUE, 'public.catalog_items', 'timestamp with time zone', FALSE, TRUE),
            ('index', 'public.ix_projects_user_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_projects_created_at', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_buildings_owner_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_buildings_project_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_buildings_created_at', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_buildings_updated_at', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_floors_name', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_floors_building_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_categories_building_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_drawings_name', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_drawings_project_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_drawings_created_at', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_comments_user_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_comments_object_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_comments_object_type', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_comments_created_at', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_assignments_user_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_assignments_object_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_assignments_object_type', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_assignments_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_assignments_assigned_at', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_object_history_user_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_object_history_object_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_object_history_object_type', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_object_history_change_type', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_object_history_changed_at', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_audit_logs_user_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_audit_logs_object_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_audit_logs_object_type', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_audit_logs_action', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_audit_logs_created_at', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_user_category_permissions_user_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_user_category_permissions_category_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_user_category_permissions_project_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_user_category_permissions_can_edit', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_chat_messages_building_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_chat_messages_user_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_chat_messages_audit_log_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_chat_messages_created_at', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_catalog_items_category_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_catalog_items_created_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_catalog_items_make', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_catalog_items_model', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_catalog_items_type', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_catalog_items_approved', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_catalog_items_created_at', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_catalog_items_make_model_type', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_rooms_name', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_rooms_layer', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_rooms_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_rooms_category', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_rooms_created_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_rooms_locked_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_rooms_assigned_to', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_rooms_building_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_rooms_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_rooms_project_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_rooms_building_id_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_rooms_project_id_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_walls_room_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_walls_material', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_walls_layer', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_walls_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_walls_category', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_walls_created_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_walls_locked_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_walls_assigned_to', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_walls_building_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_walls_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_walls_project_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_walls_building_id_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_walls_project_id_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_doors_room_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_doors_material', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_doors_layer', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_doors_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_doors_category', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_doors_created_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_doors_locked_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_doors_assigned_to', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_doors_building_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_doors_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_doors_project_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_doors_building_id_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_doors_project_id_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_windows_room_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_windows_material', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_windows_layer', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_windows_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_windows_category', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_windows_created_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_windows_locked_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_windows_assigned_to', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_windows_building_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_windows_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_windows_project_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_windows_building_id_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_windows_project_id_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_room_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_type', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_system', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_subtype', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_layer', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_category', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_created_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_locked_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_assigned_to', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_building_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_project_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_building_id_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_project_id_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_room_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_text', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_layer', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_category', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_created_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_locked_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_assigned_to', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_building_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_project_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_building_id_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_project_id_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_zones_room_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_zones_name', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_zones_layer', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_zones_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_zones_category', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_zones_created_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_zones_locked_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_zones_assigned_to', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_zones_building_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_zones_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_zones_project_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_zones_building_id_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_zones_project_id_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_rooms_geom', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_walls_geom', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_doors_geom', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_windows_geom', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_geom', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_geom', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_zones_geom', '', FALSE, TRUE, NULL, '', NULL, TRUE)
        ) AS e (kind, relation, name, before, after, former, type, not_null, valid)
        WHERE CASE WHEN back THEN e.before ELSE e.after END IS NOT NULL AND NOT (back AND e.kind = 'extension')
    LOOP
        IF back THEN
            r.relation := coalesce(r.former, r.relation);
        END IF;
        defect := '';
        should := CASE WHEN back THEN r.before ELSE r.after END;
        present := CASE r.kind
            WHEN 'column' THEN EXISTS (
                SELECT FROM pg_attribute AS a
                WHERE a.attrelid = to_regclass(r.relation) AND a.attname = r.name AND NOT a.attisdropped)
            WHEN 'constraint' THEN EXISTS (
                SELECT FROM pg_constraint AS c WHERE c.conrelid = to_regclass(r.relation) AND c.conname = r.name)
            WHEN 'trigger' THEN EXISTS (
                SELECT FROM pg_trigger AS t WHERE t.tgrelid = to_regclass(r.relation) AND t.tgname = r.name)
            WHEN 'policy' THEN EXISTS (
                SELECT FROM pg_policy AS p WHERE p.polrelid = to_regclass(r.relation) AND p.polname = r.name)
            WHEN 'type' THEN to_regtype(r.relation) IS NOT NULL
            WHEN 'domain' THEN to_regtype(r.relation) IS NOT NULL
            WHEN 'schema' THEN to_regnamespace(r.relation) IS NOT NULL
            WHEN 'extension' THEN EXISTS (SELECT FROM pg_extension AS e WHERE quote_ident(e.extname) = r.relation)
            WHEN 'function' THEN EXISTS (
                SELECT FROM pg_proc AS p JOIN pg_namespace AS n ON p.pronamespace = n.oid
                WHERE format('%I.%I', n.nspname, p.proname) = r.relation)
            WHEN 'procedure' THEN EXISTS (
                SELECT FROM pg_proc AS p JOIN pg_namespace AS n ON p.pronamespace = n.oid
                WHERE format('%I.%I', n.nspname, p.proname) = r.relation)
            ELSE to_regclass(r.relation) IS NOT NULL
        END;
        IF present AND should THEN
            IF r.kind = 'column' AND NOT back THEN
                SELECT concat_ws(', ',
                    CASE WHEN a.atttypid <> to_regtype(nullif(r.type, '')) THEN format('its type is %s', format_type(a.atttypid, a.atttypmod)) END,
                    CASE WHEN a.attnotnull <> r.not_null THEN CASE WHEN a.attnotnull THEN 'it is NOT NULL' ELSE 'it is not NOT NULL' END END)
                INTO defect
                FROM pg_attribute AS a WHERE a.attrelid = to_regclass(r.relation) AND a.attname = r.name;
            ELSIF r.kind = 'constraint' AND NOT back THEN
                SELECT CASE WHEN c.convalidated <> r.valid AND r.valid THEN 'it is NOT VALID' ELSE '' END
                INTO defect
                FROM pg_constraint AS c WHERE c.conrelid = to_regclass(r.relation) AND c.conname = r.name;
            ELSIF r.kind = 'index' THEN
                SELECT concat_ws(', ',
                    CASE WHEN NOT i.indisvalid THEN 'it is INVALID' END, CASE WHEN NOT i.indisready THEN 'it is not ready' END)
                INTO defect
                FROM pg_index AS i WHERE i.indexrelid = to_regclass(r.relation);
            END IF;
        ELSIF present <> should THEN
            defect := CASE WHEN present THEN 'it is there' ELSE 'it is missing' END;
        END IF;
        findings := findings || jsonb_build_object(
            'result', CASE WHEN coalesce(defect, '') = '' THEN 'PASS' ELSE 'FAIL' END,
            'finding', concat_ws(' ', r.kind, concat_ws('.', r.relation, nullif(r.name, '')), CASE WHEN r.type <> '' AND NOT back THEN r.type END)
                || CASE WHEN should THEN '' ELSE ' is gone' END
                || CASE WHEN coalesce(defect, '') = '' THEN '' ELSE ': ' || defect END);
    END LOOP;
    PERFORM set_config('release.findings', findings::text, false);
END
$verify$;

SELECT
    f.result,
    f.finding
FROM jsonb_to_recordset(current_setting('release.findings')::jsonb) AS f (result text, finding text);

SELECT
    count(*) AS release_lines,
    count(*) FILTER (WHERE f.result = 'FAIL') AS release_failures,
    count(*) FILTER (WHERE f.result = 'FAIL') = 0 AS release_good
FROM jsonb_to_recordset(current_setting('release.findings')::jsonb) AS f (result text, finding text) \gset

ROLLBACK;

\if :release_good
\echo PASS (:release_lines of :release_lines)
\else
\echo FAIL (:release_failures of :release_lines)
DO $fail$
BEGIN
    RAISE EXCEPTION 'FAIL: see the lines above';
END
$fail$;
\endif
