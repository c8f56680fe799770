SELECT (1;
\echo yes
SELECT 2;