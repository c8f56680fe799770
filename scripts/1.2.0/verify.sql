-- =====================================================================================
-- Release 1.2.0: verify
-- =====================================================================================
-- Title         Search, checks and indexes without downtime
-- Revisions     005 -> 009
-- Plan          955905a63781 (as in upgrade.sql)
--
-- RUN           psql -X -d DATABASE -f verify.sql > verify-1.2.0.log 2>&1; echo "exit $?"
--               after upgrade.sql; after rollback.sql with -v direction=rollback, which asserts the
--               starting state
--               Changes nothing: one READ ONLY transaction. Compares the version rows, and every
--               object that the release creates, changes or drops, with the catalog: a line each,
--               PASS or FAIL. Exit 0 when all pass, 3 when one fails.
--               Not compared: rows, the expressions of checks, indexes, views and policies, and
--               defaults that are more than a plain value.
-- =====================================================================================

\set ON_ERROR_STOP on
\set AUTOCOMMIT on
\set ON_ERROR_ROLLBACK off
\if :{?direction}
\else
\set direction upgrade
\endif
SELECT
    pg_catalog.regexp_replace(
        pg_catalog.format(
            'connected to database %I as user %I on host %s at port %s',
            pg_catalog.current_database(), session_user, :'HOST', :'PORT'
        ),
        '[[:cntrl:]]', '?', 'g'
    ) AS release_place
\gset
\echo :release_place
\echo release 1.2.0 verify, direction :direction

SET client_encoding = 'UTF8';
SET client_min_messages = 'notice';
SET lock_timeout = '2s';
SET statement_timeout = '60s';
SET search_path = pg_catalog, pg_temp; -- so that nothing planted in another schema is called
-- The session ends when the script does, not before.
SET idle_in_transaction_session_timeout = 0;
SET exit_on_error = off;
-- These where the server knows them: since 14, since 17, since a minor version of 2024.
SELECT count(set_config(s.name, w.value, FALSE)) AS release_known
FROM pg_settings AS s
INNER JOIN (
    VALUES
    ('idle_session_timeout', '0'),
    ('transaction_timeout', '0'),
    ('restrict_nonsystem_relation_kind', '')
) AS w (name, value) ON s.name = w.name \gset
-- A literal, a cast or a query means the same everywhere.
SET standard_conforming_strings = on;
SET backslash_quote = safe_encoding;
SET transform_null_equals = off;
SET array_nulls = on;
SET xmloption = content;
SET bytea_output = 'hex';
SET extra_float_digits = 1;
SET quote_all_identifiers = off;
SET gin_fuzzy_search_limit = 0; -- all rows that an index finds, not a random part of them
SET row_security = off; -- an error instead of rows that a policy hides
SET datestyle = 'ISO, MDY';
SET intervalstyle = 'postgres';
SET timezone = 'UTC';
SET timezone_abbreviations = 'Default';
SET search_path = public;
SET default_transaction_isolation = 'read committed';
SET default_transaction_read_only = on;

SELECT
    set_config('release.verify', :'direction', FALSE) AS release_verify,
    :'direction' NOT IN ('upgrade', 'rollback') AS release_nowhere
\gset
\if :release_nowhere
DO $direction$
BEGIN
    RAISE EXCEPTION 'direction must be upgrade or rollback';
END
$direction$;
\endif

BEGIN; -- read only, by the setting above

DO $verify$
DECLARE
    back constant boolean := current_setting('release.verify') = 'rollback';
    findings jsonb := '[]';
    found text := 'base';
    wanted text;
    has text[];  -- what the catalog says of an object; NULL: it is not there
    also text[]; -- the same in other words
    object oid;
    class oid;
    part integer;
    defect text;
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
        -- after the upgrade: kind, name or table, name in it, there or gone, and what must be true of it
        SELECT * FROM (VALUES
            ('index', 'public.ix_rooms_floor_id_covering', '', 'there', ARRAY['btree (floor_id) INCLUDE (name, state)']),
            ('index', 'public.ix_devices_building_id_active', '', 'there', ARRAY['btree (building_id) WHERE']),
            ('index', 'public.ix_rooms_geom_active', '', 'there', ARRAY['gist (geom) WHERE']),
            ('constraint', 'public.rooms', 'ck_rooms_name', 'there', ARRAY['CHECK', 'valid']),
            ('column', 'public.comments', 'created_at', 'there', ARRAY['NOT NULL']),
            ('column', 'public.catalog_items', 'search', 'there', ARRAY['tsvector', 'NULL', 'GENERATED']),
            ('index', 'public.ix_catalog_items_search', '', 'there', ARRAY['gin (search)']),
            ('column', 'public.projects', 'updated_at', 'gone', '{}'),
            ('table', 'public.labels', '', 'gone', '{}'),
            ('table', 'public.annotations', '', 'there', '{}'),
            ('constraint', 'public.annotations', 'pk_labels', 'gone', '{}'),
            ('constraint', 'public.annotations', 'pk_annotations', 'there', '{}'),
            ('constraint', 'public.annotations', 'fk_labels_room_id_rooms', 'gone', '{}'),
            ('constraint', 'public.annotations', 'fk_annotations_room_id_rooms', 'there', '{}'),
            ('constraint', 'public.annotations', 'fk_labels_created_by_users', 'gone', '{}'),
            ('constraint', 'public.annotations', 'fk_annotations_created_by_users', 'there', '{}'),
            ('constraint', 'public.annotations', 'fk_labels_locked_by_users', 'gone', '{}'),
            ('constraint', 'public.annotations', 'fk_annotations_locked_by_users', 'there', '{}'),
            ('constraint', 'public.annotations', 'fk_labels_assigned_to_users', 'gone', '{}'),
            ('constraint', 'public.annotations', 'fk_annotations_assigned_to_users', 'there', '{}'),
            ('constraint', 'public.annotations', 'fk_labels_building_id_buildings', 'gone', '{}'),
            ('constraint', 'public.annotations', 'fk_annotations_building_id_buildings', 'there', '{}'),
            ('constraint', 'public.annotations', 'fk_labels_floor_id_floors', 'gone', '{}'),
            ('constraint', 'public.annotations', 'fk_annotations_floor_id_floors', 'there', '{}'),
            ('constraint', 'public.annotations', 'fk_labels_project_id_projects', 'gone', '{}'),
            ('constraint', 'public.annotations', 'fk_annotations_project_id_projects', 'there', '{}'),
            ('index', 'public.ix_labels_room_id', '', 'gone', '{}'),
            ('index', 'public.ix_annotations_room_id', '', 'there', '{}'),
            ('index', 'public.ix_labels_text', '', 'gone', '{}'),
            ('index', 'public.ix_annotations_text', '', 'there', '{}'),
            ('index', 'public.ix_labels_layer', '', 'gone', '{}'),
            ('index', 'public.ix_annotations_layer', '', 'there', '{}'),
            ('index', 'public.ix_labels_status', '', 'gone', '{}'),
            ('index', 'public.ix_annotations_status', '', 'there', '{}'),
            ('index', 'public.ix_labels_category', '', 'gone', '{}'),
            ('index', 'public.ix_annotations_category', '', 'there', '{}'),
            ('index', 'public.ix_labels_created_by', '', 'gone', '{}'),
            ('index', 'public.ix_annotations_created_by', '', 'there', '{}'),
            ('index', 'public.ix_labels_locked_by', '', 'gone', '{}'),
            ('index', 'public.ix_annotations_locked_by', '', 'there', '{}'),
            ('index', 'public.ix_labels_assigned_to', '', 'gone', '{}'),
            ('index', 'public.ix_annotations_assigned_to', '', 'there', '{}'),
            ('index', 'public.ix_labels_building_id', '', 'gone', '{}'),
            ('index', 'public.ix_annotations_building_id', '', 'there', '{}'),
            ('index', 'public.ix_labels_floor_id', '', 'gone', '{}'),
            ('index', 'public.ix_annotations_floor_id', '', 'there', '{}'),
            ('index', 'public.ix_labels_project_id', '', 'gone', '{}'),
            ('index', 'public.ix_annotations_project_id', '', 'there', '{}'),
            ('index', 'public.ix_labels_building_id_floor_id', '', 'gone', '{}'),
            ('index', 'public.ix_annotations_building_id_floor_id', '', 'there', '{}'),
            ('index', 'public.ix_labels_project_id_status', '', 'gone', '{}'),
            ('index', 'public.ix_annotations_project_id_status', '', 'there', '{}'),
            ('index', 'public.ix_labels_geom', '', 'gone', '{}'),
            ('index', 'public.ix_annotations_geom', '', 'there', '{}')
        ) AS e (kind, relation, name, state, facts) WHERE NOT back
        UNION ALL
        -- after the rollback: kind, name or table, name in it, there or gone, and what must be true of it
        SELECT * FROM (VALUES
            ('index', 'public.ix_rooms_floor_id_covering', '', 'gone', '{}'::text[]),
            ('index', 'public.ix_devices_building_id_active', '', 'gone', '{}'),
            ('index', 'public.ix_rooms_geom_active', '', 'gone', '{}'),
            ('constraint', 'public.rooms', 'ck_rooms_name', 'gone', '{}'),
            ('column', 'public.comments', 'created_at', 'there', ARRAY['NULL']),
            ('column', 'public.catalog_items', 'search', 'gone', '{}'),
            ('index', 'public.ix_catalog_items_search', '', 'gone', '{}'),
            ('column', 'public.projects', 'updated_at', 'there', ARRAY['timestamp with time zone', 'NULL', 'DEFAULT CURRENT_TIMESTAMP']),
            ('table', 'public.labels', '', 'there', '{}'),
            ('table', 'public.annotations', '', 'gone', '{}'),
            ('constraint', 'public.labels', 'pk_labels', 'there', '{}'),
            ('constraint', 'public.labels', 'pk_annotations', 'gone', '{}'),
            ('constraint', 'public.labels', 'fk_labels_room_id_rooms', 'there', '{}'),
            ('constraint', 'public.labels', 'fk_annotations_room_id_rooms', 'gone', '{}'),
            ('constraint', 'public.labels', 'fk_labels_created_by_users', 'there', '{}'),
            ('constraint', 'public.labels', 'fk_annotations_created_by_users', 'gone', '{}'),
            ('constraint', 'public.labels', 'fk_labels_locked_by_users', 'there', '{}'),
            ('constraint', 'public.labels', 'fk_annotations_locked_by_users', 'gone', '{}'),
            ('constraint', 'public.labels', 'fk_labels_assigned_to_users', 'there', '{}'),
            ('constraint', 'public.labels', 'fk_annotations_assigned_to_users', 'gone', '{}'),
            ('constraint', 'public.labels', 'fk_labels_building_id_buildings', 'there', '{}'),
            ('constraint', 'public.labels', 'fk_annotations_building_id_buildings', 'gone', '{}'),
            ('constraint', 'public.labels', 'fk_labels_floor_id_floors', 'there', '{}'),
            ('constraint', 'public.labels', 'fk_annotations_floor_id_floors', 'gone', '{}'),
            ('constraint', 'public.labels', 'fk_labels_project_id_projects', 'there', '{}'),
            ('constraint', 'public.labels', 'fk_annotations_project_id_projects', 'gone', '{}'),
            ('index', 'public.ix_labels_room_id', '', 'there', '{}'),
            ('index', 'public.ix_annotations_room_id', '', 'gone', '{}'),
            ('index', 'public.ix_labels_text', '', 'there', '{}'),
            ('index', 'public.ix_annotations_text', '', 'gone', '{}'),
            ('index', 'public.ix_labels_layer', '', 'there', '{}'),
            ('index', 'public.ix_annotations_layer', '', 'gone', '{}'),
            ('index', 'public.ix_labels_status', '', 'there', '{}'),
            ('index', 'public.ix_annotations_status', '', 'gone', '{}'),
            ('index', 'public.ix_labels_category', '', 'there', '{}'),
            ('index', 'public.ix_annotations_category', '', 'gone', '{}'),
            ('index', 'public.ix_labels_created_by', '', 'there', '{}'),
            ('index', 'public.ix_annotations_created_by', '', 'gone', '{}'),
            ('index', 'public.ix_labels_locked_by', '', 'there', '{}'),
            ('index', 'public.ix_annotations_locked_by', '', 'gone', '{}'),
            ('index', 'public.ix_labels_assigned_to', '', 'there', '{}'),
            ('index', 'public.ix_annotations_assigned_to', '', 'gone', '{}'),
            ('index', 'public.ix_labels_building_id', '', 'there', '{}'),
            ('index', 'public.ix_annotations_building_id', '', 'gone', '{}'),
            ('index', 'public.ix_labels_floor_id', '', 'there', '{}'),
            ('index', 'public.ix_annotations_floor_id', '', 'gone', '{}'),
            ('index', 'public.ix_labels_project_id', '', 'there', '{}'),
            ('index', 'public.ix_annotations_project_id', '', 'gone', '{}'),
            ('index', 'public.ix_labels_building_id_floor_id', '', 'there', '{}'),
            ('index', 'public.ix_annotations_building_id_floor_id', '', 'gone', '{}'),
            ('index', 'public.ix_labels_project_id_status', '', 'there', '{}'),
            ('index', 'public.ix_annotations_project_id_status', '', 'gone', '{}'),
            ('index', 'public.ix_labels_geom', '', 'there', '{}'),
            ('index', 'public.ix_annotations_geom', '', 'gone', '{}')
        ) AS e (kind, relation, name, state, facts) WHERE back
    LOOP
        also := '{}';
        IF r.kind IN ('table', 'view', 'materialized view', 'foreign table', 'sequence') THEN
            SELECT c.oid, 'pg_class'::regclass, 0, ARRAY[
                CASE c.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'logged' END,
                CASE WHEN c.relrowsecurity THEN 'row security' ELSE 'no row security' END,
                CASE WHEN c.relforcerowsecurity THEN 'row security for the owner too' ELSE 'no row security for the owner' END,
                CASE WHEN c.relispopulated THEN 'populated' ELSE 'not populated' END]
            INTO object, class, part, has FROM pg_class AS c
            WHERE c.oid = to_regclass(r.relation) AND c.relkind = ANY (CASE r.kind
                WHEN 'table' THEN '{r,p}'::"char"[] WHEN 'view' THEN '{v}' WHEN 'materialized view' THEN '{m}'
                WHEN 'foreign table' THEN '{f}' ELSE '{S}' END);
        ELSIF r.kind = 'column' THEN
            SELECT a.attrelid, 'pg_class'::regclass, a.attnum, ARRAY[
                format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN 'NOT NULL' ELSE 'NULL' END,
                CASE WHEN a.attidentity = 'a' THEN 'GENERATED ALWAYS AS IDENTITY'
                    WHEN a.attidentity = 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY'
                    WHEN a.attgenerated <> '' THEN 'GENERATED'
                    ELSE coalesce('DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), 'no default') END],
                ARRAY[t.typnamespace::regnamespace || '.' || format_type(a.atttypid, a.atttypmod),
                    CASE WHEN d.oid IS NOT NULL THEN 'a default' END,
                    -- a constant without the type that the catalog adds
                    'DEFAULT ' || regexp_replace(pg_get_expr(d.adbin, d.adrelid), '^(''.*'')::[^'']+$', '\1')]
            INTO object, class, part, has, also FROM pg_attribute AS a
            JOIN pg_type AS t ON a.atttypid = t.oid
            LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = to_regclass(r.relation) AND a.attname = r.name AND NOT a.attisdropped;
        ELSIF r.kind = 'constraint' THEN
            SELECT c.oid, 'pg_constraint'::regclass, 0, ARRAY[
                regexp_replace(pg_get_constraintdef(c.oid), ' NOT VALID$', ''),
                CASE WHEN c.convalidated THEN 'valid' ELSE 'NOT VALID' END],
                ARRAY[CASE c.contype WHEN 'c' THEN 'CHECK' WHEN 'f' THEN 'FOREIGN KEY' WHEN 'p' THEN 'PRIMARY KEY'
                    WHEN 'u' THEN 'UNIQUE' WHEN 'x' THEN 'EXCLUDE' END]
            INTO object, class, part, has, also FROM pg_constraint AS c WHERE c.conrelid = to_regclass(r.relation) AND c.conname = r.name;
        ELSIF r.kind = 'index' THEN
            SELECT c.oid, 'pg_class'::regclass, 0, ARRAY[
                CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || m.amname || k.keys || CASE WHEN i.indpred IS NULL THEN '' ELSE ' WHERE' END,
                CASE WHEN i.indisvalid OR c.relkind = 'I' THEN 'valid' ELSE 'INVALID' END, CASE WHEN i.indisready THEN 'ready' ELSE 'not ready' END]
            INTO object, class, part, has FROM pg_index AS i
            JOIN pg_class AS c ON i.indexrelid = c.oid
            JOIN pg_am AS m ON c.relam = m.oid
            CROSS JOIN LATERAL (
                SELECT format(' (%s)', string_agg(coalesce(quote_ident(a.attname), 'expression'), ', ' ORDER BY u.place) FILTER (WHERE u.place <= i.indnkeyatts))
                    || coalesce(' INCLUDE (' || string_agg(quote_ident(a.attname), ', ' ORDER BY u.place) FILTER (WHERE u.place > i.indnkeyatts) || ')', '')
                FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS u (number, place)
                LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.number AND u.number > 0
            ) AS k (keys)
            WHERE i.indexrelid = to_regclass(r.relation);
        END IF;
        -- a name that is a keyword has quotes on some servers and none on others
        also := also || ARRAY(
            SELECT regexp_replace(s.spelled, '"([a-z_][a-z0-9_]*)"', '\1', 'g') FROM unnest(has || also) AS s (spelled)
            WHERE s.spelled !~ '^(labels?|DEFAULT) ');

        defect := CASE
            WHEN r.state = 'gone' AND has IS NOT NULL THEN ': it is there'
            WHEN r.state = 'there' AND has IS NULL THEN ': it is missing'
            ELSE coalesce((
                SELECT format(': expected %s; it has %s', string_agg(f.fact, ', '), array_to_string(has, ', '))
                FROM unnest(r.facts || CASE WHEN r.kind = 'index' AND r.state = 'there' THEN '{valid,ready}'::text[] END) AS f (fact)
                WHERE coalesce(array_position(has || also, f.fact), 0) = 0
                HAVING count(*) > 0), '')
        END;
        findings := findings || jsonb_build_object(
            'result', CASE defect WHEN '' THEN 'PASS' ELSE 'FAIL' END,
            'finding', format('%s %s', r.kind, concat_ws('.', r.relation, quote_ident(nullif(r.name, ''))))
                || CASE WHEN r.state = 'gone' THEN ' is gone' WHEN r.facts = '{}' THEN '' ELSE ' (' || array_to_string(r.facts, ', ') || ')' END
                || defect);
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
