CREATE TABLE t (a int);
COPY t FROM stdin \g
1
2
\.
COPY t FROM stdin
\g
3
\.
TABLE t;
