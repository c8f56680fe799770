-- comment
CREATE TABLE a (
  x int
);

SELECT 'two
lines' AS t;
\set v one
\echo :v end
\if true
SELECT 1;
\endif
SELECT 'a'
'b';
COPY a FROM stdin;
1
2
\.
SELECT sum(x) FROM a;
SELECT 1/0;
