\set QUIET on
CREATE TABLE a (x int);
INSERT INTO a VALUES (1);
SELECT * FROM a;
\timing
\timing off
SELECT 1
\r
\set QUIET off
INSERT INTO a VALUES (2);
