"""The same objects made twice, in another order and by other ways: paragraphs that do not need each other."""

ONE = """
CREATE SCHEMA a;
COMMENT ON SCHEMA a IS 'one';

CREATE EXTENSION pg_trgm;
COMMENT ON EXTENSION pg_trgm IS 'ours';

CREATE TABLE tab (a integer PRIMARY KEY, b text, gone text);
ALTER TABLE tab SET (fillfactor = 70, autovacuum_enabled = off, toast.autovacuum_enabled = off);
ALTER TABLE tab ALTER b SET (n_distinct = 5, n_distinct_inherited = 7);
ALTER TABLE tab DROP gone;
ALTER TABLE tab DISABLE TRIGGER ALL;
CREATE INDEX tab_b ON tab (b) WITH (fillfactor = 80);
CREATE STATISTICS tab_stats ON a, b FROM tab;
CREATE RULE tab_rule AS ON DELETE TO tab DO INSTEAD NOTHING;
COMMENT ON COLUMN tab.b IS 'b';

CREATE TABLE one (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE two (id serial PRIMARY KEY, one_id integer REFERENCES one);
ALTER TABLE two DISABLE TRIGGER ALL;

CREATE TABLE acl (a integer, b integer);
GRANT SELECT ON acl TO ours_b;
GRANT SELECT, INSERT ON acl TO ours_a;
GRANT UPDATE (a) ON acl TO ours_b;
GRANT UPDATE (a) ON acl TO ours_a;
REVOKE DELETE ON acl FROM CURRENT_USER;

CREATE TABLE listed (v varchar(9) CHECK (v IN ('x', 'y''z')));

CREATE TABLE plain (a integer);

CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
CREATE TYPE mood AS ENUM ('a', 'b', 'c');
CREATE DOMAIN d AS integer DEFAULT 1 CONSTRAINT d_check CHECK (value > 0);

CREATE TABLE policed (a integer);
CREATE POLICY p ON policed TO ours_a, ours_b USING (a = 1);
CREATE POLICY q ON policed USING (true);

CREATE TABLE parts (a integer, b integer CHECK (b > 0)) PARTITION BY RANGE (a);
CREATE TABLE part PARTITION OF parts FOR VALUES FROM (1) TO (2);
CREATE INDEX parts_b ON parts (b);

CREATE TABLE parent (a integer);
CREATE TABLE child (b integer) INHERITS (parent);
CREATE VIEW v AS SELECT a FROM parent;
CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;
CREATE SEQUENCE q CACHE 3;

CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TABLE tt (a integer);
CREATE TRIGGER tr BEFORE INSERT ON tt FOR EACH ROW EXECUTE FUNCTION tf();
CREATE CONSTRAINT TRIGGER ct AFTER INSERT ON tt FOR EACH ROW EXECUTE FUNCTION tf();

CREATE PROCEDURE pr() LANGUAGE sql AS 'SELECT 1';
CREATE TYPE pair AS (x integer, y text);

CREATE AGGREGATE total (integer) (sfunc = int4pl, stype = integer, initcond = '0', parallel = safe);
CREATE AGGREGATE least_of (integer) (sfunc = int4smaller, stype = integer, sortop = <);

CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);

CREATE TYPE base;
CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE base (input = base_in, output = base_out, like = integer);
CREATE CAST (base AS integer) WITHOUT FUNCTION;

CREATE OPERATOR ### (leftarg = integer, rightarg = integer, function = int4pl, commutator = ###);
CREATE OPERATOR FAMILY fam USING btree;
ALTER OPERATOR FAMILY fam USING btree ADD FUNCTION 1 (integer, bigint) btint48cmp (integer, bigint), OPERATOR 1 <
    (integer, bigint);
CREATE OPERATOR CLASS cls FOR TYPE integer USING btree FAMILY fam AS OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =,
    OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 btint4cmp(integer, integer);

CREATE COLLATION coll FROM "C";
CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE TEXT SEARCH TEMPLATE tmpl (init = dsimple_init, lexize = dsimple_lexize);
CREATE TEXT SEARCH PARSER pars (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes =
    prsd_lextype);
CREATE TEXT SEARCH DICTIONARY dict (template = tmpl);
CREATE TEXT SEARCH CONFIGURATION conf (parser = pars);
ALTER TEXT SEARCH CONFIGURATION conf ADD MAPPING FOR asciiword, word WITH dict;

CREATE LANGUAGE lang HANDLER plpgsql_call_handler;
CREATE ACCESS METHOD am TYPE INDEX HANDLER bthandler;

CREATE FUNCTION of_sql(internal) RETURNS internal LANGUAGE internal AS 'byteain';
CREATE TYPE tr AS (a integer);
CREATE TRANSFORM FOR tr LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal));

CREATE FOREIGN DATA WRAPPER fdw OPTIONS (debug 'true');
CREATE SERVER srv FOREIGN DATA WRAPPER fdw;
CREATE USER MAPPING FOR ours_a SERVER srv OPTIONS (password 'secret');
CREATE FOREIGN TABLE ft (a integer OPTIONS (x 'y')) SERVER srv OPTIONS (t 'u');
GRANT USAGE ON FOREIGN SERVER srv TO ours_b;
GRANT USAGE ON FOREIGN SERVER srv TO ours_a;

CREATE FUNCTION ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER et ON ddl_command_end WHEN tag IN ('CREATE TABLE') EXECUTE FUNCTION ddl();
CREATE TABLE published (a integer, b integer);
CREATE PUBLICATION pub FOR TABLE published;

CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere' PUBLICATION y, x WITH (connect = false, slot_name = NONE, enabled
    = false, create_slot = false);

CREATE SCHEMA dp;
ALTER DEFAULT PRIVILEGES IN SCHEMA dp GRANT SELECT ON TABLES TO ours_a, ours_b;

DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET work_mem = ''5MB''', current_database()); EXECUTE format('ALTER
    DATABASE %I SET lock_timeout = ''5s''', current_database()); END $$;

CREATE TABLE labelled ();
INSERT INTO pg_seclabel VALUES ('labelled'::regclass, 'pg_class'::regclass, 0, 'x', 'known to all');
"""

TWO = """
CREATE TABLE labelled ();
INSERT INTO pg_seclabel VALUES ('labelled'::regclass, 'pg_class'::regclass, 0, 'x', 'known to all');

DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = ''5s''', current_database()); EXECUTE format('ALTER
    DATABASE %I SET work_mem = ''5MB''', current_database()); END $$;

CREATE SCHEMA dp;
ALTER DEFAULT PRIVILEGES IN SCHEMA dp GRANT SELECT ON TABLES TO ours_b;
ALTER DEFAULT PRIVILEGES IN SCHEMA dp GRANT SELECT ON TABLES TO ours_a;

CREATE SUBSCRIPTION sub CONNECTION 'host=nowhere' PUBLICATION x, y WITH (connect = false, slot_name = NONE, enabled
    = false, create_slot = false);

CREATE FUNCTION ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER et ON ddl_command_end WHEN tag IN ('CREATE TABLE') EXECUTE FUNCTION ddl();
CREATE TABLE published (a integer, b integer);
CREATE PUBLICATION pub FOR TABLE published;

CREATE FOREIGN DATA WRAPPER fdw OPTIONS (debug 'true');
CREATE SERVER srv FOREIGN DATA WRAPPER fdw;
GRANT USAGE ON FOREIGN SERVER srv TO ours_a;
GRANT USAGE ON FOREIGN SERVER srv TO ours_b;
CREATE FOREIGN TABLE ft (a integer OPTIONS (x 'y')) SERVER srv OPTIONS (t 'u');
CREATE USER MAPPING FOR ours_a SERVER srv OPTIONS (password 'secret');

CREATE FUNCTION of_sql(internal) RETURNS internal LANGUAGE internal AS 'byteain';
CREATE TYPE tr AS (a integer);
CREATE TRANSFORM FOR tr LANGUAGE plpgsql (FROM SQL WITH FUNCTION prsd_lextype(internal));

CREATE LANGUAGE lang HANDLER plpgsql_call_handler;
CREATE ACCESS METHOD am TYPE INDEX HANDLER bthandler;

CREATE TEXT SEARCH TEMPLATE tmpl (lexize = dsimple_lexize, init = dsimple_init);
CREATE TEXT SEARCH PARSER pars (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes =
    prsd_lextype);
CREATE TEXT SEARCH DICTIONARY dict (template = tmpl);
CREATE TEXT SEARCH CONFIGURATION conf (parser = pars);
ALTER TEXT SEARCH CONFIGURATION conf ADD MAPPING FOR word WITH dict;
ALTER TEXT SEARCH CONFIGURATION conf ADD MAPPING FOR asciiword WITH dict;
CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE COLLATION coll FROM "C";

CREATE OPERATOR ### (leftarg = integer, rightarg = integer, function = int4pl, commutator = ###);
CREATE OPERATOR FAMILY fam USING btree;
CREATE OPERATOR CLASS cls FOR TYPE integer USING btree FAMILY fam AS FUNCTION 1 btint4cmp(integer, integer),
    OPERATOR 5 >, OPERATOR 4 >=, OPERATOR 3 =, OPERATOR 2 <=, OPERATOR 1 <;
ALTER OPERATOR FAMILY fam USING btree ADD OPERATOR 1 < (integer, bigint), FUNCTION 1 (integer, bigint) btint48cmp
    (integer, bigint);

CREATE TYPE base;
CREATE FUNCTION base_in(cstring) RETURNS base LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
CREATE FUNCTION base_out(base) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
CREATE TYPE base (input = base_in, output = base_out, like = integer);
CREATE CAST (base AS integer) WITHOUT FUNCTION;

CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);

CREATE AGGREGATE total (integer) (sfunc = int4pl, stype = integer, initcond = '0', parallel = safe);
CREATE AGGREGATE least_of (integer) (sfunc = int4smaller, stype = integer, sortop = <);

CREATE PROCEDURE pr() LANGUAGE sql AS 'SELECT 1';
CREATE TYPE pair AS (x integer, y text);

CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TABLE tt (a integer);
CREATE TRIGGER tr BEFORE INSERT ON tt FOR EACH ROW EXECUTE FUNCTION tf();
CREATE CONSTRAINT TRIGGER ct AFTER INSERT ON tt FOR EACH ROW EXECUTE FUNCTION tf();

CREATE TABLE parent (a integer);
CREATE TABLE child (b integer) INHERITS (parent);
CREATE VIEW v AS SELECT a FROM parent;
CREATE MATERIALIZED VIEW m AS SELECT 1 AS one;
CREATE SEQUENCE q CACHE 3;

CREATE TABLE parts (a integer, b integer CHECK (b > 0)) PARTITION BY RANGE (a);
CREATE TABLE part (a integer, b integer CONSTRAINT parts_b_check CHECK (b > 0));
CREATE INDEX part_b_idx ON part (b);
CREATE INDEX parts_b ON parts (b);
ALTER TABLE parts ATTACH PARTITION part FOR VALUES FROM (1) TO (2);

CREATE TABLE policed (a integer);
CREATE POLICY q ON policed USING (true);
CREATE POLICY p ON policed TO ours_b, ours_a USING (a = 1);

CREATE TYPE mood AS ENUM ('a', 'c');
ALTER TYPE mood ADD VALUE 'b' BEFORE 'c';
CREATE DOMAIN d AS integer DEFAULT 1 CONSTRAINT d_check CHECK (value > 0);
CREATE FUNCTION f(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1';
GRANT EXECUTE ON FUNCTION f TO ours_a;
REVOKE EXECUTE ON FUNCTION f FROM ours_a;
GRANT USAGE ON TYPE mood TO ours_a;
REVOKE USAGE ON TYPE mood FROM ours_a;

CREATE TABLE listed (v varchar(9) CONSTRAINT listed_v_check
    CHECK (((v)::text = ANY (ARRAY[('x'::character varying)::text, ('y''z'::character varying)::text]))));

CREATE TABLE plain (a integer);
GRANT SELECT ON plain TO ours_a;
REVOKE SELECT ON plain FROM ours_a;
GRANT UPDATE (a) ON plain TO ours_a;
REVOKE UPDATE (a) ON plain FROM ours_a;

CREATE TABLE acl (a integer, b integer);
REVOKE DELETE ON acl FROM CURRENT_USER;
GRANT UPDATE (a) ON acl TO ours_a;
GRANT UPDATE (a) ON acl TO ours_b;
GRANT INSERT ON acl TO ours_a;
GRANT SELECT ON acl TO ours_a, ours_b;

CREATE TABLE one (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE two (id serial PRIMARY KEY, one_id integer REFERENCES one);
ALTER TABLE two DISABLE TRIGGER ALL;

CREATE TABLE tab (a integer PRIMARY KEY, b text);
ALTER TABLE tab ALTER b SET (n_distinct_inherited = 7);
ALTER TABLE tab ALTER b SET (n_distinct = 5);
ALTER TABLE tab SET (toast.autovacuum_enabled = off);
ALTER TABLE tab SET (autovacuum_enabled = off);
ALTER TABLE tab SET (fillfactor = 70);
ALTER TABLE tab DISABLE TRIGGER ALL;
COMMENT ON COLUMN tab.b IS 'b';
CREATE RULE tab_rule AS ON DELETE TO tab DO INSTEAD NOTHING;
CREATE STATISTICS tab_stats ON a, b FROM tab;
CREATE INDEX tab_b ON tab (b) WITH (fillfactor = 80);

CREATE EXTENSION pg_trgm;
COMMENT ON EXTENSION pg_trgm IS 'ours';

CREATE SCHEMA a;
COMMENT ON SCHEMA a IS 'one';
"""
