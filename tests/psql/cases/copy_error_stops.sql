\set ON_ERROR_STOP on
CREATE TABLE t (a int);
COPY t FROM stdin;
1
bad
\.
\echo not reached
