-- =====================================================================================
-- Release 1.1.0: upgrade
-- =====================================================================================
-- Title         User authentication, object state, building management
-- Date          2026-11-23
-- Revisions     002 -> 005 (3 revisions, 26 statements, 17 segments)
--   003 add user authentication fields
--     alembic/versions/003_add_user_authentication_fields.py
--   004 add object state
--     alembic/versions/004_add_object_state.py
--   005 create building management tables
--     alembic/versions/005_create_building_management_tables.py
-- Plan          f594a69c3cc3 (whole in manifest.json; recorded in public.release_history)
-- Changes       creates 11 columns, 1 type, 2 tables, 3 indexes; alters 8 tables; inserts into
--               building_systems; updates users, rooms, walls, doors, windows, devices, labels,
--               zones
--
-- RUN           psql -X -d DATABASE -f upgrade.sql > upgrade-1.1.0.log 2>&1; echo "exit $?"
--               Exit 0 is success, 3 a refusal or an error; a pipe (| tee) would hide it. Not with
--               psql -1, not through a transaction-pooling proxy. After any interruption run it
--               again: it goes on where it stopped. Before: a backup. Undo: rollback.sql.
--               Each segment leaves a row in public.release_history, a table that the script
--               creates where it is missing, before segment 1; no rollback removes it.
--
-- PREREQUISITES
--   PostgreSQL  13 or later, primary; psql 13 or later
--   PostGIS     3.0 or later, the extension present in this database
--               its schema must be on the search path of this script: public
--               types: geometry(point,4326)
--               functions: st_geomfromtext, st_makepoint, st_setsrid
--               SRIDs: 4326, as in spatial_ref_sys
--   Role        CREATE on schema public
--               owner of public.devices, public.doors, public.labels, public.rooms, public.users,
--               public.walls, public.windows, public.zones
--   Replicas    DDL does not travel by logical replication: subscribers need the same release
--               (preflight.sql names the slots)
--
-- BACKUP        DATABASE stands for the database; the file names are yours to choose. pg_dump must be of the server's
--               major version, and of its minor version or a newer one (SHOW server_version; pg_dump --version): an
--               older one may copy what a newer server stores for itself (seen: SET (pg_attver=...)), a newer major
--               version writes settings that the server does not know; such a dump may not restore.
--   whole       pg_dump -Fc -d DATABASE -f before-1.1.0.dump
--               pg_dumpall --globals-only -f before-1.1.0-globals.sql
--               (who is no superuser adds --no-role-passwords)
--   readable?   pg_restore -l before-1.1.0.dump | grep -c 'TABLE DATA'
--   restore     createdb -T template0 RESTORED
--               pg_restore -d RESTORED --exit-on-error before-1.1.0.dump
--               (on another server first: psql -X -d postgres -f before-1.1.0-globals.sql)
--   too large?  a snapshot of the storage, or point-in-time recovery: the script prints where the WAL
--               is before and after it; a superuser may give the place before it a name:
--               psql -X -d DATABASE -c "SELECT pg_create_restore_point('before upgrade 1.1.0')"
--   rows only   of the tables that this script touches, with all partitions and inheritance children that they
--               have by then, to be restored into emptied tables:
--               psql -X -q -At0 -d DATABASE -c 'SET search_path = pg_catalog, pg_temp' -c 'WITH RECURSIVE t (oid) AS (
--                   SELECT to_regclass(v.name)::oid FROM (VALUES
--                   ($$public.buildings$$),
--                   ($$public.devices$$),
--                   ($$public.doors$$),
--                   ($$public.labels$$),
--                   ($$public.rooms$$),
--                   ($$public.users$$),
--                   ($$public.walls$$),
--                   ($$public.windows$$),
--                   ($$public.zones$$)
--                   ) AS v (name) UNION SELECT i.inhrelid FROM pg_inherits AS i JOIN t ON i.inhparent = t.oid
--               ) SELECT format($$--table=%I.%I$$, n.nspname, c.relname) FROM t JOIN pg_class AS c USING (oid)
--               JOIN pg_namespace AS n ON n.oid = c.relnamespace' \
--               | xargs -0 -r -n 99999 -x pg_dump -Fc -a -d DATABASE -f before-1.1.0-rows.dump
--               pg_restore -a -d DATABASE --disable-triggers before-1.1.0-rows.dump
--   SRIDs       a dump holds the SRIDs that you added to spatial_ref_sys, not built-in ones that
--               were edited: psql -X -d DATABASE -c "\copy spatial_ref_sys TO 'before-1.1.0-srids.csv' CSV"
--
-- LOCKS         segment 1: ACCESS EXCLUSIVE on public.users: catalog only; reads and writes wait
--               segment 2: ROW EXCLUSIVE on public.users: reads rows, changes rows; reads and
--               writes of other rows go on
--               segment 3: ACCESS EXCLUSIVE on public.rooms: catalog only; reads and writes wait
--               segment 4: ROW EXCLUSIVE on public.rooms: changes rows; reads and writes of other
--               rows go on
--               segment 5: ACCESS EXCLUSIVE on public.walls: catalog only; reads and writes wait
--               segment 6: ROW EXCLUSIVE on public.walls: changes rows; reads and writes of other
--               rows go on
--               segment 7: ACCESS EXCLUSIVE on public.doors: catalog only; reads and writes wait
--               segment 8: ROW EXCLUSIVE on public.doors: changes rows; reads and writes of other
--               rows go on
--               segment 9: ACCESS EXCLUSIVE on public.windows: catalog only; reads and writes wait
--               segment 10: ROW EXCLUSIVE on public.windows: changes rows; reads and writes of
--               other rows go on
--               segment 11: ACCESS EXCLUSIVE on public.devices: catalog only; reads and writes wait
--               segment 12: ROW EXCLUSIVE on public.devices: changes rows; reads and writes of
--               other rows go on
--               segment 13: ACCESS EXCLUSIVE on public.labels: catalog only; reads and writes wait
--               segment 14: ROW EXCLUSIVE on public.labels: changes rows; reads and writes of other
--               rows go on
--               segment 15: ACCESS EXCLUSIVE on public.zones: catalog only; reads and writes wait
--               segment 16: ROW EXCLUSIVE on public.zones: changes rows; reads and writes of other
--               rows go on
--               segment 17: SHARE ROW EXCLUSIVE on public.buildings: catalog only; reads go on,
--               writes wait
--               A statement that cannot get its lock within lock_timeout (5s; psql -v
--               lock_timeout=30s for another) fails; run the script again. Before a segment the
--               script prints who holds what it would wait for.
--               Row locks of data changes (segments 2, 4, 6, 8, 10, 12, 14, 16) can deadlock with
--               those of others, and PostgreSQL cancels one of the two: the script is run again, an
--               application repeats its transaction.
--
-- IF IT STOPS   in segments 1-17: nothing of that segment is there
--               in each case: run upgrade.sql again to finish, or go back with rollback.sql, which
--               undoes what is there
--
-- STATISTICS    ANALYZE of public.devices, public.doors, public.labels, public.rooms, public.users,
--               public.walls, public.windows, public.zones follows the last commit; it skips what
--               is locked, and is not repeated: after an interruption run it by hand, or leave it
--               to autovacuum
--
-- ROLLBACK      segments 1-17: reversible
--               rollback.sql loses:
--               - public.maintenance_tasks, public.building_systems: dropped with all rows
--               - public.zones.state, public.labels.state, public.devices.state,
--                 public.windows.state, public.doors.state, public.walls.state, public.rooms.state,
--                 public.users.previous_email, public.users.is_active,
--                 public.users.email_verified_at, public.users.last_login_at: dropped with what was
--                 written to it since the upgrade
--               It leaves public.alembic_version and public.release_history; a column that comes
--               back stands last in its table.
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
\echo release 1.1.0 upgrade, started :release_started
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

-- Guard -------------------------------------------------------------------------------
-- Reports every reason at once; nothing has been changed when it refuses.

SELECT
    set_config('release.session', pg_backend_pid()::text, FALSE) AS release_session,
    set_config('release.psql', :'VERSION_NUM', FALSE) AS release_psql
\gset
DO $guard$
DECLARE
    reasons text[] := '{}';
    plan constant text := 'f594a69c3cc3';
    -- version rows before segment 1, and after each segment
    expected constant text[] := ARRAY['002', '002', '003', '003', '003', '003', '003', '003', '003', '003', '003', '003', '003', '003', '003', '003', '004', '005'];
    segments constant integer := 17;
    progress integer := 0;
    found text := 'base';
    locked boolean; -- nobody else is at it
    last_direction text;
    last_segment integer;
    last_of integer;
    last_plan text;
    last_begun boolean;
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

    -- where did an earlier run stop? the last row of each direction tells
    IF has_table_privilege(to_regclass('public.release_history'), 'SELECT') THEN
        EXECUTE $q$
            SELECT h.direction, h.segment - CASE WHEN h.finished_at IS NULL THEN 1 ELSE 0 END, h.segments, h.plan,
                h.finished_at IS NULL
            FROM public.release_history AS h WHERE h.release = '1.1.0'
            ORDER BY h.id DESC LIMIT 1 $q$
        INTO last_direction, last_segment, last_of, last_plan, last_begun;
    END IF;
    IF last_direction = 'upgrade' THEN
        progress := last_segment;
    ELSIF last_direction = 'rollback' AND last_segment < last_of THEN
        reasons := reasons || format(
            'its rollback was begun and stopped after segment %s of %s: run rollback.sql again first',
            last_segment, last_of);
    END IF;
    IF last_segment < last_of AND last_plan <> plan THEN
        reasons := reasons || format(
            'it was begun from another script (plan %s, this is plan %s): go on with that one', last_plan, plan);
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
    IF found = expected[segments + 1] AND progress IN (0, segments) THEN
        progress := segments; -- all of it is done already
    ELSIF progress >= segments OR found <> expected[progress + 1] THEN
        reasons := reasons || format(
            'the database is at revision %s; %s it should be at %s', found,
            CASE progress WHEN 0 THEN 'to start' ELSE format('after segment %s of %s', progress, segments) END,
            expected[progress + 1]);
    END IF;

    -- may this role do it?
    FOR r IN
        SELECT * FROM (VALUES
            ('public.devices', 17),
            ('public.doors', 17),
            ('public.labels', 17),
            ('public.rooms', 17),
            ('public.users', 17),
            ('public.walls', 17),
            ('public.windows', 17),
            ('public.zones', 17)
        ) AS owned (relation, last_needed)
        WHERE progress < last_needed AND to_regclass(relation) IS NOT NULL
    LOOP
        IF NOT pg_has_role((SELECT c.relowner FROM pg_class AS c WHERE c.oid = to_regclass(r.relation)), 'USAGE') THEN
            reasons := reasons || format(
                'role %I does not own %s: connect as its owner, or as a member of that role', current_user, r.relation);
        END IF;
    END LOOP;
    IF to_regnamespace('public') IS NULL THEN
        reasons := reasons || 'no schema public'::text;
    ELSIF progress < segments AND NOT has_schema_privilege(to_regnamespace('public')::oid, 'CREATE') THEN
        reasons := reasons || format(
            'role %I may not create in schema %s: GRANT CREATE ON SCHEMA to it',
            current_user, 'public');
    END IF;
    FOR r IN
        SELECT t.relation, string_agg(p.privilege, ', ') AS privileges
        FROM (VALUES ('public.alembic_version'), ('public.release_history')) AS t (relation)
        CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p (privilege)
        WHERE NOT has_table_privilege(to_regclass(t.relation), p.privilege) AND progress < segments
            AND (t.relation = 'public.alembic_version' OR p.privilege IN ('SELECT', 'INSERT'))
        GROUP BY t.relation
    LOOP
        reasons := reasons || format('role %I lacks %s on %s: GRANT it', current_user, r.privileges, r.relation);
    END LOOP;
    -- to whom would belong what it creates?
    FOR r IN
        SELECT c.relowner::regrole AS owner
        FROM pg_class AS c
        WHERE c.oid = to_regclass('public.alembic_version') AND pg_get_userbyid(c.relowner) <> current_user
            AND progress < segments
    LOOP
        reasons := reasons || format(
            'what the script creates would belong to %I, but %s belongs to %s: '
            'run it as that role (PGOPTIONS="-c role=%s"), or set role under [tool.release] and build again',
            current_user, 'public.alembic_version', r.owner, r.owner);
    END LOOP;

    -- PostGIS
    IF progress < segments AND NOT EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = 'postgis') THEN
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
            ('public.users', '', 1),
            ('public.users', 'email', 2),
            ('public.rooms', '', 3),
            ('public.walls', '', 5),
            ('public.doors', '', 7),
            ('public.windows', '', 9),
            ('public.devices', '', 11),
            ('public.labels', '', 13),
            ('public.zones', '', 15),
            ('public.buildings', '', 17)
        ) AS expected (relation, name, last_needed)
        WHERE progress < last_needed
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

    -- and nothing that it creates?
    FOR r IN
        SELECT * FROM (VALUES
            ('column', 'public.users', 'last_login_at', 1),
            ('column', 'public.users', 'email_verified_at', 1),
            ('column', 'public.users', 'is_active', 1),
            ('column', 'public.users', 'previous_email', 1),
            ('type', 'public.object_state', '', 2),
            ('column', 'public.rooms', 'state', 3),
            ('column', 'public.walls', 'state', 5),
            ('column', 'public.doors', 'state', 7),
            ('column', 'public.windows', 'state', 9),
            ('column', 'public.devices', 'state', 11),
            ('column', 'public.labels', 'state', 13),
            ('column', 'public.zones', 'state', 15),
            ('table', 'public.building_systems', '', 17),
            ('table', 'public.maintenance_tasks', '', 17)
        ) AS created (kind, relation, name, made_in)
        WHERE progress < made_in
    LOOP
        IF r.kind = 'column' AND EXISTS (
            SELECT FROM pg_attribute AS a
            WHERE a.attrelid = to_regclass(r.relation) AND a.attname = r.name AND NOT a.attisdropped
        ) THEN
            reasons := reasons || format(
                'relation %s has a column %I already, which the release adds: somebody changed it outside the releases',
                r.relation, r.name);
        ELSIF r.kind IN ('type', 'domain') AND to_regtype(r.relation) IS NOT NULL
            OR r.kind NOT IN ('column', 'type', 'domain') AND to_regclass(r.relation) IS NOT NULL
        THEN
            reasons := reasons || format(
                '%s %s is there already, and the release creates it: rename or drop it if nobody needs it', r.kind, r.relation);
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
            AND progress < segments
    LOOP
        reasons := reasons || format(
            'another release is running in this database: wait until it has ended '
            '(process %s, role %s, %s, from %s, connected since %s)',
            r.pid, r.usename, r.application_name, r.client, r.backend_start::timestamptz(0));
    END LOOP;
    IF progress < segments AND reasons = '{}' AND NOT locked THEN
        reasons := reasons || 'another release was running in this database, and has ended: run it again'::text;
    END IF;
    IF locked AND NOT (progress < segments AND reasons = '{}') THEN
        PERFORM pg_advisory_unlock(hashtext('release:public.alembic_version'));
    END IF;
    IF reasons <> '{}' THEN
        RAISE EXCEPTION USING
            MESSAGE = E'release 1.1.0 upgrade refused, nothing changed:\n  - ' || array_to_string(reasons, E'\n  - '),
            ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    -- how many segments are done, for the rest of this script; another server process does not know it
    PERFORM set_config('release.progress_' || pg_backend_pid(), progress::text, false);
END
$guard$;

SELECT current_setting('release.progress_' || :'release_session')::integer >= 17 AS release_done \gset
\if :release_done
\echo 'nothing to do: the database is at 005 already'
\else
-- its \endif is the last line: a script that was cut short on its way does not end with status 0

-- History: where this script notes its progress ---------------------------------------

BEGIN;

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

COMMIT;

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

-- Segment 1 of 17: one transaction ----------------------------------------------------

SELECT current_setting('release.progress_' || :'release_session')::integer < 1 AS release_todo \gset
\if :release_todo
\echo 'segment 1 of 17: 4 statements of revision 003'

EXECUTE release_waits ('ACCESS EXCLUSIVE', ARRAY['public.users']);

BEGIN;

-- Revision 003: add user authentication fields

-- alembic/versions/003_add_user_authentication_fields.py:20
-- ACCESS EXCLUSIVE on users: catalog only
ALTER TABLE users ADD COLUMN last_login_at TIMESTAMP WITH TIME ZONE;

-- alembic/versions/003_add_user_authentication_fields.py:21
-- ACCESS EXCLUSIVE on users: catalog only
ALTER TABLE users ADD COLUMN email_verified_at TIMESTAMP WITH TIME ZONE;

-- alembic/versions/003_add_user_authentication_fields.py:23
-- ACCESS EXCLUSIVE on users: catalog only
ALTER TABLE users ADD COLUMN is_active BOOLEAN DEFAULT true NOT NULL;

-- alembic/versions/003_add_user_authentication_fields.py:24
-- ACCESS EXCLUSIVE on users: catalog only
ALTER TABLE users ADD COLUMN previous_email VARCHAR(255);

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 1, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 1 of 17: done before
\endif

-- Segment 2 of 17: one transaction ----------------------------------------------------
-- A commit stands before it: public.users must not stay locked during UPDATE users.

SELECT current_setting('release.progress_' || :'release_session')::integer < 2 AS release_todo \gset
\if :release_todo
\echo 'segment 2 of 17: 2 statements of revisions 003, 004'

BEGIN;

-- alembic/versions/003_add_user_authentication_fields.py:28
-- ROW EXCLUSIVE on users: reads rows, changes rows
UPDATE users
SET previous_email = email, email = username || '@example.com'
WHERE email NOT LIKE '%@%'
    AND NOT EXISTS (SELECT FROM users AS other WHERE other.email = users.username || '@example.com');

DO $version$
DECLARE
    changed integer;
BEGIN
    UPDATE public.alembic_version SET version_num = '003' WHERE version_num = '002';
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> 1 THEN
        RAISE EXCEPTION USING MESSAGE = 'public.alembic_version is not at 002';
    END IF;
END
$version$;

-- Revision 004: add object state

-- alembic/versions/004_add_object_state.py:29
CREATE TYPE object_state AS ENUM ('draft', 'active', 'archived');

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 2, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 2 of 17: done before
\endif

-- Segment 3 of 17: one transaction ----------------------------------------------------
-- A commit stands before it: public.rooms must not stay locked during UPDATE users.

SELECT current_setting('release.progress_' || :'release_session')::integer < 3 AS release_todo \gset
\if :release_todo
\echo 'segment 3 of 17: ALTER TABLE rooms'

EXECUTE release_waits ('ACCESS EXCLUSIVE', ARRAY['public.rooms']);

BEGIN;

-- alembic/versions/004_add_object_state.py:32
-- ACCESS EXCLUSIVE on rooms: catalog only
ALTER TABLE rooms ADD COLUMN state object_state DEFAULT 'draft' NOT NULL;

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 3, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 3 of 17: done before
\endif

-- Segment 4 of 17: one transaction ----------------------------------------------------
-- A commit stands before it: public.rooms must not stay locked during UPDATE rooms.

SELECT current_setting('release.progress_' || :'release_session')::integer < 4 AS release_todo \gset
\if :release_todo
\echo 'segment 4 of 17: UPDATE rooms'

BEGIN;

-- alembic/versions/004_add_object_state.py:33
-- ROW EXCLUSIVE on rooms: changes rows
UPDATE rooms
SET state = CAST(lower(trim(status)) AS object_state)
WHERE lower(trim(status)) IN ('active', 'archived');

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 4, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 4 of 17: done before
\endif

-- Segment 5 of 17: one transaction ----------------------------------------------------
-- A commit stands before it: public.walls must not stay locked during UPDATE rooms.

SELECT current_setting('release.progress_' || :'release_session')::integer < 5 AS release_todo \gset
\if :release_todo
\echo 'segment 5 of 17: ALTER TABLE walls'

EXECUTE release_waits ('ACCESS EXCLUSIVE', ARRAY['public.walls']);

BEGIN;

-- alembic/versions/004_add_object_state.py:32
-- ACCESS EXCLUSIVE on walls: catalog only
ALTER TABLE walls ADD COLUMN state object_state DEFAULT 'draft' NOT NULL;

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 5, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 5 of 17: done before
\endif

-- Segment 6 of 17: one transaction ----------------------------------------------------
-- A commit stands before it: public.walls must not stay locked during UPDATE walls.

SELECT current_setting('release.progress_' || :'release_session')::integer < 6 AS release_todo \gset
\if :release_todo
\echo 'segment 6 of 17: UPDATE walls'

BEGIN;

-- alembic/versions/004_add_object_state.py:33
-- ROW EXCLUSIVE on walls: changes rows
UPDATE walls
SET state = CAST(lower(trim(status)) AS object_state)
WHERE lower(trim(status)) IN ('active', 'archived');

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 6, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 6 of 17: done before
\endif

-- Segment 7 of 17: one transaction ----------------------------------------------------
-- A commit stands before it: public.doors must not stay locked during UPDATE walls.

SELECT current_setting('release.progress_' || :'release_session')::integer < 7 AS release_todo \gset
\if :release_todo
\echo 'segment 7 of 17: ALTER TABLE doors'

EXECUTE release_waits ('ACCESS EXCLUSIVE', ARRAY['public.doors']);

BEGIN;

-- alembic/versions/004_add_object_state.py:32
-- ACCESS EXCLUSIVE on doors: catalog only
ALTER TABLE doors ADD COLUMN state object_state DEFAULT 'draft' NOT NULL;

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 7, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 7 of 17: done before
\endif

-- Segment 8 of 17: one transaction ----------------------------------------------------
-- A commit stands before it: public.doors must not stay locked during UPDATE doors.

SELECT current_setting('release.progress_' || :'release_session')::integer < 8 AS release_todo \gset
\if :release_todo
\echo 'segment 8 of 17: UPDATE doors'

BEGIN;

-- alembic/versions/004_add_object_state.py:33
-- ROW EXCLUSIVE on doors: changes rows
UPDATE doors
SET state = CAST(lower(trim(status)) AS object_state)
WHERE lower(trim(status)) IN ('active', 'archived');

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 8, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 8 of 17: done before
\endif

-- Segment 9 of 17: one transaction ----------------------------------------------------
-- A commit stands before it: public.windows must not stay locked during UPDATE doors.

SELECT current_setting('release.progress_' || :'release_session')::integer < 9 AS release_todo \gset
\if :release_todo
\echo 'segment 9 of 17: ALTER TABLE windows'

EXECUTE release_waits ('ACCESS EXCLUSIVE', ARRAY['public.windows']);

BEGIN;

-- alembic/versions/004_add_object_state.py:32
-- ACCESS EXCLUSIVE on windows: catalog only
ALTER TABLE windows ADD COLUMN state object_state DEFAULT 'draft' NOT NULL;

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 9, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 9 of 17: done before
\endif

-- Segment 10 of 17: one transaction ---------------------------------------------------
-- A commit stands before it: public.windows must not stay locked during UPDATE windows.

SELECT current_setting('release.progress_' || :'release_session')::integer < 10 AS release_todo \gset
\if :release_todo
\echo 'segment 10 of 17: UPDATE windows'

BEGIN;

-- alembic/versions/004_add_object_state.py:33
-- ROW EXCLUSIVE on windows: changes rows
UPDATE windows
SET state = CAST(lower(trim(status)) AS object_state)
WHERE lower(trim(status)) IN ('active', 'archived');

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 10, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 10 of 17: done before
\endif

-- Segment 11 of 17: one transaction ---------------------------------------------------
-- A commit stands before it: public.devices must not stay locked during UPDATE windows.

SELECT current_setting('release.progress_' || :'release_session')::integer < 11 AS release_todo \gset
\if :release_todo
\echo 'segment 11 of 17: ALTER TABLE devices'

EXECUTE release_waits ('ACCESS EXCLUSIVE', ARRAY['public.devices']);

BEGIN;

-- alembic/versions/004_add_object_state.py:32
-- ACCESS EXCLUSIVE on devices: catalog only
ALTER TABLE devices ADD COLUMN state object_state DEFAULT 'draft' NOT NULL;

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 11, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 11 of 17: done before
\endif

-- Segment 12 of 17: one transaction ---------------------------------------------------
-- A commit stands before it: public.devices must not stay locked during UPDATE devices.

SELECT current_setting('release.progress_' || :'release_session')::integer < 12 AS release_todo \gset
\if :release_todo
\echo 'segment 12 of 17: UPDATE devices'

BEGIN;

-- alembic/versions/004_add_object_state.py:33
-- ROW EXCLUSIVE on devices: changes rows
UPDATE devices
SET state = CAST(lower(trim(status)) AS object_state)
WHERE lower(trim(status)) IN ('active', 'archived');

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 12, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 12 of 17: done before
\endif

-- Segment 13 of 17: one transaction ---------------------------------------------------
-- A commit stands before it: public.labels must not stay locked during UPDATE devices.

SELECT current_setting('release.progress_' || :'release_session')::integer < 13 AS release_todo \gset
\if :release_todo
\echo 'segment 13 of 17: ALTER TABLE labels'

EXECUTE release_waits ('ACCESS EXCLUSIVE', ARRAY['public.labels']);

BEGIN;

-- alembic/versions/004_add_object_state.py:32
-- ACCESS EXCLUSIVE on labels: catalog only
ALTER TABLE labels ADD COLUMN state object_state DEFAULT 'draft' NOT NULL;

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 13, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 13 of 17: done before
\endif

-- Segment 14 of 17: one transaction ---------------------------------------------------
-- A commit stands before it: public.labels must not stay locked during UPDATE labels.

SELECT current_setting('release.progress_' || :'release_session')::integer < 14 AS release_todo \gset
\if :release_todo
\echo 'segment 14 of 17: UPDATE labels'

BEGIN;

-- alembic/versions/004_add_object_state.py:33
-- ROW EXCLUSIVE on labels: changes rows
UPDATE labels
SET state = CAST(lower(trim(status)) AS object_state)
WHERE lower(trim(status)) IN ('active', 'archived');

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 14, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 14 of 17: done before
\endif

-- Segment 15 of 17: one transaction ---------------------------------------------------
-- A commit stands before it: public.zones must not stay locked during UPDATE labels.

SELECT current_setting('release.progress_' || :'release_session')::integer < 15 AS release_todo \gset
\if :release_todo
\echo 'segment 15 of 17: ALTER TABLE zones'

EXECUTE release_waits ('ACCESS EXCLUSIVE', ARRAY['public.zones']);

BEGIN;

-- alembic/versions/004_add_object_state.py:32
-- ACCESS EXCLUSIVE on zones: catalog only
ALTER TABLE zones ADD COLUMN state object_state DEFAULT 'draft' NOT NULL;

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 15, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 15 of 17: done before
\endif

-- Segment 16 of 17: one transaction ---------------------------------------------------
-- A commit stands before it: public.zones must not stay locked during UPDATE zones.

SELECT current_setting('release.progress_' || :'release_session')::integer < 16 AS release_todo \gset
\if :release_todo
\echo 'segment 16 of 17: UPDATE zones'

BEGIN;

-- alembic/versions/004_add_object_state.py:33
-- ROW EXCLUSIVE on zones: changes rows
UPDATE zones
SET state = CAST(lower(trim(status)) AS object_state)
WHERE lower(trim(status)) IN ('active', 'archived');

DO $version$
DECLARE
    changed integer;
BEGIN
    UPDATE public.alembic_version SET version_num = '004' WHERE version_num = '003';
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> 1 THEN
        RAISE EXCEPTION USING MESSAGE = 'public.alembic_version is not at 003';
    END IF;
END
$version$;

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 16, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 16 of 17: done before
\endif

-- Segment 17 of 17: one transaction ---------------------------------------------------
-- A commit stands before it: public.buildings must not stay locked during UPDATE zones.

SELECT current_setting('release.progress_' || :'release_session')::integer < 17 AS release_todo \gset
\if :release_todo
\echo 'segment 17 of 17: 6 statements of revision 005'

EXECUTE release_waits ('SHARE ROW EXCLUSIVE', ARRAY['public.buildings']);

BEGIN;

-- Revision 005: create building management tables

-- alembic/versions/005_create_building_management_tables.py:22
-- SHARE ROW EXCLUSIVE on buildings: catalog only
CREATE TABLE building_systems (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    name VARCHAR(255) NOT NULL,
    building_id INTEGER,
    settings JSONB,
    location geometry(POINT,4326),
    CONSTRAINT pk_building_systems PRIMARY KEY (id),
    CONSTRAINT fk_building_systems_building_id_buildings FOREIGN KEY(building_id) REFERENCES buildings (id) ON DELETE CASCADE
);

-- alembic/versions/005_create_building_management_tables.py:38
CREATE TABLE maintenance_tasks (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    building_system_id INTEGER,
    title VARCHAR(255) NOT NULL,
    due_on DATE,
    done_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_maintenance_tasks PRIMARY KEY (id),
    CONSTRAINT fk_maintenance_tasks_building_system_id_building_systems FOREIGN KEY(building_system_id) REFERENCES building_systems (id) ON DELETE CASCADE
);

-- alembic/versions/005_create_building_management_tables.py:53
CREATE INDEX ix_building_systems_building_id ON building_systems (building_id);

-- alembic/versions/005_create_building_management_tables.py:54
CREATE INDEX ix_building_systems_location ON building_systems USING gist (location);

-- alembic/versions/005_create_building_management_tables.py:55
CREATE INDEX ix_maintenance_tasks_building_system_id ON maintenance_tasks (building_system_id);

-- alembic/versions/005_create_building_management_tables.py:61
INSERT INTO building_systems (name, settings, location)
VALUES
    (
        'Central heating',
        '{"enabled":true, "label": "Boiler \"A\", Bob''s", "limit": "80%"}',
        ST_SetSRID(ST_MakePoint(11.5755, 48.1374), 4326)
    ),
    (
        'Ventilation',
        '{"schedule": "on :weekdays, 50% at night", "columns": "zone\tfan\tspeed"}',
        ST_GeomFromText('POINT(11.5761 48.1379)', 4326)
    ),
    (
        'Fire alarm',
        '{"test":null, "message": "it''s a \"drill\"\t100% :-)"}',
        'SRID=4326;POINT(11.5749 48.1371)'
    );

DO $version$
DECLARE
    changed integer;
BEGIN
    UPDATE public.alembic_version SET version_num = '005' WHERE version_num = '004';
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> 1 THEN
        RAISE EXCEPTION USING MESSAGE = 'public.alembic_version is not at 004';
    END IF;
END
$version$;

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.1.0', 'upgrade', 17, 17, 'f594a69c3cc3', clock_timestamp());

COMMIT;

\else
\echo segment 17 of 17: done before
\endif

-- Statistics: values that the planner has not counted; a table that is locked now is skipped with a WARNING

ANALYZE (SKIP_LOCKED)
    public.devices,
    public.doors,
    public.labels,
    public.rooms,
    public.users,
    public.walls,
    public.windows,
    public.zones;

DEALLOCATE release_waits;
SELECT pg_advisory_unlock(hashtext('release:public.alembic_version')) AS release_unlocked \gset
SELECT to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS OF') AS release_finished \gset
\echo release 1.1.0 upgrade, finished :release_finished
\if :release_wal
SELECT pg_catalog.pg_current_wal_lsn() AS release_lsn \gset
\echo WAL after it: :release_lsn
\endif
\endif
