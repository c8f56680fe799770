CREATE TABLE t (a int, b text);
COPY t FROM stdin;
1	one
2	\N
3	semi;colon ' " $$ -- /* \\echo
\.
SELECT * FROM t ORDER BY a;
COPY t (a) FROM STDIN;
\.
COPY t FROM stdin; SELECT count(*) FROM t;
4	four
\.
copy t from stdin with (format csv, header);
a,b
5,"five
 lines"
6,""
\.
SELECT * FROM t WHERE a > 4 ORDER BY a;
/* c */ COPY "t" FROM /* d */ stdin (DELIMITER '|');
7|seven
\.
TABLE t;
