-- =====================================================================================
-- Release 1.0.0: upgrade
-- =====================================================================================
-- Title         Initial schema
-- Date          2026-11-23
-- Revisions     base -> 002 (2 revisions, 174 statements, one transaction)
--   001 create initial schema
--     alembic/versions/001_create_initial_schema.py
--   002 add spatial indexes for performance
--     alembic/versions/002_add_spatial_indexes_for_performance.py
-- Plan          281ad37afaa7 (whole in manifest.json; recorded in public.release_history)
-- Changes       creates 1 extension, 20 tables, 146 indexes
--
-- RUN           psql -X -d DATABASE -f upgrade.sql > upgrade-1.0.0.log 2>&1; echo "exit $?"
--               Exit 0 is success, 3 a refusal or an error; a pipe (| tee) would hide it. Not with
--               psql -1, not through a transaction-pooling proxy. After any interruption run it
--               again. Before: a backup. Undo: rollback.sql.
--               It leaves a row in public.release_history, a table that the script creates where it
--               is missing, in its transaction; no rollback removes it.
--
-- PREREQUISITES
--   PostgreSQL  13 or later, primary; psql 13 or later
--   PostGIS     3.0 or later. Its packages must be on the server. This release creates the
--               extension where it is missing; that needs a superuser, unless one has run CREATE
--               EXTENSION postgis in this database before (then the release leaves it as it is).
--               its schema must be on the search path of this script: public
--               types: geometry(geometry,4326); geometry(point,4326); geometry(polygon,4326)
--               SRIDs: 4326, as in spatial_ref_sys
--   Role        CREATE on schema public
--   Replicas    DDL does not travel by logical replication: subscribers need the same release
--               (preflight.sql names the slots)
--
-- BACKUP        DATABASE stands for the database; the file names are yours to choose. pg_dump must be of the server's
--               major version, and of its minor version or a newer one (SHOW server_version; pg_dump --version): an
--               older one may copy what a newer server stores for itself (seen: SET (pg_attver=...)), a newer major
--               version writes settings that the server does not know; such a dump may not restore.
--   whole       pg_dump -Fc -d DATABASE -f before-1.0.0.dump
--               pg_dumpall --globals-only -f before-1.0.0-globals.sql
--               (who is no superuser adds --no-role-passwords)
--   readable?   pg_restore -l before-1.0.0.dump | grep -c 'TABLE DATA'
--   restore     createdb -T template0 RESTORED
--               pg_restore -d RESTORED --exit-on-error before-1.0.0.dump
--               (on another server first: psql -X -d postgres -f before-1.0.0-globals.sql)
--   too large?  a snapshot of the storage, or point-in-time recovery: the script prints where the WAL
--               is before and after it; a superuser may give the place before it a name:
--               psql -X -d DATABASE -c "SELECT pg_create_restore_point('before upgrade 1.0.0')"
--   rows only   nothing: the script touches no table that was there before it
--   SRIDs       a dump holds the SRIDs that you added to spatial_ref_sys, not built-in ones that
--               were edited: psql -X -d DATABASE -c "\copy spatial_ref_sys TO 'before-1.0.0-srids.csv' CSV"
--
-- LOCKS         none that anybody waits for: what the script locks, it has created itself
--
-- IF IT STOPS   nothing has changed; run it again when the cause is mended
--
-- ROLLBACK      reversible
--               rollback.sql loses:
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
\echo release 1.0.0 upgrade, started :release_started
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
    IF NOT done AND reasons = '{}' AND NOT locked THEN
        reasons := reasons || 'another release was running in this database, and has ended: run it again'::text;
    END IF;
    IF locked AND NOT (NOT done AND reasons = '{}') THEN
        PERFORM pg_advisory_unlock(hashtext('release:public.alembic_version'));
    END IF;
    IF reasons <> '{}' THEN
        RAISE EXCEPTION USING
            MESSAGE = E'release 1.0.0 upgrade refused, nothing changed:\n  - ' || array_to_string(reasons, E'\n  - '),
            ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    -- whether it is done, for the rest of this script; another server process does not know it
    PERFORM set_config('release.progress_' || pg_backend_pid(), done::integer::text, false);
END
$guard$;

SELECT current_setting('release.progress_' || :'release_session')::integer >= 1 AS release_done \gset
\if :release_done
\echo 'nothing to do: the database is at 002 already'
\else
-- its \endif is the last line: a script that was cut short on its way does not end with status 0

-- The release, in one transaction -----------------------------------------------------

BEGIN;

-- Revision 001: create initial schema

-- alembic/versions/001_create_initial_schema.py:132
CREATE EXTENSION IF NOT EXISTS postgis;

-- alembic/versions/001_create_initial_schema.py:135
CREATE TABLE users (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    email VARCHAR(255) NOT NULL,
    username VARCHAR(100) NOT NULL,
    password_hash VARCHAR(255) NOT NULL,
    role VARCHAR(50) DEFAULT 'user' NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT pk_users PRIMARY KEY (id),
    CONSTRAINT uq_users_email UNIQUE (email),
    CONSTRAINT uq_users_username UNIQUE (username)
);

-- alembic/versions/001_create_initial_schema.py:148
CREATE TABLE projects (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    name VARCHAR(255) NOT NULL,
    user_id INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT pk_projects PRIMARY KEY (id),
    CONSTRAINT fk_projects_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:158
CREATE TABLE buildings (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    name VARCHAR(255) NOT NULL,
    address VARCHAR(255),
    owner_id INTEGER,
    project_id INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT pk_buildings PRIMARY KEY (id),
    CONSTRAINT fk_buildings_owner_id_users FOREIGN KEY(owner_id) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_buildings_project_id_projects FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:171
CREATE TABLE floors (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    name VARCHAR(255) NOT NULL,
    building_id INTEGER,
    svg_path VARCHAR(255),
    created_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT pk_floors PRIMARY KEY (id),
    CONSTRAINT fk_floors_building_id_buildings FOREIGN KEY(building_id) REFERENCES buildings (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:182
CREATE TABLE categories (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    name VARCHAR(100) NOT NULL,
    building_id INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    updated_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT pk_categories PRIMARY KEY (id),
    CONSTRAINT uq_categories_name UNIQUE (name),
    CONSTRAINT fk_categories_building_id_buildings FOREIGN KEY(building_id) REFERENCES buildings (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:93
CREATE TABLE rooms (
    id VARCHAR(64) NOT NULL,
    name VARCHAR(255),
    layer VARCHAR(100),
    status VARCHAR(50),
    source_svg VARCHAR(255),
    svg_id VARCHAR(255),
    category VARCHAR(100) DEFAULT '' NOT NULL,
    created_by INTEGER,
    locked_by INTEGER,
    assigned_to INTEGER,
    building_id INTEGER,
    floor_id INTEGER,
    project_id INTEGER,
    geom TEXT,
    CONSTRAINT pk_rooms PRIMARY KEY (id),
    CONSTRAINT fk_rooms_created_by_users FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_rooms_locked_by_users FOREIGN KEY(locked_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_rooms_assigned_to_users FOREIGN KEY(assigned_to) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_rooms_building_id_buildings FOREIGN KEY(building_id) REFERENCES buildings (id) ON DELETE CASCADE,
    CONSTRAINT fk_rooms_floor_id_floors FOREIGN KEY(floor_id) REFERENCES floors (id) ON DELETE CASCADE,
    CONSTRAINT fk_rooms_project_id_projects FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:127
ALTER TABLE rooms ALTER COLUMN geom TYPE geometry(Polygon, 4326);

-- alembic/versions/001_create_initial_schema.py:93
CREATE TABLE walls (
    id VARCHAR(64) NOT NULL,
    room_id VARCHAR(64),
    material VARCHAR(100),
    layer VARCHAR(100),
    status VARCHAR(50),
    source_svg VARCHAR(255),
    svg_id VARCHAR(255),
    category VARCHAR(100) DEFAULT '' NOT NULL,
    created_by INTEGER,
    locked_by INTEGER,
    assigned_to INTEGER,
    building_id INTEGER,
    floor_id INTEGER,
    project_id INTEGER,
    geom TEXT,
    CONSTRAINT pk_walls PRIMARY KEY (id),
    CONSTRAINT fk_walls_room_id_rooms FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    CONSTRAINT fk_walls_created_by_users FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_walls_locked_by_users FOREIGN KEY(locked_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_walls_assigned_to_users FOREIGN KEY(assigned_to) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_walls_building_id_buildings FOREIGN KEY(building_id) REFERENCES buildings (id) ON DELETE CASCADE,
    CONSTRAINT fk_walls_floor_id_floors FOREIGN KEY(floor_id) REFERENCES floors (id) ON DELETE CASCADE,
    CONSTRAINT fk_walls_project_id_projects FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:127
ALTER TABLE walls ALTER COLUMN geom TYPE geometry(Geometry, 4326);

-- alembic/versions/001_create_initial_schema.py:93
CREATE TABLE doors (
    id VARCHAR(64) NOT NULL,
    room_id VARCHAR(64),
    material VARCHAR(100),
    layer VARCHAR(100),
    status VARCHAR(50),
    source_svg VARCHAR(255),
    svg_id VARCHAR(255),
    category VARCHAR(100) DEFAULT '' NOT NULL,
    created_by INTEGER,
    locked_by INTEGER,
    assigned_to INTEGER,
    building_id INTEGER,
    floor_id INTEGER,
    project_id INTEGER,
    geom TEXT,
    CONSTRAINT pk_doors PRIMARY KEY (id),
    CONSTRAINT fk_doors_room_id_rooms FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    CONSTRAINT fk_doors_created_by_users FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_doors_locked_by_users FOREIGN KEY(locked_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_doors_assigned_to_users FOREIGN KEY(assigned_to) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_doors_building_id_buildings FOREIGN KEY(building_id) REFERENCES buildings (id) ON DELETE CASCADE,
    CONSTRAINT fk_doors_floor_id_floors FOREIGN KEY(floor_id) REFERENCES floors (id) ON DELETE CASCADE,
    CONSTRAINT fk_doors_project_id_projects FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:127
ALTER TABLE doors ALTER COLUMN geom TYPE geometry(Geometry, 4326);

-- alembic/versions/001_create_initial_schema.py:93
CREATE TABLE windows (
    id VARCHAR(64) NOT NULL,
    room_id VARCHAR(64),
    material VARCHAR(100),
    layer VARCHAR(100),
    status VARCHAR(50),
    source_svg VARCHAR(255),
    svg_id VARCHAR(255),
    category VARCHAR(100) DEFAULT '' NOT NULL,
    created_by INTEGER,
    locked_by INTEGER,
    assigned_to INTEGER,
    building_id INTEGER,
    floor_id INTEGER,
    project_id INTEGER,
    geom TEXT,
    CONSTRAINT pk_windows PRIMARY KEY (id),
    CONSTRAINT fk_windows_room_id_rooms FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    CONSTRAINT fk_windows_created_by_users FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_windows_locked_by_users FOREIGN KEY(locked_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_windows_assigned_to_users FOREIGN KEY(assigned_to) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_windows_building_id_buildings FOREIGN KEY(building_id) REFERENCES buildings (id) ON DELETE CASCADE,
    CONSTRAINT fk_windows_floor_id_floors FOREIGN KEY(floor_id) REFERENCES floors (id) ON DELETE CASCADE,
    CONSTRAINT fk_windows_project_id_projects FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:127
ALTER TABLE windows ALTER COLUMN geom TYPE geometry(Geometry, 4326);

-- alembic/versions/001_create_initial_schema.py:93
CREATE TABLE devices (
    id VARCHAR(64) NOT NULL,
    room_id VARCHAR(64),
    type VARCHAR(100),
    system VARCHAR(100),
    subtype VARCHAR(100),
    layer VARCHAR(100),
    status VARCHAR(50),
    source_svg VARCHAR(255),
    svg_id VARCHAR(255),
    category VARCHAR(100) DEFAULT '' NOT NULL,
    created_by INTEGER,
    locked_by INTEGER,
    assigned_to INTEGER,
    building_id INTEGER,
    floor_id INTEGER,
    project_id INTEGER,
    geom TEXT,
    CONSTRAINT pk_devices PRIMARY KEY (id),
    CONSTRAINT fk_devices_room_id_rooms FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    CONSTRAINT fk_devices_created_by_users FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_devices_locked_by_users FOREIGN KEY(locked_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_devices_assigned_to_users FOREIGN KEY(assigned_to) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_devices_building_id_buildings FOREIGN KEY(building_id) REFERENCES buildings (id) ON DELETE CASCADE,
    CONSTRAINT fk_devices_floor_id_floors FOREIGN KEY(floor_id) REFERENCES floors (id) ON DELETE CASCADE,
    CONSTRAINT fk_devices_project_id_projects FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:127
ALTER TABLE devices ALTER COLUMN geom TYPE geometry(Point, 4326);

-- alembic/versions/001_create_initial_schema.py:93
CREATE TABLE labels (
    id VARCHAR(64) NOT NULL,
    room_id VARCHAR(64),
    text VARCHAR(255),
    layer VARCHAR(100),
    status VARCHAR(50),
    source_svg VARCHAR(255),
    svg_id VARCHAR(255),
    category VARCHAR(100) DEFAULT '' NOT NULL,
    created_by INTEGER,
    locked_by INTEGER,
    assigned_to INTEGER,
    building_id INTEGER,
    floor_id INTEGER,
    project_id INTEGER,
    geom TEXT,
    CONSTRAINT pk_labels PRIMARY KEY (id),
    CONSTRAINT fk_labels_room_id_rooms FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    CONSTRAINT fk_labels_created_by_users FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_labels_locked_by_users FOREIGN KEY(locked_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_labels_assigned_to_users FOREIGN KEY(assigned_to) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_labels_building_id_buildings FOREIGN KEY(building_id) REFERENCES buildings (id) ON DELETE CASCADE,
    CONSTRAINT fk_labels_floor_id_floors FOREIGN KEY(floor_id) REFERENCES floors (id) ON DELETE CASCADE,
    CONSTRAINT fk_labels_project_id_projects FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:127
ALTER TABLE labels ALTER COLUMN geom TYPE geometry(Point, 4326);

-- alembic/versions/001_create_initial_schema.py:93
CREATE TABLE zones (
    id VARCHAR(64) NOT NULL,
    room_id VARCHAR(64),
    name VARCHAR(255),
    layer VARCHAR(100),
    status VARCHAR(50),
    source_svg VARCHAR(255),
    svg_id VARCHAR(255),
    category VARCHAR(100) DEFAULT '' NOT NULL,
    created_by INTEGER,
    locked_by INTEGER,
    assigned_to INTEGER,
    building_id INTEGER,
    floor_id INTEGER,
    project_id INTEGER,
    geom TEXT,
    CONSTRAINT pk_zones PRIMARY KEY (id),
    CONSTRAINT fk_zones_room_id_rooms FOREIGN KEY(room_id) REFERENCES rooms (id) ON DELETE CASCADE,
    CONSTRAINT fk_zones_created_by_users FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_zones_locked_by_users FOREIGN KEY(locked_by) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_zones_assigned_to_users FOREIGN KEY(assigned_to) REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT fk_zones_building_id_buildings FOREIGN KEY(building_id) REFERENCES buildings (id) ON DELETE CASCADE,
    CONSTRAINT fk_zones_floor_id_floors FOREIGN KEY(floor_id) REFERENCES floors (id) ON DELETE CASCADE,
    CONSTRAINT fk_zones_project_id_projects FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:127
ALTER TABLE zones ALTER COLUMN geom TYPE geometry(Polygon, 4326);

-- alembic/versions/001_create_initial_schema.py:198
CREATE TABLE drawings (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    name VARCHAR(255) NOT NULL,
    project_id INTEGER,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT pk_drawings PRIMARY KEY (id),
    CONSTRAINT fk_drawings_project_id_projects FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:207
CREATE TABLE comments (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    user_id INTEGER,
    object_id VARCHAR(64),
    object_type VARCHAR(50),
    content TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT pk_comments PRIMARY KEY (id),
    CONSTRAINT fk_comments_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:218
CREATE TABLE assignments (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    user_id INTEGER,
    object_id VARCHAR(64),
    object_type VARCHAR(50),
    status VARCHAR(50),
    assigned_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_assignments PRIMARY KEY (id),
    CONSTRAINT fk_assignments_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:229
CREATE TABLE object_history (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    user_id INTEGER,
    object_id VARCHAR(64),
    object_type VARCHAR(50),
    change_type VARCHAR(50),
    changed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_object_history PRIMARY KEY (id),
    CONSTRAINT fk_object_history_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:240
CREATE TABLE audit_logs (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    user_id INTEGER,
    object_id VARCHAR(64),
    object_type VARCHAR(50),
    action VARCHAR(50),
    created_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT pk_audit_logs PRIMARY KEY (id),
    CONSTRAINT fk_audit_logs_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:251
CREATE TABLE user_category_permissions (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    user_id INTEGER,
    category_id INTEGER,
    project_id INTEGER,
    can_edit BOOLEAN,
    CONSTRAINT pk_user_category_permissions PRIMARY KEY (id),
    CONSTRAINT fk_user_category_permissions_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_user_category_permissions_category_id_categories FOREIGN KEY(category_id) REFERENCES categories (id) ON DELETE CASCADE,
    CONSTRAINT fk_user_category_permissions_project_id_projects FOREIGN KEY(project_id) REFERENCES projects (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:263
CREATE TABLE chat_messages (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    building_id INTEGER,
    user_id INTEGER,
    audit_log_id INTEGER,
    message TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT pk_chat_messages PRIMARY KEY (id),
    CONSTRAINT fk_chat_messages_building_id_buildings FOREIGN KEY(building_id) REFERENCES buildings (id) ON DELETE CASCADE,
    CONSTRAINT fk_chat_messages_user_id_users FOREIGN KEY(user_id) REFERENCES users (id) ON DELETE CASCADE,
    CONSTRAINT fk_chat_messages_audit_log_id_audit_logs FOREIGN KEY(audit_log_id) REFERENCES audit_logs (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:276
CREATE TABLE catalog_items (
    id INTEGER GENERATED BY DEFAULT AS IDENTITY,
    category_id INTEGER,
    created_by INTEGER,
    make VARCHAR(100),
    model VARCHAR(100),
    type VARCHAR(100),
    approved BOOLEAN,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT CURRENT_TIMESTAMP,
    CONSTRAINT pk_catalog_items PRIMARY KEY (id),
    CONSTRAINT fk_catalog_items_category_id_categories FOREIGN KEY(category_id) REFERENCES categories (id) ON DELETE CASCADE,
    CONSTRAINT fk_catalog_items_created_by_users FOREIGN KEY(created_by) REFERENCES users (id) ON DELETE CASCADE
);

-- alembic/versions/001_create_initial_schema.py:87
CREATE INDEX ix_projects_user_id ON projects (user_id);

CREATE INDEX ix_projects_created_at ON projects (created_at);

CREATE INDEX ix_buildings_owner_id ON buildings (owner_id);

CREATE INDEX ix_buildings_project_id ON buildings (project_id);

CREATE INDEX ix_buildings_created_at ON buildings (created_at);

CREATE INDEX ix_buildings_updated_at ON buildings (updated_at);

CREATE INDEX ix_floors_name ON floors (name);

CREATE INDEX ix_floors_building_id ON floors (building_id);

CREATE INDEX ix_categories_building_id ON categories (building_id);

CREATE INDEX ix_drawings_name ON drawings (name);

CREATE INDEX ix_drawings_project_id ON drawings (project_id);

CREATE INDEX ix_drawings_created_at ON drawings (created_at);

CREATE INDEX ix_comments_user_id ON comments (user_id);

CREATE INDEX ix_comments_object_id ON comments (object_id);

CREATE INDEX ix_comments_object_type ON comments (object_type);

CREATE INDEX ix_comments_created_at ON comments (created_at);

CREATE INDEX ix_assignments_user_id ON assignments (user_id);

CREATE INDEX ix_assignments_object_id ON assignments (object_id);

CREATE INDEX ix_assignments_object_type ON assignments (object_type);

CREATE INDEX ix_assignments_status ON assignments (status);

CREATE INDEX ix_assignments_assigned_at ON assignments (assigned_at);

CREATE INDEX ix_object_history_user_id ON object_history (user_id);

CREATE INDEX ix_object_history_object_id ON object_history (object_id);

CREATE INDEX ix_object_history_object_type ON object_history (object_type);

CREATE INDEX ix_object_history_change_type ON object_history (change_type);

CREATE INDEX ix_object_history_changed_at ON object_history (changed_at);

CREATE INDEX ix_audit_logs_user_id ON audit_logs (user_id);

CREATE INDEX ix_audit_logs_object_id ON audit_logs (object_id);

CREATE INDEX ix_audit_logs_object_type ON audit_logs (object_type);

CREATE INDEX ix_audit_logs_action ON audit_logs (action);

CREATE INDEX ix_audit_logs_created_at ON audit_logs (created_at);

CREATE INDEX ix_user_category_permissions_user_id ON user_category_permissions (user_id);

CREATE INDEX ix_user_category_permissions_category_id ON user_category_permissions (category_id);

CREATE INDEX ix_user_category_permissions_project_id ON user_category_permissions (project_id);

CREATE INDEX ix_user_category_permissions_can_edit ON user_category_permissions (can_edit);

CREATE INDEX ix_chat_messages_building_id ON chat_messages (building_id);

CREATE INDEX ix_chat_messages_user_id ON chat_messages (user_id);

CREATE INDEX ix_chat_messages_audit_log_id ON chat_messages (audit_log_id);

CREATE INDEX ix_chat_messages_created_at ON chat_messages (created_at);

CREATE INDEX ix_catalog_items_category_id ON catalog_items (category_id);

CREATE INDEX ix_catalog_items_created_by ON catalog_items (created_by);

CREATE INDEX ix_catalog_items_make ON catalog_items (make);

CREATE INDEX ix_catalog_items_model ON catalog_items (model);

CREATE INDEX ix_catalog_items_type ON catalog_items (type);

CREATE INDEX ix_catalog_items_approved ON catalog_items (approved);

CREATE INDEX ix_catalog_items_created_at ON catalog_items (created_at);

CREATE INDEX ix_catalog_items_make_model_type ON catalog_items (make, model, type);

CREATE INDEX ix_rooms_name ON rooms (name);

CREATE INDEX ix_rooms_layer ON rooms (layer);

CREATE INDEX ix_rooms_status ON rooms (status);

CREATE INDEX ix_rooms_category ON rooms (category);

CREATE INDEX ix_rooms_created_by ON rooms (created_by);

CREATE INDEX ix_rooms_locked_by ON rooms (locked_by);

CREATE INDEX ix_rooms_assigned_to ON rooms (assigned_to);

CREATE INDEX ix_rooms_building_id ON rooms (building_id);

CREATE INDEX ix_rooms_floor_id ON rooms (floor_id);

CREATE INDEX ix_rooms_project_id ON rooms (project_id);

CREATE INDEX ix_rooms_building_id_floor_id ON rooms (building_id, floor_id);

CREATE INDEX ix_rooms_project_id_status ON rooms (project_id, status);

CREATE INDEX ix_walls_room_id ON walls (room_id);

CREATE INDEX ix_walls_material ON walls (material);

CREATE INDEX ix_walls_layer ON walls (layer);

CREATE INDEX ix_walls_status ON walls (status);

CREATE INDEX ix_walls_category ON walls (category);

CREATE INDEX ix_walls_created_by ON walls (created_by);

CREATE INDEX ix_walls_locked_by ON walls (locked_by);

CREATE INDEX ix_walls_assigned_to ON walls (assigned_to);

CREATE INDEX ix_walls_building_id ON walls (building_id);

CREATE INDEX ix_walls_floor_id ON walls (floor_id);

CREATE INDEX ix_walls_project_id ON walls (project_id);

CREATE INDEX ix_walls_building_id_floor_id ON walls (building_id, floor_id);

CREATE INDEX ix_walls_project_id_status ON walls (project_id, status);

CREATE INDEX ix_doors_room_id ON doors (room_id);

CREATE INDEX ix_doors_material ON doors (material);

CREATE INDEX ix_doors_layer ON doors (layer);

CREATE INDEX ix_doors_status ON doors (status);

CREATE INDEX ix_doors_category ON doors (category);

CREATE INDEX ix_doors_created_by ON doors (created_by);

CREATE INDEX ix_doors_locked_by ON doors (locked_by);

CREATE INDEX ix_doors_assigned_to ON doors (assigned_to);

CREATE INDEX ix_doors_building_id ON doors (building_id);

CREATE INDEX ix_doors_floor_id ON doors (floor_id);

CREATE INDEX ix_doors_project_id ON doors (project_id);

CREATE INDEX ix_doors_building_id_floor_id ON doors (building_id, floor_id);

CREATE INDEX ix_doors_project_id_status ON doors (project_id, status);

CREATE INDEX ix_windows_room_id ON windows (room_id);

CREATE INDEX ix_windows_material ON windows (material);

CREATE INDEX ix_windows_layer ON windows (layer);

CREATE INDEX ix_windows_status ON windows (status);

CREATE INDEX ix_windows_category ON windows (category);

CREATE INDEX ix_windows_created_by ON windows (created_by);

CREATE INDEX ix_windows_locked_by ON windows (locked_by);

CREATE INDEX ix_windows_assigned_to ON windows (assigned_to);

CREATE INDEX ix_windows_building_id ON windows (building_id);

CREATE INDEX ix_windows_floor_id ON windows (floor_id);

CREATE INDEX ix_windows_project_id ON windows (project_id);

CREATE INDEX ix_windows_building_id_floor_id ON windows (building_id, floor_id);

CREATE INDEX ix_windows_project_id_status ON windows (project_id, status);

CREATE INDEX ix_devices_room_id ON devices (room_id);

CREATE INDEX ix_devices_type ON devices (type);

CREATE INDEX ix_devices_system ON devices (system);

CREATE INDEX ix_devices_subtype ON devices (subtype);

CREATE INDEX ix_devices_layer ON devices (layer);

CREATE INDEX ix_devices_status ON devices (status);

CREATE INDEX ix_devices_category ON devices (category);

CREATE INDEX ix_devices_created_by ON devices (created_by);

CREATE INDEX ix_devices_locked_by ON devices (locked_by);

CREATE INDEX ix_devices_assigned_to ON devices (assigned_to);

CREATE INDEX ix_devices_building_id ON devices (building_id);

CREATE INDEX ix_devices_floor_id ON devices (floor_id);

CREATE INDEX ix_devices_project_id ON devices (project_id);

CREATE INDEX ix_devices_building_id_floor_id ON devices (building_id, floor_id);

CREATE INDEX ix_devices_project_id_status ON devices (project_id, status);

CREATE INDEX ix_labels_room_id ON labels (room_id);

CREATE INDEX ix_labels_text ON labels (text);

CREATE INDEX ix_labels_layer ON labels (layer);

CREATE INDEX ix_labels_status ON labels (status);

CREATE INDEX ix_labels_category ON labels (category);

CREATE INDEX ix_labels_created_by ON labels (created_by);

CREATE INDEX ix_labels_locked_by ON labels (locked_by);

CREATE INDEX ix_labels_assigned_to ON labels (assigned_to);

CREATE INDEX ix_labels_building_id ON labels (building_id);

CREATE INDEX ix_labels_floor_id ON labels (floor_id);

CREATE INDEX ix_labels_project_id ON labels (project_id);

CREATE INDEX ix_labels_building_id_floor_id ON labels (building_id, floor_id);

CREATE INDEX ix_labels_project_id_status ON labels (project_id, status);

CREATE INDEX ix_zones_room_id ON zones (room_id);

CREATE INDEX ix_zones_name ON zones (name);

CREATE INDEX ix_zones_layer ON zones (layer);

CREATE INDEX ix_zones_status ON zones (status);

CREATE INDEX ix_zones_category ON zones (category);

CREATE INDEX ix_zones_created_by ON zones (created_by);

CREATE INDEX ix_zones_locked_by ON zones (locked_by);

CREATE INDEX ix_zones_assigned_to ON zones (assigned_to);

CREATE INDEX ix_zones_building_id ON zones (building_id);

CREATE INDEX ix_zones_floor_id ON zones (floor_id);

CREATE INDEX ix_zones_project_id ON zones (project_id);

CREATE INDEX ix_zones_building_id_floor_id ON zones (building_id, floor_id);

CREATE INDEX ix_zones_project_id_status ON zones (project_id, status);

CREATE TABLE IF NOT EXISTS public.alembic_version (
    version_num varchar(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

INSERT INTO public.alembic_version (version_num)
VALUES ('001');

-- Revision 002: add spatial indexes for performance

-- alembic/versions/002_add_spatial_indexes_for_performance.py:22
CREATE INDEX ix_rooms_geom ON rooms USING gist (geom);

CREATE INDEX ix_walls_geom ON walls USING gist (geom);

CREATE INDEX ix_doors_geom ON doors USING gist (geom);

CREATE INDEX ix_windows_geom ON windows USING gist (geom);

CREATE INDEX ix_devices_geom ON devices USING gist (geom);

CREATE INDEX ix_labels_geom ON labels USING gist (geom);

CREATE INDEX ix_zones_geom ON zones USING gist (geom);

DO $version$
DECLARE
    changed integer;
BEGIN
    UPDATE public.alembic_version SET version_num = '002' WHERE version_num = '001';
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
VALUES ('1.0.0', 'upgrade', 1, 1, '281ad37afaa7', clock_timestamp());

COMMIT;

SELECT pg_advisory_unlock(hashtext('release:public.alembic_version')) AS release_unlocked \gset
SELECT to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS OF') AS release_finished \gset
\echo release 1.0.0 upgrade, finished :release_finished
\if :release_wal
SELECT pg_catalog.pg_current_wal_lsn() AS release_lsn \gset
\echo WAL after it: :release_lsn
\endif
\endif
