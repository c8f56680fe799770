CREATE TABLE t (a int);
\set c 'COPY t FROM stdin;'
:c
1
\.
SELECT count(*) FROM t;
