-- Every object of this database that is not an extension's, as sorted lines of text: kind, object, part, definition,
-- separated by tabs. For PostgreSQL 13 to 18, read-only:  psql -X -At -d DATABASE -f catalog.sql
-- (with many tables, PGOPTIONS='-c jit=off' spares the time to compile it)
-- Tab, newline, carriage return and backslash in names and definitions are written \t, \n, \r and \\.
-- Left out: the system's schemas, what belongs to an extension (the extension has a line of its own), values that
-- change in daily use (a sequence's last value, statistics of rows), and roles, which are no part of a database.
WITH settings AS MATERIALIZED (
    -- until the end of the statement (or of the transaction around it), so that all names are qualified and all
    -- constants are written in one way
    SELECT
        set_config('search_path', 'pg_catalog', true) AS search_path,
        set_config('datestyle', 'ISO, YMD', true) AS datestyle,
        set_config('intervalstyle', 'postgres', true) AS intervalstyle,
        set_config('timezone', 'UTC', true) AS timezone,
        set_config('bytea_output', 'hex', true) AS bytea_output,
        set_config('quote_all_identifiers', 'off', true) AS quoting
),

members AS MATERIALIZED (
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend AS d CROSS JOIN settings WHERE d.deptype = 'e'
),

spaces AS MATERIALIZED (
    SELECT n.oid, quote_ident(n.nspname) AS name, n.nspowner, n.nspacl
    FROM pg_catalog.pg_namespace AS n CROSS JOIN settings
    WHERE n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
),

own_spaces AS MATERIALIZED (
    SELECT s.* FROM spaces AS s
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_namespace'::regclass AND m.objid = s.oid)
),

relations AS MATERIALIZED (
    SELECT c.*, s.name || '.' || quote_ident(c.relname) AS name, to_jsonb(c) AS fields
    FROM pg_catalog.pg_class AS c
    INNER JOIN spaces AS s ON s.oid = c.relnamespace
    WHERE
        c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'c')
        AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
        AND NOT EXISTS (
            SELECT FROM members AS m WHERE c.relkind = 'c' AND m.classid = 'pg_type'::regclass AND m.objid = c.reltype)
        -- a sequence that a column of an extension's table owns
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            INNER JOIN members AS m ON m.classid = d.refclassid AND m.objid = d.refobjid
            WHERE c.relkind = 'S' AND d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i'))
),

tables AS MATERIALIZED (SELECT * FROM relations WHERE relkind NOT IN ('S', 'c')),

functions AS MATERIALIZED (
    SELECT
        p.*,
        s.name || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS name
    FROM pg_catalog.pg_proc AS p
    INNER JOIN spaces AS s ON s.oid = p.pronamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)
),

types AS MATERIALIZED (
    SELECT t.*, s.name || '.' || quote_ident(t.typname) AS name
    FROM pg_catalog.pg_type AS t
    INNER JOIN spaces AS s ON s.oid = t.typnamespace
    LEFT JOIN pg_catalog.pg_class AS c ON c.oid = t.typrelid
    WHERE
        (t.typrelid = 0 OR c.relkind = 'c')
        AND t.typtype IN ('b', 'c', 'd', 'e', 'r', 'p')
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_type AS e WHERE e.typarray = t.oid)
        AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid)
),

columns AS MATERIALIZED (
    SELECT
        a.*, c.name AS relation, c.relkind, quote_ident(a.attname) AS name, to_jsonb(a) AS fields,
        row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS place
    FROM pg_catalog.pg_attribute AS a
    INNER JOIN relations AS c ON c.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S'
),

lines (kind, object, part, definition) AS (
    SELECT 'schema', s.name, '', '' FROM own_spaces AS s

    UNION ALL
    SELECT 'extension', quote_ident(e.extname), '', concat_ws(' ', e.extversion, 'in', s.nspname)
    FROM pg_catalog.pg_extension AS e
    INNER JOIN pg_catalog.pg_namespace AS s ON s.oid = e.extnamespace
    CROSS JOIN settings

    UNION ALL
    SELECT
        CASE c.relkind
            WHEN 'r' THEN 'table' WHEN 'p' THEN 'table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
            ELSE 'foreign table'
        END,
        c.name, '',
        concat_ws(
            ' ',
            CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END,
            CASE WHEN c.relkind = 'p' THEN 'PARTITION BY ' || pg_get_partkeydef(c.oid) END,
            CASE WHEN c.reloftype <> 0 THEN 'OF ' || format_type(c.reloftype, NULL) END,
            (
                SELECT
                    CASE WHEN c.relispartition THEN 'PARTITION OF ' ELSE 'INHERITS ' END
                    || string_agg(i.inhparent::regclass::text, ', ' ORDER BY i.inhseqno)
                FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid
            ),
            pg_get_expr(c.relpartbound, c.oid),
            'USING ' || (SELECT m.amname FROM pg_catalog.pg_am AS m WHERE m.oid = c.relam AND m.amname <> 'heap'),
            'WITH (' || array_to_string(c.reloptions, ', ') || ')',
            'TABLESPACE ' || (SELECT t.spcname FROM pg_catalog.pg_tablespace AS t WHERE t.oid = c.reltablespace),
            CASE WHEN c.relrowsecurity THEN 'ROW SECURITY' END,
            CASE WHEN c.relforcerowsecurity THEN 'FORCE ROW SECURITY' END,
            CASE c.relreplident WHEN 'f' THEN 'REPLICA IDENTITY FULL' WHEN 'n' THEN
                CASE WHEN c.relkind IN ('r', 'p') THEN 'REPLICA IDENTITY NOTHING' END END,
            CASE WHEN c.relkind = 'm' AND NOT c.relispopulated THEN 'WITH NO DATA' END,
            (
                SELECT 'SERVER ' || v.srvname || ' OPTIONS ' || coalesce(f.ftoptions::text, '')
                FROM pg_catalog.pg_foreign_table AS f
                INNER JOIN pg_catalog.pg_foreign_server AS v ON v.oid = f.ftserver WHERE f.ftrelid = c.oid
            ),
            CASE WHEN c.relkind IN ('v', 'm') THEN 'AS ' || pg_get_viewdef(c.oid) END
        )
    FROM tables AS c

    UNION ALL
    SELECT
        CASE a.relkind WHEN 'c' THEN 'attribute' ELSE 'column' END, a.relation, a.name,
        concat_ws(
            ' ',
            format_type(a.atttypid, a.atttypmod),
            (
                SELECT 'COLLATE ' || a.attcollation::regcollation::text
                FROM pg_catalog.pg_type AS t WHERE t.oid = a.atttypid AND t.typcollation <> a.attcollation
            ),
            CASE WHEN a.attnotnull THEN 'NOT NULL' END,
            CASE a.attidentity
                WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY' WHEN 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY'
            END,
            CASE WHEN a.attgenerated <> '' THEN 'GENERATED ALWAYS AS (' ELSE 'DEFAULT ' END
            || pg_get_expr(d.adbin, d.adrelid)
            || CASE a.attgenerated WHEN 's' THEN ') STORED' WHEN 'v' THEN ') VIRTUAL' ELSE '' END,
            (
                SELECT 'STORAGE ' || a.attstorage::text
                FROM pg_catalog.pg_type AS t WHERE t.oid = a.atttypid AND t.typstorage <> a.attstorage
            ),
            'COMPRESSION ' || nullif(a.fields ->> 'attcompression', ''),
            'STATISTICS ' || nullif(a.fields ->> 'attstattarget', '-1'),
            'WITH (' || array_to_string(a.attoptions, ', ') || ')',
            'OPTIONS ' || a.attfdwoptions::text,
            CASE WHEN a.attinhcount > 0 THEN CASE WHEN a.attislocal THEN 'INHERITED AND LOCAL' ELSE 'INHERITED' END END
        )
    FROM columns AS a
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum

    UNION ALL
    SELECT 'column order', a.relation, '', string_agg(a.name, ', ' ORDER BY a.place)
    FROM columns AS a GROUP BY a.relation

    UNION ALL
    -- PostgreSQL 18 keeps NOT NULL as a constraint too; the column's line tells of it, save what only a constraint has
    SELECT
        'constraint', c.name, quote_ident(k.conname),
        concat_ws(
            ' ', pg_get_constraintdef(k.oid),
            CASE WHEN k.coninhcount > 0 THEN CASE WHEN k.conislocal THEN 'INHERITED AND LOCAL' ELSE 'INHERITED' END END
        )
    FROM pg_catalog.pg_constraint AS k
    INNER JOIN tables AS c ON c.oid = k.conrelid
    WHERE (k.contype <> 'n' OR NOT k.convalidated OR k.connoinherit) AND k.contype <> 't'

    UNION ALL
    SELECT
        'index', c.name, quote_ident(x.relname),
        concat_ws(
            ' ', pg_get_indexdef(i.indexrelid),
            CASE WHEN NOT i.indisvalid THEN 'INVALID' END,
            CASE WHEN NOT i.indisready THEN 'NOT READY' END,
            CASE WHEN i.indisclustered THEN 'CLUSTERED' END,
            CASE WHEN i.indisreplident THEN 'REPLICA IDENTITY' END,
            'TABLESPACE ' || (SELECT t.spcname FROM pg_catalog.pg_tablespace AS t WHERE t.oid = x.reltablespace),
            (
                SELECT 'STATISTICS ' || string_agg(
                    a.attnum || ' ' || (to_jsonb(a) ->> 'attstattarget'), ', ' ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute AS a
                WHERE a.attrelid = x.oid AND coalesce((to_jsonb(a) ->> 'attstattarget')::integer, -1) <> -1
            ),
            (SELECT 'PARTITION OF ' || h.inhparent::regclass::text
            FROM pg_catalog.pg_inherits AS h WHERE h.inhrelid = x.oid)
        )
    FROM pg_catalog.pg_index AS i
    INNER JOIN tables AS c ON c.oid = i.indrelid
    INNER JOIN pg_catalog.pg_class AS x ON x.oid = i.indexrelid

    UNION ALL
    SELECT
        'sequence', coalesce(o.name, c.name), CASE WHEN o.name IS NULL THEN '' ELSE c.name END,
        concat_ws(
            ' ', format_type(q.seqtypid, NULL), 'START', q.seqstart, 'INCREMENT', q.seqincrement, 'MIN', q.seqmin,
            'MAX', q.seqmax, 'CACHE', q.seqcache, CASE WHEN q.seqcycle THEN 'CYCLE' END,
            CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED' END,
            'OWNED BY ' || quote_ident(a.attname)
        )
    FROM pg_catalog.pg_sequence AS q
    INNER JOIN relations AS c ON c.oid = q.seqrelid
    LEFT JOIN pg_catalog.pg_depend AS d
        ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.objsubid = 0
        AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0
    LEFT JOIN tables AS o ON o.oid = d.refobjid
    LEFT JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid

    UNION ALL
    SELECT CASE p.prokind WHEN 'p' THEN 'procedure' ELSE 'function' END, p.name, '', pg_get_functiondef(p.oid)
    FROM functions AS p WHERE p.prokind <> 'a'

    UNION ALL
    SELECT 'aggregate', p.name, '', (to_jsonb(g) - '{aggfnoid,aggtranstype,aggmtranstype}'::text[])::text
        || ' ' || format_type(g.aggtranstype, NULL) || ' -> ' || format_type(p.prorettype, NULL)
    FROM functions AS p INNER JOIN pg_catalog.pg_aggregate AS g ON g.aggfnoid = p.oid

    UNION ALL
    SELECT
        'trigger', c.name, quote_ident(t.tgname),
        pg_get_triggerdef(t.oid) || CASE t.tgenabled
            WHEN 'D' THEN ' DISABLED' WHEN 'R' THEN ' ENABLED REPLICA' WHEN 'A' THEN ' ENABLED ALWAYS' ELSE '' END
    FROM pg_catalog.pg_trigger AS t
    INNER JOIN tables AS c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal

    UNION ALL
    -- a foreign key that was switched off by ALTER TABLE … DISABLE TRIGGER ALL
    SELECT 'disabled constraint trigger', c.name, quote_ident(k.conname), t.tgfoid::regproc || ' ' || t.tgenabled::text
    FROM pg_catalog.pg_trigger AS t
    INNER JOIN tables AS c ON c.oid = t.tgrelid
    INNER JOIN pg_catalog.pg_constraint AS k ON k.oid = t.tgconstraint
    WHERE t.tgisinternal AND t.tgenabled <> 'O'

    UNION ALL
    SELECT
        CASE t.typtype WHEN 'd' THEN 'domain' ELSE 'type' END, t.name, '',
        CASE t.typtype
            WHEN 'e' THEN 'ENUM (' || coalesce((
                SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = t.oid), '') || ')'
            WHEN 'd' THEN concat_ws(
                ' ', format_type(t.typbasetype, t.typtypmod),
                (
                    SELECT 'COLLATE ' || t.typcollation::regcollation::text
                    FROM pg_catalog.pg_type AS b WHERE b.oid = t.typbasetype AND b.typcollation <> t.typcollation
                ),
                CASE WHEN t.typnotnull THEN 'NOT NULL' END, 'DEFAULT ' || t.typdefault)
            WHEN 'c' THEN 'COMPOSITE'
            WHEN 'r' THEN (
                SELECT concat_ws(
                    ' ', 'RANGE OF', format_type(r.rngsubtype, NULL),
                    'COLLATE ' || nullif(r.rngcollation, 0)::regcollation::text,
                    'OPCLASS ' || (SELECT o.opcname FROM pg_catalog.pg_opclass AS o WHERE o.oid = r.rngsubopc),
                    'CANONICAL ' || nullif(r.rngcanonical, 0)::regproc::text,
                    'DIFF ' || nullif(r.rngsubdiff, 0)::regproc::text)
                FROM pg_catalog.pg_range AS r WHERE r.rngtypid = t.oid)
            WHEN 'p' THEN 'SHELL'
            ELSE concat_ws(
                ' ', 'INPUT', t.typinput, 'OUTPUT', t.typoutput, 'LENGTH', t.typlen, 'CATEGORY', t.typcategory,
                'STORAGE', t.typstorage)
        END
    FROM types AS t

    UNION ALL
    SELECT 'domain constraint', t.name, quote_ident(k.conname), pg_get_constraintdef(k.oid)
    FROM pg_catalog.pg_constraint AS k INNER JOIN types AS t ON t.oid = k.contypid WHERE k.contype <> 'n'

    UNION ALL
    SELECT
        'policy', c.name, quote_ident(p.polname),
        concat_ws(
            ' ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, 'FOR', p.polcmd::text, 'TO',
            (
                SELECT string_agg(CASE r.role WHEN 0 THEN 'public' ELSE pg_get_userbyid(r.role)::text END, ', ')
                FROM unnest(p.polroles) AS r (role)
            ),
            'USING ' || pg_get_expr(p.polqual, p.polrelid), 'WITH CHECK ' || pg_get_expr(p.polwithcheck, p.polrelid)
        )
    FROM pg_catalog.pg_policy AS p INNER JOIN tables AS c ON c.oid = p.polrelid

    UNION ALL
    SELECT
        'rule', c.name, quote_ident(r.rulename),
        pg_get_ruledef(r.oid) || CASE r.ev_enabled WHEN 'O' THEN '' ELSE ' ENABLED ' || r.ev_enabled::text END
    FROM pg_catalog.pg_rewrite AS r INNER JOIN tables AS c ON c.oid = r.ev_class
    WHERE r.rulename <> '_RETURN'

    UNION ALL
    SELECT
        'statistics', c.name, quote_ident(s.nspname) || '.' || quote_ident(x.stxname),
        concat_ws(' ', pg_get_statisticsobjdef(x.oid), 'STATISTICS ' || nullif(to_jsonb(x) ->> 'stxstattarget', '-1'))
    FROM pg_catalog.pg_statistic_ext AS x
    INNER JOIN tables AS c ON c.oid = x.stxrelid
    INNER JOIN pg_catalog.pg_namespace AS s ON s.oid = x.stxnamespace

    UNION ALL
    SELECT
        'operator', i.identity, '',
        concat_ws(
            ' ', o.oprcode, '->', format_type(o.oprresult, NULL),
            'COMMUTATOR ' || nullif(o.oprcom, 0)::regoperator::text,
            'NEGATOR ' || nullif(o.oprnegate, 0)::regoperator::text,
            'RESTRICT ' || nullif(o.oprrest, 0)::regproc::text, 'JOIN ' || nullif(o.oprjoin, 0)::regproc::text,
            CASE WHEN o.oprcanhash THEN 'HASHES' END, CASE WHEN o.oprcanmerge THEN 'MERGES' END
        )
    FROM pg_catalog.pg_operator AS o
    INNER JOIN spaces AS s ON s.oid = o.oprnamespace
    CROSS JOIN LATERAL pg_identify_object('pg_operator'::regclass, o.oid, 0) AS i
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_operator'::regclass AND m.objid = o.oid)

    UNION ALL
    SELECT
        'operator class', i.identity, '',
        concat_ws(' ', format_type(o.opcintype, NULL), CASE WHEN o.opcdefault THEN 'DEFAULT' END)
    FROM pg_catalog.pg_opclass AS o
    INNER JOIN spaces AS s ON s.oid = o.opcnamespace
    CROSS JOIN LATERAL pg_identify_object('pg_opclass'::regclass, o.oid, 0) AS i
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_opclass'::regclass AND m.objid = o.oid)

    UNION ALL
    SELECT 'cast', i.identity, '', concat_ws(' ', k.castcontext, k.castmethod, nullif(k.castfunc, 0)::regprocedure)
    FROM pg_catalog.pg_cast AS k
    CROSS JOIN settings
    CROSS JOIN LATERAL pg_identify_object('pg_cast'::regclass, k.oid, 0) AS i
    WHERE
        k.oid >= 16384 -- FirstNormalObjectId: what initdb made is below
        AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_cast'::regclass AND m.objid = k.oid)

    UNION ALL
    SELECT
        'collation', s.name || '.' || quote_ident(o.collname), '',
        (to_jsonb(o) - '{oid,collname,collnamespace,collowner,collversion}'::text[])::text
    FROM pg_catalog.pg_collation AS o
    INNER JOIN spaces AS s ON s.oid = o.collnamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_collation'::regclass AND m.objid = o.oid)

    UNION ALL
    SELECT
        'text search configuration', s.name || '.' || quote_ident(t.cfgname), '',
        (SELECT string_agg(concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict::regdictionary), ', '
            ORDER BY m.maptokentype, m.mapseqno) FROM pg_catalog.pg_ts_config_map AS m WHERE m.mapcfg = t.oid)
    FROM pg_catalog.pg_ts_config AS t
    INNER JOIN spaces AS s ON s.oid = t.cfgnamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_ts_config'::regclass AND m.objid = t.oid)

    UNION ALL
    SELECT 'text search dictionary', s.name || '.' || quote_ident(t.dictname), '', t.dictinitoption
    FROM pg_catalog.pg_ts_dict AS t
    INNER JOIN spaces AS s ON s.oid = t.dictnamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_ts_dict'::regclass AND m.objid = t.oid)

    UNION ALL
    SELECT 'event trigger', quote_ident(e.evtname), '',
        concat_ws(' ', e.evtevent, e.evttags, e.evtfoid::regprocedure, e.evtenabled)
    FROM pg_catalog.pg_event_trigger AS e CROSS JOIN settings
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_event_trigger'::regclass AND m.objid = e.oid)

    UNION ALL
    SELECT 'foreign server', quote_ident(v.srvname), '',
        concat_ws(' ', v.srvtype, v.srvversion, v.srvoptions, (
            SELECT w.fdwname FROM pg_catalog.pg_foreign_data_wrapper AS w WHERE w.oid = v.srvfdw))
    FROM pg_catalog.pg_foreign_server AS v CROSS JOIN settings
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_foreign_server'::regclass AND m.objid = v.oid)

    UNION ALL
    SELECT 'publication', quote_ident(p.pubname), '', (to_jsonb(p) - '{oid,pubname,pubowner}'::text[])::text
    FROM pg_catalog.pg_publication AS p CROSS JOIN settings

    UNION ALL
    SELECT 'publication member', c.name, quote_ident(p.pubname), ''
    FROM pg_catalog.pg_publication_rel AS r
    INNER JOIN pg_catalog.pg_publication AS p ON p.oid = r.prpubid
    INNER JOIN tables AS c ON c.oid = r.prrelid

    UNION ALL
    -- of a table's own things the table is named first, so that all lines of a table can be told
    SELECT
        'comment', coalesce(c.name, o.name, i.identity),
        CASE WHEN o.name IS NOT NULL OR d.objsubid <> 0 OR c.name IS NULL THEN i.type || ' ' || i.identity ELSE '' END,
        d.description
    FROM pg_catalog.pg_description AS d
    CROSS JOIN settings
    LEFT JOIN pg_catalog.pg_namespace AS n ON d.classoid = 'pg_namespace'::regclass AND n.oid = d.objoid
    LEFT JOIN relations AS c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
    LEFT JOIN LATERAL (
        SELECT t.name FROM pg_catalog.pg_constraint AS k INNER JOIN tables AS t ON t.oid = k.conrelid
        WHERE d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid
        UNION ALL
        SELECT t.name FROM pg_catalog.pg_index AS x INNER JOIN tables AS t ON t.oid = x.indrelid
        WHERE d.classoid = 'pg_class'::regclass AND x.indexrelid = d.objoid
        UNION ALL
        SELECT t.name FROM pg_catalog.pg_trigger AS g INNER JOIN tables AS t ON t.oid = g.tgrelid
        WHERE d.classoid = 'pg_trigger'::regclass AND g.oid = d.objoid
        UNION ALL
        SELECT t.name FROM pg_catalog.pg_policy AS p INNER JOIN tables AS t ON t.oid = p.polrelid
        WHERE d.classoid = 'pg_policy'::regclass AND p.oid = d.objoid
        UNION ALL
        SELECT t.name FROM pg_catalog.pg_rewrite AS r INNER JOIN tables AS t ON t.oid = r.ev_class
        WHERE d.classoid = 'pg_rewrite'::regclass AND r.oid = d.objoid
    ) AS o ON true
    CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) AS i
    WHERE
        d.objoid >= 16384
        AND d.classoid <> 'pg_extension'::regclass -- the extension's own words
        AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = d.classoid AND m.objid = d.objoid)
        AND (d.classoid <> 'pg_class'::regclass OR c.oid IS NOT NULL OR o.name IS NOT NULL)

    UNION ALL
    SELECT 'comment', n.name, 'schema', d.description
    FROM spaces AS n
    INNER JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_namespace'::regclass AND d.objoid = n.oid
    WHERE n.oid < 16384 AND d.description <> 'standard public schema'

    UNION ALL
    -- owners and grants
    SELECT 'owner', o.name, o.part, pg_get_userbyid(o.owner)
    FROM (
        SELECT c.name, '' AS part, c.relowner AS owner FROM relations AS c WHERE c.relkind <> 'c'
        UNION ALL SELECT p.name, '', p.proowner FROM functions AS p
        UNION ALL SELECT t.name, '', t.typowner FROM types AS t
        UNION ALL SELECT s.name, 'schema', s.nspowner FROM own_spaces AS s WHERE s.oid >= 16384
    ) AS o

    UNION ALL
    SELECT
        'grant', o.name, concat_ws(' ', nullif(o.part, ''), 'TO', CASE g.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(g.grantee)
        END, 'BY', pg_get_userbyid(g.grantor)),
        string_agg(
            g.privilege_type || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', '
            ORDER BY g.privilege_type)
    FROM (
        SELECT c.name, '' AS part, c.relacl AS acl FROM relations AS c
        UNION ALL SELECT a.relation, a.name, a.attacl FROM columns AS a
        UNION ALL SELECT p.name, '', p.proacl FROM functions AS p
        UNION ALL SELECT t.name, '', t.typacl FROM types AS t
        UNION ALL SELECT s.name, 'schema', s.nspacl FROM own_spaces AS s WHERE s.oid >= 16384
    ) AS o
    CROSS JOIN LATERAL aclexplode(o.acl) AS g
    GROUP BY 1, 2, 3

    UNION ALL
    SELECT
        'default privileges', pg_get_userbyid(a.defaclrole), concat_ws(' ', a.defaclobjtype, 'IN ' || (
            SELECT n.nspname FROM pg_catalog.pg_namespace AS n WHERE n.oid = a.defaclnamespace)),
        a.defaclacl::text
    FROM pg_catalog.pg_default_acl AS a CROSS JOIN settings
)

SELECT
    translate_line.line
FROM lines AS l
CROSS JOIN LATERAL (
    SELECT string_agg(
        replace(replace(replace(replace(coalesce(f.field, ''), E'\\', E'\\\\'), E'\t', E'\\t'), E'\n', E'\\n'),
            E'\r', E'\\r'),
        E'\t' ORDER BY f.number) AS line
    FROM unnest(ARRAY[l.kind, l.object, l.part, l.definition]) WITH ORDINALITY AS f (field, number)
) AS translate_line
ORDER BY translate_line.line COLLATE "C";
