\echo 'open
\echo "open
SELECT 1; \echo a 'b c
SELECT 2;
\set x 'open
\echo [:x]
\if 'open
\echo never?
\endif
