CREATE TABLE t (a int PRIMARY KEY);
COPY t FROM stdin;
1
x
3
\.
SELECT * FROM t;
COPY t FROM stdin;
1	2
\.
\echo :ERROR :SQLSTATE [:LAST_ERROR_MESSAGE]
BEGIN;
COPY t FROM stdin;
1
1
\.
SELECT 1;
COMMIT;
SELECT count(*) FROM t;
COPY t FROM stdin;
5
\.
SELECT 'line';
