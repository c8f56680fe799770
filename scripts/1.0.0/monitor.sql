-- Release 1.0.0: monitor, for a second terminal while upgrade.sql or rollback.sql runs
--
-- RUN     psql -X -d DATABASE -f monitor.sql             once
--         psql -X -d DATABASE -v every=2 -f monitor.sql  every 2 s (\watch), until Ctrl-C
--         or in a psql of its own: \i monitor.sql, and \set every 2 before it
-- Reads only, and takes no lock but those of reading. Any role may run it; it tells what a role that is no member
-- of pg_read_all_stats cannot see. The last column has statements that end those of others: it runs none of them.

-- Data of this release ------------------------------------------------------------------------------------------------
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET "release.monitored_lock" = 'release:public.alembic_version';
SET "release.monitored_history" = 'public.release_history';

-- >>> machinery monitor 1
SET search_path = pg_catalog, pg_temp; -- so that nothing planted in another schema is called
SET default_transaction_read_only = on;
SET lock_timeout = '1s';
SET statement_timeout = '30s';
SET row_security = off; -- an error instead of a policy's functions
WITH RECURSIVE here AS (
    SELECT
        hashtext(current_setting('release.monitored_lock'))::bigint AS key,
        to_regclass(current_setting('release.monitored_history')) AS history,
        CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() ELSE pg_current_wal_lsn() END AS wal,
        -- what cannot be seen, or turns what stands beside it around
        CASE
            WHEN getdatabaseencoding() = 'UTF8'
                THEN '[[:cntrl:]\u0080-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]'
            ELSE '[[:cntrl:]]'
        END AS unseen
),

-- what may not be there is asked for by its name when this runs; read are plain tables of plain types, which call nothing
questions (about, query) AS (
    SELECT
        'history',
        format(
            'SELECT h.release, h.direction, h.segment, h.segments, h.started_at, h.finished_at '
            'FROM ONLY %s AS h ORDER BY h.id DESC LIMIT 1',
            f.history
        )
    FROM here AS f
    INNER JOIN pg_class AS c ON f.history = c.oid AND c.relkind = 'r' AND NOT c.relrowsecurity
    WHERE
        has_table_privilege(c.oid, 'SELECT')
        AND 7 = (
            SELECT count(*)
            FROM pg_attribute AS a
            INNER JOIN (
                VALUES
                ('id', 'bigint'),
                ('release', 'text'),
                ('direction', 'text'),
                ('segment', 'integer'),
                ('segments', 'integer'),
                ('started_at', 'timestamptz'),
                ('finished_at', 'timestamptz')
            ) AS w (name, type) ON a.attname = w.name AND a.atttypid = to_regtype(w.type)
            WHERE a.attrelid = c.oid AND NOT a.attisdropped AND a.attgenerated = ''
        )
    UNION ALL
    SELECT
        'copy',
        'SELECT p.pid, p.relid, p.command, p.bytes_processed, p.bytes_total, p.tuples_processed FROM pg_stat_progress_copy AS p '
        'WHERE p.datname = current_database()'
    WHERE current_setting('server_version_num')::integer >= 140000
),

answers (about, found) AS (
    SELECT
        q.about,
        j.found
    FROM questions AS q
    CROSS JOIN LATERAL jsonb_array_elements(
        convert_from(
            decode(
                substring(
                    query_to_xml(
                        'SELECT encode(convert_to(jsonb_agg(to_jsonb(r))::text, ''UTF8''), ''hex'') AS j '
                        'FROM (' || q.query || ') AS r',
                        TRUE, FALSE, ''
                    )::text FROM '<j>([0-9a-f]+)</j>'
                ),
                'hex'
            ),
            'UTF8'
        )::jsonb
    ) AS j (found)
),

-- who holds the lock that lets one release at a time run
releases AS (
    SELECT l.pid
    FROM here AS f
    INNER JOIN pg_locks AS l ON (l.classid::bigint << 32 | l.objid::bigint) = f.key
    INNER JOIN pg_database AS d ON l.database = d.oid AND d.datname = current_database()
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1
),

-- whom the release waits for, and whom these wait for
blockers (pid) AS (
    SELECT unnest(pg_blocking_pids(r.pid))
    FROM releases AS r
    UNION
    SELECT unnest(pg_blocking_pids(b.pid))
    FROM blockers AS b
    WHERE b.pid <> 0
),

waiting AS (
    SELECT
        w.pid,
        pg_blocking_pids(w.pid) AS by
    FROM (
        SELECT DISTINCT l.pid
        FROM pg_locks AS l
        WHERE NOT l.granted
    ) AS w
    WHERE w.pid NOT IN (SELECT r.pid FROM releases AS r)
),

sessions AS (
    SELECT
        a.pid,
        clock_timestamp() - coalesce(a.xact_start, a.state_change, a.backend_start) AS age,
        clock_timestamp() - a.backend_start AS connected,
        concat_ws(', ', a.usename, nullif(a.application_name, ''), coalesce(a.client_addr::text, a.backend_type)) AS who,
        a.state,
        concat_ws(
            ' ',
            a.state,
            '(waits: ' || nullif(a.wait_event_type, 'Client') || ' ' || a.wait_event || ')',
            'for ' || date_trunc(
                'second', clock_timestamp() - CASE WHEN a.state = 'active' THEN a.query_start ELSE a.state_change END
            ) || ':',
            left(a.query, 300)
        ) AS doing
    FROM pg_stat_activity AS a
),

progress (pid, doing) AS (
    SELECT
        p.pid,
        concat_ws(
            ' ',
            p.command,
            nullif(p.index_relid, 0)::regclass,
            'ON ' || p.relid::regclass || ':',
            coalesce(p.phase, 'not to be seen'),
            CASE
                WHEN p.blocks_total > 0
                    THEN format('%s%% of %s blocks', 100 * p.blocks_done / p.blocks_total, p.blocks_total)
            END,
            CASE
                WHEN p.tuples_total > 0
                    THEN format('%s%% of %s rows', 100 * p.tuples_done / p.tuples_total, p.tuples_total)
            END,
            CASE
                WHEN p.partitions_total > 0
                    THEN format('partition %s of %s', p.partitions_done + 1, p.partitions_total)
            END,
            CASE
                WHEN p.lockers_total > p.lockers_done THEN format(
                    '(%s of %s transactions are over, now waiting for process %s)',
                    p.lockers_done, p.lockers_total, p.current_locker_pid
                )
            END
        )
    FROM pg_stat_progress_create_index AS p
    WHERE p.datname = current_database()
    UNION ALL
    SELECT
        p.pid,
        concat_ws(
            ' ',
            p.command,
            p.relid::regclass || ':',
            coalesce(p.phase, 'not to be seen'),
            CASE
                WHEN p.heap_blks_total > 0
                    THEN format('%s%% of %s blocks', 100 * p.heap_blks_scanned / p.heap_blks_total, p.heap_blks_total)
            END,
            p.heap_tuples_written || ' rows written'
        )
    FROM pg_stat_progress_cluster AS p
    WHERE p.datname = current_database()
    UNION ALL
    SELECT
        p.pid,
        concat_ws(
            ' ',
            'VACUUM',
            p.relid::regclass || ':',
            coalesce(p.phase, 'not to be seen'),
            CASE
                WHEN p.heap_blks_total > 0
                    THEN format('%s%% of %s blocks', 100 * p.heap_blks_scanned / p.heap_blks_total, p.heap_blks_total)
            END
        )
    FROM pg_stat_progress_vacuum AS p
    WHERE p.datname = current_database()
    UNION ALL
    SELECT
        p.pid,
        concat_ws(
            ' ',
            'ANALYZE',
            p.relid::regclass || ':',
            coalesce(p.phase, 'not to be seen'),
            CASE
                WHEN p.sample_blks_total > 0
                    THEN format('%s%% of %s blocks', 100 * p.sample_blks_scanned / p.sample_blks_total, p.sample_blks_total)
            END
        )
    FROM pg_stat_progress_analyze AS p
    WHERE p.datname = current_database()
    UNION ALL
    SELECT
        (a.found ->> 'pid')::integer,
        concat_ws(
            ' ',
            a.found ->> 'command',
            nullif((a.found ->> 'relid')::oid, 0)::regclass || ':',
            pg_size_pretty((a.found ->> 'bytes_processed')::bigint),
            'of ' || pg_size_pretty(nullif((a.found ->> 'bytes_total')::bigint, 0)),
            '(' || (a.found ->> 'tuples_processed') || ' rows)'
        )
    FROM answers AS a
    WHERE a.about = 'copy'
),

seen (part, what, process, age, who, detail, to_end_it) AS (
    SELECT
        1,
        'release',
        s.pid,
        s.age,
        s.who,
        concat_ws(' ', 'connected for ' || date_trunc('second', s.connected) || ';', s.doing),
        format('SELECT pg_cancel_backend(%s);', s.pid)
    FROM releases AS r
    INNER JOIN sessions AS s ON r.pid = s.pid
    UNION ALL
    SELECT
        1,
        'release',
        NULL,
        NULL,
        NULL,
        'none is running in database ' || current_database(),
        NULL
    WHERE NOT EXISTS (SELECT 1 FROM releases)
    UNION ALL
    SELECT
        2,
        'segment',
        NULL,
        clock_timestamp() - coalesce(h.finished_at, h.started_at),
        NULL,
        CASE
            WHEN h.finished_at IS NULL
                THEN format('%s %s: segment %s of %s was begun', h.release, h.direction, h.segment, h.segments)
            WHEN h.segment >= h.segments
                THEN format('%s %s: done', h.release, h.direction)
                || CASE WHEN EXISTS (SELECT 1 FROM releases) THEN '; what runs now has finished no segment yet' ELSE '' END
            ELSE format(
                '%s %s: segment %s of %s is %s', h.release, h.direction, h.segment + 1, h.segments,
                CASE WHEN EXISTS (SELECT 1 FROM releases) THEN 'on its way' ELSE 'still to be done' END
            )
        END,
        NULL
    FROM answers AS a
    CROSS JOIN LATERAL jsonb_to_record(a.found) AS h (
        release text, direction text, segment integer, segments integer, started_at timestamptz, finished_at timestamptz
    )
    WHERE a.about = 'history'
    UNION ALL
    SELECT
        2,
        'segment',
        NULL,
        NULL,
        NULL,
        'no history yet, or none that this role may read: ' || current_setting('release.monitored_history'),
        NULL
    WHERE 'history' NOT IN (SELECT a.about FROM answers AS a)
    UNION ALL
    SELECT
        3,
        'progress',
        p.pid,
        s.age,
        CASE WHEN p.pid IN (SELECT r.pid FROM releases AS r) THEN 'the release' ELSE s.who END,
        p.doing,
        NULL
    FROM progress AS p
    LEFT JOIN sessions AS s ON p.pid = s.pid
    UNION ALL
    SELECT
        4,
        'in its way',
        nullif(b.pid, 0),
        s.age,
        s.who,
        CASE WHEN b.pid = 0 THEN 'a prepared transaction: SELECT * FROM pg_prepared_xacts' ELSE s.doing END,
        CASE
            WHEN b.pid = 0 THEN 'ROLLBACK PREPARED ''gid'';'
            WHEN s.state = 'active' THEN format('SELECT pg_cancel_backend(%s);', b.pid)
            ELSE format('SELECT pg_terminate_backend(%s);', b.pid)
        END
    FROM blockers AS b
    LEFT JOIN sessions AS s ON b.pid = s.pid
    UNION ALL
    SELECT
        5,
        'waits',
        w.pid,
        s.age,
        s.who,
        concat_ws(' ', 'for process', array_to_string(w.by, ', ') || ';', s.doing),
        NULL
    FROM waiting AS w
    LEFT JOIN sessions AS s ON w.pid = s.pid
    WHERE w.by <> '{}'
    UNION ALL
    SELECT
        6,
        'standby',
        s.pid,
        s.replay_lag,
        concat_ws(', ', s.usename, s.application_name, s.client_addr::text),
        concat_ws(
            ', ',
            coalesce(s.state, 'not to be seen'),
            s.sync_state,
            'replay is ' || pg_size_pretty(pg_wal_lsn_diff(f.wal, s.replay_lsn)) || ' behind'
        ),
        NULL
    FROM pg_stat_replication AS s
    CROSS JOIN here AS f
    UNION ALL
    SELECT
        7,
        'slot',
        s.active_pid,
        NULL,
        s.slot_name,
        concat_ws(
            ', ',
            s.slot_type,
            CASE WHEN s.active THEN 'active' ELSE 'not active' END,
            'keeps ' || pg_size_pretty(pg_wal_lsn_diff(f.wal, s.restart_lsn)) || ' of WAL',
            s.wal_status,
            pg_size_pretty(s.safe_wal_size) || ' more until it is lost'
        ),
        NULL
    FROM pg_replication_slots AS s
    CROSS JOIN here AS f
    UNION ALL
    SELECT
        8,
        'note',
        NULL,
        NULL,
        current_user,
        'no member of pg_read_all_stats: what other roles do, and how far, is not to be seen',
        NULL
    WHERE NOT pg_has_role('pg_read_all_stats', 'USAGE')
    UNION ALL
    SELECT
        8,
        'note',
        NULL,
        NULL,
        NULL,
        'this server is a standby: a release runs on its primary',
        NULL
    WHERE pg_is_in_recovery()
)

SELECT
    s.what,
    s.process,
    date_trunc('second', s.age) AS age,
    regexp_replace(s.who, f.unseen, '?', 'g') AS who,
    regexp_replace(s.detail, f.unseen, '?', 'g') AS detail,
    s.to_end_it
FROM seen AS s
CROSS JOIN here AS f
ORDER BY s.part ASC, s.age DESC, s.process ASC;
-- <<< machinery monitor 1
\if :{?every}
\watch :every
\endif
