CREATE TABLE t (a int);
COPY t FROM stdin \; COPY t FROM stdin;
1
\.
2
\.
SELECT * FROM t;
SELECT 1 \; COPY t FROM stdin \; SELECT 2;
3
\.
SELECT count(*) FROM t;
