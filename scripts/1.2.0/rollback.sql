-- =====================================================================================
-- Release 1.2.0: rollback
-- =====================================================================================
-- Title         Search, checks and indexes without downtime
-- Date          2026-11-23
-- Revisions     009 -> 005 (4 revisions, 32 statements, 6 segments)
--   009 tidy up
--     alembic/versions/009_tidy_up.py
--   008 search the catalogue
--     alembic/versions/008_search_the_catalogue.py
--   007 check what is stored
--     alembic/versions/007_check_what_is_stored.py
--   006 index without downtime
--     alembic/versions/006_index_without_downtime.py
-- Plan          955905a63781 (whole in manifest.json; recorded in public.release_history)
-- Changes       creates 1 column; renames 1 table, 8 constraints, 14 indexes; drops 1 column, 1
--               constraint, 3 indexes; alters 4 tables; updates comments
--
-- RUN           psql -X -d DATABASE -f rollback.sql > rollback-1.2.0.log 2>&1; echo "exit $?"
--               Exit 0 is success, 3 a refusal or an error; a pipe (| tee) would hide it. Not with
--               psql -1, not through a transaction-pooling proxy. After any interruption run it
--               again: it goes on where it stopped. Before: read what is lost (LOSES), and a
--               backup.
--               Each segment leaves a row in public.release_history, a table that the script
--               creates where it is missing, before segment 1; no rollback removes it.
--
-- PREREQUISITES
--   PostgreSQL  13 or later, primary; psql 13 or later
--   PostGIS     no statement of this release names a type, function or SRID of it
--   Role        CREATE on schema public
--               owner of public.annotations, public.catalog_items, public.comments,
--               public.projects, public.rooms
--   Replicas    DDL does not travel by logical replication: subscribers need the same release
--               (preflight.sql names the slots)
--
-- BACKUP        DATABASE stands for the database; the file names are yours to choose. pg_dump must be of the server's
--               major version, and of its minor version or a newer one (SHOW server_version; pg_dump --version): an
--               older one may copy what a newer server stores for itself (seen: SET (pg_attver=...)), a newer major
--               version writes settings that the server does not know; such a dump may not restore.
--   whole       pg_dump -Fc -d DATABASE -f before-rollback-1.2.0.dump
--               pg_dumpall --globals-only -f before-rollback-1.2.0-globals.sql
--               (who is no superuser adds --no-role-passwords)
--   readable?   pg_restore -l before-rollback-1.2.0.dump | grep -c 'TABLE DATA'
--   restore     createdb -T template0 RESTORED
--               pg_restore -d RESTORED --exit-on-error before-rollback-1.2.0.dump
--               (on another server first: psql -X -d postgres -f before-rollback-1.2.0-globals.sql)
--   too large?  a snapshot of the storage, or point-in-time recovery: the script prints where the WAL
--               is before and after it; a superuser may give the place before it a name:
--               psql -X -d DATABASE -c "SELECT pg_create_restore_point('before rollback 1.2.0')"
--   rows only   of the tables that this script touches, with all partitions and inheritance children that they
--               have by then, to be restored into emptied tables:
--               psql -X -q -At0 -d DATABASE -c 'SET search_path = pg_catalog, pg_temp' -c 'WITH RECURSIVE t (oid) AS (
--                   SELECT to_regclass(v.name)::oid FROM (VALUES
--                   ($$public.annotations$$),
--                   ($$public.catalog_items$$),
--                   ($$public.comments$$),
--                   ($$public.projects$$),
--                   ($$public.rooms$$)
--                   ) AS v (name) UNION SELECT i.inhrelid FROM pg_inherits AS i JOIN t ON i.inhparent = t.oid
--               ) SELECT format($$--table=%I.%I$$, n.nspname, c.relname) FROM t JOIN pg_class AS c USING (oid)
--               JOIN pg_namespace AS n ON n.oid = c.relnamespace' \
--               | xargs -0 -r -n 99999 -x pg_dump -Fc -a -d DATABASE -f before-rollback-1.2.0-rows.dump
--               pg_restore -a -d DATABASE --disable-triggers before-rollback-1.2.0-rows.dump
--
-- LOCKS         segment 1: ACCESS EXCLUSIVE on public.annotations, public.catalog_items,
--               public.comments, public.projects: catalog only; reads and writes wait
--               segment 2: ROW EXCLUSIVE on public.comments: changes rows; reads and writes of
--               other rows go on
--               segment 3: ACCESS EXCLUSIVE on public.rooms: catalog only; reads and writes wait
--               A statement that cannot get its lock within lock_timeout (5s; psql -v
--               lock_timeout=30s for another) fails; run the script again. Before a segment the
--               script prints who holds what it would wait for.
--               Locked together, before the first statement: the tables of segment 1, within half
--               of the server's deadlock_timeout or not at all; then again 1s later, until
--               lock_timeout was waited in all. No application is cancelled for a deadlock with
--               that.
--               Row locks of data changes (segment 2) can deadlock with those of others, and
--               PostgreSQL cancels one of the two: the script is run again, an application repeats
--               its transaction.
--
-- CREATES ANEW  column public.projects.updated_at: dropped by this release and created anew.
--               Grants, owner, comments, policies, triggers and publications that were given by
--               hand do not come back: preflight.sql, run before the upgrade, prints the statements
--               that give them again.
--
-- IF IT STOPS   in segments 1-3: nothing of that segment is there
--               in segment 4: the index ix_rooms_geom_active may be left INVALID, or be gone;
--               running again finishes the drop
--               in segment 5: the index ix_devices_building_id_active may be left INVALID, or be
--               gone; running again finishes the drop
--               in segment 6: the index ix_rooms_floor_id_covering may be left INVALID, or be gone;
--               running again finishes the drop
--               in each case: run rollback.sql again to finish; then upgrade.sql may be run again
--
-- STATISTICS    ANALYZE of public.comments follows the last commit; it skips what is locked, and is
--               not repeated: after an interruption run it by hand, or leave it to autovacuum
--
-- LOSES         nothing that was written since the upgrade, but for what is declared
--               and does not bring back what the upgrade took, or takes what is declared:
--               - public.comments.created_at: a comment dated exactly 1970-01-01 00:00:00+00 has no
--                 date after a rollback (declared in
--                 alembic/versions/007_check_what_is_stored.py:18)
--               - public.projects.updated_at: the column is dropped by the upgrade (declared in
--                 alembic/versions/009_tidy_up.py:16)
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
\echo release 1.2.0 rollback, started :release_started
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
    plan constant text := '955905a63781';
    -- version rows from the start of the upgrade to its end, and how many revisions are there
    -- before segment 1 and after each segment: of the upgrade, and of this script
    chain constant text[] := ARRAY['005', '006', '007', '008', '009'];
    upgrade_at constant integer[] := ARRAY[0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4];
    rollback_at constant integer[] := ARRAY[4, 2, 2, 1, 1, 1, 0];
    upgrade_segments constant integer := 10;
    upgraded integer := 10; -- segments of the upgrade that are done
    begun boolean := false; -- and the next one, which runs outside a transaction, was begun
    expected text;
    segments constant integer := 6;
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
            FROM public.release_history AS h WHERE h.release = '1.2.0'
            ORDER BY h.id DESC LIMIT 1 $q$
        INTO last_direction, last_segment, last_of, last_plan, last_begun;
    END IF;
    IF last_direction = 'rollback' THEN
        progress := last_segment;
    END IF;
    IF last_segment < last_of AND last_plan <> plan THEN
        reasons := reasons || format(
            'it was begun from another script (plan %s, this is plan %s): go on with that one', last_plan, plan);
    ELSIF last_direction = 'upgrade' AND last_plan <> plan AND current_setting('release.other_plan') <> 'yes' THEN
        reasons := reasons || format(
            'the upgrade ran from another script (plan %s, this is plan %s): use its rollback.sql; '
            'only if this one is meant: psql -v other_plan=yes', last_plan, plan);
    END IF;
    IF last_direction IS NOT NULL AND last_plan = plan THEN
        EXECUTE $q$
            SELECT h.segment - CASE WHEN h.finished_at IS NULL THEN 1 ELSE 0 END, h.finished_at IS NULL
            FROM public.release_history AS h
            WHERE h.release = '1.2.0' AND h.direction = 'upgrade'
            ORDER BY h.id DESC LIMIT 1 $q$
        INTO upgraded, begun;
        upgraded := coalesce(upgraded, upgrade_segments);
        begun := coalesce(begun, false);
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
    expected := chain[least(upgrade_at[upgraded + 1], rollback_at[progress + 1]) + 1];
    IF found = chain[1] AND (progress = segments OR last_direction IS NULL) THEN
        progress := segments; -- all of it is done already
    ELSIF progress >= segments OR found <> expected THEN
        reasons := reasons || format(
            'the database is at revision %s; %s it should be at %s', found,
            CASE
                WHEN progress > 0 THEN format('after segment %s of %s', progress, segments)
                WHEN upgraded < upgrade_segments
                    THEN format('after segment %s of %s of the upgrade', upgraded, upgrade_segments)
                ELSE 'to start'
            END,
            expected);
    END IF;

    -- may this role do it?
    FOR r IN
        SELECT * FROM (VALUES
            ('public.annotations', 1, 10),
            ('public.catalog_items', 6, 8),
            ('public.comments', 6, 6),
            ('public.projects', 6, 10),
            ('public.rooms', 6, 4)
        ) AS owned (relation, last_needed, made_by)
        WHERE progress < last_needed AND upgraded >= made_by AND to_regclass(relation) IS NOT NULL
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

    -- is everything there that it expects?
    FOR r IN
        SELECT * FROM (VALUES
            ('public.annotations', '', 1),
            ('public.projects', '', 1),
            ('public.catalog_items', '', 1),
            ('public.catalog_items', 'search', 1),
            ('public.comments', '', 1),
            ('public.comments', 'created_at', 1),
            ('public.rooms', '', 3)
        ) AS expected (relation, name, last_needed)
        WHERE progress < last_needed AND upgraded = upgrade_segments AND NOT begun
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
            ('column', 'public.projects', 'updated_at', 1)
        ) AS created (kind, relation, name, made_in)
        WHERE progress < made_in AND upgraded = upgrade_segments AND NOT begun
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
            MESSAGE = E'release 1.2.0 rollback refused, nothing changed:\n  - ' || array_to_string(reasons, E'\n  - '),
            ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    -- how many segments are done, for the rest of this script; another server process does not know it
    PERFORM set_config('release.progress_' || pg_backend_pid(), progress::text, false);
    -- and how far the upgrade got
    PERFORM set_config('release.upgraded', upgraded::text, false);
    PERFORM set_config('release.reached', (upgraded + CASE WHEN begun THEN 1 ELSE 0 END)::text, false);
END
$guard$;

SELECT current_setting('release.progress_' || :'release_session')::integer >= 6 AS release_done \gset
\if :release_done
\echo 'nothing to do: the database is at 005 already'
\else
-- its \endif is the last line: a script that was cut short on its way does not end with status 0

-- What of the upgrade is there to be undone: it may have stopped after any of its 10 segments.
SELECT
    current_setting('release.reached')::integer >= 5 AND current_setting('release.upgraded')::integer < 7 AS left_5_7,
    current_setting('release.upgraded')::integer >= 10 AS noted_10,
    current_setting('release.upgraded')::integer >= 3 AS noted_3,
    current_setting('release.upgraded')::integer >= 7 AS noted_7,
    current_setting('release.upgraded')::integer >= 9 AS noted_9,
    current_setting('release.reached')::integer >= 10 AS undo_10,
    current_setting('release.reached')::integer >= 2 AS undo_2,
    current_setting('release.reached')::integer >= 3 AS undo_3,
    current_setting('release.reached')::integer >= 4 AS undo_4,
    current_setting('release.reached')::integer >= 6 AS undo_6,
    current_setting('release.reached')::integer >= 7 AS undo_7,
    current_setting('release.reached')::integer >= 8 AS undo_8
\gset

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
    SELECT
        w.relation,
        l.pid
    FROM wanted AS w
    INNER JOIN pg_locks AS l ON w.relation = l.relation
    INNER JOIN pg_database AS d ON l.database = d.oid AND d.datname = current_database()
    WHERE
        l.mode NOT IN ('AccessShareLock', 'RowShareLock')
        OR w.needs NOT IN ('SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'CREATE INDEX CONCURRENTLY')
        OR w.needs = 'EXCLUSIVE' AND l.mode = 'RowShareLock'
    UNION
    -- in the end an index waits for every older snapshot in this database
    SELECT
        w.relation,
        s.pid
    FROM wanted AS w
    INNER JOIN pg_stat_activity AS s ON s.datname = current_database() AND s.backend_xmin IS NOT NULL
    WHERE w.needs IN ('CREATE INDEX CONCURRENTLY', 'REINDEX CONCURRENTLY')
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

-- Segment 1 of 6: one transaction -----------------------------------------------------

SELECT current_setting('release.progress_' || :'release_session')::integer < 1 AS release_todo \gset
\if :release_todo
\echo 'segment 1 of 6: 27 statements of revisions 009, 008, 007'

EXECUTE release_waits ('ACCESS EXCLUSIVE', ARRAY[
    'public.annotations', 'public.catalog_items', 'public.comments', 'public.projects'
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
                    (1, 'public.annotations', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', NULL::text[]),
                    (2, 'public.projects', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', NULL),
                    (3, 'public.catalog_items', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', NULL),
                    (4, 'public.comments', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', NULL)
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
                )

                SELECT
                    row_number() OVER (ORDER BY c.oid = failed DESC NULLS LAST, min(w.number), c.oid) AS place,
                    count(*) OVER () AS all_of_them,
                    c.oid AS relation,
                    modes[max(array_position(modes, w.mode))] AS mode
                FROM wanted AS w
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

-- Revision 009: tidy up

\if :undo_10
-- alembic/versions/009_tidy_up.py:49
-- ACCESS EXCLUSIVE on annotations: catalog only
ALTER TABLE annotations RENAME TO labels;

-- alembic/versions/009_tidy_up.py:51
-- ACCESS EXCLUSIVE on labels: catalog only
ALTER TABLE labels RENAME CONSTRAINT pk_annotations TO pk_labels;

-- ACCESS EXCLUSIVE on labels: catalog only
ALTER TABLE labels RENAME CONSTRAINT fk_annotations_room_id_rooms TO fk_labels_room_id_rooms;

-- ACCESS EXCLUSIVE on labels: catalog only
ALTER TABLE labels RENAME CONSTRAINT fk_annotations_created_by_users TO fk_labels_created_by_users;

-- ACCESS EXCLUSIVE on labels: catalog only
ALTER TABLE labels RENAME CONSTRAINT fk_annotations_locked_by_users TO fk_labels_locked_by_users;

-- ACCESS EXCLUSIVE on labels: catalog only
ALTER TABLE labels RENAME CONSTRAINT fk_annotations_assigned_to_users TO fk_labels_assigned_to_users;

-- ACCESS EXCLUSIVE on labels: catalog only
ALTER TABLE labels RENAME CONSTRAINT fk_annotations_building_id_buildings TO fk_labels_building_id_buildings;

-- ACCESS EXCLUSIVE on labels: catalog only
ALTER TABLE labels RENAME CONSTRAINT fk_annotations_floor_id_floors TO fk_labels_floor_id_floors;

-- ACCESS EXCLUSIVE on labels: catalog only
ALTER TABLE labels RENAME CONSTRAINT fk_annotations_project_id_projects TO fk_labels_project_id_projects;

-- alembic/versions/009_tidy_up.py:53
-- SHARE UPDATE EXCLUSIVE on ix_annotations_room_id: catalog only
ALTER INDEX ix_annotations_room_id RENAME TO ix_labels_room_id;

-- SHARE UPDATE EXCLUSIVE on ix_annotations_text: catalog only
ALTER INDEX ix_annotations_text RENAME TO ix_labels_text;

-- SHARE UPDATE EXCLUSIVE on ix_annotations_layer: catalog only
ALTER INDEX ix_annotations_layer RENAME TO ix_labels_layer;

-- SHARE UPDATE EXCLUSIVE on ix_annotations_status: catalog only
ALTER INDEX ix_annotations_status RENAME TO ix_labels_status;

-- SHARE UPDATE EXCLUSIVE on ix_annotations_category: catalog only
ALTER INDEX ix_annotations_category RENAME TO ix_labels_category;

-- SHARE UPDATE EXCLUSIVE on ix_annotations_created_by: catalog only
ALTER INDEX ix_annotations_created_by RENAME TO ix_labels_created_by;

-- SHARE UPDATE EXCLUSIVE on ix_annotations_locked_by: catalog only
ALTER INDEX ix_annotations_locked_by RENAME TO ix_labels_locked_by;

-- SHARE UPDATE EXCLUSIVE on ix_annotations_assigned_to: catalog only
ALTER INDEX ix_annotations_assigned_to RENAME TO ix_labels_assigned_to;

-- SHARE UPDATE EXCLUSIVE on ix_annotations_building_id: catalog only
ALTER INDEX ix_annotations_building_id RENAME TO ix_labels_building_id;

-- SHARE UPDATE EXCLUSIVE on ix_annotations_floor_id: catalog only
ALTER INDEX ix_annotations_floor_id RENAME TO ix_labels_floor_id;

-- SHARE UPDATE EXCLUSIVE on ix_annotations_project_id: catalog only
ALTER INDEX ix_annotations_project_id RENAME TO ix_labels_project_id;

-- SHARE UPDATE EXCLUSIVE on ix_annotations_building_id_floor_id: catalog only
ALTER INDEX ix_annotations_building_id_floor_id RENAME TO ix_labels_building_id_floor_id;

-- SHARE UPDATE EXCLUSIVE on ix_annotations_project_id_status: catalog only
ALTER INDEX ix_annotations_project_id_status RENAME TO ix_labels_project_id_status;

-- SHARE UPDATE EXCLUSIVE on ix_annotations_geom: catalog only
ALTER INDEX ix_annotations_geom RENAME TO ix_labels_geom;

-- alembic/versions/009_tidy_up.py:65
-- ACCESS EXCLUSIVE on projects: catalog only
ALTER TABLE projects ADD COLUMN updated_at TIMESTAMP WITH TIME ZONE;

-- alembic/versions/009_tidy_up.py:66
-- ACCESS EXCLUSIVE on projects: catalog only
ALTER TABLE projects ALTER COLUMN updated_at SET DEFAULT CURRENT_TIMESTAMP;
\endif

\if :noted_10
DO $version$
DECLARE
    changed integer;
BEGIN
    UPDATE public.alembic_version SET version_num = '008' WHERE version_num = '009';
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> 1 THEN
        RAISE EXCEPTION USING MESSAGE = 'public.alembic_version is not at 009';
    END IF;
END
$version$;
\endif

-- Revision 008: search the catalogue

\if :undo_8
-- alembic/versions/008_search_the_catalogue.py:42
-- ACCESS EXCLUSIVE on catalog_items: catalog only
-- note: the column's indexes and constraints go too; CASCADE reaches views and foreign keys that
-- depend on the column
ALTER TABLE catalog_items DROP COLUMN search;
\endif

\if :noted_9
DO $version$
DECLARE
    changed integer;
BEGIN
    UPDATE public.alembic_version SET version_num = '007' WHERE version_num = '008';
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> 1 THEN
        RAISE EXCEPTION USING MESSAGE = 'public.alembic_version is not at 008';
    END IF;
END
$version$;
\endif

-- Revision 007: check what is stored

\if :undo_7
-- alembic/versions/007_check_what_is_stored.py:35
-- ACCESS EXCLUSIVE on comments: catalog only
ALTER TABLE comments ALTER COLUMN created_at DROP NOT NULL;
\endif

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.2.0', 'rollback', 1, 6, '955905a63781', clock_timestamp());

COMMIT;

\else
\echo segment 1 of 6: done before
\endif

-- Segment 2 of 6: one transaction -----------------------------------------------------
-- A commit stands before it: public.comments must not stay locked during UPDATE comments.

SELECT current_setting('release.progress_' || :'release_session')::integer < 2 AS release_todo \gset
\if :release_todo
\echo 'segment 2 of 6: UPDATE comments'

BEGIN;

\if :left_5_7
-- the upgrade makes it in segment 5 and drops it in segment 7; it stopped in between
ALTER TABLE public.comments DROP CONSTRAINT IF EXISTS ck_comments_created_at;
\endif

\if :undo_6
-- alembic/versions/007_check_what_is_stored.py:36
-- ROW EXCLUSIVE on comments: changes rows
UPDATE comments SET created_at = NULL WHERE created_at = to_timestamp(0);
\endif

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.2.0', 'rollback', 2, 6, '955905a63781', clock_timestamp());

COMMIT;

\else
\echo segment 2 of 6: done before
\endif

-- Segment 3 of 6: one transaction -----------------------------------------------------
-- A commit stands before it: public.rooms must not stay locked during UPDATE comments.

SELECT current_setting('release.progress_' || :'release_session')::integer < 3 AS release_todo \gset
\if :release_todo
\echo 'segment 3 of 6: ALTER TABLE rooms'

EXECUTE release_waits ('ACCESS EXCLUSIVE', ARRAY['public.rooms']);

BEGIN;

\if :undo_4
-- alembic/versions/007_check_what_is_stored.py:37
-- ACCESS EXCLUSIVE on rooms: catalog only
ALTER TABLE rooms DROP CONSTRAINT ck_rooms_name;
\endif

\if :noted_7
DO $version$
DECLARE
    changed integer;
BEGIN
    UPDATE public.alembic_version SET version_num = '006' WHERE version_num = '007';
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> 1 THEN
        RAISE EXCEPTION USING MESSAGE = 'public.alembic_version is not at 007';
    END IF;
END
$version$;
\endif

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.2.0', 'rollback', 3, 6, '955905a63781', clock_timestamp());

COMMIT;

\else
\echo segment 3 of 6: done before
\endif

-- Segment 4 of 6: outside a transaction -----------------------------------------------
-- A commit stands before it: DROP INDEX CONCURRENTLY cannot run in a transaction block.

SELECT current_setting('release.progress_' || :'release_session')::integer < 4 AS release_todo \gset
\if :release_todo
\echo 'segment 4 of 6: DROP INDEX CONCURRENTLY ix_rooms_geom_active'

EXECUTE release_waits ('DROP INDEX CONCURRENTLY', ARRAY['public.ix_rooms_geom_active']);

INSERT INTO public.release_history (release, direction, segment, segments, plan)
VALUES ('1.2.0', 'rollback', 4, 6, '955905a63781');

SET lock_timeout = 0; -- it waits for old transactions; a timeout would leave an INVALID index

-- Revision 006: index without downtime

\if :undo_3
-- alembic/versions/006_index_without_downtime.py:57
-- SHARE UPDATE EXCLUSIVE on ix_rooms_geom_active: catalog only (ACCESS EXCLUSIVE at the very end,
-- when nobody uses the index any more)
-- note: the index's table is locked SHARE UPDATE EXCLUSIVE; waits for transactions that use the
-- table

-- gone already: it was dropped, and the connection lost before that was noted
SELECT to_regclass('public.ix_rooms_geom_active') IS NOT NULL AS release_present \gset
\if :release_present
DROP INDEX CONCURRENTLY ix_rooms_geom_active;
\endif
\endif

SET lock_timeout = :'lock_timeout';

BEGIN;

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.2.0', 'rollback', 4, 6, '955905a63781', clock_timestamp());

COMMIT;

\else
\echo segment 4 of 6: done before
\endif

-- Segment 5 of 6: outside a transaction -----------------------------------------------
-- A commit stands before it: DROP INDEX CONCURRENTLY cannot run in a transaction block.

SELECT current_setting('release.progress_' || :'release_session')::integer < 5 AS release_todo \gset
\if :release_todo
\echo 'segment 5 of 6: DROP INDEX CONCURRENTLY ix_devices_building_id_active'

EXECUTE release_waits ('DROP INDEX CONCURRENTLY', ARRAY['public.ix_devices_building_id_active']);

INSERT INTO public.release_history (release, direction, segment, segments, plan)
VALUES ('1.2.0', 'rollback', 5, 6, '955905a63781');

SET lock_timeout = 0; -- it waits for old transactions; a timeout would leave an INVALID index

\if :undo_2
-- alembic/versions/006_index_without_downtime.py:57
-- SHARE UPDATE EXCLUSIVE on ix_devices_building_id_active: catalog only (ACCESS EXCLUSIVE at the
-- very end, when nobody uses the index any more)

-- gone already: it was dropped, and the connection lost before that was noted
SELECT to_regclass('public.ix_devices_building_id_active') IS NOT NULL AS release_present \gset
\if :release_present
DROP INDEX CONCURRENTLY ix_devices_building_id_active;
\endif
\endif

SET lock_timeout = :'lock_timeout';

BEGIN;

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.2.0', 'rollback', 5, 6, '955905a63781', clock_timestamp());

COMMIT;

\else
\echo segment 5 of 6: done before
\endif

-- Segment 6 of 6: outside a transaction -----------------------------------------------
-- A commit stands before it: DROP INDEX CONCURRENTLY cannot run in a transaction block.

SELECT current_setting('release.progress_' || :'release_session')::integer < 6 AS release_todo \gset
\if :release_todo
\echo 'segment 6 of 6: DROP INDEX CONCURRENTLY ix_rooms_floor_id_covering'

EXECUTE release_waits ('DROP INDEX CONCURRENTLY', ARRAY['public.ix_rooms_floor_id_covering']);

INSERT INTO public.release_history (release, direction, segment, segments, plan)
VALUES ('1.2.0', 'rollback', 6, 6, '955905a63781');

SET lock_timeout = 0; -- it waits for old transactions; a timeout would leave an INVALID index

-- alembic/versions/006_index_without_downtime.py:57
-- SHARE UPDATE EXCLUSIVE on ix_rooms_floor_id_covering: catalog only (ACCESS EXCLUSIVE at the very
-- end, when nobody uses the index any more)

-- gone already: it was dropped, and the connection lost before that was noted
SELECT to_regclass('public.ix_rooms_floor_id_covering') IS NOT NULL AS release_present \gset
\if :release_present
DROP INDEX CONCURRENTLY ix_rooms_floor_id_covering;
\endif

SET lock_timeout = :'lock_timeout';

BEGIN;

\if :noted_3
DO $version$
DECLARE
    changed integer;
BEGIN
    UPDATE public.alembic_version SET version_num = '005' WHERE version_num = '006';
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed <> 1 THEN
        RAISE EXCEPTION USING MESSAGE = 'public.alembic_version is not at 006';
    END IF;
END
$version$;
\endif

INSERT INTO public.release_history (release, direction, segment, segments, plan, finished_at)
VALUES ('1.2.0', 'rollback', 6, 6, '955905a63781', clock_timestamp());

COMMIT;

\else
\echo segment 6 of 6: done before
\endif

-- Statistics: values that the planner has not counted; a table that is locked now is skipped with a WARNING

ANALYZE (SKIP_LOCKED) public.comments;

DEALLOCATE release_waits;
SELECT pg_advisory_unlock(hashtext('release:public.alembic_version')) AS release_unlocked \gset
SELECT to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS OF') AS release_finished \gset
\echo release 1.2.0 rollback, finished :release_finished
\if :release_wal
SELECT pg_catalog.pg_current_wal_lsn() AS release_lsn \gset
\echo WAL after it: :release_lsn
\endif
\endif
