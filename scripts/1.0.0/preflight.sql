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
--               Each question about rows is broken off after 30 s, and it says so (psql -v
--               statement_timeout=5min for another limit); a transaction is called old after 5min
--               (psql -v old_transaction=1h).
-- CONTENTS      machinery (settings), the data of this release, machinery again: this is the same
--               in every release, and checked once by
--               sed -n '/^-- >>> machinery/,/^-- <<< machinery/p' preflight.sql | sha256sum
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

-- Data of this release: the tables it touches, what it takes away, and what is asked of the rows

SELECT length(set_config('release.plan', jsonb_agg(to_jsonb(p))::text, FALSE)) AS release_data
FROM (VALUES
    ('kind'::text, 0 /* segment */, 'subject'::text, 'name'::text, NULL::jsonb /* detail */),
    ('release', 0, '1.0.0', 'upgrade', '{"plan": "281ad37afaa7", "after": ["base", "002"], "rollback_segments": 1,
        "version_table": "public.alembic_version", "history_table": "public.release_history", "path": "public, pg_temp",
        "lock_timeout": "5s", "postgresql": 13, "creates_in": ["public"], "makes": true, "checking": true,
        "old_transaction": "5min"}'),
    ('postgis', 0, '', '', '{"creates": true}'),
    ('srid', 4326, '', '+proj=longlat +datum=WGS84', NULL),
    ('creates', 1, 'public.users', '', '{"kind": "table"}'), ('creates', 1, 'public.projects', '', '{"kind": "table"}'),
    ('creates', 1, 'public.buildings', '', '{"kind": "table"}'), ('creates', 1, 'public.floors', '', '{"kind": "table"}'),
    ('creates', 1, 'public.categories', '', '{"kind": "table"}'), ('creates', 1, 'public.rooms', '', '{"kind": "table"}'),
    ('creates', 1, 'public.walls', '', '{"kind": "table"}'), ('creates', 1, 'public.doors', '', '{"kind": "table"}'),
    ('creates', 1, 'public.windows', '', '{"kind": "table"}'), ('creates', 1, 'public.devices', '', '{"kind": "table"}'),
    ('creates', 1, 'public.labels', '', '{"kind": "table"}'), ('creates', 1, 'public.zones', '', '{"kind": "table"}'),
    ('creates', 1, 'public.drawings', '', '{"kind": "table"}'), ('creates', 1, 'public.comments', '', '{"kind": "table"}'),
    ('creates', 1, 'public.assignments', '', '{"kind": "table"}'),
    ('creates', 1, 'public.object_history', '', '{"kind": "table"}'),
    ('creates', 1, 'public.audit_logs', '', '{"kind": "table"}'),
    ('creates', 1, 'public.user_category_permissions', '', '{"kind": "table"}'),
    ('creates', 1, 'public.chat_messages', '', '{"kind": "table"}'),
    ('creates', 1, 'public.catalog_items', '', '{"kind": "table"}'),
    ('rollback loses', 1, 'public.catalog_items', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.chat_messages', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.user_category_permissions', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.audit_logs', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.object_history', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.assignments', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.comments', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.drawings', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.zones', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.labels', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.devices', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.windows', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.doors', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.walls', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.rooms', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.categories', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.floors', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.buildings', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.projects', '', '{"made": 1, "spared": [1]}'),
    ('rollback loses', 1, 'public.users', '', '{"made": 1, "spared": [1]}')
) AS p (kind, segment, subject, name, detail) \gset

\echo release 1.0.0 preflight

-- >>> machinery preflight 1
SELECT
    count(set_config('timezone', coalesce(p.detail ->> 'timezone', 'UTC'), FALSE)) AS release_timezone,
    count(set_config('role', p.detail ->> 'role', FALSE)) FILTER (WHERE p.detail ->> 'role' <> '') AS release_role
FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, detail jsonb)
WHERE p.kind = 'release' \gset

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

-- What the data name, as the authors' statements find it -------------------------------

DO $things$
DECLARE
    own constant text := 'pg_catalog, pg_temp';
    path text;
    things jsonb[] := '{}';
    schemas name[];
    object oid;
    r record;
BEGIN
    SELECT p.detail ->> 'path' INTO path
    FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, detail jsonb) WHERE p.kind = 'release';
    PERFORM pg_catalog.set_config('search_path', path, true);
    schemas := pg_catalog.current_schemas(true);
    PERFORM pg_catalog.set_config('search_path', own, true);
    FOR r IN
        SELECT
            p.row, p.row ->> 'subject' AS subject, p.place,
            CASE
                WHEN p.row -> 'detail' ->> 'is' IN ('function', 'procedure', 'routine', 'aggregate')
                    THEN CASE WHEN p.row ->> 'subject' LIKE '%(%' THEN 'signature' ELSE 'routine' END
                WHEN p.row -> 'detail' ->> 'is' IN ('type', 'domain') THEN 'type'
                WHEN p.row -> 'detail' ->> 'is' = 'schema' THEN 'schema'
                ELSE 'relation'
            END AS finds
        FROM jsonb_array_elements(current_setting('release.plan')::jsonb) WITH ORDINALITY AS p (row, place)
        WHERE p.row ->> 'kind' IN ('touches', 'builds', 'departs', 'recreated', 'question')
        ORDER BY p.place
    LOOP
        object := NULL;
        CASE r.finds
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
        WHEN 'routine' THEN -- the only one of its name
            PERFORM pg_catalog.set_config('search_path', path, true);
            object := pg_catalog.to_regproc(r.subject);
            PERFORM pg_catalog.set_config('search_path', own, true);
        ELSE
            SELECT n.oid INTO object FROM pg_namespace AS n WHERE n.nspname = r.subject;
        END CASE;
        IF object IS NOT NULL THEN
            things := things || (r.row || jsonb_build_object('object', object, 'item', r.place));
        END IF;
    END LOOP;
    PERFORM set_config('release.things', to_jsonb(things)::text, false);
    PERFORM set_config('release.schemas', array_to_json(schemas)::text, false);
END
$things$;

-- The server, and who is on it --------------------------------------------------------

DO $server$
DECLARE
    found jsonb := '[]';
    here pg_lsn := CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END;
    role constant text := current_user;
    hidden integer;
    oldest constant integer := 13;
    newest constant integer := 18;
    usual text;
    tables bigint;
    whole bigint;
    exclusive text;
    r record;
BEGIN
    PERFORM set_config('role', 'none', true); -- the login role may see more of other sessions
    SELECT p.detail ->> 'old_transaction' INTO usual
    FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, detail jsonb) WHERE p.kind = 'release';
    IF current_setting('server_version_num')::integer >= (newest + 1) * 10000 THEN
        found := found || jsonb_build_object('level', 'note', 'finding', format(
            'PostgreSQL %s is newer than those that this release was tried on (%s to %s): rehearse it on such a server first',
            current_setting('server_version'), oldest, newest));
    END IF;
    FOR r IN
        SELECT a.pid, a.usename, a.state, date_trunc('second', clock_timestamp() - a.xact_start) AS age
        FROM pg_stat_activity AS a
        WHERE a.datname = current_database() AND a.pid <> pg_backend_pid()
            AND a.xact_start < clock_timestamp() - coalesce(nullif(current_setting('release.old_transaction', true), ''), usual)::interval
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
    -- a standby that answers queries: it replays the lock itself
    SELECT string_agg(DISTINCT t.subject, ', ' ORDER BY t.subject) INTO exclusive
    FROM jsonb_to_recordset(current_setting('release.things')::jsonb) AS t (kind text, subject text, name text, segment integer)
    WHERE t.kind = 'touches' AND t.name = 'ACCESS EXCLUSIVE' AND current_setting('release.progress')::integer < t.segment;
    FOR r IN
        SELECT string_agg(concat_ws(' at ', s.application_name, host(s.client_addr)), ', ' ORDER BY s.application_name) AS standbys
        FROM pg_stat_replication AS s
        WHERE exclusive <> '' AND NOT EXISTS (
            SELECT FROM pg_replication_slots AS x WHERE x.active_pid = s.pid AND x.slot_type = 'logical')
        HAVING count(*) > 0
    LOOP
        found := found || jsonb_build_object('level', 'note', 'finding', format(
            'standbys are connected (%s): the ACCESS EXCLUSIVE lock of the release on %s is replayed there, and cancels whoever reads '
            'the table there (after max_standby_streaming_delay) from when it is taken until its commit is replayed',
            r.standbys, exclusive));
    END LOOP;
    -- what a backup has to read: pg_dump takes no indexes, a copy of the files takes all
    SELECT sum(c.relpages::bigint) * current_setting('block_size')::bigint INTO tables
    FROM pg_class AS c WHERE c.relkind IN ('r', 'm', 't');
    whole := pg_database_size(current_database());
    found := found || jsonb_build_object('level', 'size', 'finding', format(
        'a backup of this database copies %s of files, or reads about %s of rows by pg_dump: at 20 to 200 MB a second '
        'that is %s to %s (an estimate, no promise)', pg_size_pretty(whole), pg_size_pretty(tables),
        make_interval(secs => ceil(tables / 200e6)), make_interval(secs => ceil(whole / 20e6))));
    PERFORM set_config('release.findings', (current_setting('release.findings')::jsonb || found)::text, false);
    IF role <> current_user THEN
        PERFORM set_config('role', role, true);
    END IF;
END
$server$;

-- What others have put where the authors' statements look for names -------------------

DO $names$
DECLARE
    found jsonb := '[]';
    schemas constant oid[] := ARRAY(
        SELECT n.oid FROM jsonb_array_elements_text(current_setting('release.schemas')::jsonb) AS s (name)
        JOIN pg_namespace AS n ON n.nspname = s.name WHERE n.nspname <> 'pg_catalog');
    others constant oid[] := ARRAY(SELECT u.oid FROM pg_roles AS u WHERE NOT u.rolsuper AND u.rolname <> current_user);
    own constant oid := 'pg_catalog'::regnamespace;
    r record;
BEGIN
    FOR r IN
        SELECT pg_describe_object(s.class, s.object, 0) AS name, pg_get_userbyid(s.owner) AS owner, count(*) OVER () AS all_of_them
        FROM (
            SELECT 'pg_proc'::regclass::oid, p.oid, p.proowner FROM pg_proc AS p
            WHERE p.pronamespace = ANY (schemas) AND p.proowner = ANY (others)
                AND EXISTS (SELECT FROM pg_proc AS x WHERE x.proname = p.proname AND x.pronamespace = own)
            UNION ALL
            SELECT 'pg_operator'::regclass, o.oid, o.oprowner FROM pg_operator AS o
            WHERE o.oprnamespace = ANY (schemas) AND o.oprowner = ANY (others)
                AND EXISTS (SELECT FROM pg_operator AS x WHERE x.oprname = o.oprname AND x.oprnamespace = own)
            UNION ALL
            SELECT 'pg_type'::regclass, t.oid, t.typowner FROM pg_type AS t
            WHERE t.typnamespace = ANY (schemas) AND t.typowner = ANY (others)
                AND NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = t.typrelid AND c.relkind <> 'c')
                AND EXISTS (SELECT FROM pg_type AS x WHERE x.typname = t.typname AND x.typnamespace = own)
            UNION ALL
            SELECT 'pg_class'::regclass, c.oid, c.relowner FROM pg_class AS c
            WHERE c.relnamespace = ANY (schemas) AND c.relowner = ANY (others)
                AND EXISTS (SELECT FROM pg_class AS x WHERE x.relname = c.relname AND x.relnamespace = own)
        ) AS s (class, object, owner)
        WHERE NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = s.class AND d.objid = s.object AND d.deptype = 'e')
        ORDER BY 1 LIMIT 20
    LOOP
        found := found || jsonb_build_object('level', 'note', 'finding', format(
            '%s, of role %s, has a name of pg_catalog''s and lies on the path of the authors'' statements: it may answer for it there%s',
            r.name, r.owner, CASE WHEN r.all_of_them > 20 THEN format(' (one of %s)', r.all_of_them) ELSE '' END));
    END LOOP;
    PERFORM set_config('release.findings', (current_setting('release.findings')::jsonb || found)::text, false);
END
$names$;

-- The tables that it touches ----------------------------------------------------------

DO $tables$
DECLARE
    found jsonb := '[]';
    size bigint;
    extra bigint;
    in_all bigint := 0;
    to_save bigint := 0;
    touched oid[] := '{}';
    below oid[];
    lock_below text;
    locked text;
    r record;
    other record;
BEGIN
    PERFORM set_config('lock_timeout', '100ms', true);
    FOR r IN
        SELECT
            t.subject AS relation, t.name AS lock, t.detail ->> 'partitions' AS partitions, t.detail ->> 'children' AS children,
            t.detail ->> 'work' AS work, t.detail ? 'rewrites' AS rewrites, t.detail ? 'writes' AS writes,
            c.oid, c.relkind, c.reltuples::bigint AS rows, c.relpages * current_setting('block_size')::bigint AS pages
        FROM jsonb_to_recordset(current_setting('release.things')::jsonb)
            AS t (kind text, segment integer, subject text, name text, detail jsonb, object oid, item integer)
        JOIN pg_class AS c ON c.oid = t.object
        WHERE t.kind = 'touches' AND current_setting('release.progress')::integer < t.segment
        ORDER BY t.item
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
        SELECT extra + coalesce(sum(CASE WHEN r.rows > 0 THEN r.rows ELSE size / 128 END * 1.2 * CASE b.name WHEN 'brin' THEN 0 WHEN 'gist' THEN 48 ELSE 16 + (
            SELECT coalesce(sum(coalesce(s.avg_width, 8)), 8)
            FROM jsonb_array_elements_text(b.detail -> 'columns') AS u (name)
            LEFT JOIN pg_attribute AS a ON a.attrelid = r.oid AND a.attname = u.name
            LEFT JOIN pg_class AS c ON c.oid = r.oid
            LEFT JOIN pg_namespace AS n ON n.oid = c.relnamespace
            LEFT JOIN pg_stats AS s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = a.attname) END), 0)
        INTO extra
        FROM jsonb_to_recordset(current_setting('release.things')::jsonb)
            AS b (kind text, segment integer, name text, detail jsonb, object oid)
        WHERE b.kind = 'builds' AND b.object = r.oid AND current_setting('release.progress')::integer < b.segment;
        in_all := in_all + extra;
        to_save := to_save + size;
        -- what it locks below a table: nothing is a partition and a parent of child tables at once
        lock_below := coalesce(CASE r.relkind WHEN 'p' THEN r.partitions ELSE r.children END, '');
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
        JOIN pg_namespace AS n ON n.nspname = p.schemaname
        JOIN pg_class AS c ON c.relname = p.tablename AND c.relnamespace = n.oid
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
    IF to_save > 0 THEN
        found := found || jsonb_build_object('level', 'size', 'finding', format(
            'the tables that it touches: %s in all, with indexes, which a backup of them need not read', pg_size_pretty(to_save)));
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
    IF NOT current_setting('release.things')::jsonb @> '[{"kind": "departs"}]' THEN
        RETURN;
    END IF;
    FOR r IN
        WITH RECURSIVE departing AS (
            -- in the order of the release; what goes in one step goes together
            SELECT
                t.item, (t.detail ->> 'step')::integer AS step, t.detail ->> 'way' AS way, t.detail ->> 'is' AS kind,
                t.subject AS relation, t.name, t.detail ? 'cascade' AS cascades, t.object
            FROM jsonb_to_recordset(current_setting('release.things')::jsonb)
                AS t (kind text, segment integer, subject text, name text, detail jsonb, object oid, item integer)
            WHERE t.kind = 'departs' AND current_setting('release.progress')::integer < t.segment
        ), thing AS (
            SELECT d.*, concat_ws('.', d.relation, nullif(d.name, '')) AS title, o.classid, o.objid, o.objsubid
            FROM departing AS d CROSS JOIN LATERAL (
                SELECT 'pg_class'::regclass::oid, d.object, 0
                WHERE d.kind IN ('table', 'view', 'materialized view', 'foreign table', 'sequence', 'index')
                UNION ALL
                SELECT 'pg_class'::regclass, a.attrelid, a.attnum FROM pg_attribute AS a
                WHERE d.kind = 'column' AND a.attrelid = d.object AND a.attname = d.name AND NOT a.attisdropped
                UNION ALL
                SELECT 'pg_attrdef'::regclass, e.oid, 0
                FROM pg_attrdef AS e JOIN pg_attribute AS a ON e.adrelid = a.attrelid AND e.adnum = a.attnum
                WHERE d.kind = 'default' AND e.adrelid = d.object AND a.attname = d.name
                UNION ALL
                SELECT 'pg_constraint'::regclass, c.oid, 0 FROM pg_constraint AS c
                WHERE d.kind = 'constraint' AND c.conrelid = d.object AND c.conname = d.name
                UNION ALL
                SELECT 'pg_trigger'::regclass, t.oid, 0 FROM pg_trigger AS t
                WHERE d.kind = 'trigger' AND t.tgrelid = d.object AND t.tgname = d.name
                UNION ALL
                SELECT 'pg_policy'::regclass, p.oid, 0 FROM pg_policy AS p
                WHERE d.kind = 'policy' AND p.polrelid = d.object AND p.polname = d.name
                UNION ALL
                SELECT 'pg_type'::regclass, d.object, 0 WHERE d.kind IN ('type', 'domain')
                UNION ALL
                SELECT 'pg_namespace'::regclass, d.object, 0 WHERE d.kind = 'schema'
                UNION ALL
                SELECT 'pg_proc'::regclass, d.object, 0 WHERE d.kind IN ('function', 'procedure', 'routine', 'aggregate')
            ) AS o (classid, objid, objsubid)
            WHERE o.objid IS NOT NULL
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
            UNION
            SELECT t.item, t.step, d.classid, d.objid, d.objsubid
            FROM thing AS t
            JOIN pg_depend AS d
                ON d.refclassid = t.classid AND d.refobjid = t.objid AND d.refobjsubid = t.objsubid
            WHERE t.way = 'gives another type' AND d.deptype = 'n'
                AND d.classid IN ('pg_rewrite'::regclass, 'pg_policy'::regclass, 'pg_trigger'::regclass, 'pg_proc'::regclass)
        ), left_over AS (
            SELECT n.* FROM needs AS n
            LEFT JOIN pg_attrdef AS a ON n.classid = 'pg_attrdef'::regclass AND n.objid = a.oid
            WHERE NOT EXISTS (
                -- the release drops it before
                SELECT FROM falls AS f
                WHERE f.classid = n.classid AND f.objid = n.objid AND f.objsubid IN (0, n.objsubid) AND f.step <= n.step
            ) AND NOT EXISTS (
                -- or gives the column that used a type another one
                SELECT FROM thing AS t
                WHERE t.way = 'gives another type' AND t.step < n.step
                    AND (t.objid, t.objsubid) IN ((n.objid, n.objsubid), (a.adrelid, a.adnum))
            )
        ), named AS (
            SELECT t.*, c.relname AS owner, coalesce(nullif(t.name, ''), c.relname, y.typname, p.proname) AS word
            FROM thing AS t
            LEFT JOIN pg_class AS c ON t.classid = 'pg_class'::regclass AND t.objid = c.oid
            LEFT JOIN pg_type AS y ON t.classid = 'pg_type'::regclass AND t.objid = y.oid
            LEFT JOIN pg_proc AS p ON t.classid = 'pg_proc'::regclass AND t.objid = p.oid
            WHERE t.kind NOT IN ('index', 'constraint', 'trigger', 'policy', 'default')
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
    IF NOT current_setting('release.things')::jsonb @> '[{"kind": "recreated"}]' THEN
        RETURN;
    END IF;
    FOR r IN
        WITH recreated AS (
            -- by which script; the triggers and policies that this script makes anew too
            SELECT
                t.detail ->> 'is' AS kind, t.subject AS relation, t.name, t.detail ->> 'by' AS script, t.object,
                ARRAY(SELECT m.remade FROM jsonb_array_elements_text(t.detail -> 'remade') AS m (remade)) AS remade
            FROM jsonb_to_recordset(current_setting('release.things')::jsonb)
                AS t (kind text, segment integer, subject text, name text, detail jsonb, object oid)
            WHERE t.kind = 'recreated' AND current_setting('release.progress')::integer < t.segment
        ), thing AS (
            SELECT
                e.*, o.class, o.oid, o.owner, o.acl, CASE
                    WHEN e.kind IN ('view', 'materialized view', 'foreign table', 'column') THEN 'TABLE'
                    WHEN e.kind = 'domain' THEN 'TYPE'
                    ELSE upper(e.kind)
                END AS word
            FROM recreated AS e CROSS JOIN LATERAL (
                SELECT 'pg_class'::regclass, c.oid, c.relowner, c.relacl FROM pg_class AS c
                WHERE e.kind IN ('table', 'view', 'materialized view', 'foreign table', 'sequence', 'column') AND c.oid = e.object
                UNION ALL
                SELECT 'pg_proc'::regclass, p.oid, p.proowner, p.proacl FROM pg_proc AS p
                WHERE e.kind IN ('function', 'procedure', 'routine', 'aggregate') AND p.oid = e.object
                UNION ALL
                SELECT 'pg_type'::regclass, t.oid, t.typowner, t.typacl FROM pg_type AS t
                WHERE e.kind IN ('type', 'domain') AND t.oid = e.object
            ) AS o (class, oid, owner, acl)
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
            UNION ALL
            SELECT format('ALTER %s %s OWNER TO %I', upper(t.kind), t.relation, pg_get_userbyid(t.owner))
            WHERE pg_get_userbyid(t.owner) <> current_user AND t.name = ''
            UNION ALL
            SELECT format('GRANT %s ON %s %s TO %s%s', string_agg(g.privilege_type, ', '), t.word, t.relation,
                CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE g.grantee::regrole::text END, CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' END)
            FROM aclexplode(t.acl) AS g
            WHERE g.grantee <> t.owner AND t.name = '' AND (g.grantee <> 0 OR t.class = 'pg_class'::regclass)
            GROUP BY g.grantee, g.is_grantable
            UNION ALL
            SELECT format('REVOKE ALL ON %s %s FROM PUBLIC', t.word, t.relation)
            WHERE t.class <> 'pg_class'::regclass AND t.acl IS NOT NULL
                AND NOT EXISTS (SELECT FROM aclexplode(t.acl) AS g WHERE g.grantee = 0)
            UNION ALL
            SELECT format('ALTER TABLE %s %s ROW LEVEL SECURITY', t.relation, u.word)
            FROM pg_class AS c CROSS JOIN LATERAL (VALUES ('ENABLE', c.relrowsecurity), ('FORCE', c.relforcerowsecurity)) AS u (word, it_is)
            WHERE c.oid = t.oid AND t.kind = 'table' AND u.it_is
            UNION ALL
            SELECT format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', p.polname, t.relation,
                CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                (SELECT string_agg(CASE u.role WHEN 0 THEN 'PUBLIC' ELSE u.role::regrole::text END, ', ') FROM unnest(p.polroles) AS u (role)))
                || coalesce(' USING (' || pg_get_expr(p.polqual, p.polrelid) || ')', '')
                || coalesce(' WITH CHECK (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')', '')
            FROM pg_policy AS p
            WHERE p.polrelid = t.oid AND t.kind = 'table' AND 'policy ' || p.polname <> ALL (t.remade)
            UNION ALL
            SELECT pg_get_triggerdef(g.oid)
            FROM pg_trigger AS g
            WHERE g.tgrelid = t.oid AND t.name = '' AND t.class = 'pg_class'::regclass AND NOT g.tgisinternal
                AND 'trigger ' || g.tgname <> ALL (t.remade)
            UNION ALL
            SELECT format('ALTER PUBLICATION %I ADD TABLE %s', p.pubname, t.relation)
            FROM pg_publication_rel AS m JOIN pg_publication AS p ON m.prpubid = p.oid
            WHERE m.prrelid = t.oid AND t.kind = 'table'
        ) AS s (statement)
        ORDER BY t.script DESC, t.relation, s.statement
    LOOP
        found := found || jsonb_build_object('level', 'lost', 'finding', format('%s; -- after %s', r.statement, r.script));
    END LOOP;
    PERFORM set_config('release.findings', (current_setting('release.findings')::jsonb || found)::text, false);
END
$lost$;

-- The rows: what would make a statement fail ------------------------------------------
-- First the queries: what is an author's in them stands in the data of the release, what is ours is qualified, since they run
-- on the path of the authors' statements; what the catalog has of a table is spelled so that it means the same there.

DO $queries$
DECLARE
    own constant text := 'pg_catalog, pg_temp';
    path text;
    known jsonb := '{}'; -- the tables that questions name besides their own
    queries jsonb[] := '{}';
    query text;
    pair record;
    other oid;
    r record;
BEGIN
    IF NOT current_setting('release.things')::jsonb @> '[{"kind": "question"}]' THEN
        PERFORM set_config('release.queries', '[]', false);
        RETURN;
    END IF;
    SELECT p.detail ->> 'path' INTO path
    FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, detail jsonb) WHERE p.kind = 'release';
    FOR r IN
        SELECT DISTINCT n.name
        FROM jsonb_to_recordset(current_setting('release.things')::jsonb) AS t (kind text, detail jsonb)
        CROSS JOIN LATERAL (
            SELECT jsonb_array_elements_text(coalesce(t.detail -> 'reads', '[]') || coalesce(t.detail -> 'changed', '[]'))
            UNION ALL
            SELECT jsonb_array_elements_text(coalesce(e.piece -> 'first', '[]') || coalesce(e.piece -> 'in', '[]'))
            FROM jsonb_array_elements(CASE jsonb_typeof(t.detail -> 'query') WHEN 'array' THEN t.detail -> 'query' ELSE '[]' END) AS e (piece)
            WHERE jsonb_typeof(e.piece) = 'object'
        ) AS n (name)
        WHERE t.kind = 'question'
    LOOP
        PERFORM pg_catalog.set_config('search_path', path, true);
        other := pg_catalog.to_regclass(r.name);
        PERFORM pg_catalog.set_config('search_path', own, true);
        IF other IS NOT NULL THEN
            known := known || jsonb_build_object(r.name, other);
        END IF;
    END LOOP;
    FOR r IN
        SELECT
            t.*, t.detail ->> 'of' AS asks, t.detail -> 'set' AS values,
            ARRAY(SELECT k.value::oid FROM jsonb_each_text(known) AS k WHERE t.detail -> 'reads' ? k.key) AS reads,
            ARRAY(SELECT k.value::oid FROM jsonb_each_text(known) AS k WHERE t.detail -> 'changed' ? k.key) AS changed
        FROM jsonb_to_recordset(current_setting('release.things')::jsonb)
            AS t (kind text, segment integer, subject text, name text, detail jsonb, object oid, item integer)
        JOIN pg_class AS c ON c.oid = t.object
        WHERE t.kind = 'question' AND current_setting('release.progress')::integer < t.segment
        ORDER BY c.relpages, t.item -- what a large table takes is no other's loss
    LOOP
        -- the text of its author, and what only this database can tell
        query := '';
        FOR pair IN
            SELECT e.piece, jsonb_typeof(e.piece) AS type
            FROM jsonb_array_elements(CASE jsonb_typeof(r.detail -> 'query')
                WHEN 'array' THEN r.detail -> 'query' ELSE jsonb_build_array(r.detail -> 'query') END) WITH ORDINALITY AS e (piece, place)
            ORDER BY e.place
        LOOP
            query := query || CASE
                WHEN pair.type = 'string' THEN pair.piece #>> '{}'
                WHEN pair.piece ? 'schema' THEN (
                    SELECT quote_ident(n.nspname) FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
                    WHERE e.extname = pair.piece ->> 'schema')
                WHEN pair.piece ? 'first' THEN (
                    SELECT n.name FROM jsonb_array_elements_text(pair.piece -> 'first') WITH ORDINALITY AS n (name, place)
                    WHERE known ? n.name ORDER BY n.place LIMIT 1)
                WHEN pair.piece ? 'same' THEN (
                    -- the columns of a foreign key, compared as the key will compare them: by the operator of the other's type
                    SELECT string_agg(CASE o.nspname
                        WHEN 'pg_catalog' THEN format('r.%I OPERATOR(pg_catalog.%s) t.%I', k.other, o.oprname, k.own)
                        ELSE format('(r.%I)::%s OPERATOR(%I.%s) (t.%I)::%2$s', k.other, o.type, o.nspname, o.oprname, k.own)
                    END, ' AND ')
                    FROM (SELECT (known ->> n.name)::oid FROM jsonb_array_elements_text(pair.piece -> 'in') WITH ORDINALITY AS n (name, place)
                        WHERE known ? n.name ORDER BY n.place LIMIT 1) AS c (relation)
                    CROSS JOIN LATERAL (
                        SELECT s.name, coalesce(pair.piece -> 'other' ->> s.place::integer - 1, a.attname), a.atttypid
                        FROM jsonb_array_elements_text(pair.piece -> 'same') WITH ORDINALITY AS s (name, place)
                        LEFT JOIN pg_index AS i ON i.indrelid = c.relation AND i.indisprimary AND NOT pair.piece ? 'other'
                        JOIN pg_attribute AS a ON a.attrelid = c.relation AND CASE
                            WHEN pair.piece ? 'other' THEN a.attname = coalesce(pair.piece -> 'before', pair.piece -> 'other') ->> s.place::integer - 1
                            ELSE a.attnum = i.indkey[s.place - 1] END
                    ) AS k (own, other, type)
                    CROSS JOIN LATERAL (
                        SELECT n.nspname, p.oprname, format_type(x.opcintype, NULL) AS type
                        FROM pg_type AS y
                        JOIN pg_type AS b ON b.oid = coalesce(nullif(y.typbasetype, 0), y.oid)
                        JOIN pg_opclass AS x ON x.opcdefault AND x.opcmethod = (SELECT m.oid FROM pg_am AS m WHERE m.amname = 'btree')
                        JOIN pg_type AS z ON z.oid = x.opcintype
                        JOIN pg_amop AS f ON f.amopfamily = x.opcfamily AND f.amopstrategy = 3
                            AND f.amoplefttype = x.opcintype AND f.amoprighttype = x.opcintype
                        JOIN pg_operator AS p ON p.oid = f.amopopr
                        JOIN pg_namespace AS n ON n.oid = p.oprnamespace
                        WHERE y.oid = k.type AND (
                            x.opcintype = b.oid OR EXISTS (
                                SELECT FROM pg_cast AS g WHERE g.castsource = b.oid AND g.casttarget = x.opcintype
                                    AND g.castmethod = 'b' AND g.castcontext = 'i')
                            OR z.typname = CASE WHEN b.typcategory = 'A' THEN 'anyarray' ELSE CASE b.typtype
                                WHEN 'e' THEN 'anyenum' WHEN 'r' THEN 'anyrange' WHEN 'm' THEN 'anymultirange' WHEN 'c' THEN 'record' END END)
                        ORDER BY x.opcintype = b.oid DESC, x.oid LIMIT 1
                    ) AS o)
            END;
        END LOOP;
        CONTINUE WHEN query IS NULL AND r.detail ? 'query'; -- something of it is not there, which the guard tells
        IF r.asks = 'rows' THEN
            query := format('SELECT pg_catalog.count(*) FROM (%s LIMIT 1000) AS found', query);
        ELSIF r.asks = 'default' THEN
            -- of which type the default is tells its expression, without being evaluated; manual, CREATE CAST: which casts there are
            SELECT format(CASE WHEN r.detail ? 'type' THEN $q$
                SELECT pg_catalog.count(*)
                FROM (SELECT pg_catalog.pg_typeof((SELECT %s WHERE FALSE))::pg_catalog.oid, pg_catalog.to_regtype(%L)::pg_catalog.oid) AS c (old, new)
                JOIN pg_catalog.pg_type AS o ON o.oid OPERATOR(pg_catalog.=) c.old
                JOIN pg_catalog.pg_type AS n ON n.oid OPERATOR(pg_catalog.=) c.new
                WHERE o.oid OPERATOR(pg_catalog.<>) n.oid AND n.typcategory OPERATOR(pg_catalog.<>) 'S'::pg_catalog."char"
                    AND o.typtype OPERATOR(pg_catalog.<>) 'd'::pg_catalog."char" AND n.typtype OPERATOR(pg_catalog.<>) 'd'::pg_catalog."char"
                    AND o.typcategory OPERATOR(pg_catalog.<>) 'A'::pg_catalog."char" AND n.typcategory OPERATOR(pg_catalog.<>) 'A'::pg_catalog."char"
                    AND NOT EXISTS (SELECT FROM pg_catalog.pg_cast AS p
                        WHERE p.castsource OPERATOR(pg_catalog.=) o.oid AND p.casttarget OPERATOR(pg_catalog.=) n.oid
                            AND p.castcontext OPERATOR(pg_catalog.<>) 'e'::pg_catalog."char") $q$
                ELSE 'SELECT 1 WHERE %L IS NOT NULL' END, pg_get_expr(d.adbin, d.adrelid), r.detail ->> 'type')
            INTO query
            FROM pg_attrdef AS d JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
            WHERE a.attrelid = r.object AND a.attname = r.detail ->> 'column' AND a.attgenerated = '';
        ELSIF r.asks = 'keys that an UPDATE gives' THEN
            -- row by row as they will be: two of them are one too many, whatever the order in which they are written
            SELECT 'SELECT ' || string_agg(format(
                '(SELECT pg_catalog.count(*) FROM (SELECT FROM (SELECT %s FROM %s AS %s) AS written '
                'WHERE %s GROUP BY %s HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1 LIMIT 1000) AS found)',
                k.written, c.oid::regclass, r.detail ->> 'alias', k.there, k.names), ' OPERATOR(pg_catalog.+) ')
            INTO query
            FROM pg_index AS i
            JOIN pg_class AS c ON c.oid = i.indrelid
            CROSS JOIN LATERAL (
                SELECT
                    string_agg(CASE WHEN r.values ? a.attname::text THEN
                        format('CASE WHEN %s THEN (%s)::%s ELSE %I END AS ', r.detail ->> 'where', r.values ->> a.attname::text,
                            format_type(a.atttypid, a.atttypmod), a.attname)
                        ELSE '' END || quote_ident(a.attname), ', ') AS written,
                    string_agg(format('%I IS NOT NULL', a.attname), ' AND ') AS there,
                    string_agg(quote_ident(a.attname), ', ') AS names,
                    bool_or(r.values ? a.attname::text) AS touched,
                    bool_or(a.attgenerated <> '') AS computed
                FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS u (number, place)
                JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.number
                WHERE u.place <= i.indnkeyatts
            ) AS k
            WHERE c.oid = r.object AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
                AND k.touched AND NOT k.computed AND c.relkind IN ('r', 'p') AND NOT EXISTS (
                    SELECT FROM pg_trigger AS g
                    WHERE g.tgrelid = i.indrelid AND NOT g.tgisinternal AND g.tgtype::integer & 3 = 3);
        ELSIF r.asks LIKE '% of an %' THEN
            -- the rows as they will be, but for the columns of which that cannot be told; nothing where triggers may change them
            SELECT concat('WITH written AS (SELECT ', w.columns, ' ', query, ') SELECT ', CASE r.asks
                -- against the unique indexes: what is there, and each other
                WHEN 'keys of an INSERT' THEN coalesce((
                    SELECT string_agg(format(
                        '(SELECT pg_catalog.count(*) FROM (SELECT FROM (SELECT %s FROM written WHERE %s) AS n WHERE %s '
                        'GROUP BY %s HAVING pg_catalog.count(*) OPERATOR(pg_catalog.>) 1 OR EXISTS ('
                        'SELECT FROM (SELECT %s FROM %s WHERE %s) AS o WHERE %s) LIMIT 1000) AS found)',
                        k.keys, k.condition, k.there, k.names, k.keys,
                        CASE c.relkind WHEN 'r' THEN 'ONLY ' ELSE '' END || c.oid::regclass, k.condition, k.same
                    ), ' OPERATOR(pg_catalog.+) ')
                    FROM pg_index AS i
                    CROSS JOIN LATERAL (
                        SELECT
                            string_agg(format('%s AS k%s', pg_get_indexdef(i.indexrelid, u.n, FALSE), u.n), ', '),
                            string_agg(format('k%s IS NOT NULL', u.n), ' AND '),
                            string_agg(format('k%s', u.n), ', '),
                            string_agg(format('o.k%s OPERATOR(%I.%s) n.k%s', u.n, s.nspname, e.oprname, u.n), ' AND '),
                            coalesce(pg_get_expr(i.indpred, i.indrelid), 'TRUE')
                        FROM generate_series(1, i.indnkeyatts) AS u (n)
                        JOIN pg_opclass AS x ON x.oid = i.indclass[u.n - 1]
                        JOIN pg_amop AS p ON p.amopfamily = x.opcfamily AND p.amopstrategy = 3
                            AND p.amoplefttype = x.opcintype AND p.amoprighttype = x.opcintype
                        JOIN pg_operator AS e ON e.oid = p.amopopr
                        JOIN pg_namespace AS s ON s.oid = e.oprnamespace
                    ) AS k (keys, there, names, same, condition)
                    WHERE i.indrelid = c.oid AND i.indisunique AND i.indimmediate AND i.indisvalid
                        AND NOT i.indisexclusion AND NOT i.indkey::smallint[] && w.unknown
                        AND NOT EXISTS (
                            SELECT FROM pg_depend AS p
                            WHERE p.classid = 'pg_class'::regclass AND p.objid = i.indexrelid
                                AND p.refobjid = c.oid AND p.refobjsubid = ANY (w.unknown))
                        AND NOT EXISTS ( -- rows that were there may be gone with others
                            SELECT FROM pg_constraint AS f
                            WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid = ANY (r.changed)
                                AND concat(f.confdeltype, f.confupdtype) ~ '[cnd]')
                ), '0')
                -- against the tables that foreign keys refer to, whose rows are as they are now
                WHEN 'parents of an INSERT' THEN coalesce((
                    SELECT string_agg(format(
                        '(SELECT pg_catalog.count(*) FROM (SELECT FROM written AS n WHERE %s '
                        'AND NOT EXISTS (SELECT FROM %s AS r WHERE %s)%s LIMIT 1000) AS found)',
                        k.there, f.confrelid::regclass, k.same, CASE WHEN f.confrelid = c.oid THEN
                            format(' AND NOT EXISTS (SELECT FROM written AS r WHERE %s)', k.same) END), ' OPERATOR(pg_catalog.+) ')
                    FROM pg_constraint AS f
                    CROSS JOIN LATERAL (
                        SELECT
                            string_agg(format('n.%I IS NOT NULL', a.attname), ' AND '),
                            string_agg(format('r.%I OPERATOR(%I.%s) n.%I', b.attname, s.nspname, e.oprname, a.attname), ' AND ')
                        FROM unnest(f.conkey, f.confkey, f.conpfeqop) AS u (own, other, same)
                        JOIN pg_attribute AS a ON a.attrelid = f.conrelid AND a.attnum = u.own
                        JOIN pg_attribute AS b ON b.attrelid = f.confrelid AND b.attnum = u.other
                        JOIN pg_operator AS e ON e.oid = u.same
                        JOIN pg_namespace AS s ON s.oid = e.oprnamespace
                    ) AS k (there, same)
                    WHERE f.conrelid = c.oid AND f.contype = 'f' AND NOT f.condeferrable
                        AND NOT f.conkey && w.unknown AND (f.confrelid <> c.oid OR NOT f.confkey && w.unknown)
                        AND f.confrelid <> ALL (r.changed) AND (r.changed = '{}' OR NOT EXISTS (
                            SELECT FROM pg_inherits AS h WHERE f.confrelid IN (h.inhrelid, h.inhparent)))
                        AND to_jsonb(f) ->> 'conenforced' IS DISTINCT FROM 'false'
                        AND to_jsonb(f) ->> 'conperiod' IS DISTINCT FROM 'true'
                        AND NOT EXISTS ( -- one for each partition of the other table
                            SELECT FROM pg_constraint AS p WHERE p.oid = f.conparentid AND p.conrelid = f.conrelid)
                ), '0')
                -- against the columns' types, NOT NULL and the CHECKs
                ELSE concat('pg_catalog.count(*) FILTER (WHERE ', concat_ws(' OR ', 'FALSE', w.empty, w.longer, (
                    SELECT string_agg(format('NOT (%s)', pg_get_expr(k.conbin, k.conrelid)), ' OR ')
                    FROM pg_constraint AS k
                    WHERE k.conrelid = c.oid AND k.contype = 'c' AND k.conkey && w.new AND NOT k.conkey && w.unknown
                        AND to_jsonb(k) ->> 'conenforced' IS DISTINCT FROM 'false'
                )), ')', w.evaluated, ' FROM written')
            END)
            INTO query
            FROM pg_class AS c
            CROSS JOIN LATERAL (
                SELECT
                    string_agg(format('%s AS %I', v.value, a.attname), ', ' ORDER BY a.attnum)
                        FILTER (WHERE v.value <> '') AS columns,
                    coalesce(array_agg(a.attnum) FILTER (WHERE v.value <> '' AND v.new), '{}') AS new,
                    coalesce(array_agg(a.attnum) FILTER (WHERE v.value IS NULL), '{}') AS unknown,
                    string_agg(format('%I IS NULL', a.attname), ' OR ')
                        FILTER (WHERE v.value <> '' AND v.new AND a.attnotnull) AS empty,
                    string_agg(format('pg_catalog.char_length(pg_catalog.rtrim(%I::pg_catalog.text)) OPERATOR(pg_catalog.>) %s',
                        a.attname, a.atttypmod - 4), ' OR ')
                        FILTER (WHERE g.value <> '' AND a.atttypmod > 0 AND a.atttypid IN (1042, 1043)) AS longer,
                    string_agg(format(' OPERATOR(pg_catalog.+) (0 OPERATOR(pg_catalog.*) pg_catalog.count(%I))', a.attname), '')
                        FILTER (WHERE v.value <> '' AND v.new) AS evaluated
                FROM pg_attribute AS a
                JOIN pg_type AS t ON t.oid = a.atttypid
                LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                CROSS JOIN LATERAL (
                    SELECT
                        CASE WHEN r.values IS NOT NULL THEN r.values ->> a.attname::text ELSE (
                            SELECT format('given.c%s', u.n)
                            FROM (SELECT CASE
                                WHEN r.detail ? 'columns' THEN (
                                    SELECT e.place FROM jsonb_array_elements_text(r.detail -> 'columns') WITH ORDINALITY AS e (name, place)
                                    WHERE e.name = a.attname)
                                ELSE (SELECT count(*) FROM pg_attribute AS b
                                    WHERE b.attrelid = c.oid AND b.attnum BETWEEN 1 AND a.attnum AND NOT b.attisdropped)
                            END) AS u (n) WHERE u.n <= (r.detail ->> 'width')::integer)
                        END,
                        format_type(a.atttypid, CASE WHEN a.atttypid IN (1042, 1043) THEN -1 ELSE a.atttypmod END)
                ) AS g (value, type)
                CROSS JOIN LATERAL (
                    SELECT CASE
                        WHEN g.value <> '' THEN format('(%s)::%s', g.value, g.type)
                        WHEN r.values IS NOT NULL THEN CASE WHEN a.attgenerated = '' THEN quote_ident(a.attname) END
                        -- what an INSERT does not give: a constant, but for what a function makes
                        WHEN a.attgenerated <> '' OR a.attidentity <> '' THEN NULL
                        WHEN d.oid IS NULL THEN CASE WHEN t.typdefault IS NULL THEN format('NULL::%s', g.type) END
                        WHEN strpos(pg_get_expr(d.adbin, d.adrelid), '(') = 0 THEN format('(%s)::%s', pg_get_expr(d.adbin, d.adrelid), g.type)
                    END, r.values IS NULL OR g.value <> ''
                ) AS v (value, new)
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            ) AS w
            WHERE c.oid = r.object AND c.relkind IN ('r', 'p') AND NOT c.relhasrules AND NOT EXISTS (
                    SELECT FROM pg_trigger AS g
                    WHERE (g.tgrelid = c.oid OR g.tgrelid IN (SELECT p.relid FROM pg_partition_tree(c.oid) AS p))
                        -- BEFORE ... FOR EACH ROW of an UPDATE, BEFORE INSERT: catalog/pg_trigger.h
                        AND NOT g.tgisinternal AND g.tgtype::integer & CASE WHEN r.values IS NULL THEN 6 ELSE 3 END = CASE WHEN r.values IS NULL THEN 6 ELSE 3 END)
                AND NOT EXISTS (
                    SELECT FROM pg_class AS s
                    WHERE s.oid = ANY (r.reads) AND (s.relkind = 'v' OR EXISTS (
                        SELECT FROM pg_inherits AS h WHERE s.oid IN (h.inhrelid, h.inhparent))));
        END IF;
        IF query <> '' THEN
            queries := queries || jsonb_build_object('item', r.item, 'query', query);
        END IF;
    END LOOP;
    PERFORM set_config('release.queries', to_jsonb(queries)::text, false);
END
$queries$;

SELECT set_config('release.answers', '[]', FALSE) AS release_answers \gset
SET statement_timeout = :'statement_timeout'; -- for each of them
SELECT $ask$
DO $do$
DECLARE
    answers constant jsonb := current_setting('release.answers');
    asked constant jsonb := current_setting('release.queries')::jsonb -> jsonb_array_length(answers);
    query constant text := asked ->> 'query';
    path constant text := (
        SELECT p.detail ->> 'path' FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, detail jsonb)
        WHERE p.kind = 'release');
    answer text;
BEGIN
    BEGIN
        PERFORM pg_catalog.set_config('search_path', path, true);
        EXECUTE query INTO answer;
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    EXCEPTION WHEN query_canceled OR OTHERS THEN
        answer := format('!%s%s', SQLSTATE, SQLERRM);
    END;
    PERFORM set_config('release.answers', (answers || jsonb_build_object('item', asked -> 'item', 'answer', answer))::text, false);
END
$do$
$ask$ AS release_asks
FROM generate_series(1, jsonb_array_length(current_setting('release.queries')::jsonb)) \gexec
SET statement_timeout = '60s';

DO $findings$
DECLARE
    found jsonb := '[]';
    r record;
BEGIN
    FOR r IN
        SELECT
            concat_ws(' ', t.subject, nullif(t.name, '')) AS title, t.detail ->> 'for' AS trouble, nullif(a.answer, '') AS answer,
            left(a.answer, 1) = '!' AS failed, substr(a.answer, 2, 5) AS state, substr(a.answer, 7) AS message,
            row_number() OVER (PARTITION BY t.subject, t.name, a.answer ORDER BY t.item) AS occasion,
            CASE WHEN t.detail ? 'fatal' THEN 'NO-GO' ELSE 'note' END AS level
        FROM jsonb_to_recordset(current_setting('release.things')::jsonb)
            AS t (kind text, subject text, name text, detail jsonb, item integer)
        JOIN jsonb_to_recordset(current_setting('release.answers')::jsonb) AS a (item integer, answer text) ON a.item = t.item
        ORDER BY t.item
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
$findings$;

-- What goes with what the scripts drop -------------------------------------------------

SET statement_timeout = :'statement_timeout';
DO $losses$
DECLARE
    progress CONSTANT integer := current_setting('release.progress')::integer;
    found jsonb := '[]';
    late boolean := FALSE;
    allowed CONSTANT boolean := current_setting('release.lose_rows', TRUE) IS NOT DISTINCT FROM 'yes';
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
            AND progress >= coalesce(d.reached, 0) AND (progress < d."left" OR d."left" IS NULL)
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
            IF late THEN
                here := 'not counted: there was no time left';
            ELSE
                BEGIN
                    IF t.stranger IS NOT NULL THEN
                    RAISE EXCEPTION '% belongs to %, and is not read: what that role wrote would run', t.relation, t.stranger;
                END IF;
                    EXECUTE format('SELECT count(*) FROM %s%s AS t WHERE %s', t.below, t.relation, t.condition) INTO answer;
                    here := format('%s %s%s', answer, t.things, t.tail);
                EXCEPTION
                    WHEN query_canceled THEN
                        late := TRUE;
                        here := format('gave up counting %s after %s', t.things, current_setting('statement_timeout'));
                    WHEN OTHERS THEN
                        answer := NULL;
                        here := format('its %s could not be counted: %s', t.things, SQLERRM);
                END;
            END IF;
            IF late OR answer IS DISTINCT FROM 0 THEN
                found := found || jsonb_build_object('level', CASE WHEN allowed THEN 'note' ELSE 'NO-GO' END, 'finding', format(
                    'upgrade.sql would drop %s: %s%s', t.title, here, CASE WHEN NOT allowed THEN
                        '; only if that may be lost, lose_rows=yes lets it run' ELSE '' END));
            END IF;
END LOOP;
    END LOOP;
    PERFORM set_config('search_path', path, TRUE);
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
        WHERE p.kind = 'rollback loses' AND progress > 0 AND 0 >= coalesce(d."from", 0) AND 0 < coalesce(d."to", p.segment)
            AND progress >= coalesce(d.reached, 0) AND (progress < d."left" OR d."left" IS NULL)
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
            IF late THEN
                here := 'not counted: there was no time left';
            ELSE
                BEGIN
                    IF t.stranger IS NOT NULL THEN
                    RAISE EXCEPTION '% belongs to %, and is not read: what that role wrote would run', t.relation, t.stranger;
                END IF;
                    EXECUTE format('SELECT count(*) FROM %s%s AS t WHERE %s', t.below, t.relation, t.condition) INTO answer;
                    here := format('%s %s%s', answer, t.things, t.tail);
                EXCEPTION
                    WHEN query_canceled THEN
                        late := TRUE;
                        here := format('gave up counting %s after %s', t.things, current_setting('statement_timeout'));
                    WHEN OTHERS THEN
                        answer := NULL;
                        here := format('its %s could not be counted: %s', t.things, SQLERRM);
                END;
            END IF;
            IF late OR answer IS DISTINCT FROM 0 THEN
                found := found || jsonb_build_object('level', 'note', 'finding', format(
                    'rollback.sql would drop %s: %s%s', t.title, here, ''));
            END IF;
END LOOP;
    END LOOP;
    PERFORM set_config('search_path', path, TRUE);
    PERFORM set_config('release.findings', (current_setting('release.findings')::jsonb || found)::text, FALSE);
END
$losses$;
SET statement_timeout = '60s';

-- Verdict -----------------------------------------------------------------------------

SELECT
    f.level,
    f.finding
FROM jsonb_to_recordset(current_setting('release.findings')::jsonb) AS f (level text, finding text)
ORDER BY array_position(ARRAY['NO-GO', 'note', 'size', 'lost'], f.level), f.finding;

SELECT
    count(*) FILTER (WHERE f.level = 'NO-GO') AS release_reasons,
    count(*) FILTER (WHERE f.level = 'NO-GO') = 0 AS release_go
FROM jsonb_to_recordset(current_setting('release.findings')::jsonb) AS f (level text, finding text) \gset

SELECT CASE
    WHEN current_setting('release.progress')::integer >= current_setting('release.last')::integer
        THEN format('GO: nothing to do, release %s is there already', p.subject)
    ELSE 'GO'
END AS release_says
FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, subject text, detail jsonb)
WHERE p.kind = 'release' \gset

ROLLBACK;

\if :release_go
\echo :release_says
\else
\echo NO-GO (:release_reasons reasons)
DO $nogo$
BEGIN
    RAISE EXCEPTION 'NO-GO: see the reasons above';
END
$nogo$;
\endif
-- <<< machinery preflight 1
