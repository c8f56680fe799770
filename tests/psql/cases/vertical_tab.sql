\echo ab\set x1
\echo:x
SELECT 1;
SELECT 2;
\
\iftrue
\echo yes
\endif
SELECT 3 \g
\qecho "a b";
-- x
