\if false
SELECT 1/0;
SELECT 'open; -- '
;
\echo no
\set x 1
COPY t FROM stdin;
\i nowhere.sql
\quit
\else
\echo :{?x}
\endif
SELECT 2;
