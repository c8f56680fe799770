-- =====================================================================================
-- Release 1.1.0: verify
-- =====================================================================================
-- Title         User authentication, object state, building management
-- Revisions     002 -> 005
-- Plan          421bfea042fa (as in upgrade.sql)
--
-- RUN           psql -X -d DATABASE -f verify.sql > verify-1.1.0.log 2>&1; echo "exit $?"
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
\echo release 1.1.0 verify, direction :direction

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
    wanted := CASE WHEN back THEN '002' ELSE '005' END;
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
            ('column', 'public.users', 'last_login_at', FALSE, TRUE, 'public.users', 'timestamp with time zone', FALSE, TRUE),
            ('column', 'public.users', 'email_verified_at', FALSE, TRUE, 'public.users', 'timestamp with time zone', FALSE, TRUE),
            ('column', 'public.users', 'is_active', FALSE, TRUE, 'public.users', 'boolean', TRUE, TRUE),
            ('column', 'public.users', 'previous_email', FALSE, TRUE, 'public.users', 'varchar(255)', FALSE, TRUE),
            ('type', 'public.object_state', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.rooms', 'state', FALSE, TRUE, 'public.rooms', 'object_state', TRUE, TRUE),
            ('column', 'public.walls', 'state', FALSE, TRUE, 'public.walls', 'object_state', TRUE, TRUE),
            ('column', 'public.doors', 'state', FALSE, TRUE, 'public.doors', 'object_state', TRUE, TRUE),
            ('column', 'public.windows', 'state', FALSE, TRUE, 'public.windows', 'object_state', TRUE, TRUE),
            ('column', 'public.devices', 'state', FALSE, TRUE, 'public.devices', 'object_state', TRUE, TRUE),
            ('column', 'public.labels', 'state', FALSE, TRUE, 'public.labels', 'object_state', TRUE, TRUE),
            ('column', 'public.zones', 'state', FALSE, TRUE, 'public.zones', 'object_state', TRUE, TRUE),
            ('table', 'public.building_systems', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.building_systems', 'id', FALSE, TRUE, 'public.building_systems', 'int', TRUE, TRUE),
            ('column', 'public.building_systems', 'name', FALSE, TRUE, 'public.building_systems', 'varchar(255)', TRUE, TRUE),
            ('column', 'public.building_systems', 'building_id', FALSE, TRUE, 'public.building_systems', 'int', FALSE, TRUE),
            ('column', 'public.building_systems', 'settings', FALSE, TRUE, 'public.building_systems', 'jsonb', FALSE, TRUE),
            ('column', 'public.building_systems', 'location', FALSE, TRUE, 'public.building_systems', 'geometry(point, 4326)', FALSE, TRUE),
            ('table', 'public.maintenance_tasks', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.maintenance_tasks', 'id', FALSE, TRUE, 'public.maintenance_tasks', 'int', TRUE, TRUE),
            ('column', 'public.maintenance_tasks', 'building_system_id', FALSE, TRUE, 'public.maintenance_tasks', 'int', FALSE, TRUE),
            ('column', 'public.maintenance_tasks', 'title', FALSE, TRUE, 'public.maintenance_tasks', 'varchar(255)', TRUE, TRUE),
            ('column', 'public.maintenance_tasks', 'due_on', FALSE, TRUE, 'public.maintenance_tasks', 'date', FALSE, TRUE),
            ('column', 'public.maintenance_tasks', 'done_at', FALSE, TRUE, 'public.maintenance_tasks', 'timestamp with time zone', FALSE, TRUE),
            ('index', 'public.ix_building_systems_building_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_building_systems_location', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_maintenance_tasks_building_system_id', '', FALSE, TRUE, NULL, '', NULL, TRUE)
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
