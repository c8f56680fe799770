CREATE TABLE t (a int);
COPY t FROM stdin;
\.
\echo :ROW_COUNT
COPY t FROM stdin;