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
-- CONTENTS      machinery (settings), the data of this release, machinery again: this is the same
--               in every release, and checked once by
--               sed -n '/^-- >>> machinery/,/^-- <<< machinery/p' verify.sql | sha256sum
-- =====================================================================================


-- >>> machinery reading 1
\set ON_ERROR_STOP on
\set AUTOCOMMIT on
\set ON_ERROR_ROLLBACK off
\if :{?characters}
\else
\set characters ''
\endif
\if :{?statement_timeout}
\else
\set statement_timeout '30s'
\endif
\if :{?old_transaction}
\else
\set old_transaction ''
\endif
\if :{?lose_rows}
\else
\set lose_rows 'no'
\endif
\if :lose_rows
\set lose_rows 'yes'
\endif
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
SET client_encoding = 'UTF8';
SET client_min_messages = 'warning';
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
SET timezone_abbreviations = 'Default';
SET default_transaction_isolation = 'read committed';
SET default_transaction_read_only = on;
SELECT
    set_config('release.old_transaction', :'old_transaction', FALSE) AS release_old,
    set_config('release.psql', :'VERSION_NUM', FALSE) AS release_psql,
    set_config('release.characters', :'characters', FALSE) AS release_characters,
    set_config('release.patience', :'statement_timeout', FALSE) AS release_patience,
    set_config('release.direction', :'direction', FALSE) AS release_direction,
    set_config('release.lose_rows', :'lose_rows', FALSE) AS release_lose_rows
\gset
\unset characters
DO $encoding$
DECLARE
    missing text[] := '{}';
    character text;
BEGIN
    FOREACH character IN ARRAY string_to_array(coalesce(current_setting('release.characters', true), ''), ' ') LOOP
        BEGIN
            PERFORM convert(decode(split_part(character, '=', 2), 'hex'), 'UTF8', getdatabaseencoding());
        EXCEPTION WHEN OTHERS THEN
            missing := missing || split_part(character, '=', 1);
        END;
    END LOOP;
    IF missing <> '{}' THEN
        RAISE EXCEPTION USING ERRCODE = 'untranslatable_character', MESSAGE = format(
            'refused, nothing changed: the encoding of this database, %s, does not have these characters of the release: %s',
            getdatabaseencoding(), array_to_string(missing, ', '));
    END IF;
END
$encoding$;

BEGIN; -- read only, by the setting above
-- <<< machinery reading 1

-- Data of this release: the version rows that are to be there, and each object with what must be true of it

SELECT length(set_config('release.plan', jsonb_agg(to_jsonb(p))::text, FALSE)) AS release_data
FROM (VALUES
    ('kind'::text, 0 /* segment */, 'subject'::text, 'name'::text, NULL::jsonb /* detail */),
    ('release', 0, '1.2.0', 'upgrade', '{"plan": "955905a63781", "path": "public, pg_temp",
        "version_table": "public.alembic_version"}'),
    ('revision', 0, '009', 'upgrade', NULL), ('revision', 0, '005', 'rollback', NULL),
    ('after upgrade', 0, 'public.ix_rooms_floor_id_covering', '', '{"is": "index",
        "facts": ["btree (floor_id) INCLUDE (name, state)"]}'),
    ('after upgrade', 0, 'public.ix_devices_building_id_active', '', '{"is": "index", "facts": ["btree (building_id) WHERE"]}'),
    ('after upgrade', 0, 'public.ix_rooms_geom_active', '', '{"is": "index", "facts": ["gist (geom) WHERE"]}'),
    ('after upgrade', 0, 'public.rooms', 'ck_rooms_name', '{"is": "constraint", "facts": ["CHECK", "valid"]}'),
    ('after upgrade', 0, 'public.comments', 'created_at', '{"is": "column", "facts": ["NOT NULL"]}'),
    ('after upgrade', 0, 'public.catalog_items', 'search', '{"is": "column", "facts": ["tsvector", "NULL", "GENERATED"]}'),
    ('after upgrade', 0, 'public.ix_catalog_items_search', '', '{"is": "index", "facts": ["gin (search)"]}'),
    ('after upgrade', 0, 'public.projects', 'updated_at', '{"is": "column", "gone": true}'),
    ('after upgrade', 0, 'public.labels', '', '{"is": "table", "gone": true}'),
    ('after upgrade', 0, 'public.annotations', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.annotations', 'pk_labels', '{"is": "constraint", "gone": true}'),
    ('after upgrade', 0, 'public.annotations', 'pk_annotations', '{"is": "constraint"}'),
    ('after upgrade', 0, 'public.annotations', 'fk_labels_room_id_rooms', '{"is": "constraint", "gone": true}'),
    ('after upgrade', 0, 'public.annotations', 'fk_annotations_room_id_rooms', '{"is": "constraint"}'),
    ('after upgrade', 0, 'public.annotations', 'fk_labels_created_by_users', '{"is": "constraint", "gone": true}'),
    ('after upgrade', 0, 'public.annotations', 'fk_annotations_created_by_users', '{"is": "constraint"}'),
    ('after upgrade', 0, 'public.annotations', 'fk_labels_locked_by_users', '{"is": "constraint", "gone": true}'),
    ('after upgrade', 0, 'public.annotations', 'fk_annotations_locked_by_users', '{"is": "constraint"}'),
    ('after upgrade', 0, 'public.annotations', 'fk_labels_assigned_to_users', '{"is": "constraint", "gone": true}'),
    ('after upgrade', 0, 'public.annotations', 'fk_annotations_assigned_to_users', '{"is": "constraint"}'),
    ('after upgrade', 0, 'public.annotations', 'fk_labels_building_id_buildings', '{"is": "constraint", "gone": true}'),
    ('after upgrade', 0, 'public.annotations', 'fk_annotations_building_id_buildings', '{"is": "constraint"}'),
    ('after upgrade', 0, 'public.annotations', 'fk_labels_floor_id_floors', '{"is": "constraint", "gone": true}'),
    ('after upgrade', 0, 'public.annotations', 'fk_annotations_floor_id_floors', '{"is": "constraint"}'),
    ('after upgrade', 0, 'public.annotations', 'fk_labels_project_id_projects', '{"is": "constraint", "gone": true}'),
    ('after upgrade', 0, 'public.annotations', 'fk_annotations_project_id_projects', '{"is": "constraint"}'),
    ('after upgrade', 0, 'public.ix_labels_room_id', '', '{"is": "index", "gone": true}'),
    ('after upgrade', 0, 'public.ix_annotations_room_id', '', '{"is": "index"}'),
    ('after upgrade', 0, 'public.ix_labels_text', '', '{"is": "index", "gone": true}'),
    ('after upgrade', 0, 'public.ix_annotations_text', '', '{"is": "index"}'),
    ('after upgrade', 0, 'public.ix_labels_layer', '', '{"is": "index", "gone": true}'),
    ('after upgrade', 0, 'public.ix_annotations_layer', '', '{"is": "index"}'),
    ('after upgrade', 0, 'public.ix_labels_status', '', '{"is": "index", "gone": true}'),
    ('after upgrade', 0, 'public.ix_annotations_status', '', '{"is": "index"}'),
    ('after upgrade', 0, 'public.ix_labels_category', '', '{"is": "index", "gone": true}'),
    ('after upgrade', 0, 'public.ix_annotations_category', '', '{"is": "index"}'),
    ('after upgrade', 0, 'public.ix_labels_created_by', '', '{"is": "index", "gone": true}'),
    ('after upgrade', 0, 'public.ix_annotations_created_by', '', '{"is": "index"}'),
    ('after upgrade', 0, 'public.ix_labels_locked_by', '', '{"is": "index", "gone": true}'),
    ('after upgrade', 0, 'public.ix_annotations_locked_by', '', '{"is": "index"}'),
    ('after upgrade', 0, 'public.ix_labels_assigned_to', '', '{"is": "index", "gone": true}'),
    ('after upgrade', 0, 'public.ix_annotations_assigned_to', '', '{"is": "index"}'),
    ('after upgrade', 0, 'public.ix_labels_building_id', '', '{"is": "index", "gone": true}'),
    ('after upgrade', 0, 'public.ix_annotations_building_id', '', '{"is": "index"}'),
    ('after upgrade', 0, 'public.ix_labels_floor_id', '', '{"is": "index", "gone": true}'),
    ('after upgrade', 0, 'public.ix_annotations_floor_id', '', '{"is": "index"}'),
    ('after upgrade', 0, 'public.ix_labels_project_id', '', '{"is": "index", "gone": true}'),
    ('after upgrade', 0, 'public.ix_annotations_project_id', '', '{"is": "index"}'),
    ('after upgrade', 0, 'public.ix_labels_building_id_floor_id', '', '{"is": "index", "gone": true}'),
    ('after upgrade', 0, 'public.ix_annotations_building_id_floor_id', '', '{"is": "index"}'),
    ('after upgrade', 0, 'public.ix_labels_project_id_status', '', '{"is": "index", "gone": true}'),
    ('after upgrade', 0, 'public.ix_annotations_project_id_status', '', '{"is": "index"}'),
    ('after upgrade', 0, 'public.ix_labels_geom', '', '{"is": "index", "gone": true}'),
    ('after upgrade', 0, 'public.ix_annotations_geom', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_rooms_floor_id_covering', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_devices_building_id_active', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_rooms_geom_active', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.rooms', 'ck_rooms_name', '{"is": "constraint", "gone": true}'),
    ('after rollback', 0, 'public.comments', 'created_at', '{"is": "column", "facts": ["NULL"]}'),
    ('after rollback', 0, 'public.catalog_items', 'search', '{"is": "column", "gone": true}'),
    ('after rollback', 0, 'public.ix_catalog_items_search', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.projects', 'updated_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after rollback', 0, 'public.labels', '', '{"is": "table"}'),
    ('after rollback', 0, 'public.annotations', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.labels', 'pk_labels', '{"is": "constraint"}'),
    ('after rollback', 0, 'public.labels', 'pk_annotations', '{"is": "constraint", "gone": true}'),
    ('after rollback', 0, 'public.labels', 'fk_labels_room_id_rooms', '{"is": "constraint"}'),
    ('after rollback', 0, 'public.labels', 'fk_annotations_room_id_rooms', '{"is": "constraint", "gone": true}'),
    ('after rollback', 0, 'public.labels', 'fk_labels_created_by_users', '{"is": "constraint"}'),
    ('after rollback', 0, 'public.labels', 'fk_annotations_created_by_users', '{"is": "constraint", "gone": true}'),
    ('after rollback', 0, 'public.labels', 'fk_labels_locked_by_users', '{"is": "constraint"}'),
    ('after rollback', 0, 'public.labels', 'fk_annotations_locked_by_users', '{"is": "constraint", "gone": true}'),
    ('after rollback', 0, 'public.labels', 'fk_labels_assigned_to_users', '{"is": "constraint"}'),
    ('after rollback', 0, 'public.labels', 'fk_annotations_assigned_to_users', '{"is": "constraint", "gone": true}'),
    ('after rollback', 0, 'public.labels', 'fk_labels_building_id_buildings', '{"is": "constraint"}'),
    ('after rollback', 0, 'public.labels', 'fk_annotations_building_id_buildings', '{"is": "constraint", "gone": true}'),
    ('after rollback', 0, 'public.labels', 'fk_labels_floor_id_floors', '{"is": "constraint"}'),
    ('after rollback', 0, 'public.labels', 'fk_annotations_floor_id_floors', '{"is": "constraint", "gone": true}'),
    ('after rollback', 0, 'public.labels', 'fk_labels_project_id_projects', '{"is": "constraint"}'),
    ('after rollback', 0, 'public.labels', 'fk_annotations_project_id_projects', '{"is": "constraint", "gone": true}'),
    ('after rollback', 0, 'public.ix_labels_room_id', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_annotations_room_id', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_labels_text', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_annotations_text', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_labels_layer', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_annotations_layer', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_labels_status', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_annotations_status', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_labels_category', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_annotations_category', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_labels_created_by', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_annotations_created_by', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_labels_locked_by', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_annotations_locked_by', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_labels_assigned_to', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_annotations_assigned_to', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_labels_building_id', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_annotations_building_id', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_labels_floor_id', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_annotations_floor_id', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_labels_project_id', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_annotations_project_id', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_labels_building_id_floor_id', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_annotations_building_id_floor_id', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_labels_project_id_status', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_annotations_project_id_status', '', '{"is": "index", "gone": true}'),
    ('after rollback', 0, 'public.ix_labels_geom', '', '{"is": "index"}'),
    ('after rollback', 0, 'public.ix_annotations_geom', '', '{"is": "index", "gone": true}')
) AS p (kind, segment, subject, name, detail) \gset

\echo release 1.2.0 verify, direction :direction

-- >>> machinery verify 1
SELECT
    count(set_config('timezone', coalesce(p.detail ->> 'timezone', 'UTC'), FALSE)) AS release_timezone,
    count(set_config('role', p.detail ->> 'role', FALSE)) FILTER (WHERE p.detail ->> 'role' <> '') AS release_role
FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, detail jsonb)
WHERE p.kind = 'release' \gset

DO $verify$
DECLARE
    -- names, and what the catalog spells, are read on the path of the authors' statements: with nothing of ours but pg_catalog's
    path constant text := (
        SELECT p.detail ->> 'path' FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, detail jsonb)
        WHERE p.kind = 'release');
    own constant text := 'pg_catalog, pg_temp';
    direction constant text := coalesce(nullif(current_setting('release.direction', true), ''), 'upgrade');
    postgis constant name := (SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'postgis');
    findings jsonb[] := '{}';
    revision text := 'base';
    wanted text;
    has text[];  -- what the catalog says of an object; NULL: it is not there
    also text[]; -- the same in other words
    object oid;  -- the object, or its table
    class oid;   -- the catalog that it stands in
    part integer;
    finds text;
    typed text;
    stored text;
    written text;
    listed text[];
    defect text;
    r record;
    c record;
BEGIN
    IF direction NOT IN ('upgrade', 'rollback') THEN
        RAISE EXCEPTION 'direction must be upgrade or rollback';
    END IF;
    -- to read another's table may run what he wrote, in an index or a cast
    SELECT t.oid, t.relkind, (
                    t.relkind = 'r' AND NOT t.relrowsecurity AND NOT t.relispartition
                    AND NOT EXISTS (SELECT FROM pg_inherits AS i WHERE t.oid IN (i.inhparent, i.inhrelid))
                    AND NOT EXISTS (
                        SELECT FROM pg_index AS x
                        WHERE x.indrelid = t.oid AND (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL))
                    AND NOT EXISTS (
                        SELECT FROM pg_statistic_ext AS s WHERE s.stxrelid = t.oid AND to_jsonb(s) ->> 'stxexprs' <> '')
                    AND NOT EXISTS (SELECT FROM pg_attribute AS g WHERE g.attrelid = t.oid AND g.attgenerated = 'v')
                    AND EXISTS (SELECT FROM pg_attribute AS a
                        WHERE a.attrelid = t.oid AND a.attname = 'version_num'
                            AND a.atttypid IN ('text'::regtype, 'varchar'::regtype))
        ) AS plain INTO c
    FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, detail jsonb)
    JOIN pg_class AS t ON t.oid = to_regclass(p.detail ->> 'version_table')
    WHERE p.kind = 'release';
    IF c.plain THEN
        EXECUTE format(
            'SELECT coalesce(string_agg(v.version_num, '', '' ORDER BY v.version_num COLLATE "C"), ''base'') FROM %s AS v', c.oid::regclass
        ) INTO revision;
    ELSIF c.relkind <> '' THEN
        revision := format('unknown: %s is no plain table', c.oid::regclass);
    END IF;
    -- where a rollback may end: at the start, or at a revision that nothing undoes
    SELECT p.subject INTO wanted
    FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, subject text, name text, detail jsonb)
    WHERE p.kind = 'revision' AND p.name = direction
    ORDER BY p.subject = revision DESC, p.detail IS NULL DESC LIMIT 1;
    findings := findings || jsonb_build_object(
        'result', CASE WHEN revision = wanted THEN 'PASS' ELSE 'FAIL' END,
        'finding', format('revision %s', wanted) || CASE WHEN revision = wanted THEN '' ELSE format(': it is %s', revision) END);

    FOR r IN
        SELECT
            p.subject, p.name, p.detail ->> 'is' AS kind, p.detail ? 'gone' AS gone, f.facts,
            f.facts || CASE WHEN p.detail ->> 'is' = 'index' THEN '{valid,ready}'::text[] ELSE '{}' END AS required,
            f.facts::text ~ '"COMMENT |no comment' AS commented
        FROM ROWS FROM (
            jsonb_to_recordset(current_setting('release.plan')::jsonb) AS (kind text, subject text, name text, detail jsonb)
        ) WITH ORDINALITY AS p (kind, subject, name, detail, place)
        CROSS JOIN LATERAL (
            SELECT ARRAY(SELECT f.fact FROM jsonb_array_elements_text(p.detail -> 'facts') WITH ORDINALITY AS f (fact, place) ORDER BY f.place)
        ) AS f (facts)
        WHERE p.kind = 'after ' || direction AND coalesce(p.detail ->> 'at', wanted) = wanted
        ORDER BY p.place
    LOOP
        also := '{}';
        has := NULL;
        object := NULL;
        finds := CASE
            WHEN r.kind IN ('type', 'domain') THEN 'type'
            WHEN r.kind IN ('function', 'procedure') THEN CASE WHEN r.subject LIKE '%(%' THEN 'signature' ELSE 'routine' END
            WHEN r.kind IN ('schema', 'extension', 'statistics') THEN ''
            ELSE 'relation'
        END;
        CASE finds
        WHEN 'relation' THEN
            PERFORM pg_catalog.set_config('search_path', path, true);
            object := pg_catalog.to_regclass(r.subject);
            PERFORM pg_catalog.set_config('search_path', own, true);
        WHEN 'type' THEN
            PERFORM pg_catalog.set_config('search_path', path, true);
            object := pg_catalog.to_regtype(r.subject);
            PERFORM pg_catalog.set_config('search_path', own, true);
        WHEN 'signature' THEN
            BEGIN
                PERFORM pg_catalog.set_config('search_path', path, true);
                object := pg_catalog.to_regprocedure(r.subject);
                PERFORM pg_catalog.set_config('search_path', own, true);
            EXCEPTION WHEN undefined_object OR invalid_schema_name THEN -- up to PostgreSQL 15, where a type of it is not there
                object := NULL;
            END;
        WHEN 'routine' THEN -- the only one of its name, or any
            PERFORM pg_catalog.set_config('search_path', path, true);
            listed := pg_catalog.current_schemas(true);
            PERFORM pg_catalog.set_config('search_path', own, true);
            SELECT p.oid INTO object FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
            WHERE r.subject IN (format('%I.%I', n.nspname, p.proname), CASE WHEN n.nspname = ANY (listed) THEN quote_ident(p.proname) END)
            ORDER BY (p.prokind = 'p') = (r.kind = 'procedure') DESC, p.oid LIMIT 1;
        ELSE
            NULL;
        END CASE;

        IF r.kind IN ('table', 'view', 'materialized view', 'foreign table', 'sequence') THEN
            SELECT 'pg_class'::regclass, 0, ARRAY[
                CASE t.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'logged' END,
                CASE WHEN t.relrowsecurity THEN 'row security' ELSE 'no row security' END,
                CASE WHEN t.relforcerowsecurity THEN 'row security for the owner too' ELSE 'no row security for the owner' END,
                CASE WHEN t.relispopulated THEN 'populated' ELSE 'not populated' END]
            INTO class, part, has FROM pg_class AS t
            WHERE t.oid = object AND t.relkind = ANY (CASE r.kind
                WHEN 'table' THEN '{r,p}'::"char"[] WHEN 'view' THEN '{v}' WHEN 'materialized view' THEN '{m}'
                WHEN 'foreign table' THEN '{f}' ELSE '{S}' END);
        ELSIF r.kind = 'column' THEN
            SELECT a.attnum, a.attnotnull, a.attidentity, a.attgenerated, d.oid AS filled, n.nspname, a.atttypid, a.atttypmod, d.adbin
            INTO c FROM pg_attribute AS a
            JOIN pg_type AS t ON t.oid = a.atttypid
            JOIN pg_namespace AS n ON n.oid = t.typnamespace
            LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = object AND a.attname = r.name AND NOT a.attisdropped;
            IF FOUND THEN
                class := 'pg_class'::regclass;
                part := c.attnum;
                PERFORM pg_catalog.set_config('search_path', path, true);
                typed := pg_catalog.format_type(c.atttypid, c.atttypmod);
                stored := pg_catalog.pg_get_expr(c.adbin, object);
                PERFORM pg_catalog.set_config('search_path', own, true);
                has := ARRAY[
                    typed, CASE WHEN c.attnotnull THEN 'NOT NULL' ELSE 'NULL' END,
                    CASE WHEN c.attidentity = 'a' THEN 'GENERATED ALWAYS AS IDENTITY'
                        WHEN c.attidentity = 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY'
                        WHEN c.attgenerated <> '' THEN 'GENERATED'
                        ELSE coalesce('DEFAULT ' || stored, 'no default') END];
                also := ARRAY[
                    quote_ident(c.nspname) || '.' || typed, CASE WHEN c.filled IS NOT NULL THEN 'a default' END,
                    -- a constant without the type that the catalog adds
                    'DEFAULT ' || regexp_replace(stored, '^(''.*'')::[^'']+$', '\1')];
                IF postgis <> '' AND r.facts::text LIKE '%geometry_columns: %' THEN
                    EXECUTE format('
                        SELECT $1 || format(''geometry_columns: %%s, SRID %%s, %%s dimensions'', g.type, g.srid, g.coord_dimension)
                        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                        LEFT JOIN %I.geometry_columns AS g
                            ON g.f_table_schema = n.nspname AND g.f_table_name = c.relname AND g.f_geometry_column = $2
                        WHERE c.oid = $3', postgis) INTO has USING has, r.name, object;
                END IF;
            END IF;
        ELSIF r.kind = 'constraint' THEN
            SELECT t.oid, t.convalidated, t.contype INTO c
            FROM pg_constraint AS t WHERE t.conrelid = object AND t.conname = r.name;
            IF FOUND THEN
                object := c.oid;
                class := 'pg_constraint'::regclass;
                part := 0;
                PERFORM pg_catalog.set_config('search_path', path, true);
                written := pg_catalog.pg_get_constraintdef(object);
                PERFORM pg_catalog.set_config('search_path', own, true);
                has := ARRAY[regexp_replace(written, ' NOT VALID$', ''), CASE WHEN c.convalidated THEN 'valid' ELSE 'NOT VALID' END];
                also := ARRAY[CASE c.contype WHEN 'c' THEN 'CHECK' WHEN 'f' THEN 'FOREIGN KEY' WHEN 'p' THEN 'PRIMARY KEY'
                    WHEN 'u' THEN 'UNIQUE' WHEN 'x' THEN 'EXCLUDE' END];
            END IF;
        ELSIF r.kind = 'index' THEN
            SELECT 'pg_class'::regclass, 0, ARRAY[
                CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || m.amname || k.keys || CASE WHEN i.indpred IS NULL THEN '' ELSE ' WHERE' END,
                CASE WHEN i.indisvalid OR t.relkind = 'I' THEN 'valid' ELSE 'INVALID' END, CASE WHEN i.indisready THEN 'ready' ELSE 'not ready' END]
            INTO class, part, has FROM pg_index AS i
            JOIN pg_class AS t ON t.oid = i.indexrelid
            JOIN pg_am AS m ON m.oid = t.relam
            CROSS JOIN LATERAL (
                SELECT format(' (%s)', string_agg(coalesce(quote_ident(a.attname), 'expression'), ', ' ORDER BY u.place) FILTER (WHERE u.place <= i.indnkeyatts))
                    || coalesce(' INCLUDE (' || string_agg(quote_ident(a.attname), ', ' ORDER BY u.place) FILTER (WHERE u.place > i.indnkeyatts) || ')', '')
                FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS u (number, place)
                LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.number AND u.number > 0
            ) AS k (keys)
            WHERE i.indexrelid = object;
        ELSIF r.kind IN ('type', 'domain') THEN
            SELECT t.typtype, t.typbasetype, t.typtypmod, t.typnotnull, t.typrelid INTO c
            FROM pg_type AS t WHERE t.oid = object AND (t.typtype = 'd') = (r.kind = 'domain');
            IF FOUND THEN
                class := 'pg_type'::regclass;
                part := 0;
                also := ARRAY(SELECT 'label ' || quote_literal(e.enumlabel) FROM pg_enum AS e WHERE e.enumtypid = object);
                IF r.kind = 'domain' THEN
                    PERFORM pg_catalog.set_config('search_path', path, true);
                    typed := pg_catalog.format_type(c.typbasetype, c.typtypmod);
                    PERFORM pg_catalog.set_config('search_path', own, true);
                    has := ARRAY[typed, CASE WHEN c.typnotnull THEN 'NOT NULL' ELSE 'NULL' END];
                ELSE
                    PERFORM pg_catalog.set_config('search_path', path, true);
                    listed := ARRAY(
                        SELECT pg_catalog.format('%s %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
                        FROM pg_catalog.pg_attribute AS a WHERE a.attrelid OPERATOR(pg_catalog.=) c.typrelid AND NOT a.attisdropped);
                    PERFORM pg_catalog.set_config('search_path', own, true);
                    has := ARRAY[(SELECT 'labels ' || string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                        FROM pg_enum AS e WHERE e.enumtypid = object)] || CASE WHEN c.typrelid <> 0 THEN listed END;
                END IF;
            END IF;
        ELSIF r.kind IN ('function', 'procedure') THEN
            SELECT l.lanname, p.prosrc INTO c FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
            WHERE p.oid = object AND (p.prokind = 'p') = (r.kind = 'procedure');
            IF FOUND THEN
                class := 'pg_proc'::regclass;
                part := 0;
                PERFORM pg_catalog.set_config('search_path', path, true);
                typed := pg_catalog.pg_get_function_result(object);
                PERFORM pg_catalog.set_config('search_path', own, true);
                has := ARRAY[
                    'LANGUAGE ' || c.lanname, 'RETURNS ' || typed,
                    format('body with SHA-256 %s...', left(encode(sha256(convert_to(c.prosrc, 'UTF8')), 'hex'), 16))];
            END IF;
        ELSIF r.kind = 'trigger' THEN
            SELECT t.oid, 'pg_trigger'::regclass, 0, ARRAY[
                concat_ws(' ', CASE WHEN t.tgtype & 64 <> 0 THEN 'INSTEAD OF' WHEN t.tgtype & 2 <> 0 THEN 'BEFORE' ELSE 'AFTER' END,
                    concat_ws(' OR ', CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END, CASE WHEN t.tgtype & 8 <> 0 THEN 'DELETE' END,
                        CASE WHEN t.tgtype & 16 <> 0 THEN 'UPDATE' END, CASE WHEN t.tgtype & 32 <> 0 THEN 'TRUNCATE' END),
                    'FOR EACH', CASE WHEN t.tgtype & 1 <> 0 THEN 'ROW' ELSE 'STATEMENT' END),
                'EXECUTE ' || p.proname, CASE t.tgenabled WHEN 'D' THEN 'disabled' ELSE 'enabled' END]
            INTO object, class, part, has FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
            WHERE t.tgrelid = object AND t.tgname = r.name;
        ELSIF r.kind = 'policy' THEN
            SELECT p.oid, 'pg_policy'::regclass, 0, ARRAY[
                CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                'FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                'TO ' || (SELECT string_agg(CASE u.role WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(u.role) END, ', ' ORDER BY pg_get_userbyid(u.role) COLLATE "C")
                    FROM unnest(p.polroles) AS u (role))]
            INTO object, class, part, has FROM pg_policy AS p WHERE p.polrelid = object AND p.polname = r.name;
        ELSIF r.kind = 'rule' THEN
            SELECT w.oid, 'pg_rewrite'::regclass, 0, '{}' INTO object, class, part, has FROM pg_rewrite AS w
            WHERE w.ev_class = object AND w.rulename = r.name;
        ELSIF r.kind = 'schema' THEN
            SELECT n.oid, 'pg_namespace'::regclass, 0, '{}' INTO object, class, part, has FROM pg_namespace AS n
            WHERE n.oid = to_regnamespace(r.subject);
        ELSIF r.kind = 'extension' THEN
            SELECT e.oid, 'pg_extension'::regclass, 0, '{}' INTO object, class, part, has FROM pg_extension AS e
            WHERE quote_ident(e.extname) = r.subject;
        ELSIF r.kind = 'statistics' THEN
            SELECT s.oid, 'pg_statistic_ext'::regclass, 0, '{}' INTO object, class, part, has FROM pg_statistic_ext AS s
            JOIN pg_namespace AS n ON n.oid = s.stxnamespace
            WHERE format('%I.%I', n.nspname, s.stxname) = r.subject;
        END IF;
        IF r.commented AND has IS NOT NULL THEN
            has := has || coalesce('COMMENT ' || (
                SELECT d.description FROM pg_description AS d
                WHERE d.objoid = object AND d.classoid = class AND d.objsubid = part), 'no comment');
        END IF;

        IF r.gone THEN
            defect := CASE WHEN has IS NULL THEN '' ELSE ': it is there' END;
        ELSIF has IS NULL THEN
            defect := ': it is missing';
        ELSIF r.required <@ (has || also) THEN
            defect := '';
        ELSE
            -- a name that is a keyword has quotes on some servers and none on others
            also := also || ARRAY(
                SELECT regexp_replace(s.spelled, '"([a-z_][a-z0-9_]*)"', '\1', 'g') FROM unnest(has || also) AS s (spelled)
                WHERE s.spelled !~ '^(labels?|DEFAULT|COMMENT) ');
            defect := coalesce((
                SELECT format(': expected %s; it has %s', string_agg(f.fact, ', '), array_to_string(has, ', '))
                FROM unnest(r.required) AS f (fact)
                WHERE coalesce(array_position(has || also, f.fact), 0) = 0
                HAVING count(*) > 0), '');
        END IF;
        findings := findings || jsonb_build_object(
            'result', CASE defect WHEN '' THEN 'PASS' ELSE 'FAIL' END,
            'finding', format('%s %s', r.kind, concat_ws('.', r.subject, quote_ident(nullif(r.name, ''))))
                || CASE WHEN r.gone THEN ' is gone' WHEN r.facts = '{}' THEN '' ELSE ' (' || array_to_string(r.facts, ', ') || ')' END
                || defect);
    END LOOP;
    PERFORM set_config('release.findings', to_jsonb(findings)::text, false);
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
-- <<< machinery verify 1
