DO $$ BEGIN RAISE NOTICE 'hello'; RAISE WARNING 'careful' USING DETAIL = 'the detail', HINT = 'the hint'; END $$;
DO $$ BEGIN RAISE EXCEPTION 'broken' USING DETAIL = E'line 1\nline 2', HINT = 'mend it', ERRCODE = 'XX123'; END $$;
CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN 1/0; END $$;
SELECT f();
SELECT 1, f()
  FROM generate_series(1, 3);
DO $$ BEGIN RAISE INFO 'info'; RAISE LOG 'log'; RAISE DEBUG 'debug'; END $$;
SET client_min_messages = debug1;
DO $$ BEGIN RAISE DEBUG 'debug'; END $$;
RESET client_min_messages;
DROP TABLE IF EXISTS nothing;
CREATE TABLE t (a int CHECK (a > 0), b int UNIQUE);
INSERT INTO t VALUES (-1, 1);
INSERT INTO t VALUES (1, 1), (2, 1);
SELECT selct;
SELEC 1;
SELECT 'a' ||
  nope ||
  'c';
DROP TABLE t;
