SELECT 1;
SELECT 1/0;
\echo not here
