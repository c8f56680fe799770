SELECT 1 AS first;
\echo second
