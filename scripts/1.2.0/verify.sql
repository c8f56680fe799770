-- =====================================================================================
-- Release 1.2.0: verify
-- =====================================================================================
-- Title         Search, checks and indexes without downtime
-- Revisions     005 -> 009
-- Plan          c2aa4bd8c663 (as in upgrade.sql)
--
-- RUN           psql -X -d DATABASE -f verify.sql > verify-1.2.0.log 2>&1; echo "exit $?"
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
\echo release 1.2.0 verify, direction :direction

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
    wanted := CASE WHEN back THEN '005' ELSE '009' END;
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
            ('index', 'public.ix_rooms_floor_id_covering', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_devices_building_id_active', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_rooms_geom_active', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('constraint', 'public.rooms', 'ck_rooms_name', FALSE, TRUE, 'public.rooms', '', NULL, TRUE),
            ('column', 'public.comments', 'created_at', TRUE, TRUE, 'public.comments', '', TRUE, TRUE),
            ('column', 'public.catalog_items', 'search', FALSE, TRUE, 'public.catalog_items', 'tsvector', FALSE, TRUE),
            ('index', 'public.ix_catalog_items_search', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('column', 'public.projects', 'updated_at', TRUE, FALSE, 'public.projects', '', NULL, TRUE),
            ('table', 'public.labels', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('table', 'public.annotations', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('constraint', 'public.annotations', 'pk_labels', TRUE, FALSE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'pk_annotations', FALSE, TRUE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'fk_labels_room_id_rooms', TRUE, FALSE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'fk_annotations_room_id_rooms', FALSE, TRUE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'fk_labels_created_by_users', TRUE, FALSE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'fk_annotations_created_by_users', FALSE, TRUE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'fk_labels_locked_by_users', TRUE, FALSE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'fk_annotations_locked_by_users', FALSE, TRUE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'fk_labels_assigned_to_users', TRUE, FALSE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'fk_annotations_assigned_to_users', FALSE, TRUE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'fk_labels_building_id_buildings', TRUE, FALSE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'fk_annotations_building_id_buildings', FALSE, TRUE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'fk_labels_floor_id_floors', TRUE, FALSE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'fk_annotations_floor_id_floors', FALSE, TRUE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'fk_labels_project_id_projects', TRUE, FALSE, 'public.labels', '', NULL, TRUE),
            ('constraint', 'public.annotations', 'fk_annotations_project_id_projects', FALSE, TRUE, 'public.labels', '', NULL, TRUE),
            ('index', 'public.ix_labels_room_id', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_annotations_room_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_text', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_annotations_text', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_layer', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_annotations_layer', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_status', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_annotations_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_category', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_annotations_category', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_created_by', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_annotations_created_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_locked_by', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_annotations_locked_by', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_assigned_to', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_annotations_assigned_to', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_building_id', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_annotations_building_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_floor_id', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_annotations_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_project_id', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_annotations_project_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_building_id_floor_id', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_annotations_building_id_floor_id', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_project_id_status', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_annotations_project_id_status', '', FALSE, TRUE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_labels_geom', '', TRUE, FALSE, NULL, '', NULL, TRUE),
            ('index', 'public.ix_annotations_geom', '', FALSE, TRUE, NULL, '', NULL, TRUE)
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
