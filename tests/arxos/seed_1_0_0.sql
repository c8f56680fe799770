-- Rows for every table as release 1.0.0 (revision 002) leaves it: what the data changes of later releases meet.
-- For a fresh database: identities count from 1. Every date is given, so that two seeded databases are equal.

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET TIME ZONE 'UTC';

-- E-mail: with @, without, empty, with an address of somebody else in the way, and as long as columns allow.
INSERT INTO users (email, username, password_hash, role, created_at, updated_at) VALUES
('ada@arxos.io', 'ada', 'x1', 'admin', '2025-01-02 03:04:05.678901+00', '2025-02-03 04:05:06+00'),
('bob', 'bob', 'x2', 'user', NULL, NULL),
('carol', 'carol', 'x3', 'user', '2025-03-01 00:00:00+00', NULL),        -- carol@example.com is taken
('carol@example.com', 'carol2', 'x4', 'user', NULL, '2025-03-02 00:00:00+00'),
('', 'empty', 'x5', '', '1969-12-31 23:59:59+00', '9999-12-31 00:00:00+00'),
('DAVE', 'Dave O''Neil', 'x6', 'user', '1969-12-31 23:59:59+00', NULL),
('dave@Example.com', 'dave', 'x7', 'user', NULL, NULL),
(repeat('long', 60), repeat('u', 100), 'x8', 'user', NULL, NULL),
('100%', '100%', 'x9', E'tab\there', NULL, NULL),
('Zoë Ünïcode', 'zoë', 'x10', 'user', NULL, NULL),
('two@signs@arxos.io', 'at@sign', 'x11', 'user', NULL, NULL);

INSERT INTO projects (name, user_id, created_at, updated_at) VALUES
('Campus', 1, '2025-01-10 08:00:00+00', '2025-06-01 12:34:56.123456+00'),
('Archive', 2, NULL, NULL),
('Nobody''s', NULL, '2025-01-11 08:00:00+00', '2025-01-12 08:00:00+00');

INSERT INTO buildings (name, address, owner_id, project_id, created_at, updated_at) VALUES
('Main hall', '1 High St; "rear" \entrance', 1, 1, '2025-01-13 08:00:00+00', NULL),
('Annex', NULL, NULL, 1, NULL, '2025-01-14 08:00:00+00'),
('Depot', '', 2, 2, NULL, NULL);

INSERT INTO floors (name, building_id, svg_path, created_at, updated_at) VALUES
('Ground', 1, '/svg/g.svg', '2025-01-15 08:00:00+00', NULL),
('First', 1, NULL, NULL, NULL),
('', 3, '', NULL, '2025-01-16 08:00:00+00');

INSERT INTO categories (name, building_id, created_at, updated_at) VALUES
('HVAC', 1, '2025-01-17 08:00:00+00', NULL),
('Electrical', NULL, NULL, NULL);

-- Status: labels in any case and padding, others, empty, NULL; trim() takes spaces, not tabs. A room's name is never
-- empty (1.2.0 forbids it), but may be NULL or a space.
INSERT INTO rooms
(id, name, layer, status, source_svg, svg_id, category, created_by, locked_by, assigned_to, building_id, floor_id, project_id, geom)
VALUES
('r-1', 'Lobby', 'A', ' Active ', 'g.svg', 'p1', 'public', 1, NULL, 2, 1, 1, 1,
    ST_GeomFromText('POLYGON((0 0, 0 10, 10 10, 10 0, 0 0))', 4326)),
('r-2', 'Office 1', 'A', 'ARCHIVED', NULL, NULL, '', 1, 2, NULL, 1, 1, 1,
    ST_GeomFromText('POLYGON((10 0, 10 10, 20 10, 20 0, 10 0), (12 2, 12 4, 14 4, 14 2, 12 2))', 4326)),
('r-3', NULL, NULL, 'weird', NULL, NULL, '', NULL, NULL, NULL, 1, 2, 1, NULL),
('r-4', ' ', 'B', NULL, NULL, NULL, '', NULL, NULL, NULL, NULL, NULL, NULL,
    ST_GeomFromText('POLYGON EMPTY', 4326)),
('r-5', 'Store "5"', 'B', '', NULL, NULL, '', NULL, NULL, NULL, 3, 3, 2,
    ST_GeomFromText('POLYGON((0.1 0.2, 0.1 1.3, 1.7 1.3, 0.1 0.2))', 4326)),
('r-6', 'Lab', 'B', 'draft', NULL, NULL, '', NULL, NULL, NULL, 3, 3, 2, NULL),
('r-7', 'Roof', 'C', 'active', NULL, NULL, '', NULL, NULL, NULL, 2, NULL, 1,
    ST_GeomFromText('POLYGON((0 20, 0 30, 10 30, 10 20, 0 20))', 4326)),
('r-8', 'Cellar', 'C', E'active\t', NULL, NULL, '', NULL, NULL, NULL, 2, NULL, 1, NULL),
('r-9', 'Attic', 'C', '  archived', NULL, NULL, '', NULL, NULL, NULL, 2, NULL, 1, NULL);

INSERT INTO walls (id, room_id, material, layer, status, category, created_by, building_id, floor_id, project_id, geom)
VALUES
('w-1', 'r-1', 'brick', 'A', 'Active', '', 1, 1, 1, 1, ST_GeomFromText('LINESTRING(0 0, 0 10)', 4326)),
('w-2', 'r-1', 'glass', 'A', 'draft', '', NULL, 1, 1, 1,
    ST_GeomFromText('POLYGON((0 0, 0 10, 0.2 10, 0.2 0, 0 0))', 4326)),
('w-3', NULL, NULL, NULL, NULL, '', NULL, NULL, NULL, NULL, NULL);

INSERT INTO doors (id, room_id, material, layer, status, category, building_id, floor_id, project_id, geom) VALUES
('d-1', 'r-1', 'oak', 'A', ' ARCHIVED', '', 1, 1, 1, ST_GeomFromText('LINESTRING(0 4, 0 5)', 4326)),
('d-2', 'r-2', '', 'A', 'weird', '', 1, 1, 1, NULL);

INSERT INTO windows (id, room_id, material, layer, status, category, building_id, floor_id, project_id, geom) VALUES
('n-1', 'r-2', 'glass', 'A', 'aCtIvE', '', 1, 1, 1, ST_GeomFromText('LINESTRING(20 4, 20 6)', 4326)),
('n-2', NULL, NULL, 'A', '', '', 1, 1, 1, ST_GeomFromText('POLYGON((20 7, 20 8, 20.1 8, 20.1 7, 20 7))', 4326));

INSERT INTO devices
(id, room_id, type, system, subtype, layer, status, category, locked_by, building_id, floor_id, project_id, geom)
VALUES
('v-1', 'r-1', 'sensor', 'HVAC', 'CO2', 'A', 'ACTIVE', 'HVAC', 1, 1, 1, 1,
    ST_GeomFromText('POINT(11.575512345678901 48.137412345678901)', 4326)),
('v-2', 'r-2', 'lamp', 'Electrical', NULL, 'A', 'actives', '', NULL, 1, 1, 1, ST_GeomFromText('POINT(15 5)', 4326)),
('v-3', NULL, NULL, NULL, NULL, NULL, 'archived', '', NULL, NULL, NULL, NULL, ST_GeomFromText('POINT EMPTY', 4326));

INSERT INTO labels (id, room_id, text, layer, status, category, assigned_to, building_id, floor_id, project_id, geom)
VALUES
('l-1', 'r-1', 'Exit → :left, 50%', 'A', 'active', '', 2, 1, 1, 1, ST_GeomFromText('POINT(1 1)', 4326)),
('l-2', NULL, E'back\\slash and\ttab', NULL, NULL, '', NULL, NULL, NULL, NULL, NULL);

INSERT INTO zones (id, room_id, name, layer, status, category, building_id, floor_id, project_id, geom) VALUES
('z-1', 'r-1', 'Fire zone', 'A', 'Archived ', '', 1, 1, 1,
    ST_GeomFromText('POLYGON((0 0, 0 5, 5 5, 5 0, 0 0))', 4326)),
('z-2', NULL, '', NULL, 'dra ft', '', NULL, NULL, NULL, NULL);

INSERT INTO drawings (name, project_id, created_at) VALUES
('Plan "A"', 1, '2025-02-01 09:00:00+00'),
('Plan B', NULL, NULL);

-- Dates: NULL (1.2.0 sets the epoch), before and after the epoch, but never the epoch itself.
INSERT INTO comments (user_id, object_id, object_type, content, created_at) VALUES
(1, 'r-1', 'room', 'It''s cold; call "HVAC"', '2025-02-02 09:00:00+00'),
(2, 'r-1', 'room', NULL, NULL),
(NULL, NULL, NULL, E'two\nlines\tand a tab', NULL),
(3, 'w-1', 'wall', '', '1969-12-31 23:59:59.999999+00'),
(3, 'w-1', 'wall', '-- not a comment', '1970-01-01 00:00:00.000001+00');

INSERT INTO assignments (user_id, object_id, object_type, status, assigned_at) VALUES
(2, 'r-2', 'room', 'open', '2025-02-03 09:00:00+00'),
(NULL, 'r-9', NULL, NULL, NULL);

INSERT INTO object_history (user_id, object_id, object_type, change_type, changed_at) VALUES
(1, 'r-1', 'room', 'create', '2025-02-04 09:00:00+00'),
(1, 'r-1', 'room', 'update', '2025-02-04 09:00:01+00'),
(NULL, NULL, NULL, NULL, NULL);

INSERT INTO audit_logs (user_id, object_id, object_type, action, created_at) VALUES
(1, 'r-1', 'room', 'lock', '2025-02-05 09:00:00+00'),
(NULL, NULL, NULL, NULL, NULL);

INSERT INTO user_category_permissions (user_id, category_id, project_id, can_edit) VALUES
(1, 1, 1, TRUE),
(2, 2, NULL, NULL);

INSERT INTO chat_messages (building_id, user_id, audit_log_id, message, created_at) VALUES
(1, 1, 1, 'Who locked r-1? {{ braces }} $$ :name', '2025-02-06 09:00:00+00'),
(NULL, NULL, NULL, NULL, NULL);

INSERT INTO catalog_items (category_id, created_by, make, model, type, approved, created_at) VALUES
(1, 1, 'Acme', 'Cool-3000', 'chiller', TRUE, '2025-02-07 09:00:00+00'),
(2, NULL, NULL, 'Lamp % 50', NULL, FALSE, NULL),
(NULL, NULL, NULL, NULL, NULL, NULL, NULL);
