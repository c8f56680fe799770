CREATE TABLE t (a int);
\set tell '\\echo :ERROR :SQLSTATE :ROW_COUNT :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE'
COPY t FROM stdin;
x
\.
:tell
SELECT 1;
:tell
COPY (SELECT 1/(2-x) FROM generate_series(1, 3) x) TO stdout;
:tell
COPY t FROM stdin;
1
2
\.
:tell
COPY t TO stdout;
:tell
COPY t FROM stdin \; SELECT 1, 2;
y
\.
:tell
SELECT 1 \; COPY t FROM stdin \; SELECT 1/0;
3
\.
:tell
COPY nowhere FROM stdin;
3
\.
:tell
SELECT 5 \; COPY t TO stdout;
:tell
SELECT 5 \; COPY (SELECT 1/(2-x) FROM generate_series(1, 3) x) TO stdout \; SELECT 8;
:tell
COPY (SELECT 1) TO stdout \; SELECT 1/0;
:tell
COPY (SELECT 1/(2-x) FROM generate_series(1, 3) x) TO stdout \gset
:tell
COPY t FROM stdin \g
z
\.
:tell
SELECT 1 WHERE false \gset
:tell
SELECT 1 AS "a b" \gset
:tell
\set ON_ERROR_ROLLBACK on
BEGIN;
COPY t FROM stdin;
x
\.
:tell
COMMIT;
