SET search_path = nowhere;
SET role nobody_here;
SET client_min_messages = warning;
CREATE TABLE pg_temp.t (a int);
DROP TABLE IF EXISTS nothing;
SET lock_timeout = '1s';
SHOW lock_timeout;
