CREATE TABLE a (x int);
\echo :ROW_COUNT
INSERT INTO a SELECT generate_series(1, 7);
\echo :ROW_COUNT
DELETE FROM a WHERE x > 4;
\echo :ROW_COUNT
SELECT * FROM a WHERE false;
\echo :ROW_COUNT
UPDATE a SET x = x;
\echo :ROW_COUNT
COPY a TO stdout;
\echo :ROW_COUNT
COPY a FROM stdin;
8
9
\.
\echo :ROW_COUNT :LASTOID
MERGE INTO a USING (SELECT 1 AS y) b ON x = y WHEN MATCHED THEN DELETE;
\echo :ROW_COUNT
