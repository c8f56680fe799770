\set ECHO errors
COPY nowhere (a, b) FROM stdin WITH (FORMAT csv);
1;
\.
SELECT 1;
COPY "FROM"."x y" FROM STDOUT gibberish;
2;
\.
SELECT 2 \; COPY nowhere FROM stdin \; COPY nowhere FROM /* from */ "x" 'y'
  -- a comment
  stdin;
3;
\.
4;
\.
\echo :ERROR :SQLSTATE :ROW_COUNT :LAST_ERROR_MESSAGE
CREATE TEMP TABLE t (a int);
COPY t FROM stdin \; COPY t FROM stdin; SELECT 'the same line';
x
\.
5;
\.
COPY nowhere FROM 'stdin';
COPY nowhere TO stdin;
COPY (SELECT 1 FROM stdin) TO stdout;
COPY nowhere FROM "stdin";
CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; COPY nowhere FROM stdin; END;
SELECT 6;
\set what stdin
COPY nowhere FROM :what \g
7;
\.
\g
8;
\.
\if false
COPY nowhere FROM stdin;
\endif
BEGIN;
SELECT 1 / 0;
COPY t FROM stdin;
9;
\.
ROLLBACK;
COPY nowhere FROM stdin;
10;
SELECT 'a row';
