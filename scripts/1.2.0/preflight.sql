-- =====================================================================================
-- Release 1.2.0: preflight
-- =====================================================================================
-- Title         Search, checks and indexes without downtime
-- Revisions     005 -> 009
-- Plan          955905a63781 (as in upgrade.sql)
--
-- RUN           psql -X -d DATABASE -f preflight.sql > preflight-1.2.0.log 2>&1; echo "exit $?"
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
\echo release 1.2.0 preflight

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
    plan constant text := '955905a63781';
    -- version rows before segment 1, and after each segment
    expected constant text[] := ARRAY['005', '005', '005', '006', '006', '006', '006', '007', '007', '008', '009'];
    segments constant integer := 10;
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
            FROM public.release_history AS h WHERE h.release = '1.2.0'
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
            ('public.catalog_items', 10),
            ('public.comments', 10),
            ('public.devices', 10),
            ('public.labels', 10),
            ('public.projects', 10),
            ('public.rooms', 10)
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

    -- is everything there that it expects?
    FOR r IN
        SELECT * FROM (VALUES
            ('public.rooms', '', 1),
            ('public.rooms', 'floor_id', 1),
            ('public.rooms', 'name', 1),
            ('public.rooms', 'state', 1),
            ('public.devices', '', 2),
            ('public.devices', 'building_id', 2),
            ('public.rooms', 'geom', 3),
            ('public.comments', '', 5),
            ('public.comments', 'created_at', 6),
            ('public.catalog_items', '', 8),
            ('public.projects', '', 10),
            ('public.projects', 'updated_at', 10),
            ('public.labels', '', 10)
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

    -- has each index an operator class, where its author names none? manual, 11.10
    FOR r IN
        WITH RECURSIVE keys (method, type, of) AS (
            SELECT k.method, coalesce(a.atttypid, to_regtype(k.type)::oid), k.relation || '.' || quote_ident(k.name)
            FROM (VALUES
                ('btree', 'public.rooms', 'floor_id', NULL, 1),
                ('btree', 'public.devices', 'building_id', NULL, 2),
                ('gist', 'public.rooms', 'geom', NULL, 3)
            ) AS k (method, relation, name, type, last_needed)
            LEFT JOIN pg_attribute AS a ON a.attrelid = to_regclass(k.relation) AND a.attname = k.name AND NOT a.attisdropped
            WHERE progress < k.last_needed
            UNION
            SELECT d.method, t.typbasetype, d.of FROM keys AS d JOIN pg_type AS t ON d.type = t.oid WHERE t.typtype = 'd'
        )
        SELECT k.method, format_type(t.oid, NULL) AS type, k.of
        FROM keys AS k
        JOIN pg_am AS m ON k.method = m.amname
        JOIN pg_type AS t ON k.type = t.oid
        WHERE t.typtype <> 'd' AND NOT EXISTS (
            SELECT FROM pg_opclass AS o JOIN pg_type AS i ON o.opcintype = i.oid
            WHERE o.opcmethod = m.oid AND o.opcdefault AND (
                i.oid = t.oid
                OR EXISTS (
                    SELECT FROM pg_cast AS c
                    WHERE c.castsource = t.oid AND c.casttarget = i.oid AND c.castmethod = 'b' AND c.castcontext = 'i')
                OR i.typname = CASE WHEN t.typcategory = 'A' THEN 'anyarray' ELSE CASE t.typtype
                    WHEN 'e' THEN 'anyenum' WHEN 'r' THEN 'anyrange' WHEN 'm' THEN 'anymultirange' WHEN 'c' THEN 'record' END END))
    LOOP
        reasons := reasons || format(
            'no default operator class of the access method %s for the type %s%s, and the release builds an index with it: '
            'is an extension missing?', r.method, r.type, ' (' || r.of || ')');
    END LOOP;

    -- and nothing that it creates?
    FOR r IN
        SELECT * FROM (VALUES
            ('column', 'public.catalog_items', 'search', 8)
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

    -- indexes that it builds CONCURRENTLY may be there from an earlier try: INVALID, or as they should be
    FOR r IN
        SELECT * FROM (VALUES
            ('public.ix_rooms_floor_id_covering', 'public.rooms', 'btree', FALSE, 'floor_id,name,state', 1, FALSE, 1),
            ('public.ix_devices_building_id_active', 'public.devices', 'btree', FALSE, 'building_id', 1, TRUE, 2),
            ('public.ix_rooms_geom_active', 'public.rooms', 'gist', FALSE, 'geom', 1, TRUE, 3),
            ('public.ix_catalog_items_search', 'public.catalog_items', 'gin', FALSE, 'search', 1, FALSE, 9)
        ) AS built (index, relation, method, is_unique, columns, keys, opaque, made_in)
        WHERE progress < made_in AND to_regclass(index) IS NOT NULL
    LOOP
        IF NOT EXISTS (
            SELECT FROM pg_index AS i
            JOIN pg_class AS c ON i.indexrelid = c.oid
            JOIN pg_am AS m ON c.relam = m.oid
            WHERE i.indexrelid = to_regclass(r.index) AND i.indrelid = to_regclass(r.relation) AND (
                NOT i.indisvalid
                OR m.amname = r.method AND i.indisunique = r.is_unique
                AND i.indnkeyatts = r.keys
                AND CASE
                    -- conditions, expressions and options are not compared: it must be our own, begun and not noted
                    WHEN r.opaque THEN coalesce(last_begun, false) AND progress + 1 = r.made_in
                    ELSE i.indpred IS NULL AND i.indexprs IS NULL AND 0 = ALL (i.indoption::smallint[])
                        AND NOT EXISTS (SELECT FROM pg_opclass AS o WHERE o.oid = ANY (i.indclass::oid[]) AND NOT o.opcdefault)
                END
                AND r.columns = (
                    SELECT string_agg(coalesce(a.attname, ''), ',' ORDER BY k.place)
                    FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
                    LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
                )
            )
        ) THEN
            reasons := reasons || format(
                'there is something named %s already, and it is not for certain the index that the release builds on %s: '
                'rename or drop it', r.index, r.relation);
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
            ('public.catalog_items', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'rewrites it; builds an index on it', TRUE, FALSE, 9),
            ('public.comments', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'scans it; changes rows of it', FALSE, TRUE, 7),
            ('public.devices', 'SHARE', '', '', 'builds an index on it', FALSE, FALSE, 2),
            ('public.labels', 'ACCESS EXCLUSIVE', '', '', 'changes its catalog entry', FALSE, FALSE, 10),
            ('public.projects', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'changes its catalog entry', FALSE, FALSE, 10),
            ('public.rooms', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'ACCESS EXCLUSIVE', 'builds an index on it; scans it', FALSE, FALSE, 5)
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
        -- a new index: about an entry for each row, as wide as the columns are on average
        SELECT extra + coalesce(sum(CASE WHEN r.rows > 0 THEN r.rows ELSE size / 128 END * 1.2 * CASE b.method WHEN 'brin' THEN 0 WHEN 'gist' THEN 48 ELSE 16 + (
            SELECT coalesce(sum(coalesce(s.avg_width, 8)), 8)
            FROM unnest(b.columns) AS u (name)
            LEFT JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attname = u.name
            LEFT JOIN pg_class AS c ON c.oid = r.oid
            LEFT JOIN pg_stats AS s ON s.schemaname = c.relnamespace::regnamespace::text
                AND s.tablename = c.relname AND s.attname = a.attname) END), 0)
        INTO extra
        FROM (VALUES
            ('public.rooms', 'btree', ARRAY['floor_id', 'name', 'state'], 1),
            ('public.devices', 'btree', ARRAY['building_id'], 2),
            ('public.rooms', 'gist', ARRAY['geom'], 3)
        ) AS b (relation, method, columns, made_in)
        WHERE b.relation = r.relation AND current_setting('release.progress')::integer < b.made_in;
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

-- Who relies on what the release takes away -------------------------------------------

DO $dependents$
DECLARE
    found jsonb := '[]';
    r record;
BEGIN
    FOR r IN
        WITH RECURSIVE departing (item, step, way, kind, relation, name, cascades, last_needed) AS (
            -- in the order of the release; what goes in one step goes together
            VALUES
            (1, 13, 'drops', 'column', 'public.projects', 'updated_at', FALSE, 10),
            (2, 14, 'renames', 'table', 'public.labels', '', FALSE, 10)
        ), thing AS (
            SELECT d.*, concat_ws('.', d.relation, nullif(d.name, '')) AS title, o.classid, o.objid, o.objsubid
            FROM departing AS d CROSS JOIN LATERAL (
                SELECT 'pg_class'::regclass::oid, to_regclass(d.relation)::oid, 0
                WHERE d.kind IN ('table', 'view', 'materialized view', 'foreign table', 'sequence', 'index')
                UNION ALL
                SELECT 'pg_class'::regclass, a.attrelid, a.attnum FROM pg_attribute AS a
                WHERE d.kind = 'column' AND a.attrelid = to_regclass(d.relation) AND a.attname = d.name AND NOT a.attisdropped
            ) AS o (classid, objid, objsubid)
            WHERE o.objid IS NOT NULL AND current_setting('release.progress')::integer < d.last_needed
        ), falls (item, step, classid, objid, objsubid) AS (
            -- what is dropped takes its columns, constraints, indexes, row type and rules with it
            SELECT t.item, t.step, t.classid, t.objid, t.objsubid FROM thing AS t WHERE t.way = 'drops'
            UNION
            SELECT f.item, f.step, d.classid, d.objid, d.objsubid
            FROM falls AS f
            JOIN pg_depend AS d
                ON d.refclassid = f.classid AND d.refobjid = f.objid AND (f.objsubid = 0 OR d.refobjsubid = f.objsubid)
            WHERE d.deptype <> 'n'
        ), needs AS (
            -- for the others PostgreSQL refuses the statement, or CASCADE takes them too
            SELECT f.item, f.step, d.classid, d.objid, d.objsubid
            FROM falls AS f
            JOIN pg_depend AS d
                ON d.refclassid = f.classid AND d.refobjid = f.objid AND (f.objsubid = 0 OR d.refobjsubid = f.objsubid)
            WHERE d.deptype = 'n'
        ), left_over AS (
            SELECT n.* FROM needs AS n
            WHERE NOT EXISTS (
                -- the release drops it before
                SELECT FROM falls AS f
                WHERE f.classid = n.classid AND f.objid = n.objid AND f.objsubid IN (0, n.objsubid) AND f.step <= n.step
            )
        ), named AS (
            SELECT t.*, c.relname AS owner, coalesce(nullif(t.name, ''), c.relname) AS word
            FROM thing AS t
            LEFT JOIN pg_class AS c ON t.classid = 'pg_class'::regclass AND t.objid = c.oid
            WHERE t.kind NOT IN ('index', 'constraint', 'trigger', 'policy')
        )
        SELECT
            CASE WHEN t.cascades THEN 'note' ELSE 'NO-GO' END AS level, format(
                CASE WHEN t.cascades THEN '%s goes with %s, which the release %s CASCADE: know who needs it'
                ELSE '%s needs %s, which the release %s: drop or change it before, and know who needs it' END,
                CASE WHEN n.classid = 'pg_rewrite'::regclass
                    THEN (SELECT pg_describe_object('pg_class'::regclass, w.ev_class, 0) FROM pg_rewrite AS w WHERE w.oid = n.objid)
                    ELSE pg_describe_object(n.classid, n.objid, n.objsubid)
                END, t.title, t.way) AS finding
        FROM left_over AS n JOIN thing AS t ON n.item = t.item
        UNION
        -- the body of a function is text to PostgreSQL: no more than words can be compared
        SELECT 'note', format('function %s mentions %s, which the release %s: see whether it must change too',
            p.oid::regprocedure, t.title, t.way)
        FROM named AS t
        JOIN pg_proc AS p ON p.prosrc ~* ('\y' || regexp_replace(t.word, '(\W)', '\\\1', 'g') || '\y')
        WHERE p.prolang IN (SELECT l.oid FROM pg_language AS l WHERE l.lanname NOT IN ('internal', 'c'))
            AND p.pronamespace <> ALL (ARRAY['pg_catalog', 'information_schema']::regnamespace[])
            AND NOT EXISTS (SELECT FROM pg_depend AS d
                WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
            AND NOT EXISTS (SELECT FROM falls AS f WHERE f.classid = 'pg_proc'::regclass AND f.objid = p.oid)
            AND (t.name = '' OR p.prosrc ~* ('\y' || regexp_replace(t.owner, '(\W)', '\\\1', 'g') || '\y')
                OR EXISTS (SELECT FROM pg_trigger AS g WHERE g.tgfoid = p.oid AND g.tgrelid = t.objid))
        ORDER BY level, finding LIMIT 200
    LOOP
        found := found || jsonb_build_object('level', r.level, 'finding', r.finding);
    END LOOP;
    PERFORM set_config('release.findings', (current_setting('release.findings')::jsonb || found)::text, false);
END
$dependents$;

-- What does not come back with what is created anew -----------------------------------
-- As statements, to be run after the script that creates it.

DO $lost$
DECLARE
    found jsonb := '[]';
    r record;
BEGIN
    FOR r IN
        WITH recreated (kind, relation, name, script, remade, last_needed) AS (
            -- by which script; the triggers and policies that this script makes anew too
            VALUES
            ('column', 'public.projects', 'updated_at', 'rollback.sql', ARRAY[]::text[], 10)
        ), thing AS (
            SELECT
                e.*, o.class, o.oid, o.owner, o.acl, CASE
                    WHEN e.kind IN ('view', 'materialized view', 'foreign table', 'column') THEN 'TABLE'
                    WHEN e.kind = 'domain' THEN 'TYPE'
                    ELSE upper(e.kind)
                END AS word
            FROM recreated AS e CROSS JOIN LATERAL (
                SELECT 'pg_class'::regclass, c.oid, c.relowner, c.relacl FROM pg_class AS c
                WHERE e.kind IN ('table', 'view', 'materialized view', 'foreign table', 'sequence', 'column')
                    AND c.oid = to_regclass(e.relation)
            ) AS o (class, oid, owner, acl)
            WHERE current_setting('release.progress')::integer < e.last_needed
        )
        SELECT t.script, s.statement
        FROM thing AS t CROSS JOIN LATERAL (
            SELECT format('GRANT %s ON %s TO %s%s', string_agg(format('%s (%I)', g.privilege_type, a.attname), ', '), t.relation,
                CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END, CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' END)
            FROM pg_attribute AS a CROSS JOIN LATERAL aclexplode(a.attacl) AS g
            WHERE a.attrelid = t.oid AND t.class = 'pg_class'::regclass AND NOT a.attisdropped AND t.name IN ('', a.attname)
            GROUP BY g.grantee, g.is_grantable
            UNION ALL
            SELECT format('COMMENT ON %s %s IS %L', upper(t.kind), concat_ws('.', t.relation, quote_ident(nullif(t.name, ''))), d.description)
            FROM pg_description AS d
            WHERE d.classoid = t.class AND d.objoid = t.oid AND d.objsubid = CASE WHEN t.name = '' THEN 0 ELSE (
                SELECT a.attnum FROM pg_attribute AS a WHERE a.attrelid = t.oid AND a.attname = t.name) END
        ) AS s (statement)
        ORDER BY t.script DESC, t.relation, s.statement
    LOOP
        found := found || jsonb_build_object('level', 'lost', 'finding', format('%s; -- after %s', r.statement, r.script));
    END LOOP;
    PERFORM set_config('release.findings', (current_setting('release.findings')::jsonb || found)::text, false);
END
$lost$;

-- The data: what would make a statement fail ------------------------------------------

SET statement_timeout = :'statement_timeout';
SELECT set_config('release.patience', :'statement_timeout', FALSE) AS release_patience \gset

-- alembic/versions/007_check_what_is_stored.py:23
-- public.rooms (ck_rooms_name): rows that violate the CHECK
DO $data$
DECLARE
    answer text;
BEGIN
    IF current_setting('release.progress')::integer < 5 THEN
        EXECUTE 'SELECT count(*) FROM (SELECT FROM public.rooms WHERE NOT (name <> '''') LIMIT 1000) AS found' INTO answer;
    END IF;
    PERFORM set_config('release.answer_1', answer, false);
EXCEPTION WHEN query_canceled OR OTHERS THEN
    PERFORM set_config('release.answer_1', format('!%s%s', SQLSTATE, SQLERRM), false);
END
$data$;

-- alembic/versions/007_check_what_is_stored.py:29
-- public.comments (ck_comments_created_at): rows that violate the CHECK (the release changes rows
-- of it before)
DO $data$
DECLARE
    answer text;
BEGIN
    IF current_setting('release.progress')::integer < 6 THEN
        EXECUTE 'SELECT count(*) FROM (SELECT FROM public.comments WHERE NOT (created_at IS NOT NULL) LIMIT 1000) AS found' INTO answer;
    END IF;
    PERFORM set_config('release.answer_2', answer, false);
EXCEPTION WHEN query_canceled OR OTHERS THEN
    PERFORM set_config('release.answer_2', format('!%s%s', SQLSTATE, SQLERRM), false);
END
$data$;

-- alembic/versions/007_check_what_is_stored.py:30
-- public.comments (created_at): rows with NULL (the release changes rows of it before)
DO $data$
DECLARE
    answer text;
BEGIN
    IF current_setting('release.progress')::integer < 7 THEN
        EXECUTE 'SELECT count(*) FROM (SELECT FROM public.comments WHERE created_at IS NULL LIMIT 1000) AS found' INTO answer;
    END IF;
    PERFORM set_config('release.answer_3', answer, false);
EXCEPTION WHEN query_canceled OR OTHERS THEN
    PERFORM set_config('release.answer_3', format('!%s%s', SQLSTATE, SQLERRM), false);
END
$data$;

SET statement_timeout = '60s';
DO $answers$
DECLARE
    found jsonb := '[]';
    r record;
BEGIN
    FOR r IN
        SELECT
            q.title, q.trouble, nullif(a.answer, '') AS answer, left(a.answer, 1) = '!' AS failed,
            substr(a.answer, 2, 5) AS state, substr(a.answer, 7) AS message,
            row_number() OVER (PARTITION BY q.title, a.answer ORDER BY q.number) AS occasion,
            CASE WHEN q.fatal THEN 'NO-GO' ELSE 'note' END AS level
        FROM (VALUES
            -- what is counted, and whether a single one stops the release
            (1, 'public.rooms (ck_rooms_name)', 'rows that violate the CHECK', TRUE),
            (2, 'public.comments (ck_comments_created_at)', 'rows that violate the CHECK (the release changes rows of it before)', FALSE),
            (3, 'public.comments (created_at)', 'rows with NULL (the release changes rows of it before)', FALSE)
        ) AS q (number, title, trouble, fatal)
        CROSS JOIN LATERAL (SELECT current_setting('release.answer_' || q.number, true)) AS a (answer)
    LOOP
        IF NOT r.failed AND r.answer::bigint > 0 THEN
            found := found || jsonb_build_object('level', r.level, 'finding', format(
                '%s: %s %s%s', r.title, r.answer, r.trouble, CASE WHEN r.answer::bigint >= 1000 THEN ', or more' END));
        ELSIF r.state = '57014' THEN
            found := found || jsonb_build_object('level', 'note', 'finding', format(
                '%s: gave up after %s looking for %s', r.title, current_setting('release.patience'), r.trouble));
        ELSIF r.state = '55P03' THEN
            found := found || jsonb_build_object('level', 'note', 'finding', format(
                '%s: gave up looking for %s: the table is locked', r.title, r.trouble));
        ELSIF left(r.state, 2) IN ('22', '23', 'XX') OR r.state = '42846' THEN
            -- the value, or the cast, that the statement would fail with, whatever it was asked for
            IF r.occasion = 1 THEN
                found := found || jsonb_build_object('level', r.level, 'finding', format(
                    '%s: %s: %s', r.title, r.trouble, r.message));
            END IF;
        ELSIF r.failed THEN
            found := found || jsonb_build_object('level', 'note', 'finding', format(
                '%s: could not be asked for %s: %s', r.title, r.trouble, r.message));
        END IF;
    END LOOP;
    PERFORM set_config('release.findings', (current_setting('release.findings')::jsonb || found)::text, false);
END
$answers$;

-- Verdict -----------------------------------------------------------------------------

SELECT
    f.level,
    f.finding
FROM jsonb_to_recordset(current_setting('release.findings')::jsonb) AS f (level text, finding text)
ORDER BY array_position(ARRAY['NO-GO', 'note', 'size', 'lost'], f.level), f.finding;

SELECT
    count(*) FILTER (WHERE f.level = 'NO-GO') AS release_reasons,
    count(*) FILTER (WHERE f.level = 'NO-GO') = 0 AS release_go,
    current_setting('release.progress')::integer >= 10 AS release_done
FROM jsonb_to_recordset(current_setting('release.findings')::jsonb) AS f (level text, finding text) \gset

ROLLBACK;

\if :release_go
\if :release_done
\echo GO: nothing to do, release 1.2.0 is there already
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
