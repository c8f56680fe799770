-- =====================================================================================
-- Release 1.0.0: verify
-- =====================================================================================
-- Title         Initial schema
-- Revisions     base -> 002
-- Plan          281ad37afaa7 (as in upgrade.sql)
--
-- RUN           psql -X -d DATABASE -f verify.sql > verify-1.0.0.log 2>&1; echo "exit $?"
--               after upgrade.sql; after rollback.sql with -v direction=rollback, which asserts the
--               starting state
--               Changes nothing: one READ ONLY transaction. Compares the version rows, and every
--               object that the release creates, changes or drops, with the catalog: a line each,
--               PASS or FAIL. Exit 0 when all pass, 3 when one fails.
--               Not compared: rows, the expressions of checks, indexes, views and policies, and
--               defaults that are more than a plain value.
-- CONTENTS      machinery (settings), the data of this release, machinery again: this is the same
--               in every release, and checked once by
--               sed -n '/^-- >>> machinery/,/^-- <<< machinery/p' verify.sql | sha256sum
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

-- Data of this release: the version rows that are to be there, and each object with what must be true of it

SELECT length(set_config('release.plan', jsonb_agg(to_jsonb(p))::text, FALSE)) AS release_data
FROM (VALUES
    ('kind'::text, 0 /* segment */, 'subject'::text, 'name'::text, NULL::jsonb /* detail */),
    ('release', 0, '1.0.0', 'upgrade', '{"plan": "281ad37afaa7", "path": "public, pg_temp",
        "version_table": "public.alembic_version"}'),
    ('revision', 0, '002', 'upgrade', NULL), ('revision', 0, 'base', 'rollback', NULL),
    ('after upgrade', 0, 'postgis', '', '{"is": "extension"}'), ('after upgrade', 0, 'public.users', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.users', 'id', '{"is": "column", "facts": ["integer", "NOT NULL",
        "GENERATED BY DEFAULT AS IDENTITY"]}'),
    ('after upgrade', 0, 'public.users', 'email', '{"is": "column", "facts": ["character varying(255)", "NOT NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.users', 'username', '{"is": "column", "facts": ["character varying(100)", "NOT NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.users', 'password_hash', '{"is": "column", "facts": ["character varying(255)", "NOT NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.users', 'role', '{"is": "column", "facts": ["character varying(50)", "NOT NULL",
        "DEFAULT ''user''"]}'),
    ('after upgrade', 0, 'public.users', 'created_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.users', 'updated_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.users', 'pk_users', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.users', 'uq_users_email', '{"is": "constraint", "facts": ["UNIQUE (email)", "valid"]}'),
    ('after upgrade', 0, 'public.users', 'uq_users_username', '{"is": "constraint", "facts": ["UNIQUE (username)", "valid"]}'),
    ('after upgrade', 0, 'public.projects', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.projects', 'id', '{"is": "column", "facts": ["integer", "NOT NULL",
        "GENERATED BY DEFAULT AS IDENTITY"]}'),
    ('after upgrade', 0, 'public.projects', 'name', '{"is": "column", "facts": ["character varying(255)", "NOT NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.projects', 'user_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.projects', 'created_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.projects', 'updated_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.projects', 'pk_projects', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.projects', 'fk_projects_user_id_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.buildings', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.buildings', 'id', '{"is": "column", "facts": ["integer", "NOT NULL",
        "GENERATED BY DEFAULT AS IDENTITY"]}'),
    ('after upgrade', 0, 'public.buildings', 'name', '{"is": "column", "facts": ["character varying(255)", "NOT NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.buildings', 'address', '{"is": "column", "facts": ["character varying(255)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.buildings', 'owner_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.buildings', 'project_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.buildings', 'created_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.buildings', 'updated_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.buildings', 'pk_buildings', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.buildings', 'fk_buildings_owner_id_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (owner_id) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.buildings', 'fk_buildings_project_id_projects', '{"is": "constraint",
        "facts": ["FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.floors', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.floors', 'id', '{"is": "column", "facts": ["integer", "NOT NULL",
        "GENERATED BY DEFAULT AS IDENTITY"]}'),
    ('after upgrade', 0, 'public.floors', 'name', '{"is": "column", "facts": ["character varying(255)", "NOT NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.floors', 'building_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.floors', 'svg_path', '{"is": "column", "facts": ["character varying(255)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.floors', 'created_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.floors', 'updated_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.floors', 'pk_floors', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.floors', 'fk_floors_building_id_buildings', '{"is": "constraint",
        "facts": ["FOREIGN KEY (building_id) REFERENCES buildings(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.categories', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.categories', 'id', '{"is": "column", "facts": ["integer", "NOT NULL",
        "GENERATED BY DEFAULT AS IDENTITY"]}'),
    ('after upgrade', 0, 'public.categories', 'name', '{"is": "column", "facts": ["character varying(100)", "NOT NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.categories', 'building_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.categories', 'created_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.categories', 'updated_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.categories', 'pk_categories', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.categories', 'uq_categories_name', '{"is": "constraint", "facts": ["UNIQUE (name)", "valid"]}'),
    ('after upgrade', 0, 'public.categories', 'fk_categories_building_id_buildings', '{"is": "constraint",
        "facts": ["FOREIGN KEY (building_id) REFERENCES buildings(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.rooms', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.rooms', 'id', '{"is": "column", "facts": ["character varying(64)", "NOT NULL", "no default"]}'),
    ('after upgrade', 0, 'public.rooms', 'name', '{"is": "column", "facts": ["character varying(255)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.rooms', 'layer', '{"is": "column", "facts": ["character varying(100)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.rooms', 'status', '{"is": "column", "facts": ["character varying(50)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.rooms', 'source_svg', '{"is": "column", "facts": ["character varying(255)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.rooms', 'svg_id', '{"is": "column", "facts": ["character varying(255)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.rooms', 'category', '{"is": "column", "facts": ["character varying(100)", "NOT NULL",
        "DEFAULT ''''"]}'),
    ('after upgrade', 0, 'public.rooms', 'created_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.rooms', 'locked_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.rooms', 'assigned_to', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.rooms', 'building_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.rooms', 'floor_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.rooms', 'project_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.rooms', 'geom', '{"is": "column", "facts": ["geometry(Polygon,4326)",
        "geometry_columns: POLYGON, SRID 4326, 2 dimensions", "NULL"]}'),
    ('after upgrade', 0, 'public.rooms', 'pk_rooms', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.rooms', 'fk_rooms_created_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.rooms', 'fk_rooms_locked_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (locked_by) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.rooms', 'fk_rooms_assigned_to_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (assigned_to) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.rooms', 'fk_rooms_building_id_buildings', '{"is": "constraint",
        "facts": ["FOREIGN KEY (building_id) REFERENCES buildings(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.rooms', 'fk_rooms_floor_id_floors', '{"is": "constraint",
        "facts": ["FOREIGN KEY (floor_id) REFERENCES floors(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.rooms', 'fk_rooms_project_id_projects', '{"is": "constraint",
        "facts": ["FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.walls', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.walls', 'id', '{"is": "column", "facts": ["character varying(64)", "NOT NULL", "no default"]}'),
    ('after upgrade', 0, 'public.walls', 'room_id', '{"is": "column", "facts": ["character varying(64)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.walls', 'material', '{"is": "column", "facts": ["character varying(100)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.walls', 'layer', '{"is": "column", "facts": ["character varying(100)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.walls', 'status', '{"is": "column", "facts": ["character varying(50)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.walls', 'source_svg', '{"is": "column", "facts": ["character varying(255)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.walls', 'svg_id', '{"is": "column", "facts": ["character varying(255)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.walls', 'category', '{"is": "column", "facts": ["character varying(100)", "NOT NULL",
        "DEFAULT ''''"]}'),
    ('after upgrade', 0, 'public.walls', 'created_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.walls', 'locked_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.walls', 'assigned_to', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.walls', 'building_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.walls', 'floor_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.walls', 'project_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.walls', 'geom', '{"is": "column", "facts": ["geometry(Geometry,4326)",
        "geometry_columns: GEOMETRY, SRID 4326, 2 dimensions", "NULL"]}'),
    ('after upgrade', 0, 'public.walls', 'pk_walls', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.walls', 'fk_walls_room_id_rooms', '{"is": "constraint",
        "facts": ["FOREIGN KEY (room_id) REFERENCES rooms(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.walls', 'fk_walls_created_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.walls', 'fk_walls_locked_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (locked_by) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.walls', 'fk_walls_assigned_to_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (assigned_to) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.walls', 'fk_walls_building_id_buildings', '{"is": "constraint",
        "facts": ["FOREIGN KEY (building_id) REFERENCES buildings(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.walls', 'fk_walls_floor_id_floors', '{"is": "constraint",
        "facts": ["FOREIGN KEY (floor_id) REFERENCES floors(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.walls', 'fk_walls_project_id_projects', '{"is": "constraint",
        "facts": ["FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.doors', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.doors', 'id', '{"is": "column", "facts": ["character varying(64)", "NOT NULL", "no default"]}'),
    ('after upgrade', 0, 'public.doors', 'room_id', '{"is": "column", "facts": ["character varying(64)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.doors', 'material', '{"is": "column", "facts": ["character varying(100)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.doors', 'layer', '{"is": "column", "facts": ["character varying(100)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.doors', 'status', '{"is": "column", "facts": ["character varying(50)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.doors', 'source_svg', '{"is": "column", "facts": ["character varying(255)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.doors', 'svg_id', '{"is": "column", "facts": ["character varying(255)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.doors', 'category', '{"is": "column", "facts": ["character varying(100)", "NOT NULL",
        "DEFAULT ''''"]}'),
    ('after upgrade', 0, 'public.doors', 'created_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.doors', 'locked_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.doors', 'assigned_to', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.doors', 'building_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.doors', 'floor_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.doors', 'project_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.doors', 'geom', '{"is": "column", "facts": ["geometry(Geometry,4326)",
        "geometry_columns: GEOMETRY, SRID 4326, 2 dimensions", "NULL"]}'),
    ('after upgrade', 0, 'public.doors', 'pk_doors', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.doors', 'fk_doors_room_id_rooms', '{"is": "constraint",
        "facts": ["FOREIGN KEY (room_id) REFERENCES rooms(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.doors', 'fk_doors_created_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.doors', 'fk_doors_locked_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (locked_by) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.doors', 'fk_doors_assigned_to_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (assigned_to) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.doors', 'fk_doors_building_id_buildings', '{"is": "constraint",
        "facts": ["FOREIGN KEY (building_id) REFERENCES buildings(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.doors', 'fk_doors_floor_id_floors', '{"is": "constraint",
        "facts": ["FOREIGN KEY (floor_id) REFERENCES floors(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.doors', 'fk_doors_project_id_projects', '{"is": "constraint",
        "facts": ["FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.windows', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.windows', 'id', '{"is": "column", "facts": ["character varying(64)", "NOT NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.windows', 'room_id', '{"is": "column", "facts": ["character varying(64)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.windows', 'material', '{"is": "column", "facts": ["character varying(100)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.windows', 'layer', '{"is": "column", "facts": ["character varying(100)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.windows', 'status', '{"is": "column", "facts": ["character varying(50)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.windows', 'source_svg', '{"is": "column", "facts": ["character varying(255)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.windows', 'svg_id', '{"is": "column", "facts": ["character varying(255)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.windows', 'category', '{"is": "column", "facts": ["character varying(100)", "NOT NULL",
        "DEFAULT ''''"]}'),
    ('after upgrade', 0, 'public.windows', 'created_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.windows', 'locked_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.windows', 'assigned_to', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.windows', 'building_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.windows', 'floor_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.windows', 'project_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.windows', 'geom', '{"is": "column", "facts": ["geometry(Geometry,4326)",
        "geometry_columns: GEOMETRY, SRID 4326, 2 dimensions", "NULL"]}'),
    ('after upgrade', 0, 'public.windows', 'pk_windows', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.windows', 'fk_windows_room_id_rooms', '{"is": "constraint",
        "facts": ["FOREIGN KEY (room_id) REFERENCES rooms(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.windows', 'fk_windows_created_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.windows', 'fk_windows_locked_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (locked_by) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.windows', 'fk_windows_assigned_to_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (assigned_to) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.windows', 'fk_windows_building_id_buildings', '{"is": "constraint",
        "facts": ["FOREIGN KEY (building_id) REFERENCES buildings(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.windows', 'fk_windows_floor_id_floors', '{"is": "constraint",
        "facts": ["FOREIGN KEY (floor_id) REFERENCES floors(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.windows', 'fk_windows_project_id_projects', '{"is": "constraint",
        "facts": ["FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.devices', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.devices', 'id', '{"is": "column", "facts": ["character varying(64)", "NOT NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'room_id', '{"is": "column", "facts": ["character varying(64)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'type', '{"is": "column", "facts": ["character varying(100)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'system', '{"is": "column", "facts": ["character varying(100)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'subtype', '{"is": "column", "facts": ["character varying(100)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'layer', '{"is": "column", "facts": ["character varying(100)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'status', '{"is": "column", "facts": ["character varying(50)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'source_svg', '{"is": "column", "facts": ["character varying(255)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'svg_id', '{"is": "column", "facts": ["character varying(255)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'category', '{"is": "column", "facts": ["character varying(100)", "NOT NULL",
        "DEFAULT ''''"]}'),
    ('after upgrade', 0, 'public.devices', 'created_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'locked_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'assigned_to', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'building_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'floor_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'project_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.devices', 'geom', '{"is": "column", "facts": ["geometry(Point,4326)",
        "geometry_columns: POINT, SRID 4326, 2 dimensions", "NULL"]}'),
    ('after upgrade', 0, 'public.devices', 'pk_devices', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.devices', 'fk_devices_room_id_rooms', '{"is": "constraint",
        "facts": ["FOREIGN KEY (room_id) REFERENCES rooms(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.devices', 'fk_devices_created_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.devices', 'fk_devices_locked_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (locked_by) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.devices', 'fk_devices_assigned_to_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (assigned_to) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.devices', 'fk_devices_building_id_buildings', '{"is": "constraint",
        "facts": ["FOREIGN KEY (building_id) REFERENCES buildings(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.devices', 'fk_devices_floor_id_floors', '{"is": "constraint",
        "facts": ["FOREIGN KEY (floor_id) REFERENCES floors(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.devices', 'fk_devices_project_id_projects', '{"is": "constraint",
        "facts": ["FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.labels', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.labels', 'id', '{"is": "column", "facts": ["character varying(64)", "NOT NULL", "no default"]}'),
    ('after upgrade', 0, 'public.labels', 'room_id', '{"is": "column", "facts": ["character varying(64)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.labels', 'text', '{"is": "column", "facts": ["character varying(255)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.labels', 'layer', '{"is": "column", "facts": ["character varying(100)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.labels', 'status', '{"is": "column", "facts": ["character varying(50)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.labels', 'source_svg', '{"is": "column", "facts": ["character varying(255)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.labels', 'svg_id', '{"is": "column", "facts": ["character varying(255)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.labels', 'category', '{"is": "column", "facts": ["character varying(100)", "NOT NULL",
        "DEFAULT ''''"]}'),
    ('after upgrade', 0, 'public.labels', 'created_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.labels', 'locked_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.labels', 'assigned_to', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.labels', 'building_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.labels', 'floor_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.labels', 'project_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.labels', 'geom', '{"is": "column", "facts": ["geometry(Point,4326)",
        "geometry_columns: POINT, SRID 4326, 2 dimensions", "NULL"]}'),
    ('after upgrade', 0, 'public.labels', 'pk_labels', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.labels', 'fk_labels_room_id_rooms', '{"is": "constraint",
        "facts": ["FOREIGN KEY (room_id) REFERENCES rooms(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.labels', 'fk_labels_created_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.labels', 'fk_labels_locked_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (locked_by) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.labels', 'fk_labels_assigned_to_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (assigned_to) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.labels', 'fk_labels_building_id_buildings', '{"is": "constraint",
        "facts": ["FOREIGN KEY (building_id) REFERENCES buildings(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.labels', 'fk_labels_floor_id_floors', '{"is": "constraint",
        "facts": ["FOREIGN KEY (floor_id) REFERENCES floors(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.labels', 'fk_labels_project_id_projects', '{"is": "constraint",
        "facts": ["FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.zones', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.zones', 'id', '{"is": "column", "facts": ["character varying(64)", "NOT NULL", "no default"]}'),
    ('after upgrade', 0, 'public.zones', 'room_id', '{"is": "column", "facts": ["character varying(64)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.zones', 'name', '{"is": "column", "facts": ["character varying(255)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.zones', 'layer', '{"is": "column", "facts": ["character varying(100)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.zones', 'status', '{"is": "column", "facts": ["character varying(50)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.zones', 'source_svg', '{"is": "column", "facts": ["character varying(255)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.zones', 'svg_id', '{"is": "column", "facts": ["character varying(255)", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.zones', 'category', '{"is": "column", "facts": ["character varying(100)", "NOT NULL",
        "DEFAULT ''''"]}'),
    ('after upgrade', 0, 'public.zones', 'created_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.zones', 'locked_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.zones', 'assigned_to', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.zones', 'building_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.zones', 'floor_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.zones', 'project_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.zones', 'geom', '{"is": "column", "facts": ["geometry(Polygon,4326)",
        "geometry_columns: POLYGON, SRID 4326, 2 dimensions", "NULL"]}'),
    ('after upgrade', 0, 'public.zones', 'pk_zones', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.zones', 'fk_zones_room_id_rooms', '{"is": "constraint",
        "facts": ["FOREIGN KEY (room_id) REFERENCES rooms(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.zones', 'fk_zones_created_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.zones', 'fk_zones_locked_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (locked_by) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.zones', 'fk_zones_assigned_to_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (assigned_to) REFERENCES users(id) ON DELETE SET NULL", "valid"]}'),
    ('after upgrade', 0, 'public.zones', 'fk_zones_building_id_buildings', '{"is": "constraint",
        "facts": ["FOREIGN KEY (building_id) REFERENCES buildings(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.zones', 'fk_zones_floor_id_floors', '{"is": "constraint",
        "facts": ["FOREIGN KEY (floor_id) REFERENCES floors(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.zones', 'fk_zones_project_id_projects', '{"is": "constraint",
        "facts": ["FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.drawings', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.drawings', 'id', '{"is": "column", "facts": ["integer", "NOT NULL",
        "GENERATED BY DEFAULT AS IDENTITY"]}'),
    ('after upgrade', 0, 'public.drawings', 'name', '{"is": "column", "facts": ["character varying(255)", "NOT NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.drawings', 'project_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.drawings', 'created_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.drawings', 'pk_drawings', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.drawings', 'fk_drawings_project_id_projects', '{"is": "constraint",
        "facts": ["FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.comments', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.comments', 'id', '{"is": "column", "facts": ["integer", "NOT NULL",
        "GENERATED BY DEFAULT AS IDENTITY"]}'),
    ('after upgrade', 0, 'public.comments', 'user_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.comments', 'object_id', '{"is": "column", "facts": ["character varying(64)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.comments', 'object_type', '{"is": "column", "facts": ["character varying(50)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.comments', 'content', '{"is": "column", "facts": ["text", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.comments', 'created_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.comments', 'pk_comments', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.comments', 'fk_comments_user_id_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.assignments', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.assignments', 'id', '{"is": "column", "facts": ["integer", "NOT NULL",
        "GENERATED BY DEFAULT AS IDENTITY"]}'),
    ('after upgrade', 0, 'public.assignments', 'user_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.assignments', 'object_id', '{"is": "column", "facts": ["character varying(64)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.assignments', 'object_type', '{"is": "column", "facts": ["character varying(50)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.assignments', 'status', '{"is": "column", "facts": ["character varying(50)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.assignments', 'assigned_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.assignments', 'pk_assignments', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.assignments', 'fk_assignments_user_id_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.object_history', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.object_history', 'id', '{"is": "column", "facts": ["integer", "NOT NULL",
        "GENERATED BY DEFAULT AS IDENTITY"]}'),
    ('after upgrade', 0, 'public.object_history', 'user_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.object_history', 'object_id', '{"is": "column", "facts": ["character varying(64)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.object_history', 'object_type', '{"is": "column", "facts": ["character varying(50)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.object_history', 'change_type', '{"is": "column", "facts": ["character varying(50)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.object_history', 'changed_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.object_history', 'pk_object_history', '{"is": "constraint", "facts": ["PRIMARY KEY (id)",
        "valid"]}'),
    ('after upgrade', 0, 'public.object_history', 'fk_object_history_user_id_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.audit_logs', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.audit_logs', 'id', '{"is": "column", "facts": ["integer", "NOT NULL",
        "GENERATED BY DEFAULT AS IDENTITY"]}'),
    ('after upgrade', 0, 'public.audit_logs', 'user_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.audit_logs', 'object_id', '{"is": "column", "facts": ["character varying(64)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.audit_logs', 'object_type', '{"is": "column", "facts": ["character varying(50)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.audit_logs', 'action', '{"is": "column", "facts": ["character varying(50)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.audit_logs', 'created_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.audit_logs', 'pk_audit_logs', '{"is": "constraint", "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.audit_logs', 'fk_audit_logs_user_id_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.user_category_permissions', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.user_category_permissions', 'id', '{"is": "column", "facts": ["integer", "NOT NULL",
        "GENERATED BY DEFAULT AS IDENTITY"]}'),
    ('after upgrade', 0, 'public.user_category_permissions', 'user_id', '{"is": "column", "facts": ["integer", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.user_category_permissions', 'category_id', '{"is": "column", "facts": ["integer", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.user_category_permissions', 'project_id', '{"is": "column", "facts": ["integer", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.user_category_permissions', 'can_edit', '{"is": "column", "facts": ["boolean", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.user_category_permissions', 'pk_user_category_permissions', '{"is": "constraint",
        "facts": ["PRIMARY KEY (id)", "valid"]}'),
    ('after upgrade', 0, 'public.user_category_permissions', 'fk_user_category_permissions_user_id_users',
        '{"is": "constraint", "facts": ["FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.user_category_permissions', 'fk_user_category_permissions_category_id_categories',
        '{"is": "constraint", "facts": ["FOREIGN KEY (category_id) REFERENCES categories(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.user_category_permissions', 'fk_user_category_permissions_project_id_projects',
        '{"is": "constraint", "facts": ["FOREIGN KEY (project_id) REFERENCES projects(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.chat_messages', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.chat_messages', 'id', '{"is": "column", "facts": ["integer", "NOT NULL",
        "GENERATED BY DEFAULT AS IDENTITY"]}'),
    ('after upgrade', 0, 'public.chat_messages', 'building_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.chat_messages', 'user_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.chat_messages', 'audit_log_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.chat_messages', 'message', '{"is": "column", "facts": ["text", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.chat_messages', 'created_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.chat_messages', 'pk_chat_messages', '{"is": "constraint", "facts": ["PRIMARY KEY (id)",
        "valid"]}'),
    ('after upgrade', 0, 'public.chat_messages', 'fk_chat_messages_building_id_buildings', '{"is": "constraint",
        "facts": ["FOREIGN KEY (building_id) REFERENCES buildings(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.chat_messages', 'fk_chat_messages_user_id_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (user_id) REFERENCES users(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.chat_messages', 'fk_chat_messages_audit_log_id_audit_logs', '{"is": "constraint",
        "facts": ["FOREIGN KEY (audit_log_id) REFERENCES audit_logs(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.catalog_items', '', '{"is": "table"}'),
    ('after upgrade', 0, 'public.catalog_items', 'id', '{"is": "column", "facts": ["integer", "NOT NULL",
        "GENERATED BY DEFAULT AS IDENTITY"]}'),
    ('after upgrade', 0, 'public.catalog_items', 'category_id', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.catalog_items', 'created_by', '{"is": "column", "facts": ["integer", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.catalog_items', 'make', '{"is": "column", "facts": ["character varying(100)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.catalog_items', 'model', '{"is": "column", "facts": ["character varying(100)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.catalog_items', 'type', '{"is": "column", "facts": ["character varying(100)", "NULL",
        "no default"]}'),
    ('after upgrade', 0, 'public.catalog_items', 'approved', '{"is": "column", "facts": ["boolean", "NULL", "no default"]}'),
    ('after upgrade', 0, 'public.catalog_items', 'created_at', '{"is": "column", "facts": ["timestamp with time zone", "NULL",
        "DEFAULT CURRENT_TIMESTAMP"]}'),
    ('after upgrade', 0, 'public.catalog_items', 'pk_catalog_items', '{"is": "constraint", "facts": ["PRIMARY KEY (id)",
        "valid"]}'),
    ('after upgrade', 0, 'public.catalog_items', 'fk_catalog_items_category_id_categories', '{"is": "constraint",
        "facts": ["FOREIGN KEY (category_id) REFERENCES categories(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.catalog_items', 'fk_catalog_items_created_by_users', '{"is": "constraint",
        "facts": ["FOREIGN KEY (created_by) REFERENCES users(id) ON DELETE CASCADE", "valid"]}'),
    ('after upgrade', 0, 'public.ix_projects_user_id', '', '{"is": "index", "facts": ["btree (user_id)"]}'),
    ('after upgrade', 0, 'public.ix_projects_created_at', '', '{"is": "index", "facts": ["btree (created_at)"]}'),
    ('after upgrade', 0, 'public.ix_buildings_owner_id', '', '{"is": "index", "facts": ["btree (owner_id)"]}'),
    ('after upgrade', 0, 'public.ix_buildings_project_id', '', '{"is": "index", "facts": ["btree (project_id)"]}'),
    ('after upgrade', 0, 'public.ix_buildings_created_at', '', '{"is": "index", "facts": ["btree (created_at)"]}'),
    ('after upgrade', 0, 'public.ix_buildings_updated_at', '', '{"is": "index", "facts": ["btree (updated_at)"]}'),
    ('after upgrade', 0, 'public.ix_floors_name', '', '{"is": "index", "facts": ["btree (name)"]}'),
    ('after upgrade', 0, 'public.ix_floors_building_id', '', '{"is": "index", "facts": ["btree (building_id)"]}'),
    ('after upgrade', 0, 'public.ix_categories_building_id', '', '{"is": "index", "facts": ["btree (building_id)"]}'),
    ('after upgrade', 0, 'public.ix_drawings_name', '', '{"is": "index", "facts": ["btree (name)"]}'),
    ('after upgrade', 0, 'public.ix_drawings_project_id', '', '{"is": "index", "facts": ["btree (project_id)"]}'),
    ('after upgrade', 0, 'public.ix_drawings_created_at', '', '{"is": "index", "facts": ["btree (created_at)"]}'),
    ('after upgrade', 0, 'public.ix_comments_user_id', '', '{"is": "index", "facts": ["btree (user_id)"]}'),
    ('after upgrade', 0, 'public.ix_comments_object_id', '', '{"is": "index", "facts": ["btree (object_id)"]}'),
    ('after upgrade', 0, 'public.ix_comments_object_type', '', '{"is": "index", "facts": ["btree (object_type)"]}'),
    ('after upgrade', 0, 'public.ix_comments_created_at', '', '{"is": "index", "facts": ["btree (created_at)"]}'),
    ('after upgrade', 0, 'public.ix_assignments_user_id', '', '{"is": "index", "facts": ["btree (user_id)"]}'),
    ('after upgrade', 0, 'public.ix_assignments_object_id', '', '{"is": "index", "facts": ["btree (object_id)"]}'),
    ('after upgrade', 0, 'public.ix_assignments_object_type', '', '{"is": "index", "facts": ["btree (object_type)"]}'),
    ('after upgrade', 0, 'public.ix_assignments_status', '', '{"is": "index", "facts": ["btree (status)"]}'),
    ('after upgrade', 0, 'public.ix_assignments_assigned_at', '', '{"is": "index", "facts": ["btree (assigned_at)"]}'),
    ('after upgrade', 0, 'public.ix_object_history_user_id', '', '{"is": "index", "facts": ["btree (user_id)"]}'),
    ('after upgrade', 0, 'public.ix_object_history_object_id', '', '{"is": "index", "facts": ["btree (object_id)"]}'),
    ('after upgrade', 0, 'public.ix_object_history_object_type', '', '{"is": "index", "facts": ["btree (object_type)"]}'),
    ('after upgrade', 0, 'public.ix_object_history_change_type', '', '{"is": "index", "facts": ["btree (change_type)"]}'),
    ('after upgrade', 0, 'public.ix_object_history_changed_at', '', '{"is": "index", "facts": ["btree (changed_at)"]}'),
    ('after upgrade', 0, 'public.ix_audit_logs_user_id', '', '{"is": "index", "facts": ["btree (user_id)"]}'),
    ('after upgrade', 0, 'public.ix_audit_logs_object_id', '', '{"is": "index", "facts": ["btree (object_id)"]}'),
    ('after upgrade', 0, 'public.ix_audit_logs_object_type', '', '{"is": "index", "facts": ["btree (object_type)"]}'),
    ('after upgrade', 0, 'public.ix_audit_logs_action', '', '{"is": "index", "facts": ["btree (action)"]}'),
    ('after upgrade', 0, 'public.ix_audit_logs_created_at', '', '{"is": "index", "facts": ["btree (created_at)"]}'),
    ('after upgrade', 0, 'public.ix_user_category_permissions_user_id', '', '{"is": "index", "facts": ["btree (user_id)"]}'),
    ('after upgrade', 0, 'public.ix_user_category_permissions_category_id', '', '{"is": "index",
        "facts": ["btree (category_id)"]}'),
    ('after upgrade', 0, 'public.ix_user_category_permissions_project_id', '', '{"is": "index",
        "facts": ["btree (project_id)"]}'),
    ('after upgrade', 0, 'public.ix_user_category_permissions_can_edit', '', '{"is": "index", "facts": ["btree (can_edit)"]}'),
    ('after upgrade', 0, 'public.ix_chat_messages_building_id', '', '{"is": "index", "facts": ["btree (building_id)"]}'),
    ('after upgrade', 0, 'public.ix_chat_messages_user_id', '', '{"is": "index", "facts": ["btree (user_id)"]}'),
    ('after upgrade', 0, 'public.ix_chat_messages_audit_log_id', '', '{"is": "index", "facts": ["btree (audit_log_id)"]}'),
    ('after upgrade', 0, 'public.ix_chat_messages_created_at', '', '{"is": "index", "facts": ["btree (created_at)"]}'),
    ('after upgrade', 0, 'public.ix_catalog_items_category_id', '', '{"is": "index", "facts": ["btree (category_id)"]}'),
    ('after upgrade', 0, 'public.ix_catalog_items_created_by', '', '{"is": "index", "facts": ["btree (created_by)"]}'),
    ('after upgrade', 0, 'public.ix_catalog_items_make', '', '{"is": "index", "facts": ["btree (make)"]}'),
    ('after upgrade', 0, 'public.ix_catalog_items_model', '', '{"is": "index", "facts": ["btree (model)"]}'),
    ('after upgrade', 0, 'public.ix_catalog_items_type', '', '{"is": "index", "facts": ["btree (type)"]}'),
    ('after upgrade', 0, 'public.ix_catalog_items_approved', '', '{"is": "index", "facts": ["btree (approved)"]}'),
    ('after upgrade', 0, 'public.ix_catalog_items_created_at', '', '{"is": "index", "facts": ["btree (created_at)"]}'),
    ('after upgrade', 0, 'public.ix_catalog_items_make_model_type', '', '{"is": "index",
        "facts": ["btree (make, model, type)"]}'),
    ('after upgrade', 0, 'public.ix_rooms_name', '', '{"is": "index", "facts": ["btree (name)"]}'),
    ('after upgrade', 0, 'public.ix_rooms_layer', '', '{"is": "index", "facts": ["btree (layer)"]}'),
    ('after upgrade', 0, 'public.ix_rooms_status', '', '{"is": "index", "facts": ["btree (status)"]}'),
    ('after upgrade', 0, 'public.ix_rooms_category', '', '{"is": "index", "facts": ["btree (category)"]}'),
    ('after upgrade', 0, 'public.ix_rooms_created_by', '', '{"is": "index", "facts": ["btree (created_by)"]}'),
    ('after upgrade', 0, 'public.ix_rooms_locked_by', '', '{"is": "index", "facts": ["btree (locked_by)"]}'),
    ('after upgrade', 0, 'public.ix_rooms_assigned_to', '', '{"is": "index", "facts": ["btree (assigned_to)"]}'),
    ('after upgrade', 0, 'public.ix_rooms_building_id', '', '{"is": "index", "facts": ["btree (building_id)"]}'),
    ('after upgrade', 0, 'public.ix_rooms_floor_id', '', '{"is": "index", "facts": ["btree (floor_id)"]}'),
    ('after upgrade', 0, 'public.ix_rooms_project_id', '', '{"is": "index", "facts": ["btree (project_id)"]}'),
    ('after upgrade', 0, 'public.ix_rooms_building_id_floor_id', '', '{"is": "index",
        "facts": ["btree (building_id, floor_id)"]}'),
    ('after upgrade', 0, 'public.ix_rooms_project_id_status', '', '{"is": "index", "facts": ["btree (project_id, status)"]}'),
    ('after upgrade', 0, 'public.ix_walls_room_id', '', '{"is": "index", "facts": ["btree (room_id)"]}'),
    ('after upgrade', 0, 'public.ix_walls_material', '', '{"is": "index", "facts": ["btree (material)"]}'),
    ('after upgrade', 0, 'public.ix_walls_layer', '', '{"is": "index", "facts": ["btree (layer)"]}'),
    ('after upgrade', 0, 'public.ix_walls_status', '', '{"is": "index", "facts": ["btree (status)"]}'),
    ('after upgrade', 0, 'public.ix_walls_category', '', '{"is": "index", "facts": ["btree (category)"]}'),
    ('after upgrade', 0, 'public.ix_walls_created_by', '', '{"is": "index", "facts": ["btree (created_by)"]}'),
    ('after upgrade', 0, 'public.ix_walls_locked_by', '', '{"is": "index", "facts": ["btree (locked_by)"]}'),
    ('after upgrade', 0, 'public.ix_walls_assigned_to', '', '{"is": "index", "facts": ["btree (assigned_to)"]}'),
    ('after upgrade', 0, 'public.ix_walls_building_id', '', '{"is": "index", "facts": ["btree (building_id)"]}'),
    ('after upgrade', 0, 'public.ix_walls_floor_id', '', '{"is": "index", "facts": ["btree (floor_id)"]}'),
    ('after upgrade', 0, 'public.ix_walls_project_id', '', '{"is": "index", "facts": ["btree (project_id)"]}'),
    ('after upgrade', 0, 'public.ix_walls_building_id_floor_id', '', '{"is": "index",
        "facts": ["btree (building_id, floor_id)"]}'),
    ('after upgrade', 0, 'public.ix_walls_project_id_status', '', '{"is": "index", "facts": ["btree (project_id, status)"]}'),
    ('after upgrade', 0, 'public.ix_doors_room_id', '', '{"is": "index", "facts": ["btree (room_id)"]}'),
    ('after upgrade', 0, 'public.ix_doors_material', '', '{"is": "index", "facts": ["btree (material)"]}'),
    ('after upgrade', 0, 'public.ix_doors_layer', '', '{"is": "index", "facts": ["btree (layer)"]}'),
    ('after upgrade', 0, 'public.ix_doors_status', '', '{"is": "index", "facts": ["btree (status)"]}'),
    ('after upgrade', 0, 'public.ix_doors_category', '', '{"is": "index", "facts": ["btree (category)"]}'),
    ('after upgrade', 0, 'public.ix_doors_created_by', '', '{"is": "index", "facts": ["btree (created_by)"]}'),
    ('after upgrade', 0, 'public.ix_doors_locked_by', '', '{"is": "index", "facts": ["btree (locked_by)"]}'),
    ('after upgrade', 0, 'public.ix_doors_assigned_to', '', '{"is": "index", "facts": ["btree (assigned_to)"]}'),
    ('after upgrade', 0, 'public.ix_doors_building_id', '', '{"is": "index", "facts": ["btree (building_id)"]}'),
    ('after upgrade', 0, 'public.ix_doors_floor_id', '', '{"is": "index", "facts": ["btree (floor_id)"]}'),
    ('after upgrade', 0, 'public.ix_doors_project_id', '', '{"is": "index", "facts": ["btree (project_id)"]}'),
    ('after upgrade', 0, 'public.ix_doors_building_id_floor_id', '', '{"is": "index",
        "facts": ["btree (building_id, floor_id)"]}'),
    ('after upgrade', 0, 'public.ix_doors_project_id_status', '', '{"is": "index", "facts": ["btree (project_id, status)"]}'),
    ('after upgrade', 0, 'public.ix_windows_room_id', '', '{"is": "index", "facts": ["btree (room_id)"]}'),
    ('after upgrade', 0, 'public.ix_windows_material', '', '{"is": "index", "facts": ["btree (material)"]}'),
    ('after upgrade', 0, 'public.ix_windows_layer', '', '{"is": "index", "facts": ["btree (layer)"]}'),
    ('after upgrade', 0, 'public.ix_windows_status', '', '{"is": "index", "facts": ["btree (status)"]}'),
    ('after upgrade', 0, 'public.ix_windows_category', '', '{"is": "index", "facts": ["btree (category)"]}'),
    ('after upgrade', 0, 'public.ix_windows_created_by', '', '{"is": "index", "facts": ["btree (created_by)"]}'),
    ('after upgrade', 0, 'public.ix_windows_locked_by', '', '{"is": "index", "facts": ["btree (locked_by)"]}'),
    ('after upgrade', 0, 'public.ix_windows_assigned_to', '', '{"is": "index", "facts": ["btree (assigned_to)"]}'),
    ('after upgrade', 0, 'public.ix_windows_building_id', '', '{"is": "index", "facts": ["btree (building_id)"]}'),
    ('after upgrade', 0, 'public.ix_windows_floor_id', '', '{"is": "index", "facts": ["btree (floor_id)"]}'),
    ('after upgrade', 0, 'public.ix_windows_project_id', '', '{"is": "index", "facts": ["btree (project_id)"]}'),
    ('after upgrade', 0, 'public.ix_windows_building_id_floor_id', '', '{"is": "index",
        "facts": ["btree (building_id, floor_id)"]}'),
    ('after upgrade', 0, 'public.ix_windows_project_id_status', '', '{"is": "index", "facts": ["btree (project_id, status)"]}'),
    ('after upgrade', 0, 'public.ix_devices_room_id', '', '{"is": "index", "facts": ["btree (room_id)"]}'),
    ('after upgrade', 0, 'public.ix_devices_type', '', '{"is": "index", "facts": ["btree (type)"]}'),
    ('after upgrade', 0, 'public.ix_devices_system', '', '{"is": "index", "facts": ["btree (system)"]}'),
    ('after upgrade', 0, 'public.ix_devices_subtype', '', '{"is": "index", "facts": ["btree (subtype)"]}'),
    ('after upgrade', 0, 'public.ix_devices_layer', '', '{"is": "index", "facts": ["btree (layer)"]}'),
    ('after upgrade', 0, 'public.ix_devices_status', '', '{"is": "index", "facts": ["btree (status)"]}'),
    ('after upgrade', 0, 'public.ix_devices_category', '', '{"is": "index", "facts": ["btree (category)"]}'),
    ('after upgrade', 0, 'public.ix_devices_created_by', '', '{"is": "index", "facts": ["btree (created_by)"]}'),
    ('after upgrade', 0, 'public.ix_devices_locked_by', '', '{"is": "index", "facts": ["btree (locked_by)"]}'),
    ('after upgrade', 0, 'public.ix_devices_assigned_to', '', '{"is": "index", "facts": ["btree (assigned_to)"]}'),
    ('after upgrade', 0, 'public.ix_devices_building_id', '', '{"is": "index", "facts": ["btree (building_id)"]}'),
    ('after upgrade', 0, 'public.ix_devices_floor_id', '', '{"is": "index", "facts": ["btree (floor_id)"]}'),
    ('after upgrade', 0, 'public.ix_devices_project_id', '', '{"is": "index", "facts": ["btree (project_id)"]}'),
    ('after upgrade', 0, 'public.ix_devices_building_id_floor_id', '', '{"is": "index",
        "facts": ["btree (building_id, floor_id)"]}'),
    ('after upgrade', 0, 'public.ix_devices_project_id_status', '', '{"is": "index", "facts": ["btree (project_id, status)"]}'),
    ('after upgrade', 0, 'public.ix_labels_room_id', '', '{"is": "index", "facts": ["btree (room_id)"]}'),
    ('after upgrade', 0, 'public.ix_labels_text', '', '{"is": "index", "facts": ["btree (text)"]}'),
    ('after upgrade', 0, 'public.ix_labels_layer', '', '{"is": "index", "facts": ["btree (layer)"]}'),
    ('after upgrade', 0, 'public.ix_labels_status', '', '{"is": "index", "facts": ["btree (status)"]}'),
    ('after upgrade', 0, 'public.ix_labels_category', '', '{"is": "index", "facts": ["btree (category)"]}'),
    ('after upgrade', 0, 'public.ix_labels_created_by', '', '{"is": "index", "facts": ["btree (created_by)"]}'),
    ('after upgrade', 0, 'public.ix_labels_locked_by', '', '{"is": "index", "facts": ["btree (locked_by)"]}'),
    ('after upgrade', 0, 'public.ix_labels_assigned_to', '', '{"is": "index", "facts": ["btree (assigned_to)"]}'),
    ('after upgrade', 0, 'public.ix_labels_building_id', '', '{"is": "index", "facts": ["btree (building_id)"]}'),
    ('after upgrade', 0, 'public.ix_labels_floor_id', '', '{"is": "index", "facts": ["btree (floor_id)"]}'),
    ('after upgrade', 0, 'public.ix_labels_project_id', '', '{"is": "index", "facts": ["btree (project_id)"]}'),
    ('after upgrade', 0, 'public.ix_labels_building_id_floor_id', '', '{"is": "index",
        "facts": ["btree (building_id, floor_id)"]}'),
    ('after upgrade', 0, 'public.ix_labels_project_id_status', '', '{"is": "index", "facts": ["btree (project_id, status)"]}'),
    ('after upgrade', 0, 'public.ix_zones_room_id', '', '{"is": "index", "facts": ["btree (room_id)"]}'),
    ('after upgrade', 0, 'public.ix_zones_name', '', '{"is": "index", "facts": ["btree (name)"]}'),
    ('after upgrade', 0, 'public.ix_zones_layer', '', '{"is": "index", "facts": ["btree (layer)"]}'),
    ('after upgrade', 0, 'public.ix_zones_status', '', '{"is": "index", "facts": ["btree (status)"]}'),
    ('after upgrade', 0, 'public.ix_zones_category', '', '{"is": "index", "facts": ["btree (category)"]}'),
    ('after upgrade', 0, 'public.ix_zones_created_by', '', '{"is": "index", "facts": ["btree (created_by)"]}'),
    ('after upgrade', 0, 'public.ix_zones_locked_by', '', '{"is": "index", "facts": ["btree (locked_by)"]}'),
    ('after upgrade', 0, 'public.ix_zones_assigned_to', '', '{"is": "index", "facts": ["btree (assigned_to)"]}'),
    ('after upgrade', 0, 'public.ix_zones_building_id', '', '{"is": "index", "facts": ["btree (building_id)"]}'),
    ('after upgrade', 0, 'public.ix_zones_floor_id', '', '{"is": "index", "facts": ["btree (floor_id)"]}'),
    ('after upgrade', 0, 'public.ix_zones_project_id', '', '{"is": "index", "facts": ["btree (project_id)"]}'),
    ('after upgrade', 0, 'public.ix_zones_building_id_floor_id', '', '{"is": "index",
        "facts": ["btree (building_id, floor_id)"]}'),
    ('after upgrade', 0, 'public.ix_zones_project_id_status', '', '{"is": "index", "facts": ["btree (project_id, status)"]}'),
    ('after upgrade', 0, 'public.ix_rooms_geom', '', '{"is": "index", "facts": ["gist (geom)"]}'),
    ('after upgrade', 0, 'public.ix_walls_geom', '', '{"is": "index", "facts": ["gist (geom)"]}'),
    ('after upgrade', 0, 'public.ix_doors_geom', '', '{"is": "index", "facts": ["gist (geom)"]}'),
    ('after upgrade', 0, 'public.ix_windows_geom', '', '{"is": "index", "facts": ["gist (geom)"]}'),
    ('after upgrade', 0, 'public.ix_devices_geom', '', '{"is": "index", "facts": ["gist (geom)"]}'),
    ('after upgrade', 0, 'public.ix_labels_geom', '', '{"is": "index", "facts": ["gist (geom)"]}'),
    ('after upgrade', 0, 'public.ix_zones_geom', '', '{"is": "index", "facts": ["gist (geom)"]}'),
    ('after rollback', 0, 'public.users', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.projects', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.buildings', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.floors', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.categories', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.rooms', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.walls', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.doors', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.windows', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.devices', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.labels', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.zones', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.drawings', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.comments', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.assignments', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.object_history', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.audit_logs', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.user_category_permissions', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.chat_messages', '', '{"is": "table", "gone": true}'),
    ('after rollback', 0, 'public.catalog_items', '', '{"is": "table", "gone": true}')
) AS p (kind, segment, subject, name, detail) \gset

\echo release 1.0.0 verify, direction :direction

-- >>> machinery verify 1
SELECT
    count(set_config('timezone', coalesce(p.detail ->> 'timezone', 'UTC'), FALSE)) AS release_timezone,
    count(set_config('role', p.detail ->> 'role', FALSE)) FILTER (WHERE p.detail ->> 'role' <> '') AS release_role
FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, detail jsonb)
WHERE p.kind = 'release' \gset

DO $verify$
DECLARE
    -- names, and what the catalog spells, are read on the path of the authors' statements: with nothing of ours but pg_catalog's
    path constant text := (
        SELECT p.detail ->> 'path' FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, detail jsonb)
        WHERE p.kind = 'release');
    own constant text := 'pg_catalog, pg_temp';
    direction constant text := coalesce(nullif(current_setting('release.direction', true), ''), 'upgrade');
    postgis constant name := (SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'postgis');
    findings jsonb[] := '{}';
    revision text := 'base';
    wanted text;
    has text[];  -- what the catalog says of an object; NULL: it is not there
    also text[]; -- the same in other words
    object oid;  -- the object, or its table
    class oid;   -- the catalog that it stands in
    part integer;
    finds text;
    typed text;
    stored text;
    written text;
    listed text[];
    defect text;
    r record;
    c record;
BEGIN
    IF direction NOT IN ('upgrade', 'rollback') THEN
        RAISE EXCEPTION 'direction must be upgrade or rollback';
    END IF;
    -- to read another's table may run what he wrote, in an index or a cast
    SELECT t.oid, t.relkind, (
                    t.relkind = 'r' AND NOT t.relrowsecurity AND NOT t.relispartition
                    AND NOT EXISTS (SELECT FROM pg_inherits AS i WHERE t.oid IN (i.inhparent, i.inhrelid))
                    AND NOT EXISTS (
                        SELECT FROM pg_index AS x
                        WHERE x.indrelid = t.oid AND (x.indexprs IS NOT NULL OR x.indpred IS NOT NULL))
                    AND NOT EXISTS (
                        SELECT FROM pg_statistic_ext AS s WHERE s.stxrelid = t.oid AND to_jsonb(s) ->> 'stxexprs' <> '')
                    AND NOT EXISTS (SELECT FROM pg_attribute AS g WHERE g.attrelid = t.oid AND g.attgenerated = 'v')
                    AND EXISTS (SELECT FROM pg_attribute AS a
                        WHERE a.attrelid = t.oid AND a.attname = 'version_num'
                            AND a.atttypid IN ('text'::regtype, 'varchar'::regtype))
        ) AS plain INTO c
    FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, detail jsonb)
    JOIN pg_class AS t ON t.oid = to_regclass(p.detail ->> 'version_table')
    WHERE p.kind = 'release';
    IF c.plain THEN
        EXECUTE format(
            'SELECT coalesce(string_agg(v.version_num, '', '' ORDER BY v.version_num COLLATE "C"), ''base'') FROM %s AS v', c.oid::regclass
        ) INTO revision;
    ELSIF c.relkind <> '' THEN
        revision := format('unknown: %s is no plain table', c.oid::regclass);
    END IF;
    -- where a rollback may end: at the start, or at a revision that nothing undoes
    SELECT p.subject INTO wanted
    FROM jsonb_to_recordset(current_setting('release.plan')::jsonb) AS p (kind text, subject text, name text, detail jsonb)
    WHERE p.kind = 'revision' AND p.name = direction
    ORDER BY p.subject = revision DESC, p.detail IS NULL DESC LIMIT 1;
    findings := findings || jsonb_build_object(
        'result', CASE WHEN revision = wanted THEN 'PASS' ELSE 'FAIL' END,
        'finding', format('revision %s', wanted) || CASE WHEN revision = wanted THEN '' ELSE format(': it is %s', revision) END);

    FOR r IN
        SELECT
            p.subject, p.name, p.detail ->> 'is' AS kind, p.detail ? 'gone' AS gone, f.facts,
            f.facts || CASE WHEN p.detail ->> 'is' = 'index' THEN '{valid,ready}'::text[] ELSE '{}' END AS required,
            f.facts::text ~ '"COMMENT |no comment' AS commented
        FROM ROWS FROM (
            jsonb_to_recordset(current_setting('release.plan')::jsonb) AS (kind text, subject text, name text, detail jsonb)
        ) WITH ORDINALITY AS p (kind, subject, name, detail, place)
        CROSS JOIN LATERAL (
            SELECT ARRAY(SELECT f.fact FROM jsonb_array_elements_text(p.detail -> 'facts') WITH ORDINALITY AS f (fact, place) ORDER BY f.place)
        ) AS f (facts)
        WHERE p.kind = 'after ' || direction AND coalesce(p.detail ->> 'at', wanted) = wanted
        ORDER BY p.place
    LOOP
        also := '{}';
        has := NULL;
        object := NULL;
        finds := CASE
            WHEN r.kind IN ('type', 'domain') THEN 'type'
            WHEN r.kind IN ('function', 'procedure') THEN CASE WHEN r.subject LIKE '%(%' THEN 'signature' ELSE 'routine' END
            WHEN r.kind IN ('schema', 'extension', 'statistics') THEN ''
            ELSE 'relation'
        END;
        CASE finds
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
        WHEN 'routine' THEN -- the only one of its name, or any
            PERFORM pg_catalog.set_config('search_path', path, true);
            listed := pg_catalog.current_schemas(true);
            PERFORM pg_catalog.set_config('search_path', own, true);
            SELECT p.oid INTO object FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
            WHERE r.subject IN (format('%I.%I', n.nspname, p.proname), CASE WHEN n.nspname = ANY (listed) THEN quote_ident(p.proname) END)
            ORDER BY (p.prokind = 'p') = (r.kind = 'procedure') DESC, p.oid LIMIT 1;
        ELSE
            NULL;
        END CASE;

        IF r.kind IN ('table', 'view', 'materialized view', 'foreign table', 'sequence') THEN
            SELECT 'pg_class'::regclass, 0, ARRAY[
                CASE t.relpersistence WHEN 'u' THEN 'unlogged' ELSE 'logged' END,
                CASE WHEN t.relrowsecurity THEN 'row security' ELSE 'no row security' END,
                CASE WHEN t.relforcerowsecurity THEN 'row security for the owner too' ELSE 'no row security for the owner' END,
                CASE WHEN t.relispopulated THEN 'populated' ELSE 'not populated' END]
            INTO class, part, has FROM pg_class AS t
            WHERE t.oid = object AND t.relkind = ANY (CASE r.kind
                WHEN 'table' THEN '{r,p}'::"char"[] WHEN 'view' THEN '{v}' WHEN 'materialized view' THEN '{m}'
                WHEN 'foreign table' THEN '{f}' ELSE '{S}' END);
        ELSIF r.kind = 'column' THEN
            SELECT a.attnum, a.attnotnull, a.attidentity, a.attgenerated, d.oid AS filled, n.nspname, a.atttypid, a.atttypmod, d.adbin
            INTO c FROM pg_attribute AS a
            JOIN pg_type AS t ON t.oid = a.atttypid
            JOIN pg_namespace AS n ON n.oid = t.typnamespace
            LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE a.attrelid = object AND a.attname = r.name AND NOT a.attisdropped;
            IF FOUND THEN
                class := 'pg_class'::regclass;
                part := c.attnum;
                PERFORM pg_catalog.set_config('search_path', path, true);
                typed := pg_catalog.format_type(c.atttypid, c.atttypmod);
                stored := pg_catalog.pg_get_expr(c.adbin, object);
                PERFORM pg_catalog.set_config('search_path', own, true);
                has := ARRAY[
                    typed, CASE WHEN c.attnotnull THEN 'NOT NULL' ELSE 'NULL' END,
                    CASE WHEN c.attidentity = 'a' THEN 'GENERATED ALWAYS AS IDENTITY'
                        WHEN c.attidentity = 'd' THEN 'GENERATED BY DEFAULT AS IDENTITY'
                        WHEN c.attgenerated <> '' THEN 'GENERATED'
                        ELSE coalesce('DEFAULT ' || stored, 'no default') END];
                also := ARRAY[
                    quote_ident(c.nspname) || '.' || typed, CASE WHEN c.filled IS NOT NULL THEN 'a default' END,
                    -- a constant without the type that the catalog adds
                    'DEFAULT ' || regexp_replace(stored, '^(''.*'')::[^'']+$', '\1')];
                IF postgis <> '' AND r.facts::text LIKE '%geometry_columns: %' THEN
                    EXECUTE format('
                        SELECT $1 || format(''geometry_columns: %%s, SRID %%s, %%s dimensions'', g.type, g.srid, g.coord_dimension)
                        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                        LEFT JOIN %I.geometry_columns AS g
                            ON g.f_table_schema = n.nspname AND g.f_table_name = c.relname AND g.f_geometry_column = $2
                        WHERE c.oid = $3', postgis) INTO has USING has, r.name, object;
                END IF;
            END IF;
        ELSIF r.kind = 'constraint' THEN
            SELECT t.oid, t.convalidated, t.contype INTO c
            FROM pg_constraint AS t WHERE t.conrelid = object AND t.conname = r.name;
            IF FOUND THEN
                object := c.oid;
                class := 'pg_constraint'::regclass;
                part := 0;
                PERFORM pg_catalog.set_config('search_path', path, true);
                written := pg_catalog.pg_get_constraintdef(object);
                PERFORM pg_catalog.set_config('search_path', own, true);
                has := ARRAY[regexp_replace(written, ' NOT VALID$', ''), CASE WHEN c.convalidated THEN 'valid' ELSE 'NOT VALID' END];
                also := ARRAY[CASE c.contype WHEN 'c' THEN 'CHECK' WHEN 'f' THEN 'FOREIGN KEY' WHEN 'p' THEN 'PRIMARY KEY'
                    WHEN 'u' THEN 'UNIQUE' WHEN 'x' THEN 'EXCLUDE' END];
            END IF;
        ELSIF r.kind = 'index' THEN
            SELECT 'pg_class'::regclass, 0, ARRAY[
                CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END || m.amname || k.keys || CASE WHEN i.indpred IS NULL THEN '' ELSE ' WHERE' END,
                CASE WHEN i.indisvalid OR t.relkind = 'I' THEN 'valid' ELSE 'INVALID' END, CASE WHEN i.indisready THEN 'ready' ELSE 'not ready' END]
            INTO class, part, has FROM pg_index AS i
            JOIN pg_class AS t ON t.oid = i.indexrelid
            JOIN pg_am AS m ON m.oid = t.relam
            CROSS JOIN LATERAL (
                SELECT format(' (%s)', string_agg(coalesce(quote_ident(a.attname), 'expression'), ', ' ORDER BY u.place) FILTER (WHERE u.place <= i.indnkeyatts))
                    || coalesce(' INCLUDE (' || string_agg(quote_ident(a.attname), ', ' ORDER BY u.place) FILTER (WHERE u.place > i.indnkeyatts) || ')', '')
                FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS u (number, place)
                LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.number AND u.number > 0
            ) AS k (keys)
            WHERE i.indexrelid = object;
        ELSIF r.kind IN ('type', 'domain') THEN
            SELECT t.typtype, t.typbasetype, t.typtypmod, t.typnotnull, t.typrelid INTO c
            FROM pg_type AS t WHERE t.oid = object AND (t.typtype = 'd') = (r.kind = 'domain');
            IF FOUND THEN
                class := 'pg_type'::regclass;
                part := 0;
                also := ARRAY(SELECT 'label ' || quote_literal(e.enumlabel) FROM pg_enum AS e WHERE e.enumtypid = object);
                IF r.kind = 'domain' THEN
                    PERFORM pg_catalog.set_config('search_path', path, true);
                    typed := pg_catalog.format_type(c.typbasetype, c.typtypmod);
                    PERFORM pg_catalog.set_config('search_path', own, true);
                    has := ARRAY[typed, CASE WHEN c.typnotnull THEN 'NOT NULL' ELSE 'NULL' END];
                ELSE
                    PERFORM pg_catalog.set_config('search_path', path, true);
                    listed := ARRAY(
                        SELECT pg_catalog.format('%s %s', a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod))
                        FROM pg_catalog.pg_attribute AS a WHERE a.attrelid OPERATOR(pg_catalog.=) c.typrelid AND NOT a.attisdropped);
                    PERFORM pg_catalog.set_config('search_path', own, true);
                    has := ARRAY[(SELECT 'labels ' || string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
                        FROM pg_enum AS e WHERE e.enumtypid = object)] || CASE WHEN c.typrelid <> 0 THEN listed END;
                END IF;
            END IF;
        ELSIF r.kind IN ('function', 'procedure') THEN
            SELECT l.lanname, p.prosrc INTO c FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
            WHERE p.oid = object AND (p.prokind = 'p') = (r.kind = 'procedure');
            IF FOUND THEN
                class := 'pg_proc'::regclass;
                part := 0;
                PERFORM pg_catalog.set_config('search_path', path, true);
                typed := pg_catalog.pg_get_function_result(object);
                PERFORM pg_catalog.set_config('search_path', own, true);
                has := ARRAY[
                    'LANGUAGE ' || c.lanname, 'RETURNS ' || typed,
                    format('body with SHA-256 %s...', left(encode(sha256(convert_to(c.prosrc, 'UTF8')), 'hex'), 16))];
            END IF;
        ELSIF r.kind = 'trigger' THEN
            SELECT t.oid, 'pg_trigger'::regclass, 0, ARRAY[
                concat_ws(' ', CASE WHEN t.tgtype & 64 <> 0 THEN 'INSTEAD OF' WHEN t.tgtype & 2 <> 0 THEN 'BEFORE' ELSE 'AFTER' END,
                    concat_ws(' OR ', CASE WHEN t.tgtype & 4 <> 0 THEN 'INSERT' END, CASE WHEN t.tgtype & 8 <> 0 THEN 'DELETE' END,
                        CASE WHEN t.tgtype & 16 <> 0 THEN 'UPDATE' END, CASE WHEN t.tgtype & 32 <> 0 THEN 'TRUNCATE' END),
                    'FOR EACH', CASE WHEN t.tgtype & 1 <> 0 THEN 'ROW' ELSE 'STATEMENT' END),
                'EXECUTE ' || p.proname, CASE t.tgenabled WHEN 'D' THEN 'disabled' ELSE 'enabled' END]
            INTO object, class, part, has FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
            WHERE t.tgrelid = object AND t.tgname = r.name;
        ELSIF r.kind = 'policy' THEN
            SELECT p.oid, 'pg_policy'::regclass, 0, ARRAY[
                CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
                'FOR ' || CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
                'TO ' || (SELECT string_agg(CASE u.role WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(u.role) END, ', ' ORDER BY pg_get_userbyid(u.role) COLLATE "C")
                    FROM unnest(p.polroles) AS u (role))]
            INTO object, class, part, has FROM pg_policy AS p WHERE p.polrelid = object AND p.polname = r.name;
        ELSIF r.kind = 'rule' THEN
            SELECT w.oid, 'pg_rewrite'::regclass, 0, '{}' INTO object, class, part, has FROM pg_rewrite AS w
            WHERE w.ev_class = object AND w.rulename = r.name;
        ELSIF r.kind = 'schema' THEN
            SELECT n.oid, 'pg_namespace'::regclass, 0, '{}' INTO object, class, part, has FROM pg_namespace AS n
            WHERE n.oid = to_regnamespace(r.subject);
        ELSIF r.kind = 'extension' THEN
            SELECT e.oid, 'pg_extension'::regclass, 0, '{}' INTO object, class, part, has FROM pg_extension AS e
            WHERE quote_ident(e.extname) = r.subject;
        ELSIF r.kind = 'statistics' THEN
            SELECT s.oid, 'pg_statistic_ext'::regclass, 0, '{}' INTO object, class, part, has FROM pg_statistic_ext AS s
            JOIN pg_namespace AS n ON n.oid = s.stxnamespace
            WHERE format('%I.%I', n.nspname, s.stxname) = r.subject;
        END IF;
        IF r.commented AND has IS NOT NULL THEN
            has := has || coalesce('COMMENT ' || (
                SELECT d.description FROM pg_description AS d
                WHERE d.objoid = object AND d.classoid = class AND d.objsubid = part), 'no comment');
        END IF;

        IF r.gone THEN
            defect := CASE WHEN has IS NULL THEN '' ELSE ': it is there' END;
        ELSIF has IS NULL THEN
            defect := ': it is missing';
        ELSIF r.required <@ (has || also) THEN
            defect := '';
        ELSE
            -- a name that is a keyword has quotes on some servers and none on others
            also := also || ARRAY(
                SELECT regexp_replace(s.spelled, '"([a-z_][a-z0-9_]*)"', '\1', 'g') FROM unnest(has || also) AS s (spelled)
                WHERE s.spelled !~ '^(labels?|DEFAULT|COMMENT) ');
            defect := coalesce((
                SELECT format(': expected %s; it has %s', string_agg(f.fact, ', '), array_to_string(has, ', '))
                FROM unnest(r.required) AS f (fact)
                WHERE coalesce(array_position(has || also, f.fact), 0) = 0
                HAVING count(*) > 0), '');
        END IF;
        findings := findings || jsonb_build_object(
            'result', CASE defect WHEN '' THEN 'PASS' ELSE 'FAIL' END,
            'finding', format('%s %s', r.kind, concat_ws('.', r.subject, quote_ident(nullif(r.name, ''))))
                || CASE WHEN r.gone THEN ' is gone' WHEN r.facts = '{}' THEN '' ELSE ' (' || array_to_string(r.facts, ', ') || ')' END
                || defect);
    END LOOP;
    PERFORM set_config('release.findings', to_jsonb(findings)::text, false);
END
$verify$;

SELECT
    f.result,
    f.finding
FROM jsonb_to_recordset(current_setting('release.findings')::jsonb) AS f (result text, finding text);

SELECT
    count(*) AS release_lines,
    count(*) FILTER (WHERE f.result = 'FAIL') AS release_failures,
    count(*) FILTER (WHERE f.result = 'FAIL') = 0 AS release_good
FROM jsonb_to_recordset(current_setting('release.findings')::jsonb) AS f (result text, finding text) \gset

ROLLBACK;

\if :release_good
\echo PASS (:release_lines of :release_lines)
\else
\echo FAIL (:release_failures of :release_lines)
DO $fail$
BEGIN
    RAISE EXCEPTION 'FAIL: see the lines above';
END
$fail$;
\endif
-- <<< machinery verify 1
