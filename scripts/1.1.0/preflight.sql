-- =====================================================================================
-- Release 1.1.0: preflight
-- =====================================================================================
-- Title         User authentication, object state, building management
-- Revisions     002 -> 005
-- Plan          f594a69c3cc3 (as in upgrade.sql)
--
-- RUN           psql -X -d DATABASE -f preflight.sql > preflight-1.1.0.log 2>&1; echo "exit $?"
--               Changes nothing: one READ ONLY transaction that takes no lock but those of reading.
--               Any time before the release, on a standby too. Asks what the guard of upgrade.sql
--               asks, and what only the data can tell. Exit 0 is GO, 3 is NO-GO.
--               A query on the data is broken off after 30 s, and says so (psql -v
--               statement_timeout=5min for another limit); a transaction is called old after 5min
--               (psql -v old_transaction=1h).
-- =====================================================================================

\set ON_ERROR_STOP on
\set AUTOCOMMIT on
\set ON_ERROR_ROLLBACK off
\if :{?statement_timeout}
\else
\set statement_timeout '30s'
\endif
\if :{?old_transaction}
\else
\set old_transaction '5min'
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
\echo release 1.1.0 preflight

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
SET timezone = 'UTC';
SET timezone_abbreviations = 'Default';
SET search_path = public;
SELECT
    set_config('release.old_transaction', :'old_transaction', FALSE) AS release_old,
    set_config('release.psql', :'VERSION_NUM', FALSE) AS release_psql
\gset
SET default_transaction_isolation = 'read committed';
SET default_transaction_read_only = on;

BEGIN; -- read only, by the setting above

-- Guard: what upgrade.sql would refuse ------------------------------------------------

DO $guard$
DECLARE
    reasons text[] := '{}';
    notes text[] := '{}';
    plan constant text := 'f594a69c3cc3';
    -- version rows before segment 1, and after each segment
    expected constant text[] := ARRAY['002', '002', '003', '003', '003', '003', '003', '003', '003', '003', '003', '003', '003', '003', '003', '003', '004', '005'];
    segments constant integer := 17;
    progress integer := 0;
    found text := 'base';
    last_direction text;
    last_segment integer;
    last_of integer;
    last_plan text;
    last_begun boolean;
    r record;
BEGIN
    -- a session that a client opens itself has got the client's name with its start
    IF current_setting('release.session_pool', true) IS DISTINCT FROM 'yes'
        AND (SELECT s.reset_val FROM pg_settings AS s WHERE s.name = 'application_name') = ''
    THEN
        notes := notes || 'this connection comes through a pool of connections: the release itself must not'::text;
    END IF;
    IF pg_is_in_recovery() THEN
        notes := notes || 'this server is a standby: the release itself must run on the primary'::text;
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
    PERFORM set_config('release.progress', progress::text, false);
    PERFORM set_config('release.findings', (
        SELECT coalesce(jsonb_agg(to_jsonb(f)), '[]')
        FROM (
            SELECT 'NO-GO' AS level, reason AS finding FROM unnest(reasons) AS u (reason)
            UNION ALL
            SELECT 'note', note FROM unnest(notes) AS u (note)
        ) AS f)::text, false);
END
$guard$;

-- The server, and who is on it --------------------------------------------------------

DO $server$
DECLARE
    found jsonb := '[]';
    here pg_lsn := CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END;
    hidden integer;
    r record;
BEGIN
    IF current_setting('server_version_num')::integer >= 190000 THEN
        found := found || jsonb_build_object('level', 'note', 'finding', format(
            'PostgreSQL %s is newer than those that this release was tried on (13 to 18): '
            'rehearse it on such a server first', current_setting('server_version')));
    END IF;
    FOR r IN
        SELECT a.pid, a.usename, a.state, date_trunc('second', clock_timestamp() - a.xact_start) AS age
        FROM pg_stat_activity AS a
        WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
            AND a.xact_start < clock_timestamp() - current_setting('release.old_transaction')::interval
        ORDER BY a.xact_start LIMIT 20
    LOOP
        found := found || jsonb_build_object('level', 'note', 'finding', format(
            'process %s (role %s, %s) has had a transaction open for %s: locks and CONCURRENTLY wait for it',
            r.pid, r.usename, r.state, r.age));
    END LOOP;
    SELECT count(*) INTO hidden FROM pg_stat_activity AS a
    WHERE a.datname = current_database() AND a.query = '<insufficient privilege>';
    IF hidden > 0 THEN
        found := found || jsonb_build_object('level', 'note', 'finding', format(
            'role %I may not see how long the transactions of %s other sessions have been open: GRANT pg_monitor to it',
            current_user, hidden));
    END IF;
    FOR r IN
        SELECT p.gid, p.owner, date_trunc('second', clock_timestamp() - p.prepared) AS age
        FROM pg_prepared_xacts AS p WHERE p.database = current_database() ORDER BY p.prepared LIMIT 20
    LOOP
        found := found || jsonb_build_object('level', 'note', 'finding', format(
            'prepared transaction %L of role %s is open for %s: is anybody going to finish it?', r.gid, r.owner, r.age));
    END LOOP;
    FOR r IN
        SELECT s.slot_name, s.slot_type, s.active, pg_size_pretty(pg_wal_lsn_diff(here, s.restart_lsn)) AS kept
        FROM pg_replication_slots AS s
        WHERE s.database IS NULL OR s.database = current_database() ORDER BY s.slot_name LIMIT 20
    LOOP
        found := found || jsonb_build_object('level', 'note', 'finding', format(
            '%s replication slot %s %s; %s of WAL are kept for it, and all that this release writes%s',
            r.slot_type, r.slot_name, CASE WHEN r.active THEN 'is in use' ELSE 'is NOT in use' END, coalesce(r.kept, '0 bytes'),
            CASE WHEN r.slot_type = 'logical' THEN '. DDL does not travel: its subscribers need the same release' ELSE '' END));
    END LOOP;
    FOR r IN
        SELECT s.application_name, s.state, s.sync_state, s.replay_lag,
            pg_size_pretty(pg_wal_lsn_diff(here, s.replay_lsn)) AS behind
        FROM pg_stat_replication AS s ORDER BY s.application_name LIMIT 20
    LOOP
        found := found || jsonb_build_object('level', 'note', 'finding', CASE WHEN r.state IS NULL
            THEN format('role %I may not see how far %s is behind: GRANT pg_monitor to it', current_user, r.application_name)
            ELSE format('%s receives WAL (%s, %s) and is %s behind%s', r.application_name, r.state, r.sync_state,
                coalesce(r.behind, 'an unknown amount'), ', ' || date_trunc('milliseconds', r.replay_lag)) END);
    END LOOP;
    PERFORM set_config('release.findings', (current_setting('release.findings')::jsonb || found)::text, false);
END
$server$;

-- The tables that it touches ----------------------------------------------------------

DO $tables$
DECLARE
    found jsonb := '[]';
    size bigint;
    extra bigint;
    in_all bigint := 0;
    touched oid[] := '{}';
    below oid[];
    lock_below text;
    locked text;
    r record;
    other record;
BEGIN
    PERFORM set_config('lock_timeout', '100ms', true);
    FOR r IN
        SELECT t.*, c.oid, c.relkind, c.reltuples::bigint AS rows, c.relpages * current_setting('block_size')::bigint AS pages
        FROM (VALUES
            -- the lock that it waits for, those on each partition and child table; whether it is rewritten, and its rows changed;
            -- the last segment that touches it
            ('public.buildings', 'SHARE ROW EXCLUSIVE', 'SHARE ROW EXCLUSIVE', '', 'changes its catalog entry', FALSE, FALSE, 17),
            ('public.devices', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'changes rows of it', FALSE, TRUE, 12),
            ('public.doors', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'changes rows of it', FALSE, TRUE, 8),
            ('public.labels', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'changes rows of it', FALSE, TRUE, 14),
            ('public.rooms', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'changes rows of it', FALSE, TRUE, 4),
            ('public.users', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'changes rows of it', FALSE, TRUE, 2),
            ('public.walls', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'changes rows of it', FALSE, TRUE, 6),
            ('public.windows', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'changes rows of it', FALSE, TRUE, 10),
            ('public.zones', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'changes rows of it', FALSE, TRUE, 16)
        ) AS t (relation, lock, partitions, children, work, rewrites, writes, last_needed)
        JOIN pg_class AS c ON c.oid = to_regclass(t.relation)
        WHERE current_setting('release.progress')::integer < t.last_needed
    LOOP
        -- size and extra disk: a rewrite makes a second copy, a changed row a second version
        locked := '';
        BEGIN
            SELECT
                sum(pg_total_relation_size(p.relid)),
                sum(CASE WHEN r.rewrites THEN pg_total_relation_size(p.relid) WHEN r.writes THEN pg_table_size(p.relid) ELSE 0 END)
            INTO size, extra
            FROM (SELECT r.oid UNION SELECT p.relid FROM pg_partition_tree(r.oid) AS p) AS p (relid);
        EXCEPTION WHEN lock_not_available THEN
            size := r.pages;
            extra := CASE WHEN r.rewrites OR r.writes THEN r.pages ELSE 0 END;
            locked := ' (it is locked: as of its last ANALYZE)';
        END;
        in_all := in_all + extra;
        -- what it locks below a table: nothing is a partition and a parent of child tables at once
        lock_below := CASE r.relkind WHEN 'p' THEN r.partitions ELSE r.children END;
        WITH RECURSIVE tree (relation) AS (
            SELECT i.inhrelid FROM pg_inherits AS i WHERE i.inhparent = r.oid AND lock_below <> ''
            UNION
            SELECT i.inhrelid FROM pg_inherits AS i JOIN tree AS t ON i.inhparent = t.relation
        )
        SELECT coalesce(array_agg(t.relation), '{}') INTO below FROM tree AS t;
        IF r.relkind IN ('r', 'p', 'm') THEN
            found := found || jsonb_build_object('level', 'size', 'finding', format(
                '%s: %s, %s with indexes%s; the release %s%s%s', r.relation,
                CASE WHEN r.rows > 0 THEN format('about %s rows', r.rows) ELSE 'never analyzed' END, pg_size_pretty(size), locked, r.work, CASE WHEN extra > 0 THEN ': up to ' || pg_size_pretty(extra) || ' more disk' ELSE '' END,
                CASE WHEN below <> '{}' THEN format('; its %s %s: %s', cardinality(below), CASE r.relkind WHEN 'p' THEN 'partitions' ELSE 'child tables' END, lock_below) ELSE '' END));
        END IF;
        touched := touched || r.oid;

        -- who would make the release wait if it ran now? conflicting modes: PostgreSQL manual, 13.3.1
        FOR other IN
            SELECT DISTINCT p.gid, l.relation <> r.oid AS beneath, l.relation::regclass::text AS locked, concat_ws(' ', l.mode, CASE WHEN l.granted THEN 'held' ELSE 'wanted' END, 'by', CASE
                WHEN l.pid IS NULL THEN format('prepared transaction %L: commit it or roll it back', p.gid)
                ELSE format('process %s (%s)', l.pid, concat_ws(', ', 'role ' || a.usename, coalesce(CASE
                        WHEN a.usesysid IS NULL AND a.query LIKE '%(to prevent wraparound)'
                            THEN 'autovacuum to prevent wraparound, which does not give way: let it end'
                    END, nullif(a.application_name, ''), a.backend_type),
                    a.state || ' for ' || date_trunc('second', clock_timestamp() - a.state_change)))
            END) AS lock
            FROM pg_locks AS l
            LEFT JOIN pg_stat_activity AS a ON l.pid = a.pid
            LEFT JOIN pg_locks AS x
                ON l.pid IS NULL AND x.pid IS NULL AND l.virtualtransaction = x.virtualtransaction AND x.locktype = 'transactionid'
            LEFT JOIN pg_prepared_xacts AS p ON x.transactionid = p.transaction
            WHERE l.locktype = 'relation' AND (l.relation = r.oid OR l.relation = ANY (below)) AND l.pid IS DISTINCT FROM pg_backend_pid()
                AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
                AND l.mode <> 'SIReadLock' AND CASE CASE WHEN l.relation = r.oid THEN r.lock ELSE lock_below END
                    WHEN 'ACCESS EXCLUSIVE' THEN TRUE
                    WHEN 'EXCLUSIVE' THEN l.mode <> 'AccessShareLock'
                    WHEN 'SHARE ROW EXCLUSIVE' THEN l.mode NOT IN ('AccessShareLock', 'RowShareLock')
                    WHEN 'SHARE' THEN l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareLock')
                    WHEN 'SHARE UPDATE EXCLUSIVE' THEN l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock')
                    ELSE l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
                END
            LIMIT 20
        LOOP
            found := found || jsonb_build_object('level', CASE WHEN other.gid IS NULL THEN 'note' ELSE 'NO-GO' END, 'finding',
                format('%s: the release would wait for %s', CASE WHEN other.beneath THEN other.locked ELSE r.relation END, other.lock));
        END LOOP;
    END LOOP;
    FOR r IN
        SELECT format('%s has an INVALID index: %s', i.indrelid::regclass, i.indexrelid::regclass) AS note
        FROM pg_index AS i WHERE i.indrelid = ANY (touched) AND NOT i.indisvalid
        UNION ALL
        SELECT format('%s is published by %I: DDL does not travel, so its subscribers need the same change', c.oid::regclass, p.pubname)
        FROM pg_publication_tables AS p
        JOIN pg_class AS c ON p.tablename = c.relname AND p.schemaname = c.relnamespace::regnamespace::text
        WHERE c.oid = ANY (touched)
        UNION ALL
        SELECT format('rows of %s arrive by the subscription %I: they stop where the tables differ', s.srrelid::regclass, u.subname)
        FROM pg_subscription_rel AS s JOIN (SELECT DISTINCT p.subid, p.subname FROM pg_stat_subscription AS p) AS u ON s.srsubid = u.subid
        WHERE s.srrelid = ANY (touched)
    LOOP
        found := found || jsonb_build_object('level', 'note', 'finding', r.note);
    END LOOP;
    IF in_all > 0 THEN
        found := found || jsonb_build_object('level', 'size', 'finding', format(
            'in all up to %s more disk, as much WAL, and temporary files while indexes are built: is there room?',
            pg_size_pretty(in_all)));
    END IF;
    PERFORM set_config('release.findings', (current_setting('release.findings')::jsonb || found)::text, false);
    PERFORM set_config('lock_timeout', '2s', true);
END
$tables$;

-- Verdict -----------------------------------------------------------------------------

SELECT
    f.level,
    f.finding
FROM jsonb_to_recordset(current_setting('release.findings')::jsonb) AS f (level text, finding text)
ORDER BY array_position(ARRAY['NO-GO', 'note', 'size', 'lost'], f.level), f.finding;

SELECT
    count(*) FILTER (WHERE f.level = 'NO-GO') AS release_reasons,
    count(*) FILTER (WHERE f.level = 'NO-GO') = 0 AS release_go,
    current_setting('release.progress')::integer >= 17 AS release_done
FROM jsonb_to_recordset(current_setting('release.findings')::jsonb) AS f (level text, finding text) \gset

ROLLBACK;

\if :release_go
\if :release_done
\echo GO: nothing to do, release 1.1.0 is there already
\else
\echo GO
\endif
\else
\echo NO-GO (:release_reasons reasons)
DO $nogo$
BEGIN
    RAISE EXCEPTION 'NO-GO: see the reasons above';
END
$nogo$;
\endif
