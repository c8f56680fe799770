-- =====================================================================================
-- Release 1.0.0: rollback
-- =====================================================================================
-- Title         Initial schema
-- Date          2026-11-23
-- Revisions     002 -> base (2 revisions, 27 statements, one transaction)
--   002 add spatial indexes for performance
--     alembic/versions/002_add_spatial_indexes_for_performance.py
--   001 create initial schema
--     alembic/versions/001_create_initial_schema.py
-- Plan          281ad37afaa7 (whole in manifest.json; recorded in public.release_history)
-- Changes       drops 7 indexes, 20 tables
--
-- RUN           psql -X -d DATABASE -f rollback.sql > rollback-1.0.0.log 2>&1; echo "exit $?"
--               Exit 0 is success, 3 a refusal or an error; a pipe (| tee) would hide it. Not with
--               psql -1, not through a transaction-pooling proxy. After any interruption run it
--               again. Before: read what is lost (LOSES), and a backup.
--               It leaves a row in public.release_history, a table that the script creates where it
--               is missing, in its transaction; no rollback removes it.
--
-- PREREQUISITES
--   PostgreSQL  13 or later, primary; psql 13 or later
--   PostGIS     3.0 or later, the extension present in this database
--               its schema must be on the search path of this script: public
--               types: geometry(geometry,4326); geometry(point,4326); geometry(polygon,4326)
--               SRIDs: 4326, as in spatial_ref_sys
--   Role        CREATE on schema public
--               owner of public.assignments, public.audit_logs, public.buildings,
--               public.catalog_items, public.categories, public.chat_messages, public.comments,
--               public.devices, public.doors, public.drawings, public.floors, public.labels,
--               public.object_history, public.projects, public.rooms,
--               public.user_category_permissions, public.users, public.walls, public.windows,
--               public.zones
--   Replicas    DDL does not travel by logical replication: subscribers need the same release
--               (preflight.sql names the slots)
--
-- BACKUP        DATABASE stands for the database; the file names are yours to choose. pg_dump must be of the server's
--               major version, and of its minor version or a newer one (SHOW server_version; pg_dump --version): an
--               older one may copy what a newer server stores for itself (seen: SET (pg_attver=...)), a newer major
--               version writes settings that the server does not know; such a dump may not restore.
--   whole       pg_dump -Fc -d DATABASE -f before-rollback-1.0.0.dump
--               pg_dumpall --globals-only -f before-rollback-1.0.0-globals.sql
--               (who is no superuser adds --no-role-passwords)
--   readable?   pg_restore -l before-rollback-1.0.0.dump | grep -c 'TABLE DATA'
--   restore     createdb -T template0 RESTORED
--               pg_restore -d RESTORED --exit-on-error before-rollback-1.0.0.dump
--               (on another server first: psql -X -d postgres -f before-rollback-1.0.0-globals.sql)
--   too large?  a snapshot of the storage, or point-in-time recovery: the script prints where the WAL
--               is before and after it; a superuser may give the place before it a name:
--               psql -X -d DATABASE -c "SELECT pg_create_restore_point('before rollback 1.0.0')"
--   rows only   of the tables that this script touches, with all partitions and inheritance children that they
--               have by then, to be restored into emptied tables:
--               psql -X -q -At0 -d DATABASE -c 'SET search_path = pg_catalog, pg_temp' -c 'WITH RECURSIVE t (oid) AS (
--                   SELECT to_regclass(v.name)::oid FROM (VALUES
--                   ($$public.assignments$$),
--                   ($$public.audit_logs$$),
--                   ($$public.buildings$$),
--                   ($$public.catalog_items$$),
--                   ($$public.categories$$),
--                   ($$public.chat_messages$$),
--                   ($$public.comments$$),
--                   ($$public.devices$$),
--                   ($$public.doors$$),
--                   ($$public.drawings$$),
--                   ($$public.floors$$),
--                   ($$public.labels$$),
--                   ($$public.object_history$$),
--                   ($$public.projects$$),
--                   ($$public.rooms$$),
--                   ($$public.user_category_permissions$$),
--                   ($$public.users$$),
--                   ($$public.walls$$),
--                   ($$public.windows$$),
--                   ($$public.zones$$)
--                   ) AS v (name) UNION SELECT i.inhrelid FROM pg_inherits AS i JOIN t ON i.inhparent = t.oid
--               ) SELECT format($$--table=%I.%I$$, n.nspname, c.relname) FROM t JOIN pg_class AS c USING (oid)
--               JOIN pg_namespace AS n ON n.oid = c.relnamespace' \
--               | xargs -0 -r -n 99999 -x pg_dump -Fc -a -d DATABASE -f before-rollback-1.0.0-rows.dump
--               pg_restore -a -d DATABASE --disable-triggers before-rollback-1.0.0-rows.dump
--   SRIDs       a dump holds the SRIDs that you added to spatial_ref_sys, not built-in ones that
--               were edited: psql -X -d DATABASE -c "\copy spatial_ref_sys TO 'before-rollback-1.0.0-srids.csv' CSV"
--
-- LOCKS         ACCESS EXCLUSIVE on public.assignments, public.audit_logs, public.buildings,
--               public.catalog_items, public.categories, public.chat_messages, public.comments,
--               public.devices, public.doors, public.drawings, public.floors,
--               public.ix_devices_geom, public.ix_doors_geom, public.ix_labels_geom,
--               public.ix_rooms_geom, public.ix_walls_geom, public.ix_windows_geom,
--               public.ix_zones_geom, public.labels, public.object_history, public.projects,
--               public.rooms, public.user_category_permissions, public.users, public.walls,
--               public.windows, public.zones: catalog only; reads and writes wait
--               A statement that cannot get its lock within lock_timeout (5s; psql -v
--               lock_timeout=30s for another) fails; run the script again. First the script prints
--               who holds what it would wait for.
--               Locked together, before the first statement: the tables of the transaction, within
--               half of the server's deadlock_timeout or not at all; then again 1s later, until
--               lock_timeout was waited in all. No application is cancelled for a deadlock with
--               that.
--
-- IF IT STOPS   nothing has changed; run it again when the cause is mended
--
-- LOSES         when it runs:
--               - public.catalog_items, public.chat_messages, public.user_category_permissions,
--                 public.audit_logs, public.object_history, public.assignments, public.comments,
--                 public.drawings, public.zones, public.labels, public.devices, public.windows,
--                 public.doors, public.walls, public.rooms, public.categories, public.floors,
--                 public.buildings, public.projects, public.users: dropped with all rows
--               It leaves the extension postgis, public.alembic_version and public.release_history;
--               a column that comes back stands last in its table.
-- =====================================================================================

\set ON_ERROR_STOP on
\set AUTOCOMMIT on
\set ON_ERROR_ROLLBACK off
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
SELECT
    pg_catalog.to_char(pg_catalog.clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS OF') AS release_started,
    pg_catalog.has_function_privilege('pg_catalog.pg_current_wal_lsn()', 'EXECUTE')
    AND NOT pg_catalog.pg_is_in_recovery() AS release_wal
\gset
\echo release 1.0.0 rollback, started :release_started
\if :release_wal
SELECT pg_catalog.pg_current_wal_lsn() AS release_lsn \gset
\echo WAL before it: :release_lsn
\endif

-- Settings ----------------------------------------------------------------------------
-- The outcome must not depend on what the role or the database has as defaults.

\if :{?lock_timeout}
\else
\set lock_timeout '5s'
\endif
\if :{?statement_timeout}
\else
\set statement_timeout '0'
\endif
SET client_encoding = 'UTF8';
SET client_min_messages = 'notice';
SET lock_timeout = :'lock_timeout';
SET statement_timeout = :'statement_timeout';
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
SET default_transaction_read_only = off;
SET default_tablespace = '';
SET default_table_access_method = 'heap';
SET synchronous_commit = on;
SET check_function_bodies = on;

\if :{?other_plan}
\else
\set other_plan no
\endif
\if :other_plan
SELECT set_config('release.other_plan', 'yes', FALSE) AS other_plan \gset
\else
SELECT set_config('release.other_plan', 'no', FALSE) AS other_plan \gset
\endif

-- Guard -------------------------------------------------------------------------------
-- Reports every reason at once; nothing has been changed when it refuses.

SELECT
    set_config('release.session', pg_backend_pid()::text, FALSE) AS release_session,
    set_config('release.psql', :'VERSION_NUM', FALSE) AS release_psql
\gset
DO $guard$
DECLARE
    reasons text[] := '{}';
    plan constant text := '281ad37afaa7';
    done boolean := false;
    found text := 'base';
    locked boolean; -- nobody else is at it
    last_direction text;
    last_plan text;
    unfinished boolean;
    r record;
BEGIN
    -- one release at a time: the lock comes first, so that what is read below stays true
    FOR attempt IN 1..10 LOOP
        locked := pg_try_advisory_lock(hashtext('release:public.alembic_version'));
        EXIT WHEN locked;
        PERFORM pg_sleep(0.1); -- a session that was cut off takes a moment to end
    END LOOP;

    -- a session that a client opens itself has got the client's name with its start
    IF current_setting('release.session_pool', true) IS DISTINCT FROM 'yes'
        AND (SELECT s.reset_val FROM pg_settings AS s WHERE s.name = 'application_name') = ''
    THEN
        reasons := reasons || 'this connection comes through a pool of connections: connect to the server itself; '
            'only through one that keeps whole sessions together: psql -c "SET release.session_pool = yes" -f …'::text;
    END IF;
    IF now() <> statement_timestamp() THEN
        reasons := reasons || 'inside a transaction block: run without psql -1 and outside BEGIN'::text;
    END IF;
    IF current_setting('release.session', true) IS DISTINCT FROM pg_backend_pid()::text THEN
        reasons := reasons || 'statements of this script reach different server processes: '
            'connect to the server itself, not through a pool of connections'::text;
    END IF;
    IF pg_is_in_recovery() THEN
        reasons := reasons || 'this server is a standby: connect to the primary'::text;
    ELSIF (SELECT s.reset_val FROM pg_settings AS s WHERE s.name = 'default_transaction_read_only') = 'on' THEN
        reasons := reasons || 'this database or role is set to read only (default_transaction_read_only): '
            'find out why; then PGOPTIONS="-c default_transaction_read_only=off" lets this script write'::text;
    END IF;
    IF current_setting('server_version_num')::integer < 130000 THEN
        reasons := reasons || format(
            'PostgreSQL %s is too old: 13 or later is needed', current_setting('server_version'));
    END IF;
    IF current_setting('release.psql', true)::integer < 130000 THEN
        reasons := reasons || format(
            'psql %s is too old: 13 or later is needed', current_setting('release.psql')::integer / 10000);
    END IF;
    IF current_setting('session_replication_role') <> 'origin' THEN
        reasons := reasons || format(
            'session_replication_role is %s: triggers and foreign keys would not work',
            current_setting('session_replication_role'));
    END IF;
    IF (SELECT d.datistemplate FROM pg_database AS d WHERE d.datname = current_database()) THEN
        reasons := reasons || format(
            '%s is a template, from which new databases are copied: connect to the right database', current_database());
    END IF;

    -- did it run before? the last row tells
    IF has_table_privilege(to_regclass('public.release_history'), 'SELECT') THEN
        EXECUTE $q$
            SELECT h.direction, h.plan, h.segment < h.segments OR h.finished_at IS NULL
            FROM public.release_history AS h WHERE h.release = '1.0.0'
            ORDER BY h.id DESC LIMIT 1 $q$
        INTO last_direction, last_plan, unfinished;
    END IF;
    IF unfinished THEN
        reasons := reasons || format(
            'it was begun from another script (plan %s, this is plan %s): go on with that one', last_plan, plan);
    ELSIF last_direction = 'upgrade' AND last_plan <> plan AND current_setting('release.other_plan') <> 'yes' THEN
        reasons := reasons || format(
            'the upgrade ran from another script (plan %s, this is plan %s): use its rollback.sql; '
            'only if this one is meant: psql -v other_plan=yes', last_plan, plan);
    END IF;

    -- which revision is the database at?
    IF has_table_privilege(to_regclass('public.alembic_version'), 'SELECT') THEN
        EXECUTE $q$
            SELECT coalesce(string_agg(v.version_num, ', ' ORDER BY v.version_num COLLATE "C"), 'base')
            FROM public.alembic_version AS v $q$ INTO found;
    ELSIF to_regclass('public.alembic_version') IS NOT NULL THEN
        found := NULL; -- nobody knows
    ELSE
        reasons := reasons || 'no table public.alembic_version: is this the right database?'::text;
    END IF;
    IF found = 'base' THEN
        done := true;
    ELSIF last_direction = 'rollback' AND found IS NOT NULL THEN
        reasons := reasons || format(
            'the database is at revision %s, but the rollback is noted as done: somebody changed it outside the releases', found);
    ELSIF found <> '002' THEN
        reasons := reasons || format(
            'the database is at revision %s; to start it should be at %s', found, '002');
    END IF;

    -- may this role do it?
    FOR r IN
        SELECT * FROM (VALUES
            ('public.assignments'),
            ('public.audit_logs'),
            ('public.buildings'),
            ('public.catalog_items'),
            ('public.categories'),
            ('public.chat_messages'),
            ('public.comments'),
            ('public.devices'),
            ('public.doors'),
            ('public.drawings'),
            ('public.floors'),
            ('public.labels'),
            ('public.object_history'),
            ('public.projects'),
            ('public.rooms'),
            ('public.user_category_permissions'),
            ('public.users'),
            ('public.walls'),
            ('public.windows'),
            ('public.zones')
        ) AS owned (relation)
        WHERE NOT done AND to_regclass(relation) IS NOT NULL
    LOOP
        IF NOT pg_has_role((SELECT c.relowner FROM pg_class AS c WHERE c.oid = to_regclass(r.relation)), 'USAGE') THEN
            reasons := reasons || format(
                'role %I does not own %s: connect as its owner, or as a member of that role', current_user, r.relation);
        END IF;
    END LOOP;
    IF to_regnamespace('public') IS NULL THEN
        reasons := reasons || 'no schema public'::text;
    ELSIF NOT done AND NOT has_schema_privilege(to_regnamespace('public')::oid, 'CREATE') THEN
        reasons := reasons || format(
            'role %I may not create in schema %s: GRANT CREATE ON SCHEMA to it',
            current_user, 'public');
    END IF;
    FOR r IN
        SELECT t.relation, string_agg(p.privilege, ', ') AS privileges
        FROM (VALUES ('public.alembic_version'), ('public.release_history')) AS t (relation)
        CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p (privilege)
        WHERE NOT has_table_privilege(to_regclass(t.relation), p.privilege) AND NOT done
            AND (t.relation = 'public.alembic_version' OR p.privilege IN ('SELECT', 'INSERT'))
        GROUP BY t.relation
    LOOP
        reasons := reasons || format('role %I lacks %s on %s: GRANT it', current_user, r.privileges, r.relation);
    END LOOP;

    -- PostGIS
    IF NOT done AND NOT EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = 'postgis') THEN
        reasons := reasons
            || 'the extension postgis is missing in this database: let a superuser run CREATE EXTENSION postgis'::text;
    END IF;
    FOR r IN
        SELECT e.extversion, n.nspname
        FROM pg_extension AS e JOIN pg_namespace AS n ON e.extnamespace = n.oid
        WHERE e.extname = 'postgis'
    LOOP
        IF split_part(r.extversion, '.', 1)::integer < 3 THEN
            reasons := reasons || format('PostGIS %s is too old: 3.0 or later is needed', r.extversion);
        END IF;
        IF to_regtype('geometry') IS NULL THEN
            reasons := reasons || format(
                'PostGIS lies in schema %I, which is not on the search path of this script (%s): '
                'set search_path under [tool.release] and build again', r.nspname, current_setting('search_path'));
        END IF;
    END LOOP;
    IF to_regclass('spatial_ref_sys') IS NOT NULL THEN
        FOR r IN EXECUTE $q$
            SELECT wanted.srid, s.srid IS NULL AS missing
            FROM (VALUES (4326, '+proj=longlat +datum=WGS84')) AS wanted (srid, definition)
            LEFT JOIN spatial_ref_sys AS s ON wanted.srid = s.srid
            WHERE s.srid IS NULL OR coalesce(s.proj4text, '') = '' OR s.proj4text NOT LIKE wanted.definition || '%'
                OR s.auth_name = 'EPSG' AND s.auth_srid <> s.srid $q$
        LOOP
            reasons := reasons || CASE WHEN r.missing
                THEN format('SRID %s is not in spatial_ref_sys: add it as the other databases have it', r.srid)
                ELSE format('SRID %s is defined otherwise in spatial_ref_sys than PostGIS defines it: '
                    'compare SELECT * FROM spatial_ref_sys WHERE srid = %s', r.srid, r.srid)
            END;
        END LOOP;
    END IF;

    -- is everything there that it expects?
    FOR r IN
        SELECT * FROM (VALUES
            ('public.catalog_items', ''),
            ('public.chat_messages', ''),
            ('public.user_category_permissions', ''),
            ('public.audit_logs', ''),
            ('public.object_history', ''),
            ('public.assignments', ''),
            ('public.comments', ''),
            ('public.drawings', ''),
            ('public.zones', ''),
            ('public.labels', ''),
            ('public.devices', ''),
            ('public.windows', ''),
            ('public.doors', ''),
            ('public.walls', ''),
            ('public.rooms', ''),
            ('public.categories', ''),
            ('public.floors', ''),
            ('public.buildings', ''),
            ('public.projects', ''),
            ('public.users', '')
        ) AS expected (relation, name)
        WHERE NOT done
    LOOP
        IF r.name = '' THEN
            IF to_regclass(r.relation) IS NULL THEN
                reasons := reasons || format('no relation %s: is this the right database?', r.relation);
            END IF;
        ELSIF to_regclass(r.relation) IS NOT NULL AND NOT EXISTS (
            SELECT FROM pg_attribute AS a
            WHERE a.attrelid = to_regclass(r.relation) AND a.attname = r.name AND NOT a.attisdropped
        ) THEN
            reasons := reasons || format(
                'relation %s has no column %I: somebody changed it outside the releases', r.relation, r.name);
        END IF;
    END LOOP;

    -- is nobody else at it?
    FOR r IN
        SELECT l.pid, a.usename, a.application_name, coalesce(a.client_addr::text, 'this host') AS client, a.backend_start
        FROM pg_locks AS l
        LEFT JOIN pg_stat_activity AS a ON l.pid = a.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_backend_pid()
            AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
            AND (l.classid::bigint << 32 | l.objid::bigint) = hashtext('release:public.alembic_version')::bigint
            AND NOT done
    LOOP
        reasons := reasons || format(
            'another release is running in this database: wait until it has ended '
            '(process %s, role %s, %s, from %s, connected since %s)',
            r.pid, r.usename, r.application_name, r.client, r.backend_start::timestamptz(0));
    END LOOP;
    IF NOT done AND reasons = '{}' AND NOT locked THEN
        reasons := reasons || 'another release was running in this database, and has ended: run it again'::text;
    END IF;
    IF locked AND NOT (NOT done AND reasons = '{}') THEN
        PERFORM pg_advisory_unlock(hashtext('release:public.alembic_version'));
    END IF;
    IF reasons <> '{}' THEN
        RAISE EXCEPTION USING
            MESSAGE = E'release 1.0.0 rollback refused, nothing changed:\n  - ' || array_to_string(reasons, E'\n  - '),
            ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    -- whether it is done, for the rest of this script; another server process does not know it
    PERFORM set_config('release.progress_' || pg_backend_pid(), done::integer::text, false);
END
$guard$;

SELECT current_setting('release.progress_' || :'release_session')::integer >= 1 AS release_done \gset
\if :release_done
\echo 'nothing to do: the database is at base already'
\else
-- its \endif is the last line: a script that was cut short on its way does not end with status 0

-- Waits: told before a segment that locks tables which others may be using ------------

PREPARE release_waits (text, text[]) AS
WITH wanted AS (
    SELECT
        $1 AS needs,
        coalesce(i.indrelid, to_regclass(w.relation)) AS relation
    FROM unnest($2) AS w (relation)
    LEFT JOIN pg_index AS i ON to_regclass(w.relation) = i.indexrelid
),

blockers AS (
    SELECT DISTINCT
        w.relation,
        l.pid
    FROM wanted AS w
    INNER JOIN pg_locks AS l ON w.relation = l.relation
    INNER JOIN pg_database AS d ON l.database = d.oid AND d.datname = current_database()
    WHERE
        l.mode NOT IN ('AccessShareLock', 'RowShareLock')
        OR w.needs NOT IN ('SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE')
        OR w.needs = 'EXCLUSIVE' AND l.mode = 'RowShareLock'
)

SELECT
    w.needs,
    w.relation::regclass AS relation,
    CASE -- asking for the size of a table that is locked whole would wait, too
        WHEN w.relation IN (
            SELECT l.relation
            FROM pg_locks AS l
            WHERE l.mode = 'AccessExclusiveLock'
        ) THEN 'locked'
        ELSE pg_size_pretty(pg_total_relation_size(w.relation))
    END AS size,
    b.pid AS in_the_way,
    a.usename AS role,
    coalesce(CASE
        WHEN a.usesysid IS NULL AND a.query LIKE '%(to prevent wraparound)'
            THEN 'autovacuum to prevent wraparound, which does not give way: let it end'
    END, nullif(a.application_name, ''), a.backend_type) AS application,
    a.state,
    date_trunc('second', clock_timestamp() - a.xact_start) AS age
FROM wanted AS w
LEFT JOIN blockers AS b ON w.relation = b.relation AND b.pid IS DISTINCT FROM pg_backend_pid()
LEFT JOIN pg_stat_activity AS a ON b.pid = a.pid
WHERE w.relation IS NOT NULL
ORDER BY w.relation, a.xact_start;

-- The release, in one transaction -----------------------------------------------------

EXECUTE release_waits ('ACCESS EXCLUSIVE', ARRAY[
    'public.assignments', 'public.audit_logs', 'public.buildings', 'public.catalog_items',
    'public.categories', 'public.chat_messages', 'public.comments', 'public.devices', 'public.doors',
    'public.drawings', 'public.floors', 'public.ix_devices_geom', 'public.ix_doors_geom',
    'public.ix_labels_geom', 'public.ix_rooms_geom', 'public.ix_walls_geom', 'public.ix_windows_geom',
    'public.ix_zones_geom', 'public.labels', 'public.object_history', 'public.projects', 'public.rooms',
    'public.user_category_permissions', 'public.users', 'public.walls', 'public.windows', 'public.zones'
]);

BEGIN;

-- The lock phase: what the statements below lock, all of it within half of deadlock_timeout or none of it, so that no
-- application is cancelled for a deadlock. It is tried until lock_timeout was waited in all; in between nothing
-- is locked, and others go on. The statement itself locks what cannot be locked here: views, sequences, and tables
-- on which the role has none of the privileges that LOCK asks for.
DO $timeout$
BEGIN -- it counts the waiting only, not what is between two attempts
    PERFORM pg_catalog.set_config('release.statement_timeout', pg_catalog.current_setting('statement_timeout'), TRUE);
    PERFORM pg_catalog.set_config('statement_timeout', '0', TRUE);
END
$timeout$;
DO $locks$
DECLARE
    modes CONSTANT text[] := '{ACCESS SHARE, ROW SHARE, ROW EXCLUSIVE, SHARE UPDATE EXCLUSIVE,
        SHARE, SHARE ROW EXCLUSIVE, EXCLUSIVE, ACCESS EXCLUSIVE}';
    path CONSTANT text := pg_catalog.current_setting('search_path');
    enough text := 'UPDATE, DELETE, TRUNCATE';
    moment interval;
    patience interval; -- NULL: no limit
    remaining interval;
    attempt integer := 0;
    began timestamptz;
    failed oid;
    late boolean;
    r record;
BEGIN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', TRUE); -- nothing planted is called or locked
    IF current_setting('server_version_num')::integer >= 170000 THEN
        enough := enough || ', MAINTAIN';
    END IF;
    patience := least(
        nullif(current_setting('lock_timeout'), '0')::interval,
        nullif(current_setting('release.statement_timeout'), '0')::interval
    );
    moment := least(current_setting('deadlock_timeout')::interval / 2, patience);
    remaining := patience;
    LOOP
        attempt := attempt + 1;
        late := FALSE;
        BEGIN
            FOR r IN
                WITH RECURSIVE named (number, name, mode, partitions, children, gone) AS (
                    VALUES
                    (1, 'public.catalog_items', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'::text[]),
                    (2, 'public.chat_messages', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (3, 'public.user_category_permissions', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (4, 'public.audit_logs', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (5, 'public.object_history', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (6, 'public.assignments', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (7, 'public.comments', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (8, 'public.drawings', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (9, 'public.zones', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (10, 'public.labels', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (11, 'public.devices', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (12, 'public.windows', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (13, 'public.doors', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (14, 'public.walls', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (15, 'public.rooms', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (16, 'public.categories', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (17, 'public.floors', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (18, 'public.buildings', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (19, 'public.projects', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}'),
                    (20, 'public.users', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', '{}')
                ),

                -- with the tables below them
                wanted AS (
                    SELECT n.number, to_regclass(n.name)::oid AS relation, n.mode, n.partitions, n.children, n.gone
                    FROM named AS n
                    UNION ALL
                    SELECT
                        w.number, c.oid, CASE WHEN c.relispartition THEN w.partitions ELSE w.children END,
                        w.partitions, w.children, w.gone
                    FROM wanted AS w
                    INNER JOIN pg_inherits AS i ON w.relation = i.inhparent
                    INNER JOIN pg_class AS c ON i.inhrelid = c.oid
                ),

                -- and what goes locks the other end of a foreign key, a partition its parent
                complete AS (
                    SELECT w.number, w.relation, w.mode
                    FROM wanted AS w
                    UNION ALL
                    SELECT w.number, CASE w.relation WHEN f.conrelid THEN f.confrelid ELSE f.conrelid END, 'ACCESS EXCLUSIVE'
                    FROM wanted AS w
                    INNER JOIN pg_constraint AS f ON w.relation IN (f.conrelid, f.confrelid) AND f.contype = 'f'
                    WHERE w.gone = '{}' OR f.conname = ANY(w.gone) OR EXISTS (
                        SELECT FROM pg_attribute AS a
                        WHERE a.attrelid = w.relation AND a.attname = ANY(w.gone)
                            AND a.attnum = ANY(CASE w.relation WHEN f.conrelid THEN f.conkey ELSE f.confkey END)
                    )
                    UNION ALL
                    SELECT w.number, i.inhparent, 'ACCESS EXCLUSIVE'
                    FROM wanted AS w
                    INNER JOIN pg_inherits AS i ON w.relation = i.inhrelid
                    WHERE w.gone = '{}'
                )

                SELECT
                    row_number() OVER (ORDER BY c.oid = failed DESC NULLS LAST, min(w.number), c.oid) AS place,
                    count(*) OVER () AS all_of_them,
                    c.oid AS relation,
                    modes[max(array_position(modes, w.mode))] AS mode
                FROM complete AS w
                INNER JOIN pg_class AS c ON w.relation = c.oid
                WHERE w.mode IS NOT NULL AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, enough)
                GROUP BY c.oid
                ORDER BY place
            LOOP
                IF r.place = 1 THEN
                    began := clock_timestamp();
                END IF;
                failed := r.relation;
                -- holding none it may wait longer (an autovacuum gives way after deadlock_timeout), but then starts anew
                PERFORM set_config('lock_timeout', coalesce(ceil(extract(EPOCH FROM CASE
                    WHEN r.place = 1 THEN least(patience, remaining)
                    ELSE greatest(began + moment - clock_timestamp(), '1 ms')
                END) * 1000)::integer, 0)::text, TRUE);
                EXECUTE format('LOCK TABLE ONLY %s IN %s MODE', r.relation::regclass, r.mode);
                late := r.place < r.all_of_them AND clock_timestamp() > began + moment;
                IF late THEN
                    RAISE lock_not_available USING MESSAGE = 'canceling statement due to lock timeout';
                END IF;
            END LOOP;
            EXIT;
        EXCEPTION WHEN lock_not_available THEN
            remaining := remaining - (clock_timestamp() - began);
            IF remaining <= '0' THEN
                RAISE lock_not_available USING
                    MESSAGE = format('%s: %s, attempt %s', SQLERRM, failed::regclass, attempt),
                    HINT = 'Nothing of this segment has been done: run the script again.';
            END IF;
            IF NOT late THEN
                RAISE NOTICE '%: %, attempt %; again in %', SQLERRM, failed::regclass, attempt, '1s';
                PERFORM pg_sleep_for('1s');
            END IF;
        END;
    END LOOP;
    -- what is locked from here on, while others may be waiting
    PERFORM set_config('lock_timeout', ceil(extract(EPOCH FROM moment / 2) * 1000)::integer::text, TRUE);
    PERFORM set_config('statement_timeout', current_setting('release.statement_timeout'), TRUE);
    PERFORM set_config('search_path', path, TRUE);
END
$locks$;

-- Revision 002: add spatial indexes for performance

-- alembic/versions/002_add_spatial_indexes_for_performance.py:27
-- ACCESS EXCLUSIVE on ix_zones_geom: catalog only
-- note: the index's table is locked ACCESS EXCLUSIVE
DROP INDEX ix_zones_geom;

-- ACCESS EXCLUSIVE on ix_labels_geom: catalog only
DROP INDEX ix_labels_geom;

-- ACCESS EXCLUSIVE on ix_devices_geom: catalog only
DROP INDEX ix_devices_geom;

-- ACCESS EXCLUSIVE on ix_windows_geom: catalog only
DROP INDEX ix_windows_geom;

-- ACCESS EXCLUSIVE on ix_doors_geom: catalog only
DROP INDEX ix_doors_geom;

-- ACCESS EXCLUSIVE on ix_walls_geom: catalog only
DROP INDEX ix_walls_geom;

-- ACCESS EXCLUSIVE on ix_rooms_geom: catalog only
DROP INDEX ix_rooms_geom;

DO $version$
DECLARE
    changed integer;
BEGIN
    UPDATE public.alembic_version SET version_num = '001' WHERE version_num = '002';
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> 1 THEN
        RAISE EXCEPTION USING MESSAGE = 'public.alembic_version is not at 002';
    END IF;
END
$version$;

-- Revision 001: create initial schema

-- alembic/versions/001_create_initial_schema.py:305
-- ACCESS EXCLUSIVE on catalog_items: catalog only
-- note: tables that its foreign keys reference are locked ACCESS EXCLUSIVE, and so is the parent of
-- a partition; with CASCADE also tables whose foreign keys reference it, and views over it
DROP TABLE catalog_items;

-- alembic/versions/001_create_initial_schema.py:306
-- ACCESS EXCLUSIVE on chat_messages: catalog only
DROP TABLE chat_messages;

-- alembic/versions/001_create_initial_schema.py:307
-- ACCESS EXCLUSIVE on user_category_permissions: catalog only
DROP TABLE user_category_permissions;

-- alembic/versions/001_create_initial_schema.py:308
-- ACCESS EXCLUSIVE on audit_logs: catalog only
DROP TABLE audit_logs;

-- alembic/versions/001_create_initial_schema.py:309
-- ACCESS EXCLUSIVE on object_history: catalog only
DROP TABLE object_history;

-- alembic/versions/001_create_initial_schema.py:310
-- ACCESS EXCLUSIVE on assignments: catalog only
DROP TABLE assignments;

-- alembic/versions/001_create_initial_schema.py:311
-- ACCESS EXCLUSIVE on comments: catalog only
DROP TABLE comments;

-- alembic/versions/001_create_initial_schema.py:312
-- ACCESS EXCLUSIVE on drawings: catalog only
DROP TABLE drawings;

-- alembic/versions/001_create_initial_schema.py:314
-- ACCESS EXCLUSIVE on zones: catalog only
DROP TABLE zones;

-- ACCESS EXCLUSIVE on labels: catalog only
DROP TABLE labels;

-- ACCESS EXCLUSIVE on devices: catalog only
DROP TABLE devices;

-- ACCESS EXCLUSIVE on windows: catalog only
DROP TABLE windows;

-- ACCESS EXCLUSIVE on doors: catalog only
DROP TABLE doors;

-- ACCESS EXCLUSIVE on walls: catalog only
DROP TABLE walls;

-- ACCESS EXCLUSIVE on rooms: catalog only
DROP TABLE rooms;

-- alembic/versions/001_create_initial_schema.py:315
-- ACCESS EXCLUSIVE on categories: catalog only
DROP TABLE categories;

-- alembic/versions/001_create_initial_schema.py:316
-- ACCESS EXCLUSIVE on floors: catalog only
DROP TABLE floors;

-- alembic/versions/001_create_initial_schema.py:317
-- ACCESS EXCLUSIVE on buildings: catalog only
DROP TABLE buildings;

-- alembic/versions/001_create_initial_schema.py:318
-- ACCESS EXCLUSIVE on projects: catalog only
DROP TABLE projects;

-- alembic/versions/001_create_initial_schema.py:319
-- ACCESS EXCLUSIVE on users: catalog only
DROP TABLE users;

DO $version$
DECLARE
    changed integer;
BEGIN
    DELETE FROM public.alembic_version WHERE version_num IN ('001');
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> 1 THEN
        RAISE EXCEPTION USING MESSAGE = 'public.alembic_version is not at 001';
    END IF;
END
$version$;

DO $history$
DECLARE
    owner text;
BEGIN
    IF to_regclass('public.release_history') IS NOT NULL THEN
        RETURN;
    END IF;
    CREATE TABLE public.release_history (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        release text NOT NULL,
        direction text NOT NULL CHECK (direction IN ('upgrade', 'rollback')),
        segment integer NOT NULL,
        segments integer NOT NULL,
        plan text NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        login_role text NOT NULL DEFAULT session_user,
        acting_role text NOT NULL DEFAULT current_user,
        application text NOT NULL DEFAULT current_setting('application_name')
    );
    COMMENT ON TABLE public.release_history IS
    'releases, a row per segment when it is finished; before one outside a transaction, another when it begins; never edited';
    -- a superuser leaves it to the owner of the version table
    SELECT pg_get_userbyid(c.relowner) INTO owner FROM pg_class AS c WHERE c.oid = to_regclass('public.alembic_version');
    IF owner <> current_user AND (SELECT u.rolsuper FROM pg_roles AS u WHERE u.rolname = current_user) THEN
        EXECUTE format('ALTER TABLE public.release_history OWNER TO %I', owner);
    END IF;
END
$history$;

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.0.0', 'rollback', 1, 1, '281ad37afaa7', clock_timestamp());

COMMIT;

DEALLOCATE release_waits;
SELECT pg_advisory_unlock(hashtext('release:public.alembic_version')) AS release_unlocked \gset
SELECT to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS OF') AS release_finished \gset
\echo release 1.0.0 rollback, finished :release_finished
\if :release_wal
SELECT pg_catalog.pg_current_wal_lsn() AS release_lsn \gset
\echo WAL after it: :release_lsn
\endif
\endif
