-- Release 1.2.0: rollback 009 -> 005. Search, checks and indexes without downtime. 2026-11-23, plan 955905a63781, 32 statements
--   009: tidy up (alembic/versions/009_tidy_up.py)
--   008: search the catalogue (alembic/versions/008_search_the_catalogue.py)
--   007: check what is stored (alembic/versions/007_check_what_is_stored.py)
--   006: index without downtime (alembic/versions/006_index_without_downtime.py)
--
-- RUN      psql -X -d DATABASE -f rollback.sql > rollback-1.2.0.log 2>&1; echo "exit $?"
--          Exit 0: done, 3: refused or an error, 2: connection lost. Not psql -1, no pooler. After an interruption: the same
--          again. Each segment leaves a row in public.release_history (made where missing). More: RUNBOOK.md.
-- NEEDS    PostgreSQL 13 or later, primary; psql 13 or later; nothing of PostGIS
--          role: CREATE on schema public; owner of annotations, catalog_items, comments, projects, rooms
-- BACKUP   pg_dump -Fd -j 4 -d DATABASE -f before-rollback-1.2.0; pg_dumpall --globals-only -f before-rollback-1.2.0-globals.sql
--          Before it runs; of the server's version. Who, how to check it, how to restore it, what else there is: RUNBOOK.md
-- LOSES    drops nothing that was written since, but for what is declared, and may change some of it: UPDATE comments
--          does not bring back what the upgrade took, or takes what is declared: public.comments.created_at: a comment dated
--          exactly 1970-01-01 00:00:00+00 has no date after a rollback (declared in 007_check_what_is_stored.py:18);
--          public.projects.updated_at: the column is dropped by the upgrade (declared in 009_tidy_up.py:16)
--          Rows and values that would go with what it drops: refused, unless psql -v lose_rows=yes (preflight.sql counts them)
-- CREATES ANEW column public.projects.updated_at: dropped by this release and made anew, a column as the last of its table.
-- Grants, owner, comments, policies, triggers and publications given by hand do not come back: preflight.sql, run before the
-- upgrade, prints what gives them again.
--
-- seg  rev.  what                            lock while it lasts     for         the application meanwhile                   undo
--   1  009   27 statements: creates 1        ACCESS EXCL.            moment      annotations, catalog_items, comments,       yes
--      008   column; renames 1 table, 8      annotations,                        projects: all wait; from here what uses
--      007   constraints, 14 indexes; drops  catalog_items,                      annotations, catalog_items.search fails
--            1 column; alters 3 tables       comments, projects
--   2  007   UPDATE comments                 ROW EXCL. comments      rows        comments: writes on the same rows wait      yes
--   3  007   drop constraint ck_rooms_name   ACCESS EXCL. rooms      moment      rooms: all wait                             yes
--   4  006   DIC ix_rooms_geom_active        SHARE UPD. EXCL. rooms  moment      goes on                                     yes
--   5  006   DIC                             SHARE UPD. EXCL.        moment      goes on                                     yes
--            ix_devices_building_id_active   devices
--   6  006   DIC ix_rooms_floor_id_covering  SHARE UPD. EXCL. rooms  moment      goes on                                     yes
-- CIC, DIC: CREATE, DROP INDEX CONCURRENTLY. "goes on": no read or write waits; the script itself waits for open transactions.
-- ACCESS EXCLUSIVE lasts on hot standbys until its commit is replayed there, and cancels readers of the table.
-- A lock not free within lock_timeout (5s; psql -v lock_timeout=30s) ends it: run again. Together or not at all: segment 1.
-- MACHINERY 1, the same text in every release: sed -n '/^-- >>> mach/,/^-- <<< mach/p' rollback.sql | sha256sum
--   561b790457ac25918d520f8ff1e36b7aff4ead9c933a2a313dff895ecd780c58 (docs/machinery.md)


-- >>> machinery session 1 ---- the same bytes in every release: docs/machinery.md explains it
-- The last line of this script ends it: a file that was cut short is an error.
\if true
\set AUTOCOMMIT on
\set ON_ERROR_ROLLBACK off
\set ON_ERROR_STOP off
\unset release_alive
SELECT TRUE AS release_alive \gset
\if :{?release_alive}
\else
\echo 'an earlier error has left its transaction open: it is rolled back'
ROLLBACK;
\endif
\set ON_ERROR_STOP on
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
SET client_min_messages = 'notice';
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
SET timezone = 'UTC';
SET default_transaction_isolation = 'read committed';
SET default_transaction_read_only = off;
SET default_tablespace = '';
SET default_table_access_method = 'heap';
SET synchronous_commit = on;
SET check_function_bodies = on;
\if :{?characters}
\else
\set characters ''
\endif
\if :{?lock_timeout}
\else
\set lock_timeout ''
\endif
\if :{?statement_timeout}
\else
\set statement_timeout ''
\endif
\if :{?other_plan}
\else
\set other_plan 'no'
\endif
\if :other_plan
\set other_plan 'yes'
\endif
\if :{?lose_rows}
\else
\set lose_rows 'no'
\endif
\if :lose_rows
\set lose_rows 'yes'
\endif
SELECT
    pg_backend_pid() AS session,
    set_config('release.session', pg_backend_pid()::text, FALSE) AS release_session,
    set_config('release.psql', :'VERSION_NUM', FALSE) AS release_psql,
    set_config('release.characters', :'characters', FALSE) AS release_characters,
    set_config('release.lock_timeout', :'lock_timeout', FALSE) AS release_lock_timeout,
    set_config('release.statement_timeout', :'statement_timeout', FALSE) AS release_statement_timeout,
    set_config('release.other_plan', :'other_plan', FALSE) AS release_other_plan,
    set_config('release.lose_rows', :'lose_rows', FALSE) AS release_lose_rows,
    to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS OF') AS release_started,
    has_function_privilege('pg_current_wal_lsn()', 'EXECUTE') AND NOT pg_is_in_recovery() AS release_wal
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

-- <<< machinery session 1
-- Data of this release -------------------------------------------------------------------

SELECT length(set_config('release.plan', jsonb_agg(to_jsonb(p))::text, FALSE)) AS release_data
FROM (VALUES
    ('kind'::text, 0 /* segment */, 'subject'::text, 'name'::text, NULL::jsonb /* detail */),
    ('release', 0, '1.2.0', 'rollback', '{"plan": "955905a63781", "from": "005", "to": "009", "after": ["009", "007", "007",
        "006", "006", "006", "005"], "outside": [4, 5, 6], "together": [1], "upgrade_segments": 10, "rollback_segments": 6,
        "chain": ["005", "006", "007", "008", "009"], "upgrade_at": [0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 4], "rollback_at": [4, 2, 2, 1,
        1, 1, 0], "stuck": [], "stuck_begun": [], "version_table": "public.alembic_version",
        "history_table": "public.release_history", "path": "public, pg_temp", "lock_timeout": "5s", "postgresql": 13,
        "creates_in": ["public"]}'),
    ('owner', 1, 'public', 'relations', '{"since": 10, "names": ["annotations"]}'),
    ('owner', 6, 'public', 'relations', '{"since": 8, "names": ["catalog_items"]}'),
    ('owner', 6, 'public', 'relations', '{"since": 6, "names": ["comments"]}'),
    ('owner', 6, 'public', 'relations', '{"since": 10, "names": ["projects"]}'),
    ('owner', 6, 'public', 'relations', '{"since": 4, "names": ["rooms"]}'),
    ('owner', 1, 'public', 'indexes', '{"since": 10, "names": ["ix_annotations_room_id", "ix_annotations_text",
        "ix_annotations_layer", "ix_annotations_status", "ix_annotations_category", "ix_annotations_created_by",
        "ix_annotations_locked_by", "ix_annotations_assigned_to", "ix_annotations_building_id", "ix_annotations_floor_id",
        "ix_annotations_project_id", "ix_annotations_building_id_floor_id", "ix_annotations_project_id_status",
        "ix_annotations_geom"]}'),
    ('owner', 5, 'public', 'relations', '{"since": 2, "dropped": true, "names": ["devices"]}'),
    ('expects', 1, 'public.annotations', '', NULL), ('expects', 1, 'public.projects', '', NULL),
    ('expects', 1, 'public.catalog_items', '', '{"columns": {"search": 1}}'),
    ('expects', 1, 'public.comments', '', '{"columns": {"created_at": 1}}'), ('expects', 3, 'public.rooms', '', NULL),
    ('creates', 1, 'public.projects', 'updated_at', '{"kind": "column"}'),
    ('locks', 1, 'public.annotations', 'ACCESS EXCLUSIVE', NULL), ('locks', 1, 'public.projects', 'ACCESS EXCLUSIVE', NULL),
    ('locks', 1, 'public.catalog_items', 'ACCESS EXCLUSIVE', NULL), ('locks', 1, 'public.comments', 'ACCESS EXCLUSIVE', NULL),
    ('waits', 3, 'public.rooms', 'ACCESS EXCLUSIVE', NULL),
    ('waits', 4, 'public.ix_rooms_geom_active', 'DROP INDEX CONCURRENTLY', NULL),
    ('waits', 5, 'public.ix_devices_building_id_active', 'DROP INDEX CONCURRENTLY', NULL),
    ('waits', 6, 'public.ix_rooms_floor_id_covering', 'DROP INDEX CONCURRENTLY', NULL),
    ('loses', 1, 'public.catalog_items', 'search', '{"reached": 8, "made": 8}')
) AS p (kind, segment, subject, name, detail) \gset

-- >>> machinery release 1
SELECT coalesce(max(format('release %s %s, started', p.subject, p.name)), 'started') AS release_title
FROM jsonb_to_recordset(nullif(current_setting('release.plan', TRUE), '')::jsonb) AS p (kind text, subject text, name text)
WHERE p.kind = 'release' \gset
\echo :release_title :release_started
\if :release_wal
SELECT pg_current_wal_lsn() AS release_lsn \gset
\echo WAL before it: :release_lsn
\endif

-- Guard: every reason against running, at once; nothing has been changed when it refuses.
DO $guard$
DECLARE
    plan constant jsonb := nullif(current_setting('release.plan', true), '')::jsonb;
    release record; -- version, direction and what else is told of the release
    d jsonb;
    up boolean;
    plain boolean; -- for any client, in one transaction
    checking boolean; -- asked by preflight.sql, which changes nothing
    reasons text[] := '{}';
    notes text[] := '{}';
    version_table text;
    version_oid oid;
    history_table text;
    history_oid oid;
    key integer; -- of the advisory lock
    locked boolean; -- nobody else is at it; NULL: not asked, since there are reasons against it anyhow
    chain text[]; -- version rows from the start of the upgrade to its end
    expected text[]; -- version rows before segment 1, and after each segment
    segments integer;
    progress integer := 0; -- segments that are done
    todo boolean;
    found text := 'base'; -- version rows
    wanted text;
    v_from text; -- version rows before the release,
    v_to text; -- and after it
    last record; -- row of the history
    upgraded integer; -- of a rollback: segments of the upgrade that are done,
    upgrade_segments integer;
    had integer; -- the same, or more than there are where a rollback does not start in the middle,
    had_begun integer; -- with the one that was begun
    begun boolean := false; -- the next one, which runs outside a transaction, was begun
    walled boolean;
    way record; -- where the way back ends, by how far the upgrade got
    whole boolean := true; -- what is there is what the upgrade left when it had ended
    it text;
    names text[];
    types text[];
    oids oid[] := '{}';
    schemas name[]; -- of the authors' path
    relations jsonb; -- what each name stands for there
    known_types jsonb;
    geometry oid;
    srids oid;
    doubted oid[] := '{}'; -- tables that are not believed
    told text := '';
    r record;
BEGIN
    IF plan IS NULL THEN -- the data have gone to another session
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = E'refused, nothing changed:\n  - statements of '
            'this script reach different server processes: connect to the server itself, not through a pool of connections';
    END IF;
    SELECT p.subject AS version, p.name AS direction, p.detail INTO STRICT release
    FROM jsonb_to_recordset(plan) AS p (kind text, subject text, name text, detail jsonb) WHERE p.kind = 'release';
    d := release.detail;
    up := release.direction = 'upgrade';
    plain := coalesce((d ->> 'plain')::boolean, false);
    checking := coalesce((d ->> 'checking')::boolean, false);
    segments := jsonb_array_length(d -> 'after') - 1;
    upgrade_segments := coalesce((d ->> 'upgrade_segments')::integer, segments);
    upgraded := upgrade_segments;
    v_from := coalesce(d ->> 'from', d -> 'after' ->> 0);
    v_to := coalesce(d ->> 'to', d -> 'after' ->> -1);
    version_table := d ->> 'version_table';
    history_table := d ->> 'history_table';
    key := hashtext('release:' || version_table);

    -- names are looked up on the path of the authors' statements; nothing else is done under it
    SELECT array_agg(DISTINCT n.name) INTO names
    FROM jsonb_to_recordset(plan) AS p (kind text, subject text, name text)
    CROSS JOIN LATERAL (VALUES (p.subject), (CASE p.kind WHEN 'index' THEN p.name END)) AS n (name)
    WHERE n.name <> '' AND p.kind IN ('expects', 'creates', 'index', 'class');
    SELECT array_agg(DISTINCT t.name) INTO types
    FROM jsonb_to_recordset(plan) AS p (kind text, subject text, detail jsonb)
    CROSS JOIN LATERAL (VALUES (p.subject), (p.detail ->> 'type')) AS t (name)
    WHERE t.name <> '' AND (p.kind = 'class' AND t.name = p.detail ->> 'type'
        OR p.kind = 'needs' AND p.detail ->> 'kind' IN ('type', 'function')
        OR p.kind = 'creates' AND p.detail ->> 'kind' IN ('type', 'domain'));
    PERFORM set_config('search_path', d ->> 'path', true);
    schemas := pg_catalog.current_schemas(true);
    geometry := pg_catalog.to_regtype('geometry');
    FOREACH it IN ARRAY coalesce(names, '{}') LOOP
        oids := pg_catalog.array_append(oids, pg_catalog.to_regclass(it)::pg_catalog.oid);
    END LOOP;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    SELECT jsonb_object_agg(u.name, u.oid) INTO relations FROM unnest(names, oids) AS u (name, oid);
    oids := '{}';
    PERFORM set_config('search_path', d ->> 'path', true);
    FOREACH it IN ARRAY coalesce(types, '{}') LOOP
        oids := pg_catalog.array_append(oids, pg_catalog.to_regtype(it)::pg_catalog.oid);
    END LOOP;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    SELECT jsonb_object_agg(u.name, u.oid) INTO known_types FROM unnest(types, oids) AS u (name, oid);
    version_oid := to_regclass(version_table);
    history_oid := to_regclass(history_table);
    SELECT c.oid INTO srids -- that of the extension, whatever else goes by its name
    FROM pg_extension AS e
    JOIN pg_depend AS p ON p.refclassid = 'pg_extension'::regclass AND p.refobjid = e.oid AND p.deptype = 'e'
    JOIN pg_class AS c ON p.classid = 'pg_class'::regclass AND p.objid = c.oid
    WHERE e.extname = 'postgis' AND c.relname = 'spatial_ref_sys';

    -- who asks, and whom?
    IF NOT plain AND current_setting('release.session_pool', true) IS DISTINCT FROM 'yes'
        AND (SELECT s.reset_val FROM pg_settings AS s WHERE s.name = 'application_name') = ''
    THEN -- a session that a client opens itself has got the client's name with its start
        IF checking THEN
            notes := notes || 'this connection comes through a pool of connections: the release itself must not'::text;
        ELSE
            reasons := reasons || 'this connection comes through a pool of connections: connect to the server itself; '
                'only through one that keeps whole sessions together: psql -c "SET release.session_pool = yes" -f ...'::text;
        END IF;
    END IF;
    IF plain AND NOT checking AND txid_current_if_assigned() IS NOT NULL THEN
        reasons := reasons || 'inside a transaction that has changed something: COMMIT or ROLLBACK it first'::text;
    END IF;
    IF plain AND current_setting('release.backslashes') <> E'\\\\' THEN
        reasons := reasons || 'standard_conforming_strings is off: SET standard_conforming_strings = on; before it'::text;
    END IF;
    IF NOT plain AND NOT checking AND now() <> statement_timestamp() THEN
        reasons := reasons || 'inside a transaction block: run without psql -1 and outside BEGIN'::text;
    END IF;
    IF NOT plain AND NOT checking AND current_setting('release.session', true) IS DISTINCT FROM pg_backend_pid()::text THEN
        reasons := reasons || 'statements of this script reach different server processes: '
            'connect to the server itself, not through a pool of connections'::text;
    END IF;
    IF pg_is_in_recovery() AND checking THEN
        notes := notes || 'this server is a standby: the release itself must run on the primary'::text;
    ELSIF pg_is_in_recovery() THEN
        reasons := reasons || 'this server is a standby: connect to the primary'::text;
    ELSIF plain AND NOT checking AND current_setting('transaction_read_only') = 'on' THEN
        reasons := reasons || 'the session, database or role is set to read only: '
            'find out why; then SET default_transaction_read_only = off; before it'::text;
    ELSIF NOT (plain AND NOT checking)
        AND (SELECT s.reset_val FROM pg_settings AS s WHERE s.name = 'default_transaction_read_only') = 'on'
    THEN
        reasons := reasons || 'this database or role is set to read only (default_transaction_read_only): '
            'find out why; then PGOPTIONS="-c default_transaction_read_only=off" lets this script write'::text;
    END IF;
    IF current_setting('server_version_num')::integer < (d ->> 'postgresql')::integer * 10000 THEN
        reasons := reasons || format(
            'PostgreSQL %s is too old: %s or later is needed', current_setting('server_version'), d ->> 'postgresql');
    END IF;
    FOR r IN
        -- the first version that has it; a database may have such a function of its own, with as many arguments;
        -- what comes later: an older server takes the statement, and fails where a body gets to it
        SELECT p.segment AS major, p.subject AS what, coalesce((p.detail ->> 'later')::boolean, false) AS later
        FROM jsonb_to_recordset(plan) AS p (kind text, segment integer, subject text, name text, detail jsonb)
        WHERE p.kind = 'server' AND current_setting('server_version_num')::integer < p.segment * 10000
            AND NOT EXISTS (
                SELECT FROM pg_proc AS f WHERE f.proname = p.name AND f.pronargs >= (p.detail ->> 'arguments')::integer)
    LOOP
        IF checking AND r.later THEN
            notes := notes || format('PostgreSQL %s takes a body with %s, and fails when it gets there: %s or later is needed',
                current_setting('server_version'), r.what, r.major);
        ELSE
            reasons := reasons || format(
                'PostgreSQL %s is too old for %s: %s or later is needed', current_setting('server_version'), r.what, r.major);
        END IF;
    END LOOP;
    IF checking AND current_setting('server_version_num')::integer < (d ->> 'back_needs')::integer * 10000 THEN
        notes := notes || format('PostgreSQL %s is too old for rollback.sql: %s or later is needed for %s',
            current_setting('server_version'), d ->> 'back_needs', d ->> 'back_for');
    END IF;
    IF NOT plain AND current_setting('release.psql', true)::integer < 130000 THEN
        reasons := reasons || format('psql %s is too old: %s or later is needed',
            current_setting('release.psql')::integer / 10000, 13);
    END IF;
    IF current_setting('session_replication_role') <> 'origin' THEN
        reasons := reasons || format('session_replication_role is %s: triggers and foreign keys would not work',
            current_setting('session_replication_role'));
    END IF;
    IF current_database() !~ ('^(?:' || (d ->> 'database') || ')$') THEN
        reasons := reasons || format(
            'this is database %s, and the release is for databases named like %s: connect to the right one',
            current_database(), d ->> 'database');
    END IF;
    IF (SELECT b.datistemplate FROM pg_database AS b WHERE b.datname = current_database()) THEN
        reasons := reasons || format(
            '%s is a template, from which new databases are copied: connect to the right database', current_database());
    END IF;
    IF NOT checking AND NOT has_database_privilege(current_database(), 'TEMP') THEN
        reasons := reasons || format('role %I may not create temporary functions, of which this script consists: '
            'GRANT TEMPORARY ON DATABASE %I to it', current_user, current_database());
    END IF;
    SELECT string_agg(DISTINCT c.relname, ', ') INTO it
    FROM pg_class AS c
    WHERE c.relnamespace = pg_my_temp_schema() AND c.relkind <> 'i' AND (
        c.relname = ANY (ARRAY(SELECT n.relname FROM pg_class AS n
            WHERE n.oid IN (version_oid, history_oid) OR n.oid IN (SELECT v.value::oid FROM jsonb_each_text(relations) AS v)))
        OR EXISTS (SELECT FROM jsonb_object_keys(relations) AS k (name) WHERE k.name IN (c.relname, quote_ident(c.relname))));
    IF it IS NOT NULL AND NOT checking THEN
        reasons := reasons || format('this session has temporary tables that go by the names of the release''s own (%s): '
            'start a new session, without a pool of connections', it);
    END IF;

    -- can the version rows and the history be believed? whoever may create in their schema could have made them beforehand
    SELECT coalesce(array_agg(DISTINCT c.relowner), '{}') INTO oids
    FROM jsonb_to_recordset(plan) AS p (kind text, subject text)
    JOIN pg_class AS c ON c.oid = (relations ->> p.subject)::oid
    WHERE p.kind = 'expects';
    FOR r IN
        SELECT c.oid, t.title, u.rolname AS owner, t.oid IS NOT DISTINCT FROM version_oid AS of_versions,
            u.rolname = current_user OR u.rolsuper OR u.oid = ANY (oids)
                OR u.oid = (SELECT b.datdba FROM pg_database AS b WHERE b.datname = current_database()) AS trusted,
            concat_ws(', ',
                CASE WHEN c.relkind <> 'r' OR c.relpersistence <> 'p' OR c.relispartition THEN 'is no plain table' END,
                (SELECT 'has the trigger ' || min(g.tgname) FROM pg_trigger AS g
                    WHERE g.tgrelid = c.oid AND NOT g.tgisinternal HAVING count(*) > 0),
                (SELECT 'has the rule ' || min(w.rulename) FROM pg_rewrite AS w
                    WHERE w.ev_class = c.oid AND c.relkind = 'r' HAVING count(*) > 0),
                CASE WHEN c.relrowsecurity OR EXISTS (SELECT FROM pg_policy AS y WHERE y.polrelid = c.oid)
                    THEN 'has row security' END,
                CASE WHEN EXISTS (SELECT FROM pg_inherits AS i WHERE c.oid IN (i.inhparent, i.inhrelid))
                    THEN 'inherits, or is inherited from' END,
                (SELECT 'has another default of ' || min(a.attname)
                    FROM pg_attrdef AS f JOIN pg_attribute AS a ON a.attrelid = f.adrelid AND a.attnum = f.adnum
                    WHERE f.adrelid = c.oid AND pg_get_expr(f.adbin, f.adrelid)
                        <> ALL (CASE WHEN t.oid = version_oid THEN '{}' ELSE ARRAY['now()', 'SESSION_USER', 'CURRENT_USER',
                            $x$current_setting('application_name'::text)$x$] END)
                    HAVING count(*) > 0),
                (SELECT 'has the constraint ' || min(k.conname) FROM pg_constraint AS k
                    WHERE c.oid IN (k.conrelid, k.confrelid) AND k.contype NOT IN ('p', 'u', 'n')
                        AND (t.oid = version_oid OR k.contype <> 'c' OR pg_get_constraintdef(k.oid)
                            <> $x$CHECK ((direction = ANY (ARRAY['upgrade'::text, 'rollback'::text])))$x$)
                    HAVING count(*) > 0),
                CASE WHEN EXISTS (
                    SELECT FROM pg_index AS x WHERE x.indrelid = c.oid AND (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL)
                ) THEN 'has an index on an expression' END,
                (SELECT 'has the columns ' || coalesce(string_agg(format('%s %s', a.attname, format_type(a.atttypid, NULL)), ', '
                        ORDER BY a.attnum), '(none)')
                    FROM pg_attribute AS a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                    HAVING coalesce(NOT string_agg(format('%s %s', a.attname, format_type(a.atttypid, NULL)), ', '
                        ORDER BY a.attnum) ~ t.shape, true))
            ) AS defects
        FROM (VALUES
            (version_table, version_oid, '(^|, )version_num (character varying|text)(,|$)'),
            (history_table, history_oid, '^id bigint, release text, direction text, segment integer, segments integer, plan text, '
                'started_at timestamp with time zone, finished_at timestamp with time zone, '
                'login_role text, acting_role text, application text$')
        ) AS t (title, oid, shape)
        JOIN pg_class AS c ON c.oid = t.oid
        JOIN pg_roles AS u ON u.oid = c.relowner
    LOOP
        IF NOT r.trusted THEN
            reasons := reasons || format(
                '%s belongs to %s, who is neither the role that runs this script (%s) nor a superuser nor the owner of the database '
                'or of the release''s tables: what it says is not believed; find out who made it', r.title, r.owner, current_user);
        ELSIF r.defects <> '' THEN
            reasons := reasons || format('%s is not the table that %s makes, and is not believed: it %s', r.title,
                CASE WHEN r.of_versions THEN 'Alembic' ELSE 'a release' END, r.defects);
        ELSE
            CONTINUE;
        END IF;
        doubted := doubted || r.oid;
    END LOOP;
    -- these are the tables from here on, not what somebody gives their names in the meantime
    PERFORM set_config('release.' || t.name, coalesce(CASE WHEN t.oid <> ALL (doubted) THEN t.oid END::text, ''), plain)
    FROM (VALUES ('versions', version_oid), ('history', history_oid)) AS t (name, oid);

    -- one release at a time: the lock comes before the state is read, so that it stays true
    IF NOT checking THEN
        IF plain AND reasons = '{}' THEN
            locked := pg_try_advisory_xact_lock(key);
        ELSIF NOT plain THEN
            WHILE EXISTS ( -- a run in this session has failed before
                SELECT FROM pg_locks AS l
                WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid = pg_backend_pid()
                    AND (l.classid::bigint << 32 | l.objid::bigint) = key::bigint
            ) LOOP
                PERFORM pg_advisory_unlock(key);
            END LOOP;
            FOR attempt IN 1..10 LOOP
                EXIT WHEN reasons <> '{}';
                locked := pg_try_advisory_lock(key);
                EXIT WHEN locked;
                PERFORM pg_sleep(0.1); -- a session that was cut off takes a moment to end
            END LOOP;
        END IF;
    END IF;

    -- where did an earlier run stop? the last row tells
    SELECT NULL::text AS direction, NULL::integer AS segment, NULL::integer AS segments, NULL::text AS plan, NULL::boolean AS begun
    INTO last;
    IF history_oid IS NOT NULL AND history_oid <> ALL (doubted) AND has_table_privilege(history_oid, 'SELECT') THEN
        EXECUTE format($q$
            SELECT h.direction, h.segment - CASE WHEN h.finished_at IS NULL THEN 1 ELSE 0 END AS segment, h.segments, h.plan,
                h.finished_at IS NULL AS begun
            FROM %s AS h WHERE h.release = $1 ORDER BY h.id DESC LIMIT 1 $q$, history_oid::regclass)
        INTO last USING release.version;
    END IF;
    IF last.direction = release.direction THEN
        progress := CASE WHEN last.segment >= last.segments THEN segments ELSE last.segment END;
    ELSIF up AND last.segment < last.segments THEN
        reasons := reasons || format('its rollback was begun and stopped after segment %s of %s: run rollback.sql again first',
            last.segment, last.segments);
    ELSIF NOT up AND NOT d ? 'chain' AND last.segment < last.segments THEN
        reasons := reasons || format('the upgrade stopped after segment %s of %s: run upgrade.sql again first',
            last.segment, last.segments);
    END IF;
    IF last.segment < last.segments AND last.plan <> d ->> 'plan' THEN
        reasons := reasons || format('it was begun from another script (plan %s, this is plan %s): go on with that one',
            last.plan, d ->> 'plan');
    ELSIF NOT up AND last.direction = 'upgrade' AND last.plan <> d ->> 'plan'
        AND current_setting('release.other_plan', true) IS DISTINCT FROM 'yes'
    THEN
        reasons := reasons || format('the upgrade ran from another script (plan %s, this is plan %s): use its rollback.sql; '
            'only if this one is meant: %s', last.plan, d ->> 'plan',
            CASE WHEN plain THEN 'SET release.other_plan = yes; before it' ELSE 'psql -v other_plan=yes' END);
    END IF;

    -- which revision is the database at?
    IF version_oid = ANY (doubted) OR version_oid IS NOT NULL AND NOT has_table_privilege(version_oid, 'SELECT') THEN
        found := NULL; -- nobody knows
    ELSIF version_oid IS NOT NULL THEN
        EXECUTE format($q$
            SELECT coalesce(string_agg(v.version_num, ', ' ORDER BY v.version_num COLLATE "C"), 'base') FROM %s AS v $q$,
            version_oid::regclass) INTO found;
    ELSIF NOT (up AND v_from = 'base') THEN
        reasons := reasons || format('no table %s: is this the right database?', version_table);
    END IF;
    IF last.segment >= last.segments AND found = (CASE last.direction WHEN 'upgrade' THEN v_from ELSE v_to END) THEN
        told := format('; the history says that the %1$s has ended: if Alembic itself has led away from there, and verify.sql%2$s '
            'passes, this tells it so: INSERT INTO %3$s (release, direction, segment, segments, plan, finished_at) '
            'VALUES (%4$L, %5$L, %6$s, %6$s, %7$L, now());', last.direction,
            CASE last.direction WHEN 'upgrade' THEN ' -v direction=rollback' ELSE '' END, history_oid::regclass, release.version,
            CASE last.direction WHEN 'upgrade' THEN 'rollback' ELSE 'upgrade' END,
            CASE last.direction WHEN 'upgrade' THEN (d ->> 'rollback_segments')::integer ELSE upgrade_segments END, d ->> 'plan');
    END IF;
    walled := EXISTS (SELECT FROM jsonb_to_recordset(plan) AS w (kind text) WHERE w.kind = 'way');
    SELECT 0 AS before, segments AS last, 0 AS floor, 0 AS settled, '' AS why INTO way;
    IF d ? 'chain' THEN -- a rollback that may start in the middle of its upgrade
        chain := ARRAY(SELECT jsonb_array_elements_text(d -> 'chain'));
        IF last.direction IS NOT NULL AND last.plan = d ->> 'plan' THEN
            EXECUTE format($q$
                SELECT h.segment - CASE WHEN h.finished_at IS NULL THEN 1 ELSE 0 END, h.finished_at IS NULL
                FROM %s AS h WHERE h.release = $1 AND h.direction = 'upgrade' ORDER BY h.id DESC LIMIT 1 $q$, history_oid::regclass)
            INTO upgraded, begun USING release.version;
            upgraded := coalesce(upgraded, upgrade_segments);
            begun := coalesce(begun, false);
        END IF;
        whole := upgraded = upgrade_segments AND NOT begun;
        -- some revisions are irreversible: from which segment of the upgrade on, which segments of this script lead back
        -- how far, after which one of the upgrade there is nothing to undo, and why it ends there
        SELECT (w.detail ->> 'before')::integer AS before, (w.detail ->> 'last')::integer AS last,
            (w.detail ->> 'floor')::integer AS floor, (w.detail ->> 'settled')::integer AS settled, w.subject AS why
        INTO r
        FROM jsonb_to_recordset(plan) AS w (kind text, segment integer, subject text, detail jsonb)
        WHERE w.kind = 'way' AND w.segment <= upgraded + begun::integer
        ORDER BY w.segment DESC LIMIT 1;
        IF r.why IS NOT NULL THEN
            way := r;
        END IF;
        progress := greatest(progress, way.before);
        wanted := chain[least((d -> 'upgrade_at' ->> upgraded)::integer, (d -> 'rollback_at' ->> progress)::integer) + 1];
        IF found = chain[1] AND (progress = segments OR last.direction IS NULL) THEN
            progress := segments; -- all of it is done already
        ELSIF last.direction = 'upgrade' AND (
            NOT begun AND d -> 'stuck' @> to_jsonb(upgraded) OR begun AND d -> 'stuck_begun' @> to_jsonb(upgraded + 1)
        ) THEN
            reasons := reasons || format(
                'the upgrade stopped after segment %s of %s, in the middle of a revision that can only be undone whole%s: '
                'run upgrade.sql again to finish it first', upgraded, upgrade_segments,
                CASE WHEN walled THEN ', or not at all' ELSE '' END);
        ELSIF way.why <> '' AND found = chain[way.floor + 1] AND (
            progress >= way.last OR NOT begun AND upgraded = way.settled OR last.direction IS NULL
        ) THEN
            reasons := reasons || format('nothing to do: the database is at revision %s already; %s', found, way.why);
        ELSIF progress >= way.last OR found <> wanted THEN
            reasons := reasons || (format('the database is at revision %s; %s it should be at %s', found, CASE
                WHEN progress >= way.last THEN 'the rollback is noted as done, and'
                WHEN progress > way.before THEN format('after segment %s of %s', progress, segments)
                WHEN upgraded < upgrade_segments
                    THEN format('after segment %s of %s of the upgrade', upgraded, upgrade_segments)
                ELSE 'to start' END, wanted) || told);
        END IF;
    ELSE
        expected := ARRAY(SELECT jsonb_array_elements_text(d -> 'after'));
        FOR r IN
            SELECT w.segment FROM jsonb_to_recordset(plan) AS w (kind text, segment integer, name text)
            WHERE w.kind = 'resume' AND w.name = found
        LOOP
            IF last.direction = 'rollback' AND last.segment = last.segments THEN
                progress := r.segment; -- rollback.sql went back to there
            END IF;
        END LOOP;
        SELECT w.subject INTO way.why FROM jsonb_to_recordset(plan) AS w (kind text, subject text) WHERE w.kind = 'way' LIMIT 1;
        wanted := expected[progress + 1];
        IF found = (CASE WHEN up THEN v_to ELSE v_from END) AND (progress IN (0, segments) OR walled) THEN
            progress := segments; -- all of it is done already
        ELSIF walled AND found = expected[segments + 1] AND progress IN (0, segments) THEN
            reasons := reasons || format('nothing to do: the database is at revision %s already; %s', found, way.why);
        ELSIF progress >= segments OR found <> wanted THEN
            reasons := reasons || (format('the database is at revision %s; %s it should be at %s', found, CASE
                WHEN progress >= segments AND segments > 0 THEN format('the %s is noted as done, and', release.direction)
                WHEN progress = 0 THEN 'to start'
                ELSE format('after segment %s of %s', progress, segments) END, wanted) || told);
        END IF;
    END IF;
    todo := progress < segments;
    had := CASE WHEN d ? 'chain' THEN upgraded ELSE 2147483647 END;
    had_begun := CASE WHEN d ? 'chain' THEN upgraded + begun::integer ELSE had END;

    -- may this role do it? it must own, or be a member of who owns, what is altered, renamed or dropped
    DECLARE
        path CONSTANT text := pg_catalog.current_setting('search_path');
        author CONSTANT text := (
            SELECT p.detail ->> 'path'
            FROM pg_catalog.jsonb_to_recordset(nullif(pg_catalog.current_setting('release.plan', TRUE), '')::jsonb) AS p (kind text, detail jsonb)
            WHERE p.kind OPERATOR(pg_catalog.=) 'release');
        class oid;
        thing oid;
        title text;
        others text[] := '{}';
        owned record;
    BEGIN
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', TRUE);
        FOR owned IN
            SELECT s.subject, d.dropped, k.kind,
                CASE WHEN k.kind = 'routine' AND s.subject LIKE '%(%' THEN s.subject END AS signature,
                CASE WHEN k.kind = 'routine' AND s.subject NOT LIKE '%(%' THEN s.subject END AS routine,
                CASE WHEN k.kind = 'type' THEN s.subject END AS type,
                CASE WHEN k.kind = 'relation' THEN s.subject END AS relation
            FROM jsonb_to_recordset(nullif(current_setting('release.plan', TRUE), '')::jsonb)
                AS p (kind text, segment integer, subject text, name text, detail jsonb)
            CROSS JOIN LATERAL jsonb_to_record(coalesce(p.detail, '{}')) AS d (since integer, dropped boolean, names text[])
            CROSS JOIN LATERAL unnest(coalesce(d.names, '{""}')) AS u (name)
            CROSS JOIN LATERAL (SELECT CASE
                WHEN p.name IN ('relations', 'indexes') THEN format('%I.%I', p.subject, u.name)
                ELSE p.subject
            END) AS s (subject)
            CROSS JOIN LATERAL (SELECT CASE
                WHEN p.name IN ('function', 'procedure', 'routine', 'aggregate') THEN 'routine'
                WHEN p.name IN ('type', 'domain') THEN 'type'
                WHEN p.name IN ('schema', 'extension') THEN p.name
                ELSE 'relation'
            END) AS k (kind)
            WHERE p.kind = 'owner' AND progress < p.segment AND had >= coalesce(d.since, 1)
        LOOP
            -- whatever has no schema is looked for where the author's statements will look for it
            PERFORM pg_catalog.set_config('search_path', coalesce(author, path), TRUE);
            BEGIN
                thing := coalesce(
                    pg_catalog.to_regprocedure(owned.signature)::pg_catalog.oid, pg_catalog.to_regproc(owned.routine)::pg_catalog.oid,
                    pg_catalog.to_regtype(owned.type)::pg_catalog.oid, pg_catalog.to_regclass(owned.relation)::pg_catalog.oid);
            EXCEPTION WHEN undefined_object OR invalid_schema_name THEN
                thing := NULL; -- a routine of a type that is not there is not there
            END;
            PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', TRUE);
            SELECT o.title
            INTO title
            FROM (
                SELECT c.relowner, c.relnamespace, coalesce(i.indrelid, c.oid)::regclass::text -- an index is its table's
                FROM pg_class AS c
                LEFT JOIN pg_index AS i ON c.oid = i.indexrelid
                WHERE owned.kind = 'relation' AND c.oid = thing
                UNION ALL
                SELECT t.typowner, t.typnamespace, 'the type ' || t.oid::regtype::text
                FROM pg_type AS t
                WHERE owned.kind = 'type' AND t.oid = thing
                UNION ALL
                SELECT f.proowner, f.pronamespace, 'the routine ' || f.oid::regprocedure::text
                FROM pg_proc AS f
                WHERE owned.kind = 'routine' AND f.oid = thing
                UNION ALL
                SELECT n.nspowner, NULL, format('the schema %I', n.nspname)
                FROM pg_namespace AS n
                WHERE owned.kind = 'schema' AND n.nspname = owned.subject
                UNION ALL
                SELECT e.extowner, NULL, format('the extension %I', e.extname)
                FROM pg_extension AS e
                WHERE owned.kind = 'extension' AND e.extname = owned.subject
            ) AS o (owner, schema, title)
            WHERE NOT pg_has_role(o.owner, 'USAGE') AND NOT (owned.dropped IS TRUE AND EXISTS (
                SELECT FROM pg_namespace AS n WHERE n.oid = o.schema AND pg_has_role(n.nspowner, 'USAGE')));
            IF title IS NOT NULL AND title <> ALL (others) THEN
                others := others || title;
                reasons := reasons || format(
                    'role %I does not own %s: connect as its owner, or as a member of that role', current_user, title);
            END IF;
        END LOOP;
        PERFORM pg_catalog.set_config('search_path', path, TRUE);
    END;
FOR r IN
        SELECT s.subject, to_regnamespace(s.subject)::oid AS oid FROM jsonb_array_elements_text(d -> 'creates_in') AS s (subject)
    LOOP
        IF r.oid IS NULL THEN
            reasons := reasons || format('no schema %s', r.subject);
        ELSIF todo AND NOT has_schema_privilege(r.oid, 'CREATE') THEN
            reasons := reasons || format(
                'role %I may not create in schema %s: GRANT CREATE ON SCHEMA to it', current_user, r.subject);
        END IF;
    END LOOP;
    FOR r IN
        SELECT t.relation, string_agg(p.privilege, ', ') AS privileges
        FROM (VALUES (version_table, version_oid), (history_table, history_oid)) AS t (relation, oid)
        CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS p (privilege)
        WHERE t.oid <> ALL (doubted) AND NOT has_table_privilege(t.oid, p.privilege) AND todo
            AND (t.relation = version_table OR p.privilege IN ('SELECT', 'INSERT'))
        GROUP BY t.relation
    LOOP
        reasons := reasons || format('role %I lacks %s on %s: GRANT it', current_user, r.privileges, r.relation);
    END LOOP;
    FOR r IN -- to whom would belong what it creates?
        SELECT c.relowner::regrole AS owner FROM pg_class AS c
        WHERE c.oid = version_oid AND c.oid <> ALL (doubted) AND pg_get_userbyid(c.relowner) <> current_user
            AND todo AND (d ->> 'makes')::boolean
    LOOP
        reasons := reasons || format(
            'what the script creates would belong to %I, but %s belongs to %s: '
            'run it as that role (%s), or set role under [tool.release] and build again',
            current_user, version_table, r.owner,
            CASE WHEN plain THEN format('SET ROLE %s; before it', r.owner) ELSE format('PGOPTIONS="-c role=%s"', r.owner) END);
    END LOOP;

    -- PostGIS
    FOR r IN
        SELECT coalesce((p.detail ->> 'creates')::boolean, false) AS creates, e.extversion, n.nspname, e.oid IS NULL AS missing,
            (SELECT v.default_version FROM pg_available_extensions AS v WHERE v.name = 'postgis') AS version
        FROM jsonb_to_recordset(plan) AS p (kind text, detail jsonb)
        LEFT JOIN pg_extension AS e ON e.extname = 'postgis'
        LEFT JOIN pg_namespace AS n ON e.extnamespace = n.oid
        WHERE p.kind = 'postgis'
    LOOP
        IF r.missing AND todo AND NOT r.creates THEN
            reasons := reasons
                || 'the extension postgis is missing in this database: let a superuser run CREATE EXTENSION postgis'::text;
        ELSIF r.missing AND todo AND r.version IS NULL THEN
            reasons := reasons
                || 'PostGIS is not installed on this server: install its packages (Debian: postgresql-NN-postgis-3)'::text;
        ELSIF r.missing AND todo AND NOT EXISTS (
            -- a superuser, or what hosting providers have instead of one
            SELECT FROM pg_roles AS u
            WHERE u.rolname = current_user AND u.rolsuper
                OR u.rolname IN ('rds_superuser', 'cloudsqlsuperuser', 'azure_pg_admin') AND pg_has_role(u.oid, 'MEMBER')
        ) AND (
            SELECT a.superuser AND NOT a.trusted FROM pg_available_extension_versions AS a
            WHERE a.name = 'postgis' AND a.version = r.version
        ) THEN
            reasons := reasons || format('role %I may not create the extension postgis: '
                'let a superuser run CREATE EXTENSION postgis in this database first', current_user);
        END IF;
        IF split_part(r.extversion, '.', 1)::integer < 3 THEN
            reasons := reasons || format('PostGIS %s is too old: 3.0 or later is needed', r.extversion);
        END IF;
        IF NOT r.missing AND geometry IS NULL THEN
            reasons := reasons || format('PostGIS lies in schema %I, which is not on the search path of this script (%s): '
                'set search_path under [tool.release] and build again', r.nspname, d ->> 'path');
        END IF;
    END LOOP;
    IF srids IS NOT NULL AND EXISTS (SELECT FROM jsonb_to_recordset(plan) AS p (kind text) WHERE p.kind = 'srid') THEN
        FOR r IN EXECUTE format($q$
            SELECT wanted.srid, s.srid IS NULL AS missing
            FROM (SELECT p.segment AS srid, p.name AS definition
                FROM jsonb_to_recordset($1) AS p (kind text, segment integer, name text) WHERE p.kind = 'srid') AS wanted
            LEFT JOIN %s AS s ON wanted.srid = s.srid
            WHERE s.srid IS NULL OR coalesce(s.proj4text, '') = '' OR s.proj4text NOT LIKE wanted.definition || '%%'
                OR s.auth_name = 'EPSG' AND s.auth_srid <> s.srid $q$, srids::regclass) USING plan
        LOOP
            reasons := reasons || CASE WHEN r.missing
                THEN format('SRID %s is not in spatial_ref_sys: add it as the other databases have it', r.srid)
                ELSE format('SRID %s is defined otherwise in spatial_ref_sys than PostGIS defines it: '
                    'compare SELECT * FROM spatial_ref_sys WHERE srid = %s', r.srid, r.srid)
            END;
        END LOOP;
    END IF;

    -- is everything there that it expects? relations, and columns of them
    FOR r IN
        SELECT p.subject, c.name, (relations ->> p.subject)::oid AS oid
        FROM jsonb_to_recordset(plan) AS p (kind text, segment integer, subject text, detail jsonb)
        CROSS JOIN LATERAL (
            SELECT '' AS name, p.segment AS until
            UNION ALL
            SELECT u.key, u.value::integer FROM jsonb_each_text(p.detail -> 'columns') AS u) AS c
        WHERE p.kind = 'expects' AND progress < c.until AND whole
    LOOP
        IF r.name = '' AND r.oid IS NULL THEN
            reasons := reasons || format('no relation %s: is this the right database?', r.subject);
        ELSIF r.name <> '' AND r.oid IS NOT NULL AND NOT EXISTS (
            SELECT FROM pg_attribute AS a WHERE a.attrelid = r.oid AND a.attname = r.name AND NOT a.attisdropped
        ) THEN
            reasons := reasons || format(
                'relation %s has no column %I: somebody changed it outside the releases', r.subject, r.name);
        END IF;
    END LOOP;

    -- is there, on the authors' path, what their statements call and name?
    FOR r IN
        SELECT p.subject, p.name, p.detail ->> 'kind' AS kind, p.detail ->> 'method' AS method,
            CASE WHEN p.detail ? 'schema' THEN ARRAY[p.detail ->> 'schema']::name[] ELSE schemas END AS places,
            p.detail ? 'schema' AS placed
        FROM jsonb_to_recordset(plan) AS p (kind text, segment integer, subject text, name text, detail jsonb)
        WHERE p.kind = 'needs' AND progress < p.segment AND whole
    LOOP
        IF NOT (CASE r.kind
            WHEN 'extension' THEN EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = r.name)
            WHEN 'available extension' THEN EXISTS (SELECT FROM pg_extension AS e WHERE e.extname = r.name)
                OR EXISTS (SELECT FROM pg_available_extensions AS e WHERE e.name = r.name)
            WHEN 'access method' THEN EXISTS (SELECT FROM pg_am AS m WHERE m.amname = r.name)
            WHEN 'type' THEN known_types ->> r.subject IS NOT NULL
            -- or a type, or a column, that is called as a function is
            WHEN 'function' THEN known_types ->> r.subject IS NOT NULL
                OR NOT r.placed AND EXISTS (SELECT FROM pg_attribute AS a WHERE a.attname = r.name AND a.attnum > 0)
                OR EXISTS (
                    SELECT FROM pg_proc AS f JOIN pg_namespace AS n ON f.pronamespace = n.oid
                    WHERE f.proname = r.name AND n.nspname = ANY (r.places))
            WHEN 'collation' THEN EXISTS (
                SELECT FROM pg_collation AS c JOIN pg_namespace AS n ON c.collnamespace = n.oid
                WHERE c.collname = r.name AND n.nspname = ANY (r.places) AND c.collencoding IN (-1, (
                    SELECT b.encoding FROM pg_database AS b WHERE b.datname = current_database())))
            ELSE EXISTS (
                SELECT FROM pg_opclass AS o
                JOIN pg_am AS m ON o.opcmethod = m.oid
                JOIN pg_namespace AS n ON o.opcnamespace = n.oid
                WHERE o.opcname = r.name AND m.amname = r.method AND n.nspname = ANY (r.places))
        END) THEN
            reasons := reasons || CASE r.kind
                WHEN 'available extension' THEN
                    format('the extension %s is not installed on this server: install its packages', r.subject)
                WHEN 'extension' THEN
                    format('the extension %s is missing in this database: let a superuser run CREATE EXTENSION %1$s', r.subject)
                ELSE format('no %s %s on the search path of this script (%s), and the %s needs it: '
                    'is an extension missing, or does it lie in another schema?', r.kind, r.subject, d ->> 'path',
                    CASE WHEN up THEN 'release' ELSE 'rollback' END)
            END;
        END IF;
    END LOOP;

    -- has each index an operator class, where its author names none? manual, 11.10
    FOR r IN
        WITH RECURSIVE keys (method, type, of) AS (
            SELECT p.detail ->> 'by', coalesce(a.atttypid, (known_types ->> (p.detail ->> 'type'))::oid),
                nullif(p.subject, '') || '.' || quote_ident(p.name)
            FROM jsonb_to_recordset(plan) AS p (kind text, segment integer, subject text, name text, detail jsonb)
            LEFT JOIN pg_attribute AS a
                ON a.attrelid = (relations ->> p.subject)::oid AND a.attname = p.name AND NOT a.attisdropped
            WHERE p.kind = 'class' AND progress < p.segment AND whole
            UNION
            SELECT k.method, t.typbasetype, k.of FROM keys AS k JOIN pg_type AS t ON k.type = t.oid WHERE t.typtype = 'd'
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
        reasons := reasons || format('no default operator class of the access method %s for the type %s%s, and the %s builds an '
            'index with it: is an extension missing?', r.method, r.type, ' (' || r.of || ')',
            CASE WHEN up THEN 'release' ELSE 'rollback' END);
    END LOOP;

    -- and nothing that it creates?
    FOR r IN
        SELECT p.subject, p.name, p.detail ->> 'kind' AS kind, (relations ->> p.subject)::oid AS oid
        FROM jsonb_to_recordset(plan) AS p (kind text, segment integer, subject text, name text, detail jsonb)
        WHERE p.kind = 'creates' AND progress < p.segment AND whole
    LOOP
        IF r.kind = 'column' AND EXISTS (
            SELECT FROM pg_attribute AS a WHERE a.attrelid = r.oid AND a.attname = r.name AND NOT a.attisdropped
        ) THEN
            reasons := reasons || format(
                'relation %s has a column %I already, which the release adds: somebody changed it outside the releases',
                r.subject, r.name);
        ELSIF r.kind IN ('type', 'domain') AND known_types ->> r.subject IS NOT NULL
            OR r.kind NOT IN ('column', 'type', 'domain') AND r.oid IS NOT NULL
        THEN
            reasons := reasons || format(
                '%s %s is there already, and the release creates it: rename or drop it if nobody needs it', r.kind, r.subject);
        END IF;
    END LOOP;

    -- indexes that it builds CONCURRENTLY may be there from an earlier try: INVALID, or as they should be
    FOR r IN
        SELECT p.segment, p.subject, p.name, p.detail, (relations ->> p.subject)::oid AS oid, (relations ->> p.name)::oid AS relation
        FROM jsonb_to_recordset(plan) AS p (kind text, segment integer, subject text, name text, detail jsonb)
        WHERE p.kind = 'index' AND progress < p.segment AND relations ->> p.subject IS NOT NULL
    LOOP
        IF NOT EXISTS (
            SELECT FROM pg_index AS i
            JOIN pg_class AS c ON i.indexrelid = c.oid
            JOIN pg_am AS m ON c.relam = m.oid
            WHERE i.indexrelid = r.oid AND i.indrelid = r.relation AND (
                NOT i.indisvalid
                OR m.amname = r.detail ->> 'by' AND i.indisunique = (r.detail ? 'unique')
                AND i.indnkeyatts = coalesce((r.detail ->> 'keys')::integer, jsonb_array_length(r.detail -> 'columns'))
                AND CASE
                    -- conditions, expressions and options are not compared: it must be our own, begun and not noted
                    WHEN r.detail ? 'opaque' THEN coalesce(last.begun, false) AND progress + 1 = r.segment
                    ELSE i.indpred IS NULL AND i.indexprs IS NULL AND 0 = ALL (i.indoption::smallint[])
                        AND NOT EXISTS (SELECT FROM pg_opclass AS o WHERE o.oid = ANY (i.indclass::oid[]) AND NOT o.opcdefault)
                END
                AND r.detail -> 'columns' = (
                    SELECT jsonb_agg(coalesce(a.attname, '') ORDER BY k.place)
                    FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attnum, place)
                    LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum AND k.attnum > 0
                )
            )
        ) THEN
            reasons := reasons || format('there is something named %s already, and it is not for certain the index that the '
                'release builds on %s: rename or drop it', r.subject, r.name);
        END IF;
    END LOOP;

    -- is nobody else at it?
    FOR r IN
        SELECT l.pid, a.usename, a.application_name, coalesce(a.client_addr::text, 'this host') AS client, a.backend_start
        FROM pg_locks AS l
        LEFT JOIN pg_stat_activity AS a ON l.pid = a.pid
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid <> pg_backend_pid()
            AND l.database = (SELECT b.oid FROM pg_database AS b WHERE b.datname = current_database())
            AND (l.classid::bigint << 32 | l.objid::bigint) = key::bigint AND todo
    LOOP
        reasons := reasons || format('another release is running in this database: wait until it has ended '
            '(process %s, role %s, %s, from %s, connected since %s)',
            r.pid, r.usename, r.application_name, r.client, r.backend_start::timestamptz(0));
    END LOOP;
    -- are the tables as small as their authors said?
    DECLARE
        path CONSTANT text := pg_catalog.current_setting('search_path');
        author CONSTANT text := (
            SELECT p.detail ->> 'path'
            FROM pg_catalog.jsonb_to_recordset(nullif(pg_catalog.current_setting('release.plan', TRUE), '')::jsonb) AS p (kind text, detail jsonb)
            WHERE p.kind OPERATOR(pg_catalog.=) 'release');
        place regclass;
        counted bigint;
        limited record;
    BEGIN
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', TRUE);
        FOR limited IN
            SELECT p.subject, d.*
            FROM jsonb_to_recordset(nullif(current_setting('release.plan', TRUE), '')::jsonb)
                AS p (kind text, segment integer, subject text, detail jsonb)
            CROSS JOIN LATERAL jsonb_to_record(p.detail) AS d (rows bigint, waiver text, since integer)
            WHERE p.kind = 'limit' AND progress < p.segment AND had >= coalesce(d.since, 1)
        LOOP
            -- whatever has no schema is looked for where the author's statements will look for it
            PERFORM pg_catalog.set_config('search_path', coalesce(author, path), TRUE);
            place := pg_catalog.to_regclass(limited.subject);
            PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', TRUE);
            -- a view would call
            CONTINUE WHEN NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = place AND c.relkind IN ('r', 'p'));
            BEGIN
                EXECUTE format('SELECT count(*) FROM (SELECT FROM %s LIMIT %s) AS t', place, limited.rows + 1) INTO counted;
                RAISE SQLSTATE 'RL001'; -- gives back the lock that reading took: the lock phase takes all, or none
            EXCEPTION
                WHEN SQLSTATE 'RL001' THEN
                    IF counted > limited.rows THEN
                        reasons := reasons || format(
                            '%s has more than the %s rows up to which its author let %s through: rehearse with as many rows as there are, '
                            'then raise the limit and build again, or do it otherwise',
                            place, to_char(limited.rows, 'FM999,999,999,999,999'), limited.waiver);
                    END IF;
                WHEN OTHERS THEN
                    reasons := reasons || format(
                        'nobody can tell whether %s has more than the %s rows up to which its author let %s through: %s',
                        place, to_char(limited.rows, 'FM999,999,999,999,999'), limited.waiver, SQLERRM);
            END;
        END LOOP;
        PERFORM pg_catalog.set_config('search_path', path, TRUE);
    END;

    IF NOT checking THEN -- preflight.sql counts them
    -- what would be lost that nothing gives again? asked once nothing else is in the way
    DECLARE
    path CONSTANT text := pg_catalog.current_setting('search_path');
    release jsonb;
    place regclass;
    kind oid;
    history regclass;
    versions regclass;
    ours text; -- transactions that wrote what is given again
    answer bigint;
    here text;
    loss record;
    t record;
BEGIN
        IF reasons = '{}' AND current_setting('release.lose_rows', TRUE) IS DISTINCT FROM 'yes' THEN
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', TRUE);
    SELECT p.detail || jsonb_build_object('version', p.subject)
    INTO release
    FROM jsonb_to_recordset(nullif(current_setting('release.plan', TRUE), '')::jsonb) AS p (kind text, subject text, detail jsonb)
    WHERE p.kind = 'release';
    history := nullif(current_setting('release.history', TRUE), '')::oid; -- that the guard believes
    versions := nullif(current_setting('release.versions', TRUE), '')::oid;
    FOR loss IN
        SELECT p.segment, p.subject, p.name, d.*
        FROM jsonb_to_recordset(nullif(current_setting('release.plan', TRUE), '')::jsonb)
            AS p (kind text, segment integer, subject text, name text, detail jsonb)
        CROSS JOIN LATERAL jsonb_to_record(coalesce(p.detail, '{}')) AS d (
            "from" integer, "to" integer, reached integer, "left" integer, made integer, spared integer[], filled boolean,
            given text, "then" text, "column" text, "only" boolean, "all of" text, declared text)
        WHERE p.kind = 'loses' AND progress >= coalesce(d."from", 0) AND progress < coalesce(d."to", p.segment)
            AND had_begun >= coalesce(d.reached, 0) AND (had_begun < d."left" OR d."left" IS NULL)
    LOOP
        -- whatever has no schema is looked for where the author's statements will look for it
        PERFORM pg_catalog.set_config('search_path', coalesce(release ->> 'path', path), TRUE);
        place := coalesce(pg_catalog.to_regclass(loss."then"), CASE WHEN loss."all of" IS NULL THEN pg_catalog.to_regclass(loss.subject) END);
        kind := CASE WHEN loss."all of" OPERATOR(pg_catalog.=) 'type' THEN pg_catalog.to_regtype(loss.subject) END;
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', TRUE);
        ours := NULL;
        IF loss.spared IS NOT NULL AND has_table_privilege(history, 'SELECT') THEN
            EXECUTE format(
                'SELECT array_agg(h.xmin)::text FROM %1$s AS h WHERE h.release = %2$L AND (h.direction = ''upgrade'' AND h.segment = ANY (%3$L::integer[]) '
                'OR h.direction = ''rollback'' AND h.id > (SELECT max(u.id) FROM %1$s AS u WHERE u.release = %2$L AND u.direction = ''upgrade''))',
                history, release ->> 'version', loss.spared) INTO ours;
            ours := array_remove(coalesce(ours, '{}')::xid[] || pg_current_xact_id_if_assigned()::xid, NULL)::text;
        END IF;
        FOR t IN
            SELECT
                c.oid::regclass AS relation, CASE WHEN loss."only" THEN 'ONLY ' ELSE '' END AS below,
                CASE WHEN a.attname IS NULL THEN format('table %s', c.oid::regclass) ELSE format('column %s.%I', c.oid::regclass, a.attname) END AS title,
                -- what was found by its type or schema may be a bait: to read a table runs what its owner wrote into its indexes
                CASE WHEN loss."all of" IS NOT NULL AND NOT (
                    c.relkind = 'r' AND NOT c.relrowsecurity AND NOT c.relispartition
                    AND NOT EXISTS (SELECT FROM pg_inherits AS i WHERE c.oid IN (i.inhparent, i.inhrelid))
                    AND NOT EXISTS (
                        SELECT FROM pg_index AS x
                        WHERE x.indrelid = c.oid AND (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL))
                    AND NOT EXISTS (
                        SELECT FROM pg_statistic_ext AS s WHERE s.stxrelid = c.oid AND to_jsonb(s) ->> 'stxexprs' <> '')
                    AND NOT EXISTS (SELECT FROM pg_attribute AS g WHERE g.attrelid = c.oid AND g.attgenerated = 'v')
                ) AND NOT EXISTS (
                    SELECT FROM pg_roles AS u
                    WHERE u.oid = c.relowner AND (u.rolsuper OR u.rolname = current_user
                        OR u.oid IN (SELECT v.relowner FROM pg_class AS v WHERE v.oid = versions)
                        OR u.oid IN (SELECT b.datdba FROM pg_database AS b WHERE b.datname = current_database()))
                ) THEN pg_get_userbyid(c.relowner) END AS stranger,
                CASE WHEN loss.made IS NULL THEN 'holds' ELSE 'has' END AS verb,
                CASE WHEN a.attname IS NULL THEN 'rows' ELSE 'values' END AS things,
                CASE
                    WHEN loss.made IS NULL THEN ''
                    WHEN loss.filled AND ours IS NULL THEN ' written since the upgrade, or by it'
                    ELSE ' written since the upgrade'
                END || CASE WHEN loss.declared IS NULL THEN '' ELSE format(' (declared in %s)', loss.declared) END AS tail,
                concat_ws(
                    ' AND ',
                    CASE WHEN a.attname IS NULL THEN 'TRUE' ELSE format('t.%I IS DISTINCT FROM NULL', a.attname) END,
                    CASE WHEN ours IS NOT NULL THEN format('t.xmin <> ALL (%L::xid[])', ours) END,
                    CASE WHEN loss.given IS NOT NULL THEN
                        format(
                            'format(''%%s'', t.%I) COLLATE "C" IS DISTINCT FROM format(''%%s'', %L::%s)',
                            a.attname, loss.given, format_type(a.atttypid, a.atttypmod)
                        ) END,
                    CASE WHEN m.text IS NOT NULL THEN
                        format('format(''%%s'', t.%I) COLLATE "C" IS DISTINCT FROM %L', a.attname, m.text) END
                ) AS condition
            FROM pg_class AS c
            LEFT JOIN LATERAL (
                SELECT a.*
                FROM pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                    AND (a.attname IN (nullif(loss.name, ''), loss."column") OR a.atttypid = kind)
                ORDER BY (a.attname = loss."column") IS TRUE DESC, a.attnum
                LIMIT CASE WHEN kind IS NULL THEN 1 END
            ) AS a ON TRUE
            CROSS JOIN LATERAL (
                SELECT CASE WHEN loss.made > 0 AND a.atthasmissing THEN (a.attmissingval::text::text[])[1] END
            ) AS m (text)
            WHERE c.relkind IN ('r', 'p') AND coalesce(a.attgenerated, '') = '' AND CASE loss."all of"
                WHEN 'schema' THEN NOT c.relispartition
                    AND c.relnamespace = (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = loss.subject)
                WHEN 'type' THEN a.attname IS NOT NULL AND (NOT c.relispartition OR a.attislocal)
                ELSE c.oid = place AND (loss.name = '' OR a.attname IS NOT NULL)
            END
            ORDER BY c.oid::regclass::text
        LOOP
            here := NULL;
            BEGIN
                IF t.stranger IS NOT NULL THEN
                    RAISE EXCEPTION '% belongs to %, and is not read: what that role wrote would run', t.relation, t.stranger;
                END IF;
                EXECUTE format('SELECT 1 WHERE EXISTS (SELECT FROM %s%s AS t WHERE %s)', t.below, t.relation, t.condition) INTO answer;
                RAISE SQLSTATE 'RL001'; -- gives back the lock that reading took: the lock phase takes all, or none
            EXCEPTION
                WHEN SQLSTATE 'RL001' THEN
                    IF answer IS NOT NULL THEN
                        here := format('it would drop %s, which %s %s%s', t.title, t.verb, t.things, t.tail);
                    END IF;
                WHEN OTHERS THEN
                    here := format('it would drop %s, and nobody can tell whether it has %s: %s', t.title, t.things, SQLERRM);
            END;
            reasons := reasons || here;
END LOOP;
    END LOOP;
    PERFORM set_config('search_path', path, TRUE);
            reasons := array_remove(reasons, NULL);
            IF cardinality(reasons) > 20 THEN
                reasons := reasons[:20] || format('and %s more', cardinality(reasons) - 20);
            END IF;
            IF reasons <> '{}' THEN
                reasons := reasons || CASE current_setting('release.lose_rows', TRUE)
                    WHEN 'no' THEN 'only if that may be lost: psql -v lose_rows=yes runs it all the same (preflight.sql counts it)'
                    ELSE 'only if that may be lost: SET release.lose_rows = yes; before it (preflight.sql counts it)'
                END;
            END IF;
        END IF;
    END;

    END IF;
    IF todo AND reasons = '{}' AND NOT locked THEN
        reasons := reasons || 'another release was running in this database, and has ended: run it again'::text;
    END IF;

    -- what a reader of the log should know
    FOR r IN
        SELECT format('role %s is a superuser, and so are the authors'' statements, the triggers, defaults and index functions of '
            'whoever owns the tables: better run it as the owner (SET ROLE; role under [tool.release])%s', current_user,
            '; moreover these may create in a schema of its path: ' || string_agg(format('%s (%s)', n.nspname, s.grantees), ', ')) AS note
        FROM unnest(schemas) AS u (name)
        JOIN pg_namespace AS n ON n.nspname = u.name
        CROSS JOIN LATERAL (
            SELECT string_agg(CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee) END, ', ') AS grantees
            FROM aclexplode(n.nspacl) AS x
            WHERE x.privilege_type = 'CREATE' AND x.grantee <> n.nspowner
                AND NOT EXISTS (SELECT FROM pg_roles AS o WHERE o.oid = x.grantee AND (o.rolsuper OR o.rolname = 'pg_database_owner'))
        ) AS s
        WHERE s.grantees IS NOT NULL
        HAVING (SELECT o.rolsuper FROM pg_roles AS o WHERE o.rolname = current_user) AND todo
        UNION ALL
        SELECT format('event triggers watch what this script creates: %s', string_agg(format('%s (%s)', g.evtname, g.evtowner::regrole), ', '))
        FROM pg_event_trigger AS g
        WHERE g.evtenabled IN ('O', 'A') AND g.evtevent IN ('ddl_command_start', 'ddl_command_end') AND todo
        HAVING count(*) > 0
    LOOP
        notes := notes || r.note;
    END LOOP;

    IF checking THEN
        FOR r IN SELECT p.subject FROM jsonb_to_recordset(plan) AS p (kind text, subject text) WHERE p.kind = 'wall' LOOP
            notes := notes || format('%s: have a backup that can be restored', r.subject);
        END LOOP;
        PERFORM set_config('release.progress', progress::text, false), set_config('release.last', segments::text, false);
        PERFORM set_config('release.findings', (
            SELECT coalesce(jsonb_agg(to_jsonb(f)), '[]')
            FROM (
                SELECT 'NO-GO' AS level, u.reason AS finding FROM unnest(reasons) AS u (reason)
                UNION ALL
                SELECT 'note', u.note FROM unnest(notes) AS u (note)
            ) AS f)::text, false);
        RETURN;
    END IF;
    IF plain AND NOT todo AND reasons = '{}' THEN
        reasons := ARRAY[format('nothing to do: the database is at %s already', found)];
    END IF;
    IF NOT plain AND NOT checking AND locked AND NOT (todo AND reasons = '{}') THEN
        PERFORM pg_advisory_unlock(key);
    END IF;
    IF reasons <> '{}' THEN
        RAISE EXCEPTION USING
            MESSAGE = format(E'release %s %s refused, nothing changed:\n  - %s',
                release.version, release.direction, array_to_string(reasons, E'\n  - ')),
            ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    IF todo THEN
        FOREACH it IN ARRAY notes LOOP
            RAISE WARNING '%', it;
        END LOOP;
    END IF;
    -- what the rest of this script goes by
    PERFORM set_config('release.progress', progress::text, plain), set_config('release.found', found, plain);
    PERFORM set_config('release.upgraded', upgraded::text, plain);
    PERFORM set_config('release.reached', had_begun::text, plain);
    PERFORM set_config('release.last', coalesce(way.last, segments)::text, plain), set_config('release.why', coalesce(way.why, ''), plain);
    PERFORM set_config('timezone', coalesce(d ->> 'timezone', 'UTC'), plain);
    PERFORM set_config(s.name, s.value, plain)
    FROM (
        SELECT u.name, coalesce(nullif(current_setting('release.' || u.name, true), ''), d ->> u.name, u.value) AS value
        FROM (VALUES ('lock_timeout', '5s'), ('statement_timeout', '0'),
            ('maintenance_work_mem', NULL), ('max_parallel_maintenance_workers', NULL)) AS u (name, value)
    ) AS s
    WHERE s.value IS NOT NULL;
    BEGIN -- a client that was killed leaves no session behind that goes on for hours
        PERFORM set_config('client_connection_check_interval', '10s', plain);
    EXCEPTION WHEN undefined_object OR invalid_parameter_value THEN
        NULL; -- since 14, where the server's system can tell
    END;
    PERFORM set_config('release.path', d ->> 'path', plain), set_config('release.key', key::text, plain);
    IF plain THEN
        RAISE NOTICE 'release % %, started %', release.version, release.direction,
            to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS OF');
        IF has_function_privilege('pg_current_wal_insert_lsn()', 'EXECUTE') THEN
            RAISE NOTICE 'WAL before it: %', pg_current_wal_insert_lsn();
        END IF;
    END IF;
END
$guard$;
SELECT
    coalesce(current_setting('release.session', TRUE) = :'session', FALSE) AS release_same,
    coalesce(nullif(current_setting('release.progress', TRUE), '')::integer
        < nullif(current_setting('release.last', TRUE), '')::integer, TRUE) AS release_todo
\gset
\if :release_same
\else
SELECT count(pg_terminate_backend(a.pid)) AS release_ended -- idle in the pool, it would keep the guard's lock
FROM pg_stat_activity AS a
INNER JOIN pg_locks AS l ON a.pid = l.pid AND l.locktype = 'advisory' AND l.granted
WHERE a.pid::text = :'session' AND a.state = 'idle' AND a.usename = session_user \gset
DO $pool$
BEGIN
    RAISE EXCEPTION E'release refused, nothing changed:\n  - statements of this script reach different server processes: '
        'connect to the server itself, not through a pool of connections';
END
$pool$;
\endif
\if :release_todo

-- Segment functions, in this session alone.
DO $drop$
DECLARE
    r record;
BEGIN
    FOR r IN -- of an earlier run in this session
        SELECT p.oid::regprocedure AS function FROM pg_proc AS p
        WHERE p.pronamespace = pg_my_temp_schema() AND p.proname LIKE 'release\_%'
    LOOP
        EXECUTE format('DROP ROUTINE %s', r.function);
    END LOOP;
END
$drop$;

-- The history: a row per segment when it is finished; before one outside a transaction, another when it begins.
CREATE FUNCTION pg_temp.release_note(v_segment integer, v_finished timestamptz) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    release record;
    title text;
    history oid := nullif(current_setting('release.history'), '')::oid; -- that the guard believes, or this run has made
    owner text;
BEGIN
    SELECT p.subject AS version, p.name AS direction, p.detail AS d INTO STRICT release
    FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, subject text, name text, detail jsonb)
    WHERE p.kind = 'release';
    title := release.d ->> 'history_table';
    IF title IS NULL THEN
        RETURN;
    END IF;
    IF history IS NULL THEN -- an error where somebody else has made one since
        EXECUTE format($q$
            CREATE TABLE %s (
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
            )$q$, title);
        EXECUTE format('COMMENT ON TABLE %s IS %L', title,
            'releases, a row per segment when it is finished; before one outside a transaction, another when it begins; never edited');
        -- a superuser leaves it to the owner of the version table
        SELECT pg_get_userbyid(c.relowner) INTO owner
        FROM pg_class AS c WHERE c.oid = nullif(current_setting('release.versions'), '')::oid;
        IF owner <> current_user AND (SELECT u.rolsuper FROM pg_roles AS u WHERE u.rolname = current_user) THEN
            EXECUTE format('ALTER TABLE %s OWNER TO %I', title, owner);
        END IF;
        history := to_regclass(title);
        PERFORM set_config('release.history', history::text, current_setting('release.session') = '');
    END IF;
    EXECUTE format('INSERT INTO %s (release, direction, segment, segments, plan, started_at, finished_at) '
        'VALUES ($1, $2, $3, $4, $5, $6, $7)', history::regclass)
    USING release.version, release.direction, v_segment, current_setting('release.last')::integer, release.d ->> 'plan',
        current_setting('release.began')::timestamptz, v_finished;
END $f$;

-- What a name stands for on the authors' path; it is looked up there, and nothing else is done under it.
CREATE FUNCTION pg_temp.release_oid(v_name text) RETURNS oid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    PERFORM set_config('search_path', current_setting('release.path'), true);
    RETURN pg_catalog.to_regclass(v_name);
END $f$;

-- Is the segment still to be done? Then it tells who is in the way of its locks, and begins.
CREATE FUNCTION pg_temp.release_begin(v_segment integer, v_session text) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    plan constant jsonb := current_setting('release.plan')::jsonb;
    plain constant boolean := v_session = 'plain';
    progress constant integer := current_setting('release.progress')::integer;
    d constant jsonb := (SELECT p.detail FROM jsonb_to_recordset(plan) AS p (kind text, detail jsonb) WHERE p.kind = 'release');
    said text := '';
    r record;
BEGIN
    PERFORM pg_temp.release_same_session(v_session);
    IF v_segment <= progress OR v_segment > current_setting('release.last')::integer THEN
        RAISE NOTICE 'segment %: %', v_segment, CASE WHEN v_segment <= progress THEN 'done before' ELSE 'not on this way back' END;
        RETURN false;
    END IF;
    IF v_segment <> progress + 1 THEN
        RAISE EXCEPTION 'segment % was left out', progress + 1 USING HINT = 'A script is run whole. Run it again.';
    END IF;
    FOR r IN
        WITH wanted AS (
            SELECT DISTINCT n.needs, coalesce(i.indrelid, o.oid) AS relation
            FROM jsonb_to_recordset(plan) AS p (kind text, segment integer, subject text, name text)
            CROSS JOIN LATERAL (SELECT CASE p.kind WHEN 'index' THEN p.name ELSE p.subject END AS name,
                CASE p.kind WHEN 'index' THEN 'CREATE INDEX CONCURRENTLY' ELSE p.name END AS needs) AS n
            CROSS JOIN LATERAL pg_temp.release_oid(n.name) AS o (oid)
            LEFT JOIN pg_index AS i ON i.indexrelid = o.oid
            WHERE p.segment = v_segment AND (p.kind IN ('waits', 'index') OR p.kind = 'locks' AND p.name <> 'SHARE UPDATE EXCLUSIVE')
        ),

        blockers AS (
            SELECT w.relation, l.pid
            FROM wanted AS w
            INNER JOIN pg_locks AS l ON w.relation = l.relation
            INNER JOIN pg_database AS d ON l.database = d.oid AND d.datname = current_database()
            WHERE l.mode NOT IN ('AccessShareLock', 'RowShareLock')
                OR w.needs NOT IN ('SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'CREATE INDEX CONCURRENTLY')
                OR w.needs = 'EXCLUSIVE' AND l.mode = 'RowShareLock'
            UNION
            -- in the end an index waits for every older snapshot in this database, but for that of an autovacuum
            SELECT w.relation, s.pid
            FROM wanted AS w
            INNER JOIN pg_stat_activity AS s
                ON s.datname = current_database() AND s.backend_xmin IS NOT NULL AND s.backend_type <> 'autovacuum worker'
            WHERE w.needs IN ('CREATE INDEX CONCURRENTLY', 'REINDEX CONCURRENTLY')
        )

        SELECT
            w.needs, w.relation::regclass AS relation, b.pid,
            CASE -- asking for the size of a table that is locked whole would wait, too
                WHEN w.relation IN (SELECT l.relation FROM pg_locks AS l WHERE l.mode = 'AccessExclusiveLock') THEN 'locked'
                ELSE pg_size_pretty(pg_total_relation_size(w.relation))
            END AS size,
            regexp_replace(concat_ws(', ', 'process ' || b.pid, 'role ' || a.usename, coalesce(CASE
                WHEN a.usesysid IS NULL AND a.query LIKE '%(to prevent wraparound)'
                    THEN 'autovacuum to prevent wraparound, which does not give way: let it end'
            END, nullif(a.application_name, ''), a.backend_type), a.state,
                'for ' || date_trunc('second', clock_timestamp() - a.xact_start)), '[[:cntrl:]]', '?', 'g') AS who
        FROM wanted AS w
        LEFT JOIN blockers AS b ON w.relation = b.relation AND b.pid IS DISTINCT FROM pg_backend_pid()
        LEFT JOIN pg_stat_activity AS a ON b.pid = a.pid
        WHERE w.relation IS NOT NULL
        ORDER BY w.needs, b.pid IS NOT NULL, w.relation, a.xact_start
    LOOP
        IF r.pid IS NULL AND said LIKE format('  %s on %%', r.needs) THEN
            said := said || format(', %s (%s)', r.relation, r.size);
        ELSE
            IF said <> '' THEN
                RAISE NOTICE '%', said;
            END IF;
            said := format('  %s on %s (%s)%s', r.needs, r.relation, r.size, CASE WHEN r.pid IS NULL THEN '' ELSE ', in the way: ' || r.who END);
        END IF;
    END LOOP;
    IF said <> '' THEN
        RAISE NOTICE '%', said;
    END IF;
    PERFORM set_config('release.began', clock_timestamp()::text, plain);
    PERFORM set_config('release.lock_timeout', current_setting('lock_timeout'), plain);
    IF d -> 'outside' @> to_jsonb(v_segment) THEN
        PERFORM pg_temp.release_note(v_segment, NULL);
        PERFORM set_config('lock_timeout', '0', plain); -- it waits for old transactions; a timeout would leave an INVALID index
    END IF;
    IF d -> 'together' @> to_jsonb(v_segment) THEN -- release_locks counts the waiting only, not what is between two attempts
        PERFORM set_config('release.statement_timeout', current_setting('statement_timeout'), plain);
        PERFORM set_config('statement_timeout', '0', plain);
    END IF;
    RETURN true;
END $f$;

-- The same, and from here to release_done the path is that of the authors' statements. It calls by whole names alone.
-- Of an index that is built CONCURRENTLY it tells whether an INVALID one is in the way, and whether it is missing.
CREATE FUNCTION pg_temp.release_segment(
    v_segment integer, v_session text, OUT todo boolean, OUT leftover boolean, OUT missing boolean)
LANGUAGE plpgsql AS $f$
BEGIN
    todo := pg_temp.release_begin(v_segment, v_session);
    SELECT i.leftover, i.missing INTO leftover, missing FROM pg_temp.release_built(v_segment) AS i;
    IF todo THEN
        PERFORM pg_temp.release_path(true, v_session);
    END IF;
END $f$;

CREATE FUNCTION pg_temp.release_built(v_segment integer, OUT leftover boolean, OUT missing boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    SELECT i.leftover, i.missing INTO leftover, missing
    FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, segment integer, subject text, name text)
    CROSS JOIN LATERAL pg_temp.release_index(p.subject, p.name) AS i
    WHERE p.kind = 'index' AND p.segment = v_segment;
    leftover := coalesce(leftover, false);
    missing := coalesce(missing, false);
END $f$;

-- The path of the authors' statements (what they have set of it is theirs), and the one of our own.
CREATE FUNCTION pg_temp.release_path(v_authors boolean, v_session text) RETURNS boolean
LANGUAGE plpgsql AS $f$
BEGIN
    PERFORM pg_catalog.set_config('search_path',
        CASE WHEN v_authors THEN pg_catalog.current_setting('release.path') ELSE 'pg_catalog, pg_temp' END, v_session OPERATOR(pg_catalog.=) 'plain');
    RETURN true;
END $f$;

-- Where env.py sets a path before its migrations, they run under that one.
CREATE FUNCTION pg_temp.release_opened(v_session text) RETURNS boolean
LANGUAGE plpgsql AS $f$
DECLARE
    opened constant pg_catalog.text := pg_catalog.current_setting('search_path');
BEGIN
    PERFORM pg_temp.release_path(false, v_session);
    -- temporary tables are found last under that one, too: nobody's of this session before the release's
    PERFORM pg_catalog.set_config('release.path', pg_catalog.concat_ws(', ', nullif(opened, ''), 'pg_temp'), v_session = 'plain');
    RETURN true;
END $f$;

-- A pool of connections may answer from another session, where nothing of this run is.
CREATE FUNCTION pg_temp.release_same_session(v_session text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    IF v_session NOT IN ('plain', current_setting('release.session', true)) THEN
        PERFORM pg_terminate_backend(a.pid) -- idle in the pool, it would keep the lock that lets one release at a time run
        FROM pg_stat_activity AS a
        WHERE a.pid::text = v_session AND a.state = 'idle' AND a.usename = session_user AND a.pid IN (
            SELECT l.pid FROM pg_locks AS l WHERE l.locktype = 'advisory' AND l.granted
                AND (l.classid::bigint << 32 | l.objid::bigint) = current_setting('release.key')::bigint);
        PERFORM pg_advisory_unlock(current_setting('release.key')::integer) -- nor does this one, where the guard has asked it
        FROM pg_locks AS l
        WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.pid = pg_backend_pid()
            AND (l.classid::bigint << 32 | l.objid::bigint) = current_setting('release.key')::bigint;
        RAISE EXCEPTION 'statements of this script reach different server processes'
            USING HINT = 'Nothing of this segment has been done. Connect to the server itself, not through a pool of connections.';
    END IF;
END $f$;

-- All that a segment locks, within half of deadlock_timeout or none of it, so that no application is cancelled for a
-- deadlock. It is tried until lock_timeout was waited in all; in between nothing is locked, and others go on. A
-- statement itself locks what cannot be locked here: views, sequences, tables on which the role has no privilege.
CREATE FUNCTION pg_temp.release_locks(v_segment integer) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    plan constant jsonb := current_setting('release.plan')::jsonb;
    d constant jsonb := (SELECT p.detail FROM jsonb_to_recordset(plan) AS p (kind text, detail jsonb) WHERE p.kind = 'release');
    modes constant text[] := '{ACCESS SHARE, ROW SHARE, ROW EXCLUSIVE, SHARE UPDATE EXCLUSIVE,
        SHARE, SHARE ROW EXCLUSIVE, EXCLUSIVE, ACCESS EXCLUSIVE}';
    pause constant text := coalesce(d ->> 'lock_retry_pause', '1s');
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
    IF current_setting('server_version_num')::integer >= 170000 THEN
        enough := enough || ', MAINTAIN';
    END IF;
    patience := least(
        nullif(current_setting('lock_timeout'), '0')::interval,
        nullif(current_setting('release.statement_timeout'), '0')::interval
    );
    moment := least(current_setting('deadlock_timeout')::interval / 2, patience);
    remaining := patience * (coalesce((d ->> 'lock_retries')::integer, 0) + 1);
    LOOP
        attempt := attempt + 1;
        late := false;
        BEGIN
            FOR r IN
                WITH RECURSIVE named AS (
                    SELECT row_number() OVER () AS number, pg_temp.release_oid(p.subject) AS relation, p.name AS mode,
                        CASE WHEN p.detail ? 'partitions' THEN p.detail ->> 'partitions' ELSE p.name END AS partitions,
                        CASE WHEN p.detail ? 'children' THEN p.detail ->> 'children' ELSE p.name END AS children,
                        p.detail -> 'gone' AS gone -- columns and constraints that go; []: the table itself
                    FROM jsonb_to_recordset(plan) AS p (kind text, segment integer, subject text, name text, detail jsonb)
                    WHERE p.kind = 'locks' AND p.segment = v_segment
                ),

                -- with the tables below them
                wanted AS (
                    SELECT n.* FROM named AS n
                    UNION ALL
                    SELECT w.number, c.oid, CASE WHEN c.relispartition THEN w.partitions ELSE w.children END,
                        w.partitions, w.children, w.gone
                    FROM wanted AS w
                    INNER JOIN pg_inherits AS i ON w.relation = i.inhparent
                    INNER JOIN pg_class AS c ON i.inhrelid = c.oid
                ),

                -- and what goes locks the other end of a foreign key, a partition its parent
                complete AS (
                    SELECT w.number, w.relation, w.mode FROM wanted AS w
                    UNION ALL
                    SELECT w.number, CASE w.relation WHEN f.conrelid THEN f.confrelid ELSE f.conrelid END, 'ACCESS EXCLUSIVE'
                    FROM wanted AS w
                    INNER JOIN pg_constraint AS f ON w.relation IN (f.conrelid, f.confrelid) AND f.contype = 'f'
                    WHERE w.gone = '[]' OR w.gone ? f.conname OR EXISTS (
                        SELECT FROM pg_attribute AS a
                        WHERE a.attrelid = w.relation AND w.gone ? a.attname
                            AND a.attnum = ANY (CASE w.relation WHEN f.conrelid THEN f.conkey ELSE f.confkey END)
                    )
                    UNION ALL
                    SELECT w.number, i.inhparent, 'ACCESS EXCLUSIVE'
                    FROM wanted AS w
                    INNER JOIN pg_inherits AS i ON w.relation = i.inhrelid
                    WHERE w.gone = '[]'
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
                END) * 1000)::integer, 0)::text, true);
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
                RAISE NOTICE '%: %, attempt %; again in %', SQLERRM, failed::regclass, attempt, pause;
                PERFORM pg_sleep_for(pause::interval);
            END IF;
        END;
    END LOOP;
    -- what is locked from here on, while others may be waiting
    PERFORM set_config('lock_timeout', ceil(extract(EPOCH FROM moment / 2) * 1000)::integer::text, true);
    PERFORM set_config('statement_timeout', current_setting('release.statement_timeout'), current_setting('release.session') = '');
    RETURN attempt;
END $f$;

-- What would be lost that nothing gives again, asked under the lock of what drops it.
CREATE FUNCTION pg_temp.release_losses(segment integer) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $losses$
DECLARE
    begun CONSTANT integer := coalesce(nullif(current_setting('release.reached', TRUE), '')::integer, 2147483647);
    lost text[] := '{}';
    path CONSTANT text := pg_catalog.current_setting('search_path');
    release jsonb;
    place regclass;
    kind oid;
    history regclass;
    versions regclass;
    ours text; -- transactions that wrote what is given again
    answer bigint;
    here text;
    loss record;
    t record;
BEGIN
    IF current_setting('release.lose_rows', TRUE) = 'yes' THEN
        RETURN TRUE;
    END IF;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', TRUE);
    SELECT p.detail || jsonb_build_object('version', p.subject)
    INTO release
    FROM jsonb_to_recordset(nullif(current_setting('release.plan', TRUE), '')::jsonb) AS p (kind text, subject text, detail jsonb)
    WHERE p.kind = 'release';
    history := nullif(current_setting('release.history', TRUE), '')::oid; -- that the guard believes
    versions := nullif(current_setting('release.versions', TRUE), '')::oid;
    FOR loss IN
        SELECT p.segment, p.subject, p.name, d.*
        FROM jsonb_to_recordset(nullif(current_setting('release.plan', TRUE), '')::jsonb)
            AS p (kind text, segment integer, subject text, name text, detail jsonb)
        CROSS JOIN LATERAL jsonb_to_record(coalesce(p.detail, '{}')) AS d (
            "from" integer, "to" integer, reached integer, "left" integer, made integer, spared integer[], filled boolean,
            given text, "then" text, "column" text, "only" boolean, "all of" text, declared text)
        WHERE p.kind = 'loses' AND p.segment = release_losses.segment AND release_losses.segment - 1 >= coalesce(d."from", 0) AND release_losses.segment - 1 < coalesce(d."to", p.segment)
            AND begun >= coalesce(d.reached, 0) AND (begun < d."left" OR d."left" IS NULL)
    LOOP
        -- whatever has no schema is looked for where the author's statements will look for it
        PERFORM pg_catalog.set_config('search_path', coalesce(release ->> 'path', path), TRUE);
        place := coalesce(pg_catalog.to_regclass(loss."then"), CASE WHEN loss."all of" IS NULL THEN pg_catalog.to_regclass(loss.subject) END);
        kind := CASE WHEN loss."all of" OPERATOR(pg_catalog.=) 'type' THEN pg_catalog.to_regtype(loss.subject) END;
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', TRUE);
        ours := NULL;
        IF loss.spared IS NOT NULL AND has_table_privilege(history, 'SELECT') THEN
            EXECUTE format(
                'SELECT array_agg(h.xmin)::text FROM %1$s AS h WHERE h.release = %2$L AND (h.direction = ''upgrade'' AND h.segment = ANY (%3$L::integer[]) '
                'OR h.direction = ''rollback'' AND h.id > (SELECT max(u.id) FROM %1$s AS u WHERE u.release = %2$L AND u.direction = ''upgrade''))',
                history, release ->> 'version', loss.spared) INTO ours;
            ours := array_remove(coalesce(ours, '{}')::xid[] || pg_current_xact_id_if_assigned()::xid, NULL)::text;
        END IF;
        FOR t IN
            SELECT
                c.oid::regclass AS relation, CASE WHEN loss."only" THEN 'ONLY ' ELSE '' END AS below,
                CASE WHEN a.attname IS NULL THEN format('table %s', c.oid::regclass) ELSE format('column %s.%I', c.oid::regclass, a.attname) END AS title,
                -- what was found by its type or schema may be a bait: to read a table runs what its owner wrote into its indexes
                CASE WHEN loss."all of" IS NOT NULL AND NOT (
                    c.relkind = 'r' AND NOT c.relrowsecurity AND NOT c.relispartition
                    AND NOT EXISTS (SELECT FROM pg_inherits AS i WHERE c.oid IN (i.inhparent, i.inhrelid))
                    AND NOT EXISTS (
                        SELECT FROM pg_index AS x
                        WHERE x.indrelid = c.oid AND (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL))
                    AND NOT EXISTS (
                        SELECT FROM pg_statistic_ext AS s WHERE s.stxrelid = c.oid AND to_jsonb(s) ->> 'stxexprs' <> '')
                    AND NOT EXISTS (SELECT FROM pg_attribute AS g WHERE g.attrelid = c.oid AND g.attgenerated = 'v')
                ) AND NOT EXISTS (
                    SELECT FROM pg_roles AS u
                    WHERE u.oid = c.relowner AND (u.rolsuper OR u.rolname = current_user
                        OR u.oid IN (SELECT v.relowner FROM pg_class AS v WHERE v.oid = versions)
                        OR u.oid IN (SELECT b.datdba FROM pg_database AS b WHERE b.datname = current_database()))
                ) THEN pg_get_userbyid(c.relowner) END AS stranger,
                CASE WHEN loss.made IS NULL THEN 'holds' ELSE 'has' END AS verb,
                CASE WHEN a.attname IS NULL THEN 'rows' ELSE 'values' END AS things,
                CASE
                    WHEN loss.made IS NULL THEN ''
                    WHEN loss.filled AND ours IS NULL THEN ' written since the upgrade, or by it'
                    ELSE ' written since the upgrade'
                END || CASE WHEN loss.declared IS NULL THEN '' ELSE format(' (declared in %s)', loss.declared) END AS tail,
                concat_ws(
                    ' AND ',
                    CASE WHEN a.attname IS NULL THEN 'TRUE' ELSE format('t.%I IS DISTINCT FROM NULL', a.attname) END,
                    CASE WHEN ours IS NOT NULL THEN format('t.xmin <> ALL (%L::xid[])', ours) END,
                    CASE WHEN loss.given IS NOT NULL THEN
                        format(
                            'format(''%%s'', t.%I) COLLATE "C" IS DISTINCT FROM format(''%%s'', %L::%s)',
                            a.attname, loss.given, format_type(a.atttypid, a.atttypmod)
                        ) END,
                    CASE WHEN m.text IS NOT NULL THEN
                        format('format(''%%s'', t.%I) COLLATE "C" IS DISTINCT FROM %L', a.attname, m.text) END
                ) AS condition
            FROM pg_class AS c
            LEFT JOIN LATERAL (
                SELECT a.*
                FROM pg_attribute AS a
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                    AND (a.attname IN (nullif(loss.name, ''), loss."column") OR a.atttypid = kind)
                ORDER BY (a.attname = loss."column") IS TRUE DESC, a.attnum
                LIMIT CASE WHEN kind IS NULL THEN 1 END
            ) AS a ON TRUE
            CROSS JOIN LATERAL (
                SELECT CASE WHEN loss.made > 0 AND a.atthasmissing THEN (a.attmissingval::text::text[])[1] END
            ) AS m (text)
            WHERE c.relkind IN ('r', 'p') AND coalesce(a.attgenerated, '') = '' AND CASE loss."all of"
                WHEN 'schema' THEN NOT c.relispartition
                    AND c.relnamespace = (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = loss.subject)
                WHEN 'type' THEN a.attname IS NOT NULL AND (NOT c.relispartition OR a.attislocal)
                ELSE c.oid = place AND (loss.name = '' OR a.attname IS NOT NULL)
            END
            ORDER BY c.oid::regclass::text
        LOOP
            IF t.stranger IS NOT NULL THEN
                    RAISE EXCEPTION '% belongs to %, and is not read: what that role wrote would run', t.relation, t.stranger;
                END IF;
            EXECUTE format('LOCK TABLE %s%s IN ACCESS EXCLUSIVE MODE', t.below, t.relation);
            EXECUTE format('SELECT 1 WHERE EXISTS (SELECT FROM %s%s AS t WHERE %s)', t.below, t.relation, t.condition) INTO answer;
            IF answer IS NOT NULL THEN
                lost := lost || format('it would drop %s, which %s %s%s', t.title, t.verb, t.things, t.tail);
            END IF;
END LOOP;
    END LOOP;
    PERFORM set_config('search_path', path, TRUE);
    IF lost <> '{}' THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = format(E'segment %s refused, nothing of it changed:\n  - %s', segment, array_to_string(lost[:20], E'\n  - '))
                || CASE WHEN cardinality(lost) > 20 THEN format(E'\n  - and %s more', cardinality(lost) - 20) ELSE '' END,
            HINT = 'It came after the script had asked for it. Only if it may be lost, run the script again with '
                || CASE current_setting('release.lose_rows', TRUE) WHEN 'no' THEN 'psql -v lose_rows=yes.' ELSE 'SET release.lose_rows = yes; before it.' END;
    END IF;
    RETURN TRUE;
END
$losses$;

-- An index that is built CONCURRENTLY: does an INVALID one of an earlier try lie in the way, is it to be built?
-- v_made: of a rollback: the segment of the upgrade that dropped it; before that it is still there.
CREATE FUNCTION pg_temp.release_index(v_index text, v_table text, v_made integer = 0,
    OUT leftover boolean, OUT missing boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    leftover := EXISTS (SELECT FROM pg_index AS i
        WHERE i.indexrelid = pg_temp.release_oid(v_index) AND i.indrelid = pg_temp.release_oid(v_table) AND NOT i.indisvalid);
    missing := leftover OR pg_temp.release_oid(v_index) IS NULL
        OR v_made > 0 AND current_setting('release.upgraded')::integer >= v_made;
END $f$;

-- Indexes that are dropped CONCURRENTLY: are they there?
-- v_dropped: of a rollback: the segment of the upgrade that made them; before that they may be missing.
CREATE FUNCTION pg_temp.release_present(v_indexes text[], v_dropped integer = 0) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
BEGIN
    RETURN NOT EXISTS (SELECT FROM unnest(v_indexes) AS u (name) WHERE pg_temp.release_oid(u.name) IS NULL)
        OR v_dropped > 0 AND current_setting('release.upgraded')::integer >= v_dropped;
END $f$;

-- The version rows of a revision, in the transaction of its work.
CREATE FUNCTION pg_temp.release_version(v_from text[], v_to text[]) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    version_table constant text := (
        SELECT p.detail ->> 'version_table' FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, detail jsonb)
        WHERE p.kind = 'release');
    versions oid := nullif(current_setting('release.versions'), '')::oid; -- that the guard believes, or this run has made
    changed integer := 0;
BEGIN
    IF versions IS NULL THEN -- an error where somebody else has made one since
        EXECUTE format('CREATE TABLE %s (version_num varchar(32) NOT NULL, CONSTRAINT %I PRIMARY KEY (version_num))', version_table,
            (parse_ident(version_table))[cardinality(parse_ident(version_table))] || '_pkc');
        versions := to_regclass(version_table);
        PERFORM set_config('release.versions', versions::text, current_setting('release.session') = '');
    END IF;
    IF cardinality(v_from) = 1 AND cardinality(v_to) = 1 THEN
        EXECUTE format('UPDATE %s SET version_num = $2 WHERE version_num = $1', versions::regclass) USING v_from[1], v_to[1];
        GET DIAGNOSTICS changed = ROW_COUNT;
    ELSE
        IF v_from <> '{}' THEN
            EXECUTE format('DELETE FROM %s WHERE version_num = ANY ($1)', versions::regclass) USING v_from;
            GET DIAGNOSTICS changed = ROW_COUNT;
        END IF;
        IF v_to <> '{}' THEN
            EXECUTE format('INSERT INTO %s (version_num) SELECT unnest($1)', versions::regclass) USING v_to;
        END IF;
    END IF;
    IF changed <> cardinality(v_from) THEN
        RAISE EXCEPTION '% is not at %', version_table, array_to_string(v_from, ', ');
    END IF;
    RETURN changed;
END $f$;

-- The segment is done: the version rows, and its row in the history, in the transaction of its work.
CREATE FUNCTION pg_temp.release_end(v_segment integer, v_session text, v_from text[], v_to text[]) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    plan constant jsonb := current_setting('release.plan')::jsonb;
    missing text;
BEGIN
    PERFORM pg_temp.release_same_session(v_session);
    SELECT string_agg(format('%s on %s', p.subject, p.name), ', ') INTO missing
    FROM jsonb_to_recordset(plan) AS p (kind text, segment integer, subject text, name text)
    WHERE p.kind = 'index' AND p.segment = v_segment AND NOT EXISTS (
        SELECT FROM pg_index AS i
        WHERE i.indexrelid = pg_temp.release_oid(p.subject) AND i.indrelid = pg_temp.release_oid(p.name) AND i.indisvalid);
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'segment % was left: there is no valid index %', v_segment, missing;
    END IF;
    IF v_from IS NOT NULL THEN
        PERFORM pg_temp.release_version(v_from, v_to);
    END IF;
    PERFORM pg_temp.release_note(v_segment, clock_timestamp());
    IF EXISTS (SELECT FROM jsonb_to_recordset(plan) AS p (kind text, detail jsonb)
        WHERE p.kind = 'release' AND p.detail -> 'outside' @> to_jsonb(v_segment))
    THEN
        PERFORM set_config('lock_timeout', current_setting('release.lock_timeout'), false);
    END IF;
    PERFORM set_config('release.progress', v_segment::text, v_session = 'plain');
    RETURN v_segment;
END $f$;

-- The same, after what triggers have put off to the end of the transaction: that still runs under the authors' path.
CREATE FUNCTION pg_temp.release_done(v_segment integer, v_session text, v_from text[] = NULL, v_to text[] = NULL) RETURNS integer
LANGUAGE plpgsql AS $f$
BEGIN
    EXECUTE 'SET CONSTRAINTS ALL IMMEDIATE';
    PERFORM pg_temp.release_path(false, v_session);
    RETURN pg_temp.release_end(v_segment, v_session, v_from, v_to);
END $f$;

-- The end: every segment has been done, and the lock is given back.
CREATE FUNCTION pg_temp.release_finish(v_session text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $f$
DECLARE
    wal text := '';
BEGIN
    PERFORM pg_temp.release_same_session(v_session);
    IF current_setting('release.progress')::integer < current_setting('release.last')::integer THEN
        RAISE EXCEPTION 'segment % was left out', current_setting('release.progress')::integer + 1
            USING HINT = 'A script is run whole. Run it again.';
    END IF;
    IF v_session = 'plain' THEN
        RAISE NOTICE 'finished % with the COMMIT', to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS OF');
    ELSE
        PERFORM pg_advisory_unlock(current_setting('release.key')::integer);
    END IF;
    IF has_function_privilege('pg_current_wal_insert_lsn()', 'EXECUTE') THEN
        wal := format(', WAL after it: %s', pg_current_wal_insert_lsn());
    END IF;
    RETURN to_char(clock_timestamp(), 'YYYY-MM-DD HH24:MI:SS OF') || wal
        || CASE current_setting('release.why') WHEN '' THEN '' ELSE E'\nit goes no farther back: ' || current_setting('release.why') END;
END $f$;

DO $public$
DECLARE
    r record;
BEGIN
    FOR r IN -- an author may take another role, and default privileges may say otherwise; nobody else sees this schema
        SELECT p.oid::regprocedure AS function FROM pg_proc AS p
        WHERE p.pronamespace = pg_my_temp_schema() AND p.proname LIKE 'release\_%'
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO PUBLIC', r.function);
    END LOOP;
END
$public$;
\else
SELECT 'nothing to do: the database is at ' || current_setting('release.found') || ' already' AS done \gset
\echo :done
\endif
-- <<< machinery release 1
\if :release_todo
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

\echo 'segment 1 of 6: 27 statements of revisions 009, 008, 007'
SELECT todo FROM pg_temp.release_segment(1, :'session') \gset
\if :todo
BEGIN;
SELECT pg_temp.release_locks(1) AS attempts \gset
SELECT pg_temp.release_losses(1) AS nothing_is_lost \gset
\if :undo_10
-- 009:49
ALTER TABLE annotations RENAME TO labels;
-- 009:51
ALTER TABLE labels RENAME CONSTRAINT pk_annotations TO pk_labels;
ALTER TABLE labels RENAME CONSTRAINT fk_annotations_room_id_rooms TO fk_labels_room_id_rooms;
ALTER TABLE labels RENAME CONSTRAINT fk_annotations_created_by_users TO fk_labels_created_by_users;
ALTER TABLE labels RENAME CONSTRAINT fk_annotations_locked_by_users TO fk_labels_locked_by_users;
ALTER TABLE labels RENAME CONSTRAINT fk_annotations_assigned_to_users TO fk_labels_assigned_to_users;
ALTER TABLE labels RENAME CONSTRAINT fk_annotations_building_id_buildings TO fk_labels_building_id_buildings;
ALTER TABLE labels RENAME CONSTRAINT fk_annotations_floor_id_floors TO fk_labels_floor_id_floors;
ALTER TABLE labels RENAME CONSTRAINT fk_annotations_project_id_projects TO fk_labels_project_id_projects;
-- 009:53
ALTER INDEX ix_annotations_room_id RENAME TO ix_labels_room_id;
ALTER INDEX ix_annotations_text RENAME TO ix_labels_text;
ALTER INDEX ix_annotations_layer RENAME TO ix_labels_layer;
ALTER INDEX ix_annotations_status RENAME TO ix_labels_status;
ALTER INDEX ix_annotations_category RENAME TO ix_labels_category;
ALTER INDEX ix_annotations_created_by RENAME TO ix_labels_created_by;
ALTER INDEX ix_annotations_locked_by RENAME TO ix_labels_locked_by;
ALTER INDEX ix_annotations_assigned_to RENAME TO ix_labels_assigned_to;
ALTER INDEX ix_annotations_building_id RENAME TO ix_labels_building_id;
ALTER INDEX ix_annotations_floor_id RENAME TO ix_labels_floor_id;
ALTER INDEX ix_annotations_project_id RENAME TO ix_labels_project_id;
ALTER INDEX ix_annotations_building_id_floor_id RENAME TO ix_labels_building_id_floor_id;
ALTER INDEX ix_annotations_project_id_status RENAME TO ix_labels_project_id_status;
ALTER INDEX ix_annotations_geom RENAME TO ix_labels_geom;
-- 009:65
ALTER TABLE projects ADD COLUMN updated_at TIMESTAMP WITH TIME ZONE;
-- 009:66
ALTER TABLE projects ALTER COLUMN updated_at SET DEFAULT CURRENT_TIMESTAMP;
\endif
\if :noted_10
SELECT pg_temp.release_version('{009}', '{008}') AS version \gset
\endif
\if :undo_8
-- 008:42
-- note: the column's indexes and constraints go too; CASCADE reaches views and foreign keys that depend on the column
ALTER TABLE catalog_items DROP COLUMN search;
\endif
\if :noted_9
SELECT pg_temp.release_version('{008}', '{007}') AS version \gset
\endif
\if :undo_7
-- 007:35
ALTER TABLE comments ALTER COLUMN created_at DROP NOT NULL;
\endif
SELECT pg_temp.release_done(1, :'session') AS done \gset
COMMIT;
\endif

\echo 'segment 2 of 6: UPDATE comments (007:36)'
SELECT todo FROM pg_temp.release_segment(2, :'session') \gset
\if :todo
BEGIN;
\if :left_5_7
-- the upgrade makes it in segment 5 and drops it in segment 7; it stopped in between
ALTER TABLE public.comments DROP CONSTRAINT IF EXISTS ck_comments_created_at;
\endif
\if :undo_6
UPDATE comments SET created_at = NULL WHERE created_at = to_timestamp(0);
\endif
SELECT pg_temp.release_done(2, :'session') AS done \gset
COMMIT;
\endif

\echo 'segment 3 of 6: ALTER TABLE rooms (007:37)'
SELECT todo FROM pg_temp.release_segment(3, :'session') \gset
\if :todo
BEGIN;
\if :undo_4
ALTER TABLE rooms DROP CONSTRAINT ck_rooms_name;
\endif
\if :noted_7
SELECT pg_temp.release_version('{007}', '{006}') AS version \gset
\endif
SELECT pg_temp.release_done(3, :'session') AS done \gset
COMMIT;
\endif

\echo 'segment 4 of 6: DROP INDEX CONCURRENTLY ix_rooms_geom_active (006:57)'
SELECT todo FROM pg_temp.release_segment(4, :'session') \gset
\if :todo
\if :undo_3
SELECT pg_temp.release_present(ARRAY['public.ix_rooms_geom_active']) AS present \gset
\if :present
DROP INDEX CONCURRENTLY ix_rooms_geom_active;
\endif
\endif
SELECT pg_temp.release_done(4, :'session') AS done \gset
\endif

\echo 'segment 5 of 6: DROP INDEX CONCURRENTLY ix_devices_building_id_active (006:57)'
SELECT todo FROM pg_temp.release_segment(5, :'session') \gset
\if :todo
\if :undo_2
SELECT pg_temp.release_present(ARRAY['public.ix_devices_building_id_active']) AS present \gset
\if :present
DROP INDEX CONCURRENTLY ix_devices_building_id_active;
\endif
\endif
SELECT pg_temp.release_done(5, :'session') AS done \gset
\endif

\echo 'segment 6 of 6: DROP INDEX CONCURRENTLY ix_rooms_floor_id_covering (006:57)'
SELECT todo FROM pg_temp.release_segment(6, :'session') \gset
\if :todo
SELECT pg_temp.release_present(ARRAY['public.ix_rooms_floor_id_covering']) AS present \gset
\if :present
DROP INDEX CONCURRENTLY ix_rooms_floor_id_covering;
\endif
BEGIN;
\if :noted_3
SELECT pg_temp.release_version('{006}', '{005}') AS version \gset
\endif
SELECT pg_temp.release_done(6, :'session') AS done \gset
COMMIT;
\endif

ANALYZE (SKIP_LOCKED) public.comments; -- what the planner has not counted
SELECT pg_temp.release_finish(:'session') AS release_finished \gset
\echo release 1.2.0 rollback, finished :release_finished
\endif
\endif
