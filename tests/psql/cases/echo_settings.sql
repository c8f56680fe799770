\set ECHO all
SELECT 1;

\echo a
SELECT 'two

lines';
\set ECHO queries
SELECT 2; SELECT 3
;
\set ECHO errors
SELECT 1/0;
SELECT nope
FROM x;
\set ECHO none
SELECT 4;
