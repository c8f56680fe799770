-- =====================================================================================
-- Release 1.0.0: preflight
-- =====================================================================================
-- Title         Initial schema
-- Revisions     base -> 002
-- Plan          281ad37afaa7 (as in upgrade.sql)
--
-- RUN           psql -X -d DATABASE -f preflight.sql > preflight-1.0.0.log 2>&1; echo "exit $?"
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
\echo release 1.0.0 preflight

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
    plan constant text := '281ad37afaa7';
    done boolean := false;
    found text := 'base';
    last_direction text;
    last_plan text;
    unfinished boolean;
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
    END IF;

    -- which revision is the database at?
    IF has_table_privilege(to_regclass('public.alembic_version'), 'SELECT') THEN
        EXECUTE $q$
            SELECT coalesce(string_agg(v.version_num, ', ' ORDER BY v.version_num COLLATE "C"), 'base')
            FROM public.alembic_version AS v $q$ INTO found;
    ELSIF to_regclass('public.alembic_version') IS NOT NULL THEN
        found := NULL; -- nobody knows
    END IF;
    IF found = '002' THEN
        done := true;
    ELSIF last_direction = 'upgrade' AND found IS NOT NULL THEN
        reasons := reasons || format(
            'the database is at revision %s, but the upgrade is noted as done: somebody changed it outside the releases', found);
    ELSIF found <> 'base' THEN
        reasons := reasons || format(
            'the database is at revision %s; to start it should be at %s', found, 'base');
    END IF;

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
    -- to whom would belong what it creates?
    FOR r IN
        SELECT c.relowner::regrole AS owner
        FROM pg_class AS c
        WHERE c.oid = to_regclass('public.alembic_version') AND pg_get_userbyid(c.relowner) <> current_user
            AND NOT done
    LOOP
        reasons := reasons || format(
            'what the script creates would belong to %I, but %s belongs to %s: '
            'run it as that role (PGOPTIONS="-c role=%s"), or set role under [tool.release] and build again',
            current_user, 'public.alembic_version', r.owner, r.owner);
    END LOOP;

    -- PostGIS
    IF NOT done AND NOT EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = 'postgis') THEN
        SELECT d.default_version AS version INTO r FROM pg_available_extensions AS d WHERE d.name = 'postgis';
        IF r.version IS NULL THEN
            reasons := reasons
                || 'PostGIS is not installed on this server: install its packages (Debian: postgresql-NN-postgis-3)'::text;
        ELSIF NOT EXISTS (
            -- a superuser, or what hosting providers have instead of one
            SELECT FROM pg_roles AS u
            WHERE u.rolname = current_user AND u.rolsuper
                OR u.rolname IN ('rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin') AND pg_has_role(u.oid, 'MEMBER')
        ) THEN
            IF (
                SELECT a.superuser AND NOT a.trusted FROM pg_available_extension_versions AS a
                WHERE a.name = 'postgis' AND a.version = r.version
            ) THEN
                reasons := reasons || format(
                    'role %I may not create the extension postgis: '
                    'let a superuser run CREATE EXTENSION postgis in this database first', current_user);
            END IF;
        END IF;
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

    -- and nothing that it creates?
    FOR r IN
        SELECT * FROM (VALUES
            ('table', 'public.users', ''),
            ('table', 'public.projects', ''),
            ('table', 'public.buildings', ''),
            ('table', 'public.floors', ''),
            ('table', 'public.categories', ''),
            ('table', 'public.rooms', ''),
            ('table', 'public.walls', ''),
            ('table', 'public.doors', ''),
            ('table', 'public.windows', ''),
            ('table', 'public.devices', ''),
            ('table', 'public.labels', ''),
            ('table', 'public.zones', ''),
            ('table', 'public.drawings', ''),
            ('table', 'public.comments', ''),
            ('table', 'public.assignments', ''),
            ('table', 'public.object_history', ''),
            ('table', 'public.audit_logs', ''),
            ('table', 'public.user_category_permissions', ''),
            ('table', 'public.chat_messages', ''),
            ('table', 'public.catalog_items', '')
        ) AS created (kind, relation, name)
        WHERE NOT done
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
            AND NOT done
    LOOP
        reasons := reasons || format(
            'another release is running in this database: wait until it has ended '
            '(process %s, role %s, %s, from %s, connected since %s)',
            r.pid, r.usename, r.application_name, r.client, r.backend_start::timestamptz(0));
    END LOOP;
    PERFORM set_config('release.progress', done::integer::text, false);
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

-- Verdict -----------------------------------------------------------------------------

SELECT
    f.level,
    f.finding
FROM jsonb_to_recordset(current_setting('release.findings')::jsonb) AS f (level text, finding text)
ORDER BY array_position(ARRAY['NO-GO', 'note', 'size', 'lost'], f.level), f.finding;

SELECT
    count(*) FILTER (WHERE f.level = 'NO-GO') AS release_reasons,
    count(*) FILTER (WHERE f.level = 'NO-GO') = 0 AS release_go,
    current_setting('release.progress')::integer >= 1 AS release_done
FROM jsonb_to_recordset(current_setting('release.findings')::jsonb) AS f (level text, finding text) \gset

ROLLBACK;

\if :release_go
\if :release_done
\echo GO: nothing to do, release 1.0.0 is there already
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
