CREATE TABLE t (a int, b text);
INSERT INTO t VALUES (1, 'x	y'), (2, NULL);
COPY t TO stdout;
COPY (SELECT 1, 'a,b') TO STDOUT (FORMAT csv);
COPY (SELECT 1/0) TO stdout;
COPY (SELECT 1 AS a) TO stdout \; SELECT 2;
COPY (SELECT 1/(2-x) FROM generate_series(1,3) x) TO stdout;
\echo :ERROR
SELECT 3;
