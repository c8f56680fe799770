-- Release 1.1.0: drift
-- Compares the objects that the release touches with what was rehearsed on PostgreSQL 15.20: in the state before
-- the upgrade, or after it. Reads only. Prints the lines that differ: "-" was rehearsed and is not here, "+" is here
-- and was not rehearsed; no line: no drift. Owners and grants are left out. Plan f594a69c3cc3.
--
--     psql -X -At -d DATABASE -v state=before -f drift.sql      (or state=after, which goes without saying)
--
-- Texts of the catalog differ a little between major versions of PostgreSQL.
-- Machinery (settings), what was rehearsed, machinery again: this is the same in every release, and checked once by
--     sed -n '/^-- >>> machinery/,/^-- <<< machinery/p' drift.sql | sha256sum

-- >>> machinery drift.settings 1
\set ON_ERROR_STOP on
\if :{?state}
\else
\set state after
\endif
SET client_encoding = 'UTF8';
BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED READ ONLY;
SET LOCAL search_path = pg_catalog, pg_temp; -- so that nothing planted in another schema is called
SET LOCAL statement_timeout = 0;
SELECT count(set_config(s.name, '0', TRUE)) AS release_known
FROM pg_settings AS s WHERE s.name = 'transaction_timeout' \gset
SET LOCAL standard_conforming_strings = on;
SET LOCAL quote_all_identifiers = off; -- names are compared as text
SET LOCAL jit = off; -- compiling the query takes longer than running it
-- <<< machinery drift.settings 1

-- What was rehearsed: the server, the objects that the release touches, and a line of the catalog for each part of them

SELECT length(set_config('release.drift', jsonb_agg(to_jsonb(d))::text, TRUE)) AS release_data
FROM (VALUES
    ('server', '15.20'),
    ('touched', E'public.building_systems'),
    ('touched', E'public.building_systems_id_seq'),
    ('touched', E'public.devices'),
    ('touched', E'public.doors'),
    ('touched', E'public.labels'),
    ('touched', E'public.maintenance_tasks'),
    ('touched', E'public.maintenance_tasks_id_seq'),
    ('touched', E'public.object_state'),
    ('touched', E'public.rooms'),
    ('touched', E'public.users'),
    ('touched', E'public.walls'),
    ('touched', E'public.windows'),
    ('touched', E'public.zones'),
    ('before', E'column\tpublic.devices\tassigned_to\tinteger'),
    ('before', E'column\tpublic.devices\tbuilding_id\tinteger'),
    ('before', E'column\tpublic.devices\tcategory\tcharacter varying(100) NOT NULL DEFAULT \'\'::character varying'),
    ('before', E'column\tpublic.devices\tcreated_by\tinteger'),
    ('before', E'column\tpublic.devices\tfloor_id\tinteger'),
    ('before', E'column\tpublic.devices\tgeom\tpublic.geometry(Point,4326)'),
    ('before', E'column\tpublic.devices\tid\tcharacter varying(64) NOT NULL'),
    ('before', E'column\tpublic.devices\tlayer\tcharacter varying(100)'),
    ('before', E'column\tpublic.devices\tlocked_by\tinteger'),
    ('before', E'column\tpublic.devices\tproject_id\tinteger'),
    ('before', E'column\tpublic.devices\troom_id\tcharacter varying(64)'),
    ('before', E'column\tpublic.devices\tsource_svg\tcharacter varying(255)'),
    ('before', E'column\tpublic.devices\tstatus\tcharacter varying(50)'),
    ('before', E'column\tpublic.devices\tsubtype\tcharacter varying(100)'),
    ('before', E'column\tpublic.devices\tsvg_id\tcharacter varying(255)'),
    ('before', E'column\tpublic.devices\tsystem\tcharacter varying(100)'),
    ('before', E'column\tpublic.devices\ttype\tcharacter varying(100)'),
    ('before', E'column\tpublic.doors\tassigned_to\tinteger'),
    ('before', E'column\tpublic.doors\tbuilding_id\tinteger'),
    ('before', E'column\tpublic.doors\tcategory\tcharacter varying(100) NOT NULL DEFAULT \'\'::character varying'),
    ('before', E'column\tpublic.doors\tcreated_by\tinteger'),
    ('before', E'column\tpublic.doors\tfloor_id\tinteger'),
    ('before', E'column\tpublic.doors\tgeom\tpublic.geometry(Geometry,4326)'),
    ('before', E'column\tpublic.doors\tid\tcharacter varying(64) NOT NULL'),
    ('before', E'column\tpublic.doors\tlayer\tcharacter varying(100)'),
    ('before', E'column\tpublic.doors\tlocked_by\tinteger'),
    ('before', E'column\tpublic.doors\tmaterial\tcharacter varying(100)'),
    ('before', E'column\tpublic.doors\tproject_id\tinteger'),
    ('before', E'column\tpublic.doors\troom_id\tcharacter varying(64)'),
    ('before', E'column\tpublic.doors\tsource_svg\tcharacter varying(255)'),
    ('before', E'column\tpublic.doors\tstatus\tcharacter varying(50)'),
    ('before', E'column\tpublic.doors\tsvg_id\tcharacter varying(255)'),
    ('before', E'column\tpublic.labels\tassigned_to\tinteger'),
    ('before', E'column\tpublic.labels\tbuilding_id\tinteger'),
    ('before', E'column\tpublic.labels\tcategory\tcharacter varying(100) NOT NULL DEFAULT \'\'::character varying'),
    ('before', E'column\tpublic.labels\tcreated_by\tinteger'),
    ('before', E'column\tpublic.labels\tfloor_id\tinteger'),
    ('before', E'column\tpublic.labels\tgeom\tpublic.geometry(Point,4326)'),
    ('before', E'column\tpublic.labels\tid\tcharacter varying(64) NOT NULL'),
    ('before', E'column\tpublic.labels\tlayer\tcharacter varying(100)'),
    ('before', E'column\tpublic.labels\tlocked_by\tinteger'),
    ('before', E'column\tpublic.labels\tproject_id\tinteger'),
    ('before', E'column\tpublic.labels\troom_id\tcharacter varying(64)'),
    ('before', E'column\tpublic.labels\tsource_svg\tcharacter varying(255)'),
    ('before', E'column\tpublic.labels\tstatus\tcharacter varying(50)'),
    ('before', E'column\tpublic.labels\tsvg_id\tcharacter varying(255)'),
    ('before', E'column\tpublic.labels\ttext\tcharacter varying(255)'),
    ('before', E'column\tpublic.rooms\tassigned_to\tinteger'),
    ('before', E'column\tpublic.rooms\tbuilding_id\tinteger'),
    ('before', E'column\tpublic.rooms\tcategory\tcharacter varying(100) NOT NULL DEFAULT \'\'::character varying'),
    ('before', E'column\tpublic.rooms\tcreated_by\tinteger'),
    ('before', E'column\tpublic.rooms\tfloor_id\tinteger'),
    ('before', E'column\tpublic.rooms\tgeom\tpublic.geometry(Polygon,4326)'),
    ('before', E'column\tpublic.rooms\tid\tcharacter varying(64) NOT NULL'),
    ('before', E'column\tpublic.rooms\tlayer\tcharacter varying(100)'),
    ('before', E'column\tpublic.rooms\tlocked_by\tinteger'),
    ('before', E'column\tpublic.rooms\tname\tcharacter varying(255)'),
    ('before', E'column\tpublic.rooms\tproject_id\tinteger'),
    ('before', E'column\tpublic.rooms\tsource_svg\tcharacter varying(255)'),
    ('before', E'column\tpublic.rooms\tstatus\tcharacter varying(50)'),
    ('before', E'column\tpublic.rooms\tsvg_id\tcharacter varying(255)'),
    ('before', E'column\tpublic.users\tcreated_at\ttimestamp with time zone DEFAULT CURRENT_TIMESTAMP'),
    ('before', E'column\tpublic.users\temail\tcharacter varying(255) NOT NULL'),
    ('before', E'column\tpublic.users\tid\tinteger NOT NULL GENERATED BY DEFAULT AS IDENTITY'),
    ('before', E'column\tpublic.users\tpassword_hash\tcharacter varying(255) NOT NULL'),
    ('before', E'column\tpublic.users\trole\tcharacter varying(50) NOT NULL DEFAULT \'user\'::character varying'),
    ('before', E'column\tpublic.users\tupdated_at\ttimestamp with time zone DEFAULT CURRENT_TIMESTAMP'),
    ('before', E'column\tpublic.users\tusername\tcharacter varying(100) NOT NULL'),
    ('before', E'column\tpublic.walls\tassigned_to\tinteger'),
    ('before', E'column\tpublic.walls\tbuilding_id\tinteger'),
    ('before', E'column\tpublic.walls\tcategory\tcharacter varying(100) NOT NULL DEFAULT \'\'::character varying'),
    ('before', E'column\tpublic.walls\tcreated_by\tinteger'),
    ('before', E'column\tpublic.walls\tfloor_id\tinteger'),
    ('before', E'column\tpublic.walls\tgeom\tpublic.geometry(Geometry,4326)'),
    ('before', E'column\tpublic.walls\tid\tcharacter varying(64) NOT NULL'),
    ('before', E'column\tpublic.walls\tlayer\tcharacter varying(100)'),
    ('before', E'column\tpublic.walls\tlocked_by\tinteger'),
    ('before', E'column\tpublic.walls\tmaterial\tcharacter varying(100)'),
    ('before', E'column\tpublic.walls\tproject_id\tinteger'),
    ('before', E'column\tpublic.walls\troom_id\tcharacter varying(64)'),
    ('before', E'column\tpublic.walls\tsource_svg\tcharacter varying(255)'),
    ('before', E'column\tpublic.walls\tstatus\tcharacter varying(50)'),
    ('before', E'column\tpublic.walls\tsvg_id\tcharacter varying(255)'),
    ('before', E'column\tpublic.windows\tassigned_to\tinteger'),
    ('before', E'column\tpublic.windows\tbuilding_id\tinteger'),
    ('before', E'column\tpublic.windows\tcategory\tcharacter varying(100) NOT NULL DEFAULT \'\'::character varying'),
    ('before', E'column\tpublic.windows\tcreated_by\tinteger'),
    ('before', E'column\tpublic.windows\tfloor_id\tinteger'),
    ('before', E'column\tpublic.windows\tgeom\tpublic.geometry(Geometry,4326)'),
    ('before', E'column\tpublic.windows\tid\tcharacter varying(64) NOT NULL'),
    ('before', E'column\tpublic.windows\tlayer\tcharacter varying(100)'),
    ('before', E'column\tpublic.windows\tlocked_by\tinteger'),
    ('before', E'column\tpublic.windows\tmaterial\tcharacter varying(100)'),
    ('before', E'column\tpublic.windows\tproject_id\tinteger'),
    ('before', E'column\tpublic.windows\troom_id\tcharacter varying(64)'),
    ('before', E'column\tpublic.windows\tsource_svg\tcharacter varying(255)'),
    ('before', E'column\tpublic.windows\tstatus\tcharacter varying(50)'),
    ('before', E'column\tpublic.windows\tsvg_id\tcharacter varying(255)'),
    ('before', E'column\tpublic.zones\tassigned_to\tinteger'),
    ('before', E'column\tpublic.zones\tbuilding_id\tinteger'),
    ('before', E'column\tpublic.zones\tcategory\tcharacter varying(100) NOT NULL DEFAULT \'\'::character varying'),
    ('before', E'column\tpublic.zones\tcreated_by\tinteger'),
    ('before', E'column\tpublic.zones\tfloor_id\tinteger'),
    ('before', E'column\tpublic.zones\tgeom\tpublic.geometry(Polygon,4326)'),
    ('before', E'column\tpublic.zones\tid\tcharacter varying(64) NOT NULL'),
    ('before', E'column\tpublic.zones\tlayer\tcharacter varying(100)'),
    ('before', E'column\tpublic.zones\tlocked_by\tinteger'),
    ('before', E'column\tpublic.zones\tname\tcharacter varying(255)'),
    ('before', E'column\tpublic.zones\tproject_id\tinteger'),
    ('before', E'column\tpublic.zones\troom_id\tcharacter varying(64)'),
    ('before', E'column\tpublic.zones\tsource_svg\tcharacter varying(255)'),
    ('before', E'column\tpublic.zones\tstatus\tcharacter varying(50)'),
    ('before', E'column\tpublic.zones\tsvg_id\tcharacter varying(255)'),
    ('before', E'column order\tpublic.devices\t\tid, room_id, type, system, subtype, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom'),
    ('before', E'column order\tpublic.doors\t\tid, room_id, material, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom'),
    ('before', E'column order\tpublic.labels\t\tid, room_id, text, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom'),
    ('before', E'column order\tpublic.rooms\t\tid, name, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom'),
    ('before', E'column order\tpublic.users\t\tid, email, username, password_hash, role, created_at, updated_at'),
    ('before', E'column order\tpublic.walls\t\tid, room_id, material, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom'),
    ('before', E'column order\tpublic.windows\t\tid, room_id, material, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom'),
    ('before', E'column order\tpublic.zones\t\tid, room_id, name, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom'),
    ('before', E'constraint\tpublic.devices\tfk_devices_assigned_to_users\tFOREIGN KEY (assigned_to) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.devices\tfk_devices_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.devices\tfk_devices_created_by_users\tFOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.devices\tfk_devices_floor_id_floors\tFOREIGN KEY (floor_id) REFERENCES public.floors(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.devices\tfk_devices_locked_by_users\tFOREIGN KEY (locked_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.devices\tfk_devices_project_id_projects\tFOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.devices\tfk_devices_room_id_rooms\tFOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.devices\tpk_devices\tPRIMARY KEY (id)'),
    ('before', E'constraint\tpublic.doors\tfk_doors_assigned_to_users\tFOREIGN KEY (assigned_to) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.doors\tfk_doors_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.doors\tfk_doors_created_by_users\tFOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.doors\tfk_doors_floor_id_floors\tFOREIGN KEY (floor_id) REFERENCES public.floors(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.doors\tfk_doors_locked_by_users\tFOREIGN KEY (locked_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.doors\tfk_doors_project_id_projects\tFOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.doors\tfk_doors_room_id_rooms\tFOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.doors\tpk_doors\tPRIMARY KEY (id)'),
    ('before', E'constraint\tpublic.labels\tfk_labels_assigned_to_users\tFOREIGN KEY (assigned_to) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.labels\tfk_labels_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.labels\tfk_labels_created_by_users\tFOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.labels\tfk_labels_floor_id_floors\tFOREIGN KEY (floor_id) REFERENCES public.floors(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.labels\tfk_labels_locked_by_users\tFOREIGN KEY (locked_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.labels\tfk_labels_project_id_projects\tFOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.labels\tfk_labels_room_id_rooms\tFOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.labels\tpk_labels\tPRIMARY KEY (id)'),
    ('before', E'constraint\tpublic.rooms\tfk_rooms_assigned_to_users\tFOREIGN KEY (assigned_to) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.rooms\tfk_rooms_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.rooms\tfk_rooms_created_by_users\tFOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.rooms\tfk_rooms_floor_id_floors\tFOREIGN KEY (floor_id) REFERENCES public.floors(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.rooms\tfk_rooms_locked_by_users\tFOREIGN KEY (locked_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.rooms\tfk_rooms_project_id_projects\tFOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.rooms\tpk_rooms\tPRIMARY KEY (id)'),
    ('before', E'constraint\tpublic.users\tpk_users\tPRIMARY KEY (id)'),
    ('before', E'constraint\tpublic.users\tuq_users_email\tUNIQUE (email)'),
    ('before', E'constraint\tpublic.users\tuq_users_username\tUNIQUE (username)'),
    ('before', E'constraint\tpublic.walls\tfk_walls_assigned_to_users\tFOREIGN KEY (assigned_to) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.walls\tfk_walls_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.walls\tfk_walls_created_by_users\tFOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.walls\tfk_walls_floor_id_floors\tFOREIGN KEY (floor_id) REFERENCES public.floors(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.walls\tfk_walls_locked_by_users\tFOREIGN KEY (locked_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.walls\tfk_walls_project_id_projects\tFOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.walls\tfk_walls_room_id_rooms\tFOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.walls\tpk_walls\tPRIMARY KEY (id)'),
    ('before', E'constraint\tpublic.windows\tfk_windows_assigned_to_users\tFOREIGN KEY (assigned_to) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.windows\tfk_windows_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.windows\tfk_windows_created_by_users\tFOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.windows\tfk_windows_floor_id_floors\tFOREIGN KEY (floor_id) REFERENCES public.floors(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.windows\tfk_windows_locked_by_users\tFOREIGN KEY (locked_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.windows\tfk_windows_project_id_projects\tFOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.windows\tfk_windows_room_id_rooms\tFOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.windows\tpk_windows\tPRIMARY KEY (id)'),
    ('before', E'constraint\tpublic.zones\tfk_zones_assigned_to_users\tFOREIGN KEY (assigned_to) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.zones\tfk_zones_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.zones\tfk_zones_created_by_users\tFOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.zones\tfk_zones_floor_id_floors\tFOREIGN KEY (floor_id) REFERENCES public.floors(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.zones\tfk_zones_locked_by_users\tFOREIGN KEY (locked_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('before', E'constraint\tpublic.zones\tfk_zones_project_id_projects\tFOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.zones\tfk_zones_room_id_rooms\tFOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE'),
    ('before', E'constraint\tpublic.zones\tpk_zones\tPRIMARY KEY (id)'),
    ('before', E'index\tpublic.devices\tix_devices_assigned_to\tCREATE INDEX ix_devices_assigned_to ON public.devices USING btree (assigned_to)'),
    ('before', E'index\tpublic.devices\tix_devices_building_id\tCREATE INDEX ix_devices_building_id ON public.devices USING btree (building_id)'),
    ('before', E'index\tpublic.devices\tix_devices_building_id_floor_id\tCREATE INDEX ix_devices_building_id_floor_id ON public.devices USING btree (building_id, floor_id)'),
    ('before', E'index\tpublic.devices\tix_devices_category\tCREATE INDEX ix_devices_category ON public.devices USING btree (category)'),
    ('before', E'index\tpublic.devices\tix_devices_created_by\tCREATE INDEX ix_devices_created_by ON public.devices USING btree (created_by)'),
    ('before', E'index\tpublic.devices\tix_devices_floor_id\tCREATE INDEX ix_devices_floor_id ON public.devices USING btree (floor_id)'),
    ('before', E'index\tpublic.devices\tix_devices_geom\tCREATE INDEX ix_devices_geom ON public.devices USING gist (geom)'),
    ('before', E'index\tpublic.devices\tix_devices_layer\tCREATE INDEX ix_devices_layer ON public.devices USING btree (layer)'),
    ('before', E'index\tpublic.devices\tix_devices_locked_by\tCREATE INDEX ix_devices_locked_by ON public.devices USING btree (locked_by)'),
    ('before', E'index\tpublic.devices\tix_devices_project_id\tCREATE INDEX ix_devices_project_id ON public.devices USING btree (project_id)'),
    ('before', E'index\tpublic.devices\tix_devices_project_id_status\tCREATE INDEX ix_devices_project_id_status ON public.devices USING btree (project_id, status)'),
    ('before', E'index\tpublic.devices\tix_devices_room_id\tCREATE INDEX ix_devices_room_id ON public.devices USING btree (room_id)'),
    ('before', E'index\tpublic.devices\tix_devices_status\tCREATE INDEX ix_devices_status ON public.devices USING btree (status)'),
    ('before', E'index\tpublic.devices\tix_devices_subtype\tCREATE INDEX ix_devices_subtype ON public.devices USING btree (subtype)'),
    ('before', E'index\tpublic.devices\tix_devices_system\tCREATE INDEX ix_devices_system ON public.devices USING btree (system)'),
    ('before', E'index\tpublic.devices\tix_devices_type\tCREATE INDEX ix_devices_type ON public.devices USING btree (type)'),
    ('before', E'index\tpublic.devices\tpk_devices\tCREATE UNIQUE INDEX pk_devices ON public.devices USING btree (id)'),
    ('before', E'index\tpublic.doors\tix_doors_assigned_to\tCREATE INDEX ix_doors_assigned_to ON public.doors USING btree (assigned_to)'),
    ('before', E'index\tpublic.doors\tix_doors_building_id\tCREATE INDEX ix_doors_building_id ON public.doors USING btree (building_id)'),
    ('before', E'index\tpublic.doors\tix_doors_building_id_floor_id\tCREATE INDEX ix_doors_building_id_floor_id ON public.doors USING btree (building_id, floor_id)'),
    ('before', E'index\tpublic.doors\tix_doors_category\tCREATE INDEX ix_doors_category ON public.doors USING btree (category)'),
    ('before', E'index\tpublic.doors\tix_doors_created_by\tCREATE INDEX ix_doors_created_by ON public.doors USING btree (created_by)'),
    ('before', E'index\tpublic.doors\tix_doors_floor_id\tCREATE INDEX ix_doors_floor_id ON public.doors USING btree (floor_id)'),
    ('before', E'index\tpublic.doors\tix_doors_geom\tCREATE INDEX ix_doors_geom ON public.doors USING gist (geom)'),
    ('before', E'index\tpublic.doors\tix_doors_layer\tCREATE INDEX ix_doors_layer ON public.doors USING btree (layer)'),
    ('before', E'index\tpublic.doors\tix_doors_locked_by\tCREATE INDEX ix_doors_locked_by ON public.doors USING btree (locked_by)'),
    ('before', E'index\tpublic.doors\tix_doors_material\tCREATE INDEX ix_doors_material ON public.doors USING btree (material)'),
    ('before', E'index\tpublic.doors\tix_doors_project_id\tCREATE INDEX ix_doors_project_id ON public.doors USING btree (project_id)'),
    ('before', E'index\tpublic.doors\tix_doors_project_id_status\tCREATE INDEX ix_doors_project_id_status ON public.doors USING btree (project_id, status)'),
    ('before', E'index\tpublic.doors\tix_doors_room_id\tCREATE INDEX ix_doors_room_id ON public.doors USING btree (room_id)'),
    ('before', E'index\tpublic.doors\tix_doors_status\tCREATE INDEX ix_doors_status ON public.doors USING btree (status)'),
    ('before', E'index\tpublic.doors\tpk_doors\tCREATE UNIQUE INDEX pk_doors ON public.doors USING btree (id)'),
    ('before', E'index\tpublic.labels\tix_labels_assigned_to\tCREATE INDEX ix_labels_assigned_to ON public.labels USING btree (assigned_to)'),
    ('before', E'index\tpublic.labels\tix_labels_building_id\tCREATE INDEX ix_labels_building_id ON public.labels USING btree (building_id)'),
    ('before', E'index\tpublic.labels\tix_labels_building_id_floor_id\tCREATE INDEX ix_labels_building_id_floor_id ON public.labels USING btree (building_id, floor_id)'),
    ('before', E'index\tpublic.labels\tix_labels_category\tCREATE INDEX ix_labels_category ON public.labels USING btree (category)'),
    ('before', E'index\tpublic.labels\tix_labels_created_by\tCREATE INDEX ix_labels_created_by ON public.labels USING btree (created_by)'),
    ('before', E'index\tpublic.labels\tix_labels_floor_id\tCREATE INDEX ix_labels_floor_id ON public.labels USING btree (floor_id)'),
    ('before', E'index\tpublic.labels\tix_labels_geom\tCREATE INDEX ix_labels_geom ON public.labels USING gist (geom)'),
    ('before', E'index\tpublic.labels\tix_labels_layer\tCREATE INDEX ix_labels_layer ON public.labels USING btree (layer)'),
    ('before', E'index\tpublic.labels\tix_labels_locked_by\tCREATE INDEX ix_labels_locked_by ON public.labels USING btree (locked_by)'),
    ('before', E'index\tpublic.labels\tix_labels_project_id\tCREATE INDEX ix_labels_project_id ON public.labels USING btree (project_id)'),
    ('before', E'index\tpublic.labels\tix_labels_project_id_status\tCREATE INDEX ix_labels_project_id_status ON public.labels USING btree (project_id, status)'),
    ('before', E'index\tpublic.labels\tix_labels_room_id\tCREATE INDEX ix_labels_room_id ON public.labels USING btree (room_id)'),
    ('before', E'index\tpublic.labels\tix_labels_status\tCREATE INDEX ix_labels_status ON public.labels USING btree (status)'),
    ('before', E'index\tpublic.labels\tix_labels_text\tCREATE INDEX ix_labels_text ON public.labels USING btree (text)'),
    ('before', E'index\tpublic.labels\tpk_labels\tCREATE UNIQUE INDEX pk_labels ON public.labels USING btree (id)'),
    ('before', E'index\tpublic.rooms\tix_rooms_assigned_to\tCREATE INDEX ix_rooms_assigned_to ON public.rooms USING btree (assigned_to)'),
    ('before', E'index\tpublic.rooms\tix_rooms_building_id\tCREATE INDEX ix_rooms_building_id ON public.rooms USING btree (building_id)'),
    ('before', E'index\tpublic.rooms\tix_rooms_building_id_floor_id\tCREATE INDEX ix_rooms_building_id_floor_id ON public.rooms USING btree (building_id, floor_id)'),
    ('before', E'index\tpublic.rooms\tix_rooms_category\tCREATE INDEX ix_rooms_category ON public.rooms USING btree (category)'),
    ('before', E'index\tpublic.rooms\tix_rooms_created_by\tCREATE INDEX ix_rooms_created_by ON public.rooms USING btree (created_by)'),
    ('before', E'index\tpublic.rooms\tix_rooms_floor_id\tCREATE INDEX ix_rooms_floor_id ON public.rooms USING btree (floor_id)'),
    ('before', E'index\tpublic.rooms\tix_rooms_geom\tCREATE INDEX ix_rooms_geom ON public.rooms USING gist (geom)'),
    ('before', E'index\tpublic.rooms\tix_rooms_layer\tCREATE INDEX ix_rooms_layer ON public.rooms USING btree (layer)'),
    ('before', E'index\tpublic.rooms\tix_rooms_locked_by\tCREATE INDEX ix_rooms_locked_by ON public.rooms USING btree (locked_by)'),
    ('before', E'index\tpublic.rooms\tix_rooms_name\tCREATE INDEX ix_rooms_name ON public.rooms USING btree (name)'),
    ('before', E'index\tpublic.rooms\tix_rooms_project_id\tCREATE INDEX ix_rooms_project_id ON public.rooms USING btree (project_id)'),
    ('before', E'index\tpublic.rooms\tix_rooms_project_id_status\tCREATE INDEX ix_rooms_project_id_status ON public.rooms USING btree (project_id, status)'),
    ('before', E'index\tpublic.rooms\tix_rooms_status\tCREATE INDEX ix_rooms_status ON public.rooms USING btree (status)'),
    ('before', E'index\tpublic.rooms\tpk_rooms\tCREATE UNIQUE INDEX pk_rooms ON public.rooms USING btree (id)'),
    ('before', E'index\tpublic.users\tpk_users\tCREATE UNIQUE INDEX pk_users ON public.users USING btree (id)'),
    ('before', E'index\tpublic.users\tuq_users_email\tCREATE UNIQUE INDEX uq_users_email ON public.users USING btree (email)'),
    ('before', E'index\tpublic.users\tuq_users_username\tCREATE UNIQUE INDEX uq_users_username ON public.users USING btree (username)'),
    ('before', E'index\tpublic.walls\tix_walls_assigned_to\tCREATE INDEX ix_walls_assigned_to ON public.walls USING btree (assigned_to)'),
    ('before', E'index\tpublic.walls\tix_walls_building_id\tCREATE INDEX ix_walls_building_id ON public.walls USING btree (building_id)'),
    ('before', E'index\tpublic.walls\tix_walls_building_id_floor_id\tCREATE INDEX ix_walls_building_id_floor_id ON public.walls USING btree (building_id, floor_id)'),
    ('before', E'index\tpublic.walls\tix_walls_category\tCREATE INDEX ix_walls_category ON public.walls USING btree (category)'),
    ('before', E'index\tpublic.walls\tix_walls_created_by\tCREATE INDEX ix_walls_created_by ON public.walls USING btree (created_by)'),
    ('before', E'index\tpublic.walls\tix_walls_floor_id\tCREATE INDEX ix_walls_floor_id ON public.walls USING btree (floor_id)'),
    ('before', E'index\tpublic.walls\tix_walls_geom\tCREATE INDEX ix_walls_geom ON public.walls USING gist (geom)'),
    ('before', E'index\tpublic.walls\tix_walls_layer\tCREATE INDEX ix_walls_layer ON public.walls USING btree (layer)'),
    ('before', E'index\tpublic.walls\tix_walls_locked_by\tCREATE INDEX ix_walls_locked_by ON public.walls USING btree (locked_by)'),
    ('before', E'index\tpublic.walls\tix_walls_material\tCREATE INDEX ix_walls_material ON public.walls USING btree (material)'),
    ('before', E'index\tpublic.walls\tix_walls_project_id\tCREATE INDEX ix_walls_project_id ON public.walls USING btree (project_id)'),
    ('before', E'index\tpublic.walls\tix_walls_project_id_status\tCREATE INDEX ix_walls_project_id_status ON public.walls USING btree (project_id, status)'),
    ('before', E'index\tpublic.walls\tix_walls_room_id\tCREATE INDEX ix_walls_room_id ON public.walls USING btree (room_id)'),
    ('before', E'index\tpublic.walls\tix_walls_status\tCREATE INDEX ix_walls_status ON public.walls USING btree (status)'),
    ('before', E'index\tpublic.walls\tpk_walls\tCREATE UNIQUE INDEX pk_walls ON public.walls USING btree (id)'),
    ('before', E'index\tpublic.windows\tix_windows_assigned_to\tCREATE INDEX ix_windows_assigned_to ON public.windows USING btree (assigned_to)'),
    ('before', E'index\tpublic.windows\tix_windows_building_id\tCREATE INDEX ix_windows_building_id ON public.windows USING btree (building_id)'),
    ('before', E'index\tpublic.windows\tix_windows_building_id_floor_id\tCREATE INDEX ix_windows_building_id_floor_id ON public.windows USING btree (building_id, floor_id)'),
    ('before', E'index\tpublic.windows\tix_windows_category\tCREATE INDEX ix_windows_category ON public.windows USING btree (category)'),
    ('before', E'index\tpublic.windows\tix_windows_created_by\tCREATE INDEX ix_windows_created_by ON public.windows USING btree (created_by)'),
    ('before', E'index\tpublic.windows\tix_windows_floor_id\tCREATE INDEX ix_windows_floor_id ON public.windows USING btree (floor_id)'),
    ('before', E'index\tpublic.windows\tix_windows_geom\tCREATE INDEX ix_windows_geom ON public.windows USING gist (geom)'),
    ('before', E'index\tpublic.windows\tix_windows_layer\tCREATE INDEX ix_windows_layer ON public.windows USING btree (layer)'),
    ('before', E'index\tpublic.windows\tix_windows_locked_by\tCREATE INDEX ix_windows_locked_by ON public.windows USING btree (locked_by)'),
    ('before', E'index\tpublic.windows\tix_windows_material\tCREATE INDEX ix_windows_material ON public.windows USING btree (material)'),
    ('before', E'index\tpublic.windows\tix_windows_project_id\tCREATE INDEX ix_windows_project_id ON public.windows USING btree (project_id)'),
    ('before', E'index\tpublic.windows\tix_windows_project_id_status\tCREATE INDEX ix_windows_project_id_status ON public.windows USING btree (project_id, status)'),
    ('before', E'index\tpublic.windows\tix_windows_room_id\tCREATE INDEX ix_windows_room_id ON public.windows USING btree (room_id)'),
    ('before', E'index\tpublic.windows\tix_windows_status\tCREATE INDEX ix_windows_status ON public.windows USING btree (status)'),
    ('before', E'index\tpublic.windows\tpk_windows\tCREATE UNIQUE INDEX pk_windows ON public.windows USING btree (id)'),
    ('before', E'index\tpublic.zones\tix_zones_assigned_to\tCREATE INDEX ix_zones_assigned_to ON public.zones USING btree (assigned_to)'),
    ('before', E'index\tpublic.zones\tix_zones_building_id\tCREATE INDEX ix_zones_building_id ON public.zones USING btree (building_id)'),
    ('before', E'index\tpublic.zones\tix_zones_building_id_floor_id\tCREATE INDEX ix_zones_building_id_floor_id ON public.zones USING btree (building_id, floor_id)'),
    ('before', E'index\tpublic.zones\tix_zones_category\tCREATE INDEX ix_zones_category ON public.zones USING btree (category)'),
    ('before', E'index\tpublic.zones\tix_zones_created_by\tCREATE INDEX ix_zones_created_by ON public.zones USING btree (created_by)'),
    ('before', E'index\tpublic.zones\tix_zones_floor_id\tCREATE INDEX ix_zones_floor_id ON public.zones USING btree (floor_id)'),
    ('before', E'index\tpublic.zones\tix_zones_geom\tCREATE INDEX ix_zones_geom ON public.zones USING gist (geom)'),
    ('before', E'index\tpublic.zones\tix_zones_layer\tCREATE INDEX ix_zones_layer ON public.zones USING btree (layer)'),
    ('before', E'index\tpublic.zones\tix_zones_locked_by\tCREATE INDEX ix_zones_locked_by ON public.zones USING btree (locked_by)'),
    ('before', E'index\tpublic.zones\tix_zones_name\tCREATE INDEX ix_zones_name ON public.zones USING btree (name)'),
    ('before', E'index\tpublic.zones\tix_zones_project_id\tCREATE INDEX ix_zones_project_id ON public.zones USING btree (project_id)'),
    ('before', E'index\tpublic.zones\tix_zones_project_id_status\tCREATE INDEX ix_zones_project_id_status ON public.zones USING btree (project_id, status)'),
    ('before', E'index\tpublic.zones\tix_zones_room_id\tCREATE INDEX ix_zones_room_id ON public.zones USING btree (room_id)'),
    ('before', E'index\tpublic.zones\tix_zones_status\tCREATE INDEX ix_zones_status ON public.zones USING btree (status)'),
    ('before', E'index\tpublic.zones\tpk_zones\tCREATE UNIQUE INDEX pk_zones ON public.zones USING btree (id)'),
    ('before', E'sequence\tpublic.users\tpublic.users_id_seq\tinteger START 1 INCREMENT 1 MIN 1 MAX 2147483647 CACHE 1 OWNED BY id'),
    ('before', E'table\tpublic.devices\t\t'),
    ('before', E'table\tpublic.doors\t\t'),
    ('before', E'table\tpublic.labels\t\t'),
    ('before', E'table\tpublic.rooms\t\t'),
    ('before', E'table\tpublic.users\t\t'),
    ('before', E'table\tpublic.walls\t\t'),
    ('before', E'table\tpublic.windows\t\t'),
    ('before', E'table\tpublic.zones\t\t'),
    ('after', E'column\tpublic.building_systems\tbuilding_id\tinteger'),
    ('after', E'column\tpublic.building_systems\tid\tinteger NOT NULL GENERATED BY DEFAULT AS IDENTITY'),
    ('after', E'column\tpublic.building_systems\tlocation\tpublic.geometry(Point,4326)'),
    ('after', E'column\tpublic.building_systems\tname\tcharacter varying(255) NOT NULL'),
    ('after', E'column\tpublic.building_systems\tsettings\tjsonb'),
    ('after', E'column\tpublic.devices\tassigned_to\tinteger'),
    ('after', E'column\tpublic.devices\tbuilding_id\tinteger'),
    ('after', E'column\tpublic.devices\tcategory\tcharacter varying(100) NOT NULL DEFAULT \'\'::character varying'),
    ('after', E'column\tpublic.devices\tcreated_by\tinteger'),
    ('after', E'column\tpublic.devices\tfloor_id\tinteger'),
    ('after', E'column\tpublic.devices\tgeom\tpublic.geometry(Point,4326)'),
    ('after', E'column\tpublic.devices\tid\tcharacter varying(64) NOT NULL'),
    ('after', E'column\tpublic.devices\tlayer\tcharacter varying(100)'),
    ('after', E'column\tpublic.devices\tlocked_by\tinteger'),
    ('after', E'column\tpublic.devices\tproject_id\tinteger'),
    ('after', E'column\tpublic.devices\troom_id\tcharacter varying(64)'),
    ('after', E'column\tpublic.devices\tsource_svg\tcharacter varying(255)'),
    ('after', E'column\tpublic.devices\tstate\tpublic.object_state NOT NULL DEFAULT \'draft\'::public.object_state'),
    ('after', E'column\tpublic.devices\tstatus\tcharacter varying(50)'),
    ('after', E'column\tpublic.devices\tsubtype\tcharacter varying(100)'),
    ('after', E'column\tpublic.devices\tsvg_id\tcharacter varying(255)'),
    ('after', E'column\tpublic.devices\tsystem\tcharacter varying(100)'),
    ('after', E'column\tpublic.devices\ttype\tcharacter varying(100)'),
    ('after', E'column\tpublic.doors\tassigned_to\tinteger'),
    ('after', E'column\tpublic.doors\tbuilding_id\tinteger'),
    ('after', E'column\tpublic.doors\tcategory\tcharacter varying(100) NOT NULL DEFAULT \'\'::character varying'),
    ('after', E'column\tpublic.doors\tcreated_by\tinteger'),
    ('after', E'column\tpublic.doors\tfloor_id\tinteger'),
    ('after', E'column\tpublic.doors\tgeom\tpublic.geometry(Geometry,4326)'),
    ('after', E'column\tpublic.doors\tid\tcharacter varying(64) NOT NULL'),
    ('after', E'column\tpublic.doors\tlayer\tcharacter varying(100)'),
    ('after', E'column\tpublic.doors\tlocked_by\tinteger'),
    ('after', E'column\tpublic.doors\tmaterial\tcharacter varying(100)'),
    ('after', E'column\tpublic.doors\tproject_id\tinteger'),
    ('after', E'column\tpublic.doors\troom_id\tcharacter varying(64)'),
    ('after', E'column\tpublic.doors\tsource_svg\tcharacter varying(255)'),
    ('after', E'column\tpublic.doors\tstate\tpublic.object_state NOT NULL DEFAULT \'draft\'::public.object_state'),
    ('after', E'column\tpublic.doors\tstatus\tcharacter varying(50)'),
    ('after', E'column\tpublic.doors\tsvg_id\tcharacter varying(255)'),
    ('after', E'column\tpublic.labels\tassigned_to\tinteger'),
    ('after', E'column\tpublic.labels\tbuilding_id\tinteger'),
    ('after', E'column\tpublic.labels\tcategory\tcharacter varying(100) NOT NULL DEFAULT \'\'::character varying'),
    ('after', E'column\tpublic.labels\tcreated_by\tinteger'),
    ('after', E'column\tpublic.labels\tfloor_id\tinteger'),
    ('after', E'column\tpublic.labels\tgeom\tpublic.geometry(Point,4326)'),
    ('after', E'column\tpublic.labels\tid\tcharacter varying(64) NOT NULL'),
    ('after', E'column\tpublic.labels\tlayer\tcharacter varying(100)'),
    ('after', E'column\tpublic.labels\tlocked_by\tinteger'),
    ('after', E'column\tpublic.labels\tproject_id\tinteger'),
    ('after', E'column\tpublic.labels\troom_id\tcharacter varying(64)'),
    ('after', E'column\tpublic.labels\tsource_svg\tcharacter varying(255)'),
    ('after', E'column\tpublic.labels\tstate\tpublic.object_state NOT NULL DEFAULT \'draft\'::public.object_state'),
    ('after', E'column\tpublic.labels\tstatus\tcharacter varying(50)'),
    ('after', E'column\tpublic.labels\tsvg_id\tcharacter varying(255)'),
    ('after', E'column\tpublic.labels\ttext\tcharacter varying(255)'),
    ('after', E'column\tpublic.maintenance_tasks\tbuilding_system_id\tinteger'),
    ('after', E'column\tpublic.maintenance_tasks\tdone_at\ttimestamp with time zone'),
    ('after', E'column\tpublic.maintenance_tasks\tdue_on\tdate'),
    ('after', E'column\tpublic.maintenance_tasks\tid\tinteger NOT NULL GENERATED BY DEFAULT AS IDENTITY'),
    ('after', E'column\tpublic.maintenance_tasks\ttitle\tcharacter varying(255) NOT NULL'),
    ('after', E'column\tpublic.rooms\tassigned_to\tinteger'),
    ('after', E'column\tpublic.rooms\tbuilding_id\tinteger'),
    ('after', E'column\tpublic.rooms\tcategory\tcharacter varying(100) NOT NULL DEFAULT \'\'::character varying'),
    ('after', E'column\tpublic.rooms\tcreated_by\tinteger'),
    ('after', E'column\tpublic.rooms\tfloor_id\tinteger'),
    ('after', E'column\tpublic.rooms\tgeom\tpublic.geometry(Polygon,4326)'),
    ('after', E'column\tpublic.rooms\tid\tcharacter varying(64) NOT NULL'),
    ('after', E'column\tpublic.rooms\tlayer\tcharacter varying(100)'),
    ('after', E'column\tpublic.rooms\tlocked_by\tinteger'),
    ('after', E'column\tpublic.rooms\tname\tcharacter varying(255)'),
    ('after', E'column\tpublic.rooms\tproject_id\tinteger'),
    ('after', E'column\tpublic.rooms\tsource_svg\tcharacter varying(255)'),
    ('after', E'column\tpublic.rooms\tstate\tpublic.object_state NOT NULL DEFAULT \'draft\'::public.object_state'),
    ('after', E'column\tpublic.rooms\tstatus\tcharacter varying(50)'),
    ('after', E'column\tpublic.rooms\tsvg_id\tcharacter varying(255)'),
    ('after', E'column\tpublic.users\tcreated_at\ttimestamp with time zone DEFAULT CURRENT_TIMESTAMP'),
    ('after', E'column\tpublic.users\temail\tcharacter varying(255) NOT NULL'),
    ('after', E'column\tpublic.users\temail_verified_at\ttimestamp with time zone'),
    ('after', E'column\tpublic.users\tid\tinteger NOT NULL GENERATED BY DEFAULT AS IDENTITY'),
    ('after', E'column\tpublic.users\tis_active\tboolean NOT NULL DEFAULT true'),
    ('after', E'column\tpublic.users\tlast_login_at\ttimestamp with time zone'),
    ('after', E'column\tpublic.users\tpassword_hash\tcharacter varying(255) NOT NULL'),
    ('after', E'column\tpublic.users\tprevious_email\tcharacter varying(255)'),
    ('after', E'column\tpublic.users\trole\tcharacter varying(50) NOT NULL DEFAULT \'user\'::character varying'),
    ('after', E'column\tpublic.users\tupdated_at\ttimestamp with time zone DEFAULT CURRENT_TIMESTAMP'),
    ('after', E'column\tpublic.users\tusername\tcharacter varying(100) NOT NULL'),
    ('after', E'column\tpublic.walls\tassigned_to\tinteger'),
    ('after', E'column\tpublic.walls\tbuilding_id\tinteger'),
    ('after', E'column\tpublic.walls\tcategory\tcharacter varying(100) NOT NULL DEFAULT \'\'::character varying'),
    ('after', E'column\tpublic.walls\tcreated_by\tinteger'),
    ('after', E'column\tpublic.walls\tfloor_id\tinteger'),
    ('after', E'column\tpublic.walls\tgeom\tpublic.geometry(Geometry,4326)'),
    ('after', E'column\tpublic.walls\tid\tcharacter varying(64) NOT NULL'),
    ('after', E'column\tpublic.walls\tlayer\tcharacter varying(100)'),
    ('after', E'column\tpublic.walls\tlocked_by\tinteger'),
    ('after', E'column\tpublic.walls\tmaterial\tcharacter varying(100)'),
    ('after', E'column\tpublic.walls\tproject_id\tinteger'),
    ('after', E'column\tpublic.walls\troom_id\tcharacter varying(64)'),
    ('after', E'column\tpublic.walls\tsource_svg\tcharacter varying(255)'),
    ('after', E'column\tpublic.walls\tstate\tpublic.object_state NOT NULL DEFAULT \'draft\'::public.object_state'),
    ('after', E'column\tpublic.walls\tstatus\tcharacter varying(50)'),
    ('after', E'column\tpublic.walls\tsvg_id\tcharacter varying(255)'),
    ('after', E'column\tpublic.windows\tassigned_to\tinteger'),
    ('after', E'column\tpublic.windows\tbuilding_id\tinteger'),
    ('after', E'column\tpublic.windows\tcategory\tcharacter varying(100) NOT NULL DEFAULT \'\'::character varying'),
    ('after', E'column\tpublic.windows\tcreated_by\tinteger'),
    ('after', E'column\tpublic.windows\tfloor_id\tinteger'),
    ('after', E'column\tpublic.windows\tgeom\tpublic.geometry(Geometry,4326)'),
    ('after', E'column\tpublic.windows\tid\tcharacter varying(64) NOT NULL'),
    ('after', E'column\tpublic.windows\tlayer\tcharacter varying(100)'),
    ('after', E'column\tpublic.windows\tlocked_by\tinteger'),
    ('after', E'column\tpublic.windows\tmaterial\tcharacter varying(100)'),
    ('after', E'column\tpublic.windows\tproject_id\tinteger'),
    ('after', E'column\tpublic.windows\troom_id\tcharacter varying(64)'),
    ('after', E'column\tpublic.windows\tsource_svg\tcharacter varying(255)'),
    ('after', E'column\tpublic.windows\tstate\tpublic.object_state NOT NULL DEFAULT \'draft\'::public.object_state'),
    ('after', E'column\tpublic.windows\tstatus\tcharacter varying(50)'),
    ('after', E'column\tpublic.windows\tsvg_id\tcharacter varying(255)'),
    ('after', E'column\tpublic.zones\tassigned_to\tinteger'),
    ('after', E'column\tpublic.zones\tbuilding_id\tinteger'),
    ('after', E'column\tpublic.zones\tcategory\tcharacter varying(100) NOT NULL DEFAULT \'\'::character varying'),
    ('after', E'column\tpublic.zones\tcreated_by\tinteger'),
    ('after', E'column\tpublic.zones\tfloor_id\tinteger'),
    ('after', E'column\tpublic.zones\tgeom\tpublic.geometry(Polygon,4326)'),
    ('after', E'column\tpublic.zones\tid\tcharacter varying(64) NOT NULL'),
    ('after', E'column\tpublic.zones\tlayer\tcharacter varying(100)'),
    ('after', E'column\tpublic.zones\tlocked_by\tinteger'),
    ('after', E'column\tpublic.zones\tname\tcharacter varying(255)'),
    ('after', E'column\tpublic.zones\tproject_id\tinteger'),
    ('after', E'column\tpublic.zones\troom_id\tcharacter varying(64)'),
    ('after', E'column\tpublic.zones\tsource_svg\tcharacter varying(255)'),
    ('after', E'column\tpublic.zones\tstate\tpublic.object_state NOT NULL DEFAULT \'draft\'::public.object_state'),
    ('after', E'column\tpublic.zones\tstatus\tcharacter varying(50)'),
    ('after', E'column\tpublic.zones\tsvg_id\tcharacter varying(255)'),
    ('after', E'column order\tpublic.building_systems\t\tid, name, building_id, settings, location'),
    ('after', E'column order\tpublic.devices\t\tid, room_id, type, system, subtype, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom, state'),
    ('after', E'column order\tpublic.doors\t\tid, room_id, material, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom, state'),
    ('after', E'column order\tpublic.labels\t\tid, room_id, text, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom, state'),
    ('after', E'column order\tpublic.maintenance_tasks\t\tid, building_system_id, title, due_on, done_at'),
    ('after', E'column order\tpublic.rooms\t\tid, name, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom, state'),
    ('after', E'column order\tpublic.users\t\tid, email, username, password_hash, role, created_at, updated_at, last_login_at, email_verified_at, is_active, previous_email'),
    ('after', E'column order\tpublic.walls\t\tid, room_id, material, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom, state'),
    ('after', E'column order\tpublic.windows\t\tid, room_id, material, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom, state'),
    ('after', E'column order\tpublic.zones\t\tid, room_id, name, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom, state'),
    ('after', E'constraint\tpublic.building_systems\tfk_building_systems_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.building_systems\tpk_building_systems\tPRIMARY KEY (id)'),
    ('after', E'constraint\tpublic.devices\tfk_devices_assigned_to_users\tFOREIGN KEY (assigned_to) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.devices\tfk_devices_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.devices\tfk_devices_created_by_users\tFOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.devices\tfk_devices_floor_id_floors\tFOREIGN KEY (floor_id) REFERENCES public.floors(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.devices\tfk_devices_locked_by_users\tFOREIGN KEY (locked_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.devices\tfk_devices_project_id_projects\tFOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.devices\tfk_devices_room_id_rooms\tFOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.devices\tpk_devices\tPRIMARY KEY (id)'),
    ('after', E'constraint\tpublic.doors\tfk_doors_assigned_to_users\tFOREIGN KEY (assigned_to) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.doors\tfk_doors_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.doors\tfk_doors_created_by_users\tFOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.doors\tfk_doors_floor_id_floors\tFOREIGN KEY (floor_id) REFERENCES public.floors(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.doors\tfk_doors_locked_by_users\tFOREIGN KEY (locked_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.doors\tfk_doors_project_id_projects\tFOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.doors\tfk_doors_room_id_rooms\tFOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.doors\tpk_doors\tPRIMARY KEY (id)'),
    ('after', E'constraint\tpublic.labels\tfk_labels_assigned_to_users\tFOREIGN KEY (assigned_to) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.labels\tfk_labels_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.labels\tfk_labels_created_by_users\tFOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.labels\tfk_labels_floor_id_floors\tFOREIGN KEY (floor_id) REFERENCES public.floors(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.labels\tfk_labels_locked_by_users\tFOREIGN KEY (locked_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.labels\tfk_labels_project_id_projects\tFOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.labels\tfk_labels_room_id_rooms\tFOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.labels\tpk_labels\tPRIMARY KEY (id)'),
    ('after', E'constraint\tpublic.maintenance_tasks\tfk_maintenance_tasks_building_system_id_building_systems\tFOREIGN KEY (building_system_id) REFERENCES public.building_systems(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.maintenance_tasks\tpk_maintenance_tasks\tPRIMARY KEY (id)'),
    ('after', E'constraint\tpublic.rooms\tfk_rooms_assigned_to_users\tFOREIGN KEY (assigned_to) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.rooms\tfk_rooms_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.rooms\tfk_rooms_created_by_users\tFOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.rooms\tfk_rooms_floor_id_floors\tFOREIGN KEY (floor_id) REFERENCES public.floors(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.rooms\tfk_rooms_locked_by_users\tFOREIGN KEY (locked_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.rooms\tfk_rooms_project_id_projects\tFOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.rooms\tpk_rooms\tPRIMARY KEY (id)'),
    ('after', E'constraint\tpublic.users\tpk_users\tPRIMARY KEY (id)'),
    ('after', E'constraint\tpublic.users\tuq_users_email\tUNIQUE (email)'),
    ('after', E'constraint\tpublic.users\tuq_users_username\tUNIQUE (username)'),
    ('after', E'constraint\tpublic.walls\tfk_walls_assigned_to_users\tFOREIGN KEY (assigned_to) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.walls\tfk_walls_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.walls\tfk_walls_created_by_users\tFOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.walls\tfk_walls_floor_id_floors\tFOREIGN KEY (floor_id) REFERENCES public.floors(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.walls\tfk_walls_locked_by_users\tFOREIGN KEY (locked_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.walls\tfk_walls_project_id_projects\tFOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.walls\tfk_walls_room_id_rooms\tFOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.walls\tpk_walls\tPRIMARY KEY (id)'),
    ('after', E'constraint\tpublic.windows\tfk_windows_assigned_to_users\tFOREIGN KEY (assigned_to) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.windows\tfk_windows_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.windows\tfk_windows_created_by_users\tFOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.windows\tfk_windows_floor_id_floors\tFOREIGN KEY (floor_id) REFERENCES public.floors(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.windows\tfk_windows_locked_by_users\tFOREIGN KEY (locked_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.windows\tfk_windows_project_id_projects\tFOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.windows\tfk_windows_room_id_rooms\tFOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.windows\tpk_windows\tPRIMARY KEY (id)'),
    ('after', E'constraint\tpublic.zones\tfk_zones_assigned_to_users\tFOREIGN KEY (assigned_to) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.zones\tfk_zones_building_id_buildings\tFOREIGN KEY (building_id) REFERENCES public.buildings(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.zones\tfk_zones_created_by_users\tFOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.zones\tfk_zones_floor_id_floors\tFOREIGN KEY (floor_id) REFERENCES public.floors(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.zones\tfk_zones_locked_by_users\tFOREIGN KEY (locked_by) REFERENCES public.users(id) ON DELETE SET NULL'),
    ('after', E'constraint\tpublic.zones\tfk_zones_project_id_projects\tFOREIGN KEY (project_id) REFERENCES public.projects(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.zones\tfk_zones_room_id_rooms\tFOREIGN KEY (room_id) REFERENCES public.rooms(id) ON DELETE CASCADE'),
    ('after', E'constraint\tpublic.zones\tpk_zones\tPRIMARY KEY (id)'),
    ('after', E'index\tpublic.building_systems\tix_building_systems_building_id\tCREATE INDEX ix_building_systems_building_id ON public.building_systems USING btree (building_id)'),
    ('after', E'index\tpublic.building_systems\tix_building_systems_location\tCREATE INDEX ix_building_systems_location ON public.building_systems USING gist (location)'),
    ('after', E'index\tpublic.building_systems\tpk_building_systems\tCREATE UNIQUE INDEX pk_building_systems ON public.building_systems USING btree (id)'),
    ('after', E'index\tpublic.devices\tix_devices_assigned_to\tCREATE INDEX ix_devices_assigned_to ON public.devices USING btree (assigned_to)'),
    ('after', E'index\tpublic.devices\tix_devices_building_id\tCREATE INDEX ix_devices_building_id ON public.devices USING btree (building_id)'),
    ('after', E'index\tpublic.devices\tix_devices_building_id_floor_id\tCREATE INDEX ix_devices_building_id_floor_id ON public.devices USING btree (building_id, floor_id)'),
    ('after', E'index\tpublic.devices\tix_devices_category\tCREATE INDEX ix_devices_category ON public.devices USING btree (category)'),
    ('after', E'index\tpublic.devices\tix_devices_created_by\tCREATE INDEX ix_devices_created_by ON public.devices USING btree (created_by)'),
    ('after', E'index\tpublic.devices\tix_devices_floor_id\tCREATE INDEX ix_devices_floor_id ON public.devices USING btree (floor_id)'),
    ('after', E'index\tpublic.devices\tix_devices_geom\tCREATE INDEX ix_devices_geom ON public.devices USING gist (geom)'),
    ('after', E'index\tpublic.devices\tix_devices_layer\tCREATE INDEX ix_devices_layer ON public.devices USING btree (layer)'),
    ('after', E'index\tpublic.devices\tix_devices_locked_by\tCREATE INDEX ix_devices_locked_by ON public.devices USING btree (locked_by)'),
    ('after', E'index\tpublic.devices\tix_devices_project_id\tCREATE INDEX ix_devices_project_id ON public.devices USING btree (project_id)'),
    ('after', E'index\tpublic.devices\tix_devices_project_id_status\tCREATE INDEX ix_devices_project_id_status ON public.devices USING btree (project_id, status)'),
    ('after', E'index\tpublic.devices\tix_devices_room_id\tCREATE INDEX ix_devices_room_id ON public.devices USING btree (room_id)'),
    ('after', E'index\tpublic.devices\tix_devices_status\tCREATE INDEX ix_devices_status ON public.devices USING btree (status)'),
    ('after', E'index\tpublic.devices\tix_devices_subtype\tCREATE INDEX ix_devices_subtype ON public.devices USING btree (subtype)'),
    ('after', E'index\tpublic.devices\tix_devices_system\tCREATE INDEX ix_devices_system ON public.devices USING btree (system)'),
    ('after', E'index\tpublic.devices\tix_devices_type\tCREATE INDEX ix_devices_type ON public.devices USING btree (type)'),
    ('after', E'index\tpublic.devices\tpk_devices\tCREATE UNIQUE INDEX pk_devices ON public.devices USING btree (id)'),
    ('after', E'index\tpublic.doors\tix_doors_assigned_to\tCREATE INDEX ix_doors_assigned_to ON public.doors USING btree (assigned_to)'),
    ('after', E'index\tpublic.doors\tix_doors_building_id\tCREATE INDEX ix_doors_building_id ON public.doors USING btree (building_id)'),
    ('after', E'index\tpublic.doors\tix_doors_building_id_floor_id\tCREATE INDEX ix_doors_building_id_floor_id ON public.doors USING btree (building_id, floor_id)'),
    ('after', E'index\tpublic.doors\tix_doors_category\tCREATE INDEX ix_doors_category ON public.doors USING btree (category)'),
    ('after', E'index\tpublic.doors\tix_doors_created_by\tCREATE INDEX ix_doors_created_by ON public.doors USING btree (created_by)'),
    ('after', E'index\tpublic.doors\tix_doors_floor_id\tCREATE INDEX ix_doors_floor_id ON public.doors USING btree (floor_id)'),
    ('after', E'index\tpublic.doors\tix_doors_geom\tCREATE INDEX ix_doors_geom ON public.doors USING gist (geom)'),
    ('after', E'index\tpublic.doors\tix_doors_layer\tCREATE INDEX ix_doors_layer ON public.doors USING btree (layer)'),
    ('after', E'index\tpublic.doors\tix_doors_locked_by\tCREATE INDEX ix_doors_locked_by ON public.doors USING btree (locked_by)'),
    ('after', E'index\tpublic.doors\tix_doors_material\tCREATE INDEX ix_doors_material ON public.doors USING btree (material)'),
    ('after', E'index\tpublic.doors\tix_doors_project_id\tCREATE INDEX ix_doors_project_id ON public.doors USING btree (project_id)'),
    ('after', E'index\tpublic.doors\tix_doors_project_id_status\tCREATE INDEX ix_doors_project_id_status ON public.doors USING btree (project_id, status)'),
    ('after', E'index\tpublic.doors\tix_doors_room_id\tCREATE INDEX ix_doors_room_id ON public.doors USING btree (room_id)'),
    ('after', E'index\tpublic.doors\tix_doors_status\tCREATE INDEX ix_doors_status ON public.doors USING btree (status)'),
    ('after', E'index\tpublic.doors\tpk_doors\tCREATE UNIQUE INDEX pk_doors ON public.doors USING btree (id)'),
    ('after', E'index\tpublic.labels\tix_labels_assigned_to\tCREATE INDEX ix_labels_assigned_to ON public.labels USING btree (assigned_to)'),
    ('after', E'index\tpublic.labels\tix_labels_building_id\tCREATE INDEX ix_labels_building_id ON public.labels USING btree (building_id)'),
    ('after', E'index\tpublic.labels\tix_labels_building_id_floor_id\tCREATE INDEX ix_labels_building_id_floor_id ON public.labels USING btree (building_id, floor_id)'),
    ('after', E'index\tpublic.labels\tix_labels_category\tCREATE INDEX ix_labels_category ON public.labels USING btree (category)'),
    ('after', E'index\tpublic.labels\tix_labels_created_by\tCREATE INDEX ix_labels_created_by ON public.labels USING btree (created_by)'),
    ('after', E'index\tpublic.labels\tix_labels_floor_id\tCREATE INDEX ix_labels_floor_id ON public.labels USING btree (floor_id)'),
    ('after', E'index\tpublic.labels\tix_labels_geom\tCREATE INDEX ix_labels_geom ON public.labels USING gist (geom)'),
    ('after', E'index\tpublic.labels\tix_labels_layer\tCREATE INDEX ix_labels_layer ON public.labels USING btree (layer)'),
    ('after', E'index\tpublic.labels\tix_labels_locked_by\tCREATE INDEX ix_labels_locked_by ON public.labels USING btree (locked_by)'),
    ('after', E'index\tpublic.labels\tix_labels_project_id\tCREATE INDEX ix_labels_project_id ON public.labels USING btree (project_id)'),
    ('after', E'index\tpublic.labels\tix_labels_project_id_status\tCREATE INDEX ix_labels_project_id_status ON public.labels USING btree (project_id, status)'),
    ('after', E'index\tpublic.labels\tix_labels_room_id\tCREATE INDEX ix_labels_room_id ON public.labels USING btree (room_id)'),
    ('after', E'index\tpublic.labels\tix_labels_status\tCREATE INDEX ix_labels_status ON public.labels USING btree (status)'),
    ('after', E'index\tpublic.labels\tix_labels_text\tCREATE INDEX ix_labels_text ON public.labels USING btree (text)'),
    ('after', E'index\tpublic.labels\tpk_labels\tCREATE UNIQUE INDEX pk_labels ON public.labels USING btree (id)'),
    ('after', E'index\tpublic.maintenance_tasks\tix_maintenance_tasks_building_system_id\tCREATE INDEX ix_maintenance_tasks_building_system_id ON public.maintenance_tasks USING btree (building_system_id)'),
    ('after', E'index\tpublic.maintenance_tasks\tpk_maintenance_tasks\tCREATE UNIQUE INDEX pk_maintenance_tasks ON public.maintenance_tasks USING btree (id)'),
    ('after', E'index\tpublic.rooms\tix_rooms_assigned_to\tCREATE INDEX ix_rooms_assigned_to ON public.rooms USING btree (assigned_to)'),
    ('after', E'index\tpublic.rooms\tix_rooms_building_id\tCREATE INDEX ix_rooms_building_id ON public.rooms USING btree (building_id)'),
    ('after', E'index\tpublic.rooms\tix_rooms_building_id_floor_id\tCREATE INDEX ix_rooms_building_id_floor_id ON public.rooms USING btree (building_id, floor_id)'),
    ('after', E'index\tpublic.rooms\tix_rooms_category\tCREATE INDEX ix_rooms_category ON public.rooms USING btree (category)'),
    ('after', E'index\tpublic.rooms\tix_rooms_created_by\tCREATE INDEX ix_rooms_created_by ON public.rooms USING btree (created_by)'),
    ('after', E'index\tpublic.rooms\tix_rooms_floor_id\tCREATE INDEX ix_rooms_floor_id ON public.rooms USING btree (floor_id)'),
    ('after', E'index\tpublic.rooms\tix_rooms_geom\tCREATE INDEX ix_rooms_geom ON public.rooms USING gist (geom)'),
    ('after', E'index\tpublic.rooms\tix_rooms_layer\tCREATE INDEX ix_rooms_layer ON public.rooms USING btree (layer)'),
    ('after', E'index\tpublic.rooms\tix_rooms_locked_by\tCREATE INDEX ix_rooms_locked_by ON public.rooms USING btree (locked_by)'),
    ('after', E'index\tpublic.rooms\tix_rooms_name\tCREATE INDEX ix_rooms_name ON public.rooms USING btree (name)'),
    ('after', E'index\tpublic.rooms\tix_rooms_project_id\tCREATE INDEX ix_rooms_project_id ON public.rooms USING btree (project_id)'),
    ('after', E'index\tpublic.rooms\tix_rooms_project_id_status\tCREATE INDEX ix_rooms_project_id_status ON public.rooms USING btree (project_id, status)'),
    ('after', E'index\tpublic.rooms\tix_rooms_status\tCREATE INDEX ix_rooms_status ON public.rooms USING btree (status)'),
    ('after', E'index\tpublic.rooms\tpk_rooms\tCREATE UNIQUE INDEX pk_rooms ON public.rooms USING btree (id)'),
    ('after', E'index\tpublic.users\tpk_users\tCREATE UNIQUE INDEX pk_users ON public.users USING btree (id)'),
    ('after', E'index\tpublic.users\tuq_users_email\tCREATE UNIQUE INDEX uq_users_email ON public.users USING btree (email)'),
    ('after', E'index\tpublic.users\tuq_users_username\tCREATE UNIQUE INDEX uq_users_username ON public.users USING btree (username)'),
    ('after', E'index\tpublic.walls\tix_walls_assigned_to\tCREATE INDEX ix_walls_assigned_to ON public.walls USING btree (assigned_to)'),
    ('after', E'index\tpublic.walls\tix_walls_building_id\tCREATE INDEX ix_walls_building_id ON public.walls USING btree (building_id)'),
    ('after', E'index\tpublic.walls\tix_walls_building_id_floor_id\tCREATE INDEX ix_walls_building_id_floor_id ON public.walls USING btree (building_id, floor_id)'),
    ('after', E'index\tpublic.walls\tix_walls_category\tCREATE INDEX ix_walls_category ON public.walls USING btree (category)'),
    ('after', E'index\tpublic.walls\tix_walls_created_by\tCREATE INDEX ix_walls_created_by ON public.walls USING btree (created_by)'),
    ('after', E'index\tpublic.walls\tix_walls_floor_id\tCREATE INDEX ix_walls_floor_id ON public.walls USING btree (floor_id)'),
    ('after', E'index\tpublic.walls\tix_walls_geom\tCREATE INDEX ix_walls_geom ON public.walls USING gist (geom)'),
    ('after', E'index\tpublic.walls\tix_walls_layer\tCREATE INDEX ix_walls_layer ON public.walls USING btree (layer)'),
    ('after', E'index\tpublic.walls\tix_walls_locked_by\tCREATE INDEX ix_walls_locked_by ON public.walls USING btree (locked_by)'),
    ('after', E'index\tpublic.walls\tix_walls_material\tCREATE INDEX ix_walls_material ON public.walls USING btree (material)'),
    ('after', E'index\tpublic.walls\tix_walls_project_id\tCREATE INDEX ix_walls_project_id ON public.walls USING btree (project_id)'),
    ('after', E'index\tpublic.walls\tix_walls_project_id_status\tCREATE INDEX ix_walls_project_id_status ON public.walls USING btree (project_id, status)'),
    ('after', E'index\tpublic.walls\tix_walls_room_id\tCREATE INDEX ix_walls_room_id ON public.walls USING btree (room_id)'),
    ('after', E'index\tpublic.walls\tix_walls_status\tCREATE INDEX ix_walls_status ON public.walls USING btree (status)'),
    ('after', E'index\tpublic.walls\tpk_walls\tCREATE UNIQUE INDEX pk_walls ON public.walls USING btree (id)'),
    ('after', E'index\tpublic.windows\tix_windows_assigned_to\tCREATE INDEX ix_windows_assigned_to ON public.windows USING btree (assigned_to)'),
    ('after', E'index\tpublic.windows\tix_windows_building_id\tCREATE INDEX ix_windows_building_id ON public.windows USING btree (building_id)'),
    ('after', E'index\tpublic.windows\tix_windows_building_id_floor_id\tCREATE INDEX ix_windows_building_id_floor_id ON public.windows USING btree (building_id, floor_id)'),
    ('after', E'index\tpublic.windows\tix_windows_category\tCREATE INDEX ix_windows_category ON public.windows USING btree (category)'),
    ('after', E'index\tpublic.windows\tix_windows_created_by\tCREATE INDEX ix_windows_created_by ON public.windows USING btree (created_by)'),
    ('after', E'index\tpublic.windows\tix_windows_floor_id\tCREATE INDEX ix_windows_floor_id ON public.windows USING btree (floor_id)'),
    ('after', E'index\tpublic.windows\tix_windows_geom\tCREATE INDEX ix_windows_geom ON public.windows USING gist (geom)'),
    ('after', E'index\tpublic.windows\tix_windows_layer\tCREATE INDEX ix_windows_layer ON public.windows USING btree (layer)'),
    ('after', E'index\tpublic.windows\tix_windows_locked_by\tCREATE INDEX ix_windows_locked_by ON public.windows USING btree (locked_by)'),
    ('after', E'index\tpublic.windows\tix_windows_material\tCREATE INDEX ix_windows_material ON public.windows USING btree (material)'),
    ('after', E'index\tpublic.windows\tix_windows_project_id\tCREATE INDEX ix_windows_project_id ON public.windows USING btree (project_id)'),
    ('after', E'index\tpublic.windows\tix_windows_project_id_status\tCREATE INDEX ix_windows_project_id_status ON public.windows USING btree (project_id, status)'),
    ('after', E'index\tpublic.windows\tix_windows_room_id\tCREATE INDEX ix_windows_room_id ON public.windows USING btree (room_id)'),
    ('after', E'index\tpublic.windows\tix_windows_status\tCREATE INDEX ix_windows_status ON public.windows USING btree (status)'),
    ('after', E'index\tpublic.windows\tpk_windows\tCREATE UNIQUE INDEX pk_windows ON public.windows USING btree (id)'),
    ('after', E'index\tpublic.zones\tix_zones_assigned_to\tCREATE INDEX ix_zones_assigned_to ON public.zones USING btree (assigned_to)'),
    ('after', E'index\tpublic.zones\tix_zones_building_id\tCREATE INDEX ix_zones_building_id ON public.zones USING btree (building_id)'),
    ('after', E'index\tpublic.zones\tix_zones_building_id_floor_id\tCREATE INDEX ix_zones_building_id_floor_id ON public.zones USING btree (building_id, floor_id)'),
    ('after', E'index\tpublic.zones\tix_zones_category\tCREATE INDEX ix_zones_category ON public.zones USING btree (category)'),
    ('after', E'index\tpublic.zones\tix_zones_created_by\tCREATE INDEX ix_zones_created_by ON public.zones USING btree (created_by)'),
    ('after', E'index\tpublic.zones\tix_zones_floor_id\tCREATE INDEX ix_zones_floor_id ON public.zones USING btree (floor_id)'),
    ('after', E'index\tpublic.zones\tix_zones_geom\tCREATE INDEX ix_zones_geom ON public.zones USING gist (geom)'),
    ('after', E'index\tpublic.zones\tix_zones_layer\tCREATE INDEX ix_zones_layer ON public.zones USING btree (layer)'),
    ('after', E'index\tpublic.zones\tix_zones_locked_by\tCREATE INDEX ix_zones_locked_by ON public.zones USING btree (locked_by)'),
    ('after', E'index\tpublic.zones\tix_zones_name\tCREATE INDEX ix_zones_name ON public.zones USING btree (name)'),
    ('after', E'index\tpublic.zones\tix_zones_project_id\tCREATE INDEX ix_zones_project_id ON public.zones USING btree (project_id)'),
    ('after', E'index\tpublic.zones\tix_zones_project_id_status\tCREATE INDEX ix_zones_project_id_status ON public.zones USING btree (project_id, status)'),
    ('after', E'index\tpublic.zones\tix_zones_room_id\tCREATE INDEX ix_zones_room_id ON public.zones USING btree (room_id)'),
    ('after', E'index\tpublic.zones\tix_zones_status\tCREATE INDEX ix_zones_status ON public.zones USING btree (status)'),
    ('after', E'index\tpublic.zones\tpk_zones\tCREATE UNIQUE INDEX pk_zones ON public.zones USING btree (id)'),
    ('after', E'sequence\tpublic.building_systems\tpublic.building_systems_id_seq\tinteger START 1 INCREMENT 1 MIN 1 MAX 2147483647 CACHE 1 OWNED BY id'),
    ('after', E'sequence\tpublic.maintenance_tasks\tpublic.maintenance_tasks_id_seq\tinteger START 1 INCREMENT 1 MIN 1 MAX 2147483647 CACHE 1 OWNED BY id'),
    ('after', E'sequence\tpublic.users\tpublic.users_id_seq\tinteger START 1 INCREMENT 1 MIN 1 MAX 2147483647 CACHE 1 OWNED BY id'),
    ('after', E'table\tpublic.building_systems\t\t'),
    ('after', E'table\tpublic.devices\t\t'),
    ('after', E'table\tpublic.doors\t\t'),
    ('after', E'table\tpublic.labels\t\t'),
    ('after', E'table\tpublic.maintenance_tasks\t\t'),
    ('after', E'table\tpublic.rooms\t\t'),
    ('after', E'table\tpublic.users\t\t'),
    ('after', E'table\tpublic.walls\t\t'),
    ('after', E'table\tpublic.windows\t\t'),
    ('after', E'table\tpublic.zones\t\t'),
    ('after', E'type\tpublic.object_state\t\tENUM (\'draft\', \'active\', \'archived\')')
) AS d (kind, line) \gset

-- >>> machinery drift 1
SELECT format('note: this server is PostgreSQL %s, rehearsed was %s', current_setting('server_version'), d.line)
FROM jsonb_to_recordset(current_setting('release.drift')::jsonb) AS d (kind text, line text)
WHERE
    d.kind = 'server'
    AND split_part(d.line, '.', 1) <> (current_setting('server_version_num')::integer / 10000)::text;

WITH rehearsed AS (
    SELECT
        d.kind,
        d.line
    FROM jsonb_to_recordset(current_setting('release.drift')::jsonb) AS d (kind text, line text)
),

found AS (
-- Every object of this database that is not an extension's, as sorted lines of text: kind, object, part, definition,
-- separated by tabs. For PostgreSQL 13 to 18, read-only:  psql -X -At -d DATABASE -f catalog.sql
-- (with many tables, PGOPTIONS='-c jit=off' spares the time to compile it)
-- Tab, newline, carriage return and backslash in names and definitions are written \t, \n, \r and \\.
-- A line tells what somebody defined, as pg_dump would write it, and not what a server stores with it: what that is
-- in each column of the catalog says catalog.toml beside this file. Options count by their names in the manual. What
-- is kept in the order in which it came (grants, options, roles of a policy) is sorted, and no OID is printed.
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

-- CREATE TABLE and CREATE VIEW, storage parameters (manual of 18); those of a table's TOAST table have names that begin with toast.
parameters (name) AS (
    VALUES
    ('autovacuum_analyze_scale_factor'), ('autovacuum_analyze_threshold'), ('autovacuum_enabled'),
    ('autovacuum_freeze_max_age'), ('autovacuum_freeze_min_age'), ('autovacuum_freeze_table_age'),
    ('autovacuum_multixact_freeze_max_age'), ('autovacuum_multixact_freeze_min_age'),
    ('autovacuum_multixact_freeze_table_age'), ('autovacuum_vacuum_cost_delay'), ('autovacuum_vacuum_cost_limit'),
    ('autovacuum_vacuum_insert_scale_factor'), ('autovacuum_vacuum_insert_threshold'),
    ('autovacuum_vacuum_max_threshold'), ('autovacuum_vacuum_scale_factor'), ('autovacuum_vacuum_threshold'),
    ('check_option'), ('fillfactor'), ('log_autovacuum_min_duration'), ('parallel_workers'), ('security_barrier'),
    ('security_invoker'), ('toast_tuple_target'), ('user_catalog_table'), ('vacuum_index_cleanup'),
    ('vacuum_max_eager_freeze_failure_rate'), ('vacuum_truncate')
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
        a.*, c.name AS relation, c.relkind, c.relispartition, quote_ident(a.attname) AS name, to_jsonb(a) AS fields,
        row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum) AS place
    FROM pg_catalog.pg_attribute AS a
    INNER JOIN relations AS c ON c.oid = a.attrelid
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S'
),

-- operators and functions of operator families of this database
family_members AS MATERIALIZED (
    SELECT
        m.family, d.refobjid AS class,
        m.member || CASE WHEN m.left_type <> '' THEN ' FOR ' || m.left_type || ', ' || m.right_type ELSE '' END AS member
    FROM (
        SELECT
            'pg_amop'::regclass AS classid, o.oid AS objid, o.amopfamily AS family,
            concat_ws(
                ' ', 'OPERATOR', o.amopstrategy, o.amopopr::regoperator,
                'ORDER BY ' || (SELECT f.opfname FROM pg_catalog.pg_opfamily AS f WHERE f.oid = o.amopsortfamily)
            ) AS member,
            '' AS left_type, '' AS right_type
        FROM pg_catalog.pg_amop AS o
        UNION ALL
        SELECT
            'pg_amproc'::regclass, p.oid, p.amprocfamily,
            concat_ws(' ', 'FUNCTION', p.amprocnum, p.amproc::regprocedure),
            format_type(p.amproclefttype, NULL), format_type(p.amprocrighttype, NULL)
        FROM pg_catalog.pg_amproc AS p
    ) AS m
    LEFT JOIN pg_catalog.pg_depend AS d
        ON d.classid = m.classid AND d.objid = m.objid AND d.refclassid = 'pg_opclass'::regclass AND d.deptype = 'i'
    CROSS JOIN settings
    WHERE m.family >= 16384
),

owned (name, part, owner) AS (
    SELECT c.name, '', c.relowner FROM relations AS c WHERE c.relkind <> 'c'
    UNION ALL
    SELECT p.name, '', p.proowner FROM functions AS p
    UNION ALL
    SELECT t.name, '', t.typowner FROM types AS t
    UNION ALL
    SELECT s.name, 'schema', s.nspowner FROM own_spaces AS s WHERE s.oid >= 16384
    UNION ALL
    SELECT i.identity, i.type, o.owner
    FROM (
        SELECT 'pg_operator'::regclass AS classid, oid AS objid, oprowner AS owner FROM pg_catalog.pg_operator
        UNION ALL
        SELECT 'pg_opclass'::regclass, oid, opcowner FROM pg_catalog.pg_opclass
        UNION ALL
        SELECT 'pg_opfamily'::regclass, oid, opfowner FROM pg_catalog.pg_opfamily
        UNION ALL
        SELECT 'pg_collation'::regclass, oid, collowner FROM pg_catalog.pg_collation
        UNION ALL
        SELECT 'pg_conversion'::regclass, oid, conowner FROM pg_catalog.pg_conversion
        UNION ALL
        SELECT 'pg_statistic_ext'::regclass, oid, stxowner FROM pg_catalog.pg_statistic_ext
        UNION ALL
        SELECT 'pg_ts_config'::regclass, oid, cfgowner FROM pg_catalog.pg_ts_config
        UNION ALL
        SELECT 'pg_ts_dict'::regclass, oid, dictowner FROM pg_catalog.pg_ts_dict
        UNION ALL
        SELECT 'pg_language'::regclass, oid, lanowner FROM pg_catalog.pg_language
        UNION ALL
        SELECT 'pg_foreign_data_wrapper'::regclass, oid, fdwowner FROM pg_catalog.pg_foreign_data_wrapper
        UNION ALL
        SELECT 'pg_foreign_server'::regclass, oid, srvowner FROM pg_catalog.pg_foreign_server
        UNION ALL
        SELECT 'pg_event_trigger'::regclass, oid, evtowner FROM pg_catalog.pg_event_trigger
        UNION ALL
        SELECT 'pg_publication'::regclass, oid, pubowner FROM pg_catalog.pg_publication
    ) AS o
    CROSS JOIN settings
    CROSS JOIN LATERAL pg_identify_object(o.classid, o.objid, 0) AS i
    WHERE
        o.objid >= 16384
        AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = o.classid AND m.objid = o.objid)
),

-- whose grants are not those that it came with (pg_dump's own comparison); nobody granted anything: NULL
granted (name, part, acl, usual) AS (
    SELECT c.name, '', c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)
    FROM relations AS c WHERE c.relacl IS NOT NULL
    UNION ALL
    SELECT a.relation, a.name, a.attacl, NULL::aclitem[] FROM columns AS a WHERE a.attacl IS NOT NULL
    UNION ALL
    SELECT p.name, '', p.proacl, acldefault('f', p.proowner) FROM functions AS p WHERE p.proacl IS NOT NULL
    UNION ALL
    SELECT t.name, '', t.typacl, acldefault('T', t.typowner) FROM types AS t WHERE t.typacl IS NOT NULL
    UNION ALL
    SELECT
        s.name, 'schema', s.nspacl,
        coalesce(
            (
                -- the schema public comes with grants
                SELECT p.initprivs FROM pg_catalog.pg_init_privs AS p
                WHERE p.classoid = 'pg_namespace'::regclass AND p.objoid = s.oid AND p.objsubid = 0
            ),
            acldefault('n', s.nspowner)
        )
    FROM own_spaces AS s WHERE s.nspacl IS NOT NULL
    UNION ALL
    SELECT quote_ident(l.lanname), 'language', l.lanacl, acldefault('l', l.lanowner)
    FROM pg_catalog.pg_language AS l CROSS JOIN settings WHERE l.lanacl IS NOT NULL AND l.oid >= 16384
    UNION ALL
    SELECT quote_ident(w.fdwname), 'foreign data wrapper', w.fdwacl, acldefault('F', w.fdwowner)
    FROM pg_catalog.pg_foreign_data_wrapper AS w CROSS JOIN settings WHERE w.fdwacl IS NOT NULL
    UNION ALL
    SELECT quote_ident(v.srvname), 'foreign server', v.srvacl, acldefault('S', v.srvowner)
    FROM pg_catalog.pg_foreign_server AS v CROSS JOIN settings WHERE v.srvacl IS NOT NULL
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
                    || CASE WHEN bool_or(to_jsonb(i) ->> 'inhdetachpending' = 'true') THEN ' DETACH PENDING' ELSE '' END
                FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid
            ),
            pg_get_expr(c.relpartbound, c.oid),
            'USING ' || (SELECT m.amname FROM pg_catalog.pg_am AS m WHERE m.oid = c.relam AND m.amname <> 'heap'),
            'WITH (' || (
                SELECT string_agg(o.prefix || o.option, ', ' ORDER BY o.prefix || o.option)
                FROM (
                    SELECT '' AS prefix, unnest(c.reloptions) AS option
                    UNION ALL
                    SELECT 'toast.', unnest(t.reloptions) FROM pg_catalog.pg_class AS t WHERE t.oid = c.reltoastrelid
                ) AS o
                WHERE split_part(o.option, '=', 1) IN (SELECT n.name FROM parameters AS n)
            ) || ')',
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
            'WITH (' || (
                SELECT string_agg(o.option, ', ' ORDER BY o.option) FROM unnest(a.attoptions) AS o (option)
                WHERE split_part(o.option, '=', 1) IN ('n_distinct', 'n_distinct_inherited') -- ALTER TABLE, SET ( attribute_option )
            ) || ')',
            'OPTIONS ' || a.attfdwoptions::text,
            -- of a partition it depends on how it became one
            CASE
                WHEN a.attinhcount > 0 AND NOT a.relispartition
                    THEN CASE WHEN a.attislocal THEN 'INHERITED AND LOCAL' ELSE 'INHERITED' END
            END
        )
    FROM columns AS a
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum

    UNION ALL
    SELECT 'column order', a.relation, '', string_agg(a.name, ', ' ORDER BY a.place)
    FROM columns AS a GROUP BY a.relation

    UNION ALL
    -- PostgreSQL 18 keeps NOT NULL as a constraint too; the column's line tells of it, save what only a constraint has:
    -- a name other than the one that goes without saying (with pg_dump's own comparison), NO INHERIT, NOT VALID
    SELECT
        'constraint', c.name, quote_ident(k.conname),
        concat_ws(
            ' ', pg_get_constraintdef(k.oid),
            CASE
                WHEN k.coninhcount > 0 AND NOT c.relispartition
                    THEN CASE WHEN k.conislocal THEN 'INHERITED AND LOCAL' ELSE 'INHERITED' END
            END
        )
    FROM pg_catalog.pg_constraint AS k
    INNER JOIN tables AS c ON c.oid = k.conrelid
    LEFT JOIN pg_catalog.pg_attribute AS a ON k.contype = 'n' AND a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
    WHERE
        (
            k.contype <> 'n' OR NOT k.convalidated OR k.connoinherit
            OR k.conname <> c.relname || '_' || a.attname || '_not_null'
        )
        AND k.contype <> 't'

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
    SELECT
        'aggregate', p.name, '',
        concat_ws(
            ' ', format_type(p.prorettype, NULL), 'KIND', g.aggkind, 'PARALLEL', p.proparallel,
            'SFUNC', g.aggtransfn, 'STYPE', format_type(g.aggtranstype, NULL), 'SSPACE', g.aggtransspace,
            'FINALFUNC', nullif(g.aggfinalfn, 0), g.aggfinalextra, g.aggfinalmodify,
            'COMBINEFUNC', nullif(g.aggcombinefn, 0), 'SERIALFUNC', nullif(g.aggserialfn, 0),
            'DESERIALFUNC', nullif(g.aggdeserialfn, 0), 'INITCOND ' || quote_literal(g.agginitval),
            'MSFUNC', nullif(g.aggmtransfn, 0), 'MINVFUNC', nullif(g.aggminvtransfn, 0),
            'MSTYPE ' || format_type(nullif(g.aggmtranstype, 0), NULL), 'MSSPACE', g.aggmtransspace,
            'MFINALFUNC', nullif(g.aggmfinalfn, 0), g.aggmfinalextra, g.aggmfinalmodify,
            'MINITCOND ' || quote_literal(g.aggminitval), 'SORTOP ' || nullif(g.aggsortop, 0)::regoperator::text
        )
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
    -- a foreign key that was switched off by ALTER TABLE, DISABLE TRIGGER ALL
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
                CASE WHEN t.typnotnull THEN 'NOT NULL' END,
                'DEFAULT ' || coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault))
            WHEN 'c' THEN 'COMPOSITE'
            WHEN 'r' THEN (
                SELECT concat_ws(
                    ' ', 'RANGE OF', format_type(r.rngsubtype, NULL),
                    'COLLATE ' || nullif(r.rngcollation, 0)::regcollation::text,
                    'OPCLASS ' || (SELECT o.opcname FROM pg_catalog.pg_opclass AS o WHERE o.oid = r.rngsubopc),
                    'CANONICAL ' || nullif(r.rngcanonical, 0)::regproc::text,
                    'DIFF ' || nullif(r.rngsubdiff, 0)::regproc::text,
                    'MULTIRANGE ' || (to_jsonb(r) ->> 'rngmultitypid')::oid::regtype::text)
                FROM pg_catalog.pg_range AS r WHERE r.rngtypid = t.oid)
            WHEN 'p' THEN 'SHELL'
            ELSE concat_ws(
                ' ', 'INPUT', t.typinput, 'OUTPUT', t.typoutput, 'RECEIVE', nullif(t.typreceive, 0),
                'SEND', nullif(t.typsend, 0), 'TYPMOD_IN', nullif(t.typmodin, 0), 'TYPMOD_OUT', nullif(t.typmodout, 0),
                'ANALYZE', nullif(t.typanalyze, 0), 'SUBSCRIPT ' || nullif(to_jsonb(t) ->> 'typsubscript', '-'),
                'LENGTH', t.typlen, 'BY VALUE', t.typbyval, 'ALIGNMENT', t.typalign, 'STORAGE', t.typstorage,
                'CATEGORY', t.typcategory, 'PREFERRED', t.typispreferred, 'DELIMITER', t.typdelim,
                'ELEMENT ' || format_type(nullif(t.typelem, 0), NULL), 'COLLATABLE', t.typcollation <> 0,
                'DEFAULT ' || t.typdefault)
        END
    FROM types AS t

    UNION ALL
    SELECT 'domain constraint', t.name, quote_ident(k.conname), pg_get_constraintdef(k.oid)
    FROM pg_catalog.pg_constraint AS k
    INNER JOIN types AS t ON t.oid = k.contypid
    WHERE k.contype <> 'n' OR k.conname <> t.typname || '_not_null'

    UNION ALL
    SELECT
        'policy', c.name, quote_ident(p.polname),
        concat_ws(
            ' ', CASE WHEN p.polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END, 'FOR', p.polcmd::text, 'TO',
            (
                SELECT string_agg(n.role, ', ' ORDER BY n.role)
                FROM unnest(p.polroles) AS r (role)
                CROSS JOIN LATERAL (
                    SELECT CASE r.role WHEN 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(r.role)) END
                ) AS n (role)
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
    WHERE
        o.oprcode <> 0 -- a shell, which a commutator's or negator's definition left
        AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_operator'::regclass AND m.objid = o.oid)

    UNION ALL
    SELECT
        'operator class', i.identity, '',
        concat_ws(
            ' ', format_type(o.opcintype, NULL), CASE WHEN o.opcdefault THEN 'DEFAULT' END,
            'STORAGE ' || format_type(nullif(o.opckeytype, 0), NULL),
            'FAMILY ' || (
                SELECT quote_ident(n.nspname) || '.' || quote_ident(f.opfname)
                FROM pg_catalog.pg_opfamily AS f
                INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = f.opfnamespace WHERE f.oid = o.opcfamily
            ),
            (
                SELECT string_agg(f.member, ', ' ORDER BY f.member)
                FROM family_members AS f WHERE f.family = o.opcfamily AND f.class = o.oid
            )
        )
    FROM pg_catalog.pg_opclass AS o
    INNER JOIN spaces AS s ON s.oid = o.opcnamespace
    CROSS JOIN LATERAL pg_identify_object('pg_opclass'::regclass, o.oid, 0) AS i
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_opclass'::regclass AND m.objid = o.oid)

    UNION ALL
    -- with what belongs to the family, and to none of its classes
    SELECT
        'operator family', i.identity, '',
        (
            SELECT string_agg(f.member, ', ' ORDER BY f.member)
            FROM family_members AS f WHERE f.family = o.oid AND f.class IS NULL
        )
    FROM pg_catalog.pg_opfamily AS o
    INNER JOIN spaces AS s ON s.oid = o.opfnamespace
    CROSS JOIN LATERAL pg_identify_object('pg_opfamily'::regclass, o.oid, 0) AS i
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_opfamily'::regclass AND m.objid = o.oid)

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
        concat_ws(
            ' ', 'PROVIDER', o.collprovider, 'LC_COLLATE ' || quote_literal(o.collcollate),
            'LC_CTYPE ' || quote_literal(o.collctype),
            'LOCALE ' || quote_literal(coalesce(f.fields ->> 'colllocale', f.fields ->> 'colliculocale')),
            'RULES ' || quote_literal(f.fields ->> 'collicurules'),
            CASE WHEN NOT o.collisdeterministic THEN 'NOT DETERMINISTIC' END
        )
    FROM pg_catalog.pg_collation AS o
    CROSS JOIN LATERAL (SELECT to_jsonb(o) AS fields) AS f
    INNER JOIN spaces AS s ON s.oid = o.collnamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_collation'::regclass AND m.objid = o.oid)

    UNION ALL
    SELECT
        'text search configuration', s.name || '.' || quote_ident(t.cfgname), '',
        (SELECT q.prsname FROM pg_catalog.pg_ts_parser AS q WHERE q.oid = t.cfgparser) || ' '
        || (SELECT string_agg(concat_ws(' ', m.maptokentype, m.mapseqno, m.mapdict::regdictionary), ', '
            ORDER BY m.maptokentype, m.mapseqno) FROM pg_catalog.pg_ts_config_map AS m WHERE m.mapcfg = t.oid)
    FROM pg_catalog.pg_ts_config AS t
    INNER JOIN spaces AS s ON s.oid = t.cfgnamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_ts_config'::regclass AND m.objid = t.oid)

    UNION ALL
    SELECT
        'text search dictionary', s.name || '.' || quote_ident(t.dictname), '',
        concat_ws(' ', quote_ident(n.nspname) || '.' || quote_ident(q.tmplname), t.dictinitoption)
    FROM pg_catalog.pg_ts_dict AS t
    INNER JOIN pg_catalog.pg_ts_template AS q ON q.oid = t.dicttemplate
    INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = q.tmplnamespace
    INNER JOIN spaces AS s ON s.oid = t.dictnamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_ts_dict'::regclass AND m.objid = t.oid)

    UNION ALL
    SELECT
        'text search parser', s.name || '.' || quote_ident(t.prsname), '',
        concat_ws(' ', t.prsstart, t.prstoken, t.prsend, nullif(t.prsheadline, 0), t.prslextype)
    FROM pg_catalog.pg_ts_parser AS t
    INNER JOIN spaces AS s ON s.oid = t.prsnamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_ts_parser'::regclass AND m.objid = t.oid)

    UNION ALL
    SELECT
        'text search template', s.name || '.' || quote_ident(t.tmplname), '',
        concat_ws(' ', nullif(t.tmplinit, 0), t.tmpllexize)
    FROM pg_catalog.pg_ts_template AS t
    INNER JOIN spaces AS s ON s.oid = t.tmplnamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_ts_template'::regclass AND m.objid = t.oid)

    UNION ALL
    SELECT
        'conversion', s.name || '.' || quote_ident(k.conname), '',
        concat_ws(
            ' ', pg_encoding_to_char(k.conforencoding), 'TO', pg_encoding_to_char(k.contoencoding), k.conproc,
            CASE WHEN k.condefault THEN 'DEFAULT' END
        )
    FROM pg_catalog.pg_conversion AS k
    INNER JOIN spaces AS s ON s.oid = k.connamespace
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_conversion'::regclass AND m.objid = k.oid)

    UNION ALL
    SELECT
        'language', quote_ident(l.lanname), '',
        concat_ws(
            ' ', CASE WHEN l.lanpltrusted THEN 'TRUSTED' END, nullif(l.lanplcallfoid, 0)::regproc,
            nullif(l.laninline, 0)::regproc, nullif(l.lanvalidator, 0)::regproc
        )
    FROM pg_catalog.pg_language AS l
    CROSS JOIN settings
    WHERE
        l.lanispl AND l.oid >= 16384
        AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_language'::regclass AND m.objid = l.oid)

    UNION ALL
    SELECT 'access method', quote_ident(k.amname), '', concat_ws(' ', k.amtype, k.amhandler)
    FROM pg_catalog.pg_am AS k
    CROSS JOIN settings
    WHERE
        k.oid >= 16384
        AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_am'::regclass AND m.objid = k.oid)

    UNION ALL
    SELECT
        'transform', i.identity, '',
        concat_ws(' ', nullif(t.trffromsql, 0)::regprocedure, nullif(t.trftosql, 0)::regprocedure)
    FROM pg_catalog.pg_transform AS t
    CROSS JOIN settings
    CROSS JOIN LATERAL pg_identify_object('pg_transform'::regclass, t.oid, 0) AS i
    WHERE NOT EXISTS (SELECT FROM members AS m WHERE m.classid = 'pg_transform'::regclass AND m.objid = t.oid)

    UNION ALL
    SELECT
        'foreign data wrapper', quote_ident(w.fdwname), '',
        concat_ws(' ', nullif(w.fdwhandler, 0)::regproc, nullif(w.fdwvalidator, 0)::regproc, w.fdwoptions)
    FROM pg_catalog.pg_foreign_data_wrapper AS w
    CROSS JOIN settings
    WHERE NOT EXISTS (
        SELECT FROM members AS m WHERE m.classid = 'pg_foreign_data_wrapper'::regclass AND m.objid = w.oid)

    UNION ALL
    -- without its options, among which passwords are
    SELECT 'user mapping', quote_ident(u.srvname), quote_ident(u.usename), ''
    FROM pg_catalog.pg_user_mappings AS u CROSS JOIN settings

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
    SELECT
        'publication', quote_ident(p.pubname), '',
        concat_ws(
            ' ', CASE WHEN p.puballtables THEN 'FOR ALL TABLES' END, CASE WHEN p.pubinsert THEN 'insert' END,
            CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,
            CASE WHEN p.pubtruncate THEN 'truncate' END, CASE WHEN p.pubviaroot THEN 'VIA ROOT' END,
            'GENERATED COLUMNS ' || nullif(to_jsonb(p) ->> 'pubgencols', 'n'),
            'FOR TABLES IN SCHEMA ' || (
                -- pg_publication_namespace came with 15; that it ties a schema to a publication says pg_depend
                SELECT string_agg(quote_ident(n.nspname), ', ' ORDER BY n.nspname)
                FROM pg_catalog.pg_depend AS d
                INNER JOIN pg_catalog.pg_depend AS e ON e.classid = d.classid AND e.objid = d.objid
                INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = e.refobjid
                WHERE
                    d.classid = to_regclass('pg_catalog.pg_publication_namespace')
                    AND d.refclassid = 'pg_publication'::regclass AND d.refobjid = p.oid
                    AND e.refclassid = 'pg_namespace'::regclass
            )
        )
    FROM pg_catalog.pg_publication AS p CROSS JOIN settings

    UNION ALL
    SELECT
        'publication member', c.name, quote_ident(p.pubname),
        concat_ws(
            ' ',
            '(' || (
                SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
                FROM pg_catalog.pg_attribute AS a
                WHERE
                    a.attrelid = c.oid
                    AND a.attnum::text = ANY (string_to_array(to_jsonb(r) ->> 'prattrs', ' '))
            ) || ')',
            'WHERE ' || (
                SELECT to_jsonb(t) ->> 'rowfilter' FROM pg_catalog.pg_publication_tables AS t
                WHERE
                    to_jsonb(r) ->> 'prqual' IS NOT NULL AND t.pubname = p.pubname AND t.tablename = c.relname
                    AND t.schemaname = (SELECT n.nspname FROM pg_catalog.pg_namespace AS n WHERE n.oid = c.relnamespace)
            )
        )
    FROM pg_catalog.pg_publication_rel AS r
    INNER JOIN pg_catalog.pg_publication AS p ON p.oid = r.prpubid
    INNER JOIN tables AS c ON c.oid = r.prrelid

    UNION ALL
    -- of its options those that every reader may see on every version
    SELECT
        'subscription', quote_ident(u.subname), '',
        concat_ws(' ', u.subslotname, (
            SELECT string_agg(quote_ident(n.name), ', ' ORDER BY n.name) FROM unnest(u.subpublications) AS n (name)))
    FROM pg_catalog.pg_subscription AS u
    CROSS JOIN settings
    WHERE u.subdbid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database())

    UNION ALL
    -- of ALTER DATABASE and ALTER ROLE
    SELECT
        'setting',
        CASE u.setrole WHEN 0 THEN 'database' ELSE quote_ident(pg_get_userbyid(u.setrole)) END,
        CASE WHEN u.setrole <> 0 AND u.setdatabase <> 0 THEN 'in database' ELSE '' END,
        (SELECT string_agg(o.option, ', ' ORDER BY o.option) FROM unnest(u.setconfig) AS o (option))
    FROM pg_catalog.pg_db_role_setting AS u
    CROSS JOIN settings
    WHERE u.setdatabase IN (0, (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = current_database()))

    UNION ALL
    SELECT 'security label', l.objname, concat_ws(' ', l.objtype, l.provider), l.label
    FROM pg_catalog.pg_seclabels AS l
    CROSS JOIN settings
    WHERE
        l.objnamespace IN (SELECT s.oid FROM spaces AS s)
        AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = l.classoid AND m.objid = l.objoid)

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
        AND (
            d.classoid <> 'pg_extension'::regclass
            -- unless they are the extension's own words
            OR d.description IS DISTINCT FROM (
                SELECT v.comment FROM pg_catalog.pg_available_extensions AS v
                INNER JOIN pg_catalog.pg_extension AS e ON e.extname = v.name WHERE e.oid = d.objoid
            )
        )
        AND d.classoid <> 'pg_largeobject'::regclass -- rows, named by their OID
        AND NOT EXISTS (SELECT FROM members AS m WHERE m.classid = d.classoid AND m.objid = d.objoid)
        AND (d.classoid <> 'pg_class'::regclass OR c.oid IS NOT NULL OR o.name IS NOT NULL)

    UNION ALL
    SELECT 'comment', n.name, 'schema', d.description
    FROM spaces AS n
    INNER JOIN pg_catalog.pg_description AS d ON d.classoid = 'pg_namespace'::regclass AND d.objoid = n.oid
    WHERE n.oid < 16384 AND d.description <> 'standard public schema'

    UNION ALL
    -- owners and grants
    SELECT 'owner', o.name, o.part, pg_get_userbyid(o.owner) FROM owned AS o

    UNION ALL
    -- what was granted besides, and what was taken of, that which an object comes with
    SELECT
        CASE WHEN bool_or(g.given) THEN 'grant' ELSE 'revoke' END,
        g.name,
        concat_ws(
            ' ', nullif(g.part, ''), 'TO', CASE g.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(g.grantee) END,
            'BY', pg_get_userbyid(g.grantor)
        ),
        string_agg(
            g.privilege_type || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', '
            ORDER BY g.privilege_type
        )
    FROM (
        (
            SELECT o.name, o.part, true AS given, h.* FROM granted AS o CROSS JOIN LATERAL aclexplode(o.acl) AS h
            EXCEPT
            SELECT o.name, o.part, true, h.* FROM granted AS o CROSS JOIN LATERAL aclexplode(o.usual) AS h
        )
        UNION ALL
        (
            SELECT o.name, o.part, false, h.* FROM granted AS o CROSS JOIN LATERAL aclexplode(o.usual) AS h
            EXCEPT
            SELECT o.name, o.part, false, h.* FROM granted AS o CROSS JOIN LATERAL aclexplode(o.acl) AS h
        )
    ) AS g
    GROUP BY g.given, g.name, g.part, g.grantee, g.grantor

    UNION ALL
    SELECT
        'default privileges', pg_get_userbyid(a.defaclrole),
        concat_ws(
            ' ', a.defaclobjtype, 'IN ' || (
                SELECT quote_ident(n.nspname) FROM pg_catalog.pg_namespace AS n WHERE n.oid = a.defaclnamespace),
            'TO', CASE g.grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(g.grantee) END
        ),
        string_agg(
            g.privilege_type || CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END, ', '
            ORDER BY g.privilege_type
        )
    FROM pg_catalog.pg_default_acl AS a
    CROSS JOIN settings
    CROSS JOIN LATERAL aclexplode(a.defaclacl) AS g
    GROUP BY a.defaclrole, a.defaclobjtype, a.defaclnamespace, g.grantee
)

SELECT
    translate_line.line
FROM lines AS l
CROSS JOIN LATERAL (
    SELECT string_agg(
        replace(replace(replace(replace(coalesce(f.field, ''), E'\\', E'\\\\'), E'\t', E'\\t'), E'\n', E'\\n'),
            E'\r', E'\\r'),
        E'\t' ORDER BY f.number) AS line
    FROM unnest(ARRAY[
        l.kind, l.object, l.part,
        -- PostgreSQL writes `IN (...)` on a varchar in one way, and in another what it reads of that (a restored dump)
        regexp_replace(
            regexp_replace(l.definition, '\(ARRAY\[((?:''(?:[^'']|'''')*''::character varying(?:, )?)+)\]\)::text\[\]',
                'ARRAY[\1]', 'g'),
            '\((''(?:[^'']|'''')*''::character varying)\)::text', '\1', 'g')
    ]) WITH ORDINALITY AS f (field, number)
) AS translate_line
ORDER BY translate_line.line COLLATE "C"
)

SELECT CASE WHEN f.line IS NULL THEN '- ' || e.line ELSE '+ ' || f.line END AS difference
FROM (SELECT x.line FROM rehearsed AS x WHERE x.kind = :'state') AS e
FULL JOIN (
    SELECT y.line FROM found AS y
    WHERE
        split_part(y.line, E'\t', 2) IN (SELECT t.line FROM rehearsed AS t WHERE t.kind = 'touched')
        AND split_part(y.line, E'\t', 1) NOT IN ('default privileges', 'grant', 'owner', 'revoke')
) AS f ON f.line = e.line
WHERE e.line IS NULL OR f.line IS NULL
ORDER BY coalesce(e.line, f.line) COLLATE "C", 1;
COMMIT;
-- <<< machinery drift 1
