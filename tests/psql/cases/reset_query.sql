SELECT 1 +
\r
SELECT 2;
SELECT (3,
\reset
SELECT 4;
\r
\g
