CREATE TABLE made (n integer);
SELECT format('INSERT INTO made VALUES (%s)', n), 'SELECT count(*) FROM made', NULL FROM generate_series(1, 3) AS n \gexec
SELECT 'SELECT 1 AS a, NULL AS b' WHERE false \gexec
\echo :ROW_COUNT
SELECT 'SELECT 1/0', 'SELECT 2 AS after_it' \gexec
SELECT 1 AS again
\gexec
\set ECHO all
SELECT 'SELECT ''echoed'' AS a' \gexec
SELECT $$SELECT 'SELECT 3'$$ \gexec
SELECT 4 AS printed;
\gexec
\set ECHO none
BEGIN;
SELECT 'INSERT INTO made VALUES (7)', 'COMMIT' \gexec
INSERT INTO made VALUES (8) RETURNING 'SELECT 9 AS n' \gexec
CREATE TABLE other AS SELECT 1 AS n \gexec
\set ON_ERROR_STOP on
SELECT 'SELECT 5 AS last', 'SELECT nothing', 'INSERT INTO made VALUES (99)' \gexec
INSERT INTO made VALUES (100);
